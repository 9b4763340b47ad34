"""Reports of one matter gathered: of one place and of one thing there. Pure.

Two likenesses are reckoned (cosines of tf-idf): one of all words and, apart, of the names of places;
one of the words without those names. A group begins with the reports that support each other around the
densest one and is then drawn anew a few times: in it is who is like the others of it in both. So a road with
ten different complaints does not become one matter, nor ten roads with one complaint. At last it must have a
name that is rare elsewhere (the anchor) and words that say what is wrong there, and where its titles name
places, half of it must write the same one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from huiying.common.text import bigrams, normalise
from huiying.mining.entities import PLACE_ENDINGS, REGION, entities
from huiying.mining.rubric_words import COMMON

Progress = Callable[[int, int], None] | None

BODY_READ = 400
"""Characters of a body that are compared: what a report is about is said at its beginning."""
OPENING = 200
WEIGHTS = {"title": 0.7, "whole": 0.5, "names": 0.5}
LINKED = 0.28
"""Likeness from which on two reports support each other as the heart of a matter."""
KNIT = 0.4
"""Share of the other reports of a heart that each of its reports must be linked with."""
WHOLE = 0.3
WORDS = 0.12
"""How like the others of a matter a report must be, with the names of places and without them."""
ROUNDS = 5
FLOOR = 0.06
"""Less likeness is none; so little need be kept."""
SHARED = 0.5
"""Share of a group that must write a name or a word for it to be the group's."""
OWN = 0.35
"""Share of all reports with a name that must be in the group for the name to be its anchor."""
LIFT = 6.0
"""How many times more frequent in the group than in all reports a word of its matter is."""
PLACED = 0.4
"""Share of titles with a name of a place from which on a matter must be of one place."""

_SIGNS = re.compile(r"[\W_]+")
_MAY_NAME = re.compile(r"^(?!.*(?:有限|公司|学院|大学|政府|市委|领导|希望|小区))[^省市县区\W]{3}$")
_MAY_TELL = re.compile(r"^[^省市县区镇乡\W\dA-Za-z]{2}$")
_ABOVE = re.compile(rf"^(?:{REGION})+(?=.{{2}})")
_ENDING = re.compile(rf"(?:职业|技术|科技|实验|国际|中心)*(?:{PLACE_ENDINGS}|(?:股份|有限|责任|公司|集团)+)$")


def groups(
    titles: Sequence[str], bodies: Sequence[str], *, least: int, progress: Progress = None
) -> Iterator[tuple[list[int], str]]:
    """Groups of at least `least` reports by their places in the lists, the most typical first, each with its
    anchor. Deterministic."""
    titles, bodies = [normalise(title) for title in titles], [normalise(body)[:BODY_READ] for body in bodies]
    seen = [_seen(f"{title}\n{body}") for title, body in zip(titles, bodies, strict=True)]
    plain = [one.plain.partition("\n") for one in seen]
    whole = _vectors(titles, bodies, [one.names for one in seen])
    words = _vectors([title for title, _, _ in plain], [body for _, _, body in plain], None)
    if whole is None or words is None:
        return
    likenesses = _Likeness(_links(whole, progress)), _Likeness(_links(words, None))
    corpus = _Corpus.of(titles, bodies)
    for members in _drawn(*likenesses, least, lambda group: _is_matter(corpus, seen, group)):
        close = likenesses[0].to(members)
        theme = corpus.theme(members)
        anchor = corpus.longer(theme[0], members) if theme else ""
        yield sorted(members, key=lambda i: (-close[i], titles[i], i)), anchor


# What is compared


@dataclass(frozen=True)
class _Seen:
    """What stands in a report: the cores of its names (翠屏 of 翠屏新城), which of them in the title, and its
    text without names."""

    names: list[str]
    titled: bool
    plain: str


def _seen(text: str) -> _Seen:
    found = entities(text, kinds=("place", "firm"))
    plain = text
    for entity in reversed(found):
        plain = f"{plain[: entity.start]} {plain[entity.end :]}"
    named = [(core(entity.text), entity.end) for entity in found]
    named = [(name, end) for name, end in named if len(name) > 1]
    return _Seen([name for name, _ in named], any(end <= text.find("\n") for _, end in named), plain)


def core(name: str) -> str:
    """What tells a name from others of its kind, in at most three characters."""
    return _ENDING.sub("", _ABOVE.sub("", name))[-3:]


def _vectors(titles: Sequence[str], bodies: Sequence[str], names: list[list[str]] | None) -> Any:
    """One row a report, of length 1 (0 where it says nothing); None where no word is used twice."""
    from scipy.sparse import hstack
    from sklearn.preprocessing import normalize

    wholes = [f"{title} {body}" for title, body in zip(titles, bodies, strict=True)]
    found = {"title": _weights(bigrams, titles), "whole": _weights(bigrams, wholes)}
    if names is not None:
        found["names"] = _weights(list, names)
    parts = [WEIGHTS[kind] * part for kind, part in found.items() if part is not None]
    return normalize(hstack(parts).tocsr()) if parts else None


