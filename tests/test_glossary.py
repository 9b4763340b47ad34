"""The glossary holds every word that the code uses for the office's things, with what the screen shows."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps

from huiying.accounts.models import Role
from huiying.cases import moves
from huiying.cases.deadlines import CLOCK_TITLES
from huiying.statistics.measures import DIMENSIONS

GLOSSARY = Path(__file__).parent.parent / "docs" / "glossary.md"
FAMILIES: dict[str, Mapping[Any, Any]] = {
    "Who": dict(Role.choices),
    "Status of a case": moves.CASE_TITLES,
    "Status of an assignment": moves.TASK_TITLES,
    "Endings": {code: title for code, title in moves.ENDING_TITLES.items() if code},
    "Time": CLOCK_TITLES,
    "Figures": DIMENSIONS,
}


def rows() -> dict[str, list[tuple[str, str]]]:
    """Under each heading, the first two cells of every row: the word of the code, that of the screen."""
    found: dict[str, list[tuple[str, str]]] = {}
    for line in GLOSSARY.read_text("utf-8").splitlines():
        if heading := re.match(r"#+ (.+)", line):
            under = found.setdefault(heading[1], [])
        elif row := re.match(r"\| ([^|]+) \| ([^|]+) \|", line):
            under.append((row[1], row[2]))
    return found


@pytest.mark.parametrize("heading", FAMILIES)
def test_every_word_of_a_family_is_in_its_table_with_its_chinese(heading: str) -> None:
    wanted = {(str(code), str(title)) for code, title in FAMILIES[heading].items()}
    assert wanted - set(rows()[heading]) == set()


@pytest.mark.parametrize(
    "app",
    [
        "accounts",
        "archive",
        "batches",
        "bulletins",
        "cases",
        "dispatch",
        "exchange",
        "intake",
        "knowledge",
        "mining",
        "notices",
        "quality",
        "replies",
    ],
)
def test_every_table_is_explained_under_the_name_its_pages_show(app: str) -> None:
    listed = [row for under in rows().values() for row in under]
    models = {
        model.__name__: str(model._meta.verbose_name) for model in apps.get_app_config(app).get_models()
    }
    assert models
    missing = {
        name: title
        for name, title in models.items()
        if not any(re.search(rf"\b{name}\b", code) and title in shown for code, shown in listed)
    }
    assert missing == {}


def test_no_word_is_explained_twice_in_one_table() -> None:
    twice = {
        heading: [code for code, _ in under if sum(code == other for other, _ in under) > 1]
        for heading, under in rows().items()
    }
    assert not {heading: codes for heading, codes in twice.items() if set(codes) - {"in code"}}
