"""A document that an office really published goes through every renderer and comes out whole.

Its text stays outside the repository and is read from there into blocks.
"""

from __future__ import annotations

import io
import os
import re
from datetime import date
from pathlib import Path

import pytest
from docx import Document
from docx.table import Table as WordTable
from pypdf import PdfReader

from huiying.bulletins.content import (
    Annex,
    Block,
    Column,
    Content,
    Distribution,
    Heading,
    Masthead,
    Note,
    Table,
    Title,
)
from huiying.bulletins.fonts import Fonts, missing_glyphs
from huiying.bulletins.render_docx import render_docx
from huiying.bulletins.render_pdf import render_pdf
from huiying.bulletins.render_text import render_text
from tests.bulletins.sample import cells, content, paragraph, without_space

SHARED = Path(os.environ.get("HUIYING_SHARED", Path(__file__).parents[3] / "shared"))


@pytest.fixture(scope="module")
def seed() -> list[str]:
    """The lines of the document without the headers of its tables."""
    file = SHARED / "seed" / "jixi-2022-03.txt"
    if not file.exists():
        pytest.skip(f"没有 {file}：请用 HUIYING_SHARED 指明它所在的文件夹")
    lines = [line for line in file.read_text("utf-8-sig").splitlines() if line.strip()]
    return [line for line in lines if not line.startswith("序号\t") and "认领（条）" not in line]


@pytest.fixture(scope="module")
def bulletin(seed: list[str]) -> Content:
    annex = seed.index("附件")
    return content(*_front(seed[:5]), *map(_body, seed[5:annex]), *_annex(seed[annex:]))


def _front(lines: list[str]) -> list[Block]:
    issue, total = map(int, re.findall(r"第(\d+)期", lines[1]))
    year, month, day = map(int, re.findall(r"\d+", lines[3]))
    masthead = Masthead(lines[0], lines[1].split()[0], issue, total, lines[2], date(year, month, day))
    return [masthead, Title(lines[4])]


def _body(line: str) -> Block:
    if line.startswith("报："):
        return Distribution((line[2:-1],), ())
    if line.startswith("发："):
        return Distribution((), tuple(line[2:-1].split("，")))
    if re.match("[一二三四五]、", line):
        return Heading(1, line)
    return Heading(2, line) if re.match("（[一二三四五]）", line) else paragraph(line)


def _annex(lines: list[str]) -> list[Block]:
    starts = [i for i, line in enumerate(lines) if i > 2 and "（市长" in line]
    first, second = lines[starts[0] : starts[1]], lines[starts[1] : -1]
    return [Annex(*lines[:3]), _table(first), _table(second), Note(lines[-1])]


def _table(lines: list[str]) -> Table:
    rows = [[cell for cell in line.split("\t") if cell] for line in lines[1:]]
    columns = tuple(Column("", 156 / 8) for _ in range(8))
    total, *others = (cells(*row, *[""] * (8 - len(row))) for row in rows)
    return Table(lines[0].strip(), columns, total, tuple(others))


def test_the_published_text_comes_out_character_for_character(seed: list[str], bulletin: Content) -> None:
    assert without_space(render_text(bulletin)) == without_space("".join(seed))


def test_and_out_of_the_word_file(seed: list[str], bulletin: Content) -> None:
    document = Document(io.BytesIO(render_docx(bulletin, fonts=Fonts())))
    said = [
        "".join(cell.text for row in item.rows for cell in row.cells)
        if isinstance(item, WordTable)
        else item.text
        for item in document.iter_inner_content()
    ]
    assert without_space("".join(said)) == without_space("".join(seed))


def test_and_out_of_the_pdf(seed: list[str], bulletin: Content) -> None:
    reader = PdfReader(io.BytesIO(render_pdf(bulletin, fonts=Fonts()).bytes))
    pages = (without_space(page.extract_text()) for page in reader.pages)
    assert "".join(re.sub(r"—\d+—", "", page) for page in pages) == without_space("".join(seed))


def test_its_every_character_has_a_glyph(bulletin: Content) -> None:
    assert missing_glyphs(bulletin, Fonts()) == []
