"""Three months of invented cases: who called, about what, and how it went. Pure, and the same every time.

Everything follows from the place's vocabularies, the plan beside it and a seed. No name, number
or address is anybody's.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from random import Random

from huiying.cases.history import CaseState
from huiying.ops.demo_data import GENERIC, Batch, Letter, Matter, Month, Plan, Town
from huiying.ops.demo_stories import STORIES, Handling, Hours, Script, Step, choose

SEED = 341824
PEOPLE = 480
SURNAMES = "汪胡程方章许周曹王张李陈吴徐黄叶邵冯葛洪舒唐高石戴"
GIVEN = (  # two characters each
    "秀英志强建华丽萍国庆晓燕海波文娟永红春梅立新小军玉兰家明淑芳长根红霞光辉雅静"
    "德胜美华伟民桂香新宇爱莲子涵宏亮彩云学文金凤卫东佳怡庆丰慧敏振华月娥俊杰素珍"
)
WHEN = ("三天前", "上周", "前天", "上月底", "昨天", "半个月前", "上周末")
CLOSINGS = {
    "ask": ("请告知。", "烦请答复，谢谢。", "盼复。", ""),
    "tell": (
        "请尽快核实处理。",
        "希望派人到现场看一看。",
        "请告知处理时间。",
        "请帮忙协调解决。",
        "已反映过一次。",
    ),
    "wish": ("请予考虑。", "盼采纳。", ""),
    "thank": ("", "谢谢。"),
}
REFUSALS = ("litigation", "petition", "arbitration", "elsewhere", "unclear")
ANSWER_NOTES = (
    "话务员当场查阅知识库后答复。",
    "已当场说明办理条件和所需材料。",
    "已告知主管单位的窗口地址和电话。",
)
QUIET_DAY, ASKED_SHARE = 0.35, 0.18


@dataclass(frozen=True, slots=True)
class Caller:
    name: str
    phone: str


@dataclass(slots=True)
class Invented:
    """One case with its whole history; `into` is the number of the case it is merged into at `merged_at`."""

    channel: str
    nature: str
    topic: str
    title: str
    body: str
    caller: Caller
    area: str
    script: Script
    unit: str
    co: str = ""
    number: str = ""
    upper_number: str = ""
    village: str = ""
    point: tuple[float, float] | None = None
    into: Invented | None = None
    merged_at: datetime | None = None


def invent(plan: Plan, town: Town, *, seed: int = SEED) -> list[Invented]:
    """All cases of the plan in the order of their numbers."""
    writer = Writer(plan, town, Random(seed))
    return [case for month in plan.months for case in writer.month(month)]


class Writer:
    """Draws everything from one random source, so that a plan and a seed give one town."""

    def __init__(self, plan: Plan, town: Town, rng: Random) -> None:
        self.plan, self.town, self.rng = plan, town, rng
        self.hours = Hours(town.keeper, rng)
        self.told: Counter[Matter] = Counter()
        self.people = [self._person(n) for n in range(PEOPLE)]

    def _person(self, n: int) -> Caller:
        given = 2 * self.rng.randrange(len(GIVEN) // 2)
        return Caller(self.rng.choice(SURNAMES) + GIVEN[given : given + 2], f"1390000{n:04d}")

    def month(self, month: Month) -> list[Invented]:
        """The month's cases, numbered by the time they came in."""
        first = date.fromisoformat(f"{month.period}-01")
        cases = [case for batch in month.batches for case in self._batch(batch, first)]
        cases += [self._letter(letter, first) for letter in month.letters]
        cases.sort(key=lambda case: case.script.since)
        self._number(cases, month.period.replace("-", ""))
        for case in cases:
            _absorb(case)
        return cases

    def _number(self, cases: list[Invented], period: str) -> None:
        taken: Counter[str] = Counter()
        for case in cases:
            channel = self.town.channels[case.channel]
            taken[channel.prefix] += 1
            case.number = f"{channel.prefix}{period}{taken[channel.prefix]:04d}"
            if channel.upper:
                case.upper_number = f"示范{period}{self.rng.randrange(10**5):05d}"

    # ---- what it is about

    def draft(self, channel: str, nature: str, topic: str, since: datetime) -> Invented:
        """A case without a history yet. `topic` is a first level, or "" for any of the channel's."""
        area = self.rng.choice(list(self.town.areas)) if self.town.areas else ""
        matter = self._matter(self.town.channels[channel].tree, topic, self.town.style(nature))
        return self._case(matter, channel, nature, area, since, self.town.style(nature))

    def draft_for(self, unit: str, channel: str, nature: str, since: datetime) -> Invented:
        """A case that the unit would be given, where the plan has such a matter; else any."""
        style, tree = self.town.style(nature), self.town.channels[channel].tree
        area = unit if unit in self.town.areas else self.rng.choice([*self.town.areas, ""])
        wanted = {"{town}", unit} if unit in self.town.areas else {unit}
        near = [m for m in self.plan.matters if m.unit in wanted and m.topic.startswith(f"{tree}/")]
        fitting = [m for m in near if m.style == style] or [self._matter(tree, "", style)]
        matter = min(fitting, key=lambda m: (self.told[m], self.rng.random()))
        self.told[matter] += 1
        case = self._case(matter, channel, nature, area, since, style)
        case.unit = unit
        return case

    def _case(
        self, matter: Matter, channel: str, nature: str, area: str, since: datetime, style: str
    ) -> Invented:
        slots = {
            "town": self.town.areas.get(area, ""),
            "when": self.rng.choice(WHEN),
            "n": self.rng.randint(2, 6),
        }
        title = matter.title.format(**slots)
        if self.told[matter] > 1:
            title = _placed(title, matter, style, self.town.areas.get(area, ""))
        body = matter.body.format(**slots) + self.rng.choice(CLOSINGS[style])
        case = Invented(
            channel=channel,
            nature=nature,
            topic=matter.topic,
            title=title,
            body=body,
            caller=self.rng.choice(self.people),
            area=area,
            script=Script(since),
            unit=self._unit(matter, area),
            village="某村" if "某村" in matter.title else "",
        )
        if self.plan.center and self.rng.random() < 0.6:
            case.point = self._point(*self.plan.center)
        return case

    def _point(self, longitude: float, latitude: float) -> tuple[float, float]:
        return round(self.rng.gauss(longitude, 0.05), 5), round(self.rng.gauss(latitude, 0.04), 5)

    def _matter(self, tree: str, topic: str, style: str) -> Matter:
        """A matter that fits, the one told least so far; any style where none speaks like that."""
        start = f"{tree}/{topic}" if topic else f"{tree}/"
        near = [
            m for m in self.plan.matters if m.topic == start or m.topic.startswith(start.rstrip("/") + "/")
        ]
        fitting = [m for m in near if m.style == style] or [m for m in near if m.style == "tell"]
        if not fitting:
            return self._generic(start, style)
        matter = min(fitting, key=lambda m: (self.told[m], self.rng.random()))
        self.told[matter] += 1
        return matter

    def _generic(self, start: str, style: str) -> Matter:
        paths = [path for path in self.town.topics if path.startswith(start)]
        path = self.rng.choice(paths) if paths else ""
        title, body = (text.replace("{topic}", path.rpartition("/")[2] or "有关") for text in GENERIC[style])
        return Matter(path, style, "", title, body)

    def _unit(self, matter: Matter, area: str) -> str:
        if matter.unit == "{town}" and area in self.town.units:
            return area
        named = matter.unit if matter.unit in self.town.units else ""
        return named or self.rng.choice(self.town.units)

    def _another_unit(self, unit: str) -> str:
        return self.rng.choice([each for each in self.town.units if each != unit])

    # ---- how it went

    def _batch(self, batch: Batch, first: date) -> list[Invented]:
        natures = [code for code, n in batch.natures.items() for _ in range(n)]
        topics = [topic for topic, n in batch.topics.items() for _ in range(n)] or [""] * batch.count
        self.rng.shuffle(natures)
        self.rng.shuffle(topics)
        since = sorted(self._received(first) for _ in natures)
        cases = [self.draft(batch.channel, *what) for what in zip(natures, topics, since, strict=True)]
        given, others = self._split(cases, batch)
        self._dispatch(given, batch, first)
        for case in others[: batch.refused]:
            at = case.script.since + timedelta(minutes=self.rng.randint(4, 30))
            case.script.do("refuse", at, reason=self.rng.choice(REFUSALS))
        for case in others[batch.refused + batch.merged :]:
            self._direct(case)
        merging = others[batch.refused : batch.refused + batch.merged]
        self._merge(merging, [case for case in given if case.script.last.month == first.month])
        return cases + [self._invalid(batch.channel, first) for _ in range(batch.invalid)]

    def _received(self, first: date) -> datetime:
        days = [first + timedelta(days=n) for n in range(monthrange(first.year, first.month)[1])]
        weights = [1.0 if self.town.keeper.calendar.is_workday(day) else QUIET_DAY for day in days]
        day, minute = self.rng.choices(days, weights)[0], self.rng.triangular(480, 1170, 620)
        wall = time(int(minute) // 60, int(minute) % 60, self.rng.randrange(60))
        return datetime.combine(day, wall, self.hours.tz)

    def _split(self, cases: list[Invented], batch: Batch) -> tuple[list[Invented], list[Invented]]:
        """Those handed to units, and the others. Questions are mostly answered at once."""
        wanted = len(cases) if batch.dispatched is None else batch.dispatched
        mixed = self.rng.sample(cases, len(cases))
        asking = [case for case in mixed if self.town.style(case.nature) == "ask"]
        telling = [case for case in mixed if self.town.style(case.nature) != "ask"]
        asked = max(min(round(wanted * ASKED_SHARE), len(asking)), wanted - len(telling))
        given = asking[:asked] + telling[: wanted - asked]
        others = telling[wanted - asked :] + asking[asked:]
        return sorted(given, key=lambda case: case.script.since), others

    def _direct(self, case: Invented) -> None:
        at = case.script.since + timedelta(minutes=self.rng.randint(3, 20))
        case.script.do("direct_answer", at, note=self.rng.choice(ANSWER_NOTES))
        case.script.do("close", at)

    def _invalid(self, channel: str, first: date) -> Invented:
        case = self.draft(channel, next(iter(self.town.natures)), "", self._received(first))
        case.topic, case.title, case.body, case.village = "", "无声来电", "接通后无人应答。", ""
        at = case.script.since + timedelta(minutes=1)
        case.script.do("mark_invalid", at, note="接通后无人应答，未留下事项。")
        return case

    def _dispatch(self, cases: list[Invented], batch: Batch, first: date) -> None:
        """Hand cases to units. Of a calm month the latest `open` that may wait are answered after its end."""
        end = first.replace(day=monthrange(first.year, first.month)[1])
        times = [case.script.since + timedelta(minutes=self.rng.randint(8, 75)) for case in cases]
        due = [self._due(case, at) for case, at in zip(cases, times, strict=True)]
        waiting = [n for n, last in enumerate(due) if last > end][::-1][: batch.open]
        for n, (case, at) in enumerate(zip(cases, times, strict=True)):
            if n in waiting:
                self._handle(case, at, self.hours.workday(end, 1), "plain", calm=True)
                continue
            until = min(due[n], end) if batch.calm else due[n]
            self._handle(case, at, self._reply_on(at, until), choose(self.rng, calm=batch.calm), batch.calm)

    def _state(self, case: Invented) -> CaseState:
        return CaseState(channel=case.channel, nature=case.nature, received_at=case.script.since)

    def _due(self, case: Invented, at: datetime) -> date:
        return self.hours.due_on("reply", self._state(case), at, 10)

    def _reply_on(self, at: datetime, until: date) -> date:
        """A working day from the one after `at` to `until`; the day itself where there is none."""
        days = self.town.keeper.calendar.workdays_between(self.hours.day(at), until)
        return self.hours.workday(self.hours.day(at), self.rng.randint(1, days)) if days > 0 else until

    def _handle(self, case: Invented, at: datetime, reply_on: date, story: str, calm: bool) -> None:
        if case.nature in self.town.guarded and not calm and self.rng.random() < 0.3:
            case.script.do("protect", case.script.since + timedelta(minutes=3), secret=True)
        reply_at = max(self.hours.on(reply_on), at + timedelta(minutes=90))
        if not case.co and story == "plain" and self.rng.random() < 0.12:
            case.co = self._another_unit(case.unit)
        other = self._another_unit(case.unit)
        handling = Handling(
            case.script,
            self.hours,
            self._state(case),
            case.title,
            case.unit,
            other,
            case.co,
            at,
            reply_at,
            calm,
        )
        STORIES[story].tell(handling)

    def _merge(self, cases: list[Invented], hosts: list[Invented]) -> None:
        """Each of the cases turns out to be the matter of an earlier one that is still at its unit."""
        waiting = [host for host in hosts if _gap(host)]
        for case, host in zip(cases, self.rng.sample(waiting, len(cases)), strict=True):
            start, end = _gap(host) or (host.script.since, host.script.since)
            case.script = Script(start + (end - start) * 0.3)
            case.title, case.topic, case.area, case.unit = host.title, host.topic, host.area, host.unit
            case.body = f"{host.title}，其他住户已经反映过，请一并处理。"
            case.into, case.merged_at = host, start + (end - start) * 0.4

    def _letter(self, letter: Letter, first: date) -> Invented:
        day = first.replace(day=letter.received)
        since = self.hours.on(day, 8, 11)
        style = self.town.style(letter.nature)
        case = self._case(letter.matter, letter.channel, letter.nature, "", since, style)
        case.co = letter.co
        at = since + timedelta(minutes=self.rng.randint(10, 80))
        reply_at = self.hours.on(self.hours.workday(day, letter.reply), 14)
        handling = Handling(
            case.script,
            self.hours,
            self._state(case),
            case.title,
            case.unit,
            self._another_unit(case.unit),
            case.co,
            at,
            reply_at,
            True,
        )
        STORIES[letter.twist or "plain"].tell(handling)
        return case


def _placed(title: str, matter: Matter, style: str, town: str) -> str:
    """A title that was used before, told apart by where the caller lives."""
    if "{town}" in matter.title or not town:
        return title
    if title.startswith("某"):
        return town + title
    return f"{town}群众咨询：{title}" if style == "ask" else f"{title}（{town}）"


def _gap(case: Invented) -> tuple[datetime, datetime] | None:
    """The day or more in which nothing happens between the unit's claim and the next move, if any."""
    for before, after in pairwise(case.script.steps):
        if before.name in {"claim", "contact"} and after.at - before.at > timedelta(days=1):
            return before.at, after.at
    return None


def _absorb(case: Invented) -> None:
    """Write into the history of the host that it took this case in."""
    if case.into and case.merged_at:
        steps = case.into.script.steps
        steps.append(Step("absorb", case.merged_at, data={"other": case.number}))
        steps.sort(key=lambda step: step.at)
