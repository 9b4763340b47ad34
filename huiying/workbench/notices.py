"""通知: what a person was told, newest first; and for the administrator, what could not be sent."""

from __future__ import annotations

import re

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from huiying.accounts.models import Role, Unit, User
from huiying.cases import permissions
from huiying.cases.models import Case
from huiying.notices import inbox, sending
from huiying.notices.models import Channel, Notice, Outbox, OutboxState
from huiying.notices.rules import ALARMS, ARTICLES, TITLES
from huiying.workbench.visit import Visit

PAGE = 50
OF_CLOSING = re.compile(r"(statement|rectification|reconciliation|rectifications):(\d+):")
"""The keys that `bulletins.closing_notices` gives, which name the page that a notice leads to."""
OF_PART = re.compile(r"part:\d+:[^:]*:(.+):(\d+)$")
"""The keys of `replies.part_notices`, which name the task."""
SHOWN_LETTERS = 50


def notices(request: Visit) -> HttpResponse:
    """The inbox. `unread=1` shows only what was not read; a page begins before a line's own number."""
    found = inbox.of(request.user).select_related("case")
    only_unread = request.GET.get("unread") == "1"
    if only_unread:
        found = found.filter(read_at=None)
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 19:
        found = found.filter(pk__lt=int(before))
    rows = list(found[: PAGE + 1])
    context = {
        "rows": [(each, TITLES.get(each.rule, each.rule)) for each in rows[:PAGE]],
        "older": rows[PAGE - 1].pk if len(rows) > PAGE else "",
        "before": before,
        "only_unread": only_unread,
        "letters": letters(request.user),
    }
    return render(request, "workbench/notices.html", context)


def letters(user: User) -> list[tuple[Outbox, str, str]] | None:
    """For the administrator the messages that are dead or were refused at least once, with to whom and
    about what; None for others."""
    if Role.ADMIN not in user.roles:
        return None
    stuck = Outbox.objects.filter(state__in=[OutboxState.DEAD, OutboxState.WAITING]).exclude(error="")
    rows = list(stuck.order_by("state", "-pk")[:SHOWN_LETTERS])
    names = dict(User.objects.filter(username__in=[row.to for row in rows]).values_list("username", "name"))
    units = dict(Unit.objects.filter(code__in=[row.to for row in rows]).values_list("code", "name"))
    return [
        (
            row,
            (units if row.channel == Channel.WEBHOOK else names).get(row.to) or row.to,
            TITLES.get(row.rule, row.rule),
        )
        for row in rows
    ]


@require_POST
def read_notice(request: Visit, pk: int) -> HttpResponse:
    """Mark one line as read and go to what it is about, where the person may see it."""
    found = get_object_or_404(Notice, pk=pk, user=request.user)
    inbox.read(request.user, timezone.now(), pk)
    if of_closing := OF_CLOSING.match(found.key):
        return redirect(of_closing[1], int(of_closing[2]))
    if of_part := OF_PART.match(found.key):
        return redirect("work", number=of_part[1], on=int(of_part[2]))
    if found.rule in ARTICLES:
        return redirect("article", number=found.key.partition(":")[0])
    if found.rule in ALARMS:
        return redirect("alarm", pk=int(found.key.partition(":")[0]))
    if found.case_id is None:
        return redirect("notices")
    number = permissions.visible_to(request.user).filter(pk=found.case_id).values_list("number", flat=True)
    if reached := number.first():
        return redirect("case", number=reached)
    messages.warning(request, _gone(found.case))
    return redirect("notices")


def _gone(case: Case | None) -> str:
    return f"{case} 现在不由您的单位承办，不能查看。"


@require_POST
def read_notices(request: Visit) -> HttpResponse:
    """Mark everything as read."""
    messages.success(request, f"已将 {inbox.read(request.user, timezone.now())} 条标为已读。")
    return redirect("notices")


@require_POST
def resend(request: Visit, pk: int) -> HttpResponse:
    """Try a dead letter again: for the administrator."""
    if Role.ADMIN not in request.user.roles:
        raise Http404
    if sending.revive(pk, timezone.now()):
        messages.success(request, "已重新排队，将在一分钟内再发。")
    else:
        messages.warning(request, "这一条已在排队或已发出。")
    return redirect("notices")
