"""Something to do today: a handful of cases of the last working days, moved by the demonstration's people.

Unlike the three months these go through the one door, `lifecycle`, with everybody's own permissions.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from typing import Any

from huiying.accounts.models import Role, User
from huiying.cases import lifecycle
from huiying.cases.models import Case, Reply
from huiying.cases.moves import MOVES
from huiying.cases.permissions import OF_THE_UNIT, WHO
from huiying.cases.persons import PersonData
from huiying.cases.place import Place
from huiying.ops.demo_cases import SEED, Invented, Writer
from huiying.ops.demo_data import Plan, Town
from huiying.quality import calls
from huiying.replies.drafting import Texts


@dataclass(frozen=True, slots=True)
class Start:
    """A case of some working days ago and how far it has come."""

    days: int
    style: str
    moves: tuple[str, ...] = ()
    urgency: str = "normal"


GIVEN = ("dispatch",)
TAKEN = (*GIVEN, "claim")
WRITTEN = (*TAKEN, "draft_reply")
HANDED_IN = (*WRITTEN, "approve_reply", "submit_reply")
DONE = (*HANDED_IN, "release", "close")
TODAY = (
    Start(6, "tell", DONE),
    Start(6, "ask", DONE),
    Start(5, "ask", TAKEN),
    Start(4, "tell", HANDED_IN),
    Start(3, "tell", HANDED_IN),
    Start(3, "tell", (*TAKEN, "contact", "ask_extension")),
    Start(3, "tell", TAKEN),
    Start(2, "tell", WRITTEN),
    Start(2, "ask", TAKEN),
    Start(2, "tell", (*GIVEN, "ask_return")),
    Start(1, "tell", GIVEN),
    Start(1, "tell", GIVEN),
    Start(1, "tell", GIVEN, "urgent"),
    Start(1, "tell"),
    Start(0, "ask"),
    Start(0, "tell"),
)
BY_OFFICE = {"intake": Role.OPERATOR, "dispatch": Role.DISPATCHER, "review": Role.REVIEWER}
NOTES = {
    "contact": "已电话联系诉求人，约定现场查看时间。",
    "ask_extension": "需等待检测结果，申请延期。",
    "ask_return": "经核对职责清单，该事项不由本单位主管。",
}
REPLY = Texts(
    handling_report="接件后当天到现场查看，情况属实；已落实整改人员和时间，并约定复查。",
    contact_record="已电话联系诉求人，说明办理经过和结果，诉求人表示知晓。",
    public_answer="您反映的“{title}”收悉。经{unit}现场核实，情况属实，已明确由专人负责，三日内办理完毕；"
    "如有疑问，可致电{unit}咨询。感谢您的监督。",
)
HASTY = Texts(handling_report="已转相关股室。", public_answer="您反映的“{title}”收悉，已安排相关部门处理。")
"""A reply such as review is there to stop."""
REPLYING = frozenset({"draft_reply", "approve_reply", "submit_reply"})
_HASTY = 4
EVERY = timedelta(minutes=20)
LATEST = timedelta(hours=3)


def begin(place: Place, plan: Plan, town: Town, people: dict[str, User], *, at: datetime) -> int:
    """Register the cases and move them on; how many. Raises UnknownYear where the calendar ends too soon."""
    writer = Writer(plan, town, Random(SEED + at.toordinal()))
    main = max(plan.months[-1].batches, key=lambda batch: batch.count).channel
    for number, start in enumerate(TODAY):
        texts = HASTY if number == _HASTY else REPLY
        since = _since(place, start.days, at) + timedelta(minutes=7 * number % 60)
        key, unit = plan.clerks[number % len(plan.clerks)]
        case = _about(writer, main, start, since, unit)
        _live(place, case, start, people, key, texts)
    calls.plan(place, at)
    return len(TODAY)


def _since(place: Place, days: int, at: datetime) -> datetime:
    """Half past eight, so many working days before the last morning that is well behind `at`."""
    tz, calendar = place.keeper.tz, place.keeper.calendar
    ready = (at - LATEST - timedelta(hours=1)).astimezone(tz)
    day = ready.date() if ready.time() >= time(8, 30) else ready.date() - timedelta(days=1)
    if not calendar.is_workday(day):
        day = calendar.add_workdays(day, -1)
    day = calendar.add_workdays(day, -days) if days else day
    return datetime.combine(day, time(8, 30), tz)


def _about(writer: Writer, channel: str, start: Start, since: datetime, unit: str) -> Invented:
    """A case of that style for the unit."""
    natures = [code for code in writer.town.natures if writer.town.style(code) == start.style]
    nature = natures[0] if natures else next(iter(writer.town.natures))
    return writer.draft_for(unit, channel, nature, since)


def _live(
    place: Place, case: Invented, start: Start, people: dict[str, User], key: str, texts: Texts
) -> None:
    row = lifecycle.register(
        channel=case.channel,
        nature=case.nature,
        topic=case.topic,
        area=case.area,
        title=case.title,
        body=case.body,
        person=PersonData(name=case.caller.name, phone=case.caller.phone),
        urgency=start.urgency,
        by=people[Role.OPERATOR],
        at=case.script.since,
        recorded_at=case.script.since,
    )
    for number, name in enumerate(start.moves, 1):
        if name == "close" and not row.is_open:  # where the place closes with the release
            continue
        move = _write if name in REPLYING else _move
        move(place, row, case, name, case.script.since + EVERY * number, people, key, texts)


def _write(
    place: Place,
    row: Case,
    case: Invented,
    name: str,
    at: datetime,
    people: dict[str, User],
    key: str,
    texts: Texts,
) -> None:
    """A move of the reply: the draft keeps its texts, the later ones point at it."""
    words = {"title": case.title, "unit": place.units[case.unit].name}
    said = Texts(*(text.format(**words) for text in texts))
    who = people[_who(MOVES[name].who, key)]
    data: dict[str, Any] = {"texts": said.digests()} if name == "draft_reply" else {}
    lifecycle.advance(row, name, by=who, at=at, on=1, recorded_at=at, reply=1, **data)
    if name == "draft_reply":
        task = row.assignments.get(no=1)
        Reply.objects.create(assignment=task, no=1, author=who, drafted_at=at, **said._asdict())


def _move(
    place: Place,
    row: Case,
    case: Invented,
    name: str,
    at: datetime,
    people: dict[str, User],
    key: str,
    texts: Texts,
) -> None:
    data: dict[str, Any] = {}
    if name == "dispatch":
        data["units"] = [{"unit": case.unit, "role": "lead"}]
    elif name == "ask_return":
        data["reason"] = "not_ours"
    elif name == "ask_extension":
        data["proposed"] = place.keeper.calendar.add_workdays(
            at.astimezone(place.keeper.tz).date(), 15
        ).isoformat()
    move = MOVES[name]
    on = 1 if move.on == "assignment" else 0
    lifecycle.advance(
        row,
        name,
        by=people[_who(move.who, key)],
        at=at,
        on=on,
        note=NOTES.get(name, ""),
        recorded_at=at,
        **data,
    )


def _who(rule: str, key: str) -> str:
    """The user name of somebody whom the rule allows."""
    if rule in OF_THE_UNIT:
        return f"{'clerk' if Role.CLERK in WHO[rule][0] else 'head'}_{key}"
    return str(BY_OFFICE[rule])
