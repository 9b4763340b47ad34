"""A line of the sheet as the history of a case: the moves, in order, that the office must have made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from operator import attrgetter
from types import MappingProxyType
from typing import Any, NamedTuple

from huiying.cases.backfill import Recording
from huiying.cases.place import Place
from huiying.exchange.rows import Row

LEAD = 1
"""The number of the lead's assignment: a file knows one round, the lead first."""


class Step(NamedTuple):
    """One move of a history; `column` is where the file tells its instant."""

    name: str
    at: datetime
    column: str
    on: int = 0
    data: Mapping[str, Any] = MappingProxyType({})


def record(place: Place, row: Row, *, recorded_at: datetime, origin: str) -> Recording:
    """The whole history that a line tells. Raises NotAllowed where no such history can be."""
    recording = Recording(place, row.number, recorded_at=recorded_at, origin=origin)
    recording.register(
        title=row.title,
        body=row.body,
        person=row.person,
        at=row.received_at,
        details={},
        channel=row.channel,
        nature=row.nature,
        topic=row.topic,
        area=row.area,
        upper_number=row.upper_number,
        **({} if row.titled else {"title_from": "body"}),
    )
    for step in sorted(steps(row), key=attrgetter("at")):
        recording.move(step.name, step.at, on=step.on, **step.data)
    if row.note:
        recording.remark(row.note)
    return recording


def steps(row: Row) -> Iterator[Step]:
    """The moves of a line, in the order in which they stand where two have one instant."""
    if row.mode == "direct":
        yield from _direct(row)
    elif row.mode == "dispatched":
        yield from _dispatched(row)


def _direct(row: Row) -> Iterator[Step]:
    if answered_at := row.replied_at or row.closed_at:
        yield Step("direct_answer", answered_at, "答复时间" if row.replied_at else "办结时间")
    if row.closed_at:
        yield Step("close", row.closed_at, "办结时间")


def _dispatched(row: Row) -> Iterator[Step]:
    units = [{"unit": row.lead, "role": "lead"}, *({"unit": code, "role": "co"} for code in row.co)]
    yield Step("dispatch", row.dispatched_at or row.received_at, "派单时间", data={"units": units})
    if row.claimed_at:
        if row.returned_at and row.returned_at < row.claimed_at:  # to claim is to take the request back
            yield Step("drop_return", row.claimed_at, "认领时间", LEAD)
        yield Step("claim", row.claimed_at, "认领时间", LEAD)
    if row.returned_at:
        yield Step("ask_return", row.returned_at, "退办时间", LEAD, {"reason": "not_ours"})
    if row.replied_at:
        yield Step("answer", row.replied_at, "答复时间", LEAD)
        yield Step("release", row.replied_at, "答复时间", LEAD)
        if row.closed_at:
            yield Step("close", row.closed_at, "办结时间")
