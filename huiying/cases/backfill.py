"""Cases written down after the fact: whole histories checked like live moves, stored in bulk.

An importer builds a `Recording` per case, move by move, with the instants its source gives;
the same table, guards and clocks apply as on screen. `store` then writes many of them with a
handful of statements.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache, cached_property
from typing import Any

from django.db.models import Model

from huiying.accounts.models import User
from huiying.cases import guards, search, sights
from huiying.cases.history import CaseState, Entry
from huiying.cases.lifecycle import LONGEST_TITLE, NotAllowed, completed, digest, planned
from huiying.cases.models import Assignment, Case, CaseText, ClockRun, Event, Issue, Person, Ruling, Sight
from huiying.cases.moves import MOVES
from huiying.cases.persons import PersonData, held, indexes
from huiying.cases.persons import columns as sealed
from huiying.cases.place import Place
from huiying.cases.projection import (
    Columns,
    case_columns,
    clock_columns,
    event_columns,
    ruling_columns,
    task_columns,
)
from huiying.common import bulk

TABLES = (Assignment, ClockRun, Ruling, CaseText, Issue, Sight)
OF_ISSUE = ("nature_id", "topic_id", "title")
"""What the main issue has from its case."""


class Recording:
    """One case as a source tells it. `origin` names the source, as `import:<run>:<row>`."""

    def __init__(self, place: Place, number: str, *, recorded_at: datetime, origin: str) -> None:
        self.place, self.number, self.origin = place, number, origin
        self.recorded_at = recorded_at
        self.state = CaseState()
        self.entries: list[Entry] = []
        self.statuses: list[tuple[str, str]] = []
        self.notes: list[tuple[int, str, str]] = []
        self.title = self.body = ""
        self.person = PersonData()
        self.details: dict[str, Any] = {}

    def register(
        self, *, title: str, body: str, person: PersonData, at: datetime, details: dict[str, Any], **data: Any
    ) -> None:
        """Begin the case. `data` are codes as for `lifecycle.register`, `details` columns of the row."""
        self.title, self.body, self.person, self.details = title[:LONGEST_TITLE], body, person, details
        nature = data.get("nature", "")
        data.setdefault("nature_claimed", nature)
        data |= {"region": self.place.office.region, "title": digest(self.title), "body": digest(body)}
        self._add("register", at, 0, data)

    def move(self, name: str, at: datetime, *, on: int = 0, note: str = "", **data: Any) -> None:
        """Make the next move, or raise NotAllowed with the reason."""
        if at < self.entries[-1].happened_at:  # entries come in order, so the last is the latest
            raise NotAllowed("时间早于该件的上一个环节，请核对。")
        task = self.state.tasks.get(on)
        data = completed(self.state, name, data, task)
        if reason := guards.why_not(self.state, MOVES[name], task, at, data):
            raise NotAllowed(reason)
        if note:
            data["note"] = digest(note)
            self.notes.append((len(self.entries) + 1, note, data["note"]))
        self._add(name, at, on, data)

    def remark(self, note: str) -> None:
        """Put a note on the move made last."""
        last = self.entries[-1]
        last.data["note"] = digest(note)
        self.notes.append((last.seq, note, last.data["note"]))

    @cached_property
    def key(self) -> tuple[str, str] | None:
        """The keyed digests (phone, name) of the citizen; None where the source names nobody."""
        return indexes(self.person) if self.person else None

    def _add(self, name: str, at: datetime, on: int, data: dict[str, Any]) -> None:
        before = self.state.status if self.entries else ""
        entry = Entry(len(self.entries) + 1, name, on, at, self.recorded_at, data)
        self.entries.append(planned(self.place, self.state, entry))
        self.statuses.append((str(before), str(self.state.status)))

    def case(self, pk: int) -> Columns:
        """The columns of the case row; what hangs on it may still change its pointers and its head."""
        return {
            **_unsaid(),
            "id": pk,
            "number": self.number,
            "region": self.state.region,
            "title": self.title,
            "person_id": self.state.person,
            "recorded_at": self.recorded_at,
            "seq": len(self.entries),
            **case_columns(self.place, self.state),
            **self.details,
        }


@cache
def _unsaid() -> Columns:
    """What a case row has in the columns of which nothing was said."""
    fields = [field for field in Case._meta.concrete_fields if not field.primary_key]
    return {field.attname: field.get_default() for field in fields}


def store(recordings: Sequence[Recording], *, by: User | None) -> list[Case]:
    """Write the cases and all that hangs on them. The caller holds the transaction."""
    return [Case(**columns) for columns in write(recordings, by=by)]


def write(recordings: Sequence[Recording], *, by: User | None) -> list[Columns]:
    """The same without making an object of each case: their columns."""
    persons = _persons(recordings)
    cases: list[Columns] = []
    for recording, pk in zip(recordings, bulk.reserve(Case, len(recordings)), strict=True):
        if person := persons.get(_whose(recording)):
            recording.entries[0].data["person"] = recording.state.person = person
        cases.append(recording.case(pk))
    pairs = list(zip(recordings, cases, strict=True))
    events = _events(pairs, by)
    tables = _rows(pairs)
    bulk.insert_columns(Case, cases)
    bulk.insert_columns(Event, events)
    for model, rows in tables.items():
        bulk.insert_columns(model, rows)
    search.INDEX.put((pk, None, tokens) for pk, tokens in _found_by(pairs))
    return cases


def _found_by(pairs: Iterable[tuple[Recording, Columns]]) -> Iterator[tuple[int, str]]:
    for recording, case in pairs:
        tokens = search.tokens(recording.number, case["upper_number"], recording.title, recording.body)
        yield case["id"], tokens


def _persons(recordings: Iterable[Recording]) -> dict[Any, int]:
    """The key of every citizen met: known ones by phone and name, the others sealed anew."""
    wanted = {_whose(r): r for r in recordings if r.key}
    phones = {r.key[0] for r in wanted.values() if r.key}
    known = {
        (p.phone_index, p.name_index): p.pk
        for p in held(Person.objects.filter(phone_index__in=phones - {""})).order_by("-pk")
    }
    fresh = {
        whose: sealed(r.person, *r.key, at=r.recorded_at)
        for whose, r in wanted.items()
        if r.key and whose not in known
    }
    keys = dict(zip(fresh, bulk.reserve(Person, len(fresh)), strict=True))
    bulk.insert_columns(Person, [{"id": keys[whose], **row} for whose, row in fresh.items()])
    return {**known, **keys}


def _whose(recording: Recording) -> Any:
    """Whom a recording means: one phone and name are one citizen, a name alone is not (as in `enrol`)."""
    key = recording.key
    return key if key is None or key[0] else recording.number


def _events(pairs: Iterable[tuple[Recording, Columns]], by: User | None) -> list[Columns]:
    """The chained events of every case, in order; each case learns its head."""
    events: list[Columns] = []
    for recording, case in pairs:
        for entry, (before, after) in zip(recording.entries, recording.statuses, strict=True):
            event = event_columns(case, entry, before=before, after=after, by=by, origin=recording.origin)
            case["head"] = event["hash"]
            events.append(event)
    return events


def _rows(pairs: Sequence[tuple[Recording, Columns]]) -> dict[type[Model], list[Columns]]:
    """Assignments with their keys, and what hangs on them and on the cases; each case learns its lead."""
    keys = iter(bulk.reserve(Assignment, sum(len(recording.state.tasks) for recording, _ in pairs)))
    rows: dict[type[Model], list[Columns]] = {m: [] for m in TABLES}
    for recording, case in pairs:
        state, pk, region = recording.state, case["id"], case["region"]
        mine = {no: next(keys) for no in state.tasks}
        case["lead_id"] = mine.get(state.lead)
        rows[Assignment] += [
            {"id": mine[no]} | task_columns(pk, recording.place, state, task)
            for no, task in state.tasks.items()
        ]
        rows[ClockRun] += [clock_columns(pk, region, clock, mine) for clock in state.clocks]
        rows[Ruling] += [ruling_columns(pk, ruling, mine) for ruling in state.rulings]
        rows[CaseText] += _texts(recording, pk)
        seen = sights.columns(recording.place, state, case)
        rows[Sight] += [{"case_id": pk, **row} for row in seen.values()]
        rows[Issue].append(_issue(case))
    return rows


def _texts(recording: Recording, case: int) -> Iterator[Columns]:
    if recording.body:
        yield _text(case, 1, "body", recording.body, recording.entries[0].data["body"])
    for seq, note, mark in recording.notes:
        yield _text(case, seq, "note", note, mark)


def _text(case: int, seq: int, kind: str, text: str, mark: str) -> Columns:
    return {"case_id": case, "seq": seq, "kind": kind, "text": text, "digest": mark}


def _issue(case: Columns) -> Columns:
    return {"case_id": case["id"], "no": 1, "main": True} | {name: case[name] for name in OF_ISSUE}


def restate(
    case: Case, seq: int, *, title: str, body: str, person: Person | None, upper_number_before: str
) -> None:
    """Bring title, text, citizen, main issue and search to what the correction `seq` says.

    The old text stays beside the new one; "" and None leave things as they are. The caller holds the
    transaction and has made the move.
    """
    told, *added = search.words(case)
    before = search.tokens(case.number, upper_number_before, case.title, told, *added)
    case.title, case.person = title[:LONGEST_TITLE] or case.title, person or case.person
    case.save(update_fields=("title", "person"))
    if body:
        CaseText.objects.create(case=case, seq=seq, kind="body", text=body, digest=digest(body))
    case.issues.filter(main=True).update(title=case.title, nature=case.nature, topic=case.topic)
    after = search.tokens(case.number, case.upper_number, case.title, body or told, *added)
    search.INDEX.put([(case.pk, before, after)])
