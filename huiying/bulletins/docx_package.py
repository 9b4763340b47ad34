"""The parts of a Word file that are the same for every bulletin: styles, settings, footers, zip.

Written out here rather than taken from a template, so that a file holds nothing that is not
ours and the same content gives the same bytes. Source: ECMA-376, 5th edition, Part 1
(element order matters to Word). Lengths in WordprocessingML are twentieths of a point.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from xml.sax.saxutils import escape, quoteattr

from huiying.bulletins.fonts import ALIASES, Face, Fonts
from huiying.bulletins.layout import PAGE, RED

TWIPS_PER_MM = 1440 / 25.4
LINE = round(PAGE.line_pt * 20)
CHARACTER_GAP = -5
"""Tightens 16 pt characters to 15.75 pt, so that 28 of them fill 156 mm."""

SPACES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "c": "http://schemas.openxmlformats.org/drawingml/2006/chart",
    "rel": "http://schemas.openxmlformats.org/package/2006/relationships",
    "ct": "http://schemas.openxmlformats.org/package/2006/content-types",
}
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml."
DRAWING_CHART = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


@dataclass(frozen=True)
class ChartPart:
    """A native chart and the workbook that holds its numbers, so that Word can edit it."""

    xml: str
    workbook: bytes


@dataclass(frozen=True)
class Properties:
    """What the file says about itself."""

    title: str
    author: str
    issued_on: date


def w(name: str, /, *inside: str, **attributes: str | int) -> str:
    """One element of WordprocessingML; its attributes take the same prefix."""
    said = "".join(f" w:{key}={quoteattr(str(value))}" for key, value in attributes.items())
    content = "".join(inside)
    return f"<w:{name}{said}>{content}</w:{name}>" if content else f"<w:{name}{said}/>"


def twips(millimetres: float) -> int:
    return round(millimetres * TWIPS_PER_MM)


def half_points(points: float) -> int:
    return round(points * 2)


def faces_of(family: str, fonts: Fonts) -> str:
    """The fonts of a run; the hint makes “ ” and … Chinese, not Latin."""
    latin = fonts.latin or family
    return w("rFonts", ascii=latin, hAnsi=latin, eastAsia=family, cs=latin, hint="eastAsia")


def package(body: str, charts: list[ChartPart], properties: Properties, fonts: Fonts) -> bytes:
    """The whole file: same arguments, same bytes."""
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": _content_types(len(charts)),
        "_rels/.rels": _root_relations(),
        "docProps/core.xml": _core(properties),
        "docProps/app.xml": _app(),
        "word/document.xml": _document(body),
        "word/_rels/document.xml.rels": _document_relations(len(charts)),
        "word/styles.xml": _styles(fonts),
        "word/settings.xml": _settings(),
        "word/fontTable.xml": _font_table(fonts),
        "word/footer1.xml": _footer("right", fonts),
        "word/footer2.xml": _footer("left", fonts),
    }
    for number, chart in enumerate(charts, start=1):
        parts[f"word/charts/chart{number}.xml"] = _HEAD + chart.xml
        parts[f"word/charts/_rels/chart{number}.xml.rels"] = _relations(
            [("rId1", "package", f"../embeddings/chart{number}.xlsx")]
        )
        parts[f"word/embeddings/chart{number}.xlsx"] = chart.workbook
    return _zipped(parts)


def _zipped(parts: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, part.encode() if isinstance(part, str) else part)
    return out.getvalue()


def _root(name: str, inside: str, *prefixes: str) -> str:
    spaces = "".join(f' xmlns:{prefix}="{SPACES[prefix]}"' for prefix in prefixes)
    return f"{_HEAD}<{name}{spaces}>{inside}</{name}>"


def _document(body: str) -> str:
    return _root("w:document", w("body", body, _section()), "w", "r", "wp", "a", "c")


def _section() -> str:
    """GB/T 9704-2012, 5.2: the page, 22 lines to it, its number outside (even pages left)."""
    margins = {
        "top": twips(PAGE.top_mm),
        "right": twips(PAGE.right_mm),
        "bottom": twips(PAGE.bottom_mm),
        "left": twips(PAGE.left_mm),
    }
    return w(
        "sectPr",
        '<w:footerReference w:type="default" r:id="rId4"/><w:footerReference w:type="even" r:id="rId5"/>',
        w("pgSz", w=twips(PAGE.width_mm), h=twips(PAGE.height_mm)),
        w("pgMar", **margins, header=851, footer=twips(PAGE.bottom_mm - 12), gutter=0),
        w("docGrid", type="lines", linePitch=LINE),
    )


def _content_types(charts: int) -> str:
    kinds = {
        "document.main": "document",
        "styles": "styles",
        "settings": "settings",
        "fontTable": "fontTable",
    }
    overrides = [(f"/word/{name}.xml", f"{WORD}{kind}+xml") for kind, name in kinds.items()]
    overrides += [(f"/word/footer{i}.xml", f"{WORD}footer+xml") for i in (1, 2)]
    overrides += [(f"/word/charts/chart{i}.xml", DRAWING_CHART) for i in range(1, charts + 1)]
    overrides += [
        ("/docProps/core.xml", "application/vnd.openxmlformats-package.core-properties+xml"),
        ("/docProps/app.xml", "application/vnd.openxmlformats-officedocument.extended-properties+xml"),
    ]
    sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    said = (
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    )
    said += '<Default Extension="xml" ContentType="application/xml"/>'
    said += f'<Default Extension="xlsx" ContentType="{sheet}"/>'
    said += "".join(f'<Override PartName="{part}" ContentType="{kind}"/>' for part, kind in overrides)
    return f'{_HEAD}<Types xmlns="{SPACES["ct"]}">{said}</Types>'


def _relations(rows: Iterable[tuple[str, str, str]]) -> str:
    """Relations of a part: id, kind (a bare word is one of the office document's), target."""
    said = "".join(
        f'<Relationship Id="{id_}" Type="{kind if "/" in kind else RELATIONS + kind}" Target="{target}"/>'
        for id_, kind, target in rows
    )
    return f'{_HEAD}<Relationships xmlns="{SPACES["rel"]}">{said}</Relationships>'


def _root_relations() -> str:
    core = f"{SPACES['rel']}/metadata/core-properties"
    return _relations(
        [
            ("rId1", "officeDocument", "word/document.xml"),
            ("rId2", core, "docProps/core.xml"),
            ("rId3", "extended-properties", "docProps/app.xml"),
        ]
    )


def _document_relations(charts: int) -> str:
    parts = ["styles", "settings", "fontTable"]
    rows = [(f"rId{i}", part, f"{part}.xml") for i, part in enumerate(parts, start=1)]
    rows += [("rId4", "footer", "footer1.xml"), ("rId5", "footer", "footer2.xml")]
    rows += [(chart_id(i), "chart", f"charts/chart{i}.xml") for i in range(1, charts + 1)]
    return _relations(rows)


def chart_id(number: int) -> str:
    """The relation by which the document names its n-th chart (from 1)."""
    return f"rIdChart{number}"


def _core(properties: Properties) -> str:
    instant = f"{properties.issued_on.isoformat()}T00:00:00Z"
    author, title = escape(properties.author), escape(properties.title)
    space = "http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
    return (
        f'{_HEAD}<cp:coreProperties xmlns:cp="{space}" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{title}</dc:title><dc:creator>{author}</dc:creator>"
        f"<cp:lastModifiedBy>{author}</cp:lastModifiedBy><cp:revision>1</cp:revision>"
        f'<dcterms:created xsi:type="dcterms:W3CDTF">{instant}</dcterms:created>'
        f'<dcterms:modified xsi:type="dcterms:W3CDTF">{instant}</dcterms:modified>'
        "<dc:language>zh-CN</dc:language></cp:coreProperties>"
    )


def _app() -> str:
    space = "http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"
    return f'{_HEAD}<Properties xmlns="{space}"><Application>Huiying</Application></Properties>'


def _settings() -> str:
    compatible = w(
        "compat",
        w("useFELayout"),
        w("compatSetting", name="compatibilityMode", uri="http://schemas.microsoft.com/office/word", val=15),
    )
    return _root(
        "w:settings",
        w("zoom", percent=100)
        + w("defaultTabStop", val=420)
        + w("evenAndOddHeaders")
        + w("characterSpacingControl", val="compressPunctuation")
        + compatible
        + w("themeFontLang", val="en-US", eastAsia="zh-CN"),
        "w",
    )


def _font_table(fonts: Fonts) -> str:
    """The faces named here, each with the name to try where it is not installed."""
    faces: tuple[Face, ...] = ("title", "body", "black", "kai")
    return _root("w:fonts", "".join(_font(fonts.wanted(face), face) for face in faces), "w")


def _font(name: str, face: Face) -> str:
    other = next(alias for alias in (*ALIASES[face][2:], *ALIASES[face]) if alias != name)
    return w(
        "font",
        w("altName", val=other),
        w("charset", val="86"),
        w("family", val="modern"),
        w("pitch", val="variable"),
        name=name,
    )


def _footer(side: str, fonts: Fonts) -> str:
    """— 1 — in 四号, one character in from the outer edge (GB/T 9704-2012, 7.5)."""
    look = w("rPr", faces_of("宋体", fonts), w("sz", val=half_points(PAGE.small_pt)))

    def run(inside: str) -> str:
        return w("r", look, inside)

    field = (
        run(w("fldChar", fldCharType="begin"))
        + run('<w:instrText xml:space="preserve"> PAGE </w:instrText>')
        + run(w("fldChar", fldCharType="separate"))
        + run("<w:t>1</w:t>")
        + run(w("fldChar", fldCharType="end"))
    )
    dash = '<w:t xml:space="preserve">{}</w:t>'
    layout = w(
        "pPr",
        w("pStyle", val="Footer"),
        w("ind", leftChars=100, left=280, rightChars=100, right=280),
        w("jc", val=side),
    )
    return _root("w:ftr", w("p", layout, run(dash.format("— ")), field, run(dash.format(" —"))), "w", "r")


def _styles(fonts: Fonts) -> str:
    defaults = w(
        "docDefaults",
        w("rPrDefault", w("rPr", faces_of(fonts.body, fonts), w("sz", val=32), w("szCs", val=32), _LANGUAGE)),
        w("pPrDefault", w("pPr")),
    )
    latent = w(
        "latentStyles", defLockedState=0, defUIPriority=99, defSemiHidden=1, defUnhideWhenUsed=1, defQFormat=0
    )
    return _root("w:styles", defaults + latent + "".join(_style_rows(fonts)), "w")


_LANGUAGE = w("lang", val="en-US", eastAsia="zh-CN", bidi="ar-SA")
_EXACT = w("spacing", line=LINE, lineRule="exact")
_TWO_IN = w("ind", firstLineChars=200, firstLine=640)
_CENTRED = w("jc", val="center")
_LEFT = w("jc", val="left")
_OFF_GRID = w("snapToGrid", val=0)
_GAP = w("spacing", val=CHARACTER_GAP)


def _style_rows(fonts: Fonts) -> list[str]:
    """Every style of the document. Built-in names (Normal, heading 1 …) show as 正文, 标题 1."""
    title, table = half_points(PAGE.title_pt), half_points(PAGE.table_pt)
    small = half_points(PAGE.small_pt)
    red = w("color", val=RED)
    close = w("spacing", before=0, after=0, line=360, lineRule="exact")
    big = _OFF_GRID + w("spacing", before=480, after=400, line=660, lineRule="exact")
    rule = w("pBdr", w("bottom", val="single", sz=18, space=4, color=RED))
    right = twips(PAGE.text_mm) - 320
    stop = w("tabs", w("tab", val="right", pos=right))
    return [
        _style(
            "Normal", "Normal", w("widowControl", val=0) + _EXACT + w("jc", val="both"), _GAP, default=True
        ),
        _style("Body", "公文正文", _TWO_IN),
        *(
            _heading(level, face, fonts)
            for level, face in ((1, fonts.black), (2, fonts.kai), (3, fonts.body))
        ),
        _style("Title", "Title", _KEEP + big + _CENTRED, faces_of(fonts.title, fonts) + _size(title)),
        _style(
            "Series",
            "版头",
            _OFF_GRID + w("spacing", before=240, after=240, line=1300, lineRule="exact") + _CENTRED,
            faces_of(fonts.title, fonts) + red,
        ),
        _style("Issue", "期号", w("spacing", after=160, line=LINE, lineRule="exact") + _CENTRED, ""),
        _style("Office", "发文机关和日期", rule + stop + _EXACT + w("ind", firstLine=320) + _LEFT, ""),
        _style(
            "AnnexLabel",
            "附件标记",
            w("keepNext") + w("pageBreakBefore") + _LEFT,
            faces_of(fonts.black, fonts),
        ),
        _style(
            "AnnexTitle",
            "附件标题",
            _KEEP + big + _CENTRED + w("outlineLvl", val=0),
            faces_of(fonts.title, fonts) + _size(title),
        ),
        _style("AnnexPeriod", "附件期间", w("keepNext") + _CENTRED, faces_of(fonts.kai, fonts)),
        _style(
            "Caption",
            "caption",
            w("keepNext") + w("spacing", before=240, after=80, line=LINE, lineRule="exact") + _CENTRED,
            faces_of(fonts.black, fonts) + _size(small),
        ),
        _style("TableText", "表格文字", _OFF_GRID + close + _LEFT, w("spacing", val=0) + _size(table)),
        _style("TableHead", "表头文字", _CENTRED, faces_of(fonts.black, fonts), based="TableText"),
        _style(
            "Drawing",
            "图",
            _OFF_GRID + w("spacing", before=80, after=240, line=240, lineRule="auto") + _CENTRED,
            "",
        ),
        _style(
            "Note",
            "表注",
            _OFF_GRID + w("spacing", before=120, line=400, lineRule="exact"),
            w("spacing", val=0) + _size(table),
        ),
        _style(
            "Distribution",
            "版记",
            w("keepNext")
            + _OFF_GRID
            + w("spacing", line=460, lineRule="exact")
            + _DISTRIBUTION_INDENT
            + _LEFT,
            w("spacing", val=0) + _size(small),
        ),
        _style(
            "DistributionRule", "版记分隔线", _OFF_GRID + w("spacing", line=60, lineRule="exact"), _size(2)
        ),
        _style(
            "Footer",
            "footer",
            _OFF_GRID + w("spacing", line=300, lineRule="exact"),
            w("spacing", val=0) + _size(small),
        ),
        _character_style("Proposal", "建议稿标记", faces_of(fonts.black, fonts) + red),
        _table_style(),
    ]


_KEEP = w("keepNext") + w("keepLines")
_DISTRIBUTION_INDENT = w("ind", left=980, right=280, hanging=700)


def _size(half: int) -> str:
    return w("sz", val=half) + w("szCs", val=half)


def _style(
    id_: str, name: str, layout: str, look: str = "", *, based: str = "Normal", default: bool = False
) -> str:
    parent = "" if default else w("basedOn", val=based)
    head: dict[str, str | int] = (
        {"type": "paragraph"} | ({"default": 1} if default else {}) | {"styleId": id_}
    )
    shown = w("qFormat")
    return w("style", w("name", val=name), parent, shown, w("pPr", layout), w("rPr", look), **head)


def _heading(level: int, face: str, fonts: Fonts) -> str:
    """标题 1–3: black, upright, of the text's size, in the navigation pane."""
    layout = w("keepNext") + w("keepLines") + _TWO_IN + w("outlineLvl", val=level - 1)
    return w(
        "style",
        w("name", val=f"heading {level}"),
        w("basedOn", val="Normal"),
        w("next", val="Body"),
        w("qFormat"),
        w("pPr", layout),
        w("rPr", faces_of(face, fonts), w("color", val="000000")),
        type="paragraph",
        styleId=f"Heading{level}",
    )


def _character_style(id_: str, name: str, look: str) -> str:
    return w("style", w("name", val=name), w("qFormat"), w("rPr", look), type="character", styleId=id_)


def _table_style() -> str:
    sides = ("top", "left", "bottom", "right", "insideH", "insideV")
    borders = w("tblBorders", *(w(side, val="single", sz=4, color="000000", space=0) for side in sides))
    margins = w("tblCellMar", w("left", w=68, type="dxa"), w("right", w=68, type="dxa"))
    return w(
        "style", w("name", val="Table Grid"), w("tblPr", borders, margins), type="table", styleId="TableGrid"
    )
