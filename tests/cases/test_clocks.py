"""Clocks against known answers and properties that hold for every start, limit and pause."""

import datetime as dt
import time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from huiying.cases import clocks
from huiying.cases.clocks import ClockState, Limit, LimitUnit, OfficeHours, Prevailing, Redo, Remaining
from huiying.cases.workdays import Calendar, DayKind, UnknownYear, seed_days

TZ = ZoneInfo("Asia/Shanghai")
HOURS = OfficeHours()
SEEDED = seed_days(range(2021, 2027))
CALENDAR = Calendar.of(SEEDED)
WITHOUT_ZONE = dt.datetime.fromisoformat("2022-03-31 09:00")
SEVERITY = [ClockState.OPEN, ClockState.YELLOW, ClockState.DUE_TODAY, ClockState.OVERDUE, ClockState.RED]

MINUTES_OF_18_MONTHS = 545 * 24 * 60
INSTANTS = st.builds(
    lambda minutes, more: (
        dt.datetime(2022, 1, 1, tzinfo=TZ) + dt.timedelta(minutes=minutes, microseconds=more)
    ),
    st.integers(0, MINUTES_OF_18_MONTHS),
    st.sampled_from([0, 1, 59_999_999]),
)
WAITS = st.timedeltas(dt.timedelta(0), dt.timedelta(days=120))
ANY_LIMIT = st.builds(Limit, st.integers(1, 24), st.sampled_from(LimitUnit))
DAY_LIMITS = st.builds(
    Limit,
    st.integers(1, 24),
    st.sampled_from(sorted(clocks.DAY_CLOCKS)),
    st.none() | st.times(dt.time(0, 1), dt.time(23, 59)),
)


