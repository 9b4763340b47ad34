"""Hot topics: reports of one matter put together, named, and ranked by heat. Pure.

A matter is what several people report of one place or thing. Reports are compared by their words (tf-idf;
the title counts three times) and gathered around the densest of them. What is gathered is a matter only
where its reports share a name that is rare elsewhere (the anchor: 丽发新城) and besides words that say what
is wrong there (搅拌站): being written alike, or about one large town, is not enough. Then every other report
with the anchor and one of those words joins. Nothing is invented: a group is named in the words of its own
most typical title.

Heat (`heat`): voice × density × freshness.
    voice      persons + ln(1 + reports − persons) + √(likes + dislikes / 2): reports over one a person count
               by their logarithm, clicks by their root;
    density    1 / (1 + ln(1 + weeks from first to last report)): as many in shorter time are hotter;
    freshness  2^(−days since the last report / 90), counted from the last report of all.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import log, sqrt
from typing import Any

from huiying.common.text import bigrams, normalise
from huiying.mining.rubric_words import COMMON

TITLE_WEIGHT = 3
LINKED = 0.34
"""Cosine from which on two reports support each other as the heart of a matter."""
SHARED = 0.5
"""Share of a group that must write a name or a word for it to be the group's."""
OWN = 0.35
"""Share of all reports with a name that must be in the group for the name to be its anchor."""
LIFT = 6.0
"""How many times more frequent in the group than in all reports a word of its matter is."""
OPENING = 200
KNIT = 0.4
"""Share of a matter's other reports that each of its reports must be linked with."""
LEAST_REPORTS = 3
HALF_LIFE_DAYS = 90
LONGEST_PHRASE = 25
BODY_READ = 400
"""Characters of a body that are compared: what a report is about is said at its beginning."""

_LEADING = re.compile(
    r"^(?:再次|强烈|实名|紧急|关于|咨询|投诉|举报|反映|反应|请求|恳请|建议|希望|要求|求助|请问|质疑|呼吁|对于?|请|望|再|就|我们?)+(?:一下)?"
)
_TRAILING = re.compile(
    r"(?:的?(?:相关|有关)?(?:投诉|问题|建议|咨询|反映|情况|事宜|请求|求助|疑问|质疑))?(?:[？?！!。.~…]+)?$"
)
_PLACE = re.compile(
    r"[A-Za-z0-9一-龥]{1,12}?(?:小区|花园|家园|公寓|新城|新村|社区|街道|大道|大厦|广场|商城|市场|学院|大学|中学|小学|幼儿园|医院|公司|集团|工地|"
    r"楼盘|[一-龥]{1,6}(?:路|街|巷|村|镇|乡|苑|府|城|园|湾|郡|庭|轩|站|线|桥|河|湖|山|厂))"
)
_SIGNS = re.compile(r"[\W_]+")
_MAY_NAME = re.compile(r"^(?!.*(?:有限|公司|学院|大学|政府|市委|领导|希望|小区))[^省市县区\W]{3}$")
_MAY_TELL = re.compile(r"^[^省市县区镇乡\W\dA-Za-z]{2}$")
_PRONOUN = re.compile(r"^.*?(?:我们|你们|他们|我|本|该|这个|希望|请求|关于|反映|投诉|位于|居住在|在|的)")
_REGION = re.compile(r"(?:[A-Za-z]\d*|[一-龥]{2,6}?)(?:省|市|区|县)")
_PEOPLE = re.compile(
    r"业主|居民|村民|住户|租户|学生|家长|老师|教师|员工|职工|农民工|工人|司机|消费者|市民|患者|老人|商户|乘客|学员|退役军人|残疾人|"
    r"购房者|投资者|受害者|车主|网民|群众"
)


@dataclass(frozen=True, slots=True)
class Report:
    """One report: its number, title and text, who (any key; "" is somebody of their own), when, clicks, and
    the address and the area that it was registered with."""

    id: str
    title: str
    body: str = ""
    person: str = ""
    at: datetime | None = None
    likes: int = 0
    dislikes: int = 0
    place: str = ""
    area: str = ""


@dataclass(frozen=True, slots=True)
class Matter:
    """A group of reports, the most typical first; `heat` as the head of this module says."""

    heat: float
    phrase: str
    place: str
    people: str
    start: datetime | None
    end: datetime | None
    persons: int
    reports: tuple[Report, ...]

    @property
    def ids(self) -> list[str]:
        return [report.id for report in self.reports]


