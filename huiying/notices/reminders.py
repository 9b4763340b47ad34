"""Clocks that run out are told once each: yellow, overdue, red, unclaimed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from huiying.accounts.models import Unit
from huiying.cases import clocks, returns
from huiying.cases.clocks import ClockState
from huiying.cases.deadlines import ESCALATES_AT
from huiying.cases.models import ClockRun, Ruling
from huiying.cases.moves import OPEN
from huiying.cases.place import Place
from huiying.cases.workdays import UnknownYear
from huiying.notices.models import Notice
from huiying.notices.people import People
from huiying.notices.rules import CLOCKS, Settings, settings_of
from huiying.notices.telling import Told, tell

AHEAD = timedelta(days=16)
"""How far ahead a last day can lie and be yellow: a working day, with the longest holiday between."""
BEHIND = timedelta(days=30)
"""What ran out longer ago is told by lists and bulletins, not by a notice: an import of old open cases
would else flood every inbox."""
STAGES = {
    ClockState.YELLOW: "yellow",
    ClockState.DUE_TODAY: "yellow",
    ClockState.OVERDUE: "overdue",
    ClockState.RED: "red",
}
LEFT = {"yellow": "即将届满", "overdue": "已届满", "red": "已届满，列为红牌"}


def remind(place: Place, now: datetime) -> int:
    """Tell of every running clock, and of what unit after unit gives back, what has not been told of it yet;
    how many notices were added."""
    chosen = settings_of(place)
    return _remind_of_clocks(place, chosen, now) + tell(_given_back(place, chosen, now), chosen, now)


def _given_back(place: Place, chosen: Settings, now: datetime) -> Iterator[Told]:
    """The cases that so many units want to give back that others must settle it, each once."""
    rule = chosen.rules["coordinate.asked"]
    asked = Ruling.objects.filter(
        kind="return", decision="pending", asked_at__gt=now - BEHIND, case__status__in=OPEN
    )
    many = asked.annotate(units=returns.units("case__rulings__")).filter(units__gte=ESCALATES_AT)
    rows = [] if rule.name in chosen.off else list(many.select_related("case", "assignment__unit"))
    told = Notice.objects.filter(rule=rule.name, key__in=[str(row.case_id) for row in rows])
    done = set(told.values_list("key", flat=True))
    people = People(clocks.local_date(now, place.keeper.tz)) if rows else None
    for row in rows:
        if people and (key := str(row.case_id)) not in done:
            unit = row.assignment.unit
            text = rule.text.format(number=row.case.number, unit=unit.name, left="")
            yield Told(rule, key, row.case, text, people.meant(rule.to, {"live": [unit]}), (unit,))


def _remind_of_clocks(place: Place, chosen: Settings, now: datetime) -> int:
    kinds = {name.partition(".")[0] for name in CLOCKS}
    running = ClockRun.objects.filter(stopped_at=None, superseded=False, kind__in=kinds)
    near = running.filter(due_at__gt=now - BEHIND, due_at__lt=now + AHEAD)
    rows = list(near.select_related("case", "assignment__unit").order_by("due_at", "pk"))
    done = set(
        Notice.objects.filter(rule__in=CLOCKS, created_at__gt=now - 2 * BEHIND).values_list("rule", "key")
    )
    return tell(_told(rows, done, chosen, place, now), chosen, now)


def _told(
    rows: list[ClockRun], done: set[tuple[str, str]], chosen: Settings, place: Place, now: datetime
) -> Iterator[Told]:
    people = People(clocks.local_date(now, place.keeper.tz))
    for run in rows:
        key = f"{run.case_id}:{run.on}:{run.run}"
        for stage in _stages(run, place, now):
            rule = chosen.rules.get(f"{run.kind}.{stage}")
            if rule is None or rule.name in chosen.off or (rule.name, key) in done:
                continue
            unit = [run.assignment.unit] if run.assignment else []
            text = rule.text.format(number=run.case.number, unit=_name(unit), left=LEFT[stage])
            meant = people.meant(rule.to, {"live": unit})
            yield Told(rule, key, run.case, text, meant, tuple(unit))


def _name(units: list[Unit]) -> str:
    return units[0].name if units else "承办单位"


def _stages(run: ClockRun, place: Place, now: datetime) -> tuple[str, ...]:
    """What is to be told of a clock by now. A worker that stood still tells what is due today, and a red
    clock was overdue first. Where the calendar does not reach, dates alone tell."""
    assert run.due_at is not None
    try:
        stage = STAGES.get(clocks.state(run.due_at, now, place.keeper.calendar, place.keeper.tz))
    except UnknownYear:
        stage = "overdue" if now >= run.due_at else None
    return ("overdue", "red") if stage == "red" else (stage,) if stage else ()
