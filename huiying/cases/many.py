"""One move on many cases: each by itself through the one door, so that a refusal stops none of the others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from huiying.accounts.models import User
from huiying.cases import guards, lifecycle, permissions
from huiying.cases.history import Task
from huiying.cases.models import Case
from huiying.cases.moves import CASE_TITLES, MOVES
from huiying.cases.place import Place
from huiying.common.errors import Refused

BULK = ("claim", "release", "close", "urge")
"""Moves that need nothing filled in and are safe to make on many cases at once."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one case; an empty refusal means that the move was made."""

    case: Case
    refusal: str = ""


def offered_to(user: User) -> list[str]:
    """The bulk moves that the person's roles allow."""
    return [name for name in BULK if permissions.WHO[MOVES[name].who][0] & user.roles]


def advance_each(
    cases: Iterable[tuple[Case, int]], name: str, *, by: User, at: datetime, place: Place
) -> list[Outcome]:
    """Make the move on each case as it was seen (`seq`), in the order given."""
    assert name in BULK, name
    return [_advance(case, seq, name, by, at, place) for case, seq in cases]


def _advance(case: Case, seq: int, name: str, by: User, at: datetime, place: Place) -> Outcome:
    try:
        task = _subject(case, name, by, at, place)
        case.seq = seq
        lifecycle.advance(case, name, by=by, at=at, on=task.no if task else 0)
    except Refused as refused:
        return Outcome(case, str(refused))
    return Outcome(case)


def _subject(case: Case, name: str, by: User, at: datetime, place: Place) -> Task | None:
    """The assignment that the person means: the first whose turn the move is and whose unit is theirs;
    None for a move on the case. Raises NotAllowed where there is none."""
    move, state = MOVES[name], lifecycle.state_of(case)
    found = [task for each, task in guards.open_moves(state, at) if each.name == name]
    if not found:
        raise lifecycle.NotAllowed(f"本件现为“{CASE_TITLES[state.status]}”，不能{move.title}。")
    why = ""
    for task in found:
        reason = permissions.why_not(by, move, place.units[task.unit] if task else None)
        if not reason:
            return task
        why = why or reason
    raise lifecycle.NotAllowed(why)
