"""The unit's desk in a real browser: a task from claim to reply, two clerks at once, a phone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from huiying.cases.models import Case, Reply
from tests import make
from tests.browser.looks import OFFICE, everywhere, troubles
from tests.cast import Cast, people

SignIn = Callable[[Any], Page]


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: make.at(3, 15, 10))


@pytest.fixture
def cast(live_server: Any, settings: Any, tmp_path: Path) -> Cast:
    settings.MEDIA_ROOT = tmp_path
    make.town()
    for title in ("东街自来水浑浊", "西街水压太低", "南门水表漏水"):
        make.case(title, status="dispatched", received=make.at(3, 14, 15), urgency="urgent")
    make.case("在办的一件", status="handling", received=make.at(3, 14, 14))
    make.case("逾期的一件", status="handling", received=make.at(2, 7))
    return people()


def test_a_task_from_claim_to_approval(sign_in: SignIn, cast: Cast, tmp_path: Path) -> None:
    page = sign_in(cast.clerk)
    page.set_viewport_size(OFFICE)
    page.goto("/inbox/")
    expect(page.locator(".chips [aria-current]")).to_contain_text("待认领 3")
    for box in page.locator("input[type=checkbox]").all()[:2]:
        box.check()
    page.get_by_role("button", name="认领选中的件").click()
    expect(page.get_by_role("status")).to_contain_text("已认领 2 件")
    page.get_by_role("link", name="东街自来水浑浊").click()
    page.get_by_text("记录一次联系").click()
    page.fill("#said", "约定下午到场查看。")
    page.get_by_role("button", name="记录联系").click()
    expect(page.locator("#contact-record")).to_have_value(
        "2022-03-15 10:00，陈静，电话，沟通办理情况，已联系上。约定下午到场查看。"
    )
    photo = tmp_path / "现场.png"
    photo.write_bytes(b"\x89PNG\r\n\x1a\n...")
    page.set_input_files("#new-files", photo)
    page.get_by_role("button", name="上传").click()
    expect(page.get_by_role("link", name="现场.png")).to_be_visible()
    page.fill("#handling-report", "更换了老化管段。")
    page.fill("#public-answer", "您好，管段已经更换，水质恢复正常。")
    page.get_by_role("button", name="保存这一稿").click()
    expect(page.get_by_role("status")).to_contain_text("已保存第 1 稿")
    assert not troubles(page)
    sign_in(cast.head)
    page.goto("/inbox/?tab=approve")
    page.get_by_role("link", name="东街自来水浑浊").click()
    expect(page.get_by_text("水质恢复正常")).to_be_visible()
    page.get_by_role("button", name="审签同意").click()
    expect(page.get_by_role("status")).to_contain_text("已审签")
    sign_in(cast.clerk)
    page.reload()
    page.get_by_role("button", name="反馈给办公室").click()
    expect(page.get_by_role("status")).to_contain_text("已反馈")
    assert Case.objects.get(title="东街自来水浑浊").status == "reviewing"


def test_two_clerks_at_once_and_the_second_loses_no_word(sign_in: SignIn, cast: Cast) -> None:
    case = Case.objects.get(title="在办的一件")
    second = make.person("linxia", "林夏", "clerk", unit="water")
    page = sign_in(cast.clerk)
    mine = page.context.new_page()  # where a refusal is awaited, and so the browser's remark about it
    mine.goto(f"/cases/{case.number}/task/1/")
    sign_in(second)
    page.goto(f"/cases/{case.number}/task/1/")
    page.fill("#handling-report", "林夏先保存的。")
    page.get_by_role("button", name="保存这一稿").click()
    expect(page.get_by_role("status")).to_contain_text("已保存第 1 稿")
    sign_in(cast.clerk)
    mine.fill("#public-answer", "陈静写了很久的答复。")
    mine.get_by_role("button", name="保存这一稿").click()
    expect(mine.get_by_role("alert")).to_contain_text("刚刚被他人处理过")
    expect(mine.locator("#public-answer")).to_have_value("陈静写了很久的答复。")
    expect(mine.get_by_text("林夏先保存的。")).to_be_visible()
    mine.get_by_role("button", name="保存这一稿").click()
    expect(mine.get_by_role("status")).to_contain_text("已保存第 2 稿")
    assert [reply.author.name for reply in Reply.objects.order_by("no") if reply.author] == ["林夏", "陈静"]


def test_the_tabs_change_without_a_new_page_and_by_keyboard(sign_in: SignIn, cast: Cast) -> None:
    page = sign_in(cast.clerk)
    page.goto("/inbox/")
    page.evaluate("window.sameDocument = true")
    page.get_by_role("link", name="已逾期").click()
    expect(page.locator("[data-rows] tbody tr")).to_have_count(1)
    expect(page).to_have_url(f"{page.url.split('/inbox')[0]}/inbox/?tab=late")
    assert page.evaluate("window.sameDocument") is True
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("逾期的一件")


def test_axe_finds_nothing_and_nothing_sticks_out(sign_in: SignIn, cast: Cast) -> None:
    page = sign_in(cast.clerk)
    numbers = {case.title: case.number for case in Case.objects.all()}
    tasks = [f"/cases/{numbers[title]}/task/1/" for title in ("东街自来水浑浊", "在办的一件")]
    found = []
    for url in ["/inbox/", "/inbox/?tab=late", "/inbox/?tab=parts", *tasks]:
        page.goto(url)
        found += everywhere(page, url, night=True)
    assert not found, "\n".join(found)
