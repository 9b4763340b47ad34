"""`huiying measures`: every measure with its definition, as in docs/measures.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand

from huiying.statistics.measures import CARRIED, CUT_OFFS, DIMENSIONS, MEASURES, Measure
from huiying.statistics.rounding import CLOSINGS, ROUNDINGS, ZEROS, Form


class Command(BaseCommand):
    help = "全部指标及其定义（docs/measures.md 的内容）"

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(page(), ending="")


def page() -> str:
    """The text of docs/measures.md."""
    return "\n".join([*_opening(), *_list(), "", *_each(), *_rules()]) + "\n"


def _opening() -> Iterator[str]:
    yield "# 指标"
    yield ""
    yield "由 `huiying measures` 打印，测试保证两者一致。取数：`huiying figures 2022-03 --measure 代码`。"
    yield ""
    yield "- **件**：一件诉求一计，一件含几个问题也只计一件；并单的件仍计入受理量；无效来电不是件。"
    yield "- **期间**：以办公时区的日历日为准，从首日零时起，到末日的次日零时止（不含）。"
    yield "- **截点**（`--as-of`）：在此之前（不含）发生的环节算数；只写日期指当天结束，缺省为期末。"
    yield "- **已知**（`--known-at`）：此前已录入的情况算数，缺省为现在。后来的更正、补录不改变当时的数字。"
    yield "- **单位**：按当前牵头单位计；已退办而未再派出的，不计在原单位名下。协办只计入“协办件”。"
    yield "- 先算后舍入：分子、分母和比值都取精确值，印出时只舍入一次。"
    yield ""


def _list() -> Iterator[str]:
    yield "| 代码 | 名称 | 分子 | 分母 | 单位 |"
    yield "|---|---|---|---|---|"
    for measure in MEASURES.values():
        unit = "%" if measure.is_rate else measure.unit
        under = measure.under or "—"
        yield f"| [`{measure.name}`](#{measure.name}) | {measure.title} | {measure.over} | {under} | {unit} |"


def _each() -> Iterator[str]:
    yield "## 逐项定义"
    for measure in MEASURES.values():
        yield ""
        yield f"### {measure.name}"
        yield ""
        for name, words in _rows(measure):
            yield f"- {name}：{words}"
    yield ""


def _rows(measure: Measure) -> Iterator[tuple[str, str]]:
    yield "名称", measure.title
    yield "分子", measure.over
    yield "分母", measure.under or "无（计数）"
    yield "截点", CUT_OFFS[measure.cut_off]
    yield "结转", CARRIED[measure.population]
    yield "退办", measure.returned
    yield "舍入", _form(measure.form)
    yield "为零", measure.zero
    if measure.source:
        yield "来源", measure.source


def _form(form: Form) -> str:
    """Decimals, rounding and trailing zeros in words; a place's style may choose others."""
    percent = "百分数，" if form.percent else ""
    decimals = f"{form.decimals} 位小数" if form.decimals else "整数"
    zeros = f"，{ZEROS[form.zeros]}" if form.decimals else ""
    return f"{percent}{decimals}，{ROUNDINGS[form.rounding][0]}{zeros}（通报式样可改）"


def _rules() -> Iterator[str]:
    yield "## 印法"
    yield ""
    yield f"- 舍入：{_words({name: words for name, (words, _) in ROUNDINGS.items()})}"
    yield f"- 末尾零：{_words(ZEROS)}"
    yield f"- 一组占比凑成 100%：{_words(CLOSINGS)}"
    yield ""
    yield "## 分项和范围"
    yield ""
    yield f"`--by` 和 `--where` 可用：{_words(DIMENSIONS)}"


def _words(table: dict[str, str]) -> str:
    return "、".join(f"{words}（`{name}`）" for name, words in table.items())
