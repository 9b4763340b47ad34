"""Databases to measure in: one for each size of town, beside the office's own and never the office's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import DEFAULT_DB_ALIAS, load_backend
from psycopg import sql

from huiying.common import databases
from huiying.ops import bench_town
from huiying.ops.bench_town import Facts

Progress = Callable[[int, int], None]
HASTE = "PRAGMA synchronous = OFF"
"""While a town is built, which is made to be thrown away, a power cut may damage it."""


@dataclass
class House:
    """The database of one town; `entered` makes it the one that the product works in."""

    cases: int
    url: str
    _connection: BaseDatabaseWrapper | None = field(default=None, init=False, repr=False)

    @contextmanager
    def entered(self) -> Iterator[BaseDatabaseWrapper]:
        """Until the block ends this thread's database is the town's; the connection stays open."""
        self._connection = self._connection or _connection(self.url)
        before = connections[DEFAULT_DB_ALIAS]
        connections[DEFAULT_DB_ALIAS] = self._connection
        try:
            yield self._connection
        finally:
            connections[DEFAULT_DB_ALIAS] = before

    def leave(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def build(self, *, now: datetime, progress: Progress | None = None) -> Facts:
        """The tables and the town; what is there already stays, what is missing is added."""
        if not self.url.startswith("sqlite:"):
            _create(self.url)
        with self.entered() as connection:
            if connection.vendor == "sqlite":
                connection.cursor().execute(HASTE)
            call_command("migrate", verbosity=0)
            facts = bench_town.build(self.cases, now=now, progress=progress)
        self.leave()  # and with it the haste of building
        return facts

    def demolish(self) -> None:
        """Throw the town away."""
        self.leave()
        if self.url.startswith("sqlite:"):
            path = _file(self.cases)
            for suffix in ("", "-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
        else:
            _on_the_server(self.url, "DROP DATABASE IF EXISTS {} WITH (FORCE)")


def house(cases: int, *, database: str = "") -> House:
    """The house for a town of so many cases: on the server of `database`, else a file under HUIYING_HOME."""
    if urlsplit(database).scheme in {"postgres", "postgresql"}:
        parts = urlsplit(database)
        name = f"{parts.path.lstrip('/')}_bench_{cases}"
        return House(cases, urlunsplit(parts._replace(path=f"/{name}")))
    path = _file(cases)
    path.parent.mkdir(parents=True, exist_ok=True)
    return House(cases, f"sqlite:///{path}")


def _file(cases: int) -> Path:
    return Path(settings.HUIYING_HOME) / "bench" / f"town-{cases}.sqlite3"


def _connection(url: str) -> BaseDatabaseWrapper:
    """A connection of its own, without a pool: it stays open as long as it is measured."""
    given = databases.from_url(url)
    given["OPTIONS"].pop("pool", None)
    found = connections.configure_settings({DEFAULT_DB_ALIAS: given})[DEFAULT_DB_ALIAS]
    wrapper: BaseDatabaseWrapper = load_backend(found["ENGINE"]).DatabaseWrapper(found, DEFAULT_DB_ALIAS)
    return wrapper


def _create(url: str) -> None:
    try:
        _on_the_server(url, "CREATE DATABASE {}")
    except psycopg.errors.DuplicateDatabase:
        return


def _on_the_server(url: str, statement: str) -> None:
    """One statement about the database of that address, sent to the server's own."""
    parts = urlsplit(url)
    server = urlunsplit(parts._replace(path="/postgres", query=_for_libpq(parts.query)))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(parts.path.lstrip("/"))))


def _for_libpq(query: str) -> str:
    return "&".join(part for part in query.split("&") if not part.startswith("pool="))
