"""What rows repeat of the log, so that lists need not reckon it: what a unit has to do, and by when."""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from huiying.cases.models import Assignment
from huiying.cases.place import Place
from tests import make
from tests.make import at

pytestmark = pytest.mark.django_db
FILLED = "huiying.cases.migrations.0020_what_units_have_to_do_filled"


def told() -> list[tuple[str, bool, object]]:
    return list(Assignment.objects.order_by("case_id", "no").values_list("unit__code", "is_open", "due_at"))


def filled_anew() -> list[tuple[str, bool, object]]:
    """The same as the migration finds it out of the other rows, by other means than the log."""
    Assignment.objects.update(is_open=False, due_at=None)
    import_module(FILLED).fill(apps, SimpleNamespace(connection=connection))
    return told()


def test_a_unit_has_nothing_to_do_where_a_case_ended_but_a_late_co_unit_has(town: Place) -> None:
    make.case(status="closed")
    make.case(status="closed", co=["housing"])
    make.case(status="handling")
    assert [(unit, is_open) for unit, is_open, _ in told()] == [
        ("water", False),
        ("water", False),
        ("housing", True),
        ("water", True),
    ]


def test_a_task_is_due_when_the_nearest_clock_of_its_unit_runs_out(town: Place) -> None:
    case = make.case(status="dispatched")
    due = {row.kind: row.due_at for row in case.clocks.filter(assignment__isnull=False)}
    assert due["first_contact"] < due["claim"] < due["reply"]
    assert told() == [("water", True, due["first_contact"])]
    make.step(case, "contact", on=1)
    assert told() == [("water", True, due["claim"])]
    make.step(case, "claim", on=1)
    assert told() == [("water", True, due["reply"])]
    make.step(case, "answer", on=1)
    assert told() == [("water", True, None)]
    make.step(case, "release", on=1)
    assert told() == [("water", False, None)]


def test_what_was_there_before_the_rows_told_it_is_filled_in(town: Place) -> None:
    make.case(status="handling", co=["housing"])
    make.case(status="closed", co=["stone"])
    make.case(status="returning", received=at(3, 1))
    before = told()
    assert {is_open for _, is_open, _ in before} == {True, False}
    assert filled_anew() == before
