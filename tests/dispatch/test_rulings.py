"""What the units ask and the office decides."""

from __future__ import annotations

import pytest

from huiying.accounts.models import Unit
from huiying.cases import lifecycle
from huiying.cases.lifecycle import NotAllowed
from huiying.cases.models import Accused, Case
from huiying.dispatch import rulings, supervision
from tests import make

pytestmark = pytest.mark.django_db


def asked() -> list[rulings.Asked]:
    return rulings.read(list(rulings.waiting().select_related("case", "assignment__unit")))


def passed_on(*units: str) -> Case:
    """A case that each unit in turn asked to give back; the last request waits."""
    case = make.case(unit=units[0], status="dispatched")
    for no, after in enumerate(units[1:], 1):
        make.step(case, "ask_return", on=no, reason="not_ours")
        make.step(case, "agree_return", on=no)
        make.step(case, "dispatch", units=[{"unit": after, "role": "lead"}])
    make.step(case, "ask_return", on=len(units), reason="not_ours")
    return case


def test_a_request_comes_with_its_reason_note_and_clock(cast) -> None:
    case = make.case(status="dispatched")
    make.step(
        case, "ask_return", on=1, reason="not_ours", proposed="housing", note="县编办三定规定第四条", by=None
    )
    (one,) = asked()
    assert (one.ruling.reason, one.ruling.proposed, one.note) == (
        "not_ours",
        "housing",
        "县编办三定规定第四条",
    )
    assert one.due_at == case.clocks.get(kind="rule_return").due_at
    assert one.reply_due_at == case.clocks.get(kind="reply").due_at
    assert (one.past, one.escalated) == ([], False)


def test_the_third_unit_that_gives_it_back_brings_it_to_the_top(cast) -> None:
    early = make.case(status="returning", received=make.at(2, 21))
    often = passed_on("water", "housing", "market")
    twice = passed_on("water", "housing")
    found = asked()
    assert [one.ruling.case for one in found] == [often, early, twice]
    assert [one.escalated for one in found] == [True, False, False]
    assert [each.assignment.unit.code for each in found[0].past] == ["water", "housing"]


def test_what_was_dropped_is_not_counted_anywhere(cast) -> None:
    case = make.case(status="returning", unit="water")
    make.step(case, "drop_return", on=1)
    make.step(case, "recall")
    for no, unit in ((2, "housing"), (3, "market")):
        make.step(case, "dispatch", units=[{"unit": unit, "role": "lead"}])
        make.step(case, "ask_return", on=no, reason="not_ours")
        if no == 2:
            make.step(case, "agree_return", on=no)
    (one,) = asked()
    assert (one.units, one.escalated) == (2, False)
    assert not supervision.watched("returned", Case.objects.all(), make.at(3, 15)).exists()
    assert len(lifecycle.state_of(case).giving_back) == 2


def test_the_office_has_its_time_to_settle_what_three_gave_back(cast, wall) -> None:
    case = passed_on("water", "housing", "market")
    assert case.clocks.filter(kind="coordinate").count() == 1
    (one,) = asked()
    clock = case.clocks.get(kind="coordinate")
    assert one.coordinate_due_at == clock.due_at == make.at(3, 3, 0)
    late = supervision.watched("ruling", Case.objects.all(), clock.due_at)
    assert [each.pk for each in late] == [case.pk]
    rulings.decide(case, "designate", on=3, by=cast.dispatcher, at=wall.at, note="经协调由你单位承办")
    assert case.clocks.get(kind="coordinate").stopped_at == wall.at


def test_the_same_unit_asking_three_times_is_one_unit(cast) -> None:
    case = make.case(status="returning")
    for _ in range(2):
        make.step(case, "refuse_return", on=1)
        make.step(case, "ask_return", on=1, reason="not_ours")
    (one,) = asked()
    assert (one.units, one.escalated, len(one.past)) == (1, False, 2)
    assert not supervision.watched("returned", Case.objects.all(), make.at(3, 15)).exists()


def test_designated_it_comes_back_no_more(cast, wall) -> None:
    case = make.case(status="returning")
    rulings.decide(case, "designate", on=1, by=cast.dispatcher, at=wall.at, note="经协调由你单位承办")
    assert asked() == []
    with pytest.raises(NotAllowed, match="指定承办，不得再次申请退办"):
        lifecycle.advance(case, "ask_return", on=1, by=cast.clerk, at=wall.at, reason="not_ours", note="…")


def test_an_extension_is_granted_to_the_day_decided(cast, wall) -> None:
    case = make.case(status="handling", received=make.at(3, 14))
    make.step(case, "ask_extension", on=1, proposed="2022-04-12")
    (one,) = asked()
    assert one.due_at == case.clocks.get(kind="rule_extension").due_at
    rulings.decide(case, "grant_extension", on=1, by=cast.dispatcher, at=wall.at, until="2022-04-08")
    assert Case.objects.get(pk=case.pk).due_at == make.at(4, 9, 0)


def test_nothing_is_redirected_to_the_unit_complained_of(cast, wall) -> None:
    case = make.case(status="returning")
    Accused.objects.create(case=case, kind="unit", unit=Unit.objects.get(code="market"))
    units = [{"unit": "market", "role": "lead"}]
    with pytest.raises(NotAllowed, match="应当回避"):
        rulings.decide(case, "redirect_return", on=1, by=cast.dispatcher, at=wall.at, units=units)
    rulings.decide(case, "redirect_return", on=1, by=cast.dispatcher, at=wall.at, units=units, masked=True)
    assert Case.objects.get(pk=case.pk).secret


def test_only_decisions_are_made_here(cast, wall) -> None:
    with pytest.raises(NotAllowed, match="不是对退办或延期的裁定"):
        rulings.decide(make.case(), "recall", on=0, by=cast.dispatcher, at=wall.at, note="…")


def test_a_request_of_a_merged_case_does_not_wait(cast, wall) -> None:
    case, into = make.case(status="returning"), make.case()
    lifecycle.merge(case, into, by=cast.dispatcher, at=wall.at)
    assert asked() == []
