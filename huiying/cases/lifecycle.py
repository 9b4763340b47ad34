"""The one door: a case changes by `register` and `advance` and in no other way.

Each call reads the case's log, checks the move against it, writes one event, and brings the
rows (case, assignments, clocks, rulings) to what the log now says. The WHERE clause is the
lock: whoever acts on an older page than the newest gets `Stale` and nothing is changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import DEFAULT_DB_ALIAS, transaction
from django.utils import timezone

from huiying.accounts.models import User
from huiying.cases import corrections, guards, numbering, permissions, search
from huiying.cases.effects import start
from huiying.cases.history import CaseState, Entry, Task, apply, replay
from huiying.cases.models import Case, CaseText, ClockRun, Event, Issue
from huiying.cases.moves import MOVES, Move
from huiying.cases.persons import NOBODY, PersonData, enrol
from huiying.cases.place import Place, current
from huiying.cases.projection import (
    Columns,
    case_values,
    clock_columns,
    event_columns,
    parse,
    project,
    project_accused,
    region_of,
)
from huiying.common import bulk
from huiying.common.errors import Refused
from huiying.common.keys import vault


class NotAllowed(Refused):
    """The move is not possible now, or not for this person; the message says why."""


class WrongRole(NotAllowed):
    """A page or a deed for people of other roles, whatever the case; the message says for whom."""


class Stale(Refused):
    """Somebody else changed the case first."""

    def __init__(self, number: str) -> None:
        super().__init__(
            f"{number} 刚刚被他人处理过，您填写时看到的已不是最新情况。"
            "请核对现在的情况后再操作；您填写的内容不会丢失。"
        )


COLUMNS = frozenset(field.attname for field in Case._meta.concrete_fields if not field.primary_key)
LONGEST_TITLE = 200
"""Characters of a title that are kept and digested."""


def log_of(case: Case) -> list[Entry]:
    """The case's log, oldest first."""
    return [parse(event) for event in case.events.order_by("seq")]


def state_of(case: Case, *, as_of: datetime | None = None, known_at: datetime | None = None) -> CaseState:
    """The case as its log tells it."""
    state = replay(log_of(case), as_of=as_of, known_at=known_at)
    assert state is not None, "a saved case has at least its registration"
    return state


def digest(text: str) -> str:
    """The keyed digest by which an event names a text."""
    return vault().fingerprint(text)


@transaction.atomic
def register(
    *,
    channel: str,
    title: str,
    body: str = "",
    by: User | None,
    at: datetime,
    nature: str = "",
    nature_claimed: str = "",
    topic: str = "",
    area: str = "",
    person: PersonData = NOBODY,
    number: str = "",
    upper_number: str = "",
    urgency: str = "normal",
    secret: bool = False,
    issues: tuple[dict[str, str], ...] = (),
    accused: Sequence[str] = (),
    origin: str = "",
    recorded_at: datetime | None = None,
    **details: Any,
) -> Case:
    """Take a request in. Codes are the place's, `accused` the units complained of; `details` are village,
    address, longitude, latitude.

    Raises NotAllowed for an unknown code or a person who may not, and changes nothing then.
    """
    place, now = current(), recorded_at or timezone.now()
    standing_in = _permit(by, "register", None, origin)
    if not origin and at > now:
        raise NotAllowed("受理时间晚于现在，请核对。")
    codes = {"channel": channel, "nature": nature, "topic": topic, "area": area}
    given = _given(place, codes | {"nature_claimed": nature_claimed}, accused, issues)
    who = enrol(person, at=now)
    data = given | {
        "urgency": urgency,
        "upper_number": upper_number,
        "secret": secret,
        "region": region_of(place),
        "title": digest(title[:LONGEST_TITLE]),
        "body": digest(body),
        "issues": max(1, len(issues)),
        **({"person": who.pk} if who else {}),
        **({"accused": list(accused)} if accused else {}),
        **standing_in,
    }
    state = CaseState()
    entry = planned(place, state, Entry(1, "register", 0, at, now, data))
    values = case_values(place, state) | {"title": title[:LONGEST_TITLE], "person": who, "recorded_at": now}
    case = Case(number=number, region=state.region, seq=entry.seq, **values, **details)
    _create(case, place, state, entry, by=by, origin=origin)
    if state.accused:
        project_accused(case, place, state)
    _keep_words(case, place, title, body, issues)
    return case


