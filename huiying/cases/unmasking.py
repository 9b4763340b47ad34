"""查看诉求人: the citizen's data in clear, for those who must speak to them; each view is recorded.

个人信息保护法 Art. 6, 25: the least that the work needs, to those whose work needs it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet

from huiying.accounts.models import Role, TrailKind, Unit, User
from huiying.accounts.trail import note
from huiying.cases import permissions
from huiying.cases.lifecycle import NotAllowed
from huiying.cases.models import Assignment, Case
from huiying.cases.moves import LIVE
from huiying.cases.persons import PersonData, reveal
from huiying.cases.privacy import GUARDED, is_guarded

SPEAKS = frozenset({Role.OPERATOR, Role.DISPATCHER, Role.REVIEWER, Role.CALLBACK, Role.SUPERVISOR})
"""Those of the office who speak with citizens; who only reads or writes bulletins does not."""
NOBODYS = Q(pk__in=())


def why_not(user: User, case: Case, at_work: Iterable[Unit]) -> str:
    """Why the person may not see the citizen in clear, or "". `at_work` are the units with a live task."""
    if case.person is None or case.person.erased_at:
        return "本件没有登记诉求人。"
    if not user.is_active:
        return "该账号已停用。"
    if SPEAKS & user.roles:
        return ""
    if is_guarded(case):
        return "本件保护诉求人，承办单位不能查看其姓名和电话。"
    paths = tuple(unit.path for unit in permissions.units_of(user))
    if paths and any(unit.path.startswith(paths) for unit in at_work):
        return ""
    return "诉求人的电话由话务员、派单员、审核员、回访员、督办员或正在办理的单位查看。"


def speaks(user: User) -> bool:
    """Whether there may be any citizen whom the person may see in clear."""
    return user.is_active and bool(SPEAKS & user.roles or permissions.units_of(user))


def can_unmask(user: User, case: Case) -> bool:
    """Whether the person may see the citizen of this case in clear."""
    return not why_not(user, case, _at_work(case))


def unmaskable_by(user: User, cases: QuerySet[Case] | None = None) -> QuerySet[Case]:
    """The cases that `can_unmask` allows."""
    known = (Case.objects.all() if cases is None else cases).filter(
        person__isnull=False, person__erased_at=None
    )
    if not user.is_active:
        return known.none()
    if SPEAKS & user.roles:
        return known
    below = reduce(or_, (Q(unit__path__startswith=unit.path) for unit in permissions.units_of(user)), NOBODYS)
    given = Assignment.objects.filter(below, status__in=LIVE)
    return known.filter(~GUARDED, pk__in=given.values("case_id"))


def _at_work(case: Case) -> list[Unit]:
    live = case.assignments.filter(status__in=LIVE).select_related("unit")
    return [task.unit for task in live]


def unmask(case: Case, *, reason: str, by: User, at: datetime) -> PersonData:
    """The citizen in clear, once, written into the trail with the reason. Raises NotAllowed."""
    if why := why_not(by, case, _at_work(case)):
        raise NotAllowed(f"{case.number}：{why}")
    if not reason.strip():
        raise NotAllowed("请写明查看的理由。")
    assert case.person is not None
    note(by, TrailKind.UNMASK, at=at, subject=case.number, reason=reason.strip())
    return reveal(case.person)
