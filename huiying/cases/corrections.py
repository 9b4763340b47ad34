"""What follows when a record of the past is corrected. Pure.

The log keeps both: what was written then, and the correction (`amend`). A corrected history must be one
that moves could have written, in the order in which they were; the clocks that its moves start are told
anew where the correction changes them, and only there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from huiying.cases import guards
from huiying.cases.deadlines import Keeper, Row
from huiying.cases.effects import start
from huiying.cases.history import apply, effective
from huiying.cases.moves import MOVES
from huiying.cases.state import CaseState, Entry
from huiying.common.errors import Refused

TIMELESS = frozenset({"amend", "reckon"})
"""Entries about the record itself: what comes to light later may have happened before them."""

REGISTERED = frozenset(
    {"channel", "nature", "nature_claimed", "topic", "area", "urgency", "upper_number", "secret"}
)
"""What is corrected of a registration."""
IMPORTED = frozenset({"title", "body", "person"})
"""What a file may correct, too: the importer brings the rows behind these pointers along."""
NOT_BY_HAND = IMPORTED | frozenset(
    {"clocks", "note", "region", "issues", "into", "before", "other", "reply", "texts", "for"}
)
"""What no other correction touches: digests and pointers to rows that would not follow."""
SAYS = frozenset({"seq", "happened_at", "data", "for"})
"""What a correction itself consists of; its note and its clocks are put to it later."""


class CannotCorrect(Refused):
    """The correction contradicts the rest of the log; the message says where."""


def why_not(log: list[Entry], data: dict[str, Any], *, imported: bool) -> str:
    """Why the data of a correction cannot be its data, or "": every key must be one that is corrected."""
    if strange := sorted(data.keys() - SAYS):
        return f"更正中没有“{'、'.join(strange)}”这一项。"
    old = next((e for e in effective(log) if e.seq == data["seq"]), None)
    if old is None:
        return ""  # `completed` says so
    known = REGISTERED if old.kind == "register" else old.data.keys() - NOT_BY_HAND
    if imported and old.kind == "register":
        known = known | IMPORTED
    if wrong := sorted(data.get("data", {}).keys() - known):
        which = f"第 {old.seq} 条记录“{MOVES[old.kind].title}”"
        return (
            f"不能这样更正{which}的“{'、'.join(wrong)}”；可以更正的有：{'、'.join(sorted(known)) or '时间'}。"
        )
    return ""


def completed(keeper: Keeper, log: list[Entry], amend: Entry) -> Entry:
    """The correction with the clocks (`clocks_of`, by seq) that other entries start in consequence.

    Raises CannotCorrect where the corrected log could not have been written.
    """
    _check(log, amend)
    old, new = effective(log), effective([*log, amend])
    _check_order(new)
    before, after = CaseState(), CaseState()
    changed: dict[str, list[Row]] = {}
    for was, now in zip(old, new, strict=False):  # the correction itself is last in the new log
        _check_possible(before, was, after, now)
        was_planned, now_planned = _taken(keeper, before, was), _taken(keeper, after, now)
        rows = now.data.get("clocks", []) if now_planned == was_planned else now_planned
        _start(before, was.data.get("clocks", []), was.happened_at)
        _start(after, rows, now.happened_at)
        if rows != now.data.get("clocks", []):
            changed[str(now.seq)] = rows
    return replace(amend, data=amend.data | {"clocks_of": changed}) if changed else amend


def _check(log: list[Entry], amend: Entry) -> None:
    seq = amend.data["seq"]
    wrong = next((e for e in log if e.seq == seq), None)
    if wrong is None or wrong.kind in TIMELESS:
        raise CannotCorrect(f"第 {seq} 条记录不存在，或本身是更正、重算，不能更正。")
    if text := amend.data.get("happened_at"):
        try:
            at = datetime.fromisoformat(text)
        except (TypeError, ValueError):
            raise CannotCorrect(f"“{text}”不是时间，请写成 2022-03-01T09:00:00+08:00 的样子。") from None
        if at.utcoffset() is None:
            raise CannotCorrect(f"“{text}”没有时区，请写成 2022-03-01T09:00:00+08:00 的样子。")


def _check_order(log: list[Entry]) -> None:
    for earlier, later in pairwise(e for e in log if e.kind not in TIMELESS):
        if later.happened_at < earlier.happened_at:
            raise CannotCorrect(
                f"更正后第 {later.seq} 条记录“{MOVES[later.kind].title}”"
                f"早于第 {earlier.seq} 条“{MOVES[earlier.kind].title}”，请核对时间。"
            )


def _check_possible(before: CaseState, was: Entry, after: CaseState, now: Entry) -> None:
    """A move that was possible must still be; one that rules have forbidden since is let be."""
    reason = _why_not(after, now)
    if reason and not _why_not(before, was):
        raise CannotCorrect(f"更正后第 {now.seq} 条记录“{MOVES[now.kind].title}”不能成立：{reason}")


def _why_not(state: CaseState, entry: Entry) -> str:
    if entry.kind == "register":
        return ""
    return guards.why_not(state, MOVES[entry.kind], state.tasks.get(entry.on), entry.happened_at, entry.data)


def _taken(keeper: Keeper, state: CaseState, entry: Entry) -> list[Row]:
    """The clocks that the entry would start by rules and calendar of today; it is applied without any."""
    apply(state, replace(entry, data={k: v for k, v in entry.data.items() if k != "clocks"}))
    return keeper.plan(state, entry)


def _start(state: CaseState, rows: list[dict[str, Any]], at: datetime) -> None:
    for row in rows:
        start(state, row, at)


def moved(log: list[Entry]) -> Iterator[Entry]:
    """The entries that changed the case, as they are known now."""
    return (entry for entry in effective(log) if entry.kind not in TIMELESS)
