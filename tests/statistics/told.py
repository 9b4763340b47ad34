"""Histories told in one line each, and the engine that counts them.

A step is (move, instant, data); moves of an assignment are of the first one unless `on` says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from huiying.cases.backfill import Recording, store
from huiying.cases.moves import MOVES
from huiying.cases.persons import PersonData
from huiying.cases.place import Place
from huiying.statistics import periods
from huiying.statistics.engine import Engine
from huiying.statistics.facts import snapshot
from huiying.statistics.periods import Period
from tests.make import at

Step = tuple[Any, ...]

MARCH = periods.parse("2022-03")
KNOWN = at(6, 1)
NOBODY = PersonData()
LEE = PersonData(name="李云", phone="13900000001")
WANG = PersonData(name="王溪", phone="13900000002")


def to(unit: str, *co: str) -> dict[str, Any]:
    """The units of a dispatch."""
    return {"units": [{"unit": unit, "role": "lead"}, *({"unit": u, "role": "co"} for u in co)]}


def tell(
    place: Place,
    number: str,
    received: datetime,
    *steps: Step,
    recorded_at: datetime = KNOWN,
    person: PersonData = NOBODY,
    **data: Any,
) -> Recording:
    """A case with its whole history, not yet stored."""
    told = Recording(place, number, recorded_at=recorded_at, origin="test:told")
    codes = {"channel": "hotline", "nature": "complaint", "topic": "phone/城乡建设/供水", "area": "stone"}
    data = {"upper_number": "", **codes, **data}
    told.register(title=number, body="", person=person, at=received, details={}, **data)
    for name, when, *rest in steps:
        given = dict(rest[0]) if rest else {}
        on = given.pop("on", 1) if MOVES[name].on == "assignment" else 0
        told.move(name, when, on=on, **given)
    return told


def answered(unit: str, dispatched: datetime, replied: datetime) -> tuple[Step, ...]:
    """Dispatched, claimed an hour later, answered, released and closed at one instant."""
    return (
        ("dispatch", dispatched, to(unit)),
        ("claim", min(dispatched + timedelta(hours=1), replied)),
        ("answer", replied),
        ("release", replied),
        ("close", replied),
    )


def keep(*told: Recording) -> None:
    store(told, by=None)


def counted(
    place: Place,
    period: Period = MARCH,
    *,
    as_of: datetime | None = None,
    known_at: datetime = KNOWN,
) -> Engine:
    """An engine over everything kept, past every cache."""
    tz = place.keeper.tz
    as_of = as_of or period.end(tz)
    return Engine(snapshot(place, since=period.start(tz), as_of=as_of, known_at=known_at))


def value(engine: Engine, name: str, period: Period = MARCH, **asked: Any) -> int:
    """The numerator of a measure."""
    return int(engine.ask(name, period, **asked).numerator)


def by(engine: Engine, name: str, dimension: str, period: Period = MARCH) -> dict[Any, int]:
    """The numerators of a measure by a dimension, zeros left out."""
    rows = engine.table([name], period, by=dimension)
    return {key: int(row[name].numerator) for key, row in rows.items() if row[name].numerator}


def a_month(place: Place) -> Iterable[Recording]:
    """March in town: what each measure counts in it is written beside each in `test_measures`."""
    direct = (("direct_answer", at(3, 1, 9, 5)), ("close", at(3, 1, 9, 5)))
    yield tell(place, "A", at(3, 1), *direct, person=LEE, issues=2)
    yield tell(place, "B", at(3, 2), ("direct_answer", at(3, 2, 9, 5)), person=LEE, nature="inquiry")
    yield tell(
        place,
        "C",
        at(3, 1),
        ("dispatch", at(3, 1, 10), to("water", "housing")),
        ("claim", at(3, 1, 11)),
        ("contact", at(3, 1, 12)),
        ("answer", at(3, 10)),
        ("release", at(3, 10)),
        ("close", at(3, 10)),
        ("call_back", at(3, 11), {"outcome": "reached", "solved": True, "satisfied": "satisfied"}),
        person=WANG,
    )
    yield tell(
        place,
        "D",
        at(3, 1),
        ("dispatch", at(3, 1, 10), to("water")),
        ("claim", at(3, 4)),
        ("answer", at(3, 18)),
        ("release", at(3, 18)),
        ("close", at(3, 18)),
        ("call_back", at(3, 21), {"outcome": "reached", "solved": False, "satisfied": "dissatisfied"}),
        ("appeal", at(3, 22), {"call": 7}),
        ("rule_appeal", at(3, 23), {"call": 7, "upheld": True}),
    )
    yield tell(place, "E", at(3, 2), ("dispatch", at(3, 2, 10), to("housing")), ("claim", at(3, 2, 11)))
    yield tell(place, "F", at(3, 30), ("dispatch", at(3, 30, 10), to("stone")), ("claim", at(3, 30, 11)))
    yield from _handed_about(place)
    yield from _ended_otherwise(place)
    yield from _of_other_months(place)


def _handed_about(place: Place) -> Iterable[Recording]:
    yield tell(
        place,
        "G",
        at(3, 3),
        ("dispatch", at(3, 3, 10), to("market")),
        ("ask_return", at(3, 3, 12), {"reason": "not_ours"}),
        ("agree_return", at(3, 3, 15)),
        ("dispatch", at(3, 3, 16), to("water")),
        ("claim", at(3, 3, 17), {"on": 2}),
        ("answer", at(3, 14), {"on": 2}),
        ("release", at(3, 14), {"on": 2}),
    )
    yield tell(
        place,
        "H",
        at(3, 7),
        ("dispatch", at(3, 7, 10), to("housing")),
        ("claim", at(3, 7, 11)),
        ("ask_return", at(3, 7, 12), {"reason": "not_ours"}),
        ("refuse_return", at(3, 7, 13)),
        ("answer", at(3, 9)),
        ("release", at(3, 9)),
        ("send_back", at(3, 9, 15)),
        ("answer", at(3, 10)),
        ("release", at(3, 10)),
        ("close", at(3, 10)),
        nature="inquiry",
    )
    yield tell(
        place,
        "I",
        at(3, 8),
        ("dispatch", at(3, 8, 10), to("water")),
        ("claim", at(3, 8, 11)),
        ("ask_extension", at(3, 9)),
        ("grant_extension", at(3, 10), {"until": "2022-03-30"}),
        ("answer", at(3, 25)),
        ("release", at(3, 25)),
        ("close", at(3, 25)),
    )


def _ended_otherwise(place: Place) -> Iterable[Recording]:
    to_stone = ("dispatch", at(3, 11, 10), to("stone"))
    yield tell(place, "J", at(3, 9), ("refuse", at(3, 9, 10), {"reason": "police"}))
    yield tell(place, "K", at(3, 10), ("dispatch", at(3, 10, 10), to("stone")), ("withdraw", at(3, 10, 12)))
    yield tell(
        place, "L", at(3, 11), to_stone, ("merge", at(3, 11, 11), {"into": "E", "before": "dispatched"})
    )
    yield tell(place, "M", at(3, 12), ("mark_invalid", at(3, 12, 10)))
    yield tell(place, "N", at(3, 13), ("terminate", at(3, 13, 10)))
    yield tell(place, "O", at(3, 4), *answered("water", at(3, 4, 10), at(3, 7)), ("reopen", at(3, 21)))


def _of_other_months(place: Place) -> Iterable[Recording]:
    yield tell(place, "P", at(2, 25), *answered("housing", at(2, 25, 10), at(3, 2)))
    yield tell(place, "Q", at(2, 28), ("dispatch", at(2, 28, 10), to("water")))
    yield tell(place, "R", at(2, 10), *answered("water", at(2, 10, 10), at(2, 15)), ("reopen", at(3, 5)))
    yield tell(place, "S", at(2, 10), *answered("water", at(2, 10, 10), at(2, 15)))
    yield tell(place, "T", at(4, 1), ("direct_answer", at(4, 1, 10)))
