"""Clocks: when something is due, and how a clock stands at an instant.

Pure: instants, limits, the calendar, the office hours and the office's zone come in, values go out; neither
the present time nor the process's own zone is read. Every instant must be aware; every instant returned is
UTC. A due instant is an exclusive end: what happens strictly before it is in time.

Day clocks (working days, calendar days, months) count dates of the office's zone, do not count the start's
own date, and end at 24:00 of the last day (the next midnight) unless the rule names an hour. Minutes and
hours run on without a break; office hours run only while the office is open on a working day.
"""

import datetime as dt
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from huiying.cases.workdays import Calendar

ONE_DAY = dt.timedelta(days=1)
NO_TIME = dt.timedelta(0)
MIDNIGHT = dt.time(0)


class LimitUnit(StrEnum):
    """What a limit is counted in."""

    MINUTES = "minutes"
    OFFICE_HOURS = "office_hours"
    HOURS = "hours"
    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    MONTHS = "months"

    @property
    def is_day_clock(self) -> bool:
        """Whether it counts whole dates, rather than running time."""
        return self in DAY_CLOCKS


DAY_CLOCKS = frozenset({LimitUnit.WORKING_DAYS, LimitUnit.CALENDAR_DAYS, LimitUnit.MONTHS})


@dataclass(frozen=True)
class Limit:
    """How long a clock may run: `amount` (at least 1) of `unit`.

    `ends_at_hour` is the wall-clock time, in the office's zone, at which the last day ends; None is 24:00.
    It is for day clocks only. Raises ValueError for an amount below 1 or an hour that cannot apply.
    """

    amount: int
    unit: LimitUnit
    ends_at_hour: dt.time | None = None

    def __post_init__(self) -> None:
        if self.amount < 1:
            raise ValueError(f"时限的数量是 {self.amount}，至少应为 1。")
        if self.ends_at_hour is None:
            return
        if not self.unit.is_day_clock:
            raise ValueError(f"按 {self.unit} 计的时限不能指定截止钟点，请去掉截止钟点或改为按日计。")
        if self.ends_at_hour == MIDNIGHT or self.ends_at_hour.tzinfo is not None:
            raise ValueError("截止钟点应是办公时区的钟点；到当日24:00为止的，请留空。")


@dataclass(frozen=True)
class OfficeHours:
    """When the office is open on each working day: (start, end) in wall-clock time of its zone, in order.

    Raises ValueError where there is no interval, an interval is empty, or two overlap.
    """

    spans: tuple[tuple[dt.time, dt.time], ...] = (
        (dt.time(8, 0), dt.time(12, 0)),
        (dt.time(14, 30), dt.time(17, 30)),
    )

    def __post_init__(self) -> None:
        if not self.spans:
            raise ValueError("办公时间为空，请至少填写一个时段，如 08:00—12:00。")
        if any(start >= end for start, end in self.spans):
            raise ValueError("办公时间的每个时段都应先开始、后结束。")
        if any(end > start for (_, end), (start, _) in pairwise(self.spans)):
            raise ValueError("办公时间的各时段应按先后排列，且不能重叠。")


class ClockState(StrEnum):
    """How a clock stands at an instant; state() gives the exact rules."""

    OPEN = "open"
    YELLOW = "yellow"
    DUE_TODAY = "due_today"
    OVERDUE = "overdue"
    RED = "red"
    PAUSED = "paused"
    DONE_IN_TIME = "done_in_time"
    DONE_LATE = "done_late"


@dataclass(frozen=True)
class Remaining:
    """What a clock has left: `days` for a day clock, `time` for the others; negative once it has run out."""

    days: int = 0
    time: dt.timedelta = NO_TIME


@dataclass(frozen=True)
class Prevailing:
    """The due instant that holds, and the instant by which an interim answer is due, if one is."""

    due_at: dt.datetime
    interim_due_at: dt.datetime | None = None


@dataclass(frozen=True)
class Redo:
    """The due instant of a re-do, and whether it had already passed when the reply was sent back."""

    due_at: dt.datetime
    is_past: bool


def due(
    start: dt.datetime, limit: Limit, calendar: Calendar, hours: OfficeHours, tz: dt.tzinfo
) -> dt.datetime:
    """The instant (UTC, exclusive) at which a clock started at `start` runs out.

    Working days: day 1 is the first working day after the start's date in the office's zone. Calendar days:
    day 1 is the next date; the last day stays where it falls, also on a holiday. Months: the last day has the
    start's day number, or is the month's last day. Minutes and hours: elapsed time. Office hours: see
    add_office_time(). Raises ValueError for a naive start and UnknownYear where working days of a year that
    is not loaded are needed (never for minutes, hours, calendar days and months).
    """
    return _counted(start, local_date(start, tz), limit, calendar, hours, tz)


