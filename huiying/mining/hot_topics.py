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
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import log, sqrt

from huiying.common.text import bigrams, normalise
from huiying.mining.entities import REGION
from huiying.mining.gathering import BODY_READ, core, groups
from huiying.mining.place_names import PlaceNames, learnt
from huiying.mining.titles import ROOM, bare, fitted, quality

LEAST_REPORTS = 3
HALF_LIFE_DAYS = 90

_ABOVE = re.compile(rf"(?:{REGION}(?!场|民|政))+")
_ENDS_A_PLACE = re.compile(
    r"[^省市县区].*(?:[苑园府城湾郡庭轩汇墅岸站线桥河湖山厂院校场路街村庄]|国际|公馆)$"
)
_ASKED = re.compile(
    r"要?拖到(?:何.)*$|(?:何时|什么时候)(?:才能?|能)?"
    r"(?:下来|办|发放?|通车|开通|交房|建好|修好|落实|搬迁|完工|开工(?:建设)?)?$|(?:情况|进展)?(?:如何|怎样|怎么样)了?$|为什么|为何|到底|究竟"
)
_CALLED = re.compile(rf"^((?:{REGION})*)(?:能否|可否|可不可以|能不能|是否可以|是否能|加紧|尽快|抓紧|问问)+")
"""What a question and a call have over what they are about."""
_FELT = re.compile(r"死了?$|要命|疯|坑害|黑心|无良|良心|居然|竟[然是]|拯救|太.{1,2}了|得快|血汗|做个人")
CUT, FELT = 0.6, 0.5
"""What a title loses that has to be cut, or that complains more than it tells."""
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
    titles = [normalise(report.title) for report in reports]
    bodies = [normalise(report.body)[:BODY_READ] for report in reports]
    names = learnt(titles, bodies)
    persons = [report.person or n for n, report in enumerate(reports)]
    found = groups(titles, bodies, least=least, names=names, persons=persons, progress=progress)
    matters = [_matter([reports[i] for i in group], name, names, newest) for group, name in found]
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


def _matter(reports: list[Report], anchor: str, names: PlaceNames, newest: datetime | None) -> Matter:
    times = sorted(report.at for report in reports if report.at)
    start, end = (times[0], times[-1]) if times else (None, None)
    persons = len({report.person for report in reports if report.person})
    persons += sum(not report.person for report in reports)
    return Matter(
        heat=round(heat(reports, persons, start, end, newest), 3),
        phrase=phrase(reports),
        place=_place(reports, anchor, names),
        people="、".join(
            _counted(_PEOPLE, [f"{r.title}{r.body[:BODY_READ]}" for r in reports], least=1 / 3)[:2]
        ),
        start=start,
        end=end,
        persons=persons,
        reports=tuple(reports),
    )


def phrase(reports: Sequence[Report]) -> str:
    """What the reports (the most typical first) are about, in at most 25 characters, fit for "主要反映…": a
    title of theirs, one whose words the others share and that says what is wrong, without 咨询, 关于 and the
    like, ending in 问题."""
    heard = Counter(pair for report in reports for pair in set(bigrams(normalise(report.title))))

    def fit(title: str) -> tuple[float, str]:
        whole = plain(title)
        said = fitted(whole)
        pairs = set(bigrams(said))
        shared = sum(heard[pair] for pair in pairs) / (len(pairs) + 6)
        lost = (1 if whole.endswith(said) else CUT) * (FELT if _FELT.search(said) else 1)
        return quality(said) * shared * lost, said

    typical = reports[: max(3, len(reports) * 2 // 3)]
    said = max(fit(report.title) for report in typical)[1]
    return f"{said}问题" if said else "其他问题"


def plain(title: str) -> str:
    """A title without what only says that something is said or asked, and without its full stop; of one that
    is too long, its first sentence."""
    said = bare(_ASKED.sub("", bare(normalise(title))))
    said = bare(re.split(r"[,;!?]|。", said)[0]) or said if len(said) > ROOM else said
    return _CALLED.sub(r"\1", said)


def _place(reports: Sequence[Report], anchor: str, names: PlaceNames) -> str:
    """Where it is, with the names above it that the titles write: the place that most titles name, at least
    a third; else the place with the anchor in it that half of the reports name; else the anchor if it ends
    like a place's name."""
    titles = [normalise(report.title) for report in reports]
    above = next(iter(_counted(_ABOVE, [bare(title) for title in titles], least=0.3)), "")
    anchor = _ABOVE.sub("", anchor)
    place = _most_named(titles, names, least=max(2, len(titles) / 3))
    if not place and anchor:
        texts = [
            f"{title}\n{normalise(report.body)[:BODY_READ]}"
            for title, report in zip(titles, reports, strict=True)
        ]
        place = _most_named(texts, names, least=max(2, len(texts) / 2), within=anchor)
    return f"{above}{place or (anchor if _ENDS_A_PLACE.search(anchor) else '')}"


def _most_named(texts: Sequence[str], names: PlaceNames, *, least: float, within: str = "") -> str:
    """The place that most texts name, as most of them write it; "" if fewer than `least` do."""
    written: dict[str, Counter[str]] = {}
    for text in texts:
        for key, name in {_key(name): name for name in _named(text, names) if within in name}.items():
            written.setdefault(key, Counter())[name] += 1
    most = max(written.values(), key=lambda spelt: (spelt.total(), max(spelt)), default=Counter())
    if most.total() < least:
        return ""
    return max(most, key=lambda name: (most[name], len(name), name))


def _named(text: str, names: PlaceNames) -> list[str]:
    """The places that a text names, without the names above them."""
    return [_ABOVE.sub("", place.text) for place in names.find(text, kinds=("place",))]


def _key(name: str) -> str:
    """What names of one place share: 翠屏 of 翠屏新城 and 翠屏新城小区."""
    short = core(name)
    return short if len(short) > 1 else name


def _counted(pattern: re.Pattern[str], texts: Sequence[str], *, least: float) -> list[str]:
    """The words that a share of the texts has, the most frequent first, of equals the longer."""
    heard = Counter(word for text in texts for word in set(pattern.findall(text)))
    kept = [word for word, count in heard.items() if count >= least * len(texts)]
    return sorted(kept, key=lambda word: (-heard[word], -len(word), word))
