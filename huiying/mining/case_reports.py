"""Cases as reports of one matter or another: what is read of them for hot topics and alarms."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from huiying.cases.models import Case, CaseText
from huiying.cases.moves import Ending
from huiying.cases.place import Place
from huiying.mining.hot_topics import Matter, Report, phrase
from huiying.mining.titles import SHORTEST


@dataclass(frozen=True, slots=True)
class Row:
    """What the watch knows of one case. `person` is "" where nobody is known."""

    pk: int
    number: str
    at: datetime
    topic: str
    area: str
    village: str
    unit: str
    person: str
    title: str
    guarded: bool


def persons_of(rows: Iterable[Row]) -> int:
    """How many people reported: one telephone is one person, somebody unknown somebody of their own."""
    rows = list(rows)
    return len({row.person for row in rows if row.person}) + sum(not row.person for row in rows)


def rows(asked: Q) -> Iterator[Row]:
    """The cases that fit, the oldest first; never what was no case."""
    names = (
        *("pk", "number", "received_at", "topic__path", "area__code", "village", "lead__unit__code"),
        *("person__phone_index", "person__name_index", "person_id", "title", "secret", "nature__guarded"),
    )
    found = Case.objects.exclude(ending=Ending.INVALID).filter(asked).order_by("received_at", "pk")
    for row in found.values_list(*names).iterator():
        pk, number, at, topic, area, village, unit, phone, name, person, title, secret, guarded = row
        who = phone or name or (str(person) if person else "")
        hidden = bool(secret or guarded)
        yield Row(pk, number, at, topic or "", area or "", village, unit or "", who, title, hidden)


def bodies(rows: Iterable[Row]) -> dict[int, str]:
    """What the citizens wrote, by case; not what was erased."""
    texts = CaseText.objects.filter(kind="body", erased_at=None, case__in=[row.pk for row in rows])
    return dict(texts.order_by("-pk").values_list("case_id", "text"))


def reports(rows: Sequence[Row]) -> list[Report]:
    """The cases with their words."""
    words = bodies(rows)
    return [Report(row.number, row.title, words.get(row.pk, ""), row.person, row.at) for row in rows]


def named(place: Place, matter: Matter, rows: list[Row]) -> tuple[str, str]:
    """What a matter is called on the page, from titles of unprotected cases only; and without their words."""
    guarded = {row.number for row in rows if row.guarded}
    open_reports = [report for report in matter.reports if report.id not in guarded]
    paths = [row.topic for row in rows if row.topic in place.topics]
    topic = place.topics[max(set(paths), key=lambda path: (paths.count(path), path))].name if paths else ""
    plain = f"“{topic}”类同一事项" if topic else "同一事项"
    return (_of_all(phrase(open_reports), place, rows) if open_reports else plain), plain


def _of_all(said: str, place: Place, rows: Sequence[Row]) -> str:
    """A phrase without the areas that most of the cases do not lie in: one title lends it, not one case its
    town."""
    for code, area in place.areas.items():
        if area.name not in said:
            continue
        there = sum(row.area == code or area.name in row.title for row in rows)
        rest = re.sub(rf"[(（]{re.escape(area.name)}[)）]|{re.escape(area.name)}", "", said)
        if 2 * there < len(rows) and len(rest) >= SHORTEST:
            said = rest
    return said