def _given(
    place: Place, given: dict[str, Any], accused: Sequence[str], issues: tuple[dict[str, str], ...]
) -> dict[str, Any]:
    """The codes, those left out as the first issue has them. Raises NotAllowed for a code that the place
    does not have, or where no channel is named."""
    main = issues[0] if issues else {}
    given = given | {name: given[name] or main.get(name, "") for name in ("nature", "topic")}
    for codes in (given | {"accused": accused}, *issues):
        if wrong := unknown(place, dict(codes)):
            raise NotAllowed(wrong)
    if not given["channel"]:
        raise NotAllowed("请选择渠道。")
    return given | {"nature_claimed": given["nature_claimed"] or given["nature"]}


def _keep_words(case: Case, place: Place, title: str, body: str, issues: tuple[dict[str, str], ...]) -> None:
    """The citizen's words apart from the log, the issues, and what search finds the case by."""
    if body:
        said = {"case_id": case.pk, "seq": 1, "kind": "body", "text": body, "digest": digest(body)}
        bulk.insert_columns(CaseText, [said])
    bulk.insert_columns(Issue, _issues(place, case, issues))
    search.INDEX.put([(case.pk, None, search.tokens(case.number, case.upper_number, case.title, body))])


@transaction.atomic
def advance(
    case: Case,
    name: str,
    *,
    by: User | None,
    at: datetime,
    on: int = 0,
    note: str = "",
    origin: str = "",
    recorded_at: datetime | None = None,
    **data: Any,
) -> Event:
    """Make one move and record it, or raise and change nothing.

    `case` is the row as the person saw it; `on` the number of the assignment moved (0: the case);
    `data` what the move carries, as codes (see `history`). Raises NotAllowed or Stale.
    """
    place, move = current(), MOVES[name]
    log = log_of(case)
    state = replay(log)
    if state is None or state.seq != case.seq:
        raise Stale(case.number)
    task = state.tasks.get(on)
    standing_in = _permit(by, name, place.units[task.unit] if task else None, origin)
    now = max(recorded_at or timezone.now(), log[-1].recorded_at)
    data = completed(state, name, data, task) | standing_in
    if reason := _why_not(place, log, state, Entry(state.seq + 1, name, on, at, now, data)):
        raise NotAllowed(f"{case.number}：{reason}")
    if name == "amend" and (reason := corrections.why_not(log, data, imported=origin.startswith("import:"))):
        raise NotAllowed(f"{case.number}：{reason}")
    if not origin and (reason := _why_no_person(move, at, now, note, data)):
        raise NotAllowed(f"{case.number}：{reason}")
    if note:
        data = data | {"note": digest(note)}
    before = state.status
    entry = Entry(state.seq + 1, name, on, at, now, data)
    if name == "amend":
        entry = corrections.completed(place.keeper, log, entry)
        state = replay([*log, entry])
        assert state is not None
    else:
        entry = planned(place, state, entry)
    event = _write(case, place, state, entry, before=before, by=by, origin=origin)
    if note:
        _keep_note(case, entry, note)
    if name == "release" and on == state.lead and not origin and _closes_on_release(place):
        advance(case, "close", by=by, at=at, recorded_at=now)
    return event


def _keep_note(case: Case, entry: Entry, note: str) -> None:
    """What was written with a move, apart from the log; a citizen's addition is found by its words, too."""
    kind = "supplement" if entry.kind == "supplement" else "note"
    if kind == "supplement":
        said = search.words(case)
        search.replace(case, said, [*said, note])
    CaseText.objects.create(case=case, seq=entry.seq, kind=kind, text=note, digest=entry.data["note"])


