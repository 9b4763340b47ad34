"""同诉归并: groups of open cases that may be one matter; a dispatcher merges them or says they are not."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from huiying.cases.lifecycle import NotAllowed
from huiying.dispatch import alike, merging
from huiying.dispatch.models import AlikeGroup
from huiying.workbench import case_page
from huiying.workbench.dispatch import must, picked, tell
from huiying.workbench.visit import Visit

PAGE = 20
LISTED = 50


def groups(request: Visit) -> HttpResponse:
    """The suggested groups, the largest first."""
    must(request.user, "merge")
    page = Paginator(alike.waiting(request.user), PAGE).get_page(request.GET.get("page"))
    found_at = page[0].found_at if page.object_list else None
    context = {"groups": alike.shown(request.user, page), "page": page, "found_at": found_at}
    return render(request, "workbench/alike.html", context)


@require_POST
def decide(request: Visit, pk: int, name: str) -> HttpResponse:
    """Merge the chosen cases of a group into one, or say that they are not one matter with the others."""
    must(request.user, "merge")
    if name not in {"merge", "apart"}:
        raise Http404
    cases, now, into = picked(request), timezone.now(), request.POST.get("into", "")
    if name == "merge":
        given = [case for case in cases if case.number != into]
        if cases and not given:
            messages.warning(request, "除并入的那件外，没有勾选别的诉求件。")
        done = merging.merge_many(given, into=into, by=request.user, at=now)
        tell(request, given, done, lambda n: f"已将 {n} 件并入 {into}，可在其案件页取消并单。")
    else:
        group = AlikeGroup.objects.filter(pk=pk).first()
        if group is None:
            messages.warning(request, "名单刚刚更新过，这一组已不在，请按现在的名单再选。")
        elif apart := alike.set_apart(group, cases, by=request.user, at=now):
            messages.success(
                request,
                f"已记下：{apart} 件与同组其他件不是同一件，不再提示，错了可在“说过不是同一件的”里撤回。",
            )
    return redirect("alike")


def apart(request: Visit) -> HttpResponse:
    """What was said to be not one matter, the newest first; what still holds can be taken back."""
    must(request.user, "merge")
    page = Paginator(alike.verdicts(request.user), LISTED).get_page(request.GET.get("page"))
    return render(request, "workbench/apart.html", {"page": page})


@require_POST
def take_back(request: Visit, pk: int) -> HttpResponse:
    """Let two cases be suggested as one matter again."""
    must(request.user, "merge")
    try:
        said = alike.take_back(pk, by=request.user, at=timezone.now())
    except NotAllowed as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, f"已撤回“{said}”，下次查找时可能再提示。")
    return redirect("apart")


def like_case(request: Visit, number: str) -> HttpResponse:
    """The open cases that are like one to be dispatched; for htmx the list only."""
    must(request.user, "dispatch")
    found = case_page.reachable(request.user, number)
    context = {"case": found, "alike": alike.hint(request.user, found)}
    return render(request, "workbench/alike_case.html" + ("#near" if request.htmx else ""), context)
