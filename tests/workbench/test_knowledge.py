"""知识库: found, read, written, published; and what it offers at the desk."""

import html
import json
import re
from datetime import date, timedelta

import pytest

from huiying.cases.models import Case
from huiying.knowledge import articles, uses
from huiying.knowledge.models import Article, ArticleOpinion, ArticleUse, ArticleVersion
from huiying.notices.models import Notice
from tests import make
from tests.knowledge.written import ANSWER, NOW, WATER, published, words, written

pytestmark = pytest.mark.django_db
FORM = {
    "title": "停水后何时恢复供水",
    "question": "自来水什么时候来",
    "answer": ANSWER,
    "basis": "云溪县供水管理办法第十二条",
    "topics": [WATER],
    "unit": "water",
    "valid_from": "2022-01-01",
    "valid_until": "2022-12-31",
    "review_on": "",
    "note": "",
}


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


def seen_in(page) -> str:
    return re.findall(r'name="seen" value="([^"]*)"', page.content.decode())[0]


@pytest.fixture
def look(client):
    """`look(user, address)` is that page as the person gets it."""

    def look(user, address, **more):
        client.force_login(user)
        return client.get(address, **more)

    return look


@pytest.fixture
def send(client):
    """`send(user, address, **form)` posts as the person and follows."""

    def send(user, address, follow=True, **form):
        client.force_login(user)
        return client.post(address, form, follow=follow)

    return send


# The list


def test_the_list_finds_by_words_topic_unit_and_state(look, cast) -> None:
    published(cast)
    published(
        cast, "燃气灶打不着火", unit="housing-gas", topics=("phone/城乡建设/燃气",), answer="先看阀门。"
    )
    published(cast, "热线几点上班", unit="", topics=(), answer="全天。")
    written(cast, "停气草稿", unit="housing")
    published(cast, "旧办法", valid_until=date(2022, 3, 14))

    def titles(query: str, user=cast.operator) -> set[str]:
        page = look(user, f"/knowledge/{query}")
        return set(re.findall(r'tabindex="-1">([^<]+)</a>', page.content.decode()))

    assert titles("") == {"停水后何时恢复供水", "燃气灶打不着火", "热线几点上班"}
    assert titles("?q=阀门") == {"燃气灶打不着火"}
    assert titles("?q=ZS0001") == {"停水后何时恢复供水"}
    assert titles("?topic=phone/城乡建设") == {"停水后何时恢复供水", "燃气灶打不着火"}
    assert titles("?unit=housing") == {"燃气灶打不着火"}
    assert titles("?unit=0") == {"热线几点上班"}
    assert titles("?state=waiting") == {"停气草稿"}
    assert titles("?state=ended") == {"旧办法"}
    assert titles("?state=all") == {
        "停水后何时恢复供水",
        "燃气灶打不着火",
        "热线几点上班",
        "停气草稿",
        "旧办法",
    }
    assert titles("?state=waiting", cast.clerk) == set()  # another unit's draft
    said = text_of(look(cast.operator, "/knowledge/?unit=none&state=x&after=1"))
    for problem in ("“主管单位”的值“none”", "“状态”的值“x”", "值“1”认不得"):
        assert problem in said


def test_a_badge_says_how_each_stands(look, cast) -> None:
    published(cast, "将到期的", valid_until=date(2022, 4, 1))
    published(cast, "待复核的", valid_until=None, review_on=date(2022, 3, 1))
    said = text_of(look(cast.operator, "/knowledge/?state=ending"))
    assert "将到期的" in said
    assert "将到期 2022-03-15" in said
    assert "在用 待复核" in said
    doubted = published(cast, "被指过时的")
    uses.judge(doubted, "outdated", by=cast.operator, at=NOW)
    assert "被指过时的" in text_of(look(cast.operator, "/knowledge/?state=doubted"))


