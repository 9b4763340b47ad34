"""The office's calendar: seeded from the published holidays, mended from a file, shown in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta, tzinfo
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import transaction

from huiying.cases.models import CalendarDay, DayKind, Office
from huiying.cases.place import zone
from huiying.cases.workdays import SATURDAY, Calendar, SeedDay, UnknownYear, seed_days
from huiying.cases.workdays import DayKind as Kind
from huiying.common.cells import Cell, CellError, clean, instant
from huiying.common.errors import Refused
from huiying.common.sheets import Sheet, open_sheet
from huiying.common.text import suggestion

SEED = "国务院办公厅放假通知（chinesecalendar）"
FILLED = "按周末和工作日补齐"
FIRST_YEAR = 2020
COLUMNS = {"date": ("date", "日期"), "kind": ("kind", "类别"), "name": ("name", "名称")}
KIND_WORDS = {
    **{str(kind.value): str(kind.value) for kind in DayKind},
    **{str(kind.label): str(kind.value) for kind in DayKind},
    "休": "holiday",
    "班": "makeup",
}


@dataclass(frozen=True)
class LoadedYear:
    """What loading one year did; `differing` are days that somebody changed and that were left alone."""

    year: int
    added: int
    differing: tuple[date, ...] = ()


def seeded_years(*, first: int = FIRST_YEAR) -> list[int]:
    """The years from `first` on that chinesecalendar knows; it ends one year after it was published."""
    years: list[int] = []
    for year in range(max(first, 2004), 2101):
        try:
            seed_days([year])
        except UnknownYear:
            break
        years.append(year)
    return years


def is_whole(year: int) -> bool:
    """Whether every day of the year is in the table."""
    return CalendarDay.objects.filter(day__year=year).count() == len(_days_of(year))


@transaction.atomic
def load(years: Iterable[int]) -> list[LoadedYear]:
    """Add the days that are missing; overwrite none. Raises Refused for an unknown year."""
    wanted = sorted(set(years))
    known = set(seeded_years(first=min(wanted, default=FIRST_YEAR)))
    if unknown := [str(year) for year in wanted if year not in known and not is_whole(year)]:
        raise Refused(
            f"自带的放假安排里没有 {'、'.join(unknown)} 年。"
            "请把放假和调休列成 date,kind,name 三列，用 huiying calendar import 文件 --whole-years 导入。"
        )
    seeds = seed_days(known.intersection(wanted))
    loaded = [_load_year(year, [seed for seed in seeds if seed.date.year == year]) for year in wanted]
    if any(year.added for year in loaded):
        Office.touch()
    return loaded


def _load_year(year: int, seeds: list[SeedDay]) -> LoadedYear:
    stored = dict(CalendarDay.objects.filter(day__year=year).values_list("day", "kind"))
    missing = [seed for seed in seeds if seed.date not in stored]
    CalendarDay.objects.bulk_create(
        CalendarDay(day=seed.date, kind=str(seed.kind), name=seed.name, source=SEED) for seed in missing
    )
    differing = tuple(s.date for s in seeds if stored.get(s.date, s.kind) != s.kind)
    return LoadedYear(year, len(missing), differing)


# From a file


@dataclass
class ImportedDays:
    """What an import did; `incomplete` are years of the file of which days are still missing."""

    added: int = 0
    updated: int = 0
    same: int = 0
    filled: int = 0
    incomplete: list[int] = field(default_factory=list)


@transaction.atomic
def import_file(path: Path, *, whole_years: bool = False) -> ImportedDays:
    """Take the days of a table with the columns date, kind, name (日期、类别、名称), all or nothing.

    With `whole_years` the file names every holiday and make-up day of its years, and the other days that
    are missing are filled in by weekday. Raises Refused with every problem found.
    """
    return take(_read(path), source=f"导入 {path.name}", whole_years=whole_years)


@transaction.atomic
def take(days: Sequence[SeedDay], *, source: str, whole_years: bool) -> ImportedDays:
    """Put days into the calendar; with `whole_years` the rest of their years is filled in by weekday."""
    source = source[:100]
    done = ImportedDays()
    for day in days:
        _put(day, source, done)
    years = sorted({day.date.year for day in days})
    if whole_years:
        done.filled = sum(_fill(year) for year in years)
    done.incomplete = [year for year in years if not is_whole(year)]
    if done.added or done.updated or done.filled:
        Office.touch()
    return done


def _put(day: SeedDay, source: str, done: ImportedDays) -> None:
    stored = CalendarDay.objects.filter(pk=day.date).first()
    if stored and (stored.kind, stored.name) == (day.kind, day.name):
        done.same += 1
        return
    CalendarDay(day=day.date, kind=str(day.kind), name=day.name, source=source).save()
    if stored:
        done.updated += 1
    else:
        done.added += 1


@transaction.atomic
def fill(year: int) -> int:
    """Fill in by weekday what is missing of a year; how many days."""
    filled = _fill(year)
    if filled:
        Office.touch()
    return filled


def _fill(year: int) -> int:
    stored = set(CalendarDay.objects.filter(day__year=year).values_list("day", flat=True))
    missing = [on for on in _days_of(year) if on not in stored]
    CalendarDay.objects.bulk_create(CalendarDay(day=on, kind=_ordinary(on), source=FILLED) for on in missing)
    return len(missing)


def _ordinary(on: date) -> str:
    return "weekend" if on.weekday() >= SATURDAY else "workday"


def read_text(text: str) -> list[SeedDay]:
    """The days of a pasted table with the columns date, kind, name. Raises Refused."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "粘贴的表格.csv"
        path.write_text(text.strip() + "\n", "utf-8")
        try:
            return _read(path)
        except Refused as refusal:
            raise Refused(str(refusal).replace(str(path), path.stem)) from None


