"""The rows that a bulletin's figures count of each unit, and how they moved between two states of knowledge.

A row is one case of one unit with the measures that count it; the rows of a unit add up to what the bulletin
prints of it. Asked again as of and known at the same instants the same rows come out, so that a digest is
enough to say later what was confirmed.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any
from weakref import WeakKeyDictionary

from huiying.bulletins.models import Reconciliation
from huiying.bulletins.styles import Style
from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.statistics import dimensions, periods
from huiying.statistics.engine import Engine, engine
from huiying.statistics.measures import MEASURES

USUAL = (
    "dispatched",
    "fed_back",
    "in_progress",
    "closed_dispatched",
    "late_claim",
    "late_reply",
    "returned",
    "return_requests",
    "sent_back",
    "extended",
    "reopened",
    "co_tasks",
)
"""The measures that a unit goes through, with those that the bulletin's own tables print by unit."""
FAULTS = ("late_claim", "late_reply", "overdue_open", "sent_back", "returned", "reopened")
"""Measures that nobody likes to be counted in: shown first and in red."""
ROLES = {"lead": "牵头", "co": "协办"}
FACTS = {
    "role": "承办方式",
    "channel": "渠道",
    "nature": "性质",
    "received_at": "受理时间",
    "claim_due": "认领时限",
    "claimed_at": "认领时间",
    "reply_due": "答复时限",
    "replied_at": "反馈时间",
    "closed_at": "办结时间",
}
"""What a row tells beside the measures, and how it is called."""


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One case of one unit: how often each measure counts it, and within which of the bulletin's scopes."""

    case: str
    unit: str
    role: str
    channel: str
    nature: str
    received_at: datetime | None
    claim_due: datetime | None
    claimed_at: datetime | None
    reply_due: datetime | None
    replied_at: datetime | None
    closed_at: datetime | None
    counted: tuple[tuple[str, int], ...]
    scopes: tuple[str, ...]

    @property
    def faults(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.counted if name in FAULTS)

    def counts(self, name: str) -> int:
        """How often a measure counts it."""
        return dict(self.counted).get(name, 0)


@dataclass(frozen=True, slots=True)
class Moved:
    """What is different about one case: it is new among the rows, gone from them, or says something else."""

    case: str
    said: tuple[str, ...]


def measures_of(style: Style, chosen: Sequence[str] = ()) -> list[str]:
    """The counts to go through for a house style: those chosen, else the usual ones and those that its tables
    print by unit. Raises Refused for a chosen measure that cannot be added up."""
    for name in chosen:
        if name not in MEASURES or MEASURES[name].denominator or MEASURES[name].distinct:
            where = "地方配置 [bulletin.reconciliation] 的 measures"
            raise Refused(f"{where} 中，“{name}”不是可以逐件核对的件数指标。")
    if chosen:
        return list(dict.fromkeys(chosen))
    tables = [plan for plan in style.blocks if plan.kind == "table" and plan.by == "unit"]
    printed = [column.fills for plan in tables for column in plan.columns]
    printed += [name for plan in tables for name in plan.remarks or {}]
    counts = [name for name in printed if name in MEASURES and not MEASURES[name].denominator]
    return list(dict.fromkeys([*USUAL, *counts]))


def asked_of(reconciliation: Reconciliation, place: Place, *, known_at: datetime | None = None) -> Engine:
    """The engine that a reconciliation's rows are asked of; without `known_at` with all that is known now."""
    period = periods.parse(reconciliation.period)
    return engine(period, as_of=reconciliation.as_of, known_at=known_at, place=place)


def rows_of(
    reconciliation: Reconciliation, asked: Engine, unit: str | None = None
) -> dict[str, tuple[UnitRow, ...]]:
    """The rows of each unit (or of one), by case."""
    kept, key = _KEPT.setdefault(asked, {}), (reconciliation.pk, unit)
    if key not in kept:
        kept[key] = _rows(reconciliation, asked, unit)
    return kept[key]


