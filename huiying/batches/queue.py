"""The queue of long work: asked for in the transaction that makes it needed, taken by one worker at a time.

The WHERE clause is the lock. A worker that dies leaves its batch taken until `taken_until`; the next one
goes on where the last progress was written, so every part of a batch may be done twice without harm.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from huiying.accounts.models import User
from huiying.batches.models import UNFINISHED, Batch, BatchState

HELD = timedelta(minutes=2)
"""How long a batch stays with a worker that no longer says anything."""
RETRY = timedelta(minutes=5)
TRIES = 3
SHOWN = timedelta(hours=1)


def ask(kind: str, *, by: User | None, at: datetime, **params: Any) -> Batch:
    """Put work into the queue. What waits already and has not begun is not asked for twice.

    Call it in the transaction of the change that the work follows from: the worker then starts after both.
    """
    waiting = Batch.objects.filter(kind=kind, params=params, state=BatchState.WAITING, done=0, tries=0)
    same = waiting.order_by("pk").first()
    if same and waiting.filter(pk=same.pk).update(asked_by=by, asked_at=at):
        same.refresh_from_db()
        return same
    return Batch.objects.create(kind=kind, params=params, asked_by=by, asked_at=at)


def lately(kind: str, now: datetime) -> Batch | None:
    """The batch of this kind to show: the one at work, else the last one, for an hour or if it failed."""
    rows = Batch.objects.filter(kind=kind).select_related("asked_by")
    working = rows.filter(state__in=UNFINISHED).order_by("pk").first()
    latest = working or rows.order_by("-pk").first()
    past = latest is not None and latest.state == BatchState.DONE
    return None if latest and past and latest.ended_at and latest.ended_at < now - SHOWN else latest


def again(batch: Batch) -> bool:
    """Let a batch that failed be tried again from where it stopped; False where it did not fail."""
    failed = Batch.objects.filter(pk=batch.pk, state=BatchState.FAILED)
    return bool(failed.update(state=BatchState.WAITING, tries=0, error="", taken_until=None, ended_at=None))


# For the worker


def take(now: datetime) -> Batch | None:
    """The oldest batch that is not finished and that nobody else has; None where there is none."""
    free = Batch.objects.filter(Q(taken_until=None) | Q(taken_until__lte=now), state__in=UNFINISHED)
    for batch in free.select_related("asked_by").order_by("pk"):
        seen = Batch.objects.filter(pk=batch.pk, state=batch.state, taken_until=batch.taken_until)
        if batch.taken_until is None:
            seen = Batch.objects.filter(pk=batch.pk, state=batch.state, taken_until__isnull=True)
        if seen.update(state=BatchState.RUNNING, taken_until=now + HELD):
            batch.state, batch.taken_until = BatchState.RUNNING, now + HELD
            return batch
    return None


def keep(batch: Batch, now: datetime) -> bool:
    """Write how far the batch is and hold it on; False where another worker has taken it meanwhile."""
    return _write(batch, taken_until=now + HELD)


def leave(batch: Batch) -> bool:
    """Write how far the batch is and let it go, to be gone on with."""
    return _write(batch, taken_until=None)


def finish(batch: Batch, now: datetime) -> bool:
    """The batch is done."""
    return _write(batch, taken_until=None, state=BatchState.DONE, ended_at=now, error="")


def fail(batch: Batch, error: str, now: datetime) -> bool:
    """The batch could not go on: it is tried again in a while, and in the end left to people."""
    tries = batch.tries + 1
    if tries < TRIES:
        return _write(batch, taken_until=now + RETRY, tries=tries, error=error)
    return _write(batch, taken_until=None, tries=tries, error=error, state=BatchState.FAILED, ended_at=now)


def _write(batch: Batch, **changes: Any) -> bool:
    progress = {name: getattr(batch, name) for name in ("total", "done", "reached", "found", "said")}
    mine = Batch.objects.filter(pk=batch.pk, taken_until=batch.taken_until, state=BatchState.RUNNING)
    written = bool(mine.update(**progress | changes))
    for name, value in changes.items() if written else ():
        setattr(batch, name, value)
    return written
