"""The proof that what is stored follows from the log, case by case in bounded memory.

A case with findings is read a second time while nobody writes, so that a move made between two
reads accuses nobody. Findings are what is wrong; warnings are what somebody should see to.

What is covered: every column of every event row. The row's own number (`id`) is in no hash; it must rise
within the case and be one that the database gave out. Numbers are given without gaps on SQLite, so that any
change of one is seen; PostgreSQL skips numbers when a transaction is undone, and a change into such a gap
that keeps the order within the case is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import F

from huiying.cases.history import replay
from huiying.cases.models import Case, Event, Person
from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.ops import house_proof, stored_events
from huiying.ops.case_proof import (
    AFTER_REPLAY,
    CASE_READ,
    READ,
    Chart,
    Read,
    chain_broken,
    numbered_wrongly,
    why_unreadable,
)

BATCH = 300
KEPT = 1000
RECENT_CASES = 5000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong; `case` is "" where it belongs to no case."""

    case: str
    check: str
    what: str

    def line(self) -> str:
        return f"{self.case}：{self.what}" if self.case else self.what


@dataclass(slots=True)
class Report:
    """What was looked at, the first KEPT findings, how many more there are, and the warnings."""

    cases: int = 0
    events: int = 0
    findings: list[Finding] = field(default_factory=list)
    more: int = 0
    warnings: list[str] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        return not self.findings

    def take(self, found: Iterable[Finding]) -> None:
        for finding in found:
            if len(self.findings) < KEPT:
                self.findings.append(finding)
            else:
                self.more += 1

    def summary(self) -> str:
        looked = f"核对 {self.cases} 件、{self.events} 条记录"
        return f"{looked}：全部相符。" if self.is_sound else f"{looked}：{self.count} 处不符。"

    @property
    def count(self) -> int:
        return len(self.findings) + self.more

    def as_json(self) -> dict[str, Any]:
        findings = [asdict(finding) for finding in self.findings]
        shown = {"sound": self.is_sound, "cases": self.cases, "events": self.events}
        return {**shown, "findings": findings, "more": self.more, "warnings": self.warnings}


def examine(
    place: Place, *, now: datetime, number: str = "", progress: Callable[[int, int], None] | None = None
) -> Report:
    """Prove one case, or all of them and what belongs to no case. Raises Refused for an unknown number."""
    cases = Case.objects.filter(number=number) if number else Case.objects.all()
    report, total = Report(), cases.count()
    if number and not total:
        raise Refused(f"没有编号为 {number} 的诉求件。")
    for pks in _batches(cases):
        _prove(place, pks, report)
        if progress:
            progress(report.cases, total)
    if not number:
        report.take(Finding("", "归属", what) for what in stored_events.homeless())
        for check, finder in house_proof.FINDINGS.items():
            report.take(_house_findings(check, finder, place, now))
        for warner in house_proof.WARNINGS.values():
            report.warnings += warner(place, now)
    return report


def examine_recent(place: Place, *, now: datetime, within: timedelta) -> Report:
    """Prove the cases whose log grew lately, RECENT_CASES of them at most: the nightly look."""
    grown = Event.objects.filter(recorded_at__gte=now - within).order_by().values("case_id").distinct()
    pks = list(Case.objects.filter(pk__in=grown).order_by("-pk").values_list("pk", flat=True)[:RECENT_CASES])
    report = Report()
    for start in range(0, len(pks), BATCH):
        _prove(place, sorted(pks[start : start + BATCH]), report)
    return report


def _house_findings(check: str, finder: house_proof.Finder, place: Place, now: datetime) -> Iterator[Finding]:
    try:
        yield from (Finding("", check, what) for what in finder(place, now))
    except Exception as error:  # a damaged log lets nobody count: the case itself is named above
        yield Finding("", check, f"{check}无法核对：{why_unreadable(error)}")


