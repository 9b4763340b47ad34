"""退办与延期: the units' requests with their clocks, and the office's decision on each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from huiying.accounts.models import Role
from huiying.cases import permissions
from huiying.cases.lifecycle import NotAllowed, WrongRole
from huiying.cases.models import Ruling
from huiying.cases.moves import MOVES, RETURN_REASONS, Move
from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.dispatch import handoff, rulings
from huiying.knowledge import standard_texts
from huiying.workbench import case_page, due, meanwhile, move_forms
from huiying.workbench.dispatch import Typed, names_of
from huiying.workbench.visit import Visit, place_of

SHOWN = 50
READERS = frozenset({Role.DISPATCHER, Role.SUPERVISOR, Role.LEADER})


@dataclass(frozen=True)
class Tried:
    """A decision that was refused: on which request, why, and what had been typed."""

    number: str
    on: int
    name: str
    reason: str
    given: QueryDict

    @property
    def typed(self) -> str:
        """All that had been typed, where the form itself is no longer there."""
        names = ("lead", "co", "until", "note")
        return " ".join(text for each in names for text in self.given.getlist(each) if text.strip())


@dataclass(frozen=True)
class Form:
    """A decision that may be made: its move, what stands in its fields, and why it was refused."""

    move: Move
    id: str
    lead: str
    co: list[str]
    until: str
    least: str
    note: str
    note_required: bool
    phrases: list[standard_texts.Offered]
    refused: str = ""

    @property
    def asks_unit(self) -> bool:
        return self.move.name == "redirect_return"

    @property
    def asks_day(self) -> bool:
        return self.move.name == "grant_extension"


@dataclass(frozen=True)
class Row:
    """A request as the page shows it."""

    asked: rulings.Asked
    kind: str
    reason: str
    proposed: str
    standing: due.Standing | None
    reply: due.Standing | None
    coordinate: due.Standing | None
    past: list[tuple[Ruling, str, str]]
    forms: list[Form]


def pending(request: Visit) -> HttpResponse:
    """The requests that wait for a decision."""
    return _page(request)


@require_POST
def decide(request: Visit, number: str, on: int, name: str) -> HttpResponse:
    """Decide one request; where it is refused, the page says why and keeps what was typed."""
    found = case_page.reachable(request.user, number)
    if name not in move_forms.FORMS:
        raise Http404
    try:
        found.seq = _whole(request.POST.get("seq", ""))
        data = _data(name, request.POST, place_of(request))
        rulings.decide(found, name, on=on, by=request.user, at=timezone.now(), **data)
    except Refused as refusal:
        return _page(request, Tried(number, on, name, str(refusal), request.POST))
    messages.success(request, f"{number}：已{MOVES[name].title}。")
    return redirect("rulings")


def _data(name: str, given: QueryDict, place: Place) -> dict[str, Any]:
    """What the form holds in the words of `rulings.decide`; a unit may be typed by its name."""
    if name != "redirect_return":
        return move_forms.read(name, given, place)
    if not given.get("lead", "").strip():
        raise NotAllowed("请填写“改派单位”。")
    typed = Typed.of(given)
    lead, co = handoff.unit_code(place, typed.lead), [handoff.unit_code(place, name) for name in typed.co]
    return {"units": handoff.task_rows(lead, co), "note": typed.note, "masked": typed.masked}


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _page(request: Visit, tried: Tried | None = None) -> HttpResponse:
    if not READERS & request.user.roles:
        raise WrongRole("退办与延期由派单员裁定，督办员和领导可以查看。")
    place, now = place_of(request), timezone.now()
    waiting = permissions.about_visible(request.user, rulings.waiting())
    shown = waiting.select_related("case__nature", "assignment__unit")[:SHOWN]
    why = permissions.why_not(request.user, MOVES["agree_return"])
    rows = [_row(asked, place, now, tried, why) for asked in rulings.read(list(shown))]
    context = {
        "rows": rows,
        "total": waiting.order_by().count() if len(rows) == SHOWN else len(rows),
        "units": names_of(place),
        "tried": tried,
        "meanwhile": _meanwhile(request, tried) if tried else [],
        "kept": tried and not any(form.refused for row in rows for form in row.forms),
        "why_not": why,
    }
    return render(request, "workbench/rulings.html", context, status=409 if tried else 200)


def _meanwhile(request: Visit, tried: Tried) -> list[case_page.Moment]:
    """What others did to the case since the page was opened from which the decision was sent."""
    case = case_page.reachable(request.user, tried.number)
    return meanwhile.since(request.user, case, _whole(tried.given.get("seq", "")), place_of(request))


def _row(asked: rulings.Asked, place: Place, now: datetime, tried: Tried | None, why: str) -> Row:
    ruling = asked.ruling
    proposed = place.units.get(ruling.proposed)
    return Row(
        asked,
        case_page.RULING_TITLES[ruling.kind],
        RETURN_REASONS.get(ruling.reason, ruling.reason),
        str(proposed or ruling.proposed),
        due.standing(asked.due_at, now, place.keeper) if asked.due_at else None,
        due.standing(asked.reply_due_at, now, place.keeper) if asked.reply_due_at else None,
        due.standing(asked.coordinate_due_at, now, place.keeper) if asked.coordinate_due_at else None,
        [
            (each, RETURN_REASONS.get(each.reason, each.reason), case_page.DECISIONS[each.decision])
            for each in asked.past
        ],
        [] if why else list(_forms(asked, place, now, tried)),
    )


def _forms(asked: rulings.Asked, place: Place, now: datetime, tried: Tried | None) -> Iterator[Form]:
    ruling, proposed = asked.ruling, str(place.units.get(asked.ruling.proposed) or "")
    subject = standard_texts.subject_of(
        ruling.case, place, unit=ruling.assignment.unit, due_at=asked.reply_due_at
    )
    for name in rulings.DECISIONS[ruling.kind]:
        here = (ruling.case.number, ruling.assignment.no, name)
        mine = tried if tried and (tried.number, tried.on, tried.name) == here else None
        given = mine.given if mine else {}
        yield Form(
            MOVES[name],
            f"{name}-{ruling.pk}",
            given.get("lead", proposed),
            (Typed.of(mine.given) if mine else Typed()).co_fields,
            given.get("until", ruling.proposed if name == "grant_extension" else ""),
            due.first_later(asked.reply_due_at, place.keeper),
            given.get("note", ""),
            MOVES[name].reason,
            standard_texts.offered(place, name, subject, at=now),
            mine.reason if mine else "",
        )
