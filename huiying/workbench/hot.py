"""热点: what many report in a period, ranked by heat; a long period is put together in the background."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe

from huiying.batches import queue
from huiying.batches.models import Batch, BatchKind, BatchState
from huiying.cases import clocks, permissions
from huiying.cases.models import Case
from huiying.cases.place import Place
from huiying.mining import hot_cases
from huiying.mining.hot_cases import MOST, READERS, Hot
from huiying.statistics import charts
from huiying.workbench.batches import progress_of
from huiying.workbench.settings_pages import only
from huiying.workbench.visit import Visit, place_of

USUAL = timedelta(days=29)
AT_ONCE = 400
"""A period with more cases is put together by the worker."""
TYPICAL = 3
AREAS = 2
DAILY = 62
"""A longer period is drawn by the week."""


@dataclass(frozen=True)
class Asked:
    """The days asked for, both included, and as instants."""

    first: date
    last: date
    since: datetime
    until: datetime

    @property
    def params(self) -> dict[str, str]:
        return {"since": self.since.isoformat(), "until": self.until.isoformat()}

    @property
    def url(self) -> str:
        return _url(self.first, self.last)


@dataclass(frozen=True)
class Row:
    """One hot matter: what is said of it, its picture, its cases, the most typical first."""

    hot: Hot
    drawing: SafeString
    cases: list[Case]

    @property
    def areas(self) -> str:
        """Where the cases lie, the most first: 华阳镇 4 件、金沙镇 1 件."""
        found = self.hot.get("areas", ())
        more = f"等 {len(found)} 处" if len(found) > AREAS else ""
        return "、".join(f"{name} {n} 件" for name, n in found[:AREAS]) + more

    @property
    def days(self) -> str:
        """When the first and the last report came: 03-02 至 03-28."""
        days = dict.fromkeys(self.hot[end][5:] for end in ("start", "end") if end in self.hot)
        return " 至 ".join(days)

    @property
    def typical(self) -> list[Case]:
        return self.cases[:TYPICAL]

    @property
    def others(self) -> list[Case]:
        return self.cases[TYPICAL:]


@only(*READERS)
def hot(request: Visit) -> HttpResponse:
    """The matters of the period in the address; posted, they are asked for in the background."""
    place, now = place_of(request), timezone.now()
    asked, problem = _asked(request.POST or request.GET, place, now)
    if request.method == "POST":
        queue.ask(BatchKind.HOT, by=request.user, at=now, **asked.params)
        return redirect(asked.url)
    count = Case.objects.filter(hot_cases.asked(asked.since, asked.until)).count()
    found: list[Hot] = []
    done: Batch | None = None
    if count <= AT_ONCE:
        found = hot_cases.ranked(place, asked.since, asked.until)
    else:
        kept = Batch.objects.filter(kind=BatchKind.HOT, params=asked.params, state=BatchState.DONE)
        done = kept.order_by("-pk").first()
        found = done.found.get("matters", []) if done else []
    context = {
        "asked": asked,
        "problem": problem,
        "count": count,
        "rows": _rows(request, found, asked, place),
        "done": done,
        "long": count > AT_ONCE,
        "most": MOST if count > MOST else 0,
        "usual": _usual(clocks.local_date(now, place.keeper.tz)),
        **progress_of(BatchKind.HOT, now),
    }
    return render(request, "workbench/hot.html", context)


def _usual(today: date) -> list[tuple[str, str]]:
    """The periods that are asked for most, for one press."""
    month = today.replace(day=1)
    before = month - timedelta(days=1)
    days = {
        "近 7 天": (today - timedelta(days=6), today),
        "本月": (month, today),
        "上月": (before.replace(day=1), before),
    }
    return [(title, _url(*two)) for title, two in days.items()]


def _url(first: date, last: date) -> str:
    return f"{reverse('hot')}?{urlencode({'from': str(first), 'to': str(last)})}"


def _asked(given: Any, place: Place, now: datetime) -> tuple[Asked, str]:
    """The period asked for, or the last thirty days with what was wrong with the question."""
    today, problem = clocks.local_date(now, place.keeper.tz), ""
    first, last = today - USUAL, today
    if given.get("from") or given.get("to"):
        try:
            first, last = date.fromisoformat(given.get("from", "")), date.fromisoformat(given.get("to", ""))
            if first > last:
                first, last = last, first
        except ValueError:
            first, last = today - USUAL, today
            problem = "起止日期请写成 2022-03-01 这样，两个都要写。现在显示最近三十天。"
    tz = place.keeper.tz
    since = clocks.end_of_day(first - timedelta(days=1), tz)
    return Asked(first, last, since, clocks.end_of_day(last, tz)), problem


def _rows(request: Visit, found: list[Hot], asked: Asked, place: Place) -> list[Row]:
    numbers = {number for each in found for number in each["cases"]}
    seen = permissions.visible_to(request.user, Case.objects.filter(number__in=numbers))
    cases = {case.number: case for case in seen.select_related("lead__unit")}
    rows = []
    for each in found:
        those = [cases[number] for number in each["cases"] if number in cases]
        rows.append(Row(each, _drawn(each, those, asked, place), those))
    return rows


def _drawn(each: Hot, cases: list[Case], asked: Asked, place: Place) -> SafeString:
    """How many came each day, of a long period each week."""
    span = (asked.last - asked.first).days + 1
    step, said = (1, "每天") if span <= DAILY else (7, "每周")
    counts = [0] * -(-span // step)
    for case in cases:
        counts[(clocks.local_date(case.received_at, place.keeper.tz) - asked.first).days // step] += 1
    return mark_safe(
        charts.sparkline(counts, title=f"{each['phrase']}{said}件数", unit="件", width=150, height=32)
    )
