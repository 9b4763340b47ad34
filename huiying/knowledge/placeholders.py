"""What a standard text may leave open, `{诉求件编号}` and its like: a short list, checked and filled. Pure.

No template language: a name in braces is replaced by one value and nothing else happens.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime

from huiying.common.text import suggestion

PLACEHOLDERS = {
    "诉求件编号": "RX2022030001",
    "受理时间": "2022年3月1日9时05分",
    "受理日期": "2022年3月1日",
    "渠道": "12345热线",
    "性质": "咨询",
    "内容分类": "供水",
    "承办单位": "水务局",
    "单位电话": "单位登记的电话",
    "办理时限": "2022年3月15日",
    "办公室": "热线办公室",
    "办公电话": "12345",
    "今天": "2022年3月2日",
}
"""Every name, with what stands for it in a preview without a case."""

_OPEN = re.compile(r"\{([^{}\n]*)\}")
_GAP = re.compile(r"〔([^〔〕\n]*)〕")


def trouble(text: str) -> str:
    """What is wrong with the braces of a text and how to mend it, or ""."""
    for name in _OPEN.findall(text):
        if name not in PLACEHOLDERS:
            near = suggestion(name, PLACEHOLDERS) if name.strip() else ""
            return f"没有“{{{name}}}”这个空。{near}可用的有：{_named(PLACEHOLDERS)}"
    if brace := re.search(r"[{}]", _OPEN.sub("", text)):
        return f"花括号“{brace[0]}”没有成对。花括号只用来写空，如 {{诉求件编号}}"
    return ""


def _named(names: Mapping[str, str]) -> str:
    return "、".join(f"{{{name}}}" for name in names)


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its open places filled in; what is not known stays to be seen, as 〔承办单位〕."""
    return _OPEN.sub(lambda found: values.get(found[1]) or f"〔{found[1]}〕", text)


def completed(text: str, values: Mapping[str, str]) -> str:
    """A text that somebody may have worked on, with the gaps closed whose value is known by now."""
    return _GAP.sub(lambda found: values.get(found[1]) or found[0], text)


def gaps(text: str) -> list[str]:
    """The names of the open places that were left to be filled in by hand."""
    return [name for name in dict.fromkeys(_GAP.findall(text)) if name in PLACEHOLDERS]


def day(on: date) -> str:
    """A date as it stands in a sentence."""
    return f"{on.year}年{on.month}月{on.day}日"


def instant(at: datetime) -> str:
    """An instant as it stands in a sentence, by the clock that it comes with."""
    return f"{day(at.date())}{at.hour}时{at.minute:02d}分"
