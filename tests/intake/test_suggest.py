"""What earlier cases suggest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiying.intake.suggest import drawn, leading, secrecy_asked


def test_the_commonest_code_is_suggested_with_its_reason() -> None:
    found = leading(["water", "water", "housing", ""])
    assert found is not None
    assert (found.code, found.reason) == ("water", "4 件中 2 件")


def test_nothing_is_suggested_where_opinions_are_split_or_missing() -> None:
    assert leading(["a", "b", "c"]) is None
    assert leading(["", "", ""]) is None
    assert leading([]) is None


@given(st.lists(st.integers(), unique=True), st.integers(0, 9), st.text())
def test_a_draw_depends_on_the_seed_and_not_on_the_order(things: list[int], n: int, seed: str) -> None:
    found = drawn(things, n, seed)
    assert found == drawn(things[::-1], n, seed)
    assert len(found) == min(n, len(things))
    assert set(found) <= set(things)


def test_another_seed_draws_others() -> None:
    assert drawn(range(100), 5, "一") != drawn(range(100), 5, "二")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("路灯坏了，请尽快修。另外要求不要透露我的号码。", "不要透露我的号码"),
        ("不能让他们知道，请为我保密。", "请为我保密"),
        ("匿名举报某店短秤。", "匿名举报"),
        ("电线不能一直暴露在外面，要求工程信息公开。", ""),
        ("水管坏了三天。", ""),
    ],
)
def test_who_asks_not_to_be_named_is_heard(text: str, words: str) -> None:
    assert secrecy_asked(text) == words
