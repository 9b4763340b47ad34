"""Plain factories: a tiny town, the people in it, and cases brought to where a test wants them.

Everything is invented. `town()` is one office with three bureaus and two townships, two channel
groups, five natures, two topic trees, a rule for each clock, and the calendar of 2022.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import copy, deepcopy
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from unittest import mock

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.db.models import Model
from django.db.models.sql import InsertQuery
from django.utils import timezone

from huiying.accounts.models import Holding, Unit, User
from huiying.cases import guards, lifecycle, place, projection
from huiying.cases.chain import Link
from huiying.cases.history import Entry, replay
from huiying.cases.models import (
    Area,
    CalendarDay,
    Case,
    Channel,
    ChannelGroup,
    ClockRule,
    Event,
    Nature,
    Office,
    Topic,
    TopicTree,
)
from huiying.cases.moves import MOVES
from huiying.cases.persons import PersonData
from huiying.cases.place import Place
from huiying.cases.workdays import seed_days
from huiying.common import bulk

ORIGIN = "test:make"  # what is made here passes without a person's permission
PASSWORD = "yun-xi-zhi-chun-2022"

UNITS = (  # code, name, kind, parent
    ("housing", "云溪县住建局", "department", ""),
    ("housing-gas", "燃气管理科", "department", "housing"),
    ("water", "云溪县水务局", "department", ""),
    ("market", "云溪县市场监管局", "department", ""),
    ("stone", "石桥镇", "town", ""),
    ("maple", "枫林乡", "town", ""),
)
CHANNELS = (  # code, name, group, prefix, handed down from above
    ("hotline", "云溪县12345热线", "phone", "R", False),
    ("city", "市长热线", "phone", "S", True),
    ("mailbox", "县长信箱", "net", "X", False),
)
NATURES = (
    ("inquiry", "咨询"),
    ("report", "反映"),
    ("complaint", "投诉"),
    ("proposal", "建议"),
    ("tip", "举报"),
)
TOPICS = {
    "phone": ("城乡建设/供水", "城乡建设/燃气", "市场监管/消费纠纷", "交通出行/道路破损"),
    "net": ("民生/供水", "民生/就医"),
}
RULES = (  # code, name, kind, natures, amount, unit, starts
    ("dispatch", "派单一个工作日", "dispatch", [], 1, "working_days", "event"),
    ("claim", "认领一个工作日", "claim", [], 1, "working_days", "assigned"),
    ("contact", "二十四小时内首次联系", "first_contact", [], 24, "hours", "assigned"),
    ("inquiry", "咨询三个工作日", "reply", ["inquiry"], 3, "working_days", "received"),
    ("reply", "其他诉求十个工作日", "reply", [], 10, "working_days", "received"),
    ("return", "退办裁定一个工作日", "rule_return", [], 1, "working_days", "event"),
    ("extension", "延期裁定两个工作日", "rule_extension", [], 2, "working_days", "event"),
    ("coordinate", "退办协调一个工作日", "coordinate", [], 1, "working_days", "event"),
    ("callback", "回访五个工作日", "callback", [], 5, "working_days", "event"),
)
CALLER = PersonData(name="何秀英", phone="13900001234", address="石桥镇东街12号")
STEPS = {  # the moves that bring a fresh case to a status
    "received": (),
    "dispatched": ("dispatch",),
    "handling": ("dispatch", "claim"),
    "returning": ("dispatch", "ask_return"),
    "reviewing": ("dispatch", "claim", "answer"),
    "answered": ("dispatch", "claim", "answer", "release"),
    "closed": ("dispatch", "claim", "answer", "release", "close"),
}


def at(month: int, day: int, hour: int = 9, minute: int = 0, *, year: int = 2022) -> datetime:
    """An instant by the clock on the office's wall."""
    return datetime(year, month, day, hour, minute, tzinfo=place.zone())


def town(*, years: Iterable[int] = (2022,), config: dict[str, Any] | None = None) -> Place:
    """The rows of a place, and the place they make."""
    years = tuple(years)
    what = f"town {years} {config}"
    _once(what, lambda: _town(years, config or {}))
    place.forget()
    if what not in _PLACES:
        _PLACES[what] = place.current()
        place.forget()
    with mock.patch.object(place, "_put_together", return_value=_copy(_PLACES[what])):
        return place.current()


_PLACES: dict[str, Place] = {}


def _copy(here: Place) -> Place:
    """The same rows as objects of their own, so that no test meets what another has done to them."""
    tables = ("units", "channels", "natures", "topics", "areas")
    rows = {name: {code: copy(row) for code, row in getattr(here, name).items()} for name in tables}
    return Place(deepcopy(here.office), here.keeper, **rows)


