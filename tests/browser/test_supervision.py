"""A supervisor's morning in a real browser: urge, write a letter, look at the board, print."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from huiying.cases.models import Case
from huiying.dispatch import supervision
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
    make.town()
    for status in make.STEPS:
        make.case(f"{status}的一件", status=status, co=["housing"])
    make.case("今天到期的一件", status="handling", nature="inquiry", received=make.at(3, 10))
    cast = people()
    case = make.case("领导过问的一件", status="handling", unit="stone")
    supervision.instruct(case, by=cast.leader, at=NOW, note="请认真核实，妥善解决，并报告结果。")
    return cast


def test_a_supervisor_urges_and_writes_a_letter(sign_in: SignIn, cast: Cast) -> None:
    page = sign_in(cast.supervisor)
    page.goto("/")
    page.get_by_role("navigation", name="主要栏目").get_by_role("link", name="督办台").click()
    page.get_by_role("link", name=re.compile("逾期未认领")).click()
    case = Case.objects.get(title="dispatched的一件")
    page.get_by_role("button", name=f"催办 {case.number}").click()
    expect(page.get_by_role("status").first).to_contain_text(f"已催办 {case.number}。")
    expect(page.locator("tr", has_text=case.number)).to_contain_text("今天已催")
    page.get_by_role("link", name=f"督办函 {case.number}").click()
    page.get_by_label("收函单位").select_option("water")
    page.get_by_label("办理期限").fill("2022-03-18")
    page.get_by_label("督办要求").fill("请立即认领并说明原因。")
    page.get_by_role("button", name="编号并发出").click()
    expect(page.get_by_role("status").first).to_contain_text("发出督办函〔2022〕1号")
    with page.expect_download() as download:
        page.get_by_role("link", name="PDF 督办函〔2022〕1号").click()
    assert download.value.suggested_filename == f"{case.number}-督办函〔2022〕1号.pdf"
    page.goto(f"/cases/{case.number}/")
    expect(page.get_by_text("向云溪县水务局发出督办函〔2022〕1号，限2022年3月18日前办理")).to_be_visible()


def test_the_board_opens_in_the_hall_and_asks_for_itself(sign_in: SignIn, cast: Cast) -> None:
    page = sign_in(cast.supervisor)
    page.clock.install()
    page.goto("/board/")
    page.get_by_role("link", name="大屏显示").click()
    expect(page.get_by_role("navigation", name="主要栏目")).to_have_count(0)
    today = page.locator(".tile", has_text="今天到期").locator("strong")
    before = int(today.inner_text())
    make.case("刚刚派出的一件", status="handling", nature="inquiry", received=make.at(3, 10))
    page.evaluate("window.same = true")
    page.clock.fast_forward(61_000)
    expect(today).to_have_text(str(before + 1))
    assert page.evaluate("window.same") is True


def test_axe_finds_nothing_and_nothing_sticks_out(sign_in: SignIn, cast: Cast) -> None:
    page = sign_in(cast.supervisor)
    number = Case.objects.get(title="handling的一件").number
    found = []
    for url in (
        "/supervision/",
        "/supervision/?list=claim",
        "/supervision/?list=instructed",
        "/supervision/?list=letters",
        f"/supervision/{number}/letter/",
        "/supervision/open/",
        "/board/",
        "/board/?screen=hall",
        f"/cases/{number}/",
    ):
        page.goto(url)
        found += everywhere(page, url)
    assert not found, "\n".join(found)
