"""整改反馈 on screen: whom the office asks, the unit's own page, the judgement, and what is late."""

import html
import re

import pytest
from django.utils import timezone

from huiying.bulletins.models import Feedback, Rectification
from huiying.cases import place as places
from huiying.cases.models import Office
from huiying.cases.persons import PersonData
from huiying.notices.models import Notice
from tests import make
from tests.bulletins.closing import ANSWER, advance, ask, published
from tests.bulletins.test_editions import STYLE

pytestmark = pytest.mark.django_db
DUE = "2022-03-22"


@pytest.fixture
def here(cast):
    Office.objects.update(config={"bulletin": {"style": [STYLE]}}, revision=99)
    make.case(status="dispatched", received=make.at(3, 1))
    return places.current()


@pytest.fixture
def edition(here, now):
    return published(here, "云溪县住建局答复简单。", as_of=now)


@pytest.fixture
def asked(edition, here, cast):
    return ask(edition, here, cast.editor)


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


def test_the_editor_asks_whom_the_bulletin_names_with_a_date_five_working_days_on(
    client, cast, edition
) -> None:
    client.force_login(cast.editor)
    assert "还没有核定" in text_of(client.get("/closing/"))
    url = f"/closing/bulletins/{edition.pk}/"
    page = client.get(url).content.decode()
    assert f'value="{DUE}"' in page
    assert "云溪县住建局答复简单。" in page
    assert "未按时认领 1 件。" in page
    given = {"unit": ["water"], "problem-water": "认领太慢", "due_on": DUE}
    said = text_of(client.post(f"{url}ask/", given, follow=True))
    assert "已要求云溪县水务局反馈整改" in said
    row = Rectification.objects.get()
    assert (row.unit.code, row.problem, len(row.cases)) == ("water", "认领太慢", 1)
    assert "待反馈 1" in text_of(client.get("/closing/"))


def test_nobody_is_asked_and_one_more_unit_is(client, cast, edition) -> None:
    client.force_login(cast.supervisor)
    url = f"/closing/bulletins/{edition.pk}/ask/"
    assert "本期没有要反馈整改的单位" in text_of(client.post(url, {"due_on": DUE}, follow=True))
    more = {"add": "1", "unit": "market", "problem": "推诿", "due_on": DUE}
    assert "已要求云溪县市场监管局" in text_of(client.post(url, more, follow=True))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"due_on": "下周"}, "“反馈期限”请按"),
        ({"due_on": "2022-03-14"}, "早于今天"),
        ({"problem-housing": " "}, "云溪县住建局：请写明通报指出的问题"),
        ({"add": "1", "unit": "nobody"}, "请选择要增加的单位"),
    ],
)
def test_what_cannot_be_asked_is_told_and_what_was_typed_is_kept(
    client, cast, edition, changes, said
) -> None:
    client.force_login(cast.editor)
    given = {"unit": ["housing"], "problem-housing": "我的话", "problem-water": "留", "due_on": DUE} | changes
    answer = client.post(f"/closing/bulletins/{edition.pk}/ask/", given)
    assert answer.status_code == 409
    assert said in text_of(answer)
    if "add" not in changes:
        assert ">留</textarea>" in answer.content.decode()
        assert answer.content.decode().count(" checked") == 1
    assert not Rectification.objects.exists()


def test_who_opens_what(client, cast, here, asked) -> None:
    page, bulletin = f"/closing/rectifications/{asked.pk}/", f"/closing/bulletins/{asked.edition_id}/"
    for who, of_unit, of_bulletin in (
        (cast.clerk, 200, 403),
        (cast.other_clerk, 404, 403),
        (cast.leader, 200, 200),
        (cast.stranger, 404, 403),
    ):
        client.force_login(who)
        assert client.get(page).status_code == of_unit, who
        assert client.get(bulletin).status_code == of_bulletin, who
    client.force_login(cast.leader)
    assert "要求勾选的单位反馈" not in text_of(client.get(bulletin))
    assert client.post(f"{page}praise/", {}).status_code == 404


def test_clerk_head_and_editor_bring_it_to_an_end(client, cast, asked) -> None:
    page = f"/closing/rectifications/{asked.pk}/"
    client.force_login(cast.clerk)
    assert page in client.get("/closing/").content.decode()
    first = {"revision": 0, "version": 0, **ANSWER._asdict()}
    assert "已提交审签" in text_of(client.post(f"{page}submit/", first, follow=True))
    client.force_login(cast.head)
    assert "审签并反馈" in text_of(client.get(page))
    client.post(f"{page}hand_in/", first | {"revision": 1, "version": 1})
    client.force_login(cast.editor)
    quoted = "陈某（13900001111）已当日认领。"
    said = text_of(client.post(f"{page}accept/", {"revision": 2, "quote": quoted}, follow=True))
    assert "已通过" in said
    assert "通报将印作：" in said
    assert "13900001111" not in said.partition("通报将印作：")[2]
    assert quoted in text_of(client.get(f"/closing/bulletins/{asked.edition_id}/"))
    assert Feedback.objects.count() == 1