GROUND = (Office, Unit, TopicTree, Topic, ChannelGroup, Channel, Nature, Area, ClockRule, CalendarDay)
_KEPT: dict[str, list[tuple[str, Any]]] = {}


def _once(what: str, build: Callable[[], Any], models: tuple[type[Model], ...] = GROUND) -> None:
    """Build it the first time; later put the same rows back by the statements that say them."""
    if what in _KEPT:
        with connection.cursor() as cursor:
            for statement, values in _KEPT[what]:
                cursor.execute(statement, values)
        return
    before = {model: set(model._default_manager.values_list("pk", flat=True)) for model in models}
    build()
    _KEPT[what] = [
        statement
        for model, known in before.items()
        for statement in _said(model, list(model._default_manager.exclude(pk__in=known).order_by("pk")))
    ]


def _said(model: type[Model], rows: list[Any]) -> list[tuple[str, Any]]:
    query = InsertQuery(model)
    query.insert_values(model._meta.concrete_fields, rows)
    return list(query.get_compiler(using=connection.alias).as_sql())


def _town(years: tuple[int, ...], config: dict[str, Any]) -> None:
    Office.objects.create(name="云溪县政务服务便民热线办公室", place="云溪县", region="990123", config=config)
    _units()
    _words()
    ClockRule.objects.bulk_create(
        ClockRule(
            code=code,
            name=name,
            kind=kind,
            natures=natures,
            amount=amount,
            unit=unit,
            starts=starts,
            source=f"云溪县热线办理规程第{amount}条",
            verified="O",
            valid_from=date(2020, 1, 1),
        )
        for code, name, kind, natures, amount, unit, starts in RULES
    )
    CalendarDay.objects.bulk_create(
        [CalendarDay(day=d.date, kind=str(d.kind), name=d.name) for d in seed_days(years)]
    )


def _units() -> None:
    """Those at the top, then those below them; each level at once, with the paths that `save` would set."""
    made: dict[str, Unit] = {"": Unit()}
    for below in (False, True):
        rows = [row for row in enumerate(UNITS) if bool(row[1][3]) is below]
        units = [
            Unit(
                code=code,
                name=name,
                kind=kind,
                parent=made[parent] if parent else None,
                order=order,
                path=f"{made[parent].path}{code}/",
            )
            for order, (code, name, kind, parent) in rows
        ]
        made |= {unit.code: unit for unit in Unit.objects.bulk_create(units)}


def _words() -> None:
    trees = {
        tree.code: tree
        for tree in TopicTree.objects.bulk_create(TopicTree(code=c, name=f"{c} 分类") for c in TOPICS)
    }
    _topics(trees)
    names = {"phone": "政务服务便民热线", "net": "政民互动和网络留言"}
    made = ChannelGroup.objects.bulk_create(
        ChannelGroup(code=c, name=n, tree=trees[c]) for c, n in names.items()
    )
    groups = {group.code: group for group in made}
    Channel.objects.bulk_create(
        Channel(code=code, name=name, group=groups[group], prefix=prefix, upper=upper, order=order)
        for order, (code, name, group, prefix, upper) in enumerate(CHANNELS)
    )
    Nature.objects.bulk_create(
        Nature(code=code, name=name, order=order, guarded=code == "tip")
        for order, (code, name) in enumerate(NATURES)
    )
    Area.objects.bulk_create(
        Area(code=code, name=name, order=order)
        for order, (code, name) in enumerate((("stone", "石桥镇"), ("maple", "枫林乡")))
    )


def _topics(trees: dict[str, TopicTree]) -> None:
    paths = [(code, order, path) for code, paths in TOPICS.items() for order, path in enumerate(paths)]
    firsts = dict.fromkeys((code, path.split("/")[0]) for code, _, path in paths)
    tops = Topic.objects.bulk_create(
        Topic(tree=trees[code], name=name, path=f"{code}/{name}") for code, name in firsts
    )
    above = {top.path: top for top in tops}
    Topic.objects.bulk_create(
        Topic(
            tree=trees[code],
            parent=above[f"{code}/{path.split('/')[0]}"],
            name=path.split("/")[1],
            order=order,
            path=f"{code}/{path}",
        )
        for code, order, path in paths
    )


def person(
    username: str, name: str, *roles: str, unit: str | None = None, password: str = "", active: bool = True
) -> User:
    """Somebody who may sign in (with `PASSWORD` where `password` is left out) and holds `roles`."""
    (user,) = persons([(username, name, roles, unit)], password=password, active=active)
    return user


