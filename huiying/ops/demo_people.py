"""The people of the demonstration: one for each role, some units' own, and a stranger. All invented."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.db.models import Q

from huiying.accounts.models import Holding, Role, Unit, User
from huiying.common.errors import Refused

PASSWORD = "huiying-shifan-2022"  # printed for everybody to see: a demonstration, not a secret
OFFICE = (
    (Role.OPERATOR, "沈晓芸"),
    (Role.DISPATCHER, "顾国平"),
    (Role.REVIEWER, "陆静"),
    (Role.CALLBACK, "邵敏"),
    (Role.SUPERVISOR, "钱志强"),
    (Role.EDITOR, "方雅琴"),
    (Role.LEADER, "程远"),
    (Role.ADMIN, "叶知秋"),
    (Role.AUDITOR, "石明"),
)
CLERKS = ("何小雨", "江一鸣", "宋佳", "白露", "殷勤", "唐宁")
HEADS = ("高志远", "秦大川", "罗长青", "田丰", "孟海", "任重")
STRANGER = ("stranger", "路平")
OF_A_UNIT = r"^(clerk|head)_"


@dataclass(frozen=True, slots=True)
class Account:
    """Who may sign in; `role` is one of `Role` or `stranger`, `unit` a code (a name, once signed up)."""

    role: str
    username: str
    name: str
    unit: str = ""

    @property
    def title(self) -> str:
        return Role(self.role).label if self.role in Role.values else "无单位、无角色"


def accounts(clerks: tuple[tuple[str, str], ...]) -> list[Account]:
    """Everybody, for units given as (username part, unit)."""
    found = [Account(role, str(role), name) for role, name in OFFICE]
    for (key, unit), clerk, head in zip(clerks, CLERKS, HEADS, strict=False):
        found.append(Account(Role.CLERK, f"clerk_{key}", clerk, unit))
        found.append(Account(Role.HEAD, f"head_{key}", head, unit))
    return [*found, Account("stranger", *STRANGER)]


def known() -> list[Account]:
    """The demonstration's people as they are signed up now, with the name of their unit."""
    office = [*(str(role) for role, _ in OFFICE), STRANGER[0]]
    users = User.objects.filter(Q(username__in=office) | Q(username__regex=OF_A_UNIT)).order_by("pk")
    return [
        Account(
            min(user.roles, default="stranger"), user.username, user.name, user.unit.name if user.unit else ""
        )
        for user in users.select_related("unit")
    ]


def sign_up(people: list[Account]) -> dict[str, User]:
    """Create everybody. Raises Refused where one of the user names is taken."""
    names = [account.username for account in people]
    if taken := sorted(User.objects.filter(username__in=names).values_list("username", flat=True)):
        raise Refused(
            f"用户名 {'、'.join(taken)} 已有人使用，示范不改动已有账号。请换一个空的 HUIYING_HOME。"
        )
    secret = make_password(PASSWORD)  # one for all: it takes its time by design, and the word is printed
    User.objects.bulk_create(_user(account, secret) for account in people)
    users = {user.username: user for user in User.objects.filter(username__in=names)}
    Holding.objects.bulk_create(
        Holding(user=users[a.username], role=a.role) for a in people if a.role in Role.values
    )
    return users


def _user(account: Account, secret: str) -> User:
    is_admin = account.role == Role.ADMIN
    return User(
        username=account.username,
        name=account.name,
        unit=Unit.objects.get(code=account.unit) if account.unit else None,
        password=secret,
        is_staff=is_admin,
        is_superuser=is_admin,
    )
