"""`huiying figures 2022-03`: any measure of any period, with its definition and a way to its cases."""

from __future__ import annotations

import argparse
import json
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from typing import Any
from unicodedata import east_asian_width

from django.core.management.base import BaseCommand

from huiying.cases.place import Place, current
from huiying.common.errors import Refused
from huiying.common.text import normal_name, suggestion
from huiying.ops import schema
from huiying.statistics import dimensions, periods, tables
from huiying.statistics.engine import Answer, Engine, engine
from huiying.statistics.measures import CUT_OFFS, DIMENSIONS, MEASURES, Measure
from huiying.statistics.periods import Period
from huiying.statistics.rounding import Change
from huiying.statistics.tables import COMPARISONS

PARTS = ("numerator", "denominator")
BY_DEFAULT = ("received", "share")


@dataclass(frozen=True)
class Question:
    """What was asked, understood."""

    place: Place
    period: Period
    as_of: datetime | None
    known_at: datetime | None
    measures: tuple[str, ...]
    by: str | None
    where: dict[str, list[str]]
    only: dict[str, list[str]]
    typed: tuple[str, ...]

    def engine(self, period: Period | None = None) -> Engine:
        """The period's engine, or another period's as of its own end."""
        as_of = self.as_of if period is None else None
        return engine(period or self.period, as_of=as_of, known_at=self.known_at, place=self.place)

    def query(self, measure: str, code: Any, part: str = "numerator") -> str:
        """The command that lists the cases behind one figure."""
        words = ["huiying", "figures", self.period.label, *self.typed, "--measure", measure]
        if self.by is not None and not (measure == "share" and part == "denominator"):
            words += ["--only", f"{self.by}={'' if code is None else code}"]
        words += ["--cases"] if part == "numerator" else ["--cases", "--part", part]
        return shlex.join(words)


@dataclass(frozen=True)
class Row:
    """One figure: a measure, of the whole (key None) or of one code."""

    measure: Measure
    key: Any
    name: str
    answer: Answer
    changes: dict[str, Change | None]


