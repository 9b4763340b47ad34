"""A bulletin as HTML: a whole page that needs nothing else, or its `<article>` for a web page.

Accessible (one h1, headings in order, tables with caption and scopes, charts with their
numbers) and printable on A4. The style sheet is the file `bulletin.css`, under `.bulletin`.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from importlib.resources import files
from typing import assert_never

from huiying.bulletins.content import (
    Annex,
    Block,
    Chart,
    Content,
    Distribution,
    Figure,
    Heading,
    Masthead,
    Matter,
    Note,
    Number,
    Paragraph,
    Run,
    Table,
    Text,
    Title,
)
from huiying.bulletins.layout import (
    PAGE,
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
    title_lines,
)

FigureUrl = Callable[[Figure], str]


def render_html(content: Content, *, figure_url: FigureUrl | None = None) -> str:
    """The bulletin as a complete page in zh-CN, style included, no scripts, nothing fetched."""
    return (
        '<!DOCTYPE html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{_safe(content.title)}</title>\n<style>\nbody {{ margin: 0; }}\n{stylesheet()}</style>\n"
        "</head>\n<body>\n<main>\n"
        f"{body_html(content, figure_url=figure_url)}\n</main>\n</body>\n</html>\n"
    )


def stylesheet() -> str:
    """The rules that lay a bulletin out, for a page that holds `body_html`."""
    return files("huiying.bulletins").joinpath("bulletin.css").read_text("utf-8")


def body_html(content: Content, *, figure_url: FigureUrl | None = None) -> str:
    """The bulletin as one `<article class="bulletin">`.

    With `figure_url` each number is a link to that address, saying its measure under the
    pointer, and each case title knows its case; without, both are plain text (a page for
    outside tells nothing of where a number came from).
    """
    writer = _Writer(figure_url)
    inside = "\n".join(writer.block(block) for block in content.blocks)
    return f'<article class="bulletin" lang="zh-CN">\n{inside}\n{writer.close()}</article>'


class _Writer:
    """Writes blocks one after the other; an annex stays open until the next or the end."""

    def __init__(self, figure_url: FigureUrl | None) -> None:
        self.figure_url = figure_url
        self.in_annex = False

    def block(self, block: Block) -> str:
        match block:
            case Masthead():
                return _masthead(block)
            case Title():
                return f"<h1>{_lines(block.text)}</h1>"
            case Heading():
                return f"<h{block.level + 1}>{_safe(block.text)}</h{block.level + 1}>"
            case Paragraph():
                return self.paragraph(block)
            case Table():
                return self.table(block)
            case Chart():
                return _chart(block)
            case Annex():
                return self.annex(block)
            case Note():
                return f'<p class="note">{_safe(block.text)}</p>'
            case Distribution():
                lines = "".join(f"<p>{_safe(line)}</p>" for line in distribution_lines(block))
                return f'<div class="distribution">{lines}</div>'
            case _:
                assert_never(block)

    def close(self) -> str:
        """The end of an open annex."""
        was, self.in_annex = self.in_annex, False
        return "</section>\n" if was else ""

    def annex(self, block: Annex) -> str:
        before = self.close()
        self.in_annex = True
        label = f'<p class="annex-label">{_safe(block.label)}</p>' if block.label else ""
        period = f'<p class="annex-period">{_safe(block.period)}</p>' if block.period else ""
        title = f'<h2 class="annex-title">{_lines(block.title)}</h2>'
        return f'{before}<section class="annex">{label}{title}{period}'

    def paragraph(self, block: Paragraph) -> str:
        kinds = [kind for kind, yes in (("indent", block.indent), ("proposal", block.proposal)) if yes]
        mark = f'<strong class="proposal-mark">{PROPOSAL}</strong>' if block.proposal else ""
        cases = f' data-cases="{_safe(" ".join(block.cases))}"' if block.cases and self.figure_url else ""
        return f'<p class="{" ".join(kinds)}"{cases}>{mark}{self.runs(block.runs)}</p>'

    def runs(self, runs: tuple[Run, ...]) -> str:
        return "".join(self.run(run) for run in runs)

    def run(self, run: Run) -> str:
        match run:
            case Text():
                return _safe(run.text)
            case Number():
                return self.number(run.figure)
            case Matter():
                case = f' data-case="{_safe(run.case)}"' if run.case and self.figure_url else ""
                return f'<span class="matter"{case}>{_safe(run.shown)}</span>'
            case _:
                assert_never(run)

    def number(self, figure: Figure) -> str:
        said = _safe(figure.shown)
        if self.figure_url is None:
            return f'<span class="figure">{said}</span>'
        kind = "figure overridden" if figure.shown != figure.computed else "figure"
        url = _safe(self.figure_url(figure))
        return (
            f'<a class="{kind}" data-figure="{_safe(figure.key)}" href="{url}" '
            f'title="{_safe(_explained(figure))}">{said}</a>'
        )

    def table(self, block: Table) -> str:
        head = "".join(
            f'<th scope="col">{"<br>".join(map(_safe, header_lines(c)))}</th>' for c in block.columns
        )
        rows = list(table_rows(block))
        body = "".join(self.row(block, row, total=bool(block.total) and i == 0) for i, row in enumerate(rows))
        return (
            f'<div class="wide"><table><caption>{_safe(block.caption)}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )

    def row(self, block: Table, row: tuple[tuple[Run, ...], ...], *, total: bool) -> str:
        named = _naming_cell(row)
        cells = "".join(
            f'<th scope="row" class="{column.align}">{self.runs(cell)}</th>'
            if i == named
            else f'<td class="{column.align}">{self.runs(cell)}</td>'
            for i, (column, cell) in enumerate(zip(block.columns, row, strict=True))
        )
        return f'<tr class="total">{cells}</tr>' if total else f"<tr>{cells}</tr>"


def _safe(text: str) -> str:
    return escape(printable(text), quote=True)


def _lines(title: str) -> str:
    """A title whose lines, where they are wide enough, part where the sense allows."""
    lines = title_lines(printable(title), PAGE.title_ems)
    return (
        _safe(title)
        if len(lines) == 1
        else "".join(f'<span class="line">{_safe(line)}</span>' for line in lines)
    )


def _masthead(block: Masthead) -> str:
    day = f'<time datetime="{block.issued_on.isoformat()}">{chinese_date(block.issued_on)}</time>'
    return (
        f'<header class="masthead"><p class="series">{_safe(block.series)}</p>'
        f'<p class="issue">{_safe(issue_line(block))}</p>'
        f'<p class="office"><span>{_safe(block.office)}</span> {day}</p></header>'
    )


def _chart(block: Chart) -> str:
    """The drawing, and its numbers as a table that opens below it."""
    rows = "".join(
        f'<tr><th scope="row">{_safe(k)}</th><td>{_safe(v)}</td></tr>' for k, v in chart_rows(block)
    )
    caption = _safe(chart_caption(block))
    return (
        f'<figure class="chart">{block.svg}<figcaption>{caption}</figcaption>'
        f"<details{'' if block.svg else ' open'}><summary>查看数据</summary>"
        f"<table><caption>{caption}</caption>"
        '<thead><tr><th scope="col">项目</th><th scope="col">数值</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></details></figure>"
    )


def _naming_cell(row: tuple[tuple[Run, ...], ...]) -> int:
    """The cell that names the row: the first in words, passing over its running number."""
    words = (i for i, cell in enumerate(row) if cell and not _counts(cell))
    return next(words, 0)


def _counts(cell: tuple[Run, ...]) -> bool:
    text = printed(cell).strip()
    return any(isinstance(run, Number) for run in cell) or not text or text.isdigit()


def _explained(figure: Figure) -> str:
    """Measure, parameters, how it came about, and why it was overridden."""
    params = "，".join(f"{name}={value}" for name, value in figure.params)
    parts = [f"{figure.measure}（{params}）" if params else figure.measure]
    if figure.numerator is not None and figure.denominator is not None:
        parts.append(f"{figure.numerator:f}/{figure.denominator:f}")
    parts.append(f"截至 {figure.as_of:%Y-%m-%d %H:%M %Z}".strip())
    if figure.shown != figure.computed:
        parts.append(f"计算值 {figure.computed}，改印 {figure.shown}：{figure.reason or '未写理由'}")
    return "；".join(parts)