_KEPT: WeakKeyDictionary[Engine, dict[Any, dict[str, tuple[UnitRow, ...]]]] = WeakKeyDictionary()
"""What an engine was asked before: its rows never change, and go when it goes."""


def _rows(reconciliation: Reconciliation, asked: Engine, unit: str | None) -> dict[str, tuple[UnitRow, ...]]:
    period, measures = periods.parse(reconciliation.period), reconciliation.measures
    params = {} if unit is None else {"unit": [unit]}
    wheres = [scope["where"] for scope in reconciliation.scopes]
    found = asked.counted(measures, period, scopes=wheres, params=params)
    names = [scope["name"] for scope in reconciliation.scopes]
    rows: dict[str, tuple[UnitRow, ...]] = {}
    for code, own in groupby(found, key=itemgetter("unit")):
        cases = groupby(own, key=itemgetter("case"))
        rows[code] = tuple(_row(list(same), measures, names) for _, same in cases)
    return rows


def _row(same: list[dict[str, Any]], measures: Sequence[str], scopes: Sequence[str]) -> UnitRow:
    """The fact rows of one unit in one case as one; the one that stands for the case tells the instants."""
    head = max(same, key=itemgetter("is_case", "round"))
    counted = [(name, int(sum(row[name] for row in same))) for name in measures]
    return UnitRow(
        case=head["case"],
        unit=head["unit"],
        role=head["role"] or "",
        channel=head["channel"] or "",
        nature=head["nature"] or "",
        **{name: _aware(head[name]) for name in FACTS if name.endswith(("_at", "_due"))},
        counted=tuple((name, n) for name, n in counted if n),
        scopes=tuple(name for n, name in enumerate(scopes) if any(row[f"scope_{n}"] for row in same)),
    )


def _aware(at: datetime | None) -> datetime | None:
    return at.replace(tzinfo=UTC) if at else None


def digest(rows: Iterable[UnitRow]) -> str:
    """One value for all that the rows say."""
    said = [asdict(row) for row in sorted(rows, key=lambda row: row.case)]
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, default=lambda at: at.isoformat())
    return hashlib.sha256(text.encode()).hexdigest()


def totals(rows: Iterable[UnitRow]) -> Counter[str]:
    """What the rows add up to, measure by measure: the figures that the bulletin prints of the unit."""
    counts: Counter[str] = Counter()
    for row in rows:
        counts.update(dict(row.counted))
    return counts


def moved(before: Iterable[UnitRow], after: Iterable[UnitRow], place: Place) -> list[Moved]:
    """What is different, case by case."""
    old, new = ({row.case: row for row in rows} for rows in (before, after))
    found = []
    for case in sorted(old.keys() | new.keys()):
        if old.get(case) != new.get(case):
            found.append(Moved(case, tuple(_said(old.get(case), new.get(case), place))))
    return found


def _said(old: UnitRow | None, new: UnitRow | None, place: Place) -> Iterable[str]:
    if old is None or new is None:
        row = old or new
        assert row is not None, "one of the two is there"
        counted = "、".join(MEASURES[name].title for name, _ in row.counted)
        yield f"{'新列入' if old is None else '不再列入'}（{counted}）"
        return
    for name in dict.fromkeys(name for row in (old, new) for name, _ in row.counted):
        if old.counts(name) != new.counts(name):
            verb = "新计入" if not old.counts(name) else "不再计入" if not new.counts(name) else "次数有变"
            yield f"{verb}“{MEASURES[name].title}”"
    for name, title in FACTS.items():
        was, now = getattr(old, name), getattr(new, name)
        if was != now:
            yield f"{title}：{shown(name, was, place)} → {shown(name, now, place)}"
    if old.scopes != new.scopes:
        yield f"范围：{'、'.join(old.scopes)} → {'、'.join(new.scopes)}"


def shown(name: str, value: datetime | str | None, place: Place) -> str:
    """A fact of a row in words."""
    if isinstance(value, datetime):
        return value.astimezone(place.keeper.tz).strftime("%Y-%m-%d %H:%M")
    if not value:
        return "无"
    return ROLES.get(value, value) if name == "role" else dimensions.title(place, name, value)
