"""The top bar: which pages stand in it, and which behind “更多”."""

import html

import pytest
from django.urls import reverse

from huiying.accounts.models import Role
from huiying.workbench.visit import IN_THE_BAR, MENU, in_the_bar
from tests import make

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("count", range(len(MENU) + 1))
def test_no_page_is_lost_and_the_bar_never_holds_more_than_fit(count) -> None:
    first, more = in_the_bar(list(MENU[:count]))
    assert [*first, *more] == list(MENU[:count])
    assert len(first) + bool(more) <= IN_THE_BAR
    assert len(more) != 1


def test_who_holds_many_roles_finds_the_last_pages_behind_more(client, cast) -> None:
    client.force_login(make.person("doall", "全能", *Role.values))
    said = client.get("/bulletins/").content.decode()
    assert '<summary aria-current="true">更多</summary>' in said
    assert "<summary>更多</summary>" in client.get("/").content.decode()
    client.force_login(cast.clerk)
    assert "更多</summary>" not in client.get("/").content.decode()


@pytest.mark.parametrize("page", [page for page in MENU if page.name != "glance"], ids=lambda page: page.name)
def test_who_may_not_open_a_page_is_told_for_whom_it_is(client, cast, page) -> None:
    answers = set()
    for user in cast.everybody():
        client.force_login(user)
        answer = client.get(reverse(page.name))
        answers.add(answer.status_code)
        if page.roles & user.roles:
            assert answer.status_code == 200, user
        elif answer.status_code == 403:
            said = html.unescape(answer.content.decode()).partition('role="alert">')[2].partition("<")[0]
            assert said, user
            assert said != "您的角色不能打开这一页。", user
    assert answers <= {200, 403}
