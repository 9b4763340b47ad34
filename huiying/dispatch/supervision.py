"""督办: urging, formal letters, a leader's instructions, and which cases call for them."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Value

from huiying.accounts.models import Unit, User
from huiying.cases import clocks, lifecycle, permissions, place, returns
from huiying.cases.deadlines import ESCALATES_AT
from huiying.cases.lifecycle import NotAllowed
from huiying.cases.models import Case, CaseText, ClockRun, Event, Ruling
from huiying.cases.moves import LIVE, OPEN
from huiying.dispatch.models import Letter

MANY_SENT_BACK = 2
OFFICE_CLOCKS = ("dispatch", "rule_return", "rule_extension", "coordinate", "callback")
"""The clocks that run for the office itself, even where they run on a unit's assignment."""


# What the office does


@transaction.atomic
def urge(case: Case, *, by: User, at: datetime, note: str = "", **data: Any) -> Event:
    """Remind the unit, once a day and no more. Raises NotAllowed or Stale."""
    tz = place.zone()
    today = clocks.local_date(at, tz)
    last = case.events.filter(kind="urge").order_by("-seq").first()
    if last and clocks.local_date(last.happened_at, tz) == today:
        when = last.happened_at.astimezone(tz).strftime("%H:%M")
        raise NotAllowed(
            f"{case.number}：今天 {when} 已经催办过，同一件一天只催一次。仍不反馈的，可发督办函。"
        )
    return lifecycle.advance(case, "urge", by=by, at=at, note=note, **data)


@transaction.atomic
def supervise(case: Case, *, unit: Unit, due_on: date, text: str, by: User, at: datetime) -> Letter:
    """Issue a formal letter to a unit at work on the case. Raises NotAllowed or Stale and numbers nothing."""
    today = clocks.local_date(at, place.zone())
    text = text.strip()
    if not text:
        raise NotAllowed("请填写“督办要求”。")
    if due_on < today:
        raise NotAllowed(f"办理期限 {due_on} 早于今天，请核对。")
    if unit.pk not in {each.pk for each in units_at_work(case)}:
        raise NotAllowed(f"{case.number}：“{unit}”没有在办的派单，不能向它发督办函。")
    letter = _numbered(
        Letter(case=case, unit=unit, due_on=due_on, text=text, issued_at=at, by=by, year=today.year)
    )
    data: dict[str, Any] = {"letter": letter.label, "unit": unit.code, "due": due_on.isoformat()}
    lifecycle.advance(case, "supervise", by=by, at=at, note=text, **data)
    return letter


def instruct(case: Case, *, by: User, at: datetime, note: str, due: str = "", **data: Any) -> Event:
    """Record a leader's instruction, which says something and may name a day to answer by.

    Raises NotAllowed or Stale.
    """
    if not note.strip():
        raise NotAllowed("请填写“批示内容”。")
    if due and date.fromisoformat(due) < clocks.local_date(at, place.zone()):
        raise NotAllowed(f"反馈期限 {due} 早于今天，请核对。")
    if due:
        data["due"] = due
    return lifecycle.advance(case, "instruct", by=by, at=at, note=note, **data)


def units_at_work(case: Case) -> list[Unit]:
    """The units whose assignment is not over, the leading one first."""
    tasks = case.assignments.filter(status__in=LIVE).select_related("unit").order_by("-role", "no")
    return [task.unit for task in tasks]


def _numbered(letter: Letter) -> Letter:
    """Save the letter under the year's next number; two at once get two numbers."""
    for _ in range(5):
        last = Letter.objects.filter(year=letter.year).aggregate(no=Max("no"))["no"] or 0
        letter.no = last + 1
        try:
            with transaction.atomic():
                letter.save(force_insert=True)
        except IntegrityError:
            continue
        return letter
    raise NotAllowed("督办函编号正忙，请重试。")


# What calls for it


@dataclass(frozen=True)
class Watch:
    """One list: its name, its title, what it means, and which cases are on it: those with a running
    clock of `kinds` that is over, or those that `found` names."""

    name: str
    title: str
    what: str
    kinds: tuple[str, ...] = ()
    found: Callable[[], QuerySet[Any, Any]] | None = None

    def over(self, now: datetime) -> QuerySet[ClockRun]:
        """The clocks that are over."""
        running = ClockRun.objects.filter(stopped_at=None, superseded=False)
        return running.filter(kind__in=self.kinds, due_at__lte=now)

    def cases(self, now: datetime) -> Q:
        """The condition on cases."""
        return Q(pk__in=self.found() if self.found else self.over(now).values("case_id"))


def _still_open() -> QuerySet[Any, Any]:
    """Few of many: what befell them is asked from here."""
    return Case.objects.filter(closed_at=None).order_by().values("pk")


def _sent_back() -> QuerySet[Any, Any]:
    events = Event.objects.filter(kind="send_back", case__in=_still_open()).order_by().values("case")
    return events.annotate(n=Count("pk")).filter(n__gte=MANY_SENT_BACK).values("case")


def _returned() -> QuerySet[Any, Any]:
    asked = Ruling.objects.filter(returns.asked(), case__in=_still_open()).order_by().values("case")
    return asked.annotate(n=returns.units()).filter(n__gte=ESCALATES_AT).values("case")


