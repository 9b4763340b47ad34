"""重复诉求: the same person again about the same matter without new facts is told how it stands."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from huiying.accounts.models import User
from huiying.cases import lifecycle
from huiying.cases.lifecycle import NotAllowed
from huiying.cases.models import Case, CaseText, Event
from huiying.cases.moves import OPEN, CaseStatus, Ending
from huiying.cases.place import Place, current
from huiying.common.text import bigrams, normalise

RECENT = timedelta(days=30)
"""An earlier case that ended longer ago is looked into anew."""
NEW_SHARE = 0.5
"""From this share of new words on, the person has something new to tell."""


@dataclass(frozen=True)
class Repeat:
    """An earlier case about the same, and whether the later one tells anything new."""

    earlier: Case
    new_facts: bool


def adds_facts(told: str, before: str) -> bool:
    """Whether a text tells what an earlier one did not: a new number, or half of its words are new."""
    told, before = normalise(told), normalise(before)
    if set(re.findall(r"\d+", told)) - set(re.findall(r"\d+", before)):
        return True
    words, known = set(bigrams(told)), set(bigrams(before))
    return bool(words) and len(words - known) / len(words) >= NEW_SHARE


def repeats_of(cases: Collection[Case], *, at: datetime) -> dict[int, Repeat]:
    """For each case (by pk) the newest earlier one of the same person and topic, open or ended lately."""
    asked = [case for case in cases if case.person_id and case.topic_id]
    known = Case.objects.filter(
        Q(status__in=OPEN) | Q(closed_at__gte=at - RECENT),
        person__in={case.person_id for case in asked},
        topic__in={case.topic_id for case in asked},
    ).exclude(ending__in=(Ending.INVALID, Ending.MERGED))
    earlier = list(known.select_related("lead__unit").order_by("-received_at", "-id")) if asked else []
    pairs = {case.pk: found for case in asked if (found := _before(case, earlier))}
    texts = _texts([*pairs, *(found.pk for found in pairs.values())]) if pairs else {}
    told = {case.pk: f"{case.title} {texts.get(case.pk, '')}" for case in [*asked, *pairs.values()]}
    return {pk: Repeat(found, adds_facts(told[pk], told[found.pk])) for pk, found in pairs.items()}


def _before(case: Case, earlier: Iterable[Case]) -> Case | None:
    for other in earlier:
        same = (other.person_id, other.topic_id) == (case.person_id, case.topic_id)
        if same and (other.received_at, other.pk) < (case.received_at, case.pk):
            return other
    return None


def _texts(pks: Collection[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    rows = CaseText.objects.filter(case__in=set(pks), erased_at=None).exclude(kind="note")
    for pk, text in rows.values_list("case_id", "text"):
        found[pk] = f"{found.get(pk, '')} {text}"
    return found


def status_said(place: Place, earlier: Case) -> str:
    """How the earlier case stands, as it may be told to the person."""
    on = earlier.received_at.astimezone(place.keeper.tz)
    begun = f"您反映的事项与{on.year}年{on.month}月{on.day}日已受理的 {earlier.number} 相同，"
    if earlier.status == CaseStatus.CLOSED:
        return f"{begun}该件已办结（{earlier.get_ending_display()}）。如有新的情况，请补充说明。"
    unit = f"正由{earlier.lead.unit.name}办理" if earlier.lead else "正在安排承办单位"
    return f"{begun}该件{unit}，有结果后将及时答复您。如有新的情况，请补充说明。"


@transaction.atomic
def answer_with_status(case: Case, *, earlier: str, said: str, by: User, at: datetime) -> Event:
    """Tell the person how the earlier case (a number) stands instead of dispatching again.

    Raises NotAllowed where that is no earlier case of the same person and topic, nothing is said or the
    nature is still open.
    """
    repeat = repeats_of([case], at=at).get(case.pk)
    if repeat is None or repeat.earlier.number != earlier:
        raise NotAllowed(f"{case.number}：{earlier} 已不是同一诉求人近期的同类件，请核对后再答复。")
    if not said.strip():
        raise NotAllowed(f"{case.number}：请写明告知诉求人的内容。")
    if not case.nature:
        raise NotAllowed(f"{case.number}：请先核定性质：答复以后没有人再核定。")
    event = lifecycle.advance(case, "direct_answer", by=by, at=at, note=said, repeat_of=earlier)
    if current().config.get("office", {}).get("close_on_release"):
        lifecycle.advance(case, "close", by=by, at=at, origin="dispatch:answer_with_status")
    return event
