"""The whole way as a newcomer walks it, by the command line: place, month, bulletin, doctor."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.bulletins.test_published import split
from tests.conftest import House

ROOT = Path(__file__).parents[1]
SEED = Path(os.environ.get("HUIYING_SHARED", ROOT.parent / "shared")) / "seed"
pytestmark = pytest.mark.skipif(not SEED.is_dir(), reason=f"没有 {SEED}，未走真实月份的全程")


@pytest.mark.later
def test_a_month_goes_in_and_its_bulletin_comes_out(house: House) -> None:
    cases, written, out = (
        SEED / "jixi-2022-03-cases.csv",
        SEED / "jixi-2022-03-authored.json",
        house.home / "out",
    )
    compose = f"bulletin compose 2022-03 --authored {written} --out {out}"
    _, taken, _ = house.type(
        f"place load {ROOT / 'examples' / 'jixi'}",
        f"import {cases}",
        f"{compose} --format txt,docx,pdf,html,json",
    )
    assert "新增 308" in taken.out
    theirs = split((SEED / "jixi-2022-03.txt").read_text())
    assert split((out / "2022-03.txt").read_text()) == theirs
    assert {p.suffix for p in out.iterdir()} == {".txt", ".docx", ".pdf", ".html", ".json"}
    _, again, _, drafts = house.type(
        f"{compose} --as-of 2022-04-20 --format txt", f"import {cases}", "doctor", "bulletin list"
    )
    assert "反馈110件，办结110件" in (out / "2022-03.txt").read_text()
    assert "308 行未变" in again.out
    listed = drafts.out.splitlines()
    assert [line.split("\t")[2] for line in listed] == ["草稿", "草稿"]
    draft = listed[-1].split("\t")[0]
    _, checked = house.type(f"bulletin publish 2022-03 --draft {draft}", "bulletin recheck 2022-03")
    assert "一致" in checked.out
