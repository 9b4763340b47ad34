"""Tables to which rows are only added: the database itself refuses to change or remove them."""

from __future__ import annotations

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_SQLITE = """
CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table} {when}
BEGIN SELECT RAISE(ABORT, '{table} 只可追加，不可修改或删除'); END
"""
_FUNCTION = """
CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{table} 只可追加，不可修改或删除'; END $$
"""
_ROW = """
CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table} FOR EACH ROW {when} EXECUTE FUNCTION {table}_refuse()
"""
_TRUNCATE = "CREATE TRIGGER {table}_truncate BEFORE TRUNCATE ON {table} EXECUTE FUNCTION {table}_refuse()"


def operation(table: str, *, when: str = "") -> migrations.RunPython:
    """A migration step that lets `table` only grow; `when` (SQL over OLD) limits it to some rows."""
    clause = f"WHEN ({when})" if when else ""

    def forwards(apps: object, editor: BaseDatabaseSchemaEditor) -> None:
        for statement in _statements(editor.connection.vendor, table, clause):
            editor.execute(statement)

    def backwards(apps: object, editor: BaseDatabaseSchemaEditor) -> None:
        for verb in _verbs(editor.connection.vendor):
            on = f" ON {table}" if editor.connection.vendor == "postgresql" else ""
            editor.execute(f"DROP TRIGGER {table}_{verb}{on}")
        if editor.connection.vendor == "postgresql":
            editor.execute(f"DROP FUNCTION {table}_refuse()")

    return migrations.RunPython(forwards, backwards)


def _verbs(vendor: str) -> tuple[str, ...]:
    return ("update", "delete", "truncate") if vendor == "postgresql" else ("update", "delete")


def _statements(vendor: str, table: str, clause: str) -> list[str]:
    row = _ROW if vendor == "postgresql" else _SQLITE
    rows = [row.format(table=table, verb=verb, when=clause) for verb in ("update", "delete")]
    if vendor != "postgresql":
        return rows
    return [_FUNCTION.format(table=table), *rows, _TRUNCATE.format(table=table)]
