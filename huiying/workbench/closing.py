"""收口: what closes the month, for the office and for each unit on one page; and opening a reconciliation.

Before the bulletin the units confirm their rows, after it those that it names answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Max, Q
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from huiying.accounts.models import OFFICE_ROLES, Role, User
from huiying.bulletins import reconciliation, rectification, rights
from huiying.bulletins.models import (
    Edition,
    Reconciliation,
    Rectification,
    RectificationStatus,
    Statement,
    StatementState,
)
from huiying.cases import clocks, permissions
from huiying.cases.place import Place
from huiying.cases.workdays import UnknownYear
from huiying.common.errors import Refused
from huiying.statistics import periods
from huiying.workbench import due
from huiying.workbench.visit import Visit, place_of

READERS = OFFICE_ROLES | {Role.CLERK, Role.HEAD}
SHOWN = 24
USUAL_DAYS = 3
"""Working days that units usually have to go through their rows."""
STATE_COLOURS = {
    StatementState.WAITING: "soon",
    StatementState.CONFIRMED: "calm",
    StatementState.DISPUTED: "late",
    StatementState.RULED: "done",
}
RECTIFICATION_COLOURS = {
    RectificationStatus.ASKED: "soon",
    RectificationStatus.TO_APPROVE: "soon",
    RectificationStatus.HANDED_IN: "today",
    RectificationStatus.SENT_BACK: "late",
    RectificationStatus.ACCEPTED: "calm",
    RectificationStatus.DROPPED: "done",
}


@dataclass(frozen=True)
class Tried:
    """A form that was refused: which, why, and what had been typed."""

    name: str
    reason: str
    given: QueryDict


@dataclass(frozen=True)
class Round:
    """A reconciliation as the list shows it; `mine` are a unit's own statements in it."""

    asked: Reconciliation
    period: str
    standing: due.Standing | None
    counts: list[tuple[str, int, str]]
    mine: list[tuple[Statement, str]]


def closing(request: Visit, tried: Tried | None = None) -> HttpResponse:
    """The page: the reconciliations, and what each of them waits for."""
    only_readers(request.user)
    place, now, user = place_of(request), timezone.now(), request.user
    office = permissions.sees_office(user)
    runs = not rights.why_not(user, "run")
    context: dict[str, Any] = {
        "for_office": office,
        "rounds": rounds(user, place, now, office=office),
        "unsettled": _unsettled(user, now),
        "asked": asked(place, now) if office else [],
        "owed": [] if office else [line(row, place, now) for row in rectification.visible_to(user)[:SHOWN]],
        "runs": runs,
        "opening": _opening(place, now, tried) if runs else None,
        "tried": tried,
    }
    return render(request, "workbench/closing.html", context, status=409 if tried else 200)


def only_readers(user: User) -> None:
    """Let the office and the units' people in."""
    if not READERS & user.roles:
        raise PermissionDenied("收口由办公室和承办单位使用。")


def rounds(user: User, place: Place, now: datetime, *, office: bool) -> list[Round]:
    """The reconciliations that the person has to do with, the newest first."""
    found = reconciliation.progress(Reconciliation.objects.all()).select_related("opened_by")
    mine: dict[int, list[tuple[Statement, str]]] = {}
    if not office:
        for statement in reconciliation.visible_to(user).order_by(
            "-reconciliation__opened_at", "unit__order"
        ):
            row = (statement, STATE_COLOURS[StatementState(statement.state)])
            mine.setdefault(statement.reconciliation_id, []).append(row)
        found = found.filter(pk__in=mine)
    return [
        Round(each, title(each), standing(each, place, now), _counts(each), mine.get(each.pk, []))
        for each in found[:SHOWN]
    ]


def title(asked: Reconciliation) -> str:
    """The period in words."""
    return periods.parse(asked.period).title


def standing(asked: Reconciliation, place: Place, now: datetime) -> due.Standing | None:
    """How the date by which units are to answer stands; None once it is closed."""
    if asked.closed_at is not None:
        return None
    return due.standing(clocks.end_of_day(asked.due_on, place.keeper.tz), now, place.keeper)


def _counts(asked: Reconciliation) -> list[tuple[str, int, str]]:
    return [
        (str(state.label), getattr(asked, str(state)), STATE_COLOURS[state])
        for state in StatementState
        if getattr(asked, str(state))
    ]


