"""Which clocks a move starts, by which rule, until when. Pure.

The rules and the calendar are values; `place.keeper()` reads them from the database. What is
planned here goes into the event that starts the clock, so that a clock always follows from
the log: rule, version, start and due instant.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import Any, NamedTuple

from huiying.cases import clocks
from huiying.cases.clocks import Limit, OfficeHours
from huiying.cases.history import CaseState, Clock, Entry, Task
from huiying.cases.moves import CaseStatus
from huiying.cases.workdays import Calendar

Row = dict[str, Any]
"""A clock's run as an event holds it: kind, on, run, start, due, rule, version, why, perhaps stopped."""

CLOCK_TITLES = {
    "dispatch": "派单时限",
    "claim": "认领时限",
    "first_contact": "首次联系时限",
    "reply": "答复时限",
    "interim": "阶段性答复时限",
    "ask_return": "申请退办时限",
    "rule_return": "退办裁定时限",
    "coordinate": "退办协调时限",
    "rule_extension": "延期裁定时限",
    "callback": "回访时限",
}
WHY_TITLES = {
    "start": "起算",
    "redo": "退回重办，原时限不变",
    "extension": "准予延期",
    "pause": "暂停",
    "resume": "恢复",
    "restore": "恢复原时限",
    "reckon": "日历或规则变动，重算",
    "reclassify": "性质核定后适用另一规则",
}
ESCALATES_AT = 3
"""So many units have asked to give a case back (`CaseState.giving_back`): it is settled from above.
潍坊市12345办法 Art. 22, 24; 北京市接诉即办工作条例 Art. 12–14."""
ON_TASK = ("claim", "ask_return", "first_contact", "reply")
"""The clocks a new assignment starts, where the place has a rule for them."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One version of one time limit; empty conditions match everything."""

    code: str
    version: int
    name: str
    kind: str
    channels: tuple[str, ...]
    natures: tuple[str, ...]
    urgencies: tuple[str, ...]
    limit: Limit
    starts: str
    statutory: bool
    source: str
    valid_from: date

    @property
    def specificity(self) -> int:
        return sum(bool(c) for c in (self.channels, self.natures, self.urgencies))

    def fits(self, kind: str, state: CaseState, on: date) -> bool:
        return (
            self.kind == kind
            and self.valid_from <= on
            and (not self.channels or state.channel in self.channels)
            and (not self.natures or state.nature in self.natures)
            and (not self.urgencies or state.urgency in self.urgencies)
        )


class Holds(NamedTuple):
    """The rule that holds for a clock and what follows; `interim_due_at` where a longer law prevails."""

    rule: Rule
    start: datetime
    due_at: datetime
    interim_due_at: datetime | None = None


