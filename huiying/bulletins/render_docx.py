"""A bulletin as a Word file that an office can go on editing: real styles, tables and charts.

Layout after GB/T 9704-2012. The same content gives the same bytes.
"""

from __future__ import annotations

from typing import assert_never
from xml.sax.saxutils import escape

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
from huiying.bulletins.docx_chart import chart_frame, chart_part
from huiying.bulletins.docx_package import (
    LINE,
    ChartPart,
    Properties,
    faces_of,
    half_points,
    package,
    twips,
    w,
)
from huiying.bulletins.fonts import Fonts
from huiying.bulletins.layout import (
    PAGE,
    PROPOSAL,
    balanced_ems,
    chart_caption,
    chinese_date,
    distribution_lines,
    fitted_widths_mm,
    header_lines,
    issue_line,
    office_of,
    printable,
    printed,
    series_pt,
    table_rows,
    title_lines,
)


def render_docx(content: Content, *, fonts: Fonts) -> bytes:
    """The bulletin as .docx, naming the faces of `fonts` (a Word file embeds none)."""
    writer = _Writer(content, fonts)
    body = "".join(writer.block(block) for block in content.blocks)
    office, issued_on = office_of(content)
    properties = Properties(printable(content.title), office, issued_on)
    return package(body + writer.last(), writer.charts, properties, fonts)


