"""A trained classifier: labels with calibrated probabilities, the words that decided, and “不确定”. Pure.

A model is a table of numbers: for each feature of a text (`features`) one weight a label. The score of a
label is the sum over the text's features, so what decided can be told word by word. Scores become
probabilities by what was learnt on texts that the weights had not seen, and below a threshold, chosen
there to keep a stated precision, the model says that it does not know. `classify_training.train` makes one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from huiying.mining import features
from huiying.mining.empty_words import EMPTY_WORDS
from huiying.mining.features import EVERY, FAMILIES, Codes, Met, Reading, Whole

Reals = npt.NDArray[np.float32]
UNSURE = "不确定"
BEST = 3
WORDS = 5
"""So many labels and so many deciding words are told."""
NEVER = 1.01
"""A threshold that no probability reaches: the model always says that it does not know."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """One label and how probable it is."""

    label: str
    probability: float

    @property
    def percent(self) -> int:
        return round(self.probability * 100)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the model makes of a text: the likeliest labels, whether the first reaches the threshold, and the
    words that spoke for it most, the strongest first. Where it does not, `branch` is the deepest
    branch of the labels' tree that does."""

    ranked: tuple[Ranked, ...]
    certain: bool
    words: tuple[str, ...] = ()
    branch: Ranked | None = None

    @property
    def best(self) -> Ranked:
        return self.ranked[0]

    @property
    def answer(self) -> str:
        """The label, or 不确定."""
        return self.best.label if self.certain else UNSURE


@dataclass(frozen=True, eq=False)
class Model:
    """`codes` is sorted; row n of `weights` belongs to its entry n, a column to each label."""

    labels: tuple[str, ...]
    codes: Codes
    families: npt.NDArray[np.uint8]
    rarity: Reals
    weights: npt.NDArray[np.float16]
    bias: Reals
    shares: tuple[float, ...] = EVERY
    """How much each family of features counts."""
    every_word: bool = False
    """Whether empty words and punctuation are read too."""
    slope: float = 1.0
    threshold: float = NEVER
    about: dict[str, Any] = field(default_factory=dict)
    """Of how many texts it was made, and the figures measured then."""

    def probabilities(self, text: str) -> Reals:
        """One probability a label, in the order of `labels`; they sum to 1."""
        return self._probabilities(features.met(self._read(text), self.shares))

    def predict(self, text: str, *, among: Collection[str] | None = None, explain: bool = True) -> Verdict:
        """The three likeliest labels, of those in `among` if given; none of these known: none is ranked.

        A text in which nothing is known gets what is commonest, uncertain.
        """
        reading = self._read(text)
        met = features.met(reading, self.shares)
        chances = self._probabilities(met)
        if among is not None:
            open_to = np.array([label in among for label in self.labels])
            if not open_to.any():
                return Verdict((), False)
            chances = np.where(open_to, chances, np.float32(0))
            chances /= max(chances.sum(), np.float32(1e-9))
        order = np.argsort(-chances, kind="stable")[:BEST]
        order = order[chances[order] > 0]
        ranked = tuple(Ranked(self.labels[no], float(chances[no])) for no in order)
        known = self._found(met.codes)[1].any()
        certain = bool(known and ranked[0].probability >= self.threshold)
        words = self._deciding(reading, met, int(order[0])) if explain and known else ()
        return Verdict(
            ranked, certain, words, self._branch(chances, among) if words and not certain else None
        )

    def _branch(self, chances: Reals, among: Collection[str] | None) -> Ranked | None:
        found = surest(self.labels, chances, self.threshold) if self.threshold < NEVER else None
        return found if found and (among is None or found.label in among) else None

    def predict_many(self, texts: Iterable[str]) -> Iterator[Verdict]:
        """A verdict for each text, without the words."""
        for text in texts:
            yield self.predict(text, explain=False)

    def _read(self, text: str) -> Reading:
        return features.read(text, every_word=self.every_word)

    def _found(self, codes: Codes) -> tuple[Whole, npt.NDArray[np.bool_]]:
        """The row of each code, and which codes have one."""
        if not len(self.codes):
            return np.zeros(len(codes), np.intp), np.zeros(len(codes), np.bool_)
        rows = np.minimum(np.searchsorted(self.codes, codes), len(self.codes) - 1)
        return rows, self.codes[rows] == codes

    def _probabilities(self, met: Met) -> Reals:
        codes, counts = np.unique(met.codes, return_counts=True)
        rows, known = self._found(codes)
        rows, counts = rows[known], counts[known]
        values = scaled(counts, self.rarity[rows], self.families[rows], self.shares)
        scores = values @ self.weights[rows].astype(np.float32) + self.bias
        return softmax(scores * self.slope)

    def _deciding(self, reading: Reading, met: Met, label: int) -> tuple[str, ...]:
        """The words that lie under the features which speak for the label against the others."""
        rows, known = self._found(met.codes)
        rows, begins, ends = rows[known], met.begins[known], met.ends[known]
        weights = self.weights[rows].astype(np.float32)
        lead = (weights[:, label] - weights.mean(axis=1)) * self.rarity[rows]
        lead *= np.array(self.shares, np.float32)[self.families[rows]] / (ends - begins)
        steps = np.zeros(len(reading.joined) + 1, np.float32)
        np.add.at(steps, begins, lead)
        np.add.at(steps, ends, -lead)
        sums = np.concatenate([np.zeros(1, np.float32), np.cumsum(np.cumsum(steps))])
        spoken = sums[reading.bounds[1:]] - sums[reading.bounds[:-1]]
        return _strongest(reading.words, spoken)


