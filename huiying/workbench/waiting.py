"""等您办: what waits for a person, by their roles, each with the page where it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import IntegerField, QuerySet, Subquery
from django.urls import reverse

from huiying.accounts.models import Role, User
from huiying.bulletins import reconciliation, rectification
from huiying.bulletins.models import (
    Decision,
    Dispute,
    Edition,
    Rectification,
    RectificationStatus,
    StatementState,
)
from huiying.cases import clocks, permissions
from huiying.cases.models import Case, Event
from huiying.cases.moves import CaseStatus
from huiying.cases.place import Place
from huiying.dispatch import rulings, supervision
from huiying.intake import calls as call_log
from huiying.intake import drafts
from huiying.mining.models import Alarm, AlarmState
from huiying.notices.models import Outbox, OutboxState
from huiying.quality import appeals, calls
from huiying.replies import review
from huiying.workbench.inbox import TABS, open_counts, open_parts
from huiying.workbench.visit import MENU

PAGES = {page.name: page.title for page in MENU} | {"notices": "通知"}


@dataclass(frozen=True)
class Item:
    """Something to do: what, how many (None: it is there at any time), where, and the name of that page."""

    title: str
    count: int | None
    url: str
    page: str


@dataclass(frozen=True)
class Ask:
    """An item before it is counted. `rows` are counted, or their number is known; None: there is nothing to
    count. `quiet` says that it is left out where there are none."""

    title: str
    rows: QuerySet[Any, Any] | int | None
    page: str
    query: dict[str, str]
    quiet: bool


def _ask(
    title: str, rows: QuerySet[Any, Any] | int | None, page: str, *, quiet: bool = False, **query: str
) -> Ask:
    return Ask(title, rows, page, query, quiet)


def waiting_for(user: User, place: Place, now: datetime) -> list[Item]:
    """What the person can do now, in the order of `ROWS`; what two roles share, once."""
    mine = [items for roles, items in ROWS if user.is_active and roles & user.roles]
    asked = [ask for items in mine for ask in items(user, place, now)]
    asked = list({(ask.title, ask.page): ask for ask in asked}.values())
    counted = _counted(user, asked)
    return [_item(ask, count) for ask, count in zip(asked, counted, strict=True) if count or not ask.quiet]


def _item(ask: Ask, count: int | None) -> Item:
    url = reverse(ask.page) + (f"?{urlencode(ask.query)}" if ask.query else "")
    return Item(ask.title, count, url, PAGES[ask.page])


class _Count(Subquery):
    """How many rows a query has, as a column of another."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


def _counted(user: User, asked: list[Ask]) -> list[int | None]:
    """The number of each, asked in one query."""
    columns = {
        f"n{no}": _Count(ask.rows.order_by().values("pk"))
        for no, ask in enumerate(asked)
        if isinstance(ask.rows, QuerySet)
    }
    numbers = User.objects.annotate(**columns).values_list(*columns).get(pk=user.pk) if columns else ()
    found: dict[str, int] = dict(zip(columns, numbers, strict=True))
    return [found[f"n{no}"] if isinstance(ask.rows, QuerySet) else ask.rows for no, ask in enumerate(asked)]


def _desk(user: User, place: Place, now: datetime) -> Iterator[Ask]:
    yield _ask("接听登记", None, "intake")
    yield _ask("未完成的登记", drafts.unfinished(user), "intake", quiet=True)
    yield _ask("转出未回接", call_log.still_away(user, now), "intake", quiet=True)


def _dispatcher(user: User, place: Place, now: datetime) -> Iterator[Ask]:
    yield _ask("待派单", permissions.visible_to(user).filter(status=CaseStatus.RECEIVED), "dispatch")
    yield _ask("待裁定", rulings.waiting(), "rulings")
    yield from _alarms()
    yield from _disputed()


def _alarms() -> Iterator[Ask]:
    yield _ask("预警待处置", Alarm.objects.filter(state=AlarmState.OPEN), "alarms", quiet=True)


def _disputed() -> Iterator[Ask]:
    """What units dispute of the figures before a bulletin."""
    pending = Dispute.objects.filter(decision=Decision.PENDING, statement__reconciliation__closed_at=None)
    yield _ask("对账异议待裁定", pending, "closing", quiet=True)


