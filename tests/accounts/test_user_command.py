"""`huiying user`: how a fresh place gets its first administrator."""

import re
from io import StringIO

import pytest
from django.core.management import call_command

from huiying.accounts.models import User
from huiying.common.errors import Refused
from tests import make

pytestmark = pytest.mark.django_db


def run(*args: str) -> str:
    out = StringIO()
    call_command("user", *args, stdout=out)
    return out.getvalue()


def once(said: str) -> str:
    found = re.search(r"一次性密码：([\w-]+)", said)
    assert found
    return found[1]


def test_the_first_administrator_of_an_empty_place(client) -> None:
    assert "huiying user add" in run("list")
    password = once(run("add", "yezhiqiu", "--name", "叶知秋", "--role", "admin"))
    assert "叶知秋\t管理员" in run("list")
    answer = client.post("/sign-in/", {"username": "yezhiqiu", "password": password})
    assert answer.status_code == 302
    assert client.get("/").url == "/password/"


def test_roles_are_set_and_a_password_is_replaced(cast) -> None:
    assert "单位经办人，云溪县水务局" in run("role", "luren", "clerk", "--unit", "云溪县水务局")
    assert "无角色" in run("role", "luren")
    password = once(run("password", "luren"))
    assert User.objects.get(username="luren").check_password(password)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("password", "luran"), "没有用户 luran。.*luren"),
        (("role", "luren", "clerc"), "没有“clerc”"),
        (("add", "new", "--name", "新人", "--unit", "watr"), "没有单位“watr”"),
    ],
)
def test_a_slip_of_the_pen_is_answered_with_what_is_there(cast, args, said) -> None:
    with pytest.raises(Refused, match=said):
        run(*args)


def test_nothing_is_needed_but_the_database(db) -> None:
    make.place.forget()
    assert "已开设账号" in run("add", "early", "--name", "早来")
