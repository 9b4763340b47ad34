"""The log as the database stores it: every column of every event row, read raw and parsed strictly.

Django forgives what another program wrote (a `T` in an instant, a number kept as text); the doctor
does not. What is not written exactly as Huiying writes it is told, row by row, and nothing raises.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from huiying.cases import chain
from huiying.cases.chain import Link
from huiying.cases.history import Entry
from huiying.cases.models import Case, Event

NUMBERS = ("id", "case_id", "seq", "on", "actor_id")
TEXTS = ("region", "kind", "origin", "from_status", "to_status", "data", "previous", "hash")
INSTANTS = ("happened_at", "recorded_at")
COLUMNS = (*NUMBERS, *TEXTS, *INSTANTS)
MAY_BE_EMPTY = "actor_id"
INSTANT_TEXT = "YYYY-MM-DD HH24:MI:SS.US"
NEWEST = {
    "sqlite": "SELECT seq FROM sqlite_sequence WHERE name = %s",
    "postgresql": "SELECT pg_sequence_last_value(pg_get_serial_sequence(%s, 'id'))",
}


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One row. `problem` says why it could not be read; `link` and `entry` are then None."""

    pk: int
    seq: int
    hash: str
    problem: str = ""
    link: Link | None = None
    entry: Entry | None = None


class _Unreadable(Exception):
    """A column does not hold what Huiying writes."""


def read(numbers: Mapping[int, str]) -> dict[int, list[StoredEvent]]:
    """The events of some cases (primary key: number), by case and in the order of `seq`."""
    found: dict[int, list[StoredEvent]] = {pk: [] for pk in numbers}
    if not numbers:
        return found
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_selected()} FROM {Event._meta.db_table} WHERE case_id BETWEEN %s AND %s",
            [min(numbers), max(numbers)],
        )
        while rows := cursor.fetchmany(2000):
            for kinds, *values in rows:
                row = dict(zip(COLUMNS, map(_bytes, values), strict=True))
                case = _whole(row["case_id"], -1)
                if case in found:
                    found[case].append(_event(row, kinds, numbers[case]))
    for events in found.values():
        events.sort(key=lambda e: (e.seq, e.pk))
    return found


def homeless() -> Iterator[str]:
    """The rows that belong to no case, in words."""
    table, cases = Event._meta.db_table, Case._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT CAST(id AS text), CAST(case_id AS text), CAST(seq AS text) FROM {table}"
            f" WHERE NOT EXISTS (SELECT 1 FROM {cases} WHERE {cases}.id = {table}.case_id)"
        )
        for pk, case, seq in cursor.fetchall():
            yield f"记录 {pk}（序号 {seq}）所属的诉求件 {case} 不存在"


def newest() -> int:
    """The last number that the database gave to an event: no row can have a higher one."""
    with connection.cursor() as cursor:
        cursor.execute(NEWEST[connection.vendor], [Event._meta.db_table])
        row = cursor.fetchone()
    return int(row[0] or 0) if row else 0


def _selected() -> str:
    """The kinds of storage in one column, then every column as bytes (SQLite) or text (PostgreSQL)."""
    if connection.vendor == "sqlite":
        kinds = "||','||".join(f'typeof("{name}")' for name in COLUMNS)
        return ", ".join([kinds, *(f'CAST("{name}" AS BLOB)' for name in COLUMNS)])
    shown = [f'"{name}"::text' for name in (*NUMBERS, *TEXTS)]
    shown += [f"to_char({name} AT TIME ZONE 'UTC', '{INSTANT_TEXT}')" for name in INSTANTS]
    return ", ".join(["''", *shown])


def _event(row: dict[str, bytes | None], kinds: str, number: str) -> StoredEvent:
    pk, seq = _whole(row["id"], 0), _whole(row["seq"], 0)
    try:
        values = _values(row, kinds)
        entry = Entry(
            values["seq"],
            values["kind"],
            values["on"],
            values["happened_at"],
            values["recorded_at"],
            _data(values["data"]),
        )
    except _Unreadable as problem:
        return StoredEvent(pk, seq, "", str(problem))
    link = Link(
        number=number,
        actor=values["actor_id"],
        **{name: values[name] for name in Link._fields if name not in {"number", "actor"}},
    )
    return StoredEvent(pk, seq, values["hash"], "", link, entry)


def _values(row: dict[str, bytes | None], kinds: str) -> dict[str, Any]:
    if kinds:
        _check_kinds(kinds)
    values: dict[str, Any] = {name: _number(name, row[name]) for name in NUMBERS}
    values |= {name: _text(name, row[name]) for name in TEXTS}
    return values | {name: _instant(name, _text(name, row[name])) for name in INSTANTS}


def _check_kinds(kinds: str) -> None:
    """SQLite keeps any kind of value in any column; here each column has its own."""
    for name, kind in zip(COLUMNS, kinds.split(","), strict=True):
        wanted = {"integer"} if name in NUMBERS else {"text"}
        if kind not in wanted | ({"null"} if name == MAY_BE_EMPTY else set()):
            raise _Unreadable(f"的 {name} 列存成了 {kind}")


def _number(name: str, raw: bytes | None) -> int | None:
    if raw is None and name == MAY_BE_EMPTY:
        return None
    text = _text(name, raw)
    try:
        return int(text)
    except ValueError:
        raise _Unreadable(f"的 {name} 列不是整数") from None


def _text(name: str, raw: bytes | None) -> str:
    if raw is None:
        raise _Unreadable(f"的 {name} 列是空值")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise _Unreadable(f"的 {name} 列不是 UTF-8 文字") from None


def _instant(name: str, text: str) -> datetime:
    """The instant, where its text is exactly what Django (SQLite) or `to_char` (PostgreSQL) writes."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise _Unreadable(f"的 {name} 列不是时间：{text[:40]}") from None
    written = str(at) if connection.vendor == "sqlite" else at.isoformat(" ", "microseconds")
    if at.tzinfo is not None or written != text:
        raise _Unreadable(f"的 {name} 列写法不对：{text[:40]}")
    return at.replace(tzinfo=UTC)


def _data(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise _Unreadable("的 data 列不是 JSON") from None
    if not isinstance(data, dict) or chain.canonical(data) != text:
        raise _Unreadable("的 data 列不是系统写入的 JSON 形式")
    return data


def _bytes(value: Any) -> bytes | None:
    return value.encode() if isinstance(value, str) else value


def _whole(raw: bytes | None, otherwise: int) -> int:
    try:
        return int(raw or b"")
    except ValueError:
        return otherwise
