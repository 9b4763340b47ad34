"""The numbers of one document: asked once, shown in the house's form, known by their cases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from huiying.bulletins.authored import OneMatter, Override
from huiying.bulletins.content import Figure, Number
from huiying.bulletins.styles import Scope, Style
from huiying.bulletins.wording import Marked, Marks
from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.statistics.engine import Answer, Engine, engine
from huiying.statistics.measures import MEASURES
from huiying.statistics.periods import Period
from huiying.statistics.rounding import Change

Params = tuple[tuple[str, str], ...]


@dataclass
class Desk:
    """Everything one document is composed from. Figures are asked once and numbered as they come."""

    place: Place
    style: Style
    period: Period
    as_of: datetime
    known_at: datetime | None
    overrides: tuple[Override, ...] = ()
    matters: tuple[OneMatter, ...] = ()
    marks: Marks = field(default_factory=Marks)
    made: dict[tuple[str, str, str, Params], Figure] = field(default_factory=dict)
    tables: dict[Any, Any] = field(default_factory=dict)
    engines: dict[Period, Engine] = field(default_factory=dict)

    def engine(self, period: Period | None = None) -> Engine:
        """The engine of the document's period, or of another as of that one's own end."""
        period = period or self.period
        if period not in self.engines:
            as_of = self.as_of if period == self.period else period.end(self.place.keeper.tz)
            self.engines[period] = engine(period, as_of=as_of, known_at=self.known_at, place=self.place)
        return self.engines[period]

    def table(
        self, scope: Scope, by: str | None, measure: str, period: Period | None = None
    ) -> dict[Any, Answer]:
        """One measure of a scope, whole (key None) or by a dimension, asked once."""
        period = period or self.period
        key = (scope.key, by, measure, period)
        if key not in self.tables:
            name = "received" if measure == "share" else measure
            found = self.engine(period).table([name], period, by=by, scope=scope.where)
            self.tables[key] = {code: row[name] for code, row in found.items()}
        answers: dict[Any, Answer] = self.tables[key]
        return answers

    def count(self, scope: Scope, by: str, measure: str = "received") -> dict[str, int]:
        """How many of a scope by each code of a dimension, empty codes left out."""
        answers = self.table(scope, by, measure)
        return {code: int(a.numerator) for code, a in answers.items() if code is not None and a.numerator}

    def number(self, scope: Scope, measure: str) -> Marked:
        """A measure of a whole scope, for a sentence."""
        return self.marked(self.figure(scope, measure, (), self.table(scope, None, measure)[None]))

    def part(self, scope: Scope, measure: str, by: str, code: str, rounded: Decimal | None = None) -> Marked:
        """A measure of one item of a breakdown; `rounded` where the list was closed to 100."""
        answer = self.table(scope, by, measure).get(code, _NOTHING)
        if measure == "share":
            answer = Answer(answer.numerator, self.table(scope, None, "received")[None].numerator)
        return self.marked(self.figure(scope, measure, ((by, code),), answer, rounded=rounded))

    def marked(self, figure: Figure) -> Marked:
        return self.marks.mark(Number(figure), figure.value)

    def figure(
        self,
        scope: Scope,
        measure: str,
        params: Params,
        answer: Answer,
        *,
        rounded: Decimal | None = None,
        computed: str = "",
        period: Period | None = None,
    ) -> Figure:
        """The document's figure for a measure and parameters, made once."""
        period = period or self.period
        key = (scope.name, measure, period.label, params)
        if key not in self.made:
            form = self.style.form(measure)
            text = computed or (form.show(answer.value) if rounded is None else form.dress(rounded))
            made = Figure(
                key=f"F{len(self.made) + 1}",
                section=scope.name,
                measure=measure,
                params=params,
                as_of=self.as_of,
                known_at=self.engine().facts.known_at,
                numerator=decimal(answer.numerator),
                denominator=decimal(answer.denominator),
                value=decimal(answer.value),
                computed=text,
                shown=text,
                period=period.label,
                scope=tuple(sorted(scope.where.items())),
            )
            self.made[key] = self._overridden(made)
        return self.made[key]

    def _overridden(self, figure: Figure) -> Figure:
        for override in self.overrides:
            if fits(override, figure):
                if override.computed and override.computed != figure.computed:
                    raise Refused(
                        f"改印的数字“{_where(override)}”写明系统值为 {override.computed}，"
                        f"而现在算出 {figure.computed}。请核对后改写 computed 或撤去这条改印。"
                    )
                return replace(figure, shown=override.printed, reason=override.reason)
        return figure

    def check_overrides(self, printed: Iterable[Figure]) -> None:
        """Each override must have met exactly one printed figure."""
        figures = {figure.key: figure for figure in printed}.values()
        for override in self.overrides:
            hits = [figure for figure in figures if fits(override, figure)]
            if len(hits) != 1:
                raise Refused(
                    f"改印的数字“{_where(override)}”在通报中{_found(hits or _near(override, figures))}。"
                    "请核对 section、measure 和 params，使它只指一个数字。"
                )

    def change(self, scope: Scope, measure: str, before: Period, compare: str) -> Marked:
        """A measure against an earlier period, in words: 上升3.2% or 提高0.4个百分点."""
        now = self.table(scope, None, measure)[None]
        then = self.table(scope, None, measure, before)[None]
        words, is_rate = self.style.words, MEASURES[measure].is_rate
        if now.value is None or then.value is None:
            text = "—"
            answer = Answer(Fraction(0), Fraction(0))
        else:
            change = Change.of(now.value, then.value, is_rate=is_rate)
            text = _in_words(change, words, self.style)
            answer = Answer(now.value, then.value) if not is_rate else Answer(change.difference, None)
        return self.marked(self.figure(scope, measure, (("compare", compare),), answer, computed=text))


_NOTHING = Answer(Fraction(0), None)


def fits(override: Override, figure: Figure) -> bool:
    """Whether an override names this figure: same section, measure and parameters."""
    named = (override.section, override.measure, override.params)
    return named == (figure.section, figure.measure, figure.params)


def _near(override: Override, printed: Iterable[Figure]) -> list[Figure]:
    """The figures that an override with too few parameters may mean."""
    named, params = (override.section, override.measure), set(override.params)
    return [f for f in printed if (f.section, f.measure) == named and params < set(f.params)]


def _found(hits: list[Figure]) -> str:
    if not hits:
        return "没有对应的数字"
    params = ["、".join(f"{name}={value}" for name, value in figure.params) for figure in hits[:3]]
    return f"对应到 {len(hits)} 个数字（{'；'.join(filter(None, params))}{'……' if hits[3:] else ''}）"


def _where(override: Override) -> str:
    params = "、".join(f"{name}={value}" for name, value in override.params)
    return f"{override.section} {override.measure} {params}".strip()


def _in_words(change: Change, words: Mapping[str, str], style: Style) -> str:
    form = style.form("share")
    if change.difference == 0:
        return words["same"]
    if change.points is not None:
        points = replace(form, percent=False).show(abs(change.points))
        return f"{words['points_up' if change.points > 0 else 'points_down']}{points}{words['points']}"
    if change.ratio is None:
        return "—"
    return f"{words['up' if change.ratio > 0 else 'down']}{form.show(abs(change.ratio))}"


def decimal(value: Fraction | None) -> Decimal | None:
    """A fraction as a decimal of 28 digits; None stays None."""
    return None if value is None else Decimal(value.numerator) / Decimal(value.denominator)
