"""What may be chosen in a form from the place's vocabularies, in the office's order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from huiying.accounts.models import Unit
from huiying.cases.place import Place


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
