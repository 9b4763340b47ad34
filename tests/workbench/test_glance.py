"""The town at a glance."""

import html
import re

import pytest

from tests import make

pytestmark = pytest.mark.django_db


def tiles(answer, name: str) -> dict[str, str]:
    return {tile.title: tile.shown for tile in answer.context[name]}


def found(client, url: str) -> int:
    return len(re.findall(r'class="number"', client.get(url).content.decode()))


@pytest.fixture
def busy(cast):
    for status in make.STEPS:
        for day in (1, 14):
            make.case(f"{status}第{day}日", status=status, received=make.at(3, day), co=["housing"])
    make.case("管道渗水", status="handling", unit="housing-gas", received=make.at(3, 14))
    return cast


def test_each_number_leads_to_a_list_of_just_as_many_cases(client, busy) -> None:
    client.force_login(busy.dispatcher)
    answer = client.get("/")
    for tile in [*answer.context["statuses"], *answer.context["clocks"]]:
        assert found(client, tile.url) == int(tile.shown), tile
    for load in answer.context["loads"]:
        assert found(client, load.url) == load.open, load
        assert found(client, load.overdue_url) == load.overdue, load
    assert sum(load.open for load in answer.context["loads"]) > 0


def test_each_figure_of_the_month_leads_to_its_definition_and_the_cases_it_counts(client, busy) -> None:
    make.step(make.case("打错了电话", received=make.at(3, 9)), "mark_invalid")
    for user in (busy.dispatcher, busy.other_clerk):
        client.force_login(user)
        shown = client.get("/").context["tiles"]
        assert shown
        for tile in shown:
            page = client.get(tile.url)
            count = int(tile.note.split("/")[0] if tile.note else tile.shown)
            assert (page.context["total"], found(client, tile.url)) == (count, count), tile
            assert tile.what in html.unescape(page.content.decode())


def test_the_month_says_which_cases_it_counts_and_as_of_when(client, busy, monkeypatch) -> None:
    client.force_login(busy.dispatcher)
    monkeypatch.setattr("django.utils.timezone.now", lambda: make.at(3, 15, 10))
    assert "以下为本期受理的件，截至 2022-03-15 10:00" in client.get("/").content.decode()
    monkeypatch.setattr("django.utils.timezone.now", lambda: make.at(4, 15, 10))
    client.force_login(busy.dispatcher)
    said = client.get("/", {"period": "2022-03"}).content.decode()
    assert "以下为本期受理的件，截至 2022-03-31 24:00" in said


def test_a_clerk_sees_the_unit_s_own_numbers_only(client, busy) -> None:
    client.force_login(busy.other_clerk)
    answer = client.get("/")
    assert tiles(answer, "statuses")["待派单"] == "0"
    assert tiles(answer, "tiles")["受理量"] == "1"


def test_who_sees_no_case_gets_no_numbers_and_the_auditor_the_records(client, busy) -> None:
    client.force_login(busy.stranger)
    answer = client.get("/")
    assert "statuses" not in answer.context
    assert "不在任何承办单位" in answer.content.decode()
    client.force_login(busy.auditor)
    assert client.get("/").headers["Location"] == "/trail/"


def test_a_month_without_cases_yields_to_the_last_one_with_some(client, cast, monkeypatch) -> None:
    make.case(received=make.at(1, 20))
    client.force_login(cast.leader)
    answer = client.get("/")
    assert answer.context["period"].label == "2022-01"
    assert answer.context["next"] == "2022-02"
    assert client.get("/", {"period": "2022-03"}).context["next"] == ""


def test_a_period_nobody_understands_is_explained(client, cast) -> None:
    client.force_login(cast.leader)
    answer = client.get("/", {"period": "上个月"})
    assert answer.status_code == 409
    assert "看不懂期间“上个月”" in answer.content.decode()


def test_a_year_without_a_calendar_is_said_and_the_rest_still_stands(client, cast, monkeypatch) -> None:
    make.case(status="handling")
    monkeypatch.setattr("django.utils.timezone.now", lambda: make.at(5, 4, year=2026))
    client.force_login(cast.leader)
    answer = client.get("/")
    assert "没有2026年完整的放假安排" in answer.content.decode()
    assert tiles(answer, "clocks") == {"已逾期": "1", "今天到期": "0"}


def test_the_glance_asks_the_database_little_however_many_cases_there_are(
    client, cast, django_assert_max_num_queries
) -> None:
    for _ in range(16):
        make.case(status="dispatched")
    client.force_login(cast.clerk)
    with django_assert_max_num_queries(12):
        client.get("/")
