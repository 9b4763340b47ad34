"""The figures on screen are the engine's, within what each person may see, and each leads to its cases."""

from __future__ import annotations

import csv
from io import BytesIO

import pytest

from huiying.accounts.models import Trail
from huiying.common.sheets import open_sheet
from huiying.statistics import periods, tables
from huiying.statistics.measures import MEASURES
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def month(cast):
    """March: five cases of two natures at three units; February: two."""
    make.case(status="closed", unit="water", received=make.at(3, 1))
    make.case(status="handling", unit="water", received=make.at(3, 2), nature="inquiry")
    make.case(status="dispatched", unit="housing", received=make.at(3, 14))
    make.case(status="dispatched", unit="housing-gas", received=make.at(3, 14))
    make.case(received=make.at(3, 14))
    make.case(status="closed", unit="water", received=make.at(2, 8))
    make.case(status="closed", unit="water", received=make.at(2, 9))
    return cast


def test_the_year_of_a_unit_is_read_from_its_own_cases_alone(month, town, now):
    year, units = periods.parse("2021-04-01..2022-03-31"), ["housing", "housing-gas"]
    own, whole = tables.engine_of_units(year, units, town, now), tables.engine_of(year, town, now)
    told = [
        each.table(["dispatched", "late_reply"], year, by="received_on", scope={"unit": units})
        for each in (own, whole)
    ]
    assert told[0] == told[1]
    assert sum(row["dispatched"].numerator for row in told[0].values()) == len(own.facts.heads) == 2


def shown(answer) -> dict[str, dict[str, str]]:
    return {
        row["title"]: {cell.measure: cell.shown for cell, _, _ in row["cells"]}
        for row in answer.context["rows"]
    }


def test_the_table_says_what_the_engine_says(client, month, town, now) -> None:
    client.force_login(month.leader)
    answer = client.get("/figures/", {"period": "2022-03", "by": "unit", "measure": [*MEASURES]})
    wanted = tables.lines(town, [*MEASURES], periods.parse("2022-03"), now=now, by="unit")
    assert shown(answer) == {line.title: {c.measure: c.shown for c in line.cells} for line in wanted}
    assert shown(answer)["合计"]["received"] == "5"
    assert shown(answer)["云溪县水务局"]["received"] == "2"


def test_every_figure_leads_to_just_as_many_cases(client, month) -> None:
    client.force_login(month.leader)
    names = ["received", "closed", "dispatched", "overdue_open", "share", "closing_rate_received"]
    for by in ("unit", "nature", "received_on", "upper", "topic", ""):
        answer = client.get("/figures/", {"period": "2022-03", "by": by, "measure": names})
        links = [
            (cell, url)
            for row in answer.context["rows"]
            for cell, url, _ in row["cells"]
            if cell.answer.numerator
        ]
        assert links
        for cell, url in links:
            counted = client.get(url).context
            assert counted["total"] == len(counted["cases"]) == cell.answer.numerator, (by, cell, url)


def test_a_rate_shows_its_denominator_s_cases_too(client, month) -> None:
    client.force_login(month.leader)
    answer = client.get("/figures/cases/?period=2022-03&measure=closing_rate_received&part=denominator")
    assert answer.context["total"] == 5
    assert "分子的件" in answer.content.decode()


def test_a_filter_narrows_and_a_unit_takes_in_those_below_it(client, month) -> None:
    client.force_login(month.leader)
    answer = client.get("/figures/", {"period": "2022-03", "unit": "housing", "measure": "received"})
    assert shown(answer)["合计"]["received"] == "2"
    assert "云溪县住建局" in answer.context["asked"].title()
    answer = client.get("/figures/", {"period": "2022-03", "nature": "inquiry", "measure": "received"})
    assert shown(answer)["合计"]["received"] == "1"


def test_a_clerk_sees_the_own_unit_s_figures_and_cannot_ask_for_others(client, month) -> None:
    client.force_login(month.clerk)
    answer = client.get("/figures/", {"period": "2022-03", "measure": "received", "by": "unit"})
    assert set(shown(answer)) == {"合计", "云溪县水务局"}
    for path in ("/figures/", "/figures/cases/", "/figures/file/"):
        refused = client.get(path, {"unit": "housing", "measure": "received", "form": "csv"})
        assert refused.status_code == 409
    units = next(choice for choice in answer.context["choices"] if choice.name == "unit")
    assert [code for code, _ in units.options] == ["water"]


