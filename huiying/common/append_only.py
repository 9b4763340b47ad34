"""Tables to which rows are only added: the database itself refuses to change or remove them."""

from __future__ import annotations

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_SQLITE = """
CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table} {when}
BEGIN SELECT RAISE(ABORT, '{table} 只可追加，不可修改或删除'); END
"""
_OVER = """
CREATE TRIGGER {table}_{name} BEFORE {verb} ON {table} WHEN {taken}
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


def operation(
    table: str, *, when: str = "", unique: tuple[str, ...] = (), among: str = ""
) -> migrations.RunPython:
    """A migration step that lets `table` only grow; `when` (SQL over OLD) limits it to some rows.

    SQLite's INSERT OR REPLACE and UPDATE OR REPLACE remove the row in the way without telling the trigger on
    DELETE, so nothing is written over the id of a kept row, nor over its `unique` columns where the table
    says that they are unique (`among`: the condition of a partial index, SQL over {row}).
    """
    clause = f"WHEN ({when})" if when else ""

    def statements(vendor: str) -> list[str]:
        over = _over(table, when, unique, among) if vendor == "sqlite" else {}
        return [*_statements(vendor, table, clause), *over.values()]

    def forwards(apps: object, editor: BaseDatabaseSchemaEditor) -> None:
        for statement in statements(editor.connection.vendor):
            editor.execute(statement)

    def backwards(apps: object, editor: BaseDatabaseSchemaEditor) -> None:
        over = _over(table, when, unique, among) if editor.connection.vendor == "sqlite" else {}
        for name in (*_verbs(editor.connection.vendor), *over):
            on = f" ON {table}" if editor.connection.vendor == "postgresql" else ""
            editor.execute(f"DROP TRIGGER {table}_{name}{on}")
        if editor.connection.vendor == "postgresql":
            editor.execute(f"DROP FUNCTION {table}_refuse()")

    return migrations.RunPython(forwards, backwards)


def _over(table: str, when: str, unique: tuple[str, ...], among: str) -> dict[str, str]:
    """SQLite's triggers, by name, against rows written over kept ones.

    Before an INSERT without id NEW.id is -1, which no row has.
    """
    kept = f"SELECT 1 FROM {table} kept WHERE {when.replace('OLD.', 'kept.') or '1'}"
    taken = [f"EXISTS ({kept} AND kept.id = NEW.id)"]
    if unique:
        same = " AND ".join(f"kept.{column} = NEW.{column}" for column in unique)
        for row in ("kept", "NEW") if among else ():
            same += f" AND ({among.format(row=row)})"
        taken.append(f"EXISTS ({kept} AND {same})")
    triggers = {"insert": _OVER.format(table=table, name="insert", verb="INSERT", taken=" OR ".join(taken))}
    if when:  # only then is there an UPDATE that is not refused anyway; a row is not in its own way
        others = " OR ".join(one.replace("WHERE", "WHERE kept.id <> OLD.id AND", 1) for one in taken)
        triggers["over"] = _OVER.format(table=table, name="over", verb="UPDATE", taken=others)
    return triggers


def _verbs(vendor: str) -> tuple[str, ...]:
    return ("update", "delete", "truncate") if vendor == "postgresql" else ("update", "delete")


def _statements(vendor: str, table: str, clause: str) -> list[str]:
    row = _ROW if vendor == "postgresql" else _SQLITE
    rows = [row.format(table=table, verb=verb, when=clause) for verb in ("update", "delete")]
    if vendor != "postgresql":
        return rows
    return [_FUNCTION.format(table=table), *rows, _TRUNCATE.format(table=table)]
