"""Find again: near copies, what one caller reports again, and one matter told by many, put together. Pure.

Texts are compared by the cosine of their runs of two and three characters, weighed by tf-idf. All pairs
above a floor are found without comparing every text with every other: of each text only the rarest runs
are looked up, so many that what is left over could not make up half the floor (prefix filtering: Chaudhuri,
Ganti, Kaushik, A Primitive Operator for Similarity Joins, ICDE 2006; for cosine: Bayardo, Ma, Srikant,
Scaling Up All Pairs Similarity Search, WWW 2007). Texts that are equal are compared once.

The likeness of a pair is that cosine, raised where the person or a named place is the same, lowered where
each names a place that the other does not or their areas differ, and by the time between them (`SIGNALS`).
Pairs of at least `LEAST` are joined, the surest first, as long as half of the pairs between the two sides
are alike (average linkage, so that no chain of half-alike texts comes about), and never where somebody said
that two are apart. Every group is a suggestion; each member says whom it is like, why, and in which words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from huiying.common.text import normalise
from huiying.mining import features
from huiying.mining.entities import PLACE_ENDINGS, places
from huiying.mining.hot_topics import Report

LEAST = 0.5
"""Likeness from which on a pair is suggested; `huiying evaluate` prints what other values would bring."""
FLOOR = 0.3
"""Cosine below which nothing else makes two texts one matter."""
SIGNALS = {"person": 0.15, "place": 0.12, "elsewhere": -0.12, "month": -0.02}
"""What the same person, a common place, different places, and each month between two reports add."""
LONGEST_MONTHS = 6
COPY = 0.9
"""Cosine from which on two texts are nearly the same, written once."""
KNIT = 0.5
"""Share of the pairs between two groups that must be alike for the groups to be one."""
MOST = 200
"""So many of the texts that are most like one are kept, so that a mass of copies costs no more."""
READ = 2_000
"""Characters of a text that are compared."""
ENOUGH = 8
"""Shorter texts (你好, 12345) say too little to be like anything."""
QUOTED = 30
SIZES = (2, 3)

_ENDING = re.compile(rf"(?:{PLACE_ENDINGS})$")

Pair = tuple[int, int]
Progress = Callable[[int, int], None] | None
Shares = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Link:
    """Why a report is in a group: which other one it is most like, how much, for what reasons, and the
    longest passage that both have."""

    id: str
    like: str
    likeness: float
    cosine: float
    reasons: tuple[str, ...]
    quote: str

    @property
    def reason(self) -> str:
        return "、".join(self.reasons)


@dataclass(frozen=True, slots=True)
class Group:
    """Reports that may be one matter, the earliest first; `links` tell why, one for each of them."""

    reports: tuple[Report, ...]
    links: tuple[Link, ...]
    persons: int

    @property
    def kind(self) -> str:
        """同一人重复, 多人同诉, or 疑似重复 where nobody knows who they are."""
        known = [report.person for report in self.reports if report.person]
        if self.persons == 1:
            return "同一人重复"
        return "多人同诉" if len(set(known)) > 1 else "疑似重复"

    @property
    def ids(self) -> list[str]:
        return [report.id for report in self.reports]


def places_of(report: Report) -> dict[str, str]:
    """The places that a report names, by what tells them apart (翠屏 of 翠屏新城)."""
    own = normalise(report.place)
    found = {own: own} if len(own) > 3 else {}
    for name in places(normalise(f"{report.title} {report.body[:400]} {own}")):
        core = _ENDING.sub("", name)
        for at in range(max(1, len(core) - 2)):
            found.setdefault(core[at : at + 3], name)
    return found


def duplicates(
    reports: Sequence[Report],
    *,
    least: float = LEAST,
    apart: Collection[frozenset[str]] = (),
    progress: Progress = None,
) -> list[Group]:
    """Groups of reports that may be one matter, the largest first.

    `apart` are pairs of ids that somebody said are not one matter: they never stand in one group.
    Deterministic. Time grows with the number of pairs that share rare words; memory with the texts.
    """
    found = {pair: alike for pair, alike in _scored(reports, progress) if alike.likeness >= least}
    place = {report.id: n for n, report in enumerate(reports)}
    known = ([place[id] for id in pair if id in place] for pair in apart)
    members = _joined(found, [(pair[0], pair[1]) for pair in known if len(pair) == 2])
    groups = [_group(reports, sorted(group, key=lambda n: _age(reports[n], n)), found) for group in members]
    return sorted(groups, key=lambda group: (-len(group.reports), -group.persons, _age(group.reports[0], 0)))


def pairs(reports: Sequence[Report], *, progress: Progress = None) -> list[tuple[str, str, float]]:
    """Every pair of reports whose texts are at least a little alike, with its likeness, the surest first."""
    found = sorted(_scored(reports, progress), key=lambda row: (-row[1].likeness, row[0]))
    return [(reports[one].id, reports[other].id, alike.likeness) for (one, other), alike in found]


def likeness(
    cosine: float, one: Report, other: Report, *, sight: Callable[[Report], Mapping[str, str]] = places_of
) -> float:
    """How likely two reports are one matter, by their texts' cosine and `SIGNALS`; 1 is sure."""
    here, there = sight(one).keys(), sight(other).keys()
    score = cosine
    if one.person and one.person == other.person:
        score += SIGNALS["person"]
    if here & there:
        score += SIGNALS["place"]
    elif (here and there) or (one.area and other.area and one.area != other.area):
        score += SIGNALS["elsewhere"]
    if one.at and other.at:
        months = abs((one.at - other.at).total_seconds()) / (30 * 86_400)
        score += SIGNALS["month"] * min(months, LONGEST_MONTHS)
    return max(0.0, min(1.0, score))


