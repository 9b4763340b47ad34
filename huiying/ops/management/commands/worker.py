"""`huiying worker [--once]`."""

from __future__ import annotations

import signal
import sys
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from huiying.ops import schema, worker
from huiying.ops.models import Outcome


class Command(BaseCommand):
    help = "运行后台任务（huiying serve 已自带；单独运行用于多进程部署）"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="只把到点的任务运行一遍")

    def handle(self, *args: Any, **options: Any) -> None:
        schema.require_current()
        if options["once"]:
            return self._once()
        stop = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        self.stderr.write("后台任务：" + "；".join(f"{job.title}" for job in worker.JOBS.values()))
        self.stderr.write("按 Ctrl-C 结束。")
        worker.run_forever(stop)
        return None

    def _once(self) -> None:
        ran = worker.run_due(timezone.now())
        for row in ran:
            took = f"{row.took_ms} 毫秒"
            told = row.said or row.error
            self.stdout.write(
                f"{worker.JOBS[row.name].title}：{Outcome(row.outcome).label}（{took}）{told}".rstrip()
            )
        if not ran:
            self.stdout.write("没有到点的任务")
        if any(row.outcome == Outcome.FAILED for row in ran):
            sys.exit(1)
