"""The place as it stands: vocabularies, rules and calendar, read once per revision."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, time
from functools import cached_property, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from huiying.accounts.models import Unit
from huiying.cases.clocks import Limit, LimitUnit, OfficeHours
from huiying.cases.deadlines import Keeper, Rule
from huiying.cases.models import (
    Area,
    CalendarDay,
    Channel,
    ClockRule,
    Nature,
    Office,
    Topic,
)
from huiying.cases.workdays import Calendar, DayKind, SeedDay
from huiying.common.errors import Refused

REVISION = f'SELECT "revision" FROM "{Office._meta.db_table}" ORDER BY "id" LIMIT 1'


@dataclass(frozen=True, eq=False)
class Place:
    """What the codes in events mean. `units["…"]` is a row; `by_pk["unit"][7]` a code."""

    office: Office
    keeper: Keeper
    units: dict[str, Unit]
    channels: dict[str, Channel]
    natures: dict[str, Nature]
    topics: dict[str, Topic]
    areas: dict[str, Area]

    @property
    def config(self) -> dict[str, Any]:
        config: dict[str, Any] = self.office.config
        return config

    @cached_property
    def lines(self) -> dict[str, tuple[Unit, ...]]:
        """For the code of each unit: the unit and those above it."""
        units = self.units.values()
        return {one.code: tuple(u for u in units if one.path.startswith(u.path)) for one in units}

    def branch(self, topic: str) -> Topic | None:
        """The first level of a topic's path; None for no topic."""
        return self.topics.get("/".join(topic.split("/")[:2]))

    def subtree(self, unit: Unit) -> frozenset[str]:
        """The codes of a unit and of everything below it."""
        return frozenset(u.code for u in self.units.values() if u.path.startswith(unit.path))

    def with_rule(self, row: ClockRule) -> Place:
        """The place as it would be with one more rule. Raises ValueError for a limit that cannot be."""
        return replace(self, keeper=replace(self.keeper, rules=(*self.keeper.rules, _rule(row))))


def zone() -> ZoneInfo:
    """The office's zone."""
    return ZoneInfo(settings.TIME_ZONE)


def current() -> Place:
    """The place, from a cache that one cheap query keeps honest. Raises Refused before any is loaded."""
    with connection.cursor() as cursor:  # asked several times a request: putting it together cost most of it
        cursor.execute(REVISION)
        found = cursor.fetchone()
    if found is None:
        raise Refused("还没有载入地方配置。请先运行：huiying place load examples/jixi")
    return _read(str(connection.settings_dict["NAME"]), found[0])


@lru_cache(maxsize=4)
def _read(database: str, revision: int) -> Place:
    return _put_together()


def _put_together() -> Place:
    office = Office.objects.get()
    return Place(
        office=office,
        keeper=_keeper(office),
        units={unit.code: unit for unit in Unit.objects.all()},
        channels={c.code: c for c in Channel.objects.select_related("group", "tree", "group__tree")},
        natures={nature.code: nature for nature in Nature.objects.all()},
        topics={topic.path: topic for topic in Topic.objects.select_related("tree")},
        areas={area.code: area for area in Area.objects.all()},
    )


def forget() -> None:
    """Drop the cache: for tests, where a rolled back database repeats its revisions."""
    _read.cache_clear()


def _keeper(office: Office) -> Keeper:
    spans = office.config.get("office", {}).get("hours") or []
    hours = OfficeHours(tuple((_clock(a), _clock(b)) for a, b in spans)) if spans else OfficeHours()
    days = tuple(CalendarDay.objects.values_list("day", "kind", "name"))
    return Keeper(tuple(_rule(row) for row in ClockRule.objects.all()), _calendar(days), hours, zone())


@lru_cache(maxsize=4)
def _calendar(rows: tuple[tuple[date, str, str], ...]) -> Calendar:
    """Most revisions of a place leave its days alone."""
    return Calendar.of([SeedDay(day, DayKind(kind), name) for day, kind, name in rows])


def _clock(text: str) -> time:
    return time.fromisoformat(text) if text != "24:00" else time.max


def _rule(row: ClockRule) -> Rule:
    return Rule(
        code=row.code,
        version=row.version,
        name=row.name,
        kind=row.kind,
        channels=tuple(row.channels),
        natures=tuple(row.natures),
        urgencies=tuple(row.urgencies),
        limit=Limit(row.amount, LimitUnit(row.unit), row.ends_at_hour),
        starts=row.starts,
        statutory=row.statutory,
        source=row.source,
        valid_from=row.valid_from,
    )
