"""督办台, the letter, and 一件不漏."""

import html
import re
from io import BytesIO

import pytest
from openpyxl import load_workbook

from huiying.accounts.models import Trail
from huiying.dispatch import supervision
from huiying.dispatch.models import Letter
from tests import make

pytestmark = pytest.mark.django_db


def text_of(answer) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode()))


def tabs(answer) -> dict[str, int]:
    return {tab.name: tab.count for tab in answer.context["tabs"]}


@pytest.fixture
def late(cast):
    """One case past each limit that a unit has."""
    return {
        "claim": make.case("无人认领的一件", status="dispatched"),
        "reply": make.case("迟迟不答的一件", status="handling", nature="inquiry", co=["housing"]),
        "ruling": make.case("等着裁定的一件", status="returning"),
    }


def test_each_list_has_as_many_rows_as_its_number_says(client, cast, late) -> None:
    client.force_login(cast.supervisor)
    for name, count in tabs(client.get("/supervision/")).items():
        answer = client.get(f"/supervision/?list={name}")
        assert answer.context["chosen"].name == name
        if count is not None:
            assert len(answer.context["rows"]) == count
    assert "无人认领的一件" in text_of(client.get("/supervision/?list=claim"))
    assert "无人认领的一件" not in text_of(client.get("/supervision/?list=ruling"))


def test_a_long_list_has_pages_the_longest_due_first(client, cast, monkeypatch) -> None:
    monkeypatch.setattr("huiying.workbench.supervision.PAGE", 1)
    second = make.case("后到期的一件", status="dispatched", received=make.at(3, 2))
    first = make.case("先到期的一件", status="dispatched")
    client.force_login(cast.supervisor)
    pages = [client.get(f"/supervision/?list=claim&page={page}") for page in (1, 2)]
    assert [[row.case for row in page.context["rows"]] for page in pages] == [[first], [second]]
    assert '<a href="?list=claim&amp;page=2" rel="next">' in pages[0].content.decode()
    assert "第 2 / 2 页" in text_of(pages[1])


def test_one_press_urges_once_a_day_here_and_on_the_case_page(client, cast, late) -> None:
    case = late["claim"]
    client.force_login(cast.supervisor)
    given = {"seq": case.seq, "list": "claim"}
    answer = client.post(f"/supervision/{case.number}/urge/", given, follow=True)
    assert f"已催办 {case.number}。" in text_of(answer)
    assert "今天已催" in text_of(answer)
    case.refresh_from_db()
    again = client.post(f"/supervision/{case.number}/urge/", {**given, "seq": case.seq}, follow=True)
    assert "今天 10:00 已经催办过" in text_of(again)
    there = client.post(f"/cases/{case.number}/moves/urge/", {"seq": case.seq, "on": 0})
    assert there.status_code == 409
    assert case.events.filter(kind="urge").count() == 1


def test_a_second_supervisor_on_an_old_page_is_told(client, cast, late) -> None:
    case = late["claim"]
    seen = case.seq
    make.step(case, "claim", on=1)
    client.force_login(cast.supervisor)
    answer = client.post(f"/supervision/{case.number}/urge/", {"seq": seen, "list": "claim"}, follow=True)
    assert "刚刚被他人处理过" in text_of(answer)


def test_a_letter_is_written_numbered_and_listed(client, cast, late) -> None:
    case = late["reply"]
    client.force_login(cast.supervisor)
    assert "云溪县住建局" in text_of(client.get(f"/supervision/{case.number}/letter/"))
    given = {"seq": case.seq, "unit": "water", "due_on": "2022-03-18", "text": "请说明原因并书面反馈。"}
    answer = client.post(f"/supervision/{case.number}/letter/", given, follow=True)
    assert "已向云溪县水务局发出督办函〔2022〕1号。" in text_of(answer)
    said = text_of(client.get(f"/cases/{case.number}/"))
    assert "向云溪县水务局发出督办函〔2022〕1号，限2022年3月18日前办理" in said
    assert "请说明原因并书面反馈。" in said


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"due_on": "下周"}, "填写日期"),
        ({"due_on": "2022-03-01"}, "早于今天"),
        ({"unit": "nobody"}, "请选择收函单位"),
        ({"seq": 2}, "刚刚被他人处理过"),
    ],
)
def test_a_letter_that_is_refused_keeps_the_words(client, cast, late, changes, said) -> None:
    case = late["reply"]
    client.force_login(cast.supervisor)
    given = {"seq": case.seq, "unit": "housing", "due_on": "2022-03-18", "text": "请<书面>反馈。"} | changes
    answer = client.post(f"/supervision/{case.number}/letter/", given)
    assert answer.status_code == 409
    assert said in text_of(answer)
    assert "请&lt;书面&gt;反馈。</textarea>" in answer.content.decode()
    assert f'name="seq" value="{case.seq}"' in answer.content.decode()
    assert not Letter.objects.exists()


