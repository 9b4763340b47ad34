"""The desk: a request is taken and settled in one go; who is calling; which cases are like it."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Count, QuerySet

from huiying.accounts.models import User
from huiying.cases import lifecycle, place
from huiying.cases.lifecycle import NotAllowed
from huiying.cases.models import Assignment, Case, Event, Topic
from huiying.cases.moves import REFUSAL_REASONS, CaseStatus, TaskStatus
from huiying.cases.persons import reveal
from huiying.cases.timeline import SATISFACTION
from huiying.common.masking import mask_name
from huiying.intake import calls, drafts, rights, suggest
from huiying.intake.models import CallerNote, CallLog, Draft
from huiying.knowledge import standard_texts, uses
from huiying.mining.hot_topics import Report
from huiying.mining.similar import Near, similar

LOOKED_AT = 30
"""How many similar cases are looked at for what they suggest."""
ALIKE = 0.3
SHOWN = 6
MOST = 200
"""How many of a caller's cases are counted, and how many villages are offered."""
NEAR = 2000
"""In how many of the newest cases villages are looked for."""


class AlreadyTaken(NotAllowed):
    """This very form was registered before; `case` is what it became."""

    def __init__(self, case: Case | None) -> None:
        self.case = case
        said = f"提交过，编号 {case.number}" if case else "结束，请另开一份"
        super().__init__(f"这份登记已{said}。")


class Lacking(NotAllowed):
    """What the form lacks, all of it at once; `field` is the first to go to."""

    def __init__(self, missing: Sequence[tuple[str, str]]) -> None:
        self.field = missing[0][0]
        super().__init__("".join(dict.fromkeys(said for _, said in missing)))


NEEDED: dict[str, tuple[tuple[str, str], ...]] = {
    "answer": (
        ("title", "请填写标题。"),
        ("nature", "直接答复请选定性质和内容分类：答复以后没有人再核定。"),
        ("topic", "直接答复请选定性质和内容分类：答复以后没有人再核定。"),
        ("answer", "直接答复请填写答复内容。"),
    ),
    "queue": (("title", "请填写标题。"), ("nature", "转办请选定性质：办理时限由它决定。")),
    "refuse": (("title", "请填写标题。"), ("reason", "不予受理请选择理由。")),
}
"""By the way of settling: what must be filled in, in the form's order, and what to say where it is not."""


class Told(NamedTuple):
    """How a request is settled: what the citizen is told, the unit, the reason, the articles taken over."""

    text: str = ""
    unit: str = ""
    reason: str = ""
    articles: Sequence[uses.Mark] = ()


@transaction.atomic
def take(
    way: str,
    *,
    by: User,
    at: datetime,
    key: str,
    text: str = "",
    unit: str = "",
    reason: str = "",
    articles: Sequence[uses.Mark] = (),
    **request: Any,
) -> Case:
    """Register a request (`lifecycle.register`'s keywords) and answer, queue, dispatch or refuse it, all or
    nothing. `key` names the form: sent twice, it makes one case; `articles` are those whose answer was taken
    over. Raises AlreadyTaken, Lacking or NotAllowed.
    """
    rights.need_desk(by)
    if way not in WAYS:
        raise NotAllowed("请选择直接答复、转办或不予受理。")
    draft = _claimed(by, key, at)
    given = request | {"answer": text, "reason": reason if reason in REFUSAL_REASONS else ""}
    if missing := [each for each in NEEDED[way] if not str(given.get(each[0], "")).strip()]:
        raise Lacking(missing)
    if person := request.get("person"):
        calls.checked(person.phone)
    case = lifecycle.register(by=by, at=at, **request)
    if text := text.strip():
        text = standard_texts.completed(text, case, place.current(), at=at)
        standard_texts.need_no_gaps(text, "说明" if way == "refuse" else "答复内容")
    WAYS[way](case, by, at, Told(text, unit, reason, articles))
    Draft.objects.filter(pk=draft).update(case=case)
    CallLog.objects.filter(draft=draft, case=None).update(case=case)
    return case


