"""The outbox: sent once, tried again after a failure, dead in the end and brought back by hand."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import mail

from huiying.accounts.models import User
from huiying.cases import place
from huiying.cases.models import Office
from huiying.notices import channels, sending
from huiying.notices.models import Outbox
from tests import make

NOW = make.at(3, 15, 10)


class Robot(HTTPServer):
    """A group's robot on this machine: keeps what it got, answers what it is told to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.got: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.status, self.says = 200, b'{"errcode": 0, "errmsg": "ok"}'

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/send?key=secret-key"


class Answer(BaseHTTPRequestHandler):
    server: Robot

    def do_POST(self) -> None:
        self.server.asked.append(self.path)
        self.server.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(self.server.says)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def robot() -> Iterator[Robot]:
    server = Robot()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("wecom", {"msgtype": "text", "text": {"content": "有一件"}}),
        ("dingtalk", {"msgtype": "text", "text": {"content": "有一件"}}),
        ("feishu", {"msg_type": "text", "content": {"text": "有一件"}}),
        ("plain", {"text": "有一件"}),
    ],
)
def test_each_robot_gets_the_form_it_takes(robot: Robot, kind: str, body: dict[str, Any]) -> None:
    channels.webhook(robot.url, kind, "有一件", at=NOW)
    assert robot.got == [body]


@pytest.mark.parametrize(
    ("status", "says", "why"),
    [
        (200, '{"errcode": 93000, "errmsg": "invalid webhook url"}', "93000 invalid webhook url"),
        (200, '{"code": 19021, "msg": "sign match fail"}', "19021 sign match fail"),
        (503, "", "HTTP 503"),
    ],
)
def test_a_robot_that_refuses_is_not_taken_for_one_that_took_it(
    robot: Robot, status: int, says: str, why: str
) -> None:
    robot.status, robot.says = status, says.encode()
    with pytest.raises(channels.Undelivered, match=why):
        channels.webhook(robot.url, "wecom", "有一件", at=NOW)


@pytest.mark.parametrize("says", ["ok", '["ok"]', '{"code": 0, "msg": "success"}', "{}"])
def test_any_other_answer_counts_as_taken(robot: Robot, says: str) -> None:
    robot.says = says.encode()
    channels.webhook(robot.url, "plain", "有一件", at=NOW)
    assert len(robot.got) == 1


def test_a_robot_out_of_reach_is_said_without_its_key() -> None:
    with pytest.raises(channels.Undelivered) as failure:
        channels.webhook("http://127.0.0.1:9/send?key=secret-key", "wecom", "有一件", at=NOW)
    assert "secret-key" not in str(failure.value)


@pytest.fixture
def town(db: None, robot: Robot) -> None:
    make.town(config={"notices": {"robots": {"water": {"kind": "wecom", "url": robot.url}}}})


def waiting(channel: str = "webhook", to: str = "water") -> Outbox:
    return Outbox.objects.create(
        channel=channel, to=to, rule="dispatch", key="1", payload={"text": "X1 派给您"},
        next_try_at=NOW, created_at=NOW,
    )  # fmt: skip


def send(now: datetime) -> Outbox:
    sending.send_due(place.current(), now)
    return Outbox.objects.get()


def test_a_message_goes_out_once(town: None, robot: Robot) -> None:
    waiting()
    row = send(NOW)
    assert (row.state, row.sent_at, row.tries, row.error) == ("sent", NOW, 1, "")
    send(NOW + timedelta(days=1))
    assert robot.got == [
        {"msgtype": "text", "text": {"content": f"【{Office.objects.get().name}】X1 派给您"}}
    ]


