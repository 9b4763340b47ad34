"""您打开之后: what others did to a case since somebody looked at it, told where they are refused for it."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from huiying.accounts.models import User
from huiying.cases import privacy
from huiying.cases.history import replay
from huiying.cases.models import Case
from huiying.cases.place import Place
from huiying.cases.projection import parse
from huiying.workbench.case_page import Moment, timeline_rows


def since(user: User, case: Case, seen: int, place: Place) -> list[Moment]:
    """Who did what when to the case after its first `seen` records, with the notes left; oldest first."""
    events = list(case.events.select_related("actor").order_by("seq")) if seen > 0 else []
    if len(events) <= seen:
        return []
    log = [parse(event) for event in events]
    state = replay(log)
    assert state is not None, "a saved case has at least its registration"
    clean = privacy.words_for(user, case)
    rows = timeline_rows(events, log, state, place, list(case.texts.all()), clean)
    return rows[: len(events) - seen][::-1]


def said(user: User, case: Case, seen: int, place: Place) -> str:
    """The same in one line, for a list that tells of many cases; "" where nothing happened."""
    rows = since(user, case, seen, place)
    told = "；".join(f"{_clock(row.entry.recorded_at)} {row.who}：{row.said}" for row in rows)
    return f"您打开之后：{told}。" if told else ""


def _clock(at: datetime) -> str:
    return f"{timezone.localtime(at):%m-%d %H:%M}"
