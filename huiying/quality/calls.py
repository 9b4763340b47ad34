"""回访: tasks made by rule, each call recorded, and reopening proposed to those who may decide it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from huiying.accounts.models import User
from huiying.cases import clocks, lifecycle, permissions
from huiying.cases.models import Case, ClockRun, Event
from huiying.cases.moves import CALLBACK_REASONS, MOVES, CaseStatus, Ending
from huiying.cases.persons import PersonData
from huiying.cases.place import Place
from huiying.cases.timeline import SATISFACTION
from huiying.cases.unmasking import unmask
from huiying.common.errors import Refused
from huiying.quality.models import CallBack, CallBackState
from huiying.quality.sampling import Rules, month_of, rules, why_chosen

BATCH = 1000

# Tasks


def plan(place: Place, now: datetime) -> tuple[int, int]:
    """Make a task for every answered, closed case that the rules choose, and drop those that lost their
    sense; how many of each. May run twice: a closing has one task."""
    dropped = _drop(now)
    rows = due_tasks(place, rules(place.config), now)
    known = CallBack.objects.count()
    CallBack.objects.bulk_create(rows, ignore_conflicts=True, batch_size=BATCH)
    return CallBack.objects.count() - known, dropped


def due_tasks(place: Place, chosen: Rules, now: datetime) -> list[CallBack]:
    """The tasks that the rules ask for and nobody has made yet, unsaved."""
    return [row for case in _untold(chosen, now) if (row := _task(case, chosen, place, now))]


def _untold(chosen: Rules, now: datetime) -> QuerySet[Case]:
    """Answered and closed of late, without a task for this closing, and not called since the answer."""
    closings = Event.objects.filter(case=OuterRef("pk"), kind="close").order_by("-seq").values("seq")[:1]
    clock = ClockRun.objects.filter(
        case=OuterRef("pk"), kind="callback", assignment=None, stopped_at=None, superseded=False
    )
    called = Event.objects.filter(
        case=OuterRef("pk"), kind="call_back", happened_at__gte=OuterRef("replied_at")
    )
    tasks = CallBack.objects.filter(case=OuterRef("pk"), closing=OuterRef("closing"))
    cases = Case.objects.filter(
        status=CaseStatus.CLOSED,
        ending=Ending.ANSWERED,
        closed_at__gte=now - timedelta(days=chosen.within_days),
    )
    cases = cases.annotate(closing=Subquery(closings), callback_due=Subquery(clock.values("due_at")[:1]))
    cases = cases.filter(~Exists(called), ~Exists(tasks), closing__isnull=False)
    cases = cases.filter(person__isnull=False, person__erased_at=None)
    return cases.select_related("nature").order_by("id")


def _task(case: Case, chosen: Rules, place: Place, now: datetime) -> CallBack | None:
    why = _why(case, chosen, place)
    closing: int = case.closing  # type: ignore[attr-defined]  # annotated by _untold
    due_at: datetime | None = case.callback_due  # type: ignore[attr-defined]
    return CallBack(case=case, closing=closing, why=why, made_at=now, due_at=due_at) if why else None


def _why(case: Case, chosen: Rules, place: Place) -> str:
    assert case.closed_at is not None
    month = month_of(clocks.local_date(case.closed_at, place.keeper.tz))
    nature = (case.nature.code, case.nature.name) if case.nature else ()
    return why_chosen(case.number, nature, month, chosen)


def _drop(now: datetime) -> int:
    """Open tasks of cases that were reopened, or whose citizen a call from a file reached."""
    answered = Event.objects.filter(case=OuterRef("case"), kind="call_back", seq__gt=OuterRef("closing"))
    answered = answered.exclude(data__contains='"outcome":"missed"')
    gone = CallBack.objects.filter(state=CallBackState.OPEN)
    gone = gone.filter(~Q(case__status=CaseStatus.CLOSED) | Exists(answered) | Exists(_reopened()))
    return gone.update(state=CallBackState.DROPPED, ended_at=now)


def _reopened() -> QuerySet[Event]:
    """That the closing of a task (the outer query) was not the last word."""
    return Event.objects.filter(case=OuterRef("case"), kind="reopen", seq__gt=OuterRef("closing"))


def standing(case: Case, place: Place, now: datetime) -> str:
    """Whether the citizen of an answered, closed case is called back, and by which rule; else ""."""
    if case.status != CaseStatus.CLOSED or case.ending != Ending.ANSWERED or case.closed_at is None:
        return ""
    if task := case.call_backs.order_by("-closing").first():
        return f"{task.get_state_display()}（{task.get_why_display()}）"
    if case.events.filter(kind="call_back", happened_at__gte=case.replied_at).exists():
        return "已回访，见“经过”"
    if case.person is None or case.person.erased_at:
        return "不回访：没有登记诉求人"
    try:
        chosen = rules(place.config)
    except Refused as refusal:
        return str(refusal)
    if case.closed_at < now - timedelta(days=chosen.within_days):
        return f"不回访：办结已超过 {chosen.within_days} 天"
    if _why(case, chosen, place):
        return "将回访，一小时内安排"
    nature = f"性质“{case.nature.name}”" if case.nature else "没有核定性质的"
    return f"不回访：{nature}抽 {chosen.percent}%，本件没有抽中"


def waiting(user: User) -> QuerySet[CallBack]:
    """The tasks still to be called, oldest due first; nothing for whoever does not call."""
    if permissions.why_not(user, MOVES["call_back"]):
        return CallBack.objects.none()
    tasks = CallBack.objects.filter(state=CallBackState.OPEN, case__status=CaseStatus.CLOSED)
    tasks = permissions.about_visible(user, tasks).exclude(Exists(_reopened()))
    tasks = tasks.select_related("case__nature", "case__lead__unit", "assigned")
    return tasks.order_by(F("due_at").asc(nulls_last=True), "attempts", "id")


# Calling


def number_to_call(task: CallBack, *, reason: str, by: User, at: datetime) -> PersonData:
    """The citizen's own data in clear, for whoever calls; the view is recorded with its reason."""
    _permit(by, "call_back")
    if task.state != CallBackState.OPEN:
        raise Refused(f"{task.case.number} 的回访任务已结束，不能再查看电话。")
    return unmask(task.case, reason=reason, by=by, at=at)