def test_what_was_not_taken_is_tried_again_later_and_later_and_is_dead_in_the_end(
    town: None, robot: Robot
) -> None:
    robot.status = 500
    row, now, waits = waiting(), NOW, []
    for _ in sending.WAITS:
        row = send(now)
        assert row.state == "waiting"
        waits.append(int((row.next_try_at - now).total_seconds()) // 60)
        assert send(row.next_try_at - timedelta(seconds=1)).tries == row.tries
        now = row.next_try_at
    assert tuple(waits) == sending.WAITS
    row = send(now)
    assert (row.state, row.tries, row.error) == ("dead", 6, "对方答以 HTTP 500。")
    assert send(now + timedelta(days=30)).tries == 6
    robot.status = 200
    assert sending.revive(row.pk, now)
    assert not sending.revive(row.pk, now)
    assert send(now).state == "sent"


def test_who_comes_second_finds_the_message_taken(town: None) -> None:
    waiting()
    mine, theirs = Outbox.objects.get(), Outbox.objects.get()
    assert sending._take(mine, NOW)
    assert not sending._take(theirs, NOW)


def test_mail_reaches_its_reader(town: None, settings: Any) -> None:
    settings.EMAIL_HOST, settings.DEFAULT_FROM_EMAIL = "smtp.test", "office@yunxi.test"
    clerk = make.person("chenjing", "陈静", "clerk", unit="water")
    User.objects.filter(pk=clerk.pk).update(email="chen@water.test")
    waiting("mail", "chenjing")
    assert send(NOW).state == "sent"
    assert [(letter.to, letter.from_email) for letter in mail.outbox] == [
        (["chen@water.test"], "office@yunxi.test")
    ]
    assert "X1 派给您" in mail.outbox[0].body


@pytest.mark.parametrize(
    ("host", "address", "why"),
    [
        ("", "a@b.test", "HUIYING_MAIL_HOST"),
        ("smtp.test", "", "没有登记邮箱"),
        ("smtp.test", None, "没有这个账号"),
    ],
)
def test_mail_that_cannot_go_says_why(
    town: None, settings: Any, host: str, address: str | None, why: str
) -> None:
    settings.EMAIL_HOST = host
    if address is not None:
        clerk = make.person("chenjing", "陈静", "clerk", unit="water")
        User.objects.filter(pk=clerk.pk).update(email=address)
    waiting("mail", "chenjing")
    row = send(NOW)
    assert row.state == "waiting"
    assert why in row.error


def test_a_mail_server_out_of_reach_is_a_failure_to_try_again(town: None, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", 9, False
    clerk = make.person("chenjing", "陈静", "clerk", unit="water")
    User.objects.filter(pk=clerk.pk).update(email="chen@water.test")
    waiting("mail", "chenjing")
    assert "发信服务器没有收下" in send(NOW).error


def test_a_robot_that_was_taken_out_of_the_settings_is_said(town: None) -> None:
    waiting(to="housing")
    assert "没有这个单位的群机器人" in send(NOW).error


def test_a_robot_with_a_secret_is_given_a_signature(robot: Robot) -> None:
    """Computed by hand after the vendors' own descriptions: HMAC-SHA256 of "instant, newline, secret"."""
    channels.webhook(robot.url, "dingtalk", "有一件", at=NOW, secret="SEC-demo")
    channels.webhook(robot.url, "feishu", "有一件", at=NOW, secret="SEC-demo")
    stamp = int(NOW.timestamp())
    line = f"{stamp * 1000}\nSEC-demo"
    signed = hmac.new(b"SEC-demo", line.encode(), hashlib.sha256).digest()
    asked = parse_qs(urlsplit(robot.asked[0]).query)
    assert asked["key"] == ["secret-key"]
    assert asked["timestamp"] == [str(stamp * 1000)]
    assert asked["sign"] == [base64.b64encode(signed).decode()]
    signed = hmac.new(f"{stamp}\nSEC-demo".encode(), b"", hashlib.sha256).digest()
    assert robot.got[1]["timestamp"] == str(stamp)
    assert robot.got[1]["sign"] == base64.b64encode(signed).decode()
    assert "sign" not in robot.asked[1]


def test_a_message_to_a_robot_with_a_secret_goes_out_signed(town: None, robot: Robot) -> None:
    kept = {"kind": "feishu", "url": robot.url, "secret": "SEC-demo"}
    Office.objects.update(config={"notices": {"robots": {"water": kept}}})
    place.forget()
    waiting()
    assert send(NOW).state == "sent"
    assert "sign" in robot.got[0]
