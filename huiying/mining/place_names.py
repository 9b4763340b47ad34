"""Names of estates and sites learnt from the reports themselves, where no ending tells them. Pure.

A name is a run of three to eight characters that stands before 小区, 业主, 二期 or the like in some reports,
and mostly, in titles too, after a district, a sign or a word that ends a name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from huiying.common import masking_words as words
from huiying.mining.entities import REGION, Entity, entities

SHORTEST, LONGEST = 3, 8
LEAST = 3
"""So many reports must write a name."""
TWICE = 2
"""So many must write it before a word that follows names, and so many titles where a name begins."""
FOLLOWED = 0.2
BEGUN = 0.5
"""Shares of the reports with a name that write it so."""
PART = 0.6
"""Share of the reports with a name from which on a longer one that holds it is the name."""

_FOLLOWS = re.compile(
    r"小区|业主|楼盘|项目|开发商|物业|售楼|[一二三四五六七八九十\d]{1,2}(?:[期栋幢座]|号楼)|居民|住户|交房|购房|周边|附近|旁"
)
_RUN = re.compile(rf"[一-龥]{{{SHORTEST},{LONGEST}}}$")
_BEGINS = re.compile(rf"(?:{REGION}|街道|[镇乡路]|{words.STOPS}|[^一-龥]|[在和有]|^)$")
_NO_NAME = re.compile(
    rf"[的了在是和与及把被将我你他她它们这那该各每全几多两某从到对向为有让使不没也等]|^[市县区镇乡期栋省一都]|"
    rf"[一二三四五六七八九十]$|[期都]$|[省市区县].|小区|业主|问题|政策|新政|商品房|安置|改造|污染|欺诈|违[规法章]|出入口|"
    rf"(?:公交|地铁|垃圾|加油|收费|变电|搅拌|充电)站|{words.STOPS}|"
    rf"^(?:{words.GENERIC_ESTATES})+$"
)


@dataclass(frozen=True)
class PlaceNames:
    """The names that were learnt; `find` takes them and what is known by its ending out of a text."""

    names: frozenset[str]
    pattern: re.Pattern[str] | None

    def find(self, text: str, kinds: Iterable[str] = ("place", "firm")) -> list[Entity]:
        """The names in a text, in order and without overlap."""
        found = entities(text, kinds=kinds)
        taken = {at for one in found for at in range(one.start, one.end)}
        matches = self.pattern.finditer(text) if self.pattern else ()
        more = [Entity("place", *match.span(), match[0]) for match in matches]
        found += [one for one in more if taken.isdisjoint(range(one.start, one.end))]
        return sorted(found, key=lambda one: one.start)


def learnt(titles: Sequence[str], bodies: Sequence[str]) -> PlaceNames:
    """The names that these reports write."""
    texts = [f"{title}\n{body}" for title, body in zip(titles, bodies, strict=True)]
    followed = Counter(run for text in texts for run in _before(text))
    maybe = {run for run, n in followed.items() if n >= TWICE and not _NO_NAME.search(run)}
    heard, begun = _counted(texts, maybe)
    _, headed = _counted(titles, maybe)
    names = {
        run: heard[run]
        for run in maybe
        if heard[run] >= LEAST
        and followed[run] >= FOLLOWED * heard[run]
        and begun[run] >= BEGUN * heard[run]
        and headed[run] >= TWICE
    }
    kept = frozenset(_whole(names))
    longest = sorted(kept, key=lambda name: (-len(name), name))
    return PlaceNames(kept, re.compile("|".join(map(re.escape, longest))) if longest else None)


def _before(text: str) -> set[str]:
    """The runs that end where a word begins that follows names."""
    found = (_RUN.search(text, max(0, at.start() - LONGEST), at.start()) for at in _FOLLOWS.finditer(text))
    runs = {match[0] for match in found if match}
    return {run[-n:] for run in runs for n in range(SHORTEST, len(run) + 1)}


def _counted(texts: Iterable[str], runs: set[str]) -> tuple[Counter[str], Counter[str]]:
    """In how many texts each run stands, and in how many where a name begins."""
    heard: Counter[str] = Counter()
    begun: Counter[str] = Counter()
    for text in texts:
        places: dict[str, bool] = {}
        for at in range(len(text)):
            for run in (text[at : at + n] for n in range(SHORTEST, LONGEST + 1)):
                if run in runs and not places.get(run):
                    places[run] = _BEGINS.search(text[max(0, at - 6) : at]) is not None
        heard.update(places.keys())
        begun.update(run for run, begins in places.items() if begins)
    return heard, begun


def _whole(names: dict[str, int]) -> list[str]:
    """Of names that hold one another the longer where most write it, else the shorter."""
    holders = {name: [one for one in names if name in one and one != name] for name in names}
    whole = [name for name in names if not any(names[one] >= PART * names[name] for one in holders[name])]
    longer = {one for name in whole for one in holders[name]}
    return [name for name in whole if name not in longer]
