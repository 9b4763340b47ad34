"""What the documents tell a newcomer to type works, and what they point at is there."""

import os
import re
from pathlib import Path

import pytest

from huiying import cli
from tests.conftest import House

ROOT = Path(__file__).parent.parent
ENGLISH, CHINESE = ROOT / "README.md", ROOT / "README.zh-CN.md"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
BASES = (ROOT, ROOT / "huiying")
NAMED = re.compile(r"`([\w.-]+(?:/[\w.-]+)+\.(?:py|html|toml|css|csv|json|md))(?::(\w+))?`")


def commands(page: Path) -> list[str]:
    """The lines of the page's shell blocks, in order."""
    blocks = re.findall(r"^```sh\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    return [line for block in blocks for line in block.splitlines() if line and not line.startswith("#")]


@pytest.mark.later
def test_the_readme_typed_from_top_to_bottom_gives_a_bulletin(house: House) -> None:
    (house.home / "examples").symlink_to(ROOT / "examples")
    lines = commands(ENGLISH)
    answers = house.type(*(line.removeprefix("huiying ") for line in lines))
    told = {line: answer.out for line, answer in zip(lines, answers, strict=True)}
    assert all(told.values())
    assert {path.suffix for path in (house.home / "out").iterdir()} == {
        ".txt",
        ".docx",
        ".pdf",
        ".html",
        ".json",
    }
    assert "受理各类来电8件" in (house.home / "out" / "2022-03.txt").read_text("utf-8")
    assert told["huiying figures 2022-03 --measure late_claim --cases"].split() == ["RX2022030006"]
    assert "发布后数据有变 0 个" in told["huiying bulletin recheck 2022-03"]


def test_the_chinese_readme_shows_no_other_commands_and_in_the_same_order() -> None:
    shown = commands(CHINESE)
    assert shown
    assert shown == [line for line in commands(ENGLISH) if line in shown]


def test_both_readmes_begin_with_a_picture_and_the_two_commands() -> None:
    for page in (ENGLISH, CHINESE):
        first_screen = "\n".join(page.read_text("utf-8").splitlines()[:16])
        assert all(part in first_screen for part in ("![", "make demo", "make test"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)\s#]+)[^)]*\)", page.read_text("utf-8"))
    local = [target for target in targets if "://" not in target]
    assert not [target for target in local if not (page.parent / target).exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_file_that_a_page_names_is_there_and_holds_the_name_given(page: Path) -> None:
    """`a/b.py` is looked for from the root and below huiying/; `a/b.py:C` must hold C."""
    named = NAMED.findall(page.read_text("utf-8"))
    missing = [f"{path}:{word}" for path, word in named if not holds(path, word)]
    assert missing == []


def holds(path: str, word: str) -> bool:
    found = [base / path for base in BASES if (base / path).is_file()]
    return bool(found) and bool(re.search(rf"\b{re.escape(word)}\b", found[0].read_text("utf-8")))


def test_every_command_that_a_page_names_exists() -> None:
    known = {*cli.our_commands(), *cli.FROM_DJANGO}
    named = {
        (page.name, name)
        for page in PAGES
        for name in re.findall(r"\bhuiying ([a-z]+)\b(?!\.)", code_of(page))
        if name not in known
    }
    assert named == set()


def code_of(page: Path) -> str:
    """What stands between backticks: commands, not prose."""
    return os.linesep.join(re.findall(r"`{1,3}([^`]+)`{1,3}", page.read_text("utf-8")))
