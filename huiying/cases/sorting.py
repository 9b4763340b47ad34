"""核定: what a case is about, whom it accuses, and whether its reporter is protected."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from huiying.accounts.models import User
from huiying.cases import lifecycle
from huiying.cases.lifecycle import NotAllowed
from huiying.cases.models import Case, Event

GIVEN = ("nature", "topic", "area", "urgency")


def reclassify(
    case: Case,
    *,
    by: User,
    at: datetime,
    accused: Collection[str] | None = None,
    note: str = "",
    on: int = 0,
    **given: str,
) -> Event:
    """Set what differs from what the case says now; `given` are codes of `GIVEN`, `accused` of units.

    An empty code, and no `accused`, leave things as they are. Raises Stale, or NotAllowed where nothing
    differs.
    """
    state = lifecycle.state_of(case)
    data: dict[str, Any] = {name: given[name] for name in GIVEN if given.get(name)}
    data = {name: code for name, code in data.items() if code != getattr(state, name)}
    if accused is not None and set(accused) != set(state.accused):
        data["accused"] = sorted(accused)
    if not data:
        raise NotAllowed(f"{case.number}：与现在的核定相同，没有改动。")
    return lifecycle.advance(case, "reclassify", by=by, at=at, note=note, on=on, **data)


def protect(case: Case, *, by: User, at: datetime, secret: bool, note: str = "", on: int = 0) -> Event:
    """Hide the reporter from the units, or show them again. Raises NotAllowed or Stale."""
    if secret == case.secret:
        raise NotAllowed(f"{case.number}：现在已经{'保密' if secret else '不保密'}，没有改动。")
    return lifecycle.advance(case, "protect", by=by, at=at, note=note, on=on, secret=secret)
