"""What a case is, told from its log alone. Pure.

`replay` folds entries into a `CaseState`; the rows of the database are a projection of it,
statistics ask it for any past instant, and `huiying doctor` compares the two.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from huiying.cases.effects import EFFECTS, start
from huiying.cases.moves import FOLLOWS, MOVES, CaseStatus, TaskStatus
from huiying.cases.state import BrokenHistory, CaseState, Clock, Entry, Ruling, Task

__all__ = ["BrokenHistory", "CaseState", "Clock", "Entry", "Ruling", "Task", "apply", "effective", "replay"]


def apply(state: CaseState, entry: Entry) -> None:
    """Take one entry into the state, in place. Raises BrokenHistory for what cannot be."""
    move = MOVES.get(entry.kind)
    if move is None:
        raise BrokenHistory(f"第 {entry.seq} 条记录的事项“{entry.kind}”不在流程表中。")
    task = state.tasks.get(entry.on)
    if move.on == "assignment" and task is None:
        raise BrokenHistory(f"第 {entry.seq} 条记录指向不存在的派单 {entry.on}。")
    if task is not None and move.on == "assignment" and move.target is not None:
        task.status = TaskStatus(move.target)
    if effect := EFFECTS.get(entry.kind):
        effect(state, entry, task)
    if move.on == "case" and move.target is not None:
        state.status = CaseStatus(move.target)
    elif move.on == "assignment" and (lead := state.lead_task):
        _follow(state, lead)
    state.seq = max(state.seq, entry.seq)
    for row in entry.data.get("clocks", ()):
        start(state, row, entry.happened_at)


def _follow(state: CaseState, lead: Task) -> None:
    if state.status is CaseStatus.CLOSED:
        return
    state.status = FOLLOWS[lead.status]
    if lead.status in {TaskStatus.RETURNED, TaskStatus.CANCELLED}:
        state.lead = 0


def effective(entries: Iterable[Entry], *, known_at: datetime | None = None) -> list[Entry]:
    """The log in its order as it was known at an instant (None: now), corrections applied.

    An `amend` entry names the `seq` it corrects and carries the new instant and data, and the clocks
    that other entries start in consequence; before it was recorded the old entries stand, so last
    month at its own `known_at` never changes. A correction never changes the order of the log
    (`corrections` sees to it), so that a case at any instant is a beginning of its log.
    """
    by_seq: dict[int, Entry] = {}
    for entry in sorted(entries, key=lambda e: e.seq):
        if known_at is not None and entry.recorded_at > known_at:
            continue
        by_seq[entry.seq] = entry
        if entry.kind == "amend" and entry.data["seq"] in by_seq:
            _correct(by_seq, entry)
    return list(by_seq.values())


def _correct(by_seq: dict[int, Entry], amend: Entry) -> None:
    old, at = by_seq[amend.data["seq"]], amend.data.get("happened_at")
    by_seq[old.seq] = replace(
        old,
        happened_at=datetime.fromisoformat(at) if at else old.happened_at,
        data=old.data | amend.data.get("data", {}),
    )
    for seq, rows in amend.data.get("clocks_of", {}).items():
        if entry := by_seq.get(int(seq)):
            by_seq[entry.seq] = replace(entry, data=entry.data | {"clocks": rows})


def replay(
    entries: Iterable[Entry], *, as_of: datetime | None = None, known_at: datetime | None = None
) -> CaseState | None:
    """The case as it stood just before `as_of` (None: after everything), as known at `known_at`.

    Returns None where the case had not yet been received or was not yet known.
    """
    state = CaseState()
    log = [e for e in effective(entries, known_at=known_at) if as_of is None or e.happened_at < as_of]
    if not log or log[0].kind != "register":
        return None
    for entry in log:
        apply(state, entry)
    return state
