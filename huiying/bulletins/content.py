"""What a bulletin says, before anybody lays it out.

Pure values: no Django, no database. `compose` makes a `Content`; every renderer walks its
blocks with `match` and ends in `assert_never`, so that a new block is a type error in each
renderer that has not met it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Figure:
    """Which measure, of what, as of when, and what it was.

    `computed` is what the house style prints for `value`; `shown` is what stands in the
    document: the same, unless somebody overrode it by hand (then `reason` says why) or the
    public edition suppressed it. `scope` (dimension, codes) is what its section covers.
    """

    key: str
    section: str
    measure: str
    params: tuple[tuple[str, str], ...]
    as_of: datetime
    known_at: datetime
    numerator: Decimal | None
    denominator: Decimal | None
    value: Decimal | None
    computed: str
    shown: str
    reason: str = ""
    period: str = ""
    scope: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Number:
    figure: Figure


@dataclass(frozen=True, slots=True)
class Matter:
    """The title of one case, printed in the text; `case` is its number ("" once masked)."""

    case: str
    shown: str


Run: TypeAlias = Text | Number | Matter


@dataclass(frozen=True, slots=True)
class Masthead:
    """Red series name, kind with its numbers, office and date on one line, a red rule."""

    series: str
    kind: str
    issue: int
    total_issue: int
    office: str
    issued_on: date


@dataclass(frozen=True, slots=True)
class Title:
    text: str


@dataclass(frozen=True, slots=True)
class Heading:
    """Level 1 is 一、 (黑体), level 2 （一） (楷体), level 3 1. (仿宋)."""

    level: Literal[1, 2, 3]
    text: str
    internal: bool = False


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A body paragraph. A proposal was written by the system and awaits a person;
    `cases` are the numbers of the cases it rests on. What is `internal` the public edition leaves out."""

    runs: tuple[Run, ...]
    proposal: bool = False
    cases: tuple[str, ...] = ()
    indent: bool = True
    internal: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A table column. A line break in `title` is a line break in the printed header."""

    title: str
    width_mm: float
    align: Literal["left", "center", "right"] = "center"


@dataclass(frozen=True, slots=True)
class Table:
    """`total` is the 合计 row (printed first), `rows` the others; each cell is a row of runs."""

    caption: str
    columns: tuple[Column, ...]
    total: tuple[tuple[Run, ...], ...]
    rows: tuple[tuple[tuple[Run, ...], ...], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing as SVG text, and the same figures as rows for those who cannot see it."""

    title: str
    svg: str
    labels: tuple[str, ...]
    values: tuple[Decimal, ...]
    unit: str


@dataclass(frozen=True, slots=True)
class Annex:
    """Starts a new page: the word 附件, the annex's title, and its period."""

    label: str
    title: str
    period: str


@dataclass(frozen=True, slots=True)
class Note:
    """Small print below a table: 注：…"""

    text: str


@dataclass(frozen=True, slots=True)
class Distribution:
    """版记: whom the document goes up to (报) and out to (发)."""

    report_to: tuple[str, ...]
    send_to: tuple[str, ...]


Block: TypeAlias = Masthead | Title | Heading | Paragraph | Table | Chart | Annex | Note | Distribution

EditionKind: TypeAlias = Literal["internal", "public"]


@dataclass(frozen=True, slots=True)
class Content:
    """A whole bulletin. `starts_on` … `ends_on` (inclusive) is the period in the office's zone."""

    place: str
    style: str
    period: str
    starts_on: date
    ends_on: date
    as_of: datetime
    known_at: datetime
    edition: EditionKind
    title: str
    blocks: tuple[Block, ...] = field(default=())


def runs_of(block: Block) -> Iterator[Run]:
    """Every run of a block, in reading order."""
    if isinstance(block, Paragraph):
        yield from block.runs
    elif isinstance(block, Table):
        for row in (block.total, *block.rows):
            for cell in row:
                yield from cell


def figures(content: Content) -> list[Figure]:
    """Every figure of the document in reading order."""
    return [run.figure for block in content.blocks for run in runs_of(block) if isinstance(run, Number)]


def shown(runs: tuple[Run, ...]) -> str:
    """The printed text of some runs."""
    return "".join(show(run) for run in runs)


def show(run: Run) -> str:
    """The printed text of one run."""
    match run:
        case Text():
            return run.text
        case Number():
            return run.figure.shown
        case Matter():
            return run.shown


_KINDS: dict[str, type[Any]] = {
    cls.__name__: cls
    for cls in (
        Figure,
        Text,
        Number,
        Matter,
        Masthead,
        Title,
        Heading,
        Paragraph,
        Column,
        Table,
        Chart,
        Annex,
        Note,
        Distribution,
        Content,
    )
}


def dump(value: Any) -> Any:
    """A content (or any part of one) as JSON-ready values; `load` gives it back unchanged."""
    if is_dataclass(value) and not isinstance(value, type):
        return {"_": type(value).__name__} | {f.name: dump(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, tuple):
        return [dump(item) for item in value]
    if isinstance(value, datetime):
        return {"_": "instant", "at": value.isoformat()}
    if isinstance(value, date):
        return {"_": "date", "on": value.isoformat()}
    if isinstance(value, Decimal):
        return {"_": "number", "n": str(value)}
    return value


def load(value: Any) -> Any:
    """The value that `dump` was given. Unknown kinds raise KeyError."""
    if isinstance(value, list):
        return tuple(load(item) for item in value)
    if not isinstance(value, dict):
        return value
    match value["_"]:
        case "instant":
            return datetime.fromisoformat(value["at"])
        case "date":
            return date.fromisoformat(value["on"])
        case "number":
            return Decimal(value["n"])
        case kind:
            return _KINDS[kind](**{name: load(item) for name, item in value.items() if name != "_"})
