"""What counts as a rise, how often it is a false alarm, and the words that call for a look."""

import numpy as np
import pytest

from huiying.common.errors import Refused
from huiying.mining import alarm_words, alarms
from huiying.mining.alarm_settings import settings_of
from tests import make

WEEK = [1.3, 1.1, 1.0, 1.0, 1.0, 0.5, 0.4]


def town(series: int, days: int, *, spread: float, seed: int) -> dict[str, list[int]]:
    """Series of quiet days, busy on Mondays; variance is `spread` times the mean."""
    rng = np.random.default_rng(seed)
    means = np.exp(rng.uniform(np.log(0.02), np.log(3), series))
    means = means[:, None] * np.array(WEEK)[np.arange(days) % 7]
    if spread > 1:
        means = rng.gamma(means / (spread - 1)) * (spread - 1)
    return {str(i): row.tolist() for i, row in enumerate(rng.poisson(means))}


@pytest.mark.parametrize("spread", [1.0, 1.5, 2.5])
def test_nothing_happening_raises_no_more_false_alarms_than_stated(spread: float) -> None:
    quiet = town(150, 160, spread=spread, seed=7)
    days = [day % 7 for day in range(160)]
    found = 0
    for day in range(60, 160):
        found += len(
            alarms.rises({k: v[:day] for k, v in quiet.items()}, days[:day], budget=0.2, looks=1, least=1)
        )
    assert found <= 0.2 * 100 + 2 * (0.2 * 100) ** 0.5  # budget × days, and two standard deviations of it


def test_a_planted_rise_is_found_and_told_in_a_sentence() -> None:
    series = town(150, 90, spread=1.0, seed=3) | {
        "搅拌站扰民": [0, 1, 2, 0, 1, 0, 0] * 12 + [1, 0, 2, 0, 0, 12]
    }
    [rise] = alarms.rises(series, [day % 7 for day in range(90)], budget=0.2)
    assert (rise.key, rise.count, rise.usual) == ("搅拌站扰民", 12, (0, 2))
    assert 4 <= rise.limit <= 8
    assert alarms.told(rise, "搅拌站扰民", 11) == "搅拌站扰民 24小时12件、11人；往常每天0–2件"


def test_what_comes_every_monday_is_no_rise() -> None:
    weeks = {str(i): [12, 2, 2, 2, 2, 2, 2] * 9 + [12, 12 if i == 4 else 2] for i in range(20)}
    days = [day % 7 for day in range(65)]
    assert alarms.rises({key: counts[:64] for key, counts in weeks.items()}, days[:64]) == []
    assert [rise.key for rise in alarms.rises(weeks, days)] == ["4"]  # twelve on a Tuesday


def test_what_comes_every_november_is_no_rise_and_what_never_came_is() -> None:
    days = [0] * 500
    heating = [0] * 500
    heating[499 - alarms.YEAR - 10 : 499 - alarms.YEAR + 10] = [9] * 20
    heating[499] = 9
    new = [0] * 499 + [9]
    found = alarms.rises({"供暖": heating, "井盖": new}, days)
    assert [rise.key for rise in found] == ["井盖"]


def test_an_outbreak_of_last_month_does_not_hide_the_next() -> None:
    calm, before = [1, 0, 1, 2, 1, 0] * 12, [1, 0, 1, 2, 1, 0] * 12
    before[40:43] = [14, 15, 13]
    others = town(50, 73, spread=1.0, seed=5)
    found = alarms.rises(others | {"平": [*calm, 12], "曾": [*before, 12]}, [0] * 73)
    assert {rise.key for rise in found} == {"平", "曾"}


def test_with_a_short_past_only_much_is_an_alarm_and_says_so() -> None:
    found = alarms.rises({"多": [1, 0, 11], "少": [0, 0, 6]}, [0, 1, 2])
    assert [(rise.key, rise.cold, rise.limit) for rise in found] == [("多", True, 10)]
    assert alarms.told(found[0], "停水", 9) == "停水 24小时11件、9人；历史不足28天，按满10件提示"


def test_fewer_reports_than_the_least_are_never_a_rise() -> None:
    assert alarms.rises({"x": [0] * 60 + [2]}, [0] * 61, budget=10) == []
    assert alarms.rises({"x": [0] * 60 + [3]}, [0] * 61, budget=10) != []
    assert alarms.rises({}, [0] * 61) == []
    with pytest.raises(ValueError, match="时段数"):
        alarms.rises({"x": [1]}, [0, 1])


def test_windows_end_now() -> None:
    now = make.at(3, 15, 10)
    times = [make.at(3, 15, 9), make.at(3, 14, 10), make.at(3, 14, 9), make.at(3, 12, 10), now, make.at(3, 1)]
    assert alarms.windows(times, now, 3) == [1, 1, 2]


@pytest.mark.parametrize(
    ("text", "met"),
    [
        ("再不解决我就去堵路，还要找记者", ["堵路", "找记者"]),
        ("所幸没有发生爆炸", []),
        ("上周未爆炸，昨天又爆炸一次", ["爆炸"]),
        ("防止儿童溺水的护栏坏了", []),
        ("早晚拥堵路段、信息大爆炸的时代", []),
        ("拥堵路段的业主扬言堵路", ["堵路"]),
        ("", []),
    ],
)
def test_words_are_met_unless_denied(text: str, met: list[str]) -> None:
    assert alarm_words.found(text, ["堵路", "找记者", "爆炸", "溺水"]) == met


def test_a_place_sets_its_own_words_and_limits() -> None:
    given = settings_of(
        {"alarms": {"words": ["龙舟"], "without_words": ["疫情"], "persons": 8, "off": ["rise"]}}
    )
    assert given.words["本地词"] == ("龙舟",)
    assert "疫情" not in given.words["公共卫生"]
    assert (given.persons, given.hours, given.off) == (8, 72, {"rise"})


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"person": 5}, "没有“person”这一项"),
        ({"persons": 1}, "persons（多人同诉至少几人）请写 2 至 1000 的整数"),
        ({"persons": True}, "persons"),
        ({"budget": "0.2"}, "budget"),
        ({"words": "堵路"}, "要写成文字的清单"),
        ({"off": ["rises"]}, "“rises”不认识"),
    ],
)
def test_a_slip_in_the_configuration_is_answered_with_how_to_mend_it(table, said: str) -> None:
    with pytest.raises(Refused, match=said):
        settings_of({"alarms": table})
