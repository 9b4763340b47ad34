"""A clause is fit for a title when it says what is wrong, where, in few words, and asks nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiying.mining.titles import LONGEST, ROOM, SHORTEST, bare, fitted, quality, title_of


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("石桥镇群众咨询：滨江大道路灯不亮", "滨江大道路灯不亮"),
        ("尊敬的领导，请问东街积水何时解决？", "东街积水"),
        ("翠竹苑收费不合理", "翠竹苑收费不合理"),
        ("关于翠竹苑电梯故障的投诉", "翠竹苑电梯故障"),
        ("谢谢！", ""),
        ("我想要反映东街自来水管破裂漏水", "东街自来水管破裂漏水"),
    ],
)
def test_what_only_says_that_something_is_said_is_cut_off(told: str, said: str) -> None:
    assert bare(told) == said


def test_what_is_too_long_loses_the_county_first_and_is_cut_between_words() -> None:
    told = "云溪县滨江大道与学府路交叉口红绿灯时间设置不合理导致拥堵"
    assert fitted(told) == "滨江大道与学府路交叉口红绿灯时间设置不合理"


def test_a_clause_about_oneself_is_no_title_and_a_question_is_a_worse_one() -> None:
    assert quality("我是翠竹苑的业主") == 0
    assert quality("翠竹苑电梯故障多") > quality("翠竹苑电梯怎么故障多")


@given(st.text(max_size=60))
def test_what_is_cut_out_stands_in_the_text(told: str) -> None:
    assert bare(told) in told
    assert len(fitted(told)) <= ROOM


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("尊敬的领导：您好！2022年3月5日起滨江大道路灯不亮，请尽快修复。", "滨江大道路灯不亮问题"),
        ("石桥镇群众咨询：翠竹苑小区二次供水何时恢复？", "翠竹苑小区二次供水何时恢复"),
        ("名叫何秀英，女，汉族，现年43岁，电话13900001234，东街化粪池外溢。", "东街化粪池外溢"),
        ("我是翠竹苑的业主，电梯坏了没人修。", "翠竹苑电梯坏了没人修问题"),
        ("我们是翠竹苑的业主。", "翠竹苑的业主"),
        ("您好，我是石桥镇居民，昨天起石桥镇滨江大道路灯全部不亮。", "石桥镇滨江大道路灯全部不亮问题"),
        ("领导您们好：80年代修的东街石桥有裂缝。", "80年代修的东街石桥有裂缝问题"),
        ("您好，谢谢！", ""),
        ("", ""),
    ],
)
def test_a_title_is_where_the_text_begins_to_tell(text: str, title: str) -> None:
    assert title_of(text) == title


@given(st.text(alphabet="我是东街路灯不亮，。！您好2022年3月 a😀", max_size=80))
def test_no_title_is_longer_than_allowed_or_says_what_the_text_does_not(text: str) -> None:
    title = title_of(text)
    assert not title or SHORTEST <= len(title) <= LONGEST
    assert set(title.removesuffix("问题")) <= {*text, "，"}
