"""A larger model, if the place has one: any OpenAI-compatible service inside the office's network.

Off unless `HUIYING_MODEL_URL` is set, and nothing depends on it. Only masked text leaves; of protected cases
nothing does. The address must lie in the inner network, no proxy is used and no redirect followed. Every use
is in the security trail: who, what for, which case, a digest of what was sent, tokens, never a text. What
comes back is a proposal that a person takes over or not.
"""

from __future__ import annotations

import json
import re
import socket
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from http.client import HTTPException
from ipaddress import ip_address
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Count, IntegerField, Q, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from huiying.accounts import trail
from huiying.accounts.models import Trail, TrailKind, User
from huiying.cases import privacy
from huiying.cases.models import Case, CaseText
from huiying.cases.persons import reveal
from huiying.common.errors import Refused
from huiying.common.masking import mask_text
from huiying.mining.titles import LONGEST, fitted
from huiying.mining.unfounded import unfounded

TIMEOUT_SECONDS = 30
MOST_READ = 256 * 1024
MOST_SENT = 4_000
GUARDED = "保密和保护举报人的件不交给大模型，请人工拟写。"


class Use(NamedTuple):
    """What the model is asked for: its name on the screen, the order, and how long the answer may be."""

    title: str
    order: str
    tokens: int
    longest: int


USES: Mapping[str, Use] = {
    "title": Use(
        "拟标题",
        "你为政务热线的诉求拟标题。只输出一行标题：不超过25个字，说清地点和事项，以“问题”结尾，不加原文没有的内容。",
        60,
        60,
    ),
    "reply": Use(
        "拟答复",
        "你为政府承办单位草拟给群众的公开答复。逐项回应诉求，语气平实有礼。事实、日期、依据和结果不知道的，"
        "一律写“〔待填〕”，不得编造；不写承诺，不写原文没有的姓名和电话。只输出答复正文。",
        800,
        3_000,
    ),
    "summary": Use(
        "概括诉求",
        "你为政务热线概括群众的诉求，给派单和审核的人看。用不超过120个字的一段话说清：何地、何事、从何时起、诉求人要什么，"
        "有几件事的逐件说到。只用原文里有的内容，不推测，不评价，不写姓名和电话。只输出概括。",
        300,
        400,
    ),
}

SAMPLE = (
    "我叫李小明，电话13900001234，住翠屏新城小区3号楼502室，安居物业管理有限公司一直不修电梯，请尽快处理。"
)
"""Invented, to show what is left of a telling when it leaves."""

_BEFORE_TITLE = re.compile(r"^\W*(?:标题|题目)\W*[:：]")
_QUOTES = " *#\"'“”‘’《》「」【】"
_THOUGHT = re.compile(r"<think>.*?(?:</think>|$)", re.DOTALL)


class Unanswered(Refused):
    """The model gave nothing that could be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Said:
    """What came back, and how many tokens it took (0 where the service does not say)."""

    text: str
    tokens: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a person may take over, and the numbers in it that are not in what was sent."""

    text: str
    unfounded: list[str]


@dataclass(frozen=True, slots=True)
class Used:
    """How often a use was asked for in a time, how many of these failed, and the tokens of the others."""

    use: str
    times: int
    failed: int
    tokens: int


def used(since: datetime) -> list[Used]:
    """What the trail tells of the uses since then."""
    lines = Trail.objects.filter(kind=TrailKind.MODEL, at__gte=since).order_by()
    tokens = Sum(Cast(KT("data__tokens"), IntegerField()))
    counted = lines.values(use=KT("data__use")).annotate(
        times=Count("pk"), failed=Count("pk", filter=~Q(reason="")), tokens=tokens
    )
    rows = [Used(row["use"], row["times"], row["failed"], row["tokens"] or 0) for row in counted]
    return sorted(rows, key=lambda row: row.use)


def is_on() -> bool:
    """Whether the place has a larger model."""
    return bool(settings.HUIYING_MODEL_URL)


def takes(case: Case) -> bool:
    """Whether the model may be asked about this case."""
    return is_on() and not privacy.is_guarded(case)


def propose_reply(case: Case, *, by: User, at: datetime) -> Proposal:
    """A draft of the public answer. Raises Refused, which is in the trail as well."""
    return _proposed("reply", case, by, at)


def propose_summary(case: Case, *, by: User, at: datetime) -> Proposal:
    """What the citizen asks, in a few lines. Raises Refused, which is in the trail as well."""
    return _proposed("summary", case, by, at)


def _proposed(use: str, case: Case, by: User, at: datetime) -> Proposal:
    if privacy.is_guarded(case):
        raise Refused(GUARDED)
    sent = masked(case)
    said = _recorded(use, sent, by=by, at=at, subject=case.number)
    return Proposal(said, unfounded(said, sent))


def propose_title(words: str, *, guarded: bool, names: Sequence[str], by: User, at: datetime) -> str:
    """A title, in one line, for what an operator has typed; `names` are hidden besides what is found."""
    if guarded:
        raise Refused(GUARDED)
    if not words.strip():
        raise Refused("先写诉求内容，再请大模型拟标题。")
    hidden = mask_text(words, names=[name for name in names if name])[:MOST_SENT]
    return _title(_recorded("title", hidden, by=by, at=at, subject="登记台"))


