"""时限看板: its numbers are those of the lists behind them, and the hall reads no names."""

import re

import pytest
from django.utils import timezone

from huiying.workbench import board
from tests import make

pytestmark = pytest.mark.django_db


def found(client, url: str) -> int:
    return len(re.findall(r'class="number"', client.get(url).content.decode()))


@pytest.fixture
def busy(cast):
    for status in make.STEPS:
        for day in (1, 14):
            make.case(f"{status}第{day}日", status=status, received=make.at(3, day), co=["housing"])
    make.case("今天到期", status="handling", nature="inquiry", received=make.at(3, 10))
    make.case("明天到期", status="handling", nature="inquiry", received=make.at(3, 11), unit="housing-gas")
    return cast


def test_every_number_leads_to_just_as_many_cases(client, busy) -> None:
    client.force_login(busy.dispatcher)
    answer = client.get("/board/")
    for tile in answer.context["tiles"]:
        assert found(client, tile.url) == int(tile.shown), tile
    cells = [cell for unit in answer.context["units"] for cell in unit.cells]
    for cell in cells:
        assert found(client, cell.url) == cell.count, cell
    assert {cell.title for cell in cells if cell.count} == set(answer.context["columns"])


def test_the_hall_sees_numbers_and_no_titles_or_citizens(client, busy) -> None:
    client.force_login(busy.dispatcher)
    said = client.get("/board/?screen=hall").content.decode()
    assert 'class="hall"' in said
    for words in ("第14日", "何秀英", "139", "东街", busy.dispatcher.name):
        assert words not in said, words
    assert "明天到期" in client.get("/board/").content.decode()


def test_the_hall_shows_as_many_units_as_fit_and_says_how_many_more(client, busy, monkeypatch) -> None:
    client.force_login(busy.dispatcher)
    units = client.get("/board/").context["units"]
    monkeypatch.setattr(board, "HALL_ROWS", 1)
    answer = client.get("/board/?screen=hall")
    assert [unit.code for unit in answer.context["units"]] == [units[0].code]
    assert f"还有 {len(units) - 1} 个单位有在办的件" in answer.content.decode()
    assert len(client.get("/board/").context["units"]) == len(units) > 1


def test_the_board_refreshes_with_scripts_and_without(client, busy) -> None:
    client.force_login(busy.dispatcher)
    page = client.get("/board/?screen=hall").content.decode()
    assert '<noscript><meta http-equiv="refresh" content="60"></noscript>' in page
    part = client.get("/board/?screen=hall", headers={"HX-Request": "true"}).content.decode()
    assert part.strip() in page
    assert 'hx-get="/board/?screen=hall" hx-trigger="every 60s"' in part


def test_a_screen_whose_sign_in_has_run_out_goes_to_the_door_and_not_the_door_into_the_screen(client, busy):
    answer = client.get("/board/?screen=hall", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"], answer.content) == (200, "/sign-in/", b"")
    assert client.get("/board/").status_code == 302


def test_a_clerk_s_board_is_the_unit_s_own(client, busy) -> None:
    client.force_login(busy.section_clerk)
    answer = client.get("/board/")
    assert [unit.code for unit in answer.context["units"]] == ["housing"]
    assert sum(int(tile.shown) for tile in answer.context["tiles"]) == 1
    client.force_login(busy.stranger)
    assert client.get("/board/").context["units"] == []


def test_a_year_the_calendar_does_not_know_is_said(client, busy, monkeypatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: make.at(12, 31, 10))
    client.force_login(busy.dispatcher)
    answer = client.get("/board/")
    assert answer.context["notice"]
    assert "一个工作日内到期" not in answer.context["columns"]


def test_the_board_asks_little(client, busy, django_assert_max_num_queries) -> None:
    client.force_login(busy.dispatcher)
    with django_assert_max_num_queries(12):
        client.get("/board/")
