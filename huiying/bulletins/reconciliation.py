"""对账: opened by the office, gone through by each unit, disputed row by row, ruled, and closed.

The WHERE clause is the lock: a statement changes only from the `revision` that the person saw. What is
confirmed is confirmed as it was shown: rows that have moved meanwhile are shown anew first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from huiying.accounts.models import Unit, User
from huiying.bulletins import rights, styles, unit_rows
from huiying.bulletins.models import (
    DISPUTES,
    ClosingStep,
    Decision,
    Dispute,
    Edition,
    Reconciliation,
    Statement,
    StatementState,
)
from huiying.cases import clocks, permissions
from huiying.cases.lifecycle import NotAllowed
from huiying.cases.models import Event
from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.statistics.periods import Period

CORRECTING = ("amend", "reclassify")
"""The moves that mend what an upheld dispute found wrong."""


class Overtaken(Refused):
    """Somebody else acted on the statement, or its rows moved, since it was shown; nothing was changed."""


def visible_to(user: User) -> QuerySet[Statement]:
    """The statements that a person may open: the office all, a unit's people their own and those below."""
    about = ("reconciliation", "unit", "confirmed_by")
    return Statement.objects.filter(rights.own(user)).select_related(*about)


# The office opens and closes it


@transaction.atomic
def begin(
    place: Place,
    period: Period,
    *,
    due_on: date,
    by: User,
    at: datetime,
    style_name: str = "",
    as_of: datetime | None = None,
    note: str = "",
) -> Reconciliation:
    """Open the reconciliation of a bulletin and give each unit with rows its statement. Raises Refused."""
    rights.permit(by, "run")
    style = styles.choose(place.config, style_name)
    as_of = as_of or period.end(place.keeper.tz)
    if as_of > at:
        raise Refused(f"{period.title}的统计截点还没有到，到期后再开始对账；要提前核对的，请写明较早的截点。")
    _check_due(due_on, at, place)
    chosen = place.config.get("bulletin", {}).get("reconciliation", {}).get("measures", ())
    made = Reconciliation(
        style=style.name,
        period=period.label,
        scopes=[
            {"name": scope.name, "where": {name: list(codes) for name, codes in scope.where.items()}}
            for scope in style.scopes.values()
        ],
        measures=unit_rows.measures_of(style, chosen),
        as_of=as_of,
        due_on=due_on,
        note=note.strip()[:200],
        opened_at=at,
        opened_by=by,
    )
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:
        raise Refused(f"{style.name} {period.label} 已经开始对账，不必再开。") from None
    step("open", by=by, at=at, reconciliation=made)
    if not add_units(made, place, by=by, at=at):
        raise Refused(f"{period.title}没有任何单位的件，不必对账。请核对期间。")
    return made


def _check_due(due_on: date, at: datetime, place: Place) -> None:
    today = clocks.local_date(at, place.keeper.tz)
    if due_on < today:
        raise Refused(f"核对期限 {due_on} 早于今天，请选今天或以后的日期。")


@transaction.atomic
def add_units(reconciliation: Reconciliation, place: Place, *, by: User, at: datetime) -> list[Unit]:
    """Give a statement to each unit that has rows and none yet: rows may come in late."""
    rights.permit(by, "run")
    _check_open(reconciliation)
    had = set(reconciliation.statements.values_list("unit__code", flat=True))
    rows = unit_rows.rows_of(reconciliation, unit_rows.asked_of(reconciliation, place))
    units = [place.units[code] for code in rows if code not in had]
    Statement.objects.bulk_create(
        [Statement(reconciliation=reconciliation, unit=unit) for unit in units], ignore_conflicts=True
    )
    for made in reconciliation.statements.filter(unit__in=units):
        step("hand_out", by=by, at=at, statement=made)
    return units


def close(reconciliation: Reconciliation, *, by: User, at: datetime) -> None:
    """End it: nothing more is confirmed or disputed."""
    rights.permit(by, "run")
    still = Reconciliation.objects.filter(pk=reconciliation.pk, closed_at=None)
    _turn(reconciliation, "close", still, by=by, at=at, closed_at=at)


def reopen(reconciliation: Reconciliation, *, by: User, at: datetime) -> None:
    """Take it up again."""
    rights.permit(by, "run")
    ended = Reconciliation.objects.filter(pk=reconciliation.pk, closed_at__isnull=False)
    _turn(reconciliation, "reopen", ended, by=by, at=at, closed_at=None)


def prolong(reconciliation: Reconciliation, due_on: date, *, place: Place, by: User, at: datetime) -> None:
    """Move the date by which units are to answer."""
    rights.permit(by, "run")
    _check_due(due_on, at, place)
    seen = Reconciliation.objects.filter(pk=reconciliation.pk, closed_at=None, due_on=reconciliation.due_on)
    _turn(reconciliation, "prolong", seen, by=by, at=at, due_on=due_on)


