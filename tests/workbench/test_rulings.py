"""退办与延期: the requests and the decisions on them."""

from __future__ import annotations

import html
import re

import pytest

from huiying.cases.models import Case
from tests import make

pytestmark = pytest.mark.django_db


def text_of(answer) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.fixture
def desk(client, cast):
    client.force_login(cast.dispatcher)
    return client


@pytest.fixture
def asked(cast) -> Case:
    case = make.case(status="dispatched", received=make.at(3, 14))
    note = "管网维护属住建部门，见三定规定第四条"
    make.step(case, "ask_return", on=1, reason="not_ours", proposed="housing", note=note)
    return case


def url(case: Case, name: str) -> str:
    return f"/rulings/{case.number}/1/{name}/"


def test_a_request_is_shown_with_reason_basis_proposal_and_clock(desk, asked) -> None:
    said = text_of(desk.get("/rulings/"))
    for words in ("云溪县水务局 申请退办", "不属于本单位职责", "见三定规定第四条", "云溪县住建局", "裁定"):
        assert words in said


def test_it_is_redirected_to_the_unit_typed(desk, asked) -> None:
    given = {"seq": asked.seq, "lead": "云溪县住建局"}
    said = text_of(desk.post(url(asked, "redirect_return"), given, follow=True))
    assert f"{asked.number}：已改派。" in said
    assert "没有待裁定" in said
    asked.refresh_from_db()
    assert asked.lead.unit.code == "housing"


def test_it_is_redirected_with_units_that_help(desk, asked) -> None:
    given = {"seq": asked.seq, "lead": "云溪县住建局", "co": ["石桥镇", "", "云溪县水务"], "note": "请到现场"}
    answer = desk.post(url(asked, "redirect_return"), given)
    assert answer.status_code == 409
    assert "您是否要找：云溪县水务局" in text_of(answer)
    form = answer.context["rows"][0].forms[0]
    assert (form.lead, form.co, form.note) == ("云溪县住建局", ["石桥镇", "云溪县水务", ""], "请到现场")
    desk.post(url(asked, "redirect_return"), given | {"co": ["石桥镇", "枫林乡"]})
    given_now = [(t.unit.code, t.role) for t in asked.assignments.exclude(status="returned")]
    assert given_now == [("housing", "lead"), ("stone", "co"), ("maple", "co")]


@pytest.mark.parametrize(
    ("name", "status"),
    [("agree_return", "received"), ("refuse_return", "dispatched"), ("designate", "dispatched")],
)
def test_each_decision_leads_where_it_says(desk, asked, name, status) -> None:
    desk.post(url(asked, name), {"seq": asked.seq, "note": "经核对职责"})
    asked.refresh_from_db()
    assert asked.status == status


def test_an_extension_is_granted_to_the_day_in_the_form(desk, cast) -> None:
    case = make.case(status="handling", received=make.at(3, 14))
    make.step(case, "ask_extension", on=1, proposed="2022-04-12", note="等待检测结果")
    page = desk.get("/rulings/")
    assert 'value="2022-04-12"' in page.content.decode()
    assert "等待检测结果" in text_of(page)
    desk.post(url(case, "grant_extension"), {"seq": case.seq, "until": "2022-04-08"})
    assert Case.objects.get(pk=case.pk).due_at == make.at(4, 9, 0)


def test_a_refusal_without_reason_is_refused_and_the_form_stays_open(desk, asked) -> None:
    answer = desk.post(url(asked, "refuse_return"), {"seq": asked.seq, "note": " "})
    assert answer.status_code == 409
    assert "请填写“理由”" in text_of(answer)
    assert '<details class="move" open>' in answer.content.decode()


def test_the_second_to_decide_is_told_and_keeps_the_words(desk, asked) -> None:
    seen = asked.seq
    make.step(asked, "agree_return", on=1)
    answer = desk.post(url(asked, "refuse_return"), {"seq": seen, "note": "职责清单第三项"})
    said = text_of(answer)
    assert answer.status_code == 409
    assert "刚刚被他人处理过" in said
    assert "职责清单第三项" in said


def test_leader_and_supervisor_see_what_escalates_but_do_not_decide(client, cast) -> None:
    case = make.case(status="dispatched")
    for no, after in enumerate(("housing", "market"), 1):
        make.step(case, "ask_return", on=no, reason="not_ours")
        make.step(case, "redirect_return", on=no, units=[{"unit": after, "role": "lead"}])
    make.step(case, "ask_return", on=3, reason="not_ours")
    for user in (cast.leader, cast.supervisor):
        client.force_login(user)
        page = client.get("/rulings/")
        assert "已有 3 个单位申请退办" in text_of(page)
        assert '<details class="move"' not in page.content.decode()
        answer = client.post(f"/rulings/{case.number}/3/agree_return/", {"seq": case.seq})
        assert "由派单员办理" in text_of(answer)


def test_others_are_told_whose_page_it_is(client, cast) -> None:
    may = {cast.dispatcher, cast.supervisor, cast.leader}
    for user in cast.everybody():
        client.force_login(user)
        assert client.get("/rulings/").status_code == (200 if user in may else 403)


def test_the_list_asks_the_database_at_most_twelve_times(desk, django_assert_max_num_queries) -> None:
    for _ in range(6):
        make.case(status="returning")
    with django_assert_max_num_queries(12):
        desk.get("/rulings/")


def test_no_other_move_is_made_here(desk, asked) -> None:
    assert desk.post(url(asked, "register"), {"seq": asked.seq}).status_code == 404
    said = text_of(desk.post(url(asked, "recall"), {"seq": asked.seq, "note": "…"}))
    assert "不是对退办或延期的裁定" in said
