"""并单: two cases of one matter are handled as one; linked, never deleted, and undone by `unmerge`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from huiying.accounts.models import User
from huiying.cases import lifecycle, permissions
from huiying.cases.lifecycle import NotAllowed
from huiying.cases.models import Case
from huiying.dispatch.handoff import Outcome, tried


def merge_into(case: Case, *, into: str, by: User, at: datetime, note: str = "", on: int = 0) -> None:
    """Merge the case, as the person saw it, into the one numbered `into`. Raises NotAllowed or Stale."""
    number = into.strip().upper()
    other = permissions.visible_to(by).filter(number=number).first()
    if other is None:
        raise NotAllowed(f"没有编号为“{into.strip()}”的诉求件，或您不能查看它，请核对编号。")
    lifecycle.merge(case, other, by=by, at=at, note=note)


def merge_many(cases: Iterable[Case], *, into: str, by: User, at: datetime) -> list[Outcome]:
    """Merge each case into the one numbered `into`, each by itself: one that fails holds up no other."""
    return [tried(case, partial(merge_into, case, into=into, by=by, at=at)) for case in cases]
