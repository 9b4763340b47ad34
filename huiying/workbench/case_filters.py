"""The further conditions of the case list, as a table: what each is called, what may be chosen, what it asks.

A condition is one on a case's own columns, with an index for all values but the usual one, or it asks for
rows that hang on cases: they are looked up where few have them, else for each case of the walk
(`case_walk.Walk`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from huiying.accounts.models import Unit, User
from huiying.cases import unmasking
from huiying.cases.deadlines import Keeper
from huiying.cases.models import IN_A_VILLAGE, Accused, Assignment, Attachment, Case, ClockRun, Event, Ruling
from huiying.cases.moves import ENDING_TITLES, GONE, Ending
from huiying.cases.timeline import SATISFACTION, URGENCIES
from huiying.quality.models import CallBack, CallBackState
from huiying.workbench import due

Rows = QuerySet[Any, Any]


@dataclass(frozen=True)
class Filter:
    """One condition: on cases, or rows whose `case_id` names them. Without `choices` the words are typed;
    all values but the `usual` one make a case a marked one (`models.MARKED`)."""

    label: str
    wanted: Callable[[str], Q | Rows]
    choices: Mapping[str, str] = field(default_factory=dict)
    usual: str = ""

    def knows(self, text: str) -> bool:
        return text in self.choices if self.choices else True


def _been_through(what: str) -> Rows:
    return Event.objects.filter(kind=what)


def _given_back(least: str) -> Rows:
    asked = Ruling.objects.filter(kind="return").exclude(decision="dropped").order_by()
    return asked.values("case_id").annotate(asked=Count("pk")).filter(asked__gte=int(least))


def _called(what: str) -> Rows:
    if what == "unsolved":
        return CallBack.objects.filter(solved=False)
    if what in CallBackState:
        return CallBack.objects.filter(state=what)
    return CallBack.objects.filter(satisfied=what)


def _handled(name: str) -> Rows:
    people = User.objects.filter(Q(name=name) | Q(username=name)).values_list("pk", flat=True)
    return Event.objects.filter(actor__in=list(people))


def _merged(how: str) -> Q | Rows:
    if how == "into":
        return Q(ending=Ending.MERGED)
    return named(Case.objects.filter(merged_into__isnull=False), "merged_into_id")


def _repeated(how: str) -> Rows:
    repeats = Case.objects.filter(repeat_of__isnull=False)
    return named(repeats, "pk" if how == "is" else "repeat_of_id")


def named(cases: QuerySet[Case], by: str = "pk") -> Rows:
    """Cases as rows that name them, or others, for what an index finds that is not in the walk's order."""
    return cases.annotate(case_id=F(by))


FILTERS = {
    "urgency": Filter("紧急程度", lambda code: Q(urgency=code), URGENCIES, usual="normal"),
    "secret": Filter(
        "保密", lambda code: Q(secret=code == "yes"), {"yes": "保密", "no": "不保密"}, usual="no"
    ),
    "ending": Filter(
        "办结方式",
        lambda code: Q(ending=code),
        {str(code): title for code, title in ENDING_TITLES.items() if code},
        usual=str(Ending.ANSWERED),
    ),
    "been": Filter(
        "办理经过",
        _been_through,
        {
            "send_back": "退回重办过",
            "reopen": "重办过",
            "grant_extension": "延过期",
            "supplement": "补充过材料",
            "urge": "催办过",
            "supervise": "督办过",
            "instruct": "有领导批示",
        },
    ),
    "back": Filter("申请退办", _given_back, {"1": "申请过", "2": "两次以上", "3": "三次以上"}),
    "called": Filter(
        "回访",
        _called,
        {"open": "待回访", "missed": "多次未接通", "declined": "拒访", "unsolved": "未解决"} | SATISFACTION,
    ),
    "merged": Filter("并单", _merged, {"into": "已并入他件", "from": "有件并入"}, usual="no"),
    "repeat": Filter("重复诉求", _repeated, {"is": "按重复诉求答复", "has": "有件与之重复"}),
    "files": Filter("附件", lambda code: Attachment.objects.all(), {"yes": "有附件"}),
    "handler": Filter("经手人", _handled),
    "upper": Filter("上级编号", lambda text: named(Case.objects.filter(upper_number=text))),
    "village": Filter("村（社区）", lambda text: IN_A_VILLAGE & Q(village=text)),
}
PERIODS = {"dispatched": "派单", "replied": "反馈", "closed": "办结"}
"""By which of a case's instants else than its receipt a period may be asked for."""
CALLER = "caller"
"""The digest of the number from which cases were told; never the number itself, for addresses are kept."""
ACCUSED = {"any": "任何单位"}
EMPTY = "-"
BLANKS = {"nature": "（没有核定）", "topic": "（没有分类）", "area": "（没有填写）"}
"""What may be asked for as not being there."""
PARTS = {"lead": "牵头", "co": "协办"}


def clock_rows(kind: str, state: str, now: datetime, keeper: Keeper) -> Rows:
    """The running clocks of a kind ("": of any) that stand so ("": in any way)."""
    running = ClockRun.objects.filter(stopped_at=None, superseded=False)
    running = running.filter(kind=kind) if kind else running
    return running.filter(due.within(state, now, keeper)) if state else running


def part_rows(role: str, units: Iterable[Unit]) -> Rows:
    """The tasks, not given back, in which one of these units (none: any), or one below it, leads or helps."""
    return Assignment.objects.filter(_below(units), role=role).exclude(status__in=GONE)


def accused_rows(units: Iterable[Unit]) -> Rows:
    """Who is complained of, where it is one of these units (none: any), or one below it."""
    return Accused.objects.filter(_below(units), kind="unit")


def caller_rows(user: User, digest: str) -> Rows:
    """The cases told from a number, of those whose citizen the person may see in clear: nobody else finds a
    citizen, and nobody a protected one, by trying numbers."""
    return named(unmasking.unmaskable_by(user).filter(person__phone_index=digest))


def _below(units: Iterable[Unit]) -> Q:
    return reduce(or_, (Q(unit__path__startswith=unit.path) for unit in units), Q())
