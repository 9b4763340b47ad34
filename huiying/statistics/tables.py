"""Tables of figures: several measures, whole or by a dimension, beside an earlier period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from types import EllipsisType
from typing import Any

from django.db.models import Q

from huiying.cases.clocks import local_date
from huiying.cases.models import Case
from huiying.cases.place import Place
from huiying.statistics import dimensions, facts, periods
from huiying.statistics.engine import NOWHERE, Answer, Engine, Where, engine
from huiying.statistics.measures import MEASURES
from huiying.statistics.periods import Period
from huiying.statistics.rounding import Change

COMPARISONS = {"previous": "环比", "last_year": "同比"}
LEVEL = "持平"
LARGE = 5_000
"""The facts of a month with so many cases take seconds to read."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure as printed, exact, how it changed ("" where nothing was compared) and what it was then."""

    measure: str
    shown: str
    answer: Answer
    change: str = ""
    before: Answer | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """The figures of the whole (`code` None) or of one code of a dimension ("" is none)."""

    code: str | None
    title: str
    cells: tuple[Cell, ...]


def soon(now: datetime) -> datetime:
    """The next full five minutes: everything so far is in, and the engine's cache serves everybody."""
    past = timedelta(minutes=now.minute % 5, seconds=now.second, microseconds=now.microsecond)
    return now - past + timedelta(minutes=5)


def engine_of(period: Period, place: Place, now: datetime) -> Engine:
    """The engine as of the period's end, or of now while it lasts."""
    return engine(period, as_of=min(soon(now), period.end(place.keeper.tz)), place=place)


def engine_of_units(period: Period, units: Sequence[str], place: Place, now: datetime) -> Engine:
    """The engine for what some units were given of the cases received in a period, however long that is:
    their logs alone are read, once in five minutes."""
    return _of_units(period, tuple(units), place, soon(now))


@lru_cache(maxsize=8)
def _of_units(period: Period, units: tuple[str, ...], place: Place, until: datetime) -> Engine:
    start, end = period.start(place.keeper.tz), period.end(place.keeper.tz)
    received = Q(received_at__gte=start, received_at__lt=end)
    return Engine(facts.of_units(place, units, received, as_of=min(until, end), known_at=until))


def read_ahead(place: Place, now: datetime) -> bool:
    """Read the facts of this month, where there are so many that whoever asks first would have to wait."""
    today = local_date(now, place.keeper.tz)
    month = periods.month(today.year, today.month)
    received = Case.objects.filter(received_at__gte=month.start(place.keeper.tz)).order_by()
    is_large = received[:LARGE].count() == LARGE
    if is_large:
        engine_of(month, place, now)
    return is_large


def compared(period: Period, comparison: str) -> Period | None:
    """The earlier period that a comparison names; None for none."""
    if comparison not in COMPARISONS:
        return None
    return period.previous() if comparison == "previous" else period.last_year()


def lines(
    place: Place,
    names: Sequence[str],
    period: Period,
    *,
    now: datetime,
    by: str = "",
    scope: Where = NOWHERE,
    comparison: str = "",
) -> list[Line]:
    """The whole first, then each code of `by` in the place's order. Raises Refused for unknown names."""
    before = compared(period, comparison)
    this = engine_of(period, place, now)
    earlier = engine_of(before, place, now) if before else None
    found: list[Line] = []
    for each in ("", by) if by else ("",):
        rows = this.table(names, period, by=each or None, scope=scope)
        then = earlier.table(names, before, by=each or None, scope=scope) if earlier and before else None
        keys = dimensions.in_order(place, each, rows) if each else list(rows)
        for key in keys:
            cells = tuple(_cell(name, rows[key][name], _then(then, key, name)) for name in names)
            if not each:
                found.append(Line(None, "合计", cells))
            elif any(cell.answer.numerator or cell.answer.denominator for cell in cells):
                code = "" if key is None else str(key)
                found.append(Line(code, dimensions.title(place, each, key), cells))
    return found


def _then(then: dict[Any, dict[str, Answer]] | None, key: Any, name: str) -> Answer | EllipsisType | None:
    """The earlier answer, None where that row was not there, ... where nothing is compared."""
    if then is None:
        return ...
    return then[key][name] if key in then else None


def _cell(name: str, answer: Answer, then: Answer | EllipsisType | None) -> Cell:
    shown = answer.shown(MEASURES[name])
    if isinstance(then, EllipsisType):
        return Cell(name, shown, answer)
    changed = change(name, answer, then)
    said = "—" if changed is None else changed.said if changed.difference else LEVEL
    return Cell(name, shown, answer, said, then)


def change(name: str, now: Answer, then: Answer | None) -> Change | None:
    """How a figure changed; None where one of the two is undefined. A count that was not there was 0."""
    before = then.value if then else (None if MEASURES[name].denominator else Fraction(0))
    if now.value is None or before is None:
        return None
    return Change.of(now.value, before, is_rate=MEASURES[name].is_rate)
