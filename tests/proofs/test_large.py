"""A county's years in one file: bounded memory, figures counted again by hand, pages as quick as ever."""

from __future__ import annotations

import csv
import random
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from tests.exchange.ledgers import Line, ledger
from tests.proof import PROOF, found, times
from tests.proofs.towns import Town, Towns

pytestmark = [pytest.mark.proof, pytest.mark.later]
ROWS = times(1_000) if PROOF else 500
TINY = ROWS < 10_000
"""PostgreSQL rightly reads a table of so few rows as a whole: there its plans say nothing."""
MEMORY = 400
"""MB that an import may hold at most, however long the file."""
QUERIES = 8
CHANNELS = ("云溪县12345热线", "市长热线", "县长信箱")
NATURES = ("咨询", "反映", "投诉", "建议")
UNITS = ("云溪县住建局", "云溪县水务局", "云溪县市场监管局", "石桥镇", "枫林乡")
MATTERS = ("自来水浑浊", "路面积水", "路灯不亮", "燃气开户", "装修噪声", "停车难", "买到过期食品")
MEASURES = ("received", "direct", "dispatched", "fed_back", "closed", "persons")
COLUMNS = {"nature": "性质", "channel": "渠道", "unit": "牵头单位"}
ADDRESSES = (
    "/cases/",
    "/cases/?sort=due",
    "/cases/?channel=hotline",
    "/cases/?nature=complaint",
    "/cases/?status=open&sort=due",
)


def lines() -> Iterator[Line]:
    """Invented cases of the first quarter, without end."""
    chance = random.Random(2022)
    for n in range(10**9):
        received = datetime(2022, 1, 1) + timedelta(seconds=chance.randrange(90 * 86400))  # noqa: DTZ001
        phone = chance.randrange(20_000)
        channel, place = chance.choice(CHANNELS), chance.choice(UNITS[3:])
        title = f"{place}{chance.randrange(500)}号{chance.choice(MATTERS)}"
        line = {
            "编号": f"Q{n:07}",
            "渠道": channel,
            "性质": chance.choice(NATURES),
            "内容分类": "民生/供水" if channel == "县长信箱" else "城乡建设/供水",
            "标题": title,
            "内容": f"{title}，已有{chance.randrange(2, 30)}天，请尽快处理。",
            "诉求人": f"来电人{phone}",
            "联系电话": f"139{phone:08}",
            "所属乡镇": place,
        }
        yield line | course(chance, received)


def course(chance: random.Random, received: datetime) -> Line:
    """What became of a case: answered at once, or sent to a unit, which is still at it only of late."""
    later = [received + timedelta(minutes=chance.randrange(5, 60))]
    for _ in range(3):
        later.append(later[-1] + timedelta(hours=chance.randrange(1, 48)))
    shown = [f"{at:%Y-%m-%d %H:%M:%S}" for at in later]
    told = {"受理时间": f"{received:%Y-%m-%d %H:%M:%S}"}
    if chance.random() < 0.4:
        return told | {"办理方式": "直办", "答复时间": shown[0], "办结时间": shown[0]}
    told |= {"办理方式": "转办", "牵头单位": chance.choice(UNITS)}
    steps = zip(("派单时间", "认领时间", "答复时间", "办结时间"), shown, strict=True)
    return told | dict(islice(steps, chance.choice((1, 2, 3, 4)) if received.day > 28 else 4))


def counted(path: Path, by: str) -> Counter[tuple[str, str]]:
    """The figures of March, read off the file in plain Python."""
    counts: Counter[tuple[str, str]] = Counter()
    persons: set[tuple[str, str]] = set()
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if not row["受理时间"].startswith("2022-03"):
                continue
            for name in ("合计", row[by]):
                counts["received", name] += 1
                counts["direct", name] += row["办理方式"] == "直办"
                counts["dispatched", name] += row["办理方式"] == "转办"
                counts["fed_back", name] += row["办理方式"] == "转办" and bool(row["答复时间"])
                counts["closed", name] += bool(row["办结时间"])
                persons.add((name, row["联系电话"]))
    return counts + Counter(("persons", name) for name, _ in persons)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ledger(tmp_path_factory.mktemp("large") / "一季度.csv", *islice(lines(), ROWS))


@pytest.fixture(scope="module")
def taken(towns: Towns, file: Path) -> Iterator[tuple[Town, Any]]:
    """The town that took the file in, and what came of it."""
    with towns.copy() as town:
        yield town, town.do("measured", "take_in", str(file))


def test_memory_does_not_grow_with_the_file(taken: tuple[Town, Any], request: pytest.FixtureRequest) -> None:
    _, done = taken
    assert done["told"] == {"added": ROWS, "unchanged": 0, "rejected": 0}
    assert 0 < done["peak"] < MEMORY
    found(request, f"{ROWS:,} 行，最多占用 {done['peak']} MB")


@pytest.mark.parametrize("dimension", ["nature", "channel", "unit"])
def test_figures_are_those_that_plain_counting_gives(
    taken: tuple[Town, Any], file: Path, dimension: str, request: pytest.FixtureRequest
) -> None:
    town, _ = taken
    asked = ["2022-03", "--as-of", "2022-04-20", "--by", dimension, "--measure", *MEASURES]
    told = town.do("figures", *asked)["figures"]
    figures = {(row["measure"], row["name"]): row["value"] for row in told if row["value"]}
    expected = {key: count for key, count in counted(file, COLUMNS[dimension]).items() if key[1]}
    assert expected
    assert {key: figures.get(key) for key in expected} == expected
    found(request, f"{len(expected)} 个数字与逐行数出的相同")


def test_every_page_of_the_list_walks_an_index(
    taken: tuple[Town, Any], request: pytest.FixtureRequest
) -> None:
    town, _ = taken
    told = town.do("pages", *ADDRESSES)
    told |= town.do("pages", *[page["next"] for page in told.values() if page["next"]])
    assert len(told) >= 2 * len(ADDRESSES) - 2  # what is open may stand on one page
    for address, page in told.items():
        assert page["rows"] == 50 or "sort=due" in address, address
        assert page["queries"] <= QUERIES, address
        assert len(page["plans"]) == 1, address
        walks = walks_an_index(page["plans"][0], sorts="sort=due" in address)
        assert walks or (TINY and town.env["DATABASE_URL"]), (address, page["plans"])
    found(request, f"{len(told)} 个页面，每页至多 {max(page['queries'] for page in told.values())} 次查询")


def walks_an_index(plan: list[str], *, sorts: bool) -> bool:
    """Whether the cases come along an index: never all of them, and sorted afterwards only if `sorts`.

    What is open is a small part of all cases, so that the most urgent may be sorted once found.
    """
    cases = [step for step in plan if re.search(r"\bcases_case\b", step)]
    whole = [s for s in cases if "Seq Scan" in s or (s.startswith("SCAN") and "INDEX" not in s)]
    sorted_after = [step for step in plan if "TEMP B-TREE" in step or "Sort " in step]
    return bool(cases) and not whole and (sorts or not sorted_after)


def test_the_doctor_finds_nothing(taken: tuple[Town, Any], request: pytest.FixtureRequest) -> None:
    town, _ = taken
    found(request, town.doctor().strip().splitlines()[-1])