def extend(
    due_at: dt.datetime, limit: Limit, calendar: Calendar, hours: OfficeHours, tz: dt.tzinfo
) -> dt.datetime:
    """The new due instant (UTC, exclusive) of a granted extension, counted from the old due date.

    Day 1 of a day-clock extension is the first (working) day after the old last day, so that a clock ending
    at 24:00 on Friday and extended by one working day ends at 24:00 on Monday. Running-time extensions go on
    from the old due instant. The hour of the extension's own limit holds. Raises as due() does.
    """
    return _counted(due_at, last_day(due_at, tz), limit, calendar, hours, tz)


def _counted(
    start: dt.datetime, day_zero: dt.date, limit: Limit, calendar: Calendar, hours: OfficeHours, tz: dt.tzinfo
) -> dt.datetime:
    start = _utc(start)
    match limit.unit:
        case LimitUnit.MINUTES:
            return start + dt.timedelta(minutes=limit.amount)
        case LimitUnit.HOURS:
            return start + dt.timedelta(hours=limit.amount)
        case LimitUnit.OFFICE_HOURS:
            return add_office_time(start, dt.timedelta(hours=limit.amount), calendar, hours, tz)
        case LimitUnit.WORKING_DAYS:
            last = calendar.add_workdays(day_zero, limit.amount)
        case LimitUnit.CALENDAR_DAYS:
            last = day_zero + dt.timedelta(days=limit.amount)
        case LimitUnit.MONTHS:
            last = _add_months(day_zero, limit.amount)
    return end_of_day(last, tz, limit.ends_at_hour)


@lru_cache(maxsize=4_096)
def local_date(at: dt.datetime, tz: dt.tzinfo) -> dt.date:
    """The date of an instant in the office's zone. Raises ValueError for a naive instant."""
    return _utc(at).astimezone(tz).date()


def last_day(due_at: dt.datetime, tz: dt.tzinfo) -> dt.date:
    """The last date that belongs to a clock: midnight, an exclusive end, closes the day before it."""
    return local_date(_utc(due_at) - dt.timedelta(microseconds=1), tz)


def end_of_day(on: dt.date, tz: dt.tzinfo, hour: dt.time | None = None) -> dt.datetime:
    """The instant (UTC, exclusive) at which a date ends in the office's zone: at `hour`, or at 24:00."""
    return _instant(on, hour, tz) if hour else _instant(on + ONE_DAY, MIDNIGHT, tz)


def _instant(on: dt.date, wall: dt.time, tz: dt.tzinfo) -> dt.datetime:
    """The instant (UTC) at which the clock on the office's wall shows this date and time."""
    return dt.datetime.combine(on, wall, tz).astimezone(dt.UTC)


def _add_months(on: dt.date, months: int) -> dt.date:
    years, month = divmod(on.month - 1 + months, 12)
    year = on.year + years
    return dt.date(year, month + 1, min(on.day, monthrange(year, month + 1)[1]))


# Office time


def add_office_time(
    start: dt.datetime, amount: dt.timedelta, calendar: Calendar, hours: OfficeHours, tz: dt.tzinfo
) -> dt.datetime:
    """The earliest instant (UTC) by which the office has been open for `amount` since `start`.

    Outside office hours the count begins at the next opening. An amount used up exactly at closing time ends
    there, not at the next opening. No amount gives the start itself. Raises ValueError for a naive start or a
    negative amount, and UnknownYear.
    """
    start = _utc(start)
    if amount < NO_TIME:
        raise ValueError(f"办公时间的时长不能为负：{amount}。")
    if amount == NO_TIME:
        return start
    openings = _openings(start, calendar, hours, tz)
    opens, closes = next(openings)
    while amount > closes - opens:
        amount -= closes - opens
        opens, closes = next(openings)
    return opens + amount


def office_time_between(
    start: dt.datetime, end: dt.datetime, calendar: Calendar, hours: OfficeHours, tz: dt.tzinfo
) -> dt.timedelta:
    """How long the office was open in [start, end); negative where `end` is the earlier instant.

    Raises ValueError for a naive instant, and UnknownYear.
    """
    start, end = _utc(start), _utc(end)
    if end < start:
        return -office_time_between(end, start, calendar, hours, tz)
    total, on, last = NO_TIME, local_date(start, tz), local_date(end, tz)
    while on <= last:
        for opens, closes in _openings_on(on, calendar, hours, tz):
            total += max(min(closes, end) - max(opens, start), NO_TIME)
        on += ONE_DAY
    return total


