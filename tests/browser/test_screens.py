"""The screens in a real browser: clean to a screen reader, worked by keyboard, by phone, without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from huiying.cases.models import Case
from tests import make
from tests.browser.looks import PHONE, everywhere, troubles
from tests.cast import Cast, people
from tests.workbench.test_bulletins import edition, figure

SignIn = Callable[[Any], Page]


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    at = make.at(3, 15, 10)
    monkeypatch.setattr(timezone, "now", lambda: at)


@pytest.fixture
def cast(live_server: Any) -> Cast:
    """A town with something to do at every stage, and a bulletin."""
    make.town()
    for status in make.STEPS:
        make.case(f"{status}的一件", status=status, co=["housing"], urgency="urgent")
    make.case("快到期的一件", status="handling", nature="inquiry", received=make.at(3, 11))
    make.case("今天到期的一件", status="handling", nature="inquiry", received=make.at(3, 10))
    make.case("还早的一件", status="handling", received=make.at(3, 14), secret=True)
    edition(figure(), figure("F2", shown="3", reason="与附件一致"))
    return people()


def screens() -> dict[str, str]:
    numbers = {case.status: case.number for case in Case.objects.order_by("id")}
    return {
        "glance": "/",
        "list": "/cases/?status=open&sort=due",
        "empty list": "/cases/?q=没有",
        "odd list": "/cases/?nature=没有",
        "case at the unit": f"/cases/{numbers['handling']}/",
        "case to be ruled": f"/cases/{numbers['returning']}/",
        "case in review": f"/cases/{numbers['reviewing']}/",
        "closed case": f"/cases/{numbers['closed']}/",
        "bulletins": "/bulletins/",
        "bulletin": "/bulletins/{}/",
        "figure": "/bulletins/{}/figures/F2/",
        "password": "/password/",
    }


def addresses() -> dict[str, str]:
    from huiying.bulletins.models import Edition

    pk = Edition.objects.get().pk
    return {name: url.format(pk) for name, url in screens().items()}


def test_axe_finds_nothing_and_nothing_sticks_out(sign_in: SignIn, cast: Cast) -> None:
    page = sign_in(cast.dispatcher)
    found = []
    for name, url in addresses().items():
        page.goto(url)
        found += everywhere(page, name, night=True)
    assert not found, "\n".join(found)


def test_axe_finds_nothing_at_the_door(page: Page, cast: Cast) -> None:
    page.goto("/sign-in/")
    assert not troubles(page)
    page.fill("#id_username", "xiaozhang")
    page.fill("#id_password", "不是这个密码")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("用户名或密码不正确")
    assert not troubles(page)


def test_the_list_is_filtered_without_a_new_page_and_the_address_follows(sign_in: SignIn, cast: Cast) -> None:
    page = sign_in(cast.dispatcher)
    page.goto("/cases/")
    page.evaluate("window.sameDocument = true")
    page.select_option("#f-status", "handling")
    expect(page.get_by_text("状态：办理中")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/cases/\?status=handling$"))
    page.fill("#q", "快到期")
    page.keyboard.press("Enter")
    expect(page.locator("[data-rows] tbody tr")).to_have_count(1)
    assert page.evaluate("window.sameDocument") is True
    page.reload()
    expect(page.locator("[data-rows] tbody tr")).to_have_count(1)
    expect(page.locator("#f-status")).to_have_value("handling")


def test_the_keyboard_alone_finds_and_opens_a_case(sign_in: SignIn, cast: Cast) -> None:
    page = sign_in(cast.dispatcher)
    page.goto("/")
    page.keyboard.press("/")
    expect(page.locator("#quick")).to_be_focused()
    page.keyboard.type("今天到期?")  # within a field these are only letters
    expect(page.locator("#help")).not_to_have_attribute("open", "")
    page.keyboard.press("Backspace")
    page.keyboard.press("Enter")
    expect(page.locator("[data-rows] tbody tr")).to_have_count(1)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("今天到期的一件")
    page.keyboard.press("?")
    expect(page.locator("#help")).to_have_attribute("open", "")
    page.keyboard.press("g")
    page.keyboard.press("c")
    expect(page).to_have_url(re.compile(r"/cases/$"))


def test_focus_is_seen_wherever_it_stands(sign_in: SignIn, cast: Cast) -> None:
    page = sign_in(cast.dispatcher)
    for name in ("list", "case at the unit"):
        page.goto(addresses()[name])
        seen = set()
        for _ in range(40):
            page.keyboard.press("Tab")
            width, label = page.evaluate(
                "[getComputedStyle(document.activeElement).outlineWidth,"
                " document.activeElement.outerHTML.slice(0, 80)]"
            )
            if label.startswith("<body"):
                break
            seen.add(label)
            assert width in {"2px", "3px"}, label
        assert len(seen) > 12


def test_a_double_click_makes_one_move(sign_in: SignIn, cast: Cast) -> None:
    case = Case.objects.get(title="dispatched的一件")
    page = sign_in(cast.clerk)
    page.goto(f"/cases/{case.number}/")
    page.get_by_role("button", name="认领").dblclick()
    expect(page.get_by_role("status")).to_contain_text("已认领")
    assert case.events.filter(kind="claim").count() == 1


def test_a_figure_opens_beside_the_text_and_closes_again(sign_in: SignIn, cast: Cast) -> None:
    page = sign_in(cast.dispatcher)
    page.goto(addresses()["bulletin"])
    link = page.locator("a[data-figure]").first
    link.click()
    expect(page.locator("#panel")).to_contain_text("本期受理的件")
    assert not troubles(page)
    expect(page).to_have_url(re.compile(r"/bulletins/\d+/$"))
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_empty()
    expect(link).to_be_focused()


def test_everything_works_with_scripts_off(browser: Browser, live_server: Any, cast: Cast) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto("/cases/?status=open")
    page.fill("#id_username", "chenjing")
    page.fill("#id_password", make.PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.locator("[data-rows] tbody tr").first).to_be_visible()
    page.select_option("#f-status", "dispatched")
    page.get_by_role("button", name="查询").click()
    page.locator("[data-rows] .number a").first.click()
    page.get_by_role("button", name="认领").click()
    expect(page.get_by_role("status")).to_contain_text("已认领")
    number = page.locator(".crumbs").inner_text().split("/")[-1].strip()
    page.get_by_role("link", name="写答复、传附件、分办").click()
    page.locator("summary", has_text="申请退办").click()
    form = page.locator("details.move", has_text="申请退办").locator("form")
    form.locator("select[name=return_reason]").select_option("not_ours")
    form.locator("textarea").fill("管网属住建部门")
    form.get_by_role("button").click()
    page.locator(".crumbs").get_by_role("link", name=number).click()
    expect(page.locator(".timeline")).to_contain_text("申请退办：不属于本单位职责")
    context.close()
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(f"/sign-in/?next={addresses()['bulletin']}")
    page.fill("#id_username", "fengli")
    page.fill("#id_password", make.PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.locator("a[data-figure]").first.click()
    expect(page.locator(".figure-card")).to_contain_text("本期受理的件")
    context.close()


def test_on_a_phone_the_menu_folds_and_a_row_is_a_card(sign_in: SignIn, cast: Cast) -> None:
    page = sign_in(cast.dispatcher)
    page.set_viewport_size(PHONE)
    page.goto("/cases/")
    expect(page.locator(".menu")).to_be_hidden()
    page.locator(".me summary").click()
    page.locator(".me-pages").get_by_text("通报").click()
    expect(page).to_have_url(re.compile("/bulletins/$"))
    page.goto("/cases/")
    assert page.locator("[data-rows] thead").evaluate("node => getComputedStyle(node).position") == "absolute"


def test_paper_gets_the_case_without_buttons(sign_in: SignIn, cast: Cast) -> None:
    page = sign_in(cast.dispatcher)
    page.goto(addresses()["case at the unit"])
    page.emulate_media(media="print")
    expect(page.locator(".top")).to_be_hidden()
    expect(page.locator(".moves")).to_be_hidden()
    expect(page.locator(".timeline")).to_be_visible()
