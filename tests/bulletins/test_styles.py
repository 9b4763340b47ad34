"""A house style is checked before it is used; every fault says where and what would do."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from huiying.bulletins import styles
from huiying.common.errors import Refused
from tests.bulletins.test_editions import STYLE


def changed(**change: Any) -> dict[str, Any]:
    return copy.deepcopy(STYLE) | change


@pytest.mark.parametrize(
    ("style", "said"),
    [
        (changed(title=""), "缺少 title"),
        (changed(numbers={"recieved": {}}), "received"),
        (changed(numbers={"share": {"rounding": "up"}}), "half_up"),
        (changed(numbers={"share": {"places": 2}}), "decimals"),
        (changed(block=[{"kind": "paragraf"}]), "paragraph"),
        (changed(block=[{"kind": "table", "scope": "热线"}]), "line"),
        (changed(block=[{"kind": "chart", "scope": "line", "chart": "pie"}]), "daily"),
        (changed(block=[{"kind": "paragraph", "txt": ""}]), "text"),
        (changed(scope=[{"key": "a", "where": {"channels": []}}]), "channel"),
        (changed(scope=[{"key": "a", "lists": {"n": {"by": "nature", "order": "abc"}}}]), "vocabulary"),
    ],
)
def test_a_fault_in_a_style_is_named(style: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused, match=said):
        styles.parse(style)


def test_a_style_changes_how_a_measure_is_printed_and_leaves_the_rest() -> None:
    style = styles.parse(changed(numbers={"share": {"decimals": 1}}))
    assert style.form("share").decimals == 1
    assert style.form("share").percent
    assert style.form("reply_rate") == styles.MEASURES["reply_rate"].form


def test_a_style_is_chosen_by_name_and_a_wrong_name_lists_the_others() -> None:
    config = {"bulletin": {"style": [STYLE, changed(name="周报")]}}
    assert styles.choose(config).name == "月报"
    assert styles.choose(config, "周报").name == "周报"
    with pytest.raises(Refused, match="月报、周报"):
        styles.choose(config, "年报")


def test_a_place_without_styles_says_how_to_write_one() -> None:
    with pytest.raises(Refused, match=r"place\.toml"):
        styles.choose({})
