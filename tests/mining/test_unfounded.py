"""Numbers that a draft has and the words it was drafted from have not."""

import pytest

from huiying.mining.unfounded import unfounded

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    ("said", "given", "made_up"),
    [
        ("停水3天，影响120户。", "停水三天，120户人家没水用。", []),
        ("停水3天，影响120户。", "停水好几天。", ["3天", "120户"]),
        ("2022年3月5日起", "二〇二二年三月5号", []),
        ("押金３，０００元不退", "押金3000元不退", []),
        ("押金3.5万元", "押金3万5", ["3.5万"]),
        ("被扣320元、15000元", "扣了三百二十元，又扣一万五千元", []),
        ("欠薪105元", "欠一百零五元", []),
        ("在10楼", "在十楼", []),
        ("1. 停水。\n2、漏水。\n（3）退费20%。", "停水漏水", ["20%"]),
        ("热线12345，热线12345", "", ["12345"]),
        ("没有数字", "也没有", []),
        ("", "", []),
        ("第3", "", ["3"]),
    ],
)
def test_numbers_are_compared_by_value(said: str, given: str, made_up: list[str]) -> None:
    assert unfounded(said, given) == made_up


def test_one_character_after_a_number_tells_what_it_counts() -> None:
    assert unfounded("6月1日前办结", "") == ["6月", "1日"]
