"""审核台: the public answer as the citizen will see it beside the request, with what to look at first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone

from huiying.accounts.models import User
from huiying.cases import permissions, presence
from huiying.cases.clocks import local_date
from huiying.cases.models import Assignment, Case, CaseText, Reply
from huiying.cases.moves import MOVES, SEND_BACK_REASONS, TASK_TITLES, TaskStatus
from huiying.cases.persons import reveal
from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.knowledge import standard_texts
from huiying.mining import rubric
from huiying.mining.reply_given import Given
from huiying.replies import drafting, review
from huiying.workbench import due, meanwhile, phrases
from huiying.workbench.case_page import Moment, whole
from huiying.workbench.visit import Visit, place_of

SHOWN = 50
SEVERITY = {1: "留意", 2: "存疑", 3: "应退回"}


def review_queue(request: Visit) -> HttpResponse:
    """What waits for review, oldest due first, and whose replies came back this month."""
    _reviewers_only(request.user)
    place, now = place_of(request), timezone.now()
    waiting = review.queue(request.user)
    shown, begun = list(waiting[:SHOWN]), _month_begun(now, place)
    present = presence.others(request.user, [task.case for task in shown], now)
    context = {
        "rows": [(task, _standing(task, place, now), present.get(task.case_id, [])) for task in shown],
        "total": waiting.count(),
        "send_backs": review.send_backs(begun, now + timedelta(seconds=1)),
        "month": begun.astimezone(place.keeper.tz).month,
    }
    template = "workbench/review.html" + ("#queue" if request.htmx and not request.htmx.boosted else "")
    return render(request, template, context)


def review_reply(request: Visit, number: str, on: int) -> HttpResponse:
    """One reply; posted, the verdict: released, or sent back with reason and what is wanted."""
    _reviewers_only(request.user)
    task = _reachable(request.user, number, on)
    if request.method != "POST":
        return _reply_page(request, task)
    case = task.case
    case.seq = whole(request.POST.get("seq", ""))
    try:
        said = _judge(request, case, on)
    except Refused as refusal:
        tried = Tried(str(refusal), request.POST)
        return _reply_page(request, _reachable(request.user, number, on), tried)
    messages.success(request, said)
    waiting = list(review.queue(request.user)[:SHOWN])
    others = presence.others(request.user, [each.case for each in waiting], timezone.now())
    following = presence.free(waiting, others)
    if following is None:
        return redirect("review")
    return redirect("review_reply", number=following.case.number, on=following.no)


def _judge(request: Visit, case: Case, on: int) -> str:
    by, at, given = request.user, timezone.now(), request.POST
    if given.get("verdict") == "release":
        review.release(case, on, by=by, at=at)
        return f"{case.number} 的答复已发布。"
    reason, note = given.get("reason", ""), given.get("note", "")
    standard_texts.need_no_gaps(note, "要求")
    review.send_back(case, on, reason=reason, note=note, by=by, at=at)
    return f"{case.number} 的答复已退回重办。"


@dataclass(frozen=True)
class Tried:
    """A verdict that was refused: why, and what had been typed."""

    reason: str
    given: QueryDict


def _reviewers_only(user: User) -> None:
    if why := permissions.why_not(user, MOVES["release"]):
        raise PermissionDenied(why)


def _reachable(user: User, number: str, on: int) -> Assignment:
    """The assignment, if its case may be seen and a reply can be looked at. Raises Http404 otherwise."""
    tasks = Assignment.objects.select_related("case__channel", "case__nature", "case__person", "unit")
    seen = permissions.visible_to(user, Case.objects.filter(number=number))
    task = tasks.filter(case__in=seen.values("pk"), no=on).prefetch_related("case__texts").first()
    if task is None:
        raise Http404("没有这一派单，或您不能查看它。")
    return task


def _reply_page(request: Visit, task: Assignment, tried: Tried | None = None) -> HttpResponse:
    place, now = place_of(request), timezone.now()
    reply = drafting.latest(task)
    asked = [text for text in task.case.texts.all() if text.kind != "note"]
    contacts, sent_back = review.before(task)
    person = task.case.person
    names = (name,) if person and (name := reveal(person).name) else ()
    words, called = _words(asked), [words for _, words in contacts]
    score, found = 0, list[rubric.Finding]()
    if reply:
        others = review.recent_answers(task)
        score, found = judged(task, reply, words, called, place, now, names=names, others=others)
    clock = task.clocks.filter(kind="reply", superseded=False).order_by("-run").first()
    context = {
        "task": task,
        "case": task.case,
        "present": presence.at_case(request.user, task.case, "review", now),
        "reply": reply,
        "requests": asked,
        "contacts": [row for row in contacts if not (row[1] and reply and row[1] in reply.contact_record)],
        "attachments": list(task.case.attachments.order_by("seq", "id")),
        "pieces": rubric.marked(reply.public_answer, rubric.faults(found)) if reply else [],
        **told(found),
        "score": score,
        "least": rubric.least(place.config, _nature(task)),
        "standing": _stood(clock.due_at, task, place, now) if clock else None,
        "waits": task.status == TaskStatus.SUBMITTED,
        "status": TASK_TITLES[TaskStatus(task.status)],
        "reasons": SEND_BACK_REASONS.items(),
        "left": review.queue(request.user).count(),
        "tried": tried,
        "meanwhile": _meanwhile(request, task, tried),
        "kept": _kept(tried) if tried and task.status != TaskStatus.SUBMITTED else [],
        "older": _seen_before(task, reply, tried),
        "phrases": _phrases(task, place, clock.due_at if clock else None, now),
        "earlier": sent_back,
    }
    return render(request, "workbench/review_reply.html", context, status=409 if tried else 200)


def _words(asked: list[CaseText]) -> list[str]:
    return [text.text for text in asked if not text.erased_at]


def _nature(task: Assignment) -> tuple[str, ...]:
    return (task.case.nature.code, task.case.nature.name) if task.case.nature else ()


def judged(
    task: Assignment,
    reply: Reply,
    asked: Sequence[str],
    called: Sequence[str],
    place: Place,
    now: datetime,
    *,
    names: Sequence[str] = (),
    others: Mapping[str, str] | None = None,
) -> tuple[int, list[rubric.Finding]]:
    """The score of the reply and the findings: beside the words `asked` and those of the contacts, with
    everything else that the file knows; `names` are the citizen's, which must not be in it, `others` the
    unit's answers on other cases, of which it must be no copy."""
    tz = place.keeper.tz
    given = Given(
        answer=reply.public_answer,
        request="\n".join([task.case.title, *asked]),
        report=reply.handling_report,
        contact="\n".join([reply.contact_record, *called]),
        others=others or {},
        names=tuple(names),
        unit=task.unit.name,
        units=tuple(unit.name for unit in place.units.values()),
        inquiry=rubric.is_inquiry(place.config, _nature(task)),
        asked_on=local_date(task.case.received_at, tz),
        answered_on=local_date(reply.drafted_at, tz),
        today=local_date(now, tz),
    )
    return rubric.judge(given)


