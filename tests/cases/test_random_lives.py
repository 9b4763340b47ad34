"""Random lives of a few cases: after every step the rows are what the log says, and no rule is broken."""

from copy import deepcopy
from datetime import timedelta
from functools import partial
from typing import Any

import hypothesis
import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from huiying.cases import guards, place
from huiying.cases.history import CaseState, replay
from huiying.cases.lifecycle import advance, completed, log_of, merge, register
from huiying.cases.models import CalendarDay, Case, Office
from huiying.cases.moves import FOLLOWS, LIVE, MOVES, PAUSE_REASONS, CaseStatus, Ending
from huiying.cases.reckoning import Moved, reckon_open
from huiying.common.errors import Refused
from huiying.ops import doctor
from tests import make
from tests.cases.story import open_clocks
from tests.cases.test_projection import filled_anew, told
from tests.proof import PROOF, times

CASES, STEPS = 3, 9
NATURES = ["inquiry", "report", "complaint", "tip"]
CODES = ["water", "housing", "market", "stone", "maple"]
BY_HAND = sorted(set(MOVES) - {"register", "merge", "absorb", "reckon", "amend", "erase"})
RARE = {"mark_invalid", "refuse", "withdraw", "terminate", "recall", "cancel", "direct_answer", "urge"}
RARE |= {"supervise", "instruct", "remark", "supplement", "protect", "reclassify", "call_back", "contact"}
CLOCK = [make.at(3, 1)]
"""What the clock of the machine shows while the test runs."""
WAITS = st.sampled_from([0, 1, 5, 24, 70])
PICKS = st.tuples(
    st.integers(0, 99),
    WAITS,
    st.lists(st.sampled_from(CODES), min_size=1, max_size=3),
    st.sampled_from(NATURES),
)
"""Which of the possible moves, after how many hours, by which units, with which nature."""


def data_for(name: str, units: list[str], nature: str, now: Any) -> dict[str, Any]:
    lead, *others = dict.fromkeys(units)
    co = [{"unit": code, "role": "co"} for code in others]
    return {
        "dispatch": {"units": [{"unit": lead, "role": "lead"}, *co]},
        "redirect_return": {"units": [{"unit": lead, "role": "lead"}]},
        "add_co": {"units": [{"unit": lead, "role": "co"}]},
        "refuse": {"reason": "petition"},
        "reclassify": {"nature": nature},
        "protect": {"secret": nature == "tip"},
        "ask_return": {"reason": "not_ours", "proposed": lead},
        "grant_extension": {"until": str((now + timedelta(days=20)).date())},
        "pause": {"reason": next(iter(PAUSE_REASONS))},
        "call_back": {"outcome": ["reached", "missed"][len(units) % 2], "solved": nature == "report"},
    }.get(name, {})


