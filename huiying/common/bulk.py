"""Many new rows at once: keys reserved beforehand, then one prepared statement per table.

`bulk_create` builds a statement of thousands of parameters through the query compiler; for histories of
hundreds of thousands of rows that costs several times what the database itself needs. The caller holds
the transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from django.db import connection, models

PLAIN = (
    models.AutoField,
    models.BigAutoField,
    models.BinaryField,
    models.BooleanField,
    models.CharField,
    models.FloatField,
    models.ForeignKey,
    models.IntegerField,
    models.TextField,
)
"""Fields whose Python values both databases take as they are."""
BATCH = 2_000


def reserve(model: type[models.Model], count: int) -> list[int]:
    """Primary keys that no other row has or will get: from the sequence, or behind SQLite's last one.

    On SQLite the caller's transaction must already be the writing one (ours begin IMMEDIATE).
    """
    table, column = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
                [f'"{table}"', column, count],
            )
            return [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        last = (cursor.fetchone() or [0])[0]
        return list(range(last + 1, last + 1 + count))


def number(rows: Sequence[models.Model]) -> None:
    """Give unsaved rows of one model their primary keys."""
    if rows:
        for row, pk in zip(rows, reserve(type(rows[0]), len(rows)), strict=True):
            row.pk = pk


def insert(rows: Sequence[models.Model]) -> None:
    """Insert unsaved rows of one model, with or without primary keys. No signals, nothing read back."""
    if not rows:
        return
    meta = rows[0]._meta
    fields = [field for field in meta.concrete_fields if rows[0].pk is not None or not field.primary_key]
    quote = connection.ops.quote_name
    columns, marks = ", ".join(quote(str(field.column)) for field in fields), ", ".join(["%s"] * len(fields))
    sql = f"INSERT INTO {quote(meta.db_table)} ({columns}) VALUES ({marks})"
    readers = [(field.attname, _converter(field)) for field in fields]
    values = (
        [convert(getattr(row, name)) if convert else getattr(row, name) for name, convert in readers]
        for row in rows
    )
    with connection.cursor() as cursor:
        while batch := list(islice(values, BATCH)):
            cursor.executemany(sql, batch)


def _converter(field: models.Field[Any, Any]) -> Callable[[Any], Any] | None:
    if isinstance(field, models.DateTimeField):
        return _remembered(_instant)
    if isinstance(field, PLAIN):
        return None
    return lambda value: field.get_db_prep_save(value, connection)


def _instant(value: datetime | None) -> Any:
    """As Django writes instants on SQLite (in UTC); PostgreSQL takes them as they are."""
    if value is None or connection.vendor == "postgresql":
        return value
    return str(value.astimezone(UTC).replace(tzinfo=None))


def _remembered(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The same conversion, quicker where the same object comes again, as a recording instant does."""
    last: Any = None
    result: Any = None

    def converted(value: Any) -> Any:
        nonlocal last, result
        if value is not last:
            last, result = value, convert(value)
        return result

    return converted
