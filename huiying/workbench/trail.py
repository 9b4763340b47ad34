"""安全记录: the trail, read by the auditor and changed by nobody."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode

from huiying.accounts.models import Role, Trail, TrailKind
from huiying.cases import clocks
from huiying.cases.place import zone
from huiying.workbench.settings_pages import only
from huiying.workbench.visit import Visit

PAGE = 50
ASKED = ("kind", "who", "q", "from", "to")


@only(Role.AUDITOR)
def trail(request: Visit) -> HttpResponse:
    """The lines of the trail, the newest first; for htmx the rows only."""
    asked = {name: request.GET.get(name, "").strip() for name in ASKED}
    problems: list[str] = []
    found = _narrowed(asked, problems).select_related("user")
    if (before := request.GET.get("before", "")).isdecimal() and len(before) < 18:
        found = found.filter(pk__lt=int(before))
    rows = list(found.order_by("-pk")[: PAGE + 1])
    kept = {name: value for name, value in asked.items() if value}
    older = urlencode(kept | {"before": str(rows[PAGE - 1].pk)}) if rows[PAGE:] else ""
    context = {
        "rows": [(row, _details(row.data)) for row in rows[:PAGE]],
        "asked": asked | {"since": asked["from"]},
        "kinds": TrailKind.choices,
        "problems": problems,
        "older": older,
    }
    template = "workbench/trail.html" + ("#rows" if request.htmx and not request.htmx.boosted else "")
    return render(request, template, context)


def _narrowed(asked: dict[str, str], problems: list[str]) -> QuerySet[Trail]:
    found = Trail.objects.all()
    if asked["kind"] in TrailKind.values:
        found = found.filter(kind=asked["kind"])
    if asked["who"]:
        found = found.filter(Q(user__username=asked["who"]) | Q(user__name=asked["who"]))
    if asked["q"]:
        found = found.filter(Q(subject__contains=asked["q"]) | Q(reason__contains=asked["q"]))
    if since := _day(asked["from"], "自", problems):
        found = found.filter(at__gte=clocks.end_of_day(since - timedelta(days=1), zone()))
    if until := _day(asked["to"], "至", problems):
        found = found.filter(at__lt=clocks.end_of_day(until, zone()))
    return found


def _day(text: str, title: str, problems: list[str]) -> date | None:
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a date, no instant
    except ValueError:
        problems.append(f"“{title}”写的是“{text}”，不是日期，没有按它筛选。")
        return None


def _details(data: dict[str, Any]) -> list[str]:
    """What a line says beyond its subject: from what to what, or each value by its name."""
    data = dict(data)
    before, after = data.pop("before", {}), data.pop("after", {})
    lines = []
    for name in dict.fromkeys([*before, *after]):
        lines.append(f"{name}：{_plain(before.get(name, '（无）'))} → {_plain(after.get(name, '（无）'))}")
    return [*lines, *(f"{WORDS.get(name, name)}：{_plain(value)}" for name, value in data.items())]


WORDS = {
    "address": "地址",
    "from": "自",
    "until": "至",
    "rows": "行数",
    "filters": "条件",
    "count": "件数",
} | {
    "use": "用途",
    "model": "模型",
    "sha256": "送出内容的摘要值",
    "characters": "字数",
    "tokens": "用量",
}


def _plain(value: Any) -> str:
    match value:
        case bool():
            return "是" if value else "否"
        case str():
            return value or "（空）"
        case list():
            return "、".join(map(_plain, value)) or "（空）"
        case None:
            return "（空）"
        case _:
            return json.dumps(value, ensure_ascii=False)