class Lives(RuleBasedStateMachine):
    """At most three cases of one town; every act happens, and is recorded, after the one before it."""

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.savepoint()
        place.forget()
        self.now = make.at(3, 1)
        CLOCK[0] = self.now
        self.cases: list[Case] = []
        self.known: dict[str, list[tuple[Any, CaseState]]] = {}

    def teardown(self) -> None:
        for case in self.cases:
            log, known = log_of(case), self.known[case.number]
            for recorded_at, then in known:
                assert replay(log, known_at=recorded_at) == then
                assert replay(log, known_at=recorded_at, as_of=self.now + timedelta(seconds=1)) == then
        assert told() == filled_anew()
        transaction.savepoint_rollback(self.savepoint)
        place.forget()

    def common(self, hours: int) -> dict[str, Any]:
        self.now += timedelta(hours=hours, seconds=1)
        CLOCK[0] = self.now
        return {"by": None, "origin": "test:life", "at": self.now}

    @initialize()
    def take_in_the_first(self) -> None:
        self.take_in_another_case()

    @rule()
    def take_in_another_case(self) -> None:
        if len(self.cases) < CASES:
            common = self.common(1)
            person = make.CALLER if self.cases else make.PersonData()
            case = register(channel="hotline", nature="complaint", title="路灯不亮", person=person, **common)
            self.cases.append(case)
            self.look(case)

    @rule(which=st.integers(0, 9), picks=st.lists(PICKS, min_size=4, max_size=12))
    def make_possible_moves(self, which: int, picks: list[tuple[int, int, list[str], str]]) -> None:
        for pick, hours, units, nature in picks:
            case, common = self.cases[which % len(self.cases)], self.common(hours)
            state = self.known[case.number][-1][1]
            found = [
                (move, task, data)
                for move, task in guards.open_moves(state, self.now)
                if move.name in BY_HAND and (pick % 5 == 0 or move.name not in RARE)
                for data in [completed(state, move.name, data_for(move.name, units, nature, self.now), task)]
                if not guards.why_not(state, move, task, self.now, data)
            ]
            if found:
                move, task, data = found[pick * 7 % len(found)]
                act = partial(advance, case, move.name, on=task.no if task else 0, **common, **data)
                self.attempt(case, act)

    @rule(which=st.integers(0, 9), name=st.sampled_from(BY_HAND), on=st.integers(0, 4), pick=PICKS)
    def try_any_move(self, which: int, name: str, on: int, pick: tuple[int, int, list[str], str]) -> None:
        case, common = self.cases[which % len(self.cases)], self.common(pick[1])
        data = data_for(name, pick[2], pick[3], self.now)
        self.attempt(case, partial(advance, case, name, on=on, **common, **data))

    @rule(which=st.integers(0, 9), seq=st.integers(1, 6), back=WAITS, nature=st.sampled_from(NATURES))
    def correct_the_past(self, which: int, seq: int, back: int, nature: str) -> None:
        case, common = self.cases[which % len(self.cases)], self.common(1)
        entry = next((e for e in log_of(case) if e.seq == seq), None)
        if entry is None:
            return
        change: dict[str, Any] = {
            "seq": seq,
            "happened_at": (entry.happened_at - timedelta(hours=back)).isoformat(),
        }
        if entry.kind in {"register", "reclassify"}:
            change["data"] = {"nature": nature}
        self.attempt(case, lambda: advance(case, "amend", **common, **change))

    @rule(one=st.integers(0, 9), other=st.integers(0, 9), sure=st.integers(0, 2))
    def make_two_cases_one(self, one: int, other: int, sure: int) -> None:
        if sure:
            return
        case, into = self.cases[one % len(self.cases)], self.cases[other % len(self.cases)]
        self.common(0)
        try:
            with transaction.atomic():
                merge(case, into, by=self.dispatcher, at=self.now)
        except Refused:
            self.cases[:] = [Case.objects.get(pk=each.pk) for each in self.cases]
            return
        self.look(case)
        self.look(into)

    @rule(days=st.integers(1, 20))
    def declare_a_holiday(self, days: int) -> None:
        self.common(1)
        CalendarDay.objects.filter(day=(self.now + timedelta(days=days)).date()).update(kind="holiday")
        Office.touch()
        town = place.current()
        moved = {one.number for one in reckon_open(town, at=self.now) if isinstance(one, Moved)}
        for i, case in enumerate(self.cases):
            if case.number in moved:
                self.cases[i] = Case.objects.get(pk=case.pk)
                self.look(self.cases[i])
        assert list(reckon_open(town, at=self.now)) == []

    def attempt(self, case: Case, act: Any) -> None:
        before = case.seq
        try:
            with transaction.atomic():
                act()
        except Refused:
            assert case.seq == before == Case.objects.values_list("seq", flat=True).get(pk=case.pk)
            return
        self.look(case)

    def look(self, case: Case) -> None:
        log = log_of(case)
        state = replay(log)
        assert state is not None
        check(state)
        report = doctor.examine(place.current(), now=self.now, number=case.number)
        assert [finding.line() for finding in report.findings] == []
        known = self.known.setdefault(case.number, [])
        known.append((log[-1].recorded_at, deepcopy(state)))


def check(state: CaseState) -> None:
    """What holds for a case at any time."""
    running, live = open_clocks(state), [t for t in state.tasks.values() if t.status in LIVE]
    closed = state.status is CaseStatus.CLOSED
    assert len({(clock.kind, clock.on) for clock in running}) == len(running)
    assert {clock.kind for clock in running} <= {"callback"} or not closed
    assert all(clock.on == 0 or state.tasks[clock.on] in live for clock in running)
    assert (state.ending is not Ending.NONE) == closed == (state.closed_at is not None)
    assert sum(task.role == "lead" for task in live) <= 1
    assert len({task.unit for task in live}) == len(live)
    assert all(not task.paused for task in state.tasks.values() if task not in live)
    pending = [ruling for ruling in state.rulings if ruling.decision == "pending"]
    assert all(state.tasks[ruling.on] in live for ruling in pending)
    if not closed:
        lead = state.lead_task
        assert lead is None or state.status is FOLLOWS[lead.status]
        assert (state.status is CaseStatus.RECEIVED) == (state.running("dispatch") is not None)
        assert lead or state.status in {CaseStatus.RECEIVED, CaseStatus.ANSWERED}
        for task in live:
            replied = task.replied_at is not None
            assert (state.running("reply", task.no) is None) == replied
            paused = state.running("reply", task.no)
            assert replied or (paused is not None and (paused.due_at is None) == task.paused)


@pytest.mark.proof
@pytest.mark.django_db
def test_whatever_is_done_to_cases_the_rows_are_what_the_log_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: CLOCK[0])
    make.town()
    Lives.dispatcher = make.person("laoli", "李建国", "dispatcher")  # type: ignore[attr-defined]
    settings = hypothesis.settings(
        max_examples=times(25) if PROOF else 12,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    run_state_machine_as_test(Lives, settings=settings)
