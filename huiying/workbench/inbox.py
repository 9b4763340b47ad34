"""单位工作台: what a unit has to do, in tabs with counts; claiming one or many."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Count, F, Prefetch, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from huiying.accounts.models import User
from huiying.cases import clocks, presence, privacy
from huiying.cases.clocks import LimitUnit
from huiying.cases.deadlines import CLOCK_TITLES, UNIT_CLOCKS
from huiying.cases.models import Assignment, ClockRun
from huiying.cases.moves import WORKING, TaskStatus
from huiying.cases.place import Place
from huiying.replies import contact, drafting, handling
from huiying.replies.models import Handling
from huiying.workbench import due, meanwhile
from huiying.workbench.visit import Visit, place_of

PAGE = 40
WAITING = (TaskStatus.RETURN_ASKED, TaskStatus.SUBMITTED)
TABS = {
    "claim": "待认领",
    "todo": "待办",
    "co": "协办",
    "back": "退回重办",
    "approve": "待审签",
    "hand_in": "待反馈",
    "parts": "分办",
    "today": "今天到期",
    "late": "已逾期",
    "waiting": "等办公室",
}


@dataclass(frozen=True)
class Tab:
    """One tab: its name in the address, its title, how many wait in it."""

    name: str
    title: str
    count: int
    url: str


@dataclass(frozen=True)
class Badge:
    """One running clock of a task, in words."""

    title: str
    standing: due.Standing


@dataclass(frozen=True)
class Row:
    """A task as the list shows it."""

    task: Assignment
    badges: list[Badge]
    parts: list[Handling]
    present: list[presence.Here]
    awaits_citizen: bool


def inbox(request: Visit) -> HttpResponse:
    """The unit's work, one tab of it; for htmx the list alone."""
    place, now = place_of(request), timezone.now()
    tasks, parts = open_tasks(request.user), open_parts(request.user)
    counts = _counts(tasks, place, now) | {"parts": parts.count()}
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else _first(counts)
    page = _page_number(request.GET.get("page", ""), counts[tab])
    wanted = tasks.none() if tab == "parts" else tasks.filter(_within(tab, place, now))
    context = {
        "tabs": [Tab(name, title, counts[name], _url(name)) for name, title in TABS.items()],
        "tab": tab,
        "title": TABS[tab],
        "previous": _url(tab, page - 1) if page > 1 else "",
        "next": _url(tab, page + 1) if page * PAGE < counts[tab] else "",
        "rows": _rows(request.user, wanted, page, place, now),
        "parts": part_rows(request.user, parts, page, place, now) if tab == "parts" else [],
    }
    template = "workbench/inbox.html" + ("#list" if request.htmx and not request.htmx.boosted else "")
    return render(request, template, context)


@require_POST
def claim(request: Visit) -> HttpResponse:
    """Claim every task that was ticked; each refusal is told, and stops none of the others."""
    seen = dict(_ticked(each) for each in request.POST.getlist("task"))
    found = handling.own_tasks(request.user).select_related("case", "unit").filter(pk__in=seen)
    outcomes = drafting.claim_each([(t, seen[t.pk]) for t in found], by=request.user, at=timezone.now())
    claimed = [outcome.task.case.number for outcome in outcomes if not outcome.refusal]
    if claimed:
        messages.success(request, f"已认领 {len(claimed)} 件：{'、'.join(claimed)}。")
    for outcome in outcomes:
        if outcome.refusal:
            case = outcome.task.case
            others = meanwhile.said(request.user, case, seen[outcome.task.pk], place_of(request))
            messages.error(request, f"{outcome.refusal}{others}")
    if not outcomes:
        messages.warning(request, "没有选中要认领的件。")
    return redirect(_url("todo" if claimed and len(claimed) == len(outcomes) else "claim"))


def _ticked(text: str) -> tuple[int, int]:
    """Which task, and the `seq` of its case as the page showed it; (0, 0) for anything else."""
    pk, _, seq = text.partition("-")
    is_plain = all(part.isascii() and part.isdigit() and len(part) < 18 for part in (pk, seq))
    return (int(pk), int(seq)) if is_plain else (0, 0)


def _url(tab: str, page: int = 1) -> str:
    return f"{reverse('inbox')}?{urlencode({'tab': tab} | ({'page': page} if page > 1 else {}))}"


