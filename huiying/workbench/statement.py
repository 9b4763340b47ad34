"""对账单: one unit's rows of a period as the bulletin counts them, to confirm, to dispute, to take along."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from huiying.accounts import trail
from huiying.accounts.models import TrailKind, User
from huiying.bulletins import editions, papers, reconciliation, rights, unit_rows
from huiying.bulletins.models import DISPUTES, Decision, Dispute, Statement, StatementState
from huiying.bulletins.papers import Counted, Reckoned
from huiying.bulletins.reconciliation import Objection
from huiying.bulletins.unit_rows import FACTS, FAULTS, Moved, UnitRow
from huiying.cases import clocks, permissions, privacy
from huiying.cases.models import Case
from huiying.cases.place import Place
from huiying.common.cells import Cell
from huiying.common.errors import Refused
from huiying.common.masking import mask_text
from huiying.common.sheet_writing import csv_bytes, write_sheet
from huiying.statistics.engine import Engine
from huiying.statistics.measures import MEASURES
from huiying.workbench import closing, due
from huiying.workbench.case_page import whole
from huiying.workbench.closing import STATE_COLOURS, Tried
from huiying.workbench.visit import Visit, place_of

PAGE = 50
FORMATS = ("xlsx", "csv", "docx", "pdf")
LIMITS = ("claim_due", "reply_due")


@dataclass(frozen=True)
class Line:
    """One row as the page shows it: its case, its facts in words, what it counts as, and what is disputed."""

    number: str
    title: str
    facts: Mapping[str, str]
    faults: list[str]
    counted: list[str]
    scopes: str
    dispute: Dispute | None


def statement(request: Visit, pk: int, tried: Tried | None = None) -> HttpResponse:
    """The page of one statement."""
    found, place, now = _reachable(request.user, pk), place_of(request), timezone.now()
    asked = unit_rows.asked_of(found.reconciliation, place)
    rows = _rows(found, asked)
    objections = _objections(found, partial(privacy.words_for, request.user))
    measure = request.GET.get("measure", "")
    kept = [row for row in rows if not measure or row.counts(measure)]
    page = min(max(1, whole(request.GET.get("page", ""))), max(1, -(-len(kept) // PAGE)))
    speaks = not rights.why_not(request.user, "unit", found.unit)
    context = {
        "statement": found,
        "asked": found.reconciliation,
        "period": closing.title(found.reconciliation),
        "standing": closing.standing(found.reconciliation, place, now),
        "cut_off": due.until(found.reconciliation.as_of, place.keeper.tz),
        "colour": STATE_COLOURS[StatementState(found.state)],
        "totals": _totals(rows, found),
        "measure": MEASURES.get(measure),
        "lines": _lines(request.user, kept[(page - 1) * PAGE : page * PAGE], objections, place),
        "total": len(rows),
        "shown": len(kept),
        "previous": _url(pk, measure, page - 1) if page > 1 else "",
        "next": _url(pk, measure, page + 1) if page * PAGE < len(kept) else "",
        "digest": unit_rows.digest(rows),
        "known_at": asked.facts.known_at.isoformat(),
        "disputes": objections,
        "may_answer": speaks and found.reconciliation.closed_at is None,
        "speaks": speaks,
        "for_office": permissions.sees_office(request.user),
        "moved": _moved_since(found, rows, place),
        "meanwhile": _meanwhile(found, rows, place, tried),
        "objection": _objection(request, tried),
        "kinds": DISPUTES.items(),
        "files": [(name, reverse("statement_file", args=(pk, name))) for name in FORMATS],
        "tried": tried,
    }
    return render(request, "workbench/statement.html", context, status=409 if tried else 200)


def _reachable(user: User, pk: int) -> Statement:
    """The statement, if the person may see it. Raises Http404 otherwise."""
    return get_object_or_404(reconciliation.visible_to(user), pk=pk)


def _objections(found: Statement, words: Callable[[Case], Callable[[str], str]]) -> list[Dispute]:
    """The statement's objections, what is said in them as `words` shows it."""
    objections = list(reconciliation.disputes_of(Statement.objects.filter(pk=found.pk)))
    for each in objections:
        clean = words(each.case)
        each.wanted, each.reason = clean(each.wanted), clean(each.reason)
        each.decision_note = clean(each.decision_note)
    return objections


