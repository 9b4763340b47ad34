"""Over HTTP: the product and the bare application, each served alike by a process of its own, under load.

`python -m huiying.ops.bench_web APPLICATION PORT` is that process.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

HOST = "127.0.0.1"
START_SECONDS = 60.0
CROWDS = (1, 8)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


# The process that serves


def product() -> Any:
    """The product without its background jobs, which run every few seconds and would be measured too."""
    from huiying.wsgi import application

    return application


def bare() -> Any:
    """The bare application: no middleware, two addresses."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.wsgi import get_wsgi_application

    settings.MIDDLEWARE = []
    settings.ROOT_URLCONF = "huiying.ops.bench_bare"
    return get_wsgi_application()


# Asking it


@dataclass(frozen=True)
class Request:
    """What is sent again and again; `form` is called for each."""

    method: str
    path: str
    headers: dict[str, str]
    form: Callable[[], dict[str, str]] = dict
    expected: tuple[int, ...] = (200,)


@dataclass(frozen=True)
class Load:
    """What came of so many asking at once: answers a second, and each answer's milliseconds."""

    crowd: int
    seconds: float
    ms: list[float]

    @property
    def per_second(self) -> float:
        return len(self.ms) / self.seconds if self.seconds else 0.0


@contextmanager
def served(application: str, *, database: str) -> Iterator[int]:
    """The port of a server of its own for `product` or `bare` in that database."""
    with contextlib.closing(socket.socket()) as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    env = os.environ | {"DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "huiying.settings"}
    command = [sys.executable, "-m", __name__, application, str(port)]
    server = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
    try:
        _wait(server, port)
        yield port
    finally:
        server.terminate()
        server.wait(START_SECONDS)


def _wait(server: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        with contextlib.suppress(OSError), contextlib.closing(socket.create_connection((HOST, port), 1)):
            return
        if server.poll() is not None or time.monotonic() > until:
            raise RuntimeError("测速用的网站没有起来。")
        time.sleep(0.1)


def load(port: int, request: Request, *, crowd: int, seconds: float) -> Load:
    """`crowd` people, each on a connection of their own, ask as fast as they get answers."""
    begun = time.perf_counter()
    until, failures = begun + seconds, list[str]()
    found: list[list[float]] = [[] for _ in range(crowd)]
    people = [threading.Thread(target=_ask, args=(port, request, until, ms, failures)) for ms in found]
    for person in people:
        person.start()
    for person in people:
        person.join()
    if failures:
        raise RuntimeError(f"测速时网站的回答不对：{failures[0]}")
    return Load(crowd, time.perf_counter() - begun, [ms for times in found for ms in times])


def _ask(port: int, request: Request, until: float, times: list[float], failures: list[str]) -> None:
    with contextlib.closing(http.client.HTTPConnection(HOST, port, timeout=START_SECONDS)) as line:
        while time.perf_counter() < until and not failures:
            begun = time.perf_counter()
            body = urlencode(request.form()) if request.method == "POST" else None
            line.request(request.method, request.path, body, request.headers)
            answer = line.getresponse()
            said = answer.read()
            if answer.status not in request.expected:
                failures.append(f"{request.path} {answer.status} {_alert(said.decode(errors='replace'))}")
            times.append((time.perf_counter() - begun) * 1000)


def _alert(page: str) -> str:
    """What a page says is wrong, without its markup."""
    told = re.search(r'role="alert">(.*?)</', page, re.DOTALL)
    return told[1].strip() if told else page[:400]


def accept(session: str, code: dict[str, str]) -> Request:
    """A citizen's request taken in at the desk, to be dispatched."""
    token = secrets.token_hex(16)
    cookies = {"Cookie": f"sessionid={session}; csrftoken={token}", "X-CSRFToken": token}

    def form() -> dict[str, str]:
        key, number = secrets.token_hex(8), secrets.randbelow(10**8)
        return code | _matter(number) | {"key": key, "way": "queue", "phone": f"139{number:08d}"}

    return Request("POST", "/intake/", {"Host": "localhost", **FORM, **cookies}, form, (302,))


def insert() -> Request:
    """The same told to the bare application."""
    headers = {"Host": "localhost", **FORM}
    return Request("POST", "/insert/", headers, lambda: _matter(secrets.randbelow(10**8)), (201,))


def listed(path: str, session: str = "") -> Request:
    """A page, asked for by somebody who is signed in."""
    return Request("GET", path, {"Host": "localhost", "Cookie": f"sessionid={session}"})


def _matter(number: int) -> dict[str, str]:
    return {
        "title": f"人民路{number % 300}号路灯不亮",
        "body": f"人民路{number % 300}号门前的路灯已有三天不亮，夜里出行不便，请尽快派人修理。（{number}）",
        "name": "何秀英",
    }


if __name__ == "__main__":
    import django

    django.setup()
    from huiying.ops import serve

    serve.run(int(sys.argv[2]), host=HOST, target=f"huiying.ops.bench_web:{sys.argv[1]}")
