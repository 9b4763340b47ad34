"""The office's calendar: which days are worked, and counting in working days.

Pure: a Calendar is built from values (the rows of CalendarDay) and never guesses. A year without its whole
calendar is an error, because weekends alone know neither public holidays nor make-up working days (调休上班).
Rule of the office: "Day 1 is the first working day after the start."
"""

import datetime as dt
from bisect import bisect_left, bisect_right
from calendar import isleap
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from huiying.common.errors import Refused

SATURDAY = 5


class DayKind(StrEnum):
    """What a day is to the office: the first two are worked, the last two are not."""

    WORKDAY = "workday"
    MAKEUP = "makeup"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"

    @property
    def is_working(self) -> bool:
        """True for an ordinary working day and for a make-up working day (调休上班)."""
        return self in (DayKind.WORKDAY, DayKind.MAKEUP)


class UnknownYear(Refused):
    """The calendar of a year is missing or has gaps; `year` says which."""

    def __init__(self, year: int, why: str = "") -> None:
        self.year = year
        super().__init__(
            f"没有{year}年完整的放假安排，无法推算工作日{f'（{why}）' if why else ''}。"
            f"请在“设置→日历”导入{year}年放假安排，或运行 huiying calendar load。"
        )


@dataclass(frozen=True)
class SeedDay:
    """One day of a published holiday arrangement.

    `name` is the Chinese name of the holiday, also on the make-up days worked for it; empty on other days.
    """

    date: dt.date
    kind: DayKind
    name: str = ""


@dataclass(frozen=True, eq=False)
class Calendar:
    """Whole years of days, each worked or not. Build once and reuse: the first count sorts the days.

    `days` maps every date of each loaded year to "is worked"; `names` optionally names holidays. A year of
    which any date is absent counts as not loaded. Every count looks only at the days it needs, and raises
    UnknownYear where one of them lies in a year that is not loaded.
    """

    days: Mapping[dt.date, bool]
    names: Mapping[dt.date, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "days", dict(self.days))
        object.__setattr__(self, "names", dict(self.names))

    @classmethod
    def of(cls, days: Iterable[SeedDay]) -> "Calendar":
        """A calendar from day rows such as seed_days() returns; the last row of a date wins."""
        rows = {day.date: day for day in days}
        return cls(
            days={on: day.kind.is_working for on, day in rows.items()},
            names={on: day.name for on, day in rows.items() if day.name},
        )

    @cached_property
    def years(self) -> frozenset[int]:
        """The years of which every day is known."""
        return frozenset(year for year, known in self._known.items() if known == _length(year))

    @cached_property
    def _known(self) -> Counter[int]:
        return Counter(on.year for on in self.days)

    @cached_property
    def _workdays(self) -> list[dt.date]:
        return sorted(on for on, worked in self.days.items() if worked)

    def is_workday(self, on: dt.date) -> bool:
        """Whether the office works on this date. Raises UnknownYear."""
        _plain(on)
        self._require(on.year, on.year)
        return self.days[on]

    def kind(self, on: dt.date) -> DayKind:
        """The day's kind, told from being worked, the weekday, and having a name. Raises UnknownYear."""
        worked, weekend = self.is_workday(on), on.weekday() >= SATURDAY
        if worked:
            return DayKind.MAKEUP if weekend else DayKind.WORKDAY
        return DayKind.WEEKEND if weekend and not self.names.get(on) else DayKind.HOLIDAY

    def next_workday(self, on: dt.date) -> dt.date:
        """The first working day strictly after the date. Raises UnknownYear."""
        return self.add_workdays(on, 1)

    def add_workdays(self, on: dt.date, n: int) -> dt.date:
        """The n-th working day after the date, day 1 being the first one strictly after it.

        n = 0 gives the date itself, worked or not; a negative n counts back over working days strictly
        before the date. O(log days). Raises UnknownYear if a day between the date and the answer is not
        loaded.
        """
        _plain(on)
        if n == 0:
            return on
        return self._after(on, n) if n > 0 else self._before(on, -n)

    def _after(self, on: dt.date, n: int) -> dt.date:
        place = bisect_right(self._workdays, on) + n - 1
        first = on.year + 1 if (on.month, on.day) == (12, 31) else on.year
        if place >= len(self._workdays):
            raise self._unknown(next(year for year in range(first, dt.MAXYEAR + 2) if year not in self.years))
        self._require(first, self._workdays[place].year)
        return self._workdays[place]

    def _before(self, on: dt.date, n: int) -> dt.date:
        place = bisect_left(self._workdays, on) - n
        last = on.year - 1 if (on.month, on.day) == (1, 1) else on.year
        if place < 0:
            raise self._unknown(next(year for year in range(last, -2, -1) if year not in self.years))
        self._require(self._workdays[place].year, last, latest_first=True)
        return self._workdays[place]

    def workdays_between(self, after: dt.date, until: dt.date) -> int:
        """The number of working days in (after, until]: the first date is left out, the last is counted.

        Negative where `until` is the earlier date, so that counts add up along any route.
        Raises UnknownYear if a day of the interval is not loaded.
        """
        _plain(after)
        _plain(until)
        if until < after:
            return -self.workdays_between(until, after)
        if after == until:
            return 0
        self._require(after.year + 1 if (after.month, after.day) == (12, 31) else after.year, until.year)
        return bisect_right(self._workdays, until) - bisect_right(self._workdays, after)

    def count_year(self, year: int) -> int:
        """The number of working days of the year, make-up days included. Raises UnknownYear."""
        self._require(year, year)
        first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
        return bisect_right(self._workdays, last) - bisect_left(self._workdays, first)

    def _require(self, first: int, last: int, *, latest_first: bool = False) -> None:
        """Raise for the first missing year on the way from one year to the other."""
        way = range(last, first - 1, -1) if latest_first else range(first, last + 1)
        for year in way:
            if year not in self.years:
                raise self._unknown(year)

    def _unknown(self, year: int) -> UnknownYear:
        known = self._known[year]
        return UnknownYear(year, f"该年只有{known}天，缺{_length(year) - known}天" if known else "")


