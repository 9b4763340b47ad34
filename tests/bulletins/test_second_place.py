"""Another city, another bulletin: other natures, one tree, weekly, with satisfaction. No code changes."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from huiying.bulletins import editions
from huiying.bulletins.content import Chart, Table, figures, shown
from huiying.cases import backfill
from huiying.cases import place as places
from huiying.cases.persons import PersonData
from huiying.cases.place import Place
from huiying.ops import place as configuration
from huiying.statistics import periods
from tests.make import at

pytestmark = pytest.mark.django_db

WEEK = periods.parse("2022-W28")
BINJIANG = Path(__file__).parents[2] / "examples" / "binjiang"


@pytest.fixture
def binjiang() -> Place:
    configuration.load(BINJIANG)
    places.forget()
    return places.current()


def call(
    place: Place, number: int, when: datetime, *, nature: str, satisfied: str = "", days: int = 2
) -> None:
    """One call: dispatched, answered `days` later, closed, called back where `satisfied` says how."""
    unit = next(u.code for u in place.units.values() if u.parent_id is None)
    record = backfill.Recording(place, f"P{number:04d}", recorded_at=at(8, 1), origin="test:week")
    record.register(
        title=f"第{number}件",
        body="",
        person=PersonData(name=f"来电{number}", phone=f"1390000{number:04d}"),
        at=when,
        details={},
        channel="phone" if number % 2 else "app",
        nature=nature,
    )
    record.move("dispatch", when + timedelta(hours=1), units=[{"no": 1, "unit": unit, "role": "lead"}])
    record.move("claim", when + timedelta(hours=2), on=1)
    record.move("answer", when + timedelta(days=days), on=1)
    record.move("release", when + timedelta(days=days), on=1)
    record.move("close", when + timedelta(days=days))
    if satisfied:
        answer = {"outcome": "reached", "solved": satisfied != "unsatisfied", "satisfied": satisfied}
        record.move("call_back", when + timedelta(days=days, hours=1), **answer)
    backfill.store([record], by=None)


@pytest.fixture
def week(binjiang: Place) -> Place:
    for number in range(1, 9):
        nature = ("inquiry", "help", "praise", "help")[number % 4]
        satisfied = ("satisfied", "unsatisfied", "basic", "")[number % 4]
        call(binjiang, number, at(7, 10 + (number + 1) // 2), nature=nature, satisfied=satisfied)
    call(binjiang, 20, at(7, 5), nature="help")
    call(binjiang, 21, at(7, 6), nature="help")
    return binjiang


def test_the_week_is_told_in_the_city_s_own_words(week: Place) -> None:
    content = editions.content_of(editions.draft(week, WEEK, at=at(8, 2), as_of=at(8, 1), style_name="周报"))
    values = {f.measure: f.shown for f in figures(content) if not f.params}
    assert values["received"] == "8"
    assert values["persons"] == "8"
    assert values["called_back"] == "6"
    assert values["satisfaction_rate"] == "66.7%"
    assert values["solved_rate"] == "66.7%"
    text = editions.render(content, ["txt"]).files["txt"].decode()
    assert "7月11日至7月17日" in text
    assert "环比增长300.0%" in text
    assert "求助4件、占50.0%" in text
    assert "绩溪" not in text


def test_shares_are_closed_to_a_hundred_by_largest_remainder(week: Place) -> None:
    call(week, 30, at(7, 12), nature="other")
    content = editions.content_of(editions.draft(week, WEEK, at=at(8, 2), as_of=at(8, 1)))
    shares = [f.shown for f in figures(content) if f.measure == "share" and f.params[0][0] == "nature"]
    assert sum(float(share.rstrip("%")) for share in shares) == pytest.approx(100)


def test_the_week_has_its_chart_and_its_ranking(week: Place) -> None:
    content = editions.content_of(editions.draft(week, WEEK, at=at(8, 2), as_of=at(8, 1)))
    (chart,) = [b for b in content.blocks if isinstance(b, Chart)]
    assert [int(v) for v in chart.values] == [2, 2, 2, 2, 0, 0, 0]
    (table,) = [b for b in content.blocks if isinstance(b, Table)]
    assert [shown(cell) for cell in table.total][1:3] == ["全市", "8"]


def test_five_working_days_is_this_city_s_limit(week: Place) -> None:
    from huiying.cases.models import ClockRun

    run = ClockRun.objects.get(case__number="P0001", kind="reply")
    assert run.due_at == at(7, 19, 0)
