"""Asking: scopes, breakdowns, shares, other periods, the cache, and the real month of the seed."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from huiying.cases import place as places
from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.exchange.spreadsheets import take_in
from huiying.ops import place as configuration
from huiying.statistics import dimensions, periods, tables
from huiying.statistics.engine import Engine, engine
from huiying.statistics.measures import DIMENSIONS, MEASURES
from huiying.statistics.rounding import Change, ranks
from tests.make import at, town
from tests.statistics.told import MARCH, a_month, answered, by, counted, keep, tell, value

ROOT = Path(__file__).parents[2]
SEED = Path(os.environ.get("HUIYING_SHARED", ROOT.parent / "shared")) / "seed"

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> Place:
    return town()


def test_counts_by_every_dimension_add_up_to_the_whole(place: Place) -> None:
    keep(*a_month(place))
    march = counted(place)
    for dimension in DIMENSIONS:
        for name in ("received", "dispatched", "carried_out", "return_requests"):
            assert sum(by(march, name, dimension).values()) == value(march, name), (dimension, name)


def test_a_share_is_of_the_scope_asked_and_not_of_its_own_row(place: Place) -> None:
    keep(*(tell(place, f"A{n}", at(3, 1), nature="inquiry") for n in range(3)))
    keep(tell(place, "B", at(3, 1)), tell(place, "C", at(3, 1), channel="city"))
    march, hotline = counted(place), {"channel": ["hotline"]}
    rows = march.table(["share"], MARCH, by="nature", scope=hotline)
    assert {key: row["share"].value for key, row in rows.items()} == {
        "inquiry": Fraction(3, 4),
        "complaint": Fraction(1, 4),
    }
    inquiries = march.ask("share", MARCH, scope=hotline, params={"nature": ["inquiry"]})
    assert (inquiries.numerator, inquiries.denominator) == (3, 4)
    assert march.cases("share", MARCH, scope=hotline, params={"nature": ["complaint"]}) == ["B"]
    whole = march.cases("share", MARCH, scope=hotline, params={"nature": ["complaint"]}, part="denominator")
    assert whole == ["A0", "A1", "A2", "B"]


def test_what_narrows_a_scope_never_widens_it(place: Place) -> None:
    keep(tell(place, "A", at(3, 1)), tell(place, "B", at(3, 1), channel="city"))
    asked = {"scope": {"channel": ["hotline"]}, "params": {"channel": ["city"]}}
    assert value(counted(place), "received", **asked) == 0


def test_a_topic_takes_in_what_lies_below_it(place: Place) -> None:
    keep(
        tell(place, "A", at(3, 1), topic="phone/城乡建设/供水"),
        tell(place, "B", at(3, 1), topic="phone/城乡建设/燃气"),
        tell(place, "C", at(3, 1), topic=""),
    )
    march = counted(place)
    assert march.cases("received", MARCH, scope={"topic": ["phone/城乡建设"]}) == ["A", "B"]
    assert march.cases("received", MARCH, scope={"topic": ["phone/城乡建设/燃气"]}) == ["B"]
    assert march.cases("received", MARCH, scope={"topic": [""]}) == ["C"]
    assert by(march, "received", "topic_1") == {"phone/城乡建设": 2, None: 1}


def test_scopes_by_day_and_by_where_a_case_was_handed_down_from(place: Place) -> None:
    keep(tell(place, "A", at(3, 1, 0)), tell(place, "B", at(3, 2), channel="city"))
    march = counted(place)
    assert march.cases("received", MARCH, scope={"received_on": ["2022-03-01"]}) == ["A"]
    assert march.cases("received", MARCH, scope={"upper": ["是"]}) == ["B"]


def test_counts_are_not_capped(place: Place) -> None:
    keep(*(tell(place, f"A{n:04}", at(3, 1)) for n in range(1203)))
    march = counted(place)
    assert value(march, "received") == len(march.cases("received", MARCH)) == 1203


@pytest.mark.parametrize(
    ("name", "asked", "near"),
    [
        ("recieved", {}, "received"),
        ("received", {"by": "natur"}, "nature"),
        ("received", {"scope": {"natur": ["inquiry"]}}, "nature"),
    ],
)
def test_an_unknown_word_is_refused_with_the_nearest(
    place: Place, name: str, asked: dict[str, Any], near: str
) -> None:
    march = counted(place)
    with pytest.raises(Refused, match=near):
        march.table([name], MARCH, **asked)


def test_month_on_month_and_year_on_year() -> None:
    place = town(years=(2021, 2022))
    keep(*(tell(place, f"F{n}", at(2, 8)) for n in range(4)))
    keep(*(tell(place, f"M{n}", at(3, 8)) for n in range(5)), tell(place, "Y", at(3, 8, year=2021)))
    now, before, year = (
        Fraction(value(counted(place, period), "received", period))
        for period in (MARCH, MARCH.previous(), MARCH.last_year())
    )
    assert Change.of(now, before) == Change(Fraction(1), Fraction(1, 4), None)
    assert Change.of(now, year) == Change(Fraction(4), Fraction(4), None)


def test_units_are_ranked_by_a_rate_with_ties_and_those_without_cases_apart(place: Place) -> None:
    keep(
        tell(place, "A", at(3, 1), *answered("water", at(3, 1, 10), at(3, 2))),
        tell(place, "B", at(3, 1), *answered("stone", at(3, 1, 10), at(3, 2))),
        tell(place, "C", at(3, 1), *answered("housing", at(3, 1, 10), at(3, 29))),
        tell(
            place, "D", at(3, 30), ("dispatch", at(3, 30, 10), {"units": [{"unit": "maple", "role": "lead"}]})
        ),
    )
    rows = counted(place).table(["on_time_reply_rate"], MARCH, by="unit")
    order = ["water", "stone", "housing", "maple"]
    assert ranks([rows[unit]["on_time_reply_rate"].value for unit in order]) == [1, 1, 3, None]


# The engine that everybody shares


def test_the_same_question_is_answered_from_the_cache_until_something_is_recorded(place: Place) -> None:
    keep(tell(place, "A", at(3, 1)))
    first = engine(MARCH, place=place)
    assert engine(MARCH, place=place) is first
    keep(tell(place, "B", at(3, 1)))
    assert value(engine(MARCH, place=place), "received") == 2


def test_cut_offs_that_are_asked_for_by_turns_are_kept_and_brought_forward(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(tell(place, "A", at(3, 1)), tell(place, "B", at(3, 15)))
    early, late = (engine(MARCH, as_of=at(3, day), place=place) for day in (10, 20))
    anew: list[Engine] = []
    monkeypatch.setattr("huiying.statistics.engine.snapshot", lambda *_, **__: anew.append(late))
    for _ in range(2):
        assert engine(MARCH, as_of=at(3, 10), place=place) is early
        assert engine(MARCH, as_of=at(3, 20), place=place) is late
    keep(tell(place, "C", at(3, 2)))
    received = [value(engine(MARCH, as_of=at(3, day), place=place), "received") for day in (25, 10, 20)]
    assert (received, anew) == ([3, 2, 3], [])


def test_the_facts_of_a_large_month_are_read_ahead(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "LARGE", 2)
    monkeypatch.setattr(timezone, "now", lambda: at(3, 10))
    keep(*(tell(place, f"A{n}", at(n, 1), recorded_at=at(n, 1)) for n in (2, 3)))
    assert not tables.read_ahead(place, at(3, 10))
    keep(tell(place, "C", at(3, 2), recorded_at=at(3, 2)))
    assert tables.read_ahead(place, at(3, 10))
    with CaptureQueriesContext(connection) as asked:
        assert value(tables.engine_of(MARCH, place, at(3, 10)), "received") == 2
    assert len(asked) == 1  # whether anything was recorded since


def test_what_is_told_of_a_table_may_be_changed_by_whoever_asked(place: Place) -> None:
    keep(tell(place, "A", at(3, 1)))
    march = counted(place)
    march.table(["received"], MARCH)[None].clear()
    assert value(march, "received") == 1


def test_without_a_cut_off_a_period_is_as_of_its_end(place: Place) -> None:
    assert engine(MARCH, place=place).facts.as_of == at(4, 1, 0)


def test_a_cut_off_still_to_come_does_not_make_cases_overdue_today(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = [("dispatch", at(3, 1, 10), {"units": [{"unit": "water", "role": "lead"}]})]
    keep(tell(place, "A", at(3, 1), *steps, recorded_at=at(3, 1)))
    found = []
    for today in (at(3, 10), at(3, 15, 23, 59), at(3, 16, 0)):
        monkeypatch.setattr(timezone, "now", lambda today=today: today)
        found.append(value(engine(MARCH, place=place), "overdue_open"))
    assert found == [0, 0, 1]


def test_two_threads_may_ask_one_engine(place: Place) -> None:
    keep(*a_month(place))
    march = counted(place)
    names = list(MEASURES)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda name: march.ask(name, MARCH), names))
    assert dict(zip(names, answers, strict=True)) == march.table(names, MARCH)[None]


# Words of the place


def test_dimensions_and_their_values_are_found_by_name_code_and_alias(place: Place) -> None:
    found = dimensions.conditions(
        place,
        ["渠道=市长热线,县长信箱", "channel=hotline", "内容分类=供水", "办理方式=转办", "承办单位="],
    )
    assert found == {
        "channel": ["city", "mailbox", "hotline"],
        "topic": ["phone/城乡建设/供水", "net/民生/供水"],  # both trees know the word
        "mode": ["dispatched"],
        "unit": [""],
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [("渠道=市长热", "市长热线"), ("渠到=市长热线", "渠道"), ("市长热线", "维度=值"), ("性质=夸奖", "咨询")],
)
def test_a_condition_that_is_not_understood_is_refused(place: Place, text: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        dimensions.conditions(place, [text])


def test_every_code_has_a_title_and_an_order(place: Place) -> None:
    keep(*a_month(place))
    march = counted(place)
    for name in DIMENSIONS:
        codes = dimensions.in_order(place, name, by(march, "received", name))
        assert all(dimensions.title(place, name, code) for code in codes)
        assert None not in codes[:-1]
    assert dimensions.in_order(place, "unit", ["stone", None, "water"]) == ["water", "stone", None]
    assert dimensions.title(place, "unit", None) == "（无承办单位）"
    assert dimensions.codes_of(place, "unit", "（无承办单位）") == [""]
    assert dimensions.title(place, "nature", None) == "（空）"


# The seed


@pytest.fixture
def jixi() -> Place:
    """The place of the seed, with the month's cases taken in."""
    if not SEED.is_dir():
        pytest.skip(f"没有 {SEED}，未与真实月份对照")
    configuration.load(ROOT / "examples" / "jixi")
    places.forget()
    take_in(SEED / "jixi-2022-03-cases.csv", by=None, at=at(4, 12, year=2023))
    return places.current()


