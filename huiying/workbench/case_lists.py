"""What is done with a whole list of cases: saved, narrowed to a caller, taken out as a file, moved on."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from huiying.accounts import saved_filters, trail
from huiying.accounts.models import TrailKind
from huiying.cases import many, permissions, privacy, unmasking
from huiying.cases.models import Case
from huiying.cases.moves import MOVES
from huiying.common.errors import Refused
from huiying.common.sheet_writing import write_sheet
from huiying.intake import calls
from huiying.workbench import columns, due, meanwhile
from huiying.workbench.case_filters import CALLER, caller_rows
from huiying.workbench.case_list import PAGE, START, chips, choices, matching, read
from huiying.workbench.case_walk import loaded
from huiying.workbench.once import leads_to
from huiying.workbench.visit import Visit, place_of

BATCH = 500
MOST = 10_000
"""So many cases are exported at once."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


# Saved queries


@require_POST
def save_filter(request: Visit) -> HttpResponse:
    """Keep the list's conditions and columns under a name."""
    asked = read(QueryDict(request.POST.get("query", "")), place_of(request))
    try:
        kept = saved_filters.keep(request.user, request.POST.get("name", ""), asked.query_string(**START))
        messages.success(request, f"已保存常用查询“{kept.name}”。")
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect(asked.url(**START))


@require_POST
def drop_filter(request: Visit, pk: int) -> HttpResponse:
    """Drop one of the person's own saved queries."""
    name = saved_filters.drop(request.user, pk)
    if not name:
        raise Http404
    messages.success(request, f"已删去常用查询“{name}”。")
    return redirect("cases")


# By a caller's number


@require_POST
def find_caller(request: Visit) -> HttpResponse:
    """On to the list of what was told from a number, under its digest: an address is kept, a number is not.
    Who asked, and how many cases there were, is written into the trail."""
    asked, now = read(QueryDict(request.POST.get("query", "")), place_of(request)), timezone.now()
    try:
        digest = _caller(request)
    except Refused as refused:
        messages.error(request, f"{refused}未采用。")
        return redirect(asked.url(**START))
    found = caller_rows(request.user, digest).count()
    trail.note(request.user, TrailKind.CALLER, at=now, subject="诉求件列表", count=found)
    return redirect(asked.url(**START | {CALLER: digest}))


def _caller(request: Visit) -> str:
    if not unmasking.speaks(request.user):
        raise Refused("按来电号码查件的，须是与诉求人通话的人员。")
    if digest := calls.index_of(calls.checked(request.POST.get("phone", ""))):
        return digest
    raise Refused("请填写来电号码。")


# As a file


def cases_file(request: Visit) -> HttpResponse:
    """The list as xlsx: the same conditions, order and columns, all pages; written into the trail.

    Titles are masked, as a file leaves the house easily. More than `MOST` cases are refused.
    """
    place, now = place_of(request), timezone.now()
    asked = read(request.GET, place)
    keys = matching(asked, request.user, place, now).keys(MOST + 1)
    if len(keys) > MOST:
        raise Refused(f"符合条件的超过 {MOST} 件，请加上条件，分几次导出。")
    shown = [*columns.ALWAYS, *columns.chosen(asked.get("cols"), sort=asked.sort)]

    def rows() -> Iterator[list[columns.Cell]]:
        for case in (case for at in range(0, len(keys), BATCH) for case in loaded(keys[at : at + BATCH])):
            privacy.veil(request.user, case)
            standing = due.standing(case.due_at, now, place.keeper) if case.due_at else None
            yield [column.cell(case, standing) for column in shown]

    said = [words for words, _ in chips(asked, choices(asked, place))] or ["全部可查看的诉求件"]
    notes = [f"{place.office.name}　{now.astimezone(place.keeper.tz):%Y-%m-%d %H:%M} 导出", *said]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cases.xlsx"
        widths = [column.width for column in shown]
        titles = [column.title for column in shown]
        count = write_sheet(path, "诉求件", titles, rows(), tz=place.keeper.tz, widths=widths, notes=notes)
        body = path.read_bytes()
    trail.note(
        request.user,
        TrailKind.EXPORT,
        at=now,
        subject="诉求件列表",
        rows=count,
        conditions=[name for name in asked.values if asked.get(name)],
        columns=[column.name for column in shown],
    )
    response = HttpResponse(body, content_type=XLSX)
    response["Content-Disposition"] = (
        f'attachment; filename="cases-{now.astimezone(place.keeper.tz):%Y%m%d-%H%M}.xlsx"'
    )
    return response


# Moved on together


@require_POST
def move_cases(request: Visit) -> HttpResponse:
    """Make one move on every case that was ticked, and say of each what became of it."""
    name, place = request.POST.get("move", ""), place_of(request)
    if name not in many.BULK:
        raise Http404
    seen = dict(_ticked(text) for text in request.POST.getlist("pick")[:PAGE])
    cases = permissions.visible_to(request.user, Case.objects.all()).filter(pk__in=seen).order_by("number")
    pairs = [(case, seen[case.pk]) for case in cases]
    outcomes = many.advance_each(pairs, name, by=request.user, at=timezone.now(), place=place)
    back = read(QueryDict(request.POST.get("query", "")), place).url()
    if not outcomes:
        messages.warning(request, "没有选中诉求件。请先在列表左侧勾选。")
        return redirect(back)
    outcomes = [_told(request, outcome, seen[outcome.case.pk]) for outcome in outcomes]
    failed = sum(1 for outcome in outcomes if outcome.refusal)
    context = {"move": MOVES[name], "outcomes": outcomes, "back": back}
    context |= {"failed": failed, "made": len(outcomes) - failed}
    made = f"{MOVES[name].title}：办成 {context['made']} 件，未办成 {failed} 件。"
    return leads_to(render(request, "workbench/moved.html", context), back, made)


def _told(request: Visit, outcome: many.Outcome, seen: int) -> many.Outcome:
    """A refusal with what others did to the case since the list was opened."""
    if not outcome.refusal:
        return outcome
    others = meanwhile.said(request.user, outcome.case, seen, place_of(request))
    return replace(outcome, refusal=f"{outcome.refusal}{others}")


def _ticked(text: str) -> tuple[int, int]:
    """Which case, and its `seq` as the list showed it; (0, 0) for anything else."""
    pk, _, seq = text.partition("-")
    is_plain = all(part.isascii() and part.isdigit() and len(part) < 18 for part in (pk, seq))
    return (int(pk), int(seq)) if is_plain else (0, 0)
