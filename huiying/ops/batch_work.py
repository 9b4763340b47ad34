"""How the worker does long work: a table of kinds, each a walk that can be left and gone on with anywhere."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from huiying.batches import queue
from huiying.batches.models import Batch, BatchKind
from huiying.cases import place, reckoning
from huiying.cases.models import Case
from huiying.cases.reckoning import Left
from huiying.common.errors import Refused
from huiying.mining import hot_cases
from huiying.ops import archive_work

log = logging.getLogger(__name__)

SLICE_SECONDS = 20.0
"""How long one turn takes at most; the worker's other jobs come in between."""
WRITE_SECONDS = 1.0
NAMED = 20


class Work(NamedTuple):
    """One kind: how many rows there are, the walk over those after `batch.reached`, and what came of it.

    The walk gives the key of each row that is done, and what it adds to what was found: numbers are summed,
    of lists the first `NAMED` are kept. `left` counts what could not be done, `named` says why.
    """

    count: Callable[[Batch], int]
    walk: Callable[[Batch, datetime], Iterator[tuple[int, dict[str, Any]]]]
    said: Callable[[dict[str, Any]], str]


def _reckon(batch: Batch, now: datetime) -> Iterator[tuple[int, dict[str, Any]]]:
    for pk, found in reckoning.reckon_after(place.current(), batch.reached, at=now, by=batch.asked_by):
        left = [f"{one.number} 没有重算：{one.why}" for one in found if isinstance(one, Left)]
        clocks = len(found) - len(left)
        yield pk, {"clocks": clocks, "cases": int(clocks > 0), "left": len(left), "named": left}


def _reckoned(found: dict[str, Any]) -> str:
    clocks = found.get("clocks", 0)
    return f"已重算 {found['cases']} 件的 {clocks} 个时限。" if clocks else "没有时限需要变动。"


def left_over(found: dict[str, Any]) -> str:
    """What could not be done, each with its reason."""
    named = found.get("named", [])
    more = found.get("left", 0) - len(named)
    return "；".join(named) + (f"；另有 {more} 件" if more > 0 else "")


def _hot(batch: Batch, now: datetime) -> Iterator[tuple[int, dict[str, Any]]]:
    """All at once, as what belongs together is only known from all reports; how far it is, is written."""
    began = written = time.monotonic()

    def progress(done: int, total: int) -> None:
        nonlocal written
        batch.total, batch.done = total, min(done, total - 1)
        tick = time.monotonic()
        if tick - written > WRITE_SECONDS:
            written = tick
            queue.keep(batch, now + timedelta(seconds=tick - began))

    found = hot_cases.ranked(place.current(), *_period(batch), progress=progress)
    yield batch.total, {"matters": found}


def _period(batch: Batch) -> tuple[datetime, datetime]:
    return datetime.fromisoformat(batch.params["since"]), datetime.fromisoformat(batch.params["until"])


def _hot_said(found: dict[str, Any]) -> str:
    return f"找到 {len(found.get('matters', []))} 个热点。"


WORKS: dict[str, Work] = {
    BatchKind.RECKON: Work(lambda batch: reckoning.running_cases().count(), _reckon, _reckoned),
    BatchKind.ARCHIVE: Work(archive_work.count, archive_work.archive, archive_work.archived),
    BatchKind.ERASE: Work(archive_work.count_confirmed, archive_work.erase, archive_work.erased),
    BatchKind.HOT: Work(
        lambda batch: Case.objects.filter(hot_cases.asked(*_period(batch))).count(), _hot, _hot_said
    ),
}


def run(now: datetime, *, seconds: float = SLICE_SECONDS) -> str:
    """Go on with the oldest batch for a while; what became of it, in words."""
    batch = queue.take(now)
    if batch is None:
        return "没有批量任务"
    try:
        done = _go_on(batch, now, seconds)
    except Refused as refused:
        log.error("批量任务“%s”没有办成：%s", batch.get_kind_display(), refused)
        queue.fail(batch, str(refused), now)
    except Exception as error:  # kept with the batch and logged, tried again, and in the end left to people
        log.exception("批量任务“%s”没有办成", batch.get_kind_display())
        queue.fail(batch, f"{type(error).__name__}：{error}", now)
    else:
        queue.finish(batch, now) if done else queue.leave(batch)
    return f"{batch}：{batch.done}/{batch.total}"


def _go_on(batch: Batch, now: datetime, seconds: float) -> bool:
    """Whether the batch came to its end. Raises whatever the work raises."""
    work, began = WORKS[batch.kind], time.monotonic()
    if not batch.done:
        batch.total = work.count(batch)
    written = began
    for reached, found in work.walk(batch, now):
        batch.reached, batch.done = reached, batch.done + 1
        batch.found = _sum(batch.found, found)
        batch.said = _said(work, batch)
        tick = time.monotonic()
        if tick - began > seconds:
            return False
        if tick - written > WRITE_SECONDS:
            written = tick
            if not queue.keep(batch, now + timedelta(seconds=tick - began)):
                return False  # held too long: another worker goes on
    batch.total, batch.said = batch.done, _said(work, batch)
    return True


def _said(work: Work, batch: Batch) -> str:
    return work.said(batch.found) + left_over(batch.found)


def _sum(before: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    added = {name: before[name] + value if name in before else value for name, value in more.items()}
    return {name: value[:NAMED] if isinstance(value, list) else value for name, value in added.items()}
