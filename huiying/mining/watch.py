"""The watch: every hour the reports of now are held against the past, and what stands out becomes an alarm.

An alarm is one row from its first look to its last: looks within `QUIET` add to it. Where several series tell
of the same cases, the narrowest speaks. Whoever may see alarms works for the office and sees every case; what
leaves the page as a notice names topics, places and numbers, never a citizen's words.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db import transaction
from django.db.models import Min, Q, QuerySet

from huiying.accounts.models import Role, User
from huiying.cases import clocks
from huiying.cases.models import Case
from huiying.cases.moves import Ending
from huiying.cases.place import Place
from huiying.cases.workdays import Calendar, UnknownYear
from huiying.common.errors import Refused
from huiying.mining import alarm_settings, alarm_words, alarms
from huiying.mining.alarm_settings import Settings
from huiying.mining.alarms import Rise
from huiying.mining.case_reports import Row, bodies, named, persons_of, reports
from huiying.mining.case_reports import rows as rows_of
from huiying.mining.hot_topics import hot_topics
from huiying.mining.models import Alarm, AlarmKind, AlarmState
from huiying.notices.people import People
from huiying.notices.rules import settings_of as notices_of
from huiying.notices.telling import Told, tell

WATCHERS = frozenset({Role.DISPATCHER, Role.SUPERVISOR, Role.LEADER})
"""Who sees alarms and says what became of them."""
DAY = timedelta(days=1)
QUIET = timedelta(days=3)
"""So long after its last look an alarm is over; what comes then is a new one."""
KEPT = timedelta(days=400)
"""Older rows go: they may hold words of titles that are to be erased."""
RECENT = alarms.BASELINE + alarms.GAP + 1
LONGEST = 3 * alarms.YEAR + alarms.AROUND + 1
READ = 2_000
"""So many of the newest reports are put together into matters."""
DRAWN = 28
"""So many days the little picture shows."""
NAMED = 200
COVERED = 0.8


@dataclass(frozen=True)
class Sign:
    """Something that stands out: `plain` is its subject without a citizen's words, for notices."""

    kind: AlarmKind
    key: str
    subject: str
    plain: str
    said: str
    rows: list[Row]
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def persons(self) -> int:
        return persons_of(self.rows)


def watch(place: Place, now: datetime) -> str:
    """One look: alarms raised or added to, and told; what was done, in words. May run twice without harm."""
    chosen = alarm_settings.settings_of(place.config)
    signs = look(place, chosen, now)
    with transaction.atomic():
        Alarm.objects.filter(last_at__lt=now - KEPT).delete()
        raised = [(sign, _keep(sign, now)) for sign in signs]
        added = _tell(place, raised, now)
    return f"预警 {len(raised)} 条，新增通知 {added} 条"


