"""Histories written down after the fact are checked and stored as if every move had been made live."""

import json
from typing import Any

import pytest
from django.db.models import UniqueConstraint

from huiying.cases.backfill import Recording, store
from huiying.cases.lifecycle import NotAllowed, log_of, state_of
from huiying.cases.models import Assignment, Case, Person
from huiying.cases.moves import CaseStatus
from huiying.cases.persons import PersonData
from huiying.cases.place import Place
from huiying.ops import doctor
from tests import make
from tests.make import at

pytestmark = pytest.mark.django_db

UNITS = [{"unit": "water", "role": "lead"}, {"unit": "stone", "role": "co"}]
LATER = at(4, 10)


def recording(town: Place, number: str = "R2022030001", person: PersonData = make.CALLER) -> Recording:
    told = Recording(town, number, recorded_at=LATER, origin="import:1:2")
    data: dict[str, Any] = {"channel": "hotline", "nature": "complaint", "topic": "", "area": "stone"}
    told.register(title="水浑", body="自来水浑", person=person, at=at(3, 1), details={}, **data)
    return told


def whole(town: Place) -> Recording:
    told = recording(town)
    told.move("dispatch", at(3, 1, 10), units=UNITS)
    told.move("ask_return", at(3, 1, 11), on=1, reason="not_ours", note="属开发区")
    told.move("refuse_return", at(3, 2), on=1)
    told.move("answer", at(3, 7), on=1)
    told.move("release", at(3, 7), on=1)
    told.move("close", at(3, 7), on=0)
    return told


def test_a_recorded_history_is_a_case_like_any_other(town: Place) -> None:
    (case,) = store([whole(town)], by=None)
    stored = Case.objects.get()
    assert (stored.pk, stored.status, stored.ending, stored.seq) == (case.pk, "closed", "answered", 7)
    assert stored.texts.count() == 2
    report = doctor.examine(town, now=LATER, number=stored.number)
    assert [finding.line() for finding in report.findings] == []
    state = state_of(stored, as_of=at(3, 2), known_at=LATER)
    assert state.status is CaseStatus.RETURNING


def test_it_is_stored_as_the_same_moves_made_live_are(town: Place) -> None:
    (case,) = store([whole(town)], by=None)
    live = make.case("水浑", body="自来水浑", topic="", number="R2022030002")
    for entry in log_of(case)[1:]:
        data = {key: value for key, value in entry.data.items() if key not in {"clocks", "note"}}
        make.step(live, entry.kind, on=entry.on, when=entry.happened_at, **data)
    assert rows_of(case) == rows_of(live)


def rows_of(case: Case) -> dict[str, list[str]]:
    """What is stored of a case, but for keys, its number, and when it was written down."""
    ignored = {"id", "case_id", "assignment_id", "number", "recorded_at", "head", "lead_id"}
    tables = {name: getattr(case, name) for name in ("assignments", "clocks", "rulings", "issues", "sights")}
    tables["case"] = Case.objects.filter(pk=case.pk)
    return {
        name: sorted(str({k: v for k, v in row.items() if k not in ignored}) for row in rows.values())
        for name, rows in tables.items()
    }


@pytest.mark.parametrize("status", [status for status, moves in make.STEPS.items() if moves])
def test_the_tests_make_their_cases_as_the_same_moves_made_live(status: str, town: Place) -> None:
    made, live = make.case(status=status, co=["housing"]), make.case()
    for event in made.events.order_by("seq")[1:]:
        data = {key: value for key, value in json.loads(event.data).items() if key != "clocks"}
        make.step(live, event.kind, on=event.on, **data)
    told = ("seq", "kind", "on", "happened_at", "from_status", "to_status", "data", "origin", "actor")
    assert [*made.events.values_list(*told)] == [*live.events.values_list(*told)]
    assert rows_of(made) == rows_of(live)
    held = {one.pk: {name: vars(one)[name] for name in ("seq", "head", "lead_id")} for one in (made, live)}
    assert held == {row.pop("id"): row for row in Case.objects.values("id", "seq", "head", "lead_id")}
    assert not doctor.examine(town, now=LATER, number=made.number).findings


def test_a_history_that_cannot_be_is_refused(town: Place) -> None:
    told = recording(town)
    with pytest.raises(NotAllowed, match="请选择承办单位"):
        told.move("dispatch", at(3, 1, 10), units=[])
    with pytest.raises(NotAllowed, match="早于"):
        told.move("dispatch", at(2, 28), units=UNITS)
    with pytest.raises(NotAllowed, match="不能“办结”"):
        told.move("close", at(3, 2))
    assert len(told.entries) == 1


def test_a_name_alone_makes_no_two_citizens_one(town: Place) -> None:
    callers = [make.CALLER, make.CALLER, *[PersonData(name="王先生")] * 2, PersonData()]
    cases = store([recording(town, f"R20220300{n:02}", who) for n, who in enumerate(callers)], by=None)
    assert [case.person_id is None for case in cases] == [False] * 4 + [True]
    assert cases[0].person_id == cases[1].person_id
    assert Person.objects.count() == 3
    (later,) = store([recording(town, "R2022030099")], by=None)
    assert later.person_id == cases[0].person_id


def test_what_refers_to_a_case_or_an_assignment_can_be_found_by_it() -> None:
    """While references wait for their rows, SQLite looks for those of each row that is stored: in a table
    without such an index, through all of it."""
    for model in (Case, Assignment, Person):
        for reference in model._meta.get_fields(include_hidden=True):
            if not (reference.one_to_many or reference.one_to_one) or not reference.auto_created:
                continue
            table, column = reference.related_model._meta, reference.field
            leading = {index.fields[0] for index in table.indexes}
            leading |= {each.fields[0] for each in table.constraints if isinstance(each, UniqueConstraint)}
            assert column.db_index or column.unique or column.name in leading, f"{table.label}.{column.name}"
