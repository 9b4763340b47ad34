"""派单: a case goes to its units, one or many at once, and is taken back within a minute."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F

from huiying.accounts.models import User
from huiying.cases import lifecycle
from huiying.cases.deadlines import CLOCK_TITLES, Rule
from huiying.cases.history import CaseState, Entry
from huiying.cases.lifecycle import NotAllowed
from huiying.cases.models import Accused, Case, Event
from huiying.cases.place import Place, current
from huiying.common.errors import Refused
from huiying.common.text import normalise, suggestion
from huiying.dispatch.recusal import Party, conflict

UNDO = timedelta(minutes=1)
UNDO_NOTE = "误派撤回"


def unit_code(place: Place, typed: str) -> str:
    """The code of the unit in use that is called so: by name, other name or code. Raises NotAllowed."""
    asked = normalise(typed)
    in_use = [unit for unit in place.units.values() if unit.active]
    for unit in in_use:
        if asked in {unit.code, unit.name, *unit.aliases}:
            return unit.code
    hint = suggestion(asked, [unit.name for unit in in_use])
    raise NotAllowed(f"没有名为“{asked}”的承办单位，请从列表中选择。{hint}")


def task_rows(lead: str, co: Collection[str] = ()) -> list[dict[str, str]]:
    """The units of a dispatch as the log holds them."""
    return [{"unit": lead, "role": "lead"}, *({"unit": code, "role": "co"} for code in co)]


# Recusal


def accused_paths(cases: Iterable[Case]) -> dict[int, list[str]]:
    """For each case (by pk) the paths of the units complained of."""
    found: dict[int, list[str]] = {}
    rows = Accused.objects.filter(case__in=list(cases), unit__isnull=False)
    for pk, path in rows.values_list("case_id", "unit__path"):
        found.setdefault(pk, []).append(path)
    return found


def conflict_of(place: Place, case: Case, unit: str, accused: Collection[str]) -> str:
    """Why the unit (a code) should not get this case with the reporter's data, or ""."""
    row = place.units[unit]
    guarded = bool(case.nature and case.nature.guarded)
    party = Party(row.path, (row.name, *row.aliases))
    return conflict(party, accused=accused, guarded=guarded, title=case.title)


def refuse_accused(case: Case, units: Iterable[str]) -> None:
    """Raise NotAllowed where one of the units is accused and the reporter would be shown to it."""
    place, accused = current(), accused_paths([case]).get(case.pk, [])
    for unit in units:
        if not case.secret and (why := conflict_of(place, case, unit, accused)):
            raise NotAllowed(
                f"{case.number}：{why}，应当回避。请另选单位，或在派单台勾选“隐去诉求人”后再派。"
            )


def mask(case: Case, *, by: User, at: datetime) -> None:
    """Hide the reporter from the units, if that is not so already."""
    if not case.secret:
        lifecycle.advance(case, "protect", by=by, at=at, secret=True)
        case.secret = True


# Handing over


@transaction.atomic
def dispatch(
    case: Case,
    *,
    lead: str,
    co: Collection[str] = (),
    by: User,
    at: datetime,
    note: str = "",
    masked: bool = False,
) -> Event:
    """Hand the case, as the person saw it, to a lead unit and co-units (codes).

    `masked` hides the reporter from the units first. Raises NotAllowed or Stale and changes nothing then.
    """
    if masked:
        mask(case, by=by, at=at)
    refuse_accused(case, [lead, *co])
    return lifecycle.advance(case, "dispatch", by=by, at=at, note=note, units=task_rows(lead, co))


def hand_on(case: Case, name: str, *, by: User, at: datetime, on: int = 0, **data: Any) -> Event:
    """Make a move that brings units to a case, unless one of them is accused. Raises NotAllowed or Stale."""
    refuse_accused(case, [row["unit"] for row in data.get("units", ())])
    return lifecycle.advance(case, name, by=by, at=at, on=on, **data)


@dataclass(frozen=True)
class Outcome:
    """What became of one of many: done, or why not."""

    number: str
    refused: str = ""


def dispatch_many(cases: Iterable[Case], *, lead: str, by: User, at: datetime) -> list[Outcome]:
    """Hand each case to one unit, each in a transaction of its own: one that fails holds up no other."""
    return [tried(case, partial(dispatch, case, lead=lead, by=by, at=at)) for case in cases]


def tried(case: Case, act: Callable[[], object]) -> Outcome:
    """What became of an act on a case: a refusal is told, not raised."""
    try:
        act()
    except Refused as refusal:
        return Outcome(case.number, str(refusal))
    return Outcome(case.number)


# Taking it back


def undoable(user: User, at: datetime) -> list[Event]:
    """The person's own dispatches of the last minute after which nothing else happened."""
    events = Event.objects.filter(actor=user, kind="dispatch", recorded_at__gt=at - UNDO)
    return list(
        events.filter(seq=F("case__seq")).select_related("case__lead__unit").order_by("recorded_at", "pk")
    )


@transaction.atomic
def undo(case: Case, *, by: User, at: datetime) -> Event:
    """Take one's own dispatch back within a minute. Raises NotAllowed afterwards, or where more happened."""
    last = case.events.order_by("seq").last()
    if last is None or last.kind != "dispatch":
        raise NotAllowed(f"{case.number}：派单之后已有新的处理，不能撤销，请到该件页面查看。")
    if last.actor_id != by.pk:
        raise NotAllowed(f"{case.number}：只有派单人本人可以撤销；需要时请在该件页面“撤回派单”并写明理由。")
    if at - last.recorded_at > UNDO:
        raise NotAllowed(f"{case.number}：派出已超过一分钟，不能撤销。请在该件页面“撤回派单”并写明理由。")
    return lifecycle.advance(case, "recall", by=by, at=at, note=UNDO_NOTE)


def undo_many(cases: Iterable[Case], *, by: User, at: datetime) -> list[Outcome]:
    """Take back each of one's own dispatches; one that fails holds up no other."""
    return [tried(case, partial(undo, case, by=by, at=at)) for case in cases]


# Looking at it beforehand


@dataclass(frozen=True)
class Due:
    """A deadline that a dispatch would set: which, whose, until when, by which rule."""

    kind: str
    unit: str
    due_at: datetime
    rule: Rule | None

    @property
    def title(self) -> str:
        return CLOCK_TITLES[self.kind]


def preview(
    place: Place, state: CaseState, *, lead: str, co: Collection[str] = (), at: datetime
) -> list[Due]:
    """The deadlines that a dispatch at `at` would set. `state` is used up: give a copy of its own.

    Raises UnknownYear where the calendar does not reach so far.
    """
    data: dict[str, Any] = lifecycle.completed(state, "dispatch", {"units": task_rows(lead, co)})
    entry = lifecycle.planned(place, state, Entry(state.seq + 1, "dispatch", 0, at, at, data))
    rows = entry.data.get("clocks", [])
    return [
        Due(
            row["kind"],
            state.tasks[row["on"]].unit,
            datetime.fromisoformat(row["due"]),
            place.keeper.named(row["rule"], row["version"]),
        )
        for row in rows
        if row["due"] and row["on"]
    ]
