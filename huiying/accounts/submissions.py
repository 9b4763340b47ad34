"""A form sent twice is done once: whoever writes its mark first does it, the second is led to where it led.

The unique constraint is the lock. The first says where it led; if it was refused, its mark is wiped away, so
that the form may be sent again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from huiying.accounts.models import Submission, User

KEPT = timedelta(days=1)
ABANDONED = timedelta(minutes=1)
"""After this long without an end the process at work has died, and the form may be sent again."""


def begin(user: User, mark: str, *, at: datetime) -> tuple[Submission, bool]:
    """The row of this form, and whether it is ours to do."""
    row, made = Submission.objects.get_or_create(user=user, mark=mark, defaults={"at": at})
    return row, made or _take_over(row, at)


def _take_over(row: Submission, at: datetime) -> bool:
    dead = Submission.objects.filter(pk=row.pk, led_to="", at=row.at)
    return row.at <= at - ABANDONED and bool(dead.update(at=at))


def end(row: Submission, *, led_to: str, said: list[list[object]]) -> None:
    """It is done, and led there."""
    Submission.objects.filter(pk=row.pk).update(led_to=led_to, said=said)


def refuse(row: Submission) -> None:
    """Nothing was done: the same may be sent again."""
    Submission.objects.filter(pk=row.pk).delete()


def sweep(now: datetime) -> int:
    """Forget the forms of yesterday; how many."""
    return Submission.objects.filter(at__lte=now - KEPT).delete()[0]