def told(found: list[rubric.Finding]) -> dict[str, Any]:
    """Each finding with its aspect and how grave it is, in words; apart, the grades and their sum."""
    rows = [(each, rubric.CHECKS[each.check].aspect, SEVERITY.get(each.level, "")) for each in found]
    grades = [row for row in rows if not row[0].level]
    return {
        "findings": [row for row in rows if row[0].level],
        "grades": grades,
        "graded": sum(each.weight for each, _, _ in grades),
    }


def _phrases(
    task: Assignment, place: Place, due_at: datetime | None, now: datetime
) -> dict[str, list[standard_texts.Offered]]:
    subject = standard_texts.subject_of(task.case, place, unit=task.unit, due_at=due_at)
    return phrases.offered(place, subject, ["send_back"], now)


def _meanwhile(request: Visit, task: Assignment, tried: Tried | None) -> list[Moment]:
    """What others did to the case since the page was opened from which the verdict was sent."""
    seen = whole(tried.given.get("seq", "")) if tried else 0
    return meanwhile.since(request.user, task.case, seen, place_of(request))


def _kept(tried: Tried) -> list[tuple[str, str]]:
    """What had been filled in, where the form is no longer there."""
    given = tried.given
    typed = [("理由", SEND_BACK_REASONS.get(given.get("reason", ""), "")), ("要求", given.get("note", ""))]
    return [(label, words) for label, words in typed if words.strip()]


def _seen_before(task: Assignment, reply: Reply | None, tried: Tried | None) -> Reply | None:
    """The version that the person had before them, where a newer one came meanwhile."""
    no = whole(tried.given.get("reply", "")) if tried else 0
    if reply is None or no in {0, reply.no}:
        return None
    return task.replies.filter(no=no).first()


def _month_begun(now: datetime, place: Place) -> datetime:
    wall = now.astimezone(place.keeper.tz)
    return wall.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _standing(task: Assignment, place: Place, now: datetime) -> due.Standing | None:
    at: datetime | None = task.reply_due_at  # type: ignore[attr-defined]  # annotated by the queue
    return _stood(at, task, place, now)


def _stood(at: datetime | None, task: Assignment, place: Place, now: datetime) -> due.Standing | None:
    return due.standing(at, now, place.keeper, done_at=task.replied_at) if at else None
