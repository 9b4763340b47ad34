"""Shifts at the desk and what one leaves to the next."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q

from huiying.accounts.models import User
from huiying.cases.lifecycle import NotAllowed
from huiying.intake import rights
from huiying.intake.models import Shift

SHOWN_FOR = timedelta(hours=24)


def start(*, by: User, at: datetime) -> Shift:
    """Begin a shift. Raises NotAllowed where one is open."""
    rights.need_desk(by)
    try:
        with transaction.atomic():
            return Shift.objects.create(operator=by, started_at=at)
    except IntegrityError:
        raise NotAllowed("您已经在班，不必再次上班。") from None


def end(*, by: User, at: datetime, handover: str = "") -> None:
    """End the open shift with what the next should know. Raises NotAllowed where none is open."""
    rights.need_desk(by)
    ended = Shift.objects.filter(operator=by, ended_at=None).update(ended_at=at, handover=handover.strip())
    if not ended:
        raise NotAllowed("您现在不在班，请先上班。")


def board(user: User, at: datetime) -> tuple[Shift | None, list[Shift]]:
    """The person's open shift, and what the shifts of the last day left to the next, newest first."""
    left = Q(ended_at__gt=at - SHOWN_FOR, ended_at__lte=at) & ~Q(handover="")
    rows = Shift.objects.filter(left | Q(operator=user, ended_at=None)).select_related("operator")
    found = list(rows.order_by("-ended_at"))
    own = next((shift for shift in found if shift.ended_at is None), None)
    return own, [shift for shift in found if shift.ended_at][:5]
