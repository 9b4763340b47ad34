"""整改反馈: a unit that a bulletin names answers by a date; the office accepts it or sends it back.

One table of steps, one door. The WHERE clause is the lock: a step starts from the `revision` that was seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from huiying.accounts.models import Unit, User
from huiying.bulletins import naming, rights
from huiying.bulletins.models import ClosingStep, Edition, Feedback, Rectification, RectificationStatus
from huiying.bulletins.reconciliation import Overtaken, step
from huiying.cases import clocks
from huiying.cases.lifecycle import NotAllowed
from huiying.cases.place import Place
from huiying.common.errors import Refused

S = RectificationStatus
WITH_UNIT = (S.ASKED, S.SENT_BACK)
OWED = (*WITH_UNIT, S.TO_APPROVE)
"""The statuses in which the unit owes an answer."""
WORKDAYS = 5
"""Working days to answer in, where the place says nothing else."""
LATELY = timedelta(days=31)
"""So long after its publication a bulletin's list may wait to be settled."""
TITLES = {"cause": "原因分析", "remedy": "整改措施和结果", "summary": "一句话（供下期通报引用）"}
LONGEST_SUMMARY = 120
LONGEST_QUOTE = 200


@dataclass(frozen=True, slots=True)
class Step:
    """One row: from which statuses to which (None: it stays), who may, and whether it says why."""

    name: str
    title: str
    sources: tuple[RectificationStatus, ...]
    target: RectificationStatus | None
    who: str
    why: bool = False


STEPS = {
    each.name: each
    for each in (
        Step("save", "存稿", WITH_UNIT, None, "unit"),
        Step("submit", "提交审签", WITH_UNIT, S.TO_APPROVE, "unit"),
        Step("revise", "退给经办人修改", (S.TO_APPROVE,), S.ASKED, "head", why=True),
        Step("hand_in", "反馈", OWED, S.HANDED_IN, "head"),
        Step("accept", "通过", (S.HANDED_IN,), S.ACCEPTED, "judge"),
        Step("send_back", "退回修改", (S.HANDED_IN,), S.SENT_BACK, "judge", why=True),
        Step("urge", "催办", OWED, None, "judge"),
        Step("prolong", "延长期限", OWED, None, "judge"),
        Step("drop", "不再要求", (*OWED, S.HANDED_IN), S.DROPPED, "judge", why=True),
        Step("restore", "恢复要求", (S.DROPPED,), S.ASKED, "judge"),
    )
}
"""What may happen to a rectification. A unit of one person hands in without its head."""


class Texts(NamedTuple):
    """What one version says; the summary is what the next bulletin may quote."""

    cause: str = ""
    remedy: str = ""
    summary: str = ""

    @classmethod
    def of(cls, version: Feedback | None) -> Texts:
        return cls(version.cause, version.remedy, version.summary) if version else cls()


# Asking


@dataclass(frozen=True, slots=True)
class Demand:
    """What one unit is to answer to, and the cases behind it."""

    unit: Unit
    problem: str
    cases: tuple[str, ...] = ()


def demands_of(edition: Edition, place: Place) -> list[Demand]:
    """Whom the edition names and nobody has asked yet."""
    had = set(of_bulletin(edition).values_list("unit__code", flat=True))
    named = [each for each in naming.named(edition, place) if each.unit not in had]
    return [Demand(place.units[each.unit], each.problem, tuple(each.cases)) for each in named]


def of_bulletin(edition: Edition) -> QuerySet[Rectification]:
    """The rectifications of a bulletin: of the edition and of those that it corrects or that correct it."""
    same = Q(edition__series=edition.series, edition__period=edition.period)
    return Rectification.objects.filter(same).select_related("unit", "edition")


@transaction.atomic
def ask(
    edition: Edition, demands: Iterable[Demand], *, due_on: date, place: Place, by: User, at: datetime
) -> list[Rectification]:
    """Ask units for an answer; nobody: the list is settled all the same. Raises Refused."""
    rights.permit(by, "judge")
    if edition.published_at is None:
        raise NotAllowed("通报发布以后才能要求整改反馈。")
    if due_on < clocks.local_date(at, place.keeper.tz):
        raise Refused(f"反馈期限 {due_on} 早于今天，请选今天或以后的日期。")
    step("list", by=by, at=at, edition=edition)
    return [_ask(edition, each, due_on=due_on, by=by, at=at) for each in demands]


def _ask(edition: Edition, demand: Demand, *, due_on: date, by: User, at: datetime) -> Rectification:
    if not demand.problem.strip():
        raise Refused(f"{demand.unit}：请写明通报指出的问题。")
    if of_bulletin(edition).filter(unit=demand.unit).exists():
        raise NotAllowed(f"本期已经要求{demand.unit}反馈，不必再要求。")
    made = Rectification.objects.create(
        edition=edition,
        unit=demand.unit,
        problem=demand.problem.strip(),
        cases=list(demand.cases),
        due_on=due_on,
        asked_at=at,
        asked_by=by,
    )
    step("ask", by=by, at=at, rectification=made)
    return made


def workdays(place: Place) -> int:
    """Working days that a unit has to answer. Raises Refused for a setting that is no such number."""
    days = place.config.get("bulletin", {}).get("rectification", {}).get("workdays", WORKDAYS)
    if not isinstance(days, int) or not 0 < days < 100:
        raise Refused("地方配置 [bulletin.rectification] 的 workdays 要写成 1 至 99 的工作日数。")
    return days


