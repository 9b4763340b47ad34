"""`huiying replies FILE`: how good the replies of a file are, each finding with its reason."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from huiying.cases import place
from huiying.cases.clocks import local_date
from huiying.mining.reply_files import Judged, judged
from huiying.mining.rubric import CHECKS, faults
from huiying.mining.text_files import check_out, open_texts, write_rows
from huiying.ops.progress import bar

WORST = 20
COLUMNS = ("编号", "标题", "得分", "问题", "引文")


class Command(BaseCommand):
    help = "评判答复质量：读一份有诉求和答复的表格，逐条给出得分、理由和引文"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="文件", help="xlsx、xls 或 csv，须有诉求内容和答复")
        parser.add_argument("--out", type=Path, metavar="文件", help="结果写成 .xlsx 或 .csv")
        parser.add_argument("--json", action="store_true", help="输出 JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        check_out(options["out"], options["file"])
        tz = place.zone()
        rows = list(open_texts(options["file"], needed=("answer",), tz=tz))
        with bar("评判答复") as progress:
            found = list(judged(rows, tz=tz, today=local_date(timezone.now(), tz), progress=progress))
        if options["out"]:
            count = write_rows(options["out"], "答复质量", COLUMNS, map(_line, found), tz=tz)
            self.stderr.write(f"已写出 {count} 条：{options['out']}")
        if options["json"]:
            self.stdout.write(json.dumps([_plain(one) for one in found], ensure_ascii=False))
        elif not options["out"]:
            self._print(found)

    def _print(self, found: list[Judged]) -> None:
        scores = sorted(score for _, score, _ in found)
        if not scores:
            self.stdout.write("没有可评判的行。")
            return
        self.stdout.write(f"共 {len(scores)} 条，得分中位数 {scores[len(scores) // 2]}，最低的 {WORST} 条：")
        for row, score, findings in sorted(found, key=lambda one: one[1])[:WORST]:
            reasons = "；".join(dict.fromkeys(each.reason for each in faults(findings)))
            self.stdout.write(f"{score:>3} 分  {row.id} {row['title'][:40]}  {reasons}")


def _line(one: Judged) -> tuple[str, str, int, str, str]:
    row, score, findings = one
    said = "\n".join(f"{CHECKS[each.check].aspect}：{each.reason}（−{each.weight}）" for each in findings)
    return row.id, row["title"], score, said, "\n".join(each.quote for each in findings if each.quote)


def _plain(one: Judged) -> dict[str, Any]:
    row, score, findings = one
    rows = [
        {"check": each.check, "reason": each.reason, "quote": each.quote, "weight": each.weight}
        for each in findings
    ]
    return {"id": row.id, "score": score, "findings": rows}
