"""Find again while somebody types: the stored cases that are likest, in two questions of bounded cost."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from django.db.models import OuterRef, QuerySet, Subquery

from huiying.cases.models import Case, CaseText
from huiying.cases.search import INDEX
from huiying.mining import hints
from huiying.mining.duplicates import SIGNALS, explained, likeness, places_of
from huiying.mining.hot_topics import Report

READ = "number", "title", "status", "received_at", "person", "address", "area__code", "area__name"
"""What is read of a case: of two dozen cases most are not shown, and whole they cost twice as much."""


@dataclass(frozen=True)
class Near:
    """A stored case that is like a text, and how much; `reason` and `quote` say why."""

    case: Case
    likeness: float
    cosine: float
    reports: tuple[Report, Report]

    @cached_property
    def _why(self) -> tuple[tuple[str, ...], str]:
        return explained(self.cosine, *self.reports)

    @property
    def reason(self) -> str:
        return "、".join(self._why[0])

    @property
    def quote(self) -> str:
        """Words that both texts have."""
        return self._why[1]


def similar(
    report: Report,
    cases: QuerySet[Case],
    *,
    also: Collection[int] = (),
    shown: Sequence[str] = (),
    least: float,
    most: int,
) -> list[Near]:
    """Those of `cases` that are like the report (whose id is a case's key, or ""), the likest first.

    `also` are keys of cases to be looked at besides, such as the caller's own; `shown` are columns, as
    `topic__path`, that are read besides. Asks the database twice.
    """
    hits = _hits(hints.asked(report.title, report.body))
    weighed = hints.weights(hits)
    keys = {*also, *hints.nearest(hits, weighed)} - {int(report.id or 0)}
    alike, sight, near = _Alike(report, weighed), cache(places_of), []
    for case in _read(cases.filter(pk__in=keys), shown) if keys else ():
        other = report_of(case, case.words)  # type: ignore[attr-defined]
        cosine = alike.cosine(other)
        if cosine + _at_most(report, other) < least:
            continue  # without looking for places, which costs most
        if (score := likeness(cosine, report, other, sight=sight)) >= least:
            near.append(Near(case, score, cosine, (report, other)))
    return sorted(near, key=lambda each: (-each.likeness, -each.case.pk))[:most]


def _read(cases: QuerySet[Case], shown: Sequence[str]) -> QuerySet[Case]:
    columns = *READ, *shown
    others = {column.rpartition("__")[0] for column in columns} - {""}
    return with_words(cases).select_related(*others).only(*columns)


def _at_most(one: Report, other: Report) -> float:
    """What everything but the words may add to the likeness of two reports."""
    same = one.person and one.person == other.person
    return SIGNALS["place"] + (SIGNALS["person"] if same else 0)


def _hits(pairs: Sequence[str]) -> dict[str, list[int]]:
    """For each pair the newest cases that hold it."""
    found: dict[str, list[int]] = {pair: [] for pair in pairs}
    for place, pk in INDEX.hits([(pair,) for pair in pairs], most=hints.HITS):
        found[pairs[place]].append(pk)
    return found


class _Alike:
    """A report compared with many, by title or as a whole, whichever is more: while it is being typed there
    may be a title only."""

    def __init__(self, report: Report, weighed: Mapping[str, float]) -> None:
        self.title, self.body = hints.pairs(report.title), hints.pairs(report.body)
        self.weighed = weighed

    def cosine(self, other: Report) -> float:
        title = hints.pairs(other.title)
        found = hints.cosine(self.title, title, self.weighed)
        if not self.body:
            return found
        whole = {*title, *hints.pairs(other.body)}
        return max(found, hints.cosine({*self.title, *self.body}, whole, self.weighed))


_BODIES = CaseText.objects.filter(case=OuterRef("pk"), kind="body", erased_at=None).order_by("seq", "id")
_WORDS = Subquery(_BODIES.values("text")[:1])


def with_words(cases: QuerySet[Case]) -> QuerySet[Case]:
    """The cases, each with what was first told (`words`)."""
    return cases.annotate(words=_WORDS).order_by("received_at", "id")


def reports(cases: QuerySet[Case]) -> list[Report]:
    """What is compared of some cases: title, text, person, time, place. Asks the database once."""
    rows = with_words(cases).select_related("area")
    return [report_of(case, case.words) for case in rows]  # type: ignore[attr-defined]


def report_of(case: Case, words: str | None) -> Report:
    """The same of one case whose text is at hand."""
    body = "" if words == case.title else words or ""
    area = case.area.code if case.area else ""
    person = str(case.person_id or "")
    return Report(str(case.pk), case.title, body, person, case.received_at, 0, 0, case.address, area)
