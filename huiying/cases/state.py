"""A case as its log tells it: entries of the log, and the shapes they are folded into. Pure.

An entry holds codes and digests, never personal data or citizens' words.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from huiying.cases.moves import LIVE, CaseStatus, Ending, TaskStatus
from huiying.common.errors import Refused


class BrokenHistory(Refused):
    """A log that no sequence of moves could have written."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the log. `on` is the number of the assignment moved, 0 for the case."""

    seq: int
    kind: str
    on: int
    happened_at: datetime
    recorded_at: datetime
    data: dict[str, Any]


@dataclass(slots=True)
class Clock:
    """One run of one clock; `due_at` is None while paused. `on` is 0 for the case itself.

    `started_at` is the instant from which the limit counts, `began_at` that of the move which began this run.
    """

    kind: str
    on: int
    run: int
    started_at: datetime
    due_at: datetime | None
    rule: str
    version: int
    why: str
    began_at: datetime
    stopped_at: datetime | None = None
    superseded: bool = False


@dataclass(slots=True)
class Ruling:
    """A request (退办, 延期) and what became of it: pending until `decided_at`."""

    no: int
    kind: str
    on: int
    reason: str
    asked_at: datetime
    proposed: str = ""
    decision: str = "pending"
    decided_at: datetime | None = None


@dataclass(slots=True)
class Task:
    """One assignment: one unit, one role, one round."""

    no: int
    unit: str
    role: str
    round: int
    assigned_at: datetime
    status: TaskStatus = TaskStatus.ASSIGNED
    designated: bool = False
    paused: bool = False
    claimed_at: datetime | None = None
    contacted_at: datetime | None = None
    replied_at: datetime | None = None
    released_at: datetime | None = None
    ended_at: datetime | None = None
    returns_asked: int = 0
    sent_back: int = 0
    extended: int = 0

    @property
    def working(self) -> TaskStatus:
        """Where the task stands when a request or a draft is taken away again."""
        if self.sent_back:
            return TaskStatus.SENT_BACK
        return TaskStatus.CLAIMED if self.claimed_at else TaskStatus.ASSIGNED


@dataclass(slots=True)
class CaseState:
    """Everything about a case that statistics, screens and checks may ask.

    `held` names the clocks (kind, on) that the latest merge stopped. `mark` is the `seq` of the call-back
    that says what the citizen thinks, `marked` the assignment whose work it judges, `appeal` what became of
    the unit's appeal against it: "", "pending", "upheld" or "rejected".
    """

    status: CaseStatus = CaseStatus.RECEIVED
    ending: Ending = Ending.NONE
    seq: int = 0
    region: str = ""
    channel: str = ""
    nature: str = ""
    nature_claimed: str = ""
    topic: str = ""
    area: str = ""
    urgency: str = "normal"
    secret: bool = False
    accused: tuple[str, ...] = ()
    upper_number: str = ""
    person: int | None = None
    issues: int = 1
    mode: str = ""
    round: int = 0
    received_at: datetime | None = None
    dispatched_at: datetime | None = None
    replied_at: datetime | None = None
    closed_at: datetime | None = None
    erased_at: datetime | None = None
    merged_into: str = ""
    repeat_of: str = ""
    before_merge: CaseStatus | None = None
    held: tuple[tuple[str, int], ...] = ()
    lead: int = 0
    tasks: dict[int, Task] = field(default_factory=dict)
    clocks: list[Clock] = field(default_factory=list)
    rulings: list[Ruling] = field(default_factory=list)
    urged: int = 0
    supervised: int = 0
    reopened: int = 0
    called_back_at: datetime | None = None
    call_outcome: str = ""
    solved: bool | None = None
    satisfied: str = ""
    marked: int = 0
    mark: int = 0
    appeal: str = ""

    @property
    def lead_task(self) -> Task | None:
        return self.tasks.get(self.lead)

    @property
    def giving_back(self) -> set[str]:
        """The units that asked to give the case back and did not drop it."""
        asked = (r for r in self.rulings if r.kind == "return" and r.decision != "dropped")
        return {self.tasks[ruling.on].unit for ruling in asked}

    def is_open_for(self, task: Task) -> bool:
        """Whether the task's unit still has something to do; a late co-unit may finish after the answer."""
        late = task.role == "co" and self.ending is Ending.ANSWERED
        return task.status in LIVE and (self.status is not CaseStatus.CLOSED or late)

    def running(self, kind: str, on: int = 0) -> Clock | None:
        """The current run of a clock, if it has neither stopped nor been superseded."""
        for clock in reversed(self.clocks):
            if clock.kind == kind and clock.on == on and not clock.superseded:
                return None if clock.stopped_at else clock
        return None

    def latest(self, kind: str, on: int = 0) -> Clock | None:
        """The last run of a clock, running or stopped."""
        for clock in reversed(self.clocks):
            if clock.kind == kind and clock.on == on:
                return clock
        return None

    def runs(self, kind: str, on: int = 0) -> list[Clock]:
        """The runs of a clock from its latest start on, oldest first."""
        found = [c for c in self.clocks if (c.kind, c.on) == (kind, on)]
        starts = [i for i, clock in enumerate(found) if clock.why == "start"]
        return found[starts[-1] :] if starts else found

    def pending(self, kind: str, on: int) -> Ruling | None:
        """The open request of a kind on one assignment."""
        return next((r for r in self.rulings if (r.kind, r.on, r.decision) == (kind, on, "pending")), None)
