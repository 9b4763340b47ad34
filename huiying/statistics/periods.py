"""Months, weeks, quarters, years and any other span of days a figure is asked for. Pure."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from unicodedata import normalize

from huiying.common.errors import Refused

_FORMS = (
    "2022-03（月）、2022-W28（周）、2022-Q1（季）、2022-H1（半年）、2022（年）、"
    "2022-03-05（日）或 2022-03-01..2022-03-15"
)
YEARS = (1900, 2999)


@dataclass(frozen=True, slots=True)
class Period:
    """A span of whole days in the office's zone; `ends_on` is its last day."""

    label: str
    kind: str
    starts_on: date
    ends_on: date

    @property
    def days(self) -> int:
        return (self.ends_on - self.starts_on).days + 1

    def start(self, tz: tzinfo) -> datetime:
        """The first instant, UTC."""
        return _midnight(self.starts_on, tz)

    def end(self, tz: tzinfo) -> datetime:
        """The instant after the last, UTC."""
        return _midnight(self.ends_on + timedelta(days=1), tz)

    @property
    def title(self) -> str:
        """How a bulletin names it: 2022年3月, 2022年第28周（7月11日—7月17日）…"""
        year = f"{self.starts_on.year}年"
        match self.kind:
            case "month":
                return f"{year}{self.starts_on.month}月"
            case "quarter":
                return f"{year}第{'一二三四'[(self.starts_on.month - 1) // 3]}季度"
            case "half":
                return f"{year}{'上' if self.starts_on.month == 1 else '下'}半年"
            case "year":
                return year
            case "week":
                return f"{self.label[:4]}年第{int(self.label[6:])}周"
        if self.starts_on == self.ends_on:
            return f"{year}{_day(self.starts_on)}"
        until = "" if self.starts_on.year == self.ends_on.year else f"{self.ends_on.year}年"
        return f"{year}{_day(self.starts_on)}至{until}{_day(self.ends_on)}"

    def previous(self) -> Period:
        """The period of the same kind just before (环比)."""
        last = self.starts_on - timedelta(days=1)
        return self._around(last) or _span(self.starts_on - timedelta(days=self.days), last)

    def following(self) -> Period:
        """The period of the same kind just after."""
        first = self.ends_on + timedelta(days=1)
        return self._around(first) or _span(first, self.ends_on + timedelta(days=self.days))

    def _around(self, on: date) -> Period | None:
        """The period of the same kind that holds a day; None for a span, which may lie anywhere."""
        match self.kind:
            case "month":
                return month(on.year, on.month)
            case "quarter":
                return parse(f"{on.year}-Q{(on.month - 1) // 3 + 1}")
            case "half":
                return parse(f"{on.year}-H{1 if on.month <= 6 else 2}")
            case "year":
                return parse(str(on.year))
            case "week":
                return _week(*on.isocalendar()[:2])
        return None

    def last_year(self) -> Period:
        """The same period a year before (同比)."""
        if self.kind == "week":
            year, week, _ = self.starts_on.isocalendar()
            return _week(year - 1, min(week, date(year - 1, 12, 28).isocalendar()[1]))
        if self.kind == "span":
            return _span(_year_before(self.starts_on), _year_before(self.ends_on))
        return parse(f"{int(self.label[:4]) - 1}{self.label[4:]}")


def parse(text: str) -> Period:
    """A period from what people type. Raises Refused with the forms understood."""
    try:
        period = _parse(normalize("NFKC", text).strip())
    except ValueError:
        raise Refused(f"看不懂期间“{text}”。可写：{_FORMS}。") from None
    if not YEARS[0] <= period.starts_on.year <= period.ends_on.year <= YEARS[1]:
        raise Refused(f"期间“{text}”的年份应在 {YEARS[0]} 至 {YEARS[1]} 之间。")
    return period


def _parse(text: str) -> Period:
    if found := re.fullmatch(r"(\d{4})-(\d{1,2})", text):
        return month(int(found[1]), int(found[2]))
    if found := re.fullmatch(r"(\d{4})-W(\d{1,2})", text, re.IGNORECASE):
        return _week(int(found[1]), int(found[2]))
    if found := re.fullmatch(r"(\d{4})-Q([1-4])", text, re.IGNORECASE):
        return _months(f"{found[1]}-Q{found[2]}", "quarter", int(found[1]), 3 * int(found[2]) - 2, 3)
    if found := re.fullmatch(r"(\d{4})-H([12])", text, re.IGNORECASE):
        return _months(f"{found[1]}-H{found[2]}", "half", int(found[1]), 6 * int(found[2]) - 5, 6)
    if re.fullmatch(r"\d{4}", text):
        return _months(text, "year", int(text), 1, 12)
    if found := re.fullmatch(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})", text):
        return _span(date.fromisoformat(found[1]), date.fromisoformat(found[2]))
    return _span(date.fromisoformat(text), date.fromisoformat(text))


def month(year: int, number: int) -> Period:
    """A calendar month."""
    return _months(f"{year:04d}-{number:02d}", "month", year, number, 1)


def _months(label: str, kind: str, year: int, first: int, count: int) -> Period:
    last = first + count - 1
    return Period(label, kind, date(year, first, 1), date(year, last, monthrange(year, last)[1]))


def _week(year: int, week: int) -> Period:
    monday = date.fromisocalendar(year, week, 1)
    return Period(f"{year}-W{week:02d}", "week", monday, monday + timedelta(days=6))


def _span(starts_on: date, ends_on: date) -> Period:
    if ends_on < starts_on:
        raise ValueError("ends before it starts")
    return Period(f"{starts_on}..{ends_on}", "span", starts_on, ends_on)


def _year_before(on: date) -> date:
    return (
        on.replace(year=on.year - 1, day=28)
        if (on.month, on.day) == (2, 29)
        else on.replace(year=on.year - 1)
    )


def _midnight(on: date, tz: tzinfo) -> datetime:
    return datetime.combine(on, time(), tz).astimezone(UTC)


def _day(on: date) -> str:
    return f"{on.month}月{on.day}日"


def instant(text: str, tz: tzinfo) -> datetime:
    """An instant from what people type: a bare date means the end of that day (next midnight,
    exclusive) in the office's zone; a time without zone is the office's. Raises Refused."""
    typed = normalize("NFKC", text).strip()
    try:
        return _instant(typed, tz)
    except (ValueError, OverflowError):
        raise Refused(f"看不懂时刻“{text}”。请写 2022-04-20 或 2022-04-20T17:30。") from None


def _instant(typed: str, tz: tzinfo) -> datetime:
    try:
        on = date.fromisoformat(typed)
    except ValueError:
        at = datetime.fromisoformat(typed)
        return (at if at.tzinfo else at.replace(tzinfo=tz)).astimezone(UTC)
    return _midnight(on + timedelta(days=1), tz)
