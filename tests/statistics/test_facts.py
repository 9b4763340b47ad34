"""The facts: what they hold and leave out, as of which instant and known when, and that none is missed."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from huiying.cases import lifecycle
from huiying.cases.backfill import Recording
from huiying.cases.history import CaseState, Entry, replay
from huiying.cases.lifecycle import NotAllowed, log_of
from huiying.cases.models import Case, Event
from huiying.cases.moves import CaseStatus, Ending, TaskStatus
from huiying.cases.place import Place
from huiying.cases.projection import event_columns
from huiying.statistics.engine import Engine, engine
from huiying.statistics.facts import COLUMNS, OVERLAP, Snapshot, brought_forward, snapshot, tabled
from huiying.statistics.periods import parse
from tests import make, plans
from tests.make import ORIGIN, at, town
from tests.proof import times
from tests.statistics.told import KNOWN, LEE, MARCH, answered, by, counted, keep, tell, to, value

pytestmark = pytest.mark.django_db

CODES = {
    "region", "channel", "group", "nature", "topic", "topic_1", "area", "urgency", "mode", "status",
    "ending", "unit", "unit_kind", "role", "task_status", "call_outcome", "satisfied",
    "appeal",
}  # fmt: skip
"""Text columns, each of which holds codes of the place or of the life of a case."""


@pytest.fixture
def place() -> Place:
    return town()


def test_the_columns_are_codes_numbers_and_instants_and_no_personal_data(place: Place) -> None:
    texts = {field.name for field in COLUMNS if field.type == pa.string()}
    assert texts == CODES | {"case"}
    kinds = {str(field.type) for field in COLUMNS}
    assert kinds == {"string", "bool", "int64", "timestamp[us]", "date32[day]", "list<item: timestamp[us]>"}


def test_no_word_of_a_citizen_is_in_the_facts(place: Place) -> None:
    keep(tell(place, "A", at(3, 1), ("direct_answer", at(3, 1)), person=LEE, upper_number="上880"))
    make.case("王婆婆家门前积水", received=at(3, 2))
    said = str(counted(place).facts.table.to_pylist())
    for word in ("李云", LEE.phone, "王婆婆", "积水", make.CALLER.name, "东街", "880"):
        assert word not in said


def test_one_row_of_each_case_stands_for_it(place: Place) -> None:
    step = ("dispatch", at(3, 1, 10), to("water", "housing", "market"))
    keep(tell(place, "A", at(3, 1), step), tell(place, "B", at(3, 1)))
    rows = counted(place).facts.table.to_pylist()
    assert Counter((row["case"], row["unit"], row["is_case"]) for row in rows) == Counter(
        [("A", "water", True), ("A", "housing", False), ("A", "market", False), ("B", None, True)]
    )


# One case, two issues; two cases, one person


def test_a_case_with_two_issues_counts_once(place: Place) -> None:
    keep(tell(place, "A", at(3, 1), issues=2), tell(place, "B", at(3, 1)))
    march = counted(place)
    assert (value(march, "received"), value(march, "issues_received")) == (2, 3)


def test_a_person_who_calls_three_times_is_one_person_and_three_cases(place: Place) -> None:
    keep(*(tell(place, f"A{n}", at(3, n), person=LEE) for n in (1, 2, 3)), tell(place, "B", at(3, 4)))
    march = counted(place)
    assert (value(march, "received"), value(march, "persons")) == (4, 1)


# As of


def test_today_is_the_offices_day_and_not_the_last_24_hours(place: Place) -> None:
    """A bare date runs to the next midnight in the office's zone, to the second."""
    last = at(3, 5, 23, 59) + timedelta(seconds=59)
    keep(
        tell(place, "before", at(3, 4, 23, 59)),
        tell(place, "first", at(3, 5, 0, 0)),
        tell(place, "last", last),
        tell(place, "after", at(3, 6, 0, 0)),
    )
    today = parse("2022-03-05")
    assert counted(place, today).cases("received", today) == ["first", "last"]
    at_noon = counted(place, today, as_of=at(3, 5, 12))
    assert at_noon.cases("received", today) == ["first"]


