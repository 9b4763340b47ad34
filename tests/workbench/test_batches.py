"""How far long work is: polled on the page that asked, and a page of its own with scripts off."""

import datetime as dt
import re

import pytest

from huiying.batches import queue
from huiying.batches.models import Batch
from tests import make

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def batch(cast, now) -> Batch:
    return queue.ask("reckon", by=cast.admin, at=now)


def bare(text: str) -> str:
    return re.sub(r'csrfmiddlewaretoken" value="\w+"', "", text)


@pytest.mark.parametrize("state", ["waiting", "running", "done", "failed"])
def test_the_part_alone_is_the_same_as_in_the_page_and_polls_only_while_there_is_something_to_come(
    client, cast, batch, state, now, django_assert_max_num_queries
) -> None:
    Batch.objects.update(state=state, total=4, done=1, ended_at=now if state == "done" else None)
    client.force_login(cast.admin)
    url = f"/batches/{batch.pk}/"
    fragment = client.get(url, headers=HTMX).content.decode()
    with django_assert_max_num_queries(12):
        page = client.get(url).content.decode()
    assert fragment.startswith('<section id="batch"')
    assert bare(fragment) in bare(page)
    assert ("every 2s" in page) == (state in {"waiting", "running"})
    assert ('http-equiv="refresh"' in page) == (state in {"waiting", "running"})
    assert ("接着再办" in page) == (state == "failed")
    if state == "running":
        assert '<progress max="4" value="1"' in page
    for shown in ("/settings/rules/", "/settings/calendar/"):
        assert 'id="batch"' in client.get(shown).content.decode()


def test_a_batch_that_nobody_begins_says_that_no_worker_runs(client, cast, batch, now) -> None:
    client.force_login(cast.admin)
    url = f"/batches/{batch.pk}/"
    assert "很久没有开始" not in client.get(url).content.decode()
    Batch.objects.update(asked_at=now - dt.timedelta(minutes=4))
    assert "很久没有开始" in client.get(url).content.decode()


def test_a_failed_batch_goes_on_when_told_by_who_asked_or_an_administrator(client, cast, batch) -> None:
    Batch.objects.update(state="failed", error="日历不全", reached=7, tries=3)
    url = f"/batches/{batch.pk}/"
    for user, status in ((cast.dispatcher, 403), (cast.clerk, 403), (cast.admin, 302)):
        client.force_login(user)
        assert client.post(f"{url}again/").status_code == status, user
    batch.refresh_from_db()
    assert (batch.state, batch.reached) == ("waiting", 7)
    assert client.get("/batches/999/").status_code == 404


def test_units_do_not_see_the_offices_work(client, cast, batch) -> None:
    for user in cast.everybody():
        client.force_login(user)
        office = user not in (
            cast.clerk,
            cast.head,
            cast.other_clerk,
            cast.section_clerk,
            cast.auditor,
            cast.stranger,
        )
        assert client.get(f"/batches/{batch.pk}/").status_code == (200 if office else 403), user
    assert make.at(3, 15, 10) == batch.asked_at
