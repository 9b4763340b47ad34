"""The pages that a command prints are what the command prints today."""

from __future__ import annotations

import json
import re
from functools import reduce
from importlib import import_module
from inspect import signature
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from huiying.cases.moves import CASE_TITLES, MOVES, TASK_TITLES
from huiying.statistics.measures import MEASURES

DOCS = Path(__file__).parent.parent / "docs"


def printed(*command: str) -> str:
    out = StringIO()
    call_command(*command, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("page", "command"),
    [
        ("measures.md", ("measures",)),
        ("lifecycle.md", ("lifecycle",)),
        ("authored.schema.json", ("bulletin", "schema")),
    ],
)
def test_a_printed_page_is_what_its_command_prints(page: str, command: tuple[str, ...]) -> None:
    fresh = f"huiying {' '.join(command)} > docs/{page}"
    assert (DOCS / page).read_text("utf-8") == printed(*command), f"已过时，请运行：{fresh}"


def test_what_python_may_ask_of_the_text_is_there_as_the_page_says() -> None:
    page = (DOCS / "text.md").read_text("utf-8")
    rows = re.findall(r"^\| (`[\w.]+:.*) \| `(.*?)`.* \|$", page, re.MULTILINE)
    assert len(rows) > 10
    for asked, given in rows:
        returned = []
        for module, name, parameters in re.findall(r"`([\w.]+):([\w.]+)\((.*?)\)`", asked):
            call: Any = reduce(getattr, name.split("."), import_module(f"huiying.{module}"))
            assert ", ".join(signature(call).parameters) == parameters, name
            assert call.__doc__, name
            kind = signature(call).return_annotation
            returned.append(getattr(kind, "__name__", kind))
        assert given == returned[0], asked


def test_every_measure_is_defined_in_words() -> None:
    page = (DOCS / "measures.md").read_text("utf-8")
    for measure in MEASURES.values():
        section = page.split(f"\n### {measure.name}\n")[1].split("\n### ")[0]
        for needed in ("名称", "分子", "分母", "截点", "结转", "退办", "舍入", "为零"):
            assert re.search(rf"^- {needed}：\S", section, re.MULTILINE), (measure.name, needed)


def test_every_move_and_status_is_on_the_page_of_the_life() -> None:
    page = (DOCS / "lifecycle.md").read_text("utf-8")
    assert not [name for name in MOVES if f"| `{name}` |" not in page]
    assert not [title for title in (*CASE_TITLES.values(), *TASK_TITLES.values()) if title not in page]


def test_the_schema_of_the_authored_parts_is_a_json_document() -> None:
    schema = json.loads((DOCS / "authored.schema.json").read_text("utf-8"))
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert {"praised", "problems"} <= set(schema["properties"])
