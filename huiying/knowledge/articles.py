"""Articles: written in versions, published by a second person, withdrawn; every step is told.

The WHERE clause is the lock: whoever acts on an article that changed since they saw it gets Overtaken.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from huiying.accounts.models import Unit, User
from huiying.cases.lifecycle import NotAllowed
from huiying.cases.models import Topic
from huiying.cases.revising import Overtaken
from huiying.common.errors import Refused
from huiying.common.masking import find_personal
from huiying.knowledge import rights, search
from huiying.knowledge.models import Act, Article, ArticleAct, ArticleStatus, ArticleVersion

PREFIX = "ZS"
LONGEST = {"title": 100, "question": 1000, "answer": 5000, "basis": 300}
MOMENT = timedelta(minutes=1)
TITLES = {"title": "标题", "question": "常见问法", "answer": "答案", "basis": "依据"}


class Incomplete(Refused):
    """An article that cannot be kept; the message says what is missing or wrong."""


@dataclass(frozen=True)
class Words:
    """What a version says. `topics` are paths of the place; without a unit it is the office's own."""

    title: str
    answer: str
    question: str = ""
    basis: str = ""
    topics: tuple[str, ...] = ()
    unit: Unit | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    review_on: date | None = None

    @classmethod
    def of(cls, version: ArticleVersion) -> Words:
        names = ("title", "answer", "question", "basis", "unit", "valid_from", "valid_until", "review_on")
        return cls(topics=tuple(version.topics), **{name: getattr(version, name) for name in names})


def mark(article: Article | None) -> str:
    """What a form carries along of the article that it shows; "" for one that is not there yet."""
    return f"{article.newest}-{article.status}-{article.waiting:d}" if article else ""


@transaction.atomic
def write(
    article: Article | None, words: Words, *, seen: str, by: User, at: datetime, note: str = ""
) -> Article:
    """Keep a new version, which then waits to be published. Raises NotAllowed, Incomplete or Overtaken.

    Words that say nothing new keep nothing.
    """
    if article is not None:
        rights.need(by, "write", article.unit)
    giver = rights.need(by, "write", words.unit)
    words = _checked(words)
    if article is None and (again := _just_written(words, by, at)):
        return again
    if article is None:
        article = _numbered(Article(**_columns(words), changed_at=at))
        version = _version(article, words, by, at, note)
        search.changed(article, before=None, after=(version, False))
    else:
        if seen == mark(article) and Words.of(version_of(article, article.newest)) == words:
            return article
        before = _shown(article)
        unpublished = {} if article.current else _columns(words)
        _move(article, seen, at, newest=article.newest + 1, waiting=True, **unpublished)
        version = _version(article, words, by, at, note)
        if not article.current:
            search.changed(article, before=before, after=(version, False))
    if not article.current:
        _set_topics(article, words.topics)
    _tell(article, Act.WRITE, article.newest, by, giver, at, note)
    return article


@transaction.atomic
def publish(article: Article, *, seen: str, by: User, at: datetime) -> None:
    """Let the newest version be shown and suggested. Raises NotAllowed or Overtaken."""
    version = version_of(article, article.newest)
    giver = rights.need(by, "publish", version.unit)
    if article.unit_id != version.unit_id:
        rights.need(by, "publish", article.unit)
    _need_seen(article, seen)
    if article.status == ArticleStatus.PUBLISHED and not article.waiting:
        raise NotAllowed(f"{article.number} 没有待发布的版本。")
    before, words = _shown(article), Words.of(version)
    _move(
        article,
        seen,
        at,
        status=ArticleStatus.PUBLISHED.value,
        current=article.newest,
        waiting=False,
        **_columns(words),
    )
    _set_topics(article, words.topics)
    search.changed(article, before=before, after=(version, True))
    _tell(article, Act.PUBLISH, article.newest, by, giver, at)


@transaction.atomic
def turn_down(article: Article, *, note: str, seen: str, by: User, at: datetime) -> None:
    """Send the waiting version back to whoever wrote it, with a reason. Raises NotAllowed or Overtaken."""
    giver = rights.need(by, "publish", article.unit)
    _need_seen(article, seen)
    _need_reason(note, "退改")
    if not article.waiting:
        raise NotAllowed(f"{article.number} 没有待发布的版本。")
    _move(article, seen, at, waiting=False)
    _tell(article, Act.TURN_DOWN, article.newest, by, giver, at, note)


@transaction.atomic
def withdraw(article: Article, *, note: str, seen: str, by: User, at: datetime) -> None:
    """Take a published article out of use, with a reason; its versions stay. Raises as above."""
    giver = rights.need(by, "publish", article.unit)
    _need_seen(article, seen)
    _need_reason(note, "撤下")
    if article.status != ArticleStatus.PUBLISHED:
        raise NotAllowed(f"{article.number} 现在没有发布，不必撤下。")
    version, _ = _shown(article)
    _move(article, seen, at, status=ArticleStatus.WITHDRAWN.value, waiting=False)
    search.changed(article, before=(version, True), after=(version, False))
    _tell(article, Act.WITHDRAW, article.current, by, giver, at, note)


