"""How long a case is kept: the first rule that fits, and the last day of its last year."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from huiying.archive.retention import LAST, Rule, choose, hand_in_by, schedule, until
from huiying.common.errors import Refused

OWN = {
    "retention": {
        "after_days": 30,
        "rule": [
            {"years": 0, "source": "县档案局批复", "instructed": True},
            {"years": 30, "source": "县档案局批复", "topics": ["phone/城乡建设"], "natures": ["投诉", "tip"]},
            {"years": 5, "source": "县档案局批复", "endings": ["withdrawn", "invalid"]},
        ],
    }
}
PLAIN = {"nature": ("inquiry", "咨询"), "topic": "net/民生", "ending": "answered", "instructed": False}


def years(config: dict[str, Any], **case: Any) -> int:
    return choose(schedule(config), **(PLAIN | case)).years


@pytest.mark.parametrize(
    ("case", "kept"),
    [
        ({}, 10),
        ({"instructed": True, "ending": "withdrawn"}, 0),  # the first that fits
        ({"topic": "phone/城乡建设/供水", "nature": ("complaint", "投诉")}, 30),
        ({"topic": "phone/城乡建设", "nature": ("tip", "举报")}, 30),
        ({"topic": "phone/城乡建设二", "nature": ("tip", "举报")}, 10),
        ({"topic": "phone/城乡建设/供水", "nature": ()}, 10),
        ({"topic": "", "ending": "invalid"}, 5),
    ],
)
def test_the_first_rule_that_fits_says_how_long(case: dict[str, Any], kept: int) -> None:
    assert years(OWN, **case) == kept


@pytest.mark.parametrize(
    ("case", "kept"),
    [({}, 30), ({"instructed": True}, 0), ({"ending": "refused", "instructed": True}, 10)],
)
def test_where_the_place_says_nothing_the_national_table_holds(case: dict[str, Any], kept: int) -> None:
    assert years({}, **case) == kept
    assert schedule({}).after_days == 90
    assert all("第8号" in rule.source and rule.verified == "S" for rule in schedule({}).rules)


def test_an_empty_list_of_rules_leaves_the_last_one() -> None:
    assert schedule({"retention": {"rule": []}}).rules == (LAST,)


def test_a_term_is_over_with_its_last_year() -> None:
    assert until(date(2022, 1, 1), 10) == until(date(2022, 12, 31), 10) == date(2032, 12, 31)
    assert until(date(2022, 3, 1), 0) is None
    assert hand_in_by(date(2022, 12, 31)) == date(2023, 6, 30)
    assert (Rule(0, "x").term, Rule(10, "x").term) == ("永久", "10年")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"days": 3}, "days：没有这样的项"),
        ({"after_days": -1}, "请写 0 至 3660"),
        ({"after_days": True}, "请写 0 至 3660"),
        ({"rule": {"years": 1}}, r"一条一条的 \[\[retention.rule\]\]"),
        ({"rule": [{"source": "x"}]}, "第 1 条：years 请写"),
        ({"rule": [{"years": 101, "source": "x"}]}, "years 请写 0（永久）至 100"),
        ({"rule": [{"years": 10}]}, "source 请写明"),
        ({"rule": [{"years": 10, "source": "x" * 201}]}, "有 201 个字"),
        ({"rule": [{"years": 1, "source": "x"}, {"year": 10, "source": "x"}]}, "第 2 条的 year：没有"),
        ({"rule": [{"years": 10, "source": "x", "natures": "投诉"}]}, "natures 请写成文字的列表"),
        ({"rule": [{"years": 10, "source": "x", "topics": [1]}]}, "topics 请写成文字的列表"),
        ({"rule": [{"years": 10, "source": "x", "verified": "Q"}]}, "verified 请写 V、S、O"),
        ({"rule": [{"years": 10, "source": "x", "instructed": "是"}]}, "instructed 请写 true"),
    ],
)
def test_what_cannot_be_is_refused_in_words(given: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused, match=said):
        schedule({"retention": given})
