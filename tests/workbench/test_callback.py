"""回访台 and 申诉: who sees what, what is recorded, and that typed words stay."""

import datetime as dt
import html
import re

import pytest

from huiying.accounts.models import Trail
from huiying.cases import place
from huiying.cases.models import Case, Reply
from huiying.knowledge.models import StandardText
from huiying.quality import appeals, calls, sampling
from huiying.quality.models import Appeal, CallBack
from tests import make

pytestmark = pytest.mark.django_db
UNHAPPY = {"outcome": "reached", "solved": "no", "satisfied": "dissatisfied", "reason": "result"}


def text_of(answer) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode()))


def planned(title="石桥镇东街自来水浑浊", **details) -> CallBack:
    case = make.case(title, status="closed", **details)
    calls.plan(place.current(), make.at(3, 15, 9))
    return case.call_backs.get()


def record(client, task, **said):
    given = {"seq": task.case.seq, "attempts": task.attempts, **said}
    return client.post(f"/callbacks/{task.pk}/record/", given)


def unhappy(cast) -> CallBack:
    said = UNHAPPY | {"solved": False}
    return calls.record(planned(), by=cast.callback, at=make.at(3, 15, 9), place=place.current(), **said)


@pytest.fixture
def caller(client, cast):
    client.force_login(cast.callback)
    return client


def test_list_and_form_are_one_page_with_the_answer_and_a_masked_number(
    caller, django_assert_max_num_queries
) -> None:
    task = planned("先办结", received=make.at(3, 2))
    for n in range(6):
        planned(f"后办结{n}", received=make.at(3, 8))
    lead = Case.objects.get(pk=task.case.pk).lead
    Reply.objects.create(assignment=lead, no=1, public_answer="水管已更换。", drafted_at=make.at(3, 3))
    with django_assert_max_num_queries(15):
        page = caller.get("/callbacks/")
    said = text_of(page)
    for words in ("7 件", "先办结", "后办结5", "全部回访", "水管已更换。", "139****1234", "还没有回访过"):
        assert words in said, words
    assert make.CALLER.phone not in page.content.decode()


def test_the_desk_and_the_case_page_say_who_is_not_called_back(caller, cast, monkeypatch) -> None:
    called, left = planned(nature="complaint").case, make.case(status="closed", nature="report")
    old = make.case(status="closed", nature="complaint", received=make.at(1, 4))
    said = text_of(caller.get("/callbacks/"))
    assert "投诉、举报全部回访，其余抽 20%；没有抽中的不在这里" in said
    monkeypatch.setattr(sampling, "lot", lambda number, month: 9_999)
    for case, words in (
        (called, ["待回访（全部回访）"]),
        (left, ["不回访：性质“反映”抽 20%，本件没有抽中"]),
        (old, ["不回访：办结已超过 30 天"]),
        (make.case(status="handling"), []),
    ):
        page = caller.get(f"/cases/{case.number}/").content.decode()
        assert re.findall(r"<dt>回访</dt><dd>(.*?)</dd>", page.split('id="facts"')[1]) == words


def test_standard_texts_are_offered_beside_the_notes(caller, cast) -> None:
    StandardText.objects.create(code="thanks", name="感谢", text="感谢您的评价。", move="call_back")
    task = planned()
    page = caller.get(f"/callbacks/{task.pk}/").content.decode()
    assert 'data-insert="said"' in page
    assert "感谢您的评价。" in page


def test_nothing_to_call_says_so(caller) -> None:
    assert "没有待回访的件" in text_of(caller.get("/callbacks/"))


def test_the_number_is_shown_once_and_recorded(caller, cast) -> None:
    task = planned()
    page = caller.post(f"/callbacks/{task.pk}/number/", {"why": "电话回访"})
    assert f'href="tel:{make.CALLER.phone}"' in page.content.decode()
    assert "no-store" in page.headers["Cache-Control"]
    assert Trail.objects.get(kind="unmask").reason == "电话回访"
    assert make.CALLER.phone not in caller.get(f"/callbacks/{task.pk}/").content.decode()


def test_the_number_alone_comes_as_a_fragment_like_that_of_the_page(caller) -> None:
    task = planned()
    asked = {"why": "电话回访"}
    part = caller.post(f"/callbacks/{task.pk}/number/", asked, headers={"HX-Request": "true"})
    whole = caller.post(f"/callbacks/{task.pk}/number/", asked)
    assert part.content.decode().strip().startswith('<div id="phone">')
    assert part.content.decode().strip() in whole.content.decode()


def test_without_a_reason_there_is_no_number(caller) -> None:
    page = caller.post(f"/callbacks/{planned().pk}/number/", {"why": " "})
    assert page.status_code == 409
    assert "请写明查看的理由" in text_of(page)
    assert make.CALLER.phone not in page.content.decode()
    assert not Trail.objects.filter(kind="unmask").exists()


