"""The administrator's and the auditor's day in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from huiying.accounts.models import User
from huiying.cases.models import CalendarDay, Nature
from huiying.ops import batch_work
from tests import make
from tests.browser.looks import everywhere, troubles
from tests.cast import Cast, people

SignIn = Callable[[Any], Page]
PAGES = (
    "/settings/",
    "/settings/people/",
    "/settings/people/new/",
    "/settings/units/",
    "/settings/units/1/",
    "/settings/topics/",
    "/settings/channels/1/",
    "/settings/retention/",
    "/settings/retention/new/",
    "/settings/callbacks/",
    "/settings/alarms/",
    "/settings/notices/",
    "/settings/notices/rules/dispatch/",
    "/settings/notices/robots/new/",
    "/settings/rules/",
    "/settings/rules/version/reply/",
    "/settings/calendar/?day=2022-05-02",
    "/delegations/",
)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    at = make.at(3, 15, 10)
    monkeypatch.setattr(timezone, "now", lambda: at)


@pytest.fixture
def cast(live_server: Any) -> Cast:
    make.town()
    make.case(status="handling", received=make.at(3, 14))
    return people()


def pages() -> list[str]:
    from huiying.accounts.models import Unit
    from huiying.cases.models import Channel

    unit, channel = Unit.objects.earliest("pk").pk, Channel.objects.earliest("pk").pk
    return [url.replace("units/1/", f"units/{unit}/").replace("s/1/", f"s/{channel}/") for url in PAGES]


def test_axe_finds_nothing_and_nothing_sticks_out(sign_in: SignIn, cast: Cast) -> None:
    found = []
    for user, urls in ((cast.admin, pages()), (cast.auditor, ["/trail/"])):
        page = sign_in(user)
        for url in urls:
            page.goto(url)
            found += everywhere(page, url)
    assert not found, "\n".join(found)


def test_an_account_is_opened_by_keyboard_and_its_owner_chooses_a_password(
    sign_in: SignIn, cast: Cast
) -> None:
    page = sign_in(cast.admin)
    page.goto("/settings/people/new/")
    page.focus("#id_username")
    page.keyboard.type("dinghua")
    page.keyboard.press("Tab")
    page.keyboard.type("丁华")
    page.get_by_label("回访员").focus()
    page.keyboard.press("Space")
    page.focus("#id_name")
    page.keyboard.press("Enter")
    password = page.locator(".once").inner_text()
    page.context.clear_cookies()
    page.goto("/sign-in/")
    page.fill("#id_username", "dinghua")
    page.fill("#id_password", password)
    page.keyboard.press("Enter")
    expect(page.get_by_text("您用的是一次性密码")).to_be_visible()
    page.fill("#id_old_password", password)
    page.fill("#id_new_password1", "shi-qiao-liu-shui")
    page.fill("#id_new_password2", "shi-qiao-liu-shui")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("密码已修改")
    assert User.objects.get(username="dinghua").roles == {"callback"}


def test_two_administrators_at_once(sign_in: SignIn, cast: Cast) -> None:
    page = sign_in(cast.admin)
    url = f"/settings/natures/{Nature.objects.get(code='tip').pk}/"
    page.goto(url)
    other = page.context.new_page()
    other.goto(url)
    other.fill("#id_name", "检举")
    other.get_by_role("button", name="保存").click()
    expect(other.get_by_role("status")).to_contain_text("已保存")
    page.fill("#id_name", "控告")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("alert")).to_contain_text("刚刚已被别人改过")
    expect(page.locator("#id_name")).to_have_value("控告")
    expect(page.locator("dl.facts")).to_contain_text("检举")
    assert not troubles(page)


def test_a_day_of_the_calendar_opens_beside_it_and_is_changed(sign_in: SignIn, cast: Cast) -> None:
    page = sign_in(cast.admin)
    page.goto("/settings/calendar/")
    page.evaluate("window.sameDocument = true")
    page.locator("a[href='?day=2022-03-18']").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#day")).to_contain_text("2022年3月18日")
    assert page.evaluate("window.sameDocument") is True
    page.get_by_label("节假日").check()
    page.fill("#day-name", "县庆")
    page.get_by_role("button", name="保存并重算时限").click()
    expect(page.locator("#batch")).to_contain_text("重算时限：等待")
    assert not troubles(page)
    page.evaluate("window.sameDocument = true")
    batch_work.run(timezone.now())
    expect(page.locator("#batch")).to_contain_text("已重算 1 件")  # by itself
    assert page.evaluate("window.sameDocument") is True
    assert not troubles(page)
    assert CalendarDay.objects.get(day="2022-03-18").kind == "holiday"


def test_the_calendar_and_a_unit_are_changed_with_scripts_off(
    browser: Browser, live_server: Any, cast: Cast
) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto("/sign-in/?next=/settings/calendar/")
    page.fill("#id_username", "guanli")
    page.fill("#id_password", make.PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.locator("a[href='?day=2022-03-18']").click()
    page.get_by_label("节假日").check()
    page.get_by_role("button", name="保存并重算时限").click()
    expect(page.locator("#batch")).to_contain_text("重算时限：等待")
    batch_work.run(timezone.now())
    page.get_by_role("link", name="单看进度").click()
    expect(page.locator("#batch")).to_contain_text("已重算 1 件")
    page.goto("/settings/units/")
    page.get_by_role("link", name="云溪县水务局").click()
    page.get_by_label("一人单位").check()
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("row", name="云溪县水务局")).to_contain_text("一人单位")
    context.close()


def test_a_notice_is_switched_off_and_reworded_with_scripts_off(
    browser: Browser, live_server: Any, cast: Cast
) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto("/sign-in/?next=/settings/notices/")
    page.fill("#id_username", "guanli")
    page.fill("#id_password", make.PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.get_by_label("补充材料：站内").uncheck()
    page.get_by_label("派单：群机器人", exact=True).check()
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("row", name="补充材料")).to_contain_text("停用")
    page.get_by_role("link", name="催办", exact=True).click()
    page.get_by_label("领导").check()
    page.get_by_label("内容").fill("{编号} 请{单位}马上办")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("row", name="催办").first).to_contain_text("请{单位}马上办")
    expect(page.get_by_role("row", name="催办").first).to_contain_text("领导")
    context.close()
