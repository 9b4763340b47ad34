"""A case told from its log: what each kind of move changes, at any instant, as known at any instant."""

from copy import deepcopy
from dataclasses import replace
from itertools import pairwise

import pytest

from huiying.cases.corrections import CannotCorrect
from huiying.cases.history import BrokenHistory, CaseState, Entry, apply, replay
from huiying.cases.moves import CaseStatus, Ending, TaskStatus
from tests.cases.story import KEEPER, OTHERS, UNITS, WITH_CO, Story, answered, at, claimed, dispatched


def test_the_status_of_a_case_follows_its_lead() -> None:
    story, seen = Story(), [CaseStatus.RECEIVED]
    for name in ("dispatch", "claim", "draft_reply", "approve_reply", "submit_reply", "send_back", "answer"):
        story.do(
            name, *([1] if name != "dispatch" else []), **({"units": UNITS} if name == "dispatch" else {})
        )
        seen.append(story.state.status)
    handling = CaseStatus.HANDLING
    assert seen[1:] == [
        CaseStatus.DISPATCHED,
        handling,
        handling,
        handling,
        "reviewing",
        handling,
        "reviewing",
    ]


def test_what_a_co_unit_does_never_moves_the_case() -> None:
    story = claimed(WITH_CO)
    for name in ("ask_return", "refuse_return", "claim", "answer", "send_back", "answer", "release"):
        story.do(name, 2, **({"reason": "not_ours"} if name == "ask_return" else {}))
        assert story.state.status is CaseStatus.HANDLING
    story = claimed(WITH_CO).do("ask_return", 2, reason="not_ours").do("agree_return", 2)
    assert story.state.status is CaseStatus.HANDLING
    assert story.state.lead == 1


def test_a_return_agreed_leaves_the_case_to_be_dispatched_again_in_a_new_round() -> None:
    story = dispatched().do("ask_return", 1, reason="not_ours", proposed="housing").do("agree_return", 1)
    assert (story.state.status, story.state.lead) == (CaseStatus.RECEIVED, 0)
    ruling = story.state.rulings[0]
    assert (ruling.decision, ruling.reason, ruling.proposed) == ("agreed", "not_ours", "housing")
    story.do("dispatch", units=OTHERS)
    assert [(t.unit, t.round, t.status) for t in story.state.tasks.values()] == [
        ("water", 1, TaskStatus.RETURNED),
        ("housing", 2, TaskStatus.ASSIGNED),
    ]
    assert story.state.dispatched_at == at(3, 1, 10)


def test_a_return_redirected_goes_to_the_new_lead_at_once() -> None:
    story = dispatched().do("ask_return", 1, reason="not_ours").do("redirect_return", 1, units=OTHERS)
    assert (story.state.status, story.state.lead) == (CaseStatus.DISPATCHED, 2)
    assert story.state.tasks[1].status is TaskStatus.RETURNED
    assert story.state.tasks[2].round == 1


@pytest.mark.parametrize("ruled", ["refuse_return", "designate", "drop_return"])
def test_a_return_refused_leaves_the_unit_where_it_stood(ruled: str) -> None:
    for story, status in ((dispatched(), TaskStatus.ASSIGNED), (claimed(), TaskStatus.CLAIMED)):
        story.do("ask_return", 1, reason="not_ours").do(ruled, 1)
        assert story.state.tasks[1].status is status
        assert story.state.tasks[1].designated is (ruled == "designate")


def test_a_quality_redo_is_not_a_return_of_duty() -> None:
    task = answered().do("send_back", 1).state.tasks[1]
    assert (task.sent_back, task.returns_asked, task.replied_at) == (1, 0, None)
    assert answered().do("send_back", 1).state.replied_at is None


def test_a_lead_cancelled_or_recalled_leaves_nobody_in_charge() -> None:
    assert claimed(WITH_CO).do("cancel", 1).state.lead == 0
    story = dispatched(units=WITH_CO).do("recall")
    assert {task.status for task in story.state.tasks.values()} == {TaskStatus.CANCELLED}
    assert (story.state.mode, story.state.dispatched_at) == ("", None)


