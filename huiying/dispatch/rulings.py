"""退办与延期: what the units ask, with its clocks and its past, and what the office decides."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Concat

from huiying.accounts.models import User
from huiying.cases import returns
from huiying.cases.deadlines import ESCALATES_AT
from huiying.cases.lifecycle import NotAllowed
from huiying.cases.models import Case, CaseText, ClockRun, Event, Ruling
from huiying.cases.moves import OPEN
from huiying.dispatch.handoff import hand_on, mask

DECISIONS = {
    "return": ("redirect_return", "agree_return", "refuse_return", "designate"),
    "extension": ("grant_extension", "refuse_extension"),
}
"""The moves by which each kind of request is decided."""


@dataclass(frozen=True)
class Asked:
    """A request that waits: its row, the words left with it, its clocks, the returns before it."""

    ruling: Ruling
    note: str
    due_at: datetime | None
    reply_due_at: datetime | None
    coordinate_due_at: datetime | None
    past: list[Ruling]
    units: int

    @property
    def escalated(self) -> bool:
        """Whether so many units gave the case back that a leader should look at it."""
        return self.ruling.kind == "return" and self.units >= ESCALATES_AT


def waiting() -> QuerySet[Ruling]:
    """All requests not yet decided: those that escalate first, then by the office's own deadline."""
    running = ClockRun.objects.filter(
        assignment=OuterRef("assignment"),
        kind=Concat(Value("rule_"), OuterRef("kind")),
        stopped_at=None,
        superseded=False,
    )
    found = Ruling.objects.filter(decision="pending", case__status__in=OPEN).annotate(
        units=returns.units("case__rulings__"), due_at=Subquery(running.values("due_at")[:1])
    )
    found = found.annotate(above=Q(kind="return") & Q(units__gte=ESCALATES_AT))
    return found.order_by("-above", F("due_at").asc(nulls_last=True), "asked_at", "pk")


def read(rulings: Collection[Ruling]) -> list[Asked]:
    """The requests with all that a decision needs; `rulings` are rows of `waiting`."""
    cases = {ruling.case_id for ruling in rulings}
    notes, past = _notes(cases), _returns(cases)
    running = ClockRun.objects.filter(
        assignment__in=[ruling.assignment_id for ruling in rulings],
        kind__in=("reply", "coordinate"),
        stopped_at=None,
        superseded=False,
    )
    dues = {(on, kind): at for on, kind, at in running.values_list("assignment_id", "kind", "due_at")}
    return [
        Asked(
            ruling,
            notes.get((ruling.case_id, f"ask_{ruling.kind}", ruling.assignment.no, ruling.asked_at), ""),
            ruling.due_at,  # type: ignore[attr-defined]
            dues.get((ruling.assignment_id, "reply")),
            dues.get((ruling.assignment_id, "coordinate")),
            [each for each in past.get(ruling.case_id, []) if each.pk != ruling.pk],
            ruling.units,  # type: ignore[attr-defined]
        )
        for ruling in rulings
    ]


def _notes(cases: Collection[int]) -> dict[tuple[int, str, int, datetime], str]:
    """What the units wrote with their requests, by case, move, assignment and instant."""
    asked = Event.objects.filter(case__in=cases, kind__in=("ask_return", "ask_extension"))
    keys = {
        (pk, seq): (pk, kind, on, at)
        for pk, seq, kind, on, at in asked.values_list("case_id", "seq", "kind", "on", "happened_at")
    }
    texts = CaseText.objects.filter(case__in=cases, kind="note", erased_at=None)
    found = texts.values_list("case_id", "seq", "text")
    return {keys[pk, seq]: text for pk, seq, text in found if (pk, seq) in keys}


def _returns(cases: Collection[int]) -> dict[int, list[Ruling]]:
    found: dict[int, list[Ruling]] = {}
    rows = Ruling.objects.filter(case__in=cases, kind="return").select_related("assignment__unit")
    for row in rows.order_by("case", "no"):
        found.setdefault(row.case_id, []).append(row)
    return found


@transaction.atomic
def decide(
    case: Case,
    name: str,
    *,
    on: int,
    by: User,
    at: datetime,
    note: str = "",
    masked: bool = False,
    **data: Any,
) -> Event:
    """Decide a request on the case as the person saw it; `data` as in `lifecycle.advance`.

    `masked` hides the reporter from the units first. Raises NotAllowed, also where a case would go on
    to the unit that it accuses, or Stale.
    """
    if name not in {move for moves in DECISIONS.values() for move in moves}:
        raise NotAllowed(f"“{name}”不是对退办或延期的裁定。")
    if masked:
        mask(case, by=by, at=at)
    return hand_on(case, name, on=on, by=by, at=at, note=note, **data)
