"""What each move changes beyond the status that its row in `MOVES` names. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from huiying.cases.moves import LIVE, MOVES, CaseStatus, Ending, TaskStatus
from huiying.cases.state import CaseState, Clock, Entry, Ruling, Task

Effect = Callable[[CaseState, Entry, Task | None], None]


def _register(state: CaseState, entry: Entry, task: Task | None) -> None:
    data = entry.data
    for name in ("region", "channel", "nature", "nature_claimed", "topic", "area", "upper_number"):
        setattr(state, name, data.get(name, ""))
    state.urgency = data.get("urgency", "normal")
    state.secret = data.get("secret", False)
    state.person = data.get("person")
    state.accused = tuple(data.get("accused", ()))
    state.issues = data.get("issues", 1)
    state.received_at = entry.happened_at


def _set_given(state: CaseState, entry: Entry, task: Task | None) -> None:
    for name in ("nature", "topic", "secret", "urgency", "area"):
        if name in entry.data:
            setattr(state, name, entry.data[name])
    state.accused = tuple(entry.data.get("accused", state.accused))


def _assign(state: CaseState, entry: Entry) -> None:
    for row in entry.data["units"]:
        task = Task(row["no"], row["unit"], row["role"], state.round, entry.happened_at)
        task.designated = row.get("designated", False)
        state.tasks[task.no] = task
        if task.role == "lead":
            state.lead = task.no


def _dispatch(state: CaseState, entry: Entry, task: Task | None) -> None:
    state.round += 1
    state.mode = "dispatched"
    state.dispatched_at = state.dispatched_at or entry.happened_at
    _assign(state, entry)
    stop(state, entry.happened_at, on=0, kinds=("dispatch",))


def _add_co(state: CaseState, entry: Entry, task: Task | None) -> None:
    _assign(state, entry)


def _recall(state: CaseState, entry: Entry, task: Task | None) -> None:
    _cancel_live(state, entry.happened_at)
    state.lead = 0
    if not any(each.claimed_at or each.returns_asked for each in state.tasks.values()):
        state.mode, state.dispatched_at = "", None


def _direct(state: CaseState, entry: Entry, task: Task | None) -> None:
    state.mode = "direct"
    state.replied_at = entry.happened_at
    state.repeat_of = entry.data.get("repeat_of", "")
    stop(state, entry.happened_at, on=0, kinds=("dispatch", "reply"))


def _claim(state: CaseState, entry: Entry, task: Task | None) -> None:
    assert task is not None
    task.claimed_at = entry.happened_at
    stop(state, entry.happened_at, on=task.no, kinds=("claim",))


def _interim(state: CaseState, entry: Entry, task: Task | None) -> None:
    assert task is not None
    _contact(state, entry, task)
    stop(state, entry.happened_at, on=task.no, kinds=("interim",))


def _contact(state: CaseState, entry: Entry, task: Task | None) -> None:
    assert task is not None
    task.contacted_at = task.contacted_at or entry.happened_at
    stop(state, entry.happened_at, on=task.no, kinds=("first_contact",))


def _submit(state: CaseState, entry: Entry, task: Task | None) -> None:
    assert task is not None
    _drop_pending(state, task, entry.happened_at)
    task.replied_at = entry.happened_at
    task.claimed_at = task.claimed_at or entry.happened_at
    task.paused = False
    stop(state, entry.happened_at, on=task.no)
    if task.no == state.lead:
        state.replied_at = entry.happened_at


def _send_back(state: CaseState, entry: Entry, task: Task | None) -> None:
    assert task is not None
    task.sent_back += 1
    task.replied_at = task.released_at = None
    if task.no == state.lead:
        state.replied_at = None


def _release(state: CaseState, entry: Entry, task: Task | None) -> None:
    assert task is not None
    task.released_at = entry.happened_at


def _ask(kind: str) -> Effect:
    def effect(state: CaseState, entry: Entry, task: Task | None) -> None:
        assert task is not None
        data = entry.data
        proposed = str(data.get("proposed", ""))
        no = len(state.rulings) + 1
        state.rulings.append(Ruling(no, kind, task.no, data.get("reason", ""), entry.happened_at, proposed))
        if kind == "return":
            task.returns_asked += 1
            stop(state, entry.happened_at, on=task.no, kinds=("ask_return",))

    return effect


def _rule(kind: str, decision: str) -> Effect:
    def effect(state: CaseState, entry: Entry, task: Task | None) -> None:
        assert task is not None
        if ruling := state.pending(kind, task.no):
            _decide(ruling, decision, entry.happened_at)
        ruled = (f"rule_{kind}", "coordinate") if kind == "return" else (f"rule_{kind}",)
        stop(state, entry.happened_at, on=task.no, kinds=ruled)
        if decision in {"refused", "dropped", "designated"} and kind == "return":
            task.status = task.working
            task.designated = task.designated or decision == "designated"
        elif decision == "granted":
            task.extended += 1
        elif decision in {"agreed", "redirected"}:
            _end_task(state, task, TaskStatus.RETURNED, entry.happened_at)
            if decision == "redirected":
                _assign(state, entry)

    return effect


def _decide(ruling: Ruling, decision: str, at: datetime) -> None:
    ruling.decision, ruling.decided_at = decision, at


def _cancel(state: CaseState, entry: Entry, task: Task | None) -> None:
    assert task is not None
    _end_task(state, task, TaskStatus.CANCELLED, entry.happened_at)


def _revise(state: CaseState, entry: Entry, task: Task | None) -> None:
    assert task is not None
    task.status = task.working


def _pause(state: CaseState, entry: Entry, task: Task | None) -> None:
    assert task is not None
    task.paused = entry.kind == "pause"


def _end(state: CaseState, entry: Entry, task: Task | None) -> None:
    """Every ending stops the clocks; but for an answer and a merge it also takes the units' tasks away."""
    state.ending = MOVES[entry.kind].ending or Ending.NONE
    state.closed_at = entry.happened_at
    stop(state, entry.happened_at)
    if state.ending not in {Ending.ANSWERED, Ending.MERGED}:
        _cancel_live(state, entry.happened_at)


