"""Long work in parts: visible, left and gone on with, harmless when done twice."""

import datetime as dt
import logging

import pytest

from huiying.batches import queue
from huiying.batches.models import Batch, BatchKind
from huiying.cases import place
from huiying.cases.models import CalendarDay, Event, Office
from huiying.common.errors import Refused
from huiying.ops import batch_work, worker
from tests import make

NOW = make.at(3, 20)


@pytest.fixture
def admin(db):
    make.town()
    return make.person("guanli", "管理员", "admin")


@pytest.fixture
def three(admin) -> list:
    """Three open cases whose day of reply moves, because a day has become free."""
    cases = [make.case(f"第{n}件", status="handling") for n in range(3)]
    CalendarDay.objects.filter(day=dt.date(2022, 3, 9)).update(kind="holiday", name="停电")
    Office.touch()
    queue.ask(BatchKind.RECKON, by=admin, at=NOW)
    return cases


def reckoned() -> int:
    return Event.objects.filter(kind="reckon").count()


def test_running_clocks_are_told_anew_by_the_worker_in_the_name_of_who_asked(three, admin) -> None:
    assert worker.JOBS["batches"].run(NOW) == "重算时限（完成）：3/3"
    assert {case.events.last().actor for case in three} == {admin}
    batch = Batch.objects.get()
    assert (batch.state, batch.done, batch.total) == ("done", 3, 3)
    assert (batch.said, batch.ended_at) == ("已重算 3 件的 3 个时限。", NOW)
    assert batch_work.run(NOW) == "没有批量任务"


def test_a_turn_ends_in_time_and_the_next_goes_on(three) -> None:
    said = [batch_work.run(NOW, seconds=0) for _ in range(4)]
    assert [line[-3:] for line in said] == ["1/3", "2/3", "3/3", "3/3"]
    assert reckoned() == 3
    assert Batch.objects.get().said == "已重算 3 件的 3 个时限。"


def test_what_was_done_before_the_crash_and_not_written_is_harmless_to_do_again(three, monkeypatch) -> None:
    def crash(*_: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(queue, "finish", crash)
        with pytest.raises(KeyboardInterrupt):
            batch_work.run(NOW)
    assert reckoned() == 3
    assert batch_work.run(NOW + dt.timedelta(minutes=1)) == "没有批量任务"  # it is still held
    assert batch_work.run(NOW + 2 * queue.HELD) == "重算时限（完成）：3/3"
    assert reckoned() == 3
    assert Batch.objects.get().said == "没有时限需要变动。"


def test_a_case_that_cannot_be_told_anew_is_named(three) -> None:
    CalendarDay.objects.filter(day=dt.date(2022, 3, 10)).delete()
    Office.touch()
    batch_work.run(NOW)
    batch = Batch.objects.get()
    assert batch.state == "done"
    assert f"{three[0].number} 没有重算" in batch.said
    assert batch.found["left"] == 3


def test_only_some_are_named_and_the_others_counted() -> None:
    found: dict = {}
    for n in range(25):
        found = batch_work._sum(found, {"left": 1, "named": [f"R{n}"]})
    assert len(found["named"]) == batch_work.NAMED
    assert batch_work.left_over(found).endswith("R19；另有 5 件")


@pytest.mark.parametrize("error", [Refused("缺 2023 年"), ZeroDivisionError("除以零")])
def test_a_failure_is_kept_logged_tried_again_and_shown_to_people(error, three, monkeypatch, caplog) -> None:
    def walk(batch, now):
        yield 1, {"clocks": 1, "cases": 1, "left": 0, "named": []}
        raise error

    monkeypatch.setitem(
        batch_work.WORKS, "reckon", batch_work.WORKS["reckon"]._replace(count=lambda batch: 2, walk=walk)
    )
    assert batch_work.run(NOW) == "重算时限（进行中）：1/2"
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    for n in (1, 2):
        batch_work.run(NOW + n * queue.RETRY)
    assert Batch.objects.get().state == "failed"
    assert any(f"批量任务“重算时限”没有办成：{'' if isinstance(error, Refused) else 'ZeroD'}" in line
               for line in worker.troubles(NOW))  # fmt: skip


def test_who_asks_while_it_runs_has_it_done_after(three, admin) -> None:
    batch_work.run(NOW, seconds=0)
    CalendarDay.objects.filter(day=dt.date(2022, 3, 10)).update(kind="holiday")
    Office.touch()
    queue.ask(BatchKind.RECKON, by=admin, at=NOW)
    while batch_work.run(NOW) != "没有批量任务":
        pass
    assert {case.events.filter(kind="reckon").count() for case in three} == {1, 2}
    assert not list(batch_work.reckoning.reckon_open(place.current(), at=NOW))
