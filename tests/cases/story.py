"""A case without a database: moves one after the other, by the rules of the town of `tests/make.py`."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from huiying.cases import corrections, guards
from huiying.cases.clocks import Limit, LimitUnit, OfficeHours
from huiying.cases.deadlines import Keeper, Rule
from huiying.cases.effects import start
from huiying.cases.history import CaseState, Clock, Entry, apply, replay
from huiying.cases.lifecycle import completed
from huiying.cases.moves import MOVES
from huiying.cases.workdays import Calendar, seed_days
from tests.make import RULES

TZ = ZoneInfo("Asia/Shanghai")


def at(month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(2022, month, day, hour, minute, tzinfo=TZ)


TUESDAY, AT_TEN = at(3, 1), at(3, 1, 10)


def rule(code: str, kind: str, natures: list[str], amount: int, unit: str, starts: str, **more: Any) -> Rule:
    values = {
        "version": 1,
        "channels": (),
        "urgencies": (),
        "statutory": False,
        "valid_from": date(2020, 1, 1),
    }
    limit = Limit(amount, LimitUnit(unit))
    values |= {"code": code, "name": code, "kind": kind, "natures": tuple(natures), "limit": limit}
    return Rule(**(values | {"starts": starts, "source": "云溪县热线办理规程"} | more))


KEEPER = Keeper(
    tuple(rule(code, *rest) for code, _, *rest in RULES),
    Calendar.of(seed_days([2022])),
    OfficeHours(),
    TZ,
)


class Story:
    """Makes moves as `lifecycle.advance` does; a refused one raises AssertionError with the reason."""

    def __init__(self, when: datetime = TUESDAY, *, keeper: Keeper = KEEPER, **data: Any) -> None:
        self.keeper, self.state, self.log = keeper, CaseState(), list[Entry]()
        given = {"region": "990123", "channel": "hotline", "nature": "complaint", **data}
        self._take(Entry(1, "register", 0, when, when, given))

    def why_not(self, name: str, on: int = 0, when: datetime | None = None, **data: Any) -> str:
        task = self.state.tasks.get(on)
        data = completed(self.state, name, data, task)
        return guards.why_not(self.state, MOVES[name], task, when or self.next, data)

    def do(self, name: str, on: int = 0, when: datetime | None = None, **data: Any) -> Story:
        reason = self.why_not(name, on, when, **data)
        assert not reason, reason
        when, task = when or self.next, self.state.tasks.get(on)
        data = completed(self.state, name, data, task)
        self._take(Entry(len(self.log) + 1, name, on, when, when, data))
        return self

    def _take(self, entry: Entry) -> None:
        if entry.kind == "amend":
            entry = corrections.completed(self.keeper, self.log, entry)
            self.log.append(entry)
            self.state = self.told()
            return
        apply(self.state, entry)
        rows = self.keeper.plan(self.state, entry)
        for row in rows:
            start(self.state, row, entry.happened_at)
        self.log.append(replace(entry, data=entry.data | ({"clocks": rows} if rows else {})))

    @property
    def next(self) -> datetime:
        """An hour after the latest move."""
        return max(entry.happened_at for entry in self.log) + timedelta(hours=1)

    def told(self, **when: datetime) -> CaseState:
        state = replay(self.log, **when)
        assert state is not None
        return state

    def due(self, kind: str, on: int = 1) -> str:
        """When a clock is due by the clock on the office's wall; "" while paused, "none" without a clock."""
        clock = self.state.latest(kind, on)
        return shown(clock.due_at if clock else None) if clock else "none"

    def running(self) -> set[tuple[str, int]]:
        return {(clock.kind, clock.on) for clock in open_clocks(self.state)}


def shown(due_at: datetime | None) -> str:
    return due_at.astimezone(TZ).strftime("%m-%d %H:%M") if due_at else ""


def open_clocks(state: CaseState) -> list[Clock]:
    return [clock for clock in state.clocks if clock.stopped_at is None and not clock.superseded]


UNITS = [{"unit": "water", "role": "lead"}]
WITH_CO = [*UNITS, {"unit": "stone", "role": "co"}]
OTHERS = [{"unit": "housing", "role": "lead"}]


def dispatched(when: datetime = AT_TEN, units: list[dict[str, str]] = UNITS, **data: Any) -> Story:
    """A case that lies with the water bureau (its assignment 1), and with whom it may share it."""
    return Story(**data).do("dispatch", when=when, units=units)


def claimed(units: list[dict[str, str]] = UNITS, **data: Any) -> Story:
    return dispatched(units=units, **data).do("claim", 1)


def answered(units: list[dict[str, str]] = UNITS, **data: Any) -> Story:
    return claimed(units, **data).do("answer", 1).do("release", 1)
