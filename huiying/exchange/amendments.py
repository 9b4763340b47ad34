"""A line of the sheet against what earlier files said of the same case, and what follows from the difference.

Only what files said is compared: what people have done since stays theirs. A difference in something
said before becomes a correction (`amend`), a step that is new becomes a move like any other; where a
person has already acted on the same thing the line is refused and nothing is undone. A blank in the
file takes nothing away.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from huiying.accounts.models import User
from huiying.cases.backfill import Recording, restate
from huiying.cases.history import Entry, effective
from huiying.cases.lifecycle import advance
from huiying.cases.models import Case, Event
from huiying.cases.persons import PersonData, enrol, reveal
from huiying.cases.place import Place
from huiying.exchange.reports import Change

ORIGIN = "import:"
REGISTERED = {
    "upper_number": "上级编号",
    "channel": "渠道",
    "nature": "性质",
    "topic": "内容分类",
    "title": "标题",
    "body": "内容",
    "area": "所属乡镇",
}
INSTANT = {
    "register": "受理时间",
    "dispatch": "派单时间",
    "claim": "认领时间",
    "drop_return": "认领时间",
    "ask_return": "退办时间",
    "direct_answer": "答复时间",
    "answer": "答复时间",
    "release": "答复时间",
    "close": "办结时间",
}
Step = tuple[str, int]


class Conflict(Exception):
    """The file contradicts what people have done to the case since."""

    def __init__(self, column: str, what: str) -> None:
        super().__init__(what)
        self.column, self.what = column, what
        self.mend = "请在系统中打开该件核对；确需更正的，在系统中更正，或从文件中去掉这一行"


@dataclass(slots=True)
class Stored:
    """A case in the house: what imports said of it, and what people did."""

    case: Case
    said: dict[Step, Entry] = field(default_factory=dict)
    live: dict[Step, Entry] = field(default_factory=dict)
    corrected: set[int] = field(default_factory=set)
    notes: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Difference:
    """What a line says anew: corrections of (said, now), further steps, a new note; for people, changes."""

    changes: dict[str, Change] = field(default_factory=dict)
    corrections: list[tuple[Entry, Entry]] = field(default_factory=list)
    steps: list[Entry] = field(default_factory=list)
    note: str = ""
    rewritten: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.changes)


def stored(numbers: Iterable[str]) -> dict[str, Stored]:
    """The cases of these numbers that are in the house: two queries, whatever their number."""
    cases = {
        case.pk: Stored(case)
        for case in Case.objects.filter(number__in=list(numbers)).select_related("person")
    }
    logs: dict[int, tuple[list[Entry], list[Entry]]] = {pk: ([], []) for pk in cases}
    columns = ("case_id", "seq", "kind", "on", "happened_at", "recorded_at", "data", "origin")
    events = Event.objects.filter(case__in=list(cases)).order_by("case", "seq").values_list(*columns)
    for pk, seq, kind, on, happened_at, recorded_at, data, origin in events.iterator():
        entry = Entry(seq, kind, on, happened_at, recorded_at, json.loads(data))
        logs[pk][not origin.startswith(ORIGIN)].append(entry)
    for pk, (said, live) in logs.items():
        one = cases[pk]
        one.said = {(e.kind, e.on): e for e in effective(said) if e.kind != "amend"}
        one.notes = {str(e.data["note"]) for e in said if "note" in e.data}
        one.live = {(e.kind, e.on): e for e in live}
        one.corrected = {int(e.data["seq"]) for e in live if e.kind == "amend"}
    return {one.case.number: one for one in cases.values()}


def compare(place: Place, one: Stored, recording: Recording, row: int) -> Difference:
    """What the line says otherwise than the files before it. Raises Conflict.

    A title that the file does not have, but was taken from the body, takes no other away.
    """
    if ("register", 0) not in one.said:
        raise Conflict("编号", f"编号 {one.case.number} 在系统中已有，且不是由文件导入的")
    told = Difference()
    for entry in recording.entries:
        step = (entry.kind, entry.on)
        if old := one.said.get(step):
            _compare_entry(place, one, told, old, entry, row)
        elif known := one.live.get(step):
            if known.happened_at != entry.happened_at:
                raise Conflict(
                    INSTANT[entry.kind],
                    f"该件已在系统中办过这一步（{_shown(place, known.happened_at)}），与文件不同",
                )
        else:
            told.steps.append(entry)
            _change(told, row, one, INSTANT[entry.kind], "", _shown(place, entry.happened_at))
    _compare_person(one, told, recording, row)
    for _, text, mark in recording.notes:
        if mark not in one.notes:
            told.note = text
            _change(told, row, one, "备注", "", text)
    if told:
        told.corrections = _in_order(told.corrections)
        _check_free(told, one)
    return told


def _change(told: Difference, row: int, one: Stored, column: str, old: str, new: str) -> None:
    told.changes.setdefault(column, Change(row, one.case.number, column, old, new))


def _compare_entry(place: Place, one: Stored, told: Difference, old: Entry, entry: Entry, row: int) -> None:
    data = old.data
    if entry.happened_at != old.happened_at:
        _change(
            told,
            row,
            one,
            INSTANT[entry.kind],
            _shown(place, old.happened_at),
            _shown(place, entry.happened_at),
        )
    if entry.kind == "register":
        for key, column in REGISTERED.items():
            new = "" if key == "title" and "title_from" in entry.data else entry.data[key]
            if new and new != data.get(key, ""):
                data = data | {key: new} | ({"nature_claimed": new} if key == "nature" else {})
                told.rewritten |= {key}
                _change(told, row, one, column, *_said(place, one, key, old.data.get(key, ""), new))
    if entry.kind == "dispatch":
        units = _merged_units(old.data["units"], entry.data["units"])
        if units != old.data["units"]:
            if one.live:
                raise Conflict("牵头单位", "承办单位与文件不同，而该件已在系统中办理")
            data = data | {"units": units}
            _change(told, row, one, "承办单位", _named(place, old.data["units"]), _named(place, units))
    if data is not old.data or entry.happened_at != old.happened_at:
        told.corrections.append((old, replace(entry, data=data)))


def _merged_units(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The units of a dispatch with the file's lead and with co-units added; numbers stay with their tasks."""
    lead = new[0]["unit"]
    units = [row | {"unit": lead} if row["role"] == "lead" else row for row in old]
    if sum(row["unit"] == lead for row in units) > 1:
        raise Conflict("牵头单位", "原来的协办单位现在牵头")
    known = {row["unit"] for row in units}
    added = [row for row in new[1:] if row["unit"] not in known]
    return units + [row | {"no": len(units) + i} for i, row in enumerate(added, 1)]


