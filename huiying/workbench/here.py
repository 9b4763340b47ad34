"""正在处理: a page that stays open asks again and again who else is at its case, and what they did to it."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from huiying.accounts.models import User
from huiying.cases import permissions, presence
from huiying.cases.models import PAGE_CHOICES, Case
from huiying.replies import handling
from huiying.workbench import meanwhile
from huiying.workbench.case_page import whole
from huiying.workbench.visit import Visit, place_of

PAGES = dict(PAGE_CHOICES)


def here(request: Visit, number: str) -> HttpResponse:
    """Who else is at the case and what was done to it since, for htmx; whoever asks is there themselves."""
    page = request.GET.get("page", "")
    if page not in PAGES:
        raise Http404
    if not request.htmx:
        return redirect("case", number=number)
    case, seen = _open_to(request.user, number), whole(request.GET.get("seq", ""))
    if case is None:
        return HttpResponse(
            status=204
        )  # a page left open after a delegation ended asks on, and is told nothing
    is_older = seen < case.seq and permissions.can_view(request.user, case)
    context = {
        "case": case,
        "present": presence.at_case(request.user, case, page, timezone.now()),
        "meanwhile": meanwhile.since(request.user, case, seen, place_of(request)) if is_older else [],
    }
    return render(request, "workbench/here.html#later", context)


def _open_to(user: User, number: str) -> Case | None:
    """The case, if the person may see it or works on a part of it."""
    seen = permissions.visible_to(user).filter(number=number).first()
    if seen is None:
        task = handling.reachable(user).select_related("case").filter(case__number=number).first()
        seen = task.case if task else None
    return seen