def explained(cosine: float, one: Report, other: Report) -> tuple[tuple[str, ...], str]:
    """The reasons in words, and the words that both reports have in common."""
    reasons = []
    if one.person and one.person == other.person:
        reasons.append("同一来电人")
    here, there = places_of(one), places_of(other)
    if shared := [name for key, name in here.items() if key in there]:
        reasons.append(f"同一地点（{shared[0]}）")
    said = "文字几乎相同" if cosine >= COPY else "文字相近"
    reasons.append(f"{said} {min(100, round(100 * cosine))}%")
    return tuple(reasons), quote(text_of(one), text_of(other))


def quote(one: str, other: str) -> str:
    """The longest passage that both texts have, in at most 30 characters; "" where it would say nothing."""
    one, other = " ".join(one[:400].split()), " ".join(other[:400].split())
    same = SequenceMatcher(None, one, other, autojunk=False).find_longest_match()
    passage = one[same.a : same.a + same.size].strip(" ,，.。;；:：、!！?？")
    return passage[:QUOTED] if len(passage) >= 4 else ""


def persons_of(reports: Iterable[Report]) -> int:
    """How many people: those who are known, and each report of nobody known as somebody of their own."""
    rows = list(reports)
    return len({report.person for report in rows if report.person}) + sum(not row.person for row in rows)


# Pairs


def text_of(report: Report) -> str:
    """What is compared of a report: its title and body."""
    return f"{report.title}\n{report.body}" if report.body else report.title


def _age(report: Report, n: int) -> tuple[bool, Any, int]:
    """What sorts the earliest first, those without a time last."""
    return (report.at is None, report.at.timestamp() if report.at else 0, n)


class Alike(NamedTuple):
    """How like two reports are: with everything that is known of them, and their texts alone."""

    likeness: float
    cosine: float


def _scored(reports: Sequence[Report], progress: Progress) -> Iterator[tuple[Pair, Alike]]:
    """Each pair above the floor with its likeness; of equal texts each with the first of them."""
    sight = cache(places_of)
    texts = [normalise(text_of(report)[:READ]) for report in reports]

    def alike(one: int, other: int, cosine: float) -> tuple[Pair, Alike]:
        score = likeness(cosine, reports[one], reports[other], sight=sight)
        return (min(one, other), max(one, other)), Alike(score, cosine)

    first: dict[str, int] = {}
    for n, text in enumerate(texts):
        if len(text) >= ENOUGH and first.setdefault(text, n) != n:
            yield alike(first[text], n, 1.0)
    unlike = list(first.values())
    for one, other, cosine in _near([texts[n] for n in unlike], progress):
        yield alike(unlike[one], unlike[other], cosine)


def _near(texts: Sequence[str], progress: Progress) -> Iterator[tuple[int, int, float]]:
    """The pairs of texts whose cosine is at least the floor, each once."""
    if len(texts) < 2:
        return
    whole = vectors(texts)
    rare, turned, step = _rarest(whole), whole.T.tocsr(), 256
    for at in range(0, len(texts), step):
        half = (rare[at : at + step] @ turned).tocoo()
        maybe = (half.data >= FLOOR / 2) & (half.row + at != half.col)
        ones, others = half.row[maybe] + at, half.col[maybe]
        cosines = np.asarray(whole[ones].multiply(whole[others]).sum(axis=1)).ravel()
        yield from _nearest(ones, others, cosines)
        if progress:
            progress(min(at + step, len(texts)), len(texts))


