"""One known person found in a text, in the forms in which people write of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiying.common.traces import find_traces

KNOWN = {
    "name": "何秀英",
    "phone": "13900001234",
    "id_number": "99010119700101123X",
    "addresses": ["石桥镇东街12号", ""],
}


def without(text: str, **known: object) -> str:
    for start, end in reversed(find_traces(text, **(KNOWN | known))):  # type: ignore[arg-type]
        text = f"{text[:start]}◇{text[end:]}"
    return text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("何秀英来电", "◇来电"),
        ("何 秀英", "◇"),
        ("秀英说", "◇说"),
        ("请回何女士，何大妈很急", "请回◇，◇很急"),
        ("何某某、何某", "◇、◇"),
        ("小何反映", "◇反映"),
        ("139 0000-1234、＋86１３９００００１２３４", "◇、◇"),
        ("尾号1234，后四位：１２３４", "◇，◇"),
        ("139****1234", "◇"),
        ("990101 19700101 123x", "◇"),
        ("住石桥镇 东街12号", "住◇"),
        ("东街１２号门口", "东街◇门口"),
        ("3月12号，12号楼", "3月12号，◇楼"),
    ],
)
def test_the_person_is_found_in_every_form(text: str, left: str) -> None:
    assert without(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "何书记不管",
        "何时处理",
        "如何办理",
        "小何桥",
        "西街2号停水",
        "工单R2022030012于12日受理",
        "3月12日",
        "",
    ],
)
def test_what_is_of_others_stays(text: str) -> None:
    assert without(text) == text


def test_a_double_surname_and_a_landline() -> None:
    known = {"name": "欧阳兰", "phone": "0563-8123456"}
    assert without("欧阳兰，欧阳女士，0563 8123456，8123456", **known) == "◇，◇，◇，◇"


def test_a_flat_is_found_whole_and_by_its_door() -> None:
    known = {"addresses": ["云溪花园3幢2单元502室"]}
    assert without("住3幢2单元502室，即502室，3幢电梯坏了", **known) == "住◇，即◇，3幢电梯坏了"


def test_a_word_in_the_place_of_a_name_is_no_name() -> None:
    assert without("何先生说，王先生也说", name="何先生") == "◇说，王先生也说"
    assert without("匿名市民反映", name="匿名") == "匿名市民反映"


def test_nobody_known_finds_nothing() -> None:
    nobody = {"name": "", "phone": "", "id_number": "", "addresses": []}
    assert without("何秀英13900001234", **nobody) == "何秀英13900001234"
    assert without("王来了", **nobody | {"name": "王"}) == "王来了"  # one character names nobody


@given(st.text(alphabet="何秀英女士1390000123４4 -*东街12号尾", max_size=40))
def test_what_is_taken_out_is_gone_for_good(text: str) -> None:
    once = without(text)
    assert without(once) == once
    assert "何秀英" not in once
    assert "13900001234" not in once