CLAIM = """
INSERT INTO intake_draft (user_id, key, sealed, saved_at, done) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (user_id, key) DO UPDATE
SET sealed = excluded.sealed, saved_at = excluded.saved_at, done = excluded.done WHERE NOT intake_draft.done
RETURNING id
"""


def _claimed(by: User, key: str, at: datetime) -> int:
    """The key of this form's row, marked as finished by us and nobody else, in one statement."""
    key = key[: drafts.LONGEST_KEY]
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [by.pk, key, b"", connection.ops.adapt_datetimefield_value(at), True])
        row = cursor.fetchone()
    if row is None:
        raise AlreadyTaken(Draft.objects.get(user=by, key=key).case)
    return int(row[0])


def _answer(case: Case, by: User, at: datetime, told: Told) -> None:
    versions = uses.adopted(told.articles, told.text)
    named: dict[str, Any] = {"articles": uses.told(versions)} if versions else {}
    uses.record(lifecycle.advance(case, "direct_answer", by=by, at=at, note=told.text, **named), versions)
    if place.current().config.get("office", {}).get("close_on_release"):
        lifecycle.advance(case, "close", by=by, at=at, origin="intake:direct_answer")


def _queue(case: Case, by: User, at: datetime, told: Told) -> None:
    if told.unit:
        lifecycle.advance(case, "dispatch", by=by, at=at, units=[{"unit": told.unit, "role": "lead"}])


def _refuse(case: Case, by: User, at: datetime, told: Told) -> None:
    lifecycle.advance(case, "refuse", by=by, at=at, reason=told.reason, note=told.text)


WAYS: dict[str, Callable[[Case, User, datetime, Told], None]] = {
    "answer": _answer,
    "queue": _queue,
    "refuse": _refuse,
}
"""The ways to settle a request at the desk."""


# A case that is there already


def ask_progress(case: Case, *, by: User, at: datetime, phone: str = "") -> str:
    """Somebody calls to hear how a case stands; returns what to tell them.

    Raises NotAllowed.
    """
    calls.log("progress", by=by, at=at, phone=phone, case=case)
    on = case.received_at.astimezone(place.zone())
    unit = f"，由{case.lead.unit.name}承办" if case.lead else ""
    return f"{case.number} {on.year}年{on.month}月{on.day}日受理，{case.get_status_display()}{unit}。"


@transaction.atomic
def supplement(case: Case, *, by: User, at: datetime, key: str, text: str, phone: str = "") -> None:
    """What was typed in the form `key` goes to a case instead of becoming one. Raises NotAllowed or Stale."""
    rights.need_desk(by)
    draft = _claimed(by, key, at)
    if not text.strip():
        raise NotAllowed("请先在“诉求内容”里写明来电人补充的情况。")
    lifecycle.advance(case, "supplement", by=by, at=at, note=text.strip())
    calls.log("supplement", by=by, at=at, phone=phone, case=case)
    Draft.objects.filter(pk=draft).update(case=case)


def villages(areas: Collection[str]) -> list[str]:
    """The villages that the newest cases of some areas (codes) lie in, the most frequent first."""
    newest = Case.objects.order_by("-received_at", "-id").values("pk")[:NEAR]
    named = Case.objects.filter(pk__in=newest, area__code__in=areas).exclude(village="").order_by()
    counted = named.values_list("village").annotate(n=Count("pk")).order_by("-n", "village")
    return [village for village, _ in counted[:MOST]]


# Who calls


@dataclass(frozen=True)
class History:
    """What the desk knows of a number; the name is masked, `satisfaction` is the last one told, in words."""

    known: bool = False
    name: str = ""
    calls: int = 0
    cases: int = 0
    open_cases: list[Case] = field(default_factory=list)
    satisfaction: str = ""
    notes: list[CallerNote] = field(default_factory=list)


