"""更正记录: what was written down wrongly of a case is put right; the log keeps both."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone

from huiying.cases import lifecycle, permissions, timeline
from huiying.cases.corrections import TIMELESS
from huiying.cases.deadlines import CLOCK_TITLES
from huiying.cases.history import CaseState, Entry, effective, replay
from huiying.cases.models import Case
from huiying.cases.moves import MOVES, PAUSE_REASONS, REFUSAL_REASONS, RETURN_REASONS, SEND_BACK_REASONS
from huiying.cases.place import Place
from huiying.cases.rehearsing import rehearse
from huiying.cases.timeline import URGENCIES
from huiying.common.errors import Refused
from huiying.workbench import due, meanwhile
from huiying.workbench.case_page import clock_rows, names_of, reachable, whole
from huiying.workbench.move_forms import SECRET, Field
from huiying.workbench.visit import Visit, place_of

REASONS = {
    "refuse": {code: why for code, (why, _) in REFUSAL_REASONS.items()},
    "ask_return": RETURN_REASONS,
    "pause": PAUSE_REASONS,
    "send_back": SEND_BACK_REASONS,
}
"""The records of which the reason may be put right, each with its table."""
OF_A_CASE = {
    field.name: field
    for field in (
        Field("nature", "性质", "choice", "natures", required=False),
        Field("topic", "内容分类", "choice", "topics", required=False),
        Field("area", "区域", "choice", "areas", required=False),
        Field("urgency", "紧急程度", "choice", URGENCIES),
        Field("secret", "诉求人信息", "choice", SECRET),
    )
}
UPPER = Field("upper_number", "上级编号", "text", required=False)
REHEARSED = "预览"
"""The reason of a correction that is taken back again."""


@dataclass(frozen=True)
class Input:
    """One value of a record: its field, what may be chosen, what it holds."""

    field: Field
    options: list[tuple[str, str]]
    value: str


def amend(request: Visit, number: str) -> HttpResponse:
    """The case's records; the one chosen with a form, which posted corrects it."""
    found = reachable(request.user, number)
    if why := permissions.why_not(request.user, MOVES["amend"]):
        raise lifecycle.WrongRole(why)
    if request.method != "POST":
        return _page(request, found)
    try:
        found.seq = whole(request.POST.get("seq", ""))
        said = _said(request.POST, _chosen(found, request.POST), place_of(request))
        if request.POST.get("do") == "preview":
            return _page(request, found, moves=_would_move(request, found, said))
        note = request.POST.get("note", "").strip()
        lifecycle.advance(found, "amend", by=request.user, at=timezone.now(), note=note, **said)
    except Refused as refusal:
        return _page(request, reachable(request.user, number), str(refusal))
    messages.success(request, "已更正。")
    return redirect("case", number=number)


def _chosen(found: Case, given: QueryDict) -> Entry | None:
    """The record asked for, as it is known now, if it is one that can be corrected."""
    seq = whole(given.get("record", ""))
    log = effective(lifecycle.log_of(found))
    return next((e for e in log if e.seq == seq and e.kind not in TIMELESS), None)


def _fields(entry: Entry, place: Place) -> list[tuple[Field, list[tuple[str, str]]]]:
    """What of a record may be put right besides its time, each with what may be chosen."""
    match entry.kind:
        case "register":
            channels = {c.code: c.name for c in place.channels.values() if c.active}
            fields = [Field("channel", "渠道", "choice", channels), *OF_A_CASE.values(), UPPER]
        case "reclassify" | "protect":
            fields = [replace(each, required=True) for name, each in OF_A_CASE.items() if name in entry.data]
        case _:
            has_one = entry.kind in REASONS and "reason" in entry.data
            fields = [Field("reason", "理由", "choice", REASONS[entry.kind])] if has_one else []
    return [(field, field.options(place, channel=entry.data.get("channel", ""))) for field in fields]


