"""The office's calendar against known answers and properties that hold for every date."""

import datetime as dt
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiying.cases.workdays import Calendar, DayKind, SeedDay, UnknownYear, seed_days
from huiying.common.errors import Refused

CALENDAR = Calendar.of(seed_days([2021, 2022, 2025, 2026]))
TWO_YEARS = Calendar.of(seed_days([2022, 2023]))
IN_2022 = st.dates(dt.date(2022, 1, 1), dt.date(2022, 12, 31))
FEW = st.integers(0, 60)


def whole_year(year: int, worked: bool = True) -> Mapping[dt.date, bool]:
    first = dt.date(year, 1, 1)
    return {first + dt.timedelta(days=n): worked for n in range((dt.date(year + 1, 1, 1) - first).days)}


@pytest.mark.parametrize(
    ("start", "n", "answer"),
    [
        ("2022-03-31", 10, "2022-04-15"),
        ("2026-09-29", 5, "2026-10-12"),
        ("2022-03-31", 1, "2022-04-01"),
        ("2022-04-01", 1, "2022-04-02"),
        ("2022-04-01", 3, "2022-04-07"),
        ("2022-04-02", 1, "2022-04-06"),
        ("2022-04-04", 0, "2022-04-04"),
        ("2022-04-06", -1, "2022-04-02"),
        ("2022-04-05", -2, "2022-04-01"),
        ("2021-12-31", 1, "2022-01-04"),
        ("2022-01-04", -1, "2021-12-31"),
    ],
)
def test_working_days_are_counted_as_the_office_counts_them(start: str, n: int, answer: str) -> None:
    assert CALENDAR.add_workdays(dt.date.fromisoformat(start), n).isoformat() == answer


def test_2026_has_248_working_days_of_which_6_are_make_up_days() -> None:
    kinds = [day.kind for day in seed_days([2026])]
    assert CALENDAR.count_year(2026) == 248
    assert (len(kinds), kinds.count(DayKind.MAKEUP)) == (365, 6)
    assert sum(kind.is_working for kind in kinds) == 248


@pytest.mark.parametrize(
    ("on", "kind", "name"),
    [
        ("2022-04-02", DayKind.MAKEUP, "清明"),
        ("2022-04-05", DayKind.HOLIDAY, "清明"),
        ("2022-04-03", DayKind.HOLIDAY, "清明"),
        ("2022-04-09", DayKind.WEEKEND, ""),
        ("2022-04-06", DayKind.WORKDAY, ""),
    ],
)
def test_a_seeded_day_says_what_it_is_and_why(on: str, kind: DayKind, name: str) -> None:
    date = dt.date.fromisoformat(on)
    assert SeedDay(date, kind, name) in seed_days([2022])
    assert CALENDAR.kind(date) is kind
    assert CALENDAR.is_workday(date) is kind.is_working


def test_the_calendar_tells_every_seeded_kind_again_from_its_rows() -> None:
    days = seed_days(range(2020, 2027))
    calendar = Calendar.of(days)
    assert [calendar.kind(day.date) for day in days] == [day.kind for day in days]


def test_a_year_not_yet_published_is_refused_with_the_way_to_mend_it() -> None:
    with pytest.raises(UnknownYear, match=r"2027年.*“设置→日历”.*huiying calendar load") as refused:
        seed_days([2026, 2027])
    assert refused.value.year == 2027
    assert isinstance(refused.value, Refused)


@pytest.mark.parametrize(
    ("start", "n", "year"),
    [
        ("2026-12-30", 2, 2027),
        ("2026-12-31", 1, 2027),
        ("2022-12-30", 1, 2023),
        ("2025-01-02", -1, 2024),
        ("2021-01-01", -1, 2020),
        ("2030-06-01", 1, 2030),
        ("2030-06-01", -1, 2030),
        ("2010-06-01", 1, 2010),
        ("9999-12-31", 1, 10000),
        ("9999-12-31", -1, 9999),
        ("0001-01-01", -1, 0),
    ],
)
def test_a_count_that_needs_an_unknown_year_names_that_year(start: str, n: int, year: int) -> None:
    with pytest.raises(UnknownYear) as refused:
        CALENDAR.add_workdays(dt.date.fromisoformat(start), n)
    assert refused.value.year == year