def test_who_does_not_supervise_is_told_who_does(client, cast, late) -> None:
    case = late["reply"]
    client.force_login(cast.clerk)
    assert "由督办员或派单员办理" in text_of(client.get(f"/supervision/{case.number}/letter/"))
    answer = client.post(f"/supervision/{case.number}/urge/", {"seq": case.seq}, follow=True)
    assert "由督办员或派单员办理" in text_of(answer)
    client.force_login(cast.other_clerk)
    assert client.post(f"/supervision/{late['claim'].number}/urge/").status_code == 404
    own = tabs(client.get("/supervision/"))  # of the case in which housing helps, and of no other
    assert {name for name, count in own.items() if count} == {"claim", "contact", "reply"}
    assert own["claim"] == 1


def test_what_a_leader_asked_for_is_followed_until_the_end(client, cast, late, now) -> None:
    supervision.instruct(late["reply"], by=cast.leader, at=now, note="请限期办结。")
    client.force_login(cast.leader)
    said = text_of(client.get("/supervision/?list=instructed"))
    for words in ("韩先明：请限期办结。", "迟迟不答的一件", "办理中", "2022-03-01 11:00"):
        assert words in said


def test_an_instruction_with_a_day_is_given_on_the_case_page_and_counted_until_answered(
    client, cast, late
) -> None:
    case = late["reply"]
    client.force_login(cast.leader)
    given = {"seq": case.seq, "on": 0, "note": "请速办", "due": "2022-03-16"}
    said = text_of(client.post(f"/cases/{case.number}/moves/instruct/", given, follow=True))
    assert "领导批示，限2022年3月16日前反馈" in said
    answer = client.get("/supervision/?list=instructed")
    assert tabs(answer)["instructed"] == 1
    assert "还剩1个工作日" in text_of(answer)
    case.refresh_from_db()
    make.step(case, "answer", on=1)
    answer = client.get("/supervision/?list=instructed")
    assert tabs(answer)["instructed"] == 0
    assert "已反馈" in text_of(answer)


def test_the_desk_and_the_list_ask_little(client, cast, late, now, django_assert_max_num_queries) -> None:
    for _ in range(3):
        make.case(status="handling", co=["housing", "market"])
    supervision.instruct(late["reply"], by=cast.leader, at=now, note="请限期办结。")
    client.force_login(cast.supervisor)
    for url in (
        "/supervision/",
        "/supervision/?list=instructed",
        "/supervision/?list=letters",
        "/supervision/open/",
        "/supervision/open.xlsx",
    ):
        with django_assert_max_num_queries(12):
            client.get(url)


def test_nothing_open_is_missing_from_the_list_and_its_file(client, cast) -> None:
    made = {status: make.case(f"{status}的一件", status=status, co=["housing"]) for status in make.STEPS}
    client.force_login(cast.dispatcher)
    said = text_of(client.get("/supervision/open/"))
    assert all((case.number in said) is (status != "closed") for status, case in made.items())
    sheet = load_workbook(BytesIO(client.get("/supervision/open.xlsx").getvalue())).worksheets[0]
    rows = {row[0]: row for row in sheet.iter_rows(min_row=2, values_only=True)}
    assert set(rows) == {case.number for status, case in made.items() if status != "closed"}
    handling = rows[made["handling"].number]
    assert handling[5:8] == ("云溪县水务局", "2022-03-01 10:00:00", "反馈")
    assert handling[10] == "云溪县住建局"
    taken = Trail.objects.get()
    assert (taken.kind, taken.user, taken.data["rows"]) == ("export", cast.dispatcher, len(rows))


def test_a_clerk_s_list_holds_the_unit_s_own_cases(client, cast) -> None:
    make.case("水务局的一件", status="handling")
    make.case("住建局的一件", status="handling", unit="housing")
    client.force_login(cast.clerk)
    said = text_of(client.get("/supervision/open/"))
    assert "水务局的一件" in said
    assert "住建局的一件" not in said
