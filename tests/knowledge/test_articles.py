"""An article's life: written in versions, published by a second person, withdrawn; and who may do what."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from huiying.accounts.models import Delegation, Unit
from huiying.cases.lifecycle import NotAllowed
from huiying.cases.revising import Overtaken
from huiying.knowledge import articles, rights
from huiying.knowledge.articles import Incomplete, Words
from huiying.knowledge.models import Article, ArticleAct, ArticleStatus, ArticleVersion
from huiying.knowledge.search import ASKED, SAID
from tests import make
from tests.cast import Cast
from tests.knowledge.written import NOW, WATER, published, words, written

pytestmark = pytest.mark.django_db


def found(index: Any, text: str) -> list[str]:
    return sorted(index.match(Article.objects.all(), text).values_list("number", flat=True))


def again(article: Article) -> Article:
    return Article.objects.get(pk=article.pk)


def acts(article: Article) -> list[tuple[str, int, str]]:
    return list(article.acts.values_list("act", "no", "by__username"))


def test_a_unit_proposes_and_its_head_publishes(cast: Cast) -> None:
    article = articles.write(None, words(), seen="", by=cast.clerk, at=NOW, note="常有人问")
    assert (article.number, article.status, article.waiting, article.current) == ("ZS0001", "draft", True, 0)
    assert found(SAID, "抢修进度") == ["ZS0001"]
    assert found(ASKED, "恢复供水") == []  # nobody is told what nobody has approved
    articles.publish(article, seen=articles.mark(article), by=cast.head, at=NOW)
    article = again(article)
    assert (article.status, article.waiting, article.current) == ("published", False, 1)
    assert [topic.path for topic in article.topics.all()] == [WATER]
    assert found(ASKED, "恢复供水") == ["ZS0001"]
    assert acts(article) == [("write", 1, "chenjing"), ("publish", 1, "wangju")]
    assert article.acts.get(act="write").note == "常有人问"


def test_a_change_waits_while_the_version_before_goes_on(cast: Cast) -> None:
    article = published(cast)
    articles.write(
        article,
        words("停水几点恢复", question="", answer="晚上十点前恢复。", topics=()),
        seen=articles.mark(article),
        by=cast.clerk,
        at=NOW,
    )
    article = again(article)
    assert (article.title, article.current, article.newest, article.waiting) == (
        "停水后何时恢复供水",
        1,
        2,
        True,
    )
    assert found(SAID, "晚上十点") == []
    articles.publish(article, seen=articles.mark(article), by=cast.head, at=NOW)
    article = again(article)
    assert (article.title, article.current, article.topics.count()) == ("停水几点恢复", 2, 0)
    assert found(SAID, "晚上十点") == found(ASKED, "几点恢复") == ["ZS0001"]
    assert found(SAID, "抢修进度") == found(ASKED, "自来水") == []
    assert [version.answer[:4] for version in article.versions.all()] == ["计划停水", "晚上十点"]


def test_a_draft_is_found_by_its_newest_words(cast: Cast) -> None:
    article = written(cast)
    articles.write(article, words("停气怎么办"), seen=articles.mark(article), by=cast.operator, at=NOW)
    assert (again(article).title, again(article).newest) == ("停气怎么办", 2)
    assert found(SAID, "停气") == ["ZS0001"]
    assert found(SAID, "何时恢复供水") == []


def test_words_that_say_nothing_new_are_no_version(cast: Cast) -> None:
    article = published(cast)
    articles.write(article, words(), seen=articles.mark(article), by=cast.clerk, at=NOW)
    assert (again(article).newest, again(article).waiting) == (1, False)


def test_a_version_is_turned_down_with_a_reason(cast: Cast) -> None:
    article = written(cast)
    seen = articles.mark(article)
    with pytest.raises(NotAllowed, match="请写明退改的理由"):
        articles.turn_down(article, note=" ", seen=seen, by=cast.reviewer, at=NOW)
    articles.turn_down(article, note="依据不对", seen=seen, by=cast.reviewer, at=NOW)
    article = again(article)
    assert (article.status, article.waiting) == ("draft", False)
    assert article.acts.get(act="turn_down").note == "依据不对"
    with pytest.raises(NotAllowed, match="没有待发布的版本"):
        articles.turn_down(article, note="又", seen=articles.mark(article), by=cast.reviewer, at=NOW)


def test_what_is_withdrawn_is_suggested_no_more_and_may_come_back(cast: Cast) -> None:
    article = published(cast)
    with pytest.raises(NotAllowed, match="请写明撤下的理由"):
        articles.withdraw(article, note="", seen=articles.mark(article), by=cast.head, at=NOW)
    articles.withdraw(article, note="办法已废止", seen=articles.mark(article), by=cast.head, at=NOW)
    article = again(article)
    assert (article.status, article.current) == ("withdrawn", 1)
    assert found(ASKED, "恢复供水") == []
    assert found(SAID, "恢复供水") == ["ZS0001"]
    with pytest.raises(NotAllowed, match="不必撤下"):
        articles.withdraw(article, note="又", seen=articles.mark(article), by=cast.head, at=NOW)
    articles.publish(article, seen=articles.mark(article), by=cast.head, at=NOW)
    assert found(ASKED, "恢复供水") == ["ZS0001"]


def test_the_second_of_two_writers_is_told_and_changes_nothing(cast: Cast) -> None:
    article = published(cast)
    first, second = again(article), again(article)
    seen = articles.mark(article)
    articles.write(first, words("甲"), seen=seen, by=cast.clerk, at=NOW)
    for late in (second, again(article)):  # the row as it was, and the form as it was
        with pytest.raises(Overtaken, match="刚刚已被别人改过"):
            articles.write(late, words("乙"), seen=seen, by=cast.operator, at=NOW)
    assert list(ArticleVersion.objects.values_list("title", flat=True)) == ["停水后何时恢复供水", "甲"]


def test_publishing_twice_is_publishing_once(cast: Cast) -> None:
    article = written(cast)
    stale, seen = again(article), articles.mark(article)
    articles.publish(article, seen=seen, by=cast.reviewer, at=NOW)
    with pytest.raises(Overtaken):
        articles.publish(stale, seen=seen, by=cast.head, at=NOW)
    with pytest.raises(NotAllowed, match="没有待发布的版本"):
        articles.publish(again(article), seen=articles.mark(again(article)), by=cast.head, at=NOW)
    assert ArticleAct.objects.filter(act="publish").count() == 1


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"title": "  "}, "请填写“标题”"),
        ({"answer": ""}, "请填写“答案”"),
        ({"answer": "长" * 5001}, "“答案”有 5001 个字，最多 5000 个"),
        ({"valid_from": None}, "请填写“生效日期”"),
        ({"valid_until": date(2021, 12, 31)}, "“有效期至”早于“生效日期”"),
        ({"valid_until": None}, "长期有效的，请填写“复核日期”"),
        ({"topics": ("phone/没有",)}, "没有“phone/没有”这个内容分类"),
        ({"answer": "张某的身份证号是11010519491231002X。"}, "像有个人信息“11010519491231002X”"),
    ],
)
def test_what_cannot_be_kept_is_refused(cast: Cast, said: dict[str, Any], told: str) -> None:
    given = replace(words(), **said)
    with pytest.raises(Incomplete, match=told):
        articles.write(None, given, seen="", by=cast.operator, at=NOW)
    assert not Article.objects.exists()


def test_line_ends_and_blanks_around_are_tidied(cast: Cast) -> None:
    article = written(cast, " 停水 ", answer="一\r\n二\n")
    version = article.versions.get()
    assert (version.title, version.answer) == ("停水", "一\n二")


# Who may


def allowed(cast: Cast, verb: str, unit: str) -> set[str]:
    owner = Unit.objects.get(code=unit) if unit else None
    return {
        name for name in cast.__dataclass_fields__ if not rights.why_not(getattr(cast, name), verb, owner)
    }


def test_the_office_writes_about_anything_and_a_unit_about_its_own(cast: Cast) -> None:
    office = {"operator", "dispatcher", "reviewer"}
    assert allowed(cast, "write", "water") == office | {"clerk", "head"}
    assert allowed(cast, "write", "housing-gas") == office | {"other_clerk", "section_clerk"}
    assert allowed(cast, "write", "") == office
    assert allowed(cast, "publish", "water") == {"reviewer", "head"}
    assert allowed(cast, "publish", "housing") == allowed(cast, "publish", "") == {"reviewer"}
    assert not allowed(cast, "judge", "water") & {"clerk", "head", "stranger", "auditor"}
    assert {"operator", "callback"} <= allowed(cast, "judge", "water")


def test_a_unit_of_one_person_publishes_its_own(cast: Cast) -> None:
    Unit.objects.filter(code="water").update(one_person=True)
    assert allowed(cast, "publish", "water") == {"reviewer", "head", "clerk"}


def test_who_may_not_is_told_and_nothing_is_kept(cast: Cast) -> None:
    with pytest.raises(NotAllowed, match="知识条目由主管单位"):
        articles.write(None, words(unit="housing"), seen="", by=cast.clerk, at=NOW)
    article = written(cast)
    with pytest.raises(NotAllowed, match="发布和撤下"):
        articles.publish(article, seen=articles.mark(article), by=cast.operator, at=NOW)
    with pytest.raises(NotAllowed):  # nor may a unit take over what is another's, or give its own away
        articles.write(published(cast, unit="housing"), words(), seen="1-published-0", by=cast.clerk, at=NOW)
    assert again(article).status == "draft"


def test_who_stands_in_for_the_head_is_on_record(cast: Cast) -> None:
    Delegation.objects.create(
        giver=cast.head, taker=cast.clerk, from_on=date(2000, 1, 1), until_on=date(2100, 1, 1), reason="出差"
    )
    article = written(cast)
    articles.publish(article, seen=articles.mark(article), by=cast.clerk, at=NOW)
    act = article.acts.get(act="publish")
    assert (act.by, act.giver) == (cast.clerk, cast.head)


def test_reading_is_the_same_question_asked_of_one_and_of_all(cast: Cast) -> None:
    for unit in ("water", "housing-gas", ""):
        written(cast, f"草稿{unit}", unit=unit)
        published(cast, f"发布{unit}", unit=unit)
        gone = published(cast, f"撤下{unit}", unit=unit)
        articles.withdraw(gone, note="废止", seen=articles.mark(gone), by=cast.reviewer, at=NOW)
    every = Article.objects.select_related("unit")
    for user in cast.everybody():
        one_by_one = {article.title for article in every if rights.can_read(user, article)}
        assert {each.title for each in rights.readable_by(user, every)} == one_by_one, user
    assert {each.title for each in rights.readable_by(cast.clerk, every)} == {
        *("草稿water", "发布water", "撤下water"),
        *("发布housing-gas", "发布"),
    }
    assert rights.readable_by(cast.operator, every).count() == 9
    for user in (cast.stranger, cast.auditor):
        assert not rights.readable_by(user, every).exists()


# The database keeps the rules too


def test_versions_and_acts_are_only_added(cast: Cast) -> None:
    article = published(cast)
    for rows in (article.versions, article.acts):
        for change in (lambda rows: rows.update(note="x"), lambda rows: rows.all().delete()):
            with pytest.raises(DatabaseError, match="只可追加"), transaction.atomic():
                change(rows)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE knowledge_article SET status = 'published', current = 0")


def test_words_of_a_version_are_those_that_were_written(cast: Cast) -> None:
    article = published(cast)
    assert Words.of(articles.version_of(article, 1)) == words()
    assert ArticleStatus(article.status).label == "已发布"
    assert str(article) == "ZS0001 停水后何时恢复供水"
    assert make.case().number  # an article needs no case
