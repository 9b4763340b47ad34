"""The page of one task: writing, approving, contact, files, parts, requests."""

import html
import re
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from huiying.accounts.models import Unit
from huiying.cases import place
from huiying.cases.models import Attachment, ClockRule, Reply
from huiying.replies.models import Handling
from tests import make

pytestmark = pytest.mark.django_db
TEXTS = {
    "handling_report": "更换了老化管段。",
    "contact_record": "电话告知。",
    "public_answer": "您好，管段已经更换。",
}


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


@pytest.fixture(autouse=True)
def _files(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def case(cast):
    return make.case(status="handling", received=make.at(3, 14, 8))


@pytest.fixture
def do(client):
    """`do(user, case, "draft", …)` sends a form of the page as that person saw the case."""

    def do(user, case, name, *, on=1, seen=None, **given):
        client.force_login(user)
        case.refresh_from_db()
        seq = case.seq if seen is None else seen
        return client.post(f"/cases/{case.number}/task/{on}/{name}/", {"seq": seq, **given})

    return do


@pytest.fixture
def look(client):
    def look(user, case, on=1):
        client.force_login(user)
        return client.get(f"/cases/{case.number}/task/{on}/")

    return look


def test_request_and_reply_stand_beside_each_other(look, cast, case) -> None:
    said = text_of(look(cast.clerk, case))
    for words in (
        case.title,
        "已有三天",
        "何某某 139****1234",
        "办理情况",
        "公开答复",
        "申请退办",
        "申请延期",
    ):
        assert words in said, words
    assert "直接反馈" not in said


def test_what_is_to_be_done_stands_before_the_files_which_the_request_names(look, cast) -> None:
    case = make.case(status="dispatched")
    Attachment.objects.create(case=case, seq=1, name="照片", content_type="t", size=6, sha256="0" * 64)
    page = look(cast.clerk, case).content.decode()
    assert page.index('href="#files">1 个') < page.index('id="to-claim"') < page.index('id="files"')


def test_who_may_open_it(look, cast, case) -> None:
    reached = {
        name for name in cast.__dataclass_fields__ if look(getattr(cast, name), case).status_code == 200
    }
    assert reached == {"clerk", "head"}
    assert look(cast.clerk, case, on=7).status_code == 404


@pytest.fixture
def two_days(town) -> None:
    """A unit may ask for a return in two working days."""
    ClockRule.objects.create(
        code="ask", name="两个工作日内退办", kind="ask_return", amount=2, unit="working_days",
        starts="assigned", source="云溪县热线办理规程第二条", valid_from=date(2020, 1, 1),
    )  # fmt: skip
    place.forget()


def test_the_right_to_ask_a_return_lapses_without_alarm_and_may_be_used_all_the_same(
    cast, two_days, look
) -> None:
    case = make.case(status="dispatched", received=make.at(3, 1))
    said = text_of(look(cast.clerk, case))
    assert "申请退办 已过申请期" in said
    assert "申请退办时限 2022-03-03 已过，仍可申请，由办公室裁定" in said
    page = look(cast.clerk, make.case(status="dispatched", received=make.at(3, 15, 9)))
    assert "已过申请期" not in text_of(page)


def test_on_the_case_page_a_lapsed_right_is_grey(cast, two_days, client) -> None:
    case = make.case(status="dispatched", received=make.at(3, 1))
    client.force_login(cast.dispatcher)
    page = client.get(f"/cases/{case.number}/").content.decode()
    assert '<span class="badge still">已过申请期</span>' in page
    assert "申请退办时限" in page


def test_a_month_in_the_unit_is_worked_from_the_page(do, look, cast, case) -> None:
    """Contact, draft, sent back, drafted again, approved, handed in: every form once, in order."""
    talk = {"talked_at": "2022-03-15T09:30", "who": "陈静", "way": "phone", "aim": "ask", "result": "reached"}
    assert do(cast.clerk, case, "contact", **talk, said="请其拍照。").status_code == 302
    assert "请其拍照。</textarea>" in look(cast.clerk, case).content.decode()  # begins the contact record
    assert "请先申请退办：保存以后不能再退" in text_of(look(cast.clerk, case))
    assert do(cast.clerk, case, "draft", **TEXTS).status_code == 302
    assert "保存以后不能再退" not in text_of(look(cast.clerk, case))
    assert do(cast.head, case, "revise", revise_note="写明日期。").status_code == 302
    assert "退回意见： 写明日期。" in text_of(look(cast.clerk, case))
    assert do(cast.clerk, case, "draft", **TEXTS | {"handling_report": "3月14日更换。"}).status_code == 302
    assert "写明日期" not in text_of(look(cast.clerk, case)).split("与群众联系")[0]
    assert do(cast.head, case, "approve").status_code == 302
    assert "单位负责人已审签第 2 稿" in text_of(look(cast.clerk, case))
    assert do(cast.clerk, case, "submit").status_code == 302
    case.refresh_from_db()
    assert case.status == "reviewing"
    assert [(r.no, r.handling_report) for r in Reply.objects.all()] == [
        (1, "更换了老化管段。"),
        (2, "3月14日更换。"),
    ]


def test_a_head_who_typed_and_then_approves_is_asked_to_save_first(do, cast, case) -> None:
    do(cast.clerk, case, "draft", **TEXTS)
    answer = do(cast.head, case, "approve", **TEXTS | {"public_answer": "您好，已于3月14日修好。"})
    assert answer.status_code == 409
    assert "您改动了文稿，还没有保存" in text_of(answer)
    assert "已于3月14日修好。</textarea>" in answer.content.decode()
    assert do(cast.head, case, "approve", **TEXTS).status_code == 302


def test_what_a_head_changed_goes_back_with_the_draft_and_the_clerk_sees_it(do, look, cast, case) -> None:
    do(cast.clerk, case, "draft", **TEXTS)
    written = TEXTS | {"public_answer": "您好，已于3月14日修好。"}
    assert do(cast.head, case, "revise", revise_note="核对日期。", **written).status_code == 302
    page = look(cast.clerk, case).content.decode()
    assert "已于3月14日修好。</textarea>" in page
    assert "<p>您好，<del>管段已经更换。</del><ins>已于3月14日修好。</ins></p>" in page
    assert page.count("<h4>公开答复</h4>") == 2  # among what was changed, and in the draft of before
    assert [(r.no, r.author, r.public_answer) for r in Reply.objects.order_by("no")] == [
        (1, cast.clerk, TEXTS["public_answer"]),
        (2, cast.head, written["public_answer"]),
    ]


def test_a_head_who_sends_back_without_a_change_or_without_a_note_makes_no_draft(do, cast, case) -> None:
    do(cast.clerk, case, "draft", **TEXTS)
    refused = do(cast.head, case, "revise", revise_note="", **TEXTS | {"public_answer": "改过的"})
    assert "改过的</textarea>" in refused.content.decode()
    assert do(cast.head, case, "revise", revise_note="写明日期。", **TEXTS).status_code == 302
    assert Reply.objects.count() == 1


def test_a_head_overtaken_by_the_approval_of_another_keeps_note_and_texts(do, cast, case) -> None:
    do(cast.clerk, case, "draft", **TEXTS)
    case.refresh_from_db()
    seen = case.seq
    do(make.person("gaolin", "高林", "head", unit="water"), case, "approve")
    written = TEXTS | {"public_answer": "改过的答复"}
    answer = do(cast.head, case, "revise", seen=seen, revise_note="写明日期。", **written)
    assert answer.status_code == 409
    assert "写明日期。</textarea>" in answer.content.decode()
    assert "您刚才填写的（没有提交成功） 公开答复 改过的答复" in text_of(answer)


def test_of_two_clerks_the_second_keeps_the_typed_words_and_sees_both(do, look, cast, case) -> None:
    second = make.person("linxia", "林夏", "clerk", unit="water")
    seen = case.seq
    assert do(cast.clerk, case, "draft", **TEXTS).status_code == 302
    mine = {"handling_report": "我写的<情况>", "contact_record": "", "public_answer": "我写的答复"}
    answer = do(second, case, "draft", seen=seen, **mine)
    page = answer.content.decode()
    case.refresh_from_db()
    assert answer.status_code == 409
    assert "刚刚被他人处理过" in text_of(answer)
    assert "我写的&lt;情况&gt;</textarea>" in page
    assert "现在保存的是第 1 稿（陈静）：" in text_of(answer)
    assert "您好，管段已经更换。" in page
    assert f'name="seq" value="{case.seq}"' in page  # sent again, it counts
    assert Reply.objects.count() == 1
    assert do(second, case, "draft", **mine).status_code == 302
    assert Reply.objects.order_by("no").last().author == second


def test_a_double_click_hands_in_once(do, cast) -> None:
    Unit.objects.filter(code="water").update(one_person=True)
    make.place.forget()
    case = make.case(status="handling")
    seen = case.seq
    assert do(cast.clerk, case, "answer", seen=seen, **TEXTS).status_code == 302
    assert do(cast.clerk, case, "answer", seen=seen, **TEXTS).status_code == 409
    assert Reply.objects.count() == 1


def test_a_unit_of_one_sees_no_approval(look, cast) -> None:
    Unit.objects.filter(code="water").update(one_person=True)
    make.place.forget()
    said = text_of(look(cast.clerk, make.case(status="handling")))
    assert "直接反馈" in said
    assert "由单位负责人审签" not in said


@pytest.mark.parametrize(
    ("name", "given", "said", "kept"),
    [
        ("draft", {"handling_report": "", "public_answer": " "}, "没有可保存的内容", ""),
        ("revise", {"revise_note": ""}, "修改意见", ""),
        ("contact", {"talked_at": "昨天", "said": "通了话"}, "请填写联系时间", "通了话</textarea>"),
        ("ask_return", {"return_reason": "", "return_basis": "条例"}, "退办理由", "条例</textarea>"),
        ("ask_extension", {"until": "", "extension_reason": "等管材"}, "哪一天", "等管材</textarea>"),
        (
            "ask_extension",
            {"until": "2022-03-16", "extension_reason": "等"},
            "并不晚于原时限",
            "等</textarea>",
        ),
        ("give", {"part_to": "", "part_note": "看图"}, "分办给谁", ""),
        ("attach", {}, "请选择要上传的文件", ""),
    ],
)
def test_an_incomplete_form_is_told_what_is_missing_and_keeps_the_rest(
    do, cast, case, name, given, said, kept
) -> None:
    answer = do(cast.clerk, case, name, **given)
    assert answer.status_code == 409
    assert said in text_of(answer)
    assert kept in answer.content.decode()


def test_return_and_extension_are_asked_here(do, look, cast, case) -> None:
    given = {"until": "2022-04-20", "extension_reason": "等管材"}
    assert 'min="2022-03-29"' in look(cast.clerk, case).content.decode()  # the limit is the 28th
    assert do(cast.clerk, case, "ask_extension", **given).status_code == 302
    given = {"return_reason": "not_ours", "return_basis": "三定方案", "return_proposed": "housing"}
    other = make.case(status="dispatched", received=make.at(3, 15, 8))
    assert do(cast.clerk, other, "ask_return", **given).status_code == 302
    assert "建议" not in text_of(look(cast.clerk, other)).split("申请退办：")[0]
    assert do(cast.clerk, other, "drop_return").status_code == 302
    assert do(cast.clerk, other, "claim").status_code == 302


def test_files_go_up_and_come_down_to_whoever_may_see_the_case(client, do, cast, case) -> None:
    file = SimpleUploadedFile("现场 照片.jpg", b"\xff\xd8\xff\xe0 ...")
    assert do(cast.clerk, case, "attach", files=[file]).status_code == 302
    row = Attachment.objects.get()
    url = f"/cases/{case.number}/files/{row.pk}/"
    for user, status in [
        (cast.clerk, 200),
        (cast.reviewer, 200),
        (cast.other_clerk, 404),
        (cast.section_clerk, 404),
        (cast.stranger, 404),
    ]:
        client.force_login(user)
        answer = client.get(url)
        assert answer.status_code == status
        assert answer.status_code == 404 or b"".join(answer.streaming_content)  # read to its end, it closes
    client.force_login(cast.reviewer)
    answer = client.get(url)
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert b"".join(answer.streaming_content) == b"\xff\xd8\xff\xe0 ..."
    assert url in client.get(f"/cases/{case.number}/").content.decode()
    assert client.get(f"/cases/{case.number}/files/999/").status_code == 404


def test_a_section_does_its_part_and_sees_no_more_than_that(do, look, cast) -> None:
    case = make.case(status="handling", unit="housing")
    section = Unit.objects.get(code="housing-gas")
    assert look(cast.section_clerk, case).status_code == 404
    given = {"part_to": f"unit-{section.pk}", "part_due_on": "2022-03-18", "part_note": "查燃气图。"}
    assert do(cast.other_clerk, case, "give", **given).status_code == 302
    said = text_of(look(cast.section_clerk, case))
    assert "查燃气图。" in said
    assert case.title in said
    assert "公开答复" not in said
    assert "何某某" not in said
    part = Handling.objects.get()
    assert do(cast.section_clerk, case, "draft", **TEXTS).status_code == 409
    answer = do(cast.section_clerk, case, "answer_part", part=part.pk, part_result="没有管线。")
    assert answer.status_code == 302
    assert "没有管线。" in text_of(look(cast.other_clerk, case))
    assert do(cast.other_clerk, case, "withdraw_part", part=part.pk).status_code == 409
    assert do(cast.other_clerk, case, "withdraw_part", part=999).status_code == 404


def test_no_other_act_is_there(do, client, cast, case) -> None:
    assert do(cast.clerk, case, "explode").status_code == 404
    assert client.get(f"/cases/{case.number}/task/1/draft/").status_code == 405


def test_the_unit_sees_what_the_reviewer_will_see_before_it_sends(do, look, cast, case) -> None:
    assert "送审前自查" not in text_of(look(cast.clerk, case))
    do(cast.clerk, case, "draft", **TEXTS | {"public_answer": "已处理。"})
    said = text_of(look(cast.clerk, case))
    assert "送审前自查 第 1 稿" in said
    assert "应退回 完整：" in said
    assert "送审前自查" in text_of(look(cast.head, case))
    type(case).objects.filter(pk=case.pk).update(secret=True)
    assert "送审前自查" not in text_of(look(cast.clerk, case))


def test_the_page_asks_the_database_at_most_fifteen_times(
    do, client, cast, case, django_assert_max_num_queries
) -> None:
    do(cast.clerk, case, "draft", **TEXTS)
    for user in (cast.clerk, cast.head):
        client.force_login(user)
        with django_assert_max_num_queries(15):
            client.get(f"/cases/{case.number}/task/1/")


def test_the_case_page_leads_here(client, cast, case) -> None:
    client.force_login(cast.clerk)
    assert f'href="/cases/{case.number}/task/1/"' in client.get(f"/cases/{case.number}/").content.decode()
    client.force_login(cast.dispatcher)
    assert "/task/" not in client.get(f"/cases/{case.number}/").content.decode()
