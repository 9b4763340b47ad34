"""How an invented case fares at its unit: one function per story, all of them in one table. Pure.

A story writes moves, in order, into a `Script`; `backfill.Recording` then checks every one of
them against the table of moves. Nothing here knows a place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from random import Random
from typing import Any

from huiying.cases.clocks import last_day, local_date
from huiying.cases.deadlines import Keeper
from huiying.cases.history import CaseState

OPENS, CLOSES = time(8, 5), time(17, 30)
REPORTS = (
    "接单后派{n}名工作人员到现场查看，情况属实，已安排整改并复查。",
    "经查阅台账并与有关方面核对，已按规定办理，办理凭证留存备查。",
    "已召集相关各方当面协商，达成一致意见，约定了完成时间。",
    "经核实，所反映问题部分属实，已对存在问题的环节作出纠正。",
)
CONTACTS = (
    "{on}电话联系诉求人，说明办理情况，诉求人表示知晓。",
    "{on}上门走访，当面说明情况，诉求人表示理解。",
)
ANSWERS = (
    "您好！您反映的“{title}”收悉。我单位高度重视，经核实已作出处理，后续将加强巡查。感谢您的监督。",
    "您好！关于“{title}”，现答复如下：相关工作已办理完毕，如仍有疑问，可与经办科室联系。",
    "您好！来件已阅。针对“{title}”，我单位已按规定程序办理，办理结果已电话告知。感谢您的关心和支持。",
)
SATISFIED = ("satisfied",) * 6 + ("basic",) * 3 + ("dissatisfied",)


@dataclass(frozen=True, slots=True)
class Step:
    """One move, as `Recording.move` takes it."""

    name: str
    at: datetime
    on: int = 0
    note: str = ""
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReplyText:
    """The three texts of one submission by assignment `on`."""

    on: int
    drafted_at: datetime
    handling_report: str
    contact_record: str
    public_answer: str


@dataclass(slots=True)
class Script:
    """All that happens to one case after it was registered at `since`. Steps never go back in time."""

    since: datetime
    steps: list[Step] = field(default_factory=list)
    replies: list[ReplyText] = field(default_factory=list)

    @property
    def last(self) -> datetime:
        return self.steps[-1].at if self.steps else self.since

    def do(self, name: str, at: datetime, *, on: int = 0, note: str = "", **data: Any) -> None:
        self.steps.append(Step(name, max(at, self.last), on, note, data))


@dataclass(frozen=True)
class Hours:
    """Times of day that an office would keep."""

    keeper: Keeper
    rng: Random

    @property
    def tz(self) -> tzinfo:
        return self.keeper.tz

    def day(self, at: datetime) -> date:
        return local_date(at, self.tz)

    def workday(self, on: date, n: int) -> date:
        return self.keeper.calendar.add_workdays(on, n)

    def on(self, day: date, first: int = 9, last: int = 16) -> datetime:
        """Some moment of a day between two hours."""
        wall = time(self.rng.randint(first, last), self.rng.randrange(60), self.rng.randrange(60))
        return datetime.combine(day, wall, self.tz)

    def open(self, at: datetime) -> datetime:
        """`at` itself in office hours, else soon after the office opens next."""
        here = at.astimezone(self.tz)
        day = here.date()
        if self.keeper.calendar.is_workday(day) and here.time() < OPENS:
            return datetime.combine(day, OPENS, self.tz) + timedelta(minutes=here.minute)
        if self.keeper.calendar.is_workday(day) and here.time() <= CLOSES:
            return at
        return datetime.combine(self.workday(day, 1), OPENS, self.tz) + timedelta(minutes=here.minute)

    def after(self, at: datetime, first: int, last: int) -> datetime:
        """Some minutes later, in office hours."""
        return self.open(at + timedelta(minutes=self.rng.randint(first, last)))

    def between(self, start: datetime, end: datetime, share: float) -> datetime:
        at = start + (end - start) * share
        tidy = self.open(at)
        return tidy if start <= tidy <= end else at

    def due_on(self, kind: str, state: CaseState, at: datetime, otherwise: int) -> date:
        """The last day of a clock that starts at `at`, by the place's rules."""
        rule = self.keeper.rule(kind, state, at)
        if rule is None:
            return self.workday(self.day(at), otherwise)
        return last_day(self.keeper.due(at, rule.limit), self.tz)