class Command(BaseCommand):
    help = "统计数字：任一期间、截点、范围的指标，附定义和件清单"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "period", metavar="期间", help="2022-03、2022-W28、2022-Q1、2022、2022-03-05、起..止"
        )
        parser.add_argument("--as-of", default="", metavar="截点", help="缺省为期末；2022-04-20 指当天结束")
        parser.add_argument("--known-at", default="", metavar="时刻", help="按此时刻已录入的情况，缺省为现在")
        parser.add_argument(
            "--measure", nargs="+", action="extend", default=[], metavar="指标", help="代码或名称，缺省为全部"
        )
        parser.add_argument(
            "--by", default="", metavar="维度", help=f"分项：{'、'.join(DIMENSIONS.values())}"
        )
        parser.add_argument(
            "--where",
            nargs="+",
            action="extend",
            default=[],
            metavar="维度=值",
            help="范围，例：渠道=市长热线",
        )
        parser.add_argument(
            "--only",
            nargs="+",
            action="extend",
            default=[],
            metavar="维度=值",
            help="范围内的一项（占比仍以范围为分母）",
        )
        parser.add_argument(
            "--compare", choices=list(COMPARISONS), default=None, help="previous 环比，last_year 同比"
        )
        parser.add_argument("--json", action="store_true", help="输出 JSON")
        parser.add_argument("--cases", action="store_true", help="列出一个指标所计的件的编号")
        parser.add_argument(
            "--part", choices=PARTS, default="numerator", help="--cases 列分子（缺省）还是分母的件"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        schema.require_current()
        asked = _question(options)
        lines: Iterable[str]
        if options["cases"]:
            lines = _cases(asked, options["part"], as_json=options["json"])
        else:
            rows = list(_rows(asked, options["compare"]))
            lines = [_json(asked, rows)] if options["json"] else _text(asked, rows, options["compare"])
        for line in lines:
            self.stdout.write(line)


def _question(options: dict[str, Any]) -> Question:
    place = current()
    tz = place.keeper.tz
    by = dimensions.dimension(options["by"]) if options["by"] else None
    given = [part for text in options["measure"] for part in text.replace("，", ",").split(",") if part]
    names = tuple(dict.fromkeys(map(_measure, given)))
    return Question(
        place=place,
        period=periods.parse(options["period"]),
        as_of=periods.instant(options["as_of"], tz) if options["as_of"] else None,
        known_at=periods.instant(options["known_at"], tz) if options["known_at"] else None,
        measures=names or (BY_DEFAULT if by else tuple(MEASURES)),
        by=by,
        where=dimensions.conditions(place, options["where"]),
        only=dimensions.conditions(place, options["only"]),
        typed=tuple(_typed(options)),
    )


def _typed(options: dict[str, Any]) -> Iterator[str]:
    """The options that a query for cases repeats."""
    for option in ("as_of", "known_at"):
        if options[option]:
            yield from (f"--{option.replace('_', '-')}", options[option])
    for option in ("where", "only"):
        if options[option]:
            yield from (f"--{option}", *options[option])


def _measure(word: str) -> str:
    titles = {normal_name(m.title): m.name for m in MEASURES.values()}
    name = word if word in MEASURES else titles.get(normal_name(word))
    if name is None:
        near = suggestion(word, (*MEASURES, *(m.title for m in MEASURES.values())))
        raise Refused(f"没有“{word}”这个指标。{near}全部指标见 huiying measures。")
    return name


def _rows(asked: Question, compare: str | None) -> Iterator[Row]:
    """Every measure asked for: whole, then, where a dimension is given, by each of its codes."""
    period, before = asked.period, None
    this = asked.engine()
    if compare is not None:
        before = period.previous() if compare == "previous" else period.last_year()
    earlier = asked.engine(before) if before else None
    for name in asked.measures:
        for by in (None, asked.by) if asked.by else (None,):
            now = _table(asked, this, name, period, by)
            then = _table(asked, earlier, name, before, by) if earlier and before else {}
            for key in dimensions.in_order(asked.place, by, now) if by else now:
                label = dimensions.title(asked.place, by, key) if by else ("合计" if asked.by else "")
                changes = {compare: tables.change(name, now[key], then.get(key))} if compare else {}
                yield Row(MEASURES[name], key if by else ..., label, now[key], changes)


def _table(asked: Question, this: Engine, name: str, period: Period, by: str | None) -> dict[Any, Answer]:
    """One measure, whole (key None) or by a dimension: codes for which there is nothing are left out."""
    if by is None:
        return {None: this.ask(name, period, scope=asked.where, params=asked.only)}
    rows = this.table([name], period, by=by, scope=asked.where, params=asked.only)
    return {key: row[name] for key, row in rows.items() if row[name].numerator or row[name].denominator}


def _cases(asked: Question, part: Any, *, as_json: bool) -> list[str]:
    if len(asked.measures) != 1:
        raise Refused("件清单一次只列一个指标，请加 --measure 指标，例：--measure received --cases")
    if asked.by:
        raise Refused("件清单不能分项。要看某一项的件，请用 --only 维度=值 代替 --by。")
    name = asked.measures[0]
    this = asked.engine()
    numbers = this.cases(name, asked.period, scope=asked.where, params=asked.only, part=part)
    if not as_json:
        return numbers
    head = _head(asked, this) | {"measure": name, "part": part, "count": len(numbers), "cases": numbers}
    return [json.dumps(head, ensure_ascii=False, indent=1)]


def _head(asked: Question, this: Engine) -> dict[str, Any]:
    tz = asked.place.keeper.tz
    return {
        "period": asked.period.label,
        "title": asked.period.title,
        "as_of": this.facts.as_of.astimezone(tz).isoformat(),
        "known_at": this.facts.known_at.astimezone(tz).isoformat(),
        "where": asked.where,
        "only": asked.only,
    }


def _json(asked: Question, rows: Sequence[Row]) -> str:
    head = _head(asked, asked.engine()) | {"by": asked.by}
    return json.dumps(head | {"figures": [_figure(asked, row) for row in rows]}, ensure_ascii=False, indent=1)


def _figure(asked: Question, row: Row) -> dict[str, Any]:
    measure, answer = row.measure, row.answer
    figure: dict[str, Any] = {
        "measure": measure.name,
        "title": measure.title,
        "shown": answer.shown(measure),
        "value": _number(answer.value),
        "numerator": _number(answer.numerator),
        "denominator": _number(answer.denominator),
        "unit": "%" if measure.is_rate else measure.unit,
        "definition": _definition(measure),
        "query": _queries(asked, row),
    }
    if asked.by:
        key = None if row.key in (None, ...) else str(row.key)
        figure = {"key": key, "name": row.name, "total": row.key is ..., **figure}
    for name, change in row.changes.items():
        figure[name] = change and {
            "difference": _number(change.difference),
            "ratio": _number(change.ratio),
            "points": _number(change.points),
        }
    return figure


def _definition(measure: Measure) -> dict[str, str]:
    return {
        "what": measure.what,
        "numerator": measure.over,
        "denominator": measure.under,
        "cut_off": CUT_OFFS[measure.cut_off],
        "returned": measure.returned,
        "zero": measure.zero,
        "source": measure.source,
    }


def _queries(asked: Question, row: Row) -> dict[str, str]:
    has_cases = row.measure.denominator is not None and row.measure.name != "daily_average"
    return {part: _query(asked, row, part) for part in (PARTS if has_cases else PARTS[:1])}


def _query(asked: Question, row: Row, part: str = "numerator") -> str:
    whole = replace(asked, by=None) if row.key is ... else asked
    return whole.query(row.measure.name, row.key, part)


def _number(value: Fraction | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value.denominator == 1 else float(value)


def _text(asked: Question, rows: Sequence[Row], compare: str | None) -> Iterator[str]:
    yield from _heading(asked)
    yield ""
    head = ["指标", "代码", *(["分项"] if asked.by else []), "数值", "分子", "分母"]
    head += [COMPARISONS[compare]] if compare else []
    yield from aligned([[*head, "件清单"], *(_cells(asked, row) for row in rows)])
    yield ""
    yield "定义（全文见 huiying measures；分母的件：件清单命令后加 --part denominator）"
    for measure in dict.fromkeys(row.measure for row in rows):
        yield f"  {measure.title}：{measure.what}"


def _heading(asked: Question) -> Iterator[str]:
    """Whose figures, of which days, as of and known at which instants, of which cases."""
    facts, period, tz = asked.engine().facts, asked.period, asked.place.keeper.tz
    as_of, known_at = (f"{at.astimezone(tz):%Y-%m-%d %H:%M}" for at in (facts.as_of, facts.known_at))
    yield f"{asked.place.office.place} {period.title}（{period.starts_on} 至 {period.ends_on}）"
    yield f"截点 {as_of}（不含），按 {known_at} 已录入的情况"
    for words, conditions in (("范围", asked.where), ("其中", asked.only)):
        for name, codes in conditions.items():
            titles = "、".join(dimensions.title(asked.place, name, code) for code in codes)
            yield f"{words}：{DIMENSIONS[name]} {titles}"


def _cells(asked: Question, row: Row) -> list[str]:
    answer = row.answer
    cells = [row.measure.title, row.measure.name, *([row.name] if asked.by else [])]
    cells += [answer.shown(row.measure), _plain(answer.numerator), _plain(answer.denominator)]
    cells += [change.said if change else "—" for change in row.changes.values()]
    return [*cells, _query(asked, row)]


def _plain(value: Fraction | None) -> str:
    return "" if value is None else f"{float(value):g}"


def aligned(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Rows of cells as columns that stand under each other on a terminal; the last is not filled up."""
    table = list(rows)
    widths = [max(map(_columns, column)) for column in zip(*table, strict=True)]
    for row in table:
        filled = [c + " " * (w - _columns(c)) for c, w in zip(row[:-1], widths, strict=False)]
        yield "  ".join([*filled, row[-1]])


def _columns(text: str) -> int:
    """How many terminal columns a text takes."""
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)
