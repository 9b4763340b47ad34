"""What may be chosen in a form from the place's vocabularies, in the office's order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from huiying.accounts.models import Unit
from huiying.cases.models import Area, Channel, TopicTree
from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.common.text import suggestion

SHOWN = 6
"""So many of the topics that were perhaps meant are named."""


@dataclass(frozen=True)
class Choice:
    """One filter of a form: its name in the address, its label, what may be chosen."""

    name: str
    label: str
    options: list[tuple[str, str]]
    chosen: str


def offered(place: Place, name: str) -> list[tuple[str, str]]:
    """The codes of unit, channel, nature, topic or area with their names, trees indented."""
    match name:
        case "unit":
            return [(code, _indented(unit.path.count("/") - 1, unit.name)) for code, unit in _tree(place)]
        case "topic":
            return [(path, _topic(path)) for path in place.topics]
        case "channel":
            return _named(place.channels)
        case "nature":
            return _named(place.natures)
        case "area":
            return _named(place.areas)
    raise ValueError(name)


def units(place: Place) -> list[tuple[str, str]]:
    """The units in use."""
    rows = sorted(place.units.values(), key=lambda unit: unit.order)
    return [(unit.code, unit.name) for unit in rows if unit.active]


def topics(place: Place, channel: Channel | None) -> list[tuple[str, str]]:
    """The topics in use of the channel's own tree, of all trees without a channel, each below its parent."""
    return list(_topics(place, (channel.tree or channel.group.tree) if channel else None))


@lru_cache(maxsize=16)
def _topics(place: Place, tree: TopicTree | None) -> tuple[tuple[str, str], ...]:
    rows = [path for path, topic in place.topics.items() if topic.active and tree in {None, topic.tree}]
    return tuple((path, words(path)) for path in sorted(rows, key=lambda path: _branch(place, path)))


def words(path: str) -> str:
    """A topic from the top of its tree down."""
    return " — ".join(path.split("/")[1:])


def topic_path(place: Place, channel: Channel | None, said: str) -> str:
    """The path of the topic that was typed: as `words` shows it, by its own name, or by a part of either that
    no other topic has. "" for nothing typed. Raises Refused, naming those that it may be.
    """
    said = said.strip()
    known = dict(topics(place, channel)) if said else {}
    if not said or said in known:
        return said
    for is_meant in (said.__eq__, lambda name: name.endswith(f" — {said}"), lambda name: said in name):
        found = [path for path, name in known.items() if is_meant(name)]
        if len(found) == 1:
            return found[0]
        if found:
            several = "、".join(known[path] for path in found[:SHOWN])
            raise Refused(f"含“{said}”的内容分类有 {len(found)} 个：{several}。请从列表中选定一个。")
    hint = suggestion(said, known.values())
    raise Refused(f"没有含“{said}”的内容分类，请从列表中选择。{hint}")


def _branch(place: Place, path: str) -> list[tuple[int, str]]:
    steps = path.split("/")
    paths = ["/".join(steps[: n + 1]) for n in range(1, len(steps))]
    return [(place.topics[each].order if each in place.topics else 0, each) for each in paths]


def areas(place: Place) -> list[tuple[str, str]]:
    """The areas in use, each followed by those below it."""
    below: dict[int | None, list[Area]] = {}
    for area in place.areas.values():
        if area.active:
            below.setdefault(area.parent_id, []).append(area)

    def walk(parent: int | None, depth: int) -> Iterable[tuple[str, str]]:
        for area in below.get(parent, []):
            yield area.code, _indented(depth, area.name)
            yield from walk(area.pk, depth + 1)

    return list(walk(None, 0))


def area_said(place: Place, text: str) -> Area | None:
    """The area that a text names, the lowest of several one above the other; None where it names others."""
    named = [area for area in place.areas.values() if area.active and area.name in text]
    lowest = [area for area in named if area.pk not in {each.parent_id for each in named}]
    return lowest[0] if len(lowest) == 1 else None


def within(place: Place, code: str) -> list[str]:
    """The codes of an area and of those below it; none for none."""
    found = [place.areas[code]] if code in place.areas else []
    for area in found:
        found += [each for each in place.areas.values() if each.parent_id == area.pk]
    return [area.code for area in found]


def _named(rows: Mapping[str, object]) -> list[tuple[str, str]]:
    return [(code, str(row)) for code, row in rows.items()]


def _tree(place: Place) -> list[tuple[str, Unit]]:
    """Units in the office's order, each followed by those below it."""
    order = {unit.path: unit.order for unit in place.units.values()}

    def key(unit: Unit) -> list[tuple[int, str]]:
        steps = unit.path.rstrip("/").split("/")
        paths = ["/".join(steps[: i + 1]) + "/" for i in range(len(steps))]
        return [(order.get(path, 0), path) for path in paths]

    return sorted(place.units.items(), key=lambda item: key(item[1]))


def _indented(depth: int, name: str) -> str:
    return f"{'　' * depth}{name}"


def _topic(path: str) -> str:
    steps = path.split("/")[1:]
    return _indented(len(steps) - 1, steps[-1] if steps else path)
