"""How a message leaves the house: as e-mail, or as a post to a group's robot.

Each function returns where the other side has taken the message and raises `Undelivered` otherwise.
"""

from __future__ import annotations

import base64
import hmac
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from datetime import datetime
from http.client import HTTPException
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage

from huiying.common.errors import Refused

TIMEOUT_SECONDS = 10
MOST_READ = 64 * 1024


class Undelivered(Refused):
    """The message was not taken; the text says why."""


def _msgtype(text: str) -> dict[str, Any]:
    return {"msgtype": "text", "text": {"content": text}}


FORMS: Mapping[str, Callable[[str], dict[str, Any]]] = {
    "wecom": _msgtype,
    "dingtalk": _msgtype,
    "feishu": lambda text: {"msg_type": "text", "content": {"text": text}},
    "plain": lambda text: {"text": text},
}
"""The JSON that each kind of robot takes; `plain` is for a receiver of one's own."""

TITLES = {"wecom": "企业微信", "dingtalk": "钉钉", "feishu": "飞书", "plain": "自己的接收程序"}

CODES = ("errcode", "code", "StatusCode")
"""Where robots say that they refused, under a status of 200: anything but 0."""


def mail(address: str, subject: str, text: str) -> None:
    """Send one plain text e-mail."""
    if not settings.EMAIL_HOST:
        raise Undelivered("没有设置发信服务器，请设置 HUIYING_MAIL_HOST。")
    if not address:
        raise Undelivered("此人没有登记邮箱。")
    try:
        EmailMessage(subject, text, settings.DEFAULT_FROM_EMAIL, [address]).send()
    except (OSError, SMTPException, ValueError) as error:
        raise Undelivered(f"发信服务器没有收下：{type(error).__name__} {error}"[:300]) from error


def webhook(url: str, kind: str, text: str, *, at: datetime, secret: str = "") -> None:
    """Post one text to a robot, signed where the robot has a secret. The address holds the robot's key and
    is never repeated in an error."""
    form = FORMS[kind](text)
    if secret:
        url, form = SIGNED[kind](url, form, secret, at)
    body = json.dumps(form, ensure_ascii=False).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json; charset=utf-8"})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:
            said = response.read(MOST_READ)
    except urllib.error.HTTPError as error:
        error.close()
        raise Undelivered(f"对方答以 HTTP {error.code}。") from error
    except (OSError, HTTPException, ValueError) as error:
        raise Undelivered(f"连不上：{type(error).__name__}。") from error
    if why := _refusal(said):
        raise Undelivered(f"对方拒收：{why}"[:300])


Form = dict[str, Any]


def _sign_dingtalk(url: str, form: Form, secret: str, at: datetime) -> tuple[str, Form]:
    """钉钉 takes instant and signature in the address."""
    stamp = str(int(at.timestamp() * 1000))
    sign = _signature(key=secret, said=f"{stamp}\n{secret}")
    joint = "&" if "?" in url else "?"
    return f"{url}{joint}{urllib.parse.urlencode({'timestamp': stamp, 'sign': sign})}", form


def _sign_feishu(url: str, form: Form, secret: str, at: datetime) -> tuple[str, Form]:
    """飞书 takes them in the form, and signs nothing with instant and secret as the key."""
    stamp = str(int(at.timestamp()))
    return url, {"timestamp": stamp, "sign": _signature(key=f"{stamp}\n{secret}", said=""), **form}


def _signature(*, key: str, said: str) -> str:
    return base64.b64encode(hmac.digest(key.encode(), said.encode(), "sha256")).decode()


SIGNED: Mapping[str, Callable[[str, Form, str, datetime], tuple[str, Form]]] = {
    "dingtalk": _sign_dingtalk,
    "feishu": _sign_feishu,
}
"""The robots that may ask for a signature (加签), and how each takes it."""


def _refusal(said: bytes) -> str:
    try:
        answer = json.loads(said)
    except ValueError:
        return ""  # a receiver of one's own may answer with anything
    if not isinstance(answer, dict):
        return ""
    code = next((answer[name] for name in CODES if name in answer), 0)
    return "" if code == 0 else f"{code} {answer.get('errmsg') or answer.get('msg') or ''}".strip()
