"""The cases behind a printed figure, and the figure asked again."""

from __future__ import annotations

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


def recheck(figure: Figure, *, now: datetime) -> Recheck:
    """Ask a figure again, as of its own cut-off."""
    return Recheck(figure, _answer(figure, figure.known_at), _answer(figure, now))


def figure_cases(figure: Figure, part: Literal["numerator", "denominator"] = "numerator") -> list[str]:
    """The numbers of the cases that a figure counts, as it counted them."""
    asked, period = _engine(figure, figure.known_at)
    narrow = {} if figure.measure == "share" and part == "denominator" else _params(figure)
    name = "received" if figure.measure == "share" else figure.measure
    return asked.cases(name, period, scope=dict(figure.scope), params=narrow, part=part)


def _answer(figure: Figure, known_at: datetime) -> Answer:
    asked, period = _engine(figure, known_at)
    scope, compare = dict(figure.scope), dict(figure.params).get("compare")
    answer = asked.ask(figure.measure, period, scope=scope, params=_params(figure))
    if compare is None:
        return answer
    before = period.previous() if compare == "previous" else period.last_year()
    then = engine(before, as_of=None, known_at=known_at).ask(figure.measure, before, scope=scope)
    if answer.value is None or then.value is None:
        return Answer(answer.numerator * 0, answer.numerator * 0)
    if MEASURES[figure.measure].is_rate:
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