def test_a_cut_off_is_exclusive(place: Place) -> None:
    keep(tell(place, "A", at(3, 1), ("direct_answer", at(3, 1, 10))))
    assert value(counted(place, as_of=at(3, 1, 10)), "direct") == 0
    assert value(counted(place, as_of=at(3, 1, 10, 1)), "direct") == 1


def test_what_happened_after_the_cut_off_has_not_happened(place: Place) -> None:
    keep(tell(place, "A", at(3, 28), *answered("water", at(3, 28, 10), at(4, 2))))
    assert value(counted(place), "fed_back") == 0
    later = counted(place, as_of=at(4, 21, 0))
    assert (value(later, "received"), value(later, "fed_back")) == (1, 1)


def test_a_cut_off_inside_the_period_sees_only_what_had_come(place: Place) -> None:
    keep(tell(place, "A", at(3, 1)), tell(place, "B", at(3, 20)))
    assert counted(place, as_of=at(3, 10)).cases("received", MARCH) == ["A"]


def test_a_case_is_overdue_from_the_very_instant_it_is_due(place: Place) -> None:
    keep(tell(place, "A", at(3, 1), ("dispatch", at(3, 1, 10), to("water")), ("claim", at(3, 1, 11))))
    midnight = at(3, 16, 0)  # 10 working days after 1 March end with the 15th
    assert value(counted(place, as_of=midnight - timedelta(seconds=1)), "overdue_open") == 0
    assert value(counted(place, as_of=midnight), "overdue_open") == 1


def test_an_answer_at_the_due_instant_is_late_and_a_second_before_is_not(place: Place) -> None:
    midnight = at(3, 16, 0)
    keep(
        tell(place, "A", at(3, 1), *answered("water", at(3, 1, 10), midnight)),
        tell(place, "B", at(3, 1), *answered("water", at(3, 1, 10), midnight - timedelta(seconds=1))),
    )
    assert counted(place).cases("late_replied", MARCH) == ["A"]
    assert counted(place).cases("on_time_reply", MARCH) == ["B"]


def test_nothing_is_overdue_before_the_clock_has_got_there(place: Place) -> None:
    """On 10 March, March's own end lies ahead: a case due on the 15th is not overdue yet."""
    keep(
        tell(place, "A", at(3, 1), ("dispatch", at(3, 1, 10), to("water")), recorded_at=at(3, 1)),
    )
    assert value(counted(place, known_at=at(3, 10)), "overdue_open") == 0
    assert value(counted(place, known_at=at(3, 20)), "overdue_open") == 1


# Known at


def test_a_case_written_down_later_was_not_known_then(place: Place) -> None:
    keep(tell(place, "A", at(3, 1), recorded_at=at(3, 1)), tell(place, "B", at(3, 2), recorded_at=at(4, 9)))
    assert counted(place, known_at=at(4, 8)).cases("received", MARCH) == ["A"]
    assert counted(place, known_at=at(4, 9)).cases("received", MARCH) == ["A", "B"]


def known(made: Case, name: str, when: datetime, recorded_at: datetime, **data: Any) -> None:
    lifecycle.advance(made, name, by=None, at=when, origin=ORIGIN, recorded_at=recorded_at, **data)


def on_paper(place: Place, number: str = "A", *steps: Any) -> Case:
    """A complaint of 1 March, its steps written down that very day."""
    keep(tell(place, number, at(3, 1), *steps, recorded_at=at(3, 1)))
    return Case.objects.get(number=number)


