"""Asks the facts through DuckDB in this process: figures, tables of figures, and the cases behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from functools import lru_cache, reduce
from operator import and_, or_
from threading import Lock
from types import MappingProxyType
from typing import Any, Literal

from django.utils import timezone

from huiying.cases.place import Place, current
from huiying.common.errors import Refused
from huiying.common.text import suggestion
from huiying.statistics.facts import COLUMNS, Snapshot, Stamp, brought_forward, events_stamp, snapshot
from huiying.statistics.measures import DIMENSIONS, MEASURES, Measure, Window
from huiying.statistics.periods import Period

Where = Mapping[str, Sequence[str]]
"""For each dimension the codes allowed: {"channel": ["市长热线"], "nature": ["咨询"]}."""

NOWHERE: Where = MappingProxyType({})

TOLD = 500
"""The rows of so many queries are kept with the facts."""
ROW = (
    "unit",
    "case",
    "is_case",
    "round",
    "role",
    "channel",
    "nature",
    "received_at",
    "claim_due",
    "claimed_at",
    "reply_due",
    "replied_at",
    "closed_at",
)
"""What is told of a row that is shown by itself: codes and instants."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A measure's numerator, denominator (None: it is a count) and exact value (None: undefined)."""

    numerator: Fraction
    denominator: Fraction | None

    @property
    def value(self) -> Fraction | None:
        if self.denominator is None:
            return self.numerator
        return self.numerator / self.denominator if self.denominator else None

    def shown(self, measure: Measure) -> str:
        return measure.form.show(self.value)


class Engine:
    """One snapshot, ready to be asked. Safe to share between threads."""

    def __init__(self, facts: Snapshot) -> None:
        import duckdb

        self.facts = facts
        self._lock = Lock()
        self._connection = duckdb.connect(config={"threads": 2})
        self._connection.register("arrived", facts.table)
        self._connection.execute("CREATE TABLE facts AS FROM arrived")
        self._connection.unregister("arrived")
        self._told: dict[tuple[str, Period], list[dict[str, Any]]] = {}

    def ask(self, name: str, period: Period, *, scope: Where = NOWHERE, params: Where = NOWHERE) -> Answer:
        """One measure of one period within `scope`, for the cases that `params` narrow it to."""
        return self.together([name], period, scope=scope, params=params)[name]

    def together(
        self, names: Sequence[str], period: Period, *, scope: Where = NOWHERE, params: Where = NOWHERE
    ) -> dict[str, Answer]:
        """Several measures as `ask` has them, at the price of one or two."""
        answers = self.table(names, period, scope=scope, params=params)[None]
        if "share" in names:
            whole = self.table(["share"], period, scope=scope)[None]["share"].numerator
            answers["share"] = Answer(answers["share"].numerator, whole)
        return answers

    def table(
        self,
        names: Sequence[str],
        period: Period,
        *,
        by: str | None = None,
        scope: Where = NOWHERE,
        params: Where = NOWHERE,
    ) -> dict[Any, dict[str, Answer]]:
        """Several measures, whole (key None) or by one dimension (key: its code, None where empty)."""
        found = self._told_again(_totals(tuple(names), by, _pairs(scope, params)), period)
        if "share" in names:  # of the whole that was asked, not of its own row
            whole = sum(row["share__n"] for row in found)
            found = [row | {"share__d": whole} for row in found]
        return {row.get("key"): {name: _answer(row, name, period) for name in names} for row in found}

    def cases(
        self,
        name: str,
        period: Period,
        *,
        scope: Where = NOWHERE,
        params: Where = NOWHERE,
        part: Literal["numerator", "denominator"] = "numerator",
    ) -> list[str]:
        """The numbers of the cases counted by a measure's numerator or denominator, in order.

        The denominator of a share is the scope without `params`; of the daily average, days, so its
        cases are the numerator's.
        """
        whole = name == "share" and part == "denominator"
        query = _numbers(name, part, _pairs(scope, NOWHERE if whole else params))
        return [row["case"] for row in self._run(query, period)]

    def counted(
        self, names: Sequence[str], period: Period, *, scopes: Sequence[Where] = (), params: Where = NOWHERE
    ) -> list[dict[str, Any]]:
        """The rows that some measure's numerator counts within some of the scopes (none given: anywhere), by
        unit and case: `ROW`, under each measure's name how often it counts, under `scope_0` … whether
        that scope holds it."""
        within = tuple(_pairs(scope) for scope in scopes)
        return self._run(_counted(tuple(names), within, _pairs(params)), period)

    def _told_again(self, query: str, period: Period) -> list[dict[str, Any]]:
        """The rows of a query that may be asked often: the facts do not change."""
        if (rows := self._told.get((query, period))) is None:
            if len(self._told) >= TOLD:
                self._told.clear()
            rows = self._told[query, period] = self._run(query, period)
        return rows

    def _run(self, query: str, period: Period) -> list[dict[str, Any]]:
        """The rows that a query over `_window` has; what is not yet over at `known_at` is not overdue."""
        tz = self.facts.place.keeper.tz
        cut_off = min(self.facts.as_of, self.facts.known_at)
        instants = {"since": period.start(tz), "until": period.end(tz), "cut_off": cut_off}
        with self._lock:
            for name, at in instants.items():
                self._connection.execute(f"SET VARIABLE {name} = TIMESTAMP '{_naive(at).isoformat(' ')}'")
            found = self._connection.execute(query)
            names = [column[0] for column in found.description]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


