"""The security trail: written here, read by the auditor, changed by nobody."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from huiying.accounts.models import Trail, TrailKind, User


def note(
    user: User | None, kind: TrailKind, *, at: datetime, subject: str = "", reason: str = "", **data: Any
) -> Trail:
    """Write one line of the trail. No personal data goes into it: name cases by number, people by account."""
    return Trail.objects.create(
        at=at, user=user, kind=kind, subject=subject[:200], reason=reason[:200], data=data
    )