def hot_topics(
    reports: Sequence[Report],
    *,
    least: int = LEAST_REPORTS,
    progress: Callable[[int, int], None] | None = None,
) -> list[Matter]:
    """The matters that at least `least` reports of as many persons are about, the hottest first.

    Deterministic. Time grows with the number of close pairs; 4,000 reports take a few seconds.
    """
    if len(reports) < least:
        return []
    newest = max((report.at for report in reports if report.at), default=None)
    vectors = _vectors(reports)
    if vectors is None:
        return []
    groups = _groups(vectors, _Corpus.of(reports), least, progress)
    matters = [_matter([reports[i] for i in group], name, newest) for group, name in groups]
    matters = [matter for matter in matters if matter.persons >= least]
    return sorted(matters, key=lambda matter: (-matter.heat, matter.ids[0]))


def heat(
    reports: Sequence[Report],
    persons: int,
    start: datetime | None,
    end: datetime | None,
    newest: datetime | None,
) -> float:
    """The heat of a group, by the formula at the head of this module. Without times it is the voice."""
    clicks = sum(report.likes for report in reports) + sum(report.dislikes for report in reports) / 2
    voice = persons + log(1 + len(reports) - persons) + sqrt(max(0.0, clicks))
    if start is None or end is None or newest is None:
        return voice
    weeks = (end - start).total_seconds() / (7 * 86_400)
    days = max(0.0, (newest - end).total_seconds() / 86_400)
    return float(voice / (1 + log(1 + weeks)) * 2 ** (-days / HALF_LIFE_DAYS))


# Grouping


def _vectors(reports: Sequence[Report]) -> Any:
    """One row a report: tf-idf of its words and places, of length 1; None where no word is used twice."""
    from scipy.sparse import hstack
    from sklearn.preprocessing import normalize

    titles = [normalise(report.title) for report in reports]
    bodies = [normalise(report.body)[:BODY_READ] for report in reports]
    whole = [f"{' '.join([title] * TITLE_WEIGHT)} {body}" for title, body in zip(titles, bodies, strict=True)]
    named = [f"{title} {body}" for title, body in zip(titles, bodies, strict=True)]
    found = [_weights(bigrams, whole), _weights(_names, named)]
    found = [each for each in found if each is not None]
    return normalize(hstack(found).tocsr()) if found else None


