"""大模型建议稿: a title at the desk, a draft of a reply; a person takes it over, or not."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from huiying.cases import privacy
from huiying.common.errors import Refused
from huiying.intake import rights
from huiying.mining import larger
from huiying.replies import handling
from huiying.workbench import reply
from huiying.workbench.case_page import requests_shown, whole
from huiying.workbench.visit import Visit, place_of


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
        "requests": requests_shown(list(task.case.texts.all()), privacy.veil(request.user, task.case)),
        "seq": whole(request.POST.get("seq", "")),
        "typed": reply.texts_of(request.POST),
        "proposal": proposal,
    }
    return render(request, "workbench/reply_proposal.html", context)
