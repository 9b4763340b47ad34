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
from huiying.quality import calls, sampling
from huiying.replies.drafting import Texts

CALLED_BACK = "called back"
"""Of a nature whose every case is called back, where the place has one."""


@dataclass(frozen=True, slots=True)
class Start:
    """A case of some working days ago and how far it has come; `name` is what `demo_desks` knows it by."""

    days: int
    style: str
    moves: tuple[str, ...] = ()
    urgency: str = "normal"
    name: str = ""
    co: bool = False
    secret: bool = False
    into: str = ""
    says: str = ""


GIVEN = ("dispatch",)
TAKEN = (*GIVEN, "claim")
WRITTEN = (*TAKEN, "draft_reply")
HANDED_IN = (*WRITTEN, "approve_reply", "submit_reply")
DONE = (*HANDED_IN, "release", "close")
PASSED_ON = (*GIVEN, "ask_return", "redirect_return", "ask_return", "redirect_return", "ask_return")
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
    Start(5, CALLED_BACK, DONE, name="appealed"),
    Start(5, CALLED_BACK, DONE, name="unsolved"),
    Start(5, CALLED_BACK, DONE),
    Start(4, "tell", TAKEN, name="letter"),
    Start(3, "tell", TAKEN, name="part"),
    Start(2, "tell", TAKEN, name="shared", co=True),
    Start(2, "tell", PASSED_ON, name="passed on"),
    Start(2, CALLED_BACK, TAKEN, name="secret", secret=True),
    Start(1, "tell", name="merged", into="shared"),
    Start(2, "tell", TAKEN, name="asked"),
    Start(1, "tell", (*HANDED_IN, "send_back")),
    Start(0, "tell", name="many"),
    Start(0, "tell", into="many", says="至今没有人处理"),
    Start(0, "tell", into="many", says="邻居说再不解决就去堵路"),
    Start(0, "tell", into="many", says="一家人都受影响"),
    Start(0, "tell", into="many", says="问什么时候解决"),
)
"""The last five are of one matter: the watch, when it next looks, raises an alarm."""
BY_OFFICE = {
    "intake": Role.OPERATOR,
    "dispatch": Role.DISPATCHER,
    "review": Role.REVIEWER,
    "rule": Role.DISPATCHER,
}
NOTES = {
    "contact": "已电话联系诉求人，约定现场查看时间。",
    "ask_extension": "需等待检测结果，申请延期。",
    "send_back": "请写明现场核实的结果和整改期限。",
    "ask_return": "经核对职责清单，该事项不由本单位主管。",
}
REPLY = Texts(
    handling_report="接件后当天到现场查看，情况属实；已落实整改人员和时间，并约定复查。",
    contact_record="已电话联系诉求人，说明办理经过和结果，诉求人表示知晓。",
    public_answer="您反映的“{title}”收悉。经{unit}现场核实，情况属实，已明确由专人负责，三日内办理完毕；"
    "如有疑问，可致电{unit}咨询。感谢您的监督。",
)
INFORMED = Texts(
    handling_report="接件后核对现行政策和办理流程，已请业务股室确认。",
    contact_record="已电话告知诉求人办理条件、所需材料和办理地点，诉求人表示清楚。",
    public_answer="您好！您咨询的“{title}”收悉。经{unit}业务股室核对现行规定，办理条件、所需材料和时间安排"
    "已电话向您逐项说明，窗口备有书面指南可供领取；如有变化，{unit}将及时公布。",
)
"""The answer to somebody who only asked."""
HASTY = Texts(handling_report="已转相关股室。", public_answer="您反映的“{title}”收悉，已安排相关部门处理。")
"""A reply such as review is there to stop."""
REPLYING = frozenset({"draft_reply", "approve_reply", "submit_reply"})
_HASTY = 4
EVERY = timedelta(minutes=20)
LATEST = timedelta(hours=3)


def begin(place: Place, plan: Plan, town: Town, people: dict[str, User], *, at: datetime) -> dict[str, Case]:
    """Register the cases and move them on; all of them, by name or else number in `TODAY`.

    Raises UnknownYear where the calendar ends too soon.
    """
    writer = Writer(plan, town, Random(SEED + at.toordinal()))
    main = max(plan.months[-1].batches, key=lambda batch: batch.count).channel
    made: dict[str, Case] = {}
    for number, start in enumerate(TODAY):
        since = morning(place, start.days, at) + timedelta(minutes=7 * number % 60)
        turn = number % len(plan.clerks)
        case = _about(place, writer, main, start, since, plan.clerks[turn][1])
        if start.into:
            _same_matter(case, made[start.into], start.says)
        life = _Life(place, case, people, [*plan.clerks[turn:], *plan.clerks[:turn]])
        life.texts = HASTY if number == _HASTY else INFORMED if start.style == "ask" else REPLY
        made[start.name or str(number)] = life.live(start)
    calls.plan(place, at)
    return made


