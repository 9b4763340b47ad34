"""The facts: one wide row per assignment, plus one for each case without, and no personal data.

A `Snapshot` is built from the event log as it stood at `as_of`, knowing what was known at
`known_at`. Exactly one row of each case has `is_case`: its current lead assignment's, else
its last one's where that was finished and not given back, else a row without an assignment.
A case that was closed and taken up again keeps the instants of those closings and
reopenings, so that measures can ask whether it was open at any past instant.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery

from huiying.cases.clocks import elapsed_calendar_days, elapsed_workdays, local_date
from huiying.cases.deadlines import task_due
from huiying.cases.history import CaseState, Entry, Task, effective, replay
from huiying.cases.models import Assignment, Case, Event
from huiying.cases.moves import MOVES, CaseStatus, Ending, TaskStatus
from huiying.cases.place import Place

REOPENING = frozenset({"reopen", "unmerge"})
GONE = frozenset({TaskStatus.RETURNED, TaskStatus.CANCELLED})
OVERLAP = 10_000
"""So many of the newest events are looked at again: a transaction that took its keys early and ended late is
seen unless it stayed open while so many others were stored."""
Stamp = tuple[int, int]
"""Of the events that there are."""
_AT = pa.timestamp("us")
COLUMNS = pa.schema(
    [
        ("case", pa.string()),
        ("is_case", pa.bool_()),
        ("is_task", pa.bool_()),
        ("counted", pa.bool_()),
        ("region", pa.string()),
        ("channel", pa.string()),
        ("group", pa.string()),
        ("upper", pa.bool_()),
        ("nature", pa.string()),
        ("topic", pa.string()),
        ("topic_1", pa.string()),
        ("area", pa.string()),
        ("person", pa.int64()),
        ("issues", pa.int64()),
        ("urgency", pa.string()),
        ("mode", pa.string()),
        ("status", pa.string()),
        ("ending", pa.string()),
        ("unit", pa.string()),
        ("unit_kind", pa.string()),
        ("role", pa.string()),
        ("round", pa.int64()),
        ("task_status", pa.string()),
        ("received_at", _AT),
        ("received_on", pa.date32()),
        ("dispatched_at", _AT),
        ("claimed_at", _AT),
        ("contacted_at", _AT),
        ("replied_at", _AT),
        ("closed_at", _AT),
        ("closings", pa.list_(_AT)),
        ("reopenings", pa.list_(_AT)),
        ("claim_due", _AT),
        ("contact_due", _AT),
        ("reply_due", _AT),
        ("returns_asked", pa.int64()),
        ("sent_back", pa.int64()),
        ("extended", pa.int64()),
        ("reopened", pa.int64()),
        ("urged", pa.int64()),
        ("call_outcome", pa.string()),
        ("solved", pa.bool_()),
        ("satisfied", pa.string()),
        ("appeal", pa.string()),
        ("workdays", pa.int64()),
        ("days", pa.int64()),
    ]
)


@dataclass(frozen=True)
class Snapshot:
    """The facts as of one instant and one state of knowledge, with the place that explains their codes.

    `stamp` is that of the events when the logs were read, `heads` are their last hashes by the numbers of the
    cases. Some logs read otherwise later: the `unknown` were recorded after `known_at`, the
    `beyond` tell of what happened after `until`.
    """

    place: Place
    as_of: datetime
    known_at: datetime
    table: pa.Table
    stamp: Stamp = (0, 0)
    heads: Mapping[str, str] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()
    beyond: frozenset[str] = frozenset()

    @property
    def until(self) -> datetime:
        """What happened before is in the facts, however much later they are asked for."""
        return min(self.as_of, self.known_at)


def snapshot(
    place: Place, *, since: datetime, as_of: datetime, known_at: datetime, stamp: Stamp | None = None
) -> Snapshot:
    """Facts of every case that was open at `since` or received after it, as of and known at the instants.

    `stamp` is given where it has just been asked for.
    """
    stamp, received = stamp or events_stamp(), Case.objects.filter(received_at__lt=as_of).order_by()
    recent = received.filter(pk__in=_recent(since, known_at)).values("pk")
    still_open = received.filter(closed_at=None).values("pk")
    none = tabled(place, (), as_of=as_of, known_at=known_at)
    begun = Snapshot(place, as_of, known_at, none, stamp)
    return _read(begun, Case.objects.filter(pk__in=recent.union(still_open, _amended())))


def of_units(
    place: Place, units: Iterable[str], received: Q, *, as_of: datetime, known_at: datetime
) -> Snapshot:
    """Facts of no other cases than those that were given to some units and were `received` so."""
    given = Assignment.objects.filter(unit__code__in=list(units)).order_by().values("case")
    begun = Snapshot(place, as_of, known_at, tabled(place, (), as_of=as_of, known_at=known_at))
    return _read(begun, Case.objects.filter(received, pk__in=given))


def brought_forward(
    before: Snapshot, *, since: datetime, as_of: datetime, known_at: datetime, stamp: Stamp | None = None
) -> Snapshot:
    """What `snapshot` of the same place and `since` tells, with only the logs read that have grown."""
    place, stamp = before.place, stamp or events_stamp()
    if known_at < before.known_at or before.known_at < since or as_of < before.until:
        return snapshot(place, since=since, as_of=as_of, known_at=known_at, stamp=stamp)
    grown = _grown(before, as_of)
    if len(grown) > OVERLAP:
        return snapshot(place, since=since, as_of=as_of, known_at=known_at, stamp=stamp)
    heads = {number: head for number, head in before.heads.items() if number not in grown}
    table = before.table.filter(pc.invert(pc.is_in(before.table["case"], pa.array(grown, pa.string()))))
    begun = Snapshot(place, as_of, known_at, table, stamp, heads, beyond=before.beyond - grown)
    own = {"case": OuterRef("pk")}
    matters = Q(closed_at=None) | Exists(_recent(since, known_at, **own))
    wanted = Exists(_amended(**own)) | Q(received_at__lt=as_of) & matters
    return _read(begun, Case.objects.filter(wanted, number__in=grown))


def events_stamp() -> Stamp:
    """What changes with every event that is stored: the newest key, and how many of the last there are."""
    newest = Event.objects.order_by("-pk").values("pk")[:1]
    last = Event.objects.filter(pk__gt=Subquery(newest) - OVERLAP).order_by()
    found = last.aggregate(newest=Max("pk"), n=Count("pk"))
    return found["newest"] or 0, found["n"]


def _grown(before: Snapshot, as_of: datetime) -> set[str]:
    """The cases whose logs are not, or may not be, as they were read."""
    tail = Event.objects.filter(pk__gt=before.stamp[0] - OVERLAP).order_by().values("case_id")
    found = Case.objects.order_by().values_list("number", "head")
    looked_at, doubtful = found.filter(pk__in=tail), before.unknown
    if as_of != before.as_of:
        later = found.filter(received_at__gte=before.until, received_at__lt=as_of)
        looked_at, doubtful = looked_at.union(later), doubtful | before.beyond
    return {number for number, head in looked_at if before.heads.get(number) != head} | doubtful


def _read(begun: Snapshot, cases: QuerySet[Case]) -> Snapshot:
    """A snapshot to which the facts of some cases have been added."""
    heads, unknown, beyond = dict(begun.heads), set[str](), set(begun.beyond)

    def noted() -> Iterator[tuple[str, list[Entry]]]:
        for number, head, entries in _logs(cases):
            heads[number] = head
            if any(entry.recorded_at > begun.known_at for entry in entries):
                unknown.add(number)
            if any(entry.happened_at >= begun.until for entry in effective(entries)):
                beyond.add(number)
            yield number, entries

    added = tabled(begun.place, noted(), as_of=begun.as_of, known_at=begun.known_at)
    table = pa.concat_tables([begun.table, added]).combine_chunks()
    return replace(begun, table=table, heads=heads, unknown=frozenset(unknown), beyond=frozenset(beyond))


def tabled(
    place: Place, logs: Iterable[tuple[str, list[Entry]]], *, as_of: datetime, known_at: datetime
) -> pa.Table:
    """The facts of some cases, each a number and its log."""
    rows: list[dict[str, Any]] = []
    for number, entries in logs:
        state = replay(entries, as_of=as_of, known_at=known_at)
        if state is None:  # not received by then, or not known
            continue
        undone = _undone_closings(entries, as_of, known_at)
        rows += [row | undone for row in case_rows(number, state, place)]
    return pa.Table.from_pylist(rows, schema=COLUMNS)


# Which logs can matter: something happened since, or was recorded since (or, asked for an older knowledge,
# since then), the case is still open, or its past was corrected


def _recent(since: datetime, known_at: datetime, **of: Any) -> QuerySet[Event, Any]:
    later = Q(happened_at__gte=since) | Q(recorded_at__gte=min(since, known_at))
    return Event.objects.filter(later, **of).order_by().values("case_id")


def _amended(**of: Any) -> QuerySet[Event, Any]:
    return Event.objects.filter(kind="amend", **of).order_by().values("case_id")


def _logs(cases: QuerySet[Case]) -> Iterator[tuple[str, str, list[Entry]]]:
    """The number, the last hash and the entries of each case."""
    events = (
        Event.objects.filter(case__in=cases.order_by().values("pk"))
        .order_by("case_id", "seq")
        .values_list("case__number", "seq", "kind", "on", "happened_at", "recorded_at", "data", "hash")
        .iterator(chunk_size=5000)
    )
    for number, group in groupby(events, key=itemgetter(0)):
        rows = list(group)
        yield number, rows[-1][-1], [Entry(s, k, o, h, r, json.loads(d)) for _, s, k, o, h, r, d, _ in rows]


def _undone_closings(entries: list[Entry], as_of: datetime, known_at: datetime) -> dict[str, Any]:
    """When the case was closed and, pairwise, taken up again (重办, 取消并单)."""
    if not any(entry.kind in REOPENING for entry in entries):
        return {"closings": [], "reopenings": []}
    closings: list[datetime] = []
    reopenings: list[datetime] = []
    closed_at: datetime | None = None
    for entry in effective(entries, known_at=known_at):
        if entry.happened_at >= as_of:
            continue
        if MOVES[entry.kind].target is CaseStatus.CLOSED:
            closed_at = entry.happened_at
        elif entry.kind in REOPENING and closed_at is not None:
            closings.append(_naive(closed_at))
            reopenings.append(_naive(entry.happened_at))
    return {"closings": closings, "reopenings": reopenings}


def case_rows(number: str, state: CaseState, place: Place) -> list[dict[str, Any]]:
    """The fact rows of one case."""
    case = _case_columns(number, state, place)
    head = state.lead_task or _last_lead(state)
    rows = [
        case | _task_columns(task, state, place) | {"is_case": task is head} for task in state.tasks.values()
    ]
    if head is None:
        return [*rows, case | {"is_case": True, "is_task": False, "replied_at": _direct_reply(state)}]
    if not state.lead:  # reopened, no unit leads: the old reply answers nothing now, its limit does not run
        rows[list(state.tasks).index(head.no)] |= {"replied_at": _direct_reply(state), "reply_due": None}
    return rows


def _direct_reply(state: CaseState) -> datetime | None:
    return _utc(state.replied_at) if state.mode == "direct" else None


def _last_lead(state: CaseState) -> Task | None:
    """The unit that led last, where it finished its task; one that gave it back has nothing to do with it."""
    leads = [task for task in state.tasks.values() if task.role == "lead"]
    return leads[-1] if leads and leads[-1].status not in GONE else None


def _case_columns(number: str, state: CaseState, place: Place) -> dict[str, Any]:
    channel = place.channels[state.channel]
    received_at = state.received_at
    assert received_at is not None
    columns: dict[str, Any] = {
        "case": number,
        "counted": state.ending is not Ending.INVALID,
        "region": state.region,
        "channel": state.channel,
        "group": channel.group.code,
        "upper": channel.upper,
        "nature": state.nature or None,
        "topic": state.topic or None,
        "topic_1": "/".join(state.topic.split("/")[:2]) or None,
        "area": state.area or None,
        "person": state.person,
        "issues": state.issues,
        "urgency": state.urgency,
        "mode": state.mode or None,
        "status": str(state.status),
        "ending": str(state.ending),
        "round": state.round,
        "received_at": _utc(received_at),
        "received_on": local_date(received_at, place.keeper.tz),
        "dispatched_at": _utc(state.dispatched_at),
        "replied_at": _utc(state.replied_at),
        "closed_at": _utc(state.closed_at),
        "reopened": state.reopened,
        "urged": state.urged,
        "call_outcome": state.call_outcome or None,
        "solved": state.solved,
        "satisfied": state.satisfied or None,
        "appeal": state.appeal or None,
        "returns_asked": 0,
        "sent_back": 0,
        "extended": 0,
    }
    if state.closed_at is not None:
        columns["workdays"] = elapsed_workdays(
            received_at, state.closed_at, place.keeper.calendar, place.keeper.tz
        )
        columns["days"] = elapsed_calendar_days(received_at, state.closed_at, place.keeper.tz)
    return columns


def _task_columns(task: Task, state: CaseState, place: Place) -> dict[str, Any]:
    columns: dict[str, Any] = {
        "is_task": True,
        "unit": task.unit,
        "unit_kind": place.units[task.unit].kind,
        "role": task.role,
        "round": task.round,
        "task_status": str(task.status),
        "claimed_at": _utc(task.claimed_at),
        "contacted_at": _utc(task.contacted_at or task.replied_at),
        "replied_at": _utc(task.replied_at),
        "claim_due": _utc(task_due(state, task, "claim")),
        "contact_due": _utc(task_due(state, task, "first_contact")),
        "reply_due": _utc(task_due(state, task, "reply")),
        "returns_asked": task.returns_asked,
        "sent_back": task.sent_back,
        "extended": task.extended,
    }
    if task.status in GONE:
        columns["claim_due"] = columns["reply_due"] = columns["contact_due"] = None
    return columns


def _utc(at: datetime | None) -> datetime | None:
    return _naive(at) if at else None


def _naive(at: datetime) -> datetime:
    """The facts hold UTC instants without zone, which every engine compares alike."""
    return at.astimezone(UTC).replace(tzinfo=None)