def _weights(analyzer: Callable[[Any], list[str]], rows: Sequence[Any]) -> Any:
    """tf-idf of what the analyzer finds in more than one row; None where there is no such thing."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    most = 0.05 if len(rows) > 400 else 0.5
    made = TfidfVectorizer(analyzer=analyzer, min_df=2, max_df=most, sublinear_tf=True)
    try:
        return made.fit_transform(rows)
    except ValueError:  # its way of saying that the vocabulary is empty
        return None


def _links(vectors: Any, progress: Progress) -> Any:
    """The likenesses from `FLOOR` on, as a sparse square, made block by block to keep memory small."""
    from scipy.sparse import vstack

    rows, step = [], 512
    for at in range(0, vectors.shape[0], step):
        block = vectors[at : at + step] @ vectors.T
        block.data[block.data < FLOOR] = 0
        block.eliminate_zeros()
        rows.append(block)
        if progress:
            progress(min(at + step, vectors.shape[0]), vectors.shape[0])
    return vstack(rows).tocsr()


class _Likeness:
    """How like reports are, each to each, and to a group."""

    def __init__(self, links: Any) -> None:
        self.links = links

    def to(self, members: Sequence[int]) -> Any:
        """The cosine of every report with the sum of the group's other members."""
        import numpy as np

        sums = np.asarray(self.links[members].sum(axis=0)).ravel()
        inside = np.zeros(self.links.shape[0])
        inside[list(members)] = 1
        square = sums[list(members)].sum() - inside * (2 * sums - 1)
        return (sums - inside) / np.sqrt(np.maximum(square, 1e-9))


# Groups


def _drawn(
    whole: _Likeness, words: _Likeness, least: int, is_matter: Callable[[list[int]], bool]
) -> Iterator[list[int]]:
    """The groups, each begun around the report with the most support left."""
    import numpy as np

    close = whole.links.copy()
    close.data[close.data < LINKED] = 0
    close.eliminate_zeros()
    support = np.asarray(close.sum(axis=1)).ravel()
    free = np.ones(len(support), dtype=bool)
    for seed in np.argsort(-support, kind="stable"):
        members = _knit(close, [int(i) for i in close[seed].indices if free[i]]) if free[seed] else []
        for _ in range(ROUNDS if len(members) >= least else 0):
            fits = (whole.to(members) >= WHOLE) & (words.to(members) >= WORDS) & free
            again = [int(i) for i in np.flatnonzero(fits)]
            if again == members or not again:
                break
            members = again
        if len(members) >= least and is_matter(members):
            free[members] = False
            yield members


def _is_matter(corpus: _Corpus, seen: Sequence[_Seen], group: Sequence[int]) -> bool:
    """Whether a group has an anchor and words of its own, and is of one place where it names places."""
    if corpus.theme(group) is None:
        return False
    if sum(seen[i].titled for i in group) < PLACED * len(group):
        return True
    names = {name for i in group for name in seen[i].names}
    return any(sum(name in corpus.texts[i] for i in group) >= SHARED * len(group) for name in names)


def _knit(links: Any, members: list[int]) -> list[int]:
    """The members that are linked with enough of the others; the loosest leaves first."""
    import numpy as np

    kept = np.array(members)
    while len(kept) > 1:
        linked = np.asarray((links[kept][:, kept] > 0).sum(axis=1)).ravel() - 1
        loosest = int(np.argmin(linked))
        if linked[loosest] >= max(1.0, KNIT * (len(kept) - 1)):
            break
        kept = np.delete(kept, np.flatnonzero(linked == linked[loosest])[-max(1, len(kept) // 20) :])
    return [int(i) for i in kept]


@dataclass(frozen=True)
class _Corpus:
    """The openings of all reports, and in how many each run of two or three characters stands."""

    titles: list[str]
    texts: list[str]
    frequency: Counter[str]

    @classmethod
    def of(cls, titles: Sequence[str], bodies: Sequence[str]) -> _Corpus:
        titles = [_SIGNS.sub("", title) for title in titles]
        texts = [title + _SIGNS.sub("", body[:OPENING]) for title, body in zip(titles, bodies, strict=True)]
        return cls(titles, texts, Counter(run for text in texts for run in _runs(text)))

    def theme(self, group: Sequence[int]) -> tuple[str, frozenset[str]] | None:
        """The anchor of a group, which stands in a title, and the words of its matter; None without both."""
        heard = Counter(run for i in group for run in _runs(self.texts[i]))
        often = [run for run, n in heard.items() if n >= SHARED * len(group)]
        titled = {run for i in group for run in _runs(self.titles[i])}
        rare = [run for run in often if run in titled and _MAY_NAME.match(run)]
        rare = [run for run in rare if heard[run] >= OWN * self.frequency[run]]
        if not rare:
            return None
        wide = 0.85 * max(heard[run] for run in rare)
        anchor = max((run for run in rare if heard[run] >= wide), key=lambda run: (self.frequency[run], run))
        name = set(self.longer(anchor, group))
        words = {run for run in often if _MAY_TELL.match(run) and not name & set(run) and run not in COMMON}
        words = {run for run in words if self._tells(run, heard[run], group)}
        apart = any(not set(one) & set(other) for one in words for other in words)
        return (anchor, frozenset(words)) if apart else None

    def _tells(self, run: str, count: int, group: Sequence[int]) -> bool:
        """Whether a word is much more frequent in the group than in all reports."""
        return count * len(self.texts) >= LIFT * self.frequency[run] * len(group)

    def longer(self, anchor: str, group: Sequence[int]) -> str:
        """The anchor with the characters that most of the group writes around it."""
        for _ in range(10):
            around: Counter[str] = Counter()
            for i in group:
                at = self.texts[i].find(anchor)
                if at >= 0:
                    around.update(
                        {
                            self.texts[i][max(0, at - 1) : at + len(anchor)],
                            self.texts[i][at : at + len(anchor) + 1],
                        }
                    )
            longer = [
                text for text, n in around.items() if len(text) > len(anchor) and n >= SHARED * len(group)
            ]
            if not longer:
                break
            anchor = max(longer, key=lambda text: (around[text], text))
        return anchor


def _runs(text: str) -> set[str]:
    return {text[i : i + n] for n in (2, 3) for i in range(len(text) - n + 1)}