class _Writer:
    """Writes blocks one after the other, numbering the charts as they come."""

    def __init__(self, content: Content, fonts: Fonts) -> None:
        self.content = content
        self.fonts = fonts
        self.charts: list[ChartPart] = []

    def block(self, block: Block) -> str:
        match block:
            case Masthead():
                return self.masthead(block)
            case Title():
                return self.title("Title", block.text)
            case Heading():
                face = (self.fonts.black, self.fonts.kai, self.fonts.body)[block.level - 1]
                return self.paragraph(f"Heading{block.level}", printable(block.text), face)
            case Paragraph():
                return self.body(block)
            case Table():
                return self.table(block)
            case Chart():
                return self.chart(block)
            case Annex():
                return self.annex(block)
            case Note():
                return self.paragraph("Note", printable(block.text))
            case Distribution():
                return self.distribution(block)
            case _:
                assert_never(block)

    def last(self) -> str:
        """Word wants a paragraph after a table that ends the document."""
        ends_in_table = bool(self.content.blocks) and isinstance(self.content.blocks[-1], Table)
        return w("p", w("pPr", w("pStyle", val="DistributionRule"))) if ends_in_table else ""

    def run(self, text: str, face: str = "", *, look: str = "", before: str = "") -> str:
        """A run with its fonts named; `before` is a break or tab ahead of the text."""
        words = w(
            "rPr",
            before if before.startswith("<w:rStyle") else "",
            faces_of(face or self.fonts.body, self.fonts),
            look,
        )
        lead = "" if before.startswith("<w:rStyle") else before
        return w("r", words, lead, f'<w:t xml:space="preserve">{escape(text)}</w:t>')

    def paragraph(self, style: str, text: str, face: str = "", *, layout: str = "") -> str:
        return w("p", w("pPr", w("pStyle", val=style), layout), self.run(text, face) if text else "")

    def masthead(self, block: Masthead) -> str:
        series = printable(block.series)
        size = half_points(series_pt(series))
        look = w("color", val="C00000") + w("sz", val=size) + w("szCs", val=size)
        office = self.run(printable(block.office))
        day = self.run(chinese_date(block.issued_on), before=w("tab"))
        return (
            w("p", w("pPr", w("pStyle", val="Series")), self.run(series, self.fonts.title, look=look))
            + self.paragraph("Issue", issue_line(block))
            + w("p", w("pPr", w("pStyle", val="Office")), office, day)
        )

    def title(self, style: str, text: str) -> str:
        """Centred, in lines parted where the sense allows, else of about equal length."""
        lines = title_lines(printable(text), PAGE.title_ems)
        spare = round((PAGE.title_ems - balanced_ems(lines[0], PAGE.title_ems)) / 2 * PAGE.title_pt * 20)
        layout = w("ind", left=spare, right=spare) if len(lines) == 1 and spare > 0 else ""
        breaks = ["", *[w("br")] * (len(lines) - 1)]
        runs = (
            self.run(line, self.fonts.title, before=lead) for line, lead in zip(lines, breaks, strict=True)
        )
        return w("p", w("pPr", w("pStyle", val=style), layout), *runs)

    def body(self, block: Paragraph) -> str:
        layout = "" if block.indent else w("ind", firstLineChars=0, firstLine=0)
        mark = (
            self.run(PROPOSAL, self.fonts.black, before=w("rStyle", val="Proposal")) if block.proposal else ""
        )
        return w("p", w("pPr", w("pStyle", val="Body"), layout), mark, self.run(printed(block.runs)))

    def annex(self, block: Annex) -> str:
        label = self.paragraph("AnnexLabel", printable(block.label), self.fonts.black)
        period = (
            self.paragraph("AnnexPeriod", printable(block.period), self.fonts.kai) if block.period else ""
        )
        return label + self.title("AnnexTitle", block.title) + period

    def chart(self, block: Chart) -> str:
        _, issued_on = office_of(self.content)
        self.charts.append(chart_part(block, self.fonts.body, issued_on))
        frame = w("r", chart_frame(block, len(self.charts)))
        caption = self.paragraph("Caption", chart_caption(block), self.fonts.black)
        return caption + w("p", w("pPr", w("pStyle", val="Drawing")), frame)

    def table(self, block: Table) -> str:
        """A Word table of fixed widths; its header repeats on every page."""
        widths = [twips(width) for width in fitted_widths_mm(block)]
        caption = printable(block.caption)
        shape = w(
            "tblPr",
            w("tblStyle", val="TableGrid"),
            w("tblW", w=sum(widths), type="dxa"),
            w("jc", val="center"),
            w("tblLayout", type="fixed"),
            w(
                "tblLook",
                val="0420",
                firstRow=1,
                lastRow=0,
                firstColumn=0,
                lastColumn=0,
                noHBand=0,
                noVBand=1,
            ),
            w("tblCaption", val=caption),
        )
        grid = w("tblGrid", *(w("gridCol", w=width) for width in widths))
        rows = "".join(self.row(block, [printed(cell) for cell in row], widths) for row in table_rows(block))
        head = self.paragraph("Caption", caption, self.fonts.black)
        return head + w("tbl", shape, grid, self.header(block, widths), rows)

    def header(self, block: Table, widths: list[int]) -> str:
        cells = (
            _cell(
                width,
                "".join(self.paragraph("TableHead", line, self.fonts.black) for line in header_lines(column)),
            )
            for column, width in zip(block.columns, widths, strict=True)
        )
        return w("tr", w("trPr", w("cantSplit"), w("tblHeader")), *cells)

    def row(self, block: Table, texts: list[str], widths: list[int]) -> str:
        cells = (
            _cell(width, self.paragraph("TableText", text, layout=w("jc", val=column.align)))
            for column, text, width in zip(block.columns, texts, widths, strict=True)
        )
        return w("tr", w("trPr", w("cantSplit"), w("trHeight", val=454, hRule="atLeast")), *cells)

    def distribution(self, block: Distribution) -> str:
        """版记: thick rules above and below, a thin one between (GB/T 9704-2012, 7.4)."""
        lines = distribution_lines(block)
        between = _rule(4)
        said = between.join(self.paragraph("Distribution", line) for line in lines)
        return _rule(8, before=LINE) + said + _rule(8, last=True)


def _cell(width: int, paragraphs: str) -> str:
    return w("tc", w("tcPr", w("tcW", w=width, type="dxa"), w("vAlign", val="center")), paragraphs)


def _rule(thickness: int, *, before: int = 0, last: bool = False) -> str:
    """An empty paragraph that is a black line across the text (eighths of a point)."""
    border = w("pBdr", w("bottom", val="single", sz=thickness, space=1, color="000000"))
    hold = "" if last else w("keepNext")
    room = w("spacing", before=before, line=60, lineRule="exact")
    return w("p", w("pPr", w("pStyle", val="DistributionRule"), hold, border, room))