def _read(path: Path) -> list[SeedDay]:
    sheet = open_sheet(path, is_header=_is_header)
    columns, tz = _columns(sheet), zone()
    days: dict[date, SeedDay] = {}
    problems: list[str] = []
    for number, values in sheet.rows():
        cells = {name: values[index] for name, index in columns.items()}
        try:
            day = _day(cells, tz)
            if day.date in days:
                raise CellError(f"{day.date} 前面已经有一行", "请删去重复的行")
            days[day.date] = day
        except CellError as error:
            problems.append(f"第 {number} 行：{error}。")
    if problems:
        raise Refused("\n".join([f"{path} 有 {len(problems)} 行有问题，什么都没有改动：", *problems]))
    if not days:
        raise Refused(f"{path} 里没有一行日期。请按 date,kind,name 三列填写。")
    return list(days.values())


def _is_header(row: list[str]) -> bool:
    return any(name.lower() in COLUMNS["date"] for name in row)


def _columns(sheet: Sheet) -> dict[str, int]:
    header = [name.lower() for name in sheet.header]
    found = {
        name: next(index for index, title in enumerate(header) if title in titles)
        for name, titles in COLUMNS.items()
        if any(title in header for title in titles)
    }
    if lacking := [f"{name}（{COLUMNS[name][1]}）" for name in ("date", "kind") if name not in found]:
        raise Refused(f"{sheet.path} 的表头没有 {'、'.join(lacking)} 列。第一行请写 date,kind,name。")
    return found


def _day(cells: dict[str, Cell], tz: tzinfo) -> SeedDay:
    """One row as a day. Raises CellError."""
    on, word, name = instant(cells["date"], tz).at.date(), clean(cells["kind"]), clean(cells.get("name"))
    kind = KIND_WORDS.get(word.lower())
    if kind is None:
        mend = suggestion(word, KIND_WORDS) + f"可写的有：{'、'.join(KIND_WORDS)}"
        raise CellError(f"类别写的是“{word}”", mend)
    if len(name) > 32:
        raise CellError(f"名称有 {len(name)} 个字，最多 32 个", "请缩短")
    if trouble := amiss(on, kind):
        raise CellError(*trouble)
    return SeedDay(on, Kind(kind), name)


def amiss(on: date, kind: str) -> tuple[str, str] | None:
    """Why a day cannot be of this kind, and what to write instead."""
    at_weekend = on.weekday() >= SATURDAY
    if kind in {"makeup", "weekend"} and not at_weekend:
        return f"{on} 是平日，不会是{DayKind(kind).label}", "平日请写 workday 或 holiday"
    if kind == "workday" and at_weekend:
        return f"{on} 在周末，上班的周末是调休上班", "请写 makeup"
    return None


# In words


def show(year: int) -> list[str]:
    """The year as lines to print: totals, holidays in runs, make-up days. Raises UnknownYear."""
    rows = list(CalendarDay.objects.filter(day__year=year))
    days = [SeedDay(row.day, Kind(row.kind), row.name) for row in rows]
    total = Calendar.of(days).count_year(year)
    makeups = [day for day in days if day.kind is Kind.MAKEUP]
    lines = [f"{year}年：{total} 个工作日，其中调休上班 {len(makeups)} 天", "放假："]
    lines += [f"  {_run(run)}" for run in _runs(day for day in days if day.kind is Kind.HOLIDAY)]
    lines += ["调休上班：", *(f"  {day.date} {day.name}".rstrip() for day in makeups)]
    sources = sorted({row.source for row in rows if row.source})
    return [*lines, f"依据：{'；'.join(sources) or '未注明'}"]


def _runs(days: Iterable[SeedDay]) -> Iterator[list[SeedDay]]:
    """Days side by side under one name."""
    numbered = enumerate(days)
    for _, run in groupby(numbered, key=lambda item: (item[1].date - timedelta(days=item[0]), item[1].name)):
        yield [day for _, day in run]


def _run(run: list[SeedDay]) -> str:
    first, last = run[0], run[-1]
    when = str(first.date) if len(run) == 1 else f"{first.date} 至 {last.date}（{len(run)} 天）"
    return f"{when} {first.name}".rstrip()


def _days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]
