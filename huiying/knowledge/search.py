"""Two full-text indexes of articles: everything that is said in one, for the list; and what people ask,
of the published ones only, for suggestions."""

from __future__ import annotations

from collections.abc import Iterable

from huiying.common.search import Index
from huiying.common.text import search_tokens
from huiying.knowledge.models import Article, ArticleStatus, ArticleVersion

SAID = Index("knowledge_said")
ASKED = Index("knowledge_asked")


def said(number: str, version: ArticleVersion) -> str:
    """What an article is found by."""
    parts = (number, version.title, version.question, version.answer, version.basis)
    return search_tokens("\n".join(part for part in parts if part))


def asked(version: ArticleVersion) -> str:
    """What a question is compared with."""
    return search_tokens(f"{version.title}\n{version.question}")


def changed(
    article: Article, *, before: tuple[ArticleVersion, bool] | None, after: tuple[ArticleVersion, bool]
) -> None:
    """Bring both indexes from the version shown before (None: a new article) to the one shown now.

    Beside each version: whether it was, or is, published.
    """
    old = said(article.number, before[0]) if before else None
    SAID.put([(article.pk, old, said(article.number, after[0]))])
    was = asked(before[0]) if before and before[1] else None
    if after[1]:
        ASKED.put([(article.pk, was, asked(after[0]))])
    elif was is not None:
        ASKED.remove([(article.pk, was)])


def rebuild() -> int:
    """Enter every article anew; how many. The caller holds the transaction."""
    SAID.clear()
    ASKED.clear()
    shown = list(_shown())
    SAID.put((article.pk, None, said(article.number, version)) for article, version in shown)
    published = ((a, v) for a, v in shown if a.status == ArticleStatus.PUBLISHED)
    ASKED.put((article.pk, None, asked(version)) for article, version in published)
    return len(shown)


def _shown() -> Iterable[tuple[Article, ArticleVersion]]:
    versions = ArticleVersion.objects.select_related("article").order_by("article", "no")
    for version in versions.iterator(chunk_size=1000):
        if version.no == version.article.shown:
            yield version.article, version
