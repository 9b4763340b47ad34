"""How the database means to find the rows of a query, and which of that would grow with the town."""

import re

from django.db import connection

LARGE = {f"cases_{name}" for name in ("case", "assignment", "sight", "event", "clockrun", "ruling", "person")}
"""Tables that have about a row for each case, or more."""
RARE = "(?:event_amended|event_instructed|event_rework|case_next_due)"
"""Indexes of a few rows of them, or of open cases alone, which may be read whole."""


def plan(sql: str) -> list[str]:
    """The steps of a query, in the words of the database."""
    how = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with connection.cursor() as cursor:
        cursor.execute(f"{how} {sql}")
        return [str(row[-1]) for row in cursor.fetchall()]


def whole(sql: str) -> list[str]:
    """The steps in which SQLite reads all of a large table: it neither enters it anywhere nor leaves it after
    so many rows in the order asked for. An alias that stands for other tables too is let pass."""
    tables: dict[str, set[str]] = {table: {table} for table in LARGE}
    for table, alias in re.findall(r'"(\w+)" ([TUVW]\d+)\b', sql):
        tables.setdefault(alias, set()).add(table)
    steps = plan(sql)
    walks = "LIMIT" in sql and not any("B-TREE FOR ORDER BY" in step for step in steps)
    read = rf"SCAN (\w+)(?! USING (?:COVERING )?INDEX {RARE})"
    found = [] if walks else [re.match(read, step) for step in steps]
    found += [re.match(r"USING ROWID SEARCH ON TABLE (\w+)", step) for step in steps]
    return [f"{one[0]}: {sql}" for one in found if one and tables.get(one[1], {""}) <= LARGE]