Pairs = tuple[tuple[str, tuple[str, ...]], ...]
"""Conditions as they can be remembered: of each dimension the codes allowed."""


def _pairs(*scopes: Where) -> Pairs:
    return tuple((_dimension(name), tuple(codes)) for scope in scopes for name, codes in scope.items())


@lru_cache(maxsize=512)
def _totals(names: tuple[str, ...], by: str | None, within: Pairs) -> str:
    """The query for the sums of several measures, whole or by one dimension."""
    import ibis

    rows, window = _rows(within), _window()
    sums: dict[str, Any] = {}
    for name in names:
        measure = named(name)
        sums[f"{name}__n"] = _total(measure.numerator(rows, window), distinct=measure.distinct)
        if measure.denominator and name != "daily_average":
            sums[f"{name}__d"] = _total(measure.denominator(rows, window))
    if by is None:
        return _sql(rows.agg(**sums))
    return _sql(rows.group_by(ibis._[_dimension(by)].name("key")).agg(**sums))


@lru_cache(maxsize=512)
def _numbers(name: str, part: str, within: Pairs) -> str:
    """The query for the numbers of the cases that a part of a measure counts."""
    rows, measure = _rows(within), named(name)
    term = measure.numerator if part == "numerator" or name == "daily_average" else measure.denominator
    counted = (term or measure.numerator)(rows, _window())
    if not counted.type().is_boolean():
        counted = counted != 0
    return _sql(rows.filter(counted.fill_null(False)).select("case").distinct().order_by("case"))


@lru_cache(maxsize=128)
def _counted(names: tuple[str, ...], scopes: tuple[Pairs, ...], within: Pairs) -> str:
    """The query for the rows that some measure counts within some of the scopes."""
    rows, window = _rows(within), _window()
    often = {name: _number(named(name).numerator(rows, window)) for name in names}
    held = {f"scope_{n}": _all(rows, scope) for n, scope in enumerate(scopes)}
    counts = reduce(or_, [term != 0 for term in often.values()])
    anywhere = reduce(or_, held.values()) if held else rows["case"].notnull()
    query = rows.filter(counts & anywhere & rows.unit.notnull()).select(*ROW, **often, **held)
    return _sql(query.order_by(*ROW))


def _sql(query: Any) -> str:
    """What DuckDB is asked. Putting it into words takes longer than the answer, so it is kept."""
    import ibis

    return str(ibis.to_sql(query, dialect="duckdb"))


@lru_cache(maxsize=1)
def _window() -> Window:
    """The instants of any period, as variables of the connection: one query serves every period."""
    import ibis
    from ibis.expr import datatypes

    def getvariable(variable: str) -> Any: ...

    getvariable = ibis.udf.scalar.builtin(getvariable, signature=((datatypes.string,), datatypes.timestamp))
    return Window(getvariable("since"), getvariable("until"), getvariable("cut_off"))


def _rows(within: Pairs) -> Any:
    """The rows that fit every condition."""
    import ibis

    rows = ibis.table(ibis.schema(COLUMNS), name="facts")
    for dimension, codes in within:
        rows = rows.filter(_matches(rows, dimension, list(codes)))
    return rows


def _all(rows: Any, scope: Pairs) -> Any:
    """Whether a row fits every condition of a scope."""
    found = [_matches(rows, name, list(codes)).fill_null(False) for name, codes in scope]
    return reduce(and_, found) if found else rows["case"].notnull()


