"""Every page of the menu as each role sees it, with the longest words: in the office, on a phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from huiying.accounts.models import Unit, User
from huiying.cases import place
from huiying.workbench.visit import menu_of
from tests import make
from tests.browser.looks import OFFICE, PHONE, everywhere, fits
from tests.cast import Cast, people

LONG_UNIT = "云溪县农业农村水利和移民工作局（县河长制办公室、县水利工程建设质量监督站）某某股"
LONG_TITLE = "东街居民反映自来水浑浊并有异味已持续多日且多次拨打服务电话无人接听的问题" * 5

NOWHERE_ELSE = {"/alarms/", "/hot/"}
"""Pages that no other test looks at by night and on a phone."""


@pytest.fixture
def cast(live_server: Any, monkeypatch: pytest.MonkeyPatch) -> Cast:
    monkeypatch.setattr(timezone, "now", lambda: make.at(3, 15, 10))
    make.town()
    Unit.objects.filter(code="water").update(name=LONG_UNIT[:40])
    place.forget()
    for status in make.STEPS:
        make.case(LONG_TITLE[:200], status=status, co=["housing"], urgency="urgent")
    return people()


def pages_of(user: User) -> list[tuple[str, str]]:
    return [(page.title, reverse(page.name)) for page in menu_of(user)]


def test_the_longest_words_break_no_page_of_anybody(desk_of: Callable[[Any], Page], cast: Cast) -> None:
    """Each page with the first whom it is for; the others see the same or less of it."""
    found, seen = [], set[str]()
    for user in cast.everybody():
        new = [each for each in pages_of(user) if each[1] not in seen]
        page = desk_of(user) if new else None
        for title, path in new:
            assert page
            page.goto(path, wait_until="domcontentloaded")
            look = everywhere if path in NOWHERE_ELSE else fits
            found += look(page, title)
            seen.add(path)
    assert not found, "\n".join(found)
    assert len(seen) > 15


def test_more_pages_than_fit_the_bar_are_behind_one_word(desk_of: Callable[[Any], Page], cast: Cast) -> None:
    """By keyboard: opened by Enter, walked by Tab, shut by Escape; on the phone all stand in one list."""
    page = desk_of(cast.supervisor)
    page.set_viewport_size(OFFICE)
    page.goto("/")
    *_, (last, path) = pages_of(cast.supervisor)
    more = page.locator(".further summary")
    link = page.locator(".further").get_by_role("link", name=last)
    more.focus()
    page.keyboard.press("Enter")
    expect(link).to_be_visible()
    page.keyboard.press("Escape")
    expect(link).to_be_hidden()
    expect(more).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    expect(more).to_be_focused()
    page.mouse.click(OFFICE["width"] / 2, OFFICE["height"] - 20)
    expect(link).to_be_hidden()
    page.set_viewport_size(PHONE)
    page.locator(".me summary").click()
    page.locator(".me-pages").get_by_role("link", name=last).click()
    page.wait_for_url(f"**{path}")
