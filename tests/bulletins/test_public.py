"""Small cells are hidden, and what would give them away."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from huiying.bulletins.content import (
    Block,
    Chart,
    Content,
    Figure,
    Heading,
    Matter,
    Note,
    Number,
    Paragraph,
    Table,
    Text,
    figures,
    shown,
)
from huiying.bulletins.public import HIDDEN, INFORMED, public, small_cells
from tests.make import at

AT = at(4, 1)


def figure(
    key: str, value: int, params: tuple[tuple[str, str], ...] = (), *, whole: int | None = None
) -> Figure:
    number = Decimal(value) if whole is None else Decimal(value) / whole
    return Figure(
        key=key,
        section="热线",
        measure="received" if whole is None else "share",
        params=params,
        as_of=AT,
        known_at=AT,
        numerator=Decimal(value),
        denominator=None if whole is None else Decimal(whole),
        value=number,
        computed=str(value),
        shown=str(value),
    )


def by_nature(*counts: int) -> list[Figure]:
    return [figure(f"F{n}", count, (("nature", str(n)),)) for n, count in enumerate(counts)]


def content(*runs: Text | Number | Matter, proposal: bool = False) -> Content:
    paragraph = Paragraph(runs, proposal=proposal, cases=("R1",))
    return Content("县", "月报", "2022-03", AT.date(), AT.date(), AT, AT, "internal", "题", (paragraph,))


def test_totals_are_printed_whatever_their_size() -> None:
    assert small_cells([figure("F1", 2)]) == set()


def test_a_single_small_count_takes_the_next_smallest_with_it() -> None:
    assert small_cells(by_nature(9, 2, 5)) == {"F1", "F2"}


def test_two_small_counts_hide_each_other() -> None:
    assert small_cells(by_nature(9, 2, 1)) == {"F1", "F2"}


def test_zero_is_no_secret() -> None:
    assert small_cells(by_nature(9, 0)) == set()


def test_the_share_of_a_hidden_count_is_hidden() -> None:
    counts = by_nature(9, 2, 1)
    share = figure("S", 2, (("nature", "1"),), whole=12)
    assert "S" in small_cells([*counts, share])


@given(st.lists(st.integers(0, 30), min_size=2, max_size=8))
def test_no_hidden_cell_can_be_worked_out_alone(counts: list[int]) -> None:
    hidden = small_cells(by_nature(*counts))
    assert all(f"F{n}" in hidden for n, count in enumerate(counts) if 0 < count < 3)
    assert len(hidden) != 1 or sum(count > 0 for count in counts) == 1


def test_proposals_stay_inside_the_house() -> None:
    assert public(content(Text("建议"), proposal=True), ()).blocks == ()


def test_titles_lose_firms_and_informers_lose_their_matter() -> None:
    runs = (Matter("R1", "云溪百味食品有限公司虚假宣传问题"), Text("、"), Matter("R2", "某单位违规问题"))
    made = public(content(*runs), {"R2"})
    (paragraph,) = made.blocks
    assert isinstance(paragraph, Paragraph)
    assert "百味" not in shown(paragraph.runs)
    assert shown(paragraph.runs).endswith(INFORMED)
    assert paragraph.cases == ()
    assert all(run.case == "" for run in paragraph.runs if isinstance(run, Matter))


def test_a_note_explains_the_star_only_where_there_is_one() -> None:
    small = by_nature(9, 2, 1)
    starred = public(content(*(Number(f) for f in small)), ())
    assert isinstance(starred.blocks[-1], Note)
    assert HIDDEN in starred.blocks[-1].text
    plain = public(content(*(Number(f) for f in by_nature(9, 3, 4))), ())
    assert not isinstance(plain.blocks[-1], Note)


def document(*blocks: Block) -> Content:
    return replace(content(), blocks=blocks)


def test_three_cases_are_no_small_count() -> None:
    assert small_cells(by_nature(9, 3, 4)) == set()
    assert small_cells(by_nature(9, 3, 2)) == {"F1", "F2"}


def test_of_equal_neighbours_the_first_is_hidden_with_a_small_count() -> None:
    assert small_cells(by_nature(5, 2, 5, 5)) == {"F0", "F1"}


def test_the_share_of_a_count_that_is_printed_is_printed() -> None:
    share = figure("S", 9, (("nature", "0"),), whole=14)
    assert small_cells([*by_nature(9, 2, 3), share]) == {"F1", "F2"}


def test_breakdowns_by_other_things_do_not_hide_each_other() -> None:
    town = figure("T", 7, (("area", "石桥镇"),))
    assert small_cells([*by_nature(9, 2, 5), town]) == {"F1", "F2"}


def by_topic(*counts: int) -> list[Figure]:
    return [figure(f"S{n}", count, (("topic", str(n)),), whole=sum(counts)) for n, count in enumerate(counts)]


def test_a_share_of_one_or_two_cases_is_hidden_though_no_count_is_printed() -> None:
    assert small_cells(by_topic(18, 2, 1)) == {"S1", "S2"}


def test_a_single_small_share_takes_the_next_smallest_with_it() -> None:
    assert small_cells(by_topic(9, 2, 5)) == {"S1", "S2"}


def test_counts_and_shares_of_one_list_hide_the_same_items() -> None:
    counts = [figure(f"C{n}", count, (("topic", str(n)),)) for n, count in enumerate((5, 2, 5))]
    assert small_cells([*counts, *by_topic(5, 2, 5)]) == {"C0", "C1", "S0", "S1"}


def test_counts_of_another_measure_are_another_breakdown() -> None:
    answered = [replace(f, key=f"A{n}", measure="answered") for n, f in enumerate(by_nature(9, 9, 9))]
    assert small_cells([*by_nature(9, 2, 5), *answered]) == {"F1", "F2"}


def rates(measure: str, *parts: tuple[int, int]) -> list[Figure]:
    named = enumerate(parts)
    made = (figure(f"{measure}{n}", part, (("nature", str(n)),), whole=whole) for n, (part, whole) in named)
    return [replace(f, measure=measure) for f in made]


def test_a_rate_that_rests_on_a_hidden_count_is_hidden_but_not_that_of_another_section() -> None:
    solved = rates("solved", (9, 9), (0, 2), (0, 1))
    elsewhere = [replace(f, key=f"X{n}", section="网络") for n, f in enumerate(solved)]
    assert small_cells([*by_nature(9, 2, 1), *solved, *elsewhere]) == {"F1", "F2", "solved1", "solved2"}


def test_a_rate_is_printed_beside_another_that_is_hidden_for_itself() -> None:
    solved, pleased = rates("solved", (9, 9), (2, 9), (1, 9)), rates("pleased", (9, 9), (8, 9), (7, 9))
    assert small_cells([*solved, *pleased]) == {"solved1", "solved2"}


def test_ones_that_the_total_would_tell_take_a_larger_one_with_them() -> None:
    assert small_cells(by_nature(9, 1, 1, 4)) == {"F1", "F2", "F3"}


def test_a_figure_that_cannot_be_counted_and_a_change_over_time_are_no_small_counts() -> None:
    unknown = replace(figure("U", 1, (("nature", "1"),)), value=None)
    change = figure("C", 1, (("compare", "previous"),))
    assert small_cells([unknown, change]) == set()


def test_a_hidden_figure_leaves_nothing_of_itself_and_a_printed_one_everything() -> None:
    small = by_nature(9, 2, 1)
    nine, two, one = figures(public(content(*(Number(f) for f in small)), ()))
    assert nine == small[0]
    for hidden in (two, one):
        assert (hidden.shown, hidden.computed) == (HIDDEN, HIDDEN)
        assert hidden.value is hidden.numerator is hidden.denominator is None


def test_telephones_in_the_text_are_masked_and_headings_stay() -> None:
    heading, note = Heading(1, "一、受理"), Note("注：不含咨询。")
    paragraph = content(Text("来电13900001234反映漏水")).blocks[0]
    first, second, third = public(document(heading, paragraph, note), ()).blocks
    assert (first, third) == (heading, note)
    assert isinstance(second, Paragraph)
    assert shown(second.runs) == "来电139****1234反映漏水"


def test_a_table_hides_small_counts_in_its_rows_and_prints_its_total() -> None:
    whole, small = figure("F", 12), by_nature(9, 2, 1)
    rows = tuple(((Text(f"第{n}类"),), (Number(f),)) for n, f in enumerate(small))
    table = Table("分类", (), ((Text("合计"),), (Number(whole),)), rows)
    made, note = public(document(table), ()).blocks
    assert isinstance(made, Table)
    assert isinstance(note, Note)
    assert [shown(cell) for cell in made.total] == ["合计", "12"]
    assert [[shown(cell) for cell in row] for row in made.rows] == [
        ["第0类", "9"], ["第1类", HIDDEN], ["第2类", HIDDEN],
    ]  # fmt: skip


def units_table(*counts: int) -> Table:
    rows = tuple(((Text(f"第{n}单位"),), (Number(f),)) for n, f in enumerate(by_nature(*counts)))
    return Table("转办", (), ((Text("合计"),), (Number(figure("T", sum(counts))),)), rows)


def test_a_total_over_stars_and_zeros_alone_is_hidden() -> None:
    for counts in ((1, 1, 1, 0), (2, 1, 2)):
        total, *_ = figures(public(document(units_table(*counts)), ()))
        assert (total.shown, total.value) == (HIDDEN, None)


def test_a_single_small_unit_and_its_cover_leave_the_total_printed() -> None:
    total, *below = figures(public(document(units_table(2, 7)), ()))
    assert [total.shown, *(f.shown for f in below)] == ["9", HIDDEN, HIDDEN]
    total, *_ = figures(public(document(units_table(2, 4)), ()))
    assert total.shown == "6"  # 2 and 4, or 1 and 5


def test_a_rate_over_stars_alone_is_printed() -> None:
    rate = figure("T", 3, whole=9)
    table = replace(units_table(1, 1, 1), total=((Text("合计"),), (Number(rate),)))
    total, *_ = figures(public(document(table), ()))
    assert total == rate


def test_a_total_with_a_printed_row_is_printed() -> None:
    made = public(document(units_table(9, 2, 2)), ())
    assert [f.shown for f in figures(made)] == ["13", "9", HIDDEN, HIDDEN]
    low = public(document(units_table(3, 2, 1)), ())
    assert [f.shown for f in figures(low)] == ["6", "3", HIDDEN, HIDDEN]


def test_a_chart_with_a_small_value_is_not_published_and_one_of_zeros_and_large_ones_is() -> None:
    def chart(*values: int) -> Chart:
        return Chart("逐日", "<svg/>", ("一",) * len(values), tuple(map(Decimal, values)), "件")

    assert public(document(chart(9, 2)), ()).blocks == ()
    assert public(document(chart(9, 1, 0)), ()).blocks == ()
    assert public(document(chart(9, 3, 0)), ()).blocks == (chart(9, 3, 0),)


def test_a_matter_that_was_not_reported_in_secret_is_named() -> None:
    (paragraph,) = public(content(Matter("R1", "路灯不亮问题")), {"R2"}).blocks
    assert isinstance(paragraph, Paragraph)
    assert shown(paragraph.runs) == "路灯不亮问题"
