"""The door: what it notes, and when it stays shut."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from huiying.accounts import people
from huiying.accounts.models import Trail
from tests.make import PASSWORD

WRONG = {"username": "xiaozhang", "password": "不是这个"}
RIGHT = WRONG | {"password": PASSWORD}


@pytest.fixture
def clock(monkeypatch, now):
    def turn(**later: int) -> datetime:
        at = now + timedelta(**later)
        monkeypatch.setattr(timezone, "now", lambda: at)
        return at

    return turn


def test_coming_in_and_failing_to_are_noted_without_what_was_typed(client, cast) -> None:
    client.post("/sign-in/", WRONG)
    client.post(
        "/sign-in/", {"username": "yun-xi-zhi-chun", "password": "x"}
    )  # a password in the wrong field
    client.post("/sign-in/", RIGHT)
    kinds = Trail.objects.order_by("id").values_list("kind", "user__username", "subject", "data")
    known, unknown, came = kinds
    assert known == ("refused", None, "人员：xiaozhang", {"address": "127.0.0.1"})
    assert unknown[2].startswith("不存在的用户名 ")
    assert "yun-xi" not in str(unknown)
    assert came[:3] == ("sign_in", "xiaozhang", "人员：xiaozhang")


@pytest.mark.parametrize("username", ["xiaozhang", "没有此人"])
def test_after_ten_failures_the_right_password_waits_too_and_the_wait_ends(
    client, cast, clock, username
) -> None:
    wrong = WRONG | {"username": username}
    for minute in range(10):
        clock(minutes=minute)
        assert client.post("/sign-in/", wrong).status_code == 200
    answer = client.post("/sign-in/", RIGHT | {"username": username})
    assert answer.status_code == 429
    assert "登录失败次数过多，请 15 分钟后再试" in answer.content.decode()
    assert Trail.objects.filter(kind="refused").count() == 10  # a locked door is not knocked at
    clock(minutes=15, seconds=1)
    expected = 302 if username == "xiaozhang" else 200
    assert client.post("/sign-in/", RIGHT | {"username": username}).status_code == expected


def test_nobody_else_is_shut_out(client, cast) -> None:
    for _ in range(10):
        client.post("/sign-in/", WRONG)
    assert client.post("/sign-in/", RIGHT | {"username": "laoli"}).status_code == 302


def test_a_new_password_from_the_administrator_opens_the_door(client, cast, now) -> None:
    for _ in range(10):
        client.post("/sign-in/", WRONG)
    password = people.new_password(cast.operator, by=cast.admin, at=now)
    assert client.post("/sign-in/", WRONG | {"password": password}).status_code == 302


def test_a_one_time_password_opens_only_the_page_for_ones_own(client, cast, now) -> None:
    password = people.new_password(cast.operator, by=cast.admin, at=now)
    client.post("/sign-in/", WRONG | {"password": password})
    assert client.get("/cases/").url == "/password/"
    page = client.get("/password/").content.decode()
    assert "一次性密码" in page
    own = "shi-qiao-liu-shui"
    client.post("/password/", {"old_password": password, "new_password1": own, "new_password2": own})
    assert client.get("/cases/").status_code == 200
