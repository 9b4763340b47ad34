"""Whether the tests would notice: each pure module with one small thing wrong, against its own tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from tests.proof import PROOF, found, times
from tests.proofs.mutants import mutants, mutated

ROOT = Path(__file__).parents[2]
SEED = "2022"
MUTANTS = times(1) if PROOF else 3
BARS = {
    "cases.clocks": 90,
    "cases.workdays": 90,
    "cases.guards": 90,
    "cases.history": 90,
    "statistics.rounding": 90,
    "statistics.periods": 90,
    "bulletins.public": 90,
    "common.masking": 85,
}
"""The percentage of mutants that a module's tests must kill. What lives is listed in `docs/proof.md`."""
ELSEWHERE = {"cases.guards": "tests/cases/test_moves.py"}
"""More tests that are a module's own."""
SHORT = ("cases.workdays", "statistics.rounding")
"""Those that `make test` tries, three mutants each."""

SOURCE = '''
def first(numbers, least=1):
    """The docstring stays."""
    if not numbers and least > 0:
        raise ValueError("nothing to choose from: 1")
    return min(numbers) + 1
'''


def test_a_small_function_has_these_mutants() -> None:
    assert [(m.line, m.what) for m in mutants(SOURCE)] == [
        (4, "条件取反"),
        (4, "And → Or"),
        (4, "Not 去掉"),
        (4, "Gt → GtE"),
        (4, "0 → 1"),
        (5, "raise 去掉"),
        (6, "return → return None"),
        (6, "Add → Sub"),
        (6, "min → max"),
        (6, "1 → 2"),
    ]


def test_each_mutant_is_another_program() -> None:
    code = next(c for c in compile(SOURCE, "here", "exec").co_consts if isinstance(c, CodeType))
    changed = [mutated(SOURCE, mutant, "here") for mutant in mutants(SOURCE)]
    assert len({(each.co_code, each.co_consts, each.co_names) for each in [code, *changed]}) == 11


@pytest.mark.proof
@pytest.mark.skipif(
    os.environ.get("HUIYING_TEST_DB", "sqlite") != "sqlite",
    reason="变异测试与数据库无关，在 SQLite 那一遍里做",
)
@pytest.mark.parametrize("module", BARS if PROOF else SHORT)
def test_the_tests_of_a_module_kill_its_mutants(
    module: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    package, _, name = module.partition(".")
    tests = [f"tests/{package}/test_{name}.py", *([ELSEWHERE[module]] if module in ELSEWHERE else [])]
    told = trial(f"huiying.{module}", tests, tmp_path / "told.json")
    tried: int = told["tried"]
    survivors: list[str] = told["survivors"]
    killed = tried - len(survivors)
    assert tried
    assert killed * 100 >= (BARS[module] if PROOF else 1) * tried, "\n".join(survivors)
    found(request, "<br>".join([f"{tried} 个变异，发现 {killed} 个，放过：", *survivors]))


def trial(module: str, tests: list[str], told: Path) -> dict[str, Any]:
    """Run the module's tests against some of its mutants in a process of its own."""
    wish = ["--mutate", module, "--mutants", str(MUTANTS), "--mutant-seed", SEED, "--mutants-to", str(told)]
    command = [sys.executable, "-m", "pytest", "-p", "tests.proofs.mutating", "-p", "no:randomly"]
    env = {name: value for name, value in os.environ.items() if name != "HUIYING_PROOF"}
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", *wish, *tests],
        cwd=ROOT, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stdout + done.stderr  # 1: some test failed, as it should
    assert told.is_file(), done.stdout + done.stderr
    answer: dict[str, Any] = json.loads(told.read_text("utf-8"))
    return answer
