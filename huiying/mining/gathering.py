"""Reports of one matter gathered: of one place and of one thing there. Pure.

Likenesses are reckoned (cosines of tf-idf): one of all words and, apart, of the names of places; one of the
words without those names; and one of the themes that these words make up (their strongest directions, in
which 噪音 is near to 扰民). A group begins with the reports that support each other around the densest one,
and is then drawn anew a few times: in it is who is like the others of it in all words and in words or theme
without names. So a road with ten different complaints does not become one matter, nor ten roads with one
complaint. It must have a name that is rare elsewhere (the anchor) and words that say what is wrong there, and
where its titles name places, half of it must write the same one.

At last (`_joined`) the largest take in what was left out or drawn apart: who writes a name of theirs and is
of their theme, or is close and writes the words that tell their titles from others.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import log
from typing import Any

from huiying.common.text import bigrams
from huiying.mining.entities import PLACE_ENDINGS, REGION
from huiying.mining.place_names import PlaceNames
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
WORDS = 0.2
THEME = 0.25
"""How like the others of a matter a report must be: with the names of places, and without them either in
words or in theme."""
THEMES = 80
"""At most so many directions of the words are themes."""
TAKEN = {"whole": 0.25, "theme": 0.35}
NEAR = {"whole": 0.35, "theme": 0.1, "told": 0.3}
"""How like a matter a report with its name must be to be taken in at last: one or the other."""
MOST_OF = 0.6
"""Share of a group that must belong to a larger one for both to be one."""
NAMED = 0.2
"""Share of all reports with a name of a place that must be in a group for the name to be the group's."""
TITLED = 0.2
"""Share of the titles of a group that must write a word for it to tell them from others."""
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
_ENDING = re.compile(
    rf"(?:职业|技术|科技|实验|国际|中心)*(?:{PLACE_ENDINGS}|(?:股份|有限|责任|公司|集团)+)+$"
)


def groups(
    titles: Sequence[str],
    bodies: Sequence[str],
    *,
    least: int,
    names: PlaceNames,
    persons: Sequence[object] | None = None,
    progress: Progress = None,
) -> Iterator[tuple[list[int], str]]:
    """Groups of reports by their places in the lists, the most typical first, each with its anchor; each of
    at least `least` persons (without `persons`: reports). Deterministic.

    Titles and bodies are read as they are, `names` are those that they write.
    """
    bodies = [body[:BODY_READ] for body in bodies]
    seen = [_seen(f"{title}\n{body}", names) for title, body in zip(titles, bodies, strict=True)]
    plain = [one.plain.partition("\n") for one in seen]
    whole = _vectors(titles, bodies, [one.names for one in seen])
    words = _vectors([title for title, _, _ in plain], [body for _, _, body in plain], None)
    if whole is None or words is None:
        return
    likenesses = _Likeness(_links(whole, progress)), _Likeness(_links(words, None)), _Themes(words)
    who = persons or range(len(titles))
    reports = _Reports(_Corpus.of(titles, bodies), seen, who, least, *likenesses)
    for members in _joined(reports, list(_drawn(reports))):
        close = reports.whole.to(members)
        theme = reports.corpus.theme(members)
        anchor = reports.corpus.longer(theme[0], members) if theme else ""
        yield sorted(members, key=lambda i: (-close[i], titles[i], i)), anchor


# What is compared


@dataclass(frozen=True)
class _Seen:
    """What stands in a report: the cores of its names (翠屏 of 翠屏新城), which of them in the title, and its
    text without names."""

    names: list[str]
    titled: bool
    plain: str


def _seen(text: str, names: PlaceNames) -> _Seen:
    found = names.find(text)
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

        return _of_others(np.asarray(self.links[members].sum(axis=0)).ravel(), members)


