"""总览: the town at a glance. What is open now, who holds it, and the month's figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from huiying.accounts.models import Role, User
from huiying.cases import clocks, permissions
from huiying.cases.models import Case, Sight
from huiying.cases.moves import CASE_TITLES, CaseStatus
from huiying.cases.place import Place
from huiying.cases.workdays import UnknownYear
from huiying.statistics import charts, periods, tables
from huiying.statistics.engine import Answer, Engine
from huiying.statistics.measures import CARRIED, MEASURES
from huiying.statistics.periods import Period
from huiying.workbench import due
from huiying.workbench.case_walk import newest
from huiying.workbench.visit import Visit, place_of
from huiying.workbench.waiting import waiting_for

AT_WORK = (
    CaseStatus.RECEIVED,
    CaseStatus.DISPATCHED,
    CaseStatus.HANDLING,
    CaseStatus.RETURNING,
    CaseStatus.REVIEWING,
    CaseStatus.ANSWERED,
)
CLOCK_COLOURS = {"overdue": "late", "today": "today", "yellow": "soon"}


@dataclass(frozen=True)
class Tile:
    """A number with its name, where it leads, what stands below it in small print, and its definition."""

    title: str
    shown: str
    url: str = ""
    note: str = ""
    colour: str = ""
    what: str = ""


@dataclass(frozen=True)
class Load:
    """What one unit holds open."""

    name: str
    open: int
    overdue: int
    url: str
    overdue_url: str


def glance(request: Visit) -> HttpResponse:
    """The first page after signing in."""
    if scope_of(request.user, place_of(request)) is None:
        return _nobodys(request)
    place, now = place_of(request), timezone.now()
    cases = permissions.open_to(request.user)
    month = period_of(request.GET.get("period", ""), request.user, place, now)
    statuses, clocks_now, notice = tiles_now(cases, place, now)
    tiles, drawings = figures(place, month, user=request.user, now=now)
    context = {
        "waiting": waiting_for(request.user, place, now),
        "statuses": statuses,
        "clocks": clocks_now,
        "notice": notice,
        "loads": loads(cases, place, now),
        "period": month,
        "previous": month.previous().label,
        "next": _following(month, place, now),
        "tiles": tiles,
        "caption": caption(place, month, now) if tiles else "",
        "charts": drawings,
    }
    return render(request, "workbench/glance.html", context)


def _nobodys(request: Visit) -> HttpResponse:
    """Who sees no case: the auditor goes to the records, others are told whom to ask."""
    if Role.AUDITOR in request.user.roles:
        return redirect("trail")
    return render(request, "workbench/glance.html", {"nobodys": True})


def cases_url(**values: str) -> str:
    """The list of cases under some conditions."""
    return f"{reverse('cases')}?{urlencode(values)}"


# Now


def tiles_now(cases: QuerySet[Case], place: Place, now: datetime) -> tuple[list[Tile], list[Tile], str]:
    """How many of some open cases stand where; how many are overdue, due today, due within a working day;
    and why a count is missing, if one is."""
    conditions, notice = {str(status): Q(status=status) for status in AT_WORK}, ""
    for name in CLOCK_COLOURS:
        try:
            conditions[name] = due.within(name, now, place.keeper) & Q(due_at__isnull=False)
        except UnknownYear as unknown:
            notice = str(unknown)
    counts = {name: Count("pk", filter=condition) for name, condition in conditions.items()}
    found = cases.order_by().aggregate(**counts)
    statuses = [Tile(CASE_TITLES[s], str(found[s]), cases_url(status=str(s))) for s in AT_WORK]
    standing = [
        Tile(
            due.FILTERS[name],
            str(found[name]),
            cases_url(due=name, sort="due"),
            "",
            colour if found[name] else "",
        )
        for name, colour in CLOCK_COLOURS.items()
        if name in found
    ]
    return statuses, standing, notice


def loads(cases: QuerySet[Case], place: Place, now: datetime) -> list[Load]:
    """What each topmost unit (with those below it) holds of some open cases, the fullest first."""
    late = Count("pk", filter=Q(case__due_at__lte=now))
    rows = held_open(cases).values_list("unit__code").annotate(n=Count("pk"), late=late)
    found = [
        Load(
            place.units[code].name,
            n,
            late,
            cases_url(unit=code, status="open"),
            cases_url(unit=code, due="overdue", sort="due"),
        )
        for code, n, late in rows
    ]
    return sorted(found, key=lambda load: (-load.open, -load.overdue, load.name))


def held_open(cases: QuerySet[Case]) -> QuerySet[Sight]:
    """A row for each topmost unit and each of some open cases that it, or a unit below it, holds."""
    held = Sight.objects.filter(closed_at=None, holds=True, unit__parent=None)
    return held.filter(case__in=cases.order_by().values("pk")).order_by()


# The month


def period_of(asked: str, user: User, place: Place, now: datetime) -> Period:
    """The period asked for; else this month, or the last one in which anything came in. Raises Refused."""
    if asked:
        return periods.parse(asked)
    today = clocks.local_date(now, place.keeper.tz)
    month = periods.month(today.year, today.month)
    latest = newest(user)
    if latest is None or latest >= month.start(place.keeper.tz):
        return month
    last = clocks.local_date(latest, place.keeper.tz)
    return periods.month(last.year, last.month)


def _following(period: Period, place: Place, now: datetime) -> str:
    """The label of the next month, "" where that lies in the future or the period is no month."""
    if period.kind != "month" or period.end(place.keeper.tz) > now:
        return ""
    after = period.ends_on + timedelta(days=1)
    return periods.month(after.year, after.month).label


TILES = (  # where the place's bulletin names no measures of its own
    "received",
    "direct",
    "dispatched",
    "closed",
    "closing_rate_received",
    "on_time_reply_rate",
    "overdue_open",
)


def figures(place: Place, period: Period, *, user: User, now: datetime) -> tuple[list[Tile], list[str]]:
    """The period's figures and charts: the town's for the office, a unit's own for its people.

    As of the period's end, or of now while it lasts.
    """
    scope = scope_of(user, place)
    if scope is None:
        return [], []
    this = tables.engine_of(period, place, now)
    names = _names(place)
    answers = this.table(names, period, scope=scope)[None]
    tiles = [_tile(name, answers[name], period) for name in names]
    return tiles, _charts(this, place, period, scope)


def caption(place: Place, period: Period, now: datetime) -> str:
    """Which cases the period's figures count, and as of when: not those of this moment above them."""
    counted = dict.fromkeys(CARRIED[MEASURES[name].population] for name in _names(place))
    ended = period.end(place.keeper.tz) <= now
    until = f"{period.ends_on} 24:00" if ended else f"{now.astimezone(place.keeper.tz):%Y-%m-%d %H:%M}"
    return f"以下为{'、'.join(counted)}，截至 {until}，与上面“此刻在办”的数不同。点数字看定义和它数的件。"


