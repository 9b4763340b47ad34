"""What every test stands on: the database of this run, a house for subprocesses, a browser."""

import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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

hypothesis.settings.register_profile("house", max_examples=times(50), deadline=None)
hypothesis.settings.load_profile("house")


def pytest_configure(config: pytest.Config) -> None:
    if proof.PROOF:
        config.pluginmanager.register(proof.Ledger(settings.TEST_DB))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in item.path.relative_to(Path(__file__).parent).parts:
            item.add_marker(pytest.mark.browser)


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


@pytest.fixture
def house(tmp_path: Path, server: Any) -> Iterator[House]:
    """A new house on the database of this run; nothing is migrated yet."""
    name = f"house_{uuid.uuid4().hex}"
    env = {**os.environ, "HUIYING_HOME": str(tmp_path / "home"), "DJANGO_SETTINGS_MODULE": "huiying.settings"}
    env["PYTHONPATH"] = str(Path(__file__).parent.parent)
    (tmp_path / "home").mkdir()
    if server is None:
        del env["DATABASE_URL"]
        yield House(tmp_path / "home", env)
        return
    server.execute(f"CREATE DATABASE {name}")
    yield House(tmp_path / "home", {**env, "DATABASE_URL": server.url(name)})
    server.execute(f"DROP DATABASE {name} WITH (FORCE)")
