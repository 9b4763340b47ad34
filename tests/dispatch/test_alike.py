"""同诉归并: what the worker finds among the open cases, and what it never suggests again."""

from __future__ import annotations

import pytest

from huiying.cases.lifecycle import NotAllowed
from huiying.cases.models import Case
from huiying.cases.persons import PersonData
from huiying.dispatch import alike, merging
from huiying.dispatch.models import AlikeGroup, Apart
from tests import make
from tests.cast import people

pytestmark = pytest.mark.django_db
AT = make.at(3, 15, 10)


@pytest.fixture
def cast():
    make.town()
    return people()


def told(title: str, body: str, phone: str, **details: object) -> Case:
    return make.case(title, body=body, caller=PersonData(phone=phone), received=make.at(3, 14), **details)


@pytest.fixture
def lamps(cast) -> list[Case]:
    """One caller twice and a neighbour about the lamps of a street; somebody else about something else."""
    first = told("东街路灯不亮", "东街邮局门口的三盏路灯一周没有亮，晚上行人看不清路。", "13900000001")
    again = told(
        "再次反映东街路灯不亮",
        "东街邮局门口的路灯还是没有亮，晚上看不清路。",
        "13900000001",
        status="handling",
    )
    other = told("东街邮局门口路灯坏了", "三盏路灯一周没有亮，晚上行人看不清路，请维修。", "13900000002")
    told("实验小学午餐收费标准", "咨询实验小学午托收费多少，能不能开发票。", "13900000003")
    return [first, again, other]


def suggested(cast) -> list[list[str]]:
    groups = alike.shown(cast.dispatcher, alike.waiting(cast.dispatcher))
    return [[member.case.number for member in group.members] for group in groups]


def test_the_worker_finds_what_is_open_and_alike_and_counts_persons_apart(cast, lamps) -> None:
    assert alike.refresh(AT) == (1, 3)
    (group,) = alike.shown(cast.dispatcher, alike.waiting(cast.dispatcher))
    assert [member.case for member in group.members] == lamps
    assert (group.kind, group.persons) == ("多人同诉", 2)
    reasons = [member.reason for member in group.members]
    assert "同一来电人" in reasons[1]
    assert "文字相近" in reasons[2]
    assert "路灯" in group.members[2].quote


def test_found_again_it_stays_the_same_group(cast, lamps) -> None:
    alike.refresh(AT)
    pk = AlikeGroup.objects.get().pk
    alike.refresh(make.at(3, 15, 11))
    assert AlikeGroup.objects.get().pk == pk
    assert AlikeGroup.objects.get().found_at == make.at(3, 15, 11)


def test_what_is_merged_leaves_the_list_and_comes_back_when_that_is_undone(cast, lamps) -> None:
    alike.refresh(AT)
    first, again, other = lamps
    done = merging.merge_many([again, other], into=first.number, by=cast.dispatcher, at=AT)
    assert [each.refused for each in done] == ["", ""]
    assert suggested(cast) == []
    make.step(Case.objects.get(pk=again.pk), "unmerge")
    assert suggested(cast) == [[first.number, again.number]]


def test_what_was_told_apart_is_never_suggested_again(cast, lamps) -> None:
    alike.refresh(AT)
    first, again, other = lamps
    assert alike.set_apart(AlikeGroup.objects.get(), [other], by=cast.dispatcher, at=AT) == 1
    assert suggested(cast) == [[first.number, again.number]]
    alike.refresh(AT)
    assert suggested(cast) == [[first.number, again.number]]
    assert {(row.one_id, row.other_id) for row in Apart.objects.all()} == {
        (first.pk, other.pk),
        (again.pk, other.pk),
    }


def test_who_may_not_merge_may_not_tell_apart(cast, lamps) -> None:
    alike.refresh(AT)
    with pytest.raises(NotAllowed):
        alike.set_apart(AlikeGroup.objects.get(), lamps, by=cast.clerk, at=AT)
    assert not Apart.objects.exists()


def test_a_stranger_to_the_group_changes_nothing(cast, lamps) -> None:
    alike.refresh(AT)
    stranger = Case.objects.exclude(pk__in=[case.pk for case in lamps]).get()
    assert alike.set_apart(AlikeGroup.objects.get(), [stranger], by=cast.dispatcher, at=AT) == 0
    assert len(suggested(cast)[0]) == 3


def test_nothing_open_is_no_group(cast) -> None:
    assert alike.refresh(AT) == (0, 0)
    assert suggested(cast) == []