def ask(march: Engine, name: str, channel: str) -> Fraction | None:
    return march.ask(name, MARCH, scope={"channel": [channel]}).value


def test_the_real_month_gives_the_published_figures_and_three_closing_rates(jixi: Place) -> None:
    march = counted(jixi, known_at=at(4, 12, year=2023))
    hotline, city = "县12345热线", "市长热线"
    assert by(march, "received", "channel") == {
        hotline: 262,
        city: 14,
        "省长热线": 5,
        "市长信箱": 4,
        "县长信箱": 23,
    }
    assert {n: ask(march, n, hotline) for n in ("direct", "dispatched", "fed_back")} == {
        "direct": 152,
        "dispatched": 110,
        "fed_back": 84,
    }
    shown = {
        name: march.ask(name, MARCH, scope={"channel": [hotline]}).shown(MEASURES[name])
        for name in ("closing_rate_received", "closing_rate_dispatched", "closing_rate_fed_back")
    }
    assert list(shown.values()) == ["90.08%", "76.36%", "100%"]
    natures = march.table(["share"], MARCH, by="nature", scope={"channel": [hotline]})
    shares = {key: row["share"].shown(MEASURES["share"]) for key, row in natures.items()}
    assert shares == {"咨询": "42.37%", "反映": "51.91%", "投诉": "2.67%", "建议": "0.38%", "举报": "2.67%"}


