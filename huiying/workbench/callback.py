"""回访台: whom to call, what was said, what follows; and the units' appeals against bad marks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from huiying.accounts.models import Role, User
from huiying.cases import permissions, presence, privacy
from huiying.cases.history import replay
from huiying.cases.models import Case, Reply
from huiying.cases.moves import CALLBACK_OUTCOMES, CALLBACK_REASONS, MOVES, CaseStatus, TaskStatus
from huiying.cases.persons import PersonData, reveal
from huiying.cases.place import Place
from huiying.cases.projection import parse
from huiying.cases.timeline import SATISFACTION
from huiying.common.errors import Refused
from huiying.common.masking import mask_name, mask_phone
from huiying.knowledge import standard_texts
from huiying.quality import appeals, calls
from huiying.quality.models import Appeal, CallBack, CallBackState
from huiying.workbench import callback_rules, due, meanwhile, phrases
from huiying.workbench.case_page import Moment, timeline_rows, whole
from huiying.workbench.visit import Visit, place_of

SHOWN = 50
SOLVED = {"yes": "已解决", "no": "未解决"}
CALLERS = frozenset({Role.CALLBACK, Role.REVIEWER, Role.SUPERVISOR})
"""Those who call, and those who decide what follows."""
APPEALERS = CALLERS | {Role.CLERK, Role.HEAD}


@dataclass(frozen=True)
class Tried:
    """What was refused: where on the page, why, and what had been typed."""

    where: str
    reason: str
    given: QueryDict
    pk: int = 0


def callbacks(request: Visit, pk: int = 0) -> HttpResponse:
    """The list, and beside it the task chosen, or the first one at which nobody is."""
    _only(request.user, CALLERS)
    return _desk(request, _task(request.user, pk) if pk else None)


@require_POST
def record(request: Visit, pk: int) -> HttpResponse:
    """Record a call and go on to the next task."""
    _only(request.user, CALLERS)
    task, given = _task(request.user, pk), request.POST
    task.case.seq, task.attempts = whole(given.get("seq", "")), whole(given.get("attempts", ""))
    solved = {"yes": True, "no": False}.get(given.get("solved", ""))
    texts = {name: given.get(name, "") for name in ("outcome", "satisfied", "reason", "note")}
    try:
        done = calls.record(
            task, by=request.user, at=timezone.now(), place=place_of(request), solved=solved, **texts
        )
    except Refused as refusal:
        return _desk(request, _task(request.user, pk), Tried("record", str(refusal), given))
    messages.success(request, _said(done))
    waiting = list(calls.waiting(request.user).exclude(pk=pk)[:SHOWN])
    others = presence.others(request.user, [each.case for each in waiting], timezone.now())
    following = presence.free(waiting, others)
    return redirect("callback", following.pk) if following else redirect("callbacks")


def _said(task: CallBack) -> str:
    said = f"{task.case.number} 的回访已登记：{task.get_state_display()}。"
    if task.proposal == "pending":
        said += "已建议重办，由审核员或督办员决定。"
    return said


@require_POST
def show_number(request: Visit, pk: int) -> HttpResponse:
    """The citizen's name and number in clear, once, recorded with the reason; for htmx only that part."""
    _only(request.user, CALLERS)
    task = _task(request.user, pk)
    reason = request.POST.get("why", "")
    try:
        known = calls.number_to_call(task, reason=reason, by=request.user, at=timezone.now())
    except Refused as refusal:
        return _desk(request, task, Tried("number", str(refusal), request.POST), part="#phone")
    return _desk(request, task, known=known, part="#phone")


@require_POST
def decide(request: Visit, pk: int) -> HttpResponse:
    """Reopen a case whose citizen is not content, or leave it closed."""
    _only(request.user, CALLERS)
    task = _task(request.user, pk)
    task.case.seq = whole(request.POST.get("seq", ""))
    reopen = request.POST.get("verdict") == "reopen"
    try:
        note = request.POST.get("note", "")
        calls.decide(task, reopen=reopen, note=note, by=request.user, at=timezone.now())
    except Refused as refusal:
        return _desk(request, _task(request.user, pk), Tried("decide", str(refusal), request.POST))
    messages.success(request, f"{task.case.number} {'已重办，请派单' if reopen else '不再重办'}。")
    return redirect("callbacks")


