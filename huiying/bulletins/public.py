"""The public edition of a bulletin: the same document without what could point at a person.

Masked are firms, villages and persons in titles; matters reported by an informer are not
named at all; counts of one or two in a breakdown, and what would give them away, are not
printed (济南市12345条例 Art. 32; 个人信息保护法 Art. 6, 25; 政府信息公开条例 Art. 15).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace
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
    figures,
)
from huiying.common.masking import mask_text, mask_title

SMALL = 3
"""Counts below this are not published."""
HIDDEN = "＊"
EXPLAINED = f"注：{HIDDEN} 表示不足 {SMALL} 件或可据以推算，为保护诉求人未列出。"
INFORMED = "举报事项"


def public(content: Content, informed: Collection[str]) -> Content:
    """The public edition; `informed` are the numbers of cases whose reporter is protected."""
    hidden = small_cells(figures(content))
    blocks = [_public_block(block, hidden, informed) for block in content.blocks]
    kept = [block for block in blocks if block is not None]
    if hidden:
        kept.append(Note(EXPLAINED))
    return replace(content, edition="public", blocks=tuple(kept))


def small_cells(printed: list[Figure]) -> set[str]:
    """The keys of the figures to hide: small counts of a breakdown, a second one where a single
    hidden cell could be worked out from the total, and every rate that rests on them."""
    counts: dict[tuple[str, str, str], dict[str, Figure]] = defaultdict(dict)
    for figure in printed:
        if figure.denominator is None and figure.params and figure.value is not None:
            dimension = figure.params[0][0]
            counts[figure.section, figure.measure, dimension][figure.key] = figure
    hidden: set[str] = set()
    for group in counts.values():
        hidden |= _hidden_in(list(group.values()))
    cells = {(f.section, f.params) for f in printed if f.key in hidden}
    return hidden | {f.key for f in printed if f.params and (f.section, f.params) in cells and f.denominator}


def _hidden_in(group: list[Figure]) -> set[str]:
    small = {f.key for f in group if f.value and 0 < f.value < SMALL}
    others = sorted((f for f in group if f.key not in small and f.value), key=lambda f: (f.value, f.key))
    if len(small) == 1 and others:
        small.add(others[0].key)
    return small


def _public_block(block: Block, hidden: set[str], informed: Collection[str]) -> Block | None:
    match block:
        case Masthead() | Title() | Heading() | Annex() | Note() | Distribution():
            return block
        case Paragraph():
            if block.proposal:
                return None
            runs = tuple(_public_run(run, hidden, informed) for run in block.runs)
            return replace(block, runs=runs, cases=())
        case Table():
            total = tuple(tuple(_public_run(r, hidden, informed) for r in cell) for cell in block.total)
            rows = tuple(
                tuple(tuple(_public_run(r, hidden, informed) for r in cell) for cell in row)
                for row in block.rows
            )
            return replace(block, total=total, rows=rows)
        case Chart():
            return block if all(value == 0 or value >= SMALL for value in block.values) else None
        case _:
            assert_never(block)


def _public_run(run: Run, hidden: set[str], informed: Collection[str]) -> Run:
    match run:
        case Text():
            return Text(mask_text(run.text))
        case Number():
            figure = run.figure
            shown = HIDDEN if figure.key in hidden else figure.shown
            bare = (
                {"numerator": None, "denominator": None, "value": None, "computed": shown}
                if shown == HIDDEN
                else {}
            )
            return Number(replace(figure, shown=shown, **bare))  # type: ignore[arg-type]
        case Matter():
            return Matter("", INFORMED if run.case in informed else mask_title(run.shown))
        case _:
            assert_never(run)
