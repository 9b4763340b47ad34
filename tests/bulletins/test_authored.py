"""What the office writes by hand is read whole or refused with the place of the fault."""

from __future__ import annotations

import json
from datetime import date

import pytest

from huiying.bulletins import authored
from huiying.common.errors import Refused

FULL = {
    "series": "云溪热线",
    "issue": 3,
    "issued_on": "2022-04-15",
    "praised": {"热线": ["云溪县水务局"]},
    "problems": ["一处。"],
    "matters": [{"said": "东街停水问题", "cases": ["R1", "R2"]}],
    "overrides": [
        {
            "section": "热线",
            "measure": "share",
            "params": {"nature": "举报"},
            "printed": "3.7%",
            "reason": "原文如此",
        }
    ],
    "report_to": ["市办"],
}


def test_a_whole_file_is_read() -> None:
    read = authored.read(json.dumps(FULL))
    assert (read.series, read.issue, read.issued_on) == ("云溪热线", 3, date(2022, 4, 15))
    assert read.praised == {"热线": ("云溪县水务局",)}
    assert read.overrides[0].params == (("nature", "举报"),)
    assert read.matters == (authored.OneMatter("东街停水问题", ("R1", "R2")),)
    assert read.send_to is None


def test_nothing_written_is_not_the_same_as_an_empty_list() -> None:
    assert authored.parse({}).problems is None
    assert authored.parse({"problems": []}).problems == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "第 1 行"),
        ("[]", "应为对象"),
        ('{"problem": []}', "problems"),
        ('{"problems": "一条"}', "应为列表"),
        ('{"problems": ["好", ""]}', "第 2 项"),
        ('{"issue": 0}', "不能小于 1"),
        ('{"issue": true}', "应为整数"),
        ('{"issued_on": "2022年4月15日"}', "2022-04-15"),
        ('{"overrides": [{"section": "热线", "measure": "share", "printed": "1%"}]}', "缺少 reason"),
        ('{"praised": {"热线": "水务局"}}', "应为列表"),
        ('{"matters": [{"said": "停水"}]}', "第 1 项 缺少 cases"),
    ],
)
def test_a_fault_is_named_with_its_place(text: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        authored.read(text)


def test_the_schema_allows_exactly_the_fields_that_are_read() -> None:
    assert set(authored.schema()["properties"]) == {
        f for f in authored.Authored.__dataclass_fields__ if f != "raw"
    }