def _why_not(place: Place, log: list[Entry], state: CaseState, entry: Entry) -> str:
    """Why the case, as it stands, does not take the entry, or ""."""
    task, at, data = state.tasks.get(entry.on), entry.happened_at, entry.data
    reason = too_early(log, entry.kind, at) or unknown(place, data)
    reason = reason or guards.why_not(state, MOVES[entry.kind], task, at, data)
    day = data.get("until") or data.get("proposed") if entry.kind.endswith("_extension") else None
    if not reason and day and not place.keeper.extends(state, entry.on, day):
        return f"延期至 {day} 并不晚于原时限，请核对。"
    if not reason and entry.kind == "merge" and not Case.objects.filter(number=data["into"]).exists():
        return f"没有编号为 {data['into']} 的诉求件，不能并入。"
    return reason


def _why_no_person(move: Move, at: datetime, now: datetime, note: str, data: dict[str, Any]) -> str:
    """What is asked of a person's move and not of an import's or the system's."""
    if at > now:
        return "时间晚于现在，请核对。"
    if move.reason and not (note or data.get("reason")):
        return f"“{move.title}”须写明理由。"
    return ""


def _closes_on_release(place: Place) -> bool:
    return bool(place.config.get("office", {}).get("close_on_release"))


@transaction.atomic
def merge(case: Case, into: Case, *, by: User | None, at: datetime, note: str = "") -> None:
    """Merge `case` into `into`: linked, never deleted, undone by the move `unmerge`.

    Raises NotAllowed, or Stale where somebody changed one of the two first, and changes neither then.
    """
    if case.pk == into.pk:
        raise NotAllowed(f"{case.number}：不能并入自身。")
    if into.merged_into:
        raise NotAllowed(f"{case.number}：{into.number} 已并入 {into.merged_into.number}，请并入那一件。")
    if not into.is_open:
        raise NotAllowed(f"{case.number}：{into.number} 已办结，不能再并入。")

    def absorb() -> None:
        advance(into, "absorb", by=by, at=at, other=case.number)

    def give() -> None:
        advance(case, "merge", by=by, at=at, note=note, into=into.number)

    # in one order whichever is merged into which, so that two merges at once never wait for each other
    for step in (absorb, give) if into.pk < case.pk else (give, absorb):
        step()


def _permit(by: User | None, name: str, unit: Any, origin: str) -> dict[str, str]:
    """Only an import or the system itself (`origin`) acts without a person's permission.

    What goes into the entry: `for`, the user name of the absent person whom `by` stands in for.
    """
    if origin:
        return {}
    if by is None:
        raise NotAllowed("须登录后操作。")
    if reason := permissions.why_not(by, MOVES[name], unit):
        raise NotAllowed(reason)
    giver = permissions.acts_for(by, MOVES[name], unit)
    return {"for": giver.username} if giver else {}


def unknown(place: Place, data: dict[str, Any]) -> str:
    """Which code in a move's data the place does not have, in words, or ""."""
    natures, units = (place.natures, "性质"), data.get("units", ())
    tables: dict[str, tuple[Any, str]] = {
        "channel": (place.channels, "渠道"),
        "nature": natures,
        "nature_claimed": natures,
        "topic": (place.topics, "内容分类"),
        "area": (place.areas, "区域"),
    }
    given = [(data[key], known, what) for key, (known, what) in tables.items() if data.get(key)]
    given += [(row.get("unit", ""), place.units, "承办单位") for row in units]
    given += [(code, place.units, "被反映单位") for code in data.get("accused", ())]
    for code, known, what in given:
        if code not in known:
            return f"{what}“{code}”不在地方配置中，请从列表中选择。"
    return unknown(place, data["data"]) if data.get("data") else ""


