"""The yearly notice of holidays (放假安排) read as days. Pure.

The State Council's office publishes it in November in sentences of one form: `春节：1月31日至2月6日放假调休，
共7天。1月29日（星期六）、1月30日（星期日）上班。`
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from huiying.cases.workdays import DayKind, SeedDay
from huiying.common.errors import Refused

ASIDE = re.compile(r"（[^（）]*）|\([^()]*\)")
ITEM = re.compile(r"\s*(?:[一二三四五六七八九十]+、|\d+[.、])?\s*([^：:，。]{1,16})[：:](.*)")
DAYS = re.compile(
    r"(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日(?:(?:至|到|—|-)(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日)?"
)
LONGEST = 12
"""Days in a row; more is a slip of the pen."""


def read(text: str, year: int) -> list[SeedDay]:
    """The holidays and make-up days that a notice for `year` names, by date. Raises Refused."""
    found: dict[date, SeedDay] = {}
    for line in ASIDE.sub("", text).splitlines():
        if item := ITEM.match(line):
            for day in _days(item[1].strip(), item[2], year):
                if day.date in found and found[day.date] != day:
                    raise Refused(f"{day.date} 在文中出现了两次，说法不同，请核对后再导入。")
                found[day.date] = day
    if not found:
        raise Refused(
            "文中没有找到放假安排。请按通知原文粘贴，每个节日一行，"
            "如“元旦：1月1日至3日放假，共3天。”；或粘贴 date,kind,name 三列的表格。"
        )
    return [found[on] for on in sorted(found)]


def _days(name: str, said: str, year: int) -> Iterator[SeedDay]:
    for sentence in re.split("[。；;]", said):
        kind = DayKind.MAKEUP if "上班" in sentence else DayKind.HOLIDAY if "放假" in sentence else None
        if kind:
            month = ""
            for match in DAYS.finditer(sentence):
                month = match[2] or month
                first = _date(match[1], month, match[3], year)
                last = _date(match[4] or match[1], match[5] or month, match[6], year) if match[6] else first
                month = match[5] or month
                yield from _run(first, last, kind, name)


def _run(first: date, last: date, kind: DayKind, name: str) -> Iterator[SeedDay]:
    length = (last - first).days + 1
    if not 1 <= length <= LONGEST:
        raise Refused(f"“{name}”从 {first} 到 {last} 不像一个假期，请核对年份和日期。")
    for n in range(length):
        day = first + timedelta(days=n)
        if kind is DayKind.MAKEUP and day.weekday() < 5:
            raise Refused(f"“{name}”写着 {day} 上班，可那天是平日，请核对年份和日期。")
        yield SeedDay(day, kind, name)


def _date(year: str | None, month: str, day: str, default: int) -> date:
    try:
        return date(int(year or default), int(month or 0), int(day))
    except ValueError:
        raise Refused(f"“{month}月{day}日”不是一个日期，请核对。") from None
