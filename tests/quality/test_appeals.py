"""A unit against a bad mark, and the ruling."""

from __future__ import annotations

import datetime as dt

import pytest

from huiying.cases import guards, place
from huiying.cases.lifecycle import NotAllowed, Stale, state_of
from huiying.cases.models import Case
from huiying.common.errors import Refused
from huiying.quality import appeals, calls
from huiying.quality.models import CallBack
from tests import make
from tests.cast import Cast, people

pytestmark = pytest.mark.django_db
NOW = make.at(3, 15, 10)


@pytest.fixture
def cast() -> Cast:
    make.town(config={"quality": {"percent": 0}})
    return people()


def marked(cast: Cast, *, solved: bool = False) -> CallBack:
    case = make.case(status="closed")
    calls.plan(place.current(), NOW)
    said = {"solved": solved, "satisfied": "satisfied" if solved else "dissatisfied", "reason": "result"}
    return calls.record(
        case.call_backs.get(), outcome="reached", by=cast.callback, at=NOW, place=place.current(), **said
    )


def test_the_unit_itself_appeals_against_a_bad_mark_once(cast: Cast) -> None:
    mark = marked(cast)
    for stranger in (cast.other_clerk, cast.reviewer, cast.stranger):
        assert not appeals.open_to(stranger, NOW).exists()
        with pytest.raises(NotAllowed):
            appeals.ask(mark, reason="已修好", by=stranger, at=NOW)
    assert appeals.open_to(cast.clerk, NOW).get() == mark
    with pytest.raises(Refused, match="理由"):
        appeals.ask(mark, reason=" ", by=cast.clerk, at=NOW)
    appeals.ask(mark, reason="已修好，有照片", by=cast.clerk, at=NOW)
    with pytest.raises(NotAllowed, match="已申诉过"):
        appeals.ask(mark, reason="再申诉", by=cast.head, at=NOW)


def test_a_good_mark_or_an_old_one_is_not_appealed_against(cast: Cast) -> None:
    marked(cast, solved=True)
    assert not appeals.open_to(cast.clerk, NOW).exists()
    marked(cast)
    assert appeals.open_to(cast.clerk, NOW).exists()
    assert not appeals.open_to(cast.clerk, NOW + dt.timedelta(days=31)).exists()


def test_bad_in_the_query_is_bad_on_the_row(cast: Cast) -> None:
    marked(cast), marked(cast, solved=True)
    assert set(CallBack.objects.filter(appeals.BAD)) == {row for row in CallBack.objects.all() if row.is_bad}


def test_the_office_rules_once_with_a_reason(cast: Cast) -> None:
    appeal = appeals.ask(marked(cast), reason="已修好", by=cast.head, at=NOW)
    with pytest.raises(NotAllowed, match="“裁定申诉”由审核员或督办员办理"):
        appeals.rule(appeal, upheld=True, note="属实", by=cast.head, at=NOW)
    with pytest.raises(Refused, match="理由"):
        appeals.rule(appeal, upheld=True, note="", by=cast.reviewer, at=NOW)
    ruled = appeals.rule(appeal, upheld=True, note="现场核实属实", by=cast.reviewer, at=NOW)
    assert (ruled.decision, ruled.decided_by) == ("upheld", cast.reviewer)
    with pytest.raises(Stale):
        appeals.rule(appeal, upheld=False, note="不属实", by=cast.supervisor, at=NOW)


def test_a_mark_struck_on_appeal_is_an_event_and_a_later_call_is_another_mark(cast: Cast) -> None:
    mark = marked(cast)
    mark.case.refresh_from_db()
    appeal = appeals.ask(mark, reason="已修好", by=cast.clerk, at=NOW)
    assert state_of(mark.case).appeal == "pending"
    appeals.rule(appeal, upheld=True, note="现场核实属实", by=cast.reviewer, at=NOW)
    case = Case.objects.get()
    assert state_of(case).appeal == "upheld"
    assert [text.text for text in case.texts.filter(kind="note")] == ["现场核实属实"]
    make.step(case, "call_back", outcome="reached", solved=False, satisfied="dissatisfied", reason="slow")
    assert state_of(case).appeal == ""


def test_the_unit_that_was_judged_appeals_even_where_another_took_over(cast: Cast) -> None:
    mark = marked(cast)
    case = Case.objects.get()
    make.step(case, "reopen", note="确未修好")
    make.step(case, "dispatch", units=[{"unit": "housing", "role": "lead"}])
    assert not appeals.open_to(cast.other_clerk, NOW).exists()
    appeals.ask(mark, reason="不是本局的管道", by=cast.clerk, at=NOW + dt.timedelta(days=1))
    assert state_of(Case.objects.get()).status == "dispatched"


def test_of_a_bad_mark_the_case_page_knows_the_appeal_and_then_the_ruling(cast: Cast) -> None:
    def named() -> set[str]:
        found = guards.open_moves(state_of(Case.objects.get()), NOW)
        return {move.name for move, _ in found} & guards.AFTER_CLOSING

    mark = marked(cast)
    assert named() == {"appeal"}
    appeal = appeals.ask(mark, reason="已修好", by=cast.clerk, at=NOW)
    assert named() == {"rule_appeal"}
    appeals.rule(appeal, upheld=False, note="不属实", by=cast.reviewer, at=NOW)
    assert named() == set()


def test_a_unit_sees_its_own_appeals_and_the_office_all(cast: Cast) -> None:
    appeals.ask(marked(cast), reason="已修好", by=cast.clerk, at=NOW)
    seeing = {user for user in cast.everybody() if appeals.visible_to(user).exists()}
    assert seeing == {cast.clerk, cast.head, cast.reviewer, cast.supervisor, cast.callback}
