"""A reviewer's and a caller's day by keyboard, seen by axe, at the office and on the phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from huiying.cases import place
from huiying.cases.models import Case, Reply
from huiying.quality import appeals, calls
from huiying.quality.models import CallBack
from tests import make
from tests.browser.looks import everywhere
from tests.cast import Cast, people

SignIn = Callable[[Any], Page]
NOW = make.at(3, 15, 10)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def cast(live_server: Any) -> Cast:
    """Two replies to review, three citizens to call, one who is not content, and a unit's appeal."""
    make.town(config={"quality": {"percent": 0}})
    found = people()
    for n, answer in enumerate(
        (
            "您好，供水问题已安排相关部门处理，联系人电话13900005678。",
            "您好，东街供水支管已更换，水质检测合格，感谢监督。",
        )
    ):
        case = make.case(f"待审核的第{n + 1}件", status="reviewing", received=make.at(3, 2 + n))
        task = case.assignments.get()
        Reply.objects.create(assignment=task, no=1, public_answer=answer, drafted_at=make.at(3, 3))
    make.step(make.case("退回的一件", status="reviewing", unit="market"), "send_back", on=1, reason="empty")
    for n in range(4):
        make.case(f"待回访的第{n + 1}件", status="closed", received=make.at(3, 1, 8 + n))
    calls.plan(place.current(), NOW)
    for task, at in zip(calls.waiting(found.callback)[:2], (make.at(3, 14), make.at(3, 14, 11)), strict=True):
        calls.record(
            task,
            outcome="reached",
            solved=False,
            satisfied="dissatisfied",
            reason="result",
            by=found.callback,
            at=at,
            place=place.current(),
        )
    appeals.ask(
        CallBack.objects.filter(appeals.BAD).earliest("id"),
        reason="已修好",
        by=found.clerk,
        at=make.at(3, 14, 15),
    )
    return found


def addresses(cast: Cast) -> list[tuple[Any, str, str]]:
    waiting = Case.objects.get(title="待审核的第1件").number
    bad = CallBack.objects.filter(appeals.BAD).latest("id").pk
    return [
        (cast.reviewer, "queue", "/review/"),
        (cast.reviewer, "reply", f"/review/{waiting}/1/"),
        (cast.callback, "calls", "/callbacks/"),
        (cast.supervisor, "bad call", f"/callbacks/{bad}/"),
        (cast.clerk, "unit's appeals", "/appeals/"),
        (cast.supervisor, "appeals", "/appeals/"),
    ]


def test_axe_finds_nothing_and_nothing_sticks_out(sign_in: SignIn, cast: Cast) -> None:
    found = []
    for user, name, url in addresses(cast):
        page = sign_in(user)
        page.goto(url)
        found += everywhere(page, name)
    assert not found, "\n".join(found)


def test_a_reviewer_sends_one_back_and_releases_the_next_by_keyboard(sign_in: SignIn, cast: Cast) -> None:
    page = sign_in(cast.reviewer)
    page.goto("/review/")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("mark.w3").first).to_have_text("供水问题已安排相关部门处理")
    page.keyboard.press("t")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("请写明处理结果，删去手机号码")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("已退回重办")
    expect(page.get_by_role("heading", level=1)).to_have_text("待审核的第2件")
    page.keyboard.press("p")
    page.keyboard.press("Enter")
    expect(page.get_by_text("没有待审核的答复")).to_be_visible()
    statuses = dict(Case.objects.filter(title__startswith="待审核").values_list("title", "status"))
    assert statuses == {"待审核的第1件": "handling", "待审核的第2件": "answered"}


def test_a_caller_sees_the_number_and_records_with_three_keys(sign_in: SignIn, cast: Cast) -> None:
    page = sign_in(cast.callback)
    page.goto("/callbacks/")
    title = page.locator("#chosen").inner_text()
    page.evaluate("window.sameDocument = true")
    page.keyboard.press("n")
    page.keyboard.press("Enter")
    expect(page.locator("#phone")).to_contain_text(make.CALLER.phone)
    assert page.evaluate("window.sameDocument") is True
    for key in ("1", "4", "6", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_role("status").first).to_contain_text("回访已登记：已接通")
    assert CallBack.objects.get(case__title=title).satisfied == "satisfied"
    expect(page.locator("#chosen")).not_to_have_text(title)


def test_the_supervisor_reopens_and_rules_on_the_appeal(sign_in: SignIn, cast: Cast) -> None:
    page = sign_in(cast.supervisor)
    page.goto("/callbacks/")
    page.locator("section", has_text="建议重办").get_by_role("link").first.click()
    page.fill("#decision", "确未修好")
    page.get_by_role("button", name="重办", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("已重办，请派单")
    page.get_by_role("link", name="申诉").click()
    page.locator("textarea[name=note]").fill("现场核实属实")
    page.get_by_role("button", name="申诉成立").click()
    expect(page.locator("#list")).to_contain_text(re.compile("申诉成立：现场核实属实"))
