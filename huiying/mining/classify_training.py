"""Making a classifier from texts with labels. Pure; scikit-learn is loaded on use.

For each label a linear support vector machine separates its texts from all others. In letters the features
are first stretched by how much they say about the label (the log-count ratio of naive Bayes, after Wang &
Manning 2012); in short questions about many things the runs of characters do better alone, unstretched, each
weighed by how few labels have it.
Folds in which near-duplicates stay together give scores of texts that the weights had not
seen: from these come the mixing that makes scores probabilities and tells labels often confused apart, the
threshold that keeps the stated precision, and the model's figures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from huiying.common.errors import Refused
from huiying.mining import features
from huiying.mining.alike_folds import folds, groups
from huiying.mining.classify import NEVER, Model, Reals, scaled, softmax
from huiying.mining.classify_scores import calibration_error
from huiying.mining.features import Codes, Whole

Progress = Callable[[int, int], None] | None

PRECISION = 0.95
"""Of the labels given with certainty so many should be right."""
FOLDS = 4
SMOOTH, EVENNESS = 0.1, 0.25
"""Of the stretching: what is added to each count, and the part that is the same for all features."""
MOST_WEIGHTS = 24_000_000
"""Numbers in a model: of many labels the rarest features are left out, so that it stays below 50 MB."""
CAUTION = 10.0
"""How much evidence the mixing needs to hold one label's score for or against another."""
HANDFUL = 200
"""In no more texts than these every feature counts."""
ABSENT = -1.0
"""The score of a label that the learnt part of a fold had no text of, as machines shown only others say."""


class Recipe(NamedTuple):
    """How the machines are made: how much each of `features.FAMILIES` counts, whether empty words are read,
    whether a feature is rare that few labels have (or that few texts have), whether features are stretched,
    what an error costs, how exactly they are solved, and in how many texts at least a feature must be met to
    be evidence."""

    shares: tuple[float, ...]
    every_word: bool
    by_label: bool
    stretched: bool
    cost: float
    tolerance: float
    fewest: int


LETTERS = Recipe(
    (0.60, 0.30, 0.60, 0.40, 0.0),
    every_word=False,
    by_label=False,
    stretched=True,
    cost=1.0,
    tolerance=0.05,
    fewest=2,
)
QUESTIONS = Recipe(
    (0.0, 0.0, 0.0, 0.0, 1.0),
    every_word=True,
    by_label=True,
    stretched=False,
    cost=3.0,
    tolerance=0.01,
    fewest=1,
)
SHORT, MANY = 50, 30
"""Fewer characters are a question rather than a letter; more labels are many."""


def recipe_for(texts: Sequence[str], labels: int) -> Recipe:
    """Questions if most texts are short and the labels are many: of few labels the letters' recipe does
    better on short texts too (figures in `docs/decisions/0009`)."""
    short = sum(len(text) < SHORT for text in texts)
    return QUESTIONS if labels > MANY and short > len(texts) / 2 else LETTERS


@dataclass(frozen=True, eq=False)
class Counted:
    """Texts as counts: row n is text n, columns are the features `codes`."""

    codes: Codes
    families: npt.NDArray[np.uint8]
    rows: Any  # a scipy csr_array of counts


def train(
    texts: Sequence[str],
    labels: Sequence[str],
    *,
    hints: Sequence[tuple[str, str]] = (),
    precision: float = PRECISION,
    progress: Progress = None,
) -> Model:
    """A model of these texts. Raises Refused where there is nothing to tell apart.

    A label with one text can be learnt but not tested, so it lowers what the model is certain of. `hints` are
    texts with labels that are learnt from and never tested on (the names of things). The result depends only
    on the arguments.
    """
    if len(texts) != len(labels):
        raise ValueError("as many labels as texts")
    every = [*zip(texts, labels, strict=True), *hints]
    names = sorted({label for _, label in every})
    if len(names) < 2:
        raise Refused("训练至少要有两个类别。请核对标签一列。")
    number = {name: no for no, name in enumerate(names)}
    given = np.array([number[label] for _, label in every], np.intp)
    tell = progress or (lambda done, total: None)
    tell(0, FOLDS + 2)
    recipe = recipe_for(texts, len(names))
    counted = count([text for text, _ in every], len(names), recipe)
    tell(1, FOLDS + 2)
    if not len(counted.codes):
        raise Refused("这些文本里没有可学的词。请核对文本一列。")
    unseen = held_out(
        counted, given, groups(texts), len(names), recipe, lambda done: tell(done + 1, FOLDS + 2)
    )
    model = fit(counted, given, names, recipe)
    tell(FOLDS + 2, FOLDS + 2)
    return calibrated(model, unseen, given[: len(texts)], precision)


