"""The words of a file and the codes of the place: by name, code or alias, with the nearest where unknown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from huiying.cases.models import Topic, Vocabulary
from huiying.cases.place import Place
from huiying.common.cells import CellError
from huiying.common.text import normal_name, suggestion

_BETWEEN_UNITS = re.compile(r"[、，,；;/\n\s]+")
_BETWEEN_LEVELS = re.compile(r"\s*(?:[/>＞»→\\|]|[-—–－]{1,2}>?)\s*")
SHOWN = 40


class Names:
    """One word list of the place. `entries` are (code, names in the order in which they count)."""

    def __init__(self, what: str, entries: Iterable[tuple[str, Iterable[str]]]) -> None:
        self.what = what
        self._titles: list[str] = []
        self._codes: dict[str, set[str]] = {}
        self._found: dict[str, str] = {}
        for code, names in entries:
            for rank, name in enumerate(dict.fromkeys(names)):
                self._titles += [name] if rank == 0 else []
                self._codes.setdefault(normal_name(name), set()).add(code)

    def code(self, word: str) -> str:
        """The code that a word means; CellError for one that is unknown or means several things."""
        if word not in self._found:
            self._found[word] = self._look_up(word)
        return self._found[word]

    def __contains__(self, word: str) -> bool:
        return len(self._codes.get(normal_name(word), ())) == 1

    def _look_up(self, word: str) -> str:
        codes = self._codes.get(normal_name(word), set())
        if len(codes) == 1:
            return next(iter(codes))
        if codes:
            raise CellError(f"{self.what}“{word}”有几个：{'、'.join(sorted(codes))}", "请写出其中一个的全称")
        near = suggestion(word, self._titles) or f"可用：{'、'.join(self._titles[:12])}"
        raise CellError(f"{self.what}“{word[:SHOWN]}”不在地方配置中", near)


class PlaceNames:
    """All the word lists that a file may speak of."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._topics: dict[str, Names] = {}
        self.channels = Names("渠道", _words(place.channels))
        self.natures = Names("性质", _words(place.natures))
        self.areas = Names("区域", _words(place.areas))
        self.units = Names(
            "承办单位", ((code, (u.name, code, *u.aliases)) for code, u in place.units.items())
        )

    def topic(self, channel: str, word: str) -> str:
        """The path of a topic in the tree that a channel uses, by leaf name, alias or path."""
        row = self._place.channels[channel]
        tree = row.tree or row.group.tree
        key = tree.code if tree else ""
        if key not in self._topics:
            mine = [t for t in self._place.topics.values() if not tree or t.tree_id == tree.pk]
            self._topics[key] = Names(f"“{tree}”中的分类" if tree else "内容分类", map(_topic_words, mine))
        return self._topics[key].code(_BETWEEN_LEVELS.sub("/", word))

    def several_units(self, word: str) -> tuple[str, ...]:
        """The codes of units named in one cell, in order."""
        if word in self.units:
            return (self.units.code(word),)
        return tuple(self.units.code(part) for part in _BETWEEN_UNITS.split(word) if part)

    def one_unit(self, word: str) -> str:
        """The code of the one unit in a cell; CellError where it names several."""
        parts = [part for part in _BETWEEN_UNITS.split(word) if part]
        if word not in self.units and len(parts) > 1 and all(part in self.units for part in parts):
            raise CellError(f"牵头单位写了 {len(parts)} 个", "牵头只能一个，其余请写到“协办单位”")
        return self.units.code(word)


def _words(rows: Mapping[str, Vocabulary]) -> Iterable[tuple[str, Iterable[str]]]:
    return ((code, (row.name, code, *row.aliases)) for code, row in rows.items())


def _topic_words(topic: Topic) -> tuple[str, Iterable[str]]:
    inside = topic.path.split("/", 1)[1]
    return topic.path, (topic.name, inside, topic.path, *topic.aliases)