def _weights(analyzer: Callable[[str], list[str]], texts: list[str]) -> Any:
    """tf-idf of what the analyzer finds in more than one text; None where there is no such thing."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    most = 0.05 if len(texts) > 400 else 0.5
    made = TfidfVectorizer(analyzer=analyzer, min_df=2, max_df=most, sublinear_tf=True)
    try:
        return made.fit_transform(texts)
    except ValueError:  # its way of saying that the vocabulary is empty
        return None


def _names(text: str) -> list[str]:
    """The names of places in a text, each also by its last four characters."""
    found = (_PRONOUN.sub("", name) for name in _PLACE.findall(text))
    return [name[-6:] for name in found if len(name) > 3]


@dataclass(frozen=True)
class _Corpus:
    """The openings of all reports, and in how many each run of two or three characters stands."""

    titles: list[str]
    texts: list[str]
    frequency: Counter[str]

    @classmethod
    def of(cls, reports: Sequence[Report]) -> _Corpus:
        titles = [_SIGNS.sub("", normalise(report.title)) for report in reports]
        texts = [
            title + _SIGNS.sub("", normalise(report.body[:OPENING]))
            for title, report in zip(titles, reports, strict=True)
        ]
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

    def joining(self, anchor: str, words: frozenset[str]) -> list[int]:
        """All reports with the anchor and at least one of the words."""
        return [
            i for i, text in enumerate(self.texts) if anchor in text and any(word in text for word in words)
        ]


def _runs(text: str) -> set[str]:
    return {text[i : i + n] for n in (2, 3) for i in range(len(text) - n + 1)}


def _groups(
    vectors: Any, corpus: _Corpus, least: int, progress: Callable[[int, int], None] | None
) -> Iterator[tuple[list[int], str]]:
    """Index groups, each around the report with the most support left, its members nearest to the centre
    first; and the name that they share."""
    import numpy as np
    from sklearn.preprocessing import normalize

    links = _links(vectors, progress)
    support = np.asarray(links.sum(axis=1)).ravel()
    free = np.ones(vectors.shape[0], dtype=bool)
    for seed in np.argsort(-support, kind="stable"):
        if not free[seed]:
            continue
        near = _knit(links, [int(i) for i in links[seed].indices if free[i]])
        theme = corpus.theme(near) if len(near) >= least else None
        if theme is None:
            continue
        anchor = theme[0]
        joined = {*near, *corpus.joining(*theme)}
        near = sorted(i for i in joined if free[i] and anchor in corpus.texts[i])
        if len(near) < least:
            continue
        centre = normalize(np.asarray(vectors[near].mean(axis=0)))
        close = dict(zip(near, vectors[near] @ centre.ravel(), strict=True))
        free[near] = False
        yield sorted(near, key=lambda i: (-close[i], i)), corpus.longer(anchor, near)


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


def _links(vectors: Any, progress: Callable[[int, int], None] | None) -> Any:
    """The similarities from `LINKED` on, as a sparse square, made block by block to keep memory small."""
    from scipy.sparse import vstack

    rows, step = [], 512
    for at in range(0, vectors.shape[0], step):
        block = vectors[at : at + step] @ vectors.T
        block.data[block.data < LINKED] = 0
        block.eliminate_zeros()
        rows.append(block)
        if progress:
            progress(min(at + step, vectors.shape[0]), vectors.shape[0])
    return vstack(rows).tocsr()


# What a group is called


def _matter(reports: list[Report], name: str, newest: datetime | None) -> Matter:
    times = sorted(report.at for report in reports if report.at)
    start, end = (times[0], times[-1]) if times else (None, None)
    persons = len({report.person for report in reports if report.person})
    persons += sum(not report.person for report in reports)
    return Matter(
        heat=round(heat(reports, persons, start, end, newest), 3),
        phrase=phrase(reports),
        place=_place(reports, name),
        people="、".join(
            _counted(_PEOPLE, [f"{r.title}{r.body[:BODY_READ]}" for r in reports], least=1 / 3)[:2]
        ),
        start=start,
        end=end,
        persons=persons,
        reports=tuple(reports),
    )


def phrase(reports: Sequence[Report]) -> str:
    """What the reports are about, in at most 25 characters, fit for "主要反映…": a title of theirs, the one
    whose words the others share most, without 咨询, 关于 and the like, ending in 问题."""
    heard = Counter(pair for report in reports for pair in set(bigrams(normalise(report.title))))

    def shared(report: Report) -> float:
        pairs = set(bigrams(normalise(report.title)))
        return sum(heard[pair] for pair in pairs) / (len(pairs) + 6) if pairs else 0.0

    title = max(reports, key=shared).title
    said = plain(title)
    return f"{said[: LONGEST_PHRASE - 2]}问题" if said else "其他问题"


def plain(title: str) -> str:
    """A title without what only says that something is said, and without its full stop."""
    said = normalise(title)
    said = _TRAILING.sub("", _LEADING.sub("", said)).strip(' ,，。!！?？:："“”')
    return re.split(r"[,，。;；!！?？]", said)[0] if len(said) > LONGEST_PHRASE - 2 else said


def _place(reports: list[Report], name: str) -> str:
    """Where it is: the shared name if it names a place, else the place of the most typical titles; with the
    region before it that most of the reports name. "" where none is named."""
    region = next(iter(_counted(_REGION, [report.title for report in reports], least=0.4)), "")
    named = [
        place
        for title in [name, *(report.title for report in reports[:5])]
        for place in _PLACE.findall(title)
    ]
    place = next((_PRONOUN.sub("", place) for place in named), "")
    return place if region in place or not place else f"{region}{_REGION.sub('', place)}"


def _counted(pattern: re.Pattern[str], texts: Sequence[str], *, least: float) -> list[str]:
    """The words that a share of the texts has, the most frequent first, of equals the longer."""
    heard = Counter(word for text in texts for word in set(pattern.findall(text)))
    kept = [word for word, count in heard.items() if count >= least * len(texts)]
    return sorted(kept, key=lambda word: (-heard[word], -len(word), word))
