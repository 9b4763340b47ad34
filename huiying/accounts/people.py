"""Who may come in, as what, and who stands in for whom: each change is written into the trail."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import transaction

from huiying.accounts import trail
from huiying.accounts.models import KEPT_ROLES, Delegation, Holding, Role, TrailKind, Unit, User
from huiying.common.errors import Refused

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that a voice on the telephone could confuse
OF_A_UNIT = frozenset({Role.CLERK, Role.HEAD})
OVERTAKEN = "{}刚刚已被别人改过{}，这次没有保存。请核对现在的内容，仍要改的请再按一次保存。"
LONGEST_DELEGATION = 180
"""Days; whoever is away for longer is replaced, not stood in for."""


def one_time_password() -> str:
    """A password to be told once and changed at the first sign-in; about 79 bits."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))


def subject(user: User) -> str:
    """How the trail names a person."""
    return f"人员：{user.username}"


def without_people(units: Iterable[Unit]) -> list[Unit]:
    """Those of the units where nobody may claim or answer: no clerk or head of theirs or of one above."""
    held = Holding.objects.filter(role__in=OF_A_UNIT, user__is_active=True, user__unit__isnull=False)
    paths = tuple(held.values_list("user__unit__path", flat=True).distinct())
    return [unit for unit in units if not unit.path.startswith(paths)]


def names(usernames: Iterable[str]) -> dict[str, str]:
    """What people are called, by user name; no query where none is asked for."""
    asked = {*usernames}
    found = User.objects.filter(username__in=asked).values_list("username", "name") if asked else ()
    return {name: name for name in asked} | dict(found)


@transaction.atomic
def sign_up(
    username: str,
    name: str,
    *,
    roles: Iterable[str],
    unit: Unit | None,
    by: User | None,
    at: datetime,
    email: str = "",
) -> tuple[User, str]:
    """Create an account; the person and the one-time password. Raises Refused."""
    username, name = username.strip(), name.strip()
    _check_names(username, name)
    if User.objects.filter(username__iexact=username).exists():
        raise Refused(f"用户名 {username} 已有人使用，请换一个。")
    password = one_time_password()
    user = User(username=username, name=name, email=email, must_change=True)
    user.set_password(password)
    user.save()
    _appoint(user, name, frozenset(roles), unit, active=True, by=by, at=at, before={})
    return user, password


def _check_names(username: str, name: str) -> None:
    if not name:
        raise Refused("没有写姓名，请填写。")
    if len(name) > 32:
        raise Refused(f"姓名有 {len(name)} 个字，最多 32 个，请缩短。")
    try:
        UnicodeUsernameValidator()(username)
    except ValidationError:
        raise Refused(f"用户名“{username}”不能用。只用字母、数字和 @ . + - _ ，中间不留空格。") from None
    if len(username) > 150:
        raise Refused(f"用户名有 {len(username)} 个字，最多 150 个，请缩短。")


@transaction.atomic
def appoint(
    user: User,
    *,
    name: str,
    roles: Iterable[str],
    unit: Unit | None,
    active: bool,
    by: User | None,
    at: datetime,
    email: str | None = None,
    seen: str = "",
) -> None:
    """Say what a person is called, may do, belongs to, whether they may come in, and where mail reaches them
    (None: as before). Raises Refused.

    `seen` is the `mark` of the person as they were shown: where they have changed since, nothing is done.
    """
    _check_names(user.username, name.strip())
    stored = User.objects.select_for_update().get(pk=user.pk)
    if seen and seen != mark(stored):
        raise Refused(OVERTAKEN.format(user, trail.last_change(subject(user))))
    before = state_of(stored)
    user.email = stored.email if email is None else email
    _appoint(user, name.strip(), frozenset(roles), unit, active=active, by=by, at=at, before=before)


def state_of(user: User) -> dict[str, Any]:
    """What the settings say of a person, as the trail keeps it."""
    roles = sorted(user.holdings.values_list("role", flat=True))
    unit = user.unit.name if user.unit else ""
    return {"姓名": user.name, "角色": roles, "单位": unit, "启用": user.is_active, "邮箱": user.email}


def mark(user: User) -> str:
    """What a form carries along of the person that it shows."""
    return hashlib.sha256(json.dumps(state_of(user), sort_keys=True).encode()).hexdigest()[:20]


def _appoint(
    user: User,
    name: str,
    roles: frozenset[str],
    unit: Unit | None,
    *,
    active: bool,
    by: User | None,
    at: datetime,
    before: dict[str, Any],
) -> None:
    _check_roles(roles, unit)
    user.name, user.unit, user.is_active = name, unit, active
    user.save(update_fields=["name", "unit", "is_active", "email"])
    user.holdings.exclude(role__in=roles).delete()
    held = set(user.holdings.values_list("role", flat=True))
    Holding.objects.bulk_create(Holding(user=user, role=role) for role in sorted(roles - held))
    user.forget_standings()
    lost_admin = str(Role.ADMIN) in before.get("角色", []) and not (active and Role.ADMIN in roles)
    if lost_admin and not User.objects.filter(is_active=True, holdings__role=Role.ADMIN).exists():
        raise Refused("至少要留一名在用的管理员。请先让另一人担任管理员，再作改动。")
    after = state_of(user)
    if changed := {key: value for key, value in after.items() if before.get(key) != value}:
        was = {key: before[key] for key in changed if key in before}
        trail.note(by, TrailKind.SETTING, at=at, subject=subject(user), before=was, after=changed)