def _task(user: User, pk: int) -> CallBack:
    """The task, if its case may be seen. Raises Http404 otherwise."""
    tasks = CallBack.objects.select_related("case__nature", "case__lead__unit", "case__person", "assigned")
    return get_object_or_404(permissions.about_visible(user, tasks), pk=pk)


def _desk(
    request: Visit,
    task: CallBack | None,
    tried: Tried | None = None,
    *,
    known: PersonData | None = None,
    part: str = "",
) -> HttpResponse:
    place, now, user = place_of(request), timezone.now(), request.user
    waiting = calls.waiting(user)
    shown = list(waiting[:SHOWN])
    others = presence.others(user, [each.case for each in shown], now)
    context: dict[str, Any] = {
        "rows": [(each, _standing(each, place, now), others.get(each.case_id, [])) for each in shown],
        "total": waiting.count(),
        "proposals": list(calls.proposals(user)[:SHOWN]),
        "rules": callback_rules.summary(place),
        "calls_here": not permissions.why_not(user, MOVES["call_back"]),
        "decides_here": not permissions.why_not(user, MOVES["reopen"]),
        "kept": [],
        "task": (task := task or presence.free(shown, others)),
        "tried": tried,
        "known": known,
    }
    if task:
        context |= _about(task, place, now)
        page = "callback" if context["calls_here"] and task.state == CallBackState.OPEN else "case"
        context |= {"page": page, "present": presence.at_case(user, task.case, page, now)}
        seen = whole(tried.given.get("seq", "")) if tried else 0
        context["meanwhile"] = meanwhile.since(user, task.case, seen, place)
        context["kept"] = _kept(tried, task, context) if tried else []
    fragment = part if request.htmx and not request.htmx.boosted else ""
    status = 409 if tried and not fragment else 200
    return render(request, f"workbench/callback.html{fragment}", context, status=status)


def _about(task: CallBack, place: Place, now: datetime) -> dict[str, Any]:
    """What the caller must have in sight, and the choices of the form."""
    case = task.case
    person = reveal(case.person) if case.person else PersonData()
    return {
        "case": case,
        "standing": _standing(task, place, now),
        "person": {"name": mask_name(person.name), "phone": mask_phone(person.phone)},
        "requests": [text for text in case.texts.all() if text.kind != "note"],
        "answers": _answers(case),
        "attempts": _attempts(case, place),
        "is_to_decide": task.proposal == "pending" and case.status == CaseStatus.CLOSED,
        "outcomes": list(zip("123", CALLBACK_OUTCOMES.items(), strict=True)),
        "solved": list(zip("45", SOLVED.items(), strict=True)),
        "satisfaction": list(zip("678", SATISFACTION.items(), strict=True)),
        "reasons": CALLBACK_REASONS.items(),
        "phrases": phrases.offered(
            place, standard_texts.subject_of(case, place), ("call_back", "reopen"), now
        ),
    }


def _kept(tried: Tried, task: CallBack, shown: dict[str, Any]) -> list[tuple[str, str]]:
    """What had been filled in, in words, where its form is no longer there."""
    given, note = tried.given, tried.given.get("note", "")
    if tried.where == "record" and not (shown["calls_here"] and task.state == CallBackState.OPEN):
        tables = {"outcome": CALLBACK_OUTCOMES, "solved": SOLVED, "satisfied": SATISFACTION}
        titles = {"outcome": "结果", "solved": "是否解决", "satisfied": "是否满意", "reason": "原因"}
        chosen = (tables | {"reason": CALLBACK_REASONS}).items()
        rows = [(titles[name], table.get(given.get(name, ""), "")) for name, table in chosen]
        return [(label, words) for label, words in [*rows, ("群众意见", note)] if words]
    if tried.where == "decide" and not (shown["decides_here"] and shown["is_to_decide"]):
        return [("理由", note)] if note else []
    return []


def _answers(case: Case) -> QuerySet[Reply]:
    """The public answers that the citizen got."""
    sent = Reply.objects.filter(assignment__case=case, assignment__status=TaskStatus.RELEASED)
    return sent.exclude(public_answer="").select_related("assignment__unit").order_by("assignment", "-no")


