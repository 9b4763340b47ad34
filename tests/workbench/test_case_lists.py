"""Saved queries, columns, the list as a file, and one move on many cases."""

from __future__ import annotations

import re

import pytest

from huiying.accounts.models import SavedFilter, Trail
from huiying.cases.models import Case
from huiying.common.sheets import open_sheet
from huiying.workbench import case_list, columns
from tests import make
from tests.workbench.test_case_list import numbers

pytestmark = pytest.mark.django_db


def heads(answer) -> list[str]:
    page = answer.content.decode()
    table = page[page.index("<thead>") : page.index("</thead>")]
    words = [re.sub(r"<[^>]+>", "", head) for head in re.findall(r"<th.*?</th>", table)]
    return [head.rstrip(" ↑↓↕") for head in words]


@pytest.fixture
def sheet(tmp_path):
    def read(answer) -> tuple[list[str], list[list[str]]]:
        assert answer.status_code == 200
        path = tmp_path / "cases.xlsx"
        path.write_bytes(answer.content)
        opened = open_sheet(path)
        return opened.header, [[str(cell) for cell in row] for _, row in opened.rows()]

    return read


# Columns


def test_the_columns_are_those_that_were_ticked_in_the_office_s_order(client, cast) -> None:
    make.case(status="handling", village="东街社区")
    client.force_login(cast.leader)
    assert heads(client.get("/cases/")) == [
        "编号",
        "标题",
        *[columns.COLUMNS[name].title for name in columns.DEFAULT],
    ]
    answer = client.get("/cases/?cols=village&cols=status&cols=nonsense")
    assert heads(answer) == ["编号", "标题", "状态", "村（社区）"]
    assert "东街社区" in answer.content.decode()
    assert answer["HX-Push-Url"] == "/cases/?cols=status%2Cvillage"
    assert heads(client.get(answer["HX-Push-Url"])) == heads(answer)


def test_the_usual_columns_need_no_word_in_the_address(client, cast) -> None:
    make.case()
    client.force_login(cast.leader)
    assert client.get("/cases/", {"cols": columns.DEFAULT})["HX-Push-Url"] == "/cases/"
    assert client.get("/cases/?cols=nonsense")["HX-Push-Url"] == "/cases/"


def test_every_column_has_words_at_every_stage(client, cast, sheet) -> None:
    for status in make.STEPS:
        make.case(status=status, upper_number="S-1")
    client.force_login(cast.leader)
    asked = {"cols": [*columns.COLUMNS]}
    assert client.get("/cases/", asked).status_code == 200
    header, rows = sheet(client.get("/cases/file/", asked))
    assert header == [column.title for column in (*columns.ALWAYS, *columns.COLUMNS.values())]
    assert {row[2] for row in rows} == {
        "待派单",
        "待认领",
        "办理中",
        "退办待裁",
        "待审核",
        "已答复",
        "已办结",
    }


# Saved queries


def test_a_query_is_saved_under_a_name_and_opened_again(client, cast) -> None:
    client.force_login(cast.leader)
    client.post(
        "/cases/filters/", {"name": " 供水未办结 ", "query": "status=open&q=自来水&after=1-1&cols=status"}
    )
    kept = SavedFilter.objects.get()
    assert (kept.user, kept.name) == (cast.leader, "供水未办结")
    water, lamp = make.case(), make.case("路灯不亮")
    answer = client.get(f"/cases/?{kept.query}")
    assert numbers(answer) == [water.number]
    assert heads(answer) == ["编号", "标题", "状态"]
    assert "供水未办结" in answer.content.decode()
    assert lamp.number not in answer.content.decode()


def test_the_same_name_replaces_and_only_one_s_own_can_be_dropped(client, cast) -> None:
    client.force_login(cast.leader)
    for query in ("status=open", "status=closed"):
        client.post("/cases/filters/", {"name": "常看", "query": query})
    kept = SavedFilter.objects.get()
    assert kept.query == "status=closed"
    client.get("/cases/")  # the messages are said once
    client.force_login(cast.clerk)
    assert "常看" not in client.get("/cases/").content.decode()
    assert client.post(f"/cases/filters/{kept.pk}/").status_code == 404
    client.force_login(cast.leader)
    assert "已删去常用查询“常看”" in client.post(f"/cases/filters/{kept.pk}/", follow=True).content.decode()
    assert not SavedFilter.objects.exists()


def test_what_cannot_be_saved_is_said(client, cast) -> None:
    client.force_login(cast.leader)
    for n in range(20):
        SavedFilter.objects.create(user=cast.leader, name=str(n))
    for name, said in (("", "请给这次查询起一个名字"), ("长" * 21, "最多 20 个"), ("新的", "请先删去不用的")):
        assert (
            said in client.post("/cases/filters/", {"name": name, "query": ""}, follow=True).content.decode()
        )
    assert SavedFilter.objects.count() == 20


# The file


