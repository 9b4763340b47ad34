"""Parts to learn on and parts to test on, with near-duplicates kept together. Pure.

Citizens send one letter twice or copy each other's; a text whose twin was learnt is no test. Two texts are
near-duplicates here if at least `LIKE` of their runs of four characters are common (estimated from 64 least
hashes, asked only of pairs that share a band of them); groups are what is connected.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from zlib import crc32

import numpy as np
import numpy.typing as npt

from huiying.mining import features

Whole = npt.NDArray[np.intp]
Shares = npt.NDArray[np.float64]
LIKE = 0.25
HASHES, BAND = 64, 2
RUN = 4
EVEN = 1e-6
"""Of two folds with as many of a label, the smaller one takes the next."""


def groups(texts: Iterable[str]) -> Whole:
    """A number for each text, the same for texts that are near-duplicates of each other."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    signatures = np.stack([_signature(text) for text in texts])
    pairs = np.array([pair for pair in _candidates(signatures) if _like(signatures, *pair)], np.intp)
    one, other = pairs.reshape(-1, 2).T
    linked = coo_array((np.ones(len(one)), (one, other)), shape=(len(signatures),) * 2)
    found: Whole = connected_components(linked, directed=False)[1].astype(np.intp)
    return found


def _signature(text: str) -> features.Codes:
    """The least hash of the text's runs of four characters under each of 64 permutations."""
    codes = features.runs_of(features.read(text).joined, RUN)
    if not len(codes):  # too short to share anything: equal only to itself
        codes = np.array([crc32(text.encode("utf-8", "replace"))], np.uint64)
    least: features.Codes = (codes[:, None] * _FACTORS[None, :] + _TERMS[None, :]).min(axis=0)
    return least


def _candidates(signatures: features.Codes) -> Iterator[tuple[int, int]]:
    """Pairs that agree in one band; in a crowd each only with its neighbour, which links it all the same."""
    seen = set()
    for start in range(0, HASHES, BAND):
        band = signatures[:, start : start + BAND]
        order = np.lexsort(band.T)
        same = (band[order[1:]] == band[order[:-1]]).all(axis=1)
        for place in np.flatnonzero(same):
            pair = tuple(sorted((int(order[place]), int(order[place + 1]))))
            if pair not in seen:
                seen.add(pair)
                yield pair[0], pair[1]


def _like(signatures: features.Codes, one: int, other: int) -> bool:
    return bool((signatures[one] == signatures[other]).mean() >= LIKE)


def folds(given: Whole, together: Whole, count: int, *, seed: int = 0) -> Iterator[tuple[Whole, Whole]]:
    """`count` times (rows to learn on, rows to test on): labels spread evenly, groups never torn.

    Groups are dealt in random order, the largest first, each to the fold that has least of its labels.
    """
    table = np.zeros((int(together.max()) + 1, int(given.max()) + 1))
    np.add.at(table, (together, given), 1)
    dealt = _deal(table, count, np.random.default_rng(seed))[together]
    for fold in range(count):
        yield np.flatnonzero(dealt != fold), np.flatnonzero(dealt == fold)


def _deal(table: Shares, count: int, random: np.random.Generator) -> Whole:
    """The fold of each group; `table` has how many of each label each group holds."""
    order = random.permutation(len(table))
    order = order[np.argsort(-table.sum(axis=1)[order], kind="stable")]
    dealt = np.zeros(len(table), np.intp)
    held = np.zeros((count, table.shape[1]))
    for group in order:
        labels = np.flatnonzero(table[group])
        full = held[:, labels].sum(axis=1) + held.sum(axis=1) * EVEN
        dealt[group] = fold = int(np.argmin(full))
        held[fold] += table[group]
    return dealt


_draw = np.random.default_rng(20200401)
_FACTORS = _draw.integers(1, 1 << 63, HASHES, np.uint64) * np.uint64(2) + np.uint64(1)
_TERMS = _draw.integers(0, 1 << 63, HASHES, np.uint64)
