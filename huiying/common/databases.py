"""`DATABASE_URL` in Django's words. No Django here: settings are read before Django starts."""

from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from huiying.common.errors import Refused

SQLITE_PRAGMAS = """
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
"""
SQLITE_BUSY_SECONDS = 20.0
POOL = {"min_size": 1, "max_size": 16, "timeout": 20.0}


def from_url(url: str) -> dict[str, Any]:
    """The `DATABASES` entry of a `sqlite:///path` or `postgres://user:password@host:port/name?option=value`.

    A query string of PostgreSQL passes to libpq (`host=/run/postgresql`, `sslmode=require` …),
    except `pool=off`, which opens a connection for every request. Anything else is refused.
    """
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return _sqlite(parts)
    if parts.scheme in {"postgres", "postgresql"}:
        return _postgres(parts)
    raise Refused(
        f"DATABASE_URL 的开头是“{parts.scheme}”，认不得。"
        "请写 sqlite:///文件路径 或 postgres://用户:密码@主机:端口/库名。"
    )


def _sqlite(parts: SplitResult) -> dict[str, Any]:
    # sqlite:///relative and sqlite:////absolute, as everybody writes them
    path = unquote(parts.path)[1:]
    if parts.netloc or not path or parts.query:
        raise Refused("DATABASE_URL 写法不对。SQLite 请写 sqlite:///相对路径 或 sqlite:////绝对路径。")
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path if path == ":memory:" else Path(path).absolute(),
        "OPTIONS": {
            "timeout": SQLITE_BUSY_SECONDS,
            "transaction_mode": "IMMEDIATE",
            "init_command": SQLITE_PRAGMAS,
        },
    }


def _postgres(parts: SplitResult) -> dict[str, Any]:
    try:
        port = parts.port
    except ValueError:
        raise Refused("DATABASE_URL 里的端口不是数字。") from None
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise Refused("DATABASE_URL 里没有库名。请写 postgres://用户:密码@主机:端口/库名。")
    options = _query(parts.query)
    host = options.pop("host", None) or unquote(parts.hostname or "")
    if options.pop("pool", "on") != "off":
        options["pool"] = dict(POOL)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(port or ""),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


def _query(text: str) -> dict[str, Any]:
    try:
        return dict(parse_qsl(text, strict_parsing=bool(text)))
    except ValueError:
        raise Refused(f"DATABASE_URL 问号后面的“{text}”不是 名称=值&名称=值 的形式。") from None
