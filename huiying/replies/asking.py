"""What a unit asks of the office: to give a task back, or more time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from huiying.accounts.models import User
from huiying.cases import lifecycle, place
from huiying.cases.models import Assignment
from huiying.common.errors import Refused


class Unfounded(Refused):
    """A request that lacks its ground; the message says what is missing."""


def ask_return(
    task: Assignment, *, reason: str, basis: str, proposed: str, by: User, at: datetime, seq: int
) -> None:
    """Ask that another unit take the task. Raises Unfounded, NotAllowed or Stale.

    `reason` is a code of `moves.RETURN_REASONS`, `basis` the legal ground in words, `proposed` the code of a
    unit or empty.
    """
    if not reason:
        raise Unfounded("请选择退办理由。")
    if not basis:
        raise Unfounded("请写明退办的法规依据和说明。")
    if proposed == task.unit.code:
        raise Unfounded("建议承办单位就是本单位，请改选，或不选。")
    if wrong := lifecycle.unknown(place.current(), {"units": [{"unit": proposed}] if proposed else []}):
        raise Unfounded(wrong)
    data = {"reason": reason} | ({"proposed": proposed} if proposed else {})
    _ask(task, "ask_return", by=by, at=at, seq=seq, note=basis, **data)


def drop_return(task: Assignment, *, by: User, at: datetime, seq: int) -> None:
    """Keep the task after all. Raises NotAllowed or Stale."""
    _ask(task, "drop_return", by=by, at=at, seq=seq)


def ask_extension(task: Assignment, *, until: str, reason: str, by: User, at: datetime, seq: int) -> None:
    """Ask for time until the end of a later day (ISO). Raises Unfounded, NotAllowed or Stale."""
    if not until:
        raise Unfounded("请选择延期至哪一天。")
    if not reason:
        raise Unfounded("请写明延期的理由。")
    _ask(task, "ask_extension", by=by, at=at, seq=seq, note=reason, proposed=until)


def _ask(
    task: Assignment, name: str, *, by: User, at: datetime, seq: int, note: str = "", **data: Any
) -> None:
    task.case.seq = seq
    lifecycle.advance(task.case, name, by=by, at=at, on=task.no, note=note, **data)
