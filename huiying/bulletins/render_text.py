"""A bulletin as plain text: what is said, in reading order, one block after the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from huiying.bulletins.content import (
    Annex,
    Block,
    Chart,
    Content,
    Distribution,
    Heading,
    Masthead,
    Note,
    Paragraph,
    Table,
    Title,
)
from huiying.bulletins.layout import (
    PROPOSAL,
    chart_caption,
    chart_rows,
    chinese_date,
    distribution_lines,
    header_lines,
    issue_line,
    printable,
    printed,
    table_rows,
)


def render_text(content: Content) -> str:
    """The bulletin as text: blocks apart by an empty line, table cells apart by a tab.

    A proposal starts with 【建议稿】; a chart is its caption and its numbers.
    """
    return "\n\n".join("\n".join(_lines(block)) for block in content.blocks) + "\n"


def _lines(block: Block) -> Iterator[str]:
    match block:
        case Masthead():
            yield from (printable(block.series), issue_line(block), printable(block.office))
            yield chinese_date(block.issued_on)
        case Title() | Heading() | Note():
            yield printable(block.text)
        case Paragraph():
            yield (PROPOSAL if block.proposal else "") + printed(block.runs)
        case Table():
            yield from _table_lines(block)
        case Chart():
            yield chart_caption(block)
            yield from (f"{label}\t{value}" for label, value in chart_rows(block))
        case Annex():
            yield from (printable(text) for text in (block.label, block.title, block.period) if text)
        case Distribution():
            yield from distribution_lines(block)
        case _:
            assert_never(block)


def _table_lines(table: Table) -> Iterator[str]:
    yield printable(table.caption)
    yield "\t".join("".join(header_lines(column)) for column in table.columns)
    for row in table_rows(table):
        yield "\t".join(printed(cell) for cell in row)
