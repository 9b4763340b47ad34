"""Why a move is not possible now, from the state of the case alone. Pure.

`moves.MOVES` says from which status a move may start; here is what else it needs. Each guard
returns "" or a Chinese sentence that the page shows beside the button.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from huiying.cases import moves
from huiying.cases.history import CaseState, Task
from huiying.cases.moves import MOVES, CaseStatus, Ending, Move, TaskStatus

Guard = Callable[[CaseState, Task | None, datetime, dict[str, Any]], str]


def _not_designated(state: CaseState, task: Task | None, at: datetime, data: dict[str, Any]) -> str:
    return "该单位系指定承办，不得再次申请退办。" if task and task.designated else ""


def _may_extend(state: CaseState, task: Task | None, at: datetime, data: dict[str, Any]) -> str:
    assert task is not None
    if state.pending("extension", task.no):
        return "已有一件延期申请待裁定。"
    clock = state.running("reply", task.no)
    if clock and clock.due_at and at >= clock.due_at:
        return "已超过答复时限，延期须在到期前申请。"
    return _a_day(data["proposed"]) if data.get("proposed") else ""


def _has_extension(state: CaseState, task: Task | None, at: datetime, data: dict[str, Any]) -> str:
    return "" if task and state.pending("extension", task.no) else "没有待裁定的延期申请。"


def _grants_extension(state: CaseState, task: Task | None, at: datetime, data: dict[str, Any]) -> str:
    if missing := _has_extension(state, task, at, data):
        return missing
    if task and task.paused:
        return "计时已暂停，请先恢复计时，再同意延期。"
    return _a_day(data.get("until", ""))


def _a_day(text: Any) -> str:
    try:
        date.fromisoformat(text)
    except (TypeError, ValueError):
        return "请写明延期至哪一天，如 2022-04-15。"
    return ""


def _not_paused(state: CaseState, task: Task | None, at: datetime, data: dict[str, Any]) -> str:
    return "已经暂停计时。" if task and task.paused else ""


def _is_paused(state: CaseState, task: Task | None, at: datetime, data: dict[str, Any]) -> str:
    return "" if task and task.paused else "当前没有暂停计时。"


def _merged(state: CaseState, task: Task | None, at: datetime, data: dict[str, Any]) -> str:
    return "" if state.ending is Ending.MERGED else "该件未并单。"


def _reopenable(state: CaseState, task: Task | None, at: datetime, data: dict[str, Any]) -> str:
    if state.ending is Ending.MERGED:
        return "该件已并单，请先取消并单。"
    return "无效来电不能重办。" if state.ending is Ending.INVALID else ""


def _units(leads: int) -> Guard:
    """New units with so many leads among them, none of which is already at work on the case."""

    def guard(state: CaseState, task: Task | None, at: datetime, data: dict[str, Any]) -> str:
        units = data.get("units", [])
        if not units:
            return "请选择承办单位。"
        found = sum(row["role"] == "lead" for row in units)
        if found != leads:
            return f"须有且只有一个牵头单位，现有 {found} 个。" if leads else "这里只能增加协办单位。"
        names = [row["unit"] for row in units]
        if len(set(names)) < len(names):
            return "同一单位只能选一次。"
        busy = {each.unit for each in state.tasks.values() if each.status in moves.LIVE}
        return (
            "所选单位中有的已在承办本件，请改选，或先撤销它原来的派单。" if busy.intersection(names) else ""
        )

    return guard


def _redirect(state: CaseState, task: Task | None, at: datetime, data: dict[str, Any]) -> str:
    return _units(1 if task and task.role == "lead" else 0)(state, task, at, data)


def _sends_back(state: CaseState, task: Task | None, at: datetime, data: dict[str, Any]) -> str:
    assert task is not None
    if task.ended_at:
        return "该派单属于重办以前的一轮，不能再退回。"
    others = (each for each in state.tasks.values() if each.no != task.no and each.status in moves.LIVE)
    return "该单位已另有派单在办，不能再退回。" if task.unit in {each.unit for each in others} else ""


def _which(key: str) -> Guard:
    """A move that joins two cases names the other one."""
    return lambda state, task, at, data: "" if data.get(key) else "请选择要并单的另一件。"


def _known_reason(reasons: dict[str, Any]) -> Guard:
    def guard(state: CaseState, task: Task | None, at: datetime, data: dict[str, Any]) -> str:
        reason = data.get("reason", "")
        return "" if reason in reasons else f"理由“{reason}”不在理由表中，可选：{'、'.join(reasons)}。"

    return guard


def _return_ask(state: CaseState, task: Task | None, at: datetime, data: dict[str, Any]) -> str:
    return _not_designated(state, task, at, data) or _known_reason(moves.RETURN_REASONS)(
        state, task, at, data
    )


def _outcome(state: CaseState, task: Task | None, at: datetime, data: dict[str, Any]) -> str:
    if state.ending not in {Ending.NONE, Ending.ANSWERED}:
        return f"该件以“{moves.ENDING_TITLES[state.ending]}”办结，没有答复可回访。"
    outcome = data.get("outcome", "")
    return "" if outcome in moves.CALLBACK_OUTCOMES else f"回访结果“{outcome}”不在结果表中。"


def _names_a_call(state: CaseState, task: Task | None, at: datetime, data: dict[str, Any]) -> str:
    return "" if isinstance(data.get("call"), int) else "请写明针对哪一次回访。"


def _corrects(state: CaseState, task: Task | None, at: datetime, data: dict[str, Any]) -> str:
    return "" if isinstance(data.get("seq"), int) else "请写明更正第几条记录。"


def _never(state: CaseState, task: Task | None, at: datetime, data: dict[str, Any]) -> str:
    return "该件已经登记。"


def _pause(state: CaseState, task: Task | None, at: datetime, data: dict[str, Any]) -> str:
    return _not_paused(state, task, at, data) or _known_reason(moves.PAUSE_REASONS)(state, task, at, data)


GUARDS: dict[str, Guard] = {
    "register": _never,
    "amend": _corrects,
    "refuse": _known_reason(moves.REFUSAL_REASONS),
    "dispatch": _units(1),
    "add_co": _units(0),
    "redirect_return": _redirect,
    "ask_return": _return_ask,
    "ask_extension": _may_extend,
    "grant_extension": _grants_extension,
    "refuse_extension": _has_extension,
    "pause": _pause,
    "resume": _is_paused,
    "send_back": _sends_back,
    "merge": _which("into"),
    "absorb": _which("other"),
    "unmerge": _merged,
    "reopen": _reopenable,
    "call_back": _outcome,
    "appeal": _names_a_call,
    "rule_appeal": _names_a_call,
}
"""What a move needs beyond its source status."""

STILL_TAKEN = frozenset(
    {
        "claim",
        "contact",
        "draft_reply",
        "revise_reply",
        "approve_reply",
        "submit_reply",
        "answer",
        "release",
        "cancel",
    }
)
"""What a co-unit may still do after the case was closed by the lead's answer: none of it starts a clock."""


