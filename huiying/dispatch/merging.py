"""并单: two cases of one matter are handled as one; linked, never deleted, and undone by `unmerge`."""

from __future__ import annotations

from datetime import datetime

from huiying.accounts.models import User
from huiying.cases import lifecycle, permissions
from huiying.cases.lifecycle import NotAllowed
from huiying.cases.models import Case


def merge_into(case: Case, *, into: str, by: User, at: datetime, note: str = "", on: int = 0) -> None:
    """Merge the case, as the person saw it, into the one numbered `into`. Raises NotAllowed or Stale."""
    number = into.strip().upper()
    other = permissions.visible_to(by).filter(number=number).first()
    if other is None:
        raise NotAllowed(f"没有编号为“{into.strip()}”的诉求件，或您不能查看它，请核对编号。")
    lifecycle.merge(case, other, by=by, at=at, note=note)
