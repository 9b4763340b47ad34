"""What a text names is found with where it stands."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiying.mining.entities import KINDS, entities, mentions, parted, places


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("投诉翠屏新城小区底层餐馆油烟", {"place": ["翠屏新城小区"]}),
        ("解放西路和滨河大道路口红绿灯坏了", {"place": ["解放西路", "滨河大道"]}),
        ("家住东街的业主反映实验小学门口停车乱", {"place": ["实验小学"]}),
        ("县住建局和城关派出所都说不归他们管", {"unit": ["县住建局", "城关派出所"]}),
        ("云河装饰有限公司拖欠工资三万元", {"firm": ["云河装饰有限公司"], "amount": ["三万元"]}),
        ("2022年3月5日交了12,500元押金", {"date": ["2022年3月5日"], "amount": ["12,500元"]}),
        ("联系人王小明，2021-12-01入住", {"person": ["王小明"], "date": ["2021-12-01"]}),
        ("马路上的路灯在路口，走了一条小路，看不清路，附近没有学校", {}),
    ],
)
def test_names_are_found_by_kind(text: str, named: dict[str, list[str]]) -> None:
    found: dict[str, list[str]] = {}
    for entity in entities(text):
        found.setdefault(entity.kind, []).append(entity.text)
    assert found == named


def test_the_units_of_the_place_are_found_as_they_are_called() -> None:
    assert entities("请供水站答复", units=["供水站"])[0].kind == "unit"
    assert entities("请供水站答复") == []


def test_only_the_kinds_asked_for_are_looked_for() -> None:
    text = "翠屏新城小区欠费300元"
    assert [entity.kind for entity in entities(text, kinds=["amount"])] == ["amount"]
    assert places(text) == ["翠屏新城小区"]


def test_what_is_shown_begins_where_the_name_does_and_tells_no_person() -> None:
    told = (
        "我叫王小明，强烈要求协助翠屏新城小区和天宏建材有限公司处理，翠屏新城小区业主交了300元，"
        "县住建局2022年3月5日来过"
    )
    said = mentions(told, units=["县住建局"])
    assert {kind: [each.name for each in found] for kind, found in said.items()} == {
        "place": ["翠屏新城小区"],
        "unit": ["县住建局"],
        "firm": ["天宏建材有限公司"],
        "amount": ["300元"],
        "date": ["2022年3月5日"],
    }
    assert [said[kind][0].sought for kind in said] == ["翠屏新城", "县住建局", "天宏建材", "", ""]


@pytest.mark.parametrize(
    "text",
    [
        "修水泥路",
        "一个圆形村",
        "我们小区",
        "当地村",
        "这条马路",
        "万块钱",
        "打过两次村里电话",
        "许多三无采石场",
        "很多民办普惠性幼儿园",
        "直接主导小区选举",
        "修复路产",
        "全资子公司",
        "生活小区",
        "给孩子用的早餐米粉店",
    ],
)
def test_what_is_no_name_is_not_shown(text: str) -> None:
    assert mentions(f"{text}的事") == {}


def test_a_name_is_shown_without_what_leads_to_it() -> None:
    said = mentions("小区北门望仙路积水，改道调整至翠竹小区，在开发商天宏建材有限公司门口")
    assert [each.name for found in said.values() for each in found] == [
        "望仙路",
        "翠竹小区",
        "天宏建材有限公司",
    ]


def test_a_plain_word_is_a_name_only_right_after_what_it_lies_in() -> None:
    assert [each.name for each in mentions("住在城关镇樱花小区")["place"]] == ["樱花小区"]
    assert mentions("外墙像樱花小区") == {}


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("翠屏新城小区电梯坏了", "翠屏新城 电梯坏了"),
        ("天宏建材有限公司拖欠工资", "天宏建材 拖欠工资"),
        ("解放西路路灯", "解放西路 路灯"),
        ("东方小区", "东方小区"),
        ("R2022030001", "R2022030001"),
        ("供水 停水", "供水 停水"),
    ],
)
def test_a_question_asks_for_its_place_or_firm_apart(query: str, asked: str) -> None:
    assert parted(query) == asked


@given(st.text(alphabet="东街路翠屏新城小区天宏公司电梯坏 了3", max_size=30))
def test_a_question_set_apart_still_finds_what_it_found(query: str) -> None:
    assert all(part in query for part in parted(query).split())


@given(st.text(max_size=80) | st.text(alphabet="东街路小区公司局元年月0123456789王小明", max_size=80))
def test_each_stands_where_it_says_and_none_overlaps(text: str) -> None:
    found = entities(text)
    assert all(text[entity.start : entity.end] == entity.text for entity in found)
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert {entity.kind for entity in found} <= KINDS.keys()


@pytest.mark.parametrize("run", ["1", "一", "13800000000", "1,"])
def test_digits_without_an_end_are_no_amount(run: str) -> None:
    assert entities(run * 20_000, kinds=("amount",)) == []
