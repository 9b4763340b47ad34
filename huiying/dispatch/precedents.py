"""Who led on which topics lately, and what the words say: the rows that `routing` judges by."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from huiying.cases.history import CaseState
from huiying.cases.models import Assignment
from huiying.cases.moves import GONE, TaskStatus
from huiying.cases.place import Place
from huiying.dispatch.routing import (
    Heard,
    Helped,
    Matter,
    Precedents,
    Suggestion,
    helpers,
    parent,
    suggest,
)
from huiying.mining import guessing
from huiying.mining.cold_start import duty_in

LOOKED_BACK = 3_000
"""So many of the newest assignments are asked, so that the cost does not grow with the years."""
READ_AGAIN = 200
"""What so many texts say is kept: a queue is looked at again after each case that was handed on."""

Helpful = defaultdict[tuple[str, str], list[Helped]]
"""Who helped, by the leading unit and the topic."""


def suggestions(
    place: Place, states: Sequence[CaseState], texts: Sequence[str] = ()
) -> list[list[Suggestion]]:
    """For each case its likeliest units, the first first; by its text too, where texts are given.

    Asks the database once.
    """
    led, helpful = precedents(place, {state.topic for state in states if state.topic})
    units = frozenset(code for code, unit in place.units.items() if unit.active)
    reader = guessing.reader(place)
    heard = [_heard(reader, text, units) for text in texts] if texts else [{} for _ in states]
    matters = [replace(_matter(place, state), heard=said) for state, said in zip(states, heard, strict=True)]
    return [
        [
            replace(each, helpers=tuple(helpers(matter, each.unit, helpful[each.unit, matter.topic], units)))
            for each in suggest(matter, led, units)
        ]
        for matter in matters
    ]


@lru_cache(maxsize=READ_AGAIN)
def _heard(reader: guessing.Reader, text: str, units: frozenset[str]) -> dict[str, Heard]:
    """What the words of a text say for the units."""
    verdict, learnt = reader.guess("unit", text, units), reader.learnt("unit")
    ranked = verdict.ranked if verdict else ()
    words = verdict.words[:3] if verdict else ()
    return {
        each.label: Heard(
            each.probability,
            () if no else words,
            learnt,
            "" if learnt else duty_in(text, reader.place.units[each.label].duties),
        )
        for no, each in enumerate(ranked)
    }


def precedents(place: Place, topics: Collection[str]) -> tuple[Precedents, Helpful]:
    """What the units led on these topics and their sisters, by topic and area, and who helped them."""
    parents = {parent(path) for path in topics}
    asked = {topic.pk: path for path, topic in place.topics.items() if parent(path) in parents}
    if not asked:
        return Precedents({}, {}), Helpful(list)
    newest = Assignment.objects.order_by("-pk").values("pk")[:LOOKED_BACK]
    given = Assignment.objects.filter(pk__in=newest, case__topic__in=asked).order_by()
    rows: list[Given] = list(
        given.values_list("role", "status", "case", "case__topic", "case__area", "unit").iterator()
    )
    areas = {None: ""} | {area.pk: code for code, area in place.areas.items()}
    units = {unit.pk: code for code, unit in place.units.items()}
    kept = Counter(row[3:] for row in rows if row[0] == "lead" and row[1] not in GONE)
    back = Counter(row[3::2] for row in rows if row[:2] == ("lead", TaskStatus.RETURNED))
    told = Precedents(
        {(asked[topic], areas[area], units[unit]): n for (topic, area, unit), n in kept.items()},
        {(asked[topic], units[unit]): n for (topic, unit), n in back.items()},
    )
    helpful = Helpful(list)
    for lead, topic, unit, *n in _helped(rows):
        helpful[units[lead], asked[topic]].append(Helped(units[lead], asked[topic], units[unit], *n))
    return told, helpful


Given = tuple[str, str, int, int, int | None, int]
"""An assignment: role, status, case, the case's topic and area, unit."""


def _helped(rows: Collection[Given]) -> Iterator[tuple[int, ...]]:
    """Lead, topic and helper, with the cases led, of them those helped in, and dropped, each case once."""
    leads = {(row[2], row[5], row[3]) for row in rows if row[0] == "lead" and row[1] not in GONE}
    led, leading = Counter(row[1:] for row in leads), defaultdict[int, list[int]](list)
    for case, unit, _ in leads:
        leading[case].append(unit)
    counts = defaultdict[tuple[int, int, int], list[int]](lambda: [0, 0])
    for case, topic, unit, gone in {
        (row[2], row[3], row[5], row[1] in GONE) for row in rows if row[0] == "co"
    }:
        for lead in leading[case]:
            counts[lead, topic, unit][gone] += lead != unit
    return ((*key, led[key[:2]], *n) for key, n in counts.items() if any(n))


def _matter(place: Place, state: CaseState) -> Matter:
    area = place.areas.get(state.area)
    home = {code for code, unit in place.units.items() if area and area.name in {unit.name, *unit.aliases}}
    declined = {task.unit for task in state.tasks.values() if task.status is TaskStatus.RETURNED}
    return Matter(state.topic, state.area, frozenset(declined), frozenset(home))
