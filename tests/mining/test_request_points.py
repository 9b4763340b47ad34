"""What a request asks, and which of it an answer leaves out."""

from __future__ import annotations

import pytest

from huiying.mining.request_points import MOST, not_taken_up, points

TITLE = "东街供水\n"
NUMBERED = f"{TITLE}请问：1、东街水管能否提前检修？2、学校门口能否增设红绿灯？"


@pytest.mark.parametrize(
    ("request_", "asked"),
    [
        (NUMBERED, ["东街水管能否提前检修？", "学校门口能否增设红绿灯？"]),
        (f"{TITLE}诉求如下：一、更换东街老旧水管；二、减免三月水费", ["更换东街老旧水管；", "减免三月水费"]),
        (f"{TITLE}水浑了三天。什么时候能换水管。水费怎么计算", ["什么时候能换水管。", "水费怎么计算"]),
        (f"{TITLE}强烈要求更换东街水管。希望领导重视！请给个说法。", ["强烈要求更换东街水管。"]),
        (f"{TITLE}难道我们就该喝浑水吗？你们良心何在？？", []),
        (f"{TITLE}水管漏了1.5米，12.3元一吨。", []),
        ("东街什么时候换水管？", ["东街什么时候换水管？"]),
    ],
)
def test_questions_and_demands_are_points_and_rhetoric_and_pleas_are_none(
    request_: str, asked: list[str]
) -> None:
    assert points(request_) == asked


def test_the_point_that_an_answer_holds_nothing_of_is_told() -> None:
    assert not_taken_up(NUMBERED, "东街水管将提前检修更换。") == ["学校门口能否增设红绿灯？"]
    assert not_taken_up(NUMBERED, "东街水管将提前检修，学校门口增设红绿灯一事已报交警。") == []
    assert not_taken_up(NUMBERED, "回复如下：1、可以提前。2、交警正在勘察路口。") == []  # item by item
    assert not_taken_up(f"{TITLE}学校门口能否增设红绿灯？", "东街水管将提前检修。") == []  # the whole matter


def test_a_time_a_price_or_a_place_answers_who_asks_for_one_in_whatever_words() -> None:
    asked = f"{TITLE}东街水管能否提前检修？居民用水水费每吨多少钱？"
    assert not_taken_up(asked, "东街水管将提前检修。收取2.1元。") == []
    assert not_taken_up(asked, "东街水管将提前检修。") == ["居民用水水费每吨多少钱？"]


@pytest.mark.parametrize("odd", ["", "？" * 5000, "1、" * 5000, "请问能否" * 20_000, "请问" * 50_000])
def test_whatever_is_asked_ends_soon(odd: str) -> None:
    assert len(points(odd)) <= MOST
