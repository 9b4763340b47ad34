"""大模型 in the settings: whether there is one, what is sent to it, how often it was asked."""

import pytest

from huiying.accounts import trail
from huiying.accounts.models import TrailKind
from tests import make
from tests.workbench.test_classifiers import text_of

pytestmark = pytest.mark.django_db


def page(client) -> str:
    return text_of(client.get("/settings/larger/"))


def test_without_one_the_page_says_that_nothing_depends_on_it(client, cast) -> None:
    client.force_login(cast.admin)
    said = page(client)
    assert "没有接入。分类、查重、热点、评判答复和拟标题都不用它" in said
    assert "没有人用过" in said
    assert "大模型 没有接入，不用也行" in text_of(client.get("/settings/"))


def test_with_one_the_page_shows_what_leaves_and_how_often_it_was_asked(client, cast, settings) -> None:
    settings.HUIYING_MODEL_URL = "http://name:secret@10.0.0.8:8000/v1"
    settings.HUIYING_MODEL_NAME, settings.HUIYING_MODEL_KEY = "qwen", "sk-secret"
    for tokens, reason in ((87, ""), (13, ""), (None, "大模型服务正忙")):
        about = {"tokens": tokens} if tokens else {}
        trail.note(cast.operator, TrailKind.MODEL, at=make.at(3, 1), reason=reason, use="拟标题", **about)
    trail.note(cast.operator, TrailKind.MODEL, at=make.at(1, 1), use="拟答复", tokens=9)
    client.force_login(cast.admin)
    said = page(client)
    assert "服务 10.0.0.8:8000/v1 模型 qwen 密钥 已设" in said
    assert "secret" not in said
    left = said.split("送出的 ")[1]
    assert "电梯" in left
    assert not [personal for personal in ("李小明", "13900001234", "翠屏", "安居", "502") if personal in left]
    assert "拟标题 3 1 100" in said
    assert "拟答复 1" not in said


def test_it_is_the_administrators_alone(client, cast) -> None:
    client.force_login(cast.leader)
    assert client.get("/settings/larger/").status_code == 403
