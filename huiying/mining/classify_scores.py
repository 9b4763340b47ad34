"""How good a classifier is on texts whose labels are known. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from huiying.mining.classify import Model, Reals
from huiying.mining.features import Whole

Progress = Callable[[int, int], None] | None
COVERED = 0.8
"""The share of texts, the surest first, of which `precision_at_80` tells how many are right."""


@dataclass(frozen=True, slots=True)
class Scores:
    """`f1` is that of each label which the truth or the model names."""

    n: int
    accuracy: float
    top3_accuracy: float
    macro_f1: float
    weighted_f1: float
    precision_at_80: float
    ece: float
    coverage: float
    precision: float
    f1: dict[str, float]

    def as_dict(self) -> dict[str, Any]:
        """For JSON, rounded to what a person reads."""
        return {
            name: round(value, 5) if isinstance(value, float) else value
            for name in self.__dataclass_fields__
            for value in [getattr(self, name)]
        } | {"f1": {label: round(value, 5) for label, value in self.f1.items()}}


def scores(labels: Sequence[str], chances: Reals, truth: Sequence[str], threshold: float) -> Scores:
    """Judge probabilities (a row a text, a column a label) by the truth.

    A true label that the model does not know is wrong whatever it says. `coverage` and `precision` are of the
    answers at or above the threshold; precision of none is 0.
    """
    every = [*labels, *sorted({*truth} - {*labels})]
    given = np.array([every.index(label) for label in truth], np.intp)
    said = chances.argmax(axis=1)
    best, right = chances.max(axis=1), said == given
    ranked = np.argsort(-chances, axis=1, kind="stable")[:, :3]
    surest = np.argsort(-best, kind="stable")[: int(COVERED * len(given))]
    sure = best >= threshold
    f1 = _f1(given, said, len(every))
    named = np.union1d(given, said)
    spread = np.bincount(given, minlength=len(every))
    return Scores(
        n=len(given),
        accuracy=float(right.mean()),
        top3_accuracy=float((ranked == given[:, None]).any(axis=1).mean()),
        macro_f1=float(f1[named].mean()),
        weighted_f1=float((f1 * spread).sum() / spread.sum()),
        precision_at_80=float(right[surest].mean()) if len(surest) else 0.0,
        ece=calibration_error(best, right),
        coverage=float(sure.mean()),
        precision=float(right[sure].mean()) if sure.any() else 0.0,
        f1={every[no]: float(f1[no]) for no in named},
    )


def judge(model: Model, texts: Sequence[str], truth: Sequence[str], progress: Progress = None) -> Scores:
    """The scores of a model on texts with their labels."""
    chances = np.zeros((len(texts), len(model.labels)), np.float32)
    for no, text in enumerate(texts):
        chances[no] = model.probabilities(text)
        if progress and no % 100 == 0:
            progress(no, len(texts))
    return scores(model.labels, chances, truth, model.threshold)


def _f1(given: Whole, said: Whole, labels: int) -> npt.NDArray[np.float64]:
    """2 · hits ÷ (given + said), of each label; 0 where it is neither."""
    hits = np.bincount(given[given == said], minlength=labels)
    both = np.bincount(given, minlength=labels) + np.bincount(said, minlength=labels)
    f1: npt.NDArray[np.float64] = 2 * hits / np.maximum(both, 1)
    return f1


def calibration_error(best: Reals, right: npt.NDArray[np.bool_], bins: int = 15) -> float:
    """ECE: how far stated probability and frequency lie apart, over equally wide steps of probability."""
    step = np.minimum((best * bins).astype(int), bins - 1)
    stated, found = (np.bincount(step, values, minlength=bins) for values in (best, right))
    return float(np.abs(stated - found).sum() / max(1, len(best)))
