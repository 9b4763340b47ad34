from __future__ import annotations

import io
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from huiying.bulletins.content import Annex, Chart, Heading, Note, Title
from huiying.bulletins.fonts import Fonts
from huiying.bulletins.layout import PAGE
from huiying.bulletins.render_pdf import render_pdf
from huiying.bulletins.render_text import render_text
from tests.bulletins import sample
from tests.bulletins.sample import content, paragraph, without_space


@pytest.fixture(scope="module")
def reader() -> PdfReader:
    return PdfReader(io.BytesIO(render_pdf(content(), fonts=Fonts()).bytes))


def root(reader: PdfReader) -> Any:
    return reader.trailer["/Root"].get_object()


def said(reader: PdfReader) -> str:
    """All the text, without white space and page numbers."""
    pages = (without_space(page.extract_text()) for page in reader.pages)
    return "".join(re.sub(r"—\d+—", "", page) for page in pages)


def test_the_text_reads_back_as_it_was_written() -> None:
    blocks = tuple(block for block in sample.blocks() if not isinstance(block, Chart))[:-2]
    bulletin = content(*blocks)
    pdf = PdfReader(io.BytesIO(render_pdf(bulletin, fonts=Fonts()).bytes))
    assert said(pdf) == without_space(render_text(bulletin))


def test_a_table_over_two_pages_repeats_its_header(reader: PdfReader) -> None:
    assert said(reader).count("序号单位转办按时回复率") == 2


def test_the_numbers_of_a_chart_are_text_too(reader: PdfReader) -> None:
    assert "5月份每日来电" in said(reader)


def test_pages_are_a4_numbered_and_the_annex_starts_its_own(reader: PdfReader) -> None:
    texts = [without_space(page.extract_text()) for page in reader.pages]
    assert all(f"—{i}—" in text for i, text in enumerate(texts, start=1))
    assert [text.startswith("附件市“12345”") for text in texts].count(True) == 1
    assert [round(float(n)) for n in reader.pages[0].mediabox[2:]] == [595, 842]


def test_the_document_says_what_it_is(reader: PdfReader) -> None:
    assert reader.metadata is not None
    assert (reader.metadata.title, reader.metadata.author) == (sample.TITLE, "云溪县人民政府办公室")
    assert f"{reader.metadata.creation_date:%Y-%m-%d}" == "2023-06-05"
    assert root(reader)["/Lang"] == "zh-CN"
    assert b"pdfaid:part>2</pdfaid:part" in root(reader)["/Metadata"].get_data()


def test_headings_are_in_the_outline(reader: PdfReader) -> None:
    assert "一、总体情况" in str(reader.outline)


def test_every_font_is_embedded(reader: PdfReader) -> None:
    resources: list[Any] = [page["/Resources"] for page in reader.pages]
    fonts = [font.get_object() for used in resources for font in used["/Font"].values()]
    descriptors = [font["/DescendantFonts"][0].get_object()["/FontDescriptor"] for font in fonts]
    assert fonts
    assert all("/FontFile3" in d or "/FontFile2" in d for d in descriptors)


def test_a_page_holds_22_lines_of_28_characters() -> None:
    pdf = PdfReader(
        io.BytesIO(render_pdf(content(paragraph("国" * 28 * 24, indent=False)), fonts=Fonts()).bytes)
    )
    lines = [[line for line in page.extract_text().split("\n") if "国" in line] for page in pdf.pages]
    assert [len(page) for page in lines] == [22, 2]
    assert {len(line.strip()) for line in lines[0]} == {28}
    assert PAGE.text_mm == 156


def test_the_same_content_gives_the_same_bytes() -> None:
    assert render_pdf(content(), fonts=Fonts()) == render_pdf(content(), fonts=Fonts())


def test_substituted_faces_and_missing_characters_are_noted() -> None:
    rendered = render_pdf(content(paragraph("𠮷某")), fonts=Fonts())
    assert "“𠮷”（U+20BB7，见正文“𠮷某…”）" in rendered.notes[-1]
    assert "〓某" in said(PdfReader(io.BytesIO(rendered.bytes)))
    assert any("方正小标宋简体" in note for note in rendered.notes)


def test_a_chart_without_a_drawing_is_printed_as_a_table() -> None:
    chart = sample.units_chart()
    bare = Chart(chart.title, "", chart.labels, chart.values, chart.unit)
    assert "县人社局34" in said(PdfReader(io.BytesIO(render_pdf(content(bare), fonts=Fonts()).bytes)))


def test_a_broken_drawing_is_an_error_in_chinese() -> None:
    chart = sample.units_chart()
    broken = Chart(chart.title, "<svg", chart.labels, chart.values, chart.unit)
    with pytest.raises(ValueError, match=r"PDF 排版失败.*SVG"):
        render_pdf(content(broken), fonts=Fonts())


MARKUP = st.text(
    alphabet="#*_$`<>@\\[]{}()\"'=-+/&;:~^% \n\t\x00\x1b测试aé😀𠮷\ufeff\u202e\ue000", max_size=40
)


@settings(max_examples=25, deadline=None)
@given(MARKUP | st.text(max_size=40))
def test_any_text_survives(text: str) -> None:
    blocks = (
        Title(text),
        Heading(2, text),
        paragraph(text, proposal=True),
        Annex(text, text, text),
        Note(text),
    )
    rendered = render_pdf(content(sample.MASTHEAD, *blocks), fonts=Fonts())
    assert rendered.bytes.startswith(b"%PDF-")


@pytest.mark.parametrize("text", ["#panic()", '#eval("1+1")', "*a* _b_ $c$ `d`", "// e", "<f> @g", "= h"])
def test_markup_in_a_text_is_only_text(text: str) -> None:
    pdf = PdfReader(io.BytesIO(render_pdf(content(paragraph(text)), fonts=Fonts()).bytes))
    assert without_space(text) in said(pdf)
