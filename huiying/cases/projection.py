"""Rows from the log: how a `CaseState` becomes Case, Assignment, ClockRun and Ruling rows.

The columns of each come from one function, whether one row is saved live (`project`) or many are inserted
at once (`backfill`), which does without making an object of each.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.db.models import Model

from huiying.accounts.models import User
from huiying.cases import chain, sights
from huiying.cases.deadlines import next_due, unit_due
from huiying.cases.history import CaseState, Clock, Entry, Ruling, Task
from huiying.cases.models import Accused, Assignment, Case, ClockRun, Event
from huiying.cases.models import Ruling as RulingRow
from huiying.cases.place import Place

Columns = dict[str, Any]
"""The values of a row by its columns' attributes, as `case_id`."""
CASE_FIELDS = (
    "channel",
    "nature",
    "nature_claimed",
    "topic",
    "branch",
    "area",
    "upper_number",
    "urgency",
    "secret",
    "status",
    "ending",
    "mode",
    "received_at",
    "dispatched_at",
    "replied_at",
    "closed_at",
    "erased_at",
    "due_at",
    "lead",
    "merged_into",
    "repeat_of",
)
CASE_POINTERS = frozenset({"channel", "nature", "nature_claimed", "topic", "branch", "area"})
OF_TASK = (
    "unit",
    "role",
    "round",
    "status",
    "designated",
    "paused",
    "assigned_at",
    "claimed_at",
    "contacted_at",
    "replied_at",
    "released_at",
    "ended_at",
)
TASK_FIELDS = (*OF_TASK, "is_open", "due_at")
CLOCK_FIELDS = ("rule", "version", "why", "started_at", "due_at", "stopped_at", "superseded")
# all of them: a correction of what started a clock moves the run itself, while the log keeps both
RULING_FIELDS = ("reason", "proposed", "asked_at", "decision", "decided_at")


def parse(event: Event) -> Entry:
    """The pure entry of an event row."""
    return Entry(
        event.seq, event.kind, event.on, event.happened_at, event.recorded_at, json.loads(event.data)
    )


def event_columns(
    case: Columns, entry: Entry, *, before: str, after: str, by: User | None, origin: str
) -> Columns:
    """The event of an entry, chained to the head of the case, of which the columns are given."""
    covered: Columns = {
        "region": case["region"],
        "seq": entry.seq,
        "kind": entry.kind,
        "on": entry.on,
        "happened_at": entry.happened_at,
        "recorded_at": entry.recorded_at,
        "actor_id": by.pk if by else None,
        "origin": origin,
        "from_status": before,
        "to_status": after,
        "data": chain.canonical(entry.data),
        "previous": case["head"],
    }
    link = chain.Link(case["number"], *covered.values())
    return {"case_id": case["id"], **covered, "hash": chain.digest(link)}


def region_of(place: Place) -> str:
    return place.office.region


def case_values(place: Place, state: CaseState) -> dict[str, Any]:
    """The columns of the case row that follow from its log, but for the pointers to other rows."""
    return {
        "channel": place.channels[state.channel],
        "nature": place.natures.get(state.nature),
        "nature_claimed": place.natures.get(state.nature_claimed),
        "topic": place.topics.get(state.topic),
        "branch": place.branch(state.topic),
        "area": place.areas.get(state.area),
        "upper_number": state.upper_number,
        "urgency": state.urgency,
        "secret": state.secret,
        "status": str(state.status),
        "ending": str(state.ending),
        "mode": state.mode,
        "received_at": state.received_at,
        "dispatched_at": state.dispatched_at,
        "replied_at": state.replied_at,
        "closed_at": state.closed_at,
        "erased_at": state.erased_at,
        "due_at": next_due(state),
    }


def case_columns(place: Place, state: CaseState) -> Columns:
    """The same by the columns' attributes: pointers by key."""
    return {
        f"{name}_id" if name in CASE_POINTERS else name: value.pk if isinstance(value, Model) else value
        for name, value in case_values(place, state).items()
    }


