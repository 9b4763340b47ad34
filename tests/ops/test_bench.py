"""`huiying bench`: a town is built, measured and torn down; nothing here looks at the clock."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from huiying.accounts.models import User
from huiying.cases import place
from huiying.cases.models import Case, Event
from huiying.common.errors import Refused
from huiying.ops import bench, bench_screens, bench_town, doctor
from huiying.ops.bench_screens import SCREENS, Cost, Screen, quantile
from huiying.workbench.visit import MENU
from tests import make, plans
from tests.conftest import EMPTY

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
TINY = 60


@pytest.fixture
def hamlet(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[bench_town.Facts]:
    """A town of a few cases in the test's own database."""
    monkeypatch.setattr(bench_town, "BATCH", 25)
    monkeypatch.setattr(bench_town, "_know_the_tables", lambda: None)
    place.forget()
    yield bench_town.build(TINY, now=NOW)
    place.forget()


@pytest.mark.later
def test_the_command_builds_measures_and_tears_down(house) -> None:
    if connection.vendor == "sqlite":  # the tables are there: making them would take longer than the rest
        (house.home / "bench").mkdir()
        for cases in (20, 40):
            shutil.copy(EMPTY, house.home / "bench" / f"town-{cases}.sqlite3")
    said = house.run(
        *("bench", "--small", "20", "--cases", "40", "--rounds", "1", "--rows", "10", "--seconds", "0.2"),
        *("--only", "case", "board", "web", "work", "--json", "--demolish"),
    )
    report = json.loads(said.stdout)
    assert report["towns"] == [20, 40]
    screens = {row["name"]: row for row in report["screens"]}
    assert set(screens) == {"bare", "case", "case.long", "case.clerk", "board", "board.clerk"}
    assert all(row["queries"] > 0 and row["large"][0] > 0 for row in screens.values())
    assert {row["name"] for row in report["work"]} == {"import", "bulk"}
    assert [(row["name"], row["crowd"]) for row in report["web"]] == [
        *(("accept", 1), ("accept", 8), ("list", 1), ("list", 8))
    ]
    assert all(row["ratio"] > 0 for row in report["web"])
    assert not list((house.home / "bench").glob("*"))


def test_a_town_is_what_the_doctor_finds_sound(hamlet: bench_town.Facts) -> None:
    report = doctor.examine(place.current(), now=NOW)
    assert (report.findings, report.cases) == ([], TINY)
    newest = Case.objects.latest("received_at").received_at
    assert hamlet.ends_at - bench_town.SPAN < newest < hamlet.ends_at
    assert not Event.objects.filter(happened_at__gt=hamlet.ends_at).exists()


def test_a_town_left_unfinished_is_finished_as_the_same_town(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(bench_town, "BATCH", 25)
    with pytest.raises(KeyboardInterrupt):
        bench_town.build(TINY, now=NOW, progress=stop)
    assert Case.objects.count() == 25
    known = bench_town.build(TINY, now=NOW + timedelta(days=1))
    assert (Case.objects.count(), known.ends_at) == (TINY, NOW)
    again = bench_town.Writer(place.current(), known).recordings(range(25, 50))
    stored = Case.objects.filter(number__in=[each.number for each in again])
    assert dict(stored.values_list("number", "title")) == {each.number: each.title for each in again}
    place.forget()


def test_only_an_empty_database_or_the_same_town_is_built_in(hamlet: bench_town.Facts) -> None:
    assert bench_town.build(TINY, now=NOW) == hamlet
    with pytest.raises(Refused, match="60 件的，不是 90 件"):
        bench_town.build(90, now=NOW)


def test_a_house_with_cases_of_its_own_is_left_alone(db: None) -> None:
    make.town()
    make.case()
    with pytest.raises(Refused, match="别的数据"):
        bench_town.build(TINY, now=NOW)
    assert Case.objects.count() == 1


def test_every_screen_opens_and_reads_no_large_table_as_a_whole(hamlet: bench_town.Facts, client) -> None:
    """Not knowing how few rows there are, SQLite takes a large town for granted; PostgreSQL reads so few as a
    whole."""
    marks, read = bench_screens.marks(), list[str]()
    for screen in SCREENS:
        client.force_login(User.objects.get(username=screen.who))
        address = screen.address.format(**marks)
        with CaptureQueriesContext(connection) as asked:
            answer = client.post(address, screen.data) if screen.data else client.get(address)
        assert answer.status_code == 200, screen.name
        assert "认不得" not in answer.content.decode(), screen.name
        read += [f"{screen.name} {step}" for one in asked for step in whole(one["sql"])]
    assert read == []


LOG = '"cases_event"."data"'


def whole(sql: str) -> list[str]:
    """What a query reads as a whole; but the figures read the log once, and keep what it says."""
    told = connection.vendor == "sqlite" and sql.startswith("SELECT") and LOG not in sql
    return plans.whole(sql) if told else []


def test_every_screen_where_work_is_done_is_measured() -> None:
    """A new page of the menu has a row in the table, or stands here as one that does not grow."""
    paths = {screen.address.partition("?")[0] for screen in SCREENS}
    still = {"appeals", "scores", "bulletins", "settings", "trail"}
    from django.urls import reverse

    assert {page.name for page in MENU if reverse(page.name) not in paths} <= still


def test_what_a_row_misses_is_said_in_words() -> None:
    screen = Screen("x", "某页", "dispatcher", "/", queries=3, goal=10)
    small, large = Cost(3, [5.0] * 20), Cost(4, [9.0] * 18 + [11.0] * 2)
    row = bench._row("x", "某页", screen, [small, large], 2.0)
    assert (row.ratio, row.bare) == (1.8, 4.5)
    assert row.misses == ("查询 4 > 3", "p95 > 10 ms", "大÷小 > 1.5")
    assert bench._row("x", "某页", screen, [small, small], 2.0).misses == ()


@pytest.mark.parametrize(("share", "value"), [(0.5, 2), (0.95, 4), (0.01, 1), (0.75, 3)])
def test_a_quantile_is_one_of_the_values(share: float, value: int) -> None:
    assert quantile([3, 1, 4, 2], share) == value


def test_a_name_that_no_screen_has_is_refused_with_the_names(house) -> None:
    done = house.run("bench", "--only", "nonsense", check=False)
    assert done.returncode == 2
    assert "cases" in done.stderr
    assert not (house.home / "bench").exists()
