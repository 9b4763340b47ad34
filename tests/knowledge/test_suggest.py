"""What is offered while somebody types: published articles in force, found by rare words, at a flat cost."""

from datetime import date
from typing import Any

import pytest
from django.db import connection

from huiying.knowledge import articles, suggest, uses
from huiying.knowledge.models import Article, ArticleStatus, ArticleVersion
from huiying.knowledge.search import ASKED
from tests import make
from tests.cast import Cast
from tests.knowledge.written import NOW, TODAY, WATER, published, written

pytestmark = pytest.mark.django_db


def offered(title: str, text: str = "", **asked: Any) -> list[tuple[str, str]]:
    found = suggest.suggest(title, text, **({"on": TODAY} | asked))
    return [(each.version.title, each.reason) for each in found]


def test_the_answer_comes_with_the_words_that_led_to_it(cast: Cast) -> None:
    article = published(cast)
    published(cast, "居民医保怎么缴费", question="医保缴费", topics=())
    found = suggest.suggest("东街停水了，何时恢复供水", on=TODAY)
    assert [str(each.mark) for each in found] == [f"{article.number}.1"]
    assert found[0].reason == "匹配：停水、恢复供水"
    assert found[0].version.answer.startswith("计划停水提前一天公告")
    assert offered("医保缴费") == [("居民医保怎么缴费", "匹配：医保缴费")]


def test_only_what_is_published_and_in_force_is_offered(cast: Cast) -> None:
    written(cast, "停水草稿")
    published(cast, "停水以后", valid_from=date(2022, 3, 16))
    published(cast, "停水从前", valid_until=date(2022, 3, 14))
    published(cast, "停水末日", valid_until=TODAY)
    published(cast, "停水长期", valid_until=None, review_on=date(2022, 1, 2))
    gone = published(cast, "停水撤下")
    articles.withdraw(gone, note="废止", seen=articles.mark(gone), by=cast.head, at=NOW)
    assert {title for title, _ in offered("停水")} == {"停水末日", "停水长期"}


def test_the_words_are_those_of_the_published_version(cast: Cast) -> None:
    article = published(cast)
    changed = {"seen": articles.mark(article), "by": cast.clerk, "at": NOW}
    said = articles.Words.of(articles.version_of(article, 1))
    articles.write(article, articles.replace(said, title="断水"), **changed)
    assert offered("停水何时恢复供水") == [("停水后何时恢复供水", "匹配：停水、恢复供水")]


def test_of_a_topic_alone_the_most_used_come_first(cast: Cast) -> None:
    published(cast, "少用")
    much = published(cast, "多用")
    published(cast, "别的分类", topics=())
    case = make.case()
    make.step(case, "direct_answer", articles=[{"article": much.number, "version": 1}], note="见")
    uses.record(case.events.get(kind="direct_answer"), [articles.version_of(much, 1)])
    assert offered("", topic=WATER) == [("多用", "同一内容分类"), ("少用", "同一内容分类")]
    assert offered("", topic="") == offered("，", topic="") == []


def test_a_few_questions_whatever_is_typed(cast: Cast, django_assert_max_num_queries: Any) -> None:
    for n in range(12):
        published(cast, f"停水第{n}种情形")
    with django_assert_max_num_queries(2):
        assert len(offered("停水何时恢复供水", "自来水停了三天，" * 30, topic=WATER)) == suggest.SHOWN


def test_words_that_many_articles_hold_are_asked_for_side_by_side(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suggest, "MOST", 3)
    monkeypatch.setattr("huiying.knowledge.ranking.MOST", 3)
    published(cast, "公积金提取", question="")
    for n in range(6):
        published(cast, f"公积{n}金额{n}积金{n}其他事项的说明", question="")  # both words, but apart
    assert "公积金提取" in [title for title, _ in offered("公积金")]


def many(count: int) -> None:
    """So many published articles about this and that, entered past the verbs."""
    rows = [
        Article(
            number=f"ZS{n}",
            status=ArticleStatus.PUBLISHED,
            current=1,
            waiting=False,
            title=f"第{n}条",
            valid_from=date(2022, 1, 1),
            changed_at=NOW,
        )
        for n in range(10_000, 10_000 + count)
    ]
    Article.objects.bulk_create(rows)
    kinds = ("停水", "停气", "公积金", "医保缴费", "路灯报修", "户口迁移", "公交线路", "低保申请")
    versions = [
        ArticleVersion(
            article=row,
            no=1,
            title=f"{kinds[row.pk % 8]}事项{chr(0x4E00 + row.pk % 5000)}{chr(0x4E00 + row.pk % 4001)}",
            question=f"{kinds[row.pk % 7]}如何{chr(0x5000 + row.pk % 3000)}办",
            answer="见规定。",
            valid_from=row.valid_from,
            author_id=1,
            written_at=NOW,
        )
        for row in rows
    ]
    author = Article.objects.model._meta.apps.get_model("accounts", "User").objects.order_by("pk")[0]
    for version in versions:
        version.author = author
    ArticleVersion.objects.bulk_create(versions)
    from huiying.knowledge import search

    ASKED.put((version.article_id, None, search.asked(version)) for version in versions)


def test_among_many_articles_as_few_rows_are_read(cast: Cast) -> None:
    """The rows that a question reads are bounded by its words, not by the articles there are."""
    many(2000)
    published(cast, "停水后何时恢复供水", topics=())
    words = ["停水", "恢复", "供水", "事项"]
    hits = ASKED.hits([(word,) for word in words], most=50)
    assert [sum(place == n for place, _ in hits) for n in range(4)] == [50, 1, 1, 50]
    assert offered("停水何时恢复供水")[0][0] == "停水后何时恢复供水"
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM knowledge_article")
        assert cursor.fetchone()[0] == 2001
