"""正在处理: who has a case's page open, so that two do not work on it unawares.

A page says so when it opens and while it stays open; whoever has not been heard of for `LASTS` has left. One
row per person and case, written at most every `PAUSE` and never waited for: it is no event, and the worker
sweeps it away.

Who is told of whom: the office of everybody by name; a unit of its own people (above and below it as well)
by name, of the office's only that the office is at work, and of other units' nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from django.db.models import QuerySet

from huiying.accounts.models import Unit, User
from huiying.cases import permissions
from huiying.cases.models import Case, Presence
from huiying.common.impatience import if_free

LASTS = timedelta(seconds=60)
PAUSE = timedelta(seconds=15)
SWEPT = timedelta(minutes=10)
OFFICE = "热线办公室"
READING = "case"
"""The page that is only read: a unit is not told that the office looks at its case."""


@dataclass(frozen=True, slots=True)
class Here:
    """Somebody at a case, as the reader may be told of them."""

    who: str
    does: str

    def __str__(self) -> str:
        return f"{self.who}正在{self.does}"


class OfCase(Protocol):
    """What waits in a queue and belongs to a case."""

    @property
    def case_id(self) -> int: ...


Row = TypeVar("Row", bound=OfCase)


def others(user: User, cases: Iterable[Case], at: datetime) -> dict[int, list[Here]]:
    """Who else is at each of the cases (by pk), in one query."""
    rows = Presence.objects.filter(case__in=[case.pk for case in cases], seen_at__gt=at - LASTS)
    return _told(user, rows.exclude(user=user).select_related("user", "unit"))


def free(queue: Sequence[Row], taken: Collection[int]) -> Row | None:
    """The first of a queue at whose case nobody else is; where somebody is at each, the first."""
    return next((row for row in queue if row.case_id not in taken), next(iter(queue), None))


def at_case(user: User, case: Case, page: str, at: datetime) -> list[Here]:
    """Note that the person has the case's page open, and tell who else is there: two queries at the most,
    three for whoever stands in for another unit."""
    rows = list(Presence.objects.filter(case=case).select_related("user", "unit"))
    own = next((row for row in rows if row.user_id == user.pk), None)
    if own is None or own.seen_at <= at - PAUSE:
        _note(user, case, page, at)
    return _told(user, [row for row in rows if row is not own and row.seen_at > at - LASTS]).get(case.pk, [])


def _note(user: User, case: Case, page: str, at: datetime) -> None:
    row = Presence(case=case, user=user, unit=_unit_of(user, case, page), page=page, seen_at=at)
    with if_free():
        Presence.objects.bulk_create(
            [row],
            update_conflicts=True,
            unique_fields=["case", "user"],
            update_fields=["unit", "page", "seen_at"],
        )


def _unit_of(user: User, case: Case, page: str) -> Unit | None:
    """The unit as whose the person is at the case; None for the office's own people.

    Whoever belongs to both is the unit's where they work on its task.
    """
    of_unit = page == "work" or not permissions.sees_office(user)
    units = permissions.units_of(user) if of_unit else []
    if len(units) < 2:
        return units[0] if units else None
    paths = list(case.assignments.values_list("unit__path", flat=True))
    return next((unit for unit in units if any(path.startswith(unit.path) for path in paths)), units[0])


def _told(user: User, rows: QuerySet[Presence] | Collection[Presence]) -> dict[int, list[Here]]:
    found: dict[int, list[Here]] = {}
    office = permissions.sees_office(user)
    paths = [unit.path for unit in permissions.units_of(user)]
    for row in rows:
        if who := _named(row, office, paths):
            told, here = found.setdefault(row.case_id, []), Here(who, row.get_page_display())
            if here not in told:
                told.append(here)
    return found


def _named(row: Presence, office: bool, paths: Collection[str]) -> str:
    """What the reader may call the person; "" where they are not to know of them."""
    if office:
        return f"{row.user}（{row.unit}）" if row.unit else str(row.user)
    if row.unit is None:
        return OFFICE if paths and row.page != READING else ""
    same = any(row.unit.path.startswith(path) or path.startswith(row.unit.path) for path in paths)
    return str(row.user) if same else ""


def sweep(now: datetime) -> int:
    """Clear away those who have left; how many."""
    return Presence.objects.filter(seen_at__lte=now - SWEPT).delete()[0]