def test_a_count_across_a_gap_between_loaded_years_is_refused() -> None:
    with pytest.raises(UnknownYear) as refused:
        CALENDAR.workdays_between(dt.date(2022, 6, 1), dt.date(2025, 6, 1))
    assert refused.value.year == 2023


def test_days_that_a_count_does_not_need_may_be_unknown() -> None:
    calendar = Calendar.of(seed_days([2022]))
    assert calendar.add_workdays(dt.date(2021, 12, 31), 1) == dt.date(2022, 1, 4)
    assert calendar.workdays_between(dt.date(2021, 12, 31), dt.date(2022, 12, 31)) == 249
    assert calendar.add_workdays(dt.date(2023, 1, 1), -1) == dt.date(2022, 12, 30)


def test_a_year_with_a_missing_day_counts_as_not_loaded() -> None:
    days = {**whole_year(2022), **whole_year(2023)}
    del days[dt.date(2022, 5, 1)]
    calendar = Calendar(days)
    assert calendar.years == {2023}
    with pytest.raises(UnknownYear, match="364天，缺1天"):
        calendar.is_workday(dt.date(2022, 4, 1))
    with pytest.raises(UnknownYear, match="364天，缺1天"):
        calendar.add_workdays(dt.date(2023, 1, 2), -3)


def test_a_calendar_does_not_change_with_the_mapping_it_was_built_from() -> None:
    days = dict(whole_year(2022))
    calendar = Calendar(days)
    days[dt.date(2022, 4, 1)] = False
    assert calendar.is_workday(dt.date(2022, 4, 1))


def test_a_leap_year_is_whole_with_366_days() -> None:
    assert Calendar(whole_year(2024)).count_year(2024) == 366
    assert Calendar(whole_year(2023, worked=False)).count_year(2023) == 0


def test_an_instant_is_refused_where_a_date_is_meant() -> None:
    with pytest.raises(ValueError, match="先换算到办公时区"):
        CALENDAR.is_workday(dt.datetime(2022, 4, 1, tzinfo=dt.UTC))


@given(IN_2022, st.integers(0, 200))
def test_adding_days_and_counting_them_gives_the_same_number(on: dt.date, n: int) -> None:
    assert TWO_YEARS.workdays_between(on, TWO_YEARS.add_workdays(on, n)) == n


@given(IN_2022, st.integers(1, 60))
def test_going_back_and_forth_from_a_working_day_comes_home(on: dt.date, n: int) -> None:
    home = CALENDAR.add_workdays(on, -1)
    assert CALENDAR.add_workdays(CALENDAR.add_workdays(home, -n), n) == home


@given(IN_2022, FEW)
def test_the_answer_is_a_working_day_and_equals_walking_day_by_day(on: dt.date, n: int) -> None:
    walked, left = on, n
    while left:
        walked += dt.timedelta(days=1)
        left -= TWO_YEARS.is_workday(walked)
    assert TWO_YEARS.add_workdays(on, n) == walked


@given(IN_2022, IN_2022, IN_2022)
def test_counts_add_up_along_any_route(a: dt.date, b: dt.date, c: dt.date) -> None:
    count = CALENDAR.workdays_between
    assert count(a, b) + count(b, c) == count(a, c)


@given(IN_2022, IN_2022, FEW)
def test_a_later_start_never_ends_earlier(a: dt.date, b: dt.date, n: int) -> None:
    first, second = sorted((a, b))
    assert TWO_YEARS.add_workdays(first, n) <= TWO_YEARS.add_workdays(second, n)


def test_the_next_working_day_steps_over_the_holiday() -> None:
    assert CALENDAR.next_workday(dt.date(2022, 4, 2)) == dt.date(2022, 4, 6)
    assert CALENDAR.next_workday(dt.date(2022, 4, 6)) == dt.date(2022, 4, 7)


def test_counts_from_the_last_day_of_a_year_ask_only_for_the_next_year() -> None:
    assert Calendar.of(seed_days([2022])).workdays_between(dt.date(2021, 12, 31), dt.date(2022, 1, 4)) == 1
    with pytest.raises(UnknownYear, match="2023年"):
        CALENDAR.workdays_between(dt.date(2022, 12, 31), dt.date(2023, 1, 4))


def test_the_first_working_day_of_all_can_be_counted_back_to() -> None:
    assert Calendar.of(seed_days([2022])).add_workdays(dt.date(2022, 1, 5), -1) == dt.date(2022, 1, 4)