def test_a_back_dated_answer_moves_the_present_and_not_last_march_as_it_was_known(place: Place) -> None:
    made = on_paper(place, "A", ("dispatch", at(3, 1, 10), to("water")), ("claim", at(3, 1, 11)))
    before = counted(place, known_at=at(4, 10))
    known(made, "answer", at(3, 14), at(4, 20), on=1)
    again = counted(place, known_at=at(4, 10))
    assert before.facts.table.equals(again.facts.table)
    assert (value(again, "fed_back"), value(again, "overdue_open")) == (0, 1)
    now = counted(place, known_at=at(4, 20))
    assert (value(now, "fed_back"), value(now, "overdue_open")) == (1, 0)


def test_a_nature_corrected_afterwards_moves_the_present_and_not_march_as_it_was_known(place: Place) -> None:
    made = on_paper(place)
    known(made, "amend", at(4, 15), at(4, 15), seq=1, data={"nature": "tip"})
    assert by(counted(place, known_at=at(4, 14)), "received", "nature") == {"complaint": 1}
    assert by(counted(place, known_at=at(4, 15)), "received", "nature") == {"tip": 1}


def test_a_nature_verified_in_april_is_not_marchs_but_it_is_aprils(place: Place) -> None:
    made = on_paper(place)
    known(made, "reclassify", at(4, 15), at(4, 15), nature="tip")
    assert by(counted(place), "received", "nature") == {"complaint": 1}
    assert by(counted(place, as_of=at(4, 20)), "received", "nature") == {"tip": 1}
    assert by(counted(place, as_of=at(4, 20), known_at=at(4, 14)), "received", "nature") == {"complaint": 1}


def test_a_case_merged_afterwards_still_counts_and_closes_only_when_that_was_known(place: Place) -> None:
    made, other = on_paper(place), on_paper(place, "B")
    known(other, "absorb", at(3, 30), at(4, 15), other=made.number)
    known(made, "merge", at(3, 30), at(4, 15), into=other.number)
    then, now = (counted(place, known_at=when) for when in (at(4, 14), at(4, 15)))
    assert (value(then, "received"), value(then, "merged"), value(then, "closed")) == (2, 0, 0)
    assert (value(now, "received"), value(now, "merged"), value(now, "closed")) == (2, 1, 1)


def test_a_case_moved_into_march_by_a_correction_is_not_in_march_as_it_was_known(place: Place) -> None:
    made = make.case(received=at(4, 1, 9), recorded_at=at(4, 1, 9))
    known(made, "amend", at(4, 15), at(4, 15), seq=1, happened_at=at(3, 31, 9).isoformat())
    assert value(counted(place, known_at=at(4, 14)), "received") == 0
    assert value(counted(place, known_at=at(4, 15)), "received") == 1


def test_a_case_moved_out_of_march_leaves_the_present_and_not_march_as_it_was_known(place: Place) -> None:
    made = on_paper(place)
    known(made, "amend", at(4, 15), at(4, 15), seq=1, happened_at=at(4, 2).isoformat())
    assert value(counted(place), "received") == 0
    assert value(counted(place, known_at=at(4, 14)), "received") == 1


def test_asked_what_was_known_before_the_period_began_a_case_open_then_is_carried_in(place: Place) -> None:
    """Closed on 10 February, which was written down on the 25th: on the 20th it was open for all we knew."""
    keep(tell(place, "A", at(2, 1), ("direct_answer", at(2, 2)), recorded_at=at(2, 2)))
    known(Case.objects.get(), "close", at(2, 10), at(2, 25))
    assert value(counted(place, known_at=at(2, 20)), "carried_in") == 1
    assert value(counted(place, known_at=at(2, 25)), "carried_in") == 0


# Units


