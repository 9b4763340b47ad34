"""标准用语: edited with a preview, and offered wherever something is written."""

import html
import re

import pytest

from huiying.accounts.models import Trail
from huiying.cases.models import Case, Nature, Topic
from huiying.cases.moves import MOVES
from huiying.knowledge import standard_texts
from huiying.knowledge.models import StandardText
from huiying.workbench import move_forms
from huiying.workbench.standard_texts import WRITTEN_ELSEWHERE, writing_moves
from tests import make

pytestmark = pytest.mark.django_db
FORM = {"code": "opening", "name": "开头", "move": "draft_reply", "order": "1", "active": "on"}


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


@pytest.fixture
def keep(cast):
    """`keep(name, text, move=…)` is a text of the place."""

    def keep(name, text, **about):
        row = StandardText(code=name, name=name, text=text, **about)
        standard_texts.revise(row, seen="", by=cast.admin, at=make.at(3, 15))
        return row

    return keep


@pytest.fixture
def look(client):
    """`look(user, address)` is that page as the person gets it."""

    def look(user, address):
        client.force_login(user)
        return client.get(address)

    return look


@pytest.fixture
def admin(client, cast):
    client.force_login(cast.admin)
    return client


# The settings


def test_the_pages_are_for_the_administrator_alone_and_cheap(
    client, cast, keep, django_assert_max_num_queries
) -> None:
    row = keep("催办", "请抓紧。", move="urge", topic=Topic.objects.get(path="phone/城乡建设/供水"))
    make.case(status="handling")
    for url in ("/settings/texts/", "/settings/texts/new/", f"/settings/texts/{row.pk}/"):
        for user in cast.everybody():
            client.force_login(user)
            if user != cast.admin:
                assert client.get(url).status_code == 403, user
        client.force_login(cast.admin)
        with django_assert_max_num_queries(12):
            assert client.get(url).status_code == 200


def test_a_new_text_is_kept_listed_and_told_to_the_trail(admin) -> None:
    page = admin.post("/settings/texts/new/", FORM | {"text": "您的诉求（{诉求件编号}）："}, follow=True)
    said = text_of(page)
    assert "已保存“开头”" in said
    assert "公开答复" in said
    assert StandardText.objects.get().text == "您的诉求（{诉求件编号}）："
    assert Trail.objects.get().subject == "标准用语：开头"
    assert "标准用语 1 条在用" in text_of(admin.get("/settings/"))
    assert "没有找到" in text_of(admin.get("/settings/texts/?q=没有的词"))


def test_a_placeholder_that_is_none_is_refused_with_the_near_one(admin) -> None:
    page = admin.post("/settings/texts/new/", FORM | {"text": "您的诉求（{诉求编号}）："})
    said = text_of(page)
    assert "没有“{诉求编号}”这个空。您是否要找：诉求件编号？" in said
    assert "您的诉求（{诉求编号}）：" in said  # what was typed stays
    assert not StandardText.objects.exists()


def test_the_second_of_two_administrators_sees_both_texts(admin, keep) -> None:
    row = keep("催办", "请抓紧。", move="urge")
    url = f"/settings/texts/{row.pk}/"
    seen = re.findall(r'name="seen" value="([^"]*)"', admin.get(url).content.decode())[0]
    form = {"name": "催办", "move": "urge", "order": "0", "active": "on", "seen": seen}
    admin.post(url, form | {"text": "请尽快办理。"})
    page = admin.post(url, form | {"text": "请马上办理。"}).content.decode()
    assert "刚刚已被别人改过" in page
    assert "<dd>请尽快办理。</dd>" in page
    assert "请马上办理。</textarea>" in page
    assert StandardText.objects.get().text == "请尽快办理。"


def test_the_preview_is_of_a_sample_or_of_the_case_chosen(admin) -> None:
    case = make.case(status="handling")
    form = FORM | {"text": "{诉求件编号}由{承办单位}（{单位电话}）于{办理时限}前办理。"}

    def shown(**more) -> str:
        page = admin.post("/settings/texts/new/", form | more, headers={"HX-Request": "true"})
        assert "<html" not in page.content.decode()
        return text_of(page)

    assert "RX2022030001由水务局（单位登记的电话）于2022年3月15日前办理。 按样例填写。" in shown()
    said = shown(case=case.number)
    assert (
        f"{case.number}由云溪县水务局（〔单位电话〕）于2022年3月15日前办理。 按 {case.number} 填写。" in said
    )
    assert "没有内容的空留着〔〕" in said
    assert "没有编号为“R9”的诉求件" in shown(case="R9")
    assert "没有“{局}”这个空" in shown(text="{局}")
    assert "这里就显示填好的样子" in shown(text=" ")
    assert not StandardText.objects.exists()


def test_the_preview_works_with_scripts_off_and_is_part_of_the_page(admin) -> None:
    form = FORM | {"text": "请致电{办公电话}。", "case": ""}
    page = admin.post("/settings/texts/new/", form | {"do": "preview"}).content.decode()
    piece = admin.post("/settings/texts/new/", form, headers={"HX-Request": "true"}).content.decode()
    assert piece.strip() in page
    assert "请致电{办公电话}。</textarea>" in page
    assert not StandardText.objects.exists()


def test_every_move_with_a_text_may_have_standard_texts() -> None:
    noted = {name for name in move_forms.FORMS for f in move_forms.fields(name) if f.kind == "note"}
    assert set(writing_moves()) == noted | set(WRITTEN_ELSEWHERE)
    assert set(writing_moves()) <= set(MOVES)


