"""`huiying classify train|evaluate|predict FILE`: a classifier of one's own from a spreadsheet of texts."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from huiying.cases import place
from huiying.common.cells import Cell
from huiying.common.errors import Refused
from huiying.mining import classify_files, learning, model_files
from huiying.mining.classify import UNSURE, Model, Verdict
from huiying.mining.classify_files import Table
from huiying.mining.classify_scores import Scores, judge
from huiying.mining.classify_training import PRECISION, train
from huiying.mining.models import ModelVersion
from huiying.mining.text_files import check_out, write_rows
from huiying.ops import schema
from huiying.ops.progress import Progress, bar

KINDS = learning.TITLES
ADDED = ("分类结果", "把握", "最可能", "概率", "其次", "其次概率", "第三", "第三概率", "依据", "可定到的上级")
"""The columns that `predict` adds."""
NOTHING_TO_READ = (UNSURE, "没有文本", *[""] * (len(ADDED) - 2))


class Command(BaseCommand):
    help = "文本分类：由表格训练模型、评测、给文本分类"

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="动作")
        make = actions.add_parser("train", help="由有标签的表格训练一个模型")
        make.add_argument("file", type=Path, metavar="文件", help="xlsx、xls、csv 或 csv.gz")
        make.add_argument("--out", type=Path, required=True, metavar="模型", help="模型写到哪里")
        make.add_argument(
            "--precision", type=float, default=PRECISION, metavar="准确率", help="答“确定”的要有多少是对的"
        )
        check = actions.add_parser("evaluate", help="在有标签的表格上评测模型")
        check.add_argument("file", type=Path, metavar="文件")
        check.add_argument("--out", type=Path, metavar="文件", help="逐条的结果和对错写成 .xlsx 或 .csv")
        check.add_argument("--json", action="store_true", help="输出 JSON")
        apply = actions.add_parser("predict", help="给表格里的文本分类，写出新表格")
        apply.add_argument("file", type=Path, metavar="文件")
        apply.add_argument("--out", type=Path, required=True, metavar="文件", help="写到哪里，.xlsx 或 .csv")
        for action in (check, apply):
            action.add_argument("--model", type=Path, required=True, metavar="模型", help="训练出的模型文件")
        learn = actions.add_parser("learn", help="从本地已核定的件学习（后台任务每天也会做）")
        learn.add_argument("kind", nargs="?", choices=KINDS, metavar="对象", help="、".join(KINDS))
        learn.add_argument("--anyway", action="store_true", help="没有新件也重新学习")
        actions.add_parser("versions", help="学过的模型各版及其指标")
        back = actions.add_parser("rollback", help="退回上一版模型")
        back.add_argument("kind", choices=KINDS, metavar="对象", help="、".join(KINDS))

    def handle(self, *args: Any, **options: Any) -> None:
        ACTIONS[options["action"]](self, options)

    def train(self, options: dict[str, Any]) -> None:
        path, out, precision = options["file"], options["out"], options["precision"]
        if not 0.5 <= precision < 1:
            raise Refused("--precision 须在 0.5 和 1 之间，例：0.95。")
        check_out(out, path, endings=())
        texts, labels = classify_files.read_table(path).labelled()
        with bar("训练") as progress:
            model = train(texts, labels, precision=precision, progress=progress)
        model_files.save(model, out)
        self.stdout.write(_made(model, out))

    def evaluate(self, options: dict[str, Any]) -> None:
        path, out = options["file"], options["out"]
        check_out(out, path)
        model, table = model_files.load(options["model"]), classify_files.read_table(path)
        texts, labels = table.labelled()
        with bar("评测") as progress:
            scores = judge(model, texts, labels, progress)
        if out:
            header = [*table.header, *ADDED, "对错"]
            count = write_rows(out, "评测", header, _judged(model, table), tz=place.zone())
            self.stderr.write(f"已写出 {count} 条：{out}")
        if options["json"]:
            self.stdout.write(json.dumps(scores.as_dict(), ensure_ascii=False))
        else:
            self.stdout.write("\n".join(_told(scores)))

    def predict(self, options: dict[str, Any]) -> None:
        out = options["out"]
        check_out(out, options["file"])
        model = model_files.load(options["model"])
        table = classify_files.read_table(options["file"])
        header = [*table.header, *ADDED]
        with bar("分类") as progress:
            rows = _rows(model, table, progress)
            count = write_rows(out, "分类", header, rows, tz=place.zone())
        self.stdout.write(f"已分类 {count} 条，写到 {out}")

    def learn(self, options: dict[str, Any]) -> None:
        schema.require_current()
        for kind in [options["kind"]] if options["kind"] else KINDS:
            with bar(KINDS[kind]) as progress:
                learnt = learning.learn(
                    place.current(), kind, at=timezone.now(), anyway=options["anyway"], progress=progress
                )
            self.stdout.write(learnt.said)

    def versions(self, options: dict[str, Any]) -> None:
        schema.require_current()
        for version in ModelVersion.objects.all():
            made = timezone.localtime(version.made_at)
            self.stdout.write(
                f"{version}　{version.get_status_display()}　{made:%Y-%m-%d %H:%M}　"
                f"{version.texts} 件 {version.labels} 类　准确率 {version.figures['accuracy']:.1%}"
            )

    def rollback(self, options: dict[str, Any]) -> None:
        schema.require_current()
        taken = learning.roll_back(options["kind"], at=timezone.now())
        now = learning.versions().get(options["kind"])
        self.stdout.write(f"已退回{taken}，现用{now or '名称建议'}")


ACTIONS = {
    "train": Command.train,
    "evaluate": Command.evaluate,
    "predict": Command.predict,
    "learn": Command.learn,
    "versions": Command.versions,
    "rollback": Command.rollback,
}


def _made(model: Model, out: Path) -> str:
    about = model.about
    return (
        f"已由 {about['texts']} 条、{len(model.labels)} 类训练出模型：{out}\n"
        f"在没有学过的条目上：准确率 {about['accuracy']:.1%}；" + _sure_of(about)
    )


def _sure_of(about: dict[str, Any]) -> str:
    wanted = f"{about['precision']:.0%}"
    if not about["coverage"]:
        return f"还找不到 {wanted} 以上是对的界线，所以一律答“不确定”，只给出最可能的几类。"
    return f"有 {about['coverage']:.0%} 能确定，其中 {wanted} 以上是对的，其余答“不确定”。"


def _told(scores: Scores) -> list[str]:
    lines = [
        f"条数：{scores.n}",
        f"宏平均 F1：{scores.macro_f1:.4f}",
        f"加权 F1：{scores.weighted_f1:.4f}",
        f"准确率：{scores.accuracy:.4f}",
        f"前三准确率：{scores.top3_accuracy:.4f}",
        f"最有把握的八成的准确率：{scores.precision_at_80:.4f}",
        f"概率校准误差（ECE）：{scores.ece:.4f}",
        f"答“确定”的占 {scores.coverage:.1%}"
        + (f"，其中正确 {scores.precision:.1%}" if scores.coverage else ""),
    ]
    return lines + [f"  {label}：F1 {value:.4f}" for label, value in scores.f1.items()]


def _rows(model: Model, table: Table, progress: Progress | None) -> Iterator[list[Cell]]:
    for no, (row, text) in enumerate(zip(table.rows, table.texts, strict=True), 1):
        yield [*row, *(_columns(model.predict(text)) if text else NOTHING_TO_READ)]
        if progress:
            progress(no, len(table.rows))


def _judged(model: Model, table: Table) -> Iterator[list[Cell]]:
    """The rows as `predict` writes them, and whether the likeliest label is the given one."""
    likeliest = len(table.header) + ADDED.index("最可能")
    for cells, label in zip(_rows(model, table, None), table.labels, strict=True):
        yield [*cells, ("对" if cells[likeliest] == label else "错") if label else ""]


def _columns(verdict: Verdict) -> list[Cell]:
    ranked = [cell for each in verdict.ranked for cell in (each.label, round(each.probability, 4))]
    ranked += [""] * (6 - len(ranked))
    above = verdict.branch.label if verdict.branch else ""
    return [verdict.answer, "确定" if verdict.certain else "不确定", *ranked, "、".join(verdict.words), above]
