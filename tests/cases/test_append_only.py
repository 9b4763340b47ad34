"""The database itself refuses to change or remove what was written down, on SQLite and on PostgreSQL."""

import pytest
from django.db import DatabaseError, connection, transaction

from huiying.cases.models import Event
from huiying.cases.place import Place
from tests import make

pytestmark = pytest.mark.django_db

REFUSED = "只可追加"
STATEMENTS = [
    "UPDATE cases_event SET data = '{}'",
    "UPDATE cases_event SET hash = hash WHERE seq = 1",
    "DELETE FROM cases_event",
    "DELETE FROM cases_event WHERE seq = 2",
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_an_event_is_neither_changed_nor_removed(town: Place, statement: str) -> None:
    make.case(status="dispatched")
    before = list(Event.objects.order_by("pk").values())
    with pytest.raises(DatabaseError, match=REFUSED), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert list(Event.objects.order_by("pk").values()) == before


def test_nor_through_the_models(town: Place) -> None:
    event = make.case().events.get()
    event.kind = "claim"
    for act in (event.save, event.delete, Event.objects.all().delete):
        with pytest.raises(DatabaseError, match=REFUSED), transaction.atomic():
            act()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite 没有 TRUNCATE")
def test_nor_emptied_at_once(town: Place) -> None:
    make.case()
    with pytest.raises(DatabaseError, match=REFUSED), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE cases_event")
    assert Event.objects.count() == 1


def test_adding_is_what_is_left(town: Place) -> None:
    make.step(make.case(), "supervise", note="请重视")
    assert Event.objects.count() == 2
