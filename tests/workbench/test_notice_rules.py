"""The rules of notices on screen: every row, what leaves the house, other people and texts, robots."""

import re
from typing import Any

import pytest

from huiying.accounts.models import Trail, Unit
from huiying.cases import place
from huiying.cases.models import Office
from huiying.notices import rules, telling
from huiying.notices.models import Notice, Outbox
from huiying.ops.place import document
from tests import make
from tests.notices.test_sending import Robot, robot  # noqa: F401 - the robot of a group, on this machine

pytestmark = pytest.mark.django_db
URL = "/settings/notices/"
NAMES = list(rules.TITLES)


@pytest.fixture
def admin(client, cast):
    client.force_login(cast.admin)
    return client


def seen(client, url: str = URL) -> str:
    found = re.search(r'name="seen" value="([^"]+)"', client.get(url).content.decode())
    assert found
    return found[1]


def post(client, at: str = URL, /, **given: Any) -> str:
    return client.post(at, {"seen": seen(client, at)} | given, follow=True).content.decode()


def stored() -> dict[str, Any]:
    return Office.objects.get().config.get("notices", {})


def water() -> str:
    return f"/settings/notices/robots/{Unit.objects.get(code='water').pk}/"


@pytest.mark.parametrize(
    "url", [URL, f"{URL}rules/dispatch/", f"{URL}rules/reconcile.rule/", f"{URL}robots/new/"]
)
def test_the_pages_are_for_the_administrator_alone_and_cheap(
    client, cast, url, django_assert_max_num_queries
) -> None:
    for user in cast.everybody():
        client.force_login(user)
        if user != cast.admin:
            assert client.get(url).status_code == 403, user
    client.force_login(cast.admin)
    with django_assert_max_num_queries(12):
        assert client.get(url).status_code == 200
    assert client.get(f"{URL}rules/nothing/").status_code == 404


def test_every_rule_is_a_row_with_whom_it_tells_and_what(admin) -> None:
    page = admin.get(URL).content.decode()
    assert re.findall(r'name="on" value="([\w.]+)"', page) == NAMES
    assert "{编号} 派给{单位}，请认领" in page
    for rule in (*rules.EVENTS.values(), *rules.CLOCKS.values(), *rules.CLOSING.values()):
        assert rule.title in page
    assert f"{len(NAMES)} 条在用，0 个群机器人" in admin.get("/settings/").content.decode()


def test_ticks_are_kept_hold_and_are_exported(admin, cast) -> None:
    on = [name for name in NAMES if name != "supplement"]
    page = post(admin, on=on, mail=["digest", "reply.overdue"], webhook=["dispatch"])
    assert "已保存通知规则" in page
    kept = {"off": ["supplement"], "mail": ["reply.overdue", "digest"], "webhook": ["dispatch"]}
    assert stored() == document()["notices"] == kept
    case = make.case(status="dispatched", received=make.at(3, 15, 1))
    make.step(case, "supplement", when=make.at(3, 15, 9))
    telling.take_in(place.current(), make.at(3, 15, 10))
    assert set(Notice.objects.values_list("rule", flat=True)) == {"dispatch"}
    line = Trail.objects.get()
    assert line.data["after"]["停用"] == ["补充材料"]
    assert line.data["after"]["另发邮件"] == ["答复逾期", "每日提要"]


def test_all_ticked_stays_all_for_rules_to_come(admin) -> None:
    post(admin, on=NAMES, mail=NAMES, webhook=NAMES)
    assert stored() == {"mail": ["all"], "webhook": ["all"]}
    post(admin, on=NAMES)
    assert stored() == {}


def test_a_rule_that_tells_no_unit_has_no_robot(admin) -> None:
    page = admin.get(URL).content.decode()
    assert 'value="dispatch" aria-label="派单：群机器人"' in page
    assert "申请退办：群机器人" not in page  # it tells the dispatchers


def test_the_second_of_two_administrators_is_told(admin) -> None:
    before = seen(admin)
    post(admin, on=NAMES, mail=["urge"])
    page = admin.post(URL, {"seen": before, "on": NAMES, "mail": ["dispatch"]}).content.decode()
    assert "刚刚已被别人改过" in page
    assert stored() == {"mail": ["urge"]}


# One rule


