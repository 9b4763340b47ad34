"""Rare pairs of characters say what a text is like; how rare they are is told by how closely they lie."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiying.mining import hints


def test_pairs_are_those_that_say_something_the_title_s_first() -> None:
    assert hints.pairs("我们的路灯不亮") == ["路灯", "灯不", "不亮"]
    assert hints.asked("路灯", "水管")[:2] == ["路灯", "水管"]
    assert hints.asked("路灯", "水管爆裂三天")[:3] == ["路灯", "水管", "裂三"]
    assert len(hints.asked("路灯不亮", "东街自来水浑浊发黄" * 3 + "北城积水南门停电西村断网")) <= hints.PAIRS
    assert hints.pairs("") == hints.pairs("\ud800") == []


def test_what_lies_closely_together_is_common_and_what_is_all_there_is_is_rare() -> None:
    close, far = range(999_940, 1_000_000), range(0, 1_000_000, 16_950)
    weighed = hints.weights({"常见": list(close), "少见": list(far), "一件": [5], "没有": []})
    assert weighed["常见"] < weighed["少见"] < weighed["一件"] < weighed["没有"]
    assert hints.weights({}) == {}


def test_the_texts_with_the_weightiest_pairs_are_read_and_no_more_than_so_many() -> None:
    hits = {"东街": [1, 2, 3], "路灯": [3]}
    assert hints.nearest(hits, hints.weights(hits)) == [3, 2, 1]
    many = {"东街": list(range(100))}
    assert len(hints.nearest(many, hints.weights(many))) == hints.READ


@given(st.sets(st.text("甲乙丙", min_size=2, max_size=2)), st.sets(st.text("甲乙丙", min_size=2, max_size=2)))
def test_a_cosine_is_a_share_and_the_same_both_ways(one: set[str], other: set[str]) -> None:
    weighed = {"甲乙": 3.0, "乙丙": 1.0}
    found = hints.cosine(one, other, weighed)
    assert 0 <= found <= 1
    assert found == pytest.approx(hints.cosine(other, one, weighed))
    assert hints.cosine(one, one, weighed) == pytest.approx(float(bool(one)))


def test_a_rare_pair_in_common_counts_more() -> None:
    weighed = {"路灯": 1.0, "翠屏": 5.0}
    asked = {"路灯", "翠屏"}
    assert hints.cosine(asked, {"翠屏", "停水"}, weighed) > hints.cosine(asked, {"路灯", "停水"}, weighed)
