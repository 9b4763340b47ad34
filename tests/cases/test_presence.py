"""正在处理: who is at a case, who is told of whom, and that it costs next to nothing."""

import sqlite3
from contextlib import closing
from datetime import date, datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from huiying.accounts import people
from huiying.cases import presence
from huiying.cases.models import Event, Presence
from huiying.ops import worker
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def now(monkeypatch) -> datetime:
    at = make.at(3, 15, 10)
    monkeypatch.setattr(timezone, "now", lambda: at)
    return at


@pytest.fixture
def case(cast):
    return make.case(status="handling", co=["housing"])


def at_case(user, case, page, at) -> list[str]:
    return [str(here) for here in presence.at_case(user, case, page, at)]


def told(user, case, at) -> list[str]:
    return [str(here) for here in presence.others(user, [case], at).get(case.pk, [])]


def test_whoever_has_a_page_open_is_seen_for_a_minute_and_not_by_themselves(cast, case, now) -> None:
    assert at_case(cast.dispatcher, case, "dispatch", now) == []
    assert told(cast.operator, case, now) == ["李建国正在派单"]
    assert told(cast.dispatcher, case, now) == []
    assert told(cast.operator, case, now + presence.LASTS - timedelta(seconds=1)) == ["李建国正在派单"]
    assert told(cast.operator, case, now + presence.LASTS) == []


def test_a_page_that_stays_open_writes_at_most_every_fifteen_seconds(
    cast, case, now, django_assert_num_queries
) -> None:
    at_case(cast.dispatcher, case, "case", now)
    for seconds in (0, 5, 14):
        with django_assert_num_queries(1):
            at_case(cast.dispatcher, case, "dispatch", now + timedelta(seconds=seconds))
    later = now + presence.PAUSE
    with django_assert_num_queries(2):
        at_case(cast.dispatcher, case, "dispatch", later)
    row = Presence.objects.get()
    assert (row.page, row.seen_at) == ("dispatch", later)


def test_many_cases_are_asked_in_one_query(cast, now, django_assert_num_queries) -> None:
    cases = [make.case(f"第{n}件") for n in range(5)]
    for case in cases[:3]:
        presence.at_case(cast.dispatcher, case, "dispatch", now)
    _ = cast.operator.standings
    with django_assert_num_queries(1):
        assert set(presence.others(cast.operator, cases, now)) == {case.pk for case in cases[:3]}


@pytest.mark.parametrize(
    ("who", "page", "office", "same_unit", "other_unit"),
    [
        ("dispatcher", "dispatch", "李建国正在派单", "热线办公室正在派单", "热线办公室正在派单"),
        ("leader", "case", "韩先明正在查看", "", ""),
        ("clerk", "work", "陈静（云溪县水务局）正在办理", "陈静正在办理", ""),
        ("clerk", "case", "陈静（云溪县水务局）正在查看", "陈静正在查看", ""),
    ],
)
def test_the_office_is_told_names_a_unit_only_its_own(
    cast, case, now, who, page, office, same_unit, other_unit
) -> None:
    at_case(getattr(cast, who), case, page, now)
    assert told(cast.supervisor, case, now) == [office]
    assert told(cast.head, case, now) == ([same_unit] if same_unit else [])
    assert told(cast.other_clerk, case, now) == ([other_unit] if other_unit else [])
    assert told(cast.stranger, case, now) == told(cast.auditor, case, now) == []


def test_a_bureau_and_its_section_are_told_of_each_other(cast, now) -> None:
    case = make.case(status="handling", unit="housing")
    at_case(cast.section_clerk, case, "work", now)
    assert at_case(cast.other_clerk, case, "work", now) == ["孙燕正在办理"]
    assert told(cast.section_clerk, case, now) == ["赵磊正在办理"]
    assert told(cast.clerk, case, now) == []


def test_who_stands_in_is_there_as_the_unit_they_stand_in_for(cast, case, now) -> None:
    make.step(case, "cancel", on=2, note="不需要协办")
    deputy = make.person("linxia", "林夏", "clerk", unit="stone")
    today = date(2022, 3, 15)
    people.delegate(
        cast.clerk, deputy, from_on=today, until_on=today, reason="外出", by=cast.clerk, today=today, at=now
    )
    deputy.forget_standings()
    at_case(deputy, case, "work", now)
    assert told(cast.head, case, now) == ["林夏正在办理"]
    assert Presence.objects.get().unit.code == "water"


def test_people_of_the_office_are_one_office_to_a_unit(cast, case, now) -> None:
    at_case(cast.dispatcher, case, "dispatch", now)
    at_case(cast.operator, case, "dispatch", now)
    assert told(cast.clerk, case, now) == ["热线办公室正在派单"]
    assert told(cast.leader, case, now) == ["李建国正在派单", "张晓正在派单"]


def test_it_is_no_event_and_the_worker_sweeps_it_away(cast, case, now) -> None:
    before = Event.objects.count()
    at_case(cast.dispatcher, case, "dispatch", now)
    at_case(cast.operator, case, "case", now + presence.SWEPT)
    assert Event.objects.count() == before
    job = worker.JOBS["presence"]
    assert "1 条" in job.run(now + presence.SWEPT)
    assert [row.user for row in Presence.objects.all()] == [cast.operator]


def test_the_free_case_comes_first_and_where_none_is_the_first(cast, now) -> None:
    class Task:
        def __init__(self, case_id: int) -> None:
            self.case_id = case_id

    one, two = Task(1), Task(2)
    assert presence.free([one, two], {}) is one
    assert presence.free([one, two], {1}) is two
    assert presence.free([one, two], {1, 2}) is one
    assert presence.free([], {}) is None


@pytest.mark.skipif(settings.TEST_DB != "sqlite", reason="PostgreSQL locks rows: nobody waits for a writer")
@pytest.mark.django_db(transaction=True)
def test_while_a_long_import_writes_the_page_opens_all_the_same(cast, now, caplog) -> None:
    case = make.case(status="handling")
    path = connection.settings_dict["NAME"]
    connection.ensure_connection()
    connection.connection.execute("PRAGMA busy_timeout = 20000")
    with closing(sqlite3.connect(path, uri=str(path).startswith("file:"))) as importer:
        importer.execute("BEGIN IMMEDIATE")
        caplog.set_level("INFO", logger="huiying.common.impatience")
        assert at_case(cast.dispatcher, case, "dispatch", now) == []
        importer.rollback()
    assert Presence.objects.count() == 0
    assert "数据库正忙" in caplog.text
    assert connection.connection.execute("PRAGMA busy_timeout").fetchone() == (20000,)
    at_case(cast.dispatcher, case, "dispatch", now)
    assert Presence.objects.count() == 1
    with transaction.atomic():
        at_case(cast.operator, case, "dispatch", now)
