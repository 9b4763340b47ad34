"""One small full-text index over two engines: FTS5 on SQLite, a tsvector with GIN on PostgreSQL.

The tokens come ready from `common/text.py` and neither engine cuts or folds them again: FTS5 reads them with
its `ascii` tokeniser (it parts at spaces only), PostgreSQL gets a finished tsvector, not a text to parse.

The index keeps no text. On SQLite (contentless FTS5) a row leaves the index only with the very tokens it was
entered with, so the caller passes the old ones; when `search_tokens` itself changes, `clear` and `put` all.
On PostgreSQL a tsvector counts positions up to 16,383: phrases beyond that in one text are not told apart.
There each row also holds, as tokens that no text has, of which blocks of keys it is (`BLOCKS`): a GIN index
cannot walk from the newest row back, but leaps to the rows of a block. It knows where rows lie, not their
keys, so that every row found is read: rows are kept narrow (`NARROW`), and stay in memory.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython
from django.db.models.expressions import RawSQL

from huiying.common.errors import Refused
from huiying.common.text import Phrase, search_phrase

M = TypeVar("M", bound=models.Model)
T = TypeVar("T")

BATCH = 500
LAST_POSITION = 16383
BLOCKS = (9, 13)
"""PostgreSQL knows of each row in which block of 512 keys and in which of 8,192 it is (2⁹, 2¹³)."""
WINDOWS = ((9, 2, 0.0), (13, 2, 0.0), (13, 5, 2 / 5), (13, 9, 2 / 9))
"""Where it looks for the newest rows first: in so many of the newest blocks of that size, for what the window
before held so large a share of what is wanted (rarer words would not be found often enough in it)."""
EVERYWHERE = "(words || words)"
"""The last question of all rows: twice the same, so that the planner, who takes any words to be in one row of
two hundred, does not think it worth while to compile (jit) a statement over a million rows."""

NARROW = {
    "sqlite": [],
    "postgresql": [
        "ALTER TABLE {name} ADD COLUMN IF NOT EXISTS padding text NOT NULL DEFAULT repeat(' ', 2048)",
        "ALTER TABLE {name} SET (toast_tuple_target = 128)",
    ],
}
"""PostgreSQL moves a long value out of its row only where the row is longer than 2 kB, but then until the row
is as short as it was told to be. Blanks, of which it keeps 40 bytes, make every row so long."""

CREATE = {
    "sqlite": ["CREATE VIRTUAL TABLE {name} USING fts5(tokens, content='', tokenize='ascii')"],
    "postgresql": [
        "CREATE TABLE {name} (id bigint PRIMARY KEY, tokens tsvector NOT NULL)",
        "CREATE INDEX {name}_tokens ON {name} USING gin (tokens)",
    ],
}
MATCH = {
    "sqlite": "SELECT rowid FROM {name} WHERE {name} MATCH %s",
    "postgresql": "SELECT id FROM {name} WHERE tokens @@ %s::tsquery",
}
AMONG = {"sqlite": "AND rowid BETWEEN %s AND %s", "postgresql": "AND id = ANY(%s)"}
"""Of some keys only: FTS5 reads a range of them as quickly as it skips the others."""


class Index:
    """A named full-text index whose row numbers are the primary keys of some table."""

    def __init__(self, name: str, *, using: str = DEFAULT_DB_ALIAS) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,50}", name):
            raise ValueError(f"全文索引名“{name}”只能用小写字母、数字和下划线，并以字母开头")
        self.name = name
        self.using = using

    def create_sql(self, vendor: str) -> list[str]:
        """Return the statements that make the index on this kind of database."""
        made = [statement.format(name=self.name) for statement in _for(vendor, CREATE)]
        return made + self.narrow_sql(vendor)

    def narrow_sql(self, vendor: str) -> list[str]:
        """Return the statements by which the rows of an older index are narrow when they are put anew."""
        return [statement.format(name=self.name) for statement in _for(vendor, NARROW)]

    def drop_sql(self, vendor: str) -> list[str]:
        """Return the statements that remove the index."""
        _for(vendor, CREATE)
        return [f"DROP TABLE {self.name}"]

    def put(self, rows: Iterable[tuple[int, str | None, str]]) -> None:
        """Enter rows of (primary key, tokens now in the index or None for a new row, new tokens).

        All or nothing, read in batches of 500; what fails undoes the caller's transaction, too. On
        SQLite a row that is said to be new but is in the index, or the reverse, is refused, because the index
        would be damaged silently.
        """
        with transaction.atomic(using=self.using, savepoint=False):
            for batch in _batches(rows, BATCH):
                if self._vendor == "sqlite":
                    self._replace_in_fts5([row for row in batch if row[1] != row[2]])
                else:
                    self._replace_in_table(batch)

    def remove(self, rows: Iterable[tuple[int, str]]) -> None:
        """Take rows of (primary key, tokens now in the index) out of the index."""
        with transaction.atomic(using=self.using):
            for batch in _batches(rows, BATCH):
                if self._vendor == "sqlite":
                    self._check_known([pk for pk, _ in batch], [])
                    self._delete_from_fts5(batch)
                else:
                    self._many(f"DELETE FROM {self.name} WHERE id = %s", [(pk,) for pk, _ in batch])

    def clear(self) -> None:
        """Empty the index, to be filled again from the texts."""
        with connections[self.using].cursor() as cursor:
            if self._vendor == "sqlite":
                cursor.execute(f"INSERT INTO {self.name}({self.name}) VALUES ('delete-all')")
            else:
                cursor.execute(f"DELETE FROM {self.name}")

    def merge(self) -> int:
        """Put what was entered lately where it is found quickly: how many pages waited. PostgreSQL keeps new
        rows in a list that every question reads through; SQLite's index merges by itself."""
        if self._vendor == "sqlite":
            return 0
        with connections[self.using].cursor() as cursor:
            cursor.execute("SELECT gin_clean_pending_list(%s::regclass)", [f"{self.name}_tokens"])
            return int(cursor.fetchone()[0])

    def match(self, queryset: models.QuerySet[M], query: str) -> models.QuerySet[M]:
        """Return those rows of the queryset whose text holds every phrase of the question.

        A blank question asks for everything; one of nothing but punctuation finds nothing.
        """
        if not query.strip():
            return queryset
        words = self._words(query)
        return queryset.filter(pk__in=RawSQL(self._match(), [words])) if words else queryset.none()

    def some(self, query: str, most: int) -> list[int] | None:
        """The primary keys of the rows whose text holds the question, where there are no more than `most`."""
        words = self._words(query)
        found = self._keys(f"{self._match()} LIMIT %s", [words, most + 1]) if words else []
        return found if len(found) <= most else None

    def among(self, query: str, keys: Sequence[int]) -> set[int]:
        """Those of the primary keys (and perhaps others) whose text holds the question."""
        words = self._words(query)
        if not words or not keys:
            return set()
        sql = f"{self._match()} {_for(self._vendor, AMONG)}"
        known: list[Any] = [min(keys), max(keys)] if self._vendor == "sqlite" else [list(keys)]
        return set(self._keys(sql, [words, *known]))

    def _words(self, query: str) -> str:
        """The question in the engine's own words, "" where nothing is asked."""
        phrases = search_phrase(query)
        return match_expression(self._vendor, phrases) if phrases else ""

    def _match(self) -> str:
        return _for(self._vendor, MATCH).format(name=self.name)

    def _keys(self, sql: str, parameters: list[Any]) -> list[int]:
        with connections[self.using].cursor() as cursor:
            cursor.execute(sql, parameters)
            return [row[0] for row in cursor.fetchall()]

    def hits(self, phrases: Sequence[tuple[str, ...]], *, most: int) -> list[tuple[int, int]]:
        """For each phrase (tokens side by side) the rows that hold it, as (place of the phrase, primary key).

        `most` rows a phrase, the newest: one statement whose cost does not grow with the index.
        """
        if not phrases:
            return []
        asked = [match_expression(self._vendor, [Phrase(tokens, begins=False)]) for tokens in phrases]
        with connections[self.using].cursor() as cursor:
            if self._vendor == "sqlite":
                cursor.execute(_newest_in_fts5(self.name, len(asked), most), asked)
            else:
                cursor.execute(_newest_in_gin(self.name, most), [asked])
            return [(place, pk) for place, pk in cursor.fetchall()]

    @property
    def _vendor(self) -> str:
        return connections[self.using].vendor

    def _many(self, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
        if rows:
            with connections[self.using].cursor() as cursor:
                cursor.executemany(sql, rows)

    def _replace_in_fts5(self, rows: list[tuple[int, str | None, str]]) -> None:
        known = [(pk, old) for pk, old, _ in rows if old is not None]
        self._check_known([pk for pk, _ in known], [pk for pk, old, _ in rows if old is None])
        self._delete_from_fts5(known)
        self._many(
            f"INSERT INTO {self.name}(rowid, tokens) VALUES (%s, %s)", [(pk, new) for pk, _, new in rows]
        )

    def _delete_from_fts5(self, rows: list[tuple[int, str]]) -> None:
        sql = f"INSERT INTO {self.name}({self.name}, rowid, tokens) VALUES ('delete', %s, %s)"
        self._many(sql, rows)

    def _check_known(self, known: list[int], new: list[int]) -> None:
        asked = [*known, *new]
        marks = ",".join(["%s"] * len(asked))
        with connections[self.using].cursor() as cursor:
            cursor.execute(f"SELECT id FROM {self.name}_docsize WHERE id IN ({marks})", asked)
            present = {row[0] for row in cursor.fetchall()}
        twice = len(asked) - len(set(asked))
        wrong = [pk for pk in known if pk not in present] + [pk for pk in new if pk in present]
        if wrong or twice:
            raise Refused(
                f"全文索引 {self.name} 与数据不一致（编号 {wrong[:5]}，重复 {twice} 条）："
                "新记录已在索引中，或旧记录不在索引中。请重建全文索引"
            )

    def _replace_in_table(self, rows: list[tuple[int, str | None, str]]) -> None:
        sql = (
            f"INSERT INTO {self.name} (id, tokens) VALUES (%s, %s::tsvector) "
            "ON CONFLICT (id) DO UPDATE SET tokens = EXCLUDED.tokens"
        )
        self._many(sql, [(pk, f"{_tsvector(new)} {_blocks(pk)}") for pk, _, new in rows])


def operations(name: str) -> list[RunPython]:
    """Return the migration operations that make the index, on either database, and remove it again."""
    index = Index(name)
    return [RunPython(_running(index.create_sql), _running(index.drop_sql), elidable=False)]


def narrowing(name: str) -> list[RunPython]:
    """Return the migration operation that makes the rows of an older index narrow from now on."""
    return [RunPython(_running(Index(name).narrow_sql), RunPython.noop, elidable=True)]


def match_expression(vendor: str, phrases: list[Phrase]) -> str:
    """Return the question in the engine's own words: an FTS5 MATCH string or a tsquery literal."""
    if vendor == "sqlite":
        return " AND ".join(f'"{" ".join(p.tokens)}"{" *" if p.begins else ""}' for p in phrases)
    return " & ".join(f"({_tsquery(phrase)})" for phrase in phrases)


def _tsquery(phrase: Phrase) -> str:
    return " <-> ".join(f"'{token}'" for token in phrase.tokens) + (":*" if phrase.begins else "")


def _tsvector(tokens: str) -> str:
    return " ".join(f"'{t}':{min(n, LAST_POSITION)}" for n, t in enumerate(tokens.split(), start=1))


def _blocks(pk: int) -> str:
    """The blocks that a row is of, as lexemes."""
    return " ".join(f"'#{size}:{pk >> size}'" for size in BLOCKS)


def _blocks_back(name: str, size: int, count: int) -> str:
    """The newest blocks of that size that hold any row: numbers are left out where much was rolled back."""
    newest = f"SELECT max(id) >> {size} AS block"
    older = f"({newest} FROM {name} WHERE id < back_{size}.block << {size})"
    more = f"SELECT {older}, nr + 1 FROM back_{size} WHERE nr < {count}"
    return f"back_{size} AS ({newest}, 1 AS nr FROM {name} UNION ALL {more})"


def _in_window(size: int, count: int) -> str:
    """A tsquery for the rows of the newest blocks."""
    blocks = f"string_agg(format('''#{size}:%%s''', block), ' | ')::tsquery"
    return f"SELECT {blocks} FROM back_{size} WHERE nr <= {count}"


def _newest_in_fts5(name: str, asked: int, most: int) -> str:
    """Rows come in the order of their keys, so that each question stops when it has enough."""
    newest = f"SELECT rowid FROM {name} WHERE {name} MATCH %s ORDER BY rowid DESC LIMIT {most}"
    return " UNION ALL ".join(f"SELECT {place}, rowid FROM ({newest})" for place in range(asked))


def _newest_in_gin(name: str, most: int) -> str:
    """Ask in one window after the other, then everywhere, for what was not found often enough yet: of a
    common word the newest blocks hold enough, and of a rare one there are few at all.

    There is no index of `id + 0` for PostgreSQL to walk back along, past all rows that lack a rare word.
    """
    windows = ", ".join(f"({_in_window(size, n)}) AS in_{at}" for at, (size, n, _) in enumerate(WINDOWS))
    steps = [
        *(_blocks_back(name, size, count) for size, count in {size: n for size, n, _ in WINDOWS}.items()),
        f"newest AS MATERIALIZED (SELECT {windows})",
        "asked_0 AS (SELECT nr - 1 AS place, words::tsquery, 0 AS had "
        "FROM unnest(%s::text[]) WITH ORDINALITY AS given (words, nr))",
    ]
    within = [(f"in_{at}", most * share) for at, (_, _, share) in enumerate(WINDOWS)]
    for step, (window, least) in enumerate([*within, (EVERYWHERE, 0)]):
        steps += [
            f"found_{step} AS MATERIALIZED (SELECT place, hit.id FROM asked_{step}, newest, LATERAL ("
            f"SELECT id FROM {name} WHERE tokens @@ words AND tokens @@ {window} "
            f"ORDER BY id + 0 DESC LIMIT {most}) AS hit WHERE had >= {least:g})",
            f"asked_{step + 1} AS MATERIALIZED (SELECT place, words, coalesce(has, had) AS had "
            f"FROM asked_{step} LEFT JOIN (SELECT place, count(*) AS has FROM found_{step} GROUP BY place) "
            f"AS counted USING (place) WHERE coalesce(has, 0) < {most})",
        ]
    found = " UNION ".join(f"SELECT * FROM found_{step}" for step in range(len(WINDOWS) + 1))
    return f"WITH RECURSIVE {', '.join(steps)} {found}"


def _running(sql: Callable[[str], list[str]]) -> Callable[[Any, BaseDatabaseSchemaEditor], None]:
    def run(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
        for statement in sql(schema_editor.connection.vendor):
            schema_editor.execute(statement)

    return run


def _for(vendor: str, table: dict[str, T]) -> T:
    if vendor not in table:
        raise Refused(f"全文检索不支持数据库“{vendor}”：请用 SQLite 或 PostgreSQL")
    return table[vendor]


def _batches(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(rows)
    while batch := list(islice(rest, size)):
        yield batch