def _names(place: Place) -> Sequence[str]:
    names: Sequence[str] = place.config.get("bulletin", {}).get("measures") or TILES
    return names


def scope_of(user: User, place: Place) -> dict[str, list[str]] | None:
    """Whose figures a person sees: {} everybody's, their unit's, None nobody's."""
    if permissions.sees_office(user):
        return {}
    codes = {code for unit in permissions.units_of(user) for code in place.subtree(unit)}
    return {"unit": sorted(codes)} if codes else None


def _tile(name: str, answer: Answer, period: Period) -> Tile:
    """A figure that leads to its definition and to the cases it counts, of a rate the numerator's."""
    measure = MEASURES[name]
    url = f"{reverse('figure_cases')}?{urlencode({'period': period.label, 'measure': name})}"
    share = f"{answer.numerator}/{answer.denominator}" if answer.denominator is not None else ""
    return Tile(measure.title, answer.shown(measure), url, share, what=measure.what)


def _charts(this: Engine, place: Place, period: Period, scope: dict[str, list[str]]) -> list[str]:
    days = [period.starts_on + timedelta(days=n) for n in range(period.days)]
    daily = this.table(["received"], period, by="received_on", scope=scope)
    by_day = {str(key)[:10]: row["received"].numerator for key, row in daily.items()}
    drawings = [
        charts.on_screen(
            partial(
                charts.column_chart,
                [str(day.day) for day in days],
                [float(by_day.get(str(day), 0)) for day in days],
                title="每日受理量",
                unit="件",
            )
        )
    ]
    for dimension, title, names in (
        ("nature", "按性质", {code: str(row) for code, row in place.natures.items()}),
        ("unit", "转办按承办单位（前十）", {code: str(row) for code, row in place.units.items()}),
    ):
        rows = this.table(["received"], period, by=dimension, scope=scope)
        found = {names.get(k, k): float(v["received"].numerator) for k, v in rows.items() if k}
        top = sorted(((n, v) for n, v in found.items() if v), key=lambda pair: -pair[1])[:10]
        if top:
            drawings.append(
                charts.hbar_chart([n for n, _ in top], [v for _, v in top], title=title, unit="件", width=430)
            )
    return drawings
