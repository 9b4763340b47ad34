"""How a test gets round the triggers that keep history append-only: they sleep, then wake unchanged."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.base.base import BaseDatabaseWrapper


@contextmanager
def triggers_asleep(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """No trigger of `connection` fires inside; call it within a transaction."""
    asleep = {"sqlite": _sqlite_asleep, "postgresql": _postgres_asleep}[connection.vendor]
    with asleep(connection):
        yield


@contextmanager
def _sqlite_asleep(connection: BaseDatabaseWrapper) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        for name, _ in triggers:
            cursor.execute(f'DROP TRIGGER "{name}"')
        try:
            yield
        finally:
            for _, sql in triggers:
                cursor.execute(sql)


@contextmanager
def _postgres_asleep(connection: BaseDatabaseWrapper) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        yield  # when the block fails the transaction is gone, and the setting with it
        cursor.execute("SET session_replication_role = origin")


def empty_search_tables(connection: BaseDatabaseWrapper) -> None:
    """Empty the full-text tables of SQLite, which Django's flush does not know."""
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%fts5%'")
        for name, sql in cursor.fetchall():
            contentless = "content=" in sql.replace(" ", "")
            cursor.execute(
                f"""INSERT INTO "{name}"("{name}") VALUES ('delete-all')"""
                if contentless
                else f'DELETE FROM "{name}"'
            )
