"""Work in bulk that `huiying bench` measures: how many rows a second, beside Django's own bulk insert."""

from __future__ import annotations

import csv
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from huiying.cases.place import Place, current
from huiying.exchange.spreadsheets import take_in
from huiying.ops.bench_bare import BareCase, BareEvent
from huiying.ops.bench_houses import House

ROWS = 2_000
HEADER = (
    *("编号", "渠道", "性质", "标题", "内容", "诉求人", "联系电话", "受理时间", "办理方式", "牵头单位"),
    *("派单时间", "认领时间", "答复时间", "办结时间"),
)


@dataclass(frozen=True)
class Work:
    """What is done with so many rows; all of it is undone at the end."""

    name: str
    title: str
    goal: float | None
    act: Callable[[Place, int], None]


def _import(place: Place, rows: int) -> None:
    """Take in a file of new cases with their whole histories."""
    now = timezone.now()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cases.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADER)
            writer.writerows(_lines(place, rows, now - timedelta(days=40)))
        done = take_in(path, by=None, at=now)
    assert done.added == rows, done.summary


def _lines(place: Place, rows: int, since: datetime) -> Iterator[list[str]]:
    channel = next(iter(place.channels.values())).name
    nature = next(iter(place.natures.values())).name
    units = [unit.name for unit in place.units.values()]
    for n in range(rows):
        received = (since + timedelta(minutes=n)).astimezone(place.keeper.tz)
        steps = [received + timedelta(hours=hours) for hours in (1, 5, 70, 80)]
        told = [f"{at:%Y-%m-%d %H:%M:%S}" for at in (received, *steps)]
        title = f"人民路{n}号路灯不亮"
        said = [f"I{n:07}", channel, nature, title, f"{title}，已有三天，请尽快派人修理。"]
        yield [*said, f"来电人{n}", f"137{n:08}", told[0], "转办", units[n % len(units)], *told[1:]]


def _insert(place: Place, rows: int) -> None:
    """Django's own bulk insert of as many cases, each with one event."""
    now = timezone.now()
    cases = BareCase.objects.bulk_create(
        BareCase(number=f"I{n}", title="路灯不亮", body="路灯不亮。", status="received", received_at=now)
        for n in range(rows)
    )
    BareEvent.objects.bulk_create(BareEvent(case=case, kind="register", happened_at=now) for case in cases)


WORKS = (
    Work("import", "导入新件（整个经过）", 3_000.0, _import),
    Work("bulk", "对照：Django 批量写入件和一条记录", None, _insert),
)


def measure(house: House, work: Work, *, rows: int, rounds: int) -> list[float]:
    """Rows a second, in each of the rounds."""
    found = []
    with house.entered():
        for _ in range(rounds):
            with transaction.atomic():
                begun = time.perf_counter()
                work.act(current(), rows)
                found.append(rows / (time.perf_counter() - begun))
                transaction.set_rollback(True)
    return found
