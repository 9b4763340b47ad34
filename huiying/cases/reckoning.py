"""Running clocks told anew after the calendar or a rule has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from huiying.accounts.models import User
from huiying.cases.history import CaseState, replay
from huiying.cases.lifecycle import Stale, advance, log_of
from huiying.cases.models import Case, ClockRun
from huiying.cases.place import Place
from huiying.common.errors import Refused

ORIGIN = "system:reckon"
BATCH = 500


@dataclass(frozen=True, slots=True)
class Moved:
    """A running clock and its due instants (None: paused); `unit` is whose it is, "" the case's own."""

    number: str
    kind: str
    on: int
    unit: str
    before: datetime | None
    after: datetime | None


@dataclass(frozen=True, slots=True)
class Left:
    """A case whose clocks could not be told anew, and why."""

    number: str
    why: str


def reckon_open(
    place: Place,
    *,
    at: datetime,
    by: User | None = None,
    dry_run: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Moved | Left]:
    """Give every running clock the due instant that the place's calendar and rules say; tell which moved.

    Only cases whose clocks move are touched, each in a transaction of its own, so that it may be stopped
    and run again; one that cannot be told anew is left and told. `dry_run` writes nothing.
    """
    cases = running_cases()
    total = cases.count() if progress else 0
    for done, case in enumerate(_in_batches(cases), 1):
        yield from _reckon(place, case, at=at, by=by, dry_run=dry_run)
        if progress:
            progress(done, total)


def reckon_after(
    place: Place, last: int, *, at: datetime, by: User | None
) -> Iterator[tuple[int, list[Moved] | list[Left]]]:
    """The same from the case after the one with the key `last` on: each case's key, and what moved there."""
    for case in _in_batches(running_cases(), last):
        yield case.pk, _reckon(place, case, at=at, by=by, dry_run=False)


def running_cases() -> QuerySet[Case]:
    """The cases with a clock that runs."""
    running = ClockRun.objects.filter(stopped_at=None, superseded=False)
    return Case.objects.filter(pk__in=running.values("case"))


def _in_batches(cases: QuerySet[Case], last: int = 0) -> Iterator[Case]:
    while batch := list(cases.filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield from batch
        last = batch[-1].pk


def _reckon(
    place: Place, case: Case, *, at: datetime, by: User | None, dry_run: bool
) -> list[Moved] | list[Left]:
    try:
        try:
            return _reckon_once(place, case, at=at, by=by, dry_run=dry_run)
        except Stale:  # somebody worked on it meanwhile
            return _reckon_once(place, Case.objects.get(pk=case.pk), at=at, by=by, dry_run=dry_run)
    except Refused as refusal:
        return [Left(case.number, str(refusal))]


def _reckon_once(place: Place, case: Case, *, at: datetime, by: User | None, dry_run: bool) -> list[Moved]:
    log = log_of(case)
    state = replay(log)
    moved = _moved(place, case.number, state) if state else []
    if moved and not dry_run:
        latest = max(entry.happened_at for entry in log)
        advance(case, "reckon", by=by, at=max(at, latest), origin=ORIGIN)
    return moved


def _moved(place: Place, number: str, state: CaseState) -> list[Moved]:
    names = {task.no: place.units[task.unit].name for task in state.tasks.values()}
    return [
        Moved(number, clock.kind, clock.on, names.get(clock.on, ""), clock.due_at, due)
        for clock, due in place.keeper.expected(state)
    ]