def _check_roles(roles: frozenset[str], unit: Unit | None) -> None:
    if unknown := roles - set(Role.values):
        raise Refused(f"没有“{'、'.join(sorted(unknown))}”这样的角色。可写的有：{'、'.join(Role.values)}")
    if OF_A_UNIT & roles and unit is None:
        raise Refused("单位经办人和单位负责人须有所属单位，请选择单位。")
    if Role.AUDITOR in roles and len(roles) > 1:
        raise Refused("安全审计员只看记录，不能兼任其他角色。")


@transaction.atomic
def new_password(user: User, *, by: User | None, at: datetime, seen: str = "") -> str:
    """A one-time password in place of the forgotten one; open sessions end, a lock-out is lifted.

    `seen` is the `password_mark` of the person as they were shown. Raises Refused where somebody else was
    quicker: the password that they told would not open the door.
    """
    if seen and seen != password_mark(User.objects.select_for_update().get(pk=user.pk)):
        who = trail.last_change(subject(user))
        raise Refused(f"{user}的密码刚刚已经换过{who}，这次没有再换。仍要换的请再按一次“重设密码”。")
    password = one_time_password()
    user.set_password(password)
    user.must_change = True
    user.save(update_fields=["password", "must_change"])
    trail.note(by, TrailKind.SETTING, at=at, subject=subject(user), after={"密码": "重设"})
    return password


def password_mark(user: User) -> str:
    """What a form carries along of the password, to see whether it was changed since."""
    return hashlib.sha256(f"mark:{user.password}".encode()).hexdigest()[:20]


# Standing in


@transaction.atomic
def delegate(
    giver: User,
    taker: User,
    *,
    from_on: date,
    until_on: date,
    reason: str,
    by: User,
    today: date,
    at: datetime,
) -> Delegation:
    """Let `taker` act in the roles and unit of `giver` from one day to another. Raises Refused."""
    User.objects.select_for_update().get(pk=giver.pk)  # two at once: one after the other
    roles = set(giver.holdings.values_list("role", flat=True)) - KEPT_ROLES
    if why := _why_no_delegation(giver, taker, roles, from_on, until_on, reason, today):
        raise Refused(why)
    made = Delegation.objects.create(
        giver=giver, taker=taker, from_on=from_on, until_on=until_on, reason=reason.strip()
    )
    trail.note(
        by,
        TrailKind.DELEGATE,
        at=at,
        subject=f"{giver.username} → {taker.username}",
        reason=made.reason,
        **{"from": str(from_on), "until": str(until_on)},
    )
    return made


def _why_no_delegation(
    giver: User, taker: User, roles: set[str], from_on: date, until_on: date, reason: str, today: date
) -> str:
    if giver.pk == taker.pk:
        return "不能委托给自己，请另选代办人。"
    if not (giver.is_active and taker.is_active):
        return "委托人和代办人都须是在用的账号。"
    if Role.AUDITOR in taker.roles:
        return "安全审计员只看记录，不能代办，请另选代办人。"
    if not roles:
        return f"{giver}没有可以委托的角色（管理员和安全审计员的职责不能委托）。"
    if until_on < from_on or until_on < today:
        return "截止日期早于开始日期或今天，请核对。"
    if (until_on - from_on).days >= LONGEST_DELEGATION:
        return f"委托最长 {LONGEST_DELEGATION} 天，请缩短；长期离岗请由管理员调整角色。"
    if not reason.strip():
        return "没有写事由，请填写，如“外出培训”。"
    if len(reason.strip()) > 64:
        return "事由最多 64 个字，请缩短。"
    overlapping = Delegation.objects.filter(
        giver=giver, taker=taker, ended_at=None, from_on__lte=until_on, until_on__gte=from_on
    )
    return f"{taker}在这段时间已经代{giver}，不必再委托。" if overlapping.exists() else ""


@transaction.atomic
def end_delegation(delegation: Delegation, *, by: User, at: datetime) -> None:
    """End it before its day; the second who tries changes nothing. Raises Refused."""
    if not Delegation.objects.filter(pk=delegation.pk, ended_at=None).update(ended_at=at):
        raise Refused("这项委托已经结束，没有改动。")
    trail.note(
        by,
        TrailKind.DELEGATE,
        at=at,
        subject=f"{delegation.giver.username} → {delegation.taker.username}",
        reason="提前结束",
    )
