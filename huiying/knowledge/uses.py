"""What becomes of articles: cases answered from them, and what those who answer think of them.

A case names the articles it was answered from in its event, by number and version; the rows here follow
from that and are there to be counted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce

from huiying.accounts.models import User
from huiying.cases.lifecycle import NotAllowed
from huiying.cases.models import Event
from huiying.common.text import bigrams
from huiying.knowledge import rights
from huiying.knowledge.models import (
    Article,
    ArticleOpinion,
    ArticleStatus,
    ArticleUse,
    ArticleVersion,
    Verdict,
)

TAKEN_OVER = 0.5
"""Share of an answer's words that must still stand in the text for it to count as taken from it."""
MOST = 5


@dataclass(frozen=True)
class Mark:
    """An article and its version, as a form carries it: `ZS0001.2`."""

    number: str
    no: int

    def __str__(self) -> str:
        return f"{self.number}.{self.no}"


def marks(text: str) -> list[Mark]:
    """The marks in a form's field, separated by spaces; what is none is passed over."""
    found = []
    for word in text.split():
        number, _, no = word.partition(".")
        if no.isascii() and no.isdigit() and len(no) < 5:
            found.append(Mark(number[:16], int(no)))
    return list(dict.fromkeys(found))[:MOST]


def adopted(asked: Iterable[Mark], text: str) -> list[ArticleVersion]:
    """Those of the versions that are in use and whose answer still stands, for the most part, in the text."""
    return [version for version in in_use(asked) if is_from(text, version.answer)]


def in_use(asked: Iterable[Mark]) -> list[ArticleVersion]:
    """Those of the versions whose article is published, a later version of it perhaps."""
    wanted = {(mark.number, mark.no) for mark in asked}
    if not wanted:
        return []
    rows = ArticleVersion.objects.filter(
        article__number__in={number for number, _ in wanted}, article__status=ArticleStatus.PUBLISHED
    )
    found = rows.select_related("article").order_by("article__number", "no")
    return [version for version in found if (version.article.number, version.no) in wanted]


def is_from(text: str, answer: str) -> bool:
    """Whether a text says, for the most part, what the answer says."""
    said, wanted = set(bigrams(text)), set(bigrams(answer))
    return bool(wanted) and len(said & wanted) >= TAKEN_OVER * len(wanted)


def told(versions: Iterable[ArticleVersion]) -> list[dict[str, Any]]:
    """How an event names the articles that a case was answered from."""
    return [{"article": version.article.number, "version": version.no} for version in versions]


def record(event: Event, versions: Iterable[ArticleVersion]) -> None:
    """Count the case for the articles that its event names."""
    ArticleUse.objects.bulk_create(
        [
            ArticleUse(
                article=version.article,
                no=version.no,
                case_id=event.case_id,
                seq=event.seq,
                at=event.happened_at,
            )
            for version in versions
        ]
    )


def counted(article: OuterRef) -> Coalesce:
    """How many cases were answered from an article, for a query that asks it of each."""
    rows = ArticleUse.objects.filter(article=article).order_by().values("article")
    n = rows.annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(n, output_field=IntegerField()), 0)


def doubts(article: OuterRef, no: OuterRef) -> Coalesce:
    """How many people call a version out of date, likewise."""
    rows = ArticleOpinion.objects.filter(article=article, no=no, verdict=Verdict.OUTDATED)
    n = rows.order_by().values("article").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(n, output_field=IntegerField()), 0)


def named_in(event: Event) -> set[tuple[str, int]]:
    """The articles that an event names."""
    data: Mapping[str, Any] = json.loads(event.data)
    return {(row["article"], row["version"]) for row in data.get("articles", [])}


@transaction.atomic
def judge(article: Article, verdict: str, *, by: User, at: datetime, note: str = "") -> ArticleOpinion:
    """Say of the published version that it helped or is out of date; said again, the later counts.

    Raises NotAllowed.
    """
    rights.need(by, "judge", article.unit)
    if verdict not in Verdict.values:
        raise NotAllowed("请选择“有用”或“过时”。")
    if article.status != ArticleStatus.PUBLISHED:
        raise NotAllowed(f"{article.number} 现在没有发布，不能提意见。")
    said = {"verdict": verdict, "note": note.strip()[:200], "at": at}
    row, _ = ArticleOpinion.objects.update_or_create(
        article=article, no=article.current, by=by, defaults=said
    )
    return row
