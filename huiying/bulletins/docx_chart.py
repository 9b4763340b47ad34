"""A chart as Word's own drawing: it prints sharply, and Word and WPS can restyle and edit it.

Source: ECMA-376, 5th edition, Part 1, 21.2 (DrawingML charts); element order matters to Word.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from xml.sax.saxutils import escape, quoteattr

from huiying.bulletins.content import Chart
from huiying.bulletins.docx_package import SPACES, ChartPart, chart_id
from huiying.bulletins.layout import PAGE, chart_caption, chart_rows, printable
from huiying.statistics.charts import SERIES, em_width

EMU_PER_MM = 36000


def chart_part(chart: Chart, face: str, on: date) -> ChartPart:
    """The chart as a part of the file, with a workbook dated `on` behind it."""
    rows = chart_rows(chart)
    return ChartPart(_chart_space(chart, rows, face), _workbook(printable(chart.title), rows, on))


def chart_frame(chart: Chart, number: int) -> str:
    """The place of the n-th chart (from 1) in a run, with its numbers as the description."""
    rows = chart_rows(chart)
    said = f"{chart_caption(chart)}：" + "、".join(f"{label}：{value}" for label, value in rows)
    wide = round(PAGE.text_mm * EMU_PER_MM)
    tall = round((max(40.0, 7.0 * len(rows) + 14) if _lies(rows) else 68.0) * EMU_PER_MM)
    return (
        f'<w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{wide}" cy="{tall}"/>'
        f'<wp:docPr id="{number}" name={quoteattr(f"图 {number}")} descr={quoteattr(said)}/>'
        f'<wp:cNvGraphicFramePr/><a:graphic><a:graphicData uri="{SPACES["c"]}">'
        f'<c:chart r:id="{chart_id(number)}"/></a:graphicData></a:graphic></wp:inline></w:drawing>'
    )


def _lies(rows: Sequence[tuple[str, str]]) -> bool:
    """Long names (units) stand beside lying bars, short ones (days) under upright columns."""
    return max((em_width(label) for label, _ in rows), default=0) > 3 and len(rows) <= 40


def _chart_space(chart: Chart, rows: list[tuple[str, str]], face: str) -> str:
    spaces = "".join(f' xmlns:{prefix}="{SPACES[prefix]}"' for prefix in ("c", "a", "r"))
    return (
        f'<c:chartSpace{spaces}><c:roundedCorners val="0"/><c:chart><c:autoTitleDeleted val="1"/>'
        f"<c:plotArea><c:layout/>{_bars(chart, rows)}{_axes(rows)}</c:plotArea>"
        '<c:plotVisOnly val="1"/><c:dispBlanksAs val="gap"/></c:chart>'
        "<c:spPr><a:noFill/><a:ln><a:noFill/></a:ln></c:spPr>"
        f"{_letters(face)}"
        '<c:externalData r:id="rId1"><c:autoUpdate val="0"/></c:externalData></c:chartSpace>'
    )


def _letters(face: str) -> str:
    face = quoteattr(face)
    fonts = f"<a:latin typeface={face}/><a:ea typeface={face}/>"
    look = f'<a:pPr><a:defRPr sz="900">{fonts}</a:defRPr></a:pPr>'
    return f"<c:txPr><a:bodyPr/><a:p>{look}<a:endParaRPr/></a:p></c:txPr>"


def _bars(chart: Chart, rows: list[tuple[str, str]]) -> str:
    count = len(rows)
    labels = _cache([label for label, _ in rows], "str")
    numbers = _cache([value for _, value in rows], "num")
    colour = f'<c:spPr><a:solidFill><a:srgbClr val="{SERIES[0][1:].upper()}"/></a:solidFill></c:spPr>'
    return (
        f'<c:barChart><c:barDir val="{"bar" if _lies(rows) else "col"}"/><c:grouping val="clustered"/>'
        '<c:varyColors val="0"/><c:ser><c:idx val="0"/><c:order val="0"/>'
        f"<c:tx><c:strRef><c:f>Sheet1!$B$1</c:f>{_cache([printable(chart.title)], 'str')}</c:strRef></c:tx>"
        f'{colour}<c:invertIfNegative val="0"/>'
        '<c:dLbls><c:showLegendKey val="0"/><c:showVal val="1"/><c:showCatName val="0"/>'
        '<c:showSerName val="0"/><c:showPercent val="0"/><c:showBubbleSize val="0"/></c:dLbls>'
        f"<c:cat><c:strRef><c:f>Sheet1!$A$2:$A${count + 1}</c:f>{labels}</c:strRef></c:cat>"
        f"<c:val><c:numRef><c:f>Sheet1!$B$2:$B${count + 1}</c:f>{numbers}</c:numRef></c:val></c:ser>"
        '<c:gapWidth val="45"/><c:axId val="1"/><c:axId val="2"/></c:barChart>'
    )


def _cache(values: Sequence[str], kind: str) -> str:
    points = "".join(f'<c:pt idx="{i}"><c:v>{escape(value)}</c:v></c:pt>' for i, value in enumerate(values))
    form = "<c:formatCode>General</c:formatCode>" if kind == "num" else ""
    return f'<c:{kind}Cache>{form}<c:ptCount val="{len(values)}"/>{points}</c:{kind}Cache>'


def _axes(rows: list[tuple[str, str]]) -> str:
    """The axis of names (first name at the top of lying bars) and that of values, from zero."""
    lying = _lies(rows)
    least = "" if any(value.startswith("-") for _, value in rows) else '<c:min val="0"/>'
    order, name_side, value_side = ("maxMin", "l", "t") if lying else ("minMax", "b", "l")
    grey = '<c:spPr><a:ln w="6350"><a:solidFill><a:srgbClr val="{}"/></a:solidFill></a:ln></c:spPr>'
    hidden = 1 if lying else 0
    grid = "" if lying else f"<c:majorGridlines>{grey.format('DDDDDD')}</c:majorGridlines>"
    ticks = '<c:majorTickMark val="none"/><c:minorTickMark val="none"/><c:tickLblPos val="nextTo"/>'
    return (
        f'<c:catAx><c:axId val="1"/><c:scaling><c:orientation val="{order}"/></c:scaling><c:delete val="0"/>'
        f'<c:axPos val="{name_side}"/>{ticks}{grey.format("666666")}<c:crossAx val="2"/>'
        '<c:crosses val="autoZero"/><c:auto val="0"/><c:lblAlgn val="ctr"/><c:lblOffset val="100"/>'
        '<c:noMultiLvlLbl val="1"/></c:catAx>'
        f'<c:valAx><c:axId val="2"/><c:scaling><c:orientation val="minMax"/>{least}</c:scaling>'
        f'<c:delete val="{hidden}"/><c:axPos val="{value_side}"/>{grid}'
        f'<c:numFmt formatCode="General" sourceLinked="0"/>{ticks}<c:crossAx val="1"/>'
        '<c:crosses val="autoZero"/><c:crossBetween val="between"/></c:valAx>'
    )


def _workbook(title: str, rows: Sequence[tuple[str, str]], on: date) -> bytes:
    import xlsxwriter  # on use: only bulletins with charts need it

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"created": datetime.combine(on, time(), UTC)})
    sheet = book.add_worksheet("Sheet1")
    sheet.write_string(0, 1, title)
    for i, (label, value) in enumerate(rows, start=1):
        sheet.write_string(i, 0, label)
        sheet.write_number(i, 1, float(value))
    book.close()
    return out.getvalue()
