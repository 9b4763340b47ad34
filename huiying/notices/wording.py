"""The text of a rule: what may stand in it, and how its blanks are written on the screen. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from string import Formatter

BLANKS = {
    "number": "编号",
    "unit": "单位",
    "left": "情形",
    "period": "期间",
    "due": "期限",
    "said": "结论",
}
"""The blanks of a text, as the configuration and as the screen writes them."""
LONGEST = 100
_BLANK = re.compile(r"\{(\w+)\}")


def shown(text: str) -> str:
    """A text as the screen writes it: {编号} for {number}."""
    return _BLANK.sub(lambda met: f"{{{BLANKS.get(met[1], met[1])}}}", text)


def read(text: str) -> str:
    """What was typed on the screen, as the configuration writes it."""
    names = {title: name for name, title in BLANKS.items()}
    return _BLANK.sub(lambda met: f"{{{names.get(met[1], met[1])}}}", text.strip())


def amiss(text: str, blanks: Collection[str]) -> str:
    """Why a text cannot be used where these blanks are filled, the first of them always, or ""."""
    if not text.strip():
        return "内容是空的，请写上，或恢复原来的。"
    if len(text) > LONGEST:
        return f"内容有 {len(text)} 个字，最多 {LONGEST} 个，请缩短。"
    if any(ord(sign) < 32 for sign in text):
        return "内容只能是一行，请去掉换行。"
    allowed = "、".join(f"{{{BLANKS[name]}}}" for name in blanks)
    try:
        met = [(name, spec, how) for _, name, spec, how in Formatter().parse(text) if name is not None]
    except ValueError:
        return f"花括号不成对。能用的有：{allowed}。"
    for name, spec, how in met:
        if name not in blanks or spec or how:
            return f"没有“{{{BLANKS.get(name, name)}}}”这样的空。能用的有：{allowed}。"
    if blanks and next(iter(blanks)) not in {name for name, _, _ in met}:
        first = next(iter(blanks))
        which = {"number": "哪一件", "said": "什么情况"}.get(first, "谁")
        return f"内容里要有{{{BLANKS[first]}}}，否则收到的人不知道是{which}。"
    return ""
