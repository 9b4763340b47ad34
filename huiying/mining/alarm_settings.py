"""`[alarms]` of the place: what is watched, and from where on something is an alarm. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from huiying.common.errors import Refused
from huiying.common.text import suggestion
from huiying.mining.alarm_words import WORDS

TABLE = "alarms"
KINDS = ("rise", "mass", "words")


@dataclass(frozen=True)
class Settings:
    """`budget`: expected false alarms of rises a day; `least`: fewest reports of a rise; `persons` within
    `hours` are a mass event; `words` by what they point to."""

    off: frozenset[str] = frozenset()
    budget: float = 0.2
    least: int = 3
    persons: int = 5
    hours: int = 72
    words: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: WORDS)


NUMBERS: dict[str, tuple[float, float, str]] = {
    "budget": (0.001, 10, "每天允许的误报次数"),
    "least": (2, 1000, "突增至少几件"),
    "persons": (2, 1000, "多人同诉至少几人"),
    "hours": (1, 24 * 30, "多人同诉看多少小时"),
}
_LISTS = ("off", "words", "without_words")


def settings_of(config: Mapping[str, Any]) -> Settings:
    """The settings, with the defaults for what is not said. Raises Refused that names the entry."""
    given = config.get(TABLE, {})
    known = [*NUMBERS, *_LISTS]
    if unknown := [name for name in given if name not in known]:
        near = suggestion(unknown[0], known)
        raise Refused(f"地方配置 [{TABLE}] 中没有“{unknown[0]}”这一项。{near}可写的有：{'、'.join(known)}。")
    numbers = {name: _number(name, given[name]) for name in NUMBERS if name in given}
    off, added, removed = (_list(name, given.get(name, [])) for name in _LISTS)
    if strange := [word for word in off if word not in KINDS]:
        raise Refused(f"地方配置 [{TABLE}] 的 off 中“{strange[0]}”不认识。可写的有：{'、'.join(KINDS)}。")
    words = {group: tuple(word for word in those if word not in removed) for group, those in WORDS.items()}
    return Settings(off=frozenset(off), words=words | {"本地词": tuple(added)}, **numbers)


def _number(name: str, value: Any) -> Any:
    low, high, said = NUMBERS[name]
    whole = name != "budget"
    good = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
    if not good or not low <= value <= high:
        raise Refused(
            f"地方配置 [{TABLE}] 的 {name}（{said}）请写 {low} 至 {high} 的{'整' if whole else ''}数。"
        )
    return value


def _list(name: str, value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(word, str) and word.strip() for word in value):
        raise Refused(f'地方配置 [{TABLE}] 的 {name} 要写成文字的清单，例：{name} = ["…"]')
    return value
