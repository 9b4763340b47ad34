from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiying.statistics.charts import (
    bar_chart,
    column_chart,
    em_width,
    hbar_chart,
    line_chart,
    on_screen,
    sparkline,
    ticks,
)

SVG = "{http://www.w3.org/2000/svg}"
Draw = Callable[..., str]
BARS = [bar_chart, column_chart, hbar_chart]


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def words(svg: str) -> list[str]:
    return [text.text or "" for text in parsed(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("draw", BARS)
def test_a_chart_says_its_name_and_its_numbers(draw: Draw) -> None:
    root = parsed(draw(["咨询", "反映"], [3, Decimal("4.5")], title="性质", unit="件"))
    assert root.findtext(f"{SVG}title") == "性质"
    assert sorted((root.findtext(f"{SVG}desc") or "").split("、")) == ["反映：4.5件", "咨询：3件"]
    marks = [rect.findtext(f"{SVG}title") for rect in root.iter(f"{SVG}rect")]
    assert sorted(str(mark) for mark in marks) == ["反映：4.5件", "咨询：3件"]


def test_bars_are_as_tall_as_their_values() -> None:
    rects = list(parsed(bar_chart(["a", "b", "c"], [10, 5, 0], title="t", unit="")).iter(f"{SVG}rect"))
    heights = [float(rect.get("height", "")) for rect in rects]
    assert heights[0] == pytest.approx(heights[1] * 2, abs=0.2)
    assert heights[2] == 0


def test_a_month_by_day_has_31_columns_and_fewer_labels_where_they_would_touch() -> None:
    days = [f"3月{day}日" for day in range(1, 32)]
    svg = column_chart(days, list(range(31)), title="每日", unit="件")
    assert len(list(parsed(svg).iter(f"{SVG}rect"))) == 31
    written = [word for word in words(svg) if word.endswith("日")]
    assert 1 < len(written) < 31
    assert written[0] == "3月1日"


def test_units_are_sorted_by_value_and_ties_keep_their_order() -> None:
    svg = hbar_chart(["甲", "乙", "丙", "丁"], [1, 7, 1, 9], title="单位", unit="件")
    assert [word for word in words(svg) if word in "甲乙丙丁"] == ["丁", "乙", "甲", "丙"]


def test_a_long_name_is_cut_but_kept_under_the_pointer() -> None:
    name = "某某县某某镇人民政府综合行政执法大队某某中队办公室" * 2
    svg = hbar_chart([name, "乙"], [5, 2], title="单位", unit="件", width=400)
    assert any(word.endswith("…") for word in words(svg))
    assert f"{name}：5件" in svg


def test_a_trend_has_a_line_for_each_series_and_may_fall_below_zero() -> None:
    svg = line_chart(["1月", "2月"], [("今年", [5, -3]), ("去年", [2, 2])], title="环比", unit="%")
    assert len(list(parsed(svg).iter(f"{SVG}polyline"))) == 2
    assert "今年 2月：-3%" in svg
    assert "去年" in words(svg)


def test_a_sparkline_ends_in_a_dot() -> None:
    root = parsed(sparkline([1, 2, 3], title="近三月", unit="件"))
    assert [dot.findtext(f"{SVG}title") for dot in root.iter(f"{SVG}circle")] == ["3件"]


def test_no_data_is_said_in_words() -> None:
    for draw in BARS:
        assert "暂无数据" in words(draw([], [], title="空", unit="件"))
    assert "暂无数据" in words(line_chart([], [], title="空", unit="件"))
    assert "暂无数据" in sparkline([], title="空", unit="件")


def test_all_zero_values_draw_an_axis_from_zero() -> None:
    assert {"0", "1"} <= set(words(column_chart(["1", "2"], [0, 0], title="零", unit="件")))
    assert words(hbar_chart(["甲"], [0], title="零", unit="件"))[-1] == "0"


def test_lying_bars_stand_beside_what_they_were_before() -> None:
    drawn = hbar_chart(["甲", "乙"], [1, 4], title="t", unit="件", earlier=("二月", [8, 2]))
    assert re.findall(r'class="chart-(bar|old)".*?width="([\d.]+)".*?<title>(.*?)</title>', drawn) == [
        ("bar", "295.6", "乙：4件"),
        ("bar", "73.9", "甲：1件"),
        ("old", "147.8", "乙（二月）：2件"),
        ("old", "591.3", "甲（二月）：8件"),
    ]
    assert "乙：4件、甲：1件；二月：乙：2件、甲：8件" in drawn
    with pytest.raises(ValueError, match=r"2 个标签.*1 个数值"):
        hbar_chart(["甲", "乙"], [1, 4], title="t", unit="件", earlier=("二月", [8]))


@pytest.mark.parametrize("draw", BARS)
def test_bars_refuse_negative_numbers_and_unequal_rows(draw: Draw) -> None:
    with pytest.raises(ValueError, match="“乙”为 -1"):
        draw(["甲", "乙"], [1, -1], title="t", unit="")
    with pytest.raises(ValueError, match=r"2 个标签.*1 个数值"):
        draw(["甲", "乙"], [1], title="t", unit="")


def test_nothing_in_a_chart_is_styled_inline_or_read_as_markup() -> None:
    svg = bar_chart(["<script>", '"&'], [1, 2], title="</title><b>", unit="<i>", font='a"b')
    assert "style=" not in svg
    assert {e.tag for e in parsed(svg).iter()} == {
        f"{SVG}{t}" for t in ("svg", "title", "desc", "text", "rect", "line")
    }


def test_the_face_can_be_chosen() -> None:
    assert parsed(bar_chart(["a"], [1], title="t", unit="", font="黑体")).get("font-family") == "黑体"


def test_the_same_numbers_give_the_same_drawing() -> None:
    assert hbar_chart(["甲"], [1], title="t", unit="") == hbar_chart(["甲"], [1], title="t", unit="")


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 21, [0, 5, 10, 15, 20, 25]),
        (0, 0, [0, 1]),
        (0, 3, [0, 1, 2, 3]),
        (0, 100, [0, 20, 40, 60, 80, 100]),
        (-3, 5, [-4, -2, 0, 2, 4, 6]),
        (0, 0.5, [0, 0.1, 0.2, 0.3, 0.4, 0.5]),
    ],
)
def test_ticks_are_round(low: float, high: float, expected: list[float]) -> None:
    assert ticks(low, high) == expected