def _openings(
    start: dt.datetime, calendar: Calendar, hours: OfficeHours, tz: dt.tzinfo
) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    """Each stretch of open office from the start on, the first one cut at the start."""
    on = local_date(start, tz)
    while True:
        for opens, closes in _openings_on(on, calendar, hours, tz):
            if closes > start:
                yield max(opens, start), closes
        on = calendar.next_workday(on)


def _openings_on(
    on: dt.date, calendar: Calendar, hours: OfficeHours, tz: dt.tzinfo
) -> list[tuple[dt.datetime, dt.datetime]]:
    if not calendar.is_workday(on):
        return []
    return [(_instant(on, opens, tz), _instant(on, closes, tz)) for opens, closes in hours.spans]


# Pause, extension by law, re-do


def remaining(
    due_at: dt.datetime,
    at: dt.datetime,
    unit: LimitUnit,
    calendar: Calendar,
    hours: OfficeHours,
    tz: dt.tzinfo,
) -> Remaining:
    """What the clock has left at an instant, in its own unit; negative once it has run out.

    Working days: the working days after today up to and including the last day; other day clocks: the dates.
    Minutes and hours: elapsed time. Office hours: open office time. A pause leaves it unchanged: what
    remained at the pause remains at the resumption, of the due instant that resumed() gives. Raises
    ValueError for a naive instant, and UnknownYear.
    """
    today, last = local_date(at, tz), last_day(due_at, tz)
    match unit:
        case LimitUnit.MINUTES | LimitUnit.HOURS:
            return Remaining(time=_utc(due_at) - _utc(at))
        case LimitUnit.OFFICE_HOURS:
            return Remaining(time=office_time_between(at, due_at, calendar, hours, tz))
        case LimitUnit.WORKING_DAYS:
            return Remaining(days=calendar.workdays_between(today, last))
        case LimitUnit.CALENDAR_DAYS | LimitUnit.MONTHS:
            return Remaining(days=(last - today).days)


def resumed(
    due_at: dt.datetime,
    paused_at: dt.datetime,
    resumed_at: dt.datetime,
    unit: LimitUnit,
    calendar: Calendar,
    hours: OfficeHours,
    tz: dt.tzinfo,
) -> dt.datetime:
    """The due instant (UTC, exclusive) after a lawful wait (鉴定, 听证, 评审) from pause to resumption.

    Working-day clocks move by as many working days as lie in (date of pause, date of resumption];
    calendar-day and month clocks by the dates in it; both keep their hour. Minutes and hours move by the
    elapsed time, office hours by the open office time. So a pause within one date moves no day clock. A pause
    that begins when the clock has already run out changes nothing: waiting does not heal lateness. Raises
    ValueError for a naive instant or a resumption before the pause, and UnknownYear.
    """
    due_at, paused_at, resumed_at = _utc(due_at), _utc(paused_at), _utc(resumed_at)
    if resumed_at < paused_at:
        raise ValueError(
            f"恢复计时（{resumed_at.isoformat()}）早于暂停（{paused_at.isoformat()}），请核对时刻。"
        )
    if paused_at >= due_at:
        return due_at
    if unit in (LimitUnit.MINUTES, LimitUnit.HOURS):
        return due_at + (resumed_at - paused_at)
    if unit is LimitUnit.OFFICE_HOURS:
        waited = office_time_between(paused_at, resumed_at, calendar, hours, tz)
        return add_office_time(due_at, waited, calendar, hours, tz)
    return _moved(due_at, local_date(paused_at, tz), local_date(resumed_at, tz), unit, calendar, tz)


def _moved(
    due_at: dt.datetime,
    paused_on: dt.date,
    resumed_on: dt.date,
    unit: LimitUnit,
    calendar: Calendar,
    tz: dt.tzinfo,
) -> dt.datetime:
    """A day clock's end, as many days later as the pause took, at the same hour."""
    last = last_day(due_at, tz)
    if unit is LimitUnit.WORKING_DAYS:
        moved = calendar.add_workdays(last, calendar.workdays_between(paused_on, resumed_on))
    else:
        moved = last + (resumed_on - paused_on)
    wall = due_at.astimezone(tz).time()
    return end_of_day(moved, tz, None if wall == MIDNIGHT else wall)