@dataclass
class Handling:
    """One case at its unit: `unit` answers at `reply_at`; `other` is a unit that may be asked by mistake."""

    script: Script
    hours: Hours
    state: CaseState
    title: str
    unit: str
    other: str
    co: str
    dispatched_at: datetime
    reply_at: datetime
    calm: bool = False
    tasks: int = 0
    claimed_at: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.claimed_at = self.dispatched_at
        self.rng = self.hours.rng

    def dispatch(self, unit: str, at: datetime, *, co: str = "", name: str = "dispatch", on: int = 0) -> int:
        """Hand the case to a unit; the number of its assignment."""
        units = [{"unit": unit, "role": "lead"}, *([{"unit": co, "role": "co"}] if co else [])]
        self.script.do(name, at, on=on, units=units)
        lead = self.tasks + 1
        self.tasks += len(units)
        return lead

    def claim(self, on: int, at: datetime | None = None) -> None:
        self.claimed_at = at or min(self.hours.after(self.script.last, 20, 200), self.latest_claim())
        self.script.do("claim", self.claimed_at, on=on)
        if self.rng.random() < 0.6:
            at = self.hours.between(self.claimed_at, self.reply_at, 0.3)
            self.script.do("contact", at, on=on, note="已电话联系，核对了时间和地点。")

    def latest_claim(self) -> datetime:
        """When a unit that is in no hurry still claims before it answers."""
        return max(self.script.last, self.reply_at - timedelta(minutes=30))

    def midway(self, share: float) -> datetime:
        return self.hours.between(max(self.claimed_at, self.script.last), self.reply_at, share)

    def submit(self, on: int, at: datetime) -> None:
        """Draft, the head's approval, and the answer handed in at `at`."""
        draft_at = max(self.script.last, at - timedelta(minutes=self.rng.randint(60, 180)))
        self.script.do("draft_reply", draft_at, on=on)
        self.script.do("approve_reply", draft_at + (at - draft_at) * 0.7, on=on)
        self.script.do("submit_reply", at, on=on)
        day = self.hours.day(at)
        self.script.replies.append(
            ReplyText(
                on,
                draft_at,
                self.rng.choice(REPORTS).format(n=self.rng.randint(2, 4)),
                self.rng.choice(CONTACTS).format(on=f"{day.month}月{day.day}日"),
                self.rng.choice(ANSWERS).format(title=self.title),
            )
        )

    def release(self, on: int) -> None:
        at = self.script.last + timedelta(minutes=self.rng.randint(5, 70))
        self.script.do("release", at, on=on)
        self.script.do("close", at)

    def finish(self, on: int) -> None:
        self.submit(on, self.reply_at)
        self.release(on)
        if self.rng.random() < 0.4:
            self.call_back()

    def call_back(self, *, satisfied: str = "") -> None:
        """A telephone call some days after; three in twenty reach nobody."""
        at = self.hours.on(self.hours.workday(self.hours.day(self.script.last), self.rng.randint(1, 4)))
        if not satisfied and self.rng.random() < 0.15:
            self.script.do("call_back", at, outcome="missed")
            return
        said = satisfied or self.rng.choice(SATISFIED)
        solved = said != "dissatisfied"
        self.script.do("call_back", at, outcome="reached", solved=solved, satisfied=said)


Story = Callable[[Handling], None]


def _plain(h: Handling) -> None:
    on = h.dispatch(h.unit, h.dispatched_at, co=h.co)
    h.claim(on)
    if h.co:
        h.script.do("claim", h.midway(0.1), on=on + 1)
        h.submit(on + 1, h.midway(0.5))
        h.script.do("release", h.midway(0.3), on=on + 1)
    h.finish(on)


