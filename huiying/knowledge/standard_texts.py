"""标准用语: the place's texts where somebody writes, with what is known of the case filled in.

The rows are read once per revision of the place, like its other words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from weakref import WeakKeyDictionary

from huiying.accounts.models import Unit, User
from huiying.cases import clocks, revising
from huiying.cases.models import Case
from huiying.cases.moves import MOVES
from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.knowledge import placeholders
from huiying.knowledge.fitting import Condition, Phrase, fitting
from huiying.knowledge.models import StandardText

LONGEST = 1000
WITH_THE_NUMBER = frozenset({"诉求件编号", "受理时间", "受理日期"})
"""What `completed` fills in by itself once the case is registered."""
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
_read: WeakKeyDictionary[Place, list[Phrase]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Subject:
    """What is written about, as far as it is known: codes of the place, the unit at work, the limit."""

    number: str = ""
    received_at: datetime | None = None
    channel: str = ""
    nature: str = ""
    topic: str = ""
    unit: Unit | None = None
    due_at: datetime | None = None


@dataclass(frozen=True)
class Offered:
    """A text ready to be used; `gaps` are the places that somebody must fill in by hand."""

    code: str
    name: str
    text: str
    gaps: list[str]


def subject_of(
    case: Case, place: Place, *, unit: Unit | None = None, due_at: datetime | None = None
) -> Subject:
    """A case as a subject, without asking the database."""
    return Subject(
        number=case.number,
        received_at=case.received_at,
        channel=next((code for code, row in place.channels.items() if row.pk == case.channel_id), ""),
        nature=next((code for code, row in place.natures.items() if row.pk == case.nature_id), ""),
        topic=next((path for path, row in place.topics.items() if row.pk == case.topic_id), ""),
        unit=unit,
        due_at=due_at,
    )


def offered(place: Place, move: str, subject: Subject, *, at: datetime) -> list[Offered]:
    """The texts for a move on that subject, the most specific first."""
    here = Condition(move, subject.topic, subject.nature, subject.channel)
    found = fitting(_phrases(place), here)
    if not found:
        return []
    values = values_of(subject, place, at=at)
    by_itself = frozenset() if subject.number else WITH_THE_NUMBER
    return [_offered(phrase, placeholders.filled(phrase.text, values), by_itself) for phrase in found]


def _offered(phrase: Phrase, text: str, by_itself: frozenset[str]) -> Offered:
    left = [name for name in placeholders.gaps(text) if name not in by_itself]
    return Offered(phrase.code, phrase.name, text, left)


def values_of(subject: Subject, place: Place, *, at: datetime) -> dict[str, str]:
    """What stands for each placeholder; "" where it is not known (yet)."""
    tz, office = place.keeper.tz, place.config.get("office", {})
    received = subject.received_at.astimezone(tz) if subject.received_at else None
    names = {
        "渠道": place.channels.get(subject.channel),
        "性质": place.natures.get(subject.nature),
        "内容分类": place.topics.get(subject.topic),
        "承办单位": subject.unit,
        "办公室": place.office,
    }
    due_on = clocks.last_day(subject.due_at, tz) if subject.due_at else None
    return {
        **{name: str(row or "") for name, row in names.items()},
        "诉求件编号": subject.number,
        "受理日期": placeholders.day(received.date()) if received else "",
        "受理时间": placeholders.instant(received) if received else "",
        "单位电话": subject.unit.phone if subject.unit else "",
        "办理时限": placeholders.day(due_on) if due_on else "",
        "办公电话": str(office.get("phone", "")),
        "今天": placeholders.day(clocks.local_date(at, tz)),
    }


def completed(text: str, case: Case, place: Place, *, at: datetime) -> str:
    """A text begun before the case had a number, with what is known now."""
    return placeholders.completed(text, values_of(subject_of(case, place), place, at=at))


class Unfilled(Refused):
    """A text goes out with places still open; the message names them."""


def need_no_gaps(text: str, what: str) -> None:
    """Raise Unfilled where a standard text in it has not been filled in."""
    if left := placeholders.gaps(text):
        raise Unfilled(f"“{what}”里还有没填的空：{'、'.join(f'〔{name}〕' for name in left)}。请填好或删去。")


def revise(row: StandardText, *, seen: str, by: User, at: datetime) -> bool:
    """Save a text and note what changed; whether anything did. Raises Overtaken or Refused."""
    row.text = tidy(row.text)
    if why := trouble(row.text):
        raise Refused(why)
    if row.move and row.move not in MOVES:
        raise Refused(f"没有“{row.move}”这个环节，请从列表中选择。")
    return revising.revise(row, seen=seen, by=by, at=at)


def tidy(text: str) -> str:
    """A text as it is kept: plain line ends, no other control characters, nothing around it."""
    return _CONTROL.sub(" ", text.replace("\r\n", "\n")).strip()


def trouble(text: str) -> str:
    """Why a text cannot be kept, or ""."""
    if not text:
        return "请填写用语。"
    if len(text) > LONGEST:
        return f"用语有 {len(text)} 个字，最多 {LONGEST} 个，请缩短。"
    why = placeholders.trouble(text)
    return f"{why}。" if why else ""


def in_use(place: Place) -> int:
    """How many texts the place uses."""
    return len(_phrases(place))


def _phrases(place: Place) -> list[Phrase]:
    """The texts in use, in the place's order."""
    if place not in _read:
        rows = StandardText.objects.filter(active=True).select_related("topic", "nature", "channel")
        _read[place] = [_phrase(row) for row in rows.order_by("order", "pk")]
    return _read[place]


def _phrase(row: StandardText) -> Phrase:
    when = Condition(
        row.move,
        row.topic.path if row.topic else "",
        row.nature.code if row.nature else "",
        row.channel.code if row.channel else "",
    )
    return Phrase(row.code, row.name, row.text, when)
