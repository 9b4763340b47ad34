"""The cases behind a printed figure, and the figure asked again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from huiying.bulletins.content import Figure
from huiying.bulletins.figures import decimal
from huiying.statistics import periods
from huiying.statistics.engine import Answer, Engine, engine
from huiying.statistics.measures import MEASURES
from huiying.statistics.periods import Period


@dataclass(frozen=True, slots=True)
class Recheck:
    """One figure asked again: at its own knowledge (`then`) and with today's (`now`)."""

    figure: Figure
    then: Answer
    now: Answer

    @property
    def verdict(self) -> Literal["same", "moved", "wrong"]:
        """ "wrong": what was known then gives another value; "moved": only later knowledge does."""
        if not _equal(self.figure, self.then):
            return "wrong"
        return "same" if self.then == self.now else "moved"


def rechecks(figures: Iterable[Figure], *, now: datetime) -> list[Recheck]:
    """Ask figures again, as of their own cut-off; those of one section and one row together."""
    rows: dict[tuple[object, ...], list[Figure]] = {}
    for figure in figures:
        row = (figure.period, figure.as_of, figure.known_at, figure.scope, figure.params)
        rows.setdefault(row, []).append(figure)
    return [
        Recheck(*answered)
        for row in rows.values()
        for answered in zip(row, _answers(row, row[0].known_at), _answers(row, now), strict=True)
    ]


def figure_cases(figure: Figure, part: Literal["numerator", "denominator"] = "numerator") -> list[str]:
    """The numbers of the cases that a figure counts, as it counted them."""
    asked, period = _engine(figure, figure.known_at)
    narrow = {} if figure.measure == "share" and part == "denominator" else _params(figure)
    name = "received" if figure.measure == "share" else figure.measure
    return asked.cases(name, period, scope=dict(figure.scope), params=narrow, part=part)


def _answers(row: list[Figure], known_at: datetime) -> list[Answer]:
    """What each figure of a row is, as known then."""
    (asked, period), names = _engine(row[0], known_at), [figure.measure for figure in row]
    scope, compare = dict(row[0].scope), dict(row[0].params).get("compare")
    found = asked.together(names, period, scope=scope, params=_params(row[0]))
    if compare is None:
        return [found[name] for name in names]
    before = period.previous() if compare == "previous" else period.last_year()
    then = engine(before, as_of=None, known_at=known_at).together(names, before, scope=scope)
    return [_compared(name, found[name], then[name]) for name in names]


def _compared(name: str, answer: Answer, then: Answer) -> Answer:
    if answer.value is None or then.value is None:
        return Answer(answer.numerator * 0, answer.numerator * 0)
    if MEASURES[name].is_rate:
        return Answer(answer.value - then.value, None)
    return Answer(answer.value, then.value)


def _engine(figure: Figure, known_at: datetime) -> tuple[Engine, Period]:
    period = periods.parse(figure.period)
    return engine(period, as_of=figure.as_of, known_at=known_at), period


def _params(figure: Figure) -> dict[str, tuple[str, ...]]:
    return {name: (value,) for name, value in figure.params if name != "compare"}


def _equal(figure: Figure, answer: Answer) -> bool:
    same = decimal(answer.numerator) == figure.numerator and decimal(answer.denominator) == figure.denominator
    return same and decimal(answer.value) == figure.value
