"""What a move needs beyond its status, and the words in which it is refused."""

import pytest

from huiying.cases import guards
from tests.cases.story import OTHERS, UNITS, WITH_CO, Story, answered, at, claimed, dispatched


@pytest.mark.parametrize(
    ("units", "why"),
    [
        ([], "请选择承办单位"),
        ([{"unit": "water", "role": "co"}], "只有一个牵头单位，现有 0 个"),
        ([*UNITS, *OTHERS], "现有 2 个"),
        ([*UNITS, {"unit": "water", "role": "co"}], "同一单位只能选一次"),
    ],
)
def test_a_dispatch_has_exactly_one_lead_and_each_unit_once(units: list[dict[str, str]], why: str) -> None:
    assert why in Story().why_not("dispatch", units=units)


def test_only_co_units_that_are_not_at_work_already_are_added() -> None:
    story = claimed(WITH_CO)
    assert "协办" in story.why_not("add_co", units=OTHERS)
    assert "已在承办" in story.why_not("add_co", units=[{"unit": "stone", "role": "co"}])
    assert "请选择" in story.why_not("add_co", units=[])
    assert not story.why_not("add_co", units=[{"unit": "maple", "role": "co"}])


def test_a_redirect_names_another_lead_for_a_lead_and_another_co_unit_for_a_co_unit() -> None:
    story = claimed(WITH_CO).do("ask_return", 1, reason="not_ours").do("ask_return", 2, reason="not_ours")
    assert "请选择" in story.why_not("redirect_return", 1)
    assert "已在承办" in story.why_not("redirect_return", 1, units=UNITS)
    story.do("redirect_return", 2, units=OTHERS)
    assert story.state.tasks[3].role == "co"
    assert story.state.lead == 1


def test_a_designated_unit_cannot_return_the_case_again() -> None:
    story = dispatched().do("ask_return", 1, reason="not_ours").do("designate", 1)
    assert "指定承办" in story.why_not("ask_return", 1, reason="not_ours")
    assert "指定承办" in story.do("claim", 1).why_not("ask_return", 1, reason="not_ours")


def test_a_return_and_a_pause_give_a_reason_of_the_table() -> None:
    assert "not_ours" in dispatched().why_not("ask_return", 1, reason="too_hot")
    assert "appraisal" in claimed().why_not("pause", 1, reason="holiday")


def test_an_extension_is_asked_before_due_once_at_a_time_and_for_a_day() -> None:
    story = claimed()
    assert "到期前" in story.why_not("ask_extension", 1, at(3, 16, 0))
    assert not story.why_not("ask_extension", 1, at(3, 15, 23))
    assert "哪一天" in story.why_not("ask_extension", 1, proposed="下周")
    story.do("ask_extension", 1)
    assert "已有一件" in story.why_not("ask_extension", 1)


def test_an_extension_is_granted_only_if_asked_to_a_day_and_while_the_clock_runs() -> None:
    assert "没有待裁定" in claimed().why_not("grant_extension", 1, until="2022-03-31")
    story = claimed().do("ask_extension", 1)
    for until in ("", "月底", "2022-02-30"):
        assert "哪一天" in story.why_not("grant_extension", 1, until=until)
    story.do("pause", 1, reason="hearing")
    assert "恢复计时" in story.why_not("grant_extension", 1, until="2022-03-31")


def test_an_extension_never_answered_falls_with_the_answer() -> None:
    story = claimed().do("ask_extension", 1).do("answer", 1)
    assert story.state.rulings[0].decision == "dropped"
    story.do("send_back", 1)
    assert "没有待裁定" in story.why_not("grant_extension", 1, until="2022-03-31")


def test_a_clock_is_paused_once_and_resumed_once() -> None:
    story = claimed()
    assert "没有暂停" in story.why_not("resume", 1)
    story.do("pause", 1, reason="hearing")
    assert "已经暂停" in story.why_not("pause", 1, reason="hearing")


