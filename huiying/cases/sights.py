"""可见单位: which units see which case, a row for each, derived from the assignments.

A unit sees a case as soon as an assignment went to it or to a unit below it, and goes on seeing it. The rows
carry what lists of a unit's cases are sorted and chosen by, so that such a list walks an index of just the
unit's own cases: however many others there are, and however few are its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction

from huiying.accounts.models import Unit
from huiying.cases.history import CaseState
from huiying.cases.models import Assignment, Case, Sight
from huiying.cases.moves import GONE, Ending
from huiying.cases.place import Place

Columns = dict[str, Any]
COPIED = ("received_at", "closed_at", "channel_id", "nature_id", "topic_id", "branch_id", "area_id")
"""What a row repeats of its case."""
COLUMNS = ("unit_id", "holds", "marked", *COPIED)


def columns(place: Place, state: CaseState, case: Columns) -> dict[int, Columns]:
    """The rows of a case by their units; `case` are its columns (`projection.case_columns`)."""
    copied = {name: case[name] for name in COPIED} | {"marked": _is_marked(case)}
    found: dict[int, Columns] = {}
    for task in state.tasks.values():
        for unit in place.lines[task.unit]:
            row = found.setdefault(unit.pk, {"unit_id": unit.pk, "holds": False, **copied})
            row["holds"] = row["holds"] or task.status not in GONE
    return found


def _is_marked(case: Columns) -> bool:
    """The same as `models.MARKED`, or answered at once: units see few such cases, the office very many."""
    is_marked = case["urgency"] != "normal" or case["secret"] or case["ending"] not in ("", Ending.ANSWERED)
    return is_marked or case["mode"] == "direct"


def project(case: Case, place: Place, state: CaseState, values: Columns) -> None:
    """Bring the rows of one case to `state`; a move that changes none of them only reads them."""
    wanted = columns(place, state, values)
    stored = {row["unit_id"]: row for row in Sight.objects.filter(case=case).values(*COLUMNS)}
    if wanted == stored:
        return
    if gone := stored.keys() - wanted.keys():  # a correction named another unit
        Sight.objects.filter(case=case, unit__in=gone).delete()
    changed = [Sight(case_id=case.pk, **row) for pk, row in wanted.items() if stored.get(pk) != row]
    Sight.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=("case", "unit"),
        update_fields=("holds", "marked", *(name.removesuffix("_id") for name in COPIED)),
    )


FILL = """
INSERT INTO cases_sight
    (case_id, unit_id, holds, marked, received_at, closed_at,
    channel_id, nature_id, topic_id, branch_id, area_id)
SELECT given.case_id, above.id, {any}(given.status NOT IN ({gone})),
    cases_case.urgency <> 'normal' OR cases_case.secret OR cases_case.ending NOT IN ('', 'answered')
        OR cases_case.mode = 'direct',
    cases_case.received_at, cases_case.closed_at, channel_id, nature_id, topic_id, branch_id, area_id
FROM cases_assignment given
JOIN accounts_unit unit ON unit.id = given.unit_id
JOIN accounts_unit above ON substr(unit.path, 1, length(above.path)) = above.path
JOIN cases_case ON cases_case.id = given.case_id
WHERE given.case_id IN ({cases})
GROUP BY given.case_id, above.id, cases_case.id
"""


@transaction.atomic
def rebuild(units: Iterable[Unit] | None = None) -> None:
    """Make the rows anew from the assignments: of all cases, or of those that went to one of these units.

    For when units have moved in their tree: the log does not know of it.
    """
    given = Assignment.objects.all() if units is None else Assignment.objects.filter(unit__in=list(units))
    cases = given.order_by().values("case_id")
    chosen, parameters = cases.query.sql_with_params()
    Sight.objects.filter(case__in=cases).delete()
    gone = ", ".join(["%s"] * len(GONE))
    any_of = "bool_or" if connection.vendor == "postgresql" else "max"
    with connection.cursor() as cursor:
        sql = FILL.format(any=any_of, gone=gone, cases=chosen)
        cursor.execute(sql, [*map(str, GONE), *parameters])