@pytest.mark.parametrize("name", ["withdraw", "terminate"])
def test_a_case_that_ends_without_answer_takes_the_units_tasks_away(name: str) -> None:
    story = claimed(WITH_CO).do("ask_extension", 1).do(name)
    assert {task.status for task in story.state.tasks.values()} == {TaskStatus.CANCELLED}
    assert story.state.rulings[0].decision == "dropped"
    assert story.running() == set()


def test_a_case_not_accepted_after_a_return_leaves_no_unit_at_work() -> None:
    story = claimed(WITH_CO).do("ask_return", 1, reason="not_ours").do("agree_return", 1)
    story.do("refuse", reason="petition")
    assert story.state.tasks[2].status is TaskStatus.CANCELLED
    assert story.state.ending is Ending.REFUSED


def test_a_reopened_case_begins_a_new_round_without_the_old_units() -> None:
    story = answered(WITH_CO).do("close").do("reopen")
    state = story.state
    assert (state.status, state.ending, state.lead) == (CaseStatus.RECEIVED, Ending.NONE, 0)
    assert (state.reopened, state.closed_at, state.replied_at) == (1, None, None)
    assert state.tasks[2].status is TaskStatus.CANCELLED
    assert story.running() == {("dispatch", 0)}
    assert story.do("dispatch", units=WITH_CO).state.tasks[3].round == 2


def test_urging_supervising_and_instructing_are_counted_and_change_nothing_else() -> None:
    story = claimed()
    for name in ("urge", "supervise", "instruct"):
        story.do(name)
        assert story.state.status is CaseStatus.HANDLING
    assert (story.state.urged, story.state.supervised) == (1, 1)
    assert story.running() == {("reply", 1), ("first_contact", 1)}


def test_a_merge_and_its_undoing_restore_the_status() -> None:
    for story in (Story(), dispatched(), claimed(), answered()):
        before = replace(story.state)
        story.do("merge", into="R2022030009")
        assert (story.state.status, story.state.ending) == (CaseStatus.CLOSED, Ending.MERGED)
        story.do("unmerge")
        assert (story.state.status, story.state.lead) == (before.status, before.lead)
        assert (story.state.ending, story.state.merged_into) == (Ending.NONE, "")


def test_a_direct_answer_and_a_call_back_are_told() -> None:
    story = Story().do("direct_answer", when=at(3, 1, 9, 20)).do("close")
    assert (story.state.mode, story.state.ending) == ("direct", Ending.ANSWERED)
    story.do("call_back", outcome="reached", solved=False, satisfied="dissatisfied")
    assert (story.state.solved, story.state.satisfied) == (False, "dissatisfied")


def test_at_any_instant_a_case_is_as_it_was_then() -> None:
    story = Story()
    seen = [(story.log[-1].happened_at, deepcopy(story.state))]
    for name, on in (("dispatch", 0), ("claim", 1), ("answer", 1), ("release", 1), ("close", 0)):
        story.do(name, on, **({"units": UNITS} if name == "dispatch" else {}))
        seen.append((story.log[-1].happened_at, deepcopy(story.state)))
    assert replay(story.log, as_of=at(3, 1, 9)) is None
    for (_, then), (instant, _) in pairwise(seen):
        assert story.told(as_of=instant) == then  # just before the next move


def test_a_corrected_nature_counts_now_and_not_at_its_earlier_known_at() -> None:
    story = answered().do("close", when=at(3, 20))
    known = at(4, 1)
    story.do("amend", when=at(4, 10), seq=1, data={"nature": "inquiry"})
    march = at(4, 1, 0)
    assert story.told(as_of=march).nature == "inquiry"
    assert story.told(as_of=march, known_at=known).nature == "complaint"
    assert story.told(as_of=march, known_at=story.log[-1].recorded_at).nature == "inquiry"
    assert story.due("reply") == "03-05 00:00"  # what was due follows, too
    before = story.told(as_of=march, known_at=known).latest("reply", 1)
    assert before is not None
    assert before.due_at == at(3, 16, 0)


