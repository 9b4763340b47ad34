"""`huiying serve [--host HOST] [--port PORT]`."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from huiying.ops import schema, serve


class Command(BaseCommand):
    help = "启动网站，后台任务在其中一并运行"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", metavar="地址", default="127.0.0.1", help="默认只在本机访问")
        parser.add_argument("--port", metavar="端口", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = options["host"], options["port"]
        schema.require_current()
        serve.require_free(host, port)
        self.stderr.write(f"网站在 {serve.address(host, port)} ，按 Ctrl-C 结束。")
        serve.run(port, host=host)
        self.stderr.write("已停止。")
