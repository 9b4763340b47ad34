"""What earlier cases suggest for a new one. Pure; a person confirms each suggestion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeVar

from huiying.common.text import bigrams

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


def likeness(one: str, other: str) -> float:
    """How much two texts share, 0 to 1: Dice's coefficient of their pairs of characters."""
    a, b = set(bigrams(one)), set(bigrams(other))
    return 2 * len(a & b) / (len(a) + len(b)) if a and b else 0.0


def most_like(text: str, others: Iterable[tuple[T, str]], *, least: float, most: int) -> list[T]:
    """Of (thing, its text) the things most like `text`, best first, none below `least`."""
    scored = [(likeness(text, said), n, thing) for n, (thing, said) in enumerate(others)]
    found = sorted((row for row in scored if row[0] >= least), key=lambda row: (-row[0], row[1]))
    return [thing for _, _, thing in found[:most]]


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
