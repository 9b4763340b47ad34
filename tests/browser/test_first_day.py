"""Everybody's first day: each role signs in and follows only words that stand on the first page.

Nobody types an address. Who would have to know where something is, fails here.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from huiying.cases import place
from huiying.cases.models import Case
from huiying.quality import calls
from tests import make
from tests.browser.desks import PATIENCE
from tests.browser.wall import Wall
from tests.cast import Cast, people

TITLE = "石桥镇东街自来水浑浊"


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    return Wall(monkeypatch, make.at(3, 14))


@pytest.fixture
def cast(live_server: Any, wall: Wall) -> Cast:
    make.town(config={"quality": {"percent": 100}})
    return people()


@pytest.fixture
def newcomer(browser: Browser, live_server: Any, tmp_path: Path) -> Any:
    """`newcomer(user)` goes through the door as that person and stands on the first page.

    Where somebody is lost, the page on which they are is kept as a picture.
    """
    context = browser.new_context(base_url=live_server.url, locale="zh-CN", timezone_id="Asia/Shanghai")
    context.set_default_timeout(PATIENCE)
    page = context.new_page()

    def enter(user: Any) -> Page:
        context.clear_cookies()
        page.goto("/")
        page.get_by_label("用户名").fill(user.username)
        page.get_by_label("密码").fill(make.PASSWORD)
        page.get_by_role("button", name="登录").click()
        expect(page.get_by_role("heading", name="等您办")).to_be_visible()
        return page

    yield enter
    page.screenshot(path=tmp_path / "last.png", full_page=True)
    context.close()


Newcomer = Callable[[Any], Page]


def waits(page: Page, title: str) -> None:
    """Follow one thing of 等您办."""
    page.get_by_role("region", name="等您办").get_by_role("link", name=title).click()


def told(page: Page, words: str) -> None:
    expect(page.get_by_role("status").filter(has_text=words).first).to_be_visible()


def test_a_case_goes_from_the_call_to_the_call_back_by_what_is_visible(
    newcomer: Newcomer, cast: Cast, wall: Wall
) -> None:
    _log_a_call(newcomer(cast.operator))
    wall.wait(30)
    _dispatch(newcomer(cast.dispatcher))
    wall.wait(30)
    _claim_and_answer(newcomer(cast.clerk))
    wall.wait(30)
    page = newcomer(cast.head)
    waits(page, "待审签 1 件")
    page.get_by_role("link", name=TITLE).click()
    page.get_by_role("button", name="审签同意").click()
    told(page, "已审签")
    wall.wait(30)
    page = newcomer(cast.clerk)
    waits(page, "待办 1 件")
    page.get_by_role("link", name=TITLE).click()
    page.get_by_role("button", name="反馈给办公室").click()
    told(page, "已反馈")
    wall.wait(30)
    _release_and_close(newcomer(cast.reviewer))
    calls.plan(place.current(), wall.at)  # what the worker does at night
    wall.set(15)
    _call_back(newcomer(cast.callback))
    case = Case.objects.get()
    assert (case.title, case.status, case.ending) == (TITLE, "closed", "answered")
    kinds = "register dispatch claim contact draft_reply approve_reply submit_reply release close call_back"
    assert " ".join(case.events.order_by("seq").values_list("kind", flat=True)) == kinds


def _log_a_call(page: Page) -> None:
    waits(page, "接听登记")
    page.get_by_label("来电号码").fill(make.CALLER.phone)
    page.get_by_label("姓名").fill(make.CALLER.name)
    page.get_by_label("标题").fill(TITLE)
    page.get_by_label("诉求内容").fill("东街自来水发黄三天，请尽快处理。")
    page.get_by_label("性质").first.select_option(label="投诉")
    page.get_by_label("内容分类").first.fill("城乡建设 — 供水")
    page.get_by_label("区域").select_option(label="石桥镇")
    page.get_by_role("button", name="登记转办").click()
    told(page, "已登记，待派单")


def _dispatch(page: Page) -> None:
    waits(page, "待派单 1 件")
    page.get_by_role("link", name=TITLE).click()
    page.get_by_label("牵头单位").fill("云溪县水务局")
    page.get_by_role("button", name="派单", exact=True).click()
    told(page, "派给云溪县水务局")


def _claim_and_answer(page: Page) -> None:
    waits(page, "待认领 1 件")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="认领选中的件").click()
    told(page, "已认领 1 件")
    page.get_by_role("link", name=TITLE).click()
    page.get_by_text("查看姓名和电话").click()
    page.get_by_label("查看理由").fill("约定上门时间")
    page.get_by_role("button", name="查看", exact=True).click()
    expect(page.get_by_text(make.CALLER.phone)).to_be_visible()
    page.get_by_text("记录一次联系").click()
    page.get_by_label("内容", exact=True).fill("告知当天下午检修。")
    page.get_by_role("button", name="记录联系").click()
    told(page, "已记录联系情况")
    page.get_by_label("办理情况").fill("更换了东街老化的支管，取样检测合格。")
    page.get_by_label("公开答复").fill("您好，东街支管已经更换，水质检测合格，感谢您的监督。")
    page.get_by_role("button", name="保存这一稿").click()
    told(page, "已保存第 1 稿")


def _release_and_close(page: Page) -> None:
    waits(page, "待审核 1 件")
    page.get_by_role("link", name=TITLE).click()
    page.get_by_role("button", name="发布答复").click()
    told(page, "的答复已发布")
    page.get_by_role("link", name="总览").click()
    waits(page, "已答复，待办结 1 件")
    page.get_by_role("checkbox", name="选中").check()
    page.get_by_role("button", name="办结").click()
    expect(page.get_by_role("heading", name="办结：办成 1 件")).to_be_visible()


def _call_back(page: Page) -> None:
    waits(page, "待回访 1 件")
    page.get_by_role("button", name="查看电话").click()
    expect(page.get_by_text(make.CALLER.phone)).to_be_visible()
    page.get_by_label("接通", exact=False).first.check()
    page.get_by_label("已解决").check()
    page.get_by_label("满意", exact=False).first.check()
    page.get_by_role("button", name="登记").click()
    told(page, "回访已登记：已接通")