_hashed = cache(make_password)


def persons(
    rows: Iterable[tuple[str, str, Iterable[str], str | None]], *, password: str = "", active: bool = True
) -> list[User]:
    """The same for many at once, each a user name, a name, roles and a unit."""
    rows = list(rows)
    units = {unit.code: unit for unit in Unit.objects.filter(code__in={row[3] for row in rows if row[3]})}
    users = [
        User(username=username, name=name, is_active=active, unit=units[unit] if unit else None)
        for username, name, _, unit in rows
    ]
    for user, pk in zip(users, bulk.reserve(User, len(users)), strict=True):
        user.pk, user.password = pk, _hashed(password or PASSWORD)
        user._state.adding, user._state.db = False, connection.alias
    columns = [field.attname for field in User._meta.concrete_fields]
    bulk.insert_columns(User, [{name: getattr(user, name) for name in columns} for user in users])
    held = [
        {"user_id": user.pk, "role": role}
        for user, (_, _, roles, _) in zip(users, rows, strict=True)
        for role in roles
    ]
    bulk.insert_columns(Holding, held)
    return users


def case(
    title: str = "石桥镇东街自来水浑浊",
    *,
    status: str = "received",
    unit: str = "water",
    co: Iterable[str] = (),
    received: datetime | None = None,
    channel: str = "hotline",
    nature: str = "complaint",
    topic: str = "phone/城乡建设/供水",
    area: str = "stone",
    caller: PersonData = CALLER,
    **details: Any,
) -> Case:
    """A case received at `received` (2022-03-01 09:00) and brought to `status`, an hour a move."""
    made = lifecycle.register(
        channel=channel,
        nature=nature,
        topic=topic,
        area=area,
        title=title,
        body=details.pop("body", f"{title}，已有三天，请尽快处理。"),
        person=caller,
        by=None,
        at=received or at(3, 1),
        origin=ORIGIN,
        **details,
    )
    moves = [(name, _data(name, unit, co)) for name in STEPS[status]]
    if place.current().config.get("office", {}).get("close_on_release"):
        for name, data in moves:
            step(made, name, **data)
    elif moves:
        _bring_on(made, moves)
    return made


@transaction.atomic
def _bring_on(made: Case, moves: Iterable[tuple[str, dict[str, Any]]]) -> None:
    """What a `step` an hour for each would do, with the rows written once, as they are in the end."""
    here, (first,) = place.current(), lifecycle.log_of(made)
    state = replay([first])
    happened, recorded = first.happened_at, max(timezone.now(), first.recorded_at)
    events = []
    for name, data in moves:
        happened += timedelta(hours=1)
        before, on = str(state.status), data.pop("on", 0)
        task = state.tasks.get(on)
        data = lifecycle.completed(state, name, data, task)
        assert not guards.why_not(state, MOVES[name], task, happened, data)
        entry = Entry(state.seq + 1, name, on, happened, recorded, data)
        entry = lifecycle.planned(here, state, entry)
        event = projection.event_columns(
            vars(made), entry, before=before, after=state.status, by=None, origin=ORIGIN
        )
        events.append(event)
        made.seq, made.head = entry.seq, event["hash"]
    bulk.insert_columns(Event, events)
    projection.project(made, here, state)
    Case.objects.filter(pk=made.pk).update(seq=made.seq, head=made.head)


def _data(name: str, unit: str, co: Iterable[str]) -> dict[str, Any]:
    match name:
        case "dispatch":
            others = [{"unit": code, "role": "co"} for code in co]
            return {"units": [{"unit": unit, "role": "lead"}, *others]}
        case "ask_return":
            return {"on": 1, "reason": "not_ours"}
        case "claim" | "answer" | "release":
            return {"on": 1}
        case _:
            return {}


def step(
    made: Case, name: str, *, on: int = 0, when: datetime | None = None, by: User | None = None, **data: Any
) -> None:
    """One move; an hour after the last one where `when` is left out, by the system where `by` is."""
    last = max(made.events.values_list("happened_at", flat=True))
    when = when or last + timedelta(hours=1)
    lifecycle.advance(made, name, by=by, at=when, on=on, origin="" if by else ORIGIN, **data)


def link_of(event: Event, number: str) -> Link:
    """What the hash of a stored event must cover."""
    names = ["actor_id" if name == "actor" else name for name in Link._fields[1:]]
    return Link(number, *(getattr(event, name) for name in names))
