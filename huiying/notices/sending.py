"""The outbox goes out: at least once each, again after a failure, and in the end as a dead letter for people.

The WHERE clause is the lock: whoever moves `next_try_at` on from what it saw sends the message. A process
that dies while sending leaves it waiting for the next try.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from huiying.accounts.models import User
from huiying.cases.place import Place
from huiying.notices import channels
from huiying.notices.channels import Undelivered
from huiying.notices.models import Channel, Outbox, OutboxState
from huiying.notices.rules import Settings, settings_of

WAITS = (1, 5, 30, 120, 720)
"""Minutes until the next try after the first, second … failure; after the last the message is dead."""
AT_ONCE = 50


def send_due(place: Place, now: datetime) -> str:
    """Send what is due, the oldest first; what became of it, in words."""
    chosen = settings_of(place)
    waiting = Outbox.objects.filter(state=OutboxState.WAITING, next_try_at__lte=now)
    sent = failed = 0
    for row in waiting.order_by("next_try_at", "pk")[:AT_ONCE]:
        if not _take(row, now):
            continue
        if _try(row, place, chosen, now):
            sent += 1
        else:
            failed += 1
    return f"发出 {sent} 条，未发出 {failed} 条" if sent or failed else "没有待发的"


def _take(row: Outbox, now: datetime) -> bool:
    wait = timedelta(minutes=WAITS[min(row.tries, len(WAITS) - 1)])
    seen = Outbox.objects.filter(
        pk=row.pk, state=OutboxState.WAITING, tries=row.tries, next_try_at=row.next_try_at
    )
    return bool(seen.update(tries=row.tries + 1, next_try_at=now + wait))


def _try(row: Outbox, place: Place, chosen: Settings, now: datetime) -> bool:
    mine = Outbox.objects.filter(pk=row.pk, state=OutboxState.WAITING)
    try:
        _send(row, place, chosen, now)
    except Undelivered as refused:
        dead = row.tries + 1 > len(WAITS)
        state = OutboxState.DEAD if dead else OutboxState.WAITING
        mine.update(state=state, error=str(refused)[:300])
        return False
    mine.update(state=OutboxState.SENT, sent_at=now, error="")
    return True


def _send(row: Outbox, place: Place, chosen: Settings, now: datetime) -> None:
    text = signed(row.payload["text"], place)
    if row.channel == Channel.MAIL:
        user = User.objects.filter(username=row.to, is_active=True).first()
        if user is None:
            raise Undelivered("没有这个账号，或已停用。")
        channels.mail(user.email, text[:78], text)
        return
    robot = chosen.robots.get(row.to)
    if robot is None:
        raise Undelivered("地方配置中没有这个单位的群机器人。")
    to_robot(robot, text, now)


def signed(text: str, place: Place) -> str:
    """A text as it leaves the house: with who sends it, which robots with a keyword ask for, too."""
    return f"【{place.office.name}】{text}"


def to_robot(robot: Mapping[str, str], text: str, now: datetime) -> None:
    """Post a text to a robot of the settings. Raises Undelivered."""
    channels.webhook(robot["url"], robot["kind"], text, at=now, secret=robot.get("secret", ""))


def revive(pk: int, now: datetime) -> bool:
    """Try a dead letter again from the beginning; False where it is not dead (any more)."""
    dead = Outbox.objects.filter(pk=pk, state=OutboxState.DEAD)
    return bool(dead.update(state=OutboxState.WAITING, tries=0, next_try_at=now))
