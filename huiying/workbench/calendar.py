"""日历: the year as the office works it; a day changed, the yearly notice taken in, the clocks told anew."""

from __future__ import annotations

import calendar as months
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from huiying.accounts import trail
from huiying.accounts.models import Role, TrailKind
from huiying.batches.models import BatchKind
from huiying.cases import calendar_days, holiday_notice, revising
from huiying.cases.models import CalendarDay, DayKind, Office
from huiying.cases.revising import Overtaken
from huiying.cases.workdays import SeedDay
from huiying.common.errors import Refused
from huiying.workbench.batches import progress_of
from huiying.workbench.rules import ask_reckoning
from huiying.workbench.settings_pages import only
from huiying.workbench.visit import Visit

LETTERS = {"holiday": "休", "makeup": "班"}


@dataclass(frozen=True)
class Day:
    """One cell of the year."""

    on: date
    kind: str
    words: str
    letter: str


@only(Role.ADMIN)
def year(request: Visit) -> HttpResponse:
    """The year's grid; with `day`, for htmx alone, the form of that day."""
    today = timezone.localdate()
    on = _date(request.GET.get("day", ""))
    asked = on.year if on else _year(request.GET.get("year", ""), today.year)
    context = _context(asked, today) | (_of_day(on) if on else {"day": None})
    template = "workbench/calendar.html" + ("#day" if request.htmx and on else "")
    return render(request, template, context)


def _context(asked: int, today: date) -> dict[str, Any]:
    stored = {row.day: row for row in CalendarDay.objects.filter(day__year=asked)}
    whole = calendar_days.is_whole(asked)
    upcoming = today.year + 1
    worked = sum(row.is_workday for row in stored.values())
    return {
        "year": asked,
        "months": [(month, _weeks(asked, month, stored)) for month in range(1, 13)],
        "whole": whole,
        "worked": worked,
        "makeups": sum(row.kind == DayKind.MAKEUP for row in stored.values()),
        "sources": sorted({row.source for row in stored.values() if row.source}),
        "seeded": not whole and asked in calendar_days.seeded_years(),
        "year_seen": _mark(stored.values()),
        "upcoming": 0 if calendar_days.is_whole(upcoming) else upcoming,
        "text": "",
        "taken": [],
        "refused": "",
        **progress_of(BatchKind.RECKON, timezone.now()),
    }


def _weeks(asked: int, month: int, stored: dict[date, CalendarDay]) -> list[list[Day | None]]:
    weeks = months.Calendar().monthdatescalendar(asked, month)
    return [[_cell(on, stored.get(on)) if on.month == month else None for on in week] for week in weeks]


def _cell(on: date, row: CalendarDay | None) -> Day:
    if row is None:
        return Day(on, "unknown", "未导入", "?")
    words = f"{DayKind(row.kind).label}{f'（{row.name}）' if row.name else ''}"
    return Day(on, row.kind, words, LETTERS.get(row.kind, ""))


def _of_day(on: date, refused: str = "", typed: dict[str, str] | None = None) -> dict[str, Any]:
    row = CalendarDay.objects.filter(pk=on).first()
    stored = {"kind": row.kind, "name": row.name, "source": row.source} if row else {}
    blank = {"kind": "", "name": "", "source": ""}
    return {
        "day": on,
        "kinds": [kind for kind in DayKind.choices if not calendar_days.amiss(on, kind[0])],
        "given": blank | stored | (typed or {}),
        "stored": _cell(on, row),
        "seen": revising.mark(row) if row else "",
        "day_refused": refused,
    }


@only(Role.ADMIN)
@require_POST
def day(request: Visit) -> HttpResponse:
    """Change one day, then the clocks."""
    on = _date(request.POST.get("day", ""))
    if on is None:
        raise Refused("没有说明是哪一天，请在日历上点选。")
    given = {name: request.POST.get(name, "").strip() for name in ("kind", "name", "source")}
    try:
        if given["kind"] not in DayKind.values:
            raise Refused("请选择这一天是工作日、周末、节假日还是调休上班。")
        if trouble := calendar_days.amiss(on, given["kind"]):
            raise Refused(f"{trouble[0]}。")
        row = CalendarDay.objects.filter(pk=on).first() or CalendarDay(day=on)
        row.kind, row.name, row.source = given["kind"], given["name"][:32], given["source"][:100]
        said = _keep(request, row)
    except Refused as refusal:
        context = _context(on.year, timezone.localdate()) | _of_day(on, str(refusal), given)
        return render(request, "workbench/calendar.html", context)
    messages.success(request, said)
    return redirect(f"{reverse('calendar')}?year={on.year}")