def test_a_closed_case_is_reopened_not_sent_back_and_a_merged_one_is_unmerged() -> None:
    assert "重办" in answered().do("close").why_not("send_back", 1)
    assert "先取消并单" in Story().do("merge", into="X").why_not("reopen")
    assert "无效来电" in Story().do("mark_invalid").why_not("reopen")
    assert "未并单" in answered().do("close").why_not("unmerge")
    assert "另一件" in Story().why_not("merge")


def test_who_got_no_answer_is_not_called_back_about_it() -> None:
    assert "并单" in Story().do("merge", into="X").why_not("call_back", outcome="reached")
    assert "结果表" in answered().why_not("call_back", outcome="busy")
    assert not answered().do("close").why_not("call_back", outcome="missed")


def test_a_co_unit_may_still_answer_after_the_close_but_ask_for_nothing() -> None:
    story = (
        claimed(WITH_CO).do("ask_return", 2, reason="not_ours").do("answer", 1).do("release", 1).do("close")
    )
    assert story.state.tasks[2].status == "assigned"  # nobody rules on it any more
    assert "已办结" in story.why_not("ask_return", 2, reason="not_ours")
    story.do("claim", 2).do("answer", 2).do("release", 2)
    assert "已办结" in story.why_not("send_back", 2)
    assert story.state.status == "closed"
    assert story.running() == {("callback", 0)}


def test_a_case_is_registered_once_and_a_correction_says_of_what() -> None:
    assert "已经登记" in Story().why_not("register")
    assert "第几条" in Story().why_not("amend")


def test_an_answer_of_an_earlier_round_is_not_sent_back() -> None:
    story = answered().do("close").do("reopen")
    assert "重办以前" in story.why_not("send_back", 1)
    assert "重办以前" in story.do("dispatch", units=UNITS).why_not("send_back", 1)


def test_a_unit_at_work_under_a_newer_assignment_is_not_given_back_its_older_one() -> None:
    story = claimed(WITH_CO).do("answer", 2).do("release", 2).do("cancel", 1)
    story.do("dispatch", units=[{"unit": "stone", "role": "lead"}])
    assert "另有派单" in story.why_not("send_back", 2)


def offered(story: Story) -> set[tuple[str, int]]:
    """What is offered of what concerns a mark, and on which assignment."""
    found = guards.open_moves(story.state, story.next)
    return {(move.name, task.no) for move, task in found if task and move.name in guards.AFTER_CLOSING}


@pytest.mark.parametrize(
    ("outcome", "solved", "satisfied", "bad"),
    [
        ("reached", False, "satisfied", True),
        ("reached", True, "dissatisfied", True),
        ("reached", True, "satisfied", False),
        ("missed", False, "dissatisfied", False),
    ],
)
def test_the_unit_that_was_marked_down_is_offered_an_appeal(
    outcome: str, solved: bool, satisfied: str, bad: bool
) -> None:
    story = answered(WITH_CO).do("call_back", outcome=outcome, solved=solved, satisfied=satisfied)
    assert offered(story) == ({("appeal", 1)} if bad else set())


def test_an_appeal_names_the_call_and_is_then_ruled_on_once() -> None:
    story = answered().do("call_back", outcome="reached", solved=False)
    assert "哪一次" in story.why_not("appeal", 1)
    story.do("appeal", 1, call=story.state.mark)
    assert offered(story) == {("rule_appeal", 1)}
    assert offered(story.do("rule_appeal", 1, call=story.state.mark, upheld=False)) == set()


def test_of_an_erased_case_only_the_clocks_are_still_reckoned() -> None:
    story = answered().do("close").do("erase")
    assert "保管期限已满" in story.why_not("reopen")
    assert not story.why_not("reckon")
    assert guards.open_moves(story.state, story.next) == []


def test_a_refusal_says_the_status_in_words() -> None:
    assert "当前状态为“待派单”" in Story().why_not("close")
    assert "当前状态为“办理中”" in claimed().why_not("claim", 1)
