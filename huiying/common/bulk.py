"""Many new rows at once: keys reserved beforehand, then one prepared statement per table.

`bulk_create` builds a statement of thousands of parameters through the query compiler; for histories of
hundreds of thousands of rows that costs several times what the database itself needs. The caller holds
the transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from operator import itemgetter
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
    if rows:
        fields = rows[0]._meta.concrete_fields
        names = [field.attname for field in fields if rows[0].pk is not None or not field.primary_key]
        insert_columns(type(rows[0]), [{name: getattr(row, name) for name in names} for row in rows])


def insert_columns(model: type[models.Model], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows given as {attribute of the column: value}, all with the same attributes.

    What a row does not name is left to the database, which knows no defaults of Django's.
    """
    if not rows:
        return
    names = list(rows[0])
    known = {field.attname: field for field in model._meta.concrete_fields}
    fields = [known[name] for name in names]
    quote = connection.ops.quote_name
    columns, marks = ", ".join(quote(str(field.column)) for field in fields), ", ".join(["%s"] * len(fields))
    sql = f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({marks})"
    read, converters = itemgetter(*names), _converters(fields)
    given = (_converted(read(row), converters) for row in rows)
    with connection.cursor() as cursor:
        while batch := list(islice(given, BATCH)):
            cursor.executemany(sql, batch)


def _converted(values: tuple[Any, ...], converters: list[tuple[int, Callable[[Any], Any]]]) -> Sequence[Any]:
    row = list(values)
    for place, convert in converters:
        row[place] = convert(row[place])
    return row


def _converters(fields: Sequence[models.Field[Any, Any]]) -> list[tuple[int, Callable[[Any], Any]]]:
    """For each column whose values the database does not take as they are: its place, and how."""
    instants = _Instants() if connection.vendor == "sqlite" else None
    found: list[tuple[int, Callable[[Any], Any]]] = []
    for place, field in enumerate(fields):
        if isinstance(field, models.DateTimeField):
            if instants is not None:
                found.append((place, instants.__getitem__))
        elif not isinstance(field, PLAIN):
            found.append((place, _prepared(field)))
    return found


def _prepared(field: models.Field[Any, Any]) -> Callable[[Any], Any]:
    return lambda value: field.get_db_prep_save(value, connection)


class _Instants(dict[datetime | None, str | None]):
    """Instants as Django writes them on SQLite (in UTC), each worked out once: histories repeat them."""

    def __missing__(self, at: datetime | None) -> str | None:
        self[at] = text = at.astimezone(UTC).replace(tzinfo=None).isoformat(" ") if at else None
        return text
