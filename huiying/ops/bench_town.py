"""A town of any size to measure in: invented cases over three years, each with its whole chained history.

Every batch of cases has a random source of its own, so that a town that was left unfinished goes on where it
stopped and becomes the same town. Nobody in it is anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from random import Random
from typing import Any

from django.db import connection, transaction

from huiying.accounts.models import Role, Unit
from huiying.cases import calendar_days, moves, place
from huiying.cases.backfill import Recording, write
from huiying.cases.models import Case, Office, Reply
from huiying.cases.persons import PersonData
from huiying.cases.place import Place
from huiying.cases.projection import Columns
from huiying.common import bulk
from huiying.common.errors import Refused
from huiying.ops import demo, demo_data, demo_people
from huiying.ops import place as places
from huiying.ops.demo_cases import GIVEN, SURNAMES
from huiying.ops.demo_people import Account

Progress = Callable[[int, int], None]
BATCH = 1_000
SPAN = timedelta(days=3 * 365)
LOOK_AHEAD = timedelta(days=30)
"""A town ends so long before the calendar does: its last cases have deadlines too."""
ORIGIN = "bench:"
CALLS_PER_PERSON = 4
ROADS = ("解放路", "人民路", "中山路", "建设街", "东街", "西街", "南大街", "新华里", "滨河路", "文昌路")
WORDS = {"rare": ("磁悬浮", 20_000), "middling": ("窨井盖", 200), "common": ("小区", 4)}
"""Words that a search asks for, each put into one case of so many (the last also stands in others)."""
NATURES = (40.0, 25.0, 20.0, 8.0)
"""The shares of the place's first natures; each other has one."""
URGENCIES, URGENT = ("normal", "urgent", "major"), (97.7, 2.0, 0.3)
SECRET = 0.01
VILLAGES, IN_VILLAGES = 40, 0.6
SMALL_UNIT = 0.00005
"""The share of the last unit, which is hardly ever given anything."""


@dataclass(frozen=True)
class Facts:
    """What is kept of a town in its database: how many cases it shall have, and its last instant."""

    cases: int
    ends_at: datetime


def facts() -> Facts | None:
    """The facts of the town in this database; None where it holds none."""
    office = Office.objects.first()
    kept = office.config.get("bench") if office else None
    return Facts(kept["cases"], datetime.fromisoformat(kept["ends_at"])) if kept else None


def build(cases: int, *, now: datetime, progress: Progress | None = None) -> Facts:
    """Found the town, or go on building it. Raises Refused where the database holds anything else."""
    known = facts()
    if known is None:
        if Office.objects.exists() or Case.objects.exists():
            raise Refused(
                "这个数据库里有别的数据，不能用来测速度。请换一个空的 HUIYING_HOME 或 DATABASE_URL。"
            )
        known = _found(cases, now)
    if known.cases != cases:
        raise Refused(f"这个数据库里的测试镇是 {known.cases:,} 件的，不是 {cases:,} 件的。")
    done = Case.objects.count()
    if done < cases:
        writer = Writer(place.current(), known)
        for first in range(done, cases, BATCH):
            with transaction.atomic():
                writer.write(range(first, min(first + BATCH, cases)))
            if progress:
                progress(min(first + BATCH, cases), cases)
    _know_the_tables()
    return known


def _found(cases: int, now: datetime) -> Facts:
    """The place, its calendar and its people."""
    years = calendar_days.seeded_years()
    latest = datetime(years[-1], 12, 31, tzinfo=UTC) - LOOK_AHEAD
    known = Facts(cases, min(now, latest).replace(minute=0, second=0, microsecond=0))
    first = (known.ends_at - SPAN).year
    with transaction.atomic():
        places.load(demo.example())
        calendar_days.load([year for year in years if year >= first])
        office = Office.objects.get()
        office.config["bench"] = {"cases": cases, "ends_at": known.ends_at.isoformat()}
        office.save()
        Office.touch()
        demo_people.sign_up(people())
    return known