def _unit(user: User, place: Place, now: datetime) -> Iterator[Ask]:
    """The tabs of the unit's desk in which something is to be done; the first two always."""
    for tab, count in open_counts(user, place, now).items():
        if tab != "approve" or Role.HEAD in user.roles:
            yield _ask(TABS[tab], count, "inbox", tab=tab, quiet=tab not in {"claim", "todo"})
    yield _ask(TABS["parts"], open_parts(user), "inbox", tab="parts", quiet=True)
    if Role.HEAD in user.roles:
        late = open_parts(user).filter(due_on__lt=clocks.local_date(now, place.keeper.tz))
        yield _ask("分办逾期", late, "inbox", tab="parts", quiet=True)
    yield _ask("可以申诉的回访", appeals.open_to(user, now), "appeals", quiet=True)
    mine = reconciliation.visible_to(user).filter(reconciliation__closed_at=None)
    yield _ask("对账单待确认", mine.exclude(state=StatementState.CONFIRMED), "closing", quiet=True)
    owed = rectification.visible_to(user)
    yield _ask("待反馈整改", owed.filter(status__in=rectification.WITH_UNIT), "closing", quiet=True)
    if Role.HEAD in user.roles:
        to_approve = owed.filter(status=RectificationStatus.TO_APPROVE)
        yield _ask("整改反馈待审签", to_approve, "closing", quiet=True)


def _rectified(place: Place, now: datetime) -> Iterator[Ask]:
    """What the units answer after a bulletin."""
    rows, today = Rectification.objects.all(), clocks.local_date(now, place.keeper.tz)
    handed_in = rows.filter(status=RectificationStatus.HANDED_IN)
    yield _ask("通报点名待核定", rectification.unsettled(now), "closing", quiet=True)
    yield _ask("整改反馈待审核", handed_in, "closing", quiet=True)
    overdue = rectification.overdue(rows, today)
    yield _ask("整改反馈逾期", overdue, "supervision", quiet=True, list="rectify")


def _reviewer(user: User, place: Place, now: datetime) -> Iterator[Ask]:
    yield _ask("待审核", review.queue(user), "review")
    answered = permissions.visible_to(user).filter(status=CaseStatus.ANSWERED)
    yield _ask("已答复，待办结", answered, "cases", quiet=True, status=CaseStatus.ANSWERED)
    yield from _decisions(user, place, now)
    yield from _disputed()


def _decisions(user: User, place: Place, now: datetime) -> Iterator[Ask]:
    """What follows from bad call-backs."""
    yield _ask("是否重办", calls.proposals(user), "callbacks", quiet=True)
    yield _ask("申诉待裁定", appeals.visible_to(user).filter(decided_at=None), "appeals", quiet=True)


def _caller(user: User, place: Place, now: datetime) -> Iterator[Ask]:
    yield _ask("待回访", calls.waiting(user), "callbacks")


def _supervisor(user: User, place: Place, now: datetime) -> Iterator[Ask]:
    counted = supervision.counts(user, now)
    if not any(counted.values()):
        yield _ask("没有逾期的件", None, "supervision")
    for watch in supervision.WATCHES:
        yield _ask(watch.title, counted[watch.name], "supervision", quiet=True, list=watch.name)
    instructed = supervision.unanswered(user)
    yield _ask("批示待反馈", instructed, "supervision", quiet=True, list="instructed")
    yield from _alarms()
    yield from _decisions(user, place, now)
    yield from _rectified(place, now)


def _leader(user: User, place: Place, now: datetime) -> Iterator[Ask]:
    events = Event.objects.filter(kind="instruct").values("case")
    instructed = Case.objects.filter(closed_at=None, pk__in=events)
    yield _ask("批示后未办结", instructed, "supervision", list="instructed")
    yield from _alarms()
    yield _ask("全部在办", None, "cases", status="open", sort="due")


def _editor(user: User, place: Place, now: datetime) -> Iterator[Ask]:
    yield _ask("通报草稿", Edition.objects.filter(published_at=None), "bulletins")
    yield from _rectified(place, now)
    yield from _disputed()


def _admin(user: User, place: Place, now: datetime) -> Iterator[Ask]:
    yield _ask("人员、规则和日历", None, "settings")
    yield _ask("发不出去的通知", Outbox.objects.filter(state=OutboxState.DEAD), "notices", quiet=True)


def _auditor(user: User, place: Place, now: datetime) -> Iterator[Ask]:
    yield _ask("查看安全记录", None, "trail")


ROWS: tuple[tuple[frozenset[str], Callable[[User, Place, datetime], Iterator[Ask]]], ...] = (
    (frozenset({Role.DISPATCHER}), _dispatcher),
    (frozenset({Role.OPERATOR, Role.DISPATCHER}), _desk),
    (frozenset({Role.CLERK, Role.HEAD}), _unit),
    (frozenset({Role.REVIEWER}), _reviewer),
    (frozenset({Role.CALLBACK}), _caller),
    (frozenset({Role.SUPERVISOR}), _supervisor),
    (frozenset({Role.LEADER}), _leader),
    (frozenset({Role.EDITOR}), _editor),
    (frozenset({Role.ADMIN}), _admin),
    (frozenset({Role.AUDITOR}), _auditor),
)
"""Whose work is found how. Who holds no role has nothing to do here."""
