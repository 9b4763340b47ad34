"""分类模型: the versions with their figures, and the one in use taken back."""

from __future__ import annotations

import html
import re

import pytest

from huiying.accounts.models import Trail
from huiying.mining import model_files
from huiying.mining.classify_training import train
from huiying.mining.models import ModelVersion
from tests import make
from tests.mining.letters import letters

pytestmark = pytest.mark.django_db


def text_of(answer) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


@pytest.fixture
def desk(client, cast, settings, tmp_path):
    settings.HUIYING_HOME = tmp_path
    client.force_login(cast.admin)
    return client


def version(number: int, status: str, **figures: float) -> ModelVersion:
    made = ModelVersion(kind="topic", number=number, status=status, made_at=make.at(3, number), upto=0)
    made.texts, made.labels, made.figures = 90, 3, {"accuracy": 0.9} | figures
    made.path.parent.mkdir(exist_ok=True)
    made.sha256 = model_files.save(train(*letters(4)), made.path)
    made.save()
    return made


def test_the_versions_are_told_with_their_figures_and_what_is_waiting(
    desk, django_assert_max_num_queries
) -> None:
    version(1, "replaced", coverage=0.0, precision=0.0)
    version(2, "used", accuracy=0.934, accuracy_before=0.9, top3_accuracy=0.99, coverage=0.8, precision=0.97)
    make.case()
    with django_assert_max_num_queries(15):
        said = text_of(desk.get("/settings/models/"))
    assert "现用第 2 版；此后新登记或更正、尚未学习的 1 件" in said
    assert "第 2 版 使用中 2022-03-02 09:00 90 3 93.4% 90.0% 99.0% 80.0% 97.0%" in said
    assert "第 1 版 已被替换 2022-03-01 09:00 90 3 90.0% — — 0.0% —" in said
    assert "还没有在用的模型，按名称给出建议" in said
    assert "1 类在用，共 3 类" in text_of(desk.get("/settings/"))


def test_the_one_in_use_is_taken_back_and_the_trail_says_by_whom(desk, cast) -> None:
    version(1, "replaced")
    version(2, "used")
    assert "不用第 2 版 （内容分类） 退回用第 1 版" in text_of(desk.get("/settings/models/"))
    said = text_of(desk.post("/settings/models/topic/back/", {"seen": "2"}, follow=True))
    assert "已退回内容分类模型第2版，现用内容分类模型第1版。" in said
    assert Trail.objects.get(kind="setting").user == cast.admin
    said = text_of(desk.post("/settings/models/topic/back/", {"seen": "2"}, follow=True))
    assert "内容分类模型第2版已被退回（管理员，03-15 10:00），现用内容分类模型第1版" in said
    assert "没有可退回的旧版，改按名称建议" in text_of(desk.get("/settings/models/"))
    assert ModelVersion.objects.get(number=1).status == "used"


def test_a_file_that_is_gone_is_said(desk) -> None:
    version(1, "used").path.unlink()
    assert "内容分类模型第1版用不了" in text_of(desk.get("/settings/models/"))


def test_it_is_the_administrators_alone(client, cast) -> None:
    client.force_login(cast.dispatcher)
    assert client.get("/settings/models/").status_code == 403
    assert client.post("/settings/models/topic/back/", {"seen": "1"}).status_code == 403
