"""Which unit should lead, judged by who led on such matters before and by the request's words. Pure.

A unit gains by each earlier case of the same topic, more where it lay in the same area, and loses by each
that it gave back; it gains by what the words say, which were learnt from the cases that units kept. Below
the least confidence the answer is 不确定. This is a suggestion with its reasons; a person decides.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

SAME_TOPIC, SAME_AREA, NEAR_TOPIC, AT_HOME, GIVEN_BACK = 1.0, 1.0, 0.25, 1.0, -2.0
"""What one earlier case of the topic weighs, one more for its area, one of a sister topic; the unit
of the very area; a return."""
IN_WORDS, IN_NAMES = 4.0, 1.0
"""What the words weigh at certainty: as much as so many earlier cases; less where they only meet names."""
HEARD, HEARD_IN_NAMES = 0.2, 0.1
"""A unit that words learnt, or names and duties, make less likely than this is not spoken for by them."""
DOUBT = 2.0
"""Weight of what is not known: a single precedent is not yet certainty."""
SHOWN = 3
HELPED, HELPED_SHARE = 3, 0.4
"""A unit helped in at least so many earlier cases, and in so great a part of them, to be named as co-unit."""
WORDS = ((0.7, "高"), (0.4, "中"), (0.0, "低"))


class Precedents:
    """What the units led before, added up once, however many matters are judged by it: `kept` tells how many
    cases of a topic and an area a unit led to the end, `returned` how many of a topic it gave back."""

    def __init__(
        self, kept: Mapping[tuple[str, str, str], int], returned: Mapping[tuple[str, str], int]
    ) -> None:
        self.in_area, self.returned = Counter(kept), Counter(returned)
        self.kept, self.near = Counter[tuple[str, str]](), defaultdict[str, Counter[str]](Counter)
        for (topic, _, unit), n in kept.items():
            self.kept[topic, unit] += n
        for topic, unit in {**self.kept, **returned}:
            self.near[parent(topic)][unit] += self.kept[topic, unit]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A unit that could lead, how sure that is (0 to 1), and why; and which units usually help it."""

    unit: str
    confidence: float
    reasons: tuple[str, ...]
    helpers: tuple[Helped, ...] = ()

    @property
    def word(self) -> str:
        """高, 中 or 低."""
        return next(word for least, word in WORDS if self.confidence >= least)

    @property
    def percent(self) -> int:
        return round(self.confidence * 100)

    @property
    def said(self) -> str:
        """How sure, for people: 把握高 81%, or 不确定 33%."""
        return f"{'不确定' if self.word == WORDS[-1][1] else '把握' + self.word} {self.percent}%"


@dataclass(frozen=True, slots=True)
class Heard:
    """What the words of a request say for a unit: how probable it is, the words that spoke for it most, and
    whether that was learnt from cases, or only from the names and duties of units; which `duty` they meet."""

    probability: float
    words: tuple[str, ...] = ()
    learnt: bool = True
    duty: str = ""

    @property
    def weight(self) -> float:
        return (IN_WORDS if self.learnt or self.duty else IN_NAMES) * self.probability

    @property
    def reason(self) -> str:
        if self.duty:
            return f"职责：{self.duty}"
        words = f"（{'、'.join(self.words)}）" if self.words else ""
        return f"诉求文字像其承办的事项{words}" if self.learnt else f"诉求文字与其名称相近{words}"


@dataclass(slots=True)
class _Tally:
    topic: int = 0
    area: int = 0
    near: int = 0
    returned: int = 0
    home: bool = False
    heard: Heard | None = None

    @property
    def weight(self) -> float:
        return (
            SAME_TOPIC * self.topic
            + SAME_AREA * self.area
            + NEAR_TOPIC * self.near
            + AT_HOME * self.home
            + GIVEN_BACK * self.returned
            + (self.heard.weight if self.heard else 0)
        )

    @property
    def reasons(self) -> tuple[str, ...]:
        said = [
            (self.topic, f"同类事项承办过 {self.topic} 件"),
            (self.area, f"其中同一区域 {self.area} 件"),
            (self.near, f"相近事项承办过 {self.near} 件"),
            (self.home, "地点在其辖区"),
            (self.heard, self.heard.reason if self.heard else ""),
            (self.returned, f"同类事项退办过 {self.returned} 件"),
        ]
        return tuple(words for found, words in said if found)


