"""One thing more for each desk of the demonstration: an appeal, a letter, a part given on, a substitute, a
question to the citizen, a score, an instruction, a call put through, two calls of one matter, a month to
reconcile. Each by the function that its screen calls.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from huiying.accounts import people as accounts
from huiying.accounts.models import Role, Unit, User
from huiying.bulletins import closing_notices, reconciliation
from huiying.bulletins.models import Reconciliation
from huiying.bulletins.reconciliation import Objection
from huiying.cases import lifecycle
from huiying.cases.models import Case, Event
from huiying.cases.place import Place
from huiying.dispatch import merging, supervision
from huiying.intake import calls as call_log
from huiying.intake import scores
from huiying.intake.kinds import CRITERIA
from huiying.notices import telling
from huiying.notices.models import Cursor, Notice
from huiying.ops.demo_data import Plan
from huiying.quality import appeals, calls
from huiying.quality.models import CallBack, CallBackState
from huiying.replies import contact, handling
from huiying.statistics import periods

AWAY = timedelta(days=2)
DAYS_TO_CHECK = 5
AFTER = timedelta(hours=1)
FRESH = timedelta(days=1)
"""So old a notice is when its reader has read it."""
MARKS = dict.fromkeys(CRITERIA, 4)


def fill(
    place: Place,
    plan: Plan,
    people: Mapping[str, User],
    made: Mapping[str, Case],
    *,
    style_name: str,
    at: datetime,
) -> None:
    """Fill the desks that the cases of today alone leave empty; `made` is those cases by name."""
    today = at.astimezone(place.keeper.tz).date()
    soon = place.keeper.calendar.add_workdays(today, 2)
    for name in ("appealed", "unsolved"):
        _not_content(place, made[name], people, at)
    _appeal(made["appealed"], people, at)
    _letter(made["letter"], people, soon, at)
    _part(made["part"], people, soon, at)
    _question(made["asked"], people, at)
    _score(made["asked"], people[Role.SUPERVISOR], at)
    _instruction(made["passed on"], people[Role.LEADER], soon, at)
    _remark(made["letter"], people[Role.CALLBACK], at)
    call_log.log("police", by=people[Role.OPERATOR], at=at)
    merging.merge_into(made["merged"], into=made["shared"].number, by=people[Role.DISPATCHER], at=at)
    _substitute(plan, people, today, at)
    month = reconciliation.begin(
        place,
        periods.parse(plan.months[-1].period),
        style_name=style_name,
        due_on=place.keeper.calendar.add_workdays(today, DAYS_TO_CHECK),
        by=people[Role.EDITOR],
        at=at,
    )
    _objection(month, people, at)


def _not_content(place: Place, case: Case, people: Mapping[str, User], at: datetime) -> None:
    """A citizen who was called says that nothing was solved: the supervisor decides, the unit may appeal."""
    for task in CallBack.objects.filter(case=case, state=CallBackState.OPEN).select_related("case__lead"):
        calls.record(
            task,
            outcome="reached",
            solved=False,
            satisfied="dissatisfied",
            reason="untrue",
            note="诉求人称到现场看过，问题仍在。",
            by=people[Role.CALLBACK],
            at=at - timedelta(hours=1),
            place=place,
        )


def _appeal(case: Case, people: Mapping[str, User], at: datetime) -> None:
    for mark in CallBack.objects.filter(case=case, proposal="pending").select_related("case", "marked__unit"):
        if mark.marked and (who := _of(mark.marked.unit, people)):
            appeals.ask(mark, reason="复查当天已整改完毕，附现场照片和回执。", by=who, at=at)


def _of(unit: Unit, people: Mapping[str, User], role: str = Role.CLERK) -> User | None:
    """The person of a unit, where the demonstration has one."""
    own = (user for name, user in people.items() if name.startswith(f"{role}_") and user.unit_id == unit.pk)
    return next(own, None)


def _letter(case: Case, people: Mapping[str, User], due_on: date, at: datetime) -> None:
    unit = supervision.units_at_work(case)[0]
    text = "群众多次反映，请明确专人负责，限期办结并书面报告结果。"
    supervision.supervise(case, unit=unit, due_on=due_on, text=text, by=people[Role.SUPERVISOR], at=at)


def _question(case: Case, people: Mapping[str, User], at: datetime) -> None:
    """The unit asks the citizen for what it must know: nothing has come yet."""
    task = case.assignments.select_related("unit", "case").get(no=1)
    if who := _of(task.unit, people):
        asked = contact.Contact(at - AFTER, "phone", "ask", "reached", "", "请诉求人补充具体楼栋和照片。")
        contact.record(task, asked, by=who, at=at, seq=case.seq)


def _score(case: Case, by: User, at: datetime) -> None:
    for drawn in scores.found([f"c{case.pk}"], by=by):
        scores.score(drawn, MARKS, by=by, at=at, note="记录完整，地点可再问细一些。")


def _instruction(case: Case, by: User, due_on: date, at: datetime) -> None:
    said = "请办公室明确牵头单位，限期答复群众。"
    supervision.instruct(case, by=by, at=at, note=said, due=due_on.isoformat())


def _remark(case: Case, by: User, at: datetime) -> None:
    case.refresh_from_db()
    lifecycle.advance(case, "remark", by=by, at=at, note="诉求人白天上班，请在晚上七点以后联系。")


def _part(case: Case, people: Mapping[str, User], due_on: date, at: datetime) -> None:
    """The head gives a part of the work to the clerk."""
    task = case.assignments.select_related("unit", "case").get(no=1)
    head, clerk = _of(task.unit, people, Role.HEAD), _of(task.unit, people)
    if head and clerk:
        handling.give(task, to=clerk, due_on=due_on, note="请到现场核实并拍照。", by=head, at=at)


def _substitute(plan: Plan, people: Mapping[str, User], today: date, at: datetime) -> None:
    """The last unit's clerk is away, and the first unit's stands in."""
    giver, taker = (people[f"clerk_{key}"] for key, _ in (plan.clerks[-1], plan.clerks[0]))
    if giver != taker:
        accounts.delegate(
            giver,
            taker,
            from_on=today,
            until_on=today + AWAY,
            reason="外出培训",
            by=giver,
            today=today,
            at=at,
        )


def _objection(month: Reconciliation, people: Mapping[str, User], at: datetime) -> None:
    """One unit holds a row to be wrong: an editor has to rule on it."""
    for statement in month.statements.select_related("unit", "reconciliation"):
        who = _of(statement.unit, people)
        case = (
            Case.objects.filter(lead__unit=statement.unit, received_at__lt=month.as_of)
            .order_by("-id")
            .first()
        )
        if who and case:
            said = Objection(case.number, "reply", "按期反馈", "反馈当天系统登录异常，已电话报告办公室。")
            reconciliation.dispute(statement, said, by=who, at=at)
            return


def tell(place: Place, people: Mapping[str, User], made: Mapping[str, Case], *, at: datetime) -> None:
    """The notices of these days, each of its own time. Read are those of the days before, and those that say
    of a unit that it has nobody here."""
    first = Event.objects.filter(case__in=[case.pk for case in made.values()]).order_by("pk")[0]
    Cursor.objects.create(pk=1, event=first.pk - 1, read_at=at)
    telling.take_in(place, at)
    told = list(Notice.objects.filter(key__regex=r"^\d+$").order_by("pk"))
    happened = dict(
        Event.objects.filter(pk__in={int(each.key) for each in told}).values_list("pk", "happened_at")
    )
    for each in told:
        each.created_at = happened.get(int(each.key), at)
        each.read_at = each.created_at if each.created_at < at - FRESH else each.read_at
    Notice.objects.filter(pk__in=[each.pk for each in told]).delete()
    told.sort(key=lambda each: each.created_at)
    for each in told:
        each.pk = None
    Notice.objects.bulk_create(told)
    closing_notices.remind(place, at)
    nobody = Notice.objects.filter(user=people[Role.DISPATCHER], rule="reconcile.hand_out")
    nobody.update(read_at=at)
