"""The further conditions of the case list, as a table: what each is called, what may be chosen, what it asks.

What has no column of the case's own is asked of running clocks or of open cases, of which there are few. The
others are tried on each case of the walk, which is long where a rare value is asked for without a period.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q

from huiying.cases.deadlines import CLOCK_TITLES
from huiying.cases.models import ClockRun, Event, Ruling
from huiying.cases.moves import ENDING_TITLES
from huiying.cases.timeline import URGENCIES


@dataclass(frozen=True)
class Filter:
    """One condition. Without `choices` the words are typed; `of_open` looks at open cases only."""

    label: str
    wanted: Callable[[str, datetime], Q]
    choices: Mapping[str, str] = field(default_factory=dict)
    of_open: bool = False

    def knows(self, text: str) -> bool:
        return text in self.choices if self.choices else True


def _late(kind: str, now: datetime) -> Q:
    """Cases with a clock of that kind that is over."""
    running = ClockRun.objects.filter(kind=kind, stopped_at=None, superseded=False, due_at__lte=now)
    return Q(pk__in=running.values("case_id"))


def _been_through(what: str, now: datetime) -> Q:
    if what == "returned":
        asked = Ruling.objects.filter(kind="return", case__closed_at=None)
        return Q(pk__in=asked.exclude(decision="dropped").values("case_id"))
    return Q(pk__in=Event.objects.filter(kind=what, case__closed_at=None).values("case_id"))


FILTERS = {
    "urgency": Filter("紧急程度", lambda code, now: Q(urgency=code), URGENCIES),
    "secret": Filter("保密", lambda code, now: Q(secret=code == "yes"), {"yes": "保密", "no": "不保密"}),
    "ending": Filter(
        "办结方式",
        lambda code, now: Q(ending=code),
        {str(code): title for code, title in ENDING_TITLES.items() if code},
    ),
    "late": Filter("逾期种类", _late, {code: f"{title}已过" for code, title in CLOCK_TITLES.items()}),
    "been": Filter(
        "办理经过（未办结的件）",
        _been_through,
        {"returned": "申请过退办", "send_back": "退回过重办", "reopen": "重办过"},
        of_open=True,
    ),
    "upper": Filter("上级编号", lambda text, now: Q(upper_number=text)),
    "village": Filter("村（社区）", lambda text, now: Q(village=text)),
}
PERIODS = {"dispatched": "派单", "replied": "反馈", "closed": "办结"}
"""By which of a case's instants else than its receipt a period may be asked for."""
