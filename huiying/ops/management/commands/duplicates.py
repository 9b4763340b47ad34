"""`huiying duplicates FILE`: what may be one matter told twice or by many, in groups, with reasons."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from huiying.cases import place
from huiying.common.errors import Refused
from huiying.mining.duplicates import LEAST, Group, duplicates
from huiying.mining.text_files import check_out, open_texts, reports, write_rows
from huiying.ops.progress import bar

SHOWN = 20
COLUMNS = ("组号", "类别", "件数", "人数", "编号", "标题", "时间", "与哪件相似", "理由", "相同的话", "把握")


class Command(BaseCommand):
    help = "查重：把疑似重复、同一人重复和多人同诉的诉求归成组，说明理由，供人核对"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "file", type=Path, metavar="文件", help="xlsx、xls 或 csv，最好有时间、诉求人和地址"
        )
        parser.add_argument(
            "--least", type=float, default=LEAST, metavar="把握", help=f"多像才归组，0–1，默认 {LEAST}"
        )
        parser.add_argument("--out", type=Path, metavar="文件", help="结果写成 .xlsx 或 .csv")
        parser.add_argument("--json", action="store_true", help="输出 JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 0 < options["least"] <= 1:
            raise Refused(f"--least 应在 0 与 1 之间，现为 {options['least']:g}。")
        check_out(options["out"], options["file"])
        tz = place.zone()
        rows = reports(open_texts(options["file"], tz=tz))
        with bar("查重") as progress:
            found = duplicates(rows, least=options["least"], progress=progress)
        if options["out"]:
            lines = (line for no, group in enumerate(found, 1) for line in _lines(no, group))
            count = write_rows(options["out"], "疑似重复", COLUMNS, lines, tz=tz)
            self.stderr.write(f"已写出 {count} 行：{options['out']}")
        if options["json"]:
            plain = [_plain(no, group) for no, group in enumerate(found, 1)]
            self.stdout.write(json.dumps(plain, ensure_ascii=False))
        elif not options["out"]:
            self._print(found, len(rows))

    def _print(self, groups: list[Group], total: int) -> None:
        within = sum(len(group.reports) for group in groups)
        found = f"有 {within} 件疑似重复，归成 {len(groups)} 组：" if groups else "没有找到疑似重复的。"
        self.stdout.write(f"{total} 件中{found}")
        for no, group in enumerate(groups[:SHOWN], 1):
            many = f"{len(group.reports)} 件 {group.persons} 人"
            self.stdout.write(f"{no:>3}. {group.kind}，{many}：{group.reports[0].title[:40]}")
            for link in group.links[1:4]:
                self.stdout.write(f"     {link.id} 与 {link.like}：{link.reason}")
        if len(groups) > SHOWN:
            self.stdout.write(f"还有 {len(groups) - SHOWN} 组，用 --out 写成表格看全部。")


def _lines(no: int, group: Group) -> list[tuple[Any, ...]]:
    head = (no, group.kind, len(group.reports), group.persons)
    return [
        (*head, one.id, one.title, one.at, link.like, link.reason, link.quote, round(link.likeness, 2))
        for one, link in zip(group.reports, group.links, strict=True)
    ]


def _plain(no: int, group: Group) -> dict[str, Any]:
    return {
        "group": no,
        "kind": group.kind,
        "reports": len(group.reports),
        "persons": group.persons,
        "ids": group.ids,
        "links": [
            {
                "id": link.id,
                "like": link.like,
                "likeness": round(link.likeness, 4),
                "reason": link.reason,
                "quote": link.quote,
            }
            for link in group.links
        ],
    }
