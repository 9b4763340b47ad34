"""From the log to people's inboxes: notices are derived from events, never written beside them.

A job reads what was added since last time. PostgreSQL gives an event its number before its transaction
commits, so a lower number may appear after a higher one was read: the last `OVERLAP` events are read
again each time, and the unique cause of a notice tells twice-read from new. What a data import
brings in, and what happened long before it was written down, is history and told to nobody. Who opened a case
or works on it has read what was told of it before.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from huiying.accounts.models import Unit, User
from huiying.cases import clocks
from huiying.cases.models import Assignment, Case, Event, Presence
from huiying.cases.moves import LIVE
from huiying.cases.place import Place
from huiying.notices.models import Channel, Cursor, Notice, Outbox
from huiying.notices.people import OF_UNITS, Lost, People
from huiying.notices.rules import EVENTS, Rule, Settings, settings_of

OVERLAP = 300
BATCH = 2000
NEWS = timedelta(days=30)
"""What happened longer ago is history, however late it is written down."""
FOLD = timedelta(days=1)
"""So long a unit without people makes one line in the dispatcher's inbox, not one for each case."""
FIRST_LOOK = timedelta(days=1)
"""The very first reading starts this far back, not at the beginning of history."""


@dataclass(frozen=True, slots=True)
class Told:
    """One thing to tell: the rule, its cause, the case (where it is about one), the text, to whom (with a
    remark), to which units."""

    rule: Rule
    key: str
    case: Case | None
    text: str
    to: dict[User, str]
    units: tuple[Unit, ...]


@transaction.atomic
def take_in(place: Place, now: datetime) -> int:
    """Read the log on and tell what is new; how many notices were added. May run twice without harm."""
    chosen = settings_of(place)
    newest = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    cursor = Cursor.objects.filter(pk=1).first()
    floor = max(0, cursor.event - OVERLAP) if cursor else _first(now)
    kinds = [name for name in EVENTS if name not in chosen.off]
    _read_at_work(floor, now)
    news = Event.objects.filter(pk__gt=floor, kind__in=kinds, happened_at__gt=now - NEWS)
    rows = news.exclude(origin__startswith="import")
    events = list(rows.select_related("case", "actor").order_by("pk")[:BATCH])
    known = Notice.objects.filter(rule__in=kinds, key__in=[str(event.pk) for event in events])
    done = set(known.values_list("rule", "key"))
    fresh = [event for event in events if (event.kind, str(event.pk)) not in done]
    added = tell(_told(place, fresh, chosen, now), chosen, now)
    reached = events[-1].pk if len(events) == BATCH else newest
    Cursor.objects.update_or_create(pk=1, defaults={"event": reached, "read_at": now})
    return added


def _read_at_work(floor: int, now: datetime) -> None:
    """Mark as read what people were told of a case before they opened one of its pages or made a move."""
    same, since = {"case": OuterRef("case")}, OuterRef("created_at")
    opened = Presence.objects.filter(**same, user=OuterRef("user"), seen_at__gte=since)
    worked = Event.objects.filter(**same, actor=OuterRef("user"), recorded_at__gte=since, pk__gt=floor)
    Notice.objects.filter(Exists(opened) | Exists(worked), read_at=None).update(read_at=now)


def _first(now: datetime) -> int:
    """The last event before the first look."""
    before = Event.objects.filter(recorded_at__lt=now - FIRST_LOOK).order_by("-recorded_at", "-pk").first()
    return before.pk if before else 0


def _told(place: Place, events: list[Event], chosen: Settings, now: datetime) -> Iterator[Told]:
    if not events:
        return
    people = People(clocks.local_date(now, place.keeper.tz))
    tasks = _tasks(events)
    for event in events:
        rule, data = chosen.rules[event.kind], json.loads(event.data)
        if not rule.when(data):
            continue
        units = _units(event, data, tasks.get(event.case_id, []), place)
        meant = people.meant(rule.to, units)
        if event.actor is not None:
            meant.pop(event.actor, None)
        groups = [OF_UNITS[word] for word in rule.to if word in OF_UNITS]
        named = tuple(dict.fromkeys(unit for group in groups for unit in units[group]))
        shown = units["new"] or units["own"] or units["live"]
        text = rule.text.format(number=event.case.number, unit="、".join(unit.name for unit in shown))
        yield Told(rule, str(event.pk), event.case, text, meant, named)


def _tasks(events: list[Event]) -> dict[int, list[Assignment]]:
    found: dict[int, list[Assignment]] = {}
    cases = {event.case_id for event in events}
    for task in Assignment.objects.filter(case__in=cases).select_related("unit").order_by("case", "no"):
        found.setdefault(task.case_id, []).append(task)
    return found


def _units(
    event: Event, data: dict[str, object], tasks: list[Assignment], place: Place
) -> dict[str, list[Unit]]:
    """The units an event speaks of: its own assignment's, those it newly names, those at work, those left."""
    given = data.get("units")
    codes = [row["unit"] for row in given] if isinstance(given, list) else []
    own = [task.unit for task in tasks if task.no == event.on] if event.on else []
    live = [task.unit for task in tasks if task.status in LIVE]
    ended = [task.unit for task in tasks if task.ended_at == event.happened_at]
    return {
        "new": [place.units[code] for code in codes if code in place.units],
        "own": own,
        "live": own or live,
        "past": own or ended or live,
    }


def tell(things: Iterable[Told], chosen: Settings, now: datetime) -> int:
    """Write the notices, and what leaves the house beside them, in one transaction; how many are new."""
    notices: list[Notice] = []
    outbox: list[Outbox] = []
    folded: set[tuple[int, str]] = set()
    for told in things:
        name = told.rule.name
        for user, remark in told.to.items():
            text = f"{told.text}{remark}"[:200]
            again = isinstance(remark, Lost) and _is_folded(user, remark, folded, now)
            read_at = now if again else None
            notices.append(
                Notice(
                    user=user,
                    rule=name,
                    key=told.key,
                    case=told.case,
                    text=text,
                    created_at=now,
                    read_at=read_at,
                )
            )
            if name in chosen.mail and user.email and not again:
                outbox.append(message(Channel.MAIL, user.username, name, told.key, text, now))
        if name in chosen.webhook:
            robots = [unit.code for unit in told.units if unit.code in chosen.robots]
            outbox += [message(Channel.WEBHOOK, code, name, told.key, told.text, now) for code in robots]
    return add(notices, outbox)


def _is_folded(user: User, remark: str, folded: set[tuple[int, str]], now: datetime) -> bool:
    """Whether the person was told within a day that this unit has nobody: the rest is kept as read."""
    known = (user.pk, remark)
    lately = Notice.objects.filter(user=user, created_at__gt=now - FOLD, text__endswith=remark)
    if known in folded or lately.exists():
        return True
    folded.add(known)
    return False


def message(channel: str, to: str, rule: str, key: str, text: str, now: datetime) -> Outbox:
    """A message that waits to be sent."""
    return Outbox(
        channel=channel, to=to, rule=rule, key=key, payload={"text": text}, next_try_at=now, created_at=now
    )


@transaction.atomic
def add(notices: list[Notice], outbox: list[Outbox]) -> int:
    """Add those that are not there yet; how many notices were."""
    before = Notice.objects.filter(
        rule__in={n.rule for n in notices}, key__in={n.key for n in notices}
    ).count()
    Notice.objects.bulk_create(notices, ignore_conflicts=True)
    Outbox.objects.bulk_create(outbox, ignore_conflicts=True)
    after = Notice.objects.filter(
        rule__in={n.rule for n in notices}, key__in={n.key for n in notices}
    ).count()
    return after - before