def _held(entry: Entry, name: str) -> str:
    """What a record says of a field, as the form writes it."""
    value = entry.data.get(name, {"secret": False, "urgency": "normal"}.get(name, ""))
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _said(given: QueryDict, entry: Entry | None, place: Place) -> dict[str, Any]:
    """The correction in words of the log. Raises Refused where nothing differs or it cannot be."""
    if entry is None:
        raise Refused("请选择要更正的记录。")
    data: dict[str, Any] = {}
    for field, options in _fields(entry, place):
        value = given.get(field.name, "").strip()
        if options and value not in dict(options) and (value or field.required):
            raise Refused(f"“{field.label}”中没有“{value}”，请从列表中选择。")
        if value != _held(entry, field.name):
            data[field.name] = value == "yes" if field.name == "secret" else value
    moved = _moved(given.get("happened_at", ""), entry.happened_at)
    if not data and not moved:
        raise Refused("没有改动，不需要更正。")
    return {"seq": entry.seq, "data": data} | ({"happened_at": moved} if moved else {})


@dataclass(frozen=True)
class Moves:
    """A clock that a correction moves: whose, and how it stands before and after."""

    title: str
    unit: str
    before: due.Standing | None
    after: due.Standing | None


def _would_move(request: Visit, found: Case, said: dict[str, Any]) -> list[Moves]:
    """What the correction would do to the clocks, told by making it and taking it back. Raises Refused."""
    place, now = place_of(request), timezone.now()
    before = _standings(lifecycle.state_of(found), place, now)
    state = rehearse(found, "amend", by=request.user, at=now, note=REHEARSED, **said)
    after = _standings(state, place, now)
    keys = [key for key in (before | after) if before.get(key) != after.get(key)]
    return [Moves(CLOCK_TITLES[key[0]], key[1], before.get(key), after.get(key)) for key in keys]


def _standings(state: CaseState, place: Place, now: datetime) -> dict[tuple[str, str, int], due.Standing]:
    """How each run of a clock stands: by kind, unit and run."""
    rows = clock_rows(state, place, now, superseded=False)
    return {(row.clock.kind, row.unit, row.clock.run): row.standing for row in rows}


def _moved(typed: str, old: datetime) -> str:
    """The new instant in words of the log, "" where it is the same minute as before."""
    if not typed.strip():
        return ""
    try:
        new = timezone.make_aware(datetime.fromisoformat(typed).replace(tzinfo=None))
    except ValueError:
        raise Refused("“实际时间”请按 2022-04-15 10:30 的样子填写。") from None
    return "" if new == old.replace(second=0, microsecond=0) else new.isoformat()


def _page(
    request: Visit, found: Case, refused: str = "", *, moves: list[Moves] | None = None
) -> HttpResponse:
    place, given = place_of(request), request.POST or request.GET
    log = lifecycle.log_of(found)
    state = replay(log)
    assert state is not None, "a saved case has at least its registration"
    names = names_of(state, log, place)
    known = effective(log)
    entry = _chosen(found, given)
    if given.get("record") and entry is None and not refused:
        raise Http404("没有这条记录，或它不能更正。")
    context = {
        "case": found,
        "rows": [(each, timeline.staff(each, names), each.kind not in TIMELESS) for each in reversed(known)],
        "chosen": entry,
        "said": timeline.staff(entry, names) if entry else "",
        "inputs": _inputs(entry, place, request.POST) if entry else [],
        "happened_at": request.POST.get("happened_at")
        or (timezone.localtime(entry.happened_at).strftime("%Y-%m-%dT%H:%M") if entry else ""),
        "note": request.POST.get("note", ""),
        "refused": refused,
        "moves": moves,
        "meanwhile": meanwhile.since(request.user, found, whole(request.POST.get("seq", "")), place),
    }
    return render(request, "workbench/amend.html", context, status=409 if refused else 200)


def _inputs(entry: Entry, place: Place, typed: QueryDict) -> list[Input]:
    return [
        Input(field, options, typed.get(field.name, _held(entry, field.name)))
        for field, options in _fields(entry, place)
    ]
