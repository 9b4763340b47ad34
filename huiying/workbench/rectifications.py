"""整改反馈: whom a published bulletin names, whom the office asks for an answer, and how far each is."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from huiying.bulletins import rectification, rights
from huiying.bulletins.models import Edition
from huiying.bulletins.rectification import Demand
from huiying.cases import clocks, permissions
from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.statistics import periods
from huiying.workbench import closing
from huiying.workbench.closing import Tried
from huiying.workbench.visit import Visit, place_of


@dataclass(frozen=True)
class Proposed:
    """A unit that may be asked, and what stands in its row of the form."""

    demand: Demand
    ticked: bool
    problem: str


def rectifications(request: Visit, pk: int, tried: Tried | None = None) -> HttpResponse:
    """The page of one bulletin, for the office."""
    if not permissions.sees_office(request.user):
        raise PermissionDenied
    edition, place, now = _published(pk), place_of(request), timezone.now()
    rows = list(rectification.of_bulletin(edition).order_by("unit__order", "pk"))
    asks = not rights.why_not(request.user, "judge")
    demands = rectification.demands_of(edition, place) if asks else []
    known = {row.unit.code for row in rows} | {each.unit.code for each in demands}
    today = clocks.local_date(now, place.keeper.tz)
    given = tried.given if tried else QueryDict()
    context = {
        "edition": edition,
        "period": periods.parse(edition.period).title,
        "lines": [closing.line(row, place, now) for row in rows],
        "proposed": [_proposed(each, tried) for each in demands],
        "others": [unit for unit in place.units.values() if unit.active and unit.code not in known],
        "settled": not rectification.unsettled(now).filter(pk=edition.pk).exists(),
        "due_on": given.get("due_on") or str(closing.usual_day(today, rectification.workdays(place), place)),
        "today": str(today),
        "asks": asks,
        "unit": given.get("unit", "") if tried and tried.name == "add" else "",
        "problem": given.get("problem", ""),
        "tried": tried,
    }
    return render(request, "workbench/rectifications.html", context, status=409 if tried else 200)


def _published(pk: int) -> Edition:
    """A published edition. Raises Http404."""
    found = Edition.objects.filter(published_at__isnull=False).defer("public", "files")
    return get_object_or_404(found, pk=pk)


def _proposed(demand: Demand, tried: Tried | None) -> Proposed:
    """A unit named, as it comes, or as it was ticked and worded where that was refused."""
    if tried is None or tried.name != "ask":
        return Proposed(demand, True, demand.problem)
    code = demand.unit.code
    return Proposed(demand, code in tried.given.getlist("unit"), tried.given.get(f"problem-{code}", ""))


@require_POST
def ask(request: Visit, pk: int) -> HttpResponse:
    """Ask those ticked (or one more unit) for an answer; refused, everything typed is kept."""
    if not permissions.sees_office(request.user):
        raise PermissionDenied
    edition, place, given = _published(pk), place_of(request), request.POST
    one = "add" in given
    try:
        made = rectification.ask(
            edition,
            [_added(given, place)] if one else _ticked(given, edition, place),
            due_on=closing.day(given.get("due_on", ""), "反馈期限"),
            place=place,
            by=request.user,
            at=timezone.now(),
        )
    except Refused as refusal:
        return rectifications(request, pk, Tried("add" if one else "ask", str(refusal), given))
    names = "、".join(str(row.unit) for row in made)
    said = f"已要求{names}反馈整改，通知随即发出。" if made else "已核定：本期没有要反馈整改的单位。"
    messages.success(request, said)
    return redirect("rectifications", pk)


def _ticked(given: QueryDict, edition: Edition, place: Place) -> list[Demand]:
    """The units ticked, with the problem as the office worded it. Raises Refused if one was asked since."""
    ticked = set(given.getlist("unit"))
    asked = rectification.of_bulletin(edition).filter(unit__code__in=ticked).select_related("asked_by")
    if first := asked.first():
        raise Refused(f"{first.asked_by}刚刚已要求{first.unit}反馈整改，这次没有改动。请核对现在的名单。")
    return [
        Demand(each.unit, given.get(f"problem-{each.unit.code}", ""), each.cases)
        for each in rectification.demands_of(edition, place)
        if each.unit.code in ticked
    ]


def _added(given: QueryDict, place: Place) -> Demand:
    unit = place.units.get(given.get("unit", ""))
    if unit is None:
        raise Refused("请选择要增加的单位。")
    return Demand(unit, given.get("problem", ""))