def _matches(rows: Any, dimension: str, codes: list[str]) -> Any:
    """Codes are compared as they are, "" means none; a topic takes in everything below it."""
    if "" in codes:
        found = _matches(rows, dimension, [code for code in codes if code])
        return rows[dimension].isnull() | found.fill_null(False)
    if dimension == "topic":
        column = rows.topic
        matches = column.isin(codes)
        for code in codes:
            matches = matches | column.startswith(f"{code}/")
        return matches
    if dimension == "upper":
        return rows.upper.isin([code in {"True", "true", "是"} for code in codes])
    if dimension == "received_on":
        return rows.received_on.cast("string").isin(codes)
    return rows[dimension].isin(codes)


def _number(term: Any) -> Any:
    """What a row adds to a measure: a truth adds one."""
    if term.type().is_boolean():
        term = term.fill_null(False).cast("int64")
    return term.fill_null(0)


def _total(term: Any, *, distinct: bool = False) -> Any:
    return term.nullif(0).nunique() if distinct else _number(term).sum().fill_null(0)


def _answer(row: dict[str, Any], name: str, period: Period) -> Answer:
    numerator = Fraction(row[f"{name}__n"])
    if name == "daily_average":
        return Answer(numerator, Fraction(period.days))
    denominator = row.get(f"{name}__d")
    return Answer(numerator, None if denominator is None else Fraction(denominator))


def _dimension(name: str) -> str:
    """The name, where facts are asked by it. Raises Refused."""
    if name not in DIMENSIONS:
        raise Refused(
            f"没有“{name}”这个统计维度。{suggestion(name, DIMENSIONS)}可用：{'、'.join(DIMENSIONS)}。"
        )
    return name


def named(name: str) -> Measure:
    """The measure of that name. Raises Refused with the nearest names."""
    measure = MEASURES.get(name)
    if measure is None:
        raise Refused(f"没有“{name}”这个指标。{suggestion(name, MEASURES)}全部指标见 huiying measures。")
    return measure


def _naive(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(tzinfo=None)


def engine(
    period: Period,
    *,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
    place: Place | None = None,
) -> Engine:
    """The engine for a period (and the one before it), as of its end unless said otherwise.

    With nothing newly recorded it is answered from a small cache. Asked for what is known now, the last
    answer is brought forward by the logs that have grown; a cut-off that is still to come is asked anew
    every minute, because what is overdue moves with the clock.
    """
    place = place or current()
    as_of = as_of or period.end(place.keeper.tz)
    if known_at is not None:
        return _engine(place, period, as_of, known_at, events_stamp())
    with _LATEST_LOCK:  # who comes second finds what the first has read
        return _latest(place, period, as_of, timezone.now())


@lru_cache(maxsize=4)
def _engine(place: Place, period: Period, as_of: datetime, known_at: datetime, stamp: Stamp) -> Engine:
    since = period.start(place.keeper.tz)
    return Engine(snapshot(place, since=since, as_of=as_of, known_at=known_at, stamp=stamp))


_LATEST: dict[tuple[Place, Period, datetime], Engine] = {}
_LATEST_LOCK = Lock()
KEPT = 4
"""The facts of so many periods and cut-offs are kept, and brought forward when they are asked for."""


def _latest(place: Place, period: Period, as_of: datetime, now: datetime) -> Engine:
    stamp, since = events_stamp(), period.start(place.keeper.tz)
    found = _before(place, period, as_of)
    if found is None:
        found = Engine(snapshot(place, since=since, as_of=as_of, known_at=now, stamp=stamp))
    elif not _stands(found.facts, stamp, as_of, now):
        found = Engine(brought_forward(found.facts, since=since, as_of=as_of, known_at=now, stamp=stamp))
    _LATEST[place, period, as_of] = found
    while len(_LATEST) > KEPT:
        del _LATEST[next(iter(_LATEST))]
    return found


def _before(place: Place, period: Period, as_of: datetime) -> Engine | None:
    """What is kept of a period and can be brought forward to a cut-off: of that cut-off, else of the last
    before it. It is taken out, unless its own cut-off had passed: then somebody may ask for that again."""
    mine = {key[2]: each for key, each in _LATEST.items() if key[:2] == (place, period)}
    fitting = [at for at, each in mine.items() if at == as_of or each.facts.until <= as_of]
    if not fitting:
        return None
    at = as_of if as_of in mine else max(fitting)
    has_passed = mine[at].facts.as_of <= mine[at].facts.known_at
    return mine[at] if has_passed and at != as_of else _LATEST.pop((place, period, at))


def _stands(facts: Snapshot, stamp: Stamp, as_of: datetime, now: datetime) -> bool:
    """Whether facts are still what they would be if they were asked for."""
    minute = now.replace(second=0, microsecond=0)
    return (facts.stamp, facts.as_of) == (stamp, as_of) and (as_of <= now or facts.known_at >= minute)
