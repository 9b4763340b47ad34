"""The jobs: each runs when it is due, once among many processes, and its failure stops nothing."""

import datetime as dt
import logging
import threading
from collections.abc import Iterator

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection

from huiying.cases.models import Case
from huiying.common.errors import Refused
from huiying.ops import worker
from huiying.ops.models import JobRun, Outcome
from huiying.ops.worker import Job
from tests import make

NOW = make.at(3, 20)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[dt.datetime]:
    """One hourly job, and the instants at which it was run."""
    seen: list[dt.datetime] = []

    def look(now: dt.datetime) -> str:
        seen.append(now)
        return "看过了"

    monkeypatch.setattr(worker, "JOBS", {"look": Job("look", "看一看", HOUR, look)})
    return seen


def failing(error: Exception) -> dict[str, Job]:
    def fail(now: dt.datetime) -> str:
        raise error

    return {
        "fail": Job("fail", "会失败的", HOUR, fail),
        "next": Job("next", "下一个", HOUR, lambda now: "好"),
    }


@pytest.mark.django_db
def test_a_job_runs_when_it_is_due_and_not_before(calls: list[dt.datetime]) -> None:
    for minutes in (0, 10, 59, 60, 61, 180):
        worker.run_due(NOW + dt.timedelta(minutes=minutes))
    assert calls == [NOW, NOW + HOUR, NOW + 3 * HOUR]
    row = JobRun.objects.get()
    assert (row.outcome, row.said, row.error) == (Outcome.DONE, "看过了", "")
    assert row.ran_at == row.done_at == NOW + 3 * HOUR


@pytest.mark.django_db
def test_a_job_of_the_night_runs_at_its_hour_of_the_offices_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dt.datetime] = []
    job = Job("night", "夜里的", worker.DAY, lambda now: seen.append(now) or "好", hour=2)
    monkeypatch.setattr(worker, "JOBS", {"night": job})
    ticks = [make.at(3, 1, 9), make.at(3, 1, 23), make.at(3, 2, 1, 59), make.at(3, 2, 2), make.at(3, 2, 9)]
    for tick in [*ticks, make.at(3, 5, 9), make.at(3, 6, 1), make.at(3, 6, 2)]:
        worker.run_due(tick)
    assert seen == [make.at(3, 1, 9), make.at(3, 2, 2), make.at(3, 5, 9), make.at(3, 6, 2)]


@pytest.mark.django_db
def test_who_comes_second_finds_the_job_taken(calls: list[dt.datetime]) -> None:
    JobRun.objects.create(name="look", ran_at=NOW - 2 * HOUR)
    mine, theirs = JobRun.objects.get(), JobRun.objects.get()
    assert worker._take(theirs, NOW)
    assert not worker._take(mine, NOW + dt.timedelta(seconds=1))
    assert JobRun.objects.get().outcome == Outcome.RUNNING


@pytest.mark.django_db
@pytest.mark.parametrize("error", [Refused("缺 2023 年"), ZeroDivisionError("除以零")])
def test_a_failure_is_recorded_and_logged_and_stops_nothing(
    error: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(worker, "JOBS", failing(error))
    rows = {row.name: row for row in worker.run_due(NOW)}
    assert rows["next"].outcome == Outcome.DONE
    assert rows["fail"].outcome == Outcome.FAILED
    assert str(error) in JobRun.objects.get(name="fail").error
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert "会失败的" in caplog.text


@pytest.mark.django_db
def test_what_failed_is_tried_again_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "JOBS", failing(Refused("不行")))
    assert len(worker.run_due(NOW)) == 2
    assert worker.run_due(NOW + dt.timedelta(minutes=14)) == []
    assert [row.name for row in worker.run_due(NOW + dt.timedelta(minutes=15))] == ["fail"]


