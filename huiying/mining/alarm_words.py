"""舆情词: words in a report that somebody should see at once, whatever its topic. Pure.

General Chinese of offices, for the cold start; a place adds and takes away its own (`[alarms]`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

WORDS: dict[str, tuple[str, ...]] = {
    "涉及媒体": (
        "媒体曝光",
        "找记者",
        "联系记者",
        "电视台曝光",
        "上热搜",
        "发抖音",
        "发到网上",
        "网上曝光",
        "发微博",
    ),
    "可能聚集": (
        "集体上访",
        "越级上访",
        "进京上访",
        "拉横幅",
        "堵路",
        "堵门",
        "静坐",
        "罢工",
        "罢运",
        "罢课",
        "聚众",
    ),
    "人身安全": (
        "跳楼",
        "轻生",
        "自杀",
        "不想活",
        "自焚",
        "同归于尽",
        "砍人",
        "持刀",
        "爆炸",
        "坍塌",
        "塌方",
        "溺水",
    ),
    "公共卫生": ("食物中毒", "集体腹泻", "疫情", "传染病", "学生中毒", "水源污染"),
}
"""By what they point to. A word is looked for as it stands."""
_BY_CHANCE = re.compile("拥堵路|减轻生|信息大?爆炸")
"""Other words in which one of these stands by chance."""
_DENIED = re.compile(r"(?:没有?|未|不会|并非|谣传|防止|预防|防范|避免|杜绝)[^，。；！？,;!?]{0,6}$")


def found(text: str, words: Iterable[str]) -> list[str]:
    """The words that a text holds, but for those denied or guarded against just before (“未发生爆炸”) and
    those that are parts of others (减轻生产)."""
    text = _BY_CHANCE.sub(" ", text)
    return [word for word in words if any(not _DENIED.search(text[:at]) for at in _places(text, word))]


def _places(text: str, word: str) -> list[int]:
    return [match.start() for match in re.finditer(re.escape(word), text)]
