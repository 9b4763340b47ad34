"""One press is one deed, also without scripts: a form sent twice is done once, and ends at the same place.

Every page gives its forms a token that no other page has (Django's, against forged requests). The same form
with the same token and the same content is the same press: a double click, a reload, a return in the
browser's history. The first is done; the others wait for it and are led to where it led.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.contrib.messages.storage.base import BaseStorage
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.http.request import UnreadablePostError
from django.shortcuts import render
from django.utils import timezone

from huiying.accounts import submissions
from huiying.accounts.models import Submission, User

TOKEN = "csrfmiddlewaretoken"
PATIENCE_SECONDS = 10.0
TICK_SECONDS = 0.1
AGAIN = "这一步刚才已经提交过，没有重复办理。"
AT_WORK = "这一步还在办理中，请稍候几秒，回到上一页刷新查看。不必再次提交。"


class Once:
    """Middleware, the innermost: what goes through it was let through by all others."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        mark = mark_of(request) if request.user.is_authenticated else ""
        if not mark:
            return self.get_response(request)
        user = cast(User, request.user)
        row, is_ours = submissions.begin(user, mark, at=timezone.now())
        if is_ours:
            return self._done(request, row)
        return self._again(request, user, row)

    def _done(self, request: HttpRequest, row: Submission) -> HttpResponseBase:
        try:
            response = self.get_response(request)
        except BaseException:
            submissions.refuse(row)
            raise
        led_to, said = _outcome(request, response)
        if led_to:
            submissions.end(row, led_to=led_to, said=said)
        else:
            submissions.refuse(row)
        return response

    def _again(self, request: HttpRequest, user: User, row: Submission) -> HttpResponseBase:
        """Wait for the first; where it came to nothing, this is the first."""
        until = time.monotonic() + PATIENCE_SECONDS
        while not row.led_to:
            if time.monotonic() > until:
                return render(request, "refused.html", {"reason": AT_WORK}, status=409)
            time.sleep(TICK_SECONDS)
            row, is_ours = submissions.begin(user, row.mark, at=timezone.now())
            if is_ours:
                return self._done(request, row)
        for level, text in row.said:
            messages.add_message(request, level, text)
        messages.info(request, AGAIN)
        return HttpResponseRedirect(row.led_to)


def leads_to(response: HttpResponse, led_to: str, said: str) -> HttpResponse:
    """A page that answers a form itself, with what is shown only once: where to lead whoever sends it again,
    and what to tell them there."""
    response.once = (led_to, [[messages.SUCCESS, said]])  # type: ignore[attr-defined]
    return response


def _outcome(request: HttpRequest, response: HttpResponseBase) -> tuple[str, list[list[Any]]]:
    """Where the form led and what it said there; "" where it was refused or only looked something up."""
    known: tuple[str, list[list[Any]]] = getattr(response, "once", ("", []))
    if response.status_code not in {301, 302, 303}:
        return known
    told = cast(BaseStorage, messages.get_messages(request))
    said: list[list[Any]] = [[message.level, str(message)] for message in told]
    told.used = False  # they are still to be shown
    failed = said and all(level >= messages.WARNING for level, _ in said)
    return ("" if failed else response.headers["Location"]), said


def mark_of(request: HttpRequest) -> str:
    """The mark of a form sent by a page; "" for what a script sends, and where there is no token."""
    if request.method != "POST" or "HX-Request" in request.headers:
        return ""
    try:
        given = sorted((name, request.POST.getlist(name)) for name in request.POST)
        files = sorted((name, list(map(_file, request.FILES.getlist(name)))) for name in request.FILES)
    except UnreadablePostError:
        return ""
    if TOKEN not in request.POST:
        return ""
    text = json.dumps([request.get_full_path(), given, files], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _file(file: Any) -> list[str]:
    digest = hashlib.sha256()
    for piece in file.chunks():
        digest.update(piece)
    file.seek(0)
    return [file.name, digest.hexdigest()]