# After the bulletin


@dataclass(frozen=True)
class Asked:
    """A bulletin whose units were asked for an answer: how many of them stand where."""

    edition: int
    series: str
    period: str
    counts: list[tuple[str, int, str]]
    overdue: int


@dataclass(frozen=True)
class Line:
    """One unit's rectification: its colour, and how its date stands while an answer is owed."""

    row: Rectification
    colour: str
    standing: due.Standing | None
    period: str


def _unsettled(user: User, now: datetime) -> list[tuple[Edition, str]]:
    """The bulletins of which whom they name is not settled, for who settles it."""
    if rights.why_not(user, "judge"):
        return []
    found = rectification.unsettled(now).only("series", "period")
    return [(each, periods.parse(each.period).title) for each in found]


def asked(place: Place, now: datetime) -> list[Asked]:
    """The bulletins whose units were asked, the newest first."""
    late = Q(status__in=rectification.OWED, due_on__lt=clocks.local_date(now, place.keeper.tz))
    counts = {str(status): Count("pk", filter=Q(status=status)) for status in RectificationStatus}
    grouped = Rectification.objects.order_by().values("edition__series", "edition__period")
    found: Any = grouped.annotate(
        edition=Max("edition_id"), newest=Max("asked_at"), overdue=Count("pk", filter=late), **counts
    )
    return [
        Asked(
            each["edition"],
            each["edition__series"],
            periods.parse(each["edition__period"]).title,
            [
                (str(status.label), each[str(status)], RECTIFICATION_COLOURS[status])
                for status in RectificationStatus
                if each[str(status)]
            ],
            each["overdue"],
        )
        for each in found.order_by("-newest")[:SHOWN]
    ]


def line(row: Rectification, place: Place, now: datetime) -> Line:
    """A rectification as the lists show it."""
    owed = row.status in rectification.OWED
    due_at = clocks.end_of_day(row.due_on, place.keeper.tz)
    return Line(
        row,
        RECTIFICATION_COLOURS[RectificationStatus(row.status)],
        due.standing(due_at, now, place.keeper) if owed else None,
        periods.parse(row.edition.period).title,
    )


# Opening a reconciliation


def _opening(place: Place, now: datetime, tried: Tried | None) -> dict[str, Any]:
    """What stands in the form that opens a reconciliation: the month that is over, and three working days."""
    today = clocks.local_date(now, place.keeper.tz)
    given = tried.given if tried and tried.name == "open" else {}
    due_on = usual_day(today, USUAL_DAYS, place)
    month = periods.month(today.year, today.month).previous().label
    usual = {"period": month, "due_on": str(due_on), "style": "", "as_of": "", "note": ""}
    styles = [row["name"] for row in place.config.get("bulletin", {}).get("style", [])]
    typed = {name: given.get(name, value) for name, value in usual.items()}
    return {"styles": styles, "today": str(today), "open": bool(given), **typed}


def usual_day(today: date, days: int, place: Place) -> date:
    """So many working days from today; today itself where the calendar does not reach."""
    try:
        return place.keeper.calendar.add_workdays(today, days)
    except UnknownYear:
        return today


@require_POST
def begin(request: Visit) -> HttpResponse:
    """Open a reconciliation; where it is refused, the page says why and keeps what was typed."""
    only_readers(request.user)
    place, given = place_of(request), request.POST
    try:
        as_of = given.get("as_of", "").strip()
        made = reconciliation.begin(
            place,
            periods.parse(given.get("period", "")),
            due_on=day(given.get("due_on", ""), "核对期限"),
            style_name=given.get("style", ""),
            as_of=periods.instant(as_of, place.keeper.tz) if as_of else None,
            note=given.get("note", ""),
            by=request.user,
            at=timezone.now(),
        )
    except Refused as refusal:
        return closing(request, Tried("open", str(refusal), given))
    count = made.statements.count()
    messages.success(request, f"{title(made)}对账已开始，{count} 个单位各有一份对账单，通知随即发出。")
    return redirect("reconciliation", made.pk)


def day(text: str, label: str) -> date:
    """A date of a form. Raises Refused."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Refused(f"“{label}”请按 2022-04-15 的样子填写日期。") from None
