"""Grades set good answers apart and are no faults."""

from __future__ import annotations

from huiying.mining import rubric
from huiying.mining.reply_given import Given
from huiying.mining.reply_grades import taken_up, unsaid
from tests.mining.test_rubric import GOOD, LONG, REQUEST

TITLE = "石桥镇东街自来水浑浊三天"
ASKED = f"{TITLE}\n{REQUEST}"


def grades(answer: str, request: str = ASKED, inquiry: bool | None = None) -> dict[str, int]:
    _, found = rubric.judge(Given(answer, request, inquiry=inquiry))
    taken: dict[str, int] = {}
    for each in found:
        if not each.level:
            taken[each.check] = taken.get(each.check, 0) + each.weight
    return taken


def test_the_more_of_a_request_is_taken_up_the_less_is_lost() -> None:
    answers = (LONG, LONG.replace("东街自来水浑浊", "东街"), LONG.replace("东街自来水浑浊的", "该"))
    shares = [taken_up(TITLE, ASKED, answer) for answer in answers]
    assert shares == sorted(shares, reverse=True)
    lost = [grades(answer).get("coverage", 0) for answer in answers]
    assert lost == sorted(lost)
    assert lost[0] < lost[-1]
    assert taken_up("", "", LONG) == 1.0


def test_the_piece_of_the_title_that_is_missing_is_quoted_as_it_stands() -> None:
    assert unsaid("石桥镇东街自来水浑浊，路灯不亮", LONG) == "路灯不亮"
    assert unsaid("东街自来水浑浊", LONG) == ""
    assert unsaid("", LONG) == ""


def test_what_is_told_is_not_asked_for_and_a_fault_is_not_told_again() -> None:
    assert grades(f"{LONG}水务局经办，电话0990-8152233。感谢监督。").get("detail", 0) == 0
    assert grades(GOOD)["detail"] == 2 + 2 + 4  # who, telephone, closing
    _, found = rubric.judge(Given(LONG.replace("三月三日", "").replace("当日", ""), ASKED))
    assert [each.check for each in found if "哪天" in each.reason or "办理时间" in each.reason] == ["when"]


def test_a_question_is_not_asked_for_deeds() -> None:
    reasons = {
        each.reason
        for each in rubric.judge(
            Given(
                "您好，低保按月发放，可以由社区代领，标准见门口的公告，每季度核对一次家庭人口和收入。",
                ASKED,
                inquiry=True,
            )
        )[1]
        if each.check == "detail"
    }
    assert reasons
    assert not any("哪天" in reason for reason in reasons)


def test_a_reply_without_a_fault_is_never_put_forward_to_be_sent_back() -> None:
    most = sum(check.most for check in rubric.CHECKS.values() if check.is_grade)
    assert 100 - most >= rubric.LEAST
