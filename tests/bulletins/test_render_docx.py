from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from docx import Document
from docx.oxml.ns import qn
from docx.oxml.parser import parse_xml
from docx.shared import Mm
from docx.table import Table as WordTable
from hypothesis import given, settings
from hypothesis import strategies as st

from huiying.bulletins.content import Annex, Block, Chart, Heading, Note, Title
from huiying.bulletins.fonts import Fonts
from huiying.bulletins.render_docx import render_docx
from huiying.bulletins.render_text import render_text
from tests.bulletins import sample
from tests.bulletins.sample import content, paragraph, without_space


def rendered(*blocks: Block) -> bytes:
    return render_docx(content(*blocks), fonts=Fonts())


def opened(*blocks: Block) -> Any:
    return Document(io.BytesIO(rendered(*blocks)))


@pytest.fixture(scope="module")
def document() -> Any:
    return opened()


def said(document: Any) -> Iterator[str]:
    for item in document.iter_inner_content():
        if isinstance(item, WordTable):
            yield from (cell.text for row in item.rows for cell in row.cells)
        else:
            yield item.text


def style(document: Any, id_: str) -> Any:
    return next(s.element for s in document.styles if s.style_id == id_)


def get(element: Any, path: str, attribute: str) -> str | None:
    found = element.find(".//" + "/".join(qn(f"w:{name}") for name in path.split("/")))
    return None if found is None else found.get(qn(f"w:{attribute}"))


def test_the_text_reads_back_in_the_same_order() -> None:
    blocks = tuple(block for block in sample.blocks() if not isinstance(block, Chart))
    expected = without_space(render_text(content(*blocks)))
    assert without_space("".join(said(opened(*blocks)))) == expected


def test_the_page_is_that_of_the_standard(document: Any) -> None:
    (section,) = document.sections
    margins = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    assert [round(margin / Mm(1), 1) for margin in margins] == [37, 35, 28, 26]
    assert [round(side / Mm(1)) for side in (section.page_width, section.page_height)] == [210, 297]
    assert get(document.element, "docGrid", "type") == "lines"
    assert get(document.element, "docGrid", "linePitch") == "578"


def test_the_body_is_fangsong_16_on_exact_lines_two_characters_in(document: Any) -> None:
    normal, body = style(document, "Normal"), style(document, "Body")
    assert (get(normal, "spacing", "line"), get(normal, "spacing", "lineRule")) == ("578", "exact")
    assert (get(body, "ind", "firstLineChars"), get(body, "ind", "firstLine")) == ("200", "640")
    defaults = document.styles.element.find(qn("w:docDefaults"))
    assert get(defaults, "sz", "val") == "32"


def test_every_run_names_its_faces_and_asks_for_the_chinese_one(document: Any) -> None:
    runs = [r for r in document.element.iter(qn("w:r")) if r.find(qn("w:t")) is not None]
    faces = [r.find(f"{qn('w:rPr')}/{qn('w:rFonts')}") for r in runs]
    assert {face.get(qn("w:hint")) for face in faces} == {"eastAsia"}
    assert {face.get(qn("w:eastAsia")) for face in faces} == {
        "方正小标宋简体",
        "仿宋_GB2312",
        "黑体",
        "楷体_GB2312",
    }
    assert all(face.get(qn("w:ascii")) == face.get(qn("w:eastAsia")) for face in faces)


def test_the_office_may_choose_another_face_for_digits() -> None:
    document = Document(io.BytesIO(render_docx(content(), fonts=Fonts(latin="Times New Roman"))))
    faces = {f.get(qn("w:ascii")) for f in document.element.iter(qn("w:rFonts"))}
    assert faces == {"Times New Roman"}


def test_headings_are_real_and_black(document: Any) -> None:
    headings = [p for p in document.paragraphs if p.style.name.startswith("Heading")]
    assert [p.style.name for p in headings[:4]] == ["Heading 1", "Heading 2", "Heading 2", "Heading 3"]
    assert [get(style(document, f"Heading{n}"), "outlineLvl", "val") for n in (1, 2, 3)] == ["0", "1", "2"]
    assert get(style(document, "Heading1"), "color", "val") == "000000"