def _with_step(name: str, *, on_task: bool = False, note: str = "", **data: Any) -> Story:
    """The plain story with one thing more on the way."""

    def story(h: Handling) -> None:
        on = h.dispatch(h.unit, h.dispatched_at)
        h.claim(on)
        h.script.do(name, h.midway(0.5), on=on if on_task else 0, note=note, **data)
        h.finish(on)

    return story


def _late_claim(h: Handling) -> None:
    on = h.dispatch(h.unit, h.dispatched_at)
    due_on = h.hours.due_on("claim", h.state, h.dispatched_at, 1)
    h.claim(on, h.hours.on(h.hours.workday(due_on, 1), 9, 11))
    h.reply_at = max(h.reply_at, h.claimed_at + timedelta(hours=2))
    h.finish(on)


def _late_reply(h: Handling) -> None:
    on = h.dispatch(h.unit, h.dispatched_at)
    h.claim(on)
    due_on = h.hours.due_on("reply", h.state, h.dispatched_at, 10)
    h.script.do("urge", h.hours.on(due_on, 9, 11), note="今天到期，请抓紧反馈。")
    h.reply_at = h.hours.on(h.hours.workday(due_on, h.rng.randint(1, 4)), 13)
    h.finish(on)


def _extension(h: Handling) -> None:
    on = h.dispatch(h.unit, h.dispatched_at)
    h.claim(on)
    due_on = h.hours.due_on("reply", h.state, h.dispatched_at, 10)
    until = h.hours.workday(due_on, 5)
    h.script.do(
        "ask_extension", h.midway(0.5), on=on, note="需等待现场检测结果。", proposed=until.isoformat()
    )
    h.script.do("grant_extension", h.midway(0.3), on=on, until=until.isoformat())
    if not h.calm:
        h.reply_at = h.hours.on(h.hours.workday(due_on, h.rng.randint(1, 4)), 13)
    h.finish(on)


def _extension_refused(h: Handling) -> None:
    on = h.dispatch(h.unit, h.dispatched_at)
    h.claim(on)
    until = h.hours.workday(h.hours.day(h.reply_at), 5).isoformat()
    h.script.do("ask_extension", h.midway(0.4), on=on, note="人手紧张。", proposed=until)
    h.script.do("refuse_extension", h.midway(0.3), on=on, note="人手紧张不是延期的理由，请按时答复。")
    h.finish(on)


def _ask_return(h: Handling, unit: str, proposed: str = "") -> int:
    on = h.dispatch(unit, h.dispatched_at)
    at = h.hours.between(h.dispatched_at, h.reply_at, 0.15)
    note = "经核对职责清单，该事项不由本单位主管。"
    h.script.do("ask_return", at, on=on, note=note, reason="not_ours", proposed=proposed)
    return on


def _ruled(name: str, note: str) -> Story:
    """A return asked for and not agreed: the unit answers all the same."""

    def story(h: Handling) -> None:
        on = _ask_return(h, h.unit, h.other)
        h.script.do(name, h.hours.between(h.script.last, h.reply_at, 0.2), on=on, note=note)
        h.claim(on)
        h.finish(on)

    return story


def _claimed_then_refused(h: Handling) -> None:
    on = h.dispatch(h.unit, h.dispatched_at)
    h.claim(on)
    day = h.hours.workday(h.hours.day(h.dispatched_at), 1)
    note = "经营场所不在本辖区。"
    h.script.do("ask_return", h.hours.on(day, 10, 10), on=on, note=note, reason="not_ours")
    h.script.do("refuse_return", h.hours.on(day, 15, 15), on=on, note="登记住所在本辖区，仍由你单位办理。")
    h.finish(on)


def _returned(h: Handling) -> None:
    first = _ask_return(h, h.other, h.unit)
    h.script.do("agree_return", h.hours.between(h.script.last, h.reply_at, 0.1), on=first)
    again = h.dispatch(h.unit, h.hours.after(h.script.last, 5, 30))
    h.claim(again)
    h.finish(again)


def _redirected(h: Handling) -> None:
    first = _ask_return(h, h.other, h.unit)
    at = h.hours.between(h.script.last, h.reply_at, 0.1)
    again = h.dispatch(h.unit, at, name="redirect_return", on=first)
    h.claim(again)
    h.finish(again)


