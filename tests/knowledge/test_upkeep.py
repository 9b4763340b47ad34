"""Who hears of articles that somebody must see to, once each."""

from datetime import date, timedelta
from typing import Any

import pytest

from huiying.cases import place
from huiying.cases.models import Office
from huiying.knowledge import articles, upkeep, uses
from huiying.notices.models import Notice
from tests.cast import Cast
from tests.knowledge.written import NOW, published, words, written

pytestmark = pytest.mark.django_db


def told(now: Any = NOW) -> set[tuple[str, str, str]]:
    """What is new: who, which rule, the text."""
    before = set(Notice.objects.values_list("pk", flat=True))
    upkeep.remind(place.current(), now)
    fresh = Notice.objects.exclude(pk__in=before).select_related("user")
    return {(line.user.username, line.rule.removeprefix("article."), line.text) for line in fresh}


def test_what_waits_is_told_to_the_head_and_the_office_s_own_to_the_reviewer(cast: Cast) -> None:
    article = written(cast)
    written(cast, "投诉热线怎么打", unit="")
    assert told() == {
        ("wangju", "waiting", "知识条目 ZS0001“停水后何时恢复供水” 待发布，请审看"),
        ("zhouhong", "waiting", "知识条目 ZS0002“投诉热线怎么打” 待发布，请审看"),
    }
    assert told() == set()
    articles.write(article, words("停水"), seen=articles.mark(article), by=cast.operator, at=NOW)
    assert {line[:2] for line in told()} == {("wangju", "waiting")}


def test_an_article_is_told_before_it_ends_and_when_it_has_ended(cast: Cast) -> None:
    published(cast, "早", valid_until=date(2022, 6, 1))
    published(cast, "快", valid_until=date(2022, 4, 14))
    assert told() == {
        (who, "ending", "知识条目 ZS0002“快” 有效期至 2022-04-14，请核对") for who in ("chenjing", "wangju")
    }
    assert told(NOW + timedelta(days=29)) == set()
    assert {line[:2] for line in told(NOW + timedelta(days=31))} == {
        ("chenjing", "ended"),
        ("wangju", "ended"),
    }
    assert told(NOW + timedelta(days=32)) == set()


def test_one_without_an_end_is_to_be_checked_on_its_day(cast: Cast) -> None:
    published(cast, "长期", valid_until=None, review_on=date(2022, 3, 15))
    published(cast, "以后", valid_until=None, review_on=date(2022, 3, 16))
    assert {line[2] for line in told()} == {"知识条目 ZS0001“长期” 应在 2022-03-15 前复核，请核对"}


def test_one_with_both_days_is_told_of_each(cast: Cast) -> None:
    published(cast, "双", review_on=date(2022, 3, 1))
    assert {line[2] for line in told()} == {"知识条目 ZS0001“双” 应在 2022-03-01 前复核，请核对"}
    late = NOW.replace(month=12, day=10)
    assert {line[2] for line in told(late)} == {"知识条目 ZS0001“双” 有效期至 2022-12-31，请核对"}


def test_a_doubt_reaches_the_owners_until_a_new_version_is_published(cast: Cast) -> None:
    article = published(cast)
    uses.judge(article, "useful", by=cast.callback, at=NOW)
    assert told() == set()
    uses.judge(article, "outdated", by=cast.operator, at=NOW)
    assert {line[:2] for line in told()} == {("chenjing", "doubted"), ("wangju", "doubted")}
    assert list(upkeep.doubted()) == [article]
    articles.write(article, words("停水"), seen=articles.mark(article), by=cast.clerk, at=NOW)
    articles.publish(article, seen=articles.mark(article), by=cast.head, at=NOW)
    assert list(upkeep.doubted()) == []
    assert told() == set()


def test_what_was_withdrawn_or_ended_long_ago_is_told_to_nobody(cast: Cast) -> None:
    published(cast, "旧", valid_from=date(2020, 1, 1), valid_until=date(2020, 12, 31))
    gone = published(cast, "撤", valid_until=date(2022, 3, 20))
    articles.withdraw(gone, note="废止", seen=articles.mark(gone), by=cast.head, at=NOW)
    assert told() == set()


def test_the_place_may_tell_others_or_nobody(cast: Cast) -> None:
    written(cast)
    notices = {"off": ["article.ending"], "to": {"article.waiting": ["clerks"]}}
    Office.objects.update(config={"notices": notices})
    Office.touch()
    published(cast, "快", valid_until=date(2022, 3, 20))
    assert {line[:2] for line in told()} == {("chenjing", "waiting")}
