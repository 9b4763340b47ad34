"""整改反馈: one unit's answer to a bulletin, written and approved by the unit, judged by the office."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from huiying.accounts import people
from huiying.accounts.models import User
from huiying.bulletins import feedback, rectification
from huiying.bulletins.models import ClosingStep, Feedback, Rectification
from huiying.bulletins.rectification import STEPS, Texts
from huiying.cases import permissions
from huiying.cases.models import Case
from huiying.common.errors import Refused
from huiying.workbench import closing
from huiying.workbench.case_page import whole
from huiying.workbench.closing import Tried
from huiying.workbench.visit import Visit, place_of

SHOWN_CASES = 50
WRITING = frozenset({"save", "submit", "hand_in"})
SAID = {"ask": "要求整改反馈"} | {name: each.title for name, each in STEPS.items()}


@dataclass(frozen=True)
class Told:
    """One line of the course: what was done, and for whom somebody stood in."""

    step: ClosingStep
    title: str
    giver: str


def rectification_page(request: Visit, pk: int, tried: Tried | None = None) -> HttpResponse:
    """The page of one rectification."""
    found, place, now = _reachable(request.user, pk), place_of(request), timezone.now()
    versions = list(found.versions.select_related("by").order_by("-no"))
    newest = versions[0] if versions else None
    if not permissions.sees_office(request.user):
        clean = feedback.without_reporters(found)
        found.problem, found.quote = clean(found.problem), clean(found.quote)
    may = {name for name in STEPS if not rectification.why_not(request.user, name, found)}
    context = {
        "row": found,
        "line": closing.line(found, place, now),
        "cases": _cases(request.user, found),
        "newest": newest,
        "version": newest.no if newest else 0,
        "versions": versions[1:],
        "overtaken": newest if tried and tried.name in WRITING and _is_older(tried, newest) else None,
        "typed": _typed(newest, tried),
        "may": may,
        "may_write": bool(may & WRITING),
        "doing": bool(may - WRITING),
        "lost": bool(tried and tried.name in WRITING and not may & WRITING),
        "course": _course(found),
        "quote": _quoted(found, newest, tried),
        "printed": _printed(found, newest),
        "note": tried.given.get("note", "") if tried else "",
        "due_on": tried.given.get("due_on", "") if tried else "",
        "for_office": permissions.sees_office(request.user),
        "longest": rectification.LONGEST_SUMMARY,
        "longest_quote": rectification.LONGEST_QUOTE,
        "tried": tried,
    }
    return render(request, "workbench/rectification.html", context, status=409 if tried else 200)


def _reachable(user: User, pk: int) -> Rectification:
    """The rectification, if the person may see it. Raises Http404."""
    return get_object_or_404(rectification.visible_to(user), pk=pk)


def _typed(newest: Feedback | None, tried: Tried | None) -> dict[str, str]:
    """What stands in the fields: what was typed, else the newest version."""
    given: Mapping[str, str] = tried.given if tried and tried.name in WRITING else Texts.of(newest)._asdict()
    return {name: given.get(name, "") for name in Texts._fields}


def _is_older(tried: Tried, newest: Feedback | None) -> bool:
    """Whether a newer version came between the page and the attempt to save."""
    return newest is not None and whole(tried.given.get("version", "")) != newest.no


def _cases(user: User, found: Rectification) -> list[str]:
    """The cases behind the figures that the person may open."""
    seen = permissions.visible_to(user, Case.objects.filter(number__in=found.cases[:SHOWN_CASES]))
    return list(seen.order_by("number").values_list("number", flat=True))


def _course(found: Rectification) -> list[Told]:
    steps = list(found.steps.select_related("by").order_by("-pk"))
    names = people.names(step.data["for"] for step in steps if step.data.get("for"))
    return [Told(step, SAID[step.kind], names.get(step.data.get("for", ""), "")) for step in steps]


def _quoted(found: Rectification, newest: Feedback | None, tried: Tried | None) -> str:
    """What stands in the field for the quote."""
    summary = newest.summary if newest else ""
    return tried.given.get("quote", summary) if tried else found.quote or summary


def _printed(found: Rectification, newest: Feedback | None) -> str:
    """How the next bulletin would print the answer, where that is not as it is written."""
    said = found.quote or (newest.summary if newest else "")
    shown = Rectification(pk=found.pk, quote=said, cases=found.cases)
    printed = feedback.printed([shown])[found.pk]
    return printed if printed != said else ""


@require_POST
def act(request: Visit, pk: int, name: str) -> HttpResponse:
    """Make one step; where it is refused, the page says why and keeps what was typed."""
    found, given = _reachable(request.user, pk), request.POST
    if name not in STEPS:
        raise Http404
    found.revision = whole(given.get("revision", ""))
    try:
        rectification.advance(
            found,
            name,
            place=place_of(request),
            by=request.user,
            at=timezone.now(),
            note=given.get("note", ""),
            texts=Texts(*(given.get(field, "") for field in Texts._fields)) if "cause" in given else None,
            quote=given.get("quote", ""),
            due_on=closing.day(given.get("due_on", ""), "新期限") if name == "prolong" else None,
        )
    except Refused as refusal:
        return rectification_page(request, pk, Tried(name, str(refusal), given))
    messages.success(request, f"{found.unit}：已{STEPS[name].title}。")
    return redirect("rectification", pk)
