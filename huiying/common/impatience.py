"""Writes that are not worth waiting for.

SQLite has one writer at a time, and a large import may be it for minutes. What is only a comfort gives way.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection

log = logging.getLogger(__name__)

PATIENCE_MS = 50


@contextmanager
def if_free() -> Iterator[None]:
    """What is written within is left out, and the log says so, where SQLite's writer is not free at once.

    PostgreSQL locks rows and not the file: there it is an ordinary write.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    connection.ensure_connection()
    raw = connection.connection
    (before,) = raw.execute("PRAGMA busy_timeout").fetchone()
    raw.execute(f"PRAGMA busy_timeout = {PATIENCE_MS}")
    try:
        yield
    except OperationalError as busy:
        if "locked" not in str(busy):
            raise
        log.info("数据库正忙，这次没有写：%s", busy)
    finally:
        raw.execute(f"PRAGMA busy_timeout = {before}")