def _rows(found: Statement, asked: Engine) -> Sequence[UnitRow]:
    code = found.unit.code
    return unit_rows.rows_of(found.reconciliation, asked, code).get(code, ())


def _url(pk: int, measure: str, page: int = 1) -> str:
    asked = {"measure": measure} if measure else {}
    return f"?{urlencode(asked | ({'page': str(page)} if page > 1 else {}))}"


def _totals(rows: Sequence[UnitRow], found: Statement) -> list[tuple[str, str, int, bool, str]]:
    """What the rows come to: name, title, count, whether it is a fault, definition; what is zero left out."""
    totals = unit_rows.totals(rows)
    return [
        (name, MEASURES[name].title, totals[name], name in FAULTS, MEASURES[name].what)
        for name in found.reconciliation.measures
        if totals[name]
    ]


def _lines(user: User, rows: Sequence[UnitRow], objections: list[Dispute], place: Place) -> list[Line]:
    cases = case_rows(user, rows)
    by_case = {each.case.number: each for each in objections if each.decision != Decision.WITHDRAWN}
    return [_line(user, row, cases.get(row.case), by_case.get(row.case), place) for row in rows]


def _line(user: User, row: UnitRow, case: Case | None, dispute: Dispute | None, place: Place) -> Line:
    counted = [(name, _often(name, n)) for name, n in row.counted]
    tz = place.keeper.tz
    limits = {name: due.until(at, tz) for name in LIMITS if (at := getattr(row, name))}
    return Line(
        row.case,
        privacy.words_for(user, case)(case.title) if case else "",
        {name: unit_rows.shown(name, getattr(row, name), place) for name in FACTS} | limits,
        [said for name, said in counted if name in FAULTS],
        [said for name, said in counted if name not in FAULTS],
        "、".join(row.scopes),
        dispute,
    )


def _often(name: str, count: int) -> str:
    return MEASURES[name].title + (f" {count} 次" if count > 1 else "")


def case_rows(user: User, rows: Sequence[UnitRow]) -> dict[str, Case]:
    """The cases behind some rows, as far as the person may see them."""
    found = permissions.visible_to(user, Case.objects.filter(number__in=[row.case for row in rows]))
    return {case.number: case for case in found.select_related("nature", "person")}


# What moved


def _moved_since(found: Statement, rows: Sequence[UnitRow], place: Place) -> list[Moved] | None:
    """What is different from what was confirmed; None where nothing is or nothing was confirmed. Empty where
    the digest of then does not come out again: then nobody can say what it was."""
    if found.state != StatementState.CONFIRMED or unit_rows.digest(rows) == found.digest:
        return None
    asked = unit_rows.asked_of(found.reconciliation, place, known_at=found.known_at)
    then = _rows(found, asked)
    return unit_rows.moved(then, rows, place) if unit_rows.digest(then) == found.digest else []


def _meanwhile(found: Statement, rows: Sequence[UnitRow], place: Place, tried: Tried | None) -> list[Moved]:
    """What moved between the page that somebody wanted to confirm and this one."""
    if tried is None or tried.name != "confirm":
        return []
    try:
        known_at = datetime.fromisoformat(tried.given.get("known_at", ""))
    except ValueError:
        return []
    if known_at.tzinfo is None:
        return []
    then = _rows(found, unit_rows.asked_of(found.reconciliation, place, known_at=known_at))
    return unit_rows.moved(then, rows, place)


# The unit answers


