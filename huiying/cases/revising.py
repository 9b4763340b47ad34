"""Changing what the office has set: one door, which refuses the overtaken and tells the trail.

Every change is one transaction: the office's revision goes up first, which lets one change at a time in and
makes every process read the place again; then the row is compared with what the person saw.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import models, transaction

from huiying.accounts import trail
from huiying.accounts.models import TrailKind, Unit, User
from huiying.cases import sights
from huiying.cases.models import Assignment, Office, Topic
from huiying.cases.moves import LIVE
from huiying.common.errors import Refused

_OVERTAKEN = "“{}”刚刚已被别人改过{}，这次没有保存。请核对现在的内容，仍要改的请再按一次保存。"
CODE = re.compile(r"[\w.-]{1,64}")


class Overtaken(Refused):
    """Somebody else changed the row since it was shown; nothing was changed."""


def values(row: models.Model) -> dict[str, Any]:
    """What a row says, by the words of the screen."""
    said = {}
    for field in row._meta.concrete_fields:
        if field.editable and not isinstance(field, models.AutoField):
            value = getattr(row, field.name)
            plain = value is None or isinstance(value, bool | int | float | str | list)
            said[str(field.verbose_name)] = value if plain else str(value)
    return said


def mark(row: models.Model) -> str:
    """What a form carries along of the row that it shows: "" for one that is not there yet."""
    return "" if row.pk is None or row._state.adding else mark_of(values(row))


def mark_of(said: Any) -> str:
    """The same of values that are no row."""
    text = json.dumps(said, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:20]


@transaction.atomic
def agree(row: models.Model, *, seen: str) -> models.Model | None:
    """The row as it is stored (None: a new one), if `row` can be saved in its place.

    It is ours then until the transaction ends. Raises Overtaken, or Refused for what cannot be.
    """
    Office.touch()
    stored: models.Model | None = None
    if row.pk is not None:
        stored = type(row).objects.filter(pk=row.pk).first()  # type: ignore[attr-defined]
    if (mark(stored) if stored else "") != seen:
        raise overtaken(stored or row)
    check(row)
    return stored


def overtaken(row: models.Model) -> Overtaken:
    """What to raise where somebody else changed the row first."""
    return Overtaken(_OVERTAKEN.format(row, trail.last_change(subject(row))))


@transaction.atomic
def revise(row: models.Model, *, seen: str, by: User, at: datetime) -> bool:
    """Save a row of the settings and note what changed; whether anything did.

    `seen` is the `mark` of the row as it was shown. Raises Overtaken, or Refused for what cannot be.
    """
    stored = agree(row, seen=seen)
    row.save()
    if isinstance(row, Unit):
        _move_below(row)
        if isinstance(stored, Unit) and stored.path != row.path:
            sights.rebuild(Unit.objects.filter(path__startswith=row.path))
    before, after = values(stored) if stored else {}, values(row)
    changed = {name: value for name, value in after.items() if before.get(name, "") != value}
    if changed:
        was = {name: before[name] for name in changed if name in before}
        trail.note(by, TrailKind.SETTING, at=at, subject=subject(row), before=was, after=changed)
    return bool(changed)


def subject(row: models.Model) -> str:
    """How the trail names a row of the settings."""
    return f"{row._meta.verbose_name}：{row}"


@transaction.atomic
def configure(
    table: str,
    given: Mapping[str, Any],
    *,
    seen: str,
    by: User,
    at: datetime,
    title: str,
    said: Callable[[Mapping[str, Any]], dict[str, Any]],
) -> bool:
    """Replace one table of the office's configuration (`[quality]` …) and note what changed; whether
    anything did. `said` puts the table into the words of the screen and of the trail.

    `seen` is the `mark_of` the table as it was shown. Raises Overtaken.
    """
    Office.touch()
    office = Office.objects.get()
    stored = office.config.get(table, {})
    if mark_of(stored) != seen:
        raise Overtaken(_OVERTAKEN.format(title, trail.last_change(title)))
    before, after = said(stored), said(given)
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    changed = {name: after.get(name, "") for name in names}
    if changed:
        office.config = {**office.config, table: dict(given)}
        office.save(update_fields=["config"])
        was = {name: before[name] for name in changed if name in before}
        trail.note(by, TrailKind.SETTING, at=at, subject=title, before=was, after=changed)
    return bool(changed)


def _move_below(unit: Unit) -> None:
    for child in unit.children.all():
        child.parent = unit
        child.save()
        _move_below(child)


def check(row: models.Model) -> None:
    """Refuse what the database would take and the office could not work with."""
    code = getattr(row, "code", None)
    if isinstance(code, str) and row._state.adding and not CODE.fullmatch(code):
        raise Refused(f"代码“{code}”不能用。只用文字、数字、点、横线，不超过 64 个，中间不留空格。")
    if isinstance(row, Unit):
        _check_unit(row)
    elif isinstance(row, Topic):
        _check_topic(row)


def _check_unit(unit: Unit) -> None:
    if not unit._state.adding and unit.pk in _above(unit):
        raise Refused("上级单位不能是本单位或它的下级，请另选。")
    if unit.active or unit._state.adding:
        return
    held = Assignment.objects.filter(unit=unit, status__in=LIVE).count()
    if held:
        raise Refused(f"{unit}还有 {held} 件没有办完，不能停用。请先办结或改派。")
    if unit.children.filter(active=True).exists():
        raise Refused(f"{unit}还有在用的下级单位，请先停用或移走下级。")


def _above(unit: Unit) -> list[int]:
    """The units above this one, the nearest first; a ring ends where it closes."""
    found: list[int] = []
    above = unit.parent
    while above is not None and above.pk not in found:
        found.append(above.pk)
        above = above.parent
    return found


def _check_topic(topic: Topic) -> None:
    if "/" in topic.name:
        raise Refused("分类名称里不能有“/”，它用来分隔上下级。")
    if topic.parent and topic.parent.tree != topic.tree:
        raise Refused("上级分类不在所选的体系里，请另选。")
    if topic._state.adding:
        path = f"{topic.parent.path if topic.parent else topic.tree.code}/{topic.name}"
        if Topic.objects.filter(path=path).exists():
            raise Refused(f"已有“{path}”这个分类，请换一个名称，或启用原有的。")
