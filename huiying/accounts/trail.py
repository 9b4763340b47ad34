"""The security trail: written here, read by the auditor, changed by nobody."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from huiying.accounts.models import Trail, TrailKind, User


def last_change(subject: str, *, begins: bool = False) -> str:
    """Who changed what the trail calls so (or what begins so), and when; "" where it does not say."""
    named = {"subject__startswith": subject} if begins else {"subject": subject[:200]}
    changes = Trail.objects.filter(kind=TrailKind.SETTING, **named).select_related("user")
    last = changes.order_by("-id").first()
    return f"（{last.user or '系统'}，{timezone.localtime(last.at):%m-%d %H:%M}）" if last else ""


def note(
    user: User | None, kind: TrailKind, *, at: datetime, subject: str = "", reason: str = "", **data: Any
) -> Trail:
    """Write one line of the trail. No personal data goes into it: name cases by number, people by account."""
    return Trail.objects.create(
        at=at, user=user, kind=kind, subject=subject[:200], reason=reason[:200], data=data
    )