def at(text: str) -> dt.datetime:
    """An instant as the clock on the office's wall shows it."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=TZ)


def shown(instant: dt.datetime) -> str:
    assert instant.tzinfo is dt.UTC
    return instant.astimezone(TZ).strftime("%Y-%m-%d %H:%M")


def due(start: dt.datetime, limit: Limit, calendar: Calendar = CALENDAR) -> dt.datetime:
    return clocks.due(start, limit, calendar, HOURS, TZ)


def resumed(
    due_at: dt.datetime, paused_at: dt.datetime, resumed_at: dt.datetime, unit: LimitUnit
) -> dt.datetime:
    return clocks.resumed(due_at, paused_at, resumed_at, unit, CALENDAR, HOURS, TZ)


def left(due_at: dt.datetime, instant: dt.datetime, unit: LimitUnit) -> Remaining:
    return clocks.remaining(due_at, instant, unit, CALENDAR, HOURS, TZ)


def working_days(n: int) -> Limit:
    return Limit(n, LimitUnit.WORKING_DAYS)


# Due


@pytest.mark.parametrize(
    ("start", "limit", "answer"),
    [
        ("2022-03-31 16:00", working_days(10), "2022-04-16 00:00"),
        ("2022-03-31 00:00", working_days(10), "2022-04-16 00:00"),
        ("2026-09-29 09:00", working_days(5), "2026-10-13 00:00"),
        ("2022-04-01 23:59", working_days(1), "2022-04-03 00:00"),
        ("2022-04-01 09:00", working_days(3), "2022-04-08 00:00"),
        ("2022-04-04 09:00", working_days(1), "2022-04-07 00:00"),
        ("2022-04-01 09:00", Limit(1, LimitUnit.WORKING_DAYS, dt.time(12)), "2022-04-02 12:00"),
        ("2022-03-31 16:00", Limit(60, LimitUnit.CALENDAR_DAYS), "2022-05-31 00:00"),
        ("2022-01-31 16:00", Limit(1, LimitUnit.MONTHS), "2022-03-01 00:00"),
        ("2022-11-30 16:00", Limit(3, LimitUnit.MONTHS), "2023-03-01 00:00"),
        ("2022-12-15 16:00", Limit(12, LimitUnit.MONTHS, dt.time(17)), "2023-12-15 17:00"),
        ("2022-04-03 23:50", Limit(20, LimitUnit.MINUTES), "2022-04-04 00:10"),
        ("2022-04-03 10:00", Limit(48, LimitUnit.HOURS), "2022-04-05 10:00"),
        ("2022-04-02 09:00", Limit(2, LimitUnit.OFFICE_HOURS), "2022-04-02 11:00"),
        ("2022-04-02 16:30", Limit(1, LimitUnit.OFFICE_HOURS), "2022-04-02 17:30"),
        ("2022-04-02 16:30", Limit(2, LimitUnit.OFFICE_HOURS), "2022-04-06 09:00"),
        ("2022-04-02 17:30", Limit(1, LimitUnit.OFFICE_HOURS), "2022-04-06 09:00"),
        ("2022-04-02 13:00", Limit(1, LimitUnit.OFFICE_HOURS), "2022-04-02 15:30"),
        ("2022-04-04 10:00", Limit(8, LimitUnit.OFFICE_HOURS), "2022-04-07 09:00"),
    ],
)
def test_a_clock_runs_out_when_the_office_says_it_does(start: str, limit: Limit, answer: str) -> None:
    assert shown(due(at(start), limit)) == answer


def test_the_start_counts_by_the_date_in_the_office_not_in_utc() -> None:
    half_past_midnight = dt.datetime(2022, 3, 31, 16, 30, tzinfo=dt.UTC)
    assert shown(due(half_past_midnight, working_days(1))) == "2022-04-03 00:00"


@given(INSTANTS, ANY_LIMIT)
def test_nothing_is_due_before_it_starts(start: dt.datetime, limit: Limit) -> None:
    assert due(start, limit) > start


@given(INSTANTS, INSTANTS, ANY_LIMIT)
def test_a_later_start_is_never_due_earlier(a: dt.datetime, b: dt.datetime, limit: Limit) -> None:
    assert due(min(a, b), limit) <= due(max(a, b), limit)


@given(INSTANTS, DAY_LIMITS)
def test_every_start_of_one_date_has_the_same_day_clock(start: dt.datetime, limit: Limit) -> None:
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    assert due(start, limit) == due(midnight, limit)


@given(INSTANTS, st.integers(1, 40))
def test_what_is_due_in_n_working_days_and_done_at_the_end_took_n(start: dt.datetime, n: int) -> None:
    last_moment = due(start, working_days(n)) - dt.timedelta(microseconds=1)
    assert clocks.elapsed_workdays(start, last_moment, CALENDAR, TZ) == n


@given(INSTANTS, st.integers(1, 60))
def test_the_office_is_open_for_exactly_the_hours_of_the_limit(start: dt.datetime, n: int) -> None:
    due_at = due(start, Limit(n, LimitUnit.OFFICE_HOURS))
    assert clocks.office_time_between(start, due_at, CALENDAR, HOURS, TZ) == dt.timedelta(hours=n)
    assert left(due_at, start, LimitUnit.OFFICE_HOURS) == Remaining(time=dt.timedelta(hours=n))


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Kiritimati"])
def test_the_zone_of_the_machine_changes_nothing(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        due_at = due(at("2022-03-31 16:00"), working_days(10))
        assert due_at == dt.datetime(2022, 4, 15, 16, tzinfo=dt.UTC)
        assert clocks.state(due_at, at("2022-04-15 23:59"), CALENDAR, TZ) is ClockState.DUE_TODAY
        assert shown(due(at("2022-04-02 16:30"), Limit(2, LimitUnit.OFFICE_HOURS))) == "2022-04-06 09:00"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_clock_into_a_year_without_calendar_is_refused_not_guessed() -> None:
    with pytest.raises(UnknownYear, match="2027年"):
        due(at("2026-12-30 09:00"), working_days(3))
    with pytest.raises(UnknownYear, match="2027年"):
        due(at("2026-12-31 17:00"), Limit(1, LimitUnit.OFFICE_HOURS))


@pytest.mark.parametrize(
    "unit", [LimitUnit.MINUTES, LimitUnit.HOURS, LimitUnit.CALENDAR_DAYS, LimitUnit.MONTHS]
)
def test_clocks_that_ask_no_working_days_need_no_calendar(unit: LimitUnit) -> None:
    assert due(at("2030-01-01 09:00"), Limit(1, unit), Calendar({})) > at("2030-01-01 09:00")


# Extension, statutory limits, re-do


@pytest.mark.parametrize(
    ("due_at", "limit", "answer"),
    [
        ("2022-04-16 00:00", working_days(1), "2022-04-19 00:00"),
        ("2022-04-15 17:00", Limit(1, LimitUnit.WORKING_DAYS, dt.time(17)), "2022-04-18 17:00"),
        ("2022-04-02 00:00", working_days(10), "2022-04-19 00:00"),
        ("2022-04-16 00:00", Limit(30, LimitUnit.CALENDAR_DAYS), "2022-05-16 00:00"),
        ("2022-04-16 00:00", Limit(6, LimitUnit.HOURS), "2022-04-16 06:00"),
        ("2022-04-15 17:30", Limit(1, LimitUnit.OFFICE_HOURS), "2022-04-18 09:00"),
    ],
)
def test_an_extension_is_counted_from_the_old_due_date(due_at: str, limit: Limit, answer: str) -> None:
    assert shown(clocks.extend(at(due_at), limit, CALENDAR, HOURS, TZ)) == answer


@given(INSTANTS, st.integers(1, 20), st.integers(1, 10))
def test_an_extension_equals_one_longer_limit(start: dt.datetime, n: int, more: int) -> None:
    extended = clocks.extend(due(start, working_days(n)), working_days(more), CALENDAR, HOURS, TZ)
    assert extended == due(start, working_days(n + more))


@given(INSTANTS, DAY_LIMITS, DAY_LIMITS)
def test_an_extension_is_always_later(start: dt.datetime, limit: Limit, more: Limit) -> None:
    due_at = due(start, limit)
    assume(due_at < at("2024-12-01"))
    assert clocks.extend(due_at, more, CALENDAR, HOURS, TZ) > due_at


def test_a_longer_statutory_limit_prevails_and_an_interim_answer_is_due_at_ours() -> None:
    ours, law = due(at("2022-03-31"), working_days(10)), due(at("2022-03-31"), working_days(45))
    assert clocks.prevailing(ours, law) == Prevailing(law, interim_due_at=ours)


def test_a_statutory_limit_that_is_not_longer_changes_nothing() -> None:
    ours, law = due(at("2022-03-31"), working_days(10)), due(at("2022-03-31"), working_days(7))
    assert clocks.prevailing(ours, law) == clocks.prevailing(ours, ours) == Prevailing(ours)
    assert clocks.prevailing(ours, None) == Prevailing(ours)


def test_a_redo_stays_inside_the_original_limit_and_says_when_that_is_past() -> None:
    due_at = due(at("2022-03-31"), working_days(10))
    assert clocks.redo(due_at, at("2022-04-14 09:00")) == Redo(due_at, is_past=False)
    assert clocks.redo(due_at, due_at) == Redo(due_at, is_past=True)


# Pause and resumption


@pytest.mark.parametrize(
    ("paused_at", "resumed_at", "answer"),
    [
        ("2022-04-11 09:00", "2022-04-11 17:00", "2022-04-16 00:00"),
        ("2022-04-11 09:00", "2022-04-12 08:00", "2022-04-19 00:00"),
        ("2022-04-08 09:00", "2022-04-11 09:00", "2022-04-19 00:00"),
        ("2022-04-09 09:00", "2022-04-10 09:00", "2022-04-16 00:00"),
        ("2022-04-01 09:00", "2022-04-06 09:00", "2022-04-20 00:00"),
        ("2022-04-16 00:00", "2022-05-16 09:00", "2022-04-16 00:00"),
    ],
)
def test_a_pause_adds_the_working_days_it_took(paused_at: str, resumed_at: str, answer: str) -> None:
    due_at = due(at("2022-03-31 16:00"), working_days(10))
    assert shown(resumed(due_at, at(paused_at), at(resumed_at), LimitUnit.WORKING_DAYS)) == answer


def test_a_pause_of_running_time_adds_the_time_and_of_office_hours_the_open_time() -> None:
    paused_at, resumed_at = at("2022-04-02 16:30"), at("2022-04-06 09:00")
    hours = resumed(at("2022-04-02 17:00"), paused_at, resumed_at, LimitUnit.HOURS)
    office = resumed(at("2022-04-02 17:00"), paused_at, resumed_at, LimitUnit.OFFICE_HOURS)
    assert (shown(hours), shown(office)) == ("2022-04-06 09:30", "2022-04-06 09:30")
    overnight = resumed(
        at("2022-04-02 17:00"), at("2022-04-02 16:30"), at("2022-04-05 09:00"), LimitUnit.OFFICE_HOURS
    )
    assert shown(overnight) == "2022-04-06 08:30"


def test_a_pause_keeps_the_hour_that_the_rule_named() -> None:
    due_at = due(at("2022-04-06 09:00"), Limit(3, LimitUnit.WORKING_DAYS, dt.time(12)))
    moved = resumed(due_at, at("2022-04-07 09:00"), at("2022-04-08 09:00"), LimitUnit.WORKING_DAYS)
    assert (shown(due_at), shown(moved)) == ("2022-04-11 12:00", "2022-04-12 12:00")


@given(INSTANTS, ANY_LIMIT, WAITS, WAITS)
def test_what_was_left_at_the_pause_is_left_at_the_resumption(
    start: dt.datetime, limit: Limit, until_pause: dt.timedelta, pause: dt.timedelta
) -> None:
    due_at, paused_at = due(start, limit), start + until_pause
    assume(paused_at < due_at)
    again = resumed(due_at, paused_at, paused_at + pause, limit.unit)
    assert left(again, paused_at + pause, limit.unit) == left(due_at, paused_at, limit.unit)
    assert again >= due_at


@given(INSTANTS, st.integers(1, 20), st.integers(0, 20))
def test_a_pause_of_p_working_days_moves_the_due_date_by_p(start: dt.datetime, n: int, p: int) -> None:
    resumed_at = clocks.end_of_day(CALENDAR.add_workdays(start.date(), p), TZ) - dt.timedelta(microseconds=1)
    assert resumed(due(start, working_days(n)), start, resumed_at, LimitUnit.WORKING_DAYS) == due(
        start, working_days(n + p)
    )


@given(INSTANTS, ANY_LIMIT, WAITS, WAITS)
def test_waiting_does_not_heal_lateness(
    start: dt.datetime, limit: Limit, late: dt.timedelta, pause: dt.timedelta
) -> None:
    due_at = due(start, limit)
    assert resumed(due_at, due_at + late, due_at + late + pause, limit.unit) == due_at


def test_a_resumption_before_the_pause_is_refused() -> None:
    with pytest.raises(ValueError, match=r"恢复计时.*早于暂停"):
        resumed(at("2022-04-16"), at("2022-04-12"), at("2022-04-11"), LimitUnit.WORKING_DAYS)


def test_what_is_left_of_an_overdue_clock_is_negative() -> None:
    due_at = at("2022-04-16 00:00")
    assert left(due_at, at("2022-04-18 09:00"), LimitUnit.WORKING_DAYS) == Remaining(days=-1)
    assert left(due_at, at("2022-04-18 09:00"), LimitUnit.CALENDAR_DAYS) == Remaining(days=-3)
    assert left(due_at, at("2022-04-16 02:00"), LimitUnit.HOURS) == Remaining(time=dt.timedelta(hours=-2))


# How a clock stands


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2022-04-13 23:59", ClockState.OPEN),
        ("2022-04-14 00:00", ClockState.YELLOW),
        ("2022-04-14 23:59", ClockState.YELLOW),
        ("2022-04-15 00:00", ClockState.DUE_TODAY),
        ("2022-04-15 23:59", ClockState.DUE_TODAY),
        ("2022-04-16 00:00", ClockState.OVERDUE),
        ("2022-04-17 23:59", ClockState.OVERDUE),
        ("2022-04-18 00:00", ClockState.RED),
        ("2022-06-01 00:00", ClockState.RED),
    ],
)
def test_a_clock_turns_yellow_then_due_then_overdue_then_red(now: str, expected: ClockState) -> None:
    assert clocks.state(at("2022-04-16 00:00"), at(now), CALENDAR, TZ) is expected


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2022-04-01 23:00", ClockState.OPEN),
        ("2022-04-02 09:00", ClockState.YELLOW),
        ("2022-04-05 09:00", ClockState.YELLOW),
        ("2022-04-06 09:00", ClockState.DUE_TODAY),
        ("2022-04-06 17:00", ClockState.OVERDUE),
        ("2022-04-07 00:00", ClockState.RED),
    ],
)
def test_cards_step_over_a_holiday_and_count_the_make_up_day(now: str, expected: ClockState) -> None:
    assert clocks.state(at("2022-04-06 17:00"), at(now), CALENDAR, TZ) is expected


def test_what_is_done_before_the_due_instant_is_in_time_and_at_it_is_late() -> None:
    due_at, now = at("2022-04-16 00:00"), at("2022-05-01 00:00")
    assert clocks.state(due_at, now, CALENDAR, TZ, done_at=at("2022-04-15 23:59")) is ClockState.DONE_IN_TIME
    assert clocks.state(due_at, now, CALENDAR, TZ, done_at=due_at) is ClockState.DONE_LATE
    assert clocks.state(due_at, due_at, CALENDAR, TZ, done_at=due_at) is ClockState.DONE_LATE
    just_done = at("2022-04-15 10:00")
    assert clocks.state(due_at, just_done, CALENDAR, TZ, done_at=just_done) is ClockState.DONE_IN_TIME


def test_what_is_done_later_was_not_done_as_of_an_earlier_instant() -> None:
    asked_as_of = at("2022-04-12 09:00")
    assert (
        clocks.state(at("2022-04-16"), asked_as_of, CALENDAR, TZ, done_at=at("2022-04-13")) is ClockState.OPEN
    )


def test_a_pause_holds_the_clock_only_if_it_began_in_time() -> None:
    due_at, now, paused_at = at("2022-04-16 00:00"), at("2022-04-18 09:00"), at("2022-04-11 09:00")
    for then in (paused_at, now):
        assert clocks.state(due_at, then, CALENDAR, TZ, paused_at=paused_at) is ClockState.PAUSED
    assert clocks.state(due_at, now, CALENDAR, TZ, paused_at=due_at) is ClockState.RED


def test_a_passed_clock_with_the_next_year_unknown_is_refused_only_where_the_answer_needs_it() -> None:
    due_at = at("2026-12-31 12:00")
    assert clocks.state(due_at, at("2026-12-31 13:00"), CALENDAR, TZ) is ClockState.OVERDUE
    with pytest.raises(UnknownYear, match="2027年"):
        clocks.state(due_at, at("2027-01-01 09:00"), CALENDAR, TZ)


@given(INSTANTS, ANY_LIMIT, WAITS, WAITS)
def test_an_unfinished_clock_never_grows_milder(
    start: dt.datetime, limit: Limit, soon: dt.timedelta, later: dt.timedelta
) -> None:
    due_at = due(start, limit)
    states = [clocks.state(due_at, start + wait, CALENDAR, TZ) for wait in (soon, soon + later)]
    assert SEVERITY.index(states[0]) <= SEVERITY.index(states[1])


@given(
    INSTANTS,
    st.integers(1, 15),
    WAITS,
    st.sets(st.integers(0, 200), max_size=40),
)
def test_a_holiday_more_never_escalates_earlier(
    start: dt.datetime, n: int, wait: dt.timedelta, extra: set[int]
) -> None:
    holidays = {start.date() + dt.timedelta(days=offset) for offset in extra}
    freer = Calendar({day.date: day.kind.is_working and day.date not in holidays for day in SEEDED})
    now = start + wait
    usual = clocks.state(due(start, working_days(n)), now, CALENDAR, TZ)
    milder = clocks.state(due(start, working_days(n), freer), now, freer, TZ)
    assert SEVERITY.index(milder) <= SEVERITY.index(usual)


@given(INSTANTS, ANY_LIMIT)
def test_cards_are_shown_on_working_days_around_the_last_day(start: dt.datetime, limit: Limit) -> None:
    due_at = due(start, limit)
    yellow, red = clocks.yellow_on(due_at, CALENDAR, TZ), clocks.red_on(due_at, CALENDAR, TZ)
    assert yellow < clocks.last_day(due_at, TZ) < red
    assert CALENDAR.is_workday(yellow)
    assert CALENDAR.is_workday(red)


# How long it took


@pytest.mark.parametrize(
    ("start", "end", "workdays", "days"),
    [
        ("2022-04-01 08:00", "2022-04-01 17:00", 0, 0),
        ("2022-04-01 08:00", "2022-04-01 08:00", 0, 0),
        ("2022-04-01 23:59", "2022-04-02 00:00", 1, 1),
        ("2022-03-31 16:00", "2022-04-15 10:00", 10, 15),
        ("2022-04-02 12:00", "2022-04-05 10:00", 0, 3),
    ],
)
def test_handling_time_counts_dates_after_the_start_up_to_the_end(
    start: str, end: str, workdays: int, days: int
) -> None:
    assert clocks.elapsed_workdays(at(start), at(end), CALENDAR, TZ) == workdays
    assert clocks.elapsed_calendar_days(at(start), at(end), TZ) == days


def test_an_end_before_its_start_is_refused() -> None:
    with pytest.raises(ValueError, match="早于开始时刻"):
        clocks.elapsed_calendar_days(at("2022-04-02"), at("2022-04-01"), TZ)


# What is refused


@pytest.mark.parametrize("unit", list(LimitUnit))
def test_an_instant_without_zone_is_refused_by_every_clock(unit: LimitUnit) -> None:
    with pytest.raises(ValueError, match="没有时区"):
        due(WITHOUT_ZONE, Limit(1, unit))


def test_an_instant_without_zone_is_refused_wherever_it_comes_in() -> None:
    naive, aware = WITHOUT_ZONE, at("2022-03-31 09:00")
    for call in (
        lambda: clocks.state(aware, naive, CALENDAR, TZ),
        lambda: clocks.state(naive, aware, CALENDAR, TZ),
        lambda: clocks.state(aware, aware, CALENDAR, TZ, done_at=naive),
        lambda: clocks.state(aware, aware, CALENDAR, TZ, paused_at=naive),
        lambda: clocks.prevailing(aware, naive),
        lambda: clocks.redo(naive, aware),
        lambda: resumed(aware, naive, aware, LimitUnit.HOURS),
        lambda: left(aware, naive, LimitUnit.HOURS),
        lambda: clocks.elapsed_workdays(naive, aware, CALENDAR, TZ),
        lambda: clocks.extend(naive, working_days(1), CALENDAR, HOURS, TZ),
    ):
        with pytest.raises(ValueError, match="没有时区"):
            call()


@pytest.mark.parametrize(
    ("amount", "unit", "hour", "why"),
    [
        (0, LimitUnit.WORKING_DAYS, None, "至少应为 1"),
        (-1, LimitUnit.MINUTES, None, "至少应为 1"),
        (1, LimitUnit.HOURS, dt.time(12), "不能指定截止钟点"),
        (1, LimitUnit.WORKING_DAYS, dt.time(0), "请留空"),
        (1, LimitUnit.WORKING_DAYS, dt.time(12, tzinfo=dt.UTC), "办公时区的钟点"),
    ],
)
def test_a_limit_that_means_nothing_is_refused(
    amount: int, unit: LimitUnit, hour: dt.time | None, why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        Limit(amount, unit, hour)


@pytest.mark.parametrize(
    ("spans", "why"),
    [
        ((), "办公时间为空"),
        (((dt.time(12), dt.time(8)),), "先开始、后结束"),
        (((dt.time(8), dt.time(8)),), "先开始、后结束"),
        (((dt.time(8), dt.time(12)), (dt.time(17), dt.time(14))), "先开始、后结束"),
        (((dt.time(8), dt.time(12)), (dt.time(11), dt.time(17))), "不能重叠"),
        (((dt.time(8), dt.time(12)), (dt.time(11), dt.time(14)), (dt.time(15), dt.time(17))), "不能重叠"),
    ],
)
def test_office_hours_that_contradict_themselves_are_refused(
    spans: tuple[tuple[dt.time, dt.time], ...], why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        OfficeHours(spans)


def test_office_hours_may_adjoin() -> None:
    through = OfficeHours(((dt.time(8), dt.time(12)), (dt.time(12), dt.time(17))))
    limit = Limit(5, LimitUnit.OFFICE_HOURS)
    assert shown(clocks.due(at("2022-04-02 09:00"), limit, CALENDAR, through, TZ)) == "2022-04-02 14:00"


def test_every_seeded_make_up_day_is_a_day_that_clocks_count() -> None:
    makeup = [day.date for day in SEEDED if day.kind is DayKind.MAKEUP]
    assert makeup
    assert all(CALENDAR.workdays_between(on - dt.timedelta(days=1), on) == 1 for on in makeup)


def test_no_office_time_at_all_gives_the_start_even_when_the_office_is_shut_and_less_is_refused() -> None:
    midnight = at("2022-04-03 00:00")
    assert clocks.add_office_time(midnight, dt.timedelta(0), CALENDAR, HOURS, TZ) == midnight
    with pytest.raises(ValueError, match="不能为负"):
        clocks.add_office_time(midnight, dt.timedelta(hours=-1), CALENDAR, HOURS, TZ)


def test_midnight_closes_the_day_before_it_and_the_instant_after_belongs_to_its_own() -> None:
    midnight = at("2022-04-16 00:00")
    assert clocks.last_day(midnight, TZ) == dt.date(2022, 4, 15)
    assert clocks.last_day(midnight + dt.timedelta(microseconds=1), TZ) == dt.date(2022, 4, 16)


def test_office_time_backwards_is_negative() -> None:
    nine, ten = at("2022-03-31 09:00"), at("2022-03-31 10:00")
    assert clocks.office_time_between(nine, ten, CALENDAR, HOURS, TZ) == dt.timedelta(hours=1)
    assert clocks.office_time_between(ten, nine, CALENDAR, HOURS, TZ) == -dt.timedelta(hours=1)
    assert clocks.office_time_between(nine, nine, CALENDAR, HOURS, TZ) == dt.timedelta(0)
