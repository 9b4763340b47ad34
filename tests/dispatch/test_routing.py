"""Which unit is likely to lead, and why."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiying.dispatch import routing
from huiying.dispatch.routing import Heard, Helped, Matter, Precedents, Suggestion, helpers

UNITS = {"water", "housing", "stone"}
WATER = "phone/城乡建设/供水"
GAS = "phone/城乡建设/燃气"


class Precedent(NamedTuple):
    unit: str
    topic: str
    area: str
    led: int
    returned: int = 0


def suggest(matter: Matter, rows: list[Precedent], units: set[str]) -> list[Suggestion]:
    kept, back = Counter[tuple[str, str, str]](), Counter[tuple[str, str]]()
    for row in rows:
        kept[row.topic, row.area, row.unit] += row.led - row.returned
        back[row.topic, row.unit] += row.returned
    return routing.suggest(matter, Precedents(kept, back), units)


def test_whoever_led_most_on_the_topic_comes_first_with_the_reason() -> None:
    rows = [Precedent("water", WATER, "stone", 9), Precedent("housing", WATER, "maple", 1)]
    first, second = suggest(Matter(WATER, "stone"), rows, UNITS)
    assert (first.unit, first.word, second.unit) == ("water", "高", "housing")
    assert first.reasons == ("同类事项承办过 9 件", "其中同一区域 9 件")
    assert second.word == "低"


def test_a_single_precedent_is_not_yet_certainty() -> None:
    (only,) = suggest(Matter(WATER), [Precedent("water", WATER, "", 1)], UNITS)
    assert only.percent == 33


def test_returns_speak_against_a_unit() -> None:
    rows = [Precedent("water", WATER, "", 6, returned=2), Precedent("housing", WATER, "", 3)]
    first = suggest(Matter(WATER), rows, UNITS)[0]
    assert first.unit == "housing"
    assert [each.unit for each in suggest(Matter(WATER), rows[:1], UNITS)] == []


def test_whoever_gave_this_very_case_back_is_not_named_again() -> None:
    rows = [Precedent("water", WATER, "", 9), Precedent("housing", WATER, "", 1)]
    found = suggest(Matter(WATER, declined={"water"}), rows, UNITS)
    assert [each.unit for each in found] == ["housing"]


def test_a_sister_topic_counts_a_little_and_a_strange_one_nothing() -> None:
    rows = [Precedent("housing", GAS, "", 4), Precedent("water", "phone/市场监管/消费纠纷", "", 9)]
    (only,) = suggest(Matter(WATER), rows, UNITS)
    assert (only.unit, only.reasons) == ("housing", ("相近事项承办过 4 件",))


def test_without_precedents_the_unit_of_the_place_is_named_with_little_confidence() -> None:
    (only,) = suggest(Matter("", "stone", home={"stone"}), [], UNITS)
    assert (only.unit, only.word, only.reasons) == ("stone", "低", ("地点在其辖区",))
    assert suggest(Matter("", "stone"), [], UNITS) == []


def test_the_words_speak_for_a_unit_and_say_why() -> None:
    heard = {"water": Heard(0.9, ("水管", "发黄")), "housing": Heard(0.1)}
    (only,) = suggest(Matter("", heard=heard), [], UNITS)
    assert (only.unit, only.reasons) == ("water", ("诉求文字像其承办的事项（水管、发黄）",))
    assert (only.word, only.said) == ("中", "把握中 64%")
    assert suggest(Matter("", heard=heard, declined={"water"}), [], UNITS) == []


def test_returns_outweigh_the_words() -> None:
    rows = [Precedent("water", WATER, "", 3, returned=3)]
    assert suggest(Matter(WATER, heard={"water": Heard(0.9)}), rows, UNITS) == []


def test_a_name_alone_is_uncertain() -> None:
    (only,) = suggest(Matter("", heard={"water": Heard(1.0, ("水务",), learnt=False)}), [], UNITS)
    assert (only.said, only.reasons) == ("不确定 33%", ("诉求文字与其名称相近（水务）",))


def test_a_duty_says_why_and_weighs_like_what_was_learnt() -> None:
    heard = {
        "water": Heard(0.5, ("水压",), learnt=False, duty="停水、水压"),
        "housing": Heard(0.1, learnt=False),
        "stone": Heard(0.09, learnt=False, duty="环境卫生"),
    }
    first, other = suggest(Matter("", heard=heard), [], UNITS)
    assert (first.said, first.reasons) == ("把握中 49%", ("职责：停水、水压",))
    assert (other.unit, other.reasons) == ("housing", ("诉求文字与其名称相近",))


def test_names_are_silent_where_somebody_led_before() -> None:
    heard = {"housing": Heard(1.0, ("住建",), learnt=False)}
    (only,) = suggest(Matter(WATER, heard=heard), [Precedent("water", WATER, "", 9)], UNITS)
    assert only.unit == "water"


def test_a_unit_out_of_use_is_not_named() -> None:
    assert suggest(Matter(WATER), [Precedent("old", WATER, "", 9)], UNITS) == []


@pytest.mark.parametrize(
    ("led", "kept", "dropped", "named"),
    [(5, 4, 0, True), (2, 2, 0, False), (8, 3, 0, False), (7, 3, 0, True), (5, 4, 2, False)],
)
def test_a_helper_is_named_where_it_usually_kept_its_part(led, kept, dropped, named) -> None:
    row = Helped("water", WATER, "housing", led, kept, dropped)
    assert bool(helpers(Matter(WATER), "water", [row], UNITS)) is named


def test_a_helper_is_told_with_its_reason_and_only_where_it_can_help() -> None:
    row = Helped("water", WATER, "housing", 6, 5, 1)
    (only,) = helpers(Matter(WATER), "water", [row], UNITS)
    assert only.reason == "相似的 6 件中 5 件由其协办，退办或撤销 1 件"
    assert helpers(Matter(WATER, declined={"housing"}), "water", [row], UNITS) == []
    assert helpers(Matter(WATER), "stone", [row], UNITS) == []
    assert helpers(Matter(GAS), "water", [row], UNITS) == []
    assert helpers(Matter(WATER), "water", [row], {"water"}) == []


counts = st.integers(0, 30)
precedent = st.builds(
    lambda unit, topic, area, kept, back: Precedent(unit, topic, area, kept + back, back),
    st.sampled_from(sorted(UNITS)),
    st.sampled_from([WATER, GAS, ""]),
    st.sampled_from(["stone", ""]),
    counts,
    counts,
)


@given(st.lists(precedent, max_size=8), st.sampled_from([WATER, ""]))
def test_confidence_is_a_share_that_falls_down_the_list(rows: list[Precedent], topic: str) -> None:
    found = suggest(Matter(topic, "stone", home={"stone"}), rows, UNITS)
    shares = [each.confidence for each in found]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) < 1
    assert all(each.reasons for each in found)


@pytest.mark.parametrize(("led", "word"), [(1, "低"), (2, "中"), (9, "高")])
def test_confidence_in_words(led: int, word: str) -> None:
    (only,) = suggest(Matter(WATER), [Precedent("water", WATER, "", led)], UNITS)
    assert only.word == word
