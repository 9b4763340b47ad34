"""Printed numbers: rounding, zeros, shares closed to 100, ranks and changes."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiying.statistics.rounding import ROUNDINGS, Change, Form, close_shares, ranks

MODES = {
    "half_up": ROUND_HALF_UP,
    "ceiling": ROUND_CEILING,
    "truncate": ROUND_DOWN,
    "half_even": ROUND_HALF_EVEN,
}
COUNTS = st.lists(st.integers(0, 400), min_size=1, max_size=12)


@given(st.integers(-(10**9), 10**9), st.integers(0, 6), st.integers(0, 4), st.sampled_from(sorted(MODES)))
def test_each_mode_rounds_as_decimal_does(digits: int, places: int, decimals: int, mode: str) -> None:
    value = Decimal(digits).scaleb(-places)
    assert Form(decimals, mode).round(value) == value.quantize(Decimal(1).scaleb(-decimals), MODES[mode])


@given(st.integers(0, 10**6), st.integers(1, 10**6), st.integers(0, 4), st.sampled_from(sorted(MODES)))
def test_a_fraction_is_rounded_once_from_its_exact_value(n: int, d: int, decimals: int, mode: str) -> None:
    with localcontext(prec=200):
        exact = (Decimal(n) * 100 / Decimal(d)).quantize(Decimal(1).scaleb(-decimals), MODES[mode])
    assert Form(decimals, mode, percent=True).round(Fraction(n, d)) == exact


def test_every_mode_is_named() -> None:
    assert set(ROUNDINGS) == set(MODES)


@pytest.mark.parametrize(
    ("form", "value", "shown"),
    [
        (Form(0), Fraction(262, 31), "8"),
        (Form(0, "ceiling"), Fraction(262, 31), "9"),
        (Form(0, "truncate"), Fraction(89, 10), "8"),
        (Form(2, percent=True), Fraction(4, 14), "28.57%"),
        (Form(2, percent=True), Fraction(33, 262), "12.60%"),
        (Form(2, percent=True, zeros="strip"), Fraction(33, 262), "12.6%"),
        (Form(2, percent=True, zeros="whole"), Fraction(33, 262), "12.60%"),
        (Form(2, percent=True, zeros="whole"), Fraction(1), "100%"),
        (Form(2, percent=True, zeros="strip"), Fraction(1), "100%"),
        (Form(2, percent=True), Fraction(1), "100.00%"),
        (Form(0, percent=True, zeros="strip"), Fraction(1), "100%"),
        (Form(1), Fraction(-1, 1000), "0.0"),
        (Form(1), Fraction(5, 100), "0.1"),
        (Form(1, "half_even"), Fraction(5, 100), "0.0"),
        (Form(0, "half_even"), Fraction(7, 2), "4"),
        (Form(0, "half_even"), Fraction(9, 2), "4"),
        (Form(2), None, "—"),
        (Form(2, undefined="/"), None, "/"),
    ],
)
def test_a_number_is_printed_in_the_houses_form(form: Form, value: Fraction | None, shown: str) -> None:
    assert form.show(value) == shown


@given(COUNTS, st.integers(0, 3))
def test_the_largest_remainder_closes_to_100_and_moves_nobody_by_a_unit(
    counts: list[int], decimals: int
) -> None:
    total, named = sum(counts), dict(enumerate(counts))
    form = Form(decimals, percent=True)
    shares = close_shares(named, total, form, "largest")
    if not total:
        assert shares == {}
        return
    assert sum(shares.values()) == 100
    unit = Fraction(1, 10**decimals)
    for key, count in named.items():
        assert abs(Fraction(shares[key]) - Fraction(100 * count, total)) < unit
        assert count or shares[key] == 0
    assert sorted(counts) == [named[key] for key in sorted(named, key=lambda k: (shares[k], named[k]))]


@given(COUNTS, st.integers(0, 3), st.sampled_from(sorted(MODES)))
def test_the_last_share_is_100_minus_the_others(counts: list[int], decimals: int, mode: str) -> None:
    total, named = sum(counts), dict(enumerate(counts))
    form = Form(decimals, mode, percent=True)
    closed, alone = (close_shares(named, total, form, how) for how in ("last", "none"))
    if total:
        assert sum(closed.values()) == 100
        assert list(closed.items())[:-1] == list(alone.items())[:-1]


def test_the_last_of_three_shares_is_28_58_although_4_of_14_is_28_57() -> None:
    form, counts = Form(2, percent=True), {"a": 5, "b": 5, "c": 4}
    assert [str(v) for v in close_shares(counts, 14, form, "last").values()] == ["35.71", "35.71", "28.58"]
    assert [str(v) for v in close_shares(counts, 14, form, "none").values()] == ["35.71", "35.71", "28.57"]
    assert [str(v) for v in close_shares(counts, 14, form, "largest").values()] == ["35.72", "35.71", "28.57"]


def test_the_missing_unit_goes_to_the_largest_remainder_wherever_it_stands() -> None:
    shares = close_shares({"a": 1, "b": 2}, 3, Form(percent=True), "largest")
    assert [str(v) for v in shares.values()] == ["33", "67"]


def test_a_list_that_leaves_some_out_is_not_closed() -> None:
    form, counts = Form(2, percent=True), {"a": 6, "b": 3}
    for closing in ("largest", "last", "none"):
        assert [str(v) for v in close_shares(counts, 27, form, closing).values()] == ["22.22", "11.11"]


def test_ties_share_a_rank_and_the_next_rank_is_left_out_or_not() -> None:
    values = [Fraction(3), Fraction(5), None, Fraction(3), Fraction(1)]
    assert ranks(values) == [2, 1, None, 2, 4]
    assert ranks(values, ties="dense") == [2, 1, None, 2, 3]
    assert ranks([None, None]) == [None, None]


def test_a_change_is_a_difference_a_ratio_and_for_rates_percentage_points() -> None:
    assert Change.of(Fraction(12), Fraction(10)) == Change(Fraction(2), Fraction(1, 5), None)
    rate = Change.of(Fraction(9, 10), Fraction(8, 10), is_rate=True)
    assert (rate.points, rate.ratio) == (10, Fraction(1, 8))  # 10 percentage points are not 12.5 %


def test_nothing_before_leaves_the_ratio_undefined() -> None:
    assert Change.of(Fraction(3), Fraction(0)) == Change(Fraction(3), None, None)


@pytest.mark.parametrize(
    ("now", "before", "is_rate", "said"),
    [
        (12, 10, False, "+2（+20.00%）"),
        (9, 10, False, "-1（-10.00%）"),
        (10, 10, False, "+0（+0.00%）"),
        (3, 0, False, "+3"),
        (Fraction(9, 10), Fraction(8, 10), True, "+10.00 个百分点"),
    ],
)
def test_a_change_is_said_with_its_sign(
    now: int | Fraction, before: int | Fraction, is_rate: bool, said: str
) -> None:
    assert Change.of(Fraction(now), Fraction(before), is_rate=is_rate).said == said
