"""House styles: what a place's bulletin says and how it prints numbers. Pure.

A style comes from `[[bulletin.style]]` of `place.toml`. It names scopes (sets of channels),
lists (a breakdown with its order, limit and closing), printing forms, and the blocks in
reading order; sentences are Django templates over them (see `wording`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from huiying.common.errors import Refused
from huiying.common.text import suggestion
from huiying.statistics.measures import DIMENSIONS, MEASURES
from huiying.statistics.rounding import CLOSINGS, ROUNDINGS, TIES, ZEROS, Form

ORDERS = {"vocabulary": "按词表顺序", "count": "按件数，同数按词表顺序"}
BLOCKS = (
    "heading",
    "paragraph",
    "hot_topics",
    "problems",
    "rectified",
    "next_steps",
    "annex_reference",
    "annex",
    "table",
    "note",
    "distribution",
    "chart",
)
CHARTS = {"daily": "逐日受理", "units": "各单位转办", "natures": "性质构成", "topics": "热点分类"}


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A list of a scope: by which dimension, in which order, how many, how shares close to 100."""

    by: str
    order: str = "vocabulary"
    limit: int = 0
    closing: str = "none"
    least: int = 1


@dataclass(frozen=True, slots=True)
class Scope:
    """A set of cases with a name, such as 市长热线; `key` is its name in templates."""

    key: str
    name: str
    where: Mapping[str, tuple[str, ...]]
    lists: Mapping[str, Breakdown]


@dataclass(frozen=True, slots=True)
class TableColumn:
    """`fills` is index, name, remark, or a measure."""

    title: str
    fills: str
    width: float = 20.0
    align: str = "center"


@dataclass(frozen=True, slots=True)
class BlockPlan:
    """One block of the document, before it is filled.

    A table may rank its rows by a measure (`rank_by`); rows with fewer cases than `least` behind
    the measure are not ranked, so that nobody leads by one quick answer.
    """

    kind: str
    text: str = ""
    level: int = 1
    scope: str = ""
    by: str = "unit"
    order: str = "vocabulary"
    caption: str = ""
    total: str = "合计"
    columns: tuple[TableColumn, ...] = ()
    remarks: Mapping[str, str] | None = None
    chart: str = ""
    proposes: str = ""
    indent: bool = True
    numbered: str = "{n}. "
    rank_by: str = ""
    ties: str = "standard"
    least: int = 1


@dataclass(frozen=True, slots=True)
class Style:
    """One house style."""

    name: str
    series: str
    kind: str
    office: str
    title: str
    period: str
    report_to: tuple[str, ...]
    send_to: tuple[str, ...]
    annex_note: str
    scopes: Mapping[str, Scope]
    forms: Mapping[str, Form]
    blocks: tuple[BlockPlan, ...]
    words: Mapping[str, str]
    next_steps: tuple[str, ...] = ()

    def form(self, measure: str) -> Form:
        """How this house prints a measure."""
        return self.forms.get(measure) or MEASURES[measure].form


WORDS = {
    "up": "上升",
    "down": "下降",
    "same": "持平",
    "points_up": "提高",
    "points_down": "降低",
    "points": "个百分点",
    "separator": "、",
    "none": "无",
    "unanswered": "尚未按期反馈整改情况：",
}


def choose(config: Mapping[str, Any], name: str = "") -> Style:
    """The named style of a place, or its first. Raises Refused with the names there are."""
    styles = config.get("bulletin", {}).get("style", [])
    if not styles:
        raise Refused("地方配置里没有通报式样。请在 place.toml 写 [[bulletin.style]]。")
    names = [style["name"] for style in styles]
    if name and name not in names:
        raise Refused(f"没有“{name}”这个式样。{suggestion(name, names)}可用：{'、'.join(names)}。")
    return parse(config.get("distribution", {}) | styles[names.index(name) if name else 0])


def parse(row: Mapping[str, Any]) -> Style:
    """A checked style. Raises Refused that names style, key and mending."""
    where = f"通报式样“{row.get('name', '')}”"
    for key in ("name", "series", "title", "scope", "block"):
        if not row.get(key):
            raise Refused(f"{where}缺少 {key}。")
    scopes = {scope["key"]: _scope(scope, where) for scope in row["scope"]}
    return Style(
        name=row["name"],
        series=row["series"],
        kind=row.get("kind", "通报"),
        office=row.get("office", ""),
        title=row["title"],
        period=row.get("period", "month"),
        report_to=tuple(row.get("report_to", ())),
        send_to=tuple(row.get("send_to", ())),
        annex_note=row.get("annex_note", ""),
        scopes=scopes,
        forms={name: _form(name, given, where) for name, given in row.get("numbers", {}).items()},
        blocks=tuple(_block(block, scopes, f"{where}第 {n} 块") for n, block in enumerate(row["block"], 1)),
        words=WORDS | row.get("words", {}),
        next_steps=tuple(row.get("next_steps", ())),
    )


def _scope(row: Mapping[str, Any], where: str) -> Scope:
    given = {d: tuple(codes) for d, codes in row.get("where", {}).items()}
    for dimension in given:
        _one_of(dimension, DIMENSIONS, f"{where}范围“{row['key']}”的 where")
    lists = {
        name: _breakdown(b, f"{where}范围“{row['key']}”的列表“{name}”")
        for name, b in row.get("lists", {}).items()
    }
    return Scope(row["key"], row.get("name", row["key"]), given, lists)


def _breakdown(row: Mapping[str, Any], where: str) -> Breakdown:
    _known(row, Breakdown, where)
    made = Breakdown(**row)
    _one_of(made.by, DIMENSIONS, where)
    _one_of(made.order, ORDERS, where)
    _one_of(made.closing, CLOSINGS, where)
    return made


def _form(name: str, given: Mapping[str, Any], where: str) -> Form:
    _one_of(name, MEASURES, f"{where}的 numbers")
    _known(given, Form, f"{where}的 numbers.{name}")
    made = replace(MEASURES[name].form, **given)
    _one_of(made.rounding, ROUNDINGS, f"{where}的 numbers.{name}")
    _one_of(made.zeros, ZEROS, f"{where}的 numbers.{name}")
    return made


def _block(row: Mapping[str, Any], scopes: Mapping[str, Scope], where: str) -> BlockPlan:
    _known(row, BlockPlan, where)
    _one_of(row.get("kind", ""), BLOCKS, where)
    if row.get("scope"):
        _one_of(row["scope"], scopes, where)
    if row["kind"] == "chart":
        _one_of(row.get("chart", ""), CHARTS, where)
    columns = tuple(TableColumn(**column) for column in row.get("columns", ()))
    for column in columns:
        _one_of(
            column.fills,
            {"index": "", "name": "", "remark": "", "rank": "", **MEASURES},
            f"{where}的表列“{column.title}”",
        )
    if any(column.fills == "rank" for column in columns):
        _one_of(row.get("rank_by", ""), MEASURES, f"{where}的 rank_by")
        _one_of(row.get("ties", "standard"), TIES, f"{where}的 ties")
    return BlockPlan(**{**row, "columns": columns})


def _known(row: Mapping[str, Any], kind: type[Any], where: str) -> None:
    names = [f.name for f in fields(kind)]
    for name in row:
        if name not in names:
            raise Refused(f"{where}中的“{name}”不认识。{suggestion(name, names)}可用：{'、'.join(names)}。")


def _one_of(value: str, known: Mapping[str, Any] | tuple[str, ...], where: str) -> None:
    if value not in known:
        raise Refused(f"{where}中的“{value}”不认识。{suggestion(value, known)}可用：{'、'.join(known)}。")
