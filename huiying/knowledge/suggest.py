"""What the knowledge base answers to what is being typed: at most three questions to the database, whose
cost does not grow with the number of articles."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.db.models import F, OuterRef

from huiying.knowledge import ranking, uses
from huiying.knowledge.models import Article, ArticleVersion
from huiying.knowledge.ranking import MOST, Asked, Candidate
from huiying.knowledge.search import ASKED
from huiying.knowledge.uses import Mark

SHOWN = 4
BY_TOPIC = 40
"""So many of the newest articles of a topic are looked at where nothing was typed."""


@dataclass(frozen=True)
class Answer:
    """An article that may answer: its mark, its words, and why it is offered."""

    mark: Mark
    version: ArticleVersion
    reason: str
    uses: int


def suggest(title: str, text: str = "", *, topic: str = "", on: date, most: int = SHOWN) -> list[Answer]:
    """The published articles in force on that day that fit what is typed, best first, each with the words
    that matched. Of nothing but a topic: its articles, the most used first."""
    asked = Asked.of(title, text)
    if not asked.words:
        return _of_topic(topic, on, most) if topic else []
    hits = _hits(list(asked.words))
    rows = {each.article_id: each for each in _in_force(ranking.nearest(hits, asked), on)}
    found = ranking.ranked(
        map(_candidate, rows.values()), asked, Counter(word for word, _ in hits), topic=topic, most=most
    )
    return [_answer(rows[one.key], f"匹配：{ranking.in_words(one.matched, asked.text)}") for one in found]


def _hits(words: list[str]) -> list[tuple[str, int]]:
    """Which articles hold which word; of words that too many hold, those that hold two side by side."""
    found = [(words[place], pk) for place, pk in ASKED.hits([(word,) for word in words], most=MOST + 1)]
    counts = Counter(word for word, _ in found)
    common = [word for word in words if counts[word] > MOST]
    pairs = ranking.common_runs(words, common)
    # the second word of a pair counts for both: the first is in the same articles
    return found + [(pairs[place][1], pk) for place, pk in ASKED.hits(pairs, most=MOST)]


def _in_force(keys: list[int], on: date) -> list[ArticleVersion]:
    """Those of the articles that may be shown on a day, with what became of them.

    Status and days are asked of the few rows, not of the database, which would read all that are published.
    """
    rows = ArticleVersion.objects.filter(article__in=keys, no=F("article__current")).order_by("article")
    asked = OuterRef("article")
    found = rows.select_related("article", "unit").annotate(
        uses=uses.counted(asked), outdated=uses.doubts(asked, OuterRef("no"))
    )
    return [version for version in found if version.article.is_in_force(on)]


def _candidate(version: ArticleVersion) -> Candidate:
    words = frozenset(ranking.telling(f"{version.title}\n{version.question}"))
    return Candidate(
        version.article_id,
        words,
        tuple(version.topics),
        version.uses,  # type: ignore[attr-defined]  # annotated
        version.outdated,  # type: ignore[attr-defined]
    )


def _of_topic(topic: str, on: date, most: int) -> list[Answer]:
    about = Article.topics.through.objects.filter(topic__path=topic).order_by("-article_id")
    newest = list(about.values_list("article_id", flat=True)[:BY_TOPIC])
    rows = sorted(_in_force(newest, on), key=_uses, reverse=True)
    return [_answer(row, "同一内容分类") for row in rows[:most]]


def _uses(version: ArticleVersion) -> tuple[int, int]:
    return version.uses, version.article_id  # type: ignore[attr-defined]


def _answer(version: ArticleVersion, reason: str) -> Answer:
    return Answer(Mark(version.article.number, version.no), version, reason, _uses(version)[0])
