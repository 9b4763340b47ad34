"""What may stand in the text of a rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiying.notices import rules, wording


def test_the_screen_writes_the_blanks_in_chinese_and_reads_them_back() -> None:
    for rule in (*rules.EVENTS.values(), *rules.CLOCKS.values(), *rules.CLOSING.values()):
        assert "{number}" not in wording.shown(rule.text)
        assert wording.read(wording.shown(rule.text)) == rule.text
        assert rules.why_not(rule) == ""
    assert wording.read(" {number} 请{单位}办理 ") == "{number} 请{unit}办理"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "内容是空的"),
        ("{number}" + "办" * 100, "有 108 个字，最多 100 个"),
        ("{number}\n请办", "只能是一行"),
        ("{number} 请{left}", "没有“{情形}”这样的空。能用的有：{编号}、{单位}。"),
        ("{number} {姓名}", "没有“{姓名}”这样的空"),
        ("{number.__class__}", "没有“{number.__class__}”这样的空"),
        ("{number!r}", "这样的空"),
        ("{number:>99999999}", "这样的空"),
        ("{} {0}", "这样的空"),
        ("{number} 请办 {", "不成对"),
        ("请办理", "内容里要有{编号}"),
    ],
)
def test_what_cannot_be_is_said(text: str, said: str) -> None:
    assert said in wording.amiss(text, ("number", "unit"))


def test_what_is_about_a_unit_names_the_unit() -> None:
    assert "内容里要有{单位}，否则收到的人不知道是谁。" in wording.amiss("请对账", ("unit", "period"))
    assert wording.amiss("请{unit}对账", ("unit", "period")) == ""


@given(st.text(alphabet="{}number!:.[]0unit编号 ", max_size=30))
def test_what_is_let_through_can_always_be_filled(text: str) -> None:
    if not wording.amiss(text, ("number", "unit")):
        assert "R1" in text.format(number="R1", unit="水务局")
