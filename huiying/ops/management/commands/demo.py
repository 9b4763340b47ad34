"""`huiying demo`: a town to try things on, then the web server."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from huiying.accounts.models import Role
from huiying.ops import demo, serve
from huiying.ops.demo_people import PASSWORD

HOST = "127.0.0.1"
FIRST_STEPS = (
    "用 editor 登录，打开“通报”里 3 月的草稿，点任一个数字，看它的定义和它数的每一件。",
    "用 operator 登记一个来电，dispatcher 派给{unit}；{clerk} 认领、拟稿，{head} 审签，{clerk} 反馈。",
    "用 reviewer 审核答复、裁定申诉；用 callback 回访；用 supervisor 看逾期的件、催办、发督办函。",
    "huiying figures 2022-03 --as-of 2022-04-20 看截点推后时数字怎样变；huiying doctor 核对全部记录。",
)


class Command(BaseCommand):
    help = "示范：一条命令跑起一个镇（三个月虚构的件、各角色账号、3 月通报草稿），然后开网页"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--no-serve", action="store_true", help="只准备数据，不开网页")
        parser.add_argument("--json", action="store_true", help="标准输出只有一个 JSON：url、accounts、files")
        parser.add_argument("--port", type=int, default=8000, help="网页端口，缺省 8000")
        parser.add_argument("--place", type=Path, metavar="目录", help="换一个地方，缺省 examples/jixi")
        parser.add_argument(
            "--fresh", action="store_true", help="扔掉原有的示范库重来；请先停掉正在开着的网页"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["no_serve"]:
            serve.require_free(HOST, options["port"])  # said before the work, not after it
        if options["fresh"]:
            demo.clear()
        call_command("migrate", verbosity=0)
        if not options["json"]:
            self.stdout.write("正在准备示范数据，约十秒……")
            self.stdout.flush()
        outcome = demo.build(at=timezone.now(), directory=options["place"])
        url = serve.address(HOST, options["port"]).rstrip("/")
        for note in outcome.notes:
            self.stderr.write(note)
        if options["json"]:
            self.stdout.write(json.dumps(as_json(outcome, url), ensure_ascii=False))
        else:
            self._tell(outcome, url, serving=not options["no_serve"])
        self.stdout.flush()
        if not options["no_serve"]:
            if options["json"]:
                os.dup2(2, 1)  # the server's own words go elsewhere
            serve.run(options["port"], host=HOST)

    def _tell(self, outcome: demo.Outcome, url: str, *, serving: bool) -> None:
        if outcome.changed:
            self.stdout.write(f"示范数据已备好：{outcome.cases} 件，人名、电话和内容全是虚构的。")
        else:
            self.stdout.write(
                f"示范数据早已备好（现有 {outcome.cases} 件），这次没有改动。要重来请加 --fresh。"
            )
        self.stdout.write("\n账号（口令都是 " + PASSWORD + "，只供示范，切勿用于正式环境）：")
        for account in outcome.accounts:
            self.stdout.write(
                f"  {account.username:<12}{account.title}  {account.name}  {account.unit}".rstrip()
            )
        self.stdout.write("\n3 月通报草稿：")
        for path in outcome.files:
            self.stdout.write(f"  {path}")
        self.stdout.write("\n先试试：")
        clerk, head = (
            next(each for each in outcome.accounts if each.role == role) for role in (Role.CLERK, Role.HEAD)
        )
        for number, step in enumerate(FIRST_STEPS, 1):
            self.stdout.write(
                f"  {number}. {step.format(clerk=clerk.username, head=head.username, unit=clerk.unit)}"
            )
        self.stdout.write(
            f"\n网页：{url}" + ("  （Ctrl-C 停止）" if serving else "  （这次没有开：--no-serve）")
        )


def as_json(outcome: demo.Outcome, url: str) -> dict[str, Any]:
    """What `--json` prints."""
    people = [
        {"role": account.role, "username": account.username, "password": PASSWORD}
        for account in outcome.accounts
    ]
    return {"url": url, "accounts": people, "files": [str(path) for path in outcome.files]}
