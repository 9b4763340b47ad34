"""Which standard texts fit where somebody is writing, the most specific first. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Condition:
    """When a text is offered: codes of the place, "" for any. A topic covers those below it."""

    move: str = ""
    topic: str = ""
    nature: str = ""
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A standard text as the place wrote it; phrases come in the place's own order."""

    code: str
    name: str
    text: str
    when: Condition


def fitting(phrases: Iterable[Phrase], here: Condition, *, most: int = 8) -> list[Phrase]:
    """The phrases for this move on such a case, the most specific first, else in the place's order."""
    found = [phrase for phrase in phrases if fits(phrase.when, here)]
    return sorted(found, key=lambda phrase: specificity(phrase.when), reverse=True)[:most]


def fits(when: Condition, here: Condition) -> bool:
    """Whether a text with these conditions may be used here."""
    return (
        when.move in ("", here.move)
        and when.nature in ("", here.nature)
        and when.channel in ("", here.channel)
        and (not when.topic or f"{here.topic}/".startswith(f"{when.topic}/"))
    )


def specificity(when: Condition) -> tuple[bool, int, bool, bool]:
    """What counts first: a text for this move, then for the nearest topic, then nature, then channel."""
    depth = when.topic.count("/") + 1 if when.topic else 0
    return (bool(when.move), depth, bool(when.nature), bool(when.channel))
