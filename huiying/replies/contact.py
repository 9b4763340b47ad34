"""Contact with the citizen: who spoke with them, when, how, to what end and with what result.

The codes go into the event, the words into a note of the case.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from huiying.accounts.models import User
from huiying.cases import lifecycle
from huiying.cases.models import Assignment, CaseText, Event
from huiying.cases.place import zone
from huiying.cases.timeline import CONTACT_AIMS, CONTACT_RESULTS, CONTACT_WAYS
from huiying.common.errors import Refused


@dataclass(frozen=True)
class Contact:
    """One contact; `way`, `aim` and `result` are codes of the tables of `timeline`."""

    talked_at: datetime
    way: str
    aim: str
    result: str
    who: str
    said: str


ENDS = frozenset({"submit_reply", "answer", "direct_answer", "close"})
"""After these nobody waits for the citizen any more."""


class Unclear(Refused):
    """A contact that lacks something; the message says what."""


def record(task: Assignment, contact: Contact, *, by: User, at: datetime, seq: int) -> Event:
    """Record a contact of the unit with the citizen. Raises Unclear, NotAllowed or Stale.

    The log tells things in order. A talk before the case's newest record takes that record's instant;
    the note keeps the true one.
    """
    _check(task, contact, at)
    newest = task.case.events.order_by("-happened_at").values_list("happened_at", flat=True)[0]
    task.case.seq = seq
    return lifecycle.advance(
        task.case,
        "contact",
        by=by,
        at=max(contact.talked_at, newest),
        on=task.no,
        note=_note(contact),
        way=contact.way,
        aim=contact.aim,
        result=contact.result,
    )


def _check(task: Assignment, contact: Contact, at: datetime) -> None:
    tables = (CONTACT_WAYS, contact.way, "方式"), (CONTACT_AIMS, contact.aim, "事由")
    for table, code, title in (*tables, (CONTACT_RESULTS, contact.result, "结果")):
        if code not in table:
            raise Unclear(f"请选择联系{title}。")
    if not contact.said:
        raise Unclear("请写明联系的内容。")
    if contact.talked_at > at:
        raise Unclear("联系时间晚于现在，请核对。")
    if contact.talked_at < task.assigned_at:
        raise Unclear("联系时间早于派单给本单位的时间，请核对。")


def _note(contact: Contact) -> str:
    wall = contact.talked_at.astimezone(zone())
    who = f"{contact.who}，" if contact.who else ""
    head = f"{wall:%Y-%m-%d %H:%M}，{who}{CONTACT_WAYS[contact.way]}，{CONTACT_AIMS[contact.aim]}"
    return f"{head}，{CONTACT_RESULTS[contact.result]}。{contact.said}"


def awaits_citizen(events: Iterable[Event]) -> bool:
    """Whether a unit has asked the citizen for more and nothing has come since."""
    waits = False
    for event in events:
        asks = event.kind == "contact" and json.loads(event.data).get("aim") == "ask"
        waits = asks or (waits and event.kind not in {"supplement", *ENDS})
    return waits


def awaiting(cases: Collection[int]) -> set[int]:
    """Which of these cases wait for the citizen, asked at once."""
    told = Event.objects.filter(case__in=cases, kind__in={"contact", "supplement", *ENDS})
    by_case = groupby(told.order_by("case_id", "seq"), key=attrgetter("case_id"))
    return {case for case, events in by_case if awaits_citizen(events)}


def records_of(events: Iterable[Event], texts: Iterable[CaseText], on: int) -> list[tuple[Event, str]]:
    """The contacts of one task among a case's events, each with its words (empty where erased)."""
    words = {text.seq: text.text for text in texts if text.kind == "note"}
    return [
        (event, words.get(event.seq, "")) for event in events if (event.kind, event.on) == ("contact", on)
    ]
