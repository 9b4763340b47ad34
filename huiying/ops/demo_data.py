"""The numbers and sentences that the demonstration is made from, read beside a place. No Django.

`demo/` next to `place.toml` holds `demo.toml` (how many of what in each month), `matters.csv`
(what people ask about) and `letters.csv` (cases written out one by one). A place without them
gets a plan of its own from its vocabularies.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from huiying.cases.deadlines import Keeper
from huiying.common.errors import Refused

PERIODS = ("2022-01", "2022-02", "2022-03")
MAIN_COUNT, SIDE_COUNT = 200, 12
STYLES = {"咨询": "ask", "建议": "wish", "表扬": "thank"}
"""How somebody speaks, by the name of the nature; all others tell what is wrong."""
GENERIC = {
    "ask": ("咨询{topic}有关政策", "想了解{topic}的办理条件、所需材料和时限，请告知到哪里办理。"),
    "tell": ("{town}一处{topic}问题", "{when}起{town}某处的{topic}问题一直没有解决，已影响{n}户人家。"),
    "wish": ("关于改进{topic}工作的建议", "建议公开{topic}的办事流程和进度，方便群众查询监督。"),
    "thank": ("对{topic}工作人员的表扬", "{when}在{town}办理{topic}事项，工作人员耐心负责，特此表扬。"),
}


@dataclass(frozen=True, slots=True)
class ChannelWord:
    """What the demonstration needs to know of a channel; `tree` is the code of its topics."""

    code: str
    prefix: str
    tree: str
    upper: bool


@dataclass(frozen=True)
class Town:
    """The vocabularies of a place, by code. `natures` and `areas` map to what they are called."""

    keeper: Keeper
    channels: Mapping[str, ChannelWord]
    natures: Mapping[str, str]
    guarded: frozenset[str]
    topics: tuple[str, ...]
    units: tuple[str, ...]
    areas: Mapping[str, str]

    def style(self, nature: str) -> str:
        return STYLES.get(self.natures[nature], "tell")


@dataclass(frozen=True, slots=True)
class Matter:
    """Something that people call about. `unit` and the sentences may hold {town}, {when} and {n}."""

    topic: str
    style: str
    unit: str
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Letter:
    """One case written out: `received` a day of the month, `reply` working days after it."""

    channel: str
    nature: str
    received: int
    reply: int
    co: str
    twist: str
    matter: Matter


@dataclass(frozen=True, slots=True)
class Batch:
    """How many cases of one channel in a month. `topics` counts first levels; empty: as they come.

    `calm`: all are answered as planned and nobody is late; `open` are answered after the month's end.
    """

    channel: str
    natures: Mapping[str, int]
    topics: Mapping[str, int] = field(default_factory=dict)
    dispatched: int | None = None
    refused: int = 0
    merged: int = 0
    invalid: int = 0
    calm: bool = False
    open: int = 0

    @property
    def count(self) -> int:
        return sum(self.natures.values())


@dataclass(frozen=True, slots=True)
class Month:
    period: str
    batches: tuple[Batch, ...]
    letters: tuple[Letter, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything the generator works from; `clerks` are (username part, unit)."""

    months: tuple[Month, ...]
    matters: tuple[Matter, ...]
    clerks: tuple[tuple[str, str], ...]
    center: tuple[float, float] | None = None


def read_plan(directory: Path, town: Town) -> Plan:
    """The plan of the place in `directory`. Raises Refused where a file does not fit the place."""
    folder = (directory.parent if directory.is_file() else directory) / "demo"
    if not (folder / "demo.toml").is_file():
        return invented_plan(town)
    try:
        data = tomllib.loads((folder / "demo.toml").read_text("utf-8"))
        matters = tuple(_matter(row) for row in _rows(folder / "matters.csv"))
        months = tuple(_month(folder, row) for row in data["month"])
        clerks = tuple((row["key"], row["unit"]) for row in data["clerks"])
        center = data.get("center")
        plan = Plan(months, matters, clerks, (center[0], center[1]) if center else None)
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise Refused(f"示范数据 {folder} 读不了：{error}。请与 examples 里的同名文件对照改正。") from None
    _check(folder, plan, town)
    return plan


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _matter(row: dict[str, str]) -> Matter:
    return Matter(row["topic"], row["style"], row["unit"], row["title"], row["body"])


