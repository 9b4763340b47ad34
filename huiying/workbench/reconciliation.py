"""对账: all units of one period on one page, with who has confirmed, what is disputed, and the rulings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from huiying.accounts.models import User
from huiying.bulletins import reconciliation, rights, unit_rows
from huiying.bulletins.models import Decision, Dispute, Reconciliation, Statement, StatementState
from huiying.bulletins.unit_rows import UnitRow
from huiying.cases import permissions
from huiying.cases.moves import MOVES
from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.statistics.measures import MEASURES
from huiying.workbench import closing, due
from huiying.workbench.closing import STATE_COLOURS, Tried
from huiying.workbench.visit import Visit, place_of


@dataclass(frozen=True)
class UnitLine:
    """One unit's line: how its statement stands, what it comes to now, and whether that moved since."""

    statement: Statement
    colour: str
    cases: int
    faults: list[int]
    disputes: int
    pending: int
    moved: bool


def overview(request: Visit, pk: int, tried: Tried | None = None) -> HttpResponse:
    """The page of one reconciliation, for the office."""
    _office_only(request.user)
    asked = get_object_or_404(Reconciliation.objects.select_related("opened_by"), pk=pk)
    place, now, user = place_of(request), timezone.now(), request.user
    rows = unit_rows.rows_of(asked, unit_rows.asked_of(asked, place))
    lines = _lines(asked, rows)
    state = request.GET.get("state", "")
    chosen = state if state in StatementState.values else ""
    faults = [name for name in unit_rows.FAULTS if name in asked.measures]
    had = {line.statement.unit.code for line in lines}
    late = [place.units[code] for code in rows if code not in had]
    objected = disputes(asked, rows, tried)
    context = {
        "asked": asked,
        "period": closing.title(asked),
        "standing": closing.standing(asked, place, now),
        "cut_off": due.until(asked.as_of, place.keeper.tz),
        "tabs": _tabs(lines),
        "chosen": chosen,
        "lines": [line for line in lines if not chosen or line.statement.state == chosen],
        "faults": [MEASURES[name] for name in faults],
        "disputes": objected,
        "missing": late if asked.closed_at is None else [],
        "waiting": sum(line.statement.state == StatementState.WAITING for line in lines),
        "runs": not rights.why_not(user, "run"),
        "rules": not rights.why_not(user, "rule"),
        "may_amend": not permissions.why_not(user, MOVES["amend"]),
        "tried": tried,
        "typed": _lost(objected, tried),
    }
    return render(request, "workbench/reconciliation.html", context, status=409 if tried else 200)


def _office_only(user: User) -> None:
    if not permissions.sees_office(user):
        raise PermissionDenied("对账总表由办公室查看。")


def _lines(asked: Reconciliation, rows: Mapping[str, Sequence[UnitRow]]) -> list[UnitLine]:
    counted = asked.statements.annotate(
        objected=Count("disputes", filter=~Q(disputes__decision=Decision.WITHDRAWN)),
        pending=Count("disputes", filter=Q(disputes__decision=Decision.PENDING)),
    )
    return [
        _line(statement, rows.get(statement.unit.code, ()), asked)
        for statement in counted.select_related("unit", "confirmed_by")
    ]


def _line(statement: Any, rows: Sequence[UnitRow], asked: Reconciliation) -> UnitLine:
    totals = unit_rows.totals(rows)
    confirmed = statement.state == StatementState.CONFIRMED
    return UnitLine(
        statement,
        STATE_COLOURS[StatementState(statement.state)],
        len(rows),
        [totals[name] for name in unit_rows.FAULTS if name in asked.measures],
        statement.objected,
        statement.pending,
        confirmed and unit_rows.digest(rows) != statement.digest,
    )


def _tabs(lines: list[UnitLine]) -> list[tuple[str, str, int]]:
    counts = [
        (str(state), str(state.label), sum(line.statement.state == state for line in lines))
        for state in StatementState
    ]
    return [("", "全部", len(lines)), *counts]


# Disputes and rulings


@dataclass(frozen=True)
class Objected:
    """A dispute as the office sees it: the row as it stands now, and what was typed where it was refused."""

    dispute: Dispute
    row: list[str]
    corrected: bool
    note: str


