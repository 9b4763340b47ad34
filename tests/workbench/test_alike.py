"""同诉归并: the page where a dispatcher merges what is one matter, or says that it is not."""

from __future__ import annotations

import html

import pytest

from huiying.cases.models import Case
from huiying.dispatch import alike
from huiying.dispatch.models import AlikeGroup, Apart
from tests import make

pytestmark = pytest.mark.django_db
PAGE = "/dispatch/alike/"
AT = make.at(3, 15, 10)


@pytest.fixture
def twins(cast) -> list[Case]:
    """Two cases of one matter in a suggested group."""
    rows = [make.case("东街路灯三盏不亮", received=make.at(3, day)) for day in (13, 14)]
    alike.refresh(make.at(3, 15))
    return rows


@pytest.fixture
def desk(client, cast):
    client.force_login(cast.dispatcher)
    return client


def chosen(*cases: Case) -> list[str]:
    return [f"{case.number}@{case.seq}" for case in cases]


def test_each_group_says_how_many_cases_of_how_many_persons_and_why(
    desk, twins, django_assert_max_num_queries
) -> None:
    with django_assert_max_num_queries(12):
        page = html.unescape(desk.get(PAGE).content.decode())
    for said in ("同一人重复", "2 件", "1 人", "同一来电人", "文字几乎相同 100%", twins[0].number):
        assert said in page


def test_the_chosen_are_merged_into_the_one_that_was_picked(desk, twins) -> None:
    pk, (first, second) = AlikeGroup.objects.get().pk, twins
    given = {"picked": chosen(*twins), "into": first.number}
    page = desk.post(f"{PAGE}{pk}/merge/", given, follow=True).content.decode()
    assert f"已将 1 件并入 {first.number}" in page
    assert Case.objects.get(pk=second.pk).merged_into == first
    assert "没有疑似同一件事的在办件" in page


def test_a_page_that_is_old_is_told_so_and_changes_nothing(desk, twins) -> None:
    pk, (first, second) = AlikeGroup.objects.get().pk, twins
    make.step(second, "dispatch", units=[{"unit": "water", "role": "lead"}])
    given = {"picked": [f"{second.number}@1"], "into": first.number}
    page = desk.post(f"{PAGE}{pk}/merge/", given, follow=True).content.decode()
    assert 'class="tell error"' in page
    assert Case.objects.get(pk=second.pk).merged_into is None


def test_what_is_not_one_matter_is_remembered(desk, twins) -> None:
    pk = AlikeGroup.objects.get().pk
    page = desk.post(f"{PAGE}{pk}/apart/", {"picked": chosen(twins[1])}, follow=True).content.decode()
    assert "不是同一件，不再提示" in page
    assert Apart.objects.count() == 1
    assert alike.refresh(make.at(3, 16)) == (0, 0)


def test_what_was_said_by_mistake_is_taken_back_and_suggested_again(
    desk, twins, django_assert_max_num_queries
) -> None:
    said = Apart.objects.create(one=twins[0], other=twins[1], by=make.person("linxia", "林夏"), said_at=AT)
    with django_assert_max_num_queries(12):
        page = desk.get(f"{PAGE}apart/").content.decode()
    assert all(word in page for word in (twins[0].number, twins[1].number, "林夏", "撤回"))
    assert alike.refresh(AT) == (0, 0)
    page = desk.post(f"{PAGE}apart/{said.pk}/back/", follow=True).content.decode()
    assert "李建国 03-15 10:00 撤回" in page
    assert alike.refresh(AT) == (1, 2)
    pk = AlikeGroup.objects.get().pk
    desk.post(f"{PAGE}{pk}/apart/", {"picked": chosen(twins[1])})
    assert list(Apart.objects.order_by("pk").values_list("withdrawn_at", flat=True)) == [AT, None]
    assert "没有这一条" in desk.post(f"{PAGE}apart/0/back/", follow=True).content.decode()


def test_a_group_that_is_gone_asks_to_look_again(desk, twins) -> None:
    page = desk.post(f"{PAGE}99999/apart/", {"picked": chosen(*twins)}, follow=True).content.decode()
    assert "名单刚刚更新过" in page
    assert desk.post(f"{PAGE}99999/erase/").status_code == 404


def test_only_who_may_merge_opens_it(client, cast) -> None:
    for user in cast.everybody():
        client.force_login(user)
        for page in (PAGE, f"{PAGE}apart/"):
            assert client.get(page).status_code == (200 if user == cast.dispatcher else 403)


def test_a_case_to_be_dispatched_shows_what_is_like_it(desk, twins, django_assert_max_num_queries) -> None:
    first, second = twins
    page = f"/dispatch/{first.number}/alike/"
    assert f'hx-get="{page}"' in desk.get(f"/dispatch/{first.number}/").content.decode()
    with django_assert_max_num_queries(12):
        part = desk.get(page, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert second.number in part
    assert "同一来电人" in part
    assert part in desk.get(page).content.decode()
    desk.post(f"{PAGE}{AlikeGroup.objects.get().pk}/apart/", {"picked": chosen(second)})
    assert "没有相似的在办件" in desk.get(page).content.decode()