@require_POST
def confirm(request: Visit, pk: int) -> HttpResponse:
    """Confirm all rows as they were shown."""
    found = _seen(request, pk)
    try:
        reconciliation.confirm(
            found,
            seen=request.POST.get("digest", ""),
            place=place_of(request),
            by=request.user,
            at=timezone.now(),
        )
    except Refused as refusal:
        return statement(request, pk, Tried("confirm", str(refusal), request.POST))
    messages.success(
        request, f"已确认：{closing.title(found.reconciliation)}{found.unit} {found.cases} 件无误。"
    )
    return redirect("statement", pk)


@require_POST
def object_to(request: Visit, pk: int) -> HttpResponse:
    """Raise an objection; where it is refused, the page says why and keeps what was typed."""
    found, given = _seen(request, pk), request.POST
    said = Objection(*(given.get(name, "") for name in ("number", "what", "wanted", "reason")))
    try:
        made = reconciliation.dispute(found, said, by=request.user, at=timezone.now())
    except Refused as refusal:
        return statement(request, pk, Tried("dispute", str(refusal), given))
    messages.success(request, f"{made.case.number} 的异议已提交，等待裁定。其余各件裁定后一并确认。")
    return redirect("statement", pk)


@require_POST
def take_back(request: Visit, pk: int) -> HttpResponse:
    """Withdraw an objection that nobody has ruled on."""
    mine = Dispute.objects.filter(statement__in=reconciliation.visible_to(request.user).values("pk"))
    about = ("case", "statement__reconciliation", "statement__unit")
    found = get_object_or_404(mine.select_related(*about), pk=pk)
    try:
        reconciliation.withdraw(found, by=request.user, at=timezone.now())
    except Refused as refusal:
        return statement(request, found.statement_id, Tried("withdraw", str(refusal), request.POST))
    messages.success(request, f"已撤回 {found.case.number} 的异议。")
    return redirect("statement", found.statement_id)


def _seen(request: Visit, pk: int) -> Statement:
    """The statement as the person saw it."""
    found = _reachable(request.user, pk)
    found.revision = whole(request.POST.get("revision", ""))
    return found


def _objection(request: Visit, tried: Tried | None) -> dict[str, str]:
    """What stands in the form of an objection: what was typed, or the case whose row was chosen."""
    given: Mapping[str, str] = tried.given if tried and tried.name == "dispute" else request.GET
    return {name: given.get(name, "") for name in ("number", "what", "wanted", "reason")}


# To take along


def statement_file(request: Visit, pk: int, kind: str) -> FileResponse:
    """All rows as a spreadsheet, or the statement on paper; the security trail says who took it."""
    if kind not in FORMATS:
        raise Http404("没有这种格式。")
    found, place, now = _reachable(request.user, pk), place_of(request), timezone.now()
    rows = _rows(found, unit_rows.asked_of(found.reconciliation, place))
    titles = _titles(request.user, rows)
    data = _MAKERS[kind](found, rows, titles, place, now)
    subject = f"对账单：{found.unit} {found.reconciliation.period}"
    trail.note(request.user, TrailKind.EXPORT, at=now, subject=subject, rows=len(rows), format=kind)
    name = f"对账单-{found.unit}-{found.reconciliation.period}.{kind}"
    return FileResponse(BytesIO(data), as_attachment=True, filename=name)


def _titles(user: User, rows: Sequence[UnitRow]) -> dict[str, str]:
    """The titles as a paper for the unit shows them: of a protected case without the reporter."""
    found: dict[str, str] = {}
    for start in range(0, len(rows), 500):
        for number, case in case_rows(user, rows[start : start + 500]).items():
            found[number] = mask_text(_for_units(case)(case.title))
    return found


def _for_units(case: Case) -> Callable[[str], str]:
    """How a text of the case stands on a paper that goes to a unit, whoever prints it."""
    return privacy.without_reporter(case) if privacy.is_guarded(case) else str