def _recalled(h: Handling) -> None:
    h.dispatch(h.other, h.dispatched_at)
    h.script.do("recall", h.dispatched_at + timedelta(minutes=6), note="派错单位，撤回重派。")
    on = h.dispatch(h.unit, h.dispatched_at + timedelta(minutes=9))
    h.claim(on)
    h.finish(on)


def _sent_back(h: Handling) -> None:
    on = h.dispatch(h.unit, h.dispatched_at)
    h.claim(on)
    h.submit(on, h.midway(0.6))
    h.script.do("send_back", h.midway(0.3), on=on, note="只写了“已转交处理”，请写明结果和完成时间。")
    h.finish(on)


def _paused(h: Handling) -> None:
    on = h.dispatch(h.unit, h.dispatched_at)
    h.claim(on)
    h.script.do("pause", h.midway(0.3), on=on, note="送检，等待检测报告。", reason="appraisal")
    h.script.do("resume", h.midway(0.6), on=on)
    h.finish(on)


def _reopened(h: Handling) -> None:
    on = h.dispatch(h.unit, h.dispatched_at)
    h.claim(on)
    h.submit(on, h.reply_at)
    h.release(on)
    h.call_back(satisfied="dissatisfied")
    h.script.do("reopen", h.script.last + timedelta(minutes=20), note="回访反映问题没有解决，请重新办理。")
    again = h.dispatch(h.unit, h.script.last + timedelta(minutes=15))
    h.reply_at = h.hours.on(h.hours.workday(h.hours.day(h.script.last), h.rng.randint(2, 6)), 14)
    h.claim(again)
    h.submit(again, h.reply_at)
    h.release(again)
    h.call_back(satisfied="basic")


def _ended(name: str, note: str) -> Story:
    def story(h: Handling) -> None:
        h.claim(h.dispatch(h.unit, h.dispatched_at))
        h.script.do(name, h.midway(0.5), note=note)

    return story


@dataclass(frozen=True, slots=True)
class Kind:
    """How often a story is told; `calm` stories leave nobody late and the case answered as planned."""

    tell: Story
    weight: int
    calm: bool = True


STORIES = {
    "plain": Kind(_plain, 50),
    "urged": Kind(_with_step("urge", note="诉求人再次来电询问，请加快办理。"), 5),
    "supervised": Kind(_with_step("supervise", note="同类问题多次反映，列入督办。"), 2),
    "instructed": Kind(_with_step("instruct", note="请认真核实，妥善解决群众合理诉求。"), 1),
    "interim": Kind(_with_step("interim", on_task=True, note="已完成现场勘查，正在编制维修方案。"), 4),
    "extension": Kind(_extension, 6),
    "extension refused": Kind(_extension_refused, 2),
    "return agreed": Kind(_returned, 3),
    "return redirected": Kind(_redirected, 4),
    "return refused": Kind(_ruled("refuse_return", "职责清单载明由你单位主管，请按时办理。"), 2),
    "designated": Kind(_ruled("designate", "职责交叉，指定由你单位牵头。"), 2),
    "recalled": Kind(_recalled, 2),
    "sent back": Kind(_sent_back, 5),
    "paused": Kind(_paused, 2),
    "late claim": Kind(_late_claim, 4, calm=False),
    "late reply": Kind(_late_reply, 5, calm=False),
    "reopened": Kind(_reopened, 4, calm=False),
    "withdrawn": Kind(_ended("withdraw", "诉求人来电说已自行解决，撤回诉求。"), 2, calm=False),
    "terminated": Kind(_ended("terminate", "诉求人已提起诉讼，终止办理。"), 1, calm=False),
    "claimed, return refused": Kind(_claimed_then_refused, 0),
}
"""Every story that a dispatched case may have; `letters.csv` names one in its column `twist`."""


def choose(rng: Random, *, calm: bool) -> str:
    """A story by weight."""
    names = [name for name, kind in STORIES.items() if kind.calm or not calm]
    return rng.choices(names, [STORIES[name].weight for name in names])[0]