def test_tables_repeat_their_header_and_keep_their_widths(document: Any) -> None:
    first, _ = document.tables
    assert [row._tr.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None for row in first.rows[:2]] == [
        True,
        False,
    ]
    assert get(first._tbl, "tblLayout", "type") == "fixed"
    grid = [int(column.get(qn("w:w"))) for column in first._tbl.iter(qn("w:gridCol"))]
    assert sum(grid) == pytest.approx(156 / 25.4 * 1440, abs=8)
    assert [
        int(cell._tc.find(f"{qn('w:tcPr')}/{qn('w:tcW')}").get(qn("w:w"))) for cell in first.rows[3].cells
    ] == grid
    assert all(row._tr.find(f"{qn('w:trPr')}/{qn('w:cantSplit')}") is not None for row in first.rows)


def test_the_masthead_is_red_over_a_red_rule(document: Any) -> None:
    series, issue, office = document.paragraphs[:3]
    assert (series.text, issue.text, office.text) == (
        "云溪政务公开",
        "通报 第3期（总第27期）",
        "云溪县人民政府办公室\t2023年6月5日",
    )
    assert str(series.runs[0].font.color.rgb) == "C00000"
    assert get(style(document, "Office"), "pBdr/bottom", "color") == "C00000"


def test_the_annex_starts_a_page(document: Any) -> None:
    (label,) = [p for p in document.paragraphs if p.text == "附件"]
    assert label.style.paragraph_format.page_break_before is True


def test_pages_are_numbered_outside_between_dashes(document: Any) -> None:
    section = document.sections[0]
    odd, even = section.footer.paragraphs[0], section.even_page_footer.paragraphs[0]
    assert (odd.text, even.text) == ("— 1 —", "— 1 —")
    assert [get(p._p, "jc", "val") for p in (odd, even)] == ["right", "left"]
    assert document.settings.odd_and_even_pages_header_footer is True
    assert "PAGE" in "".join(odd._p.itertext(qn("w:instrText")))


def test_the_file_says_what_it_is_and_nothing_else(document: Any) -> None:
    properties = document.core_properties
    assert (properties.title, properties.author, properties.language) == (
        sample.TITLE,
        "云溪县人民政府办公室",
        "zh-CN",
    )
    assert f"{properties.created:%Y-%m-%d}" == "2023-06-05"
    assert properties.comments == ""


def test_a_proposal_is_marked_in_red() -> None:
    mark, text = opened(paragraph("某局。", proposal=True)).paragraphs[0].runs
    assert (mark.text, mark.style.name, text.text) == ("【建议稿】", "建议稿标记", "某局。")


def test_a_chart_is_words_own_with_its_numbers_behind_it() -> None:
    with zipfile.ZipFile(io.BytesIO(rendered())) as archive:
        chart = parse_xml(archive.read("word/charts/chart2.xml"))
        book = archive.read("word/embeddings/chart2.xlsx")
    values = [v.text for v in chart.iter("{http://schemas.openxmlformats.org/drawingml/2006/chart}v")]
    assert values[1 : 1 + len(sample.UNITS)] == list(sample.UNITS)
    assert [int(v) for v in values[1 + len(sample.UNITS) :]] == list(sample.DEALT)
    assert book.startswith(b"PK")
    described = [d.get("descr") for d in opened().element.iter(qn("wp:docPr"))]
    assert "15：21" in described[0]


def test_a_document_that_ends_in_a_table_has_the_paragraph_that_word_wants() -> None:
    assert opened(sample.units_table()).element.body[-2].tag == qn("w:p")


def test_the_same_content_gives_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    first = rendered()
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 86400 * 400)
    assert rendered() == first


def test_every_part_is_well_formed_and_every_relation_has_its_target() -> None:
    with zipfile.ZipFile(io.BytesIO(rendered())) as archive:
        names = archive.namelist()
        parts = {n: parse_xml(archive.read(n)) for n in names if n.endswith((".xml", ".rels"))}
    targets = [r.get("Target") for r in parts["word/_rels/document.xml.rels"]]
    assert all(f"word/{target}" in names for target in targets)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_any_text_survives(text: str) -> None:
    blocks = (
        Title(text),
        Heading(2, text),
        paragraph(text, proposal=True),
        Annex(text, text, text),
        Note(text),
    )
    document = opened(sample.MASTHEAD, *blocks)
    assert without_space("".join(said(document))) == without_space(
        render_text(content(sample.MASTHEAD, *blocks))
    )
