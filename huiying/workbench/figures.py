"""数据: any measures of any period, whole or by a dimension, compared, drawn, and each with its cases.

What is asked lives in the address. The same place's measures as `huiying figures` and the bulletin.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from huiying.accounts import trail
from huiying.accounts.models import TrailKind, User
from huiying.cases import permissions, privacy
from huiying.cases.models import Case
from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.common.sheet_writing import csv_bytes, write_sheet
from huiying.statistics import charts, dimensions, tables
from huiying.statistics.engine import Answer
from huiying.statistics.measures import CARRIED, CUT_OFFS, DIMENSIONS, MEASURES
from huiying.statistics.periods import Period, parse
from huiying.statistics.tables import COMPARISONS, Cell, Line
from huiying.workbench.choices import Choice, offered
from huiying.workbench.glance import TILES, cases_url, period_of, scope_of
from huiying.workbench.visit import Visit, place_of

FILTERS = ("unit", "channel", "nature", "topic", "area")
PAGE = 50
DRAWN = 15
MOST_DRAWN = 4
DAYS_DRAWN = 62
UNIT_TILES = (
    "dispatched",
    "on_time_claim_rate",
    "on_time_reply_rate",
    "late_reply",
    "return_requests",
    "sent_back",
    "solved_rate",
    "satisfaction_rate",
    "handling_workdays",
)
"""What a unit's own page tells where nothing else is asked for."""
TREND = ("dispatched", "late_reply")
PARTS = ("numerator", "denominator")
NOBODYS = "您不在任何承办单位，没有可看的数字。请联系管理员设置您的单位和角色。"


@dataclass(frozen=True)
class Question:
    """What the address asks for, understood, within what the person may see."""

    place: Place
    period: Period
    names: tuple[str, ...]
    by: str
    comparison: str
    filters: dict[str, str]
    reach: dict[str, list[str]]
    scope: dict[str, list[str]]
    now: datetime

    def values(self) -> list[tuple[str, str]]:
        rows = [("period", self.period.label), *(("measure", name) for name in self.names)]
        rows += [("by", self.by), ("compare", self.comparison), *self.filters.items()]
        return [(name, value) for name, value in rows if value]

    def url(self, name: str = "figures", **changes: str) -> str:
        """This question with some values changed; an empty one is left out."""
        kept = [(key, value) for key, value in self.values() if key not in changes]
        return f"{reverse(name)}?{urlencode(kept + [(k, v) for k, v in changes.items() if v])}"

    def lines(self) -> list[Line]:
        return tables.lines(
            self.place,
            self.names,
            self.period,
            now=self.now,
            by=self.by,
            scope=self.scope,
            comparison=self.comparison,
        )

    def title(self) -> str:
        """Whose figures, of which cases."""
        words = [dimensions.title(self.place, name, code) for name, code in self.filters.items()]
        return " · ".join([self.period.title, *words])


def read(given: QueryDict, user: User, place: Place, now: datetime) -> Question | None:
    """The question of the address; None where the person sees no figures. Raises Refused."""
    scope = scope_of(user, place)
    if scope is None:
        return None
    period = period_of(given.get("period", ""), user, place, now)
    asked = tuple(dict.fromkeys(name for name in given.getlist("measure") if name in MEASURES))
    by = given.get("by", "")
    filters = {name: code for name in FILTERS if (code := given.get(name, ""))}
    return Question(
        place=place,
        period=period,
        names=asked or (UNIT_TILES if filters.get("unit") else _usual(place)),
        by=dimensions.dimension(by) if by else "",
        comparison=given.get("compare", "") if given.get("compare") in COMPARISONS else "",
        filters=filters,
        reach=scope,
        scope=_within(scope, filters, place),
        now=now,
    )


def _usual(place: Place) -> tuple[str, ...]:
    return tuple(place.config.get("bulletin", {}).get("measures") or TILES)


def _within(scope: dict[str, list[str]], filters: dict[str, str], place: Place) -> dict[str, list[str]]:
    """The person's scope narrowed by the filters; a unit takes in those below it. Raises Refused."""
    narrowed = dict(scope)
    for name, word in filters.items():
        codes = dimensions.codes_of(place, name, word)
        if name == "unit":
            codes = sorted(code for each in codes for code in place.subtree(place.units[each]))
            codes = [code for code in codes if code in scope.get("unit", codes)]
            if not codes:
                raise Refused("这个单位的数字不在您可查看的范围。")
        narrowed[name] = codes
    return narrowed


