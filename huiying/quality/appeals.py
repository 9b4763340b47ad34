"""申诉: a unit against a bad mark of a call-back, and the office's ruling.

Both are events of the case, so that figures can leave out the marks that were struck; the row keeps the
words and who said them.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from huiying.accounts.models import Role, User
from huiying.cases import lifecycle, permissions
from huiying.cases.lifecycle import NotAllowed, Stale
from huiying.cases.models import Case, Event
from huiying.cases.moves import MOVES
from huiying.common.errors import Refused
from huiying.quality.models import Appeal, CallBack, CallBackState

WITHIN = timedelta(days=30)
"""How long after a call a unit may appeal."""
ASKS = frozenset({Role.CLERK, Role.HEAD})
BAD = Q(state=CallBackState.REACHED) & (Q(solved=False) | Q(satisfied="dissatisfied"))
"""The same as `CallBack.is_bad`, as a query."""


def _of_units(user: User, field: str) -> Q:
    """The condition that the unit named by `field` is one the person works in, or below it; never true
    for whoever speaks for no unit."""
    wanted = Q(pk__in=())
    for unit in permissions.units_of(user):
        wanted |= Q(**{f"{field}__path__startswith": unit.path})
    return wanted


def may_rule(user: User) -> bool:
    """Those who decide about reopening rule on appeals."""
    return not permissions.why_not(user, MOVES["rule_appeal"])


def open_to(user: User, now: datetime) -> QuerySet[CallBack]:
    """The bad marks of the person's own unit (and those below it) that may still be appealed against."""
    marks = CallBack.objects.filter(BAD, ended_at__gt=now - WITHIN, appeals__isnull=True)
    marks = marks.filter(_of_units(user, "marked__unit"))
    return marks.select_related("case", "marked__unit").order_by("-ended_at", "-id")


def visible_to(user: User) -> QuerySet[Appeal]:
    """The unit's own appeals; for those who rule all; the undecided first, then the newest."""
    appeals = Appeal.objects.select_related(
        "call_back__case", "assignment__unit", "asked_by", "decided_by"
    ).order_by(F("decided_at").desc(nulls_first=True), "-asked_at", "-id")
    if may_rule(user) or Role.CALLBACK in user.roles:
        return appeals
    return appeals.filter(_of_units(user, "assignment__unit"))


@transaction.atomic
def ask(mark: CallBack, *, reason: str, by: User, at: datetime) -> Appeal:
    """Appeal against a mark, once. Raises Refused (NotAllowed, Stale) and changes nothing."""
    marked = mark.marked
    if marked is None or not open_to(by, at).filter(pk=mark.pk).exists():
        raise NotAllowed(f"{mark.case.number}：没有可由您申诉的回访结果，或已过三十日、已申诉过。")
    if not reason.strip():
        raise Refused("请写明申诉理由。")
    try:
        with transaction.atomic():
            appeal = Appeal.objects.create(
                call_back=mark, assignment=marked, reason=reason.strip(), asked_by=by, asked_at=at
            )
    except IntegrityError:
        raise Stale(mark.case.number) from None
    lifecycle.advance(_now(mark), "appeal", by=by, at=at, on=marked.no, call=_call(mark))
    return appeal


@transaction.atomic
def rule(appeal: Appeal, *, upheld: bool, note: str, by: User, at: datetime) -> Appeal:
    """Rule on an appeal, with the reason, once. Raises Refused (NotAllowed, Stale) and changes nothing."""
    if why := permissions.why_not(by, MOVES["rule_appeal"]):
        raise NotAllowed(why)
    if not note.strip():
        raise Refused("请写明裁定理由。")
    decision = "upheld" if upheld else "rejected"
    changes = {"decision": decision, "decided_by": by, "decided_at": at, "decision_note": note.strip()}
    if not Appeal.objects.filter(pk=appeal.pk, decision="pending").update(**changes):
        raise Stale(appeal.call_back.case.number)
    mark, no = appeal.call_back, appeal.assignment.no
    lifecycle.advance(
        _now(mark), "rule_appeal", by=by, at=at, on=no, note=note.strip(), call=_call(mark), upheld=upheld
    )
    appeal.refresh_from_db()
    return appeal


def _now(mark: CallBack) -> Case:
    """The case as it stands: an appeal is about one call and does not mind what else has happened since."""
    return Case.objects.get(pk=mark.case_id)


def _call(mark: CallBack) -> int:
    """The `seq` of the call that the mark was given in."""
    assert mark.ended_at is not None, "a mark is a call that was made"
    calls = Event.objects.filter(case=mark.case_id, kind="call_back", happened_at=mark.ended_at)
    return calls.filter(seq__gt=mark.closing).order_by("-seq").values_list("seq", flat=True)[0]