def look(place: Place, chosen: Settings, now: datetime) -> list[Sign]:
    """What stands out now, without keeping it: the narrowest of several that tell of the same cases."""
    if not _cases(now - max(DAY, timedelta(hours=chosen.hours)), now).exists():
        return []
    began = Case.objects.aggregate(at=Min("received_at"))["at"]
    days = min(LONGEST, (now - began) // DAY + 1)
    rows = list(rows_of(_asked(now, days)))
    found: list[Sign] = []
    if {"rise", "mass"} - chosen.off:
        found += _of_matters(place, chosen, rows, now, days)
    if "rise" not in chosen.off:
        found += _of_series(place, chosen, rows, now, days)
    kept: list[Sign] = []
    for sign in found:
        numbers = {row.number for row in sign.rows}
        if not any(_covers(other, numbers) for other in kept):
            kept.append(sign)
    return kept + (list(_of_words(chosen, rows, now)) if "words" not in chosen.off else [])


def _covers(other: Sign, numbers: set[str]) -> bool:
    return len(numbers & {row.number for row in other.rows}) >= COVERED * len(numbers)


# Reading


def _cases(since: datetime, until: datetime) -> QuerySet[Case]:
    return Case.objects.exclude(ending=Ending.INVALID).filter(received_at__gte=since, received_at__lt=until)


def _asked(now: datetime, days: int) -> Q:
    """The instants that are needed: the recent weeks, and the same weeks of each year there is."""
    asked = Q(received_at__gte=now - min(days, RECENT) * DAY, received_at__lt=now)
    for back in range(alarms.YEAR, days - alarms.AROUND, alarms.YEAR):
        asked |= Q(
            received_at__gte=now - (back + alarms.AROUND + 1) * DAY,
            received_at__lt=now - (back - alarms.AROUND) * DAY,
        )
    return asked


def _kinds(calendar: Calendar, now: datetime, days: int) -> list[str]:
    """What kind of day the middle of each window falls on, `now` being of the office's zone: worked, free,
    or the first worked after free."""

    def works(back: int) -> bool:
        on = (now - back * DAY - DAY / 2).date()
        try:
            return calendar.is_workday(on)
        except UnknownYear:
            return on.weekday() < 5

    worked = [works(back) for back in range(days, -1, -1)]
    return [("worked" if before else "first") if here else "free" for before, here in pairwise(worked)]


# Series


def _of_series(place: Place, chosen: Settings, rows: list[Row], now: datetime, days: int) -> list[Sign]:
    """Rises of topics, villages, areas and units, the narrowest first."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        for key in _keys(row):
            groups[key].append(row)
    series = {key: alarms.windows((row.at for row in those), now, days) for key, those in groups.items()}
    kinds = _kinds(place.keeper.calendar, now.astimezone(place.keeper.tz), days)
    risen = alarms.rises(series, kinds, budget=chosen.budget, least=chosen.least)
    risen.sort(key=lambda rise: (_ORDER.index(rise.key.partition(":")[0]), -rise.key.count("/")))
    found = []
    for rise in risen:
        those = [row for row in groups[rise.key] if row.at >= now - DAY]
        if persons_of(those) >= min(2, chosen.least):
            found.append(_risen(rise, _name(place, rise.key), those, series[rise.key]))
    return found


_ORDER = ("topic", "village", "area", "unit")


def _keys(row: Row) -> Iterator[str]:
    parts = row.topic.split("/")
    yield from (f"topic:{'/'.join(parts[:n])}" for n in range(2, len(parts) + 1))
    if row.area:
        yield f"area:{row.area}"
    if row.village:
        yield f"village:{row.area}/{row.village}"
    if row.unit:
        yield f"unit:{row.unit}"


def _name(place: Place, key: str) -> str:
    kind, _, code = key.partition(":")
    if kind == "topic":
        return f"“{place.topics[code].name}”类" if code in place.topics else code
    if kind == "village":
        area, _, village = code.partition("/")
        return f"{place.areas[area].name if area in place.areas else ''}{village}"
    table: dict[str, Any] = place.areas if kind == "area" else place.units
    named = table[code].name if code in table else code
    return named if kind == "area" else f"{named}承办的件"


def _risen(rise: Rise, name: str, rows: list[Row], counts: list[int]) -> Sign:
    said = alarms.told(rise, name, persons_of(rows))
    return Sign(AlarmKind.RISE, rise.key, name, said, said, rows, _figures(rise, counts))


def _figures(rise: Rise, counts: list[int]) -> dict[str, Any]:
    return {
        "counts": counts[-DRAWN:],
        "limit": rise.limit,
        "expected": round(rise.expected, 2),
        "usual": list(rise.usual),
        "chance": rise.chance,
        "cold": rise.cold,
    }


# Matters


def _of_matters(place: Place, chosen: Settings, rows: list[Row], now: datetime, days: int) -> list[Sign]:
    """Many persons of one matter, and matters that rise; each once, many persons before a rise."""
    recent = [row for row in rows if row.at >= now - RECENT * DAY][-READ:]
    by_number = {row.number: row for row in recent}
    kinds = _kinds(place.keeper.calendar, now.astimezone(place.keeper.tz), min(days, RECENT))
    found: list[Sign] = []
    for matter in hot_topics(reports(recent), least=min(3, chosen.persons)):
        those = [by_number[number] for number in matter.ids]
        name, plain = named(place, matter, those)
        key = f"matter:{min(those, key=lambda row: (row.at, row.pk)).number}"
        counts = alarms.windows((row.at for row in those), now, len(kinds))
        risen = alarms.rises({key: counts}, kinds, budget=chosen.budget, least=chosen.least)
        late = [row for row in those if row.at >= now - timedelta(hours=chosen.hours)]
        if "mass" not in chosen.off and persons_of(late) >= chosen.persons:
            found.append(_many(key, (name, plain), late, counts, risen, chosen))
        elif "rise" not in chosen.off and risen:
            last = [row for row in those if row.at >= now - DAY]
            sign = _risen(risen[0], name, last, counts)
            found.append(replace(sign, plain=alarms.told(risen[0], plain, persons_of(last))))
    return sorted(found, key=lambda sign: (sign.kind != AlarmKind.MASS, -sign.persons))


def _many(
    key: str, names: tuple[str, str], rows: list[Row], counts: list[int], risen: list[Rise], chosen: Settings
) -> Sign:
    tail = f"{chosen.hours}小时{len(rows)}件、{persons_of(rows)}人"
    if len(counts) > alarms.LEAST_HISTORY:
        tail += f"；往常每天{alarms.between(alarms.usual(counts))}件"
    figures = _figures(risen[0], counts) if risen else {"counts": counts[-DRAWN:]}
    subject, plain = names
    said = f"{subject} {tail}"
    return Sign(AlarmKind.MASS, key, subject, f"{plain} {tail}", said, rows, figures)


# Words


def _of_words(chosen: Settings, rows: list[Row], now: datetime) -> Iterator[Sign]:
    """Each report of the last day that holds one of the words."""
    recent = [row for row in rows if row.at >= now - DAY]
    words_of = bodies(recent)
    for row in recent:
        text = f"{row.title}。{words_of.get(row.pk, '')}"
        met = {group: alarm_words.found(text, words) for group, words in chosen.words.items()}
        met = {group: words for group, words in met.items() if words}
        if met:
            quoted = "、".join(f"“{word}”" for words in met.values() for word in words)
            said = f"{row.number} 提到{quoted}（{'、'.join(met)}）"
            words = [word for those in met.values() for word in those]
            yield Sign(AlarmKind.WORDS, f"case:{row.number}", row.number, said, said, [row], {"words": words})


# Keeping and telling


def _keep(sign: Sign, now: datetime) -> Alarm:
    """The sign's alarm: the one that still lasts, added to, or a new one."""
    numbers = [row.number for row in reversed(sign.rows)][:NAMED]
    values = {
        "kind": sign.kind,
        "subject": sign.subject[:200],
        "said": sign.said[:300],
        "last_at": now,
        "persons": sign.persons,
        "cases": numbers,
        "figures": sign.figures,
    }
    lasting = _lasting(sign, set(numbers), now)
    if lasting is None:
        return Alarm.objects.create(key=sign.key, raised_at=now, **values)
    Alarm.objects.filter(pk=lasting.pk).update(**values)
    for name, value in values.items():
        setattr(lasting, name, value)
    return lasting


def _lasting(sign: Sign, numbers: set[str], now: datetime) -> Alarm | None:
    """The alarm of the same thing that is not over: by its key; of a matter, by a case in common."""
    live = Alarm.objects.filter(last_at__gte=now - QUIET)
    if not sign.key.startswith("matter:"):
        return live.filter(kind=sign.kind, key=sign.key).first()
    matters = live.filter(key__startswith="matter:")
    return next((alarm for alarm in matters if numbers & set(alarm.cases)), None)


def _tell(place: Place, raised: list[tuple[Sign, Alarm]], now: datetime) -> int:
    """Tell those who are to know, once, and again each time the cases have doubled; nobody of what was put
    aside."""
    notices = notices_of(place)
    people = People(clocks.local_date(now, place.keeper.tz))
    things = []
    for sign, alarm in raised:
        rule = notices.rules[f"alarm.{sign.kind}"]
        if rule.name not in notices.off and alarm.state != AlarmState.DISMISSED:
            key = f"{alarm.pk}:{len(sign.rows).bit_length()}"
            text = rule.text.format(said=sign.plain)
            things.append(Told(rule, key, None, text, people.meant(rule.to, {}), ()))
    return tell(things, notices, now) if things else 0


def decide(alarm: Alarm, state: str, *, seen: str, why: str, by: User, at: datetime) -> None:
    """Somebody has seen to an alarm, or says that it is none. Raises Refused where somebody was quicker."""
    if state not in {AlarmState.SEEN, AlarmState.DISMISSED}:
        raise Refused("请选“已处置”或“排除”。")
    if state == AlarmState.DISMISSED and not why.strip():
        raise Refused("排除一条预警请写明理由，例：同一人反复来电。")
    found = Alarm.objects.filter(pk=alarm.pk, state=seen)
    if not found.update(state=state, why=why.strip()[:200], decided_by=by, decided_at=at):
        now = Alarm.objects.select_related("decided_by").get(pk=alarm.pk)
        raise Refused(
            f"{now.decided_by}刚刚已标为“{AlarmState(now.state).label}”{f'：{now.why}' if now.why else ''}。"
            "如仍要改，请再提交一次。"
        )
