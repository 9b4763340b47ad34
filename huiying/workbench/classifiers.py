"""分类模型: what the place has learnt from its own cases, version by version; taken back here if need be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from huiying.accounts.models import Role
from huiying.mining import learning
from huiying.mining.classify_training import PRECISION
from huiying.mining.models import ModelVersion
from huiying.workbench.settings_pages import only
from huiying.workbench.visit import Visit

TITLE = "分类模型"
SHOWN = 6
"""So many of the newest versions of a kind are shown."""
BADGES = {"used": "calm", "replaced": "done", "rejected": "soon", "withdrawn": "late"}


@dataclass(frozen=True)
class Kind:
    """What is learnt: its versions, the one in use and the one before it, how much came since, and why the
    one in use cannot be used."""

    code: str
    title: str
    rows: list[tuple[ModelVersion, str, dict[str, str]]]
    used: ModelVersion | None
    before: ModelVersion | None
    waiting: int
    problem: str


@only(Role.ADMIN)
def classifiers(request: Visit) -> HttpResponse:
    """The newest versions of each kind."""
    context = {"kinds": [_kind(code) for code in learning.TITLES], "precision": round(PRECISION * 100)}
    return render(request, "workbench/classifiers.html", context)


@only(Role.ADMIN)
@require_POST
def classifier_back(request: Visit, kind: str) -> HttpResponse:
    """Take the version in use back, if it is still the one that the person saw."""
    if kind not in learning.TITLES:
        raise Http404
    seen = request.POST.get("seen", "")
    taken = learning.roll_back(kind, at=timezone.now(), by=request.user, seen=seen)
    now = learning.versions().get(kind)
    messages.success(request, f"已退回{taken}，现用{now or '名称建议'}。")
    return redirect("classifiers")


def summary() -> str:
    """For the door: how many kinds are told by a model."""
    return f"{len(learning.versions())} 类在用，共 {len(learning.TITLES)} 类"


def _kind(code: str) -> Kind:
    versions = list(ModelVersion.objects.filter(kind=code)[:SHOWN])
    used = learning.versions().get(code)
    return Kind(
        code=code,
        title=learning.TITLES[code],
        rows=[(each, BADGES[each.status], _figures(each.figures)) for each in versions],
        used=used,
        before=learning.before_it(used) if used else None,
        waiting=learning.news(used.upto) if used else 0,
        problem=learning.problem(used) if used else "",
    )


def _figures(measured: dict[str, Any]) -> dict[str, str]:
    """The figures of a version in percent; a dash for those that say nothing: not measured, or of
    no answer."""
    names = ("accuracy", "accuracy_before", "top3_accuracy", "coverage", "precision")
    said = {name: f"{measured[name]:.1%}" if name in measured else "—" for name in names}
    return said if measured.get("coverage") else said | {"precision": "—"}