def _batches(cases: Any) -> Iterator[list[int]]:
    last = None
    while True:
        rest = cases if last is None else cases.filter(pk__gt=last)
        pks = list(rest.order_by("pk").values_list("pk", flat=True)[:BATCH])
        if not pks:
            return
        yield pks
        last = pks[-1]


def _prove(place: Place, pks: list[int], report: Report) -> None:
    for chart, found in _look(place, pks):
        report.cases += 1
        report.events += len(chart.events)
        if found:
            with _nobody_writes():
                again = [finding for _, second in _look(place, [chart.case["pk"]]) for finding in second]
            report.take(again)


@contextmanager
def _nobody_writes() -> Iterator[None]:
    """A transaction that sees one instant: SQLite's takes the write lock, PostgreSQL's a snapshot."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def _look(place: Place, pks: list[int]) -> Iterator[tuple[Chart, list[Finding]]]:
    """Each case with its findings. A row that cannot even be read is narrowed down by halving."""
    try:
        charts = _charts(pks)
        newest = stored_events.newest()
    except Exception as error:  # whatever a damaged row makes a reader raise is a finding of its own
        if isinstance(error, OperationalError) and connection.vendor != "sqlite":
            raise  # the server is gone; on SQLite this is also what text that is not UTF-8 raises
        if len(pks) > 1:
            for half in (pks[: len(pks) // 2], pks[len(pks) // 2 :]):
                yield from _look(place, half)
            return
        yield _unreadable(pks[0], error)
        return
    for chart in charts:
        yield chart, list(_findings(place, chart, newest))


def _unreadable(pk: int, error: Exception) -> tuple[Chart, list[Finding]]:
    number = str(Case.objects.filter(pk=pk).values_list("number", flat=True).first() or pk)
    return Chart({"pk": pk, "number": number}), [
        Finding(number, "读取", f"有的列读不出来：{why_unreadable(error)}")
    ]


def _charts(pks: list[int]) -> list[Chart]:
    rows = Case.objects.filter(pk__in=pks).order_by("pk").values(*CASE_READ)
    charts = {row["pk"]: Chart(row) for row in rows}
    persons = Person.objects.in_bulk({row["person_id"] for row in rows} - {None})
    for chart in charts.values():
        chart.person = persons.get(chart.case["person_id"])
    for name, (model, columns) in READ.items():
        case = next(column for column in columns if column.endswith("case_id"))
        for row in model.objects.filter(**{f"{case}__in": pks}).order_by(case, F("pk")).values(*columns):
            if row[case] in charts:
                getattr(charts[row[case]], name).append(row)
    for pk, events in stored_events.read({pk: chart.case["number"] for pk, chart in charts.items()}).items():
        charts[pk].events = events
    return list(charts.values())


def _findings(place: Place, chart: Chart, newest: int) -> Iterator[Finding]:
    number = chart.case["number"]
    broken = [*chain_broken(chart), *numbered_wrongly(chart, newest)]
    yield from (Finding(number, "记录", what) for what in broken)
    if broken:  # what a damaged log says of the rest means nothing
        return
    try:
        state = replay(chart.entries)
        if state is None:
            yield Finding(number, "记录", "一条记录也没有")
            return
    except Exception as error:  # a chain can hold over moves that cannot be, and then anything breaks
        yield Finding(number, "记录", f"记录无法重演：{why_unreadable(error)}")
        return
    for check, finder in AFTER_REPLAY.items():
        yield from _checked(number, check, finder, Read(chart, state, place))


def _checked(
    number: str, check: str, finder: Callable[[Read], Iterator[str]], read: Read
) -> Iterator[Finding]:
    try:
        yield from (Finding(number, check, what) for what in finder(read))
    except Refused as refused:  # a year without calendar, for one
        yield Finding(number, check, str(refused))
    except Exception as error:  # codes that the place no longer has, values of the wrong kind …
        yield Finding(number, check, f"{check}无法核对：{why_unreadable(error)}")
