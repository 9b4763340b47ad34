"""Which stored texts one that is being typed may be like: judged by its rare pairs of characters. Pure.

The full-text index is asked for each pair by itself, newest first and few each, so that the cost does not
grow with what is stored. How closely the answers lie tells how rare a pair is (sixty in the newest hundred
texts: common; sixty in all: rare), so nothing has to be counted. The texts with the weightiest pairs are
read, and compared by the cosine of their pairs weighed so (tf-idf: Salton, Buckley, 1988).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from math import log, sqrt

from huiying.common.text import bigrams

PAIRS = 20
"""So many pairs of what is typed are asked for, those of the title first."""
APART = 3
"""Then every third of the text's before those between: side by side they say much the same."""
HITS = 60
"""So many texts are asked for a pair."""
READ = 24
"""So many texts are read."""
OPENING = 400
"""Characters of a text that are compared: what it is about is said at its beginning."""
_SAY_NOTHING = frozenset("的了是我你他她们在有和与及也都就请您好个这那")


def pairs(text: str) -> list[str]:
    """The pairs of characters of a text, each once, without those of 的, 我们 and the like."""
    found = dict.fromkeys(bigrams(text[:OPENING].encode("utf-8", "replace").decode()))
    return [pair for pair in found if _SAY_NOTHING.isdisjoint(pair)]


def asked(title: str, body: str) -> list[str]:
    """The pairs to ask the index for."""
    of_body = pairs(body)
    spread = [pair for first in range(APART) for pair in of_body[first::APART]]
    return list(dict.fromkeys([*pairs(title), *spread]))[:PAIRS]


def weights(hits: Mapping[str, Collection[int]]) -> dict[str, float]:
    """How rare each pair is, from the running numbers of the newest texts that hold it."""
    newest = max((max(keys) for keys in hits.values() if keys), default=1)
    return {pair: log(1 + newest / (1 + _held(keys, newest))) for pair, keys in hits.items()}


def _held(keys: Collection[int], newest: int) -> float:
    """How many texts hold a pair: counted, or as many as lie as closely together."""
    return len(keys) if len(keys) < HITS else len(keys) * newest / (newest - min(keys) + 1)


def nearest(hits: Mapping[str, Iterable[int]], weighed: Mapping[str, float]) -> list[int]:
    """The texts with the weightiest pairs, the weightiest first, of equals the newest."""
    found: dict[int, float] = {}
    for pair, keys in hits.items():
        for key in keys:
            found[key] = found.get(key, 0.0) + weighed[pair]
    return sorted(found, key=lambda key: (-found[key], -key))[:READ]


def cosine(one: Collection[str], other: Collection[str], weighed: Mapping[str, float]) -> float:
    """How alike two texts are by their pairs; one that was not asked for weighs what an average one does."""
    usual = sum(weighed.values()) / (len(weighed) or 1)
    one, other = frozenset(one), frozenset(other)

    def square(pairs: frozenset[str]) -> float:
        asked = pairs & weighed.keys()
        return sum(weighed[pair] ** 2 for pair in asked) + (len(pairs) - len(asked)) * usual**2

    lengths = square(one) * square(other)
    return min(1.0, square(one & other) / sqrt(lengths)) if lengths else 0.0
