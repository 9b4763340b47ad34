"""The hash chain over a case's events. Pure.

Every column of the row goes into the hash, with the hash before it: change, remove, swap or
insert one row and the chain of that case no longer closes. It shows that somebody wrote
around the program; it does not stop them (that is for the database's triggers and rights).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

_canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
_listed = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True, slots=True)
class Link:
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


def instant(at: datetime) -> str:
    """An aware instant in UTC to the microsecond: the same text on every database."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def digest(link: Link) -> str:
    """SHA-256 (hex) of the link's fields."""
    fields = [
        link.number,
        link.region,
        link.seq,
        link.kind,
        link.on,
        instant(link.happened_at),
        instant(link.recorded_at),
        link.actor,
        link.origin,
        link.from_status,
        link.to_status,
        link.data,
        link.previous,
    ]
    return hashlib.sha256(_listed(fields).encode()).hexdigest()