def test_the_real_months_units_are_those_of_the_annex(jixi: Place) -> None:
    march = counted(jixi, known_at=at(4, 12, year=2023))
    names = ["dispatched", "fed_back", "in_progress", "late_reply", "returned"]
    rows = march.table(names, MARCH, by="unit", scope={"channel": ["市长热线"]})
    found = {key: [int(row[name].numerator) for name in names] for key, row in rows.items()}
    assert found == {
        "县人社局": [3, 3, 0, 0, 0],
        "县住建局": [1, 1, 0, 0, 0],
        "县农水局": [1, 1, 0, 0, 0],
        "县市场监管局": [5, 5, 0, 0, 1],
        "县医保局": [2, 2, 0, 0, 0],
        "华阳镇": [1, 1, 0, 0, 0],
        "家朋乡": [1, 1, 0, 0, 0],
    }
    assert by(march, "late_claim", "unit") == {"县住建局": 1}


def test_the_real_month_asked_on_20_april_has_110_replies(jixi: Place) -> None:
    cut = periods.instant("2022-04-20", jixi.keeper.tz)
    later = counted(jixi, as_of=cut, known_at=at(4, 12, year=2023))
    assert ask(later, "fed_back", "县12345热线") == ask(later, "closed_dispatched", "县12345热线") == 110
    unknown = counted(jixi, as_of=cut, known_at=at(4, 12, year=2023) - timedelta(days=1))
    assert ask(unknown, "received", "县12345热线") == 0