@pytest.mark.django_db
def test_people_are_told_what_failed_or_does_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "JOBS", failing(Refused("缺 2023 年放假安排")))
    assert list(worker.troubles(NOW)) == []  # nothing was ever started here
    worker.run_due(NOW)
    assert list(worker.troubles(NOW)) == ["后台任务“会失败的”上次失败：缺 2023 年放假安排"]
    JobRun.objects.filter(name="fail").delete()
    assert [line[:9] for line in worker.troubles(NOW + 4 * HOUR)] == ["后台任务“会失败的", "后台任务“下一个”"]


@pytest.mark.django_db
def test_the_towns_own_jobs_run_and_find_it_sound(capsys: pytest.CaptureFixture[str]) -> None:
    make.town(years=range(2020, 2027))
    make.case()
    Session.objects.create(session_key="old", session_data="", expire_date=make.at(1, 1))
    call_command("worker", "--once")
    out = capsys.readouterr().out
    assert all(job.title in out for job in worker.JOBS.values())
    assert "失败" not in out
    assert not Session.objects.exists()
    call_command("worker", "--once")
    assert "没有到点的任务" in capsys.readouterr().out


@pytest.mark.django_db
def test_the_nightly_look_fails_aloud_with_the_cases(capsys: pytest.CaptureFixture[str]) -> None:
    make.town()
    case = make.case()
    Case.objects.update(status="closed")
    with pytest.raises(SystemExit):
        call_command("worker", "--once")
    assert case.number in capsys.readouterr().out
    with pytest.raises(SystemExit):
        call_command("doctor")
    assert "提示：后台任务“核对近两日有变动的件”上次失败" in capsys.readouterr().out


@pytest.mark.django_db
def test_the_rows_are_counted_for_the_database_to_choose_its_ways() -> None:
    make.town()
    make.case()
    said = worker.JOBS["rows"].run(make.at(3, 15))
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT stat FROM sqlite_stat1 WHERE idx = 'case_open'")
            assert [row[0].split()[0] for row in cursor.fetchall()] == ["1"]
    else:
        assert said == "数据库自行清点"


@pytest.fixture
def stopped() -> Iterator[threading.Event]:
    stop = threading.Event()
    yield stop
    stop.set()


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_run_a_job_once(
    monkeypatch: pytest.MonkeyPatch, stopped: threading.Event
) -> None:
    began, seen = threading.Barrier(4), []
    take = worker._take

    def together(row: JobRun, now: dt.datetime) -> bool:
        began.wait(5)
        return take(row, now)

    monkeypatch.setattr(worker, "JOBS", {"look": Job("look", "看", HOUR, lambda now: seen.append(now) or "")})
    monkeypatch.setattr(worker, "_take", together)
    JobRun.objects.create(name="look")

    def once() -> None:
        worker.run_due(NOW)
        connection.close()

    threads = [threading.Thread(target=once) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(seen) == 1


@pytest.mark.django_db(transaction=True)
def test_the_thread_goes_on_after_a_tick_that_failed(
    monkeypatch: pytest.MonkeyPatch, stopped: threading.Event, caplog: pytest.LogCaptureFixture
) -> None:
    ticks: list[int] = []

    def run_due(now: dt.datetime) -> list[JobRun]:
        ticks.append(1)
        if len(ticks) == 1:
            raise OSError("数据库不在")
        stopped.set()
        return []

    monkeypatch.setattr(worker, "run_due", run_due)
    worker.run_forever(stopped, tick=0.001)
    assert len(ticks) == 2
    assert "数据库不在" in caplog.text


def test_one_process_has_one_worker_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    release, done = threading.Event(), list[str]()
    monkeypatch.setattr(worker, "_running", None)
    monkeypatch.setattr(worker, "_read_ahead", lambda: done.append("read ahead"))
    monkeypatch.setattr(worker, "run_forever", lambda stop: release.wait(5))
    first, second = worker.start_thread(), worker.start_thread()
    assert first is second
    assert first.daemon
    release.set()
    first.join(5)
    assert done == ["read ahead"]
