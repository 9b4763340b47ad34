"""Processes are killed (kill -9) at any instant; what they leave behind is always a house in order."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

import pytest

from tests.exchange.ledgers import DIRECT, DISPATCHED, ledger
from tests.proof import PROOF, found, times
from tests.proofs.towns import Doing, Town, Towns

pytestmark = [pytest.mark.proof, pytest.mark.later]
KILLS = times(1)
ROWS = 2_500 if PROOF else 300
"""The long version's file takes several batches."""
LOOKS = 20
"""After so many kills the doctor comes, and after the last."""


def kill(town: Town, *wish: Any, within: float) -> None:
    """Let a process begin `wish`, and kill it at a random instant `within` so many seconds."""
    doing = Doing(town.env)
    doing.prepare(*wish).ready().go()
    time.sleep(random.random() * within)
    doing.kill()


def timed(somebody: Doing, *wish: Any) -> tuple[Any, float]:
    """What came of it undisturbed, and how long it took."""
    somebody.prepare(*wish).ready()
    started = time.monotonic()
    told = somebody.go().told()
    return told, time.monotonic() - started


def test_an_import_that_is_killed_has_done_nothing_or_all(
    towns: Towns, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    kinds, kills, whole = (DIRECT, DISPATCHED), 0, 0
    path = str(ledger(tmp_path / "三月.csv", *(kinds[n % 2] | {"编号": f"T{n}"} for n in range(ROWS))))
    with towns.copy() as quiet, quiet.people(1) as (somebody,):
        done, seconds = timed(somebody, "take_in", path)
        undisturbed = somebody.do("standing")
    assert done == {"added": ROWS, "unchanged": 0, "rejected": 0}
    while kills < KILLS:
        with towns.copy() as town, town.people(1) as (watcher,):
            died = until_whole(town, watcher, path, seconds, undisturbed, most=KILLS - kills)
            kills, whole = kills + died, whole + 1
            last = watcher.do("take_in", path)
            assert last["added"] + last["unchanged"] == ROWS
            assert watcher.do("standing") == undisturbed
            assert f"核对 {ROWS} 件" in town.doctor()
    found(request, f"{kills} 次断电，{ROWS} 行的导入要么全无要么齐全；{whole} 次再导入后与未断电的相同")


def until_whole(town: Town, watcher: Doing, path: str, seconds: float, undisturbed: Any, *, most: int) -> int:
    """Kill imports of the file until one was quicker, or `most` are dead; how many there were."""
    nothing = watcher.do("standing")
    for kills in range(1, most + 1):
        kill(town, "take_in", path, within=seconds)
        stands = watcher.do("standing")
        assert stands in (nothing, undisturbed)
        if stands == undisturbed:
            return kills
    return most


def test_moves_of_several_people_survive_the_death_of_any_of_them(
    town: Town, request: pytest.FixtureRequest
) -> None:
    with town.people(3) as crew:
        crew[0].do("cases", 6)
        for doing in crew:
            doing.prepare("wander", random.randrange(10**9), 10**9).ready().go()
        for n in range(1, KILLS + 1):
            time.sleep(random.random())
            victim = random.randrange(len(crew))
            assert crew[victim].kill(), "whoever makes moves goes on until the end"
            crew[victim] = Doing(town.env).prepare("wander", random.randrange(10**9), 10**9).ready().go()
            if n % LOOKS == 0:
                town.doctor()  # while the others go on
    counts = town.do("wander", 1, 100)
    assert counts["made"] > 0
    found(request, f"{KILLS} 次断电，三个进程同时办理同样的 6 件；{said_of(town)}")


def said_of(town: Town) -> str:
    return town.doctor().strip().splitlines()[-1]


def test_a_publication_that_is_killed_leaves_a_draft_or_a_whole_edition(
    town: Town, request: pytest.FixtureRequest
) -> None:
    with town.people(1) as (watcher,):
        _, seconds = timed(watcher, "publish")
        for _ in range(KILLS):
            kill(town, "publish", 0, "漏列一行", within=seconds * 1.2)
            standing = watcher.do("published")
            assert all((files, damaged) == (10, []) for _, files, damaged in standing)
        assert watcher.do("publish", 0, "末次更正") == 1
        assert len(watcher.do("published")) == len(standing) + 1
    town.doctor()
    done = len(standing) - 1
    found(request, f"{KILLS} 次断电，其中 {done} 次已完整发布，其余仍是草稿；文件与校验和全部相符")
