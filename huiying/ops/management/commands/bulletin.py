"""huiying bulletin compose | publish | recheck | list | schema"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from huiying.bulletins import authored, editions, reconciliation
from huiying.bulletins.models import Edition
from huiying.cases.place import current, zone
from huiying.common.errors import Refused
from huiying.ops import schema
from huiying.statistics import periods

VERDICTS = {"same": "一致", "moved": "发布后数据有变", "wrong": "当时即有误"}


class Command(BaseCommand):
    help = "通报：起草、发布、复核、列出"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="动作")
        compose = verbs.add_parser("compose", help="起草一期通报")
        compose.add_argument("period", help="期间：2022-03、2022-W28、2022-Q1、2022")
        compose.add_argument(
            "--authored", type=Path, help="人工撰写部分（JSON，格式见 huiying bulletin schema）"
        )
        compose.add_argument("--as-of", default="", help="统计截点，缺省为期末；2022-04-20 指当天结束")
        compose.add_argument("--known-at", default="", help="按此时刻已知的数据统计，缺省为现在")
        compose.add_argument("--style", default="", help="式样名，缺省为第一个")
        compose.add_argument("--format", default="txt", help=f"逗号分隔：{','.join(editions.FORMATS)}")
        compose.add_argument("--public", action="store_true", help="同时写出公开版（*.public.*）")
        compose.add_argument(
            "--out", type=Path, default=None, help="写到哪个目录，缺省 HUIYING_HOME/bulletins"
        )
        publish = verbs.add_parser("publish", help="发布草稿：编号、冻结、留存校验和")
        publish.add_argument("period")
        publish.add_argument("--series", default="", help="系列，缺省为该期间最近的草稿")
        publish.add_argument("--draft", type=int, help="草稿号，见 huiying bulletin list")
        publish.add_argument("--correct", default="", metavar="说明", help="发布更正版，写明更正了什么")
        recheck = verbs.add_parser("recheck", help="把已发布一期的每个数字重新问一遍")
        recheck.add_argument("period")
        recheck.add_argument("--series", default="")
        recheck.add_argument("--json", action="store_true")
        verbs.add_parser("list", help="列出草稿和已发布的各期")
        verbs.add_parser("schema", help="打印人工撰写文件的 JSON Schema")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["verb"] != "schema":
            schema.require_current()
        getattr(self, f"_{options['verb']}")(options)

    def _compose(self, options: dict[str, Any]) -> None:
        tz = zone()
        edition = editions.draft(
            current(),
            periods.parse(options["period"]),
            at=timezone.now(),
            style_name=options["style"],
            authored=_authored(options["authored"]),
            as_of=periods.instant(options["as_of"], tz) if options["as_of"] else None,
            known_at=periods.instant(options["known_at"], tz) if options["known_at"] else None,
        )
        formats = [name.strip() for name in options["format"].split(",") if name.strip()]
        where = options["out"] or editions.folder(edition)
        for kind in ("internal", "public") if options["public"] else ("internal",):
            rendered = editions.render(editions.content_of(edition, kind), formats)
            for path in editions.write(rendered, where, edition.period, kind=kind):
                self.stdout.write(str(path))
            for note in rendered.notes:
                self.stderr.write(note)
        self.stdout.write(f"草稿 {edition.pk}：{edition.title}")

    def _publish(self, options: dict[str, Any]) -> None:
        period = periods.parse(options["period"])
        draft = editions.find_draft(period, series=options["series"], number=options["draft"])
        for point in reconciliation.open_points(draft, current()):
            self.stderr.write(f"对账：{point}")
        edition = editions.publish(draft, at=timezone.now(), correcting=options["correct"])
        said = f"更正版（{edition.changes}）" if edition.corrects else ""
        self.stdout.write(f"已发布 {edition.series} 第{edition.issue}期（总第{edition.total_issue}期）{said}")
        for row in edition.files:
            self.stdout.write(f"{row['sha256']}  {editions.folder(edition) / row['name']}")

    def _recheck(self, options: dict[str, Any]) -> None:
        period = periods.parse(options["period"])
        found = Edition.objects.filter(period=period.label, published_at__isnull=False)
        if options["series"]:
            found = found.filter(series=options["series"])
        edition = found.order_by("-published_at", "-pk").first()
        if edition is None:
            raise Refused(f"{period.label} 还没有发布过通报。")
        rows = editions.recheck(edition, now=timezone.now())
        broken = editions.damaged(edition)
        if options["json"]:
            self.stdout.write(json.dumps([_as_json(row) for row in rows], ensure_ascii=False, indent=1))
        else:
            self._say(rows, broken)
        if broken or any(row.verdict == "wrong" for row in rows):
            raise CommandError("有数字当时即有误，或文件已被改动。", returncode=1)

    def _say(self, rows: Any, broken: list[str]) -> None:
        for row in rows:
            if row.verdict != "same":
                f = row.figure
                params = "、".join(f"{n}={v}" for n, v in f.params)
                then, now = row.then.value, row.now.value
                self.stdout.write(
                    f"{VERDICTS[row.verdict]}：{f.section} {f.measure} {params} "
                    f"印 {f.shown}，当时应为 {_plain(then)}，现为 {_plain(now)}"
                )
        count = {name: sum(row.verdict == name for row in rows) for name in VERDICTS}
        self.stdout.write("；".join(f"{VERDICTS[name]} {n} 个" for name, n in count.items()))
        for name in broken:
            self.stdout.write(f"文件缺失或已被改动：{name}")

    def _list(self, options: dict[str, Any]) -> None:
        for edition in Edition.objects.select_related("corrects"):
            at = (edition.published_at or edition.composed_at).astimezone(zone())
            if edition.published_at is None:
                state = "草稿"
            else:
                state = (
                    f"第{edition.issue}期（总第{edition.total_issue}期）{'更正' if edition.corrects else ''}"
                )
            self.stdout.write(
                f"{edition.pk}\t{edition.period}\t{state}\t{at:%Y-%m-%d %H:%M}\t{edition.title}"
            )

    def _schema(self, options: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(authored.schema(), ensure_ascii=False, indent=2))


def _authored(path: Path | None) -> authored.Authored:
    if path is None:
        return authored.Authored()
    try:
        return authored.read(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"读不出人工撰写文件 {path}：{error}。请给出 UTF-8 编码的 JSON 文件。") from None


def _plain(value: Any) -> str:
    return "—" if value is None else f"{float(value):g}"


def _as_json(row: Any) -> dict[str, Any]:
    f = row.figure
    return {
        "key": f.key,
        "section": f.section,
        "measure": f.measure,
        "params": dict(f.params),
        "shown": f.shown,
        "verdict": row.verdict,
        "then": _plain(row.then.value),
        "now": _plain(row.now.value),
    }