def test_an_agreed_return_leaves_the_first_unit_and_stays_with_the_second(place: Place) -> None:
    back = (
        ("dispatch", at(3, 1, 10), to("market")),
        ("ask_return", at(3, 1, 11), {"reason": "not_ours"}),
        ("agree_return", at(3, 1, 12)),
    )
    again = ("dispatch", at(3, 1, 13), to("water"))
    keep(tell(place, "A", at(3, 1), *back), tell(place, "B", at(3, 1), *back, again))
    march = counted(place)
    assert by(march, "dispatched", "unit") == {None: 1, "water": 1}  # A waits for a unit
    assert by(march, "returns_agreed", "unit") == {"market": 2}
    assert value(march, "returned") == 0


def test_a_refused_return_stays_with_its_unit_and_is_remarked(place: Place) -> None:
    keep(
        tell(
            place,
            "A",
            at(3, 1),
            ("dispatch", at(3, 1, 10), to("market")),
            ("ask_return", at(3, 1, 11), {"reason": "not_ours"}),
            ("refuse_return", at(3, 1, 12)),
        )
    )
    march = counted(place)
    assert by(march, "dispatched", "unit") == by(march, "returned", "unit") == {"market": 1}


def test_a_co_unit_has_the_task_and_not_the_case(place: Place) -> None:
    keep(tell(place, "A", at(3, 1), ("dispatch", at(3, 1, 10), to("water", "stone"))))
    march = counted(place)
    assert by(march, "dispatched", "unit") == {"water": 1}
    assert by(march, "co_tasks", "unit") == {"stone": 1}
    assert by(march, "dispatched", "unit_kind") == {"department": 1}


def test_a_return_and_a_send_back_are_counted_apart(place: Place) -> None:
    steps = [*answered("water", at(3, 1, 10), at(3, 3))[:-1], ("send_back", at(3, 4))]
    keep(tell(place, "A", at(3, 1), *steps))
    march = counted(place)
    assert [value(march, name) for name in ("sent_back", "returned", "return_requests", "fed_back")] == [
        1,
        0,
        0,
        0,
    ]


# Reopened


def test_a_reopened_case_is_neither_answered_nor_overdue_until_a_unit_has_it_again(place: Place) -> None:
    keep(tell(place, "A", at(3, 1), *answered("water", at(3, 1, 10), at(3, 3)), ("reopen", at(3, 20))))
    march = counted(place, as_of=at(3, 31))
    names = ("received", "reopened", "in_progress", "fed_back", "closed", "overdue_open", "late_reply")
    assert [value(march, name) for name in names] == [1, 1, 1, 0, 0, 0, 0]
    assert by(march, "dispatched", "unit") == {"water": 1}


def test_a_case_closed_and_reopened_twice_is_open_when_it_was_open(place: Place) -> None:
    direct = [("direct_answer", at(1, 3)), ("close", at(1, 3)), ("reopen", at(1, 31))]
    direct += [("direct_answer", at(2, 10)), ("close", at(2, 10)), ("reopen", at(3, 10))]
    direct += [("direct_answer", at(3, 12)), ("close", at(3, 12))]
    keep(tell(place, "A", at(1, 1), *direct))
    carried = {}
    for label in ("2022-01", "2022-02", "2022-03", "2022-04"):
        period = parse(label)
        engine = counted(place, period, as_of=at(5, 1))
        carried[label] = value(engine, "carried_in", period), value(engine, "carried_out", period)
    assert carried == {"2022-01": (0, 1), "2022-02": (1, 0), "2022-03": (0, 0), "2022-04": (0, 0)}


# Random histories: DuckDB against plain Python, and no case missed

MOVES = (
    ("direct_answer", {}),
    ("refuse", {"reason": "police"}),
    ("mark_invalid", {}),
    ("dispatch", to("water", "stone")),
    ("dispatch", to("housing")),
    ("recall", {}),
    ("claim", {}),
    ("contact", {}),
    ("ask_return", {"reason": "not_ours"}),
    ("agree_return", {}),
    ("refuse_return", {}),
    ("redirect_return", to("market")),
    ("answer", {}),
    ("answer", {}),
    ("send_back", {}),
    ("release", {}),
    ("close", {}),
    ("close", {}),
    ("withdraw", {}),
    ("merge", {"into": "X"}),
    ("unmerge", {}),
    ("reopen", {}),
    ("call_back", {"outcome": "reached", "solved": True, "satisfied": "basic"}),
    ("cancel", {}),
)
SEEDS = st.lists(st.integers(0, 2**32), min_size=1, max_size=8)