def disputes(
    asked: Reconciliation, rows: Mapping[str, Sequence[UnitRow]], tried: Tried | None
) -> list[Objected]:
    """The objections, the undecided first, then those to be corrected."""
    found = reconciliation.disputes_of(asked.statements.all()).exclude(decision=Decision.WITHDRAWN)
    by_case = {(row.unit, row.case): row for mine in rows.values() for row in mine}
    made = [
        Objected(
            each,
            counted(by_case.get((each.statement.unit.code, each.case.number))),
            bool(getattr(each, "corrected", False)),
            tried.given.get("note", "") if tried and tried.name == f"rule-{each.pk}" else "",
        )
        for each in found
    ]
    return sorted(made, key=lambda row: (_urgency(row), row.dispute.raised_at))


def _lost(rows: list[Objected], tried: Tried | None) -> str:
    """The typed reason of a ruling whose form is no longer there: somebody else was faster."""
    kept = any(row.note and row.dispute.decision == Decision.PENDING for row in rows)
    return tried.given.get("note", "") if tried and not kept else ""


def _urgency(row: Objected) -> int:
    if row.dispute.decision == Decision.PENDING:
        return 0
    return 1 if row.dispute.decision == Decision.UPHELD and not row.corrected else 2


def counted(row: UnitRow | None) -> list[str]:
    """What a row counts as, in words."""
    return [MEASURES[name].title for name, _ in row.counted] if row else []


@require_POST
def rule(request: Visit, pk: int) -> HttpResponse:
    """Rule on a dispute; an upheld one leads on to its case, where the history is corrected."""
    _office_only(request.user)
    every = Dispute.objects.select_related("case", "statement__reconciliation", "statement__unit")
    found, given = get_object_or_404(every, pk=pk), request.POST
    upheld = given.get("verdict") == "upheld"
    try:
        reconciliation.rule(
            found, upheld=upheld, note=given.get("note", ""), by=request.user, at=timezone.now()
        )
    except Refused as refusal:
        tried = Tried(f"rule-{pk}", str(refusal), given)
        return overview(request, found.statement.reconciliation_id, tried)
    then = "请在案件页更正有误的记录，数字随之改变。" if upheld else ""
    messages.success(request, f"{found.case.number} 的异议：{found.get_decision_display()}。{then}")
    return redirect("reconciliation", found.statement.reconciliation_id)


# Running it


@require_POST
def act(request: Visit, pk: int, name: str) -> HttpResponse:
    """Close, reopen, prolong, add units or urge."""
    _office_only(request.user)
    asked = get_object_or_404(Reconciliation, pk=pk)
    if name not in ACTS:
        raise Http404
    try:
        said = ACTS[name](asked, request.POST, place_of(request), request.user, timezone.now())
    except Refused as refusal:
        return overview(request, pk, Tried(name, str(refusal), request.POST))
    messages.success(request, said)
    return redirect("reconciliation", pk)


def _close(asked: Reconciliation, given: QueryDict, place: Place, by: User, at: datetime) -> str:
    reconciliation.close(asked, by=by, at=at)
    return "对账已结束，单位不能再确认或提出异议。"


def _reopen(asked: Reconciliation, given: QueryDict, place: Place, by: User, at: datetime) -> str:
    reconciliation.reopen(asked, by=by, at=at)
    return "对账已重新打开。"


def _prolong(asked: Reconciliation, given: QueryDict, place: Place, by: User, at: datetime) -> str:
    asked.due_on = closing.day(given.get("seen", ""), "原期限")
    due_on = closing.day(given.get("due_on", ""), "新期限")
    reconciliation.prolong(asked, due_on, place=place, by=by, at=at)
    return f"核对期限改为 {due_on}。"


def _add(asked: Reconciliation, given: QueryDict, place: Place, by: User, at: datetime) -> str:
    units = reconciliation.add_units(asked, place, by=by, at=at)
    return f"已补上{'、'.join(map(str, units))}。" if units else "各单位都已有对账单。"


def _urge(asked: Reconciliation, given: QueryDict, place: Place, by: User, at: datetime) -> str:
    """One unit by its statement, or every unit that has not confirmed."""
    waiting = asked.statements.filter(state=StatementState.WAITING).select_related("reconciliation", "unit")
    one = given.get("statement", "")
    if one:
        waiting = waiting.filter(pk=int(one) if one.isascii() and one.isdigit() and len(one) < 18 else 0)
    urged = reconciliation.urge(waiting, place=place, by=by, at=at)
    if not urged:
        raise Refused("没有可催办的单位：都已答复，或今天已经催办过。")
    return f"已催办{'、'.join(str(each.unit) for each in urged)}。"


ACTS = {"close": _close, "reopen": _reopen, "prolong": _prolong, "add": _add, "urge": _urge}
"""What the office does with a reconciliation, by the name in the address."""
