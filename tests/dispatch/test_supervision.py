"""Urging, letters and instructions: what they refuse, how they are numbered, which cases call for them."""

from datetime import date, timedelta

import pytest

from huiying.accounts.models import Unit
from huiying.cases.lifecycle import NotAllowed, Stale, log_of
from huiying.cases.models import Case
from huiying.dispatch import open_cases, supervision
from huiying.dispatch.models import Letter
from tests import make
from tests.cast import people

pytestmark = pytest.mark.django_db
NOW = make.at(3, 15, 10)


@pytest.fixture
def cast(db):
    make.town()
    return people()


def letter(case, cast, *, unit="water", due_on=date(2022, 3, 18), text="请书面说明原因。", at=NOW):
    to = Unit.objects.get(code=unit)
    return supervision.supervise(case, unit=to, due_on=due_on, text=text, by=cast.supervisor, at=at)


def test_a_case_is_urged_once_a_day_and_again_tomorrow(cast) -> None:
    case = make.case(status="handling")
    supervision.urge(case, by=cast.supervisor, at=NOW)
    with pytest.raises(NotAllowed, match=r"今天 10:00 已经催办过"):
        supervision.urge(case, by=cast.dispatcher, at=NOW + timedelta(hours=5))
    supervision.urge(case, by=cast.dispatcher, at=make.at(3, 16, 0, 5))
    assert case.events.filter(kind="urge").count() == 2


def test_letters_are_numbered_within_their_year_and_said_in_the_log(cast) -> None:
    first, second = make.case(status="handling"), make.case(status="dispatched", co=["housing"])
    assert letter(first, cast).label == "督办函〔2022〕1号"
    assert letter(second, cast, unit="housing").label == "督办函〔2022〕2号"
    next_year = letter(first, cast, due_on=date(2023, 1, 9), at=make.at(1, 4, year=2023))
    assert next_year.label == "督办函〔2023〕1号"
    said = log_of(second)[-1]
    assert (said.kind, said.data["letter"], said.data["due"]) == (
        "supervise",
        "督办函〔2022〕2号",
        "2022-03-18",
    )
    assert second.texts.get(kind="note").text == "请书面说明原因。"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"text": "  "}, "请填写“督办要求”"),
        ({"due_on": date(2022, 3, 14)}, "早于今天"),
        ({"unit": "market"}, "没有在办的派单"),
    ],
)
def test_a_letter_that_says_nothing_comes_too_late_or_goes_astray_is_refused(cast, given, said) -> None:
    case = make.case(status="handling")
    with pytest.raises(NotAllowed, match=said):
        letter(case, cast, **given)
    assert not Letter.objects.exists()


def test_a_refused_letter_takes_no_number(cast) -> None:
    case = make.case(status="handling")
    stale = Case.objects.get(pk=case.pk)
    make.step(case, "urge")
    with pytest.raises(Stale):
        letter(stale, cast)
    to = Unit.objects.get(code="water")
    with pytest.raises(NotAllowed, match="由督办员或派单员办理"):
        supervision.supervise(case, unit=to, due_on=NOW.date(), text="请办", by=cast.clerk, at=NOW)
    assert letter(case, cast).no == 1


def test_an_instruction_says_something_and_is_followed(cast) -> None:
    case, closed = make.case(status="handling"), make.case(status="closed")
    with pytest.raises(NotAllowed, match="请填写“批示内容”"):
        supervision.instruct(case, by=cast.leader, at=NOW, note=" ")
    supervision.instruct(closed, by=cast.leader, at=NOW, note="望举一反三。")
    supervision.instruct(case, by=cast.leader, at=NOW - timedelta(hours=1), note="请限期办结。")
    first, second = supervision.instructions(cast.leader)
    assert (first.case, first.text, first.leader) == (case, "请限期办结。", "韩先明")
    assert first.since == make.at(3, 1, 11)  # claimed two hours after it came in
    assert second.case == closed


