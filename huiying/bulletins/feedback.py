"""What the units answered to the bulletin before, fit to be printed: masked, no protected case named."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import reduce

from huiying.bulletins import rectification
from huiying.bulletins.models import Edition, Rectification, RectificationStatus
from huiying.bulletins.public import INFORMED
from huiying.cases import clocks, privacy
from huiying.cases.models import Case
from huiying.common.masking import mask_text
from huiying.statistics import periods
from huiying.statistics.periods import Period

_NUMBER = re.compile(r"[0-9A-Za-z-]{4,}")
"""What may be the number of a case."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Unit and quote of each accepted answer in the office's order, and the units whose time ran out."""

    accepted: Sequence[tuple[str, str]] = ()
    unanswered: Sequence[str] = ()


def answers(series: str, period: Period, *, known_at: datetime, tz: tzinfo) -> Answers:
    """What is known at an instant of the answers to the bulletin before that of `period`."""
    before = _before(series, period, known_at)
    if before is None:
        return Answers()
    asked = rectification.of_bulletin(before).filter(asked_at__lte=known_at)
    rows = list(asked.exclude(status=RectificationStatus.DROPPED).order_by("unit__order", "pk"))
    accepted = [row for row in rows if row.accepted_at and row.accepted_at <= known_at]
    late = rectification.overdue(asked, clocks.local_date(known_at, tz))
    said = printed(accepted)
    return Answers(
        [(row.unit.name, said[row.pk]) for row in accepted],
        list(late.order_by("unit__order", "pk").values_list("unit__name", flat=True)),
    )


def _before(series: str, period: Period, known_at: datetime) -> Edition | None:
    """The published bulletin of the latest such period before this one."""
    published = Edition.objects.filter(series=series, published_at__lte=known_at, corrects=None)
    earlier = [
        (at.ends_on, edition)
        for edition in published.only("series", "period")
        if (at := periods.parse(edition.period)).kind == period.kind and at.ends_on < period.starts_on
    ]
    return max(earlier, key=lambda pair: pair[0])[1] if earlier else None


def printed(rows: Sequence[Rectification]) -> dict[int, str]:
    """How a bulletin prints the quote of each."""
    protected = _protected(rows)
    return {row.pk: mask_text(_unnamed(row.quote, protected)) for row in rows}


def without_reporters(row: Rectification) -> Callable[[str], str]:
    """Takes out of a text what points at the reporters of protected cases: for the unit's own page."""
    cleaned = [privacy.without_traces(case) for case in _protected([row])]
    return lambda text: reduce(lambda said, clean: clean(said), cleaned, text)


def _protected(rows: Sequence[Rectification]) -> list[Case]:
    """The protected cases behind some rows or named in what is said of them."""
    said = [(row.quote, row.problem) for row in rows]
    numbers = {number for row in rows for number in row.cases} | {
        number for texts in said for text in texts for number in _NUMBER.findall(text)
    }
    found = Case.objects.filter(privacy.GUARDED, number__in=numbers)
    return list(found.select_related("nature", "person"))


def _unnamed(text: str, protected: Sequence[Case]) -> str:
    for case in protected:
        text = privacy.without_traces(case)(text)
        for name in filter(None, (case.number, case.title)):
            text = text.replace(name, INFORMED)
    return text
