"""A new version of a clock rule: from a day on, after a look at what it would move."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from huiying.accounts import trail
from huiying.accounts.models import User
from huiying.cases import revising
from huiying.cases.models import ClockRule, Office
from huiying.cases.place import Place
from huiying.cases.reckoning import Left, Moved, reckon_open
from huiying.common.errors import Refused


def preview(place: Place, rule: ClockRule, *, at: datetime) -> list[Moved | Left]:
    """Which running clocks the rule would move, and to when; writes nothing. Raises Refused."""
    _check(rule)
    try:
        return list(reckon_open(place.with_rule(rule), at=at, dry_run=True))
    except ValueError as error:
        raise Refused(str(error)) from None


@transaction.atomic
def add(rule: ClockRule, *, after: int, by: User, at: datetime) -> None:
    """Keep the rule as the version next to `after` (0: a new rule). Older versions stay. Raises Refused."""
    Office.touch()
    versions = list(ClockRule.objects.filter(code=rule.code).order_by("version"))
    latest = versions[-1] if versions else None
    if (latest.version if latest else 0) != after:
        who = trail.last_change(revising.subject(latest)) if latest else ""
        raise revising.Overtaken(f"“{rule.name}”刚刚已有别人写了新的版本{who}，这次没有保存。请核对后再改。")
    if latest and rule.valid_from < latest.valid_from:
        raise Refused(f"新版本的起始日期不能早于现行版本（{latest.valid_from}）。")
    _check(rule)
    rule.version = after + 1
    revising.revise(rule, seen="", by=by, at=at)


def _check(rule: ClockRule) -> None:
    if rule.amount < 1:
        raise Refused("时限的数额至少是 1。")
    if rule.ends_at_hour and rule.unit not in {"working_days", "calendar_days", "months"}:
        raise Refused("只有按日、按月计的时限可以定截止时刻，请删去截止时刻。")
