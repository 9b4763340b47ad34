"""`huiying topics FILE`: what many people report, put together, named and ranked."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from huiying.cases import place
from huiying.common.errors import Refused
from huiying.mining.hot_topics import LEAST_REPORTS, Matter, hot_topics
from huiying.mining.text_files import check_out, open_texts, reports, write_rows
from huiying.ops.progress import bar

COLUMNS = ("排名", "热度", "问题", "地点", "人群", "开始", "结束", "件数", "人数", "编号", "标题")
SHOWN = 10


class Command(BaseCommand):
    help = "热点问题：把反映同一件事的诉求归在一起，命名并按热度排名"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="文件", help="xlsx、xls 或 csv，最好有时间和诉求人")
        parser.add_argument("--top", type=int, metavar="个数", help=f"只要前几个（屏幕上默认 {SHOWN} 个）")
        parser.add_argument(
            "--least", type=int, default=LEAST_REPORTS, metavar="件数", help="至少几件、几人才算热点"
        )
        parser.add_argument("--out", type=Path, metavar="文件", help="结果写成 .xlsx 或 .csv")
        parser.add_argument("--json", action="store_true", help="输出 JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        for name, least in (("top", 1), ("least", 2)):
            if (given := options[name]) is not None and given < least:
                raise Refused(f"--{name} 须是 {least} 以上的整数，现为 {given}。")
        check_out(options["out"], options["file"])
        tz = place.zone()
        rows = reports(open_texts(options["file"], tz=tz))
        with bar("归并同一件事") as progress:
            found = hot_topics(rows, least=options["least"], progress=progress)
        top = found[: options["top"]] if options["top"] else found
        if options["out"]:
            lines = (line for rank, matter in enumerate(top, 1) for line in _lines(rank, matter))
            count = write_rows(options["out"], "热点问题", COLUMNS, lines, tz=tz)
            self.stderr.write(f"已写出 {count} 行：{options['out']}")
        if options["json"]:
            plain = [_plain(rank, matter) for rank, matter in enumerate(top, 1)]
            self.stdout.write(json.dumps(plain, ensure_ascii=False))
        elif not options["out"]:
            self.stdout.write(_counted(len(rows), len(found), options["least"]))
            self._print(top[: options["top"] or SHOWN])

    def _print(self, matters: list[Matter]) -> None:
        for rank, matter in enumerate(matters, 1):
            days = [f"{at:%Y-%m-%d}" for at in (matter.start, matter.end) if at]
            where = "，".join(filter(None, [matter.place, matter.people, " 至 ".join(days)]))
            many = f"{len(matter.reports)} 件 {matter.persons} 人，热度 {matter.heat}"
            self.stdout.write(f"{rank:>3}. {matter.phrase}（{where}）{many}")


def _counted(total: int, groups: int, least: int) -> str:
    if groups:
        return f"{total} 件中有 {groups} 件事各有 {least} 人以上反映。"
    return (
        f"{total} 件中没有找到 {least} 人以上反映的同一件事。"
        "件数少时常常如此：一件事要与别的诉求比着才看得出来；只找相同的诉求可用 huiying duplicates。"
    )


def _lines(rank: int, matter: Matter) -> list[tuple[Any, ...]]:
    head = (rank, matter.heat, matter.phrase, matter.place, matter.people, matter.start, matter.end)
    return [(*head, len(matter.reports), matter.persons, one.id, one.title) for one in matter.reports]


def _plain(rank: int, matter: Matter) -> dict[str, Any]:
    return {
        "rank": rank,
        "heat": matter.heat,
        "phrase": matter.phrase,
        "place": matter.place,
        "people": matter.people,
        "start": matter.start.isoformat() if matter.start else None,
        "end": matter.end.isoformat() if matter.end else None,
        "reports": len(matter.reports),
        "persons": matter.persons,
        "ids": matter.ids,
    }
