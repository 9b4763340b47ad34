"""Many rows at once are the rows that one at a time would have been, on either database."""

from datetime import timedelta, timezone
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from huiying.cases.models import Person
from huiying.common import bulk
from tests.make import at

pytestmark = pytest.mark.django_db
MANY = 2 * bulk.AT_ONCE + 7


def people(count: int) -> list[dict[str, Any]]:
    """Columns with all that is hard to write: bytes, tabs, quotes, no value, an instant of elsewhere."""
    east = timezone(timedelta(hours=8))
    return [
        {
            "id": pk,
            "sealed": bytes([0, 9, 10, 92, 255, n % 256]),
            "phone_index": f"{n}",
            "name_index": "\\N\t'甲'\n",
            "recorded_at": at(3, 1, 9, n % 60).astimezone(east),
            "erased_at": at(4, 1) if n % 2 else None,
        }
        for n, pk in enumerate(bulk.reserve(Person, count))
    ]


@pytest.mark.parametrize("count", [0, 1, bulk.AT_ONCE, MANY])
def test_every_row_is_written_as_it_was_given(count: int) -> None:
    given = people(count)
    bulk.insert_columns(Person, given)
    read = list(Person.objects.order_by("id").values(*(given[0] if given else ["id"])))
    assert [row | {"sealed": bytes(row["sealed"])} for row in read] == given
    Person.objects.create(phone_index="later", recorded_at=at(5, 1), sealed=b"")
    assert Person.objects.count() == count + 1


def test_instants_are_spelt_as_django_spells_them() -> None:
    Person.objects.create(**people(1)[0] | {"id": None})
    bulk.insert_columns(Person, people(1))
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT recorded_at FROM cases_person")
        assert len(cursor.fetchall()) == 1


def test_statements_grow_with_hundreds_of_rows_and_not_with_rows() -> None:
    given = people(MANY)
    with CaptureQueriesContext(connection) as asked:
        bulk.insert_columns(Person, given)
    assert len(asked) <= 2


def test_a_row_that_cannot_be_is_django_s_own_error_and_nothing_is_written() -> None:
    given = people(3)
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.insert_columns(Person, [*given, given[0]])
    assert not Person.objects.exists()