def test_a_recorded_call_leads_on_to_the_next(caller) -> None:
    first, second = (planned(f"第{n}件", received=make.at(3, n)) for n in (1, 2))
    answer = record(caller, first, outcome="missed")
    assert answer.url == f"/callbacks/{second.pk}/"
    assert "回访已登记：待回访" in text_of(caller.get(answer.url))
    assert record(caller, second, outcome="declined").url == f"/callbacks/{first.pk}/"
    first.refresh_from_db()
    first.case.refresh_from_db()
    done = {"outcome": "reached", "solved": "yes", "satisfied": "satisfied", "note": "群众表示感谢"}
    assert record(caller, first, **done).url == "/callbacks/"
    said = text_of(caller.get(f"/callbacks/{first.pk}/"))
    assert "未接通" in said
    assert "接通，已解决，满意" in said
    assert "群众表示感谢" in said


def test_an_incomplete_call_keeps_what_was_typed(caller) -> None:
    task = planned()
    page = record(caller, task, outcome="reached", solved="yes", note="说了很多")
    assert page.status_code == 409
    assert "请选择“是否满意”" in text_of(page)
    assert "说了很多" in text_of(page)
    assert re.search(r'value="yes"[^>]* checked', page.content.decode())
    assert CallBack.objects.get().attempts == 0


def test_the_second_of_two_callers_is_told_and_keeps_the_words(caller, cast) -> None:
    task = planned()
    seen = CallBack.objects.select_related("case").get(pk=task.pk)
    calls.record(task, outcome="declined", by=cast.callback, at=make.at(3, 15, 9), place=place.current())
    page = record(caller, seen, **UNHAPPY, note="水还是浑的")
    assert page.status_code == 409
    assert "已结束" in text_of(page)
    assert "水还是浑的" in text_of(page)


def test_a_bad_call_is_proposed_to_the_reviewer_who_reopens(client, cast) -> None:
    task = unhappy(cast)
    client.force_login(cast.callback)
    refused = client.post(f"/callbacks/{task.pk}/decide/", {"verdict": "reopen", "note": "未修好", "seq": 9})
    assert refused.status_code == 409
    client.force_login(cast.reviewer)
    said = text_of(client.get(f"/callbacks/{task.pk}/"))
    assert "建议重办（1）" in said
    assert "对办理结果不满意" in said
    given = {"verdict": "reopen", "note": "确未修好", "seq": task.case.seq}
    stale = client.post(f"/callbacks/{task.pk}/decide/", given | {"seq": 1})
    assert stale.status_code == 409
    assert "确未修好" in text_of(stale)
    assert client.post(f"/callbacks/{task.pk}/decide/", given).status_code == 302
    assert Case.objects.get().status == "received"
    assert "已重办，请派单" in text_of(client.get("/callbacks/"))


def test_pages_are_for_their_roles(client, cast) -> None:
    task = planned()
    opened: dict[str, set[object]] = {
        "/callbacks/": set(),
        f"/callbacks/{task.pk}/": set(),
        "/appeals/": set(),
    }
    for user in cast.everybody():
        client.force_login(user)
        for url, who in opened.items():
            if client.get(url).status_code == 200:
                who.add(user)
    office = {cast.callback, cast.reviewer, cast.supervisor}
    units = {cast.clerk, cast.head, cast.other_clerk, cast.section_clerk}
    assert list(opened.values()) == [office, office, office | units]


def test_a_unit_appeals_and_the_supervisor_rules(client, cast, django_assert_max_num_queries) -> None:
    mark = unhappy(cast)
    client.force_login(cast.clerk)
    with django_assert_max_num_queries(12):
        assert mark.case.number in text_of(client.get("/appeals/"))
    empty = client.post(f"/appeals/{mark.pk}/ask/", {"reason": " "})
    assert (empty.status_code, Appeal.objects.count()) == (409, 0)
    assert client.post(f"/appeals/{mark.pk}/ask/", {"reason": "已修好，有照片"}).status_code == 302
    assert "等待裁定" in text_of(client.get("/appeals/"))
    appeal = Appeal.objects.get()
    assert client.post(f"/appeals/{appeal.pk}/rule/", {"verdict": "upheld", "note": "好"}).status_code == 409
    client.force_login(cast.other_clerk)
    assert client.post(f"/appeals/{mark.pk}/ask/", {"reason": "与我无关"}).status_code == 404
    assert "已修好" not in text_of(client.get("/appeals/"))
    client.force_login(cast.supervisor)
    kept = client.post(f"/appeals/{appeal.pk}/rule/", {"verdict": "upheld", "note": ""})
    assert "请写明裁定理由" in text_of(kept)
    client.post(f"/appeals/{appeal.pk}/rule/", {"verdict": "upheld", "note": "现场核实属实"})
    page = client.get("/appeals/")
    assert "申诉成立：现场核实属实" in text_of(page)
    part = client.get("/appeals/", headers={"HX-Request": "true"}).content.decode().strip()
    assert part in client.get("/appeals/").content.decode()


def test_marks_older_than_a_month_are_gone(client, cast) -> None:
    mark = unhappy(cast)
    CallBack.objects.filter(pk=mark.pk).update(
        ended_at=make.at(3, 15) - appeals.WITHIN - dt.timedelta(days=1)
    )
    client.force_login(cast.clerk)
    assert "近三十日没有" in text_of(client.get("/appeals/"))
