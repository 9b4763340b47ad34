"""How a list finds its cases: it walks an index in the list's own order, and no further than it must.

First the keys alone, which the index holds, then the rows of the page. What the office sees is walked in the
table of cases; what a unit sees, in `Sight`, whose index holds just the unit's own. Words are looked up in
the full-text index where few cases have them, else tried on stretches of the walk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from huiying.accounts.models import Unit, User
from huiying.cases import permissions
from huiying.cases.models import MARKED, Case, Sight
from huiying.cases.search import INDEX

FEW = 2_000
"""What no more cases have is looked up; words that more have are surely found on a stretch of the walk."""
LOOKED_UP = 2
"""So many conditions on rows are looked up; a page has only so many queries."""
STRETCH = 5_000
"""So far a walk is looked along for words, and counted on where a condition is tried on each case."""
FAR = 30_000
"""So many cases a page tries its conditions on; where it is not full then, one may go on from there."""
LONGER = 4
"""Each stretch is so many times as long as the one before."""
OF_SIGHT = frozenset({"received_at", "closed_at", "channel", "nature", "topic", "branch", "area", "marked"})
"""Columns of a case that `Sight` repeats, or tells of it."""

Key = tuple[datetime, int]
"""What a case is sorted by, and its primary key."""


@dataclass(frozen=True)
class Total:
    """How many cases there are: just so many, or (`more`) so many at least."""

    least: int
    more: bool = False


@dataclass(frozen=True)
class Walk:
    """Cases in order. `of_unit` says that the rows are those of `Sight`, not of `Case`; `words`, that many
    cases hold, are still to be looked for in them. Where a condition is tried on each case, `base` are those
    that it is tried on; `look_ups` are those left for conditions on rows, none once few cases are named."""

    rows: QuerySet[Any, Any]
    of_unit: bool
    by: str = "received_at"
    down: bool = True
    words: str = ""
    base: QuerySet[Any, Any] | None = None
    look_ups: int = LOOKED_UP

    def where(self, wanted: Q) -> Walk:
        """Those that meet a condition on cases which the index of the walk holds."""
        told = self._told(wanted)
        base = None if self.base is None else self.base.filter(told)
        return replace(self, rows=self.rows.filter(told), base=base)

    def tried(self, wanted: Q | Exists) -> Walk:
        """Those that meet a condition for which each case must be looked at."""
        if not wanted:
            return self
        told = self._told(wanted) if isinstance(wanted, Q) else wanted
        base = self.rows if self.base is None else self.base
        return replace(self, rows=self.rows.filter(told), base=base)

    def by_index(self, wanted: Q, *, alone: bool) -> Walk:
        """Those that meet a condition which has an index of its own, in the order of lists; it leads where it
        is `alone`."""
        if not self.of_unit:
            return self.where(wanted) if alone else self.tried(wanted)
        return self.having(Case.objects.filter(wanted).annotate(case_id=F("pk")))

    def marked(self, wanted: Q) -> Walk:
        """Those that meet a condition which makes them marked ones (those of a unit 直办, too); their index
        holds the classes as well."""
        if not self.of_unit:
            return self.where(MARKED & wanted)
        return self.where(Q(marked=True)).tried(wanted)

    def having(self, found: QuerySet[Any, Any]) -> Walk:
        """Those to which such a row belongs (by `case_id`). Of few the cases are named; where there are many,
        each case of the walk is asked."""
        if self.look_ups:
            few = list(found.order_by().values_list("case_id", flat=True)[: FEW + 1])
            if len(few) <= FEW:
                return replace(self.where(Q(pk__in=few)), look_ups=0)
        asked = self.tried(Exists(found.filter(case_id=OuterRef(self._column("pk")))))
        return replace(asked, look_ups=max(0, self.look_ups - 1))

    def open(self) -> Walk:
        """Those that are not closed."""
        return self.where(Q(closed_at=None))

    def soonest_due(self) -> Walk:
        """The open ones with a clock, in the order in which they run out."""
        return replace(self.open().where(Q(due_at__isnull=False)), by="due_at", down=False)

    def latest_closed(self) -> Walk:
        """The closed ones in the order in which they were closed."""
        return replace(self.where(Q(closed_at__isnull=False)), by="closed_at")

    def holding(self, words: str) -> Walk:
        """Those in whose text the words stand. Few are named; of many, `words` are kept to be looked for."""
        few = INDEX.some(words, FEW) if words else None
        return replace(self, words=words) if few is None else self.where(Q(pk__in=few))

    def keys(self, most: int, *, beyond: Key | None = None, back: bool = False) -> list[int]:
        """The first so many, after a key or (`back`) before it, in the order of the list."""
        found = self._held(most, beyond, back) if self.words else self._walked(most, beyond, back)
        return found[::-1] if back else found

    def far(self, beyond: Key | None, *, back: bool, times: int) -> Key | None:
        """How far a page walks that was gone on to so many `times`, where a condition is tried on each case;
        None: to the end."""
        if self.base is None:
            return None
        columns, at = (self._column(self.by), self._column("pk")), FAR * LONGER**times
        return next(iter(self._beyond(self.base, beyond, back).values_list(*columns)[at - 1 : at]), None)

    def until(self, key: Key | None, *, back: bool) -> Walk:
        """No further than a key."""
        if key is None:
            return self
        at, pk = key
        down = self.down is not back
        near = _past(self._column(self.by), self._column("pk"), (at, pk - 1 if down else pk + 1), not down)
        return replace(self, rows=self.rows.filter(near))

    def count(self, most: int, last: Key) -> Total:
        """How many there are, counted to so many; not for words that many cases hold. Where a condition is
        tried on each case, they are counted no further than a stretch beyond the `last` of the page."""
        rows, end = self.rows.order_by(), self._end(last)
        if end is None:
            found = rows[: most + 1].count()
            return Total(min(found, most), more=found > most)
        rows = rows.filter(**{f"{self._column(self.by)}__{'gte' if self.down else 'lte'}": end})
        return Total(rows[:most].count(), more=True)

    def _end(self, last: Key) -> datetime | None:
        """How far is counted; None: to the end."""
        if self.base is None:
            return None
        far = self._beyond(self.base, last, back=False).values_list(self._column(self.by), flat=True)
        return next(iter(far[STRETCH : STRETCH + 1]), None)

    def _held(self, most: int, beyond: Key | None, back: bool) -> list[int]:
        found: list[int] = []
        length = STRETCH
        while True:
            stretch = self._walked(length, beyond, back)
            held = INDEX.among(self.words, stretch)
            found += [pk for pk in stretch if pk in held]
            if len(found) >= most or len(stretch) < length:
                return found[:most]
            at: datetime = Case.objects.values_list(self.by, flat=True).get(pk=stretch[-1])
            beyond, length = (at, stretch[-1]), length * LONGER

    def _walked(self, most: int, beyond: Key | None, back: bool) -> list[int]:
        rows = self._beyond(self.rows, beyond, back)
        return list(rows.values_list(self._column("pk"), flat=True)[:most])

    def _beyond(self, rows: QuerySet[Any, Any], key: Key | None, back: bool) -> QuerySet[Any, Any]:
        """Rows in order, after a key or (`back`) before it."""
        by, pk = self._column(self.by), self._column("pk")
        down = self.down is not back
        rows = rows.filter(_past(by, pk, key, down)) if key else rows
        sign = "-" if down else ""
        return rows.order_by(f"{sign}{by}", f"{sign}{pk}")

    def _told(self, wanted: Q) -> Q:
        """A condition on cases, asked of the rows that are walked."""
        parts = [
            self._told(part) if isinstance(part, Q) else (self._column(part[0]), part[1])  # type: ignore[index]
            for part in wanted.children
        ]
        return Q(*parts, _connector=wanted.connector, _negated=wanted.negated)

    def _column(self, name: str) -> str:
        first, *lookup = name.split("__")
        if not self.of_unit or first in OF_SIGHT:
            return name
        return "__".join(("case_id", *lookup)) if first == "pk" else f"case__{name}"


def _past(by: str, pk: str, key: Key, down: bool) -> Q:
    """Past a sort key; the first condition alone already lets the index be entered there."""
    at, case = key
    side = "lt" if down else "gt"
    return Q(**{f"{by}__{side}e": at}) & (Q(**{f"{by}__{side}": at}) | Q(**{f"{pk}__{side}": case}))


def walk_for(user: User, unit: Unit | None = None) -> Walk:
    """The cases that a person sees; of them those that `unit`, or one below it, holds: that were given to it
    and not given back."""
    own = permissions.topmost(permissions.units_of(user))
    everything = permissions.sees_office(user)
    if unit is not None:
        rows = Sight.objects.filter(unit=unit, holds=True)
        if not everything and not any(unit.path.startswith(each.path) for each in own):
            rows = rows.filter(Exists(Sight.objects.filter(unit__in=own, case=OuterRef("case"))))
        return Walk(rows, of_unit=True)
    if everything or len(own) != 1:
        return Walk(permissions.visible_to(user), of_unit=False)
    return Walk(Sight.objects.filter(unit=own[0]), of_unit=True)


def newest(user: User) -> datetime | None:
    """When the newest case that a person sees came in."""
    key = walk_for(user).keys(1)
    return Case.objects.values_list("received_at", flat=True).get(pk=key[0]) if key else None


def loaded(keys: Sequence[int]) -> list[Case]:
    """The cases of these keys with what a list shows of them, in that order."""
    found = Case.objects.select_related("channel", "nature", "topic", "area", "person", "lead__unit")
    rows = found.order_by().in_bulk(keys)
    return [rows[key] for key in keys if key in rows]