def task_columns(case: int, place: Place, state: CaseState, task: Task) -> Columns:
    values = {name: getattr(task, name) for name in OF_TASK if name != "unit"}
    values |= {"case_id": case, "region": state.region, "no": task.no, "unit_id": place.units[task.unit].pk}
    is_open = state.is_open_for(task)
    due_at = unit_due(state, task) if is_open else None
    return values | {"status": str(task.status), "is_open": is_open, "due_at": due_at}


def clock_columns(case: int, region: str, clock: Clock, tasks: Mapping[int, int]) -> Columns:
    """`tasks` are the keys of the case's assignments by their numbers."""
    return {
        "case_id": case,
        "assignment_id": tasks.get(clock.on),
        "region": region,
        "kind": clock.kind,
        "on": clock.on,
        "run": clock.run,
        "rule": clock.rule,
        "version": clock.version,
        "why": clock.why,
        "started_at": clock.started_at,
        "due_at": clock.due_at,
        "stopped_at": clock.stopped_at,
        "superseded": clock.superseded,
    }


def ruling_columns(case: int, ruling: Ruling, tasks: Mapping[int, int]) -> Columns:
    return {
        "case_id": case,
        "assignment_id": tasks[ruling.on],
        "no": ruling.no,
        "kind": ruling.kind,
        "reason": ruling.reason,
        "proposed": ruling.proposed,
        "asked_at": ruling.asked_at,
        "decision": ruling.decision,
        "decided_at": ruling.decided_at,
    }


def project(case: Case, place: Place, state: CaseState, *, retold: bool = False) -> None:
    """Bring the rows of one case to `state`: one upsert per table.

    `retold` says that the past was corrected: runs of clocks that the log no longer tells then go.
    """
    if retold:
        case.clocks.all().delete()
    region, pk = state.region, case.pk
    tasks = {no: Assignment(**task_columns(pk, place, state, task)) for no, task in state.tasks.items()}
    if tasks:
        Assignment.objects.bulk_create(
            tasks.values(), update_conflicts=True, unique_fields=("case", "no"), update_fields=TASK_FIELDS
        )
    keys = {no: task.pk for no, task in tasks.items()}
    if state.clocks:
        ClockRun.objects.bulk_create(
            [ClockRun(**clock_columns(pk, region, clock, keys)) for clock in state.clocks],
            update_conflicts=True,
            unique_fields=("case", "kind", "on", "run"),
            update_fields=CLOCK_FIELDS,
        )
    if state.rulings:
        RulingRow.objects.bulk_create(
            [RulingRow(**ruling_columns(pk, ruling, keys)) for ruling in state.rulings],
            update_conflicts=True,
            unique_fields=("case", "no"),
            update_fields=RULING_FIELDS,
        )
    counted_by = case.nature_id, case.topic_id
    for name, value in case_values(place, state).items():
        setattr(case, name, value)
    case.lead = tasks.get(state.lead)
    case.merged_into, case.repeat_of = _numbered(state.merged_into), _numbered(state.repeat_of)
    case.person_id = state.person
    case.save(update_fields=(*CASE_FIELDS, "person"))
    if counted_by != (case.nature_id, case.topic_id):  # a case counts by its main issue
        case.issues.filter(main=True).update(nature=case.nature, topic=case.topic)
    if tasks:
        sights.project(case, place, state, case_columns(place, state))


def project_accused(case: Case, place: Place, state: CaseState) -> None:
    """The units complained of, as the log last named them."""
    case.accused.filter(kind="unit").delete()
    rows = [Accused(case=case, kind="unit", unit=place.units[code]) for code in state.accused]
    Accused.objects.bulk_create(rows)


def _numbered(number: str) -> Case | None:
    return Case.objects.get(number=number) if number else None
