"""The whole table of moves: where each may start, where it leads, and that it is fully said."""

from collections.abc import Callable
from typing import Any

import pytest

from huiying.cases import guards
from huiying.cases.moves import (
    CASE_TITLES,
    ENDING_TITLES,
    FOLLOWS,
    MOVES,
    REFUSAL_REASONS,
    TASK_TITLES,
    CaseStatus,
    Ending,
    Move,
    TaskStatus,
)
from huiying.cases.permissions import WHO
from tests.cases.story import OTHERS, UNITS, Story, answered, claimed, dispatched

CASE_AT: dict[CaseStatus, Callable[[], Story]] = {
    CaseStatus.RECEIVED: Story,
    CaseStatus.DISPATCHED: dispatched,
    CaseStatus.HANDLING: claimed,
    CaseStatus.RETURNING: lambda: claimed().do("ask_return", 1, reason="not_ours"),
    CaseStatus.REVIEWING: lambda: claimed().do("answer", 1),
    CaseStatus.ANSWERED: answered,
    CaseStatus.CLOSED: lambda: answered().do("close"),
}
TASK_AT: dict[TaskStatus, Callable[[], Story]] = {
    TaskStatus.ASSIGNED: dispatched,
    TaskStatus.CLAIMED: claimed,
    TaskStatus.RETURN_ASKED: lambda: claimed().do("ask_return", 1, reason="not_ours"),
    TaskStatus.DRAFTED: lambda: claimed().do("draft_reply", 1),
    TaskStatus.APPROVED: lambda: claimed().do("draft_reply", 1).do("approve_reply", 1),
    TaskStatus.SUBMITTED: lambda: claimed().do("answer", 1),
    TaskStatus.SENT_BACK: lambda: claimed().do("answer", 1).do("send_back", 1),
    TaskStatus.RELEASED: answered,
    TaskStatus.RETURNED: lambda: claimed().do("ask_return", 1, reason="not_ours").do("agree_return", 1),
    TaskStatus.CANCELLED: lambda: claimed().do("cancel", 1),
}
MERGED = {CaseStatus.CLOSED: lambda: Story().do("merge", into="R2022030001")}
ELSEWHERE: dict[str, dict[CaseStatus, Callable[[], Story]]] = {"unmerge": MERGED}
BEFORE: dict[str, tuple[str, dict[str, Any]]] = {  # what a move needs beside its status
    "grant_extension": ("ask_extension", {}),
    "refuse_extension": ("ask_extension", {}),
    "resume": ("pause", {"reason": "hearing"}),
}
DATA: dict[str, dict[str, Any]] = {
    "refuse": {"reason": "petition"},
    "dispatch": {"units": UNITS},
    "add_co": {"units": [{"unit": "maple", "role": "co"}]},
    "ask_return": {"reason": "not_ours"},
    "redirect_return": {"units": OTHERS},
    "grant_extension": {"until": "2022-03-31"},
    "pause": {"reason": "hearing"},
    "merge": {"into": "R2022030001"},
    "absorb": {"other": "R2022030001"},
    "call_back": {"outcome": "reached"},
    "amend": {"seq": 1},
    "appeal": {"call": 1},
    "rule_appeal": {"call": 1, "upheld": True},
}
ON_CASE = [move for move in MOVES.values() if move.on == "case"]
ON_TASK = [move for move in MOVES.values() if move.on == "assignment"]


def story_at(move: Move, status: CaseStatus | TaskStatus) -> Story:
    if isinstance(status, CaseStatus):
        return ELSEWHERE.get(move.name, CASE_AT).get(status, CASE_AT[status])()
    return TASK_AT[status]()


@pytest.mark.parametrize("status", CaseStatus)
@pytest.mark.parametrize("move", ON_CASE, ids=lambda move: move.name)
def test_a_move_on_a_case_starts_from_its_sources_and_no_other(move: Move, status: CaseStatus) -> None:
    story = story_at(move, status)
    assert story.state.status is status
    if status not in move.sources:
        assert story.why_not(move.name, **DATA.get(move.name, {}))
        return
    story.do(move.name, **DATA.get(move.name, {}))
    assert story.state.status is (move.target or (CaseStatus.RECEIVED if move.name == "unmerge" else status))
    assert story.state.ending is (move.ending or (story.state.ending if move.target is None else Ending.NONE))


@pytest.mark.parametrize("status", TaskStatus)
@pytest.mark.parametrize("move", ON_TASK, ids=lambda move: move.name)
def test_a_move_on_an_assignment_starts_from_its_sources_and_no_other(move: Move, status: TaskStatus) -> None:
    story = story_at(move, status)
    assert story.state.tasks[1].status is status
    if status not in move.sources:
        assert story.why_not(move.name, 1, **DATA.get(move.name, {}))
        return
    if move.name in BEFORE:
        name, data = BEFORE[move.name]
        assert story.why_not(move.name, 1, **DATA.get(move.name, {}))
        story.do(name, 1, **data)
    story.do(move.name, 1, **DATA.get(move.name, {}))
    task = story.state.tasks[1]
    if move.target is not None:
        assert task.status is move.target
    if lead := story.state.lead_task:
        assert story.state.status is FOLLOWS[lead.status]
    else:
        assert story.state.status is CaseStatus.RECEIVED


@pytest.mark.parametrize("move", ON_TASK, ids=lambda move: move.name)
def test_a_move_on_an_assignment_wants_one_and_a_move_on_a_case_wants_none(move: Move) -> None:
    assert "须针对一件派单" in dispatched().why_not(move.name, 7, **DATA.get(move.name, {}))
    assert "针对整件" in dispatched().why_not("urge", 1)


def test_every_status_ending_rule_and_reason_is_said_in_words() -> None:
    assert set(CASE_TITLES) == set(CaseStatus)
    assert set(TASK_TITLES) == set(FOLLOWS) == set(TaskStatus)
    assert set(ENDING_TITLES) == set(Ending)
    assert {move.who for move in MOVES.values()} == set(WHO)
    for move in MOVES.values():
        assert move.title
        assert move.staff
        assert (move.target is CaseStatus.CLOSED) == (move.ending is not None), move.name
    assert set(guards.GUARDS) <= set(MOVES)


def test_every_status_can_be_reached_and_every_open_one_be_left() -> None:
    assert set(CASE_AT) == set(CaseStatus)
    assert set(TASK_AT) == set(TaskStatus)
    for status in set(CaseStatus) - {CaseStatus.CLOSED}:
        assert any(status in move.sources and move.target is CaseStatus.CLOSED for move in ON_CASE), status


def test_whoever_is_not_accepted_is_told_where_to_go() -> None:
    for reason, guidance in REFUSAL_REASONS.values():
        assert reason
        assert guidance
    assert "litigation" in Story().why_not("refuse", reason="rain")
    assert Story().do("refuse", reason="police").state.ending is Ending.REFUSED


def test_what_may_be_done_now_is_read_from_the_same_table() -> None:
    story = claimed([*UNITS, {"unit": "stone", "role": "co"}])
    found = {(move.name, task.no if task else 0) for move, task in guards.open_moves(story.state, story.next)}
    assert {("urge", 0), ("answer", 1), ("claim", 2)} <= found
    assert not {("claim", 1), ("dispatch", 0), ("close", 0), ("register", 0)} & found
