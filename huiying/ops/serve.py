"""The web server: granian, one worker process with threads, the background jobs in a thread of it."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from typing import Any

from django.db import connections

from huiying.common.errors import Refused
from huiying.ops import schema

THREADS = 16  # no more than a PostgreSQL pool has connections
BACKLOG = 1024
TARGET = f"{__name__}:web"


def web() -> Any:
    """The WSGI application of a worker process; the background jobs start with it."""
    from huiying.ops import worker
    from huiying.wsgi import application

    worker.start_thread()
    return application


def run(port: int = 8000, *, host: str = "127.0.0.1", target: str = TARGET) -> None:
    """Serve until Ctrl-C or SIGTERM. Raises Refused where the port is taken or tables are missing.

    `target` names what makes the application, "module:function".
    """
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces
    from granian.log import LogLevels

    schema.require_current()
    require_free(host, port)
    _let_go_of_the_database()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huiying.settings")
    server = Granian(
        target,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=1,
        blocking_threads=THREADS,
        backlog=BACKLOG,
        factory=True,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
    )
    server.serve()


def address(host: str, port: int) -> str:
    """Where a browser finds the server."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}/"


def require_free(host: str, port: int) -> None:
    """Raise Refused where nothing can listen there: granian shares a port and would not say so."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with contextlib.closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen()
        except (OSError, OverflowError) as error:
            raise Refused(_why_not(host, port, error)) from None


def _why_not(host: str, port: int, error: OSError | OverflowError) -> str:
    match getattr(error, "errno", None):
        case errno.EADDRINUSE:
            return f"端口 {port} 已被占用。请先停下占用它的程序，或换一个：huiying serve --port {port + 1}"
        case errno.EACCES:
            return f"没有权限使用端口 {port}。请用 1024 以上的端口，前面放反向代理。"
        case errno.EADDRNOTAVAIL | socket.EAI_NONAME:
            return f"本机没有地址 {host}。只在本机访问用 127.0.0.1，对外用 0.0.0.0。"
        case _:
            return f"不能在 {host}:{port} 上提供服务：{error}"


def _let_go_of_the_database() -> None:
    """Connections and pools do not survive the fork into the worker process."""
    for connection in connections.all(initialized_only=True):
        connection.close()
        if connection.vendor == "postgresql":
            connection.close_pool()  # type: ignore[attr-defined]
