"""Ledgers as offices keep them, written for a test. Every name, number and telephone is invented."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl

from huiying.cases.models import Case, CaseText, Event, Person
from huiying.cases.place import zone
from huiying.exchange.columns import COLUMNS, Mapping
from huiying.exchange.spreadsheets import Outcome, take_in

Line = dict[str, Any]

NOW = datetime(2022, 4, 20, 9, tzinfo=zone())
DIRECT: Line = {
    "编号": "R0001",
    "渠道": "云溪县12345热线",
    "性质": "咨询",
    "内容分类": "燃气",
    "标题": "天然气开户需要什么材料",
    "内容": "想问天然气开户需要什么材料。",
    "诉求人": "何秀英",
    "联系电话": "13900001234",
    "所属乡镇": "石桥镇",
    "受理时间": "2022-03-01 10:08:49",
    "办理方式": "直办",
    "答复时间": "2022-03-01 10:19:49",
    "办结时间": "2022-03-01 10:19:49",
}
DISPATCHED: Line = {
    "编号": "R0002",
    "渠道": "云溪县12345热线",
    "性质": "投诉",
    "内容分类": "城乡建设/供水",
    "标题": "东街自来水浑浊",
    "内容": "东街自来水浑浊，已有三天。",
    "诉求人": "汪志强",
    "联系电话": "13900005678",
    "所属乡镇": "石桥镇",
    "受理时间": "2022-03-02 09:00:00",
    "办理方式": "转办",
    "牵头单位": "云溪县水务局",
    "派单时间": "2022-03-02 10:00:00",
    "认领时间": "2022-03-02 11:00:00",
    "答复时间": "2022-03-04 16:00:00",
    "办结时间": "2022-03-07 09:00:00",
}


def ledger(path: Path, *lines: Line, header: Iterable[str] = tuple(COLUMNS), encoding: str = "utf-8") -> Path:
    """A csv of these lines; cells that a line does not name are blank."""
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(header), restval="")
        writer.writeheader()
        writer.writerows(lines)
    return path


def workbook(path: Path, *lines: Line, sheet: str = "台账", title: str = "") -> Path:
    """An xlsx of these lines, with a title row above the header where one is given."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = sheet
    if title:
        page.append([title])
    page.append(list(COLUMNS))
    for line in lines:
        page.append([line.get(column) for column in COLUMNS])
    book.save(path)
    return path


def imported(path: Path, *, at: datetime = NOW, mapping: Mapping | None = None, **options: Any) -> Outcome:
    """The file taken in at `NOW` by nobody in particular."""
    return take_in(path, by=None, at=at, mapping=mapping or Mapping(), **options)


def counts(outcome: Outcome) -> tuple[int, int, int, int]:
    """New, changed, unchanged, rejected."""
    return outcome.added, outcome.changed, outcome.unchanged, outcome.rejected


def rows_in_the_house() -> tuple[int, int, int, int]:
    """How many cases, events, texts and citizens there are."""
    return Case.objects.count(), Event.objects.count(), CaseText.objects.count(), Person.objects.count()


def kinds(number: str) -> list[str]:
    """What happened to a case, in the order of recording."""
    return list(Event.objects.filter(case__number=number).order_by("seq").values_list("kind", flat=True))


def complaints(outcome: Outcome) -> list[tuple[int, str, str]]:
    """The grave problems as (row, column, what)."""
    return [(p.row, p.column, p.what) for p in outcome.problems if p.grave]