def wander(place: Place, number: str, seed: int) -> Recording:
    """A history of random lawful moves from the middle of February to April."""
    dice = random.Random(seed)
    now = at(2, 15) + timedelta(hours=dice.randrange(24 * 40))
    told = tell(
        place,
        number,
        now,
        recorded_at=now,
        nature=dice.choice(["inquiry", "complaint"]),
        person=LEE if dice.random() < 0.2 else make.CALLER,
    )
    for _ in range(dice.randrange(30)):
        name, data = dice.choice(MOVES)
        now += timedelta(hours=dice.choice([0, 1, 5, 30, 200]))
        told.recorded_at = max(told.recorded_at, now + timedelta(hours=dice.choice([0, 0, 300])))
        on = dice.choice([1, *told.state.tasks]) if name in ON_TASKS else 0
        try:
            told.move(name, now, on=on, **data)
        except NotAllowed:
            continue
    return told


ON_TASKS = {
    "claim", "contact", "ask_return", "agree_return", "refuse_return", "redirect_return", "answer",
    "send_back", "release", "cancel",
}  # fmt: skip


class Plain:
    """The measures counted case by case in plain Python, from what each case was."""

    def __init__(
        self, logs: list[tuple[str, list[Entry]]], as_of: datetime, known_at: datetime, tz: Any
    ) -> None:
        self.start, self.end = MARCH.start(tz), MARCH.end(tz)
        self.logs, self.as_of, self.known_at = logs, as_of, known_at
        states = [replay(log, as_of=as_of, known_at=known_at) for _, log in logs]
        self.all = [state for state in states if state]
        self.received = [s for s in self.all if self._in(s.received_at) and s.ending is not Ending.INVALID]

    def _in(self, when: datetime | None) -> bool:
        return when is not None and self.start <= when < self.end

    def counts(self) -> dict[str, int]:
        dispatched = [s for s in self.received if s.mode == "dispatched"]
        fed_back = [s for s in dispatched if s.lead_task and s.lead_task.replied_at]
        return {
            "received": len(self.received),
            "direct": sum(s.mode == "direct" for s in self.received),
            "dispatched": len(dispatched),
            "fed_back": len(fed_back),
            "closed": sum(s.status is CaseStatus.CLOSED for s in self.received),
            "closed_dispatched": sum(s.status is CaseStatus.CLOSED for s in dispatched),
            "in_progress": sum(
                s.closed_at is None and not (s.lead_task and s.lead_task.replied_at) for s in dispatched
            ),
            "overdue_open": sum(map(self._overdue, dispatched)),
            "late_replied": sum(self._late(s) for s in fed_back),
            "reopened": sum(s.reopened > 0 for s in self.received),
            "merged": sum(s.ending is Ending.MERGED for s in self.received),
            "persons": len({s.person for s in self.received if s.person}),
            "return_requests": sum(t.returns_asked > 0 for s in self.received for t in s.tasks.values()),
            "carried_in": self._open_at(self.start),
            "carried_out": self._open_at(self.end),
        }

    def _due(self, state: CaseState) -> datetime | None:
        lead = state.lead_task
        if lead is None or lead.status in {TaskStatus.RETURNED, TaskStatus.CANCELLED}:
            return None
        clock = state.latest("reply", lead.no)
        return clock.due_at if clock else None

    def _overdue(self, state: CaseState) -> bool:
        due, lead = self._due(state), state.lead_task
        waits = state.closed_at is None and lead is not None and lead.replied_at is None
        return waits and due is not None and due <= min(self.as_of, self.known_at)

    def _late(self, state: CaseState) -> bool:
        due, lead = self._due(state), state.lead_task
        return due is not None and lead is not None and lead.replied_at is not None and lead.replied_at >= due

    def _open_at(self, when: datetime) -> int:
        """Replayed to that very instant; who turned out to be no case by the cut-off never was one."""
        count = 0
        for _, log in self.logs:
            then = replay(log, as_of=min(when, self.as_of), known_at=self.known_at)
            last = replay(log, as_of=self.as_of, known_at=self.known_at)
            if then and last and last.ending is not Ending.INVALID:
                count += then.status is not CaseStatus.CLOSED
        return count


