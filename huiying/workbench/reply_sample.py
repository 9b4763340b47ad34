"""答复抽查: answers released in a period, drawn by lot, each judged by the table of checks, the lowest first.

Nothing is kept: the same period, number and lot draw the same answers again, so that anybody can check them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from statistics import fmean
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone

from huiying.accounts.models import Role, User
from huiying.cases import permissions
from huiying.cases.clocks import local_date
from huiying.cases.models import Assignment, Case, Event, Reply
from huiying.cases.persons import reveal
from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.intake.suggest import drawn
from huiying.mining import rubric
from huiying.statistics import periods
from huiying.statistics.periods import Period
from huiying.workbench.bulletin_proposals import given_of, known_of
from huiying.workbench.review import told
from huiying.workbench.settings_pages import only
from huiying.workbench.visit import Visit, place_of

MOST, USUAL = 50, 20


@dataclass(frozen=True)
class Lot:
    """Which draw: the period as it is written, how many, the seed; what was odd about the question."""

    period: Period
    n: int
    seed: str
    problem: str


@dataclass(frozen=True)
class Row:
    """An answer that was drawn: what the checks make of it, and whether the citizen calls it solved."""

    task: Assignment
    score: int
    least: int
    told: dict[str, Any]
    unsolved: bool

    @property
    def is_low(self) -> bool:
        return self.score < self.least


@only(Role.REVIEWER, Role.SUPERVISOR)
def reply_sample(request: Visit) -> HttpResponse:
    """The answers drawn, the lowest score first."""
    place, now = place_of(request), timezone.now()
    lot = _lot(request.GET, place, now)
    released = _released(lot.period, place)
    rows = _judged(request.user, drawn(released, lot.n, f"{lot.period.label} {lot.seed}"), place, now)
    context = {
        "lot": lot,
        "most": MOST,
        "released": len(released),
        "rows": rows,
        "low": sum(row.is_low for row in rows),
        "mean": fmean(row.score for row in rows) if rows else 0,
    }
    return render(request, "workbench/reply_sample.html", context)


def _lot(given: QueryDict, place: Place, now: datetime) -> Lot:
    usual = periods.parse(f"{local_date(now, place.keeper.tz):%Y-%m}")
    period, n, problems = usual, USUAL, []
    try:
        period = periods.parse(given.get("period") or usual.label)
    except Refused as refusal:
        problems.append(f"{refusal}现在显示{usual.title}。")
    if asked := given.get("n", ""):
        is_number = asked.isascii() and asked.isdigit() and 1 <= int(asked[:9]) <= MOST
        n = int(asked) if is_number else USUAL
        problems += [] if is_number else [f"件数请填 1 至 {MOST}，已改用 {USUAL}。"]
    return Lot(period, n, given.get("seed", "")[:40], "".join(problems))


def _released(period: Period, place: Place) -> list[tuple[int, int]]:
    """Each answer that a person released in the period: its case and the number of its assignment."""
    tz = place.keeper.tz
    events = Event.objects.filter(kind="release", case__erased_at=None)
    events = events.filter(happened_at__gte=period.start(tz), happened_at__lt=period.end(tz))
    return list(dict.fromkeys(events.order_by("pk").values_list("case_id", "on")))


def _judged(user: User, names: list[tuple[int, int]], place: Place, now: datetime) -> list[Row]:
    seen = permissions.visible_to(user, Case.objects.filter(pk__in={case for case, _ in names}))
    written = Reply.objects.filter(assignment__case__in=seen.values("pk")).order_by("no")
    newest = {
        (reply.assignment.case_id, reply.assignment.no): reply
        for reply in written.select_related(
            "assignment__unit", "assignment__case__nature", "assignment__case__person"
        )
    }
    replies = [newest[name] for name in names if name in newest]
    known = known_of(replies)
    rows = []
    for reply in replies:
        case = reply.assignment.case
        named = reveal(case.person).name if case.person else ""
        given = given_of(reply, known, replies, place)
        given = replace(given, names=(named,) if named else (), today=local_date(now, place.keeper.tz))
        score, found = rubric.judge(given)
        least = rubric.least(place.config, (case.nature.code, case.nature.name) if case.nature else ())
        rows.append(Row(reply.assignment, score, least, told(found), given.unsolved is True))
    return sorted(rows, key=lambda row: (row.score, row.task.case.number))
