"""A changed line is told and applied as events; what people did is never undone."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

import pytest

from huiying.cases import lifecycle
from huiying.cases.lifecycle import state_of
from huiying.cases.models import Case, CaseText, ClockRun, Event
from huiying.cases.persons import PersonData, reveal
from huiying.cases.place import Place
from huiying.cases.search import INDEX
from tests.exchange.ledgers import (
    DIRECT,
    DISPATCHED,
    NOW,
    Line,
    complaints,
    counts,
    imported,
    kinds,
    ledger,
    rows_in_the_house,
)
from tests.make import at, case, step, town
from tests.proof import times

pytestmark = pytest.mark.django_db
OPEN = DISPATCHED | {"答复时间": "", "办结时间": ""}


@pytest.fixture(autouse=True)
def place() -> Place:
    return town()


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """The file, for the lines of the second time; the first time is taken in."""
    return tmp_path / "三月.csv"


def twice(path: Path, before: Line, after: Line) -> tuple[int, int, int, int]:
    imported(ledger(path, before))
    return counts(imported(ledger(path, after), at=at(4, 21)))


def test_steps_that_are_new_become_moves(first: Path) -> None:
    imported(ledger(first, OPEN))
    outcome = imported(ledger(first, DISPATCHED), at=at(4, 21))
    assert counts(outcome) == (0, 1, 0, 0)
    assert kinds("R0002") == ["register", "dispatch", "claim", "answer", "release", "close"]
    assert [(c.column, c.old, c.new) for c in outcome.changes] == [
        ("答复时间", "", "2022-03-04 16:00:00"),
        ("办结时间", "", "2022-03-07 09:00:00"),
    ]
    made = Case.objects.get()
    assert (made.status, made.closed_at) == ("closed", at(3, 7, 9))
    assert state_of(made, known_at=at(4, 20, 12)).closed_at is None
    assert counts(imported(first, at=at(4, 22))) == (0, 0, 1, 0)


def test_a_corrected_word_is_an_amendment_and_the_past_keeps_the_old_one(first: Path) -> None:
    assert twice(first, DIRECT, DIRECT | {"性质": "反映", "所属乡镇": "枫林乡"}) == (0, 1, 0, 0)
    made = Case.objects.get()
    assert kinds("R0001") == ["register", "direct_answer", "close", "amend"]
    assert (made.nature and made.nature.code, made.area and made.area.code) == ("report", "maple")
    assert state_of(made, known_at=NOW).nature == "inquiry"
    assert state_of(made, as_of=at(3, 31)).nature == "report"


def test_corrected_instants_move_the_clocks_too(first: Path) -> None:
    later = DISPATCHED | {"受理时间": "2022-03-03 09:00:00", "派单时间": "2022-03-03 10:00:00"}
    later |= {"认领时间": "2022-03-03 11:00:00"}
    assert twice(first, DISPATCHED, later) == (0, 1, 0, 0)
    made = Case.objects.get()
    assert (made.received_at, made.dispatched_at) == (at(3, 3, 9), at(3, 3, 10))
    assert ClockRun.objects.get(case=made, kind="reply").due_at == at(3, 18, 0)
    assert {(c.kind, c.due_at, c.stopped_at) for c in state_of(made).clocks} == {
        (c.kind, c.due_at, c.stopped_at) for c in ClockRun.objects.filter(case=made)
    }


def test_a_correction_does_not_stand_in_the_way_of_the_next_file(first: Path) -> None:
    imported(ledger(first, OPEN), at=at(3, 3))
    imported(ledger(first, OPEN | {"性质": "反映"}), at=at(3, 20))
    assert counts(imported(ledger(first, DISPATCHED | {"性质": "反映"}), at=at(3, 21))) == (0, 1, 0, 0)
    assert Case.objects.get().closed_at == at(3, 7, 9)


def test_new_words_stand_beside_the_old_ones_and_are_found(first: Path) -> None:
    new = DIRECT | {"标题": "燃气开户怎么办", "内容": "请问燃气开户流程。", "诉求人": "何秀英女士"}
    assert twice(first, DIRECT, new) == (0, 1, 0, 0)
    made = Case.objects.get()
    assert made.title == made.issues.get().title == "燃气开户怎么办"
    assert [t.text for t in CaseText.objects.filter(kind="body")] == [
        "想问天然气开户需要什么材料。",
        "请问燃气开户流程。",
    ]
    assert INDEX.match(Case.objects.all(), "流程").exists()
    assert not INDEX.match(Case.objects.all(), "材料").exists()
    assert made.person_id == state_of(made).person
    assert "何秀英" not in "".join(Event.objects.values_list("data", flat=True))
    assert counts(imported(first, at=at(4, 22))) == (0, 0, 1, 0)


def test_another_lead_is_a_correction_of_the_dispatch(first: Path) -> None:
    assert twice(first, DISPATCHED, DISPATCHED | {"牵头单位": "石桥镇", "协办单位": "枫林乡"}) == (0, 1, 0, 0)
    assert list(Case.objects.get().assignments.values_list("no", "unit__code", "role")) == [
        (1, "stone", "lead"),
        (2, "maple", "co"),
    ]
    assert counts(imported(first, at=at(4, 22))) == (0, 0, 1, 0)


def test_a_new_note_is_kept_with_its_case(first: Path) -> None:
    assert twice(first, DIRECT | {"备注": "甲"}, DIRECT | {"备注": "乙"}) == (0, 1, 0, 0)
    assert [t.text for t in CaseText.objects.filter(kind="note")] == ["甲", "乙"]
    assert counts(imported(first, at=at(4, 22))) == (0, 0, 1, 0)


def test_a_blank_takes_nothing_away(first: Path) -> None:
    bare = {key: DISPATCHED[key] for key in ("编号", "渠道", "受理时间", "标题", "牵头单位", "派单时间")}
    assert twice(first, DISPATCHED | {"协办单位": "石桥镇", "备注": "甲"}, bare) == (0, 0, 1, 0)


def test_a_new_telephone_keeps_the_known_name(first: Path) -> None:
    assert twice(first, DIRECT, DIRECT | {"诉求人": "", "联系电话": "13900009999"}) == (0, 1, 0, 0)
    made = Case.objects.get()
    assert made.person is not None
    assert reveal(made.person) == PersonData(name="何秀英", phone="13900009999")
    assert twice(first, DIRECT | {"联系电话": "13900009999"}, DIRECT | {"联系电话": ""}) == (0, 0, 1, 0)


def test_what_people_did_since_is_no_change(first: Path) -> None:
    imported(ledger(first, OPEN))
    made = Case.objects.get()
    step(made, "reclassify", when=at(3, 3), nature="report")
    step(made, "answer", on=1, when=at(3, 4))
    assert counts(imported(first, at=at(4, 21))) == (0, 0, 1, 0)


def test_the_file_does_not_overrule_a_person(first: Path) -> None:
    imported(ledger(first, OPEN))
    step(Case.objects.get(), "answer", on=1, when=at(3, 8))
    before = rows_in_the_house()
    outcome = imported(ledger(first, DISPATCHED), at=at(4, 21))
    assert counts(outcome) == (0, 0, 0, 1)
    assert complaints(outcome)[0][1] == "答复时间"
    assert "已在系统中办过这一步" in complaints(outcome)[0][2]
    assert rows_in_the_house() == before


def test_what_a_person_corrected_is_not_corrected_back(first: Path) -> None:
    imported(ledger(first, DIRECT))
    lifecycle.advance(
        Case.objects.get(), "amend", by=None, at=at(4, 20, 12), origin="test:", seq=1, data={"nature": "tip"}
    )
    assert counts(imported(first, at=at(4, 21))) == (0, 0, 1, 0)
    outcome = imported(ledger(first, DIRECT | {"性质": "反映"}), at=at(4, 21))
    assert complaints(outcome) == [(2, "受理时间", "这一环节已有人在系统中更正过")]


def test_a_number_of_our_own_is_not_taken_over(first: Path) -> None:
    case(number="R0001")
    outcome = imported(ledger(first, DIRECT))
    assert complaints(outcome) == [(2, "编号", "编号 R0001 在系统中已有，且不是由文件导入的")]


def test_a_step_before_those_already_taken_is_refused(first: Path) -> None:
    imported(ledger(first, DISPATCHED | {"认领时间": ""}))
    outcome = imported(ledger(first, DISPATCHED), at=at(4, 21))
    assert counts(outcome) == (0, 0, 0, 1)
    assert kinds("R0002") == ["register", "dispatch", "answer", "release", "close"]


TOLD = ("派单时间", "认领时间", "退办时间", "答复时间", "办结时间")


def course(chance: random.Random) -> Line:
    """A case of any course, its steps some hours apart."""
    line = (DIRECT if chance.random() < 0.2 else DISPATCHED) | {
        "性质": chance.choice(["咨询", "反映", "举报"])
    }
    instant = at(3, chance.randint(1, 9), 9)
    line["受理时间"] = instant.strftime("%Y-%m-%d %H:%M")
    if line["办理方式"] == "转办":
        line |= {"退办": "是", "退办时间": "?"} if chance.random() < 0.4 else {}
        line["协办单位"] = chance.choice(["", "石桥镇", "石桥镇、枫林乡"])
    for title in [title for title in TOLD if line.get(title)]:
        instant += timedelta(hours=chance.randint(0, 70))
        line[title] = instant.strftime("%Y-%m-%d %H:%M")
    return line


def known_after(line: Line, steps: int) -> Line:
    """The line as a file told it that knew only so many of its steps."""
    known = [title for title in TOLD if line.get(title)][:steps]
    seen = {key: value for key, value in line.items() if key not in TOLD or key in known}
    if line["办理方式"] == "转办" and "派单时间" not in known:
        seen |= {"办理方式": "", "牵头单位": "", "协办单位": ""}
    return seen | {"退办": "是" if "退办时间" in known else ""}


def standing(number: str) -> tuple[object, ...]:
    made = Case.objects.get(number=number)
    rows = made.assignments.values_list(
        "no", "unit", "role", "status", "claimed_at", "replied_at", "released_at"
    )
    clocks = made.clocks.values_list("kind", "on", "due_at", "stopped_at", "superseded")
    rulings = made.rulings.values_list("kind", "asked_at", "decision", "decided_at")
    values = (made.status, made.mode, made.received_at, made.dispatched_at, made.replied_at, made.closed_at)
    return values, made.nature_id, made.due_at, sorted(rows), sorted(map(str, clocks)), sorted(rulings)


@pytest.mark.proof
def test_a_case_told_in_pieces_ends_as_if_told_at_once(first: Path) -> None:
    chance = random.Random(2022)
    for n in range(times(8)):
        line = course(chance) | {"编号": f"P{n}"}
        imported(ledger(first, line | {"编号": f"W{n}"}))
        for steps in sorted(chance.sample(range(6), chance.randint(1, 4))):
            assert complaints(imported(ledger(first, known_after(line, steps)))) == []
        assert complaints(imported(ledger(first, line))) == []
        assert standing(f"P{n}") == standing(f"W{n}"), line
