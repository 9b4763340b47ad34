"""一件不漏: everything that is open, who holds it and since when."""

from __future__ import annotations

from datetime import datetime

from django.db.models import OuterRef, Prefetch, QuerySet

from huiying.cases.models import Assignment, Case
from huiying.cases.moves import LIVE, CaseStatus
from huiying.dispatch.supervision import since

WAITS_FOR = {
    CaseStatus.RECEIVED: "派单",
    CaseStatus.DISPATCHED: "认领",
    CaseStatus.HANDLING: "反馈",
    CaseStatus.RETURNING: "裁定退办",
    CaseStatus.REVIEWING: "审核",
    CaseStatus.ANSWERED: "办结",
}
"""What an open case of each status waits for."""
AT_UNIT = (CaseStatus.DISPATCHED, CaseStatus.HANDLING)


def open_cases(cases: QuerySet[Case]) -> QuerySet[Case]:
    """The open ones of `cases`, the longest standing first, each with `stands_since` and `helping`."""
    co = Assignment.objects.filter(role="co", status__in=LIVE).select_related("unit")
    found = cases.filter(closed_at=None).select_related("channel", "nature", "person", "lead__unit")
    found = found.annotate(stands_since=since(OuterRef("pk"))).order_by("received_at", "id")
    return found.prefetch_related(Prefetch("assignments", co, to_attr="helping"))


def holder(case: Case, office: str) -> str:
    """Who has to act next: the leading unit, or the office itself."""
    return case.lead.unit.name if case.lead and case.status in AT_UNIT else office


def held_since(case: Case) -> datetime:
    """Since when: a unit since it was given the case, the office since the case stands as it does."""
    if case.lead and case.status in AT_UNIT:
        return case.lead.assigned_at
    stands: datetime | None = getattr(case, "stands_since", None)
    return stands or case.received_at


def waits_for(case: Case) -> str:
    """What has to be done next."""
    return WAITS_FOR[CaseStatus(case.status)]


def helpers(case: Case) -> str:
    """The co-units that have not finished."""
    tasks: list[Assignment] = getattr(case, "helping", [])
    return "、".join(task.unit.name for task in tasks)
