"""Whom a published bulletin names: by its problems as they were written, and by the counts that nobody likes.

Both are read from the edition: its authored sentences, and the cases that its figures counted as of and known
at its own instants, of the units that it prints.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from huiying.bulletins import content as contents
from huiying.bulletins.content import Content, Heading, runs_of, shown
from huiying.bulletins.models import Edition
from huiying.bulletins.styles import choose
from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.statistics import periods
from huiying.statistics.engine import engine
from huiying.statistics.measures import MEASURES

USUAL = ("late_claim", "late_reply", "sent_back")
"""The counts by which a unit is named, where the place chooses no others."""


@dataclass
class Named:
    """A unit that the bulletin names: the sentences, and the cases behind its figures, by measure."""

    unit: str
    said: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    cases: dict[str, None] = field(default_factory=dict)

    @property
    def problem(self) -> str:
        """What it is to answer to, line by line."""
        return "\n".join(
            [*self.said, *(f"{MEASURES[name].title} {n} 件。" for name, n in self.counts.items())]
        )


def named(edition: Edition, place: Place) -> list[Named]:
    """The units that an edition names, in the office's order."""
    found = {code: Named(code) for code in place.units}
    for text in edition.authored.get("problems") or ():
        for code in mentioned(text, place):
            found[code].said.append(text)
    printed = mentioned(_printed(contents.load(edition.content)), place)
    for code, name, case in _counted(edition, place):
        if code in printed:
            found[code].counts[name] += 1
            found[code].cases[case] = None
    return [each for each in found.values() if each.said or each.counts]


def mentioned(text: str, place: Place) -> set[str]:
    """The units that a text names, by name or alias; of two that fit in one spot, the longer is meant."""
    words = {word: unit.code for unit in place.units.values() for word in (unit.name, *unit.aliases) if word}
    if not words:
        return set()
    longest_first = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return {words[met] for met in re.findall(longest_first, text)}


def _printed(content: Content) -> str:
    """All that the document says, paragraphs and tables."""
    said = (
        each.text if isinstance(each, Heading) else shown(tuple(runs_of(each))) for each in content.blocks
    )
    return "\n".join(said)


def _counted(edition: Edition, place: Place) -> list[tuple[str, str, str]]:
    """Unit, measure and case of each case that counts against a unit, within the bulletin's scopes."""
    try:
        style = choose(place.config, edition.style)
    except Refused:  # the place has this style no more: its sentences still name units
        return []
    period, names = periods.parse(edition.period), measures(place)
    asked = engine(period, as_of=edition.as_of, known_at=edition.known_at, place=place)
    rows = asked.counted(names, period, scopes=[scope.where for scope in style.scopes.values()])
    return [(row["unit"], name, row["case"]) for row in rows for name in names if row[name]]


def measures(place: Place) -> tuple[str, ...]:
    """The counts by which a unit is named. Raises Refused for a measure that is none."""
    chosen = place.config.get("bulletin", {}).get("rectification", {}).get("measures", USUAL)
    for name in chosen:
        if name not in MEASURES or MEASURES[name].denominator:
            raise Refused(f"地方配置 [bulletin.rectification] 的 measures 中，“{name}”不是件数指标。")
    return tuple(chosen)