def version_of(article: Article, no: int) -> ArticleVersion:
    """One version of an article."""
    return ArticleVersion.objects.select_related("unit", "author").get(article=article, no=no)


def _just_written(words: Words, by: User, at: datetime) -> Article | None:
    """The article that the same form made a moment ago: a button pressed twice makes one."""
    recent = ArticleVersion.objects.filter(author=by, no=1, written_at__gte=at - MOMENT, title=words.title)
    found = recent.select_related("article", "unit").order_by("-pk")
    return next((version.article for version in found if Words.of(version) == words), None)


# Checks


def _checked(words: Words) -> Words:
    """The words tidied. Raises Incomplete."""
    texts = {name: _tidy(getattr(words, name)) for name in LONGEST}
    for name, text in texts.items():
        if not text and name in ("title", "answer"):
            raise Incomplete(f"请填写“{TITLES[name]}”。")
        if len(text) > LONGEST[name]:
            raise Incomplete(f"“{TITLES[name]}”有 {len(text)} 个字，最多 {LONGEST[name]} 个，请缩短。")
    if words.valid_from is None:
        raise Incomplete("请填写“生效日期”。")
    if words.valid_until and words.valid_until < words.valid_from:
        raise Incomplete("“有效期至”早于“生效日期”，请核对。")
    if not words.valid_until and not words.review_on:
        raise Incomplete("请填写“有效期至”；长期有效的，请填写“复核日期”，到时提醒主管单位核对。")
    if unknown := set(words.topics) - set(
        Topic.objects.filter(path__in=words.topics).values_list("path", flat=True)
    ):
        raise Incomplete(f"没有“{'、'.join(sorted(unknown))}”这个内容分类，请从列表中选择。")
    if private := _private(texts):
        raise Incomplete(f"知识条目给所有人看，里面像有个人信息“{private}”，请删去。")
    return replace(
        words,
        title=texts["title"],
        question=texts["question"],
        answer=texts["answer"],
        basis=texts["basis"],
        topics=tuple(dict.fromkeys(words.topics)),
    )


def _tidy(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _private(texts: dict[str, str]) -> str:
    """Something that points at one person: an identity or a card number."""
    found = find_personal("\n".join(texts.values()), firms=False, places=False)
    return next((each.text for each in found if each.kind in {"identity", "card"}), "")


def _need_seen(article: Article, seen: str) -> None:
    if seen != mark(article):
        raise Overtaken(f"{article.number} 刚刚已被别人改过，这次没有办成。请核对现在的内容再办。")


def _need_reason(note: str, what: str) -> None:
    if not note.strip():
        raise NotAllowed(f"请写明{what}的理由。")


# Rows


def _columns(words: Words) -> dict[str, Any]:
    names = ("title", "unit", "valid_from", "valid_until", "review_on")
    return {name: getattr(words, name) for name in names}


def _numbered(article: Article) -> Article:
    """Save a new article under the next number; two at once get two numbers."""
    for _ in range(5):
        last = Article.objects.order_by("-pk").values_list("number", flat=True).first() or f"{PREFIX}0"
        article.number = f"{PREFIX}{int(last.removeprefix(PREFIX)) + 1:04d}"
        try:
            with transaction.atomic():
                article.save(force_insert=True)
        except IntegrityError:
            continue
        return article
    raise NotAllowed("编号正忙，请重试。")


def _version(article: Article, words: Words, by: User, at: datetime, note: str) -> ArticleVersion:
    names = (*LONGEST, "unit", "valid_from", "valid_until", "review_on")
    return ArticleVersion.objects.create(
        article=article,
        no=article.newest,
        topics=list(words.topics),
        note=note.strip()[:200],
        author=by,
        written_at=at,
        **{name: getattr(words, name) for name in names},
    )


def _shown(article: Article) -> tuple[ArticleVersion, bool]:
    """The version in the indexes, and whether it is published."""
    return version_of(article, article.shown), article.status == ArticleStatus.PUBLISHED


def _move(article: Article, seen: str, at: datetime, **values: Any) -> None:
    """Change the row as it was seen, or raise Overtaken and change nothing."""
    _need_seen(article, seen)
    same = Article.objects.filter(
        pk=article.pk, newest=article.newest, status=article.status, waiting=article.waiting
    )
    if not same.update(changed_at=at, **values):
        raise Overtaken(f"{article.number} 刚刚已被别人改过，这次没有办成。请核对现在的内容再办。")
    for name, value in {"changed_at": at, **values}.items():
        setattr(article, name, value)


def _set_topics(article: Article, paths: tuple[str, ...]) -> None:
    article.topics.set(Topic.objects.filter(path__in=paths))


def _tell(
    article: Article, act: str, no: int, by: User, giver: User | None, at: datetime, note: str = ""
) -> None:
    ArticleAct.objects.create(
        article=article, no=no, act=act, by=by, giver=giver, at=at, note=note.strip()[:200]
    )
