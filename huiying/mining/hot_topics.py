"""Hot topics: reports of one matter put together, named, and ranked by heat. Pure.

A matter is what several people report of one place or thing; `mining/gathering.py` finds it. Nothing is
invented: a group is named in the words of its own most typical title.

Heat (`heat`): voice × density × freshness.
    voice      persons + ln(1 + reports − persons) + √(likes + dislikes / 2): reports over one a person count
               by their logarithm, clicks by their root;
    density    1 / (1 + ln(1 + weeks from first to last report)): as many in shorter time are hotter;
    freshness  2^(−days since the last report / 90), counted from the last report of all.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import log, sqrt

from huiying.common.text import bigrams, normalise
from huiying.mining.entities import REGION, places
from huiying.mining.gathering import BODY_READ, groups
from huiying.mining.titles import ROOM, bare, fitted, quality

LEAST_REPORTS = 3
HALF_LIFE_DAYS = 90

_ABOVE = re.compile(rf"(?:{REGION}(?!场|民|政))+")
_ENDS_A_PLACE = re.compile(r"[^省市县区].*[苑园府城湾郡庭轩站线桥河湖山厂院校场路街村庄]$")
_PEOPLE = re.compile(
    r"业主|居民|村民|住户|租户|学生|家长|老师|教师|员工|职工|农民工|工人|司机|消费者|市民|患者|老人|商户|乘客|学员|退役军人|残疾人|"
    r"购房者|投资者|受害者|车主|网民|群众"
)


@dataclass(frozen=True, slots=True)
class Report:
    """One report: its number, title and text, who (any key; "" is somebody of their own), when, clicks, and
    the address and the area that it was registered with."""

    id: str
    title: str
    body: str = ""
    person: str = ""
    at: datetime | None = None
    likes: int = 0
    dislikes: int = 0
    place: str = ""
    area: str = ""


@dataclass(frozen=True, slots=True)
class Matter:
    """A group of reports, the most typical first; `heat` as the head of this module says."""

    heat: float
    phrase: str
    place: str
    people: str
    start: datetime | None
    end: datetime | None
    persons: int
    reports: tuple[Report, ...]

    @property
    def ids(self) -> list[str]:
        return [report.id for report in self.reports]


def hot_topics(
    reports: Sequence[Report],
    *,
    least: int = LEAST_REPORTS,
    progress: Callable[[int, int], None] | None = None,
) -> list[Matter]:
    """The matters that at least `least` reports of as many persons are about, the hottest first.

    Deterministic. Time grows with the number of close pairs; 4,000 reports take a few seconds.
    """
    if len(reports) < least:
        return []
    newest = max((report.at for report in reports if report.at), default=None)
    titles, bodies = [report.title for report in reports], [report.body for report in reports]
    found = groups(titles, bodies, least=least, progress=progress)
    matters = [_matter([reports[i] for i in group], name, newest) for group, name in found]
    matters = [matter for matter in matters if matter.persons >= least]
    return sorted(matters, key=lambda matter: (-matter.heat, matter.ids[0]))


def heat(
    reports: Sequence[Report],
    persons: int,
    start: datetime | None,
    end: datetime | None,
    newest: datetime | None,
) -> float:
    """The heat of a group, by the formula at the head of this module. Without times it is the voice."""
    clicks = sum(report.likes for report in reports) + sum(report.dislikes for report in reports) / 2
    voice = persons + log(1 + len(reports) - persons) + sqrt(max(0.0, clicks))
    if start is None or end is None or newest is None:
        return voice
    weeks = (end - start).total_seconds() / (7 * 86_400)
    days = max(0.0, (newest - end).total_seconds() / 86_400)
    return float(voice / (1 + log(1 + weeks)) * 2 ** (-days / HALF_LIFE_DAYS))


# What a group is called


def _matter(reports: list[Report], name: str, newest: datetime | None) -> Matter:
    times = sorted(report.at for report in reports if report.at)
    start, end = (times[0], times[-1]) if times else (None, None)
    persons = len({report.person for report in reports if report.person})
    persons += sum(not report.person for report in reports)
    return Matter(
        heat=round(heat(reports, persons, start, end, newest), 3),
        phrase=phrase(reports),
        place=_place(reports, name),
        people="、".join(
            _counted(_PEOPLE, [f"{r.title}{r.body[:BODY_READ]}" for r in reports], least=1 / 3)[:2]
        ),
        start=start,
        end=end,
        persons=persons,
        reports=tuple(reports),
    )


def phrase(reports: Sequence[Report]) -> str:
    """What the reports are about, in at most 25 characters, fit for "主要反映…": a title of theirs, one whose
    words the others share and that says what is wrong, without 咨询, 关于 and the like, ending in 问题."""
    heard = Counter(pair for report in reports for pair in set(bigrams(normalise(report.title))))

    def fit(said: str) -> float:
        pairs = set(bigrams(said))
        return quality(said) * sum(heard[pair] for pair in pairs) / (len(pairs) + 6) if pairs else 0.0

    said = max((fitted(plain(report.title)) for report in reports), key=lambda said: (fit(said), said))
    return f"{said}问题" if said else "其他问题"


def plain(title: str) -> str:
    """A title without what only says that something is said, and without its full stop; of one that is too
    long, its first sentence."""
    said = bare(normalise(title))
    return bare(re.split(r"[,;!?]|。", said)[0]) or said if len(said) > ROOM else said


def _place(reports: Sequence[Report], name: str) -> str:
    """Where it is, with the names above it that the titles write: the place with the shared name in it that
    most reports name, else that name if it ends like a place's, else the place that half of the titles name.
    """
    above = next(iter(_counted(_ABOVE, [bare(normalise(r.title)) for r in reports], least=0.3)), "")
    name = _ABOVE.sub("", name)
    heard = _heard(f"{report.title}\n{report.body[:BODY_READ]}" for report in reports)
    found = [place for place in heard if name and name in place and heard[place] > 1]
    if not found and _ENDS_A_PLACE.search(name):
        found = [name]
    if not found:
        heard = _heard(report.title for report in reports)
        found = [place for place in heard if heard[place] >= max(2, len(reports) / 2)]
    place = max(found, key=lambda place: (heard[place], len(place), place), default="")
    return f"{above}{place}"


def _heard(texts: Iterable[str]) -> Counter[str]:
    """In how many texts each place is named, without the names above it."""
    return Counter(place for text in texts for place in {_ABOVE.sub("", place) for place in places(text)})


def _counted(pattern: re.Pattern[str], texts: Sequence[str], *, least: float) -> list[str]:
    """The words that a share of the texts has, the most frequent first, of equals the longer."""
    heard = Counter(word for text in texts for word in set(pattern.findall(text)))
    kept = [word for word, count in heard.items() if count >= least * len(texts)]
    return sorted(kept, key=lambda word: (-heard[word], -len(word), word))
