"""Standard texts in `place.toml`: loaded, written back, checked."""

from pathlib import Path
from typing import Any

import pytest

from huiying.cases import place as cases_place
from huiying.cases.models import Nature
from huiying.common.errors import Refused
from huiying.knowledge.models import StandardText
from huiying.ops import place
from tests.ops.test_place import example, load, small

pytestmark = pytest.mark.django_db
__all__ = ["small"]


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    cases_place.forget()


@pytest.fixture
def worded(small: dict[str, Any]) -> dict[str, Any]:
    """A place with a text for everything, and one for the water."""
    small["standard_text"] = [
        {"name": "开头", "text": "您好！\n您的诉求（{诉求件编号}）答复如下："},
        {
            "code": "water",
            "name": "停水",
            "move": "draft_reply",
            "topic": "t/供水",
            "nature": "投诉",
            "channel": "县热线",
            "text": "请致电{单位电话}。",
        },
    ]
    return small


def test_texts_come_in_and_go_out_as_they_were(worded: dict[str, Any], tmp_path: Path) -> None:
    load(worded, tmp_path)
    row = StandardText.objects.select_related("topic", "nature", "channel").get(code="water")
    about = [str(each) for each in (row.topic, row.nature, row.channel)]
    assert (row.move, *about, row.order) == ("draft_reply", "供水", "投诉", "县热线", 2)
    assert StandardText.objects.get(code="开头").topic is None
    assert place.document() == worded
    assert not load(worded, tmp_path).is_changed


def test_a_text_gone_from_the_file_is_retired_and_a_changed_one_told(
    worded: dict[str, Any], tmp_path: Path
) -> None:
    load(worded, tmp_path)
    worded["standard_text"][1]["text"] = "请致电{办公电话}。"
    del worded["standard_text"][0]
    change = load(worded, tmp_path).changes["standard_text"]
    assert (change.updated, change.retired) == (["water"], ["开头"])
    assert not StandardText.objects.get(code="开头").active


def test_a_text_for_a_word_out_of_use_is_left_out_of_the_export(
    worded: dict[str, Any], tmp_path: Path
) -> None:
    load(worded, tmp_path)
    Nature.objects.filter(code="投诉").update(active=False)
    assert [row["name"] for row in place.document()["standard_text"]] == ["开头"]


@pytest.mark.parametrize(
    ("slip", "told"),
    [
        ({"text": "请{承办单}办理"}, "（停水）的 text：没有“{承办单}”这个空。您是否要找：承办单位"),
        ({"text": "请{办理"}, "花括号“{”没有成对。花括号只用来写空"),
        ({"text": "一\n\t二"}, "中间有控制字符"),
        ({"text": ""}, "是空的"),
        ({"text": "长" * 1001}, "最多 1000 个"),
        ({"move": "拟稿"}, "没有“拟稿”这个环节。“拟稿”要写成“draft_reply”"),
        ({"move": "draft_replies"}, "您是否要找：draft_reply"),
        ({"topic": "t/供气"}, "没有“t/供气”这一分类"),
        ({"nature": "表扬"}, "没有代码为“表扬”的 [[nature]]"),
        ({"channel": "县热"}, "没有代码为“县热”的 [[channel]]"),
        ({"code": "开头"}, "“开头”与第 1 条重复"),
    ],
)
def test_a_slip_is_told_with_how_to_mend_it(
    worded: dict[str, Any], tmp_path: Path, slip: dict[str, str], told: str
) -> None:
    worded["standard_text"][1] |= slip
    with pytest.raises(Refused) as refused:
        load(worded, tmp_path)
    assert told in str(refused.value)
    assert not StandardText.objects.exists()


@pytest.mark.parametrize("name", ["jixi", "binjiang"])
def test_an_example_shows_what_a_text_can_do(name: str) -> None:
    texts = example(name)["standard_text"]
    moves = {row.get("move") for row in texts}
    assert {"direct_answer", "refuse", "urge", "send_back", "draft_reply"} <= moves
    assert any("topic" in row for row in texts)
    assert any("nature" in row for row in texts)