def _close(state: CaseState, entry: Entry, task: Task | None) -> None:
    """A co-unit may still answer; what it had asked for is no longer ruled upon."""
    _end(state, entry, task)
    for each in state.tasks.values():
        _drop_pending(state, each, entry.happened_at)
        if each.status is TaskStatus.RETURN_ASKED:
            each.status = each.working


def _merge(state: CaseState, entry: Entry, task: Task | None) -> None:
    state.merged_into = entry.data["into"]
    state.before_merge = CaseStatus(entry.data["before"])
    state.held = tuple((c.kind, c.on) for c in state.clocks if c.stopped_at is None and not c.superseded)
    _end(state, entry, task)


def _unmerge(state: CaseState, entry: Entry, task: Task | None) -> None:
    state.status = state.before_merge or CaseStatus.RECEIVED
    state.merged_into, state.before_merge = "", None
    _unend(state)


def _unend(state: CaseState) -> None:
    state.ending, state.closed_at = Ending.NONE, None


def _call_back(state: CaseState, entry: Entry, task: Task | None) -> None:
    """A call that was missed leaves the clock running, unless it was the `last` to be tried."""
    state.called_back_at = entry.happened_at
    state.call_outcome = entry.data["outcome"]
    state.solved = entry.data.get("solved")
    state.satisfied = entry.data.get("satisfied", "")
    state.mark, state.marked, state.appeal = entry.seq, state.lead, ""
    if state.call_outcome != "missed" or entry.data.get("last"):
        stop(state, entry.happened_at, on=0, kinds=("callback",))


def _appeal(state: CaseState, entry: Entry, task: Task | None) -> None:
    """An appeal, or the ruling on it, concerns the call it names; a later call is another mark."""
    if entry.data["call"] == state.mark:
        upheld = entry.data.get("upheld")
        state.appeal = "pending" if upheld is None else "upheld" if upheld else "rejected"