def count(texts: Sequence[str], labels: int, recipe: Recipe = LETTERS) -> Counted:
    """Read the texts and count their features, of the families that the recipe has."""
    from scipy.sparse import csr_array

    met = [_counts(text, recipe) for text in texts]
    codes = np.concatenate([row[0] for row in met])
    known, columns, spread = np.unique(codes, return_inverse=True, return_counts=True)
    families = np.zeros(len(known), np.uint8)
    families[columns] = np.concatenate([row[2] for row in met])
    bounds = np.cumsum([0, *(len(row[0]) for row in met)])
    counts = np.concatenate([row[1] for row in met]).astype(np.float32)
    rows = csr_array(
        (counts, columns.astype(np.int32), bounds.astype(np.int32)), shape=(len(texts), len(known))
    )
    kept = _kept(spread, _fewest(recipe, len(texts)), labels)
    return Counted(known[kept], families[kept], rows[:, kept].tocsr())


def _counts(text: str, recipe: Recipe) -> tuple[Codes, Whole, Whole]:
    found = features.met(features.read(text, every_word=recipe.every_word), recipe.shares)
    codes, first, counts = np.unique(found.codes, return_index=True, return_counts=True)
    return codes, counts, found.families[first]


def _fewest(recipe: Recipe, texts: int) -> int:
    return recipe.fewest if texts > HANDFUL else 1


def _kept(spread: Whole, fewest: int, labels: int) -> Whole:
    """The columns worth a weight, in order."""
    enough = np.flatnonzero(spread >= fewest)
    most = MOST_WEIGHTS // max(1, labels)
    if len(enough) > most:
        enough = np.sort(enough[np.argsort(-spread[enough], kind="stable")[:most]])
    return enough


def held_out(
    counted: Counted,
    given: Whole,
    together: Whole,
    labels: int,
    recipe: Recipe,
    tell: Callable[[int], None],
) -> Reals:
    """The scores of each text from weights that saw neither it nor its near-duplicates.

    Texts beyond those that `together` numbers are hints: in every fold learnt from, in none tested.
    """
    texts, hints = len(together), np.arange(len(together), len(given))
    scores = np.full((texts, labels), ABSENT, np.float32)
    for done, (own, tested) in enumerate(folds(given[:texts], together, FOLDS), 1):
        learnt = np.concatenate([own, hints])
        present = np.unique(given[learnt])
        if len(present) > 1 and len(tested):
            rarity = _rarity(counted, learnt, given, recipe)
            shaped = _shaped(counted, rarity, recipe.shares)
            weights, bias = _separate(shaped[learnt], given[learnt], present, recipe)
            scores[np.ix_(tested, present)] = shaped[tested] @ weights + bias
        tell(done)
    return scores


def fit(counted: Counted, given: Whole, names: Sequence[str], recipe: Recipe) -> Model:
    """The weights of all texts, not calibrated."""
    rarity = _rarity(counted, np.arange(len(given)), given, recipe)
    shaped = _shaped(counted, rarity, recipe.shares)
    weights, bias = _separate(shaped, given, np.arange(len(names)), recipe)
    return Model(
        labels=tuple(names),
        codes=counted.codes,
        families=counted.families,
        rarity=rarity,
        weights=weights.astype(np.float16),
        bias=bias,
        shares=recipe.shares,
        every_word=recipe.every_word,
    )


def _rarity(counted: Counted, learnt: Whole, given: Whole, recipe: Recipe) -> Reals:
    """How much a feature says by being rare; 0 for one that the learnt texts hardly have."""
    rows = counted.rows[learnt]
    spread = np.bincount(rows.indices, minlength=len(counted.codes))
    if recipe.by_label:
        rarity = _focus(rows, given[learnt], spread)
    else:
        rarity = np.log((len(learnt) + 1) / (spread + 1)) + 1
    rarity[spread < _fewest(recipe, len(learnt))] = 0
    return rarity.astype(np.float32)


def _focus(rows: Any, given: Whole, spread: Whole) -> npt.NDArray[np.float64]:
    """1 for a feature that all labels have alike, the more the fewer have it: by how much the entropy of its
    labels is below the greatest."""
    from scipy.sparse import csr_array

    present, number = np.unique(given, return_inverse=True)
    of_label = csr_array(
        (np.ones(len(given)), (number, np.arange(len(given)))), shape=(len(present), len(given))
    )
    shared = of_label @ type(rows)((np.ones(rows.nnz), rows.indices, rows.indptr), shape=rows.shape)
    part = shared.data / spread[shared.indices]
    entropy = -np.bincount(shared.indices, part * np.log(part), minlength=len(spread))
    focus: npt.NDArray[np.float64] = np.log(len(present)) - entropy + 1
    return focus


def _shaped(counted: Counted, rarity: Reals, shares: Sequence[float]) -> Any:
    """The texts as the machines see them: each row as `classify.scaled` shapes one text."""
    rows = counted.rows.copy()
    for start, end in zip(rows.indptr, rows.indptr[1:], strict=False):
        columns = rows.indices[start:end]
        rows.data[start:end] = scaled(
            rows.data[start:end], rarity[columns], counted.families[columns], shares
        )
    return rows


