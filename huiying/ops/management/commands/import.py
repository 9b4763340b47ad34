"""`huiying import FILE`."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from huiying.accounts.models import User
from huiying.common.errors import Refused
from huiying.exchange import spreadsheets
from huiying.exchange.columns import COLUMNS, Mapping, load_mapping
from huiying.exchange.models import ImportRun

SHOWN = 10


class Command(BaseCommand):
    help = "导入诉求件表格（xlsx、xls、csv）"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, metavar="文件", help="xlsx、xls 或 csv")
        parser.add_argument("--columns", action="store_true", help="列出认得的列名，不导入")
        parser.add_argument("--dry-run", action="store_true", help="只说会怎样，不写入")
        parser.add_argument("--partial", action="store_true", help="只收下没有问题的行；不加则有错就全不收")
        parser.add_argument("--sheet", metavar="名称", help="工作表；不写则自己找有表头的那一张")
        parser.add_argument("--mapping", type=Path, metavar="文件", help="列名对应（TOML 或 JSON）")
        parser.add_argument("--person", metavar="姓名", default="", help="执行人；是用户名的，记在该用户名下")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["columns"]:
            return self._print_columns()
        if options["file"] is None:
            raise Refused("请写明要导入的文件，例：huiying import 三月.xlsx")
        if ImportRun._meta.db_table not in connection.introspection.table_names():
            raise Refused("数据库还没有建立。请先运行：huiying migrate")
        person = options["person"] or os.environ.get("USER", "")
        with _bar() as progress:
            outcome = spreadsheets.take_in(
                options["file"],
                by=User.objects.filter(username=options["person"], is_active=True).first(),
                at=timezone.now(),
                person=person,
                sheet=options["sheet"],
                mapping=load_mapping(options["mapping"]) if options["mapping"] else Mapping(),
                partial=options["partial"],
                dry_run=options["dry_run"],
                progress=progress,
            )
        self._print(outcome)
        if outcome.rejected:
            sys.exit(1)
        return None

    def _print_columns(self) -> None:
        for column in COLUMNS.values():
            needed = "（必需）" if column.required else ""
            self.stdout.write(f"{column.title}{needed}：{column.what}")
            self.stdout.write(f"    也认得：{'、'.join(column.others)}")

    def _print(self, outcome: spreadsheets.Outcome) -> None:
        if outcome.ignored:
            self.stderr.write(f"没有用到的列：{'、'.join(outcome.ignored)}")
        self._lines([c.line() for c in outcome.changes], outcome.changed, "处变更")
        grave = [p.line() for p in outcome.problems if p.grave]
        hints = [p.line() for p in outcome.problems if not p.grave]
        self._lines(grave, len(grave), "处问题")
        self._lines(hints, len(hints), "处提示")
        for note in outcome.notes:
            self.stderr.write(note)
        if outcome.report:
            self.stderr.write(f"全部问题和改法在：{outcome.report}")
        self.stdout.write(outcome.summary)

    def _lines(self, lines: list[str], count: int, what: str) -> None:
        for line in lines[:SHOWN]:
            self.stderr.write(line)
        if len(lines) > SHOWN:
            self.stderr.write(f"…… 共 {max(count, len(lines))} {what}，以上是前 {SHOWN} 处。")


@contextmanager
def _bar() -> Iterator[spreadsheets.Progress | None]:
    """A progress bar on a terminal; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    look = (TextColumn("导入"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*look, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("导入", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
