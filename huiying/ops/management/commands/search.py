"""`huiying search rebuild`."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from huiying.ops import schema, search_index
from huiying.ops.progress import bar


class Command(BaseCommand):
    help = "全文索引：由诉求件重建"

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="动作")
        actions.add_parser("rebuild", help="清空索引，由全部诉求件和知识条目重建")

    def handle(self, *args: Any, **options: Any) -> None:
        schema.require_current()
        with bar("重建全文索引") as progress:
            count = search_index.rebuild(progress)
        self.stdout.write(f"已重建全文索引：{count} 件")