def test_a_corrected_instant_moves_what_it_started_and_nothing_that_it_did_not() -> None:
    story = dispatched().do("claim", 1, at(3, 4, 9)).do("answer", 1, at(3, 7))
    story.do("amend", when=at(4, 10), seq=2, happened_at=at(3, 3, 10).isoformat())
    task = story.state.tasks[1]
    assert task.assigned_at == at(3, 3, 10)
    assert story.due("claim") == "03-05 00:00"
    assert story.due("reply") == "03-16 00:00"
    assert story.told(known_at=at(4, 1)).tasks[1].assigned_at == at(3, 1, 10)
    assert story.log[-1].data["clocks_of"].keys() == {"2"}


def test_a_corrected_receipt_moves_the_clocks_of_later_moves() -> None:
    story = claimed().do("pause", 1, at(3, 3), reason="hearing").do("resume", 1, at(3, 8))
    story.do("amend", when=at(4, 10), seq=1, happened_at=at(2, 28).isoformat())
    assert story.due("reply") == "03-18 00:00"
    assert KEEPER.expected(story.state) == []
    assert story.told(known_at=at(4, 1)).received_at == at(3, 1)


@pytest.mark.parametrize(
    ("seq", "data", "why"),
    [
        (9, {}, "不存在"),
        (3, {"happened_at": "昨天"}, "不是时间"),
        (3, {"happened_at": "2022-03-01T12:00:00"}, "没有时区"),
        (3, {"happened_at": "2022-03-01T09:30:00+08:00"}, "早于第 2 条"),
        (2, {"happened_at": "2022-03-09T09:30:00+08:00"}, "早于第 2 条"),
        (2, {"data": {"units": [{"no": 1, "unit": "water", "role": "co"}]}}, "牵头单位"),
        (2, {"data": {"units": [{"no": 5, "unit": "water", "role": "lead"}]}}, "须针对一件派单"),
    ],
)
def test_a_correction_that_no_office_could_have_lived_is_refused(seq: int, data: object, why: str) -> None:
    story = claimed()
    with pytest.raises(CannotCorrect, match=why):
        story.do("amend", when=at(4, 10), seq=seq, **data)  # type: ignore[arg-type]
    assert story.state.seq == 3


def test_a_correction_is_not_itself_corrected() -> None:
    story = claimed().do("amend", seq=1, data={"nature": "inquiry"})
    with pytest.raises(CannotCorrect, match="本身是更正"):
        story.do("amend", seq=4, data={})


def test_what_comes_to_light_after_a_reckoning_may_have_happened_before_it() -> None:
    story = claimed()
    story.keeper = replace(KEEPER, rules=(*(r for r in KEEPER.rules if r.code != "reply"), SLOW))
    story.do("reckon", when=at(4, 10)).do("answer", 1, at(3, 9))
    assert story.state == story.told()
    assert story.running() == set()
    assert story.due("reply") == "03-23 00:00"
    assert story.told(as_of=at(3, 10)).latest("reply", 1).due_at == at(3, 16, 0)  # type: ignore[union-attr]


SLOW = replace(next(r for r in KEEPER.rules if r.code == "reply"), version=2)
SLOW = replace(SLOW, limit=replace(SLOW.limit, amount=15))


@pytest.mark.parametrize(("kind", "on"), [("dance", 0), ("claim", 4)])
def test_a_log_that_no_moves_could_have_written_is_told(kind: str, on: int) -> None:
    with pytest.raises(BrokenHistory, match="第 2 条"):
        apply(CaseState(), Entry(2, kind, on, at(3, 1), at(3, 1), {}))