class _Themes:
    """How like reports are in theme: as `_Likeness`, but of few directions of the words, all of them kept."""

    def __init__(self, vectors: Any) -> None:
        import numpy as np
        from scipy.sparse.linalg import svds
        from sklearn.preprocessing import normalize

        many = min(THEMES, vectors.shape[0] // 2, min(vectors.shape) - 1)
        left, weights, _ = svds(vectors, k=many, v0=np.ones(min(vectors.shape)))
        self.vectors = normalize(left * weights)

    def to(self, members: Sequence[int]) -> Any:
        """The cosine of every report with the sum of the group's other members."""
        return _of_others(self.vectors @ self.vectors[members].sum(axis=0), members)


def _of_others(sums: Any, members: Sequence[int]) -> Any:
    """The cosines with the sum of a group's members, of which each is left out for itself."""
    import numpy as np

    inside = np.zeros(len(sums))
    inside[list(members)] = 1
    square = sums[list(members)].sum() - inside * (2 * sums - 1)
    return (sums - inside) / np.sqrt(np.maximum(square, 1e-9))


# Groups


@dataclass(frozen=True)
class _Reports:
    """All reports, who told them, and how like they are each other."""

    corpus: _Corpus
    seen: Sequence[_Seen]
    persons: Sequence[object]
    least: int
    whole: _Likeness
    words: _Likeness
    themes: _Themes

    def are_enough(self, members: Sequence[int]) -> bool:
        return len({self.persons[i] for i in members}) >= self.least

    def fitting(self, members: Sequence[int]) -> Any:
        """Which reports are like the others of a group."""
        alike = (self.themes.to(members) >= THEME) | (self.words.to(members) >= WORDS)
        return (self.whole.to(members) >= WHOLE) & alike

    def is_matter(self, group: Sequence[int]) -> bool:
        """Whether a group has an anchor and words of its own, and is of one place where it names places."""
        if not self.are_enough(group) or self.corpus.theme(group) is None:
            return False
        if sum(self.seen[i].titled for i in group) < PLACED * len(group):
            return True
        names = {name for i in group for name in self.seen[i].names}
        return any(sum(name in self.corpus.texts[i] for i in group) >= SHARED * len(group) for name in names)

    def belonging(self, group: Sequence[int]) -> set[int]:
        """The reports that write a name of a group and are of its theme, or close and in its words."""
        import numpy as np

        mark = self.corpus.mark(group, self.seen)
        whole, theme = self.whole.to(group), self.themes.to(group)
        maybe = map(int, np.flatnonzero((whole >= TAKEN["whole"]) & (theme >= NEAR["theme"])))
        return {
            i
            for i in maybe
            if mark.is_named(self.corpus.texts[i], self.seen[i].names)
            and (
                theme[i] >= TAKEN["theme"]
                or (whole[i] >= NEAR["whole"] and mark.told(self.corpus.texts[i]) >= NEAR["told"])
            )
        }


def _drawn(reports: _Reports) -> Iterator[list[int]]:
    """The groups, each begun around the report with the most support left."""
    import numpy as np

    close = reports.whole.links.copy()
    close.data[close.data < LINKED] = 0
    close.eliminate_zeros()
    support = np.asarray(close.sum(axis=1)).ravel()
    free = np.ones(len(support), dtype=bool)
    for seed in np.argsort(-support, kind="stable"):
        members = _knit(close, [int(i) for i in close[seed].indices if free[i]]) if free[seed] else []
        for _ in range(ROUNDS):
            if len(members) < reports.least:
                break
            again = [int(i) for i in np.flatnonzero(reports.fitting(members) & free)]
            if again == members:
                break
            members = again
        if len(members) >= reports.least and not reports.are_enough(members):
            members = sorted({*members, *(i for i in reports.belonging(members) if free[i])})
        if len(members) >= reports.least and reports.is_matter(members):
            free[members] = False
            yield members


def _joined(reports: _Reports, groups: list[list[int]]) -> Iterator[list[int]]:
    """The groups, the largest first, each with those of the others and of the reports left that belong to
    it."""
    waiting = sorted(groups, key=len, reverse=True)
    taken = {i for group in groups for i in group}
    while waiting:
        group = waiting.pop(0)
        belonging = reports.belonging(group)
        joining = [other for other in waiting if len(belonging & {*other}) >= MOST_OF * len(other)]
        if joining:
            waiting = [other for other in waiting if other not in joining]
            group = [*group, *(i for other in joining for i in other)]
            belonging = reports.belonging(group)
        left = sorted(belonging - taken)
        taken.update(left)
        yield [*group, *left]


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
class _Mark:
    """What tells a group: the cores of its places, runs of three characters that hardly stand elsewhere, and
    the words of its titles with their weights."""

    cores: frozenset[str]
    runs: frozenset[str]
    words: dict[str, float]

    def is_named(self, text: str, names: Iterable[str]) -> bool:
        return not self.cores.isdisjoint(names) or any(run in text for run in self.runs)

    def told(self, text: str) -> float:
        """How much of the weight of the words stands in a text."""
        whole = sum(self.words.values())
        return sum(weight for word, weight in self.words.items() if word in text) / whole if whole else 0.0


@dataclass(frozen=True)
class _Corpus:
    """The openings of all reports, and in how many of them and of their titles each run of two or three
    characters stands."""

    titles: list[str]
    texts: list[str]
    frequency: Counter[str]
    titled: Counter[str]

    @classmethod
    def of(cls, titles: Sequence[str], bodies: Sequence[str]) -> _Corpus:
        titles = [_SIGNS.sub("", title) for title in titles]
        texts = [title + _SIGNS.sub("", body[:OPENING]) for title, body in zip(titles, bodies, strict=True)]
        return cls(
            titles,
            texts,
            Counter(run for text in texts for run in _runs(text)),
            Counter(run for title in titles for run in _runs(title)),
        )

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

    def mark(self, group: Sequence[int], seen: Sequence[_Seen]) -> _Mark:
        """What tells a group from the other reports."""
        half = SHARED * len(group)
        placed = Counter(name for i in group for name in set(seen[i].names))
        cores = {name for name, n in placed.items() if n >= half}
        cores = {name for name in cores if placed[name] >= NAMED * sum(name in one.names for one in seen)}
        heard = Counter(run for i in group for run in _runs(self.texts[i]))
        heads = {self.titles[i] for i in group}
        told = Counter(run for head in heads for run in _runs(head))
        runs = {run for run in told if heard[run] >= max(half, OWN * self.frequency[run])}
        runs = {run for run in runs if _MAY_NAME.match(run)}
        often = [run for run, n in told.items() if n >= max(2, TITLED * len(heads)) and _MAY_TELL.match(run)]
        share = {
            run: told[run] / len(heads)
            for run in often
            if run not in COMMON and not any(run in name for name in (*runs, *cores))
        }
        lift = {run: share[run] * len(self.titles) / self.titled[run] for run in share}
        words = {run: share[run] * log(lift[run]) for run in share if lift[run] >= LIFT}
        return _Mark(frozenset(cores), frozenset(runs), words)

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
