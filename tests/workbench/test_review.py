"""审核台: what the reviewer sees, decides, and is told."""

import html
import re

import pytest

from huiying.cases.models import Case, Reply
from tests import make

pytestmark = pytest.mark.django_db

REQUEST = "石桥镇东街自来水浑浊已有三天，烧开后有沉淀，请尽快派人检修供水管道。"
EMPTY = "您好，供水问题已安排相关部门处理，联系人电话13900005678。"


def text_of(answer) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode()))


def written(case, answer=EMPTY, no=1):
    task = case.assignments.get(no=1)
    return Reply.objects.create(assignment=task, no=no, public_answer=answer, drafted_at=make.at(3, 2))


def send_back(client, case, **changes):
    given = {"seq": case.seq, "verdict": "send_back", "reason": "empty", "note": "请写明结果"} | changes
    return client.post(f"/review/{case.number}/1/", given)


@pytest.fixture
def reviewer(client, cast):
    client.force_login(cast.reviewer)
    return client


def test_the_queue_says_what_waits_and_whose_came_back(reviewer, cast, django_assert_max_num_queries) -> None:
    for n in range(8):
        make.case(f"第{n}件", status="reviewing", unit=("water", "market")[n % 2])
    make.step(back := make.case("退回的", status="reviewing"), "send_back", on=1, reason="empty")
    with django_assert_max_num_queries(12):
        page = reviewer.get("/review/")
    said = text_of(page)
    assert "8 件" in said
    assert "3月退回重办" in said
    assert back.number not in said
    fragment = reviewer.get("/review/", headers={"HX-Request": "true"}).content.decode()
    assert fragment.strip().startswith("<section")
    assert fragment.strip() in page.content.decode()


def test_an_empty_queue_says_so(reviewer) -> None:
    assert "没有待审核的答复" in text_of(reviewer.get("/review/"))


def test_the_answer_stands_beside_the_request_with_the_findings_marked(
    reviewer, django_assert_max_num_queries
) -> None:
    case = make.case(status="reviewing", body=REQUEST)
    written(case)
    with django_assert_max_num_queries(15):
        page = reviewer.get(f"/review/{case.number}/1/")
    assert '<mark class="w3" title="含个人信息">13900005678</mark>' in page.content.decode()
    said = text_of(page)
    for words in (REQUEST, "只说转给别人办", "已安排相关部门处理", "没有与群众联系的记录", "应退回"):
        assert words in said, words


def test_what_is_no_fault_is_shown_apart_with_its_points(reviewer) -> None:
    case = make.case(status="reviewing", body=REQUEST)
    written(case, "您好，三月三日我局到现场查看，东街供水管道破损，已更换管道十二米，水质恢复正常。")
    page = reviewer.get(f"/review/{case.number}/1/")
    said = text_of(page)
    assert "得分细目" in said
    assert "没有结束语、落款或日期" in said
    assert not {each.check for each, _, _ in page.context["findings"]} & {"detail", "coverage", "fullness"}
    taken = [each.weight for each, _, _ in (*page.context["findings"], *page.context["grades"])]
    assert page.context["score"] == 100 - sum(taken)
    assert f"−{page.context['graded']} 分" in said


def test_a_contact_recorded_by_itself_counts_as_one(reviewer) -> None:
    case = make.case(status="handling")
    make.step(
        case, "contact", on=1, note="电话告知诉求人停水时间", result="reached", way="phone", aim="facts"
    )
    make.step(case, "answer", on=1)
    written(case)
    said = text_of(reviewer.get(f"/review/{case.number}/1/"))
    assert said.count("电话告知诉求人停水时间") == 1
    assert "没有与群众联系的记录" not in said
    task = case.assignments.get()
    Reply.objects.filter(assignment=task).update(contact_record="电话告知诉求人停水时间。")
    assert text_of(reviewer.get(f"/review/{case.number}/1/")).count("电话告知诉求人停水时间") == 1


def test_released_and_on_to_the_next(reviewer) -> None:
    first, second = (make.case(f"第{n}件", status="reviewing", received=make.at(3, n)) for n in (1, 2))
    answer = reviewer.post(f"/review/{first.number}/1/", {"seq": first.seq, "verdict": "release"})
    assert answer.url == f"/review/{second.number}/1/"
    assert Case.objects.get(pk=first.pk).status == "answered"
    answer = reviewer.post(f"/review/{second.number}/1/", {"seq": second.seq, "verdict": "release"})
    assert answer.url == "/review/"
    assert "的答复已发布" in text_of(reviewer.get("/review/"))


def test_sent_back_with_reason_and_words_on_the_case_page(reviewer) -> None:
    case = make.case(status="reviewing")
    assert send_back(reviewer, case).status_code == 302
    said = text_of(reviewer.get(f"/cases/{case.number}/"))
    assert "退回重办：没有说明办理结果" in said
    assert "请写明结果" in said


def test_without_a_reason_nothing_is_sent_back_and_the_words_stay(reviewer) -> None:
    case = make.case(status="reviewing")
    page = send_back(reviewer, case, reason="", note="请写明更换了哪一段管道")
    assert page.status_code == 409
    assert "请选择退回的理由" in text_of(page)
    assert "请写明更换了哪一段管道" in text_of(page)
    assert Case.objects.get().status == "reviewing"


def test_who_judged_an_older_version_sees_both_and_keeps_the_words(reviewer) -> None:
    case = make.case(status="reviewing")
    written(case, "旧的一稿")
    make.step(case, "send_back", on=1, reason="empty")
    make.step(case, "answer", on=1)
    written(case, "新的一稿", no=2)
    page = send_back(reviewer, case, seq=case.seq - 2, reply=1, note="请补充水质结果")
    said = text_of(page)
    assert page.status_code == 409
    for words in (
        "刚刚被他人处理过",
        "您刚才看的是第 1 稿，现为第 2 稿",
        "旧的一稿",
        "新的一稿",
        "请补充水质结果",
    ):
        assert words in said, words


def test_what_somebody_else_released_shows_no_buttons_but_keeps_the_words(reviewer) -> None:
    case = make.case(status="answered")
    page = send_back(reviewer, case, seq=case.seq - 1, note="请补充水质结果")
    said = text_of(page)
    assert "不待审核" in said
    assert "请补充水质结果" in said
    assert 'name="verdict"' not in page.content.decode()


def test_only_reviewers_come_in_and_see_it_in_the_menu(client, cast) -> None:
    case = make.case(status="reviewing")
    for user in cast.everybody():
        client.force_login(user)
        wanted = 200 if user == cast.reviewer else 403
        assert client.get("/review/").status_code == wanted, user
        assert client.get(f"/review/{case.number}/1/").status_code == wanted, user
        assert ("审核台" in text_of(client.get("/cases/"))) == (user == cast.reviewer), user


@pytest.mark.parametrize("seq", ["", "x", "²", "99999999999"])
def test_a_broken_form_changes_nothing(reviewer, seq) -> None:
    case = make.case(status="reviewing")
    assert send_back(reviewer, case, seq=seq).status_code == 409
    assert reviewer.get(f"/review/{case.number}/7/").status_code == 404
    assert Case.objects.get().status == "reviewing"
