"""The pictures of docs/screens against the menu, the files that lie there and the pages that show them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.urls import get_resolver

from huiying.accounts.models import Role
from huiying.workbench.visit import MENU
from tests.screenshots import LARGEST_BYTES, OFFICE, PHONE, SCREENS, TABLE, name_of

ROOT = Path(__file__).parent.parent


def test_every_page_of_the_menu_is_pictured_as_somebody_whom_it_is_for() -> None:
    seen = {
        (name, Role(each.who.partition("_")[0])) for each in TABLE for name in (name_of(each.path), each.link)
    }
    roles = {page.name: page.roles or frozenset(Role) for page in MENU}
    assert {name for name, role in seen if role in roles.get(name, ())} >= set(roles)


def test_every_address_of_the_table_leads_to_a_page() -> None:
    names = {str(name) for name in get_resolver().reverse_dict if isinstance(name, str)}
    assert [each.name for each in TABLE if not name_of(each.path)] == []
    assert {each.link for each in TABLE} - {""} <= names


def test_the_pictures_lie_there_and_are_small() -> None:
    sizes = {path.stem: path.stat().st_size for path in SCREENS.glob("*.png")}
    assert set(sizes) == {each.name for each in TABLE}
    assert {name: size for name, size in sizes.items() if size > LARGEST_BYTES} == {}
    assert PHONE in [each.size for each in TABLE]
    assert any(each.dark and each.size == OFFICE for each in TABLE)


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_both_readmes_show_them_all(page: str) -> None:
    shown = re.findall(r"docs/screens/([a-z-]+)\.png", (ROOT / page).read_text("utf-8"))
    assert {each.name for each in TABLE} - set(shown) == set()