def test_who_has_no_unit_sees_no_figures_and_gets_no_file(client, month) -> None:
    client.force_login(month.stranger)
    assert "没有可看的数字" in client.get("/figures/").content.decode()
    assert client.get("/figures/cases/?measure=received").status_code == 404
    assert client.get("/figures/file/?form=csv").status_code == 404


def test_it_is_compared_with_the_month_and_the_year_before(client, month) -> None:
    client.force_login(month.leader)
    asked = {"period": "2022-03", "measure": "received", "compare": "previous"}
    answer = client.get("/figures/", asked)
    assert "+3（+150.00%）" in answer.content.decode()
    assert "本期尚未结束" in answer.content.decode()
    answer = client.get("/figures/", asked | {"compare": "last_year"})
    assert "对比的是2021年3月" in answer.content.decode()


@pytest.mark.parametrize(
    "given",
    [{"period": "三月"}, {"by": "weather"}, {"unit": "nowhere"}, {"period": "2022-03", "topic": "x/y"}],
)
def test_what_is_not_understood_is_said(client, month, given) -> None:
    client.force_login(month.leader)
    answer = client.get("/figures/", given)
    assert answer.status_code == 409
    assert "可" in answer.content.decode() or "没有" in answer.content.decode()


def test_a_slip_in_one_field_keeps_the_others(client, month) -> None:
    client.force_login(month.leader)
    answer = client.get("/figures/", {"period": "三月", "by": "nature", "measure": "received"})
    page = answer.content.decode()
    assert 'value="三月"' in page
    assert "看不懂期间“三月”" in page
    assert [cell.measure for cell, _, _ in answer.context["rows"][0]["cells"]] == ["received"]
    assert answer.context["asked"].by == "nature"


def test_a_unit_s_own_page_tells_how_it_works_and_draws_its_year(client, month) -> None:
    client.force_login(month.leader)
    answer = client.get("/figures/", {"period": "2022-03", "unit": "water"})
    assert {"on_time_reply_rate", "sent_back"} <= {m.name for m in answer.context["measures"]}
    assert "polyline" not in answer.content.decode()
    drawn = client.get(answer.context["trend_url"]).context["trend"]
    assert "转办量：2021-04：0件" in drawn
    assert "2022-02：2件、2022-03：2件" in drawn
    assert client.get(answer.context["unit_open"]).status_code == 200


def test_what_did_not_change_is_level(client, month) -> None:
    client.force_login(month.leader)
    asked = {"period": "2022-03", "measure": ["direct", "received"], "compare": "previous", "by": "unit"}
    cells = client.get("/figures/", asked).context["rows"][0]["cells"]
    assert [cell.change for cell, _, _ in cells] == ["持平", "+3（+150.00%）"]


def test_one_steps_from_period_to_period(client, month) -> None:
    client.force_login(month.leader)
    answer = client.get("/figures/?period=2021-Q4")
    assert "period=2021-Q3" in answer.context["previous"]
    assert "period=2022-Q1" in answer.context["next"]
    assert client.get("/figures/?period=2022-03").context["next"] == ""  # it lasts still
    assert client.get("/figures/?period=2021").context["drawings"]


def test_the_file_holds_what_the_page_shows_and_the_trail_says_who_took_it(
    client, month, tmp_path, now
) -> None:
    client.force_login(month.editor)
    given = {"period": "2022-03", "by": "nature", "measure": ["received", "closing_rate_received"]}
    given["compare"] = "previous"
    page = shown(client.get("/figures/", given))
    text = client.get("/figures/file/", given | {"form": "csv"}).content.decode("utf-8-sig")
    rows = list(csv.reader(text.splitlines()))
    assert rows[0] == ["性质", "受理量", "环比", "办结率（占受理）", "环比"]
    assert {row[0]: {"received": row[1], "closing_rate_received": row[3]} for row in rows[1:]} == page
    taken = client.get("/figures/file/", given | {"form": "xlsx"})
    path = tmp_path / "figures.xlsx"
    path.write_bytes(BytesIO(taken.content).read())
    assert list(open_sheet(path).header) == rows[0]
    lines = list(Trail.objects.filter(kind="export").order_by("pk"))
    assert [(line.user, line.at, line.subject) for line in lines] == [
        (month.editor, now, "数据：2022年3月")
    ] * 2
    assert lines[0].data["asked"]["by"] == "nature"


def test_the_page_asks_the_database_at_most_twelve_times(
    client, month, django_assert_max_num_queries
) -> None:
    client.force_login(month.clerk)
    given = {"period": "2022-03", "by": "unit", "compare": "previous"}
    client.get("/figures/", given)  # the facts are read once and kept
    with django_assert_max_num_queries(12):
        client.get("/figures/", given)