def test_who_comes_second_sees_both_versions_and_keeps_what_was_typed(client, cast, here, asked) -> None:
    page = f"/closing/rectifications/{asked.pk}/"
    advance(asked, "save", here, cast.head, texts=ANSWER)
    client.force_login(cast.clerk)
    mine = {"revision": 0, "version": 0, "cause": "我写的原因", "remedy": "", "summary": ""}
    answer = client.post(f"{page}save/", mine)
    assert answer.status_code == 409
    said = text_of(answer)
    assert "刚刚已由他人处理" in said
    assert ANSWER.cause in said
    assert "我写的原因" in said
    again = re.search(r'name="revision" value="(\d+)"', answer.content.decode())
    assert again
    client.post(f"{page}save/", mine | {"revision": again[1], "version": 1})
    assert Feedback.objects.get(no=2).cause == "我写的原因"


def test_what_was_typed_is_shown_even_where_the_form_is_gone(client, cast, here, asked) -> None:
    advance(asked, "hand_in", here, cast.head, texts=ANSWER)
    client.force_login(cast.clerk)
    typed = {"revision": 0, "version": 0, "cause": "我写的原因", "remedy": "", "summary": ""}
    said = text_of(client.post(f"/closing/rectifications/{asked.pk}/save/", typed))
    assert "您刚才填写的，没有保存" in said
    assert "我写的原因" in said


def test_sent_back_without_a_reason_keeps_the_page(client, cast, here, asked) -> None:
    advance(asked, "hand_in", here, cast.head, texts=ANSWER)
    client.force_login(cast.editor)
    url = f"/closing/rectifications/{asked.pk}/send_back/"
    answer = client.post(url, {"revision": 1, "note": " "})
    assert answer.status_code == 409
    assert "“退回修改”请写明理由" in text_of(answer)


def test_late_answers_stand_on_the_supervision_desk(client, cast, asked, monkeypatch) -> None:
    late = make.at(3, 23)
    monkeypatch.setattr(timezone, "now", lambda: late)
    client.force_login(cast.supervisor)
    said = text_of(client.get("/supervision/?list=rectify"))
    assert "整改反馈逾期 1" in said
    assert "云溪县水务局" in said
    assert "逾期 1" in text_of(client.get("/closing/"))


def test_a_notice_leads_to_its_page(client, cast, asked, now) -> None:
    key = f"rectification:{asked.pk}:9"
    line = Notice.objects.create(user=cast.clerk, rule="rectify.ask", key=key, text="请反馈", created_at=now)
    client.force_login(cast.clerk)
    answer = client.post(f"/notices/{line.pk}/read/")
    assert answer.headers["Location"] == f"/closing/rectifications/{asked.pk}/"


def test_the_units_page_says_nothing_of_a_protected_reporter(client, cast, edition, here) -> None:
    known = PersonData(name="贾宝山", phone="13900007788")
    secret = make.case("某站偷排", status="closed", secret=True, caller=known)
    row = ask(edition, here, cast.editor)
    Rectification.objects.filter(pk=row.pk).update(problem=f"贾宝山反映的 {secret.number} 拖延")
    for who, shown in ((cast.clerk, False), (cast.editor, True)):
        client.force_login(who)
        said = text_of(client.get(f"/closing/rectifications/{row.pk}/"))
        assert "拖延" in said
        assert ("贾宝山" in said) is shown


def test_the_bulletin_links_to_the_answers_for_the_office(client, cast, edition) -> None:
    for who, shown in ((cast.editor, True), (cast.clerk, False)):
        client.force_login(who)
        page = client.get(f"/bulletins/{edition.pk}/").content.decode()
        assert (f"/closing/bulletins/{edition.pk}/" in page) is shown


def test_the_pages_ask_little(client, cast, here, edition, asked, django_assert_max_num_queries) -> None:
    for _ in range(3):
        make.case(status="dispatched", received=make.at(3, 2), unit="housing")
    advance(asked, "hand_in", here, cast.head, texts=ANSWER)
    pages = [f"/closing/bulletins/{edition.pk}/", f"/closing/rectifications/{asked.pk}/", "/closing/"]
    client.force_login(cast.editor)
    for page in pages:
        client.get(page)  # the figures of the period are kept once they were asked
        with django_assert_max_num_queries(12):
            client.get(page)
