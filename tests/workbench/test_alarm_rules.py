"""The settings of alarms on screen: a look at what they would tell now, then kept."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from huiying.accounts.models import Trail
from huiying.cases import place
from huiying.cases.models import Office
from huiying.mining import watch
from huiying.mining.models import Alarm
from huiying.ops.place import document
from tests.mining.test_watch import quiet_weeks, reports

pytestmark = pytest.mark.django_db
URL = "/settings/alarms/"
EVERY = ["rise", "mass", "words"]
USUAL = {"on": EVERY, "budget": "0.2", "least": "3", "persons": "5", "hours": "72"}


@pytest.fixture
def admin(client, cast):
    client.force_login(cast.admin)
    return client


@pytest.fixture
def told(admin) -> Callable[..., str]:
    """What the page says to what is typed on it."""

    def told(**given) -> str:
        seen = re.search(r'name="seen" value="([^"]+)"', admin.get(URL).content.decode())
        answer = admin.post(URL, {"seen": seen[1], "do": "preview", **USUAL, **given}, follow=True)
        return answer.content.decode()

    return told


def test_the_page_shows_what_holds_and_what_was_told_of_late(admin, now) -> None:
    Office.objects.update(
        config={"alarms": {"off": ["mass"], "words": ["龙舟翻"], "without_words": ["疫情"]}}
    )
    Office.touch()
    Alarm.objects.create(kind="words", key="case:1", said="…", raised_at=now, last_at=now, persons=1)
    page = admin.get(URL).content.decode()
    assert re.findall(r'name="on" value="(\w+)"[^>]*checked', page) == ["rise", "words"]
    assert re.findall(r'name="without_words" value="([^"]+)"[^>]*checked', page) == ["疫情"]
    assert "龙舟翻</textarea>" in page
    assert "突增 0 条，多人同诉 0 条，舆情 1 条" in page
    assert "察看突增、舆情" in admin.get("/settings/").content.decode()


def test_a_change_is_looked_at_before_it_is_kept(admin, told, django_assert_max_num_queries) -> None:
    quiet_weeks()
    reports(4, "丽发新城搅拌站夜间噪音扰民")
    with django_assert_max_num_queries(25):  # of them two looks of the watch
        page = told(on=["mass"], persons="4")
    assert "多出：" in page
    assert "“供水”类同一事项 72小时4件、4人" in page
    assert "丽发新城" not in page
    assert Office.objects.get().config == {}
    assert not Alarm.objects.exists()


def test_what_is_kept_holds_is_told_to_the_trail_and_is_exported(admin, told, now) -> None:
    assert "已保存预警设置" in told(on=["words"], words="龙舟翻", without_words=["疫情"], do="save")
    line = Trail.objects.get()
    assert (line.kind, line.subject) == ("setting", "预警设置")
    said = {"察看": "舆情", "另加的舆情词": "龙舟翻", "不用的自带舆情词": "疫情"}
    assert line.data["after"] == said
    numbers = {"budget": 0.2, "least": 3, "persons": 5, "hours": 72}
    lists = {"off": ["rise", "mass"], "words": ["龙舟翻"], "without_words": ["疫情"]}
    assert document()["alarms"] == numbers | lists
    reports(1, "端午龙舟翻了，请处理")
    watch.watch(place.current(), now)
    assert "龙舟翻" in Alarm.objects.get().said
    assert "没有改动" in told(on=["words"], words="龙舟翻", without_words=["疫情"], do="save")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"budget": "很少"}, "“每天允许的误报次数”请填 0.001 至 10 的数。"),
        ({"budget": "nan"}, "“每天允许的误报次数”请填 0.001 至 10 的数。"),
        ({"persons": "1"}, "“多人同诉至少几人”请填 2 至 1000 的整数。"),
        ({"hours": ""}, "“多人同诉看多少小时”请填 1 至 720 的整数。"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence_at_its_field(told, given, said) -> None:
    page = told(**given, do="save")
    assert said in page
    assert 'aria-invalid="true"' in page
    assert Office.objects.get().config == {}


def test_a_broken_configuration_is_said_and_can_be_mended_here(admin, told) -> None:
    Office.objects.update(config={"alarms": {"persons": 1}})
    Office.touch()
    assert "persons（多人同诉至少几人）请写" in admin.get(URL).content.decode()
    assert "预警停着" in admin.get("/settings/").content.decode()
    assert "已保存" in told(do="save")
    assert "写得不对" not in admin.get(URL).content.decode()
