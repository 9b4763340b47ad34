"""One press is one deed: every form of the workbench, sent twice, is done once and ends at the same place."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.http import HttpResponse
from django.test import Client
from django.urls import resolve

from huiying.accounts import submissions
from huiying.accounts.models import Submission, User
from huiying.cases.models import Case
from huiying.dispatch import handoff
from huiying.ops import worker
from huiying.replies.models import Handling
from huiying.workbench import once
from tests import make
from tests.forms import sent
from tests.workbench.stories import FORM, STORIES, handled

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _files(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path


PASSING = {"Session", "Presence", "Submission"}
"""Tables of the moment, which are no deeds."""


def alert(answer: Any) -> list[str]:
    """What a page complains of."""
    return re.findall(r'role="alert"[^>]*>(.*?)</', answer.content.decode())


def everything() -> dict[str, list[Any]]:
    """All rows of all tables, as the database says them: half of the test would be asking through models."""
    tables = [model._meta.db_table for model in apps.get_models() if model.__name__ not in PASSING]
    found = {}
    with connection.cursor() as cursor:  # most are empty, which one question tells
        some = (f"SELECT '{table}' WHERE EXISTS (SELECT * FROM \"{table}\")" for table in tables)
        cursor.execute(" UNION ALL ".join(some))
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT * FROM "{table}"')
            found[table] = sorted(map(str, cursor.fetchall()))
    return found


@pytest.mark.parametrize("route", STORIES)
def test_sent_twice_it_is_done_once_and_ends_at_the_same_place(route, cast, town, now) -> None:
    press = STORIES[route](cast, town, now)
    client = Client(enforce_csrf_checks=True)
    client.force_login(press.by)
    to = press.to or press.page
    assert resolve(to).url_name == route.partition(" ")[0]

    def send() -> Any:
        photo = SimpleUploadedFile("现场.png", b"\x89PNG\r\n\x1a\n...")
        return client.post(to, given | ({"files": photo} if press.files else {}))

    untouched = everything()
    given = sent(client, press.page, to, **press.typed)
    assert everything() == untouched, "a page is only read"
    first = send()
    assert first.status_code in {200, 302}, alert(first)
    done = everything()
    assert done != untouched, alert(first)
    second = send()
    assert everything() == done
    assert second.status_code == 302
    if first.status_code == 302:
        assert second.headers["Location"] == first.headers["Location"]
    page = client.get(second.headers["Location"], follow=True).content.decode()
    assert once.AGAIN in page


# How it is done


@pytest.fixture
def desk(cast) -> Client:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.dispatcher)
    return client


def dispatched(desk: Client, case: Case, **typed: Any) -> tuple[str, dict[str, Any]]:
    page = f"/dispatch/{case.number}/"
    return page, sent(desk, page, page, **{"lead": "云溪县水务局"} | typed)


def test_the_second_is_told_what_the_first_was_told(desk, cast) -> None:
    case = make.case(received=make.at(3, 14))
    page, given = dispatched(desk, case)
    desk.post(page, given)
    told = desk.get(desk.post(page, given).headers["Location"]).content.decode()
    assert (
        told.count(f"已将 {case.number} 派给云溪县水务局。") == 2
    )  # by the first, and repeated by the second
    assert told.count(once.AGAIN) == 1


def test_a_form_that_was_refused_may_be_sent_again(desk, cast) -> None:
    case = make.case(received=make.at(3, 14))
    page, given = dispatched(desk, case, lead="没有这个局")
    assert [desk.post(page, given).status_code for _ in range(2)] == [409, 409]
    assert not Submission.objects.exists()


def test_the_same_words_on_a_new_page_are_a_new_deed(cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.operator)
    for _ in range(2):
        given = sent(client, "/intake/", "/intake/", **FORM | {"way": "queue"})
        client.post("/intake/", given)
    assert Case.objects.filter(title=FORM["title"]).count() == 2


def test_the_same_words_of_another_person_are_another_deed(cast, now) -> None:
    assert submissions.begin(cast.operator, "a" * 64, at=now)[1]
    assert submissions.begin(cast.dispatcher, "a" * 64, at=now)[1]
    assert not submissions.begin(cast.operator, "a" * 64, at=now)[1]
    assert submissions.begin(cast.operator, "b" * 64, at=now)[1]


def test_an_error_leaves_the_form_to_be_sent_again(desk, cast, monkeypatch) -> None:
    case = make.case(received=make.at(3, 14))
    page, given = dispatched(desk, case)
    with monkeypatch.context() as broken:
        broken.setattr(handoff, "dispatch", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            desk.post(page, given)
    assert desk.post(page, given).status_code == 302
    case.refresh_from_db()
    assert case.status == "dispatched"


def test_whoever_waits_too_long_is_told_to_look_and_not_to_press_again(desk, cast, now, monkeypatch) -> None:
    case = make.case(received=make.at(3, 14))
    page, given = dispatched(desk, case)
    monkeypatch.setattr(once, "PATIENCE_SECONDS", 0.1)
    row = first_at_work(cast.dispatcher, page, given, monkeypatch)
    answer = desk.post(page, given)
    assert (answer.status_code, alert(answer)) == (409, [once.AT_WORK])
    Submission.objects.filter(pk=row.pk).update(at=now - submissions.ABANDONED)
    assert desk.post(page, given).status_code == 302, "whoever had it has died"


def first_at_work(user: User, page: str, given: dict[str, Any], patch: Any) -> Submission:
    """The mark of the form, as somebody wrote it who is still at work."""
    seen: list[str] = []
    begin = submissions.begin
    with patch.context() as spying:
        spying.setattr(
            submissions, "begin", lambda who, mark, at: seen.append(mark) or begin(who, mark, at=at)
        )
        spying.setattr(once.Once, "_done", lambda *_: HttpResponse())
        client = Client()
        client.force_login(user)
        client.post(page, given)
    return Submission.objects.get(mark=seen[0])


def test_the_worker_forgets_the_forms_of_yesterday(cast, now) -> None:
    submissions.begin(cast.operator, "a" * 64, at=now - submissions.KEPT)
    submissions.begin(cast.operator, "b" * 64, at=now)
    assert "1 条" in worker.JOBS["submissions"].run(now)
    assert [row.mark[0] for row in Submission.objects.all()] == ["b"]


@pytest.mark.django_db(transaction=True)
def test_of_several_presses_at_the_same_moment_one_is_done(cast) -> None:
    task = handled().assignments.get()
    page = f"/cases/{task.case.number}/task/1/"
    to = f"{page}give/"
    desks = [Client(enforce_csrf_checks=True) for _ in range(4)]
    desks[0].force_login(cast.head)
    typed = {"part_to": f"user-{cast.clerk.pk}", "part_due_on": "2022-03-20", "part_note": "查表"}
    given = sent(desks[0], page, to, **typed)
    start = threading.Barrier(len(desks))

    def press(desk: Client) -> str:
        desk.cookies = desks[0].cookies
        start.wait()
        try:
            return desk.post(to, given).headers["Location"]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(desks)) as crowd:
        assert set(crowd.map(press, desks)) == {page}
    assert Handling.objects.count() == 1