def understood(given: QueryDict, user: User, place: Place, now: datetime) -> tuple[Question | None, str]:
    """The question of the address, or as much of it as can be answered, and what was wrong with the rest."""
    wrong = ""
    for names in ((), ("period",), ("by",), FILTERS, ("period", "by", *FILTERS)):
        kept = given.copy()
        for name in names:
            kept.pop(name, None)
        try:
            return read(kept, user, place, now), wrong
        except Refused as refusal:
            wrong = wrong or str(refusal)
    return None, wrong


def figures(request: Visit) -> HttpResponse:
    """The page: a table of figures, its drawing, and the form that asks."""
    asked, wrong = understood(request.GET, request.user, place_of(request), timezone.now())
    if asked is None:
        return render(request, "workbench/figures.html", {"asked": None, "nobodys": NOBODYS})
    lines = asked.lines()
    before = tables.compared(asked.period, asked.comparison)
    unfinished = asked.period.end(asked.place.keeper.tz) > asked.now
    context = {
        "asked": asked,
        "measures": [MEASURES[name] for name in asked.names],
        "rows": [_row(asked, line) for line in lines],
        "drawings": list(_drawings(asked, lines)),
        "measures_offered": [(m.name, m.title, m.what, m.name in asked.names) for m in MEASURES.values()],
        "dimensions": DIMENSIONS.items(),
        "comparisons": COMPARISONS.items(),
        "compared": before,
        "unfinished": unfinished,
        "choices": _choices(asked),
        "previous": asked.url(period=asked.period.previous().label),
        "next": "" if unfinished else asked.url(period=asked.period.following().label),
        "files": [(form, asked.url("figures_file", form=form)) for form in ("xlsx", "csv")],
        "wrong": wrong,
        "typed": request.GET.get("period", "") if wrong else asked.period.label,
        **_unit_page(asked, drawn=bool(request.GET.get("trend"))),
    }
    return render(request, "workbench/figures.html", context, status=409 if wrong else 200)


def _unit_page(asked: Question, *, drawn: bool) -> dict[str, str]:
    """Of one unit also what it holds open now, and its last twelve months, drawn when asked for."""
    code = asked.filters.get("unit", "")
    if not code:
        return {"unit_open": "", "unit_late": "", "trend": "", "trend_url": ""}
    return {
        "unit_open": cases_url(unit=code, status="open"),
        "unit_late": cases_url(unit=code, due="overdue", sort="due"),
        "trend": _trend(asked) if drawn else "",
        "trend_url": asked.url(trend="1"),
    }


def _trend(asked: Question) -> str:
    """By the month of receipt: what was dispatched, what was answered late, over the year that ends here."""
    ends_on = asked.period.ends_on
    begins_on = date(ends_on.year - 1, ends_on.month, 1) + timedelta(days=31)
    year = parse(f"{begins_on.replace(day=1)}..{ends_on}")
    engine = tables.engine_of_units(year, asked.scope["unit"], asked.place, asked.now)
    rows = engine.table(TREND, year, by="received_on", scope=asked.scope)
    months = [
        f"{begins_on.year + (begins_on.month + n - 1) // 12}-{(begins_on.month + n - 1) % 12 + 1:02d}"
        for n in range(12)
    ]
    sums = {name: dict.fromkeys(months, 0.0) for name in TREND}
    for day, row in rows.items():
        for name in TREND:
            sums[name][str(day)[:7]] += float(row[name].numerator)
    series = [(MEASURES[name].title, list(sums[name].values())) for name in TREND]
    drawn = partial(charts.line_chart, months, series, title="近十二个月（按受理月份）", unit="件")
    return charts.on_screen(drawn)


def _choices(asked: Question) -> list[Choice]:
    rows = {name: offered(asked.place, name) for name in FILTERS}
    if mine := asked.reach.get("unit"):
        rows["unit"] = [(code, name) for code, name in rows["unit"] if code in mine]
    return [Choice(name, DIMENSIONS[name], rows[name], asked.filters.get(name, "")) for name in FILTERS]