CUTS = st.sampled_from([at(3, 10), at(4, 1, 0), at(4, 21, 0)])
KNOWLEDGES = st.sampled_from([at(2, 20), at(3, 15), at(4, 5), KNOWN])


@pytest.mark.proof
@settings(max_examples=times(25))
@given(SEEDS, CUTS, KNOWLEDGES)
def test_duckdb_counts_what_plain_python_counts(
    seeds: list[int], as_of: datetime, known_at: datetime
) -> None:
    place = THE_PLACE[0]
    logs = [(f"W{n}", wander(place, f"W{n}", seed).entries) for n, seed in enumerate(seeds)]
    for number, (_, log) in enumerate(logs):
        log[0].data["person"] = number % 3
    plain = Plain(logs, as_of, known_at, place.keeper.tz).counts()
    table = tabled(place, logs, as_of=as_of, known_at=known_at)
    found = Engine(Snapshot(place, as_of, known_at, table)).table(list(plain), MARCH)[None]
    assert {name: int(answer.numerator) for name, answer in found.items()} == plain


THE_PLACE: list[Place] = []


@pytest.fixture(autouse=True)
def _the_place(place: Place) -> Any:
    """Hypothesis runs many examples in one town."""
    THE_PLACE[:] = [place]
    yield
    THE_PLACE.clear()


@pytest.mark.proof
@settings(max_examples=times(15))
@given(SEEDS, CUTS, KNOWLEDGES)
def test_no_case_that_counts_is_left_out_of_the_logs_read(
    seeds: list[int], as_of: datetime, known_at: datetime
) -> None:
    """Only the cases that can matter are read; reading all of them gives the same figures."""
    place = THE_PLACE[0]
    names = ["received", "closed", "carried_in", "carried_out", "closing_rate_flow", "overdue_open"]
    with transaction.atomic():
        keep(*(wander(place, f"W{n}", seed) for n, seed in enumerate(seeds)))
        logs = [(case.number, log_of(case)) for case in Case.objects.order_by("pk")]
        since = MARCH.start(place.keeper.tz)
        some = snapshot(place, since=since, as_of=as_of, known_at=known_at)
        transaction.set_rollback(True)
    every = Snapshot(place, as_of, known_at, tabled(place, logs, as_of=as_of, known_at=known_at))
    answers = [Engine(each).table(names, MARCH)[None] for each in (some, every)]
    assert answers[0] == answers[1]


# Brought forward: what has not grown is not read again


def grow(made: Case, seed: int, now: datetime) -> None:
    """Random lawful moves of a stored case, the last of them a correction now and then."""
    dice = random.Random(seed)
    for _ in range(dice.randrange(6)):
        name, data = dice.choice(MOVES)
        now += timedelta(hours=dice.choice([0, 1, 30]))
        try:
            lifecycle.advance(
                made, name, by=None, at=now, origin=ORIGIN, on=name in ON_TASKS, recorded_at=now, **data
            )
        except NotAllowed:
            continue
    if dice.random() < 0.3:
        known(made, "amend", now, now, seq=1, data={"nature": dice.choice(["inquiry", "complaint"])})


def rows(found: Snapshot) -> list[str]:
    return sorted(map(repr, found.table.to_pylist()))


