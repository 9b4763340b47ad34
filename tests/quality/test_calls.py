"""Tasks by rule, calls recorded, reopening proposed and decided."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from huiying.accounts.models import Trail
from huiying.cases import place
from huiying.cases.lifecycle import NotAllowed, Stale
from huiying.cases.models import Case
from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.ops import worker
from huiying.quality import calls
from huiying.quality.models import CallBack
from tests import make
from tests.cast import Cast, people

pytestmark = pytest.mark.django_db
NOW = make.at(3, 15, 10)
UNHAPPY = {"outcome": "reached", "solved": False, "satisfied": "dissatisfied", "reason": "result"}


@pytest.fixture
def town() -> Place:
    return make.town(config={"quality": {"percent": 0}})


@pytest.fixture
def cast(town: Place) -> Cast:
    return people()


def planned(title: str = "石桥镇东街自来水浑浊", **details: Any) -> CallBack:
    case = make.case(title, status="closed", **details)
    calls.plan(place.current(), NOW)
    return case.call_backs.get()


def call(task: CallBack, by: Any, at: dt.datetime = NOW, **said: Any) -> CallBack:
    return calls.record(task, by=by, at=at, place=place.current(), **said)


def test_every_closed_complaint_gets_one_task_however_often_the_job_runs(town: Place) -> None:
    complaint = make.case(status="closed")
    make.case(status="closed", nature="inquiry")
    make.case(status="answered")
    assert calls.plan(town, NOW) == (1, 0)
    assert calls.plan(town, NOW) == (0, 0)
    task = CallBack.objects.get()
    assert (task.case, task.why, task.state) == (complaint, "all", "open")
    assert task.due_at is not None


def test_the_job_says_what_it_did(town: Place) -> None:
    make.case(status="closed")
    assert worker.JOBS["callbacks"].run(NOW) == "新安排回访 1 件，不再回访 0 件"


def test_the_sample_is_of_the_rest() -> None:
    town = make.town(config={"quality": {"percent": 100}})
    make.case(status="closed", nature="inquiry")
    calls.plan(town, NOW)
    assert CallBack.objects.get().why == "sample"


def test_what_was_closed_long_ago_or_called_already_or_left_no_name_is_left_alone(town: Place) -> None:
    make.case(status="closed", received=make.at(1, 10))
    make.step(make.case(status="closed"), "call_back", outcome="reached", solved=True, satisfied="satisfied")
    make.case(status="closed", caller=make.PersonData())
    assert calls.plan(town, NOW) == (0, 0)


def test_a_case_closed_again_is_called_again(cast: Cast, town: Place) -> None:
    task = planned()
    case = Case.objects.get()
    make.step(case, "reopen")
    make.step(case, "direct_answer")
    make.step(case, "close")
    assert not calls.waiting(cast.callback).exists()
    assert calls.plan(town, NOW) == (1, 1)
    task.refresh_from_db()
    assert task.state == "dropped"
    assert calls.waiting(cast.callback).get().closing > task.closing


def test_a_call_made_from_the_case_page_ends_the_task_but_a_missed_one_does_not(town: Place) -> None:
    planned()
    case = Case.objects.get()
    make.step(case, "call_back", outcome="missed")
    assert calls.plan(town, NOW) == (0, 0)
    make.step(case, "call_back", outcome="declined")
    assert calls.plan(town, NOW) == (0, 1)


def test_only_callers_have_a_queue_the_oldest_due_first(cast: Cast) -> None:
    late = planned("后办结", received=make.at(3, 8))
    soon = planned("先办结", received=make.at(3, 3))
    assert list(calls.waiting(cast.callback)) == [soon, late]
    others = [user for user in cast.everybody() if user != cast.callback]
    assert not [user for user in others if calls.waiting(user).exists()]


def test_a_content_citizen_ends_the_task(cast: Cast) -> None:
    task = call(planned(), cast.callback, outcome="reached", solved=True, satisfied="satisfied", note="好")
    assert (task.state, task.attempts, task.proposal, task.assigned) == ("reached", 1, "", cast.callback)
    assert not task.is_bad
    assert task.case.events.get(kind="call_back").actor == cast.callback


def test_three_missed_calls_end_the_task(cast: Cast) -> None:
    task = planned()
    for n in (1, 2, 3):
        assert task.state == "open"
        assert task.case.clocks.filter(kind="callback", stopped_at=None).exists()
        task = call(task, cast.callback, at=NOW + dt.timedelta(minutes=n - 3), outcome="missed")
        assert task.attempts == n
    assert task.state == "missed"
    assert not task.case.clocks.filter(kind="callback", stopped_at=None).exists()
    with pytest.raises(Refused, match="已结束"):
        call(task, cast.callback, outcome="reached", solved=True, satisfied="satisfied")


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ({"outcome": "reached"}, "是否解决"),
        ({"outcome": "reached", "solved": True}, "是否满意"),
        ({"outcome": "reached", "solved": False, "satisfied": "basic"}, "请选择原因"),
        ({"outcome": ""}, "不在结果表中"),
    ],
)
def test_an_incomplete_call_is_refused_and_nothing_changes(cast: Cast, said: Any, asked: str) -> None:
    task = planned()
    with pytest.raises(Refused, match=asked):
        call(task, cast.callback, **said)
    task.refresh_from_db()
    assert (task.attempts, task.case.events.filter(kind="call_back").count()) == (0, 0)


def test_two_callers_at_once_record_one_call(cast: Cast) -> None:
    task = planned()
    seen = CallBack.objects.select_related("case").get(pk=task.pk)
    call(task, cast.callback, outcome="missed")
    with pytest.raises(Stale):
        call(seen, cast.callback, outcome="missed")
    assert CallBack.objects.get().attempts == 1


def test_the_caller_proposes_and_the_reviewer_reopens(cast: Cast) -> None:
    task = call(planned(), cast.callback, **UNHAPPY)
    assert (task.proposal, task.is_bad) == ("pending", True)
    with pytest.raises(NotAllowed):
        calls.decide(task, reopen=True, note="未修好", by=cast.callback, at=NOW)
    assert not calls.proposals(cast.callback).exists()
    assert calls.proposals(cast.reviewer).get() == task
    calls.decide(task, reopen=True, note="确未修好", by=cast.reviewer, at=NOW)
    assert Case.objects.get().status == "received"
    assert not calls.proposals(cast.reviewer).exists()


def test_or_leaves_it_closed_with_the_reason(cast: Cast) -> None:
    task = call(planned(), cast.callback, **UNHAPPY)
    with pytest.raises(Refused, match="理由"):
        calls.decide(task, reopen=False, note=" ", by=cast.supervisor, at=NOW)
    calls.decide(task, reopen=False, note="政策所限", by=cast.supervisor, at=NOW)
    assert Case.objects.get().status == "closed"
    with pytest.raises(Stale):
        calls.decide(task, reopen=True, note="再办", by=cast.reviewer, at=NOW)


def test_seeing_the_number_is_recorded_with_the_reason_and_without_the_number(cast: Cast) -> None:
    task = planned()
    known = calls.number_to_call(task, reason="回访", by=cast.callback, at=NOW)
    assert known.phone == make.CALLER.phone
    line = Trail.objects.get()
    assert (line.user, line.kind, line.subject, line.reason) == (
        cast.callback,
        "unmask",
        task.case.number,
        "回访",
    )
    assert make.CALLER.phone not in str(line.data)


def test_without_a_reason_or_the_role_nobody_sees_the_number(cast: Cast) -> None:
    task = planned()
    with pytest.raises(Refused, match="理由"):
        calls.number_to_call(task, reason="", by=cast.callback, at=NOW)
    with pytest.raises(NotAllowed):
        calls.number_to_call(task, reason="好奇", by=cast.reviewer, at=NOW)
    done = call(task, cast.callback, outcome="declined")
    with pytest.raises(Refused, match="已结束"):
        calls.number_to_call(done, reason="再看", by=cast.callback, at=NOW)
    assert not Trail.objects.exists()
