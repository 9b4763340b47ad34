"""督办台: cases past their limits, urged with one press or by a formal letter; what leaders asked for;
and 一件不漏, the list of everything open."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from huiying.accounts import trail
from huiying.accounts.models import TrailKind, Unit, User
from huiying.bulletins import rectification
from huiying.cases import clocks, permissions, presence, privacy
from huiying.cases.models import Case
from huiying.cases.moves import MOVES, WITH_UNIT
from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.common.sheet_writing import write_sheet
from huiying.dispatch import open_cases, supervision
from huiying.dispatch.models import Letter
from huiying.dispatch.supervision import Late
from huiying.knowledge import standard_texts
from huiying.workbench import closing, due, meanwhile, phrases
from huiying.workbench.case_page import reachable, whole
from huiying.workbench.visit import Visit, place_of

SHOWN = 100
PAGE = 50
KEPT = {"instructed": "领导批示", "letters": "督办函", "rectify": "整改反馈逾期"}
"""The lists beside those of `supervision.WATCHES`."""
RECTIFY = "通报点名的单位，到期仍没有反馈整改"
OPEN_COLUMNS = (
    "编号",
    "标题",
    "性质",
    "渠道",
    "状态",
    "现由谁办",
    "自何时",
    "待办",
    "时限",
    "情况",
    "协办未完",
)


@dataclass(frozen=True)
class Tab:
    """One list: its name in the address, its title, what it means, how many it holds."""

    name: str
    title: str
    what: str
    count: int | None = None


@dataclass(frozen=True)
class Row:
    """A case past a limit, who is late with it and since when, and whether it was urged."""

    case: Case
    late: str
    standing: due.Standing | None
    urged: int
    urged_at: datetime | None
    urged_today: bool
    can_urge: bool


def desk(request: Visit) -> HttpResponse:
    """The lists, and the cases of the one chosen."""
    place, now = place_of(request), timezone.now()
    cases = permissions.visible_to(request.user)
    owed = rectification.overdue(
        rectification.visible_to(request.user), clocks.local_date(now, place.keeper.tz)
    )
    tabs = [*tabs_of(request.user, now), Tab("rectify", KEPT["rectify"], RECTIFY, owed.count())]
    chosen = next((tab for tab in tabs if tab.name == request.GET.get("list")), _fullest(tabs))
    context: dict[str, Any] = {"tabs": tabs, "chosen": chosen, "rows": []}
    if chosen.name == "instructed":
        context["instructions"] = [
            (each, _instructed(each, place, now)) for each in instructions_to_read(request.user)
        ]
    elif chosen.name == "rectify":
        context["owed"] = [closing.line(row, place, now) for row in owed.order_by("due_on", "pk")[:SHOWN]]
    elif chosen.name == "letters":
        context["letters"] = letters_to_read(request.user)
    else:
        watched = supervision.watched(chosen.name, cases, now).values_list("pk", flat=True)
        pages = Paginator(watched, PAGE)
        pages.__dict__["count"] = chosen.count  # asked already
        page = pages.get_page(request.GET.get("page"))
        context |= {"page": page, "rows": rows(request.user, chosen.name, list(page), place, now)}
    return render(request, "workbench/supervision.html", context)


def tabs_of(user: User, now: datetime) -> list[Tab]:
    """Every list with its size."""
    counted = supervision.counts(user, now)
    watches = [Tab(each.name, each.title, each.what, counted[each.name]) for each in supervision.WATCHES]
    return [
        *watches,
        Tab(
            "instructed",
            KEPT["instructed"],
            "领导批示的件，及批示后的进展；数字是还没有反馈的",
            supervision.unanswered(user).count(),
        ),
        Tab("letters", KEPT["letters"], "已发出的督办函"),
    ]


def _fullest(tabs: list[Tab]) -> Tab:
    """The first list that holds something."""
    return next((tab for tab in tabs if tab.count), tabs[0])


def rows(user: User, name: str, keys: list[int], place: Place, now: datetime) -> list[Row]:
    """Those cases of a list, in its order."""
    found = Case.objects.filter(pk__in=keys).select_related("lead__unit", "nature", "person")
    found = found.order_by("due_at", "id")
    for case in found:
        privacy.veil(user, case)
    late, urged = supervision.who_is_late(name, keys, now), supervision.urged(keys)
    may = not permissions.why_not(user, MOVES["urge"])
    return [_row(case, late.get(case.pk, []), urged.get(case.pk, []), place, now, may=may) for case in found]


def _row(
    case: Case, late: list[Late], urged: list[datetime], place: Place, now: datetime, *, may: bool
) -> Row:
    units = list(dict.fromkeys(each.unit or place.office.name for each in late))
    lead = case.lead.unit.name if case.lead else ""
    due_at = late[0].due_at if late else case.due_at
    urged_at, tz = max(urged, default=None), place.keeper.tz
    return Row(
        case,
        "、".join(units) or lead,
        due.standing(due_at, now, place.keeper) if due_at else None,
        len(urged),
        urged_at,
        urged_at is not None and clocks.local_date(urged_at, tz) == clocks.local_date(now, tz),
        may and case.status in WITH_UNIT,
    )


def instructions_to_read(user: User) -> list[supervision.Instruction]:
    """What leaders wrote on the cases that the person sees, as they may read it."""
    return [
        replace(each, text=privacy.veil(user, each.case)(each.text))
        for each in supervision.instructions(user)
    ]


def _instructed(each: supervision.Instruction, place: Place, now: datetime) -> due.Standing | None:
    """How the date of an instruction stands; None where there is none, or nothing is owed any more."""
    if each.due_on is None or (not each.is_owed and each.answered_at is None):
        return None
    due_at = clocks.end_of_day(each.due_on, place.keeper.tz)
    return due.standing(due_at, now, place.keeper, done_at=each.answered_at)


def letters_to_read(user: User) -> list[Letter]:
    """The letters about the cases that the person sees, the newest first."""
    found = permissions.about_visible(user, Letter.objects.all())
    letters = list(found.select_related("case__nature", "case__person", "unit", "by")[:SHOWN])
    for letter in letters:
        privacy.veil(user, letter.case)
    return letters


@require_POST
def urge(request: Visit, number: str) -> HttpResponse:
    """Urge with one press, and back to the list."""
    found = reachable(request.user, number)
    try:
        found.seq = whole(request.POST.get("seq", ""))
        supervision.urge(found, by=request.user, at=timezone.now())
    except Refused as refusal:
        others = meanwhile.said(request.user, found, found.seq, place_of(request))
        messages.error(request, f"{refusal}{others}")
    else:
        messages.success(request, f"已催办 {number}。")
    return redirect(f"{reverse('supervision')}?list={request.POST.get('list', '')}")


def letter(request: Visit, number: str) -> HttpResponse:
    """Write and issue a letter; where it is refused, the page says why and keeps the text."""
    found, refused = reachable(request.user, number), ""
    units = supervision.units_at_work(found)
    if request.method == "POST":
        try:
            issued = _issue(request, found)
        except Refused as refusal:
            refused, found = str(refusal), reachable(request.user, number)
        else:
            messages.success(request, f"已向{issued.unit}发出{issued.label}。")
            return redirect(f"{reverse('supervision')}?list=letters")
    place, now = place_of(request), timezone.now()
    privacy.veil(request.user, found)
    given = {name: request.POST.get(name, "") for name in ("unit", "due_on", "text")}
    lost = [] if units else [("办理期限", given["due_on"]), ("督办要求", given["text"])]
    context = {
        "case": found,
        "present": presence.at_case(request.user, found, "letter", now),
        "units": units,
        "refused": refused or permissions.why_not(request.user, MOVES["supervise"]),
        "meanwhile": meanwhile.since(request.user, found, whole(request.POST.get("seq", "")), place),
        "given": given,
        "kept": [(label, words) for label, words in lost if words],
        "today": clocks.local_date(now, place.keeper.tz).isoformat(),
        "standing": due.standing(found.due_at, now, place.keeper) if found.due_at else None,
        "letters": list(found.letters.select_related("unit")),
        "phrases": _phrases(found, units, place, now),
    }
    return render(request, "workbench/letter.html", context, status=409 if refused else 200)


def _phrases(
    found: Case, units: list[Unit], place: Place, now: datetime
) -> dict[str, list[standard_texts.Offered]]:
    subject = standard_texts.subject_of(found, place, unit=units[0] if units else None, due_at=found.due_at)
    return phrases.offered(place, subject, ["supervise"], now)


def _issue(request: Visit, found: Case) -> Letter:
    """What the form says, as a letter. Raises Refused."""
    unit = place_of(request).units.get(request.POST.get("unit", ""))
    if unit is None:
        raise Refused("请选择收函单位。")
    try:
        due_on = date.fromisoformat(request.POST.get("due_on", ""))
    except ValueError:
        raise Refused("“办理期限”请按 2022-04-15 的样子填写日期。") from None
    found.seq = whole(request.POST.get("seq", ""))
    text = request.POST.get("text", "")
    standard_texts.need_no_gaps(text, "督办要求")
    return supervision.supervise(
        found, unit=unit, due_on=due_on, text=text, by=request.user, at=timezone.now()
    )


# 一件不漏


def everything_open(request: Visit) -> HttpResponse:
    """Everything open that the reader may see, the longest standing first."""
    place, now = place_of(request), timezone.now()
    keys = permissions.open_to(request.user).order_by("received_at", "id").values_list("pk", flat=True)
    page = Paginator(keys, PAGE).get_page(request.GET.get("page"))
    found = open_cases.open_cases(Case.objects.filter(pk__in=list(page)))
    context = {
        "page": page,
        "rows": [open_row(request.user, case, place, now) for case in found],
        "total": page.paginator.count,
    }
    return render(request, "workbench/open_cases.html", context)


@dataclass(frozen=True)
class OpenRow:
    """An open case, who holds it and since when."""

    case: Case
    holder: str
    since: datetime
    waits_for: str
    standing: due.Standing | None
    helping: str


def open_row(user: User, case: Case, place: Place, now: datetime) -> OpenRow:
    """One line of the list; `case` comes from `open_cases.open_cases`."""
    privacy.veil(user, case)
    return OpenRow(
        case,
        open_cases.holder(case, place.office.name),
        open_cases.held_since(case),
        open_cases.waits_for(case),
        due.standing(case.due_at, now, place.keeper) if case.due_at else None,
        open_cases.helpers(case),
    )


def everything_open_file(request: Visit) -> FileResponse:
    """The whole list as a spreadsheet; the security trail says who took it."""
    place, now = place_of(request), timezone.now()
    cases = permissions.open_to(request.user)
    found = open_cases.open_cases(cases).iterator(chunk_size=500)
    day = clocks.local_date(now, place.keeper.tz)
    name = f"一件不漏-{day:%Y%m%d}.xlsx"
    with TemporaryDirectory() as folder:
        path = Path(folder) / "open.xlsx"
        lines = (_cells(open_row(request.user, case, place, now)) for case in found)
        notes = [f"{place.office.name}　未办结诉求件，{now.astimezone(place.keeper.tz):%Y-%m-%d %H:%M} 止。"]
        count = write_sheet(path, "一件不漏", OPEN_COLUMNS, lines, tz=place.keeper.tz, notes=notes)
        data = path.read_bytes()
    trail.note(request.user, TrailKind.EXPORT, at=now, subject="一件不漏", rows=count, file=name)
    return FileResponse(BytesIO(data), as_attachment=True, filename=name)


def _cells(row: OpenRow) -> tuple[str | datetime, ...]:
    case = row.case
    return (
        case.number,
        case.title,
        str(case.nature or ""),
        str(case.channel),
        case.get_status_display(),
        row.holder,
        row.since,
        row.waits_for,
        row.standing.until if row.standing else "",
        row.standing.words if row.standing else "",
        row.helping,
    )
