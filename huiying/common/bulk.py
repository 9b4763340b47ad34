"""Many new rows at once: keys reserved beforehand, then each table's rows as COPY or few statements.

`bulk_create` makes an object of each row and sends it through the query compiler; for histories of
hundreds of thousands of rows that costs several times what the database itself needs. The caller holds
the transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain, groupby, islice
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
AT_ONCE = 100
"""Rows by one statement: SQLite takes 32,766 parameters, and a case has some thirty columns."""


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


def insert_columns(model: type[models.Model], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows given as {attribute of the column: value}, all with the same attributes.

    What a row does not name is left to the database, which knows no defaults of Django's.
    """
    if not rows:
        return
    into, fields = _into(model, tuple(rows[0]), connection.vendor)
    given = zip(*(_values(field, rows) for field in fields), strict=True)
    if connection.vendor == "postgresql" and len(rows) > AT_ONCE:
        _copy(into, given)
    else:
        _insert(into, given, len(fields))


def add(model: type[models.Model], row: Mapping[str, Any], *, unique: str) -> int | None:
    """Insert one row; its key, or None where another row has its value of the column `unique`."""
    into, fields = _into(model, tuple(row), connection.vendor)
    marks = ", ".join(["%s"] * len(fields))
    sql = f"INSERT INTO {into} VALUES ({marks}) ON CONFLICT ({unique}) DO NOTHING RETURNING id"
    with connection.cursor() as cursor:
        cursor.execute(sql, [next(iter(_values(field, [row]))) for field in fields])
        found = cursor.fetchone()
    return found[0] if found else None


@lru_cache(maxsize=64)
def _into(
    model: type[models.Model], names: tuple[str, ...], vendor: str
) -> tuple[str, list[models.Field[Any, Any]]]:
    """What follows INSERT INTO for these columns, and their fields. Databases of one kind quote alike."""
    known = {field.attname: field for field in model._meta.concrete_fields}
    fields = [known[name] for name in names]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    return f"{quote(model._meta.db_table)} ({columns})", fields


def _copy(into: str, rows: Iterable[tuple[Any, ...]]) -> None:
    sql = f"COPY {into} FROM STDIN"
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(sql) as copy:
        for row in rows:
            copy.write_row(row)


def _insert(into: str, rows: Iterator[tuple[Any, ...]], width: int) -> None:
    """Many rows by each statement: SQLite keeps a journal for a statement on a table with a trigger."""
    one = f"({', '.join(['%s'] * width)})"
    batches = iter(lambda: list(islice(rows, AT_ONCE)), [])
    with connection.cursor() as cursor:
        for count, group in groupby(batches, key=len):  # only the last is shorter
            sql = f"INSERT INTO {into} VALUES {', '.join([one] * count)}"
            given = [list(chain.from_iterable(batch)) for batch in group]
            if len(given) == 1:
                cursor.execute(sql, given[0])
            else:
                cursor.executemany(sql, given)


def _values(field: models.Field[Any, Any], rows: Sequence[Mapping[str, Any]]) -> Iterable[Any]:
    """One column of the rows, as the database takes it."""
    column = map(itemgetter(field.attname), rows)
    if isinstance(field, models.DateTimeField):
        return map(_instant, column) if connection.vendor == "sqlite" else column
    if isinstance(field, PLAIN):
        return column
    return (field.get_db_prep_save(value, connection) for value in column)


@lru_cache(maxsize=16_384)
def _instant(at: datetime | None) -> str | None:
    """An instant as Django writes it on SQLite, in UTC: histories repeat theirs."""
    return at.astimezone(UTC).isoformat(" ")[: -len("+00:00")] if at else None