def _page_number(text: str, count: int) -> int:
    last = max(1, -(-count // PAGE))
    return min(last, max(1, int(text))) if text.isascii() and text.isdigit() and len(text) < 9 else 1


def _first(counts: dict[str, int]) -> str:
    """The tab to open unasked: the first in which something waits."""
    return next((name for name in ("claim", "back", "todo", *TABS) if counts[name]), "claim")


# Tasks


def open_tasks(user: User) -> QuerySet[Assignment]:
    """The open tasks of the person's units, the nearest due first, then those on which no clock runs."""
    return handling.own_tasks(user).filter(is_open=True).order_by(F("due_at").asc(nulls_last=True), "pk")


def open_parts(user: User) -> QuerySet[Handling]:
    """The parts given to the person or their unit that nobody has answered, of tasks still at work; to a head
    those of the unit's people as well."""
    return handling.seen_by(user).filter(assignment__is_open=True, answered_at=None)


def _within(tab: str, place: Place, now: datetime) -> Q:
    """The condition for one tab."""
    match tab:
        case "claim":
            return Q(status=TaskStatus.ASSIGNED)
        case "todo":
            return Q(status__in=WORKING, role="lead")
        case "co":
            return Q(status__in=(TaskStatus.ASSIGNED, *WORKING), role="co")
        case "back":
            return Q(status=TaskStatus.SENT_BACK)
        case "approve":
            alone = [unit.pk for unit in place.units.values() if unit.one_person]
            return Q(status=TaskStatus.DRAFTED) & ~Q(unit__in=alone)
        case "hand_in":
            return Q(status=TaskStatus.APPROVED)
        case "waiting":
            return Q(status__in=WAITING)
        case "today":
            return due.within("today", now, place.keeper)
        case "late":
            return due.within("overdue", now, place.keeper)
    raise ValueError(tab)


def _counts(
    tasks: QuerySet[Assignment], place: Place, now: datetime, names: Iterable[str] = TABS
) -> dict[str, int]:
    wanted = {name: Count("pk", filter=_within(name, place, now)) for name in names if name != "parts"}
    return tasks.aggregate(**wanted)


TO_DO = ("claim", "back", "todo", "co", "approve", "hand_in")
"""The tabs of tasks in which something is to be done."""


def open_counts(user: User, place: Place, now: datetime) -> dict[str, int]:
    """How much waits for the person's units in each tab of `TO_DO`, in its order."""
    found = _counts(open_tasks(user), place, now, TO_DO)
    return {name: found[name] for name in TO_DO}


def _rows(user: User, tasks: QuerySet[Assignment], page: int, place: Place, now: datetime) -> list[Row]:
    """One page of tasks, the nearest due first."""
    running = ClockRun.objects.filter(stopped_at=None, superseded=False, kind__in=UNIT_CLOCKS)
    parts = Handling.objects.filter(withdrawn_at=None, answered_at=None).select_related("unit", "person")
    keys = tasks.values("pk")[(page - 1) * PAGE : page * PAGE]  # which the index tells; then the rows
    found = tasks.model.objects.filter(pk__in=keys).order_by(*tasks.query.order_by)
    found = found.select_related("case__nature", "case__area", "case__person", "unit").prefetch_related(
        Prefetch("clocks", queryset=running.order_by("due_at"), to_attr="running"),
        Prefetch("handlings", queryset=parts, to_attr="open_parts"),
    )
    rows = list(found)
    for task in rows:
        privacy.veil(user, task.case)
    present = presence.others(user, [task.case for task in rows], now)
    waiting = contact.awaiting([task.case_id for task in rows]) if rows else set()
    return [
        Row(
            task,
            badges_of(task.running, place, now),
            task.open_parts,
            present.get(task.case_id, []),
            task.case_id in waiting,
        )
        for task in rows
    ]


def badges_of(running: list[ClockRun], place: Place, now: datetime) -> list[Badge]:
    """The task's running clocks in words."""
    return [Badge(CLOCK_TITLES[run.kind], _standing(run, place, now)) for run in running]


def _standing(run: ClockRun, place: Place, now: datetime) -> due.Standing:
    rule = place.keeper.named(run.rule, run.version)
    unit = rule.limit.unit if rule else LimitUnit.WORKING_DAYS
    return due.standing(run.due_at, now, place.keeper, unit=unit)


# Parts


def part_rows(
    user: User, parts: QuerySet[Handling], page: int, place: Place, now: datetime
) -> list[tuple[Handling, due.Standing]]:
    """One page of parts with how their own dates stand."""
    found = parts.select_related("assignment__case__nature", "assignment__case__person", "assignment__unit")
    found = found.select_related("unit", "person", "given_by").order_by("due_on", "pk")
    rows = found[(page - 1) * PAGE : page * PAGE]
    for part in rows:
        part.note = privacy.own_words_for(user, part.assignment.case)(part.note)
        privacy.veil(user, part.assignment.case)
    return [(part, part_standing(part, place, now)) for part in rows]


def part_standing(part: Handling, place: Place, now: datetime) -> due.Standing:
    """How the part's own date stands."""
    tz = place.keeper.tz
    return due.standing(clocks.end_of_day(part.due_on, tz), now, place.keeper, done_at=part.answered_at)