def _nearest(ones: Any, others: Any, cosines: Shares) -> Iterator[tuple[int, int, float]]:
    """Of each text the `MOST` that are most like it, told by the one of the two that comes first."""
    kept = np.flatnonzero((cosines >= FLOOR) & (ones < others))
    order = kept[np.lexsort((others[kept], -cosines[kept], ones[kept]))]
    if not len(order):
        return
    begins = np.flatnonzero(np.r_[True, ones[order][1:] != ones[order][:-1]])
    rank = np.arange(len(order)) - np.repeat(begins, np.diff(np.r_[begins, len(order)]))
    for n in order[rank < MOST]:
        yield int(ones[n]), int(others[n]), float(cosines[n])


def vectors(texts: Sequence[str]) -> Any:
    """One row a text: tf-idf of its runs of two and three characters, of length 1 (0 where it has none)."""
    from scipy.sparse import csr_array
    from sklearn.preprocessing import normalize

    met = [np.unique(_codes(text), return_counts=True) for text in texts]
    ends = np.cumsum([0, *(len(codes) for codes, _ in met)])
    codes, often = (np.concatenate([row[n] for row in met]) for n in (0, 1))
    _, column, held = np.unique(codes, return_inverse=True, return_counts=True)
    weights = (1 + np.log(often)) * (1 + np.log((1 + len(texts)) / (1 + held)))[column]
    return normalize(csr_array((weights, column, ends), shape=(len(texts), len(held))))


def _codes(text: str) -> features.Codes:
    joined = features.read(text).joined
    return np.concatenate([features.runs_of(joined, size) for size in SIZES])


def _rarest(whole: Any) -> Any:
    """Of each row its rarest columns: what is left out is shorter than half the floor."""
    from scipy.sparse import csr_array

    rows = np.repeat(np.arange(whole.shape[0]), np.diff(whole.indptr))
    held = np.bincount(whole.indices, minlength=whole.shape[1])[whole.indices]
    order = np.lexsort((held, rows))
    squares = whole.data[order] ** 2
    sums = np.r_[0.0, np.cumsum(squares)]
    ends = sums[whole.indptr[1:]][rows]
    kept = order[(ends - sums[:-1] >= (FLOOR / 2) ** 2) & (held[order] > 1)]
    return csr_array((whole.data[kept], (rows[kept], whole.indices[kept])), shape=whole.shape)


# Groups


def _joined(found: Mapping[Pair, Alike], never: Iterable[Pair]) -> list[list[int]]:
    """Index groups: pairs joined, the surest first, where half of both sides are alike and none are apart.

    A copy comes last and goes with its first: it was compared with nothing else.
    """
    group_of: dict[int, list[int]] = {}
    linked, parted = _beside(found), _beside(never)
    for pair in sorted(found, key=lambda pair: (_is_copy(found[pair]), -found[pair].likeness, pair)):
        one, other = (group_of.setdefault(n, [n]) for n in pair)
        if one is other or any(parted[n] & {*other} for n in one if n in parted):
            continue
        small, large = sorted((one, other), key=len)
        within = {*large}
        alike = sum(len(linked[n] & within) for n in small)
        if _is_copy(found[pair]) or alike >= KNIT * len(small) * len(large):
            large += small
            group_of |= dict.fromkeys(small, large)
    return list({id(group): group for group in group_of.values() if len(group) > 1}.values())


def _is_copy(alike: Alike) -> bool:
    return alike.cosine >= 1


def _beside(pairs: Iterable[Pair]) -> dict[int, set[int]]:
    """For each member of a pair all that it is paired with."""
    found: dict[int, set[int]] = {}
    for one, other in pairs:
        found.setdefault(one, set()).add(other)
        found.setdefault(other, set()).add(one)
    return found


def _group(reports: Sequence[Report], members: list[int], found: Mapping[Pair, Alike]) -> Group:
    rows = tuple(reports[n] for n in members)
    return Group(rows, tuple(_link(reports, n, members, found) for n in members), persons_of(rows))


def _link(reports: Sequence[Report], n: int, members: list[int], found: Mapping[Pair, Alike]) -> Link:
    """The link of a member with the other one that it is most like."""
    alike = {m: found.get((min(n, m), max(n, m)), Alike(0.0, 0.0)) for m in members if m != n}
    nearest = max(alike, key=lambda m: (alike[m].likeness, -m))
    one, other = reports[n], reports[nearest]
    reasons, words = explained(alike[nearest].cosine, one, other)
    return Link(one.id, other.id, *alike[nearest], reasons, words)
