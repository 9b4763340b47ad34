"""What people do when a month is closed, in one line each."""

from __future__ import annotations

from django.utils import timezone

from huiying.accounts.models import User
from huiying.bulletins import reconciliation, unit_rows
from huiying.bulletins.models import Dispute, Reconciliation, Statement
from huiying.bulletins.reconciliation import Objection
from huiying.cases.models import Case
from huiying.cases.place import Place
from huiying.statistics import periods
from tests.make import at

MARCH = periods.parse("2022-03")
DUE = at(4, 8).date()


def of(begun: Reconciliation, unit: str = "water") -> Statement:
    """A unit's statement as a fresh page shows it."""
    return begun.statements.select_related("reconciliation", "unit").get(unit__code=unit)


def seen(statement: Statement, town: Place) -> str:
    """The digest that the page shows."""
    asked, code = unit_rows.asked_of(statement.reconciliation, town), statement.unit.code
    return unit_rows.digest(unit_rows.rows_of(statement.reconciliation, asked, code).get(code, ()))


def confirm(statement: Statement, town: Place, by: User) -> Statement:
    return reconciliation.confirm(statement, seen=seen(statement, town), place=town, by=by, at=timezone.now())


def object_to(statement: Statement, case: Case, by: User, what: str = "claim") -> Dispute:
    said = Objection(case.number, what, "3月1日已认领", "系统故障，当日电话认领")
    return reconciliation.dispute(statement, said, by=by, at=timezone.now())


def rule(made: Dispute, by: User, *, upheld: bool, note: str = "") -> None:
    reconciliation.rule(made, upheld=upheld, note=note, by=by, at=timezone.now())
