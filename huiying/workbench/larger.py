"""大模型: a title at the desk, a summary on the case's page, a draft of a reply, which a person takes over or
not; what leaves for them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from huiying.accounts.models import Role
from huiying.cases import permissions, privacy
from huiying.cases.moves import MOVES
from huiying.common.errors import Refused
from huiying.common.masking import mask_text
from huiying.intake import rights
from huiying.mining import larger
from huiying.replies import handling
from huiying.workbench import case_page, reply
from huiying.workbench.settings_pages import only
from huiying.workbench.visit import Visit, place_of

TITLE = "大模型"
MONTH = timedelta(days=30)


@only(Role.ADMIN)
def larger_model(request: Visit) -> HttpResponse:
    """Whether the place has one, what is sent to it and what never is, and how often it was asked."""
    context = {
        "on": larger.is_on(),
        "url": settings.HUIYING_MODEL_URL.rpartition("@")[2],
        "model": settings.HUIYING_MODEL_NAME,
        "key": bool(settings.HUIYING_MODEL_KEY),
        "uses": larger.USES.values(),
        "most": larger.MOST_SENT,
        "sample": larger.SAMPLE,
        "left": mask_text(larger.SAMPLE),
        "used": larger.used(timezone.now() - MONTH),
    }
    return render(request, "workbench/larger.html", context)


def summary() -> str:
    """For the door: which model, or that there is none."""
    return f"已接入 {settings.HUIYING_MODEL_NAME}".strip() if larger.is_on() else "没有接入，不用也行"


@require_POST
def title_proposal(request: Visit) -> HttpResponse:
    """A title for what stands in the desk's form, to be put into it; or why there is none."""
    rights.need_desk(request.user)
    nature = place_of(request).natures.get(request.POST.get("nature", ""))
    context = {"title": "", "why": ""}
    try:
        context["title"] = larger.propose_title(
            request.POST.get("body", ""),
            guarded=bool(request.POST.get("secret") or (nature and nature.guarded)),
            names=[request.POST.get("name", "")],
            by=request.user,
            at=timezone.now(),
        )
    except Refused as refusal:
        context["why"] = str(refusal)
    return render(request, "workbench/title_proposal.html", context)


@require_POST
def summary_proposal(request: Visit, number: str) -> HttpResponse:
    """What the case asks, in a few lines, on its page, for htmx only that part; or why there is none."""
    found = case_page.reachable(request.user, number)
    context: dict[str, Any] = {}
    try:
        context["summary"] = larger.propose_summary(found, by=request.user, at=timezone.now())
        context["may_remark"] = not permissions.why_not(request.user, MOVES["remark"])
    except Refused as refusal:
        context["why_no_summary"] = str(refusal)
    if not request.htmx:
        return case_page.page(request, found, more=context)
    return render(request, "workbench/summary.html#summary", context | {"case": found})


@require_POST
def reply_proposal(request: Visit, number: str, on: int) -> HttpResponse:
    """Ask the place's larger model for a draft; where none comes, the page of the task says why. What was
    typed is kept in both cases, and nothing is saved."""
    task = reply.within_reach(request.user, number, on)
    if not handling.belongs(request.user, task):
        raise Http404
    try:
        proposal = larger.propose_reply(task.case, by=request.user, at=timezone.now())
    except Refused as refusal:
        return reply.refused(request, task, "draft", str(refusal))
    context = {
        "task": task,
        "case": task.case,
        "requests": case_page.requests_shown(
            list(task.case.texts.all()), privacy.veil(request.user, task.case)
        ),
        "seq": case_page.whole(request.POST.get("seq", "")),
        "typed": reply.texts_of(request.POST),
        "proposal": proposal,
    }
    return render(request, "workbench/reply_proposal.html", context)