WATCHES = (
    Watch("claim", "逾期未认领", "已派单，超过认领时限单位仍未认领", ("claim",)),
    Watch("reply", "逾期未反馈", "超过答复时限或阶段性答复时限，单位仍未反馈", ("reply", "interim")),
    Watch("contact", "逾期未联系", "超过首次联系时限，单位仍未联系诉求人", ("first_contact",)),
    Watch(
        "ruling",
        "逾期未裁定",
        "退办或延期申请超过裁定或协调时限",
        ("rule_return", "rule_extension", "coordinate"),
    ),
    Watch("dispatch", "逾期未派单", "受理后超过派单时限仍未派出", ("dispatch",)),
    Watch("callback", "逾期未回访", "超过回访时限仍未回访", ("callback",)),
    Watch("sent_back", "多次退回重办", f"答复被退回重办 {MANY_SENT_BACK} 次以上，尚未办结", found=_sent_back),
    Watch("returned", "多次退办", f"{ESCALATES_AT} 个以上单位申请退办，尚未办结", found=_returned),
)
"""The lists of the supervision desk, in its order."""
_WATCH = {watch.name: watch for watch in WATCHES}


def watched(name: str, cases: QuerySet[Case], now: datetime) -> QuerySet[Case]:
    """The cases of one list among `cases`, the longest due first. Raises KeyError for an unknown name."""
    return cases.filter(_WATCH[name].cases(now)).order_by("due_at", "id")


@dataclass(frozen=True)
class Late:
    """Who is late with a case, and since when: a unit, or "" for the office itself."""

    unit: str
    due_at: datetime


def who_is_late(name: str, cases: Collection[int], now: datetime) -> dict[int, list[Late]]:
    """For each case of a list, those whose clock is over, the longest first; nobody where no clock is."""
    over = _WATCH[name].over(now).filter(case__in=cases).order_by("due_at", "id")
    found: dict[int, list[Late]] = {}
    for case, kind, unit, due_at in over.values_list("case_id", "kind", "assignment__unit__name", "due_at"):
        assert due_at is not None, "a clock without a due instant is not over"
        found.setdefault(case, []).append(Late("" if kind in OFFICE_CLOCKS else unit, due_at))
    return found


def urged(cases: Collection[int]) -> dict[int, list[datetime]]:
    """When each of the cases was urged."""
    found: dict[int, list[datetime]] = {}
    rows = Event.objects.filter(case__in=cases, kind="urge").order_by()
    for case, at in rows.values_list("case_id", "happened_at"):
        found.setdefault(case, []).append(at)
    return found


def counts(user: User, now: datetime) -> dict[str, int]:
    """How many of the cases that the person sees each list holds, in two queries."""
    running = ClockRun.objects.filter(stopped_at=None, superseded=False, due_at__lte=now)
    by_kind = {
        watch.name: Count("case", distinct=True, filter=Q(kind__in=watch.kinds))
        for watch in WATCHES
        if watch.kinds
    }
    cases = permissions.visible_to(user).order_by()
    one, *others = [
        cases.filter(watch.cases(now))
        .annotate(watch=Value(watch.name))
        .values("watch")
        .annotate(n=Count("pk"))
        .values_list("watch", "n")
        for watch in WATCHES
        if watch.found
    ]
    found = permissions.about_visible(user, running).aggregate(**by_kind)
    found |= dict(one.union(*others, all=True))
    return {watch.name: found.get(watch.name, 0) for watch in WATCHES}


# What leaders asked for


@dataclass(frozen=True)
class Instruction:
    """批示: who asked for what when and by when, how the case stands since, and when its unit answered."""

    case: Case
    leader: str
    at: datetime
    text: str
    since: datetime
    due_on: date | None
    answered_at: datetime | None

    @property
    def is_owed(self) -> bool:
        """Whether an answer is still to come."""
        return self.answered_at is None and self.case.status in OPEN


IMPORTED = "领导（导入）"
"""Who gave an instruction that came with a spreadsheet, which names nobody."""
ANSWERS = ("submit_reply", "answer", "direct_answer")


def _answered() -> QuerySet[Event]:
    """The answers after an instruction."""
    later = Event.objects.filter(case=OuterRef("case_id"), seq__gt=OuterRef("seq"), kind__in=ANSWERS)
    return later.order_by("seq")


def unanswered(user: User) -> QuerySet[Event]:
    """The instructions on open cases that the person sees and no answer has followed."""
    owed = Event.objects.filter(~Exists(_answered()), kind="instruct", case__status__in=OPEN)
    return permissions.about_visible(user, owed)


def instructions(user: User, *, limit: int = 100) -> list[Instruction]:
    """The instructions on the cases that the person sees, those on open cases first, then the newest."""
    closed = F("case__closed_at").asc(nulls_first=True)
    events = permissions.about_visible(user, Event.objects.filter(kind="instruct"))
    events = events.select_related("actor", "case__lead__unit", "case__nature", "case__person").annotate(
        since=since(OuterRef("case_id")), answered_at=Subquery(_answered().values("happened_at")[:1])
    )
    rows = list(events.order_by(closed, "-happened_at", "-id")[:limit])
    notes = CaseText.objects.filter(case__in={event.case_id for event in rows}, kind="note")
    said = {(text.case_id, text.seq): "（已删除）" if text.erased_at else text.text for text in notes}
    return [
        Instruction(
            event.case,
            str(event.actor or IMPORTED),
            event.happened_at,
            said.get((event.case_id, event.seq), ""),
            event.since,
            date.fromisoformat(due) if (due := json.loads(event.data).get("due")) else None,
            event.answered_at,
        )
        for event in rows
    ]


def since(case: OuterRef) -> Subquery:
    """Since when a case has had its present status: its latest event that changed it."""
    changed = Event.objects.filter(case_id=case).exclude(from_status=F("to_status"))
    return Subquery(changed.order_by("-seq").values("happened_at")[:1])