def _reopen(state: CaseState, entry: Entry, task: Task | None) -> None:
    """The old round is over: what co-units still had to do is taken away, and nothing of it is sent back."""
    stop(state, entry.happened_at)
    _cancel_live(state, entry.happened_at)
    for each in state.tasks.values():
        each.ended_at = each.ended_at or entry.happened_at
    state.reopened += 1
    state.lead = 0
    state.replied_at = None
    _unend(state)


def _erase(state: CaseState, entry: Entry, task: Task | None) -> None:
    """The case no longer says whose it was; what was written goes with the same move (`archive.erasing`)."""
    state.erased_at, state.person = entry.happened_at, None


def _count(name: str) -> Effect:
    def effect(state: CaseState, entry: Entry, task: Task | None) -> None:
        setattr(state, name, getattr(state, name) + 1)

    return effect


EFFECTS: dict[str, Effect] = {
    "register": _register,
    "mark_invalid": _end,
    "direct_answer": _direct,
    "refuse": _end,
    "reclassify": _set_given,
    "protect": _set_given,
    "dispatch": _dispatch,
    "add_co": _add_co,
    "recall": _recall,
    "urge": _count("urged"),
    "supervise": _count("supervised"),
    "claim": _claim,
    "ask_return": _ask("return"),
    "drop_return": _rule("return", "dropped"),
    "agree_return": _rule("return", "agreed"),
    "refuse_return": _rule("return", "refused"),
    "redirect_return": _rule("return", "redirected"),
    "designate": _rule("return", "designated"),
    "ask_extension": _ask("extension"),
    "grant_extension": _rule("extension", "granted"),
    "refuse_extension": _rule("extension", "refused"),
    "pause": _pause,
    "resume": _pause,
    "contact": _contact,
    "interim": _interim,
    "revise_reply": _revise,
    "submit_reply": _submit,
    "answer": _submit,
    "send_back": _send_back,
    "release": _release,
    "cancel": _cancel,
    "close": _close,
    "withdraw": _end,
    "terminate": _end,
    "merge": _merge,
    "unmerge": _unmerge,
    "call_back": _call_back,
    "appeal": _appeal,
    "rule_appeal": _appeal,
    "reopen": _reopen,
    "erase": _erase,
}
"""What a move changes beyond the status its row in `MOVES` names."""


def _end_task(state: CaseState, task: Task, status: TaskStatus, at: datetime) -> None:
    task.status, task.ended_at, task.paused = status, at, False
    stop(state, at, on=task.no)
    _drop_pending(state, task, at)


def _cancel_live(state: CaseState, at: datetime) -> None:
    for task in state.tasks.values():
        if task.status in LIVE:
            _end_task(state, task, TaskStatus.CANCELLED, at)


def _drop_pending(state: CaseState, task: Task, at: datetime) -> None:
    for ruling in state.rulings:
        if ruling.on == task.no and ruling.decision == "pending":
            _decide(ruling, "dropped", at)


def stop(
    state: CaseState, at: datetime, *, on: int | None = None, kinds: tuple[str, ...] | None = None
) -> None:
    """Stop running clocks: of one subject or all, of some kinds or all."""
    for clock in state.clocks:
        if clock.stopped_at is not None or clock.superseded:
            continue
        if (on is None or clock.on == on) and (kinds is None or clock.kind in kinds):
            clock.stopped_at = at


def start(state: CaseState, row: dict[str, Any], at: datetime) -> None:
    """Begin a run of a clock at `at`: the run before it is superseded. A run may begin stopped."""
    for clock in state.clocks:
        if clock.kind == row["kind"] and clock.on == row["on"] and not clock.superseded:
            clock.superseded = clock.stopped_at is None or row["why"] != "start"
    state.clocks.append(
        Clock(
            row["kind"],
            row["on"],
            row["run"],
            datetime.fromisoformat(row["start"]),
            _instant(row["due"]),
            row["rule"],
            row["version"],
            row["why"],
            at,
            stopped_at=_instant(row.get("stopped")),
        )
    )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
