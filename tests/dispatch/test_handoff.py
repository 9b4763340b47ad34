"""A case goes to its units, alone or with others, and comes back within a minute."""

from __future__ import annotations

import pytest

from huiying.accounts.models import Unit
from huiying.cases import lifecycle
from huiying.cases.lifecycle import NotAllowed, Stale
from huiying.cases.models import Accused, Case
from huiying.dispatch import handoff
from tests import make

pytestmark = pytest.mark.django_db


def again(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def accuse(case: Case, unit: str) -> None:
    Accused.objects.create(case=case, kind="unit", unit=Unit.objects.get(code=unit))


def test_one_lead_and_its_co_units_in_one_go(cast, wall) -> None:
    case = make.case()
    handoff.dispatch(case, lead="water", co=["stone"], by=cast.dispatcher, at=wall.at, note="请今天到现场")
    case = again(case)
    assert (case.status, case.lead.unit.code) == ("dispatched", "water")
    assert [row.unit.code for row in case.assignments.filter(role="co")] == ["stone"]
    assert case.texts.get(kind="note").text == "请今天到现场"


def test_the_second_of_two_dispatchers_is_told(cast, wall) -> None:
    case = make.case()
    seen = again(case)
    handoff.dispatch(case, lead="water", by=cast.dispatcher, at=wall.at)
    with pytest.raises(Stale, match="刚刚被他人处理过"):
        handoff.dispatch(seen, lead="housing", by=cast.dispatcher, at=wall.at)
    assert again(case).lead.unit.code == "water"


def test_of_many_the_stale_one_is_reported_and_the_others_go(cast, wall) -> None:
    cases = [make.case(title) for title in ("一", "二", "三")]
    make.step(again(cases[1]), "supplement")
    done = handoff.dispatch_many(cases, lead="water", by=cast.dispatcher, at=wall.at)
    assert [bool(each.refused) for each in done] == [False, True, False]
    assert "刚刚被他人处理过" in done[1].refused
    assert [again(case).status for case in cases] == ["dispatched", "received", "dispatched"]


def test_within_a_minute_the_dispatcher_takes_it_back(cast, wall) -> None:
    case = make.case()
    handoff.dispatch(case, lead="water", by=cast.dispatcher, at=wall.at)
    assert [event.case for event in handoff.undoable(cast.dispatcher, wall.later(seconds=59))] == [case]
    handoff.undo(again(case), by=cast.dispatcher, at=wall.at)
    case = again(case)
    assert (case.status, case.lead, case.mode) == ("received", None, "")
    assert case.texts.get(kind="note").text == "误派撤回"
    assert handoff.undoable(cast.dispatcher, wall.at) == []


def test_after_a_minute_it_is_not_taken_back_so(cast, wall) -> None:
    case = make.case()
    handoff.dispatch(case, lead="water", by=cast.dispatcher, at=wall.at)
    later = wall.later(seconds=61)
    assert handoff.undoable(cast.dispatcher, later) == []
    with pytest.raises(NotAllowed, match="超过一分钟"):
        handoff.undo(again(case), by=cast.dispatcher, at=later)
    assert again(case).status == "dispatched"


def test_another_dispatcher_does_not_take_it_back(cast, wall) -> None:
    other = make.person("lier", "李二", "dispatcher")
    case = make.case()
    handoff.dispatch(case, lead="water", by=cast.dispatcher, at=wall.at)
    assert handoff.undoable(other, wall.at) == []
    with pytest.raises(NotAllowed, match="派单人本人"):
        handoff.undo(again(case), by=other, at=wall.at)


def test_what_the_unit_has_claimed_is_not_taken_back_so(cast, wall) -> None:
    case = make.case()
    handoff.dispatch(case, lead="water", by=cast.dispatcher, at=wall.at)
    lifecycle.advance(case, "claim", on=1, by=cast.clerk, at=wall.at)
    with pytest.raises(NotAllowed, match="已有新的处理"):
        handoff.undo(again(case), by=cast.dispatcher, at=wall.at)


def test_the_deadlines_shown_are_those_that_then_hold(cast, town, wall) -> None:
    case = make.case(nature="inquiry", received=make.at(3, 14))
    shown = handoff.preview(town, lifecycle.state_of(case), lead="water", co=["stone"], at=wall.at)
    assert {each.unit for each in shown} == {"water", "stone"}
    assert again(case).seq == case.seq  # nothing was written
    handoff.dispatch(case, lead="water", co=["stone"], by=cast.dispatcher, at=wall.at)
    held = {(run.kind, run.assignment.unit.code): run.due_at for run in case.clocks.exclude(assignment=None)}
    assert {(each.kind, each.unit): each.due_at for each in shown} == held


def test_the_accused_unit_does_not_get_the_reporter(cast, wall) -> None:
    case = make.case()
    accuse(case, "water")
    with pytest.raises(NotAllowed, match="应当回避"):
        handoff.dispatch(case, lead="housing", co=["water"], by=cast.dispatcher, at=wall.at)
    assert again(case).status == "received"
    handoff.dispatch(again(case), lead="water", by=cast.dispatcher, at=wall.at, masked=True)
    case = again(case)
    assert (case.status, case.secret) == ("dispatched", True)


def test_a_refused_dispatch_does_not_leave_the_case_secret(cast, wall) -> None:
    case = make.case()
    with pytest.raises(NotAllowed):
        handoff.dispatch(case, lead="water", co=["water"], by=cast.dispatcher, at=wall.at, masked=True)
    assert again(case).secret is False


def test_a_tip_that_names_a_unit_is_flagged_for_it(cast, wall) -> None:
    case = make.case("举报云溪县水务局工程质量", nature="tip")
    with pytest.raises(NotAllowed, match="标题提到"):
        handoff.dispatch(case, lead="water", by=cast.dispatcher, at=wall.at)


def test_a_unit_is_found_by_name_and_a_slip_gets_a_hint(town) -> None:
    assert handoff.unit_code(town, " 云溪县水务局 ") == "water"
    assert handoff.unit_code(town, "water") == "water"
    with pytest.raises(NotAllowed, match="您是否要找：云溪县水务局"):
        handoff.unit_code(town, "水务局")


def test_nobody_else_dispatches(cast, wall) -> None:
    with pytest.raises(NotAllowed, match="派单员"):
        handoff.dispatch(make.case(), lead="water", by=cast.clerk, at=wall.at)


@pytest.mark.parametrize("name", ["add_co", "redirect_return"])
def test_no_later_move_brings_the_accused_unit_in(cast, wall, name) -> None:
    case = make.case(status="returning")
    accuse(case, "market")
    units = [{"unit": "market", "role": "co" if name == "add_co" else "lead"}]
    on = 0 if name == "add_co" else 1
    with pytest.raises(NotAllowed, match="应当回避"):
        handoff.hand_on(case, name, by=cast.dispatcher, at=wall.at, on=on, units=units)