def test_a_rule_gets_other_people_and_another_text_and_comes_back(admin, cast) -> None:
    url = f"{URL}rules/dispatch/"
    page = post(admin, url, to=["heads", "leaders"], text="新件 {编号} 派给 {单位}")
    assert "已保存“派单”" in page
    assert "已改" in page
    assert "单位负责人、领导" in page
    assert document()["notices"] == {
        "to": {"dispatch": ["heads", "leaders"]},
        "text": {"dispatch": "新件 {number} 派给 {unit}"},
    }
    make.case(status="dispatched", received=make.at(3, 15, 1))
    telling.take_in(place.current(), make.at(3, 15, 10))
    assert set(Notice.objects.values_list("user__username", flat=True)) == {"wangju", "hanxian"}
    line = Trail.objects.get()
    assert line.data["after"] == {
        "派单：告诉谁": ["单位负责人", "领导"],
        "派单：内容": "新件 {编号} 派给 {单位}",
    }
    post(admin, url, do="reset")
    assert stored() == {}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"to": ["heads"], "text": "请认领"}, "内容里要有{编号}"),
        ({"to": ["heads"], "text": "{编号} {情形}"}, "没有“{情形}”这样的空"),
        ({"to": ["heads"], "text": ""}, "内容是空的"),
        ({"text": "{编号}"}, "至少要告诉一种人"),
        ({"to": ["nobody"], "text": "{编号}"}, "nobody"),
    ],
)
def test_what_cannot_be_is_said_and_the_typed_text_stays(admin, given, said) -> None:
    page = post(admin, f"{URL}rules/dispatch/", **given)
    assert said in page
    assert f'value="{given["text"]}"' in page or not given["text"]
    assert stored() == {}


def test_an_overtaken_text_is_shown_beside_what_is_stored(admin) -> None:
    url, given = f"{URL}rules/dispatch/", {"to": ["new_clerks"]}
    before = seen(admin, url)
    post(admin, url, **given, text="{编号} 甲")
    page = admin.post(url, {"seen": before, **given, "text": "{编号} 乙"}).content.decode()
    assert "刚刚已被别人改过" in page
    assert 'value="{编号} 乙"' in page
    assert "<dd>{编号} 甲</dd>" in page


# Robots


def test_a_robot_is_added_tested_and_its_key_shown_to_nobody_again(admin, robot: Robot) -> None:  # noqa: F811
    unit = Unit.objects.get(code="water")
    page = post(admin, f"{URL}robots/new/", unit=unit.pk, kind="dingtalk", url=robot.url, secret="SEC-demo")
    assert "已保存云溪县水务局的群机器人" in page
    assert stored()["robots"]["water"] == {"kind": "dingtalk", "url": robot.url, "secret": "SEC-demo"}
    page = admin.post(f"{water()}test/", follow=True).content.decode()
    assert "对方已收下" in page
    assert "这是一条测试消息" in robot.got[0]["text"]["content"]
    assert "sign=" in robot.asked[0]
    pages = "".join(admin.get(url).content.decode() for url in (URL, water(), f"{URL}robots/new/"))
    said = page + pages + str(list(Trail.objects.values_list("data", "subject")))
    assert "钉钉 127.0.0.1" in said
    assert "secret-key" not in said
    assert "SEC-demo" not in said
    assert Trail.objects.filter(subject="群机器人：云溪县水务局").count() == 1


def test_a_test_that_was_refused_says_why(admin, robot: Robot) -> None:  # noqa: F811
    assert "还没有群机器人" in admin.post(f"{water()}test/", follow=True).content.decode()
    post(admin, water(), kind="wecom", url=robot.url)
    robot.says = b'{"errcode": 93000, "errmsg": "invalid webhook url"}'
    page = admin.post(f"{water()}test/", follow=True).content.decode()
    assert "对方拒收：93000 invalid webhook url" in page


def test_an_empty_address_keeps_the_old_one_and_a_changed_key_is_in_the_trail(admin) -> None:
    post(admin, water(), kind="feishu", url="https://robot.test/hook/one", secret="S1")
    post(admin, water(), kind="feishu", url="", secret="")
    assert stored()["robots"]["water"]["url"] == "https://robot.test/hook/one"
    assert Trail.objects.count() == 1
    post(admin, water(), kind="feishu", url="https://robot.test/hook/two", unsign="on")
    assert stored()["robots"]["water"] == {"kind": "feishu", "url": "https://robot.test/hook/two"}
    changed = Trail.objects.first().data
    assert changed["before"] != changed["after"]
    post(admin, water(), do="remove")
    assert stored() == {}


@pytest.mark.parametrize(
    ("url", "said"), [("", "请填写群机器人的地址"), ("robot.test/x", "地址须以 https://")]
)
def test_an_address_that_cannot_be_is_refused(admin, url, said) -> None:
    assert said in post(admin, water(), kind="wecom", url=url)
    assert stored() == {}


def test_a_broken_configuration_is_said_on_the_page(admin) -> None:
    Office.objects.update(config={"notices": {"off": ["dispach"], "robots": {"water": {}}}})
    Office.touch()
    assert "没有“dispach”这一事由" in admin.get(URL).content.decode()
    assert "通知停着" in admin.get("/settings/").content.decode()
    assert "配置写得不对" in admin.post(URL, {"seen": "x"}).content.decode()
    assert admin.get(water()).status_code == 200
    assert admin.get(f"{URL}rules/dispatch/").status_code == 409


def test_a_unit_with_a_robot_gets_its_messages_through_the_outbox(admin) -> None:
    post(admin, water(), kind="plain", url="https://robot.test/hook")
    post(admin, on=NAMES, webhook=["dispatch"])
    make.case(status="dispatched", received=make.at(3, 15, 1))
    telling.take_in(place.current(), make.at(3, 15, 10))
    assert Outbox.objects.get(channel="webhook").to == "water"