def _strongest(words: Sequence[str], spoken: Reals) -> tuple[str, ...]:
    """The words that spoke most for the label, each once; single characters say too little to be shown."""
    total: dict[str, float] = {}
    for word, weight in zip(words, spoken.tolist(), strict=True):
        if len(word) > 1 and word not in EMPTY_WORDS:
            total[word] = total.get(word, 0.0) + weight
    order = sorted(total, key=lambda word: -total[word])
    return tuple(word for word in order[:WORDS] if total[word] > 0)


def scaled(
    counts: npt.NDArray[Any], rarity: Reals, families: npt.NDArray[np.uint8], shares: Sequence[float]
) -> Reals:
    """What each feature of a text counts: often and rare is more; each family has its share of the whole."""
    values = ((1 + np.log(counts)) * rarity).astype(np.float32)
    lengths = np.sqrt(np.bincount(families, values * values, minlength=len(FAMILIES)))
    each = np.array(shares, np.float32) / np.maximum(lengths, 1e-9).astype(np.float32)
    shaped: Reals = values * each[families]
    return shaped


def softmax(scores: Reals) -> Reals:
    """Scores as probabilities, along the last axis."""
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    chances: Reals = raised / raised.sum(axis=-1, keepdims=True)
    return chances


def branches(labels: Sequence[str], chances: Reals) -> dict[str, float]:
    """The probability of every branch of a tree whose leaves are paths: that of all that is below it."""
    found: dict[str, float] = {}
    for label, chance in zip(labels, chances.tolist(), strict=True):
        steps = label.split("/")
        for depth in range(1, len(steps) + 1):
            path = "/".join(steps[:depth])
            found[path] = found.get(path, 0.0) + chance
    return found


def surest(labels: Sequence[str], chances: Reals, threshold: float) -> Ranked | None:
    """The deepest branch that is probable enough: 城建/道路 where the third level is open. None: not even
    the first level is certain."""
    sure = [(path, chance) for path, chance in branches(labels, chances).items() if chance >= threshold]
    if not sure:
        return None
    path, chance = max(sure, key=lambda pair: (pair[0].count("/"), pair[1]))
    return Ranked(path, chance)