def _attempts(case: Case, place: Place) -> list[Moment]:
    """The calls so far in sentences, newest first."""
    events = list(case.events.select_related("actor").order_by("seq"))
    log = [parse(event) for event in events]
    state = replay(log)
    assert state is not None, "a saved case has at least its registration"
    rows = timeline_rows(events, log, state, place, list(case.texts.all()))
    return [row for row in rows if row.entry.kind == "call_back"]


def _standing(task: CallBack, place: Place, now: datetime) -> due.Standing | None:
    return due.standing(task.due_at, now, place.keeper, done_at=task.ended_at) if task.due_at else None


# Appeals


def appeal_list(request: Visit, tried: Tried | None = None) -> HttpResponse:
    """The bad marks a unit may appeal against, and the appeals, the undecided first."""
    _only(request.user, APPEALERS)
    user = request.user
    marks = appeals.open_to(user, timezone.now()).select_related("case__nature", "case__person")[:SHOWN]
    for mark in marks:
        privacy.veil(user, mark.case)
    rows, rules_here = _appeals(user), appeals.may_rule(user)
    open_marks = {mark.pk for mark in marks}
    open_appeals = {row.pk for row in rows if rules_here and row.decision == "pending"}
    lost = tried and tried.pk not in (open_marks if tried.where == "mark" else open_appeals)
    context = {
        "marks": marks,
        "appeals": rows,
        "rules_here": rules_here,
        "kept": _typed(tried) if tried and lost else [],
        "speaks_for_unit": bool(permissions.units_of(user)),
        "tried": tried,
    }
    template = "workbench/appeals.html" + ("#list" if request.htmx and not request.htmx.boosted else "")
    return render(request, template, context, status=409 if tried else 200)


def _typed(tried: Tried) -> list[tuple[str, str]]:
    titles = {"reason": "申诉理由", "note": "裁定理由"}
    return [(title, words) for name, title in titles.items() if (words := tried.given.get(name, ""))]


def _appeals(user: User) -> list[Appeal]:
    found = appeals.visible_to(user).select_related("call_back__case__nature", "call_back__case__person")
    rows = list(found[:SHOWN])
    for row in rows:
        case = row.call_back.case
        row.reason = privacy.own_words_for(user, case)(row.reason)
        row.decision_note = privacy.veil(user, case)(row.decision_note)
    return rows


@require_POST
def appeal(request: Visit, pk: int) -> HttpResponse:
    """A unit appeals against a mark."""
    _only(request.user, APPEALERS)
    mark = appeals.open_to(request.user, timezone.now()).filter(pk=pk).first()
    if mark is None:
        return appeal_list(request, Tried("mark", _appealed(request.user, pk), request.POST, pk))
    try:
        appeals.ask(mark, reason=request.POST.get("reason", ""), by=request.user, at=timezone.now())
    except Refused as refusal:
        return appeal_list(request, Tried("mark", str(refusal), request.POST, pk))
    messages.success(request, f"{mark.case.number} 的申诉已提交，等待裁定。")
    return redirect("appeals")


def _appealed(user: User, pk: int) -> str:
    """Who was quicker with an appeal against the mark. Raises Http404 for a mark that is not theirs."""
    made = get_object_or_404(appeals.visible_to(user), call_back=pk)
    when = timezone.localtime(made.asked_at)
    return f"{made.call_back.case.number} 已由{made.asked_by}申诉（{when:%m-%d %H:%M}），不必再提。"


@require_POST
def rule(request: Visit, pk: int) -> HttpResponse:
    """The office rules on an appeal."""
    _only(request.user, APPEALERS)
    found = get_object_or_404(appeals.visible_to(request.user), pk=pk)
    upheld, note = request.POST.get("verdict") == "upheld", request.POST.get("note", "")
    try:
        ruled: Appeal = appeals.rule(found, upheld=upheld, note=note, by=request.user, at=timezone.now())
    except Refused as refusal:
        return appeal_list(request, Tried("appeal", str(refusal), request.POST, pk))
    messages.success(request, f"{ruled.call_back.case.number}：{ruled.get_decision_display()}。")
    return redirect("appeals")


def _only(user: User, roles: frozenset[str]) -> None:
    if not roles & user.roles:
        raise PermissionDenied(f"这一页由{'、'.join(Role(role).label for role in sorted(roles))}使用。")
