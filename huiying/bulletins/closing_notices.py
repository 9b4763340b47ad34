"""What closes the month, told: from the steps that were written and from dates that run out, once each.

A key names whose page the notice leads to: `statement:7:…`, `rectification:7:…`. What several units without
people should hear is one notice to the dispatchers, which leads to all of them: `reconciliation:7:…`,
`rectifications:7:…`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from huiying.accounts.models import Unit, User
from huiying.bulletins import rectification
from huiying.bulletins.models import ClosingStep, Dispute, Rectification, Statement, StatementState
from huiying.cases import clocks
from huiying.cases.clocks import ClockState
from huiying.cases.models import Case
from huiying.cases.place import Place
from huiying.cases.workdays import UnknownYear
from huiying.notices.models import Notice
from huiying.notices.people import Lost, People
from huiying.notices.rules import CLOSING, Settings, settings_of
from huiying.notices.telling import Told, tell
from huiying.statistics import periods

NAMED = 130
"""So many characters of the names of units without people stand in one notice."""
BACK = timedelta(days=14)
"""What was done longer ago is not told any more."""
STAGES = {
    ClockState.YELLOW: "soon",
    ClockState.DUE_TODAY: "soon",
    ClockState.OVERDUE: "overdue",
    ClockState.RED: "overdue",
}


def remind(place: Place, now: datetime) -> int:
    """Tell what has not been told yet; how many notices were added. May run twice without harm."""
    chosen = settings_of(place)
    done = set(
        Notice.objects.filter(rule__in=CLOSING, created_at__gt=now - 2 * BACK).values_list("rule", "key")
    )
    causes = [each for each in _causes(place, now) if each.rule in CLOSING and each.rule not in chosen.off]
    wanted = [each for each in causes if (each.rule, each.key) not in done]
    return tell(_told(wanted, chosen, place, now), chosen, now) if wanted else 0


@dataclass(frozen=True, slots=True)
class Cause:
    """Something to tell: by which rule, under which key, about which unit and case. `words` fill its text;
    `by`, who did it, is not told. `of` names what it is about for all units at once."""

    rule: str
    key: str
    unit: Unit
    words: dict[str, str]
    case: Case | None = None
    by: int | None = None
    of: str = ""


def _causes(place: Place, now: datetime) -> Iterator[Cause]:
    yield from _steps(now)
    yield from _dates(place, now)


def _told(causes: list[Cause], chosen: Settings, place: Place, now: datetime) -> Iterator[Told]:
    people = People(clocks.local_date(now, place.keeper.tz))
    lost: dict[tuple[str, str, str], list[Told]] = {}
    for each in causes:
        rule = chosen.rules[each.rule]
        meant = people.meant(rule.to, {"live": [each.unit]})
        meant = {user: remark for user, remark in meant.items() if user.pk != each.by}
        number = each.case.number if each.case else ""
        text = rule.text.format(unit=each.unit.name, number=number, **each.words)
        told = Told(rule, each.key, each.case, text, meant, (each.unit,))
        instead: dict[User, str] = {
            user: remark for user, remark in meant.items() if isinstance(remark, Lost)
        }
        if instead and each.of and not each.case:
            shared = rule.text.format(unit="{unit}", number="", **each.words)
            lost.setdefault((rule.name, each.of, shared), []).append(replace(told, to=instead))
            told = replace(told, to={user: remark for user, remark in meant.items() if user not in instead})
        yield told
    for (name, of, text), rows in lost.items():
        newest = max(map(_mark, _told_of(name, of)), default=(0, ""))
        if fresh := [told for told in rows if _mark(told.key) > newest]:
            yield _together(of, text, fresh)


def _told_of(rule: str, of: str) -> list[str]:
    """The keys of what was told of several units at once."""
    return list(Notice.objects.filter(rule=rule, key__startswith=f"{of}:").values_list("key", flat=True))


def _mark(key: str) -> tuple[int, str]:
    """The step or day that a key ends in, to be compared."""
    mark = key.rpartition(":")[2]
    return len(mark), mark


def _together(of: str, text: str, rows: list[Told]) -> Told:
    """One notice for several units without people; that of one alone stays as it is."""
    if len(rows) == 1:
        return rows[0]
    names = [unit.name for told in rows for unit in told.units]
    named = [name for no, name in enumerate(names, 1) if len("、".join(names[:no])) <= NAMED]
    said = "、".join(named) + (f"等 {len(names)} 个单位" if len(named) < len(names) else "")
    key = max((told.key for told in rows), key=_mark)
    to = {user: "（都没有可通知的人员）" for told in rows for user in told.to}
    return Told(rows[0].rule, f"{of}:{_mark(key)[1]}", None, text.format(unit=said), to, ())


def _steps(now: datetime) -> Iterator[Cause]:
    """What was done to a statement or to a rectification."""
    steps = ClosingStep.objects.filter(at__gt=now - BACK)
    about = ("statement__unit", "statement__reconciliation", "dispute__case")
    for step in steps.select_related(*about, "rectification__unit", "rectification__edition").order_by("pk"):
        if statement := step.statement:
            key, case = f"statement:{statement.pk}:{step.pk}", step.dispute.case if step.dispute else None
            words = _words(statement) | {"said": _decision(step.dispute)}
            of = _all_of(statement)
            yield Cause(f"reconcile.{step.kind}", key, statement.unit, words, case, step.by_id, of)
        elif asked := step.rectification:
            key = f"rectification:{asked.pk}:{step.pk}"
            of = f"rectifications:{asked.edition_id}"
            yield Cause(f"rectify.{step.kind}", key, asked.unit, _bulletin(asked), by=step.by_id, of=of)


def _all_of(statement: Statement) -> str:
    return f"reconciliation:{statement.reconciliation_id}"


def _words(statement: Statement) -> dict[str, str]:
    asked = statement.reconciliation
    return {"period": periods.parse(asked.period).title, "due": str(asked.due_on)}


def _bulletin(asked: Rectification) -> dict[str, str]:
    return {"period": periods.parse(asked.edition.period).title, "due": str(asked.due_on)}


def _decision(dispute: Dispute | None) -> str:
    return str(dispute.get_decision_display()) if dispute else ""


def _dates(place: Place, now: datetime) -> Iterator[Cause]:
    """Statements that nobody has confirmed, and answers still owed, whose date is near or over."""
    waiting = Statement.objects.filter(state=StatementState.WAITING, reconciliation__closed_at=None)
    for statement in waiting.select_related("unit", "reconciliation"):
        due_on = statement.reconciliation.due_on
        if stage := _stage(due_on, place, now):
            key = f"statement:{statement.pk}:{due_on}"
            of = _all_of(statement)
            yield Cause(f"reconcile.{stage}", key, statement.unit, _words(statement), of=of)
    owed = Rectification.objects.filter(status__in=rectification.OWED)
    for asked in owed.select_related("unit", "edition"):
        if stage := _stage(asked.due_on, place, now):
            key = f"rectification:{asked.pk}:{asked.due_on}"
            of = f"rectifications:{asked.edition_id}"
            yield Cause(f"rectify.{stage}", key, asked.unit, _bulletin(asked), of=of)


def _stage(due_on: date, place: Place, now: datetime) -> str:
    """ "soon", "overdue" or "" by the last day; where the calendar does not reach, the date alone tells."""
    due_at = clocks.end_of_day(due_on, place.keeper.tz)
    try:
        return STAGES.get(clocks.state(due_at, now, place.keeper.calendar, place.keeper.tz), "")
    except UnknownYear:
        return "overdue" if now >= due_at else ""