def _row(asked: Question, line: Line) -> dict[str, object]:
    """A line as it is shown: its name leads to the unit's own page, each figure to its cases."""
    own = asked.url(by="", unit=line.code) if asked.by == "unit" and line.code else ""
    only = {} if line.code is None else {"only": f"{asked.by}={line.code}"}
    cells = []
    for cell in line.cells:
        kept = asked.filters | {"period": asked.period.label} | only
        url = f"{reverse('figure_cases')}?{urlencode(kept | {'measure': cell.measure})}"
        cells.append((cell, url if cell.answer.numerator else "", _share(cell)))
    return {"title": line.title, "url": own, "cells": cells, "whole": line.code is None}


def _share(cell: Cell) -> str:
    """A rate's numerator and denominator; "" for a count."""
    answer = cell.answer
    if answer.denominator is None:
        return ""
    return f"{float(answer.numerator):g}/{float(answer.denominator):g}"


def _drawings(asked: Question, lines: list[Line]) -> Iterator[str]:
    """Each measure by the dimension, the largest first; or what came in day by day."""
    if asked.by and asked.by != "received_on":
        counted = [
            (n, name) for n, name in enumerate(asked.names) if any(x.cells[n].answer.value for x in lines)
        ]
        for index, name in counted[:MOST_DRAWN]:
            yield _bars(asked, name, [line for line in lines if line.code], index)
        return
    sums = _run(asked, asked.period)
    daily = asked.period.days <= DAYS_DRAWN
    labels = [str(int(key[8:])) if daily else key for key in sums]
    title = "每日受理量" if daily else "每月受理量"
    before = tables.compared(asked.period, asked.comparison)
    if before is None:
        columns = list(sums.values())
        yield charts.on_screen(partial(charts.column_chart, labels, columns, title=title, unit="件"))
        return
    then = [*_run(asked, before).values(), *([0.0] * len(sums))][: len(sums)]
    series = [(asked.period.title, list(sums.values())), (before.title, then)]
    yield charts.on_screen(partial(charts.line_chart, labels, series, title=title, unit="件"))


def _run(asked: Question, period: Period) -> dict[str, float]:
    """What came in, by day, or by month where the days are too many to draw."""
    rows = tables.engine_of(period, asked.place, asked.now).table(
        ["received"], period, by="received_on", scope=asked.scope
    )
    found = {str(key)[:10]: float(row["received"].numerator) for key, row in rows.items()}
    kept = 10 if asked.period.days <= DAYS_DRAWN else 7
    sums: dict[str, float] = {}
    for n in range(period.days):
        day = str(period.starts_on + timedelta(days=n))
        sums[day[:kept]] = sums.get(day[:kept], 0) + found.get(day, 0)
    return sums


def _bars(asked: Question, name: str, lines: list[Line], index: int) -> str:
    """The measure's largest values, each with what it was before where something is compared."""
    measure = MEASURES[name]
    factor = 100 if measure.is_rate else 1

    def drawn(answer: Answer | None) -> float:
        return round(float(answer.value) * factor, 2) if answer and answer.value else 0.0

    known = [(line.title, line.cells[index]) for line in lines if line.cells[index].answer.value]
    top = sorted(known, key=lambda pair: -drawn(pair[1].answer))[:DRAWN]
    before = tables.compared(asked.period, asked.comparison)
    return charts.hbar_chart(
        [title for title, _ in top],
        [drawn(cell.answer) for _, cell in top],
        title=measure.title if len(known) <= DRAWN else f"{measure.title}（前 {DRAWN}）",
        unit="%" if measure.is_rate else measure.unit,
        width=430,
        earlier=(before.title, [drawn(cell.before) for _, cell in top]) if before else None,
    )


# The cases behind a figure


