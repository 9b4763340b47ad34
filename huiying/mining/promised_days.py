"""The days by which an answer says that something will be done. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

_WILL = (
    r"(?:(?:拟|计划|预计|预期|力争|确保|承诺|争取|有望|务必|保证|限期)(?:于|在|到|定于)?[^，,。；;！!？?：:\n]{0,14}?"
    r"|(?:定于|将(?:于|在)?)[^，,。；;！!？?：:\n]{0,3}?|要求(?!信访人|投诉人|业主|[您你])(?=[^，,。；;！!？?：:\n]{0,40}[前内])[^，,。；;！!？?：:\n]{0,20}?)"
)
_DAY = (
    r"(?:(?P<year>\d{4})\s*年\s*|(?P<near>今年|本年|明年)\s*)?(?P<month>\d{1,2})\s*月\s*(?:(?P<day>\d{1,2})\s*[日号]|(?P<part>底|末|中旬|上旬|下旬|初|份))?"
    r"|(?:(?P<of>\d{4})\s*年|(?P<which>今年|本年|明年|年))\s*(?P<half>底|末|内|上半年|下半年)"
    r"|(?P<this>本月|当月|下月|下个月)\s*(?P<third>底|末|初|中旬|内)?"
    r"|(?P<count>\d{1,3}|[一二两三四五六七八九十]{1,2})\s*个?\s*(?P<unit>工作日|日|天|周|星期|月)(?=之?内)"
)
_PROMISE = re.compile(
    rf"{_WILL}(?:{_DAY})(?!\d)\s*(?:之?[前内]|以前)?(?!起|后|开始施行|[、—\-])[^，,。；;！!？?\n]{{0,24}}"
)
_BEFORE = re.compile(
    r"(?:原|曾|已(?:经)?|合同|约定|有效期|规定|报道|网友|反映|投诉人|信访人|据称)[^，,。；;！!？?：:\n]{0,11}$"
)
"""Before it: what was planned once, what a contract says, what the citizen says."""
_DONE = re.compile(r"原(?:计划|定|拟)|已(?:经)?|[^为不除]了|才|完毕|召开")
_DONE_AFTER = re.compile(r"^[，,。；;](?:现|目前|现在)?(?:均|都|该.{0,6})?(?:已|整改完毕|清理完毕)")
"""In it and after it: what has happened."""
_NUMBERS = {word: number for number, word in enumerate("零一二三四五六七八九十")} | {"两": 2}


def promises(answer: str, near: date | None) -> Iterator[tuple[date, str]]:
    """Each day that an answer promises, as the last day that is meant, with the words.

    A day without a year, and 年底前 or 十五个工作日内, is reckoned from `near`; without it they are no days.
    """
    for match in _PROMISE.finditer(answer):
        if (
            not _BEFORE.search(answer[max(0, match.start() - 14) : match.start()])
            and not _DONE.search(match.group())
            and not _DONE_AFTER.search(answer[match.end() : match.end() + 16])
            and (meant := _meant(match, near))
        ):
            yield meant, match.group()


def _meant(match: re.Match[str], near: date | None) -> date | None:
    said = match.groupdict()
    try:
        if said["month"]:
            return _in_month(said, near)
        if said["half"]:
            return _in_year(said, near)
        if near is None:
            return None
        if said["this"]:
            month = near.month if said["this"] in {"本月", "当月"} else near.month + 1
            return _end(near.year + (month > 12), (month - 1) % 12 + 1, said["third"])
        return near + _span(said["count"], said["unit"])
    except (ValueError, OverflowError):
        return None


def _in_month(said: dict[str, str | None], near: date | None) -> date | None:
    month = int(said["month"] or 0)
    if not 1 <= month <= 12:
        return None
    if said["year"]:
        year = int(said["year"])
    elif near is None:
        return None
    else:
        year = near.year + (said["near"] == "明年" or (said["near"] is None and month < near.month - 6))
    if said["day"]:
        return date(year, month, int(said["day"]))
    return _end(year, month, said["part"])


def _in_year(said: dict[str, str | None], near: date | None) -> date | None:
    if said["of"]:
        year = int(said["of"])
    elif near is None:
        return None
    else:
        year = near.year + (said["which"] == "明年")
    return date(year, 6, 30) if said["half"] == "上半年" else date(year, 12, 31)


def _end(year: int, month: int, part: str | None) -> date:
    """The last day of a month, or of its beginning or middle."""
    if part in {"初", "上旬"}:
        return date(year, month, 10)
    if part == "中旬":
        return date(year, month, 20)
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def _span(count: str | None, unit: str | None) -> timedelta:
    """So many days, working days as seven for five and three more for holidays."""
    words = count or ""
    number = int(words) if words.isdigit() else _counted(words)
    if unit == "工作日":
        return timedelta(days=number * 7 // 5 + 3)
    return timedelta(days=number * {"周": 7, "星期": 7, "月": 31}.get(unit or "", 1))


def _counted(words: str) -> int:
    """十五 as 15."""
    tens, has_ten, ones = words.partition("十")
    if not has_ten:
        return _NUMBERS[words]
    return (_NUMBERS[tens] if tens else 1) * 10 + (_NUMBERS[ones] if ones else 0)
