"""The daily digest: one line a morning for everybody who has something to do."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Q

from huiying.accounts.models import Role, User
from huiying.cases import clocks, permissions
from huiying.cases.moves import CaseStatus
from huiying.cases.place import Place
from huiying.notices.models import Channel, Notice, Outbox
from huiying.notices.rules import DIGEST, settings_of
from huiying.notices.telling import add, message

WORKERS = (
    Role.DISPATCHER,
    Role.CLERK,
    Role.HEAD,
    Role.REVIEWER,
    Role.CALLBACK,
    Role.SUPERVISOR,
    Role.LEADER,
)


def digest(place: Place, now: datetime) -> int:
    """Write today's digests, once a day each; how many."""
    chosen = settings_of(place)
    if DIGEST.name in chosen.off:
        return 0
    key = str(clocks.local_date(now, place.keeper.tz))
    people = User.objects.filter(is_active=True, holdings__role__in=WORKERS).distinct().order_by("pk")
    notices: list[Notice] = []
    outbox: list[Outbox] = []
    for user in people.select_related("unit"):
        if text := said(user, place, now):
            notices.append(Notice(user=user, rule=DIGEST.name, key=key, text=text, created_at=now))
            if DIGEST.name in chosen.mail and user.email:
                outbox.append(message(Channel.MAIL, user.username, DIGEST.name, key, text, now))
    return add(notices, outbox)


def said(user: User, place: Place, now: datetime) -> str:
    """What a person's open cases come to; "" where there are none."""
    tonight = clocks.end_of_day(clocks.local_date(now, place.keeper.tz), place.keeper.tz)
    counts = {
        "未办结": Q(),
        "待派单": Q(status=CaseStatus.RECEIVED),
        "待认领": Q(status=CaseStatus.DISPATCHED),
        "退办待裁": Q(status=CaseStatus.RETURNING),
        "待审核": Q(status=CaseStatus.REVIEWING),
        "今天到期": Q(due_at__gt=now, due_at__lte=tonight),
        "已逾期": Q(due_at__lte=now),
    }
    named = {f"n{i}": Count("pk", filter=condition) for i, condition in enumerate(counts.values())}
    open_cases = permissions.open_to(user).order_by()
    found = dict(zip(counts, open_cases.aggregate(**named).values(), strict=True))
    told = "，".join(f"{title} {n} 件" for title, n in found.items() if n)
    return f"今日提要：{told}" if told else ""
