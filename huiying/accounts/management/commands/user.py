"""`huiying user add NAME …`, `… role NAME ROLE…`, `… list`, `… password NAME`."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from huiying.accounts import people
from huiying.accounts.models import Role, Unit, User
from huiying.common.errors import Refused
from huiying.common.text import suggestion

ROLES = "、".join(f"{role.value} {role.label}" for role in Role)


class Command(BaseCommand):
    help = "人员：开设账号、设定角色、列出、重设密码"

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="动作")
        add = actions.add_parser("add", help="开设账号，打印一次性密码")
        add.add_argument("username", metavar="用户名")
        add.add_argument("--name", metavar="姓名", required=True)
        add.add_argument("--role", metavar="角色", nargs="+", default=[], help=ROLES)
        add.add_argument("--unit", metavar="单位", default="", help="单位的代码或名称")
        role = actions.add_parser("role", help="设定角色，代替原有的全部角色")
        role.add_argument("username", metavar="用户名")
        role.add_argument("roles", metavar="角色", nargs="*", help=ROLES + "；不写则收回全部角色")
        role.add_argument("--unit", metavar="单位", default="", help="单位的代码或名称；不写则不变")
        actions.add_parser("list", help="列出全部账号")
        password = actions.add_parser("password", help="重设密码，打印一次性密码")
        password.add_argument("username", metavar="用户名")

    def handle(self, *, action: str, **options: Any) -> None:
        actions = {"add": _add, "role": _role, "list": _list, "password": _password}
        for line in actions[action](options):
            self.stdout.write(line)


def _add(options: dict[str, Any]) -> list[str]:
    unit = _unit(options["unit"])
    user, password = people.sign_up(
        options["username"], options["name"], roles=options["role"], unit=unit, by=None, at=timezone.now()
    )
    return [f"已开设账号 {user.username}（{user.name}）", _once(password)]


def _role(options: dict[str, Any]) -> list[str]:
    user = _user(options["username"])
    unit = _unit(options["unit"]) or user.unit
    people.appoint(
        user,
        name=user.name or user.username,
        roles=options["roles"],
        unit=unit,
        active=user.is_active,
        by=None,
        at=timezone.now(),
    )
    return [_line(user)]


def _list(_: dict[str, Any]) -> list[str]:
    users = User.objects.select_related("unit").order_by("username")
    return [_line(user) for user in users] or [
        "还没有账号。开设第一名管理员：huiying user add 用户名 --name 姓名 --role admin"
    ]


def _password(options: dict[str, Any]) -> list[str]:
    return [_once(people.new_password(_user(options["username"]), by=None, at=timezone.now()))]


def _once(password: str) -> str:
    return f"一次性密码：{password}（只显示这一次，首次登录后须改）"


def _line(user: User) -> str:
    held = sorted(user.holdings.values_list("role", flat=True))
    roles = "、".join(Role(role).label for role in held) or "无角色"
    unit = f"，{user.unit}" if user.unit else ""
    return f"{user.username}\t{user.name}\t{roles}{unit}{'' if user.is_active else '（已停用）'}"


def _user(username: str) -> User:
    if user := User.objects.filter(username=username).select_related("unit").first():
        return user
    known = list(User.objects.values_list("username", flat=True))
    raise Refused(f"没有用户 {username}。{suggestion(username, known)}运行 huiying user list 看全部账号。")


def _unit(word: str) -> Unit | None:
    if not word:
        return None
    found = Unit.objects.filter(code=word).first() or Unit.objects.filter(name=word).first()
    if found is None:
        known = [name for pair in Unit.objects.values_list("code", "name") for name in pair]
        raise Refused(f"没有单位“{word}”。{suggestion(word, known)}请写单位的代码或全称。")
    return found