def history_of(phone: str, *, by: User) -> History:
    """The history of a caller's number. Raises NotAllowed."""
    rights.need_caller(by)
    index = calls.index_of(phone)
    if not index:
        return History()
    rows = _shown().select_related("person").filter(person__phone_index=index, person__erased_at=None)
    theirs = list(rows[:MOST])
    person = theirs[0].person if theirs else None
    logged = CallLog.objects.filter(phone_index=index).count()
    return History(
        known=bool(theirs or logged),
        name=mask_name(reveal(person).name) if person else "",
        calls=logged + len(theirs),
        cases=len(theirs),
        open_cases=[case for case in theirs if case.is_open][:SHOWN],
        satisfaction=_satisfaction(theirs),
        notes=list(CallerNote.objects.filter(phone_index=index, lifted_at=None).select_related("by")),
    )


def _shown() -> QuerySet[Case]:
    return Case.objects.select_related("nature", "topic", "area").order_by("-received_at", "-id")


def _satisfaction(cases: list[Case]) -> str:
    told = Event.objects.filter(kind="call_back", case__in=cases).order_by("-happened_at", "-seq")
    for data in told.values_list("data", flat=True)[:10]:
        if said := json.loads(data).get("satisfied"):
            return SATISFACTION.get(said, str(said))
    return ""


# What is alike


@dataclass(frozen=True)
class Alike:
    """Open cases like the one being typed, each with why, and what earlier ones like it suggest."""

    near: list[Near] = field(default_factory=list)
    nature: suggest.Suggestion | None = None
    topic: suggest.Suggestion | None = None

    @property
    def cases(self) -> list[Case]:
        return [each.case for each in self.near]


def alike(
    title: str, body: str = "", *, theirs: Sequence[Case] = (), area: str = "", address: str = ""
) -> Alike:
    """Look for stored cases like this one, and among the caller's own open ones.

    Cases of another area are left out unless they are the caller's. Asks the database twice, at a cost that
    does not grow with the number of cases.
    """
    if len(title.strip()) < 2:
        return Alike()
    person = str(theirs[0].person_id or "") if theirs else ""
    typed = Report("", title, body, person, place=address, area=area)
    own = {case.pk for case in theirs}
    shown = "nature__code", "topic__path"
    found = similar(typed, Case.objects.all(), also=own, shown=shown, least=ALIKE, most=LOOKED_AT)
    cases = [each.case for each in found]
    near = [each for each in found if each.case.pk in own or _is_here(each.case, area)]
    return Alike(
        [each for each in near if each.case.is_open][:SHOWN],
        suggest.leading([case.nature.code if case.nature else "" for case in cases]),
        suggest.leading([case.topic.path if case.topic else "" for case in cases]),
    )


def _is_here(case: Case, area: str) -> bool:
    return not area or not case.area or case.area.code == area


def unit_for(topic: Topic) -> suggest.Suggestion | None:
    """The unit that most often led the newest hundred cases of that topic and did not give them back."""
    gone = (TaskStatus.RETURNED, TaskStatus.CANCELLED, TaskStatus.RETURN_ASKED)
    given = Assignment.objects.filter(case__topic=topic, role="lead").exclude(status__in=gone)
    newest = given.order_by("-assigned_at", "-id").values_list("unit__code", flat=True)[:100]
    return suggest.leading(list(newest), least=0.3)


def outcome(case: Case, reason: str = "") -> str:
    """What to tell the operator after taking a case, with the guidance the citizen gets."""
    if case.ending == "refused":
        return f"{case.number} 已登记为不予受理。请告知来电人：{REFUSAL_REASONS[reason][1]}。"
    if case.status == CaseStatus.RECEIVED:
        return f"{case.number} 已登记，待派单。"
    return f"{case.number} 已登记，{case.get_status_display()}。"
