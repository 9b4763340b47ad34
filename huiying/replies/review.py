"""审核: replies that wait for the office, released or sent back, and how often each unit's came back."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from django.db.models import F, OuterRef, QuerySet, Subquery

from huiying.accounts.models import Unit, User
from huiying.cases import lifecycle, permissions
from huiying.cases.models import Assignment, Case, ClockRun, Event, Reply
from huiying.cases.moves import MOVES, SEND_BACK_REASONS, TaskStatus
from huiying.common.errors import Refused
from huiying.replies import contact

RECENT = 40
"""How many of a unit's latest answers a new one is compared with."""


def queue(user: User) -> QuerySet[Assignment]:
    """The replies that wait for review, the oldest due first (`reply_due_at` is that of the reply's clock);
    nothing for whoever does not review. Whoever reviews sees every unit's cases."""
    if permissions.why_not(user, MOVES["release"]):
        return Assignment.objects.none()
    clock = ClockRun.objects.filter(assignment=OuterRef("pk"), kind="reply", superseded=False)
    waiting = Assignment.objects.filter(status=TaskStatus.SUBMITTED).annotate(
        reply_due_at=Subquery(clock.order_by("-run").values("due_at")[:1])
    )
    waiting = waiting.select_related("case__channel", "case__nature", "unit")
    return waiting.order_by(F("reply_due_at").asc(nulls_last=True), "replied_at", "id")


def before(task: Assignment) -> tuple[list[tuple[Event, str]], list[tuple[Event, str]]]:
    """What went before this review, each with its words: the unit's contacts, and when it was sent back
    (the newest first)."""
    events = Event.objects.filter(case=task.case_id, kind__in=("contact", "send_back"), on=task.no)
    rows = list(events.select_related("actor").order_by("seq"))
    notes = {text.seq: text.text for text in task.case.texts.all() if text.kind == "note"}
    sent_back = [(row, notes.get(row.seq, "")) for row in rows if row.kind == "send_back"]
    called = [row for row in rows if row.kind == "contact"]
    return contact.records_of(called, task.case.texts.all(), task.no), sent_back[::-1]


def recent_answers(task: Assignment) -> dict[str, str]:
    """The unit's latest public answers on other cases, by case number."""
    others = Reply.objects.filter(assignment__unit=task.unit_id).exclude(assignment__case=task.case_id)
    rows = others.exclude(public_answer="").order_by("-drafted_at", "-id")[:RECENT]
    return dict(rows.values_list("assignment__case__number", "public_answer"))


def release(case: Case, on: int, *, by: User, at: datetime) -> Event:
    """Let the reply go to the citizen; `advance` closes the case too where the place says so."""
    return lifecycle.advance(case, "release", by=by, at=at, on=on)


def send_back(case: Case, on: int, *, reason: str, note: str, by: User, at: datetime) -> Event:
    """Send the reply back to its unit, with a reason of the table and what is wanted.

    Raises Refused where either is missing.
    """
    if reason not in SEND_BACK_REASONS:
        raise Refused("请选择退回的理由。")
    if not note.strip():
        raise Refused("请写明要求，承办单位才知道改什么。")
    return lifecycle.advance(case, "send_back", by=by, at=at, on=on, reason=reason, note=note.strip())


def send_backs(starts_at: datetime, ends_at: datetime) -> list[tuple[Unit, int]]:
    """How often each unit's replies were sent back from `starts_at` up to `ends_at`, most often first."""
    events = Event.objects.filter(kind="send_back", happened_at__gte=starts_at, happened_at__lt=ends_at)
    seen = list(events.order_by().values_list("case_id", "on"))
    tasks = Assignment.objects.filter(case__in={case for case, _ in seen}).order_by()
    units = {(case, no): unit for case, no, unit in tasks.values_list("case_id", "no", "unit_id")}
    counts = Counter(units[key] for key in seen)
    found = [(unit, counts[unit.pk]) for unit in Unit.objects.filter(pk__in=counts)]
    return sorted(found, key=lambda pair: (-pair[1], pair[0].order))
