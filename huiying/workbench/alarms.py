"""预警: what stood out, each in a sentence with a picture of its days; and what became of it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from huiying.cases import permissions
from huiying.cases.models import Case
from huiying.common.errors import Refused
from huiying.mining import alarm_settings, watch
from huiying.mining.models import Alarm, AlarmState
from huiying.mining.watch import WATCHERS
from huiying.statistics import charts
from huiying.workbench.settings_pages import only
from huiying.workbench.visit import Visit, place_of

PAGE = 50
ON_BOARD = 5
TABS = {str(state): state.label for state in AlarmState} | {"all": "全部"}


@only(*WATCHERS)
def alarms(request: Visit) -> HttpResponse:
    """The alarms of one state, the latest first; what nobody has seen to unless asked otherwise."""
    tab = request.GET.get("state", "")
    tab = tab if tab in TABS else str(AlarmState.OPEN)
    found = Alarm.objects.select_related("decided_by")
    if tab != "all":
        found = found.filter(state=tab)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "tabs": TABS.items(),
        "tab": tab,
        "page": page,
        "rows": [(each, drawn(each)) for each in page],
        **_settings(request),
    }
    return render(request, "workbench/alarms.html", context)


def _settings(request: Visit) -> dict[str, Any]:
    """How alarms come to be, as the place has set it; or what is wrong there, so that none comes."""
    try:
        return {"chosen": alarm_settings.settings_of(place_of(request).config), "wrong": ""}
    except Refused as refusal:
        return {"chosen": None, "wrong": str(refusal)}


@only(*WATCHERS)
def alarm(request: Visit, pk: int) -> HttpResponse:
    """One alarm with what it rests on and its cases; posted, what became of it."""
    found = get_object_or_404(Alarm.objects.select_related("decided_by"), pk=pk)
    refused, why = "", request.POST.get("why", found.why)
    if request.method == "POST":
        state, seen = request.POST.get("state", ""), request.POST.get("seen", "")
        try:
            watch.decide(found, state, seen=seen, why=why, by=request.user, at=timezone.now())
        except Refused as refusal:
            refused = str(refusal)
            found.refresh_from_db()
        else:
            messages.success(request, f"已记为“{AlarmState(state).label}”。")
            return redirect("alarm", pk=pk)
    cases = permissions.visible_to(request.user, Case.objects.filter(number__in=found.cases))
    context = {
        "alarm": found,
        "drawing": drawn(found, width=560, height=90),
        "cases": list(cases.select_related("lead__unit").order_by("-received_at", "-pk")),
        "refused": refused,
        "why": why,
    }
    return render(request, "workbench/alarm.html", context)


def drawn(alarm: Alarm, *, width: int = 150, height: int = 32) -> SafeString:
    """The days before in a small picture, with the limit; "" where an alarm is of no series."""
    counts, limit = alarm.figures.get("counts", []), alarm.figures.get("limit")
    if not counts:
        return mark_safe("")
    title = f"{alarm.subject}近{len(counts)}天每天件数"
    picture = charts.sparkline(counts, title=title, unit="件", width=width, height=height, limit=limit)
    return mark_safe(picture)


def on_board(request: Visit) -> list[Alarm]:
    """The alarms that the clocks board shows to who may see them: those that nobody has seen to yet."""
    if not WATCHERS & request.user.roles:
        return []
    return list(Alarm.objects.filter(state=AlarmState.OPEN)[:ON_BOARD])
