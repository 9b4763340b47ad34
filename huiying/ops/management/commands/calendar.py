"""`huiying calendar load [YEAR…]`, `… show YEAR`, `… import FILE`, `… reckon [--dry-run]`."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from huiying.cases import calendar_days, place
from huiying.cases.deadlines import CLOCK_TITLES
from huiying.cases.models import Office
from huiying.cases.reckoning import Left, Moved, reckon_open
from huiying.ops import schema
from huiying.ops.progress import bar

SHOWN = 20


class Command(BaseCommand):
    help = "办公日历：载入、查看、导入放假安排，变动后重算时限"

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="动作")
        load = actions.add_parser("load", help="补上自带的放假安排，不覆盖已有的日子")
        load.add_argument("years", metavar="年份", type=int, nargs="*", help="不写则为 2020 年起的所有年份")
        show = actions.add_parser("show", help="看一年的工作日、放假和调休")
        show.add_argument("year", metavar="年份", type=int)
        take = actions.add_parser("import", help="从表格导入，三列：date,kind,name（日期、类别、名称）")
        take.add_argument("file", metavar="文件", type=Path, help="csv 或 xlsx")
        take.add_argument(
            "--whole-years",
            action="store_true",
            help="文件列全了各年的放假和调休，其余日子按周末和工作日补齐",
        )
        for changing in (load, take):
            changing.add_argument("--no-reckon", action="store_true", help="不重算未了结的时限")
        again = actions.add_parser("reckon", help="日历或时限规则变动后，重算未了结的时限，逐项说明")
        again.add_argument("--dry-run", action="store_true", help="只说会怎样，不写入")

    def handle(self, *, action: str, **options: Any) -> None:
        schema.require_current()
        actions = {"load": _load, "show": _show, "import": _import, "reckon": _reckon}
        for line in actions[action](options):
            self.stdout.write(line)
        if options.get("left"):
            sys.exit(1)


def _load(options: dict[str, Any]) -> list[str]:
    lines = []
    all_loaded = calendar_days.load(options["years"] or calendar_days.seeded_years())
    for loaded in all_loaded:
        lines.append(
            f"{loaded.year}年：" + (f"新增 {loaded.added} 天" if loaded.added else "已经完整，没有改动")
        )
        if loaded.differing:
            days = "、".join(map(str, loaded.differing))
            lines.append(f"  与自带数据不同、保留原样：{days}（要改请用 huiying calendar import）")
    return [*lines, *_after_change(options, changed=any(loaded.added for loaded in all_loaded))]


def _show(options: dict[str, Any]) -> list[str]:
    return calendar_days.show(options["year"])


def _import(options: dict[str, Any]) -> list[str]:
    done = calendar_days.import_file(options["file"], whole_years=options["whole_years"])
    lines = [f"新增 {done.added} 天，更新 {done.updated} 天，不变 {done.same} 天，补齐 {done.filled} 天"]
    for year in done.incomplete:
        lines.append(
            f"{year}年还不完整，不能推算工作日：请补上其余日子；文件已列全放假和调休的，请加 --whole-years"
        )
    return [*lines, *_after_change(options, changed=bool(done.added or done.updated or done.filled))]


def _after_change(options: dict[str, Any], *, changed: bool) -> list[str]:
    """The clocks follow the calendar at once, unless asked not to."""
    if not changed or not Office.objects.exists():
        return []
    options["dry_run"] = options["no_reckon"]
    return _reckon(options)


def _reckon(options: dict[str, Any]) -> list[str]:
    """What moved; `options["left"]` is set where clocks could not be told anew."""
    with bar("重算时限") as progress:
        found = list(
            reckon_open(place.current(), at=timezone.now(), dry_run=options["dry_run"], progress=progress)
        )
    moved = [one for one in found if isinstance(one, Moved)]
    left = [one for one in found if isinstance(one, Left)]
    options["left"] = bool(left)
    lines = [*_shortened(_moves(moved)), *_shortened(f"{one.number} 没有重算：{one.why}" for one in left)]
    verb = "会变动" if options["dry_run"] else "已重算"
    cases = len({one.number for one in moved})
    lines.append(f"{verb} {cases} 件的 {len(moved)} 个时限" if moved else "没有时限需要变动")
    if moved and options.get("no_reckon"):
        lines.append("尚未重算，请运行 huiying calendar reckon")
    return lines


def _moves(moved: Iterable[Moved]) -> Iterator[str]:
    for one in moved:
        whose = f"{one.unit} " if one.unit else ""
        yield f"{one.number} {whose}{CLOCK_TITLES[one.kind]}：{_day(one.before)} → {_day(one.after)}"


def _day(at: datetime | None) -> str:
    return f"{at.astimezone(place.zone()):%Y-%m-%d %H:%M}" if at else "暂停中"


def _shortened(lines: Iterable[str]) -> list[str]:
    told = list(lines)
    return told[:SHOWN] + ([f"…… 共 {len(told)} 项"] if len(told) > SHOWN else [])
