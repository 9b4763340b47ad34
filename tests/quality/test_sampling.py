"""Who is called back: by nature, by lot, and the same for whoever asks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiying.common.errors import Refused
from huiying.quality.sampling import lot, rules, why_chosen

NUMBERS = [f"R202203{n:04d}" for n in range(2000)]


def drawn(percent: int, month: str = "2022-03") -> set[str]:
    chosen = rules({"quality": {"percent": percent}})
    return {number for number in NUMBERS if why_chosen(number, ("inquiry", "咨询"), month, chosen)}


def test_complaints_are_all_called_back_by_code_or_by_name() -> None:
    chosen = rules({"quality": {"natures": ["complaint", "举报"], "percent": 0}})
    assert {why_chosen(n, ("complaint", "投诉"), "2022-03", chosen) for n in NUMBERS[:50]} == {"all"}
    assert why_chosen(NUMBERS[0], ("tip", "举报"), "2022-03", chosen) == "all"
    assert why_chosen(NUMBERS[0], (), "2022-03", chosen) == ""


def test_the_lot_never_changes() -> None:
    assert [lot(number, "2022-03") for number in ("R2022030001", "R2022030002")] == [7814, 2668]


def test_the_share_is_about_what_was_asked_and_a_greater_one_holds_the_smaller() -> None:
    fifth, half = drawn(20), drawn(50)
    assert 0.17 < len(fifth) / len(NUMBERS) < 0.23
    assert fifth < half
    assert (len(drawn(0)), len(drawn(100))) == (0, len(NUMBERS))


def test_another_month_draws_others() -> None:
    assert drawn(20, "2022-03") != drawn(20, "2022-04")


@given(st.text(max_size=20), st.text(max_size=7))
def test_a_lot_is_one_of_ten_thousand(number: str, month: str) -> None:
    assert 0 <= lot(number, month) < 10_000


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"percent": 101}, "percent：写的是 101，请写 0 至 100"),
        ({"percent": True}, "percent"),
        ({"attempts": 0}, "attempts"),
        ({"natures": "投诉"}, "natures：请写成"),
        ({"percents": 10}, "percents：没有这样的项"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_in_words(given: dict[str, object], said: str) -> None:
    with pytest.raises(Refused, match=said):
        rules({"quality": given})
