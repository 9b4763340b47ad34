"""A changed calendar moves the running clocks it concerns, and says which."""

import datetime as dt

import pytest

from huiying.cases import place
from huiying.cases.models import CalendarDay, ClockRun, Event, Office
from huiying.cases.reckoning import Left, Moved, reckon_open
from tests import make
from tests.make import at

pytestmark = pytest.mark.django_db
NOW = at(3, 20)


def free(day: dt.date) -> place.Place:
    CalendarDay.objects.filter(day=day).update(kind="holiday", name="停电")
    Office.touch()
    return place.current()


def test_only_cases_whose_clocks_move_are_touched(town: place.Place) -> None:
    moving, inquiry = (
        make.case(status="handling"),
        make.case("怎么交水费", status="handling", nature="inquiry"),
    )
    closed = make.case("办完了", status="closed")
    before = Event.objects.count()
    assert list(reckon_open(town, at=NOW)) == []
    changed = free(dt.date(2022, 3, 9))
    told = [Moved(moving.number, "reply", 1, "云溪县水务局", at(3, 16, 0), at(3, 17, 0))]
    assert list(reckon_open(changed, at=NOW, dry_run=True)) == told
    assert Event.objects.count() == before
    assert [one for one in reckon_open(changed, at=NOW) if one.number == moving.number] == told
    moving.refresh_from_db()
    assert moving.due_at == at(3, 17, 0)
    assert moving.events.last().kind == "reckon"
    assert {case.events.count() for case in (inquiry,)} == {3}
    assert closed.events.filter(kind="reckon").count() <= 1  # only its call-back
    assert list(reckon_open(changed, at=NOW)) == []


def test_the_old_run_of_a_clock_stays_beside_the_new_one(town: place.Place) -> None:
    case = make.case(status="handling")
    list(reckon_open(free(dt.date(2022, 3, 9)), at=NOW))
    runs = ClockRun.objects.filter(case=case, kind="reply").order_by("run").values_list("why", "superseded")
    assert list(runs) == [("start", True), ("reckon", False)]


def test_a_case_that_cannot_be_told_anew_is_left_and_told(town: place.Place) -> None:
    case = make.case(status="handling")
    CalendarDay.objects.filter(day=dt.date(2022, 3, 9)).delete()
    Office.touch()
    (left,) = reckon_open(place.current(), at=NOW)
    assert isinstance(left, Left)
    assert left.number == case.number
    assert "2022" in left.why
