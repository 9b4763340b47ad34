"""热点: the matters of a period's cases, as rows that a page shows and a batch keeps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q

from huiying.accounts.models import Role
from huiying.cases.clocks import local_date
from huiying.cases.place import Place
from huiying.mining.case_reports import Row, named, persons_of, reports, rows
from huiying.mining.hot_topics import hot_topics

READERS = frozenset({Role.DISPATCHER, Role.SUPERVISOR, Role.EDITOR, Role.LEADER})
MOST = 10_000
"""So many of the newest cases of a period are put together."""
SHOWN = 20
CASES = 200

Hot = dict[str, Any]


def asked(since: datetime, until: datetime) -> Q:
    """The cases received from one instant up to another."""
    return Q(received_at__gte=since, received_at__lt=until)


def ranked(
    place: Place,
    since: datetime,
    until: datetime,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> list[Hot]:
    """The hottest matters first, as plain data. A protected case counts and lends no words."""
    found = list(rows(asked(since, until)))[-MOST:]
    by_number = {row.number: row for row in found}
    hot = []
    for matter in hot_topics(reports(found), progress=progress)[:SHOWN]:
        those = [by_number[number] for number in matter.ids]
        guarded = any(row.guarded for row in those)
        days = sorted(local_date(row.at, place.keeper.tz) for row in those)
        hot.append(
            {
                "heat": round(matter.heat, 1),
                "phrase": named(place, matter, those)[0],
                "place": "" if guarded else matter.place,
                "areas": areas(place, those),
                "people": "" if guarded else matter.people,
                "start": days[0].isoformat(),
                "end": days[-1].isoformat(),
                "persons": persons_of(those),
                "total": len(those),
                "cases": matter.ids[:CASES],
            }
        )
    return hot


def areas(place: Place, rows: Iterable[Row]) -> list[tuple[str, int]]:
    """The areas of the unprotected cases with how many lie there, most first; unknown ones left out."""
    counts = Counter(row.area for row in rows if row.area in place.areas and not row.guarded)
    return [
        (place.areas[code].name, n)
        for code, n in sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    ]