@pytest.mark.proof
@settings(max_examples=times(15))
@given(
    SEEDS,
    SEEDS,
    CUTS,
    CUTS,
    st.sampled_from([at(2, 20), at(3, 15), at(4, 5)]),
    st.sampled_from([500, OVERLAP]),
)
def test_what_is_brought_forward_is_what_is_read_anew(
    seeds: list[int], later: list[int], as_of: datetime, then: datetime, known_at: datetime, ahead: int
) -> None:
    """`ahead`: the newest event seen had a higher key than those stored after it, or so high a one that those
    that were seen are not looked at again."""
    place = THE_PLACE[0]
    since = MARCH.start(place.keeper.tz)
    with transaction.atomic():
        keep(tell(place, "X", at(2, 1)), *(wander(place, f"W{n}", seed) for n, seed in enumerate(seeds)))
        before = snapshot(place, since=since, as_of=as_of, known_at=known_at)
        for made, seed in zip(Case.objects.order_by("pk"), later, strict=False):  # X first
            grow(made, seed, at(5, 2))
        keep(*(wander(place, f"X{n}", seed) for n, seed in enumerate(later)))
        before = replace(before, stamp=(before.stamp[0] + ahead, 0))
        again = brought_forward(before, since=since, as_of=then, known_at=KNOWN)
        anew = snapshot(place, since=since, as_of=then, known_at=KNOWN)
        transaction.set_rollback(True)
    assert rows(again) == rows(anew)
    assert (again.heads, again.unknown) == (anew.heads, anew.unknown)
    assert again.beyond >= anew.beyond


def test_only_what_has_grown_is_read(place: Place, django_assert_max_num_queries: Any) -> None:
    keep(*(tell(place, f"A{n}", at(3, 1), ("direct_answer", at(3, 1))) for n in range(5)))
    since, as_of = MARCH.start(place.keeper.tz), at(4, 1)
    before = snapshot(place, since=since, as_of=as_of, known_at=at(6, 2))
    known(Case.objects.get(number="A3"), "close", at(3, 2), at(6, 2))
    with django_assert_max_num_queries(4) as asked:
        after = brought_forward(before, since=since, as_of=as_of, known_at=at(6, 3))
    assert sum(row["status"] == "closed" for row in after.table.to_pylist()) == 1
    assert [number for number in ("A1", "A3") if number in asked[-1]["sql"]] == ["A3"]


def test_no_large_table_is_read_whole_for_the_facts(place: Place) -> None:
    keep(tell(place, "A", at(3, 1)))
    since, as_of = MARCH.start(place.keeper.tz), at(4, 1)
    with CaptureQueriesContext(connection) as asked:
        before = snapshot(place, since=since, as_of=as_of, known_at=at(5, 2))
        brought_forward(before, since=since, as_of=at(4, 2), known_at=at(5, 3))
    assert connection.vendor != "sqlite" or not [step for one in asked for step in plans.whole(one["sql"])]


def test_an_event_stored_late_under_an_earlier_key_is_counted(place: Place) -> None:
    """Its transaction took the key, and another with a later key ended before it."""
    keep(*(tell(place, number, at(3, 1), ("direct_answer", at(3, 1))) for number in "AB"))
    closed = []
    for number, key in (("A", 7_000), ("B", 6_000)):
        made = Case.objects.values().get(number=number)
        entry = Entry(made["seq"] + 1, "close", 0, at(3, 2), at(3, 2), {})
        columns = event_columns(made, entry, before="answered", after="closed", by=None, origin=ORIGIN)
        event = Event(pk=Event.objects.order_by("pk")[0].pk + key, **columns)
        event.save(force_insert=True)
        Case.objects.filter(number=number).update(seq=event.seq, head=event.hash)
        closed.append(value(engine(MARCH, place=place), "closed"))
    assert closed == [1, 2]