def completed(state: CaseState, name: str, data: dict[str, Any], task: Task | None = None) -> dict[str, Any]:
    """What a move's data needs from the state: numbers of new assignments, the status before a merge.

    Whoever takes over from a co-unit (`task`) is a co-unit, too.
    """
    if units := data.get("units"):
        first = max(state.tasks, default=0) + 1
        role = {"role": "co"} if name == "redirect_return" and task and task.role == "co" else {}
        units = [{"no": first + i, **row, **role} for i, row in enumerate(units)]
        data = data | {"units": units}
    if name == "merge":
        data = data | {"before": str(state.status)}
    return data


def too_early(log: list[Entry], name: str, at: datetime) -> str:
    """Moves happen in order: none before the latest that changed the case. Corrections stand outside."""
    latest = max((e.happened_at for e in corrections.moved(log)), default=at)
    return "" if name == "amend" or at >= latest else "时间早于该件的上一个环节，请核对。"


def planned(place: Place, state: CaseState, entry: Entry) -> Entry:
    """Apply the entry to the state and give it the clocks that it starts."""
    apply(state, entry)
    rows = place.keeper.plan(state, entry)
    if rows:
        data = entry.data | {"clocks": rows}
        entry = Entry(entry.seq, entry.kind, entry.on, entry.happened_at, entry.recorded_at, data)
        for row in rows:
            start(state, row, entry.happened_at)
    return entry


def _create(
    case: Case, place: Place, state: CaseState, entry: Entry, *, by: User | None, origin: str
) -> None:
    """Insert the case row, its first event and its clocks, numbering it when it came without a number."""
    stem, given = numbering.stem_of(place, state.channel, entry.happened_at), case.number
    for _ in range(2):
        case.number = given or numbering.next_number(stem)
        event = event_columns(vars(case), entry, before="", after=state.status, by=by, origin=origin)
        columns = {name: value for name, value in vars(case).items() if name in COLUMNS}
        if pk := bulk.add(Case, columns | {"head": event["hash"]}, unique="number"):
            break
        if given:
            raise NotAllowed(f"编号 {given} 已存在，不能重复登记。")
        numbering.recount(stem)
    else:
        raise NotAllowed("编号正忙，请重试。")
    case.pk, case.head, case._state.adding, case._state.db = pk, event["hash"], False, DEFAULT_DB_ALIAS
    bulk.insert_columns(Event, [event | {"case_id": pk}])
    bulk.insert_columns(ClockRun, [clock_columns(pk, state.region, clock, {}) for clock in state.clocks])


def _issues(place: Place, case: Case, issues: tuple[dict[str, str], ...]) -> list[Columns]:
    """The issues' columns; of the first the case itself tells nature and topic."""
    rows: list[Columns] = []
    for no, row in enumerate(issues or ({"title": case.title},), 1):
        nature, topic = place.natures.get(row.get("nature", "")), place.topics.get(row.get("topic", ""))
        rows.append(
            {
                "case_id": case.pk,
                "no": no,
                "main": no == 1,
                "nature_id": nature.pk if nature and no > 1 else case.nature_id,
                "topic_id": topic.pk if topic and no > 1 else case.topic_id,
                "title": row["title"][:LONGEST_TITLE],
            }
        )
    return rows


def _write(
    case: Case, place: Place, state: CaseState, entry: Entry, *, before: str, by: User | None, origin: str
) -> Event:
    """Store the event and bring the case's rows to `state`, unless somebody was faster."""
    event = Event(**event_columns(vars(case), entry, before=before, after=state.status, by=by, origin=origin))
    if not Case.objects.filter(pk=case.pk, seq=case.seq).update(seq=entry.seq, head=event.hash):
        raise Stale(case.number)
    project(case, place, state, retold=entry.kind == "amend")
    if "accused" in entry.data:
        project_accused(case, place, state)
    event.save(force_insert=True)
    case.seq, case.head = entry.seq, event.hash
    return event
