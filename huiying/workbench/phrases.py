"""The standard texts beside the fields in which somebody writes, for the case in hand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from huiying.cases.history import CaseState
from huiying.cases.models import Case
from huiying.cases.place import Place
from huiying.knowledge import standard_texts
from huiying.knowledge.standard_texts import Offered, Subject


def on_case(found: Case, state: CaseState, place: Place, on: int = 0) -> Subject:
    """A case as its log tells it, seen from one of its assignments or else from the leading one."""
    no = on or state.lead
    task, clock = state.tasks.get(no), state.latest("reply", no)
    return Subject(
        number=found.number,
        received_at=found.received_at,
        channel=state.channel,
        nature=state.nature,
        topic=state.topic,
        unit=place.units.get(task.unit) if task else None,
        due_at=clock.due_at if clock else None,
    )


def offered(place: Place, subject: Subject, moves: Iterable[str], now: datetime) -> dict[str, list[Offered]]:
    """For each move the texts that may go into its field, none where there are none."""
    return {name: standard_texts.offered(place, name, subject, at=now) for name in moves}
