"""Whether the database has the tables of this version."""

from __future__ import annotations

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from huiying.common.errors import Refused


def require_current() -> None:
    """Raise Refused where `huiying migrate` has still to be run."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise Refused("数据库表还没有建立，或不是本版本的。请先运行：huiying migrate")