def _month(folder: Path, row: dict[str, Any]) -> Month:
    batches = tuple(Batch(**batch) for batch in row["batch"])
    letters = tuple(_letter(each) for each in _rows(folder / row["letters"])) if "letters" in row else ()
    return Month(row["period"], batches, letters)


def _letter(row: dict[str, str]) -> Letter:
    matter = Matter(row["topic"], "", row["unit"], row["title"], row["body"])
    return Letter(
        row["channel"],
        row["nature"],
        int(row["received"]),
        int(row["reply"]),
        row["co"],
        row["twist"],
        matter,
    )


def _check(folder: Path, plan: Plan, town: Town) -> None:
    """Every code must be one of the place's, and a batch's topics must add up to its natures."""
    letters = [letter for month in plan.months for letter in month.letters]
    batches = [batch for month in plan.months for batch in month.batches]
    matters = [*plan.matters, *(letter.matter for letter in letters)]
    problems = [
        *_strange("渠道", [x.channel for x in letters], town.channels),
        *_strange("渠道", [x.channel for x in batches], town.channels),
        *_strange("性质", [x.nature for x in letters], town.natures),
        *_strange("性质", [code for batch in batches for code in batch.natures], town.natures),
        *_strange("内容分类", [m.topic for m in matters if m.topic], town.topics),
        *_strange("承办单位", [m.unit for m in matters if m.unit != "{town}"], town.units),
        *_strange("承办单位", [x.co for x in letters if x.co], town.units),
        *_strange("承办单位", [unit for _, unit in plan.clerks], town.units),
        *(
            f"{batch.channel}的性质合计 {batch.count} 件，内容分类合计 {sum(batch.topics.values())} 件"
            for batch in batches
            if batch.topics and sum(batch.topics.values()) != batch.count
        ),
    ]
    if problems:
        raise Refused("\n".join([f"示范数据 {folder} 与地方配置不符：", *problems]))


def _strange(what: str, codes: Iterable[str], known: Iterable[str]) -> list[str]:
    return [f"没有“{code}”这个{what}" for code in sorted(set(codes) - set(known))]


def invented_plan(town: Town) -> Plan:
    """A plan for any place: most cases by its first own channel, some by each other."""
    own = [c.code for c in town.channels.values() if not c.upper] or list(town.channels)
    batches = tuple(Batch(code, _shared_out(SIDE_COUNT, town)) for code in town.channels if code != own[0])
    main = Batch(
        own[0],
        _shared_out(MAIN_COUNT, town),
        dispatched=MAIN_COUNT * 3 // 5,
        refused=5,
        merged=4,
        invalid=6,
    )
    clerks = tuple((f"{number}", unit) for number, unit in enumerate(_some_units(town), 1))
    return Plan(tuple(Month(period, (main, *batches)) for period in PERIODS), (), clerks)


def _shared_out(count: int, town: Town) -> dict[str, int]:
    """Half tell or ask by the first two natures of those styles, the others share the rest."""
    weights = {code: {"ask": 8, "tell": 6, "wish": 2, "thank": 1}[town.style(code)] for code in town.natures}
    total = sum(weights.values())
    shares = {code: count * weight // total for code, weight in weights.items()}
    first = next(iter(shares))
    shares[first] += count - sum(shares.values())
    return {code: n for code, n in shares.items() if n}


def _some_units(town: Town) -> tuple[str, ...]:
    step = max(1, len(town.units) // 3)
    return town.units[::step][:3]
