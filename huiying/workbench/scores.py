"""来电抽评: a supervisor draws calls by lot, scores them, and leaves notes on numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from huiying.cases.clocks import end_of_day
from huiying.cases.place import zone
from huiying.common.errors import Refused
from huiying.intake import calls, rights
from huiying.intake import scores as domain
from huiying.intake.kinds import BEST, CRITERIA
from huiying.intake.models import CallerNote
from huiying.workbench.visit import Visit

MOST = 50
USUAL = 5
WINDOW = timedelta(days=30)


@dataclass
class Lot:
    """Which draw: the day, how many, the seed; what was odd about the question."""

    day: date
    n: int = USUAL
    seed: str = ""
    problems: list[str] = field(default_factory=list)

    @property
    def query(self) -> QueryDict:
        asked = QueryDict(mutable=True)
        asked.update({"day": self.day.isoformat(), "n": str(self.n), "seed": self.seed})
        return asked


@dataclass(frozen=True)
class Tried:
    """What was refused: the call it was about, or "note" for a note on a number; why, and what was typed."""

    name: str
    reason: str
    given: QueryDict


def scores(request: Visit) -> HttpResponse:
    """The calls drawn, each with its score or the form for it; the operators' means of thirty days."""
    rights.need_listening(request.user)
    return _page(request, _lot(request.GET))


@require_POST
def score(request: Visit) -> HttpResponse:
    """Give marks to one call."""
    lot, name = _lot(request.POST), request.POST.get("of", "")
    if name[:1] not in {"c", "l"} or not name[1:].isdecimal() or len(name) > 18:
        raise Http404
    found = domain.found([name], by=request.user)
    if not found:
        raise Http404
    marks = {code: int(text) for code in CRITERIA if (text := request.POST.get(code, "")).isdecimal()}
    note = request.POST.get("note", "")
    try:
        given = domain.score(found[0], marks, by=request.user, at=timezone.now(), note=note)
    except Refused as refusal:
        return _page(request, lot, Tried(name, str(refusal), request.POST))
    messages.success(request, f"已评分：{given.total} 分。")
    return redirect(f"{reverse('scores')}?{lot.query.urlencode()}")


@require_POST
def note(request: Visit) -> HttpResponse:
    """Leave a note on a number, or take one back."""
    now, pk = timezone.now(), request.POST.get("lift", "")
    if pk:
        found = get_object_or_404(CallerNote, pk=int(pk) if pk.isdecimal() and len(pk) < 18 else 0)
        try:
            calls.lift_note(found, by=request.user, at=now)
            messages.success(request, "备注已撤下。")
        except Refused as refusal:
            messages.warning(request, str(refusal))
    else:
        text = request.POST.get("note", "")
        try:
            calls.note_number(request.POST.get("phone", ""), text, by=request.user, at=now)
        except Refused as refusal:
            return _page(request, _lot(QueryDict()), Tried("note", str(refusal), request.POST))
        messages.success(request, "备注已留下，该号码下次来电时会显示。")
    return redirect("scores")


def _lot(given: QueryDict) -> Lot:
    today = timezone.now().astimezone(zone()).date()
    lot = Lot(today - timedelta(days=1), seed=given.get("seed", "")[:40])
    day, n = given.get("day", ""), given.get("n", "")
    try:
        lot.day = date.fromisoformat(day) if day else lot.day
    except ValueError:
        lot.problems.append(f"日期“{day}”认不得，已改用 {lot.day}。")
    if n:
        known = n.isascii() and n.isdigit() and 1 <= int(n[:9]) <= MOST
        lot.n = int(n) if known else USUAL
        lot.problems += [] if known else [f"件数请填 1 至 {MOST}，已改用 {USUAL}。"]
    return lot


def _page(request: Visit, lot: Lot, tried: Tried | None = None) -> HttpResponse:
    now = timezone.now()
    since = end_of_day((now - WINDOW).astimezone(zone()).date(), zone())
    rows = domain.sample(lot.day, lot.n, f"{lot.day} {lot.seed}", by=request.user)
    waits = {"note", *(row.name for row in rows if not row.score)}
    given = tried.given if tried else QueryDict()
    context = {
        "lot": lot,
        "most": MOST,
        "rows": rows,
        "tried": tried,
        "typed": {name: given.get(name, "") for name in ("phone", "note")},
        "kept": [("评语", given.get("note", ""))] if tried and tried.name not in waits else [],
        "criteria": [(code, title, given.get(code, "")) for code, title in CRITERIA.items()],
        "marks": range(BEST, 0, -1),
        "best": BEST * len(CRITERIA),
        "averages": domain.averages(since, now),
        "notes": calls.notes(),
    }
    return render(request, "workbench/scores.html", context, status=409 if tried else 200)
