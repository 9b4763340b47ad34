"""While somebody types, the stored cases that are like it are found, at a bounded cost."""

from __future__ import annotations

import pytest

from huiying.cases.models import Case
from huiying.cases.persons import PersonData
from huiying.mining.hot_topics import Report
from huiying.mining.similar import report_of, reports, similar
from tests import make

pytestmark = pytest.mark.django_db


def typed(title: str, body: str = "", **more: object) -> Report:
    return Report("", title, body, **more)  # type: ignore[arg-type]


def likest(report: Report, **more: object) -> list[int]:
    found = similar(report, Case.objects.all(), least=0.3, most=5, **more)  # type: ignore[arg-type]
    return [near.case.pk for near in found]


@pytest.fixture
def lamp(town) -> Case:
    make.case("实验小学午餐收费标准", body="咨询午托收费多少，能不能开发票。")
    return make.case("东街路灯不亮", body="东街邮局门口的三盏路灯一周没有亮，行人看不清路。")


def test_a_title_half_typed_finds_the_case_and_says_why(lamp, django_assert_num_queries) -> None:
    with django_assert_num_queries(2):
        (near,) = similar(typed("东街路灯"), Case.objects.all(), least=0.3, most=5)
    assert near.case == lamp
    assert near.reason.startswith("文字相近")
    assert near.quote == "东街路灯"


def test_other_words_in_the_title_are_found_by_the_body(lamp) -> None:
    assert likest(typed("晚上出门太黑", "邮局门口三盏路灯一周没有亮，看不清路。")) == [lamp.pk]
    assert likest(typed("养老保险在哪里交", "想问缴费窗口在哪里。")) == []


def test_the_same_person_is_a_reason(lamp) -> None:
    (near,) = similar(typed("东街路灯", person=str(lamp.person_id)), Case.objects.all(), least=0.3, most=5)
    assert near.reason.startswith("同一来电人、")


def test_a_case_is_not_like_itself_and_one_s_own_are_looked_at_besides(lamp) -> None:
    own = report_of(lamp, lamp.texts.get().text)
    assert [own] == reports(Case.objects.filter(pk=lamp.pk))
    assert likest(own) == []
    other = make.case("路灯", body="路灯", caller=PersonData(phone="13900007777"))
    assert other.pk in likest(typed("路灯不亮"), also=[other.pk])


def test_nothing_typed_asks_nothing(lamp, django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        assert likest(typed("", "😀")) == []
    assert likest(typed("好" * 200, "x" * 100_000)) == []


def test_the_newest_of_many_that_say_the_same_are_found(town) -> None:
    cases = [make.case("东街路灯不亮", received=make.at(3, 1 + n)) for n in range(6)]
    assert likest(typed("东街路灯不亮")) == [case.pk for case in cases[:0:-1]]
