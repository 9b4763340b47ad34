"""What earlier cases suggest for a new one. Pure; a person confirms each suggestion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A code, and how many of the cases looked at had it."""

    code: str
    hits: int
    of: int

    @property
    def reason(self) -> str:
        return f"{self.of} 件中 {self.hits} 件"


def leading(codes: Sequence[str], *, least: float = 0.4) -> Suggestion | None:
    """The commonest code where its share reaches `least`; ties go to the first met; a blank is no code."""
    counted = Counter(code for code in codes if code)
    if not counted:
        return None
    code, hits = counted.most_common(1)[0]
    return Suggestion(code, hits, len(codes)) if hits >= least * len(codes) else None


def drawn(things: Iterable[T], n: int, seed: str) -> list[T]:
    """`n` things drawn by lot; the same seed draws the same ones whatever their order."""

    def lot(thing: T) -> str:
        return sha256(f"{seed}\0{thing}".encode()).hexdigest()

    return sorted(things, key=lot)[:n]
