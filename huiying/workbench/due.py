"""How a clock stands, in words beside the colour. The same words in the list and on the case page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from django.db.models import Q

from huiying.cases import clocks
from huiying.cases.clocks import ClockState, LimitUnit
from huiying.cases.deadlines import Keeper
from huiying.cases.workdays import UnknownYear

COLOURS = {
    ClockState.OPEN: "calm",
    ClockState.YELLOW: "soon",
    ClockState.DUE_TODAY: "today",
    ClockState.OVERDUE: "late",
    ClockState.RED: "late",
    ClockState.PAUSED: "still",
    ClockState.DONE_IN_TIME: "done",
    ClockState.DONE_LATE: "was-late",
}
FILTERS = {"today": "今天到期", "yellow": "一个工作日内到期", "overdue": "已逾期"}
"""The clock states that desks count."""
STATES = FILTERS | {"red": "红牌（逾期满一个工作日）", "paused": "暂停计时"}
"""The clock states a list may be filtered by."""


@dataclass(frozen=True)
class Standing:
    """A clock at an instant: its colour (a CSS class), its words, and the day it lasts to."""

    colour: str
    words: str
    until: str


def standing(
    due_at: datetime | None,
    now: datetime,
    keeper: Keeper,
    *,
    done_at: datetime | None = None,
    unit: LimitUnit = LimitUnit.WORKING_DAYS,
) -> Standing:
    """How a clock stands at `now`; without a due instant it is paused.

    Where the calendar does not reach, dates alone tell: a list must not fail over one old case.
    """
    if due_at is None:
        return Standing(COLOURS[ClockState.PAUSED], "暂停计时", "")
    try:
        state = clocks.state(due_at, now, keeper.calendar, keeper.tz, done_at)
    except UnknownYear:
        state = ClockState.OVERDUE if now >= due_at else ClockState.OPEN
    return Standing(COLOURS[state], _words(state, due_at, now, keeper, unit), until(due_at, keeper.tz))


def until(due_at: datetime, tz: tzinfo) -> str:
    """The last day of a clock, with the hour where it does not end at midnight."""
    wall = due_at.astimezone(tz)
    if wall.time() == clocks.MIDNIGHT:
        return clocks.last_day(due_at, tz).isoformat()
    return wall.strftime("%Y-%m-%d %H:%M")


def _words(state: ClockState, due_at: datetime, now: datetime, keeper: Keeper, unit: LimitUnit) -> str:
    match state:
        case ClockState.DUE_TODAY:
            return f"今天{_hour(due_at, keeper.tz)}到期"
        case ClockState.OPEN | ClockState.YELLOW:
            return f"还剩{_left(due_at, now, keeper, unit)}"
        case ClockState.OVERDUE | ClockState.RED:
            return f"已逾期{_left(due_at, now, keeper, unit)}"
        case ClockState.PAUSED:
            return "暂停计时"
        case ClockState.DONE_IN_TIME:
            return "按时完成"
        case ClockState.DONE_LATE:
            return "逾期完成"


def _hour(due_at: datetime, tz: tzinfo) -> str:
    wall = due_at.astimezone(tz)
    return "" if wall.time() == clocks.MIDNIGHT else wall.strftime("%H:%M")


def _left(due_at: datetime, now: datetime, keeper: Keeper, unit: LimitUnit) -> str:
    """The time left or run over, without sign, in the clock's unit."""
    if not unit.is_day_clock:
        return _span(abs(due_at - now))
    days = abs((clocks.last_day(due_at, keeper.tz) - clocks.local_date(now, keeper.tz)).days)
    if unit is not LimitUnit.WORKING_DAYS:
        return f"{days}天"
    try:
        left = abs(clocks.remaining(due_at, now, unit, keeper.calendar, keeper.hours, keeper.tz).days)
    except UnknownYear:  # years away, where the calendar does not reach: dates still tell how long
        return f"{days}天"
    return f"{left}个工作日" if left else f"{days}天" if days else ""


def _span(time: timedelta) -> str:
    minutes = int(time.total_seconds()) // 60
    if not minutes:
        return "不到1分钟"
    if minutes < 60:
        return f"{minutes}分钟"
    return f"{minutes // 60}小时" if minutes < 48 * 60 else f"{minutes // (24 * 60)}天"


def within(name: str, now: datetime, keeper: Keeper) -> Q:
    """The condition on a clock's `due_at` for one of STATES, agreeing with `clocks.state`."""
    tz, today = keeper.tz, clocks.local_date(now, keeper.tz)
    tonight = clocks.end_of_day(today, tz)
    match name:
        case "paused":
            return Q(due_at=None)
        case "red":
            is_workday = keeper.calendar.is_workday(today)
            latest = today if is_workday else keeper.calendar.add_workdays(today, -1)
            return Q(due_at__lte=clocks.end_of_day(latest - timedelta(days=1), tz))
        case "overdue":
            return Q(due_at__lte=now)
        case "today":
            return Q(due_at__gt=now, due_at__lte=tonight)
        case "yellow":
            tomorrow = clocks.end_of_day(keeper.calendar.next_workday(today), tz)
            return Q(due_at__gt=tonight, due_at__lte=tomorrow)
    raise ValueError(name)


def first_later(due_at: datetime | None, keeper: Keeper) -> str:
    """The first day (ISO) after the last one of a limit; "" where none is known."""
    return (clocks.last_day(due_at, keeper.tz) + timedelta(days=1)).isoformat() if due_at else ""
