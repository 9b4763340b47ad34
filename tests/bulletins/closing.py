"""What people do when a month is closed, in one line each."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from huiying.accounts.models import User
from huiying.bulletins import authored, editions, reconciliation, rectification, unit_rows
from huiying.bulletins.models import Dispute, Edition, Reconciliation, Rectification, Statement
from huiying.bulletins.reconciliation import Objection
from huiying.bulletins.rectification import Demand, Texts
from huiying.cases.models import Case
from huiying.cases.place import Place
from huiying.statistics import periods
from huiying.statistics.periods import Period
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


# After the bulletin

ANSWER = Texts("管段老化，认领不及时。", "更换管段，明确专人认领。", "已更换老化管段，专人当日认领。")


def published(town: Place, *problems: str, period: Period = MARCH, **instants: Any) -> Edition:
    """The bulletin of March as published now, without its files."""
    written = authored.parse({"problems": list(problems), "next_steps": []})
    now = timezone.now()
    edition = editions.draft(town, period, at=now, authored=written, **instants)
    Edition.objects.filter(pk=edition.pk).update(published_at=now)
    return Edition.objects.get(pk=edition.pk)


def ask(edition: Edition, town: Place, by: User, unit: str = "water") -> Rectification:
    """One unit is asked for its answer."""
    demand = Demand(town.units[unit], "认领不及时。")
    due_on = timezone.now().date() + timedelta(days=6)
    return rectification.ask(edition, [demand], due_on=due_on, place=town, by=by, at=timezone.now())[0]


def advance(asked: Rectification, name: str, town: Place, by: User, **said: Any) -> Rectification:
    """One step with the row as a fresh page shows it."""
    fresh = Rectification.objects.select_related("unit", "edition").get(pk=asked.pk)
    rectification.advance(fresh, name, place=town, by=by, at=timezone.now(), **said)
    return fresh