# Where something is written


def test_the_case_page_offers_them_beside_the_field_of_the_move(look, cast, keep) -> None:
    keep("任何环节", "任何。")
    keep("催办供水", "{诉求件编号}：请{承办单位}在{办理时限}前办结。", move="urge")
    case = make.case(status="handling")
    page = look(cast.supervisor, f"/cases/{case.number}/")
    said = text_of(page)
    assert f"{case.number}：请云溪县水务局在2022年3月15日前办结。" in said
    assert 'data-insert="urge-0-note"' in page.content.decode()
    urge = said.split("催办内容")[1].split("督办要求")[0]
    assert urge.index("催办供水") < urge.index("任何环节")


@pytest.mark.parametrize(
    ("move", "who", "status", "address", "field"),
    [
        ("draft_reply", "clerk", "handling", "/cases/{n}/task/1/", "public-answer"),
        ("ask_return", "clerk", "handling", "/cases/{n}/task/1/", "return-basis"),
        ("ask_extension", "clerk", "handling", "/cases/{n}/task/1/", "extension-reason"),
        ("contact", "clerk", "handling", "/cases/{n}/task/1/", "said"),
        ("send_back", "reviewer", "reviewing", "/review/{n}/1/", "note"),
        ("refuse_return", "dispatcher", "returning", "/rulings/", None),
        ("designate", "dispatcher", "returning", "/rulings/", None),
        ("dispatch", "dispatcher", "received", "/dispatch/{n}/", "note"),
        ("supervise", "supervisor", "handling", "/supervision/{n}/letter/", "text"),
        ("direct_answer", "operator", "received", "/intake/", "answer"),
        ("refuse", "operator", "received", "/intake/", "told"),
    ],
)
def test_every_page_with_a_text_offers_its_own(look, cast, keep, move, who, status, address, field) -> None:
    keep("本环节", f"关于{move}，请按规定办理。", move=move)
    keep("别的环节", "这里不列。", move="terminate")
    case = make.case(status=status, received=make.at(3, 14, 8))
    page = look(getattr(cast, who), address.format(n=case.number))
    assert page.status_code == 200
    said = text_of(page)
    assert f"关于{move}，请按规定办理。" in said
    assert "这里不列" not in said
    assert f'data-insert="{field or move}' in page.content.decode()


def test_pages_with_texts_ask_no_more_of_the_database(client, cast, keep, django_assert_max_num_queries):
    for n in range(5):
        keep(f"用语{n}", "{诉求件编号}由{承办单位}办理。")
    for who, status, address in (
        ("dispatcher", "handling", "/cases/{n}/"),
        ("clerk", "handling", "/cases/{n}/task/1/"),
        ("reviewer", "reviewing", "/review/{n}/1/"),
    ):
        url = address.format(n=make.case(status=status).number)
        client.force_login(getattr(cast, who))
        client.get(url)
        with django_assert_max_num_queries(15):
            client.get(url)


# At the desk


@pytest.fixture
def take(client, cast):
    """`take(way, **form)` sends the form of the desk."""

    def take(way="", **form):
        client.force_login(cast.operator)
        base = {"key": "k1", "title": "东街何时供水", "channel": "hotline", "nature": "inquiry"}
        base |= {"topic": "phone/城乡建设/供水"}
        return client.post("/intake/", base | form | ({"way": way} if way else {}), follow=True)

    return take


def test_the_desk_offers_by_what_is_chosen_so_far(take, keep) -> None:
    keep("咨询结尾", "以上供参考。", move="direct_answer", nature=Nature.objects.get(code="inquiry"))
    assert "以上供参考。" in text_of(take())
    assert "以上供参考。" not in text_of(take(nature="complaint"))


def test_the_number_is_filled_in_when_the_case_has_one(take) -> None:
    take("answer", answer="今晚恢复供水。\n编号〔诉求件编号〕，可查询。")
    case = Case.objects.get()
    assert case.texts.get(kind="note").text == f"今晚恢复供水。\n编号{case.number}，可查询。"


def test_a_text_with_an_open_place_is_not_sent_and_stays(take) -> None:
    page = take("answer", answer="请致电〔单位电话〕。")
    assert page.status_code == 409
    assert "“答复内容”里还有没填的空：〔单位电话〕" in text_of(page)
    assert "请致电〔单位电话〕。</textarea>" in page.content.decode()
    assert not Case.objects.exists()


def test_a_move_and_a_reply_with_an_open_place_are_not_sent(client, cast) -> None:
    case = make.case(status="handling", received=make.at(3, 14, 8))
    client.force_login(cast.supervisor)
    page = client.post(
        f"/cases/{case.number}/moves/urge/", {"seq": case.seq, "on": "0", "note": "请于〔办理时限〕前办。"}
    )
    assert "“催办内容（可不填）”里还有没填的空" in text_of(page)
    assert "请于〔办理时限〕前办。</textarea>" in page.content.decode()
    client.force_login(cast.head)
    page = client.post(
        f"/cases/{case.number}/task/1/answer/",
        {"seq": case.seq, "handling_report": "好", "public_answer": "请致电〔单位电话〕。"},
    )
    assert "“公开答复”里还有没填的空" in text_of(page)
    assert "请致电〔单位电话〕。</textarea>" in page.content.decode()
