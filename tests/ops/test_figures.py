"""`huiying figures` and `huiying measures`: a number, its definition, and the way to its cases."""

from __future__ import annotations

import json
import shlex
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.ops.management.commands.figures import aligned
from huiying.statistics.measures import MEASURES
from tests.make import at, town
from tests.statistics.told import KNOWN, a_month, answered, keep, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> Place:
    place = town()
    keep(*a_month(place))
    return place


def printed(*words: str) -> str:
    out = StringIO()
    call_command("figures", *words, stdout=out)
    return out.getvalue()


def figures(*words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(printed(*words, "--json"))
    return found


def listed(query: str) -> list[str]:
    """What a query printed beside a figure lists when it is copied to the command line."""
    program, command, *words = shlex.split(query)
    assert (program, command) == ("huiying", "figures")
    return printed(*words).split()


def test_a_figure_comes_with_its_parts_its_definition_and_its_cases(place: Place) -> None:
    found = figures("2022-03", "--measure", "closing_rate_due")
    (figure,) = found["figures"]
    assert (figure["numerator"], figure["denominator"], figure["shown"]) == (5, 7, "71.43%")
    assert figure["value"] == pytest.approx(5 / 7)
    assert figure["definition"]["denominator"] == "到期的件"
    assert listed(figure["query"]["numerator"]) == list("CDHIL")
    assert listed(figure["query"]["denominator"]) == list("CDEGHIL")
    assert found["as_of"] == "2022-04-01T00:00:00+08:00"


def test_without_a_measure_every_measure_is_printed(place: Place) -> None:
    assert [row["measure"] for row in figures("2022-03")["figures"]] == list(MEASURES)
    lines = printed("2022-03").splitlines()
    assert [m.title for m in MEASURES.values() if not any(line.startswith(m.title) for line in lines)] == []


def test_chinese_names_are_as_good_as_codes(place: Place) -> None:
    chinese = figures("2022-03", "--measure", "转办量", "--where", "承办单位=云溪县水务局", "--by", "性质")
    codes = figures("2022-03", "--measure", "dispatched", "--where", "unit=water", "--by", "nature")
    assert [row["value"] for row in chinese["figures"]] == [row["value"] for row in codes["figures"]]
    assert chinese["where"] == codes["where"] == {"unit": ["water"]}


def test_a_breakdown_leads_to_the_cases_of_each_row(place: Place) -> None:
    rows = figures("2022-03", "--measure", "dispatched", "--by", "unit")["figures"]
    total, *units = rows
    assert (total["name"], total["total"], total["value"]) == ("合计", True, 10)
    assert [row["name"] for row in units] == ["云溪县住建局", "云溪县水务局", "石桥镇"]
    for row in rows:
        assert len(listed(row["query"]["numerator"])) == row["value"], row["name"]


def test_what_has_no_unit_can_be_listed_too(place: Place) -> None:
    rows = figures("2022-03", "--measure", "received", "--by", "unit")["figures"]
    assert (rows[-1]["key"], rows[-1]["name"]) == (None, "（无承办单位）")
    assert listed(rows[-1]["query"]["numerator"]) == list("ABJN")


def test_a_share_keeps_its_scope_as_denominator(place: Place) -> None:
    rows = figures("2022-03", "--measure", "share", "--by", "nature", "--where", "channel=hotline")["figures"]
    inquiry = next(row for row in rows if row["key"] == "inquiry")
    assert (inquiry["numerator"], inquiry["denominator"]) == (2, 14)
    assert listed(inquiry["query"]["numerator"]) == ["B", "H"]
    assert len(listed(inquiry["query"]["denominator"])) == 14


def test_another_cut_off_and_another_knowledge_answer_for_that_instant(place: Place) -> None:
    def fed_back(*words: str) -> int:
        return int(figures("2022-03", "--measure", "fed_back", *words)["figures"][0]["value"])

    assert [fed_back(), fed_back("--as-of", "2022-03-10")] == [5, 3]  # C H, and O until it was reopened
    assert fed_back("--as-of", "2022-03-10T08:59") == 1
    assert fed_back("--known-at", KNOWN.isoformat()) == 5
    assert fed_back("--known-at", "2022-05-31") == 0  # all of it was written down on 1 June at nine


def test_a_query_repeats_the_cut_off_and_the_knowledge(place: Place) -> None:
    words = ["--as-of", "2022-03-10", "--known-at", "2022-06-30", "--only", "unit=water"]
    (figure,) = figures("2022-03", "--measure", "fed_back", *words)["figures"]
    assert listed(figure["query"]["numerator"]) == ["C", "O"]


def test_months_are_compared(place: Place) -> None:
    words = ["--measure", "received", "closing_rate_received", "--compare", "previous"]
    received, rate = (row["previous"] for row in figures("2022-03", *words)["figures"])
    assert received == {"difference": 10, "ratio": 2.5, "points": None}
    assert rate["points"] == pytest.approx(100 * (9 / 14 - 2 / 4))
    assert "+10（+250.00%）" in printed("2022-03", *words)
    assert "+14.29 个百分点" in printed("2022-03", *words)


def test_nothing_to_compare_with_is_said_so(place: Place) -> None:
    (row,) = figures("2022-03", "--measure", "satisfaction_rate", "--compare", "last_year")["figures"]
    assert row["last_year"] is None


def test_cases_are_of_one_measure(place: Place) -> None:
    with pytest.raises(Refused, match="--measure"):
        printed("2022-03", "--cases")
    with pytest.raises(Refused, match="--only"):
        printed("2022-03", "--cases", "--measure", "received", "--by", "unit")
    found = figures("2022-03", "--cases", "--measure", "refused")
    assert (found["count"], found["cases"]) == (1, ["J"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("2022-13",), "看不懂期间"),
        (("2022-03", "--as-of", "四月"), "看不懂时刻"),
        (("2022-03", "--measure", "办接量"), "办结量"),
        (("2022-03", "--by", "颜色"), "统计维度"),
    ],
)
def test_a_slip_is_refused_with_the_way_out(place: Place, words: tuple[str, ...], said: str) -> None:
    with pytest.raises(Refused, match=said):
        printed(*words)


def test_columns_stand_under_each_other_in_chinese_too() -> None:
    assert list(aligned([["指标", "n", "x"], ["a", "12", "y"]])) == ["指标  n   x", "a     12  y"]


def test_a_month_nobody_has_told_of_prints_zeros(place: Place) -> None:
    assert {row["numerator"] for row in figures("2021-03")["figures"]} == {0}


def test_an_open_case_of_a_unit_is_seen_in_its_row_after_it_came_back(place: Place) -> None:
    keep(tell(place, "Z", at(3, 5), *answered("maple", at(3, 5, 10), at(3, 6)), ("reopen", at(3, 7))))
    rows = figures("2022-03", "--measure", "in_progress", "--by", "unit")["figures"]
    assert {row["name"]: row["value"] for row in rows}["枫林乡"] == 1
