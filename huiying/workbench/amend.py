"""更正记录: what was written down wrongly of a case is put right; the log keeps both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone

from huiying.cases import lifecycle, permissions, timeline
from huiying.cases.corrections import TIMELESS
from huiying.cases.history import Entry, effective, replay
from huiying.cases.models import Case
from huiying.cases.moves import MOVES, PAUSE_REASONS, REFUSAL_REASONS, RETURN_REASONS, SEND_BACK_REASONS
from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.workbench.case_page import names_of, reachable, whole
from huiying.workbench.move_forms import Field
from huiying.workbench.visit import Visit, place_of

REASONS = {
    "refuse": {code: why for code, (why, _) in REFUSAL_REASONS.items()},
    "ask_return": RETURN_REASONS,
    "pause": PAUSE_REASONS,
    "send_back": SEND_BACK_REASONS,
}
"""The records of which the reason may be put right, each with its table."""


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
        raise lifecycle.NotAllowed(why)
    if request.method != "POST":
        return _page(request, found)
    try:
        found.seq = whole(request.POST.get("seq", ""))
        _correct(request, found, _chosen(found, request.POST))
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
    """What of a record may be put right besides its time."""
    if entry.kind == "register":
        channels = {c.code: c.name for c in place.channels.values() if c.active}
        fields = [
            Field("channel", "渠道", "choice", channels),
            Field("nature", "性质", "choice", "natures", required=False),
            Field("topic", "内容分类", "choice", "topics", required=False),
            Field("area", "区域", "choice", "areas", required=False),
            Field("upper_number", "上级编号", "text", required=False),
        ]
    else:
        has_one = entry.kind in REASONS and "reason" in entry.data
        fields = [Field("reason", "理由", "choice", REASONS[entry.kind])] if has_one else []
    return [(field, field.options(place, channel=entry.data.get("channel", ""))) for field in fields]


def _correct(request: Visit, found: Case, entry: Entry | None) -> None:
    """Write the correction. Raises Refused where nothing differs or it cannot be."""
    if entry is None:
        raise Refused("请选择要更正的记录。")
    given, data = request.POST, {}
    for field, options in _fields(entry, place_of(request)):
        value = given.get(field.name, "").strip()
        if options and value not in dict(options) and (value or field.required):
            raise Refused(f"“{field.label}”中没有“{value}”，请从列表中选择。")
        if value != entry.data.get(field.name, ""):
            data[field.name] = value
    moved = _moved(given.get("happened_at", ""), entry.happened_at)
    if not data and not moved:
        raise Refused("没有改动，不需要更正。")
    said: dict[str, Any] = {"seq": entry.seq, "data": data}
    if moved:
        said["happened_at"] = moved
    note = given.get("note", "").strip()
    lifecycle.advance(found, "amend", by=request.user, at=timezone.now(), note=note, **said)


def _moved(typed: str, old: datetime) -> str:
    """The new instant in words of the log, "" where it is the same minute as before."""
    if not typed.strip():
        return ""
    try:
        new = timezone.make_aware(datetime.fromisoformat(typed).replace(tzinfo=None))
    except ValueError:
        raise Refused("“实际时间”请按 2022-04-15 10:30 的样子填写。") from None
    return "" if new == old.replace(second=0, microsecond=0) else new.isoformat()


def _page(request: Visit, found: Case, refused: str = "") -> HttpResponse:
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
    }
    return render(request, "workbench/amend.html", context, status=409 if refused else 200)


def _inputs(entry: Entry, place: Place, typed: QueryDict) -> list[Input]:
    return [
        Input(field, options, typed.get(field.name, str(entry.data.get(field.name, ""))))
        for field, options in _fields(entry, place)
    ]
