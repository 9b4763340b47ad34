"""`huiying bench`: what the product costs in a small and in a large town, beside a bare application.

Every figure has its neighbour from the same run: the small town, and the reference (bare Django in the same
process, on the same database). Milliseconds of different machines or hours do not compare; ratios do.
"""

from __future__ import annotations

import platform
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import connection
from django.test import Client

from huiying import __version__
from huiying.accounts.models import User
from huiying.cases.place import current
from huiying.ops import bench_bare, bench_screens, bench_web, bench_work
from huiying.ops.bench_houses import House
from huiying.ops.bench_screens import SCREENS, Cost, Screen, quantile
from huiying.ops.bench_web import CROWDS, Load, Request
from huiying.ops.bench_work import WORKS

Progress = Callable[[int, int], None]
FLAT = 1.5
"""How much slower a page may be in the large town."""
WARM_UP = 4
"""The fourth part of the time is spent before the measuring."""
SHARE = 0.4
"""What share of the bare application's inserts the product must take in."""


@dataclass(frozen=True)
class Row:
    """A screen in both towns: milliseconds as (median, 95th percentile)."""

    name: str
    title: str
    queries: int
    small: tuple[float, float]
    large: tuple[float, float]
    ratio: float
    bare: float
    misses: tuple[str, ...] = ()


@dataclass(frozen=True)
class WebRow:
    """One load on both applications in the large town: answers a second, and milliseconds."""

    name: str
    title: str
    crowd: int
    per_second: float
    p50: float
    p95: float
    bare_per_second: float
    ratio: float
    misses: tuple[str, ...] = ()


@dataclass(frozen=True)
class WorkRow:
    """Work in bulk in the large town: rows a second, the median of the rounds."""

    name: str
    title: str
    per_second: float
    misses: tuple[str, ...] = ()


@dataclass
class Report:
    """What was found, where."""

    towns: tuple[int, int]
    database: str
    machine: str
    screens: list[Row] = field(default_factory=list)
    web: list[WebRow] = field(default_factory=list)
    work: list[WorkRow] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {"version": __version__, **asdict(self)}


def begun(small: House, large: House) -> Report:
    """An empty report of these towns."""
    with large.entered():
        version = getattr(connection, "pg_version", None) or connection.Database.sqlite_version  # type: ignore[attr-defined]
        database = f"{connection.display_name} {version}"
    machine = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return Report((small.cases, large.cases), database, machine)


def chosen(names: Sequence[str]) -> list[Screen]:
    """The screens whose name is or begins with one of these; all of them where none is given."""
    return [
        screen
        for screen in SCREENS
        if not names or any(screen.name == name or screen.name.startswith(f"{name}.") for name in names)
    ]


def screens(
    small: House, large: House, names: Sequence[str], *, rounds: int, progress: Progress | None = None
) -> Iterator[Row]:
    """Each screen in both towns by turns."""
    wanted, reference = chosen(names), 0.0
    for done, (screen, costs) in enumerate(bench_screens.measure((small, large), wanted, rounds=rounds)):
        if screen is None:
            reference = costs[1].p50
            yield _row("bare", "对照：只用 Django 列 50 件", None, costs, reference)
        else:
            yield _row(screen.name, screen.title, screen, costs, reference)
        if progress:
            progress(done, len(wanted))


def _row(name: str, title: str, screen: Screen | None, costs: list[Cost], reference: float) -> Row:
    small, large = costs
    ratio = large.p50 / small.p50
    return Row(
        name,
        title,
        large.queries,
        (round(small.p50, 2), round(small.p95, 2)),
        (round(large.p50, 2), round(large.p95, 2)),
        round(ratio, 2),
        round(large.p50 / reference, 1),
        tuple(_misses(screen, large, ratio)) if screen else (),
    )


def _misses(screen: Screen, large: Cost, ratio: float) -> Iterator[str]:
    """Which of its goals a screen misses, in words."""
    if large.queries > screen.queries:
        yield f"查询 {large.queries} > {screen.queries}"
    if screen.goal and large.p95 > screen.goal:
        yield f"p95 > {screen.goal:g} ms"
    if ratio > FLAT:
        yield f"大÷小 > {FLAT}"


# Over HTTP


def web(large: House, *, seconds: float) -> Iterator[WebRow]:
    """A request taken in and a list read, by one and by eight at once, beside the bare application."""
    with large.entered():
        bench_bare.furnish()
        sessions = {name: _session(name) for name in ("operator", "dispatcher")}
        place = current()
        code = {
            "channel": next(iter(place.channels)),
            "nature": next(iter(place.natures)),
            "topic": next(iter(place.topics)),
        }
    large.leave()
    pairs = (
        ("accept", "收下一件诉求", bench_web.accept(sessions["operator"], code), bench_web.insert()),
        (
            "list",
            "诉求件列表",
            bench_web.listed("/cases/", sessions["dispatcher"]),
            bench_web.listed("/"),
        ),
    )
    served = (bench_web.served(name, database=large.url) for name in ("product", "bare"))
    with next(served) as product, next(served) as bare:
        for name, title, ours, theirs in pairs:
            for crowd in CROWDS:
                here = _loaded(product, ours, crowd, seconds), _loaded(bare, theirs, crowd, seconds)
                yield _web_row(name, title, *here)


def _session(username: str) -> str:
    visitor = Client(headers={"host": "localhost"})
    visitor.force_login(User.objects.get(username=username))
    return str(visitor.cookies["sessionid"].value)


def _loaded(port: int, request: Request, crowd: int, seconds: float) -> Load:
    bench_web.load(port, request, crowd=crowd, seconds=seconds / WARM_UP)
    return bench_web.load(port, request, crowd=crowd, seconds=seconds)


def _web_row(name: str, title: str, product: Load, bare: Load) -> WebRow:
    ratio = product.per_second / bare.per_second
    return WebRow(
        name,
        title,
        product.crowd,
        round(product.per_second, 1),
        round(statistics.median(product.ms), 1),
        round(quantile(product.ms, 0.95), 1),
        round(bare.per_second, 1),
        round(ratio, 2),
        (f"÷对照 < {SHARE}",) if name == "accept" and ratio < SHARE else (),
    )


# In bulk


def work(large: House, *, rows: int, rounds: int) -> Iterator[WorkRow]:
    """Rows a second of each kind of work in bulk."""
    with large.entered():
        bench_bare.furnish()
    for each in WORKS:
        found = statistics.median(bench_work.measure(large, each, rows=rows, rounds=rounds))
        missed = each.goal is not None and found < each.goal
        yield WorkRow(each.name, each.title, round(found), (f"< {each.goal:g} 行/秒",) if missed else ())
