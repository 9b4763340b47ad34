"""分办, told: to who does the part, to who gave it, and to the head where it is late; once each."""

from datetime import date, datetime

import pytest

from huiying.accounts.models import Unit
from huiying.cases import place
from huiying.notices.models import Notice
from huiying.notices.rules import PARTS, why_not
from huiying.replies import handling, part_notices
from huiying.workbench.waiting import waiting_for
from tests import make

NOW = make.at(3, 15, 10)


@pytest.fixture
def task(town):
    return make.case(status="handling", unit="water").assignments.get()


def told(now: datetime = NOW) -> set[tuple[str, str]]:
    """Who is newly told by which rule."""
    before = set(Notice.objects.values_list("pk", flat=True))
    part_notices.remind(place.current(), now)
    fresh = Notice.objects.exclude(pk__in=before).select_related("user")
    return {(line.user.username, line.rule) for line in fresh}


def give(task, to, by):
    return handling.give(task, to=to, due_on=date(2022, 3, 18), note="查图纸", by=by, at=NOW)


def test_the_rows_are_sound() -> None:
    assert [why_not(rule) for rule in PARTS.values()] == [""] * len(PARTS)


def test_a_part_given_to_a_person_is_told_step_by_step(task, cast) -> None:
    part = give(task, cast.clerk, cast.head)
    assert told() == {("chenjing", "part.given")}
    line = Notice.objects.get()
    assert line.text == f"{task.case.number} 有一项分办交给陈静，请按内部期限办理"
    assert told() == told(make.at(3, 16)) == set()
    assert told(make.at(3, 17)) == {("chenjing", "part.soon")}
    assert told(make.at(3, 19)) == {("chenjing", "part.overdue"), ("wangju", "part.overdue")}
    handling.answer(part, result="已查", by=cast.clerk, at=make.at(3, 19))
    assert told(make.at(3, 19)) == {("wangju", "part.answered")}


def test_a_part_given_to_a_section_is_told_to_its_clerks_and_leads_to_the_task(client, cast) -> None:
    housing = make.case(status="handling", unit="housing").assignments.get()
    give(housing, Unit.objects.get(code="housing-gas"), cast.other_clerk)
    assert told() == {("sunyan", "part.given")}
    client.force_login(cast.section_clerk)
    answer = client.post(f"/notices/{Notice.objects.get().pk}/read/")
    assert answer.headers["Location"] == f"/cases/{housing.case.number}/task/1/"
    assert client.get(answer.headers["Location"]).status_code == 200


def test_a_part_taken_back_is_told_no_more(task, cast) -> None:
    handling.withdraw(give(task, cast.clerk, cast.head), by=cast.head, at=NOW)
    assert told(make.at(3, 19)) == set()


def test_the_head_finds_what_the_units_people_are_late_with(task, cast) -> None:
    give(task, cast.clerk, cast.head)

    def late(user, now) -> int | None:
        found = {item.title: item.count for item in waiting_for(user, place.current(), now)}
        return found.get("分办逾期")

    assert late(cast.head, NOW) is None
    assert late(cast.head, make.at(3, 19)) == 1
    assert late(cast.clerk, make.at(3, 19)) is None