def _separate(rows: Any, given: Whole, labels: Whole, recipe: Recipe) -> tuple[Reals, Reals]:
    """Weights and bias of each label against the rest."""
    from sklearn.svm import LinearSVC

    weights = np.zeros((rows.shape[1], len(labels)), np.float32)
    bias = np.zeros(len(labels), np.float32)
    for place, label in enumerate(labels):
        own = given == label
        stretch = _stretch(rows, own) if recipe.stretched else np.ones(rows.shape[1], np.float32)
        machine = LinearSVC(C=recipe.cost, tol=recipe.tolerance, max_iter=10_000, random_state=0)
        machine.fit(_times(rows, stretch) if recipe.stretched else rows, own)
        weights[:, place] = machine.coef_[0] * stretch
        bias[place] = machine.intercept_[0]
    return weights, bias


def _times(rows: Any, factors: Reals) -> Any:
    """The rows with each column multiplied by its factor."""
    return type(rows)((rows.data * factors[rows.indices], rows.indices, rows.indptr), shape=rows.shape)


def _stretch(rows: Any, own: npt.NDArray[np.bool_]) -> Reals:
    """How much each feature says about a label, more or less than the others do."""
    of_label = np.asarray(rows[own].sum(axis=0)).ravel() + SMOOTH
    of_rest = np.asarray(rows[~own].sum(axis=0)).ravel() + SMOOTH
    ratio = np.abs(np.log((of_label / of_label.sum()) / (of_rest / of_rest.sum())))
    stretch: Reals = ((1 - EVENNESS) * ratio + EVENNESS * ratio.mean()).astype(np.float32)
    return stretch


# From scores to probabilities


def calibrated(model: Model, unseen: Reals, given: Whole, precision: float) -> Model:
    """The model with mixing and threshold learnt on scores that its weights had not seen, and its figures.

    The mixing goes into the weights, so that asking costs nothing more and words tell all that decided.
    """
    factors, terms = mixing(unseen, given)
    chances = _judged(unseen, given)
    best, right = chances.max(axis=1), chances.argmax(axis=1) == given
    threshold = lowest_threshold(best, right, precision)
    sure = best >= threshold
    about = {
        "texts": len(given),
        "accuracy": float(right.mean()),
        "commonest": float(np.bincount(given).max() / len(given)),
        "precision": precision,
        "coverage": float(sure.mean()),
        "error": calibration_error(best, right),
    }
    weights = (model.weights.astype(np.float32) @ factors).astype(np.float16)
    bias = model.bias @ factors + terms
    return replace(model, weights=weights, bias=bias, threshold=threshold, about=about)


def _judged(unseen: Reals, given: Whole) -> Reals:
    """The probabilities by a mixing that saw only the other half of the texts."""
    chances = np.zeros_like(unseen)
    drawn = np.random.default_rng(0).permutation(len(given))
    for own, other in ((drawn[::2], drawn[1::2]), (drawn[1::2], drawn[::2])):
        if len(own):
            factors, terms = mixing(unseen[own], given[own])
            chances[other] = softmax(unseen[other] @ factors + terms)
    return chances


def mixing(scores: Reals, given: Whole) -> tuple[Reals, Reals]:
    """How much each score counts for each label, and what each label has of itself: the likeliest, starting
    from one slope for all and leaving it only as far as the texts are many."""
    from scipy.optimize import minimize
    from scipy.special import log_softmax

    labels = scores.shape[1]
    slope = np.vstack([np.eye(labels) * best_slope(scores, given), np.zeros(labels)])
    known = np.hstack([scores, np.ones((len(scores), 1), np.float32)]).astype(np.float64)
    truth = np.eye(labels)[given]

    def unlikely(change: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        change = change.reshape(slope.shape)
        logs = log_softmax(known @ (slope + change), axis=1)
        loss = -logs[truth > 0].sum() + CAUTION / 2 * (change**2).sum()
        return float(loss), (known.T @ (np.exp(logs) - truth) + CAUTION * change).ravel()

    found = minimize(unlikely, np.zeros(slope.size), jac=True, method="L-BFGS-B", options={"maxiter": 100})
    mixed = (slope + found.x.reshape(slope.shape)).astype(np.float32)
    return mixed[:-1], mixed[-1]


def best_slope(scores: Reals, given: Whole) -> float:
    """The slope under which the given labels are likeliest."""
    from scipy.optimize import minimize_scalar

    def unlikely(power: float) -> float:
        chances = softmax(scores * np.float32(np.exp(power)))[np.arange(len(given)), given]
        return float(-np.log(np.maximum(chances, 1e-9)).mean())

    return float(np.exp(minimize_scalar(unlikely, bounds=(-4.0, 5.0), method="bounded").x))


LEAST_SURE = 20
"""So many texts above the threshold are needed to state a precision at all."""


def lowest_threshold(best: Reals, right: npt.NDArray[np.bool_], precision: float) -> float:
    """The least probability from which on answers are right as often as stated; NEVER where none is."""
    order = np.argsort(-best, kind="stable")
    share = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero((share >= precision) & (np.arange(len(order)) + 1 >= LEAST_SURE))
    return float(best[order[enough[-1]]]) if len(enough) else NEVER
