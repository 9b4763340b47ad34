"""时限看板: how the clocks stand, for the hall's big screen and for whoever hands the work out.

The page asks for itself anew every minute. The screen of the hall shows numbers, units and days only:
no titles, no citizens.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from huiying.accounts.models import User
from huiying.cases import permissions, privacy
from huiying.cases.models import Case
from huiying.cases.moves import CASE_TITLES, CaseStatus
from huiying.cases.place import Place
from huiying.cases.workdays import UnknownYear
from huiying.workbench import alarms, due, glance
from huiying.workbench.glance import Tile, cases_url
from huiying.workbench.visit import Visit, place_of

CARDS = {"late": "红牌", "soon": "黄牌"}
NEXT = 12
HALL_ROWS = 16
"""As many units fit the hall's screen in type that is read from afar, the most overdue first."""


@dataclass(frozen=True)
class Cell:
    """A number of a unit's row, its colour, and the list of just these cases."""

    count: int
    colour: str
    url: str
    title: str


@dataclass(frozen=True)
class UnitRow:
    """How the clocks of one unit (with those below it) stand."""

    code: str
    name: str
    cells: list[Cell]


def board(request: Visit) -> HttpResponse:
    """The page, or for htmx its moving part; `?screen=hall` in large type."""
    place, now = place_of(request), timezone.now()
    cases = permissions.open_to(request.user)
    tiles, notice = tiles_of(cases, place, now)
    hall = request.GET.get("screen") == "hall"
    units = unit_rows(cases, place, now)
    shown = units[:HALL_ROWS] if hall else units
    context = {
        "hall": hall,
        "tiles": tiles,
        "notice": notice,
        "units": shown,
        "hidden": len(units) - len(shown),
        "columns": [title for _, title, _, _ in columns(place, now)],
        "next": next_due(request.user, cases, place, now),
        "alarms": [] if hall else alarms.on_board(request),
        "at": now,
    }
    template = "workbench/board.html" + ("#board" if request.htmx and not request.htmx.boosted else "")
    return render(request, template, context)


def tiles_of(cases: QuerySet[Case], place: Place, now: datetime) -> tuple[list[Tile], str]:
    """Red, due today, yellow, unclaimed; and why a count is missing, if one is."""
    statuses, clocks, notice = glance.tiles_now(cases, place, now)
    colours = {due.FILTERS[name]: colour for name, colour in glance.CLOCK_COLOURS.items()}
    carded = [replace(tile, note=CARDS.get(colours[tile.title], "")) for tile in clocks]
    unclaimed = CASE_TITLES[CaseStatus.DISPATCHED]
    waiting = [tile for tile in statuses if tile.title == unclaimed]
    return carded + waiting, notice


def columns(place: Place, now: datetime) -> list[tuple[str, str, Q, dict[str, str]]]:
    """A unit's numbers: colour, title, which cases, and what the list of cases is asked for.

    Where the calendar does not reach, the numbers that need it are left out.
    """
    found = [("", "在办", Q(), {"status": "open"})]
    for name in ("overdue", "today", "yellow"):
        try:
            condition = due.within(name, now, place.keeper)
        except UnknownYear:
            continue  # the tiles say so
        found.append((glance.CLOCK_COLOURS[name], due.FILTERS[name], condition, {"due": name, "sort": "due"}))
    unclaimed = CaseStatus.DISPATCHED
    found.append(("today", CASE_TITLES[unclaimed], Q(status=unclaimed), {"status": str(unclaimed)}))
    return found


def unit_rows(cases: QuerySet[Case], place: Place, now: datetime) -> list[UnitRow]:
    """The units that hold something open, the most overdue first."""
    wanted = columns(place, now)
    counts = {f"n{i}": Count("pk", filter=_of_case(q)) for i, (_, _, q, _) in enumerate(wanted)}
    rows: QuerySet[Any, Any] = glance.held_open(cases).values("unit__code").annotate(**counts)
    found = [
        UnitRow(
            row["unit__code"],
            place.units[row["unit__code"]].name,
            [
                Cell(
                    n := row[f"n{i}"], colour, cases_url(unit=row["unit__code"], **asked) if n else "", title
                )
                for i, (colour, title, _, asked) in enumerate(wanted)
            ],
        )
        for row in rows
    ]
    return sorted(found, key=lambda unit: ([-cell.count for cell in unit.cells[1:]], unit.name))


def _of_case(condition: Q) -> Q:
    """A condition on cases, asked of what units see."""
    parts = [
        _of_case(part) if isinstance(part, Q) else (f"case__{part[0]}", part[1])  # type: ignore[index]
        for part in condition.children
    ]
    return Q(*parts, _connector=condition.connector, _negated=condition.negated)


def next_due(
    user: User, cases: QuerySet[Case], place: Place, now: datetime
) -> list[tuple[Case, due.Standing]]:
    """The open cases that run out next."""
    keys = cases.filter(due_at__gt=now).order_by("due_at", "id").values_list("pk", flat=True)[:NEXT]
    found = Case.objects.filter(pk__in=list(keys)).select_related("lead__unit", "nature", "person")
    rows = found.order_by("due_at", "id")
    for case in rows:
        privacy.veil(user, case)
    return [(case, due.standing(case.due_at, now, place.keeper)) for case in rows]
