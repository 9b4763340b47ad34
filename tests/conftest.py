"""What every test stands on: the database of this run, a house for subprocesses, a browser."""

import gc
import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import hypothesis
import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.backends.base.operations import BaseDatabaseOperations
from django.template import Context
from django.template.defaulttags import ForNode

from tests import proof
from tests.proof import times
from tests.triggers import empty_search_tables, triggers_asleep

EMPTY = settings.TEST_DIRECTORY / "migrated.sqlite3"
"""A database with all tables and nothing in them; on PostgreSQL one of that name."""

STORES = {"db", "transactional_db", "server", "live_server"}
"""Whoever asks for one of these meets the database."""

SCREENS = {"browser", "workbench"}
"""Where screens are tried: `make test` does so on SQLite, and on PostgreSQL what stands in `ON_BOTH`."""
ON_BOTH = {"test_month.py", "test_once.py", "test_case_list.py", "test_waiting.py"}
"""The month in the browser, each form that is sent, each filter of the list, each count of the first page."""

hypothesis.settings.register_profile(
    "house", max_examples=times(50), deadline=None, derandomize=not proof.PROOF
)  # in `make test` the same examples each time; new ones are looked for by the long versions
hypothesis.settings.load_profile("house")


def pytest_configure(config: pytest.Config) -> None:
    if proof.PROOF:
        config.pluginmanager.register(proof.Ledger(settings.TEST_DB))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folder, file = item.path.relative_to(Path(__file__).parent).parts[0], item.path.name
        if folder == "browser":
            item.add_marker(pytest.mark.browser)
        if folder in SCREENS and file not in ON_BOTH:
            item.add_marker(pytest.mark.later)
        if not STORES & set(item.fixturenames) and not item.get_closest_marker("django_db"):
            item.add_marker(pytest.mark.pure)


def pytest_collection_finish() -> None:
    """What is imported by now stays; looking for garbage again and again takes one part in fifteen."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def pytest_report_header() -> str:
    return f"database: {settings.TEST_DB}"


def pytest_unconfigure() -> None:
    if settings.TEST_SERVER:
        settings.TEST_SERVER.stop()
    shutil.rmtree(settings.TEST_DIRECTORY, ignore_errors=True)


@pytest.fixture(scope="session")
def server() -> Any:
    """The PostgreSQL of this run, or None on SQLite."""
    if settings.TEST_SERVER:
        settings.TEST_SERVER.start()
    return settings.TEST_SERVER


@pytest.fixture(scope="session")
def django_db_modify_db_settings(server: Any) -> Iterator[None]:
    """Before the first database test: the server runs, and a flush gets past append-only tables."""
    flush = BaseDatabaseOperations.execute_sql_flush

    def flush_with_triggers_asleep(self: BaseDatabaseOperations, sql_list: list[str]) -> None:
        with transaction.atomic(using=self.connection.alias), triggers_asleep(self.connection):
            flush(self, sql_list)
            empty_search_tables(self.connection)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", flush_with_triggers_asleep)
        yield


@pytest.fixture(scope="session", autouse=True)
def _loops_over_nothing_fail() -> Iterator[None]:
    """`{% for x in typo %}` is empty in Django; in our own templates it fails the test."""
    render = ForNode.render

    def render_strictly(self: ForNode, context: Context) -> Any:
        if str(getattr(context.template.origin, "name", "")).startswith(str(settings.BASE_DIR)):
            self.sequence.resolve(context)  # says so where there is no such variable
        return render(self, context)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ForNode, "render", render_strictly)
        yield


@pytest.fixture
def unguarded(db: None) -> Callable[[], Any]:
    """`with unguarded(): …` does what the database's triggers refuse, as a thief with the file would."""
    return lambda: triggers_asleep(connection)


TYPE = """
import contextlib, io, json, shlex, sys
from huiying import cli
for line in sys.stdin.read().splitlines():
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        code = cli.run(shlex.split(line))
    print(json.dumps([code, out.getvalue(), err.getvalue()]))
"""


class Answer(NamedTuple):
    """What a command ended with and said."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class House:
    """An empty `HUIYING_HOME` with an empty database, and the command line to fill it."""

    home: Path
    env: dict[str, str]

    def run(self, *args: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `huiying ARGS` as a process of its own; where it fails and `check`, so does the test."""
        command = [sys.executable, "-W", "error", "-m", "huiying", *map(str, args)]
        done = subprocess.run(
            command, env=self.env, capture_output=True, text=True, timeout=300, check=False, cwd=self.home
        )
        if check and done.returncode:
            pytest.fail(f"huiying {args} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
        return done

    def type(self, *lines: str, check: bool = True) -> list[Answer]:
        """What each of `lines` (without `huiying`) answers, typed one after the other in one process."""
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", TYPE],
            input="\n".join(lines),
            env=self.env,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
            cwd=self.home,
        )
        assert done.returncode == 0, done.stderr
        answers = [Answer(*json.loads(row)) for row in done.stdout.splitlines()]
        assert not (check and any(each.code for each in answers)), answers
        return answers


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any, server: Any) -> None:
    """The tables of this run, and a copy of them while they are empty, for the houses."""
    with django_db_blocker.unblock():
        if server is None:
            connection.cursor().execute(f"VACUUM INTO '{EMPTY}'")
            return
        connection.close()
        server.execute(f"CREATE DATABASE {EMPTY.stem} TEMPLATE {connection.settings_dict['NAME']}")


@pytest.fixture
def bare_house(server: Any) -> Iterator[House]:
    """A new house, in memory where there is room, on an empty database of its own."""
    yield from _house("template0", server)


@pytest.fixture
def house(db: None, server: Any) -> Iterator[House]:
    """The same when `huiying migrate` has been run in it."""
    for house in _house(EMPTY.stem, server):
        if server is None:
            shutil.copy(EMPTY, house.home / "huiying.sqlite3")
        yield house


def _house(template: str, server: Any) -> Iterator[House]:
    name = f"house_{uuid.uuid4().hex}"
    home = settings.TEST_DIRECTORY / name
    home.mkdir()
    env = {**os.environ, "HUIYING_HOME": str(home), "DJANGO_SETTINGS_MODULE": "huiying.settings"}
    env["PYTHONPATH"] = str(Path(__file__).parent.parent)
    if server is None:
        del env["DATABASE_URL"]
        yield House(home, env)
    else:
        server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield House(home, {**env, "DATABASE_URL": server.url(name)})
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")
    shutil.rmtree(home)
