"""`huiying doctor [--case NUMBER] [--json]`."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from huiying.cases import place
from huiying.ops import doctor, schema, worker
from huiying.ops.progress import bar


class Command(BaseCommand):
    help = "核对：每件的现状、时限、文字是否与记录相符，记录是否被改动；不符则列出，退出码为 1"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--case", metavar="编号", default="", help="只核对这一件")
        parser.add_argument("--json", action="store_true", help="输出 JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        schema.require_current()
        now = timezone.now()
        with bar("核对") as progress:
            report = doctor.examine(place.current(), now=now, number=options["case"], progress=progress)
        if not options["case"]:
            report.warnings += worker.troubles(now)
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False, indent=1))
        else:
            self._print(report)
        if not report.is_sound:
            sys.exit(1)

    def _print(self, report: doctor.Report) -> None:
        for finding in report.findings:
            self.stdout.write(finding.line())
        if report.more:
            self.stdout.write(f"…… 另有 {report.more} 处")
        for warning in report.warnings:
            self.stdout.write(f"提示：{warning}")
        self.stdout.write(report.summary())