@transaction.atomic
def record(
    task: CallBack,
    *,
    outcome: str,
    by: User,
    at: datetime,
    solved: bool | None = None,
    satisfied: str = "",
    reason: str = "",
    note: str = "",
    place: Place,
) -> CallBack:
    """Record one call: an event of the case, and where the task stands now.

    `task` and its case are as the person saw them. Raises Refused (NotAllowed, Stale) and changes nothing.
    """
    if task.state != CallBackState.OPEN:
        raise Refused(f"{task.case.number} 的回访任务已结束（{task.get_state_display()}），不能再登记。")
    data = _answers(outcome, solved, satisfied, reason) if outcome == "reached" else {}
    last = outcome == "missed" and task.attempts + 1 >= rules(place.config).attempts
    said = data | {"outcome": outcome, **({"last": True} if last else {})}
    lifecycle.advance(task.case, "call_back", by=by, at=at, note=note.strip(), **said)
    changes: dict[str, Any] = {"attempts": task.attempts + 1, "assigned": by, **data}
    if last or outcome != "missed":
        changes |= {"state": outcome, "ended_at": at, "marked": task.case.lead}
    if outcome == "reached" and (solved is False or satisfied == "dissatisfied"):
        changes["proposal"] = "pending"
    seen = CallBack.objects.filter(pk=task.pk, attempts=task.attempts, state=CallBackState.OPEN)
    if not seen.update(**changes):
        raise lifecycle.Stale(task.case.number)
    task.refresh_from_db()
    return task


def _answers(outcome: str, solved: bool | None, satisfied: str, reason: str) -> dict[str, Any]:
    """What a citizen who was reached said. Raises Refused where something is missing."""
    if solved is None:
        raise Refused("请选择“是否解决”。")
    if satisfied not in SATISFACTION:
        raise Refused("请选择“是否满意”。")
    if (not solved or satisfied == "dissatisfied") and reason not in CALLBACK_REASONS:
        raise Refused("未解决或不满意的，请选择原因。")
    return {"solved": solved, "satisfied": satisfied, **({"reason": reason} if reason else {})}


# What follows from a bad call


def proposals(user: User) -> QuerySet[CallBack]:
    """Reopenings proposed and not decided, for those who may decide; the oldest first."""
    if permissions.why_not(user, MOVES["reopen"]):
        return CallBack.objects.none()
    tasks = CallBack.objects.filter(proposal="pending", case__status=CaseStatus.CLOSED)
    tasks = permissions.about_visible(user, tasks).exclude(Exists(_reopened()))
    return tasks.select_related("case__nature", "case__lead__unit", "assigned").order_by("ended_at", "id")


@transaction.atomic
def decide(task: CallBack, *, reopen: bool, note: str, by: User, at: datetime) -> CallBack:
    """Reopen the case, or leave it closed, either with the reason. Raises Refused and changes nothing."""
    _permit(by, "reopen")
    if not note.strip():
        raise Refused("请写明重办或不重办的理由。")
    done = "reopened" if reopen else "kept"
    changes = {"proposal": done, "decided_by": by, "decided_at": at, "decision_note": note.strip()}
    if not CallBack.objects.filter(pk=task.pk, proposal="pending").update(**changes):
        raise lifecycle.Stale(task.case.number)
    if reopen:
        lifecycle.advance(task.case, "reopen", by=by, at=at, note=note.strip())
    task.refresh_from_db()
    return task


def _permit(user: User, move: str) -> None:
    if why := permissions.why_not(user, MOVES[move]):
        raise lifecycle.NotAllowed(why)