@transaction.atomic
def _keep(request: Visit, row: CalendarDay) -> str:
    """Save the day and have the clocks follow; what to say. Raises Refused."""
    changed = revising.revise(row, seen=request.POST.get("seen", ""), by=request.user, at=timezone.now())
    return f"{row}，已保存。{ask_reckoning(request)}" if changed else "没有改动。"


@only(Role.ADMIN)
@require_POST
def notice(request: Visit) -> HttpResponse:
    """The yearly notice, pasted: first the days that were found in it, then, if they are right, taken in."""
    asked = _year(request.POST.get("year", ""), timezone.localdate().year)
    text = request.POST.get("text", "")
    try:
        days = _read(text, asked)
        if request.POST.get("do") == "save":
            return _take(request, asked, days)
    except Refused as refusal:
        days, refused = [], str(refusal)
    else:
        refused = ""
    shown = [(each.date, DayKind(each.kind).label, each.name) for each in days]
    context = _context(asked, timezone.localdate()) | {"text": text, "taken": shown, "refused": refused}
    return render(request, "workbench/calendar.html", context | {"day": None})


def _read(text: str, asked: int) -> list[SeedDay]:
    """A table of three columns, or the notice in its own words."""
    first = next((line for line in text.splitlines() if line.strip()), "").lower()
    if "date" in first or "日期" in first.split(",")[0]:
        return calendar_days.read_text(text)
    return holiday_notice.read(text, asked)


def _mark(days: Iterable[CalendarDay]) -> str:
    """What the page carries along of a year, to see whether somebody changed a day of it since."""
    return revising.mark_of(sorted([str(row.day), row.kind, row.name] for row in days))


@transaction.atomic
def _take(request: Visit, asked: int, days: list[SeedDay]) -> HttpResponse:
    Office.touch()
    if request.POST.get("seen", "") != _mark(CalendarDay.objects.filter(day__year=asked)):
        who = trail.last_change("日历：", begins=True)
        raise Overtaken(f"{asked}年的日历刚刚已被别人改过{who}，这次没有导入。请核对后再按一次导入。")
    done = calendar_days.take(days, source=f"{asked}年放假安排（{request.user}导入）", whole_years=False)
    filled = calendar_days.fill(asked)
    said = f"新增 {done.added} 天，更新 {done.updated} 天，补齐 {filled} 天"
    after = {"新增": done.added, "更新": done.updated, "补齐": filled}
    trail.note(
        request.user, TrailKind.SETTING, at=timezone.now(), subject=f"日历：{asked}年放假安排", after=after
    )
    messages.success(request, f"{said}。{ask_reckoning(request)}")
    return redirect(f"{reverse('calendar')}?year={asked}")


@only(Role.ADMIN)
@require_POST
@transaction.atomic
def seeded(request: Visit) -> HttpResponse:
    """Take a year's holidays from those that come with the program; the second who asks is told who did."""
    asked = _year(request.POST.get("year", ""), timezone.localdate().year)
    subject = f"日历：{asked}年放假安排"
    Office.touch()  # one at a time: the second finds the days of the first
    if added := calendar_days.load([asked])[0].added:
        trail.note(request.user, TrailKind.SETTING, at=timezone.now(), subject=subject, after={"新增": added})
        messages.success(request, f"{asked}年新增 {added} 天。{ask_reckoning(request)}")
    else:
        messages.info(request, f"{asked}年的日历已经齐全{trail.last_change(subject)}，没有新增。")
    return redirect(f"{reverse('calendar')}?year={asked}")


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _year(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and 1990 <= int(text[:5]) <= 2100 else otherwise