@transaction.atomic
def _turn(
    subject: Reconciliation,
    kind: str,
    seen: QuerySet[Reconciliation],
    *,
    by: User,
    at: datetime,
    **changes: Any,
) -> None:
    if not seen.update(**changes):
        last = subject.steps.select_related("by").last()
        who = last.by if last and last.by else "他人"
        raise Overtaken(f"{subject}刚刚已由{who}改动，请核对现在的情况。")
    subject.refresh_from_db()
    step(kind, by=by, at=at, reconciliation=subject, data={"due_on": str(subject.due_on)})


@transaction.atomic
def urge(statements: Iterable[Statement], *, place: Place, by: User, at: datetime) -> list[Statement]:
    """Remind units that have not confirmed, each once a day; those that were reminded."""
    rights.permit(by, "run")
    today = clocks.local_date(at, place.keeper.tz)
    midnight = clocks.end_of_day(today, place.keeper.tz) - clocks.ONE_DAY
    urged = []
    for statement in statements:
        _check_open(statement.reconciliation)
        waiting = Statement.objects.filter(pk=statement.pk, state=StatementState.WAITING)
        if waiting.filter(Q(urged_at=None) | Q(urged_at__lt=midnight)).update(urged_at=at):
            step("urge", by=by, at=at, statement=statement)
            urged.append(statement)
    return urged


def _check_open(reconciliation: Reconciliation) -> None:
    if reconciliation.closed_at is not None:
        raise NotAllowed(f"{reconciliation}已经结束，不能再改动。需要补核对的，请办公室重新打开。")


# A unit answers


@transaction.atomic
def confirm(statement: Statement, *, seen: str, place: Place, by: User, at: datetime) -> Statement:
    """Confirm all rows as they were shown: `seen` is their digest. Raises NotAllowed or Overtaken."""
    rights.permit(by, "unit", statement.unit)
    _check_open(statement.reconciliation)
    if statement.disputes.filter(decision=Decision.PENDING).exists():
        raise NotAllowed("还有异议没有裁定，裁定后再确认。")
    asked, code = unit_rows.asked_of(statement.reconciliation, place), statement.unit.code
    rows = unit_rows.rows_of(statement.reconciliation, asked, code).get(code, ())
    digest = unit_rows.digest(rows)
    if digest != seen:
        raise Overtaken("您核对期间这些件的情况有变，还没有确认。下面是现在的情况，请核对后再按一次。")
    said = {"digest": digest, "cases": len(rows)}
    known = asked.facts.known_at
    _move(statement, StatementState.CONFIRMED, confirmed_at=at, confirmed_by=by, known_at=known, **said)
    _unit_step("confirm", statement, by=by, at=at, data=said | {"known_at": known.isoformat()})
    return statement


def _move(statement: Statement, state: StatementState, **changes: Any) -> None:
    """Change the statement from the revision that was seen. Raises Overtaken."""
    mine = Statement.objects.filter(
        pk=statement.pk, revision=statement.revision, reconciliation__closed_at=None
    )
    if not mine.update(state=state, revision=F("revision") + 1, **changes):
        raise Overtaken(f"{statement.unit}的对账单刚刚已由他人处理，这次没有改动。请核对现在的情况。")
    statement.refresh_from_db()


def _unit_step(kind: str, statement: Statement, *, by: User, at: datetime, **more: Any) -> None:
    data = more.pop("data", {}) | (rights.standing(by, statement.unit) or {})
    step(kind, by=by, at=at, statement=statement, data=data, **more)


@dataclass(frozen=True, slots=True)
class Objection:
    """What a unit says of a row: of which case, what is wrong, what it should be, and why."""

    number: str
    what: str
    wanted: str
    reason: str


@transaction.atomic
def dispute(statement: Statement, said: Objection, *, by: User, at: datetime) -> Dispute:
    """Hold one row to be wrong (or to be missing). Raises NotAllowed, Overtaken or Refused."""
    rights.permit(by, "unit", statement.unit)
    _check_open(statement.reconciliation)
    case = permissions.visible_to(by).filter(number=said.number.strip()).first()
    if case is None:
        raise Refused(f"没有编号为“{said.number.strip()}”、由您单位承办的件，请核对编号。")
    if said.what not in DISPUTES:
        raise Refused("请选择何处不对。")
    if not said.wanted.strip() or not said.reason.strip():
        raise Refused(f"{case.number}：请写明应为怎样，以及理由。")
    if statement.disputes.filter(case=case, decision__in=(Decision.PENDING, Decision.REJECTED)).exists():
        raise NotAllowed(f"{case.number}：已经提过异议，同一件不再提。")
    _move(statement, StatementState.DISPUTED)
    made = Dispute.objects.create(
        statement=statement,
        case=case,
        what=said.what,
        wanted=said.wanted.strip()[:200],
        reason=said.reason.strip(),
        raised_by=by,
        raised_at=at,
    )
    _unit_step("dispute", statement, by=by, at=at, dispute=made)
    return made


@transaction.atomic
def withdraw(dispute: Dispute, *, by: User, at: datetime) -> None:
    """Take an objection back that nobody has ruled on yet."""
    rights.permit(by, "unit", dispute.statement.unit)
    _check_open(dispute.statement.reconciliation)
    _decide(dispute, Decision.WITHDRAWN, "", by=by, at=at)
    _unit_step("withdraw", dispute.statement, by=by, at=at, dispute=dispute)


