"""What the templates of a bulletin can name: scopes, their lists, the items of a list."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from typing import Any

from huiying.bulletins.authored import OneMatter
from huiying.bulletins.content import Matter
from huiying.bulletins.figures import Desk
from huiying.bulletins.styles import Breakdown, Scope
from huiying.bulletins.wording import Joined, Marked
from huiying.cases import privacy
from huiying.cases.models import Case
from huiying.statistics import dimensions
from huiying.statistics.measures import MEASURES
from huiying.statistics.periods import Period
from huiying.statistics.rounding import close_shares


class ScopeView:
    """One scope: every measure by name, its lists, its matters, its units by what they did."""

    def __init__(self, desk: Desk, scope: Scope) -> None:
        self._desk, self._scope = desk, scope

    def __getattr__(self, name: str) -> Any:
        if name in MEASURES:
            return self._desk.number(self._scope, name)
        if name in self._scope.lists:
            return ListView(self._desk, self._scope, self._scope.lists[name])
        raise AttributeError(name)

    @property
    def name(self) -> str:
        return self._scope.name

    @property
    def matters(self) -> Joined:
        """The titles of all its cases, by case number."""
        return matters(self._desk, self._scope, {})

    @property
    def late_units(self) -> Joined:
        """Units that answered late or have not yet and should have."""
        return self._units("late_reply")

    @property
    def late_claimers(self) -> Joined:
        return self._units("late_claim")

    @property
    def previous(self) -> ChangeView:
        """环比: its measures against the period before."""
        return ChangeView(self._desk, self._scope, self._desk.period.previous(), "previous")

    @property
    def last_year(self) -> ChangeView:
        """同比: its measures against the same period a year before."""
        return ChangeView(self._desk, self._scope, self._desk.period.last_year(), "last_year")

    def _units(self, measure: str) -> Joined:
        counts = self._desk.count(self._scope, "unit", measure)
        return Joined(
            self._desk.place.units[code].name for code in in_order(self._desk, "unit", counts, "vocabulary")
        )


class ChangeView:
    """Every measure by name, compared with another period."""

    def __init__(self, desk: Desk, scope: Scope, before: Period, compare: str) -> None:
        self._desk, self._scope, self._before, self._compare = desk, scope, before, compare

    def __getattr__(self, name: str) -> Marked:
        if name in MEASURES:
            return self._desk.change(self._scope, name, self._before, self._compare)
        raise AttributeError(name)


class ListView(list[Any]):
    """A breakdown: its items in the house's order, and their names and shares joined."""

    def __init__(self, desk: Desk, scope: Scope, plan: Breakdown) -> None:
        counts = desk.count(scope, plan.by)
        counts = {code: n for code, n in counts.items() if n >= plan.least}
        codes = in_order(desk, plan.by, counts, plan.order)[: plan.limit or None]
        shares = self._shares(desk, scope, {code: counts[code] for code in codes}, plan.closing)
        super().__init__(ItemView(desk, scope, plan.by, code, shares.get(code)) for code in codes)

    @staticmethod
    def _shares(desk: Desk, scope: Scope, counts: dict[str, int], closing: str) -> dict[str, Decimal]:
        total = int(desk.table(scope, None, "received")[None].numerator)
        return close_shares(counts, total, desk.style.form("share"), closing)

    @property
    def names(self) -> Joined:
        return Joined(item.name for item in self)

    @property
    def shares(self) -> Joined:
        return Joined(item.share for item in self)


class ItemView:
    """One item of a list: its name, its share, every measure by name, its matters."""

    def __init__(self, desk: Desk, scope: Scope, by: str, code: str, share: Decimal | None) -> None:
        self._desk, self._scope, self._by, self.code, self._share = desk, scope, by, code, share

    def __getattr__(self, name: str) -> Marked:
        if name in MEASURES:
            return self._desk.part(self._scope, name, self._by, self.code)
        raise AttributeError(name)

    @property
    def name(self) -> str:
        return name_of(self._desk, self._by, self.code)

    @cached_property
    def share(self) -> Marked:
        return self._desk.part(self._scope, "share", self._by, self.code, self._share)

    @property
    def matters(self) -> Joined:
        return matters(self._desk, self._scope, {self._by: (self.code,)})


def matters(desk: Desk, scope: Scope, more: dict[str, tuple[str, ...]]) -> Joined:
    """The titles of the cases received in a scope, by case number; the office's words in place of those
    that it says are of one matter.

    A bulletin goes to the units: of a protected case it says nothing of the reporter.
    """
    numbers = desk.engine().cases("received", desk.period, scope=scope.where, params=more)
    found = Case.objects.filter(number__in=numbers).select_related("nature", "person")
    titles = {case.number: _title(case) for case in found}
    one = {number: each for each in desk.matters for number in each.cases}
    said: dict[OneMatter | str, Matter] = {}
    for number in numbers:
        each = one.get(number)
        said.setdefault(each or number, Matter(number, each.said if each else titles[number]))
    return Joined(desk.marks.mark(matter, matter.shown) for matter in said.values())


def _title(case: Case) -> str:
    return privacy.without_reporter(case)(case.title) if privacy.is_guarded(case) else case.title


def in_order(desk: Desk, by: str, counts: dict[str, int], order: str) -> list[str]:
    """Codes by the vocabulary's order, or by count with that order among equals."""
    codes: list[str] = dimensions.in_order(desk.place, by, counts)
    return sorted(codes, key=lambda code: -counts[code]) if order == "count" else codes


def name_of(desk: Desk, by: str, code: str) -> str:
    """What a code is called."""
    return dimensions.title(desk.place, by, code)
