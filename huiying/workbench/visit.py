"""What every page of the workbench stands on: the place, the menu, and how a refusal is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.functional import SimpleLazyObject
from django_htmx.middleware import HtmxDetails

from huiying.accounts.models import OFFICE_ROLES, Role, User
from huiying.cases import place
from huiying.cases.lifecycle import WrongRole
from huiying.cases.models import Office
from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.knowledge.rights import READERS
from huiying.mining import hot_cases
from huiying.mining.watch import WATCHERS
from huiying.notices import inbox


class Page(NamedTuple):
    """A page of the top bar: name of its address, title, and the roles it is for (none named: everybody)."""

    name: str
    title: str
    roles: frozenset[str] = frozenset()


MENU = (
    Page("glance", "总览"),
    Page("intake", "登记台", frozenset({Role.OPERATOR, Role.DISPATCHER})),
    Page("inbox", "单位工作台", frozenset({Role.CLERK, Role.HEAD})),
    Page("cases", "诉求件"),
    Page("knowledge", "知识库", READERS),
    Page("review", "审核台", frozenset({Role.REVIEWER})),
    Page("callbacks", "回访台", frozenset({Role.CALLBACK, Role.REVIEWER, Role.SUPERVISOR})),
    Page(
        "appeals",
        "申诉",
        frozenset({Role.CLERK, Role.HEAD, Role.CALLBACK, Role.REVIEWER, Role.SUPERVISOR}),
    ),
    Page("dispatch", "派单台", frozenset({Role.DISPATCHER})),
    Page("rulings", "退办与延期", frozenset({Role.DISPATCHER, Role.SUPERVISOR, Role.LEADER})),
    Page("supervision", "督办台", frozenset({Role.SUPERVISOR, Role.DISPATCHER, Role.LEADER})),
    Page("board", "时限看板", frozenset({Role.SUPERVISOR, Role.DISPATCHER, Role.LEADER, Role.REVIEWER})),
    Page("alarms", "预警", WATCHERS),
    Page("hot", "热点", hot_cases.READERS),
    Page("scores", "来电抽评", frozenset({Role.SUPERVISOR})),
    Page("figures", "数据", OFFICE_ROLES | {Role.CLERK, Role.HEAD}),
    Page("bulletins", "通报"),
    Page("closing", "收口", OFFICE_ROLES | {Role.CLERK, Role.HEAD}),
    Page(
        "archiving",
        "归档",
        frozenset({Role.DISPATCHER, Role.REVIEWER, Role.SUPERVISOR, Role.LEADER, Role.ADMIN}),
    ),
    Page("settings", "设置", frozenset({Role.ADMIN})),
    Page("trail", "安全记录", frozenset({Role.AUDITOR})),
)


def menu_of(user: User) -> list[Page]:
    """The pages that a person's roles open, in order."""
    return [page for page in MENU if not page.roles or page.roles & user.roles]


IN_THE_BAR = 10
"""More pages than these would break the bar into two lines on the office's screens of 1366 pixels."""


def in_the_bar(pages: list[Page]) -> tuple[list[Page], list[Page]]:
    """The pages that stand in the top bar, and those behind “更多” where there are too many."""
    cut = len(pages) if len(pages) <= IN_THE_BAR else IN_THE_BAR - 1
    return pages[:cut], pages[cut:]


class Visit(HttpRequest):
    """A request of somebody who is signed in, as the middleware leaves it."""

    user: User
    htmx: HtmxDetails


def place_of(request: HttpRequest) -> Place:
    """The place, asked for once per request. Raises Refused before any is loaded."""
    if not hasattr(request, "_place"):
        request._place = place.current()  # type: ignore[attr-defined]
    found: Place = request._place  # type: ignore[attr-defined]
    return found


def office(request: HttpRequest) -> dict[str, Any]:
    """Context of every page: whose office this is, and the menu."""
    user = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated
    match = getattr(request, "resolver_match", None)
    menu = menu_of(user) if user is not None and signed_in else []
    first, more = in_the_bar(menu)
    here = match.url_name if match else ""
    return {
        "office": SimpleLazyObject(lambda: _office(request)),
        "menu": menu,
        "menu_first": first,
        "menu_more": more,
        "here": here,
        "here_in_more": any(page.name == here for page in more),
        "unread": SimpleLazyObject(lambda: inbox.unread(user)) if user is not None and signed_in else 0,
    }


def _office(request: HttpRequest) -> Office | None:
    """The office's row, or None where no place is loaded yet: the sign-in page opens all the same."""
    try:
        return place_of(request).office
    except Refused:
        return None


def _whole_page(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Where a part of a page was asked for and the sign-in has run out, the whole page goes to the door."""
    door = response.headers.get("Location", "") if response.status_code == 302 else ""
    if "HX-Request" in request.headers and door.startswith(reverse("login")):
        if request.headers.get("HX-Trigger") == "here":  # nobody presses that: what is typed stays in sight
            return render(request, "workbench/here.html#signed_out")
        return HttpResponse(headers={"HX-Redirect": reverse("login")})
    return response


class Guard:
    """Middleware: a refusal becomes a page that says why; what a citizen told us is not kept in caches."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = _whole_page(request, self.get_response(request))
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_store=True)
        patch_vary_headers(response, ["HX-Request"])
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Show a Refused; leave everything else to Django."""
        if not isinstance(exception, Refused):
            return None
        if isinstance(exception, WrongRole):
            return render(request, "403.html", {"exception": str(exception)}, status=403)
        return render(request, "refused.html", {"reason": str(exception)}, status=409)
