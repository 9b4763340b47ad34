"""`huiying bench [--cases N] [--only NAME …] [--json]`."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from rich.console import Console
from rich.table import Table

from huiying.common.errors import Refused
from huiying.ops import bench, bench_houses
from huiying.ops.bench import Report
from huiying.ops.bench_houses import House
from huiying.ops.bench_screens import SCREENS
from huiying.ops.bench_work import ROWS
from huiying.ops.progress import bar
from huiying.settings import knob

WIDE = 130
ONLY = "只量这些，如 cases text；web 是 HTTP，work 是导入"
PARTS = frozenset({"web", "work"})
"""What may be named beside the screens."""
LEFT = {"页面", "", "成批", "HTTP", "未达到"}


class Command(BaseCommand):
    help = "测速：造一大一小两个虚构的镇，量每个页面、收件和导入，与什么都不带的 Django 同场比较"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--cases", type=int, default=100_000, metavar="件", help="大镇，缺省 100000 件")
        parser.add_argument("--small", type=int, default=10_000, metavar="件", help="小镇，缺省 10000 件")
        parser.add_argument("--database", default="", metavar="URL", help="在这台 PostgreSQL 上建库来量")
        parser.add_argument(
            "--only",
            nargs="+",
            default=[],
            metavar="页面",
            help="只量这些，如 cases text；web 是 HTTP，work 是导入",
        )
        parser.add_argument("--rounds", type=int, default=20, metavar="次", help="每页量几次，缺省 20")
        parser.add_argument("--seconds", type=float, default=4.0, metavar="秒", help="HTTP 各量几秒，缺省 4")
        parser.add_argument("--rows", type=int, default=ROWS, metavar="行", help="导入几行来量")
        parser.add_argument("--build", action="store_true", help="只造镇，不量")
        parser.add_argument("--demolish", action="store_true", help="量完拆掉两个镇；缺省留着下次用")
        parser.add_argument("--json", action="store_true", help="输出 JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        self._check(options)
        database = options["database"] or knob("DATABASE_URL")
        small, large = (bench_houses.house(options[n], database=database) for n in ("small", "cases"))
        for house in (small, large):
            with bar(f"造 {house.cases:,} 件的镇") as progress:
                house.build(now=timezone.now(), progress=progress)
        if not options["build"]:
            self._measure(small, large, options)
        if options["demolish"]:
            for house in (small, large):
                house.demolish()

    def _check(self, options: dict[str, Any]) -> None:
        if not 0 < options["small"] < options["cases"]:
            raise Refused("大镇的件数要比小镇多，小镇至少 1 件。")
        if options["rounds"] < 1:
            raise Refused("每页至少量 1 次。")
        for name in options["only"]:
            if name not in PARTS and not bench.chosen([name]):
                known = "、".join([*(screen.name for screen in SCREENS), *PARTS])
                raise Refused(f"没有“{name}”可量。可以写：{known}。")

    def _measure(self, small: House, large: House, options: dict[str, Any]) -> None:
        report, only = bench.begun(small, large), set(options["only"])
        names = sorted(only - PARTS)
        if names or not only:
            with bar("量页面") as progress:
                found = bench.screens(small, large, names, rounds=options["rounds"], progress=progress)
                report.screens = list(found)
        if "work" in (only or PARTS):
            report.work = list(bench.work(large, rows=options["rows"], rounds=3))
        if "web" in (only or PARTS):
            report.web = list(bench.web(large, seconds=options["seconds"]))
        small.leave()
        large.leave()
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False, indent=1))
        else:
            self._print(report)

    def _print(self, report: Report) -> None:
        console = Console(file=self.stdout, width=WIDE)  # type: ignore[arg-type]  # it has write and flush
        small, large = (f"{n:,} 件" for n in report.towns)
        console.print(f"{report.database}，{report.machine}；小镇 {small}，大镇 {large}")
        _table(
            console,
            ("页面", "", "查询", "小镇 p50/p95", "大镇 p50/p95 ms", "大÷小", "÷对照", "未达到"),
            (
                (r.name, r.title, r.queries, _ms(r.small), _ms(r.large), r.ratio, r.bare, *_missed(r.misses))
                for r in report.screens
            ),
        )
        if report.work:
            rows = ((r.name, r.title, f"{r.per_second:,.0f}", *_missed(r.misses)) for r in report.work)
            _table(console, ("成批", "", "行/秒", "未达到"), rows)
        if report.web:
            _table(
                console,
                ("HTTP", "", "同时", "次/秒", "p50/p95 ms", "对照 次/秒", "÷对照", "未达到"),
                (
                    (
                        *(r.name, r.title, r.crowd, r.per_second, _ms((r.p50, r.p95))),
                        *(r.bare_per_second, r.ratio, *_missed(r.misses)),
                    )
                    for r in report.web
                ),
            )


def _ms(pair: tuple[float, float]) -> str:
    return "{:.1f} / {:.1f}".format(*pair)


def _missed(misses: tuple[str, ...]) -> tuple[str]:
    return ("；".join(misses),)


def _table(console: Console, titles: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    table = Table(box=None, pad_edge=False)
    for title in titles:
        table.add_column(
            title, justify="left" if title in {"页面", "", "成批", "HTTP", "未达到"} else "right"
        )
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    console.print(table)