@dataclass(frozen=True, slots=True)
class Matter:
    """What is to be dispatched: topic path and area code ("" unknown), the units that gave this very
    case back, those whose own area it is, and what its words say for a unit."""

    topic: str
    area: str = ""
    declined: Collection[str] = field(default_factory=frozenset)
    home: Collection[str] = field(default_factory=frozenset)
    heard: Mapping[str, Heard] = field(default_factory=dict)


def suggest(matter: Matter, precedents: Precedents, units: Collection[str]) -> list[Suggestion]:
    """At most three of `units` that could lead, the likeliest first; none where nothing speaks for any.

    Precedents of other topics than the matter's own count as near ones if they share its parent. Likeness to
    mere names and duties counts only where nobody led on the topic yet.
    """
    tallies = _tallies(matter, precedents)
    led = any(tally.topic for tally in tallies.values())
    for unit, heard in matter.heard.items():
        least = HEARD if heard.learnt else HEARD_IN_NAMES
        if heard.probability >= least and (heard.learnt or not led):
            tallies.setdefault(unit, _Tally()).heard = heard
    open_to = {
        unit: tally
        for unit, tally in tallies.items()
        if unit in units and unit not in matter.declined and tally.weight > 0
    }
    total = sum(tally.weight for tally in open_to.values()) + DOUBT
    ranked = sorted(open_to.items(), key=lambda pair: (-pair[1].weight, pair[0]))
    return [Suggestion(unit, tally.weight / total, tally.reasons) for unit, tally in ranked[:SHOWN]]


def _tallies(matter: Matter, precedents: Precedents) -> dict[str, _Tally]:
    """What the units led on the matter's topic and its sisters, and whose area it is."""
    tallies = {code: _Tally(home=True) for code in matter.home}
    near = precedents.near.get(parent(matter.topic), Counter()) if matter.topic else Counter[str]()
    for unit, n in near.items():
        own = matter.topic, unit
        tally = tallies.setdefault(unit, _Tally())
        tally.topic, tally.returned = precedents.kept[own], precedents.returned[own]
        tally.area = precedents.in_area[matter.topic, matter.area, unit] if matter.area else 0
        tally.near = n - tally.topic
    return tallies


@dataclass(frozen=True, slots=True)
class Helped:
    """In how many of the `led` cases of a topic that one unit led another one helped to the end, and in how
    many it was named but gave its part back or was taken off."""

    lead: str
    topic: str
    unit: str
    led: int
    kept: int
    dropped: int = 0

    @property
    def telling(self) -> bool:
        net = self.kept - self.dropped
        return net >= HELPED and net >= HELPED_SHARE * self.led

    @property
    def reason(self) -> str:
        dropped = f"，退办或撤销 {self.dropped} 件" if self.dropped else ""
        return f"相似的 {self.led} 件中 {self.kept} 件由其协办{dropped}"


def helpers(matter: Matter, lead: str, history: Iterable[Helped], units: Collection[str]) -> list[Helped]:
    """At most three of `units` that usually help this lead on such matters, the surest first."""
    open_to = [
        row
        for row in history
        if (row.lead, row.topic) == (lead, matter.topic)
        and row.telling
        and row.unit in units
        and row.unit != lead
        and row.unit not in matter.declined
    ]
    return sorted(open_to, key=lambda row: (row.dropped - row.kept, row.unit))[:SHOWN]


def parent(path: str) -> str:
    """The path of the topic above; a root's is its tree's code."""
    return path.rpartition("/")[0]