def figure_cases(request: Visit) -> HttpResponse:
    """The cases that one figure counts, fifty a page; of a rate the numerator's or the denominator's."""
    asked = read(request.GET, request.user, place_of(request), timezone.now())
    name, part = request.GET.get("measure", ""), request.GET.get("part", "numerator")
    if asked is None or name not in MEASURES or part not in PARTS:
        raise Http404
    only = _only(asked, request.GET.get("only", ""))
    this = tables.engine_of(asked.period, asked.place, asked.now)
    numbers = this.cases(
        name,
        asked.period,
        scope=asked.scope,
        params=only,
        part="denominator" if part == "denominator" else "numerator",
    )
    page = _whole(request.GET.get("page", "1"))
    shown = Case.objects.filter(number__in=numbers[(page - 1) * PAGE : page * PAGE])
    found = permissions.visible_to(request.user, shown.select_related("lead__unit", "nature", "person"))
    numbered = list(found.order_by("number"))
    for case in numbered:
        privacy.veil(request.user, case)
    measure = MEASURES[name]
    here = {key: str(value) for key, value in request.GET.items() if key != "page"}
    context = {
        "asked": asked,
        "measure": measure,
        "part": part,
        "only": [(DIMENSIONS[by], dimensions.title(asked.place, by, codes[0])) for by, codes in only.items()],
        "total": len(numbers),
        "cases": numbered,
        "cut_off": CUT_OFFS[measure.cut_off],
        "carried": CARRIED[measure.population],
        "previous": _page_url(here, page - 1) if page > 1 else "",
        "next": _page_url(here, page + 1) if page * PAGE < len(numbers) else "",
        "parts": _parts(here, part) if measure.denominator and name != "daily_average" else [],
    }
    return render(request, "workbench/figure_cases.html", context)


def _only(asked: Question, text: str) -> dict[str, list[str]]:
    """The one code that a figure of a table is about. Raises Refused for a dimension that is not ours."""
    by, given, code = text.partition("=")
    return {dimensions.dimension(by): [code]} if given else {}


def _whole(text: str) -> int:
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def _page_url(here: dict[str, str], page: int) -> str:
    return f"?{urlencode(here | {'page': str(page)})}"


def _parts(here: dict[str, str], part: str) -> list[tuple[str, str, bool]]:
    titles = {"numerator": "分子的件", "denominator": "分母的件"}
    return [(title, f"?{urlencode(here | {'part': name})}", name == part) for name, title in titles.items()]


# As a file


def figures_file(request: Visit) -> HttpResponse:
    """The table of the page as xlsx or csv, with every definition; written into the trail."""
    now, form = timezone.now(), request.GET.get("form", "")
    asked = read(request.GET, request.user, place_of(request), now)
    if asked is None or form not in {"xlsx", "csv"}:
        raise Http404
    columns, rows = _columns(asked), _cells(asked)
    tz = asked.place.keeper.tz
    body = _xlsx(asked, columns, rows) if form == "xlsx" else csv_bytes(columns, rows, tz=tz)
    said = dict(asked.values()) | {"measure": ",".join(asked.names), "form": form}
    trail.note(
        request.user, TrailKind.EXPORT, at=now, subject=f"数据：{asked.title()}", rows=len(rows), asked=said
    )
    kind = (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" if form == "xlsx" else "text/csv"
    )
    response = HttpResponse(body, content_type=f"{kind}; charset=utf-8" if form == "csv" else kind)
    response["Content-Disposition"] = f'attachment; filename="figures-{_plain(asked.period.label)}.{form}"'
    return response


def _plain(label: str) -> str:
    return label.replace("..", "_")


def _columns(asked: Question) -> list[str]:
    columns = [DIMENSIONS[asked.by] if asked.by else "范围"]
    for name in asked.names:
        columns.append(MEASURES[name].title)
        if asked.comparison:
            columns.append(COMPARISONS[asked.comparison])
    return columns


def _cells(asked: Question) -> list[list[str | int]]:
    rows = []
    for line in asked.lines():
        row: list[str | int] = [line.title]
        for cell in line.cells:
            row.append(int(cell.shown) if cell.shown.isascii() and cell.shown.isdigit() else cell.shown)
            if asked.comparison:
                row.append(cell.change)
        rows.append(row)
    return rows


def _xlsx(asked: Question, columns: list[str], rows: list[list[str | int]]) -> bytes:
    notes = [f"{asked.place.office.name}　{asked.title()}"]
    notes += [f"{MEASURES[name].title}：{MEASURES[name].what}" for name in asked.names]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "figures.xlsx"
        write_sheet(path, asked.period.title, columns, rows, tz=asked.place.keeper.tz, notes=notes)
        return path.read_bytes()
