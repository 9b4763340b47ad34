"""Each unit's rows add up to what the bulletin prints of it, and say later what moved."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.utils import timezone

from huiying.bulletins import reconciliation, styles, unit_rows
from huiying.bulletins.models import Reconciliation
from huiying.cases import lifecycle
from huiying.cases.place import Place
from huiying.common.errors import Refused
from tests import make
from tests.bulletins.closing import DUE, MARCH
from tests.bulletins.test_editions import STYLE
from tests.cast import Cast
from tests.make import at

pytestmark = pytest.mark.django_db
CITY = {"key": "city", "name": "市长热线", "where": {"channel": ["city"]}, "lists": {}}
PHONES = {"key": "phones", "name": "电话", "where": {"group": ["phone"]}, "lists": {}}
TWO_SCOPES = STYLE | {"scope": [*STYLE["scope"], CITY, PHONES]}


@pytest.fixture
def town(clock: list[datetime]) -> Place:
    return make.town(config={"bulletin": {"style": [TWO_SCOPES]}})


def begin(town: Place, cast: Cast) -> Reconciliation:
    return reconciliation.begin(town, MARCH, due_on=DUE, by=cast.editor, at=timezone.now())


def a_month_of_cases() -> None:
    for n, status in enumerate(make.STEPS):
        make.case(f"第{n}件", status=status, unit="water", co=["housing"], received=at(3, 1 + n))
        make.case(f"市第{n}件", status=status, unit="stone", channel="city", received=at(3, 8 + n))
        make.case(f"信第{n}件", status=status, unit="water", channel="mailbox", topic="", received=at(3, 15))
    back = make.case("退给水务的", status="returning", unit="housing")
    make.step(back, "redirect_return", on=1, units=[{"unit": "water", "role": "lead"}])
    again = make.case("答得不好", status="reviewing", unit="stone")
    make.step(again, "send_back", on=1, note="重答")


def test_the_rows_of_each_unit_add_up_to_what_every_scope_prints(town: Place, cast: Cast) -> None:
    a_month_of_cases()
    made = begin(town, cast)
    asked = unit_rows.asked_of(made, town)
    rows = unit_rows.rows_of(made, asked)
    assert set(rows) == {"water", "housing", "stone"}
    compared = 0
    for scope in made.scopes:
        figures = asked.table(made.measures, MARCH, by="unit", scope=scope["where"])
        for unit, answers in figures.items():
            if unit is None:
                continue
            own = unit_rows.totals(row for row in rows.get(unit, ()) if scope["name"] in row.scopes)
            for name, answer in answers.items():
                assert own[name] == answer.numerator, (scope["name"], unit, name)
                compared += bool(answer.numerator)
    assert compared > 30
    assert not any("mailbox" in row.channel for mine in rows.values() for row in mine)  # in no scope
    assert [row.case for row in rows["water"]] == sorted({row.case for row in rows["water"]})


def test_one_unit_asked_alone_has_the_same_rows(town: Place, cast: Cast) -> None:
    a_month_of_cases()
    made = begin(town, cast)
    asked = unit_rows.asked_of(made, town)
    assert unit_rows.rows_of(made, asked, "water") == {"water": unit_rows.rows_of(made, asked)["water"]}


def test_the_digest_of_then_comes_out_again_and_what_moved_is_told(
    town: Place, cast: Cast, clock: list[datetime]
) -> None:
    case, other = (make.case(f"第{n}件", status="closed", received=at(3, n)) for n in (1, 2))
    made = begin(town, cast)
    asked = unit_rows.asked_of(made, town)
    then, known = unit_rows.rows_of(made, asked)["water"], asked.facts.known_at
    clock.append(at(4, 5))
    late = {"seq": 3, "happened_at": at(3, 1, 11, 30).isoformat()}
    lifecycle.advance(case, "amend", by=cast.dispatcher, at=at(4, 5), note="录错", **late)
    clock.append(at(4, 6))
    fresh = make.case("后补的一件", status="dispatched", received=at(3, 31))
    now = unit_rows.rows_of(made, unit_rows.asked_of(made, town))["water"]
    again = unit_rows.rows_of(made, unit_rows.asked_of(made, town, known_at=known))["water"]
    assert unit_rows.digest(again) == unit_rows.digest(reversed(then)) != unit_rows.digest(now)
    told = {each.case: each.said for each in unit_rows.moved(again, now, town)}
    assert told == {
        case.number: ("认领时间：2022-03-01 11:00 → 2022-03-01 11:30",),
        fresh.number: ("新列入（转办量、办理中）",),
    }
    assert other.number not in told
    (gone,) = unit_rows.moved(now, [row for row in now if row.case != fresh.number], town)
    assert gone.said == ("不再列入（转办量、办理中）",)


def test_a_fault_that_is_no_longer_counted_is_told(town: Place, cast: Cast, clock: list[datetime]) -> None:
    case = make.case(status="dispatched", received=at(3, 1))
    made = begin(town, cast)
    before = unit_rows.rows_of(made, unit_rows.asked_of(made, town))["water"]
    assert before[0].faults == ("late_claim", "late_reply")
    clock.append(at(4, 5))
    make.step(case, "claim", on=1, when=at(3, 2), by=None)
    after = unit_rows.rows_of(made, unit_rows.asked_of(made, town))["water"]
    (told,) = unit_rows.moved(before, after, town)
    assert told.said == ("不再计入“未按时认领”", "认领时间：无 → 2022-03-02 09:00")


def test_the_measures_are_the_usual_ones_those_of_the_style_s_tables_or_those_chosen() -> None:
    table = {"kind": "table", "scope": "line", "columns": [{"title": "响应", "fills": "response_rate"}]}
    called = {"title": "回访", "fills": "called_back"}
    style = styles.parse(STYLE | {"block": [table | {"columns": [*table["columns"], called]}]})
    assert unit_rows.measures_of(style) == [*unit_rows.USUAL, "called_back"]
    assert unit_rows.measures_of(style, ["late_reply", "late_reply"]) == ["late_reply"]
    for wrong in ("nonsense", "reply_rate", "persons"):
        with pytest.raises(Refused, match=wrong):
            unit_rows.measures_of(style, [wrong])


def test_facts_are_shown_as_people_say_them(town: Place) -> None:
    shown: Any = unit_rows.shown
    assert shown("role", "co", town) == "协办"
    assert shown("nature", "complaint", town) == "投诉"
    assert shown("claimed_at", at(3, 1, 9, 5), town) == "2022-03-01 09:05"
    assert shown("closed_at", None, town) == "无"
