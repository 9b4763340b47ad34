"""What other rules of call-backs would do: how many of last month's cases, and which calls at once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Max, QuerySet

from huiying.cases import clocks
from huiying.cases.models import Case
from huiying.cases.moves import CaseStatus, Ending
from huiying.cases.place import Place
from huiying.quality.calls import due_tasks
from huiying.quality.sampling import Rules, month_of, why_chosen


@dataclass(frozen=True, slots=True)
class Share:
    """Of the cases of one nature: how many were closed, and how many either rules call back."""

    nature: str
    closed: int
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Preview:
    """Last month under both rules, by nature; `added` calls would be planned as soon as the rules hold."""

    month_on: date
    shares: list[Share]
    total: Share
    added: int


def preview(place: Place, before: Rules, after: Rules, now: datetime) -> Preview:
    """Compare two rules on a whole month's closed cases: the last month, or the last that had any.

    Writes nothing.
    """
    month_on, cases = _month(place, now)
    counts: dict[str, Counter[str]] = {code: Counter() for code in place.natures}
    for number, code in cases.values_list("number", "nature__code").iterator():
        nature = place.natures.get(code)
        names = (nature.code, nature.name) if nature else ()
        row = counts.setdefault(code or "", Counter())
        row["closed"] += 1
        row["before"] += bool(why_chosen(number, names, month_of(month_on), before))
        row["after"] += bool(why_chosen(number, names, month_of(month_on), after))
    shares = [_share(_name(place, code), row) for code, row in counts.items() if row]
    total = _share("合计", sum(counts.values(), Counter()))
    return Preview(month_on, shares, total, len(due_tasks(place, after, now)))


def _month(place: Place, now: datetime) -> tuple[date, QuerySet[Case]]:
    """The first day of the month that is compared, and its cases that a call-back could be made of:
    answered, and somebody to call."""
    tz = place.keeper.tz
    closed = Case.objects.filter(
        status=CaseStatus.CLOSED, ending=Ending.ANSWERED, person__isnull=False, person__erased_at=None
    ).order_by()

    def of_month(first: date) -> QuerySet[Case]:
        until = (first + timedelta(days=31)).replace(day=1)
        since, end = (clocks.end_of_day(day - timedelta(days=1), tz) for day in (first, until))
        return closed.filter(closed_at__gte=since, closed_at__lt=end)

    this = clocks.local_date(now, tz).replace(day=1)
    month_on = (this - timedelta(days=1)).replace(day=1)
    if not of_month(month_on).exists():
        until = clocks.end_of_day(month_on - timedelta(days=1), tz)
        latest = closed.filter(closed_at__lt=until).aggregate(at=Max("closed_at"))["at"]
        month_on = clocks.local_date(latest, tz).replace(day=1) if latest else month_on
    return month_on, of_month(month_on)


def _name(place: Place, code: str) -> str:
    return place.natures[code].name if code in place.natures else "未核定"


def _share(nature: str, row: Counter[str]) -> Share:
    return Share(nature, row["closed"], row["before"], row["after"])
