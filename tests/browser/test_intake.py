"""The desk in a real browser: a direct answer by keys alone, a crash survived, calls logged in one key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from huiying.cases.models import Case
from huiying.intake import calls, shifts
from huiying.intake.models import CallLog
from tests import make
from tests.browser.looks import OFFICE, everywhere
from tests.cast import Cast, people

SignIn = Callable[[Any], Page]
NOW = make.at(3, 15, 10)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def cast(live_server: Any) -> Cast:
    """A town where people have called before."""
    make.town()
    make.case("东街自来水何时恢复", status="handling", nature="inquiry")
    make.case("东街自来水何时恢复供水", nature="inquiry")
    cast = people()
    calls.log("police", by=cast.dispatcher, at=NOW)
    calls.note_number(make.CALLER.phone, "听力不便，请大声", by=cast.supervisor, at=NOW)
    shifts.start(by=cast.operator, at=make.at(3, 14))
    shifts.end(by=cast.operator, at=make.at(3, 14, 18), handover="东街停水，来电较多。")
    return cast


class Keys:
    """The keyboard, counting every key pressed but those of the text typed."""

    def __init__(self, page: Page) -> None:
        self.keyboard, self.pressed = page.keyboard, 0

    def press(self, keys: str) -> None:
        self.keyboard.press(keys)
        self.pressed += len(keys.split("+"))


def test_a_direct_answer_takes_under_ten_keys_and_the_text(sign_in: SignIn, cast: Cast) -> None:
    page = sign_in(cast.operator)
    page.goto("/intake/")
    keys = Keys(page)
    expect(page.locator("#phone")).to_be_focused()
    page.keyboard.type("13900001234")
    expect(page.locator("#known")).to_contain_text("听力不便，请大声")
    keys.press("Alt+T")
    page.keyboard.type("东街自来水何时恢复供水")
    expect(page.locator("#known")).to_contain_text("相似的在办件")
    page.evaluate("document.getElementById('nature').value = 'report'")  # chosen before the page could ask
    keys.press("Alt+Y")
    expect(page.locator("#nature")).to_have_value("report")
    expect(page.locator("#topic")).to_have_value("城乡建设 — 供水")
    expect(page.locator("#known")).not_to_contain_text("建议（须确认）")  # nothing is left to suggest
    keys.press("Alt+A")
    page.keyboard.type("预计今晚八点恢复。")
    keys.press("Control+Enter")
    expect(page.locator(".tell.success")).to_contain_text("已登记，已答复")
    assert keys.pressed < 10
    case = Case.objects.latest("id")
    assert (case.mode, case.texts.get(kind="note").text) == ("direct", "预计今晚八点恢复。")
    expect(page.locator("#phone")).to_be_focused()
    expect(page.locator("#title")).to_have_value("")


def test_a_draft_survives_a_crash_of_the_browser(sign_in: SignIn, cast: Cast) -> None:
    page = sign_in(cast.operator)
    page.goto("/intake/")
    page.fill("#phone", "13900005678")
    page.fill("#body", "门前路灯坏了三天，写到这里")
    expect(page.locator("#autosave")).to_contain_text("草稿已存")
    page.wait_for_timeout(1500)
    context = page.context
    page.close(run_before_unload=False)
    again = context.new_page()
    again.goto("/intake/")
    expect(again.get_by_text("已恢复")).to_be_visible()
    expect(again.locator("#body")).to_have_value("门前路灯坏了三天，写到这里")
    expect(again.locator("#phone")).to_have_value("13900005678")
    again.get_by_role("button", name="丢弃").click()
    expect(again.locator("#body")).to_have_value("")


def test_a_call_that_is_no_case_is_logged_by_one_key(sign_in: SignIn, cast: Cast) -> None:
    page = sign_in(cast.operator)
    page.goto("/intake/")
    page.keyboard.press("Alt+X")
    expect(page.locator(".tell.success")).to_contain_text("已记下：无声或挂断")
    assert CallLog.objects.filter(operator=cast.operator).count() == 1


def test_a_double_click_registers_one_case(sign_in: SignIn, cast: Cast) -> None:
    page = sign_in(cast.operator)
    page.goto("/intake/")
    before = Case.objects.count()
    page.fill("#title", "枫林乡路灯不亮")
    page.select_option("#nature", "report")
    page.get_by_role("button", name="登记转办").dblclick()
    expect(page.locator(".tell.success")).to_contain_text("待派单")
    assert Case.objects.count() == before + 1


def test_the_topics_follow_the_channel(sign_in: SignIn, cast: Cast) -> None:
    page = sign_in(cast.operator)
    page.goto("/intake/")
    page.fill("#title", "看病挂号难")
    page.select_option("#channel", "mailbox")
    expect(page.locator("#topic-names option")).to_have_count(3)  # 民生 and the two below it
    page.keyboard.press("Alt+C")
    page.keyboard.type("就医")
    page.select_option("#nature", "report")
    expect(page.locator("#title")).to_have_value("看病挂号难")
    page.keyboard.press("Alt+S")
    expect(page.locator(".tell.success")).to_contain_text("待派单")
    assert Case.objects.latest("id").topic.path == "net/民生/就医"


def test_the_ways_out_are_in_sight_and_the_nature_has_its_key(sign_in: SignIn, cast: Cast) -> None:
    page = sign_in(cast.dispatcher)
    page.set_viewport_size(OFFICE)
    page.goto("/intake/")
    for name in ("直接答复", "登记转办", "不予受理"):
        box = page.locator(".ways").get_by_role("button", name=name).bounding_box()
        assert box
        assert box["y"] + box["height"] <= OFFICE["height"], name
    page.keyboard.press("Alt+N")
    expect(page.locator("#nature")).to_be_focused()


def test_a_caller_adds_to_the_case_that_is_there(sign_in: SignIn, cast: Cast) -> None:
    page = sign_in(cast.operator)
    page.goto("/intake/")
    before = Case.objects.count()
    page.fill("#phone", make.CALLER.phone)
    page.fill("#body", "今天又停了半天")
    page.get_by_role("button", name="补充到此件").first.click()
    expect(page.locator(".tell.success")).to_contain_text("已补充到")
    assert Case.objects.count() == before


def test_the_desk_works_with_scripts_off(browser: Browser, live_server: Any, cast: Cast) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto("/intake/")
    page.fill("#id_username", "xiaozhang")
    page.fill("#id_password", make.PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.fill("#phone", make.CALLER.phone)
    page.fill("#title", "东街自来水何时恢复供水")
    page.get_by_role("button", name="查来电").click()
    expect(page.locator("#known")).to_contain_text("听力不便，请大声")
    page.get_by_role("button", name="全部采用").click()
    expect(page.locator("#topic")).to_have_value("城乡建设 — 供水")
    page.fill("#answer", "预计今晚八点恢复。")
    page.get_by_role("button", name="直接答复").click()
    expect(page.locator(".tell.success")).to_contain_text("已登记，已答复")
    context.close()


def test_axe_finds_nothing_and_nothing_sticks_out(sign_in: SignIn, cast: Cast) -> None:
    both = make.person("duo", "杜双", "operator", "dispatcher", "supervisor")
    calls.log("police", by=both, at=NOW)
    page = sign_in(both)
    for address in ("/intake/", "/intake/scores/?day=2022-03-15"):
        page.goto(address)
        if address == "/intake/":
            page.fill("#phone", make.CALLER.phone)
            page.fill("#title", "东街自来水何时恢复供水")
            expect(page.locator("#known")).to_contain_text("承办单位")
        assert not everywhere(page, address, night=True)
