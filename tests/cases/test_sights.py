"""Which units see a case, and which of them hold it: rows that follow from the assignments."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from huiying.accounts.models import Unit
from huiying.cases import revising, sights
from huiying.cases.models import Case, Sight
from huiying.cases.place import Place
from huiying.ops import doctor
from tests import make
from tests.cast import Cast
from tests.make import at

pytestmark = pytest.mark.django_db


def seen(case: Case) -> dict[str, bool]:
    """The units that see a case, and whether they hold it."""
    return dict(Sight.objects.filter(case=case).values_list("unit__code", "holds"))


def test_nobody_but_the_office_sees_a_case_that_no_unit_was_given(town: Place) -> None:
    assert seen(make.case()) == {}


def test_a_case_of_a_section_is_seen_by_the_bureau_above_it(town: Place) -> None:
    case = make.case(status="dispatched", unit="housing-gas", co=["stone"])
    assert seen(case) == {"housing-gas": True, "housing": True, "stone": True}


def test_whoever_gave_a_case_back_sees_it_still_and_holds_it_no_more(town: Place) -> None:
    case = make.case(status="returning", unit="housing-gas")
    make.step(case, "agree_return", on=1)
    make.step(case, "dispatch", units=[{"unit": "housing", "role": "lead"}])
    assert seen(case) == {"housing-gas": False, "housing": True}


def test_rows_know_what_lists_choose_by(town: Place) -> None:
    case = make.case(status="dispatched")
    make.step(case, "reclassify", nature="tip", topic="phone/市场监管/消费纠纷")
    row = Sight.objects.get(case=case)
    assert (row.nature, row.topic, row.branch) == (case.nature, case.topic, case.branch)
    assert str(row.branch) == "市场监管"
    assert (row.received_at, row.closed_at, row.marked) == (case.received_at, None, False)
    for name in ("claim", "answer", "release"):
        make.step(case, name, on=1)
    make.step(case, "close")
    make.step(case, "protect", secret=True)
    row.refresh_from_db()
    case.refresh_from_db()
    assert (row.closed_at, row.marked) == (case.closed_at, True)


def test_a_corrected_dispatch_takes_the_case_out_of_the_wrong_units_sight(town: Place) -> None:
    case = make.case(status="dispatched", unit="water")
    units = [{"no": 1, "unit": "housing", "role": "lead"}]
    make.step(case, "amend", seq=2, data={"units": units}, note="派错了单位")
    assert seen(case) == {"housing": True}
    assert doctor.examine(town, now=at(4, 10)).findings == []


def test_a_move_that_changes_no_sight_writes_none(town: Place) -> None:
    case = make.case(status="dispatched")
    with CaptureQueriesContext(connection) as asked:
        make.step(case, "claim", on=1)
    about = [query["sql"].split()[0] for query in asked if "cases_sight" in query["sql"]]
    assert about == ["SELECT"]


def test_a_unit_that_moves_in_the_tree_takes_its_cases_along(cast: Cast) -> None:
    case, other = make.case(status="dispatched", unit="housing-gas"), make.case(status="dispatched")
    unit = Unit.objects.get(code="housing-gas")
    seen_mark, unit.parent = revising.mark(unit), Unit.objects.get(code="stone")
    revising.revise(unit, seen=seen_mark, by=cast.admin, at=at(4, 1))
    assert seen(case) == {"housing-gas": True, "stone": True}
    assert seen(other) == {"water": True}


def test_made_anew_the_rows_are_those_that_were_there(town: Place) -> None:
    case = make.case(status="returning", unit="housing-gas", co=["stone"])
    make.step(case, "agree_return", on=1)
    make.case(status="closed", topic="")
    answered_by_the_office_after_all()

    def rows() -> list[dict[str, object]]:
        return list(Sight.objects.order_by("case", "unit").values("case_id", *sights.COLUMNS))

    before = rows()
    sights.rebuild()
    assert rows() == before
    assert len(before) == 5


def answered_by_the_office_after_all() -> Case:
    case = make.case(status="dispatched", unit="water")
    make.step(case, "recall")
    make.step(case, "direct_answer")
    return case


def test_one_that_the_office_answered_after_all_is_marked_by_the_migration_too(
    town: Place,
) -> None:
    make.case(status="dispatched")
    case = answered_by_the_office_after_all()
    assert Sight.objects.get(marked=True).case == case
    Sight.objects.update(marked=False)
    import_module("huiying.cases.migrations.0025_direct_ones_marked").fill(apps, None)
    assert Sight.objects.get(marked=True).case == case
