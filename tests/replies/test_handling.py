"""分办: parts inside the unit, and who reaches a task."""

from datetime import date

import pytest

from huiying.accounts.models import Unit
from huiying.cases.models import Assignment
from huiying.replies import handling
from huiying.replies.handling import NotGiven
from huiying.replies.models import Handling
from tests import make

NOW = make.at(3, 15, 10)
FRIDAY = date(2022, 3, 18)


@pytest.fixture
def task(town):
    return make.case(status="handling", unit="housing").assignments.get()


@pytest.fixture
def section(town) -> Unit:
    return Unit.objects.get(code="housing-gas")


def give(task, to, by, **changes) -> Handling:
    given = {"due_on": FRIDAY, "note": "查燃气管线图。", "by": by, "at": NOW} | changes
    return handling.give(task, to=to, **given)


def test_a_section_reaches_the_task_by_its_part_and_answers_it_once(task, section, cast) -> None:
    assert not handling.can_reach(cast.section_clerk, task)
    part = give(task, section, cast.other_clerk)
    assert handling.can_reach(cast.section_clerk, task)
    handling.answer(part, result="图上没有燃气管。", by=cast.section_clerk, at=NOW)
    part.refresh_from_db()
    assert (part.result, part.answered_by) == ("图上没有燃气管。", cast.section_clerk)
    with pytest.raises(NotGiven, match="已经反馈或收回"):
        handling.answer(part, result="再答一次", by=cast.section_clerk, at=NOW)


def test_a_part_that_was_taken_back_is_out_of_reach(task, section, cast) -> None:
    part = give(task, section, cast.other_clerk)
    with pytest.raises(NotGiven, match="收回"):
        handling.withdraw(part, by=cast.section_clerk, at=NOW)
    handling.withdraw(part, by=cast.other_clerk, at=NOW)
    assert not handling.can_reach(cast.section_clerk, task)
    with pytest.raises(NotGiven):
        handling.answer(part, result="晚了", by=cast.section_clerk, at=NOW)


def test_a_part_goes_to_one_of_the_units_people_too(task, cast) -> None:
    part = give(task, cast.section_clerk, cast.other_clerk)
    assert part.taker == "孙燕"
    assert list(handling.given_to(cast.section_clerk)) == [part]


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"due_on": date(2022, 3, 14)}, "已经过去"), ({"note": ""}, "要求")],
)
def test_an_unclear_part_is_not_given(task, section, cast, changes, said) -> None:
    with pytest.raises(NotGiven, match=said):
        give(task, section, cast.other_clerk, **changes)


def test_parts_stay_inside_the_unit(task, section, cast) -> None:
    with pytest.raises(NotGiven, match="不属于"):
        give(task, Unit.objects.get(code="market"), cast.other_clerk)
    with pytest.raises(NotGiven, match="不属于"):
        give(task, cast.clerk, cast.other_clerk)
    with pytest.raises(NotGiven, match="您不在该单位"):
        give(task, section, cast.section_clerk)


def test_an_ended_task_is_not_given_on(section, cast) -> None:
    done = make.case(status="answered", unit="housing").assignments.get()
    with pytest.raises(NotGiven, match="不必再分办"):
        give(done, section, cast.other_clerk)


def test_the_question_and_the_query_of_reach_agree_for_everybody(task, section, cast) -> None:
    give(task, section, cast.other_clerk)
    make.case(status="closed", unit="water")
    make.case(status="handling", unit="housing-gas")
    tasks = list(Assignment.objects.select_related("unit", "case"))
    for user in cast.everybody():
        reached = set(handling.reachable(user).values_list("pk", flat=True))
        assert reached == {each.pk for each in tasks if handling.can_reach(user, each)}
        own = set(handling.own_tasks(user).values_list("pk", flat=True))
        assert own == {each.pk for each in tasks if handling.belongs(user, each)}
