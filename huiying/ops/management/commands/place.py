"""`huiying place load DIR` and `huiying place export DIR`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from huiying.accounts.models import User
from huiying.ops import place, schema

FIRST = (
    "还没有人员账号。开设第一个管理员：huiying user add 用户名 --name 姓名 --role admin；"
    "再运行 huiying serve 打开网站，其余人员在“设置→人员与角色”开设。"
)


class Command(BaseCommand):
    help = "载入或写出地方配置（place.toml）"

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="动作")
        load = actions.add_parser("load", help="按 place.toml 更新机构、单位、渠道、分类、时限规则和日历")
        load.add_argument("directory", metavar="目录", type=Path, help="放着 place.toml 的目录")
        load.add_argument("--dry-run", action="store_true", help="只检查并说出会改什么，不改动")
        export = actions.add_parser("export", help="把现有配置写成 place.toml")
        export.add_argument("directory", metavar="目录", type=Path, help="写到哪个目录，没有则新建")
        export.add_argument("--force", action="store_true", help="覆盖已有的 place.toml")

    def handle(self, *, action: str, directory: Path, **options: Any) -> None:
        schema.require_current()
        if action == "export":
            self.stdout.write(f"已写出 {place.export(directory, force=options['force'])}")
            return
        summary = place.load(directory, dry_run=options["dry_run"])
        head = "检查通过，没有改动；正式载入将会" if options["dry_run"] else "已载入"
        self.stdout.write(f"{head}：{summary.office}")
        for line in summary.lines():
            self.stdout.write(line)
        if not User.objects.exists():
            self.stdout.write(FIRST)
