"""Standard texts in a real browser: taken over with one press, nothing typed is lost, previewed as typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from huiying.cases.models import Case
from huiying.knowledge import standard_texts
from huiying.knowledge.models import StandardText
from tests import make
from tests.browser.looks import everywhere
from tests.cast import Cast, people

SignIn = Callable[[Any], Page]
NOW = make.at(3, 15, 10)
OPENING = "您的诉求（{诉求件编号}）答复如下："


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def cast(live_server: Any) -> Cast:
    make.town()
    cast = people()
    for move, text in (
        ("draft_reply", OPENING),
        ("direct_answer", "编号{诉求件编号}，可凭编号查询。"),
        ("refuse", "请到主管单位办理。"),
    ):
        row = StandardText(code=move, name=f"{move} 用语", move=move, text=text)
        standard_texts.revise(row, seen="", by=cast.admin, at=NOW)
    return cast


def test_a_text_goes_below_what_is_typed_once_and_comes_out_again(sign_in: SignIn, cast: Cast) -> None:
    case = make.case(status="handling", received=make.at(3, 14))
    page = sign_in(cast.clerk)
    page.goto(f"/cases/{case.number}/task/1/")
    answer, words = page.locator("#public-answer"), f"您的诉求（{case.number}）答复如下："
    answer.fill("您好！")
    page.get_by_text("标准用语（1）").first.click()
    button = page.get_by_role("button", name="填入 draft_reply 用语")
    button.dblclick()
    expect(answer).to_have_value(f"您好！\n{words}")
    expect(answer).to_be_focused()
    page.keyboard.press("Control+z")
    expect(answer).to_have_value("您好！")


def test_the_operator_takes_texts_over_at_the_desk(sign_in: SignIn, cast: Cast) -> None:
    page = sign_in(cast.operator)
    page.goto("/intake/")
    page.fill("#title", "东街何时供水")
    page.get_by_text("不予受理（1）").click()
    page.get_by_role("button", name="填入 refuse 用语").click()
    expect(page.locator("#told")).to_have_value("请到主管单位办理。")
    page.select_option("#nature", "inquiry")
    page.fill("#topic", "供水")
    page.fill("#answer", "今晚八点恢复供水。")
    page.get_by_text("直接答复（1）").click()
    page.get_by_role("button", name="填入 direct_answer 用语").click()
    page.get_by_role("button", name="直接答复 Ctrl").click()
    expect(page.locator(".tell.success")).to_contain_text("已登记，已答复")
    case = Case.objects.get()
    assert case.texts.get(kind="note").text == f"今晚八点恢复供水。\n编号{case.number}，可凭编号查询。"


def test_with_scripts_off_a_text_can_be_read_and_no_button_pretends(
    browser: Browser, live_server: Any, cast: Cast
) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto("/intake/")
    page.fill("#id_username", "xiaozhang")
    page.fill("#id_password", make.PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.get_by_text("不予受理（1）").click()
    expect(page.get_by_text("请到主管单位办理。")).to_be_visible()
    expect(page.locator("[data-insert]").first).to_be_hidden()
    context.close()


def test_the_preview_follows_the_typing(sign_in: SignIn, cast: Cast) -> None:
    case = make.case(status="handling", received=make.at(3, 14))
    page = sign_in(cast.admin)
    page.goto("/settings/texts/new/")
    page.fill("#id_text", "请{承办单位}办理")
    expect(page.locator("#preview")).to_contain_text("请水务局办理")
    page.fill("#case", case.number)
    expect(page.locator("#preview")).to_contain_text("请云溪县水务局办理")
    page.fill("#id_text", "请{承办}办理")
    expect(page.locator("#preview .error")).to_contain_text("您是否要找：承办单位")


def test_axe_finds_nothing_and_nothing_sticks_out(sign_in: SignIn, cast: Cast) -> None:
    case = make.case(status="handling", received=make.at(3, 14))
    pk = StandardText.objects.get(move="draft_reply").pk
    page = sign_in(make.person("duo", "杜双", "admin", "operator", "clerk", unit="water"))
    for address in (
        "/settings/texts/",
        f"/settings/texts/{pk}/",
        "/intake/",
        f"/cases/{case.number}/task/1/",
    ):
        page.goto(address)
        assert not everywhere(page, address)
