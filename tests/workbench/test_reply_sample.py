"""答复抽查: who draws released answers sees each with its score and why, and anybody draws the same again."""

import pytest

from huiying.cases.models import Case, Reply
from huiying.quality.models import CallBack, CallBackState
from tests import make
from tests.workbench.test_reply_checks import EMPTY, MENDED
from tests.workbench.test_review import text_of

pytestmark = pytest.mark.django_db

ASKED = "石桥镇东街水管破裂，请派人修理。"
SOLVED = "您好，3月1日我局派人更换了东街破损的水管，问题已解决。如有疑问请致电0990-1234567。"


def released(answer: str, day: int = 4, **more: str) -> Case:
    case = make.case("东街水管破裂", status="reviewing", body=ASKED)
    task = case.assignments.get()
    told = {"handling_report": "已更换水管", "contact_record": "电话告知"} | more
    Reply.objects.create(assignment=task, no=1, public_answer=answer, drafted_at=make.at(3, 2), **told)
    make.step(case, "release", on=1, when=make.at(3, day))
    return case


@pytest.fixture
def supervisor(client, cast):
    client.force_login(cast.supervisor)
    return client


def drawn(client, **asked: str) -> list:
    page = client.get("/review/sample/", {"period": "2022-03"} | asked)
    return page.context["rows"]


def test_the_lowest_stands_first_with_its_reason_and_the_nature_s_threshold(
    supervisor, django_assert_max_num_queries
) -> None:
    good, poor = released(MENDED), released(EMPTY)
    released(EMPTY, day=31)
    with django_assert_max_num_queries(12):
        page = supervisor.get("/review/sample/", {"period": "2022-03-01..2022-03-20"})
    rows = page.context["rows"]
    assert [row.task.case.number for row in rows] == [poor.number, good.number]
    assert [row.is_low for row in rows] == [True, False]
    assert rows[0].told["findings"][0][0].quote in EMPTY
    said = text_of(page)
    assert "发布 2 件，抽取 2 件" in said
    assert "低于 60" in said
    assert "只说转给别人办" in said


def test_the_same_lot_draws_the_same_and_another_others(supervisor) -> None:
    for _ in range(9):
        released(MENDED)

    def numbers(seed: str) -> set[str]:
        return {row.task.case.number for row in drawn(supervisor, n="3", seed=seed)}

    assert numbers("一") == numbers("一")
    assert len({frozenset(numbers(seed)) for seed in "一二三四"}) > 1


def test_an_answer_that_calls_it_solved_is_held_against_what_the_citizen_said(supervisor) -> None:
    case = released(SOLVED)
    assert "two_skins" not in {each.check for each, _, _ in drawn(supervisor)[0].told["findings"]}
    CallBack.objects.create(
        case=case,
        closing=case.seq,
        why="all",
        made_at=make.at(3, 5),
        ended_at=make.at(3, 6),
        state=CallBackState.REACHED,
        solved=False,
    )
    row = drawn(supervisor)[0]
    assert row.unsolved
    assert [each.quote[-5:] for each, _, _ in row.told["findings"] if each.check == "two_skins"] == [
        "问题已解决"
    ]


def test_a_contact_recorded_by_itself_counts_as_one(supervisor) -> None:
    case = released(MENDED, contact_record="")
    assert "contact" in {each.check for each, _, _ in drawn(supervisor)[0].told["findings"]}
    again = make.case("西街水管破裂", status="handling", body=ASKED)
    make.step(again, "contact", on=1, note="电话告知", result="reached", way="phone", aim="facts")
    make.step(again, "answer", on=1)
    Reply.objects.create(
        assignment=again.assignments.get(), no=1, public_answer=MENDED, drafted_at=make.at(3, 2)
    )
    make.step(again, "release", on=1)
    lacking = {
        row.task.case.number
        for row in drawn(supervisor)
        if "contact" in {f.check for f, _, _ in row.told["findings"]}
    }
    assert lacking == {case.number}


def test_an_odd_question_is_answered_in_words(supervisor) -> None:
    page = supervisor.get("/review/sample/", {"period": "三月", "n": "999"})
    said = text_of(page)
    assert "现在显示" in said
    assert "件数请填 1 至 50" in said
    assert "没有经审核发布的答复" in said


def test_who_reviews_and_who_supervises_get_there_and_a_clerk_does_not(client, cast) -> None:
    for who, page in ((cast.reviewer, "/review/"), (cast.supervisor, "/intake/scores/")):
        client.force_login(who)
        assert "/review/sample/" in client.get(page).content.decode()
        assert client.get("/review/sample/").status_code == 200
    client.force_login(cast.clerk)
    assert client.get("/review/sample/").status_code == 403