def unsettled(at: datetime) -> QuerySet[Edition]:
    """The bulletins published lately of which nobody has settled whom they ask."""
    same = Q(edition__series=OuterRef("series"), edition__period=OuterRef("period"))
    settled = ClosingStep.objects.filter(same, kind="list")
    return Edition.objects.filter(~Exists(settled), published_at__gt=at - LATELY, corrects=None)


# The one door


def why_not(user: User, name: str, subject: Rectification) -> str:
    """Why the person may not make a step now, or ""."""
    row = STEPS[name]
    if subject.status not in row.sources:
        return f"现在是“{subject.get_status_display()}”，不能{row.title}。"
    alone = name == "hand_in" and subject.unit.one_person
    return rights.why_not(user, "unit" if alone else row.who, subject.unit)


@transaction.atomic
def advance(
    subject: Rectification,
    name: str,
    *,
    place: Place,
    by: User,
    at: datetime,
    note: str = "",
    texts: Texts | None = None,
    quote: str = "",
    due_on: date | None = None,
) -> None:
    """Make one step and write it down, or raise and change nothing.

    `subject` is the row as the person saw it. Raises NotAllowed, Overtaken, or Refused for what is missing.
    """
    row, note = STEPS[name], note.strip()
    if not Rectification.objects.filter(pk=subject.pk, revision=subject.revision).exists():
        raise _overtaken(subject)
    if why := why_not(by, name, subject):
        raise NotAllowed(f"{subject.unit}：{why}")
    if row.why and not note:
        raise Refused(f"“{row.title}”请写明理由。")
    changes: dict[str, Any] = {}
    match name:
        case "save" | "submit" | "hand_in":
            _write(subject, name, texts, by=by, at=at)
        case "accept":
            changes = {"quote": _quote(subject, quote), "accepted_at": at}
        case "prolong":
            changes = {"due_on": _later(subject, due_on)}
        case "urge":
            changes = {"urged_at": _once_a_day(subject, place, at)}
    _move(subject, row, changes)
    stood = rights.standing(by, subject.unit) if row.who in {"unit", "head"} else None
    data = (stood or {}) | ({"due_on": str(subject.due_on)} if name == "prolong" else {})
    step(name, by=by, at=at, rectification=subject, note=note, data=data)


def _overtaken(subject: Rectification) -> Overtaken:
    return Overtaken(f"{subject}刚刚已由他人处理，这次没有改动。请核对现在的情况。")


def _move(subject: Rectification, row: Step, changes: dict[str, Any]) -> None:
    if row.target:
        changes["status"] = row.target
    seen = Rectification.objects.filter(pk=subject.pk, revision=subject.revision)
    if not seen.update(revision=F("revision") + 1, **changes):
        raise _overtaken(subject)
    subject.refresh_from_db()


def latest(subject: Rectification) -> Feedback | None:
    """The newest version of the unit's answer."""
    return subject.versions.select_related("by").order_by("-no").first()


def _write(subject: Rectification, name: str, texts: Texts | None, *, by: User, at: datetime) -> None:
    """Keep what was typed as a new version, where it says anything new; all of it, where it goes on."""
    newest = latest(subject)
    told = Texts(*(text.strip() for text in texts)) if texts is not None else Texts.of(newest)
    if not any(told):
        raise Refused("各项都还没有填写，没有可保存的内容。")
    if len(told.summary) > LONGEST_SUMMARY:
        raise Refused(f"“一句话”有 {len(told.summary)} 个字，最多 {LONGEST_SUMMARY} 个，请缩短。")
    missing = [TITLES[field] for field, text in told._asdict().items() if not text]
    if name != "save" and missing:
        raise Refused(f"请先填写“{'”和“'.join(missing)}”。")
    if told != Texts.of(newest):
        no = newest.no + 1 if newest else 1
        Feedback.objects.create(rectification=subject, no=no, by=by, at=at, **told._asdict())


def _quote(subject: Rectification, typed: str) -> str:
    """How the next bulletin may put it: as the office worded it, else as the unit did."""
    newest = latest(subject)
    said = typed.strip() or (newest.summary if newest else "")
    if len(said) > LONGEST_QUOTE:
        raise Refused(f"供引用的话有 {len(said)} 个字，最多 {LONGEST_QUOTE} 个，请缩短。")
    return said


def _later(subject: Rectification, due_on: date | None) -> date:
    if due_on is None or due_on <= subject.due_on:
        raise Refused(f"新期限要晚于原期限 {subject.due_on}，请核对。")
    return due_on


def _once_a_day(subject: Rectification, place: Place, at: datetime) -> datetime:
    tz = place.keeper.tz
    if subject.urged_at and clocks.local_date(subject.urged_at, tz) == clocks.local_date(at, tz):
        raise NotAllowed(f"{subject.unit}：今天已经催办过，一天只催一次。")
    return at


# Reading


def visible_to(user: User) -> QuerySet[Rectification]:
    """Those that a person may open: the office all, a unit's people their own and those below."""
    return Rectification.objects.filter(rights.own(user)).select_related("edition", "unit", "asked_by")


def overdue(rows: QuerySet[Rectification], today: date) -> QuerySet[Rectification]:
    """Those that the unit has not answered in time."""
    return rows.filter(status__in=OWED, due_on__lt=today)
