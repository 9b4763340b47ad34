"""The moves of a case that are made on a page of their own, and where that page is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.urls import reverse

from huiying.accounts.models import User
from huiying.cases.models import Case
from huiying.cases.moves import WITH_UNIT
from huiying.quality import calls


@dataclass(frozen=True)
class Page:
    """What the link says, where it leads ("": nowhere now), and why it may lead nowhere."""

    title: str
    url: Callable[[User, Case], str]
    why: str = ""


def _letter(user: User, found: Case) -> str:
    return reverse("letter", args=[found.number]) if found.status in WITH_UNIT else ""


def _call_back(user: User, found: Case) -> str:
    task = calls.waiting(user).filter(case=found).first()
    return reverse("callback", args=[task.pk]) if task else ""


PAGES = {
    "supervise": Page("发督办函", _letter, "没有在办的承办单位，没有可以发函的对象。"),
    "call_back": Page("登记回访", _call_back, "没有待回访的任务：按回访规则安排，打通或多次未接通后即结束。"),
    "appeal": Page("申诉", lambda user, found: reverse("appeals")),
    "rule_appeal": Page("裁定申诉", lambda user, found: reverse("appeals")),
    "amend": Page("更正记录", lambda user, found: reverse("amend", args=[found.number])),
}
"""By the move's name. What a unit does for its task is on the task's page, to which the case page leads."""


def links(user: User, found: Case, names: Iterable[str]) -> tuple[list[tuple[str, str]], dict[str, str]]:
    """Of the moves named, those that have a page: titles with addresses; and why others have none now."""
    open_now: list[tuple[str, str]] = []
    closed: dict[str, str] = {}
    for name in names:
        if page := PAGES.get(name):
            if url := page.url(user, found):
                open_now.append((page.title, url))
            else:
                closed[name] = page.why
    return open_now, closed
