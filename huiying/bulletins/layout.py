"""What every renderer of a bulletin shares: the measures of GB/T 9704-2012 and the fixed lines.

Pure. Lengths are in the unit that their name ends in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from math import ceil
from typing import assert_never

from huiying.bulletins.content import (
    Annex,
    Block,
    Chart,
    Column,
    Content,
    Distribution,
    Heading,
    Masthead,
    Note,
    Paragraph,
    Run,
    Table,
    Title,
    show,
)
from huiying.statistics.charts import em_width

PROPOSAL = "【建议稿】"
"""Stands before a paragraph that the system wrote and nobody has approved."""

RED = "C00000"


@dataclass(frozen=True)
class Page:
    """The page of GB/T 9704-2012, 5.2: A4 with 22 lines of 28 characters in 156 × 225 mm."""

    width_mm: float = 210
    height_mm: float = 297
    top_mm: float = 37
    left_mm: float = 28
    right_mm: float = 26
    bottom_mm: float = 35
    body_pt: float = 16
    title_pt: float = 22
    small_pt: float = 14
    table_pt: float = 12
    line_pt: float = 28.9

    @property
    def text_mm(self) -> float:
        return self.width_mm - self.left_mm - self.right_mm

    @property
    def title_ems(self) -> float:
        """How many Chinese characters of the title's size fit into a line."""
        return self.text_pt / self.title_pt

    @property
    def text_pt(self) -> float:
        return self.text_mm / 25.4 * 72


PAGE = Page()

_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufeff]"
)
_BREAKS = re.compile(r"[ \t\r\n]+")


def printable(text: str) -> str:
    """The text without what no document can hold: control and direction characters, halves of
    pairs, non-characters. Runs of spaces, tabs and line breaks become one space."""
    kept = _UNPRINTABLE.sub("", text)
    return _BREAKS.sub(" ", "".join(c for c in kept if ord(c) & 0xFFFE != 0xFFFE))


def printed(runs: tuple[Run, ...]) -> str:
    """The printable text of some runs."""
    return printable("".join(show(run) for run in runs))


def chinese_date(day: date) -> str:
    """GB/T 9704-2012, 7.3.5.4: Arabic numerals, no leading zeros."""
    return f"{day.year}年{day.month}月{day.day}日"


def issue_line(masthead: Masthead) -> str:
    """通报 第3期（总第15期）"""
    return printable(f"{masthead.kind} 第{masthead.issue}期（总第{masthead.total_issue}期）")


def office_of(content: Content) -> tuple[str, date]:
    """Who issues the bulletin and on which day; without a masthead "" and the period's last day."""
    for block in content.blocks:
        if isinstance(block, Masthead):
            return printable(block.office), block.issued_on
    return "", content.ends_on


def distribution_lines(distribution: Distribution) -> list[str]:
    """报：…。 and 发：…。, each only where it has somebody."""
    sides = (("报", distribution.report_to), ("发", distribution.send_to))
    return [printable(f"{word}：{'，'.join(names)}。") for word, names in sides if names]


def header_lines(column: Column) -> list[str]:
    """The lines of a column's printed header."""
    return [printable(line) for line in column.title.split("\n")]


def chart_caption(chart: Chart) -> str:
    """The chart's title with the unit of its values."""
    return printable(f"{chart.title}（单位：{chart.unit}）" if chart.unit else chart.title)


def chart_rows(chart: Chart) -> list[tuple[str, str]]:
    """Label and value of every mark, as printed.

    Raises ValueError when the chart has more labels than values or the reverse.
    """
    if len(chart.labels) != len(chart.values):
        message = (
            f"图“{chart.title}”有 {len(chart.labels)} 个标签、{len(chart.values)} 个数值，两者必须一一对应。"
        )
        raise ValueError(message)
    return [(printable(label), f"{value:f}") for label, value in zip(chart.labels, chart.values, strict=True)]


def table_rows(table: Table) -> Iterator[tuple[tuple[Run, ...], ...]]:
    """The rows of a table as printed: 合计 first (where there is one), then the others.

    Raises ValueError when a row has more or fewer cells than the table has columns.
    """
    for row in (table.total, *table.rows) if table.total else table.rows:
        if len(row) != len(table.columns):
            sizes = f"有 {len(table.columns)} 栏，却有一行是 {len(row)} 格"
            raise ValueError(f"表“{table.caption}”{sizes}：{[printed(cell) for cell in row]}。")
        yield row


def fitted_widths_mm(table: Table, room_mm: float = PAGE.text_mm) -> list[float]:
    """Column widths in mm, shrunk in proportion where together they are wider than the text."""
    wanted = sum(column.width_mm for column in table.columns)
    shrink = min(1.0, room_mm / wanted) if wanted > 0 else 1.0
    return [column.width_mm * shrink for column in table.columns]


def title_lines(text: str, room_ems: float) -> list[str]:
    """A centred title in one line or two, parted after a mark of punctuation.

    GB/T 9704-2012, 7.3.1: lines are parted where the sense allows and lie symmetrically. The
    text comes back whole where it fits, needs more than two lines, or has no fitting mark.
    """
    if em_width(text) <= room_ems:
        return [text]
    parted = [
        [text[: m.end()].rstrip(), text[m.end() :].lstrip()] for m in re.finditer("[、，；：”》） ]", text)
    ]
    fitting = [pair for pair in parted if max(map(em_width, pair)) <= room_ems]
    best = min(fitting, key=lambda pair: abs(em_width(pair[0]) - em_width(pair[1])), default=[text])
    return best if min(map(em_width, best)) > max(map(em_width, best)) * 0.55 else [text]


def balanced_ems(text: str, room_ems: float) -> float:
    """How wide (in ems) to set a centred title so that its lines are about equally long."""
    ems = em_width(text)
    lines = max(1, ceil(ems / room_ems))
    return room_ems if lines == 1 else min(room_ems, ceil(ems / lines) + 1.0)


def series_pt(series: str) -> float:
    """The size of the red series name: as large as fits into one line, at most 56 pt."""
    return min(56.0, max(20.0, PAGE.text_pt * 0.94 / max(1.0, em_width(series))))


def texts(content: Content) -> Iterator[tuple[str, str]]:
    """Every printed text with the words that say where it stands, in reading order."""
    for block in content.blocks:
        yield from _texts_of(block)


def _texts_of(block: Block) -> Iterator[tuple[str, str]]:
    match block:
        case Masthead():
            yield from (("版头", text) for text in (block.series, issue_line(block), block.office))
        case Title():
            yield "标题", block.text
        case Heading():
            yield f"标题“{block.text}”", block.text
        case Paragraph():
            text = printed(block.runs)
            yield f"正文“{text[:12]}…”", text
        case Table():
            yield from _texts_of_table(block)
        case Chart():
            yield from ((f"图“{block.title}”", text) for text in (block.title, block.unit, *block.labels))
        case Annex():
            yield from ((f"附件“{block.title}”", text) for text in (block.label, block.title, block.period))
        case Note():
            yield "表注", block.text
        case Distribution():
            yield from (("版记", line) for line in distribution_lines(block))
        case _:
            assert_never(block)


def _texts_of_table(table: Table) -> Iterator[tuple[str, str]]:
    yield f"表“{table.caption}”", table.caption
    yield from ((f"表“{table.caption}”的表头", column.title) for column in table.columns)
    for number, row in enumerate(table_rows(table), start=1):
        yield from ((f"表“{table.caption}”第{number}行", printed(cell)) for cell in row)