def seed_days(years: Iterable[int]) -> list[SeedDay]:
    """Every day of the given years as published by the State Council, in order, from chinesecalendar.

    Needs the chinesecalendar package, imported on use. A year it does not know raises UnknownYear: it
    follows the yearly notice of the General Office of the State Council, issued late in the year before.
    """
    from chinese_calendar import Holiday, holidays, workdays

    shipped = {on.year for on in holidays}
    wanted = sorted(set(years))
    for year in wanted:
        if year not in shipped:
            raise UnknownYear(year, f"自带数据只有{min(shipped)}至{max(shipped)}年")
    chinese = {"": ""} | {holiday.value: holiday.chinese for holiday in Holiday}
    return [
        SeedDay(
            on,
            _seed_kind(on, on in holidays, on in workdays),
            chinese[holidays.get(on) or workdays.get(on, "")],
        )
        for year in wanted
        for on in _dates(year)
    ]


def _seed_kind(on: dt.date, is_holiday: bool, is_makeup: bool) -> DayKind:
    if is_makeup:
        return DayKind.MAKEUP
    if is_holiday:
        return DayKind.HOLIDAY
    return DayKind.WEEKEND if on.weekday() >= SATURDAY else DayKind.WORKDAY


def _dates(year: int) -> list[dt.date]:
    first = dt.date(year, 1, 1)
    return [first + dt.timedelta(days=n) for n in range(_length(year))]


def _length(year: int) -> int:
    """The number of days of a year of the Gregorian calendar."""
    return 366 if isleap(year) else 365


def _plain(on: dt.date) -> None:
    """Refuse an instant where a date is meant: a datetime is a date to Python, but has no zone here."""
    if isinstance(on, dt.datetime):
        raise ValueError(f"这里要的是日期，收到的是时刻 {on.isoformat()}：请先换算到办公时区再取日期。")
