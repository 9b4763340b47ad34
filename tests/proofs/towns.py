"""Towns for proofs: a house with the town of `tests/make.py` in it, and processes that live there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


class Doing:
    """A process that does what it is told, when it is told (`tests/proofs/doing.py`)."""

    def __init__(self, env: dict[str, str]) -> None:
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 – as long as the process lives
        command = [sys.executable, "-W", "error", "-m", "tests.proofs.doing"]
        self.process = subprocess.Popen(
            command,
            env=env,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
        )

    def prepare(self, verb: str, *arguments: Any) -> Doing:
        """Tell it what to get ready for; `ready` waits until it is."""
        self._write(json.dumps([verb, *arguments]))
        return self

    def ready(self) -> Doing:
        assert self._read() == "ready"
        return self

    def go(self) -> Doing:
        self._write("go")
        return self

    def told(self) -> Any:
        """What came of it."""
        return json.loads(self._read())

    def do(self, verb: str, *arguments: Any) -> Any:
        return self.prepare(verb, *arguments).ready().go().told()

    def kill(self) -> bool:
        """End it as a power cut does (kill -9); whether it was still at work."""
        working = self.process.poll() is None
        self.process.kill()
        self.process.communicate()
        self._said.seek(0)
        words = self._said.read().decode(errors="replace")
        assert working or not words, f"it ended by itself:\n{words}"
        self._said.close()
        return working

    def _write(self, line: str) -> None:
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):  # where it has ended, `_read` says why
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()

    def _read(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline().strip()
        if not line:
            self._said.seek(0)
            raise AssertionError(f"the process fell silent:\n{self._said.read().decode(errors='replace')}")
        return line


@dataclass(frozen=True)
class Town:
    """A house with its own database."""

    home: Path
    env: dict[str, str]

    @contextmanager
    def people(self, count: int) -> Iterator[list[Doing]]:
        """Some processes, ended afterwards."""
        crew = [Doing(self.env) for _ in range(count)]
        try:
            yield crew
        finally:
            for each in crew:
                each.kill()

    def do(self, verb: str, *arguments: Any) -> Any:
        """What a fresh process tells."""
        with self.people(1) as (somebody,):
            return somebody.do(verb, *arguments)

    def doctor(self) -> str:
        """What `huiying doctor` says; finding nothing is its exit code 0."""
        command = [sys.executable, "-W", "error", "-m", "huiying", "doctor"]
        done = subprocess.run(
            command, env=self.env, cwd=self.home, capture_output=True, text=True, check=False, timeout=3600
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


class Towns:
    """Builds one town on the tables of `empty` and gives copies of it, on the server where there is one, else
    as files of SQLite."""

    def __init__(self, folder: Path, server: Any, empty: Path) -> None:
        self.folder, self.server = folder, server
        self.first = self._place(f"town_{uuid.uuid4().hex}")
        if server:
            server.execute(f"CREATE DATABASE {self.first.home.name} TEMPLATE {empty.stem}")
        else:
            shutil.copy(empty, self.first.home / "huiying.sqlite3")
        self.first.do("settle")

    @contextmanager
    def copy(self) -> Iterator[Town]:
        """A town of one's own, gone afterwards."""
        name = f"town_{uuid.uuid4().hex}"
        town = self._place(name)
        shutil.copytree(self.first.home, town.home, dirs_exist_ok=True)  # SQLite's file and its journal
        if self.server:
            self.server.execute(f"CREATE DATABASE {name} TEMPLATE {self.first.home.name}")
        yield town
        self._remove(town)

    def close(self) -> None:
        self._remove(self.first)

    def _place(self, name: str) -> Town:
        home = self.folder / name
        home.mkdir()
        env = {**os.environ, "HUIYING_HOME": str(home), "DJANGO_SETTINGS_MODULE": "huiying.settings"}
        env |= {"PYTHONPATH": str(ROOT), "DATABASE_URL": self.server.url(name) if self.server else ""}
        return Town(home, env)

    def _remove(self, town: Town) -> None:
        if self.server:
            self.server.execute(f"DROP DATABASE {town.home.name} WITH (FORCE)")
        shutil.rmtree(town.home)
