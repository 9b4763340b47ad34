"""批量任务 on the pages that asked for it: how far it is, polled; with scripts off a page to refresh."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from huiying.accounts.models import OFFICE_ROLES, Role
from huiying.batches import queue
from huiying.batches.models import Batch, BatchState
from huiying.workbench.settings_pages import only
from huiying.workbench.visit import Visit

PATIENCE = timedelta(minutes=3)
"""A batch that nobody has begun after this long says that no worker runs."""


def progress_of(kind: str, now: datetime) -> dict[str, Any]:
    """Context of a page that shows how far the work of one kind is."""
    found = queue.lately(kind, now)
    return {"batch": found, "unattended": bool(found and _is_unattended(found, now))}


def _is_unattended(batch: Batch, now: datetime) -> bool:
    return batch.state == BatchState.WAITING and not batch.tries and batch.asked_at < now - PATIENCE


@only(*OFFICE_ROLES)
def batch(request: Visit, pk: int) -> HttpResponse:
    """One batch; for htmx its progress only."""
    found = get_object_or_404(Batch.objects.select_related("asked_by"), pk=pk)
    context = {"batch": found, "unattended": _is_unattended(found, timezone.now())}
    return render(request, "workbench/batch.html" + ("#progress" if request.htmx else ""), context)


@only(*OFFICE_ROLES)
@require_POST
def batch_again(request: Visit, pk: int) -> HttpResponse:
    """Try a batch that failed once more: by who asked for it, or an administrator."""
    found = get_object_or_404(Batch, pk=pk)
    if found.asked_by != request.user and Role.ADMIN not in request.user.roles:
        raise PermissionDenied("没有办成的，由发起的人或管理员重试。")
    if queue.again(found):
        messages.success(request, "已重新排队，从停下的地方接着办。")
    return redirect("batch", pk)
