"""How well duplicates are found again, on pairs that are made in a way that anybody can repeat. Pure.

Edits: `PLANTED` messages, drawn with a fixed seed, are each written once more by somebody else days later,
edited in one of the ways of `EDITS`. A pair of a copy and its original that is suggested is found again; a
pair of a copy with a message that is like neither its original nor another copy of it is wrong.

Again: pairs of messages of one user within `DAYS` days whose titles share four characters side by side,
with the user hidden. Most, not all, ask the same again, so the share found is a lower bound.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random

from huiying.mining.duplicates import LEAST, pairs
from huiying.mining.hot_topics import Report

PLANTED = 300
DAYS = 14
CURVE = (0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8)
_SENTENCE = re.compile(r"[^。！？!?；;\n]+[。！？!?；;\n]*")
_WORD = re.compile(r"[^\W\d_]{2}")

Pair = frozenset[str]
Progress = Callable[[int, int], None] | None


def cut(text: str, draw: Random) -> str:
    """The first half of the sentences."""
    parts = _SENTENCE.findall(text)
    return "".join(parts[: max(1, len(parts) // 2)])


def reordered(text: str, draw: Random) -> str:
    """All sentences in another order."""
    parts = _SENTENCE.findall(text)
    draw.shuffle(parts)
    return "".join(parts)


def masked(text: str, draw: Random) -> str:
    """Every fourth pair of characters told in other words, which is to say: gone."""
    return _WORD.sub(lambda met: "某某" if draw.random() < 0.25 else met[0], text)


EDITS: dict[str, tuple[str, Callable[[str, Random], str]]] = {
    "cut": ("只留前半", cut),
    "reordered": ("打乱句序", reordered),
    "masked": ("四分之一的字换掉", masked),
}


def planted(reports: Sequence[Report]) -> tuple[list[Report], dict[str, tuple[str, str]]]:
    """Edited copies, each of another message, and for each its original and the kind of its edit."""
    draw = Random(4)
    long = [report for report in reports if len(report.body) >= 60]
    copies, origin = [], {}
    for n, report in enumerate(draw.sample(long, min(PLANTED, len(long)))):
        name = list(EDITS)[n % len(EDITS)]
        body = EDITS[name][1](report.body, draw)
        at = report.at + timedelta(days=draw.randint(1, 20)) if report.at else None
        copies.append(Report(f"copy-{n}", masked(report.title, draw), body, f"copier-{n}", at))
        origin[f"copy-{n}"] = (report.id, name)
    return copies, origin


def edits(reports: Sequence[Report], *, progress: Progress = None) -> dict[str, float]:
    """Share of the copies that is found, by kind and threshold, and share of their pairs that is right."""
    copies, origin = planted(reports)
    found = pairs([*reports, *copies], progress=progress)
    told: dict[str, float] = {"copies": len(copies)}
    for least in CURVE:
        near = [(one, other) for one, other, score in found if score >= least]
        beside = _beside(near)
        hits = {copy for copy, (source, _) in origin.items() if source in beside.get(copy, ())}
        told[f"recall@{least}"] = len(hits) / max(1, len(copies))
        told[f"precision@{least}"] = _right(near, origin, beside)
        if least == LEAST:
            many = Counter(name for _, name in origin.values())
            hit = Counter(origin[copy][1] for copy in hits)
            told |= {f"recall_{name}": hit[name] / many[name] for name in EDITS if many[name]}
    return told


def _right(
    near: Iterable[tuple[str, str]], origin: dict[str, tuple[str, str]], beside: dict[str, set[str]]
) -> float:
    """Of the pairs with a copy those whose other side is its original, or is like the original itself."""
    right = wrong = 0
    for one, other in near:
        for copy, met in ((one, other), (other, one)):
            if copy in origin:
                source = origin[copy][0]
                met = origin[met][0] if met in origin else met
                is_right = met == source or met in beside.get(source, ())
                right, wrong = right + is_right, wrong + (not is_right)
    return right / max(1, right + wrong)


def _beside(near: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for one, other in near:
        found.setdefault(one, set()).add(other)
        found.setdefault(other, set()).add(one)
    return found


def again(reports: Sequence[Report], *, progress: Progress = None) -> dict[str, float]:
    """Of the pairs of one user within days the share that is found though the user is hidden."""
    asked = _same_user(reports)
    hidden = [replace(report, person="") for report in reports]
    scores = {frozenset((one, other)): score for one, other, score in pairs(hidden, progress=progress)}
    told: dict[str, float] = {"pairs": len(asked)}
    for least in CURVE:
        told[f"recall@{least}"] = sum(scores.get(pair, 0) >= least for pair in asked) / max(1, len(asked))
    return told


def _same_user(reports: Iterable[Report]) -> set[Pair]:
    by_user: dict[str, list[Report]] = {}
    for report in reports:
        if report.person and report.at:
            by_user.setdefault(report.person, []).append(report)
    return {
        frozenset((one.id, other.id))
        for rows in by_user.values()
        for n, one in enumerate(rows)
        for other in rows[n + 1 :]
        if one.at and other.at and abs(one.at - other.at) <= timedelta(days=DAYS)
        if _fours(one.title) & _fours(other.title)
    }


def _fours(title: str) -> set[str]:
    return {title[at : at + 4] for at in range(len(title) - 3)}