def test_the_file_holds_all_pages_of_what_the_list_shows_in_its_order(
    client, cast, sheet, now, monkeypatch
) -> None:
    monkeypatch.setattr(case_list, "PAGE", 5)
    for n in range(12):
        make.case(f"第{n}件", received=make.at(3, 1, 9, n))
    make.case("别的", received=make.at(3, 2), nature="inquiry")
    client.force_login(cast.editor)
    header, rows = sheet(client.get("/cases/file/?nature=complaint"))
    assert header[:3] == ["编号", "标题", "状态"]
    assert [row[1] for row in rows] == [f"第{n}件" for n in reversed(range(12))]
    line = Trail.objects.get(kind="export")
    assert (line.user, line.at, line.data["rows"]) == (cast.editor, now, 12)


def test_the_file_holds_only_what_the_person_may_see_and_masks_titles(client, cast, sheet) -> None:
    make.case("请联系13900001234处理漏水", status="dispatched", unit="water")
    make.case(status="dispatched", unit="housing")
    client.force_login(cast.clerk)
    _, rows = sheet(client.get("/cases/file/"))
    assert len(rows) == 1
    assert "13900001234" not in rows[0][1]
    client.force_login(cast.stranger)
    assert sheet(client.get("/cases/file/"))[1] == []


def test_the_trail_keeps_no_words_that_were_searched_for(client, cast) -> None:
    client.force_login(cast.leader)
    client.get("/cases/file/", {"q": "何秀英"})
    assert "何秀英" not in str(Trail.objects.get(kind="export").data)


def test_a_list_too_long_for_one_file_is_refused(client, cast, monkeypatch) -> None:
    monkeypatch.setattr("huiying.workbench.case_lists.MOST", 2)
    for _ in range(3):
        make.case()
    client.force_login(cast.leader)
    answer = client.get("/cases/file/")
    assert answer.status_code == 409
    assert "分几次导出" in answer.content.decode()
    assert not Trail.objects.filter(kind="export").exists()


# Many at once


def pick(*cases: Case) -> list[str]:
    return [f"{case.pk}-{case.seq}" for case in Case.objects.filter(pk__in=[case.pk for case in cases])]


def outcome(answer) -> dict[str, str]:
    return {each.case.number: each.refusal for each in answer.context["outcomes"]}


def test_each_selected_case_is_moved_or_says_why_not(client, cast) -> None:
    mine, claimed = make.case(status="dispatched", unit="water"), make.case(status="handling", unit="water")
    others, co = (
        make.case(status="dispatched", unit="housing"),
        make.case(status="dispatched", unit="housing", co=["water"]),
    )
    picked = pick(mine, claimed, others, co)
    client.force_login(cast.clerk)
    answer = client.post("/cases/moves/", {"move": "claim", "pick": picked, "query": "status=open"})
    said = outcome(answer)
    assert said[mine.number] == said[co.number] == ""
    assert "不能认领" in said[claimed.number]
    assert others.number not in said
    assert answer.context["back"] == "/cases/?status=open"
    assert co.assignments.get(unit__code="water").status == "claimed"
    assert co.assignments.get(unit__code="housing").status == "assigned"


def test_a_case_that_changed_meanwhile_is_left_alone_and_said(client, cast) -> None:
    case = make.case(status="dispatched", unit="water")
    picked = pick(case)
    make.step(case, "urge", when=make.at(3, 15, 9))
    client.force_login(cast.clerk)
    said = outcome(client.post("/cases/moves/", {"move": "claim", "pick": picked}))
    assert said[case.number]
    assert case.assignments.get().status == "assigned"


@pytest.mark.parametrize(
    ("who", "name", "status"),
    [
        ("reviewer", "release", "reviewing"),
        ("reviewer", "close", "answered"),
        ("supervisor", "urge", "handling"),
    ],
)
def test_the_bulk_moves_of_the_office(client, cast, who, name, status) -> None:
    cases = [make.case(status=status) for _ in range(2)]
    client.force_login(getattr(cast, who))
    answer = client.post("/cases/moves/", {"move": name, "pick": pick(*cases)})
    assert set(outcome(answer).values()) == {""}
    assert all(case.events.filter(kind=name).exists() for case in cases)


def test_only_moves_that_need_nothing_more_are_made_in_bulk(client, cast) -> None:
    case = make.case()
    client.force_login(cast.dispatcher)
    assert client.post("/cases/moves/", {"move": "terminate", "pick": pick(case)}).status_code == 404
    assert "没有选中" in client.post("/cases/moves/", {"move": "urge"}, follow=True).content.decode()
    assert (
        "没有选中"
        in client.post("/cases/moves/", {"move": "urge", "pick": "x-y"}, follow=True).content.decode()
    )


def test_the_list_offers_each_role_its_own_bulk_moves(client, cast) -> None:
    make.case(status="dispatched", unit="water")
    offered = {}
    for who in ("clerk", "reviewer", "supervisor", "leader"):
        client.force_login(getattr(cast, who))
        offered[who] = [name for name, _ in client.get("/cases/").context["bulk"]]
    assert offered == {
        "clerk": ["claim"],
        "reviewer": ["release", "close"],
        "supervisor": ["urge"],
        "leader": [],
    }


def test_the_list_still_asks_the_database_at_most_twelve_times(
    client, cast, django_assert_max_num_queries
) -> None:
    for _ in range(16):
        make.case(status="dispatched", unit="water", co=["housing"])
    client.force_login(cast.clerk)
    with django_assert_max_num_queries(12):
        client.get("/cases/", {"q": "自来水", "unit": "water", "status": "open", "sort": "due"})