def test_fifty_a_page_and_every_article_once(look, cast) -> None:
    for n in range(53):
        published(cast, f"停水第{n}种", at=NOW - timedelta(minutes=n // 2))
    page, seen = look(cast.operator, "/knowledge/"), []
    assert "53 条" in text_of(page)
    while True:
        numbers = re.findall(r'class="number"><a href="/knowledge/(ZS\d+)/"', page.content.decode())
        assert len(numbers) <= 50
        seen += numbers
        following = re.findall(r'href="([^"]+)" hx-get="[^"]+" rel="next"', page.content.decode())
        if not following:
            break
        page = look(cast.operator, html.unescape(following[0]))
    assert len(seen) == len(set(seen)) == 53


def test_the_rows_for_htmx_are_those_of_the_page(look, cast) -> None:
    published(cast)
    page = look(cast.operator, "/knowledge/?q=停水")
    piece = look(cast.operator, "/knowledge/?q=停水", headers={"HX-Request": "true"})
    assert piece.content.decode().strip() in page.content.decode()


def test_the_pages_are_cheap_and_not_for_strangers(client, cast, django_assert_max_num_queries) -> None:
    for n in range(8):
        article = published(cast, f"停水第{n}种")
        uses.judge(article, "outdated", by=cast.operator, at=NOW)
    for url, most in (
        ("/knowledge/", 12),
        (f"/knowledge/?q=停水&topic={WATER}&unit=water&state=doubted", 12),
        ("/knowledge/ZS0003/", 15),
        ("/knowledge/ZS0003/edit/", 12),
        ("/knowledge/new/", 12),
    ):
        for user in (cast.stranger, cast.auditor):
            client.force_login(user)
            assert client.get(url).status_code in (403, 404)
        for user in (cast.reviewer, cast.clerk):
            client.force_login(user)
            client.get(url)
            with django_assert_max_num_queries(most):
                assert client.get(url).status_code == 200
    client.force_login(cast.operator)
    assert "知识库" in client.get("/").content.decode()
    client.force_login(cast.stranger)
    assert "知识库" not in client.get("/").content.decode()


def test_who_only_reads_is_told_who_writes(look, cast) -> None:
    published(cast)
    page = look(cast.leader, "/knowledge/ZS0001/")
    assert "知识条目由主管单位的经办人" in text_of(page)
    assert "撤下" not in page.content.decode()
    assert look(cast.leader, "/knowledge/ZS0001/edit/").status_code == 403
    assert look(cast.leader, "/knowledge/new/").status_code == 403
    assert "写一条" not in text_of(look(cast.leader, "/knowledge/"))


# Writing and publishing


def test_a_clerk_writes_and_the_head_publishes_on_screen(send, look, cast) -> None:
    page = send(cast.clerk, "/knowledge/new/", **FORM)
    assert "ZS0001 已保存，待发布" in text_of(page)
    assert "发布</button>" not in page.content.decode()
    page = look(cast.head, "/knowledge/ZS0001/")
    page = send(cast.head, "/knowledge/ZS0001/publish/", seen=seen_in(page))
    assert "ZS0001 已发布" in text_of(page)
    version = ArticleVersion.objects.get()
    assert articles.Words.of(version) == words(question="自来水什么时候来")
    for said in ("撰写第 1 版 陈静", "发布第 1 版 王立新", "云溪县供水管理办法", "城乡建设 — 供水"):
        assert said in text_of(page), said


def test_who_may_publish_does_so_with_the_saving(send, cast) -> None:
    page = send(cast.reviewer, "/knowledge/new/", **FORM, do="publish")
    assert "ZS0001 已保存并发布" in text_of(page)
    page = send(cast.clerk, "/knowledge/new/", **{**FORM, "title": "别的"}, do="publish")
    assert "知识条目由主管单位的负责人" in text_of(page)
    assert Article.objects.count() == 1  # nothing was kept


def test_a_unit_writes_for_itself_and_for_those_below_only(look, send, cast) -> None:
    options = re.findall(
        r'<option value="([^"]*)"', look(cast.other_clerk, "/knowledge/new/").content.decode()
    )
    assert {"housing", "housing-gas"} <= set(options)
    assert not {"water", "market"} & set(options)
    assert "选择一个有效的选项" in text_of(send(cast.other_clerk, "/knowledge/new/", **FORM))


def test_the_second_of_two_writers_sees_both_versions_and_keeps_what_was_typed(look, send, cast) -> None:
    published(cast)
    url = "/knowledge/ZS0001/edit/"
    seen = seen_in(look(cast.clerk, url))
    send(cast.head, url, **FORM | {"answer": "早上六点恢复。", "seen": seen})
    page = send(cast.clerk, url, **FORM | {"answer": "中午恢复。", "seen": seen})
    assert page.status_code == 409
    assert "刚刚已被别人改过" in text_of(page)
    assert "<dd>早上六点恢复。</dd>" in page.content.decode()
    assert "中午恢复。</textarea>" in page.content.decode()
    send(cast.clerk, url, **FORM | {"answer": "中午恢复。", "seen": seen_in(page)})
    assert list(ArticleVersion.objects.values_list("answer", flat=True)) == [
        ANSWER,
        "早上六点恢复。",
        "中午恢复。",
    ]


def test_a_button_pressed_twice_makes_one_article(send, cast) -> None:
    for do in ("", "publish", "publish"):
        page = send(cast.reviewer, "/knowledge/new/", **FORM, do=do)
        assert page.status_code == 200
    assert Article.objects.count() == ArticleVersion.objects.count() == 1
    assert Article.objects.get().status == "published"


def test_saving_what_is_there_is_no_version(look, send, cast) -> None:
    published(cast)
    url = "/knowledge/ZS0001/edit/"
    form = FORM | {"question": words().question.replace("\n", "\r\n"), "seen": seen_in(look(cast.clerk, url))}
    assert "没有改动" in text_of(send(cast.clerk, url, **form))
    assert ArticleVersion.objects.count() == 1


def test_what_is_wrong_is_said_and_everything_typed_stays(send, cast) -> None:
    page = send(cast.reviewer, "/knowledge/new/", **FORM | {"valid_until": ""})
    assert page.status_code == 409
    assert "长期有效的，请填写“复核日期”" in text_of(page)
    assert ANSWER in page.content.decode()


def test_turning_down_and_withdrawing_need_a_reason_and_are_told(look, send, cast) -> None:
    written(cast)
    seen = seen_in(look(cast.reviewer, "/knowledge/ZS0001/"))
    page = send(cast.reviewer, "/knowledge/ZS0001/turn_down/", seen=seen, note="")
    assert page.status_code == 409
    assert "请写明退改的理由" in text_of(page)
    said = text_of(send(cast.reviewer, "/knowledge/ZS0001/turn_down/", seen=seen, note="依据不对"))
    assert "ZS0001 已退改" in said
    assert "依据不对" in said
    stale = send(cast.reviewer, "/knowledge/ZS0001/publish/", seen=seen)
    assert "刚刚已被别人改过" in text_of(stale)
    article = Article.objects.get()
    mended = articles.replace(words(), basis="第十三条")
    articles.write(article, mended, seen=articles.mark(article), by=cast.clerk, at=NOW)
    send(cast.reviewer, "/knowledge/ZS0001/publish/", seen=articles.mark(article))
    seen = seen_in(look(cast.reviewer, "/knowledge/ZS0001/"))
    said = text_of(send(cast.reviewer, "/knowledge/ZS0001/withdraw/", seen=seen, note="办法废止"))
    assert "已撤下，不再推荐" in said
    assert "重新发布" in said
    assert send(cast.reviewer, "/knowledge/ZS0001/dance/").status_code == 404
    assert send(cast.clerk, "/knowledge/ZS0009/publish/").status_code == 404


def test_a_version_that_waits_is_shown_beside_the_one_in_use(look, cast) -> None:
    article = published(cast)
    changed = articles.replace(words(), answer="晚上十点前恢复。")
    articles.write(article, changed, seen=articles.mark(article), by=cast.clerk, at=NOW, note="时间改了")
    said = text_of(look(cast.head, "/knowledge/ZS0001/"))
    assert said.index(ANSWER) < said.index("第 2 版，待发布") < said.index("晚上十点前恢复。")
    assert "时间改了" in said


def test_an_opinion_is_given_on_the_page_or_in_passing(look, send, client, cast) -> None:
    published(cast)
    said = text_of(send(cast.operator, "/knowledge/ZS0001/judge/", verdict="outdated", note="电话换了"))
    assert "已记下：过时" in said
    assert "有用 0，过时 1" in said
    assert "过时：电话换了 张晓" in said
    client.force_login(cast.operator)
    passing = client.post("/knowledge/ZS0001/judge/", {"verdict": "useful"}, headers={"HX-Request": "true"})
    assert passing.content.decode() == '<span class="faint" role="status">已记下：有用。</span>'
    assert ArticleOpinion.objects.get().verdict == "useful"
    assert send(cast.clerk, "/knowledge/ZS0001/judge/", verdict="useful").status_code == 409


def test_a_notice_leads_to_its_article(send, cast) -> None:
    from huiying.cases import place
    from huiying.knowledge import upkeep

    written(cast)
    upkeep.remind(place.current(), NOW)
    line = Notice.objects.get(user=cast.head)
    page = send(cast.head, f"/notices/{line.pk}/read/")
    assert page.redirect_chain[0][0] == "/knowledge/ZS0001/"
    assert "停水后何时恢复供水" in text_of(page)


# At the desk


TAKE = {"key": "k1", "channel": "hotline", "nature": "inquiry", "topic": WATER}


@pytest.fixture
def part(client, cast):
    """`part(**form)` is the panel beside the form as htmx gets it."""

    def part(**form):
        client.force_login(cast.operator)
        return client.post("/intake/", TAKE | form, headers={"HX-Request": "true", "HX-Target": "known"})

    return part


def test_answers_appear_while_the_operator_types_with_the_words_that_led_to_them(part, cast) -> None:
    published(cast)
    written(cast, "停水草稿")
    published(cast, "停水旧办法", valid_until=date(2022, 3, 14))
    said = text_of(part(title="东街停水了，何时恢复供水"))
    assert ANSWER in said
    assert "匹配：停水、恢复供水；云溪县水务局，有效期至 2022-12-31" in said
    assert "停水草稿" not in said
    assert "停水旧办法" not in said
    assert "知识库" not in text_of(part(title="路灯不亮", topic=""))


def test_an_answer_is_adopted_with_scripts_off_below_what_is_typed(send, cast) -> None:
    published(cast)
    form = TAKE | {"title": "东街何时恢复供水", "answer": "您好！", "adopt": "article=ZS0001.1"}
    page = send(cast.operator, "/intake/", **form).content.decode()
    assert f"您好！\n{ANSWER}</textarea>" in page
    assert 'name="articles" value="ZS0001.1"' in page
    twice = form | {"answer": f"您好！\n{ANSWER}", "articles": "ZS0001.1"}
    page = send(cast.operator, "/intake/", **twice).content.decode()
    assert page.count(f"{ANSWER}</textarea>") == 1
    assert 'name="articles" value="ZS0001.1"' in page
    odd = send(cast.operator, "/intake/", **form | {"adopt": "article=ZS0009.1"}).content.decode()
    assert "您好！</textarea>" in odd


def test_the_case_tells_which_article_answered_it(send, look, cast) -> None:
    published(cast)
    form = TAKE | {"title": "东街何时恢复供水", "answer": f"您好！\n{ANSWER}", "articles": "ZS0001.1"}
    send(cast.operator, "/intake/", **form, way="answer")
    case = Case.objects.get()
    assert json.loads(case.events.get(kind="direct_answer").data)["articles"] == [
        {"article": "ZS0001", "version": 1}
    ]
    assert "依据知识条目ZS0001（第1版）" in text_of(look(cast.operator, f"/cases/{case.number}/"))
    said = text_of(look(cast.operator, "/knowledge/ZS0001/"))
    assert "用过 1 次" in said
    assert case.number in said
    assert case.number not in text_of(look(cast.clerk, "/knowledge/ZS0001/"))
    assert ArticleUse.objects.count() == 1


def test_a_draft_remembers_what_was_adopted(send, look, cast) -> None:
    published(cast)
    form = TAKE | {"title": "东街停水", "answer": ANSWER, "articles": "ZS0001.1"}
    send(cast.operator, "/intake/draft/", **form)
    assert 'name="articles" value="ZS0001.1"' in look(cast.operator, "/intake/").content.decode()


def test_the_desk_stays_cheap_with_answers(client, cast, django_assert_max_num_queries) -> None:
    from huiying.intake import drafts

    for n in range(6):
        published(cast, f"停水第{n}种")
        make.case("东街供水何时恢复", status="handling")
    drafts.save(cast.dispatcher, "k1", TAKE | {"title": "东街停水何时恢复供水"}, at=NOW)
    client.force_login(cast.dispatcher)
    assert "采用" in client.get("/intake/").content.decode()
    with django_assert_max_num_queries(18):
        client.get("/intake/")
