"""分办, told: a part given, answered, near its date and past it, once each, to those who have to do with it.

The word “clerks” of the rows means whoever does the part, or (of an answer) whoever gave it. A key names the
task that the notice leads to.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Q

from huiying.accounts.models import Unit, User
from huiying.cases import clocks
from huiying.cases.moves import LIVE
from huiying.cases.place import Place
from huiying.cases.workdays import UnknownYear
from huiying.notices.models import Notice
from huiying.notices.people import People
from huiying.notices.rules import PARTS, Rule, settings_of
from huiying.notices.telling import Told, tell
from huiying.replies.models import Handling

BACK = timedelta(days=14)
"""What happened longer ago is not told any more."""


def remind(place: Place, now: datetime) -> int:
    """Tell what has not been told yet; how many notices were added. May run twice without harm."""
    chosen = settings_of(place)
    since = Notice.objects.filter(rule__in=PARTS, created_at__gt=now - 2 * BACK)
    done = set(since.values_list("rule", "key"))
    causes = [(chosen.rules[name], part) for name, part in _causes(place, now) if name not in chosen.off]
    fresh = [(rule, part) for rule, part in causes if (rule.name, _key(rule, part)) not in done]
    return tell(_told(fresh, place, now), chosen, now) if fresh else 0


def _key(rule: Rule, part: Handling) -> str:
    task = part.assignment
    return f"part:{part.pk}:{part.due_on:%Y%m%d}:{task.case.number}:{task.no}"


def _causes(place: Place, now: datetime) -> Iterator[tuple[str, Handling]]:
    """By which rule to tell of which part."""
    today, floor = clocks.local_date(now, place.keeper.tz), now - BACK
    try:
        soon = place.keeper.calendar.next_workday(today)
    except UnknownYear:
        soon = today + clocks.ONE_DAY
    recent = Q(given_at__gt=floor) | Q(answered_at__gt=floor) | Q(due_on__gt=floor, answered_at=None)
    parts = Handling.objects.filter(recent, withdrawn_at=None, assignment__status__in=LIVE)
    about = ("assignment__case", "assignment__unit", "unit", "person__unit", "given_by")
    for part in parts.select_related(*about).order_by("pk"):
        if part.given_at > floor:
            yield "part.given", part
        if part.answered_at:
            yield "part.answered", part
        elif part.due_on < today:
            yield "part.overdue", part
        elif part.due_on <= soon and clocks.local_date(part.given_at, place.keeper.tz) < today:
            yield "part.soon", part


def _told(causes: list[tuple[Rule, Handling]], place: Place, now: datetime) -> Iterator[Told]:
    people = People(clocks.local_date(now, place.keeper.tz))
    for rule, part in causes:
        meant = _meant(rule, part, people)
        unit = part.unit or part.assignment.unit
        text = rule.text.format(number=part.assignment.case.number, unit=part.taker)
        yield Told(rule, _key(rule, part), part.assignment.case, text, meant, (unit,))


def _meant(rule: Rule, part: Handling, people: People) -> dict[User, str]:
    """Whom a row means: instead of the clerks, the one person who does the part or waits for it."""
    doer: Unit | User | None = part.given_by if rule.name == "part.answered" else (part.unit or part.person)
    if not isinstance(doer, User):
        meant = people.meant(rule.to, {"live": [doer] if doer else []})
    else:
        others = [word for word in rule.to if word != "clerks"]
        meant = people.meant(others, {"live": [part.assignment.unit]})
        meant |= {doer: ""} if "clerks" in rule.to else {}
    by = part.answered_by if rule.name == "part.answered" else part.given_by
    if rule.name in {"part.given", "part.answered"} and by is not None:
        meant.pop(by, None)
    return meant
