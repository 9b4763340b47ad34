"""`huiying evaluate --data DIR`: how well the text is understood, on data that lies outside."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from huiying.common.errors import Refused
from huiying.common.text import suggestion
from huiying.mining.evaluation import SECTIONS, Line, Section, table
from huiying.ops.progress import bar


class Command(BaseCommand):
    help = "评测文本分析：在外部资料上测分类、承办单位、重复、热点、答复质量"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--data", required=True, type=Path, metavar="目录", help="资料所在目录")
        parser.add_argument("--only", action="append", default=[], metavar="部分", help=_names())
        parser.add_argument("--quick", action="store_true", help="分类部分只用一千来条，看通不通，不作评价")
        parser.add_argument("--json", action="store_true", help="输出 JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        data, as_json = options["data"], options["json"]
        if not data.is_dir():
            raise Refused(f"没有目录 {data}。请用 --data 指定评测资料所在的目录。")
        measured: dict[str, dict[str, Any]] = {}
        for section in _chosen(options["only"]):
            if missing := section.missing(data):
                self.stderr.write(f"跳过“{section.title}”：{data} 里没有 {'、'.join(missing)}。")
                continue
            with bar(section.title) as progress:
                run = section.quick if options["quick"] and section.quick else section.run
                lines = run(data, progress)
            measured[section.name] = {line.name: line.value for line in lines}
            if not as_json:
                self._print(section, lines)
        if as_json:
            self.stdout.write(json.dumps(measured, ensure_ascii=False, indent=2))

    def _print(self, section: Section, lines: list[Line]) -> None:
        self.stdout.write(f"\n## {section.title}（{section.name}）")
        self.stdout.write("\n".join(f"- {line}" for line in table(lines)))


def _names() -> str:
    return f"只测这一部分，可重复：{' '.join(SECTIONS)}"


def _chosen(names: list[str]) -> list[Section]:
    for name in names:
        if name not in SECTIONS:
            near = suggestion(name, SECTIONS) or f"可用：{'、'.join(SECTIONS)}。"
            raise Refused(f"评测里没有“{name}”这一部分。{near}")
    return [section for section in SECTIONS.values() if not names or section.name in names]