@given(st.floats(0, 1e9), st.floats(0, 1e9))
def test_ticks_enclose_everything_and_are_few(low: float, span: float) -> None:
    marks = ticks(-low, span)
    hair = (marks[1] - marks[0]) * 1e-6
    assert marks[0] <= -low + hair
    assert marks[-1] >= span - hair
    assert 2 <= len(marks) <= 9


@given(
    st.lists(
        st.tuples(st.text(max_size=8).map(lambda s: "".join(filter(str.isalnum, s))), st.integers(0, 10**7))
    )
)
def test_any_numbers_can_be_drawn(rows: list[tuple[str, int]]) -> None:
    labels, values = [label for label, _ in rows], [value for _, value in rows]
    for draw in BARS:
        parsed(draw(labels, values, title="t", unit="件"))
    parsed(line_chart(labels, [("a", values)], title="t", unit="件"))


def test_a_chinese_character_is_one_em_wide() -> None:
    assert em_width("县12") == pytest.approx(2.12)


def test_for_a_web_page_a_chart_is_drawn_wide_and_again_for_a_phone() -> None:
    drawn = on_screen(partial(column_chart, ["1", "2"], [3, 4], title="每日", unit="件"))
    wide, narrow = parsed(f"<p>{drawn}</p>")
    assert (wide.get("width"), narrow.get("width")) == ("880", "400")
