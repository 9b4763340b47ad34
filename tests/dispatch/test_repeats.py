"""The same person again about the same matter."""

from __future__ import annotations

import pytest

from huiying.cases.lifecycle import NotAllowed
from huiying.cases.models import Case
from huiying.cases.persons import PersonData
from huiying.dispatch import repeats
from huiying.dispatch.repeats import adds_facts
from tests import make


@pytest.mark.parametrize(
    ("told", "new"),
    [
        ("东街自来水浑浊，请尽快处理", False),
        ("东街自来水还是浑浊，请尽快处理", False),
        ("东街12号自来水浑浊，请尽快处理", True),
        ("昨天维修人员来过，换了水表以后厨房漏水，地板泡坏要求赔偿", True),
        ("", False),
    ],
)
def test_what_counts_as_new(told: str, new: bool) -> None:
    assert adds_facts(told, "石桥镇东街自来水浑浊，已有三天，请尽快处理") is new


@pytest.mark.django_db
def test_a_second_call_about_the_same_is_found_with_the_first(cast, wall) -> None:
    first = make.case(status="handling")
    second = make.case(received=make.at(3, 10))
    found = repeats.repeats_of([second], at=wall.at)[second.pk]
    assert (found.earlier, found.new_facts) == (first, False)
    assert repeats.repeats_of([first], at=wall.at) == {}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "other",
    [
        {"caller": PersonData(name="孙大海", phone="13900005678")},
        {"topic": "phone/城乡建设/燃气"},
        {"caller": PersonData()},
    ],
)
def test_another_person_or_topic_is_no_repeat(cast, wall, other) -> None:
    make.case(status="handling")
    second = make.case(received=make.at(3, 10), **other)
    assert repeats.repeats_of([second], at=wall.at) == {}


@pytest.mark.django_db
def test_what_ended_long_ago_is_looked_into_anew(cast, wall) -> None:
    make.case(status="closed")
    second = make.case(received=make.at(3, 10))
    assert repeats.repeats_of([second], at=wall.at)
    assert repeats.repeats_of([second], at=wall.later(days=40)) == {}


@pytest.mark.django_db
def test_the_person_is_told_how_the_first_one_stands(cast, town, wall) -> None:
    first = make.case(status="handling")
    second = make.case(received=make.at(3, 10))
    said = repeats.status_said(town, first)
    assert first.number in said
    repeats.answer_with_status(second, earlier=first.number, said=said, by=cast.dispatcher, at=wall.at)
    second = Case.objects.get(pk=second.pk)
    assert (second.status, second.mode) == ("answered", "direct")
    assert second.texts.get(kind="note").text == said


@pytest.mark.django_db
def test_only_a_real_repeat_is_answered_so(cast, wall) -> None:
    case, other = make.case(), make.case(topic="phone/城乡建设/燃气")
    with pytest.raises(NotAllowed, match="不是同一诉求人"):
        repeats.answer_with_status(case, earlier=other.number, said="…", by=cast.dispatcher, at=wall.at)


@pytest.mark.django_db
def test_where_the_office_closes_on_release_this_answer_closes_as_well(wall) -> None:
    make.town(config={"office": {"close_on_release": True}})
    dispatcher = make.person("laoli", "李建国", "dispatcher")
    first, second = make.case(status="handling"), make.case(received=make.at(3, 10))
    repeats.answer_with_status(second, earlier=first.number, said="仍在办理", by=dispatcher, at=wall.at)
    assert Case.objects.get(pk=second.pk).status == "closed"
    assert second.events.get(kind="direct_answer").data.count(first.number) == 1