def _table(
    found: Statement, rows: Sequence[UnitRow], titles: Mapping[str, str], place: Place
) -> tuple[list[str], list[list[Cell]]]:
    measures = found.reconciliation.measures
    columns = ["编号", "标题", *FACTS.values(), *(MEASURES[name].title for name in measures)]
    lines: list[list[Cell]] = []
    for row in rows:
        facts = [
            value if isinstance(value, datetime) or not value else unit_rows.shown(name, value, place)
            for name, value in ((name, getattr(row, name)) for name in FACTS)
        ]
        lines.append([row.case, titles.get(row.case, ""), *facts, *(row.counts(name) for name in measures)])
    return columns, lines


def _xlsx(
    found: Statement, rows: Sequence[UnitRow], titles: Mapping[str, str], place: Place, now: datetime
) -> bytes:
    columns, lines = _table(found, rows, titles, place)
    tz, asked = place.keeper.tz, found.reconciliation
    notes = [f"{found.unit}　{closing.title(asked)}对账单，统计截至 {due.until(asked.as_of, tz)}。"]
    notes += [f"{MEASURES[name].title}：{MEASURES[name].what}" for name in asked.measures]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "statement.xlsx"
        write_sheet(path, f"{asked.period} 对账单", columns, lines, tz=tz, notes=notes)
        return path.read_bytes()


def _csv(
    found: Statement, rows: Sequence[UnitRow], titles: Mapping[str, str], place: Place, now: datetime
) -> bytes:
    columns, lines = _table(found, rows, titles, place)
    return csv_bytes(columns, lines, tz=place.keeper.tz)


def _paper(kind: str) -> Callable[..., bytes]:
    def make(
        found: Statement, rows: Sequence[UnitRow], titles: Mapping[str, str], place: Place, now: datetime
    ) -> bytes:
        content = papers.statement(_reckoned(found, rows, titles, place, now))
        return editions.render(content, [kind]).files[kind]

    return make


def _reckoned(
    found: Statement, rows: Sequence[UnitRow], titles: Mapping[str, str], place: Place, now: datetime
) -> Reckoned:
    asked, tz = found.reconciliation, place.keeper.tz
    objections = _objections(found, _for_units)
    return Reckoned(
        office=place.office.name,
        place=place.office.place,
        unit=found.unit.name,
        period=closing.title(asked),
        cut_off=due.until(asked.as_of, tz),
        due=str(asked.due_on),
        rows=tuple(
            Counted(
                row.case,
                titles.get(row.case, ""),
                _short(row.received_at, tz),
                _short(row.claimed_at, tz),
                _short(row.replied_at, tz),
                "、".join(_often(name, n) for name, n in row.counted),
            )
            for row in rows
        ),
        totals=tuple((title, str(n)) for _, title, n, _, _ in _totals(rows, found)),
        disputes=tuple(
            (
                each.case.number,
                f"{each.get_what_display()}，应为：{each.wanted}。{each.reason}",
                each.get_decision_display(),
            )
            for each in objections
            if each.decision != Decision.WITHDRAWN
        ),
        confirmed=_confirmed(found, place),
        printed_on=clocks.local_date(now, tz),
        printed_at=now,
    )


def _short(at: datetime | None, tz: Any) -> str:
    return at.astimezone(tz).strftime("%m-%d %H:%M") if at else ""


def _confirmed(found: Statement, place: Place) -> str:
    """Who confirmed it when, "" where nobody has."""
    if found.state != StatementState.CONFIRMED or found.confirmed_at is None:
        return ""
    when = found.confirmed_at.astimezone(place.keeper.tz).strftime("%Y-%m-%d %H:%M")
    return f"本单已由{found.confirmed_by}于{when}确认{found.cases}件无误，校验值{found.digest[:16]}。"


_MAKERS: dict[str, Callable[..., bytes]] = {
    "xlsx": _xlsx,
    "csv": _csv,
    "docx": _paper("docx"),
    "pdf": _paper("pdf"),
}
