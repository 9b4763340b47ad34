"""The archive in a real browser: clean to a screen reader, and two people, one without scripts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from huiying.archive.models import Package
from huiying.batches import queue
from huiying.ops import batch_work
from tests import make
from tests.browser.looks import everywhere, troubles
from tests.cast import Cast, people

SignIn = Callable[[Any], Page]
NOW = make.at(6, 20, 10)
PAGES = ("/archiving/", "/archiving/packages/", "/archiving/expired/")


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    settings.HUIYING_HOME = tmp_path


@pytest.fixture
def cast(live_server: Any) -> Cast:
    make.town()
    cast = people()
    first = make.case("第一件", status="closed")
    make.case("第二件", status="closed")
    make.case("第三件", status="closed")
    queue.ask("archive", by=cast.dispatcher, at=NOW, numbers=[first.number])
    batch_work.run(NOW)
    Package.objects.update(until_on="2022-05-31")
    return cast


def test_axe_finds_nothing_and_nothing_sticks_out(sign_in: SignIn, cast: Cast) -> None:
    found = []
    page = sign_in(cast.admin)
    for url in PAGES:
        page.goto(url)
        found += everywhere(page, url)
    assert not found, "\n".join(found)


def test_a_package_is_made_by_itself_and_taken_home(sign_in: SignIn, cast: Cast) -> None:
    page = sign_in(cast.dispatcher)
    page.goto("/archiving/")
    page.get_by_role("link", name="全选本页").click()
    page.get_by_role("button", name="归档勾选的").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#batch")).to_contain_text("归档：等待")
    batch_work.run(NOW)
    expect(page.locator("#batch")).to_contain_text("已归档 2 件")
    page.get_by_role("link", name="归档登记").click()
    with page.expect_download() as taken:
        page.get_by_role("link", name="下载").first.click()
    assert taken.value.suggested_filename.endswith("-归档.zip")


def test_two_people_erase_what_is_past_its_term_the_second_with_scripts_off(
    sign_in: SignIn, browser: Browser, live_server: Any, cast: Cast
) -> None:
    page = sign_in(cast.supervisor)
    page.goto("/archiving/expired/")
    page.get_by_role("checkbox", name="勾选").check()
    page.get_by_label("理由", exact=True).fill("期满，无保存价值")
    page.get_by_role("button", name="提请删除勾选的").click()
    expect(page.get_by_role("status").first).to_contain_text("已提请删除 1 件")
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False, locale="zh-CN")
    other = context.new_page()
    other.goto("/sign-in/?next=/archiving/expired/")
    other.fill("#id_username", "hanxian")
    other.fill("#id_password", make.PASSWORD)
    other.get_by_role("button", name="登录").click()
    other.get_by_role("checkbox", name="勾选").check()
    other.get_by_label("我知道删除后不能恢复").check()
    other.get_by_role("button", name="批准删除勾选的").click()
    batch_work.run(NOW)
    other.get_by_role("link", name="单看进度").click()
    expect(other.locator("#batch")).to_contain_text("已删除 1 件的个人资料和文字")
    context.close()
    page.goto(f"/cases/{Package.objects.get(state='erased').case.number}/")
    expect(page.locator("h1")).to_contain_text("已按期删除")
    assert not troubles(page)
