"""Which articles answer what is being typed: words weighed by how rare they are, best first. Pure.

A word is a pair of hanzi or a word of Latin letters and digits, as `common.text` cuts them. The caller looks
up which articles hold each word, up to `MOST` articles a word, so that the cost does not grow with the number
of articles; a word of more articles is common and weighs little.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log10

from huiying.common.text import HANZI, bigrams, normalise

MOST = 300
TITLE_WORDS, ALL_WORDS = 16, 24
"""So many words of the title, and with those of the text so many in all, are asked for."""
OF_THE_TEXT = 0.4
"""What a word of the text weighs beside one of the title."""
UNSEEN, COMMON = 1.0, 0.8
LEAST = 0.3
TOPIC, FOCUS, USED, OUTDATED = 0.25, 0.2, 0.05, 0.1
LOOKED_AT = 40

_EMPTY = re.compile(
    "什么时候|怎么办|怎么样|如何办|为什么|请问|问一下|一下|什么|怎么|如何|可不可以|能不能|可以|是否|能否|需要|"
    "想要|咨询|问题|关于|有关|相关|哪些|哪里|多少|多久|没有|我们|你们|他们|自己|现在|目前|今天|昨天|希望|尽快|"
    "处理|解决|反映|办理|情况|来电|市民|群众|要求|何时|时候|一直|已经|还是|就是|不知道|想知道|了解|[了吗呢吧啊的]"
)
"""Words that say nothing of what is asked; the longer before those that they begin with."""
_HANZI = re.compile(f"[{HANZI}]")


@dataclass(frozen=True, slots=True)
class Asked:
    """The words of what is typed, each with its share of attention, and the text that they come from."""

    words: Mapping[str, float]
    text: str

    @classmethod
    def of(cls, title: str, text: str = "") -> Asked:
        words = dict.fromkeys(telling(title)[:TITLE_WORDS], 1.0)
        for word in telling(text):
            if len(words) >= ALL_WORDS:
                break
            words.setdefault(word, OF_THE_TEXT if title.strip() else 1.0)
        return cls(words, f"{title}\n{text}")


def telling(text: str) -> list[str]:
    """The words of a text that tell something, each once, in order."""
    words = bigrams(_EMPTY.sub(" ", normalise(text)))
    return [word for word in dict.fromkeys(words) if len(word) > 1]


def common_runs(asked: Sequence[str], common: Collection[str]) -> list[tuple[str, ...]]:
    """Pairs of common words that follow each other in what is typed: together they are rarer."""
    return [(a, b) for a, b in pairwise(asked) if a in common and b in common and _touch(a, b)]


def _touch(a: str, b: str) -> bool:
    return bool(_HANZI.match(a)) and a[-1] == b[0]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article to be weighed: what is asked in it, its topics, and what became of it."""

    key: int
    words: frozenset[str]
    topics: tuple[str, ...] = ()
    uses: int = 0
    outdated: int = 0


@dataclass(frozen=True, slots=True)
class Ranked:
    """A fitting article, how well it fits, and the words that matched."""

    key: int
    score: float
    matched: tuple[str, ...]


def weight(articles: int) -> float:
    """What a word weighs that so many articles hold: rare 3.5, common 0.8, in none 1."""
    if not articles:
        return UNSEEN
    return COMMON if articles > MOST else 1 + log10(MOST / articles)


def nearest(hits: Iterable[tuple[str, int]], asked: Asked) -> list[int]:
    """The articles worth reading, from (word, article) pairs: those with the weightiest words."""
    hits = list(hits)
    counts = Counter(word for word, _ in hits)
    found: dict[int, float] = {}
    for word, key in hits:
        found[key] = found.get(key, 0.0) + asked.words.get(word, 1.0) * weight(counts[word])
    return [key for key, _ in sorted(found.items(), key=lambda row: (-row[1], -row[0]))[:LOOKED_AT]]


def ranked(
    candidates: Iterable[Candidate],
    asked: Asked,
    counts: Mapping[str, int],
    *,
    topic: str = "",
    most: int = 4,
) -> list[Ranked]:
    """The candidates that fit, best first. `counts` says how many articles hold each word."""
    weights = {word: share * weight(counts.get(word, 0)) for word, share in asked.words.items()}
    scored = [(_scored(each, weights, topic), is_about(each.topics, topic)) for each in candidates]
    enough = [each for each in scored if each[0].score >= LEAST and (each[1] or _is_enough(each[0], asked))]
    return sorted((each for each, _ in enough), key=lambda each: (-each.score, -each.key))[:most]


def _scored(candidate: Candidate, weights: Mapping[str, float], topic: str) -> Ranked:
    matched = tuple(word for word in weights if word in candidate.words)
    covered = sum(weights[word] for word in matched) / (sum(weights.values()) or 1)
    focus = len(matched) / (len(candidate.words) or 1)
    score = covered + FOCUS * focus + TOPIC * is_about(candidate.topics, topic)
    score += min(USED * log10(1 + candidate.uses), USED * 2) - OUTDATED * min(candidate.outdated, 2)
    return Ranked(candidate.key, score if matched else 0.0, matched)


def is_about(topics: Iterable[str], topic: str) -> bool:
    """Whether one of the topics is the one asked for, or lies above or below it."""
    here = f"{topic}/"
    return bool(topic) and any(here.startswith(f"{each}/") or f"{each}/".startswith(here) for each in topics)


def _is_enough(found: Ranked, asked: Asked) -> bool:
    """One pair of characters out of a longer question is chance, where the topic does not say the same; a
    number or a Latin word is none."""
    several = len(found.matched) > 1 or len(asked.words) <= 2
    return several or any(not _HANZI.match(word) for word in found.matched)


def in_words(matched: Iterable[str], text: str) -> str:
    """The matched pairs joined as they stand in the text: 自来, 来水 → 自来水."""
    found, wanted = [], set(matched)
    for run in re.findall(rf"[{HANZI}]+|[^\W_{HANZI}]+", normalise(text).lower()):
        found += _joined(run, wanted)
    return "、".join(list(dict.fromkeys(found))[:6])


def _joined(run: str, wanted: Collection[str]) -> list[str]:
    if run in wanted:
        return [run]
    words, begin, end = [], -1, -1
    for at in range(len(run) - 1):
        if run[at : at + 2] not in wanted:
            continue
        if at > end - 1 and begin >= 0:
            words.append(run[begin:end])
            begin = -1
        begin, end = (at if begin < 0 else begin), at + 2
    return [*words, run[begin:end]] if begin >= 0 else words