AFTER_CLOSING = frozenset({"appeal", "rule_appeal"})
"""What concerns a unit's task although the case is closed: what the citizen said of it afterwards."""


def why_not(state: CaseState, move: Move, task: Task | None, at: datetime, data: dict[str, Any]) -> str:
    """Why `move` cannot be made now, or "". `task` is the assignment moved, None for the case."""
    if state.erased_at and move.name != "reckon":
        return "本件保管期限已满，个人资料和文字已经删除，不能再办。"
    if move.on == "assignment" and task is None:
        return f"“{move.title}”须针对一件派单。"
    if move.on == "case" and task is not None:
        return f"“{move.title}”针对整件，不针对某一派单。"
    status = task.status if move.on == "assignment" and task else state.status
    if move.sources and status not in move.sources:
        return f"当前状态为“{_title(status)}”，不能“{move.title}”。"
    if (
        move.on == "assignment"
        and state.status is CaseStatus.CLOSED
        and move.name not in AFTER_CLOSING
        and not _co_may_finish(move, state, task)
    ):
        return f"该件已办结，不能“{move.title}”；确需再办的，请用“重办”。"
    guard = GUARDS.get(move.name)
    return guard(state, task, at, data) if guard else ""


def _co_may_finish(move: Move, state: CaseState, task: Task | None) -> bool:
    """A co-unit's late answer is still taken after the lead's closed the case by an answer."""
    late = task is not None and task.role == "co" and state.ending is Ending.ANSWERED
    return late and move.name in STILL_TAKEN


def _title(status: CaseStatus | TaskStatus) -> str:
    return moves.CASE_TITLES[status] if isinstance(status, CaseStatus) else moves.TASK_TITLES[status]


def _concerns(move: Move, state: CaseState, task: Task | None) -> bool:
    """Whether there is a mark to appeal against, or an appeal to rule on, where the move is about one."""
    if move.name not in AFTER_CLOSING:
        return True
    bad = state.call_outcome == "reached" and (state.solved is False or state.satisfied == "dissatisfied")
    asked = "pending" if move.name == "rule_appeal" else ""
    return bad and task is not None and task.no == state.marked and state.appeal == asked


def open_moves(state: CaseState, at: datetime) -> list[tuple[Move, Task | None]]:
    """Every move whose status allows it, on the case and on each live assignment; none once it is erased."""
    found: list[tuple[Move, Task | None]] = []
    if state.erased_at:
        return found
    for move in MOVES.values():
        subjects: list[Task | None] = [None] if move.on == "case" else list(state.tasks.values())
        for task in subjects:
            status = task.status if task else state.status
            if move.sources and status in move.sources and _concerns(move, state, task):
                found.append((move, task))
    return found
