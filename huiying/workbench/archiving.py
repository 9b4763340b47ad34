"""归档: what is to be archived, the register of packages, and what becomes of those past their term."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from huiying.accounts import trail
from huiying.accounts.models import Role, TrailKind
from huiying.archive import erasing, register, retention
from huiying.archive.models import Package, PackageState
from huiying.archive.retention import Rule
from huiying.batches import queue
from huiying.batches.models import BatchKind
from huiying.cases import clocks
from huiying.cases.models import Case
from huiying.common.errors import Refused
from huiying.common.sheet_writing import write_sheet
from huiying.workbench.batches import progress_of
from huiying.workbench.paper_links import KEEPERS
from huiying.workbench.settings_pages import only
from huiying.workbench.visit import Visit, place_of

PAGE = 50
CAP = 1_000
"""Beyond this many nobody counts."""
READERS = KEEPERS | {Role.LEADER}
COLUMNS = (
    "编号",
    "办结时间",
    "保管期限",
    "依据",
    "保管至",
    "状态",
    "归档时间",
    "归档人",
    "大小",
    "SHA-256",
    "文件",
)


@dataclass(frozen=True)
class Due:
    """A case to be archived: how long it will be kept, and by when it is to be handed in."""

    case: Case
    rule: Rule
    until_on: date | None
    by_on: date
    late: bool


@only(*READERS)
def archiving(request: Visit) -> HttpResponse:
    """The closed cases that have no package yet, the longest closed first."""
    place, now = place_of(request), timezone.now()
    held = retention.schedule(place.config)
    found = register.due(held, now).order_by("closed_at", "id")
    tz, today = place.keeper.tz, clocks.local_date(now, place.keeper.tz)
    rows = []
    for case in found.select_related("nature", "topic")[:PAGE]:
        rule, closed_on = register.rule_of(case, place, held), clocks.local_date(case.closed_at or now, tz)
        by_on = retention.hand_in_by(closed_on)
        rows.append(Due(case, rule, retention.until(closed_on, rule.years), by_on, by_on < today))
    context = {
        "tab": "archiving",
        "rows": rows,
        "total": _counted(found),
        "after_days": held.after_days,
        "may": bool(KEEPERS & request.user.roles),
        "all": request.GET.get("all") == "1",
        **progress_of(BatchKind.ARCHIVE, now),
    }
    return render(request, "workbench/archiving.html", context)


def _counted(found: QuerySet[Any]) -> str:
    count = found.values("pk")[: CAP + 1].count()
    return f"{CAP} 件以上" if count > CAP else f"{count} 件"


@only(*KEEPERS)
@require_POST
def archive_cases(request: Visit) -> HttpResponse:
    """Have packages made in the background: of the cases chosen, or of all that are due."""
    numbers = request.POST.getlist("picked")[:PAGE]
    if request.POST.get("do") == "all":
        queue.ask(BatchKind.ARCHIVE, by=request.user, at=timezone.now())
    elif numbers:
        queue.ask(BatchKind.ARCHIVE, by=request.user, at=timezone.now(), numbers=sorted(numbers))
    else:
        messages.error(request, "没有勾选诉求件，请先勾选。")
        return redirect("archiving")
    messages.success(request, "归档包由后台生成，进度见下。")
    return redirect("archiving")


# The register


@only(*READERS)
def packages(request: Visit) -> HttpResponse:
    """The register, the newest first; `q` is a case's number, a page begins before a row's own key."""
    asked = {name: request.GET.get(name, "").strip() for name in ("q", "state")}
    found = _asked(asked).select_related("case", "made_by")
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 19:
        found = found.filter(pk__lt=int(before))
    rows = list(found[: PAGE + 1])
    kept = {name: value for name, value in asked.items() if value}
    context = {
        "tab": "packages",
        "rows": rows[:PAGE],
        "asked": asked,
        "states": PackageState.choices,
        "query": urlencode(kept),
        "older": urlencode(kept | {"before": str(rows[PAGE - 1].pk)}) if rows[PAGE:] else "",
    }
    return render(request, "workbench/packages.html", context)


def _asked(asked: dict[str, str]) -> QuerySet[Package]:
    found = Package.objects.order_by("-pk")
    if asked["q"]:
        found = found.filter(case__number__contains=asked["q"])
    return found.filter(state=asked["state"]) if asked["state"] in PackageState.values else found


@only(*KEEPERS)
def package_file(request: Visit, pk: int) -> FileResponse:
    """A package as it was made; the security trail says who took it. Raises Refused."""
    package = get_object_or_404(Package.objects.select_related("case"), pk=pk)
    packed, number = register.read(package), package.case.number
    trail.note(
        request.user,
        TrailKind.EXPORT,
        at=timezone.now(),
        subject=number,
        paper="归档包",
        sha256=package.sha256,
    )
    name = f"{number.replace('/', '-')}-归档.zip"
    return FileResponse(BytesIO(packed), as_attachment=True, filename=name)


@only(*READERS)
def packages_file(request: Visit) -> FileResponse:
    """The register as a spreadsheet, of exactly what is asked for; the security trail says who took it."""
    place, now = place_of(request), timezone.now()
    asked = {name: request.GET.get(name, "").strip() for name in ("q", "state")}
    found = _asked(asked).order_by("pk").select_related("case", "made_by").iterator(chunk_size=500)
    name = f"归档登记-{clocks.local_date(now, place.keeper.tz):%Y%m%d}.xlsx"
    with TemporaryDirectory() as folder:
        path = Path(folder) / "register.xlsx"
        count = write_sheet(path, "归档登记", COLUMNS, map(_cells, found), tz=place.keeper.tz)
        data = path.read_bytes()
    kept = {name: value for name, value in asked.items() if value}
    trail.note(
        request.user, TrailKind.EXPORT, at=now, subject="归档登记", rows=count, filters=kept, file=name
    )
    return FileResponse(BytesIO(data), as_attachment=True, filename=name)


def _cells(package: Package) -> tuple[str | int | datetime, ...]:
    return (
        package.case.number,
        package.closed_at,
        package.term,
        package.source,
        str(package.until_on or "永久"),
        package.get_state_display(),
        package.made_at,
        str(package.made_by or ""),
        package.size,
        package.sha256,
        package.file,
    )


# Past their term


@only(*READERS)
def expired(request: Visit) -> HttpResponse:
    """The packages past their term, and what waits for a second person; posted, a decision."""
    tried: dict[str, Any] = {"refused": "", "given": {}, "picked": set()}
    if request.method == "POST":
        picked = {int(pk) for pk in request.POST.getlist("picked") if pk.isascii() and pk.isdigit()}
        try:
            messages.success(request, _decide(request, picked))
            return redirect("expired")
        except Refused as refusal:
            tried = {"refused": str(refusal), "given": request.POST, "picked": picked}
    return _expired_page(request, tried)


def _expired_page(request: Visit, tried: dict[str, Any]) -> HttpResponse:
    place, now, user = place_of(request), timezone.now(), request.user
    over = erasing.expired(clocks.local_date(now, place.keeper.tz))
    waiting = erasing.proposed()
    context = {
        "tab": "expired",
        "rows": list(over[:PAGE]),
        "total": _counted(over),
        "waiting": [(each, each.proposed_by == user) for each in waiting[:PAGE]],
        "why_not_propose": erasing.why_not(user, erasing.PROPOSERS, "提请删除和续存"),
        "why_not_confirm": erasing.why_not(user, erasing.DECIDERS, "批准删除"),
        "refused": tried["refused"],
        "why": tried["given"].get("why", ""),
        "until_on": tried["given"].get("until_on", ""),
        "picked": tried["picked"],
        **progress_of(BatchKind.ERASE, now),
    }
    return render(request, "workbench/expired.html", context)


@transaction.atomic
def _decide(request: Visit, picked: Iterable[int]) -> str:
    """Do what the pressed button says; what to tell. Raises Refused and changes nothing."""
    now, given = timezone.now(), request.POST
    today = clocks.local_date(now, place_of(request).keeper.tz)
    why = given.get("why", "").strip()
    common: dict[str, Any] = {"by": request.user, "at": now}
    if not picked:
        raise Refused("没有勾选诉求件，请先勾选。")
    match given.get("do"):
        case "propose":
            count = erasing.propose(picked, why=why, today=today, **common)
            return f"已提请删除 {count} 件，待另一人批准。"
        case "keep":
            until_on = _day(given.get("until_on", ""))
            count = erasing.keep_on(picked, until_on=until_on, why=why, today=today, **common)
            return f"已续存 {count} 件至 {until_on}。"
        case "turn_down":
            return f"已退回 {erasing.turn_down(picked, why=why, **common)} 件，不删除。"
        case "confirm":
            if not given.get("sure"):
                raise Refused("删除后不能恢复。确实要删除的，请勾选“我知道删除后不能恢复”再按。")
            count = erasing.confirm(picked, **common)
            queue.ask(BatchKind.ERASE, **common)
            return f"已批准删除 {count} 件，由后台删除，进度见下。"
        case _:
            raise Refused("没有说明怎样处理，请用页面上的按钮。")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused("请写明续存到哪一天。") from None
