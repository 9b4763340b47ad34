"""The database itself refuses to change or remove what was written down, on SQLite and on PostgreSQL."""

import pytest
from django.db import DatabaseError, connection, transaction

from huiying.accounts.models import Trail, TrailKind
from huiying.cases.models import Event
from huiying.cases.place import Place
from huiying.common import append_only
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


OVER = [  # column list and values of a row of cases_event that is to take the place of the first
    ("id", "{id}, case_id, seq"),
    ("case_id and seq", "NULL, case_id, seq"),
    ("id alone", "{id}, case_id, 99"),
]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="只有 SQLite 有 REPLACE")
@pytest.mark.parametrize("values", [values for _, values in OVER], ids=[name for name, _ in OVER])
@pytest.mark.parametrize("verb", ["INSERT OR REPLACE", "REPLACE", "INSERT"])
def test_nothing_is_written_over_an_event(town: Place, verb: str, values: str) -> None:
    event = make.case(status="dispatched").events.get(seq=1)
    before = list(Event.objects.order_by("pk").values())
    rest = (
        'region, kind, "on", happened_at, recorded_at, origin, from_status, to_status, data, previous, hash'
    )
    statement = f"{verb} INTO cases_event (id, case_id, seq, {rest}) SELECT {values}, {rest} FROM cases_event"
    with pytest.raises(DatabaseError, match=REFUSED), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(id=event.pk) + f" WHERE id = {event.pk}")
    with pytest.raises(DatabaseError, match=REFUSED), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE OR REPLACE cases_event SET id = {event.pk} WHERE id <> {event.pk}")
    assert list(Event.objects.order_by("pk").values()) == before


@pytest.mark.skipif(connection.vendor != "sqlite", reason="只有 SQLite 有 REPLACE")
def test_nor_over_a_line_of_the_trail(town: Place) -> None:
    row = Trail.objects.create(kind=TrailKind.values[0], at=make.at(3, 1))
    columns = ", ".join(f'"{f.column}"' for f in Trail._meta.concrete_fields)
    with pytest.raises(DatabaseError, match=REFUSED), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"REPLACE INTO accounts_trail ({columns}) SELECT {columns} FROM accounts_trail")
    assert Trail.objects.get() == row
    assert Trail.objects.create(kind=TrailKind.values[0], at=make.at(3, 1)).pk > row.pk


def test_many_events_are_added_at_once(town: Place) -> None:
    case = make.case()
    last = case.events.get()
    common = {"case": case, "region": case.region, "kind": "urge", "hash": "0" * 64}
    common |= {"happened_at": last.happened_at, "recorded_at": last.recorded_at}
    Event.objects.bulk_create([Event(seq=seq, **common) for seq in range(2, 502)])
    assert Event.objects.count() == 501


def test_the_triggers_come_off_again_with_their_migration(town: Place) -> None:
    step = append_only.operation("kept", unique=("a",), when="OLD.a IS NOT NULL")
    editor = connection.SchemaEditorClass(connection, atomic=False)  # type: ignore[misc]
    editor.deferred_sql = []
    editor.execute("CREATE TABLE kept (id integer PRIMARY KEY, a integer)")
    step.code(None, editor)  # type: ignore[arg-type]
    editor.execute("INSERT INTO kept VALUES (1, 1)")
    with pytest.raises(DatabaseError, match=REFUSED), transaction.atomic():
        editor.execute("DELETE FROM kept")
    assert step.reverse_code is not None
    step.reverse_code(None, editor)  # type: ignore[arg-type]
    editor.execute("DELETE FROM kept")
    editor.execute("DROP TABLE kept")
