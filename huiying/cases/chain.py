"""The hash chain over a case's events. Pure.

Every column of the row goes into the hash, with the hash before it: change, remove, swap or
insert one row and the chain of that case no longer closes. It shows that somebody wrote
around the program; it does not stop them (that is for the database's triggers and rights).
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

_canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
_listed = json.JSONEncoder(ensure_ascii=False).encode


class Link(NamedTuple):
    """What the hash of one event covers, in this order."""

    number: str
    region: str
    seq: int
    kind: str
    on: int
    happened_at: datetime
    recorded_at: datetime
    actor: int | None
    origin: str
    from_status: str
    to_status: str
    data: str
    previous: str


def canonical(data: dict[str, Any]) -> str:
    """`data` as JSON text with one spelling: keys sorted, no spaces, hanzi as they are."""
    return _canonical(data)


@lru_cache(maxsize=4_096)
def instant(at: datetime) -> str:
    """An aware instant in UTC to the microsecond: the same text on every database."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def digest(link: Link) -> str:
    """SHA-256 (hex) of the link's fields."""
    number, region, seq, kind, on, happened_at, recorded_at, *rest = link
    told = [number, region, seq, kind, on, instant(happened_at), instant(recorded_at), *rest]
    return hashlib.sha256(_listed(told).encode()).hexdigest()
