"""What every page of the workbench stands on: the place, the menu, and how a refusal is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.functional import SimpleLazyObject
from django_htmx.middleware import HtmxDetails

from huiying.accounts.models import User
from huiying.cases import place
from huiying.cases.models import Office
from huiying.cases.place import Place
from huiying.common.errors import Refused


class Page(NamedTuple):
    """A page of the top bar: name of its address, title, and the roles it is for (none named: everybody)."""

    name: str
    title: str
    roles: frozenset[str] = frozenset()


MENU = (
    Page("glance", "总览"),
    Page("cases", "诉求件"),
    Page("bulletins", "通报"),
)


def menu_of(user: User) -> list[Page]:
    """The pages that a person's roles open, in order."""
    return [page for page in MENU if not page.roles or page.roles & user.roles]


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
    return {
        "office": SimpleLazyObject(lambda: _office(request)),
        "menu": menu_of(user) if user is not None and signed_in else (),
        "here": match.url_name if match else "",
    }


def _office(request: HttpRequest) -> Office | None:
    """The office's row, or None where no place is loaded yet: the sign-in page opens all the same."""
    try:
        return place_of(request).office
    except Refused:
        return None


class Guard:
    """Middleware: a refusal becomes a page that says why; what a citizen told us is not kept in caches."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_store=True)
        patch_vary_headers(response, ["HX-Request"])
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Show a Refused; leave everything else to Django."""
        if not isinstance(exception, Refused):
            return None
        return render(request, "refused.html", {"reason": str(exception)}, status=409)
