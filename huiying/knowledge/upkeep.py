"""Articles that somebody must see to: waiting to be published, ending or to be checked again, ended, doubted.

Each is told once to those who own it, as the rows of `notices.rules.ARTICLES` say.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet

from huiying.cases import clocks
from huiying.cases.place import Place
from huiying.common.text import short
from huiying.knowledge.models import Article, ArticleOpinion, ArticleStatus, Verdict
from huiying.notices.models import Notice
from huiying.notices.people import People
from huiying.notices.rules import ARTICLES, Rule, settings_of
from huiying.notices.telling import Told, tell

AHEAD = timedelta(days=30)
"""So long before an article ends, its owners are told."""
BEHIND = timedelta(days=60)
"""What ended longer ago is in the list, not in a notice: many old articles brought in would flood inboxes."""
OFFICE = ("reviewers",)
"""Who is told of the office's own articles."""


def waiting() -> QuerySet[Article]:
    """The articles with a version that is to be published or turned down."""
    return Article.objects.filter(waiting=True)


def ended(on: date) -> QuerySet[Article]:
    """The published articles that hold no more."""
    return Article.objects.filter(status=ArticleStatus.PUBLISHED, valid_until__lt=on)


def ending(on: date) -> QuerySet[Article]:
    """The published articles that end soon, or are to be checked by now."""
    soon = Q(valid_until__gte=on, valid_until__lte=on + AHEAD)
    to_check = Q(review_on__lte=on) & (Q(valid_until=None) | Q(valid_until__gte=on))
    return Article.objects.filter(soon | to_check, status=ArticleStatus.PUBLISHED)


def doubted() -> QuerySet[Article]:
    """The published articles whose present version somebody called out of date."""
    said = ArticleOpinion.objects.filter(
        article=OuterRef("pk"), no=OuterRef("current"), verdict=Verdict.OUTDATED
    )
    return Article.objects.filter(Exists(said), status=ArticleStatus.PUBLISHED)


class Matter(NamedTuple):
    """One thing to tell: by which rule, of which articles."""

    rule: str
    articles: QuerySet[Article]


def matters(on: date) -> list[Matter]:
    """What is to be told on a day."""
    recent = {"valid_until__gte": on - BEHIND}
    return [
        Matter("article.waiting", waiting()),
        Matter("article.ending", ending(on)),
        Matter("article.ended", ended(on).filter(**recent)),
        Matter("article.doubted", doubted()),
    ]


def remind(place: Place, now: datetime) -> int:
    """Tell the owners what has not been told yet; how many notices were added."""
    chosen = settings_of(place)
    today = clocks.local_date(now, place.keeper.tz)
    found = [
        (chosen.rules[matter.rule], _key(matter.rule, article, today), article)
        for matter in matters(today)
        if matter.rule not in chosen.off
        for article in matter.articles.select_related("unit").order_by("pk")
    ]
    known = Notice.objects.filter(rule__in=ARTICLES, key__in={key for _, key, _ in found})
    done = set(known.values_list("rule", "key"))
    fresh = [each for each in found if (each[0].name, each[1]) not in done]
    return tell(_told(fresh, place, today), chosen, now) if fresh else 0


def _told(found: list[tuple[Rule, str, Article]], place: Place, today: date) -> Iterator[Told]:
    people = People(today)
    for rule, key, article in found:
        units = [article.unit] if article.unit else []
        meant = people.meant(rule.to if units else OFFICE, {"live": units})
        named = f"{article.number}“{short(article.title, 40)}”"
        text = rule.text.format(number=named, unit=article.unit or place.office, left=_left(article, today))
        yield Told(rule, key, None, text, meant, tuple(units))


def _key(rule: str, article: Article, today: date) -> str:
    """What the notice is about: told again for another version, or another day."""
    if rule == "article.waiting":
        return f"{article.number}:{article.newest}"
    if rule == "article.ending":
        return f"{article.number}:{article.current}:{_ends_on(article, today) or article.review_on}"
    return f"{article.number}:{article.current}"


def _ends_on(article: Article, today: date) -> date | None:
    """The last day of an article that ends soon."""
    ends = article.valid_until
    return ends if ends and ends <= today + AHEAD else None


def _left(article: Article, today: date) -> str:
    if ends := _ends_on(article, today):
        return f"有效期至 {ends}"
    return f"应在 {article.review_on} 前复核"
