"""Months, weeks and other spans, and what people type for an instant."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiying.common.errors import Refused
from huiying.statistics import periods

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAYS = st.dates(date(1901, 1, 1), date(2990, 12, 31))


@pytest.mark.parametrize(
    ("text", "starts", "ends", "title"),
    [
        ("2022-03", "2022-03-01", "2022-03-31", "2022年3月"),
        ("2022-3", "2022-03-01", "2022-03-31", "2022年3月"),
        ("２０２２-０３", "2022-03-01", "2022-03-31", "2022年3月"),
        ("2024-02", "2024-02-01", "2024-02-29", "2024年2月"),
        ("2022-W01", "2022-01-03", "2022-01-09", "2022年第1周"),
        ("2020-w53", "2020-12-28", "2021-01-03", "2020年第53周"),
        ("2022-Q2", "2022-04-01", "2022-06-30", "2022年第二季度"),
        ("2022-H2", "2022-07-01", "2022-12-31", "2022年下半年"),
        ("2022", "2022-01-01", "2022-12-31", "2022年"),
        ("2022-03-05", "2022-03-05", "2022-03-05", "2022年3月5日"),
        ("2022-03-01..2022-03-15", "2022-03-01", "2022-03-15", "2022年3月1日至3月15日"),
        ("2021-12-20..2022-01-05", "2021-12-20", "2022-01-05", "2021年12月20日至2022年1月5日"),
    ],
)
def test_a_period_is_read_as_people_write_it(text: str, starts: str, ends: str, title: str) -> None:
    period = periods.parse(text)
    assert (str(period.starts_on), str(period.ends_on), period.title) == (starts, ends, title)
    assert periods.parse(period.label) == period


@pytest.mark.parametrize(
    "text", ["", "三月", "2022-13", "2022-00", "2022-W54", "2022-Q5", "2022-02-30", "2022-03-15..2022-03-01"]
)
def test_nonsense_is_refused_with_the_forms_understood(text: str) -> None:
    with pytest.raises(Refused, match="2022-Q1"):
        periods.parse(text)


@pytest.mark.parametrize("text", ["9999", "0001-01", "9999-12-31"])
def test_a_year_nobody_means_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="年份"):
        periods.parse(text)


@pytest.mark.parametrize(
    ("text", "previous", "last_year"),
    [
        ("2022-01", "2021-12", "2021-01"),
        ("2022-W01", "2021-W52", "2021-W01"),
        ("2020-W53", "2020-W52", "2019-W52"),
        ("2022-Q1", "2021-Q4", "2021-Q1"),
        ("2022-H1", "2021-H2", "2021-H1"),
        ("2022", "2021", "2021"),
        ("2022-03-11..2022-03-20", "2022-03-01..2022-03-10", "2021-03-11..2021-03-20"),
        ("2024-02-29", "2024-02-28", "2023-02-28"),
    ],
)
def test_the_period_before_and_the_one_a_year_before(text: str, previous: str, last_year: str) -> None:
    period = periods.parse(text)
    assert period.previous() == periods.parse(previous)
    assert period.last_year() == periods.parse(last_year)


@given(DAYS, st.sampled_from(["{:%Y-%m}", "{0.year}-Q{1}", "{0.year}-H{2}", "{0.year}", "{3}-W{4:02d}"]))
def test_a_period_begins_where_the_one_before_ended(on: date, form: str) -> None:
    year, week, _ = on.isocalendar()
    text = form.format(on, (on.month + 2) // 3, (on.month + 5) // 6, year, week)
    period = periods.parse(text)
    assert period.starts_on <= on <= period.ends_on
    assert period.previous().end(SHANGHAI) == period.start(SHANGHAI)
    assert period.following().start(SHANGHAI) == period.end(SHANGHAI)
    assert period.previous().kind == period.following().kind == period.kind
    assert period.end(SHANGHAI) - period.start(SHANGHAI) >= timedelta(days=period.days, hours=-2)


def test_after_a_span_comes_one_of_as_many_days() -> None:
    assert periods.parse("2022-03-01..2022-03-10").following() == periods.parse("2022-03-11..2022-03-20")


def test_a_month_is_days_of_the_office_not_of_utc() -> None:
    march = periods.parse("2022-03")
    assert march.start(SHANGHAI) == datetime(2022, 2, 28, 16, tzinfo=UTC)
    assert march.end(SHANGHAI) == datetime(2022, 3, 31, 16, tzinfo=UTC)
    assert march.days == 31


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2022-04-20", "2022-04-21T00:00+08:00"),  # a bare date: to the end of that day
        ("20220420", "2022-04-21T00:00+08:00"),
        (" ２０２２-０４-２０ ", "2022-04-21T00:00+08:00"),
        ("2022-12-31", "2023-01-01T00:00+08:00"),
        ("2022-04-20T17:30", "2022-04-20T17:30+08:00"),
        ("2022-04-20 17:30:05", "2022-04-20T17:30:05+08:00"),
        ("2022-04-20T09:30Z", "2022-04-20T17:30+08:00"),
        ("2022-04-20T00:00", "2022-04-20T00:00+08:00"),
    ],
)
def test_a_bare_date_means_the_end_of_that_day_and_a_time_the_offices(text: str, at: str) -> None:
    found = periods.instant(text, SHANGHAI)
    assert found == datetime.fromisoformat(at)
    assert found.tzinfo is UTC


def test_a_bare_date_follows_the_offices_zone() -> None:
    far = timezone(timedelta(hours=-5))
    assert periods.instant("2022-04-20", far) == datetime(2022, 4, 21, 5, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "昨天", "2022-02-30", "2022-04-20T25:00", "9999-12-31"])
def test_an_instant_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="看不懂时刻"):
        periods.instant(text, SHANGHAI)


def test_a_week_a_year_before_has_the_same_number_where_that_year_has_it() -> None:
    assert periods.parse("2026-W10").last_year().label == "2025-W10"
    assert periods.parse("2020-W53").last_year().label == "2019-W52"


def test_the_first_and_the_last_year_that_are_understood() -> None:
    first, last = periods.YEARS
    assert periods.parse(str(first)).starts_on.year == first
    assert periods.parse(str(last)).ends_on.year == last
    for beyond in (first - 1, last + 1):
        with pytest.raises(Refused, match="年份"):
            periods.parse(str(beyond))
