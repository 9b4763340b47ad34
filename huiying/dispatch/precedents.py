"""Who led on which topics lately, and what the words say: the rows that `routing` judges by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

from django.db.models import Count, Q, Subquery
from django.db.models.functions import Coalesce

from huiying.cases.history import CaseState
from huiying.cases.models import Assignment
from huiying.cases.moves import TaskStatus
from huiying.cases.place import Place
from huiying.dispatch.routing import Heard, Helped, Matter, Precedent, Suggestion, helpers, parent, suggest
from huiying.mining import guessing
from huiying.mining.cold_start import duty_in

LOOKED_BACK = 5_000
"""So many of the newest assignments are asked, so that the cost does not grow with the years."""


def suggestions(
    place: Place, states: Sequence[CaseState], texts: Sequence[str] = ()
) -> list[list[Suggestion]]:
    """For each case its likeliest units, the first first; by its text too, where texts are given.

    Asks the database once.
    """
    sisters: dict[str, list[Precedent]] = {}
    led, helped = precedents(place, {state.topic for state in states if state.topic})
    for row in led:
        sisters.setdefault(parent(row.topic), []).append(row)
    units = {code for code, unit in place.units.items() if unit.active}
    heard = _heard(place, texts, units) if texts else [{} for _ in states]
    matters = [replace(_matter(place, state), heard=said) for state, said in zip(states, heard, strict=True)]
    return [
        [
            replace(each, helpers=tuple(helpers(matter, each.unit, helped, units)))
            for each in suggest(matter, sisters.get(parent(matter.topic), []), units)
        ]
        for matter in matters
    ]


def _heard(place: Place, texts: Sequence[str], units: Collection[str]) -> list[dict[str, Heard]]:
    """What the words of each text say for the units."""
    reader = guessing.reader(place)
    learnt = reader.learnt("unit")
    found = []
    for text in texts:
        verdict = reader.guess("unit", text, units)
        ranked = verdict.ranked if verdict else ()
        words = verdict.words[:3] if verdict else ()
        found.append(
            {
                each.label: Heard(
                    each.probability,
                    () if no else words,
                    learnt,
                    "" if learnt else duty_in(text, place.units[each.label].duties),
                )
                for no, each in enumerate(ranked)
            }
        )
    return found


def precedents(place: Place, topics: Collection[str]) -> tuple[list[Precedent], list[Helped]]:
    """What the units led on these topics and their sisters, by topic and area, and who helped them."""
    parents = {parent(path) for path in topics}
    asked = [topic.pk for path, topic in place.topics.items() if parent(path) in parents]
    if not asked:
        return [], []
    oldest = Assignment.objects.order_by("-pk").values("pk")[LOOKED_BACK : LOOKED_BACK + 1]
    given = Assignment.objects.filter(pk__gt=Coalesce(Subquery(oldest), 0), role="lead")
    given = given.filter(case__topic__in=asked).exclude(status=TaskStatus.CANCELLED)
    kept = ~Q(status=TaskStatus.RETURNED)
    co = kept & Q(case__assignments__role="co")
    off = Q(case__assignments__status__in=(TaskStatus.RETURNED, TaskStatus.CANCELLED))
    counted = (
        given.order_by()
        .values_list("unit__code", "case__topic__path", "case__area__code", "case__assignments__unit__code")
        .annotate(
            led=Count("pk", distinct=True),
            returned=Count("pk", distinct=True, filter=~kept),
            cases=Count("case", distinct=True, filter=kept),
            helped=Count("case", distinct=True, filter=co & ~off),
            dropped=Count("case", distinct=True, filter=co & off),
        )
    )
    return _told(list(counted))


def _told(
    rows: list[tuple[str, str, str | None, str, int, int, int, int, int]],
) -> tuple[list[Precedent], list[Helped]]:
    """The rows of a lead with itself are what it led; those with another unit are how that one helped."""
    led: Counter[tuple[str, str]] = Counter()
    kept: Counter[tuple[str, str, str]] = Counter()
    dropped: Counter[tuple[str, str, str]] = Counter()
    found = []
    for lead, topic, area, unit, count, back, cases, helped, off in rows:
        if unit == lead:
            found.append(Precedent(lead, topic, area or "", count, back))
            led[lead, topic] += cases
        kept[lead, topic, unit] += helped
        dropped[lead, topic, unit] += off
    return found, [Helped(*key, led[key[:2]], kept[key], dropped[key]) for key in kept if key[0] != key[2]]


def _matter(place: Place, state: CaseState) -> Matter:
    area = place.areas.get(state.area)
    home = {code for code, unit in place.units.items() if area and area.name in {unit.name, *unit.aliases}}
    declined = {task.unit for task in state.tasks.values() if task.status is TaskStatus.RETURNED}
    return Matter(state.topic, state.area, frozenset(declined), frozenset(home))
