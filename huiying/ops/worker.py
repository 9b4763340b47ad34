"""What runs by itself: a list of jobs, each of which may run twice without harm.

The table is the queue: a job is due by when it last ran (`JobRun`), and whoever moves that instant on from
what it saw has the job. A web process carries the worker in a thread; `huiying worker` runs it alone.
A job that fails is recorded and logged and tried again; the worker itself goes on.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.management import call_command
from django.db import close_old_connections, connection
from django.utils import timezone

from huiying.accounts import submissions
from huiying.batches.models import Batch, BatchState
from huiying.bulletins import closing_notices
from huiying.cases import place, presence, search
from huiying.common.errors import Refused
from huiying.dispatch import alike
from huiying.knowledge import upkeep
from huiying.mining import learning, watch
from huiying.notices import digest, reminders, sending, telling
from huiying.ops import batch_work, doctor, house_proof
from huiying.ops.models import JobRun, Outcome
from huiying.quality import calls
from huiying.replies import part_notices
from huiying.statistics import tables

log = logging.getLogger(__name__)

TICK_SECONDS = 10.0
RETRY = timedelta(minutes=15)
SHOWN_CASES = 10
LATE = 3
"""After this many times its period without success a job counts as not running."""


@dataclass(frozen=True, slots=True)
class Job:
    """`run` gets the present instant and says what it did; a Refused is a failure told in one sentence.

    A job with `hour` runs at that hour of the office's clock, once a day, else every `every`.
    """

    name: str
    title: str
    every: timedelta
    run: Callable[[datetime], str]
    hour: int | None = None

    def next_at(self, row: JobRun) -> datetime | None:
        """When the job is due next; None is at once."""
        if row.ran_at is None:
            return None
        if row.outcome == Outcome.FAILED and self.every > RETRY:
            return row.ran_at + RETRY
        if self.hour is None:
            return row.ran_at + self.every
        local = row.ran_at.astimezone(place.zone())
        at = local.replace(hour=self.hour, minute=0, second=0, microsecond=0)
        return at if at > local else at + timedelta(days=1)


def _check_calendar(now: datetime) -> str:
    return "；".join(house_proof.calendar_missing(place.current(), now)) or "本年日历齐全"


def _prove_recent(now: datetime) -> str:
    report = doctor.examine_recent(place.current(), now=now, within=timedelta(days=2))
    if not report.is_sound:
        cases = list(dict.fromkeys(finding.case for finding in report.findings))
        named = "、".join(cases[:SHOWN_CASES])
        raise Refused(f"{report.summary()}请运行 huiying doctor。涉及：{named}")
    return report.summary()


def _tell(now: datetime) -> str:
    return f"新增通知 {telling.take_in(place.current(), now)} 条"


def _remind(now: datetime) -> str:
    return f"新增提醒 {reminders.remind(place.current(), now)} 条"


def _remind_of_parts(now: datetime) -> str:
    return f"新增分办通知 {part_notices.remind(place.current(), now)} 条"


def _remind_of_closing(now: datetime) -> str:
    return f"新增收口通知 {closing_notices.remind(place.current(), now)} 条"


def _articles(now: datetime) -> str:
    return f"新增知识条目的提醒 {upkeep.remind(place.current(), now)} 条"


def _watch(now: datetime) -> str:
    return watch.watch(place.current(), now)


def _send(now: datetime) -> str:
    return sending.send_due(place.current(), now)


def _digest(now: datetime) -> str:
    return f"写出提要 {digest.digest(place.current(), now)} 份"


def _plan_call_backs(now: datetime) -> str:
    made, dropped = calls.plan(place.current(), now)
    return f"新安排回访 {made} 件，不再回访 {dropped} 件"


def _find_alike(now: datetime) -> str:
    groups, cases = alike.refresh(now)
    return f"疑似重复 {groups} 组 {cases} 件"


def _sweep_presence(now: datetime) -> str:
    return f"清除已离开的“正在处理” {presence.sweep(now)} 条"


def _sweep_submissions(now: datetime) -> str:
    return f"清除一天以前的表单标记 {submissions.sweep(now)} 条"


def _learn(now: datetime) -> str:
    """In a process of its own: learning takes memory and time that the server does not have to spare."""
    if all(learning.why_not(kind) for kind in learning.TITLES):
        return "没有需要学习的"
    command = [sys.executable, "-m", "huiying", "classify", "learn"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=HOUR.total_seconds(), check=False)
    if done.returncode:
        raise Refused(done.stderr.strip()[-1000:])
    return "；".join(done.stdout.split("\n")[:-1])


def _count_rows(now: datetime) -> str:
    """SQLite chooses its ways by what was counted last, a table at a time so that nobody waits for long;
    PostgreSQL counts by itself."""
    names = connection.introspection.table_names() if connection.vendor == "sqlite" else []
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(name)}")
    return f"已清点 {len(names)} 张表" if names else "数据库自行清点"


def _merge_search(now: datetime) -> str:
    return f"已并入 {search.INDEX.merge()} 页"


def _clear_sessions(now: datetime) -> str:
    call_command("clearsessions")
    return "已清除过期的登录"


DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
OFTEN = timedelta(seconds=10)
JOBS = {
    job.name: job
    for job in [
        Job("calendar", "检查放假安排是否齐全", DAY, _check_calendar, hour=8),
        Job("doctor", "核对近两日有变动的件", DAY, _prove_recent, hour=2),
        Job("notices", "从记录生成通知", OFTEN, _tell),
        Job("outbox", "发出邮件和群机器人通知", OFTEN, _send),
        Job("reminders", "提醒将到期和已逾期的时限", timedelta(minutes=10), _remind),
        Job("parts", "通知分办", timedelta(minutes=1), _remind_of_parts),
        Job("closing", "通知对账", timedelta(minutes=1), _remind_of_closing),
        Job("articles", "提醒待发布、将到期和已过期的知识条目", timedelta(minutes=10), _articles),
        Job("digest", "写每日提要", DAY, _digest, hour=8),
        Job("alarms", "察看突增、多人同诉和舆情", HOUR, _watch),
        Job("callbacks", "安排回访", timedelta(hours=1), _plan_call_backs),
        Job("batches", "办理批量任务", OFTEN, batch_work.run),
        Job("alike", "查找疑似重复的在办件", HOUR, _find_alike),
        Job("presence", "清除已离开的“正在处理”", timedelta(minutes=10), _sweep_presence),
        Job("submissions", "清除一天以前的表单标记", timedelta(hours=1), _sweep_submissions),
        Job("learning", "从已核定的件学习分类", DAY, _learn, hour=4),
        Job("search", "把新登记的件并入检索索引", timedelta(minutes=1), _merge_search),
        Job("rows", "清点各表，供数据库选择查法", DAY, _count_rows, hour=5),
        Job("sessions", "清除过期的登录", DAY, _clear_sessions, hour=3),
    ]
}


def run_due(now: datetime) -> list[JobRun]:
    """Run every job that is due and that nobody else has taken; what became of each."""
    ran = []
    for job in JOBS.values():
        row, _ = JobRun.objects.get_or_create(name=job.name)
        due = job.next_at(row)
        if (due is None or due <= now) and _take(row, now):
            ran.append(_run(job, row, now))
    return ran


def _take(row: JobRun, now: datetime) -> bool:
    """The WHERE clause is the lock: one process moves `ran_at` on, the others find it moved."""
    seen = JobRun.objects.filter(name=row.name, ran_at=row.ran_at)
    if row.ran_at is None:
        seen = JobRun.objects.filter(name=row.name, ran_at__isnull=True)
    return bool(seen.update(ran_at=now, outcome=Outcome.RUNNING, error=""))


def _run(job: Job, row: JobRun, now: datetime) -> JobRun:
    began = time.monotonic()
    row.ran_at, row.said, row.error = now, "", ""
    try:
        row.said, row.outcome, row.done_at = job.run(now), Outcome.DONE, now
    except Refused as refused:
        row.outcome, row.error = Outcome.FAILED, str(refused)
        log.error("后台任务“%s”失败：%s", job.title, refused)
    except Exception:  # one job's trouble is recorded and logged, and stops neither the others nor the server
        row.outcome, row.error = Outcome.FAILED, traceback.format_exc()
        log.exception("后台任务“%s”失败", job.title)
    row.took_ms = int((time.monotonic() - began) * 1000)
    row.save()
    return row


def troubles(now: datetime) -> Iterator[str]:
    """Jobs and batches that failed, and jobs that have not succeeded for LATE times their period: for people
    to see to."""
    for batch in Batch.objects.filter(state=BatchState.FAILED).order_by("pk"):
        yield f"批量任务“{batch.get_kind_display()}”没有办成：{batch.error}"
    rows = {row.name: row for row in JobRun.objects.all()}
    if not rows:  # no server and no worker was ever started here
        return
    for job in JOBS.values():
        row = rows.get(job.name)
        if row is not None and row.outcome == Outcome.FAILED:
            last = row.error.strip().splitlines()[-1] if row.error.strip() else ""
            yield f"后台任务“{job.title}”上次失败：{last}"
        elif row is None or row.done_at is None or row.done_at + max(LATE * job.every, RETRY) < now:
            yield f"后台任务“{job.title}”很久没有完成：请看 huiying serve 或 huiying worker 是否在运行"


def run_forever(stop: threading.Event, *, tick: float = TICK_SECONDS) -> None:
    """Run what is due until `stop` is set. A database out of reach is logged and asked again."""
    while not stop.is_set():
        try:
            run_due(timezone.now())
        except Exception:  # the database is away, or not migrated: said in the log, tried at the next tick
            log.exception("后台任务没有运行成")
        finally:
            close_old_connections()
        stop.wait(tick)


def _beside_the_server(stop: threading.Event) -> None:
    _read_ahead()
    run_forever(stop)


def _read_ahead() -> None:
    """The facts for the figures of the first page, which each web process holds for itself."""
    try:
        tables.read_ahead(place.current(), timezone.now())
    except Refused as refused:  # before a place is loaded
        log.info("本月数据没有预先读出：%s", refused)
    except Exception:  # whoever asks for them first reads them
        log.exception("本月数据没有预先读出")
    finally:
        close_old_connections()


_starting = threading.Lock()
_running: threading.Thread | None = None


def start_thread() -> threading.Thread:
    """The worker inside this process: one daemon thread, however often this is called."""
    global _running
    with _starting:
        if _running is None or not _running.is_alive():
            stop = threading.Event()
            _running = threading.Thread(
                target=_beside_the_server, args=(stop,), name="huiying-worker", daemon=True
            )
            _running.start()
        return _running