def prevailing(ours: dt.datetime, statutory: dt.datetime | None) -> Prevailing:
    """Which due instant holds where a law sets its own: the later of the two.

    "A longer statutory time limit prevails, and then an interim answer is due": at the office's own due
    instant. Where the statutory one is not later, or there is none, ours holds and no interim answer is due.
    Raises ValueError for a naive instant.
    """
    ours = _utc(ours)
    if statutory is None or _utc(statutory) <= ours:
        return Prevailing(ours)
    return Prevailing(_utc(statutory), interim_due_at=ours)


def redo(original_due_at: dt.datetime, at: dt.datetime) -> Redo:
    """The clock of a re-do sent back for quality at `at`: it stays inside the original limit.

    A due instant that has passed is returned unchanged and said to be past; it is never set anew. Raises
    ValueError for a naive instant.
    """
    original_due_at = _utc(original_due_at)
    return Redo(original_due_at, is_past=_utc(at) >= original_due_at)


# How a clock stands


def yellow_on(due_at: dt.datetime, calendar: Calendar, tz: dt.tzinfo) -> dt.date:
    """The date of the yellow card: the last working day before the clock's last day. Raises UnknownYear."""
    return calendar.add_workdays(last_day(due_at, tz), -1)


def red_on(due_at: dt.datetime, calendar: Calendar, tz: dt.tzinfo) -> dt.date:
    """The date of the red card: the first working day after the clock's last day. Raises UnknownYear."""
    return calendar.next_workday(last_day(due_at, tz))


def state(
    due_at: dt.datetime,
    now: dt.datetime,
    calendar: Calendar,
    tz: dt.tzinfo,
    done_at: dt.datetime | None = None,
    paused_at: dt.datetime | None = None,
) -> ClockState:
    """How the clock stands at `now`. The first rule that fits decides; dates are those of the office's zone.

    1. done_at is not after now: DONE_IN_TIME if done_at < due_at, else DONE_LATE. A later done_at is not yet
       known.
    2. paused_at (of a pause that still lasts) is not after now, and before due_at: PAUSED. A pause begun
       after the clock ran out does not hide that.
    3. now >= due_at: RED from the first working day after the last day on, OVERDUE before that.
    4. today is the last day: DUE_TODAY.
    5. today is the last working day before the last day, or later: YELLOW.
    6. otherwise OPEN.

    The last day is the date to which the instant just before due_at belongs. Raises ValueError for a naive
    instant; UnknownYear if the working day before an approaching, or after a passed, last day is not loaded.
    """
    due_at, now = _utc(due_at), _utc(now)
    if done_at is not None and _utc(done_at) <= now:
        return ClockState.DONE_IN_TIME if _utc(done_at) < due_at else ClockState.DONE_LATE
    if paused_at is not None and _utc(paused_at) <= now and _utc(paused_at) < due_at:
        return ClockState.PAUSED
    today, last = local_date(now, tz), last_day(due_at, tz)
    if now >= due_at:
        return (
            ClockState.RED if today > last and today >= red_on(due_at, calendar, tz) else ClockState.OVERDUE
        )
    if today == last:
        return ClockState.DUE_TODAY
    return ClockState.YELLOW if today >= yellow_on(due_at, calendar, tz) else ClockState.OPEN


# How long it took


def elapsed_workdays(start: dt.datetime, end: dt.datetime, calendar: Calendar, tz: dt.tzinfo) -> int:
    """Working days after the start's date up to and including the end's date; 0 on the same date.

    For the average handling time: what is due in n working days and done on the last of them took n. Raises
    ValueError for a naive instant or an end before the start, and UnknownYear.
    """
    return calendar.workdays_between(*_dates_in_order(start, end, tz))


def elapsed_calendar_days(start: dt.datetime, end: dt.datetime, tz: dt.tzinfo) -> int:
    """Dates after the start's date up to and including the end's date; 0 on the same date.

    Raises ValueError for a naive instant or an end before the start.
    """
    started_on, ended_on = _dates_in_order(start, end, tz)
    return (ended_on - started_on).days


def _dates_in_order(start: dt.datetime, end: dt.datetime, tz: dt.tzinfo) -> tuple[dt.date, dt.date]:
    if _utc(end) < _utc(start):
        raise ValueError(
            f"结束时刻（{end.isoformat()}）早于开始时刻（{start.isoformat()}），请核对两个时刻。"
        )
    return local_date(start, tz), local_date(end, tz)


def _utc(at: dt.datetime) -> dt.datetime:
    """The same instant in UTC. Raises ValueError for a naive instant: its zone would be a guess."""
    if at.utcoffset() is None:
        raise ValueError(f"时刻 {at.isoformat()} 没有时区，无法计时：请先标明办公时区。")
    return at.astimezone(dt.UTC)