@dataclass(frozen=True)
class Keeper:
    """The office's rules, calendar, hours and zone: all that a deadline depends on."""

    rules: tuple[Rule, ...]
    calendar: Calendar
    hours: OfficeHours
    tz: tzinfo
    _governing: dict[tuple[Any, ...], Rule | None] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )
    """Rules found before, by all that a rule asks about."""
    _ends: dict[tuple[Limit, date], datetime] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )
    """When day clocks end, by their limit and the day on which they start."""

    def rule(self, kind: str, state: CaseState, at: datetime, *, statutory: bool = False) -> Rule | None:
        """The rule that governs: the most specific that fits on the day, then the newest version."""
        on = clocks.local_date(at, self.tz)
        asked = (kind, state.channel, state.nature, state.urgency, on, statutory)
        if asked not in self._governing:
            fitting = [r for r in self.rules if r.statutory == statutory and r.fits(kind, state, on)]
            self._governing[asked] = max(
                fitting, key=lambda r: (r.specificity, r.valid_from, r.version), default=None
            )
        return self._governing[asked]

    def named(self, code: str, version: int) -> Rule | None:
        return next((r for r in self.rules if (r.code, r.version) == (code, version)), None)

    def due(self, start: datetime, limit: Limit) -> datetime:
        if not limit.unit.is_day_clock:  # which ask for the instant and not just for its day
            return clocks.due(start, limit, self.calendar, self.hours, self.tz)
        asked = limit, clocks.local_date(start, self.tz)
        if asked not in self._ends:
            self._ends[asked] = clocks.due(start, limit, self.calendar, self.hours, self.tz)
        return self._ends[asked]

    def plan(self, state: CaseState, entry: Entry) -> list[dict[str, Any]]:
        """The clock rows that belong into `entry`; `state` is the case with the entry applied."""
        match entry.kind:
            case "register" | "reopen" | "recall" | "agree_return" | "cancel":
                rows = self._awaiting_dispatch(state, entry)
            case "dispatch" | "add_co" | "redirect_return":
                rows = self._on_new_tasks(state, entry)
            case "ask_return" | "ask_extension":
                rows = self._asked(state, entry)
            case "refuse_return" | "designate" | "drop_return":
                rows = self._claim_again(state, entry)
            case "send_back":
                rows = self._redo(state, entry)
            case "grant_extension":
                rows = self._extended(state, entry)
            case "pause":
                rows = self._paused(state, "reply", entry.on)
            case "resume":
                rows = self._resumed(state, "reply", entry)
            case "answer" | "submit_reply":
                rows = self._answered(state, entry)
            case "close":
                rows = self._to_call_back(state, entry)
            case "unmerge":
                rows = self._revived(state)
            case "reclassify" | "protect":
                rows = self._reckoned(state, entry.happened_at, "reclassify")
            case "reckon":
                rows = self._reckoned(state, entry.happened_at, "reckon")
            case _:
                rows = iter(())
        return list(rows)

    def _awaiting_dispatch(self, state: CaseState, entry: Entry) -> Iterator[Row]:
        """A case that waits to be dispatched, by whichever way it came to that, has a clock for it."""
        if state.status is CaseStatus.RECEIVED and not state.running("dispatch"):
            yield from self._one(state, "dispatch", 0, entry.happened_at)

    def _revived(self, state: CaseState) -> Iterator[Row]:
        """After a merge is undone the clocks that it stopped run on to their old due instants."""
        for kind, on in state.held:
            if old := state.latest(kind, on):
                yield self._anew(state, old, "restore" if old.due_at else "pause")

    def _on_new_tasks(self, state: CaseState, entry: Entry) -> Iterator[Row]:
        for row in entry.data["units"]:
            task = state.tasks[row["no"]]
            for kind in ON_TASK:
                if kind != "ask_return" or not task.designated:
                    yield from self._one(state, kind, task.no, entry.happened_at)

    def _one(self, state: CaseState, kind: str, on: int, at: datetime) -> Iterator[Row]:
        held = self.holds(state, kind, on, at)
        if held is None:
            return
        if held.interim_due_at is not None:
            yield self._row(state, "interim", on, held, held.interim_due_at, "start")
        yield self._row(state, kind, on, held, held.due_at, "start")

    def holds(self, state: CaseState, kind: str, on: int, at: datetime) -> Holds | None:
        """Which rule holds for a clock that a move at `at` starts; None where the place has none."""
        rule, law = self.rule(kind, state, at), self.rule(kind, state, at, statutory=True)
        if rule is None or law is None:
            rule = rule or law
            return self._by(rule, state, on, at) if rule else None
        ours, theirs = self._by(rule, state, on, at), self._by(law, state, on, at)
        held = clocks.prevailing(ours.due_at, theirs.due_at)
        return ours if held.interim_due_at is None else theirs._replace(interim_due_at=held.interim_due_at)

    def _by(self, rule: Rule, state: CaseState, on: int, at: datetime) -> Holds:
        start = self._start(rule, state, on, at)
        return Holds(rule, start, self.due(start, rule.limit))

    def _start(self, rule: Rule, state: CaseState, on: int, at: datetime) -> datetime:
        if rule.starts == "received" and state.received_at is not None:
            return state.received_at
        if rule.starts == "assigned" and (task := state.tasks.get(on)):
            return task.assigned_at
        return at

    def _asked(self, state: CaseState, entry: Entry) -> Iterator[Row]:
        """The office has its time to rule; while a return is asked the unit need not claim."""
        yield from self._one(state, f"rule_{entry.kind[4:]}", entry.on, entry.happened_at)
        if entry.kind == "ask_return":
            yield from self._paused(state, "claim", entry.on)
        if entry.kind == "ask_return" and len(state.giving_back) >= ESCALATES_AT:
            yield from self._one(state, "coordinate", entry.on, entry.happened_at)

    def _claim_again(self, state: CaseState, entry: Entry) -> Iterator[Row]:
        """The claim clock goes on: later by the wait for a ruling, unless the unit took its request back."""
        if entry.kind == "drop_return":
            yield from self._restored(state, "claim", entry.on)
        else:
            yield from self._resumed(state, "claim", entry)

    def _answered(self, state: CaseState, entry: Entry) -> Iterator[Row]:
        """An answer ends a pause; the run that it ends tells whether the answer was in time."""
        stopped = entry.happened_at.isoformat()
        rows = [*self._restored(state, "claim", entry.on), *self._resumed(state, "reply", entry)]
        yield from (row | {"stopped": stopped} for row in rows)

    def _to_call_back(self, state: CaseState, entry: Entry) -> Iterator[Row]:
        """A citizen who was reached about this very answer need not be called again."""
        called, replied = state.called_back_at, state.replied_at
        if not (called and replied and called >= replied and state.call_outcome != "missed"):
            yield from self._one(state, "callback", 0, entry.happened_at)

    def _redo(self, state: CaseState, entry: Entry) -> Iterator[Row]:
        if old := state.latest("reply", entry.on):
            yield self._anew(state, old, "redo")

    def _extended(self, state: CaseState, entry: Entry) -> Iterator[Row]:
        if old := state.latest("reply", entry.on):
            yield self._again(state, old, self._until(entry.data["until"]), "extension")

    def _until(self, day: str) -> datetime:
        return clocks.end_of_day(date.fromisoformat(day), self.tz)

    def extends(self, state: CaseState, on: int, day: str) -> bool:
        """Whether the end of `day` (ISO) lies after the reply's present due instant."""
        clock = state.latest("reply", on)
        return clock is None or clock.due_at is None or self._until(day) > clock.due_at

    def _paused(self, state: CaseState, kind: str, on: int) -> Iterator[Row]:
        old = state.running(kind, on)
        if old and old.due_at is not None:
            yield self._again(state, old, None, "pause")

    def _resumed(self, state: CaseState, kind: str, entry: Entry) -> Iterator[Row]:
        """A paused clock goes on, its due instant later by the time waited."""
        old = state.latest(kind, entry.on)
        if old and old.due_at is None:
            yield self._anew(state, old, "resume", until=entry.happened_at)

    def _restored(self, state: CaseState, kind: str, on: int) -> Iterator[Row]:
        """A paused clock goes on as if it had never been paused."""
        old = state.latest(kind, on)
        if old and old.due_at is None:
            yield self._anew(state, old, "restore")

    def _anew(self, state: CaseState, old: Clock, why: str, *, until: datetime | None = None) -> Row:
        """The next run of a clock, due as follows from its start and all that came since."""
        held = self.holds(state, old.kind, old.on, state.runs(old.kind, old.on)[0].began_at)
        if held is None:
            return self._again(state, old, old.due_at, why)
        return self._row(state, old.kind, old.on, held, self._told(state, old, held, why, until=until), why)

    def _told(
        self, state: CaseState, clock: Clock, held: Holds, why: str, *, until: datetime | None = None
    ) -> datetime | None:
        """The due instant of a clock told anew: its limit, then its extensions and pauses in their order.

        A pause that lasts gives None; it ends at `until`, and a run to "restore" forgets it.
        """
        due, paused_at = held.due_at, None
        for run in state.runs(clock.kind, clock.on):
            if run.why == "pause":
                paused_at = paused_at or run.began_at
            elif run.why == "restore":
                paused_at = None
            elif run.why == "extension" and run.due_at is not None:
                due = run.due_at
            elif run.why == "resume" and paused_at:
                due, paused_at = self._waited(held, due, paused_at, run.began_at), None
        if paused_at is None or why == "restore":
            return due
        return self._waited(held, due, paused_at, until) if until else None

    def _waited(self, held: Holds, due: datetime, paused_at: datetime, resumed_at: datetime) -> datetime:
        unit = held.rule.limit.unit
        return clocks.resumed(due, paused_at, resumed_at, unit, self.calendar, self.hours, self.tz)

    def _reckoned(self, state: CaseState, at: datetime, why: str) -> Iterator[Row]:
        """New runs for the running clocks that rules, calendar or classification now set otherwise."""
        for old in [c for c in state.clocks if c.stopped_at is None and not c.superseded]:
            if old.kind == "interim":
                continue
            held = self.holds(state, old.kind, old.on, state.runs(old.kind, old.on)[0].began_at)
            if held is None:
                continue
            if old.kind == "reply":
                yield from self._interim(state, old.on, held, at, why)
            due, rule = self._told(state, old, held, why), (held.rule.code, held.rule.version)
            if due != old.due_at or (due is None and rule != (old.rule, old.version)):
                yield self._row(state, old.kind, old.on, held, due, why)

    def _interim(self, state: CaseState, on: int, held: Holds, at: datetime, why: str) -> Iterator[Row]:
        """An interim answer is due while a longer law prevails, and only then; once given it is given."""
        old, due = state.latest("interim", on), held.interim_due_at
        if due is None and old and old.stopped_at is None:
            yield self._again(state, old, old.due_at, why) | {"stopped": at.isoformat()}
        elif due is not None and (old is None or (old.stopped_at is None and old.due_at != due)):
            yield self._row(state, "interim", on, held, due, why)

    def _again(self, state: CaseState, old: Clock, due: datetime | None, why: str) -> Row:
        return {
            "kind": old.kind,
            "on": old.on,
            "run": _next_run(state, old.kind, old.on),
            "start": old.started_at.isoformat(),
            "due": due.isoformat() if due else None,
            "rule": old.rule,
            "version": old.version,
            "why": why,
        }

    def _row(self, state: CaseState, kind: str, on: int, held: Holds, due: datetime | None, why: str) -> Row:
        return {
            "kind": kind,
            "on": on,
            "run": _next_run(state, kind, on),
            "start": held.start.isoformat(),
            "due": due.isoformat() if due else None,
            "rule": held.rule.code,
            "version": held.rule.version,
            "why": why,
        }

    def expected(self, state: CaseState) -> list[tuple[Clock, datetime | None]]:
        """Running clocks that are not due when rules and calendar of today say, with what they say.

        Empty exactly where a `reckon` would move nothing.
        """
        assert state.received_at is not None
        rows = self._reckoned(state, state.received_at, "reckon")
        found = [(state.running(row["kind"], row["on"]), row["due"]) for row in rows]
        return [(clock, datetime.fromisoformat(due) if due else None) for clock, due in found if clock]