def morning(place: Place, days: int, at: datetime) -> datetime:
    """Half past eight, so many working days before the last morning that is well behind `at`."""
    tz, calendar = place.keeper.tz, place.keeper.calendar
    ready = (at - LATEST - timedelta(hours=1)).astimezone(tz)
    day = ready.date() if ready.time() >= time(8, 30) else ready.date() - timedelta(days=1)
    if not calendar.is_workday(day):
        day = calendar.add_workdays(day, -1)
    day = calendar.add_workdays(day, -days) if days else day
    return datetime.combine(day, time(8, 30), tz)


def _about(place: Place, writer: Writer, channel: str, start: Start, since: datetime, unit: str) -> Invented:
    """A case of that style for the unit."""
    called = sampling.rules(place.config).natures
    natures = [
        code
        for code, name in writer.town.natures.items()
        if (called & {code, name} if start.style == CALLED_BACK else writer.town.style(code) == start.style)
    ]
    nature = natures[0] if natures else next(iter(writer.town.natures))
    return writer.draft_for(unit, channel, nature, since)


def _same_matter(case: Invented, earlier: Case, says: str) -> None:
    """Somebody else calls about what an earlier case is about."""
    case.title = f"{earlier.title}，{says}" if says else earlier.title
    case.body = f"{case.title}，其他住户已经反映过，请一并处理。"
    case.topic = earlier.topic.path if earlier.topic else ""
    case.area = earlier.area.code if earlier.area else ""


@dataclass
class _Life:
    """One case among the demonstration's people; the first of `clerks` has it, others may follow."""

    place: Place
    case: Invented
    people: dict[str, User]
    clerks: list[tuple[str, str]]
    texts: Texts = REPLY
    on: int = 1

    def live(self, start: Start) -> Case:
        """Register the case and make its moves, twenty minutes each."""
        self.row = self._registered(start)
        for number, name in enumerate(start.moves, 1):
            if name == "close" and not self.row.is_open:  # where the place closes with the release
                continue
            at = self.case.script.since + EVERY * number
            data = self._written(name, at) if name in REPLYING else self._data(name, start, at)
            move = MOVES[name]
            on = self.on if move.on == "assignment" else 0
            by, note = self.people[_who(move.who, self.clerks[0][0])], NOTES.get(name, "")
            lifecycle.advance(self.row, name, by=by, at=at, on=on, note=note, recorded_at=at, **data)
            if name == "redirect_return":
                self.on, self.clerks = self.on + 1, [*self.clerks[1:], self.clerks[0]]
        return self.row

    def _registered(self, start: Start) -> Case:
        case = self.case
        return lifecycle.register(
            channel=case.channel,
            nature=case.nature,
            topic=case.topic,
            area=case.area,
            title=case.title,
            body=case.body,
            person=PersonData(name=case.caller.name, phone=case.caller.phone),
            urgency=start.urgency,
            secret=start.secret,
            by=self.people[Role.OPERATOR],
            at=case.script.since,
            recorded_at=case.script.since,
        )

    def _written(self, name: str, at: datetime) -> dict[str, Any]:
        """A move of the reply: the draft keeps its texts, the later ones point at it."""
        if name != "draft_reply":
            return {"reply": 1}
        unit = self.place.units[self.clerks[0][1]].name
        said = Texts(*(text.format(title=self.case.title, unit=unit) for text in self.texts))
        who = self.people[_who(MOVES[name].who, self.clerks[0][0])]
        task = self.row.assignments.get(no=1)
        Reply.objects.create(assignment=task, no=1, author=who, drafted_at=at, **said._asdict())
        return {"reply": 1, "texts": said.digests()}

    def _data(self, name: str, start: Start, at: datetime) -> dict[str, Any]:
        others = [{"unit": unit, "role": "co"} for _, unit in self.clerks[1:2] if start.co]
        calendar, tz = self.place.keeper.calendar, self.place.keeper.tz
        match name:
            case "dispatch":
                return {"units": [{"unit": self.clerks[0][1], "role": "lead"}, *others]}
            case "redirect_return":
                return {"units": [{"unit": self.clerks[1 % len(self.clerks)][1], "role": "lead"}]}
            case "ask_return":
                return {"reason": "not_ours"}
            case "send_back":
                return {"reason": "empty"}
            case "ask_extension":
                return {"proposed": calendar.add_workdays(at.astimezone(tz).date(), 15).isoformat()}
            case _:
                return {}


def _who(rule: str, key: str) -> str:
    """The user name of somebody whom the rule allows."""
    if rule in OF_THE_UNIT:
        return f"{'clerk' if Role.CLERK in WHO[rule][0] else 'head'}_{key}"
    return str(BY_OFFICE[rule])
