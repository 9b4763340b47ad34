"""Release and send-back, who may, and what is counted."""

from __future__ import annotations

import pytest

from huiying.cases.lifecycle import NotAllowed, Stale
from huiying.cases.models import Case, Reply
from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.replies import review
from tests import make
from tests.cast import Cast, people

pytestmark = pytest.mark.django_db
NOW = make.at(3, 15, 10)


@pytest.fixture
def town() -> Place:
    return make.town()


@pytest.fixture
def cast(town: Place) -> Cast:
    return people()


def test_the_queue_holds_what_was_handed_in_oldest_due_first(cast: Cast) -> None:
    late = make.case("后到期", status="reviewing", received=make.at(3, 3))
    soon = make.case("先到期", status="reviewing", nature="inquiry", received=make.at(3, 4))
    make.case("还在办", status="handling")
    make.case("已发布", status="answered")
    assert [task.case for task in review.queue(cast.reviewer)] == [soon, late]


def test_nobody_else_has_a_queue(cast: Cast) -> None:
    make.case(status="reviewing")
    others = [user for user in cast.everybody() if user != cast.reviewer]
    assert not [user for user in others if review.queue(user).exists()]


def test_a_released_reply_leaves_the_queue_and_closes_the_case_where_the_place_says_so(db: None) -> None:
    make.town(config={"office": {"close_on_release": True}})
    reviewer = people().reviewer
    case = make.case(status="reviewing")
    review.release(case, 1, by=reviewer, at=NOW)
    assert not review.queue(reviewer).exists()
    assert Case.objects.get().status == "closed"


def test_sending_back_asks_for_a_reason_of_the_table_and_words(cast: Cast) -> None:
    case = make.case(status="reviewing")
    for reason, note in (("", "请补充"), ("whatever", "请补充"), ("empty", "  ")):
        with pytest.raises(Refused):
            review.send_back(case, 1, reason=reason, note=note, by=cast.reviewer, at=NOW)
    review.send_back(case, 1, reason="empty", note="请写明结果", by=cast.reviewer, at=NOW)
    assert Case.objects.get().status == "handling"
    assert case.texts.get(kind="note").text == "请写明结果"


def test_the_second_of_two_reviewers_is_told(cast: Cast) -> None:
    case = make.case(status="reviewing")
    seen = Case.objects.get(pk=case.pk)
    review.release(case, 1, by=cast.reviewer, at=NOW)
    with pytest.raises(Stale):
        review.send_back(seen, 1, reason="empty", note="请写明结果", by=cast.reviewer, at=NOW)


def test_a_clerk_does_not_release(cast: Cast) -> None:
    with pytest.raises(NotAllowed, match="由审核员办理"):
        review.release(make.case(status="reviewing"), 1, by=cast.clerk, at=NOW)


def test_send_backs_are_counted_by_unit_and_period(cast: Cast) -> None:
    for unit, day in (("water", 2), ("water", 10), ("housing", 11)):
        case = make.case(unit=unit, status="reviewing", received=make.at(3, day))
        make.step(case, "send_back", on=1, reason="empty")
    found = review.send_backs(make.at(3, 1), make.at(4, 1))
    assert [(unit.code, count) for unit, count in found] == [("water", 2), ("housing", 1)]
    assert [unit.code for unit, _ in review.send_backs(make.at(3, 11), make.at(4, 1))] == ["housing"]


def test_answers_are_compared_with_those_of_the_same_unit_on_other_cases(cast: Cast) -> None:
    def written(case: Case, answer: str) -> None:
        Reply.objects.create(assignment=case.lead, no=1, public_answer=answer, drafted_at=NOW)

    own, same, other = (make.case(unit=unit, status="reviewing") for unit in ("water", "water", "housing"))
    for case, answer in ((own, "本件"), (same, "同单位另一件"), (other, "别的单位")):
        written(Case.objects.get(pk=case.pk), answer)
    task = own.assignments.get()
    assert review.recent_answers(task) == {same.number: "同单位另一件"}
