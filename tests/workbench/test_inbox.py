"""The unit's inbox: tabs, counts, claiming one or many."""

import html
import re
from datetime import date

import pytest

from huiying.accounts.models import Unit
from huiying.cases.models import Assignment
from huiying.replies import handling
from huiying.workbench import inbox
from tests import make

pytestmark = pytest.mark.django_db


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


@pytest.fixture
def look(client):
    def look(user, tab="", **headers):
        client.force_login(user)
        return client.get("/inbox/", {"tab": tab} if tab else {}, **headers)

    return look


@pytest.fixture
def work(cast) -> dict[str, object]:
    """One case for every tab of the water bureau."""
    cases = {
        "claim": make.case("待认领的一件", status="dispatched", received=make.at(3, 14, 15)),
        "todo": make.case("在办的一件", status="handling", received=make.at(3, 14, 15)),
        "co": make.case(
            "协办的一件", status="handling", unit="housing", co=["water"], received=make.at(3, 14, 15)
        ),
        "back": make.case("退回的一件", status="reviewing", received=make.at(3, 14)),
        "approve": make.case("拟好的一件", status="handling", received=make.at(3, 14)),
        "hand_in": make.case("审签过的一件", status="handling", received=make.at(3, 14)),
        "today": make.case("今天到期的一件", status="handling", nature="inquiry", received=make.at(3, 10)),
        "late": make.case("逾期的一件", status="handling", received=make.at(2, 7)),
        "waiting": make.case("已反馈的一件", status="reviewing", received=make.at(3, 14)),
    }
    for case in cases.values():
        if case.status == "handling":
            make.step(case, "contact", on=1)
    make.step(cases["back"], "send_back", on=1, note="未说明结果")
    make.step(cases["approve"], "draft_reply", on=1)
    make.step(cases["hand_in"], "draft_reply", on=1)
    make.step(cases["hand_in"], "approve_reply", on=1)
    return cases


@pytest.mark.parametrize(
    ("tab", "titles"),
    [
        ("claim", {"待认领的一件", "协办的一件"}),
        ("todo", {"在办的一件", "退回的一件", "拟好的一件", "审签过的一件", "今天到期的一件", "逾期的一件"}),
        ("co", {"协办的一件"}),
        ("back", {"退回的一件"}),
        ("approve", {"拟好的一件"}),
        ("hand_in", {"审签过的一件"}),
        ("today", {"今天到期的一件", "待认领的一件", "协办的一件"}),  # two by the clock of claiming
        ("late", {"逾期的一件"}),
        ("waiting", {"已反馈的一件"}),
        ("parts", set()),
    ],
)
def test_each_tab_holds_its_own_and_counts_them(look, cast, work, tab, titles) -> None:
    answer = look(cast.clerk, tab)
    assert {row.task.case.title for row in answer.context["rows"]} == titles
    assert {each.name: each.count for each in answer.context["tabs"]}[tab] == len(titles)


def test_it_opens_where_something_waits(look, cast, work) -> None:
    assert look(cast.clerk).context["tab"] == "claim"
    assert look(cast.other_clerk).context["tab"] == "todo"
    assert look(cast.section_clerk).context["tab"] == "claim"
    assert "里现在没有件" in text_of(look(cast.section_clerk))
    assert look(cast.clerk, "nonsense").context["tab"] == "claim"


def test_another_units_work_is_not_there(look, cast, work) -> None:
    for user in (cast.section_clerk, cast.stranger, cast.dispatcher):
        assert all(each.count == 0 for each in look(user).context["tabs"])


def test_every_row_tells_its_clocks_in_words(look, cast, work) -> None:
    said = text_of(look(cast.clerk, "claim"))
    assert "认领时限 今天到期" in said
    assert "首次联系" in said
    assert "答复时限" in said
    assert "已逾期" in text_of(look(cast.clerk, "late"))


def test_a_row_tells_that_the_citizen_is_waited_for_and_that_the_clock_rests(look, cast, work) -> None:
    case = work["todo"]
    make.step(case, "contact", on=1, aim="ask")
    assert [row.task.case for row in look(cast.clerk, "todo").context["rows"] if row.awaits_citizen] == [case]
    assert "等诉求人补充" in text_of(look(cast.clerk, "todo"))
    assert "由派单员在案件页办理" in text_of(look(cast.clerk).client.get(f"/cases/{case.number}/task/1/"))
    make.step(case, "pause", on=1, reason="citizen")
    assert "等诉求人补充 办理中 暂停" in " ".join(text_of(look(cast.clerk, "todo")).split())
    make.step(case, "supplement", note="在三楼")
    assert "等诉求人补充" not in text_of(look(cast.clerk, "todo"))


