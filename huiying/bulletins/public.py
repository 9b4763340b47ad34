"""The public edition of a bulletin: the same document without what could point at a person.

Masked are firms, villages and persons in titles; matters reported by an informer are not
named at all; counts of one or two in a breakdown, and what would give them away, are not
printed (济南市12345条例 Art. 32; 个人信息保护法 Art. 6, 25; 政府信息公开条例 Art. 15).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import replace
from decimal import Decimal
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
Params = tuple[tuple[str, str], ...]
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
    """The keys of the figures to hide: those of a breakdown that count one or two cases (a share
    or a rate counts its numerator), others where the total would tell them, and every rate
    that rests on a hidden count."""
    groups: dict[tuple[str, str, str, str], dict[Params, Decimal]] = defaultdict(dict)
    for figure in filter(_is_part, printed):
        groups[_group(figure)][figure.params] = figure.numerator or Decimal(0)
    small = {(group, params) for group, counts in groups.items() for params in _hidden_in(counts)}
    rests = {(group[0], params) for group, params in small if any(_counts(f, group) for f in printed)}
    return {
        f.key
        for f in printed
        if _is_part(f)
        and ((_group(f), f.params) in small or (f.denominator is not None and (f.section, f.params) in rests))
    }


def _is_part(figure: Figure) -> bool:
    """Whether a figure is one item of a breakdown and could be counted; a change over time is none."""
    return bool(figure.params) and figure.params[0][0] != "compare" and figure.value is not None


def _group(figure: Figure) -> tuple[str, str, str, str]:
    """What figures must have in common to add up to one total; a share counts what was received."""
    measure = "received" if figure.measure == "share" else figure.measure
    return figure.section, measure, figure.params[0][0], figure.period


def _counts(figure: Figure, group: tuple[str, str, str, str]) -> bool:
    """Whether a figure prints the plain count of a group."""
    return figure.denominator is None and _is_part(figure) and _group(figure) == group


def _hidden_in(counts: dict[Params, Decimal]) -> set[Params]:
    """The small counts, and the next smallest as long as one is hidden alone or the hidden are all ones:
    the total less what is printed would tell them."""
    small = {params for params, count in counts.items() if 0 < count < SMALL}
    others = sorted((count, params) for params, count in counts.items() if count >= SMALL)
    if small and others and (len(small) == 1 or sum(counts[p] for p in small) == len(small)):
        small.add(others[0][1])
    return small


def telling_totals(table: Table, hidden: set[str]) -> Iterator[Figure]:
    """The counts in the total row whose every cell below is hidden (or zero) and that are so low that
    they tell what the cells are."""
    for column, cell in enumerate(table.total):
        below = [f for row in table.rows for f in _figures_in(row[column]) if f.numerator]
        if not below or any(f.key not in hidden for f in below):
            continue
        for total in _figures_in(cell):
            counted = total.denominator is None and total.value is not None
            if counted and sum(f.numerator or 0 for f in below) < SMALL * len(below):
                yield total


def _figures_in(cell: tuple[Run, ...]) -> list[Figure]:
    return [run.figure for run in cell if isinstance(run, Number)]


def _public_block(block: Block, hidden: set[str], informed: Collection[str]) -> Block | None:
    match block:
        case Masthead() | Title() | Annex() | Note() | Distribution():
            return block
        case Heading():
            return None if block.internal else block
        case Paragraph():
            if block.proposal or block.internal:
                return None
            runs = tuple(_public_run(run, hidden, informed) for run in block.runs)
            return replace(block, runs=runs, cases=())
        case Table():
            telling = hidden | {figure.key for figure in telling_totals(block, hidden)}
            total = tuple(tuple(_public_run(r, telling, informed) for r in cell) for cell in block.total)
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