def test_an_instruction_is_owed_until_the_unit_answers_and_has_its_day(cast) -> None:
    case = make.case(status="handling")
    with pytest.raises(NotAllowed, match="反馈期限 2022-03-14 早于今天"):
        supervision.instruct(case, by=cast.leader, at=NOW, note="请速办", due="2022-03-14")
    supervision.instruct(case, by=cast.leader, at=NOW, note="请速办", due="2022-03-18")
    (asked,) = supervision.instructions(cast.leader)
    assert (asked.due_on, asked.answered_at, asked.is_owed) == (date(2022, 3, 18), None, True)
    assert supervision.unanswered(cast.leader).count() == 1
    make.step(case, "answer", on=1)
    (asked,) = supervision.instructions(cast.leader)
    assert asked.answered_at
    assert not asked.is_owed
    assert not supervision.unanswered(cast.leader).exists()


def test_an_instruction_from_a_spreadsheet_names_no_leader(cast) -> None:
    make.step(make.case(status="handling"), "instruct", note="请认真核实")
    (asked,) = supervision.instructions(cast.leader)
    assert asked.leader == "领导（导入）"


def test_each_list_holds_the_cases_past_that_limit_and_no_others(cast) -> None:
    unclaimed = make.case(status="dispatched")
    replying = make.case(status="handling", nature="inquiry")
    make.step(replying, "contact", on=1)
    asked = make.case(status="returning")
    young = make.case(status="dispatched", received=make.at(3, 15, 8))
    make.case(status="received", received=make.at(3, 1))
    found = {
        watch.name: {case.pk for case in supervision.watched(watch.name, Case.objects.all(), NOW)}
        for watch in supervision.WATCHES
    }
    assert found["claim"] == {unclaimed.pk}
    assert replying.pk in found["reply"]
    assert found["ruling"] == {asked.pk}
    assert len(found["dispatch"]) == 1
    assert not any(young.pk in held for held in found.values())
    assert supervision.counts(cast.supervisor, NOW) == {name: len(held) for name, held in found.items()}


def test_the_list_names_the_unit_that_is_late_and_not_the_leading_one(cast) -> None:
    case = make.case(status="handling", co=["housing"])
    late = supervision.who_is_late("claim", [case.pk], NOW)
    assert [(each.unit, each.due_at) for each in late[case.pk]] == [("云溪县住建局", make.at(3, 3, 0))]
    fresh = make.case(status="received")
    assert supervision.who_is_late("dispatch", [fresh.pk], NOW)[fresh.pk][0].unit == ""
    asked = make.case(status="returning")
    assert supervision.who_is_late("ruling", [asked.pk], NOW)[asked.pk][0].unit == ""  # the office rules
    assert supervision.who_is_late("sent_back", [case.pk], NOW) == {}


def test_what_is_sent_back_twice_or_returned_three_times_is_listed_until_it_is_closed(cast) -> None:
    poor = make.case(status="reviewing")
    for turn in range(2):
        make.step(poor, "send_back", on=1, note="内容空泛")
        assert (poor in supervision.watched("sent_back", Case.objects.all(), NOW)) is (turn == 1)
        make.step(poor, "answer", on=1)
    passed = make.case(status="received")
    for no, unit in enumerate(("water", "housing", "market"), 1):
        make.step(passed, "dispatch", units=[{"unit": unit, "role": "lead"}])
        make.step(passed, "ask_return", on=no, reason="not_ours")
        assert supervision.watched("returned", Case.objects.all(), NOW).exists() is (no == 3)
        make.step(passed, "agree_return", on=no)
    make.step(poor, "release", on=1)
    make.step(poor, "close")
    assert not supervision.watched("sent_back", Case.objects.all(), NOW).exists()


def test_everything_open_has_a_holder_and_a_day_since_when(cast) -> None:
    for status in make.STEPS:
        make.case(status, status=status, co=["housing"])
    rows = {case.title: case for case in open_cases.open_cases(Case.objects.all())}
    assert set(rows) == set(make.STEPS) - {"closed"}
    told = {
        title: (open_cases.holder(case, "热线办"), open_cases.waits_for(case), open_cases.held_since(case))
        for title, case in rows.items()
    }
    assert told["received"] == ("热线办", "派单", make.at(3, 1, 9))
    assert told["handling"] == ("云溪县水务局", "反馈", make.at(3, 1, 10))
    assert told["reviewing"] == ("热线办", "审核", make.at(3, 1, 12))
    assert [task.unit.code for task in rows["handling"].helping] == ["housing"]