def _next_run(state: CaseState, kind: str, on: int) -> int:
    return 1 + len([c for c in state.clocks if c.kind == kind and c.on == on])


def next_due(state: CaseState) -> datetime | None:
    """The due instant that the office should look at next: the case's own or its lead unit's."""
    dues = [
        c.due_at
        for c in state.clocks
        if c.due_at is not None
        and c.stopped_at is None
        and not c.superseded
        and c.on in (0, state.lead)
        and c.kind in {"dispatch", "claim", "reply"}
    ]
    return min(dues, default=None)


UNIT_CLOCKS = ("claim", "first_contact", "reply", "interim")
"""The clocks that a unit itself must keep."""


def unit_due(state: CaseState, task: Task) -> datetime | None:
    """The due instant that the task's unit should look at next; None where no clock of its own runs."""
    dues = [
        clock.due_at
        for clock in state.clocks
        if clock.on == task.no
        and clock.kind in UNIT_CLOCKS
        and clock.due_at is not None
        and clock.stopped_at is None
        and not clock.superseded
    ]
    return min(dues, default=None)


def task_due(state: CaseState, task: Task, kind: str) -> datetime | None:
    """The due instant of a task's clock, by its last run; None where there is none (or it is paused)."""
    clock = state.latest(kind, task.no)
    return clock.due_at if clock else None
