"""Who came in and who failed to: lines of the trail, and a door that stays shut after too many failures."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.crypto import salted_hmac

from huiying.accounts import trail
from huiying.accounts.models import Trail, TrailKind, User
from huiying.accounts.people import subject

FAILURES = 10
WITHIN = timedelta(minutes=15)


def came_in(user: User, *, at: datetime, address: str) -> None:
    """Note a sign-in; failures before it count no longer."""
    trail.note(user, TrailKind.SIGN_IN, at=at, subject=subject(user), address=address)


def failed(username: str, *, at: datetime, address: str) -> None:
    """Note a failed sign-in."""
    trail.note(None, TrailKind.REFUSED, at=at, subject=_tried(username), address=address)


def is_locked(username: str, *, at: datetime) -> bool:
    """Whether so many sign-ins failed within the last minutes that none is tried now.

    The same for a name that nobody has, so that the door does not tell which names are taken. A sign-in
    and a new password from the administrator begin the count anew.
    """
    tried = _tried(username)
    recent = Trail.objects.filter(subject=tried, at__gt=at - WITHIN, at__lte=at)
    cleared = recent.filter(kind__in=(TrailKind.SIGN_IN, TrailKind.SETTING)).order_by("-id").first()
    failures = recent.filter(kind=TrailKind.REFUSED, id__gt=cleared.pk if cleared else 0)
    return failures.count() >= FAILURES


def _tried(username: str) -> str:
    """How the trail names the account; an unknown one by a digest, for it may be a mistyped password."""
    user = User.objects.filter(username=username).first()
    return subject(user) if user else f"不存在的用户名 {salted_hmac('sign-in', username).hexdigest()[:12]}"
