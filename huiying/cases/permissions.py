"""Who may make which move, and who sees which case.

A role gives the verb; the unit gives the rows; somebody who stands in for another has the other's roles
in the other's unit (`User.standings`). Each question has one answer in words
(`why_not`: "" means yes) and, for seeing, a twin query (`visible_to`), held equal by a test
over every role.
"""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Exists, Model, OuterRef, QuerySet

from huiying.accounts.models import OFFICE_ROLES, Role, Standing, Unit, User
from huiying.cases.models import Case, Sight
from huiying.cases.moves import Move

M = TypeVar("M", bound=Model)
WHO: dict[str, tuple[frozenset[str], str]] = {
    "intake": (frozenset({Role.OPERATOR, Role.DISPATCHER}), "话务员或派单员"),
    "office": (
        frozenset({Role.OPERATOR, Role.DISPATCHER, Role.REVIEWER, Role.CALLBACK, Role.SUPERVISOR}),
        "话务员、派单员、审核员、回访员或督办员",
    ),
    "classify": (frozenset({Role.OPERATOR, Role.DISPATCHER, Role.REVIEWER}), "话务员、派单员或审核员"),
    "amend": (frozenset({Role.DISPATCHER, Role.ADMIN}), "派单员或管理员"),
    "dispatch": (frozenset({Role.DISPATCHER}), "派单员"),
    "rule": (frozenset({Role.DISPATCHER}), "派单员"),
    "review": (frozenset({Role.REVIEWER}), "审核员"),
    "supervise": (frozenset({Role.SUPERVISOR, Role.DISPATCHER}), "督办员或派单员"),
    "instruct": (frozenset({Role.LEADER}), "领导"),
    "call_back": (frozenset({Role.CALLBACK}), "回访员"),
    "reopen": (frozenset({Role.REVIEWER, Role.SUPERVISOR}), "审核员或督办员"),
    "clerk": (frozenset({Role.CLERK, Role.HEAD}), "承办单位的经办人或负责人"),
    "head": (frozenset({Role.HEAD}), "承办单位的负责人"),
    "alone": (frozenset({Role.CLERK, Role.HEAD}), "一人单位的经办人，或承办单位的负责人"),
    "system": (frozenset(), "系统"),
}
"""For each `Move.who`: the roles that may, and how to say so."""

OF_THE_UNIT = frozenset({"clerk", "head", "alone"})
"""Rules that also ask for the assignment's own unit (or one above it)."""


def why_not(user: User, move: Move, unit: Unit | None = None) -> str:
    """Why `user` may not make `move` on an assignment of `unit` (None: on the case), or ""."""
    roles, said = WHO[move.who]
    if not user.is_active:
        return "该账号已停用。"
    if not roles & user.roles:
        return f"“{move.title}”由{said}办理。"
    if not any(roles & each.roles for each in _covering(user, move, unit)):
        return f"该件由“{unit}”承办，您不在该单位。"
    if not _standing(user, move, unit):
        return "该单位的答复须经负责人审签，不能直接反馈。"
    return ""


def acts_for(user: User, move: Move, unit: Unit | None = None) -> User | None:
    """For whom the person makes the move; None where they may make it themselves (or not at all)."""
    standing = _standing(user, move, unit)
    return standing.giver if standing else None


def _standing(user: User, move: Move, unit: Unit | None) -> Standing | None:
    """The first standing, one's own before all, that allows the move."""
    roles, _ = WHO[move.who]
    needs_head = move.who == "alone" and unit is not None and not unit.one_person
    fitting = (each for each in _covering(user, move, unit) if roles & each.roles)
    return next((each for each in fitting if not needs_head or Role.HEAD in each.roles), None)


def _covering(user: User, move: Move, unit: Unit | None) -> list[Standing]:
    if move.who not in OF_THE_UNIT:
        return list(user.standings)
    return [s for s in user.standings if unit and s.unit and unit.path.startswith(s.unit.path)]


def units_of(user: User) -> list[Unit]:
    """The units in which the person works today as clerk or head, their own and those they stand in for."""
    if not user.is_active:
        return []
    return [each.unit for each in user.standings if each.unit and {Role.CLERK, Role.HEAD} & each.roles]


def sees_office(user: User) -> bool:
    """Whether the person works for the office itself and so sees every unit's cases."""
    return user.is_active and bool(OFFICE_ROLES & user.roles)


def can_view(user: User, case: Case) -> bool:
    """Whether the person may open this case."""
    if sees_office(user):
        return True
    prefixes = tuple(unit.path for unit in units_of(user))
    return bool(prefixes) and any(
        a.unit.path.startswith(prefixes) for a in case.assignments.select_related("unit")
    )


def visible_to(user: User, cases: QuerySet[Case] | None = None) -> QuerySet[Case]:
    """The cases that `can_view` allows."""
    cases = Case.objects.all() if cases is None else cases
    if sees_office(user):
        return cases
    units = topmost(units_of(user))
    if len(units) == 1:  # a case has one row for a unit, so that joining them doubles none
        return cases.filter(sights__unit=units[0])
    seen = Sight.objects.filter(case=OuterRef("pk"), unit__in=units)
    return cases.filter(Exists(seen)) if units else cases.none()


def about_visible(user: User, rows: QuerySet[M]) -> QuerySet[M]:
    """Those of the rows (each has a `case`) whose case `can_view` allows: all of them for the office, so that
    the database is not led to look through every case."""
    return rows if sees_office(user) else rows.filter(case__in=visible_to(user).order_by().values("pk"))


def open_to(user: User) -> QuerySet[Case]:
    """Those of `visible_to` that are not closed: few of many, found by indexes that hold no others."""
    units = topmost(units_of(user))
    if len(units) == 1 and not sees_office(user):
        return Case.objects.filter(closed_at=None, sights__unit=units[0], sights__closed_at=None)
    return visible_to(user).filter(closed_at=None)


def topmost(units: list[Unit]) -> list[Unit]:
    """The units without those that lie below another of them (or are it)."""
    paths = {unit.path: unit for unit in units}
    return [u for path, u in paths.items() if not any(path != p and path.startswith(p) for p in paths)]
