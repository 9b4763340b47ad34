"""Who closes the month: who runs it, who rules, and who speaks for a unit. A refusal says why."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from huiying.accounts.models import Role, Unit, User
from huiying.cases import permissions
from huiying.cases.lifecycle import NotAllowed


@dataclass(frozen=True, slots=True)
class Right:
    """The roles that may, how to say so, and whether they must be the unit's own (or of one above it)."""

    roles: frozenset[str]
    said: str
    of_unit: bool = False


RIGHTS = {
    "run": Right(frozenset({Role.EDITOR, Role.DISPATCHER}), "通报编辑或派单员"),
    "rule": Right(frozenset({Role.EDITOR, Role.DISPATCHER, Role.REVIEWER}), "通报编辑、派单员或审核员"),
    "judge": Right(frozenset({Role.EDITOR, Role.SUPERVISOR}), "通报编辑或督办员"),
    "unit": Right(frozenset({Role.CLERK, Role.HEAD}), "该单位的经办人或负责人", of_unit=True),
    "head": Right(frozenset({Role.HEAD}), "该单位的负责人", of_unit=True),
}
"""Who runs a reconciliation, rules on disputes, asks for rectification and judges it, speaks for a unit."""


def why_not(user: User, what: str, unit: Unit | None = None) -> str:
    """Why the person may not do one of RIGHTS (for a unit), or ""."""
    right = RIGHTS[what]
    if not user.is_active:
        return "该账号已停用。"
    if right.of_unit:
        may = unit is not None and standing(user, unit, what) is not None
    else:
        may = bool(right.roles & user.roles)
    return "" if may else f"这一步由{right.said}办理。"


def permit(user: User, what: str, unit: Unit | None = None) -> None:
    """Raise NotAllowed where the person may not."""
    if why := why_not(user, what, unit):
        raise NotAllowed(why)


def standing(user: User, unit: Unit, what: str = "unit") -> dict[str, str] | None:
    """What goes into the step of who speaks for a unit: for whom they stand in; None where they do not."""
    roles = RIGHTS[what].roles
    for each in user.standings:
        if each.unit and roles & each.roles and unit.path.startswith(each.unit.path):
            return {"for": each.giver.username} if each.giver else {}
    return None


def own(user: User) -> Q:
    """The condition on `unit` of what a person may open: the office all, a unit's people their own and those
    below."""
    if permissions.sees_office(user):
        return Q()
    mine = Q(pk__in=())
    for unit in permissions.units_of(user):
        mine |= Q(unit__path__startswith=unit.path)
    return mine
