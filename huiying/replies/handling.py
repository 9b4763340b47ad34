"""分办: giving parts of a task inside the unit, taking them back, answering them; and who reaches a task.

Whoever is given a part reaches the task, its request and its files, though the case is another unit's.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import reduce
from operator import or_

from django.db.models import Exists, OuterRef, Q, QuerySet

from huiying.accounts.models import Role, Unit, User
from huiying.cases import moves, permissions
from huiying.cases.models import Assignment
from huiying.cases.place import zone
from huiying.common.errors import Refused
from huiying.replies.models import Handling

UNIT_ROLES = frozenset({Role.CLERK, Role.HEAD})


class NotGiven(Refused):
    """A part that cannot be given, answered or taken back; the message says why."""


def belongs(user: User, task: Assignment) -> bool:
    """Whether the task is the person's own unit's, or one below it."""
    return any(task.unit.path.startswith(unit.path) for unit in permissions.units_of(user))


def own_tasks(user: User) -> QuerySet[Assignment]:
    """The assignments of the person's units and of those below them: the twin of `belongs`."""
    return Assignment.objects.filter(unit__in=Unit.objects.filter(_below(user, "path")))


def _below(user: User, path: str) -> Q:
    """The condition that a unit's path lies in the person's units; of nobody's units it holds for none."""
    wanted = [Q(**{f"{path}__startswith": unit.path}) for unit in permissions.units_of(user)]
    return reduce(or_, wanted, Q(pk__in=[]))


def can_reach(user: User, task: Assignment) -> bool:
    """Whether the person may open the task: as the unit's own, or for a part given to them."""
    return belongs(user, task) or given_to(user).filter(assignment=task).exists()


def reachable(user: User) -> QuerySet[Assignment]:
    """The assignments that `can_reach` allows."""
    given = given_to(user).filter(assignment=OuterRef("pk"))
    return Assignment.objects.filter(_below(user, "unit__path") | Exists(given))


def given_to(user: User) -> QuerySet[Handling]:
    """The parts given to the person, to whom they stand in for, or to their units, and not taken back."""
    if not permissions.units_of(user):
        return Handling.objects.none()
    mine = _below(user, "unit__path") | Q(person__in=[user, *user.givers])
    return Handling.objects.filter(mine, withdrawn_at=None)


def seen_by(user: User) -> QuerySet[Handling]:
    """The parts given to the person or their units; a head sees all that the unit has given out."""
    own = _below(user, "assignment__unit__path") if Role.HEAD in user.roles else Q(pk__in=[])
    return Handling.objects.filter(Q(pk__in=given_to(user).values("pk")) | own, withdrawn_at=None)


def takers(task: Assignment) -> tuple[list[Unit], list[User]]:
    """Whom a part of the task may be given: units below the unit, and its own people."""
    below = Unit.objects.filter(path__startswith=task.unit.path, active=True).exclude(pk=task.unit_id)
    people = User.objects.filter(
        unit__path__startswith=task.unit.path, is_active=True, holdings__role__in=UNIT_ROLES
    )
    return list(below), list(people.select_related("unit").order_by("unit__order", "id").distinct())


def give(task: Assignment, *, to: Unit | User, due_on: date, note: str, by: User, at: datetime) -> Handling:
    """Give a part of the task to a unit below or to one of the unit's people. Raises NotGiven."""
    if not belongs(by, task):
        raise NotGiven(f"该件由“{task.unit}”承办，您不在该单位，不能分办。")
    if task.status not in moves.LIVE:
        raise NotGiven(f"{task.case}：该派单“{task.get_status_display()}”，不必再分办。")
    if to not in (*takers(task)[0], *takers(task)[1]):
        raise NotGiven(f"“{to}”不属于“{task.unit}”，只能分办给本单位的科室、村或人员。")
    if due_on < at.astimezone(zone()).date():
        raise NotGiven(f"内部期限 {due_on} 已经过去，请选今天或以后的日期。")
    if not note:
        raise NotGiven("请写明要求。")
    unit, person = (to, None) if isinstance(to, Unit) else (None, to)
    same = Handling.objects.filter(
        assignment=task, unit=unit, person=person, note=note, answered_at=None, withdrawn_at=None
    )
    if given := same.select_related("given_by").first():
        when = given.given_at.astimezone(zone())
        raise NotGiven(f"{given.given_by}已把同样的要求分办给{to}（{when:%m-%d %H:%M}），不必再分。")
    return Handling.objects.create(
        assignment=task, unit=unit, person=person, note=note, due_on=due_on, given_by=by, given_at=at
    )


def answer(part: Handling, *, result: str, by: User, at: datetime) -> None:
    """Write what came of a part, once. Raises NotGiven."""
    if not (given_to(by).filter(pk=part.pk).exists() or belongs(by, part.assignment)):
        raise NotGiven("这项分办不是交给您的。")
    if not result:
        raise NotGiven("请写明办理结果。")
    _close(part, answered_at=at, answered_by=by, result=result)


def withdraw(part: Handling, *, by: User, at: datetime) -> None:
    """Take a part back that nobody has answered. Raises NotGiven."""
    if not belongs(by, part.assignment):
        raise NotGiven(f"分办由“{part.assignment.unit}”收回，您不在该单位。")
    _close(part, withdrawn_at=at)


def _close(part: Handling, **changes: object) -> None:
    """The WHERE clause is the lock: of two at once the second is told."""
    still_open = Handling.objects.filter(pk=part.pk, answered_at=None, withdrawn_at=None)
    if not still_open.update(**changes):
        raise NotGiven("这项分办已经反馈或收回，请刷新后查看。")