def people() -> list[Account]:
    """One of each role of the office, and clerks of three units: the one with most cases, one above others,
    the last."""
    codes = list(Unit.objects.order_by("order", "pk").values_list("code", flat=True))
    above = Unit.objects.filter(children__isnull=False).order_by("order", "pk").first()
    units = {"large": codes[0], "small": codes[-1], "above": above.code if above else codes[1]}
    clerks = [Account(Role.CLERK, f"clerk_{name}", "经办人", unit) for name, unit in units.items()]
    return [*demo_people.accounts(()), *clerks]


def _know_the_tables() -> None:
    """The planner counts the rows, those of new indexes too."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


# Writing


@dataclass(frozen=True)
class Step:
    """A move of a history."""

    name: str
    at: datetime
    on: int = 0
    note: str = ""
    data: dict[str, Any] | None = None


class Writer:
    """Writes batches of cases into the town."""

    def __init__(self, here: Place, known: Facts) -> None:
        self.here, self.known = here, known
        town = demo.town_of(here)
        plan = demo_data.read_plan(demo.example(), town)
        self.matters = {
            code: [m for m in plan.matters if m.topic.startswith(f"{channel.tree}/")] or list(plan.matters)
            for code, channel in town.channels.items()
        }
        self.channels, self.natures = list(town.channels), list(town.natures)
        self.units, self.areas = list(town.units), [*town.areas.items()]

    @cached_property
    def weights(self) -> dict[str, list[float]]:
        """How cases fall to channels, natures and units: a few get most."""
        return {
            "channel": [1 / (n + 1) for n, _ in enumerate(self.channels)],
            "nature": [*NATURES, *[1.0] * len(self.natures)][: len(self.natures)],
            "unit": [*(1 / (n + 5) for n, _ in enumerate(self.units[:-1])), SMALL_UNIT],
        }

    def write(self, numbers: range) -> None:
        """Write the cases of these running numbers. The caller holds the transaction."""
        cases = write(self.recordings(numbers), by=None)
        answered = [case for case in cases if case["lead_id"] and case["replied_at"]]
        bulk.insert_columns(Reply, [_reply(case) for case in answered])

    def recordings(self, numbers: range) -> list[Recording]:
        """What is written for these running numbers: the same whenever it is asked."""
        rng = Random(f"{self.known.cases}:{numbers.start}")
        return [self.recording(rng, n) for n in numbers]

    def recording(self, rng: Random, n: int) -> Recording:
        """The whole history of one case, as far as it has come by the town's last instant."""
        since = self._since(rng, n)
        channel = rng.choices(self.channels, self.weights["channel"])[0]
        nature = rng.choices(self.natures, self.weights["nature"])[0]
        matter = rng.choice(self.matters[channel])
        area, town = rng.choice(self.areas)
        title, body = _words(rng, matter.title, matter.body, town)
        aside = Random(n)
        number = f"{self.here.channels[channel].prefix}{since.astimezone(self.here.keeper.tz):%Y%m}{n:07d}"
        recording = Recording(self.here, number, recorded_at=since, origin=ORIGIN)
        recording.register(
            title=title,
            body=body,
            person=_person(rng.randrange(max(1, self.known.cases // CALLS_PER_PERSON))),
            at=since,
            details={
                "village": f"{town}{aside.randrange(1, VILLAGES)}村" if aside.random() < IN_VILLAGES else "",
                "address": f"{rng.choice(ROADS)}{rng.randrange(1, 300)}号",
            },
            channel=channel,
            nature=nature,
            topic=matter.topic if matter.topic in self.here.topics else "",
            area=area,
            urgency=aside.choices(URGENCIES, URGENT)[0],
            secret=aside.random() < SECRET,
        )
        for step in self._course(rng, since):
            if step.at > self.known.ends_at:
                break
            recording.recorded_at = step.at
            recording.move(step.name, step.at, on=step.on, note=step.note, **(step.data or {}))
        recording.recorded_at = since
        return recording

    def _since(self, rng: Random, n: int) -> datetime:
        """When a case came in: one after the other, the last just now."""
        return self.known.ends_at - SPAN * ((self.known.cases - n - rng.random()) / self.known.cases)

    def _course(self, rng: Random, since: datetime) -> Iterator[Step]:
        """What becomes of a case in the end."""
        chance, soon = rng.random(), since + timedelta(minutes=rng.randrange(3, 30))
        if chance < 0.03:
            yield Step("refuse", soon, data={"reason": rng.choice(list(moves.REFUSAL_REASONS))})
        elif chance < 0.35:
            yield Step("direct_answer", soon, note="已当场说明办理条件和所需材料。")
            yield Step("close", soon)
        else:
            yield from self._handled(rng, since + timedelta(minutes=rng.randrange(10, 600)))

    def _handled(self, rng: Random, at: datetime) -> Iterator[Step]:
        lead, other, helper = rng.choices(self.units, self.weights["unit"], k=3)
        co = [{"unit": helper, "role": "co"}] if helper not in {lead, other} and rng.random() < 0.1 else []
        yield Step("dispatch", at, data={"units": [{"unit": lead, "role": "lead"}, *co]})
        on, at = 1, at + timedelta(hours=rng.uniform(0.2, 26))
        if rng.random() < 0.03 and other != lead:
            yield Step("ask_return", at, on, data={"reason": "not_ours"})
            at += timedelta(hours=rng.uniform(1, 20))
            on = 2 + len(co)
            yield Step("redirect_return", at, 1, data={"units": [{"unit": other, "role": "lead"}]})
            at += timedelta(hours=rng.uniform(0.2, 20))
        yield Step("claim", at, on)
        if rng.random() < 0.3:
            at += timedelta(hours=rng.uniform(1, 20))
            yield Step("contact", at, on, "已电话联系诉求人，约定现场查看时间。")
        at += timedelta(days=rng.uniform(1, 9) if rng.random() < 0.97 else rng.uniform(12, 40))
        yield from self._finished(rng, at, on)

    def _finished(self, rng: Random, at: datetime, on: int) -> Iterator[Step]:
        """Answered, perhaps sent back once, released and closed, some called back, a few opened again."""
        yield Step("answer", at, on)
        at += timedelta(hours=rng.uniform(0.5, 30))
        if rng.random() < 0.04:
            yield Step("send_back", at, on, "请写明处理结果。", {"reason": "empty"})
            at += timedelta(days=rng.uniform(0.5, 3))
            yield Step("answer", at, on)
            at += timedelta(hours=rng.uniform(0.5, 30))
        yield Step("release", at, on)
        yield Step("close", at)
        if rng.random() < 0.2:
            at += timedelta(days=rng.uniform(1, 5))
            said = {"outcome": "reached", "solved": rng.random() < 0.9, "satisfied": "satisfied"}
            yield Step("call_back", at, data=said)


def _person(n: int) -> PersonData:
    given = 2 * (n % (len(GIVEN) // 2))
    name = SURNAMES[n % len(SURNAMES)] + GIVEN[given : given + 2]
    return PersonData(name=name, phone=f"139{n:08d}")


def _words(rng: Random, title: str, body: str, town: str) -> tuple[str, str]:
    """The matter told by somebody, in a place of theirs, with some words that searches ask for."""
    slots = {"town": town, "when": "上周", "n": rng.randint(2, 9)}
    where = f"{rng.choice(ROADS)}{rng.randrange(1, 300)}号"
    marks = [word for word, share in WORDS.values() if rng.random() < 1 / share]
    said = "".join(f"另请一并看看{word}的情况。" for word in marks)
    return f"{title.format(**slots)}（{where}）", f"{body.format(**slots)}位置在{where}附近。{said}"


def _reply(case: Columns) -> Columns:
    title = case["title"]
    return {
        "assignment_id": case["lead_id"],
        "no": 1,
        "handling_report": "接件后到现场查看，情况属实；已落实整改人员和时间，并约定复查。",
        "contact_record": "已电话联系诉求人，说明办理经过和结果，诉求人表示知晓。",
        "public_answer": f"您反映的“{title}”收悉。经现场核实，情况属实，已由专人负责，三日内办理完毕。",
        "drafted_at": case["replied_at"],
    }
