"""Packages made in bulk, and what two people let be erased: a part at a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from huiying.archive import erasing, register, retention
from huiying.archive.models import Package, PackageState
from huiying.archive.retention import Schedule
from huiying.batches.models import Batch
from huiying.cases import place
from huiying.cases.models import Case
from huiying.common.errors import Refused
from huiying.workbench.archive import make

AT_ONCE = 100


def _cases(batch: Batch, held: Schedule) -> QuerySet[Case]:
    """The cases that were to be archived when it was asked for: those named, or all."""
    cases = register.due(held, batch.asked_at)
    numbers = batch.params.get("numbers")
    return cases if numbers is None else cases.filter(number__in=numbers)


def count(batch: Batch) -> int:
    return _cases(batch, retention.schedule(place.current().config)).count()


def archive(batch: Batch, now: datetime) -> Iterator[tuple[int, dict[str, Any]]]:
    """Make a package of each case; one that cannot be packed is left and named."""
    town, by = place.current(), batch.asked_by
    assert by is not None, "only people ask for packages"
    held, last = retention.schedule(town.config), batch.reached
    cases = _cases(batch, held).select_related(*register.FOLLOWED).order_by("pk")
    while found := list(cases.filter(pk__gt=last)[:AT_ONCE]):
        for case in found:
            last = case.pk
            try:
                make(case, register.rule_of(case, town, held), town, by=by, at=now)
                yield last, {"made": 1, "left": 0, "named": []}
            except Refused as refusal:
                yield last, {"made": 0, "left": 1, "named": [f"{case.number} 没有归档：{refusal}"]}


def archived(found: dict[str, Any]) -> str:
    return f"已归档 {found['made']} 件。" if found.get("made") else "没有归档的件。"


def _confirmed() -> QuerySet[Package]:
    return Package.objects.filter(state=PackageState.CONFIRMED)


def count_confirmed(batch: Batch) -> int:
    return _confirmed().count()


def erase(batch: Batch, now: datetime) -> Iterator[tuple[int, dict[str, Any]]]:
    """Erase what two people decided; a case that has been worked on since is left, named and kept."""
    rows = _confirmed().select_related("case", "decided_by").order_by("pk")
    last = batch.reached
    while found := list(rows.filter(pk__gt=last)[:AT_ONCE]):
        for package in found:
            last = package.pk
            try:
                erasing.erase(package, at=now)
                yield last, {"erased": 1, "left": 0, "named": []}
            except Refused as refusal:
                erasing.spare(package, str(refusal))
                yield last, {"erased": 0, "left": 1, "named": [f"{package.case} 没有删除：{refusal}"]}


def erased(found: dict[str, Any]) -> str:
    return f"已删除 {found['erased']} 件的个人资料和文字。" if found.get("erased") else "没有可删除的件。"
