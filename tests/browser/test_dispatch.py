"""派单台 and 退办与延期 in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from huiying.accounts.models import Unit
from huiying.cases.models import Accused, Case
from tests import make
from tests.browser.looks import OFFICE, everywhere
from tests.cast import Cast, people

SignIn = Callable[[Any], Page]


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    at = make.at(3, 15, 10)
    monkeypatch.setattr(timezone, "now", lambda: at)


@pytest.fixture
def cast(live_server: Any) -> Cast:
    """A morning: precedents, four cases to dispatch, three requests to rule upon."""
    make.town()
    for _ in range(4):
        make.case("以前的一件", status="handling", caller=make.PersonData())
    make.case("先到的一件", received=make.at(3, 11), caller=make.PersonData())
    make.case("要回避的一件", received=make.at(3, 14), caller=make.PersonData())
    make.case("第一次来电", status="handling")
    make.case(
        "又一次来电", received=make.at(3, 14), urgency="urgent", body="第一次来电，已有三天，请尽快处理。"
    )
    make.case("没有先例的一件", received=make.at(3, 15, 9), topic="", area="", nature="inquiry")
    accused = Case.objects.get(title="要回避的一件")
    Accused.objects.create(case=accused, kind="unit", unit=Unit.objects.get(code="water"))
    asks = make.case("退办的一件", status="dispatched", received=make.at(3, 14), topic="", area="")
    make.step(asks, "ask_return", on=1, reason="not_ours", proposed="housing", note="三定规定第四条")
    often = make.case("退了三次的一件", status="dispatched", topic="", area="")
    for no, after in enumerate(("housing", "market"), 1):
        make.step(often, "ask_return", on=no, reason="not_ours")
        make.step(often, "redirect_return", on=no, units=[{"unit": after, "role": "lead"}])
    make.step(often, "ask_return", on=3, reason="other_place")
    later = make.case("延期的一件", status="handling", received=make.at(3, 14), topic="", area="")
    make.step(later, "ask_extension", on=1, proposed="2022-04-12", note="等待检测结果")
    return people()


def number(title: str) -> str:
    return Case.objects.get(title=title).number


def test_axe_finds_nothing_and_nothing_sticks_out(sign_in: SignIn, cast: Cast) -> None:
    page = sign_in(cast.dispatcher)
    found = []
    addresses = ["/dispatch/", "/rulings/"]
    addresses += [f"/dispatch/{number(title)}/" for title in ("要回避的一件", "又一次来电")]
    for url in addresses:
        page.goto(url)
        found += everywhere(page, url)
    assert not found, "\n".join(found)


def test_the_dispatcher_works_through_the_morning(sign_in: SignIn, cast: Cast) -> None:
    page = sign_in(cast.dispatcher)
    page.set_viewport_size(OFFICE)
    page.goto("/dispatch/")
    expect(page.locator("[data-rows] tbody tr").first).to_contain_text("先到的一件")
    page.get_by_role("button", name=f"将 {number('先到的一件')} 派给云溪县水务局").dblclick()
    expect(page.locator(".told")).to_contain_text("派给云溪县水务局")
    page.get_by_role("button", name="撤销派单").click()
    expect(page.locator(".told")).to_contain_text("已撤销 1 件派单")
    page.goto(f"/dispatch/{number('要回避的一件')}/")
    page.fill("#lead", "云溪县水务局")
    page.locator("#lead").press("Tab")
    expect(page.locator("#dues")).to_contain_text("应当回避")
    page.fill("#lead", "云溪县住建局")
    page.locator("#lead").press("Tab")
    expect(page.locator("#dues")).not_to_contain_text("应当回避")
    expect(page.locator("#dues")).to_contain_text("2022-03-16")
    page.get_by_role("button", name="派单", exact=True).click()
    page.get_by_label(f"勾选 {number('先到的一件')}").check()
    page.get_by_label(f"勾选 {number('没有先例的一件')}").check()
    page.fill("#bulk-lead", "石桥镇")
    page.get_by_role("button", name="派出勾选的").click()
    expect(page.locator(".told")).to_contain_text("已将 2 件派给石桥镇")
    page.get_by_role("link", name=f"处理 {number('又一次来电')}").click()
    page.get_by_role("button", name="答复进展，不派单").click()
    expect(page.locator(".empty")).to_contain_text("没有待派单的诉求件")


def test_the_dispatcher_rules_without_scripts(browser: Browser, live_server: Any, cast: Cast) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto("/rulings/")
    page.fill("#id_username", "laoli")
    page.fill("#id_password", make.PASSWORD)
    page.get_by_role("button", name="登录").click()
    first = page.locator("section.card").first
    expect(first).to_contain_text("已有 3 个单位申请退办")
    first.locator("summary", has_text="指定承办").click()
    first.locator("details[open] textarea").fill("经协调由你单位承办")
    first.locator("details[open] button").click()
    expect(page.locator(".told")).to_contain_text("已指定承办")
    second = page.locator("section.card", has_text="退办的一件")
    second.locator("summary", has_text="改派").click()
    expect(second.locator("details[open] input[name=lead]")).to_have_value("云溪县住建局")
    second.locator("details[open] button").click()
    expect(page.locator(".told")).to_contain_text("已改派")
    page.goto("/dispatch/")
    page.get_by_label(f"勾选 {number('先到的一件')}").check()
    page.fill("#bulk-lead", "云溪县水务局")
    page.get_by_role("button", name="派出勾选的").click()
    expect(page.locator(".told")).to_contain_text("已将 1 件派给云溪县水务局")
    context.close()