def _title(said: str) -> str:
    """The first line as a title: without 标题： and quotes, and no longer than a title may be."""
    return fitted(_BEFORE_TITLE.sub("", said.splitlines()[0]).strip(_QUOTES), LONGEST)


def _recorded(use: str, sent: str, *, by: User, at: datetime, subject: str) -> str:
    if not is_on():
        raise Refused("没有设置大模型服务，请设置 HUIYING_MODEL_URL。")
    about: dict[str, Any] = {
        "use": USES[use].title,
        "model": settings.HUIYING_MODEL_NAME,
        "sha256": sha256(sent.encode()).hexdigest(),
        "characters": len(sent),
    }
    try:
        said = ask(use, sent)
    except Unanswered as refusal:
        trail.note(by, TrailKind.MODEL, at=at, subject=subject, reason=str(refusal), **about)
        raise
    trail.note(by, TrailKind.MODEL, at=at, subject=subject, tokens=said.tokens, **about)
    return said.text


def masked(case: Case) -> str:
    """What may leave of a case: its title and words without persons, numbers, firms and small places."""
    texts = CaseText.objects.filter(case=case, erased_at=None, kind__in=("body", "supplement"))
    whole = "\n".join([case.title, *texts.order_by("seq", "pk").values_list("text", flat=True)])
    known = reveal(case.person).name if case.person and not case.person.erased_at else ""
    hidden = privacy.without_traces(case)(whole)
    return mask_text(hidden, names=[known] if known else [])[:MOST_SENT]


def ask(use: str, text: str) -> Said:
    """Ask the service. Raises Unanswered, in Chinese."""
    url = f"{settings.HUIYING_MODEL_URL.rstrip('/')}/chat/completions"
    _need_inside(url)
    order = USES[use]
    form = {
        "model": settings.HUIYING_MODEL_NAME,
        "messages": [{"role": "system", "content": order.order}, {"role": "user", "content": text}],
        "max_tokens": order.tokens,
        "temperature": 0.2,
    }
    headers = {"Content-Type": "application/json; charset=utf-8"}
    if settings.HUIYING_MODEL_KEY:
        headers["Authorization"] = f"Bearer {settings.HUIYING_MODEL_KEY}"
    request = urllib.request.Request(url, json.dumps(form, ensure_ascii=False).encode(), headers)
    return _read(_sent(request), order.longest)


def _need_inside(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Unanswered("HUIYING_MODEL_URL 须以 http:// 或 https:// 开头。")
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Unanswered("找不到大模型服务的主机，请核对 HUIYING_MODEL_URL。") from error
    if any(not ip_address(str(row[4][0]).partition("%")[0]).is_private for row in found):
        raise Unanswered("大模型服务不在内网，不能使用：诉求内容不出单位网络。")


_KEY = "不认这个密钥，请管理员核对 HUIYING_MODEL_KEY"
FAILED = {
    401: _KEY,
    403: _KEY,
    404: "没有这个模型或网址，请管理员核对 HUIYING_MODEL_NAME 和 HUIYING_MODEL_URL",
    429: "正忙，请稍后再试",
}


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follow nobody: an inner address that sends elsewhere would let the text out."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def _sent(request: urllib.request.Request) -> bytes:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Stay)
    try:
        with direct.open(request, timeout=TIMEOUT_SECONDS) as response:
            said: bytes = response.read(MOST_READ)
    except urllib.error.HTTPError as error:
        error.close()
        why = FAILED.get(error.code, f"出错（HTTP {error.code}），请稍后再试或自己写")
        raise Unanswered(f"大模型服务{why}。") from error
    except (OSError, HTTPException, ValueError) as error:
        if isinstance(error, TimeoutError) or isinstance(getattr(error, "reason", None), TimeoutError):
            raise Unanswered(f"大模型 {TIMEOUT_SECONDS} 秒内没有回答，请稍后再试或自己写。") from error
        raise Unanswered(
            f"连不上大模型服务（{type(error).__name__}）。请自己写，并请管理员看它是否在运行、网址对不对。"
        ) from error
    return said


def _read(body: bytes, longest: int) -> Said:
    try:
        answer = json.loads(body)
        choice = answer["choices"][0]
        message = choice["message"]
        text = message.get("content") or ""
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise Unanswered(
            "大模型服务的回答不合 OpenAI 接口的格式。请自己写，并请管理员核对 HUIYING_MODEL_URL。"
        ) from error
    if message.get("refusal") or choice.get("finish_reason") == "content_filter":
        raise Unanswered("大模型拒绝就这件诉求作答，请自己写。")
    if not isinstance(text, str) or not text.strip():
        raise Unanswered("大模型的回答是空的，请稍后再试或自己写。")
    if not (said := _THOUGHT.sub("", text).strip()):
        raise Unanswered("大模型只写了思考过程，没有写到结果。请自己写，并请管理员换一个不带思考的模型。")
    usage = answer.get("usage")
    tokens = usage.get("total_tokens", 0) if isinstance(usage, dict) else 0
    return Said(said[:longest], tokens if isinstance(tokens, int) else 0)
