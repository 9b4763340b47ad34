"""A bulletin as PDF/A, set by typst in the office's faces or in Noto.

The layout is the fixed file `bulletin.typ`; what is said goes to it as data, so that no text
can be read as markup. Same content and fonts give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time
from importlib.resources import files
from typing import Any, Literal, assert_never

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
from huiying.bulletins.fonts import (
    FALLBACK,
    MISSING,
    NOTO_SANS,
    NOTO_SERIF,
    Faces,
    Fonts,
    choose_faces,
    coverage,
    drawable,
    loaded,
    missing_glyphs,
)
from huiying.bulletins.layout import (
    PAGE,
    PROPOSAL,
    chart_caption,
    chart_rows,
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

STANDARD: Literal["a-2u"] = "a-2u"
"""PDF/A-2u: for the archive, every font embedded, every character copied as it reads."""


@dataclass(frozen=True)
class Rendered:
    """A finished file, and sentences in Chinese about what could not be set as wished."""

    bytes: bytes
    notes: tuple[str, ...] = ()


def render_pdf(content: Content, *, fonts: Fonts) -> Rendered:
    """The bulletin as PDF/A-2u with embedded fonts and a text layer that copies as it reads.

    A character that no font has is printed 〓 and reported in the notes, as is every face that
    was substituted. Raises FileNotFoundError when a folder of `fonts` is not there, ValueError
    when a chart's drawing is not SVG.
    """
    faces, able = choose_faces(fonts), coverage(fonts)
    data = _data(content, faces, lambda text: drawable(text, able))
    pdf = _set(data, fonts, datetime.combine(office_of(content)[1], time(), UTC))
    return Rendered(pdf, (*faces.notes, *_missing_notes(content, fonts)))


def _set(data: dict[str, Any], fonts: Fonts, at: datetime) -> bytes:
    import typst  # heavy: 80 MB of compiled code, only for PDF

    try:
        return typst.compile(
            files("huiying.bulletins").joinpath("bulletin.typ").read_bytes(),
            font_paths=loaded(fonts.paths),
            ignore_system_fonts=True,
            sys_inputs={"content": json.dumps(data, ensure_ascii=False)},
            pdf_standards=STANDARD,
            timestamp=at,
        )
    except typst.TypstError as error:
        raise ValueError(f"PDF 排版失败：{error.message}。请检查图表的 SVG 是否完整。") from error


def _missing_notes(content: Content, fonts: Fonts) -> list[str]:
    return [
        f"没有字体含有“{char}”（U+{ord(char):04X}，见{where}），PDF 中印作“{MISSING}”。"
        for char, where in missing_glyphs(content, fonts)
    ]


Clean = Callable[[str], str]


def _data(content: Content, faces: Faces, clean: Clean) -> dict[str, Any]:
    office, issued_on = office_of(content)
    return {
        "title": printable(content.title),
        "office": office,
        "date": [issued_on.year, issued_on.month, issued_on.day],
        "page": _page(),
        "faces": _stacks(faces),
        "thin-title": faces.families["title"] == FALLBACK["title"],
        "proposal": PROPOSAL,
        "blocks": [_block(block, clean) | {"first": i == 0} for i, block in enumerate(content.blocks)],
    }


def _page() -> dict[str, float]:
    measures = {name.rsplit("_", 1)[0]: value for name, value in asdict(PAGE).items()}
    return measures | {"room": PAGE.text_pt}


def _stacks(faces: Faces) -> dict[str, list[str]]:
    """Each part's family, and the Noto faces behind it for characters that it lacks."""
    stacks = {str(face): [family, NOTO_SERIF, NOTO_SANS] for face, family in faces.families.items()}
    return stacks | {"digits": [NOTO_SERIF]}


def _block(block: Block, clean: Clean) -> dict[str, Any]:
    match block:
        case Masthead():
            lines = {"series": clean(block.series), "issue": clean(issue_line(block))}
            office = {"office": clean(block.office), "date": chinese_date(block.issued_on)}
            return {"kind": "masthead", "size": series_pt(block.series)} | office | lines
        case Title():
            return {"kind": "title", "lines": _title(block.text, clean)}
        case Heading():
            return {"kind": "heading", "level": block.level, "text": clean(block.text)}
        case Paragraph():
            text = clean(printed(block.runs))
            return {"kind": "paragraph", "text": text, "proposal": block.proposal, "indent": block.indent}
        case Table():
            return _table(block, clean)
        case Chart():
            return _chart(block, clean)
        case Annex():
            words = {"label": clean(block.label), "period": clean(block.period)}
            return {"kind": "annex", "lines": _title(block.title, clean)} | words
        case Note():
            return {"kind": "note", "text": clean(block.text)}
        case Distribution():
            return {"kind": "distribution", "lines": [clean(line) for line in distribution_lines(block)]}
        case _:
            assert_never(block)


def _title(text: str, clean: Clean) -> list[str]:
    return title_lines(clean(text), PAGE.title_ems)


def _table(table: Table, clean: Clean) -> dict[str, Any]:
    return {
        "kind": "table",
        "caption": clean(table.caption),
        "widths": fitted_widths_mm(table),
        "aligns": [column.align for column in table.columns],
        "header": [[clean(line) for line in header_lines(column)] for column in table.columns],
        "rows": [[clean(printed(cell)) for cell in row] for row in table_rows(table)],
    }


def _chart(chart: Chart, clean: Clean) -> dict[str, Any]:
    """The drawing with its numbers as words; without a drawing the numbers as a table."""
    rows = [[clean(label), value] for label, value in chart_rows(chart)]
    caption = clean(chart_caption(chart))
    said = "、".join(f"{label}：{value}" for label, value in rows)
    return {
        "kind": "chart",
        "svg": clean(chart.svg),
        "said": f"{caption}：{said}",
        "caption": caption,
        "widths": [60, 40],
        "aligns": ["left", "right"],
        "header": [["项目"], [clean(chart.unit) or "数值"]],
        "rows": rows,
    }
