"""Notices, case list and figures in a real browser, worked as an office works them, and clean to axe."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from huiying.cases import place
from huiying.cases.models import Case
from huiying.notices import telling
from huiying.notices.models import Outbox
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
    """A town with work done and three cases that the water bureau has not claimed."""
    make.town()
    cast = people()
    for status in make.STEPS:
        make.case(f"{status}的一件", status=status, received=make.at(3, 1))
    for n in range(2):
        make.case(f"新派的第{n}件", status="dispatched", received=make.at(3, 15, 1))
    telling.take_in(place.current(), NOW)
    Outbox.objects.create(
        channel="webhook", to="water", rule="dispatch", key="1", payload={"text": "有一件"}, state="dead",
        tries=6, next_try_at=NOW, created_at=NOW, error="对方拒收：93000",
    )  # fmt: skip
    return cast


def test_axe_finds_nothing_and_nothing_sticks_out(sign_in: SignIn, cast: Cast) -> None:
    found = []
    screens = {
        "leader": [
            "/cases/?cols=status,village,closed",
            "/figures/?period=2022-03&by=unit&compare=previous",
            "/figures/?period=2022-03",
            "/figures/cases/?period=2022-03&measure=closing_rate_received",
        ],
        "clerk": ["/notices/", "/cases/"],
        "admin": ["/notices/"],
    }
    for who, urls in screens.items():
        page = sign_in(getattr(cast, who))
        for url in urls:
            page.goto(url)
            found += everywhere(page, f"{who} {url}")
    assert not found, "\n".join(found)


def test_the_bell_leads_to_the_case_and_counts_down(sign_in: SignIn, cast: Cast) -> None:
    page = sign_in(cast.clerk)
    page.goto("/")
    count = int(page.locator(".bell .badge").inner_text().split()[0])
    page.locator(".bell").click()
    page.locator(".notice").first.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/cases/[^/]+/$"))
    expect(page.locator(".bell .badge")).to_contain_text(str(count - 1))
    page.goto("/notices/")
    page.get_by_role("button", name="全部标为已读").click()
    expect(page.locator(".bell .badge")).to_have_count(0)


def test_cases_are_filtered_saved_ticked_and_claimed_together(sign_in: SignIn, cast: Cast) -> None:
    page = sign_in(cast.clerk)
    page.goto("/cases/")
    page.select_option("#f-status", "dispatched")
    expect(page.get_by_text("状态：待认领")).to_be_visible()
    page.locator(".saved summary").click()
    page.fill("#filter-name", "待我认领")
    page.get_by_role(
        "button", name="保存这次查询"
    ).click()  # saves what htmx shows, not what was first loaded
    page.goto("/cases/")
    page.locator(".saved summary").click()
    page.get_by_role("link", name="待我认领").click()
    expect(page.locator("[data-rows] tbody tr")).to_have_count(3)
    for box in page.locator("input[name=pick]").all()[:2]:
        box.check()
    page.get_by_role("button", name="认领").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("认领：办成 2 件")
    page.get_by_role("link", name="回到列表").first.click()
    expect(page.locator("[data-rows] tbody tr")).to_have_count(1)
    assert Case.objects.filter(status="dispatched").count() == 1


def test_a_list_is_downloaded_with_the_columns_chosen(sign_in: SignIn, cast: Cast, tmp_path: Any) -> None:
    page = sign_in(cast.leader)
    page.goto("/cases/")
    page.locator(".filters summary").click()
    page.get_by_label("办结时间").check()
    page.get_by_role("button", name="查询", exact=True).click()
    expect(page.locator("thead")).to_contain_text("办结时间")
    with page.expect_download() as download:
        page.get_by_role("link", name="导出 xlsx").click()
    assert download.value.suggested_filename == "cases-20220315-1000.xlsx"


def test_a_figure_is_asked_compared_and_followed_to_its_cases(sign_in: SignIn, cast: Cast) -> None:
    page = sign_in(cast.leader)
    page.goto("/figures/")
    page.select_option("#f-by", "unit")
    page.select_option("#f-compare", "previous")
    page.get_by_role("button", name="看", exact=True).click()
    row = page.locator("tbody tr", has_text="云溪县水务局")
    shown = row.locator("td").first.locator("a").inner_text()
    row.locator("td").first.locator("a").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("受理量的件")
    expect(page.locator("[data-rows] tbody tr")).to_have_count(int(shown))
