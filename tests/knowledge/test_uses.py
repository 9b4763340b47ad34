"""What becomes of articles: cases answered from them, opinions, and what the event says of both."""

import json
from typing import Any

import pytest

from huiying.cases import timeline
from huiying.cases.lifecycle import NotAllowed, log_of
from huiying.cases.models import Case
from huiying.intake import desk
from huiying.knowledge import articles, suggest, uses
from huiying.knowledge.models import Article, ArticleOpinion, ArticleUse
from huiying.knowledge.uses import Mark
from huiying.ops import house_proof, search_index
from tests import make
from tests.cast import Cast
from tests.knowledge.written import ANSWER, NOW, TODAY, WATER, published, words, written

pytestmark = pytest.mark.django_db


def answer(cast: Cast, text: str, *marks: Mark, way: str = "answer") -> Case:
    return desk.take(
        way,
        by=cast.operator,
        at=make.at(3, 15, 9),
        key=f"k{Case.objects.count()}",
        text=text,
        articles=marks,
        channel="hotline",
        title="东街何时恢复供水",
        nature="inquiry",
        topic=WATER,
    )


def doubts() -> list[str]:
    from huiying.cases import place

    return list(house_proof.articles_miscounted(place.current(), NOW))


def test_a_case_says_in_its_event_which_version_answered_it(cast: Cast) -> None:
    article = published(cast)
    case = answer(cast, f"您好！{ANSWER}", Mark(article.number, 1))
    event = case.events.get(kind="direct_answer")
    assert json.loads(event.data)["articles"] == [{"article": "ZS0001", "version": 1}]
    use = ArticleUse.objects.get()
    assert (use.article, use.no, use.case, use.seq) == (article, 1, case, event.seq)
    entry = next(entry for entry in log_of(case) if entry.kind == "direct_answer")
    names = timeline.Names(tz=NOW.tzinfo)  # type: ignore[arg-type]
    assert timeline.staff(entry, names) == "当场直接答复，依据知识条目ZS0001（第1版）"
    assert timeline.citizen(entry, names) == "已当场答复您"
    assert suggest.suggest("停水何时恢复供水", on=TODAY)[0].uses == 1
    assert doubts() == []


def test_an_answer_that_was_taken_out_again_is_not_on_record(cast: Cast) -> None:
    article = published(cast)
    case = answer(cast, "明天派人上门查看。", Mark(article.number, 1))
    assert "articles" not in json.loads(case.events.get(kind="direct_answer").data)
    assert not ArticleUse.objects.exists()


def test_what_is_not_published_or_not_there_is_not_on_record(cast: Cast) -> None:
    draft = written(cast)
    marks = [Mark(draft.number, 1), Mark("ZS9999", 1), Mark(published(cast, "别的").number, 7)]
    answer(cast, ANSWER, *marks)
    assert not ArticleUse.objects.exists()


def test_only_an_answer_counts(cast: Cast) -> None:
    answer(cast, ANSWER, Mark(published(cast).number, 1), way="queue")
    assert not ArticleUse.objects.exists()


def test_the_doctor_sees_a_use_that_no_event_tells_and_the_reverse(cast: Cast) -> None:
    article = published(cast)
    case = answer(cast, ANSWER, Mark(article.number, 1))
    row = ArticleUse.objects.get()
    ArticleUse.objects.all().delete()
    assert doubts() == [
        f"知识条目 ZS0001（第1版）答复第 {case.pk} 号件第 {row.seq} 条：记录里有，引用表里没有"
    ]
    ArticleUse.objects.create(article=article, no=2, case=case, seq=row.seq, at=NOW)
    assert len(doubts()) == 2


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ZS0001.2 ZS0003.1", [Mark("ZS0001", 2), Mark("ZS0003", 1)]),
        ("ZS0001.2 ZS0001.2", [Mark("ZS0001", 2)]),
        ("ZS0001 .2 ZS1.x ZS1.-1 ZS1.²", [Mark("", 2)]),
        ("", []),
        (" ".join(f"Z{n}.1" for n in range(99)), [Mark(f"Z{n}", 1) for n in range(5)]),
    ],
)
def test_marks_are_read_from_a_form_whatever_stands_there(text: str, found: list[Mark]) -> None:
    assert uses.marks(text) == found


# Opinions


def test_who_answers_people_says_what_helped_and_may_think_again(cast: Cast) -> None:
    article = published(cast)
    uses.judge(article, "useful", by=cast.operator, at=NOW)
    uses.judge(article, "outdated", by=cast.operator, at=NOW, note=" 电话变了 ")
    uses.judge(article, "useful", by=cast.callback, at=NOW)
    found = {(row.by, row.verdict, row.note) for row in ArticleOpinion.objects.all()}
    assert found == {(cast.operator, "outdated", "电话变了"), (cast.callback, "useful", "")}


def test_an_opinion_is_of_a_version_in_use(cast: Cast) -> None:
    article = published(cast)
    uses.judge(article, "outdated", by=cast.operator, at=NOW)
    articles.write(article, words("停水"), seen=articles.mark(article), by=cast.clerk, at=NOW)
    articles.publish(article, seen=articles.mark(article), by=cast.head, at=NOW)
    assert [row.no for row in uses.judge(article, "useful", by=cast.operator, at=NOW).article.opinions.all()]
    assert set(ArticleOpinion.objects.values_list("no", "verdict")) == {(1, "outdated"), (2, "useful")}
    with pytest.raises(NotAllowed, match="没有发布"):
        uses.judge(written(cast, "路灯不亮找谁"), "useful", by=cast.operator, at=NOW)
    with pytest.raises(NotAllowed, match="请选择"):
        uses.judge(article, "great", by=cast.operator, at=NOW)
    with pytest.raises(NotAllowed, match="热线的人员"):
        uses.judge(article, "useful", by=cast.clerk, at=NOW)


def test_the_indexes_are_made_anew_with_those_of_the_cases(cast: Cast) -> None:
    from huiying.cases import place
    from huiying.knowledge.search import ASKED, SAID

    published(cast)
    written(cast, "停气")
    SAID.clear()
    ASKED.clear()
    assert len(house_proof.search_incomplete(place.current(), NOW)) == 2
    search_index.rebuild()
    assert house_proof.search_incomplete(place.current(), NOW) == []
    every: Any = Article.objects.all()
    assert [each.title for each in SAID.match(every, "停气")] == ["停气"]
    assert [each.title for each in ASKED.match(every, "停水")] == ["停水后何时恢复供水"]