def test_the_fragment_is_the_same_part_of_the_page(look, cast, work) -> None:
    page = look(cast.clerk, "todo").content.decode()
    part = look(cast.clerk, "todo", HTTP_HX_REQUEST="true").content.decode()
    token = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
    assert "<html" not in part
    assert token.sub("", part).strip() in token.sub("", page)


def test_the_inbox_asks_the_database_at_most_twelve_times(
    client, cast, monkeypatch, django_assert_max_num_queries
) -> None:
    monkeypatch.setattr(inbox, "PAGE", 15)
    for _ in range(17):
        make.case(status="dispatched")
    for user in (cast.clerk, cast.head):
        client.force_login(user)
        with django_assert_max_num_queries(12):
            answer = client.get("/inbox/?tab=claim")
        assert len(answer.context["rows"]) == 15
    answer = client.get(answer.context["next"])
    assert len(answer.context["rows"]) == 2
    assert answer.context["previous"]
    assert client.get("/inbox/?tab=claim&page=99").context["rows"]


def test_many_are_claimed_with_one_button_and_each_refusal_is_told(client, cast) -> None:
    cases = [make.case(status="dispatched") for _ in range(3)]
    ticked = [f"{case.assignments.get().pk}-{case.seq}" for case in cases]
    make.step(cases[1], "urge")
    client.force_login(cast.clerk)
    said = text_of(client.post("/inbox/claim/", {"task": [*ticked, "x", "9-", "77777-1"]}, follow=True))
    assert f"已认领 2 件：{cases[0].number}、{cases[2].number}。" in said
    assert f"{cases[1].number} 刚刚被他人处理过" in said
    assert [t.status for t in Assignment.objects.order_by("pk")] == ["claimed", "assigned", "claimed"]
    again = text_of(client.post("/inbox/claim/", {"task": ticked}, follow=True))
    assert again.count("刚刚被他人处理过") == 3


def test_nothing_ticked_and_others_cases_are_told(client, cast) -> None:
    case = make.case(status="dispatched", unit="market")
    client.force_login(cast.clerk)
    assert "没有选中" in text_of(client.post("/inbox/claim/", follow=True))
    given = {"task": f"{case.assignments.get().pk}-{case.seq}"}
    assert "没有选中" in text_of(client.post("/inbox/claim/", given, follow=True))
    assert case.assignments.get().status == "assigned"


def test_a_section_finds_its_parts_with_their_own_dates(look, cast) -> None:
    task = make.case("查管线", status="handling", unit="housing").assignments.get()
    part = handling.give(
        task,
        to=Unit.objects.get(code="housing-gas"),
        due_on=date(2022, 3, 15),
        note="查燃气图。",
        by=cast.other_clerk,
        at=make.at(3, 15, 9),
    )
    said = text_of(look(cast.section_clerk))
    assert look(cast.section_clerk).context["tab"] == "parts"
    assert "查燃气图。 今天到期" in said
    handling.answer(part, result="没有。", by=cast.section_clerk, at=make.at(3, 15, 10))
    assert "查燃气图。" not in text_of(look(cast.section_clerk))


def test_the_menu_leads_units_there_and_nobody_else(look, cast) -> None:
    for user, shown in [(cast.clerk, True), (cast.head, True), (cast.dispatcher, False)]:
        assert (">单位工作台</a>" in look(user).content.decode()) is shown


def test_a_helping_unit_is_told_that_the_case_was_closed_and_how_the_task_ends(look, client, cast) -> None:
    case = make.case("协办未认领", status="closed", unit="housing", co=["water"])
    assert "本件已答复办结" in text_of(look(cast.clerk, "claim"))
    client.force_login(cast.clerk)
    assert "协办不再计时" in text_of(client.get(f"/cases/{case.number}/task/2/"))
    make.step(case, "cancel", on=2, note="已由牵头单位答复")
    assert "协办未认领" not in text_of(look(cast.clerk, "claim"))
    assert "协办不再计时" not in text_of(client.get(f"/cases/{case.number}/task/2/"))
