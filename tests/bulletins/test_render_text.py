from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from huiying.bulletins.content import Column, Distribution, Table, Title
from huiying.bulletins.layout import (
    balanced_ems,
    distribution_lines,
    fitted_widths_mm,
    printable,
    title_lines,
)
from huiying.bulletins.render_text import render_text
from tests.bulletins import sample
from tests.bulletins.sample import cells, content, paragraph


def test_the_text_opens_like_the_paper_does() -> None:
    assert render_text(content()).split("\n")[:10] == [
        "云溪政务公开",
        "通报 第3期（总第27期）",
        "云溪县人民政府办公室",
        "2023年6月5日",
        "",
        sample.TITLE,
        "",
        "一、总体情况",
        "",
        "（一）全县“12345”热线电话受理情况",
    ]


def test_numbers_and_case_titles_stand_in_their_sentence() -> None:
    text = render_text(content())
    assert "咨询类120件、反映类160件、投诉类11件，分别占比41.24%、54.98%、3.78%；" in text
    assert "主要反映云溪镇枫树村水渠渗漏问题、某小区电梯停运问题；" in text


def test_a_proposal_is_marked() -> None:
    assert render_text(content(paragraph("某局。", proposal=True))) == "【建议稿】某局。\n"


def test_a_table_has_a_line_per_row_and_a_tab_per_cell() -> None:
    lines = render_text(content(sample.units_table())).split("\n")
    assert lines[:4] == [
        "政务服务便民热线（市长热线）",
        "序号\t单位\t转办\t已回复（条）\t办理中\t逾期办理\t办结率\t备注",
        "\t合计\t198\t198\t0\t0\t100%\t",
        "1\t县人社局\t34\t34\t0\t0\t100%\t",
    ]


def test_a_table_without_a_total_has_none() -> None:
    table = Table("表", (Column("甲", 10),), (), (cells("1"),))
    assert render_text(content(table)) == "表\n甲\n1\n"


def test_a_row_that_does_not_fit_its_table_is_refused() -> None:
    table = Table("转办表", (Column("甲", 10), Column("乙", 10)), (), (cells("1"),))
    with pytest.raises(ValueError, match=r"转办表.*2 栏.*1 格"):
        render_text(content(table))


def test_the_distribution_names_only_the_sides_that_have_somebody() -> None:
    assert distribution_lines(Distribution((), ("各乡镇", "各部门"))) == ["发：各乡镇，各部门。"]


def test_a_chart_is_its_numbers() -> None:
    assert render_text(content(sample.units_chart())).startswith("各单位承办件数（单位：件）\n县人社局\t34\n")


def test_a_long_title_parts_after_a_mark_of_punctuation() -> None:
    assert title_lines(sample.TITLE, 20.1) == [
        "2023年5月份“12345”政务服务便民热线、",
        "政民互动和网络留言办理情况通报",
    ]
    assert title_lines("短题", 20.1) == ["短题"]
    assert title_lines("无标点" * 9, 20.1) == ["无标点" * 9]
    assert balanced_ems("无标点" * 9, 20.1) == 15


def test_a_table_wider_than_the_text_shrinks_in_proportion() -> None:
    table = Table("表", (Column("甲", 104), Column("乙", 208)), (), ())
    assert fitted_widths_mm(table, 156) == [52, 104]


@example(" \x08\n")
@given(st.text())
def test_printable_text_holds_nothing_a_file_cannot(text: str) -> None:
    kept = printable(text)
    assert kept == printable(kept)
    assert all(c.isprintable() or c.isspace() or ord(c) > 0x7F for c in kept)
    kept.encode()


@given(st.text())
def test_any_text_survives(text: str) -> None:
    assert printable(text) in render_text(content(Title(text)))
