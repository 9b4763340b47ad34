"""One person's inbox."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from huiying.accounts.models import User
from huiying.notices.models import Notice


def of(user: User) -> QuerySet[Notice]:
    """What the person was told, the newest first."""
    return Notice.objects.filter(user=user).order_by("-pk")


def unread(user: User) -> int:
    """How many lines the person has not read."""
    return of(user).order_by().filter(read_at=None).count()


def read(user: User, now: datetime, pk: int | None = None) -> int:
    """Mark one line, or all of them, as read; how many were not."""
    mine = of(user).filter(read_at=None)
    return (mine if pk is None else mine.filter(pk=pk)).update(read_at=now)