# The office rules


@transaction.atomic
def rule(dispute: Dispute, *, upheld: bool, note: str, by: User, at: datetime) -> None:
    """Uphold an objection, so that the case is to be corrected, or reject it with a reason, once."""
    rights.permit(by, "rule")
    if not upheld and not note.strip():
        raise Refused(f"{dispute.case.number}：不采纳的，请写明理由。")
    _decide(dispute, Decision.UPHELD if upheld else Decision.REJECTED, note.strip(), by=by, at=at)
    step("rule", by=by, at=at, statement=dispute.statement, dispute=dispute, data={"upheld": upheld})


def _decide(dispute: Dispute, decision: Decision, note: str, *, by: User, at: datetime) -> None:
    pending = Dispute.objects.filter(pk=dispute.pk, decision=Decision.PENDING)
    if not pending.update(decision=decision, decision_note=note, decided_by=by, decided_at=at):
        raise Overtaken(f"{dispute.case.number} 的异议刚刚已由他人裁定或撤回，请核对现在的情况。")
    dispute.refresh_from_db()
    statement = Statement.objects.get(pk=dispute.statement_id)
    _move(statement, _state(statement))
    dispute.statement = statement


def _state(statement: Statement) -> StatementState:
    """Where a statement stands by its disputes."""
    made = statement.disputes.exclude(decision=Decision.WITHDRAWN)
    if made.filter(decision=Decision.PENDING).exists():
        return StatementState.DISPUTED
    return StatementState.RULED if made.exists() else StatementState.WAITING


def step(kind: str, *, by: User | None, at: datetime, note: str = "", data: Any = None, **about: Any) -> None:
    """Write what was done; `about` names what it was done to."""
    statement = about.get("statement")
    if statement is not None:
        about.setdefault("reconciliation", statement.reconciliation)
    ClosingStep.objects.create(kind=kind, by=by, at=at, note=note, data=data or {}, **about)


# What is still open


def disputes_of(statements: QuerySet[Statement]) -> QuerySet[Dispute]:
    """The objections of some statements; `corrected` says whether the case was corrected since the ruling."""
    found = Dispute.objects.filter(statement__in=statements.order_by().values("pk"))
    about = ("case__nature", "case__person", "statement__unit", "statement__reconciliation")
    return found.annotate(corrected=_corrected()).select_related(*about, "raised_by", "decided_by")


def _corrected() -> Exists:
    since = Q(case=OuterRef("case"), kind__in=CORRECTING, recorded_at__gte=OuterRef("decided_at"))
    return Exists(Event.objects.filter(since))


def required(place: Place) -> bool:
    """Whether the place forbids publishing before the units have agreed."""
    return bool(place.config.get("bulletin", {}).get("reconciliation", {}).get("required"))


def open_points(edition: Edition, place: Place) -> list[str]:
    """What of the reconciliation speaks against publishing an edition, in sentences."""
    found = Reconciliation.objects.filter(style=edition.style, period=edition.period).first()
    if found is None:
        return ["本期还没有对账。"] if required(place) else []
    return [*_unsettled(found), *_out_of_step(found, edition)]


def _unsettled(found: Reconciliation) -> list[str]:
    unconfirmed = found.statements.filter(state=StatementState.WAITING).select_related("unit")
    waiting = [str(each.unit) for each in unconfirmed]
    disputes = disputes_of(found.statements.all())
    pending = disputes.filter(decision=Decision.PENDING).count()
    uncorrected = disputes.filter(~_corrected(), decision=Decision.UPHELD)
    numbers = list(uncorrected.values_list("case__number", flat=True))
    said = []
    if waiting:
        said.append(f"{len(waiting)} 个单位还没有确认：{'、'.join(waiting)}。")
    if pending:
        said.append(f"{pending} 条异议还没有裁定。")
    if numbers:
        said.append(f"{len(numbers)} 条异议已采纳、还没有更正：{'、'.join(numbers)}。")
    return said


def _out_of_step(found: Reconciliation, edition: Edition) -> list[str]:
    said = []
    if found.as_of != edition.as_of:
        said.append("对账与通报的统计截点不同，核对过的不是通报所计的件。")
    upheld = found.statements.filter(disputes__decision=Decision.UPHELD).values("disputes__case")
    later = Event.objects.filter(
        case__in=upheld, kind__in=CORRECTING, recorded_at__gt=max(edition.known_at, found.opened_at)
    )
    if numbers := sorted(set(later.values_list("case__number", flat=True))):
        said.append(f"起草之后又更正了 {'、'.join(numbers)}，请重新起草。")
    return said


def progress(reconciliations: QuerySet[Reconciliation]) -> QuerySet[Reconciliation]:
    """With how many units stand where: `units`, `waiting`, `confirmed`, `disputed`, `ruled`."""
    counts = {str(state): Count("statements", filter=Q(statements__state=state)) for state in StatementState}
    return reconciliations.annotate(units=Count("statements"), **counts)
