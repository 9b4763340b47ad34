"""The inbox: the bell counts, a line leads to its case, the administrator sees what could not be sent."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from huiying.cases import place
from huiying.notices import telling
from huiying.notices.models import Notice, Outbox
from tests import make

pytestmark = pytest.mark.django_db


def bell(client) -> str:
    found = re.search(r'class="bell".*?</a>', client.get("/notices/").content.decode(), re.DOTALL)
    assert found
    return re.sub(r"<[^>]+>", "", found[0].partition(">")[2]).strip()


def dead() -> Outbox:
    at = make.at(3, 15)
    return Outbox.objects.create(
        channel="webhook", to="water", rule="dispatch", key="1", payload={"text": "有一件"}, state="dead",
        tries=6, next_try_at=at, created_at=at, error="对方拒收：93000 invalid webhook url",
    )  # fmt: skip


def test_the_bell_counts_and_a_line_leads_to_its_case(client, cast, now) -> None:
    case = make.case(status="dispatched", unit="water", received=make.at(3, 15, 8))
    telling.take_in(place.current(), now)
    client.force_login(cast.clerk)
    assert bell(client) == "通知 1 条未读"
    line = Notice.objects.get(user=cast.clerk)
    answer = client.post(f"/notices/{line.pk}/read/")
    assert answer["Location"] == f"/cases/{case.number}/"
    assert bell(client) == "通知"
    assert Notice.objects.get(pk=line.pk).read_at == now


def test_a_line_of_somebody_else_cannot_be_opened(client, cast, now) -> None:
    make.case(status="dispatched", unit="water", received=make.at(3, 15, 8))
    telling.take_in(place.current(), now)
    client.force_login(cast.other_clerk)
    assert client.post(f"/notices/{Notice.objects.get().pk}/read/").status_code == 404
    assert Notice.objects.get().read_at is None


def test_a_case_that_left_the_unit_is_not_opened_but_said(client, cast, now) -> None:
    case = make.case(received=make.at(3, 15, 8))
    line = Notice.objects.create(
        user=cast.clerk, rule="dispatch", key="1", case=case, text="…", created_at=now
    )
    client.force_login(cast.clerk)
    answer = client.post(f"/notices/{line.pk}/read/", follow=True)
    assert "现在不由您的单位承办" in answer.content.decode()


def test_all_can_be_marked_as_read_and_the_unread_shown_alone(client, cast, now) -> None:
    for n in range(3):
        Notice.objects.create(user=cast.clerk, rule="digest", key=str(n), text=f"第{n}条", created_at=now)
    client.force_login(cast.clerk)
    assert len(client.get("/notices/?unread=1").context["rows"]) == 3
    assert "已将 3 条标为已读" in client.post("/notices/read/", follow=True).content.decode()
    assert client.get("/notices/?unread=1").context["rows"] == []
    assert len(client.get("/notices/").context["rows"]) == 3


def test_a_long_inbox_is_paged_and_each_line_shown_once(client, cast, now) -> None:
    for n in range(60):
        Notice.objects.create(user=cast.clerk, rule="digest", key=str(n), text=f"第{n}条", created_at=now)
    client.force_login(cast.clerk)
    first = client.get("/notices/")
    second = client.get(f"/notices/?before={first.context['older']}")
    shown = [row.pk for answer in (first, second) for row, _ in answer.context["rows"]]
    assert len(shown) == len(set(shown)) == 60
    assert client.get("/notices/?before=x").status_code == 200


def test_the_administrator_sees_dead_letters_and_sends_them_again(client, cast, now) -> None:
    letter = dead()
    client.force_login(cast.clerk)
    assert "没有发出去" not in client.get("/notices/").content.decode()
    assert client.post(f"/notices/outbox/{letter.pk}/").status_code == 404
    client.force_login(cast.admin)
    page = client.get("/notices/").content.decode()
    assert "云溪县水务局" in page
    assert "93000" in page
    client.post(f"/notices/outbox/{letter.pk}/")
    letter.refresh_from_db()
    assert (letter.state, letter.tries) == ("waiting", 0)
    assert letter.next_try_at <= now + timedelta(minutes=1)


def test_the_inbox_asks_the_database_at_most_ten_times(
    client, cast, now, django_assert_max_num_queries
) -> None:
    for n in range(60):
        case = make.case(received=make.at(3, 15, 8)) if n % 20 == 0 else None
        Notice.objects.create(user=cast.admin, rule="digest", key=str(n), case=case, text="…", created_at=now)
    dead()
    client.force_login(cast.admin)
    with django_assert_max_num_queries(10):
        client.get("/notices/")


def test_a_case_that_was_opened_leaves_no_unread_notice_of_it(client, cast, town, now) -> None:
    case = make.case(status="handling", received=make.at(3, 14))
    for user in (cast.clerk, cast.head):
        Notice.objects.create(user=user, rule="dispatch", key="1", case=case, text="请认领", created_at=now)
    client.force_login(cast.clerk)
    client.get(f"/cases/{case.number}/task/1/")
    telling.take_in(town, now)
    assert set(Notice.objects.filter(key="1", read_at=None).values_list("user", flat=True)) == {cast.head.pk}