def _compare_person(one: Stored, told: Difference, recording: Recording, row: int) -> None:
    """The citizen by keyed digests; an erased one stays erased."""
    person = one.case.person
    if recording.key is None or (person and person.erased_at):
        return
    known = (person.phone_index, person.name_index) if person else ("", "")
    if any(new and new != old for new, old in zip(recording.key, known, strict=True)):
        told.rewritten |= {"person"}
        register = one.said["register", 0]
        if not any(old.kind == "register" for old, _ in told.corrections):
            told.corrections.insert(0, (register, replace(recording.entries[0], data=register.data)))
        _change(told, row, one, "诉求人", "（不显示）", "（不显示）")


def _in_order(corrections: list[tuple[Entry, Entry]]) -> list[tuple[Entry, Entry]]:
    """So that no correction overtakes a step: first what moves later, last one first; then the rest."""
    ordered = sorted(corrections, key=lambda pair: pair[0].seq)
    later = [pair for pair in reversed(ordered) if pair[1].happened_at > pair[0].happened_at]
    return later + [pair for pair in ordered if pair[1].happened_at <= pair[0].happened_at]


def _check_free(told: Difference, one: Stored) -> None:
    for old, _ in told.corrections:
        if old.seq in one.corrected:
            raise Conflict(INSTANT[old.kind], "这一环节已有人在系统中更正过")
    if "body" in told.rewritten and one.case.texts.exclude(erased_at=None).exists():
        raise Conflict("内容", "该件的原文已依法删除")


def apply(one: Stored, told: Difference, recording: Recording, *, by: User | None, at: datetime) -> None:
    """Write the difference as events: corrections first, then the new steps. Raises Refused, and the caller
    rolls back."""
    common: dict[str, Any] = {"by": by, "origin": recording.origin, "recorded_at": at}
    case = one.case
    for old, new in told.corrections:
        _correct(case, told, recording, old, new, common, at)
    for entry in told.steps:
        data = {key: value for key, value in entry.data.items() if key not in {"clocks", "note"}}
        note = told.note if "note" in entry.data else ""
        advance(case, entry.kind, at=entry.happened_at, on=entry.on, note=note, **common, **data)
    if told.note and not any("note" in entry.data for entry in told.steps):
        last = max(one.said.values(), key=lambda e: e.seq)
        advance(case, "amend", at=at, note=told.note, seq=last.seq, data={}, **common)


def _correct(
    case: Case,
    told: Difference,
    recording: Recording,
    old: Entry,
    new: Entry,
    common: dict[str, Any],
    at: datetime,
) -> None:
    data = {key: value for key, value in new.data.items() if value != old.data.get(key)}
    rewritten = told.rewritten if old.kind == "register" else set()
    person = enrol(_completed(case, recording.person), at=at) if "person" in rewritten else None
    if person:
        data["person"] = person.pk
    correction: dict[str, Any] = {"seq": old.seq, "data": data}
    if new.happened_at != old.happened_at:
        correction["happened_at"] = new.happened_at.isoformat()
    before = case.upper_number
    event = advance(case, "amend", at=at, **common, **correction)
    if rewritten:
        restate(
            case,
            event.seq,
            title=recording.title if "title" in rewritten else "",
            body=recording.body if "body" in rewritten else "",
            person=person,
            upper_number_before=before,
        )


def _completed(case: Case, told: PersonData) -> PersonData:
    """What the file tells of the citizen, and what it leaves blank as it is known."""
    known = asdict(reveal(case.person)) if case.person else {}
    return PersonData(**known | {key: value for key, value in asdict(told).items() if value})


def _said(place: Place, one: Stored, key: str, old: str, new: str) -> Iterator[str]:
    """Both values of an attribute as people know them."""
    tables: dict[str, Any] = {"channel": place.channels, "nature": place.natures, "area": place.areas}
    for value in (old, new):
        if key in {"title", "body"}:
            yield "（原文）" if value == old else "（新文）"
        elif key == "topic":
            yield value.split("/", 1)[-1]
        else:
            row = tables.get(key, {}).get(value)
            yield row.name if row else value


def _named(place: Place, units: list[dict[str, Any]]) -> str:
    return "、".join(place.units[row["unit"]].name for row in units)


def _shown(place: Place, at: datetime) -> str:
    return at.astimezone(place.keeper.tz).strftime("%Y-%m-%d %H:%M:%S")
