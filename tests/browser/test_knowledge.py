"""The knowledge base in a real browser: answers while typing, adopted in one press, nothing typed is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from huiying.cases.models import Case
from huiying.knowledge.models import Article, ArticleOpinion, ArticleUse
from tests import make
from tests.browser.looks import everywhere
from tests.cast import Cast, people
from tests.knowledge.written import ANSWER, NOW, WATER, published, written

SignIn = Callable[[Any], Page]


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def cast(live_server: Any) -> Cast:
    make.town()
    cast = people()
    published(cast)
    published(cast, "自来水发黄能不能喝", answer="先放水五分钟，仍然发黄的登记转水务局。", question="水质")
    return cast


def test_an_answer_is_found_while_typing_adopted_by_one_key_and_kept_on_record(
    sign_in: SignIn, cast: Cast
) -> None:
    page = sign_in(cast.operator)
    page.goto("/intake/")
    page.fill("#answer", "您好！")
    page.locator("#title").press_sequentially("东街停水了，何时恢复供水")
    panel = page.locator("#known")
    expect(panel.get_by_text(ANSWER)).to_be_visible()
    expect(panel).to_contain_text("匹配：停水、恢复供水")
    page.keyboard.press("Alt+1")
    expect(page.locator("#answer")).to_have_value(f"您好！\n{ANSWER}")
    page.keyboard.press("Alt+1")  # twice does no harm
    expect(page.locator("#answer")).to_have_value(f"您好！\n{ANSWER}")
    expect(page.locator("#title")).to_have_value("东街停水了，何时恢复供水")
    page.select_option("#nature", "inquiry")
    page.fill("#topic", "供水")
    page.locator("#answer").press("Control+Enter")
    expect(page.locator(".tell.success")).to_contain_text("已登记，已答复")
    event = Case.objects.get().events.get(kind="direct_answer")
    assert json.loads(event.data)["articles"] == [{"article": "ZS0001", "version": 1}]
    assert ArticleUse.objects.get().case == Case.objects.get()


def test_what_is_out_of_date_is_said_in_passing(sign_in: SignIn, cast: Cast) -> None:
    page = sign_in(cast.operator)
    page.goto("/intake/")
    page.fill("#title", "东街停水了，何时恢复供水")
    page.get_by_role("button", name="过时 停水后何时恢复供水").click()
    expect(page.locator("#known")).to_contain_text("已记下：过时")
    expect(page.locator("#title")).to_have_value("东街停水了，何时恢复供水")
    assert ArticleOpinion.objects.get().verdict == "outdated"


def test_an_article_is_adopted_with_scripts_off(browser: Browser, live_server: Any, cast: Cast) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto("/intake/")
    page.fill("#id_username", "xiaozhang")
    page.fill("#id_password", make.PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.fill("#title", "东街停水了，何时恢复供水")
    page.fill("#answer", "您好！")
    page.get_by_role("button", name="查来电").click()
    page.get_by_role("button", name="采用 停水后何时恢复供水").click()
    expect(page.locator("#answer")).to_have_value(f"您好！\n{ANSWER}")
    page.goto("/knowledge/")
    page.fill("#q", "发黄")
    page.get_by_role("button", name="查找", exact=True).click()
    page.get_by_role("link", name="ZS0002").click()
    expect(page.get_by_text("先放水五分钟")).to_be_visible()
    context.close()


def test_an_article_is_written_and_published_and_then_offered(
    sign_in: SignIn, cast: Cast, live_server: Any
) -> None:
    page = sign_in(cast.head)
    page.goto("/knowledge/")
    page.get_by_role("link", name="写一条").click()
    page.fill("#id_title", "水表坏了找谁换")
    page.fill("#id_question", "水表不走了")
    page.fill("#id_answer", "登记地址转水务局，三个工作日内上门更换，不收费。")
    page.select_option("#id_topics", WATER)
    page.fill("#id_valid_until", "2022-12-31")
    page.get_by_role("button", name="保存并发布").dblclick()
    expect(page.locator("h1")).to_have_text("水表坏了找谁换")
    assert Article.objects.filter(title="水表坏了找谁换", status="published").count() == 1
    page = sign_in(cast.operator)
    page.goto("/intake/")
    page.fill("#title", "家里水表坏了")
    expect(page.locator("#known")).to_contain_text("三个工作日内上门更换")


def test_axe_finds_nothing_and_nothing_sticks_out(sign_in: SignIn, cast: Cast) -> None:
    written(cast, "停气怎么办", unit="housing")
    page = sign_in(make.person("duo", "杜双", "operator", "reviewer"))
    for address in (
        "/knowledge/?state=all",
        "/knowledge/ZS0001/",
        "/knowledge/ZS0003/",
        "/knowledge/ZS0001/edit/",
        "/intake/",
    ):
        page.goto(address)
        if address == "/intake/":
            page.fill("#title", "东街停水了，何时恢复供水")
            expect(page.locator("#known")).to_contain_text("采用")
        assert not everywhere(page, address)
