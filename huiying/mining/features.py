"""A text as features to learn from: words, pairs of words, runs of characters, as 64-bit codes. Pure.

One and the same letter gives nearly the same features however it comes: as it was written, or already cut
into words with the empty words and the punctuation left out. What is written is cut into words, spaces
cut too, and empty words (的, 我们, 是否…) and punctuation are dropped, unless `every_word` is asked for:
short questions have no word to spare. The title weighs more than the body, so its runs of characters are
a family of their own. Codes are hashes made by arithmetic over the whole text at once: a model is arrays
of numbers, and reading a text takes a few tenths of a millisecond.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from huiying.common.text import normalise
from huiying.mining.empty_words import EMPTY_WORDS

Codes = npt.NDArray[np.uint64]
Whole = npt.NDArray[np.intp]

LONGEST = 20_000
"""Characters of a text that are read; the longest letters people write have some fourteen thousand."""
TITLE = range(4, 61)
"""How long a first line may be, in characters that count, to be a title."""
NO_TITLE = 25
"""Without a title so many characters at the beginning stand for it."""
OPENING = 60
"""The characters after the title in which most letters say what they want."""

_SAYS = re.compile(r"[^\W_]")
_BREAK = re.compile(r"(?<=\S)(?: ?[^\S ]|  )")
_BASE = 0x9E3779B97F4A7C15
_FULL = 1 << 64


class Family(NamedTuple):
    """Features of one kind: of which part of the text, words or runs of how many characters."""

    part: str
    kind: str
    sizes: range


FAMILIES: tuple[Family, ...] = (
    Family("whole", "words", range(1, 2)),
    Family("whole", "words", range(2, 3)),
    Family("title", "runs", range(1, 4)),
    Family("opening", "runs", range(1, 4)),
    Family("whole", "runs", range(1, 3)),
)
"""How much each of them counts is the recipe's (`classify_training.Recipe`)."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A text cut up: the words that count, joined without anything between them; where each begins (the last
    entry is where they end); how many characters are the title."""

    joined: str
    bounds: Whole
    title: int

    @property
    def words(self) -> list[str]:
        return [self.joined[a:b] for a, b in zip(self.bounds, self.bounds[1:], strict=False)]

    def span(self, part: str) -> tuple[int, int]:
        """Where a part begins and ends, in characters of `joined`."""
        end = min(self.title + OPENING, len(self.joined))
        return {"whole": (0, len(self.joined)), "title": (0, self.title), "opening": (self.title, end)}[part]


class Met(NamedTuple):
    """Features met in a text: their codes, families, and the spans of `joined` they stand on."""

    codes: Codes
    families: Whole
    begins: Whole
    ends: Whole


def read(text: str, *, every_word: bool = False) -> Reading:
    """Cut a text up. Its first line is its title, if it is of a title's length; a wide or a double space ends
    a line too. An empty text, or one of empty words only, gives no words."""
    text = text.strip()[:LONGEST]
    cut = _every if every_word else _telling
    broken = _BREAK.search(text)
    first = cut(text[: broken.start()]) if broken else []
    size = sum(map(len, first))
    words = first + cut(text[broken.start() :]) if broken else cut(text)
    bounds = np.cumsum([0, *map(len, words)])
    if bounds[-1] > LONGEST:  # one character may become several when made comparable
        words = words[: int(np.searchsorted(bounds, LONGEST, "right")) - 1]
        bounds = bounds[: len(words) + 1]
    title = size if size in TITLE else min(NO_TITLE, int(bounds[-1]))
    return Reading("".join(words), bounds, title)


def _every(text: str) -> list[str]:
    import rjieba

    plain = normalise(text.encode("utf-8", "replace").decode()).lower()  # halves of a character become ?
    return [word for word in rjieba.cut(plain) if not word.isspace()]


def _telling(text: str) -> list[str]:
    return [word for word in _every(text) if word not in EMPTY_WORDS and _SAYS.search(word)]


EVERY = (1.0,) * len(FAMILIES)


def met(reading: Reading, shares: Sequence[float] = EVERY) -> Met:
    """Every feature of a text, as often as it is met, of the families that have a share."""
    letters = _letters(reading.joined)
    hashes = _word_hashes(letters, reading.bounds)
    found = [_family(reading, letters, hashes, no) for no, share in enumerate(shares) if share]
    return Met(*(np.concatenate(column) for column in zip(*found, strict=True)))


def runs_of(text: str, size: int) -> Codes:
    """Every run of `size` characters of a text, as it stands."""
    return _mixed(_runs(_letters(text), size, 0)[0], len(FAMILIES))


def _family(reading: Reading, letters: Codes, hashes: Codes, no: int) -> Met:
    part, kind, sizes = FAMILIES[no]
    begin, end = reading.span(part)
    met = [
        _runs(letters[begin:end], size, begin)
        if kind == "runs"
        else _joined_words(hashes, reading.bounds, size)
        for size in sizes
    ]
    codes, begins, ends = (np.concatenate(column) for column in zip(*met, strict=True))
    return Met(_mixed(codes, no), np.full(len(codes), no), begins, ends)


def _letters(text: str) -> Codes:
    return np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32).astype(np.uint64)


Spanned = tuple[Codes, Whole, Whole]


def _runs(letters: Codes, size: int, offset: int) -> Spanned:
    """Every run of `size` characters side by side."""
    count = max(0, len(letters) - size + 1)
    codes = np.full(count, size, np.uint64)
    for step in range(size):
        codes = codes * _MULTIPLIER + letters[step : step + count]
    begins = np.arange(offset, offset + count)
    return codes, begins, begins + size


def _word_hashes(letters: Codes, bounds: Whole) -> Codes:
    """One hash a word: a polynomial of its letters, from sums over the whole text at once."""
    count = len(letters)
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(letters * _POWERS[:count], dtype=np.uint64)])
    begins, ends = bounds[:-1], bounds[1:]
    lengths = (ends - begins).astype(np.uint64)
    hashes: Codes = (sums[ends] - sums[begins]) * _INVERSES[begins] * _MULTIPLIER + lengths
    return hashes


def _joined_words(hashes: Codes, bounds: Whole, size: int) -> Spanned:
    """Every `size` words side by side."""
    count = max(0, len(hashes) - size + 1)
    codes = np.full(count, size, np.uint64)
    for step in range(size):
        codes = codes * _MULTIPLIER + hashes[step : step + count]
    return codes, bounds[:count], bounds[size : size + count] if count else bounds[:0]


def _mixed(codes: Codes, salt: int) -> Codes:
    """Spread the bits, differently for each family: a word is not the feature that its characters are."""
    codes = codes + np.uint64((salt + 1) * 0xA0761D6478BD642F % _FULL)
    codes = (codes ^ (codes >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)
    mixed: Codes = codes ^ (codes >> np.uint64(29))
    return mixed


def _powers(base: int) -> Codes:
    powers, power = [], 1
    for _ in range(LONGEST + 1):
        powers.append(power)
        power = power * base % _FULL
    return np.array(powers, np.uint64)


_MULTIPLIER = np.uint64(_BASE)
_POWERS = _powers(_BASE)
_INVERSES = _powers(pow(_BASE, -1, _FULL))
