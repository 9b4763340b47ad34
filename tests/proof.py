"""The long versions: how much they try, how long they may take, what they have proved so far.

A test marked `proof` asks `times(n)` how often to try: `n` in `make test`, a hundred times that in
`make proof`, which also tries on PostgreSQL what `make test` leaves to it (`later`). What passed is written
down as it passes: a proof that was stopped goes on where it was, and begins anew when a line of the product
or of the tests has changed. `docs/proof.md` shows the result.

`HUIYING_PROOF=1` is the long version, `HUIYING_PROOF=0.1` a tenth of it; the page says how much was run.
A test adds to its line of the page by `found(request, "…")`.
"""

import hashlib
import json
import os
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
SHARE = float(os.environ.get("HUIYING_PROOF") or 0)
PROOF = SHARE > 0
LONG = 100
MINUTES = 120
LEDGERS = ROOT / "var" / "proof"
REPORT = ROOT / "docs" / "proof.md"
TIME_IS_UP = f"长版本已运行 {MINUTES} 分钟，到此为止；再运行一次 make proof 接着做。"


def times(count: int) -> int:
    """`count`, or a hundred times `count` when the long versions run (`SHARE` of that, and never less)."""
    return max(count, round(count * LONG * SHARE))


def found(request: pytest.FixtureRequest, what: str) -> None:
    """Put a sentence beside the running test on the page of proofs."""
    request.node.user_properties.append(("found", what))


def version() -> str:
    """A digest of every line of the product and of its tests."""
    digest = hashlib.sha256()
    for path in sorted(p for folder in ("huiying", "tests") for p in (ROOT / folder).rglob("*.py")):
        digest.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:16]


class Ledger:
    """pytest plugin of `make proof`: skips what is proved, stops in time, writes down what passed."""

    def __init__(self, database: str) -> None:
        self.path = LEDGERS / f"{database}.json"
        self.version = version()
        self.until = time.monotonic() + MINUTES * 60
        kept: dict[str, Any] = json.loads(self.path.read_text("utf-8")) if self.path.exists() else {}
        self.proved = {name: row for name, row in kept.items() if row["version"] == self.version}

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        done = [item for item in items if self._is_proved(item)]
        config.hook.pytest_deselected(items=done)
        items[:] = [item for item in items if item not in done]

    def _is_proved(self, item: pytest.Item) -> bool:
        """Whether it passed before at this size or a larger one."""
        return bool(item.nodeid in self.proved and self.proved[item.nodeid].get("share", 1) >= SHARE)

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        if time.monotonic() > self.until:
            pytest.skip(TIME_IS_UP)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.passed:
            at = datetime.now(UTC).isoformat(timespec="minutes")
            self.proved[report.nodeid] = {
                "version": self.version,
                "at": at,
                "seconds": round(report.duration, 1),
                "share": SHARE,
                "found": [what for name, what in report.user_properties if name == "found"],
                "long": "proof" in report.keywords,
            }
            self._save()

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and self.proved:
            session.exitstatus = pytest.ExitCode.OK  # all of it was proved before
        REPORT.write_text(report(), "utf-8")

    def _save(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(".new")
        draft.write_text(json.dumps(self.proved, ensure_ascii=False, indent=1, sort_keys=True), "utf-8")
        draft.replace(self.path)


def report() -> str:
    """The page `docs/proof.md`: each long version that passed, on which database, when and how long; and how
    many of the tests that `make test` leaves to the long versions."""
    kept = [(path.stem, json.loads(path.read_text("utf-8"))) for path in sorted(LEDGERS.glob("*.json"))]
    rows = [(database, name, row) for database, ledger in kept for name, row in sorted(ledger.items())]
    lines = [
        "# 长版本测试的结果",
        "",
        "由 `make proof` 写出。`make test` 每次以约百分之一的分量运行同样的测试。",
        "分量：100% 是完整的长版本，由 `HUIYING_PROOF=1` 运行；小于 1 的数按比例缩小。",
        "",
        "| 测试 | 数据库 | 分量 | 代码 | 通过时间（UTC） | 秒 | 所见 |",
        "|---|---|--:|---|---|--:|---|",
        *(_line(*each) for each in rows if each[2].get("long", True)),
        "",
        "## `make test` 只在 SQLite 上做、留到这里在 PostgreSQL 上做的测试",
        "",
        *(_later([each for each in rows if not each[2].get("long", True)]) or ["还没有运行过。"]),
    ]
    return "\n".join(lines) + "\n"


def _line(database: str, name: str, row: dict[str, Any]) -> str:
    place, _, story = name.partition("::")
    cells = [
        f"{story.replace('_', ' ')}<br>`{place}`",
        database,
        f"{row.get('share', 1):.0%}",
        f"`{row['version']}`",
        row["at"][:16],
        str(row["seconds"]),
        "<br>".join(row.get("found", [])),
    ]
    return f"| {' | '.join(cells)} |"


def _later(rows: list[tuple[str, str, dict[str, Any]]]) -> list[str]:
    """A table with one line for each file; nothing where none was run."""
    passed: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for database, name, row in rows:
        passed[name.partition("::")[0], database, row["version"]].append(row["seconds"])
    lines = [
        f"| `{place}` | {database} | {len(seconds)} | `{version}` | {sum(seconds):.1f} |"
        for (place, database, version), seconds in sorted(passed.items())
    ]
    return ["| 文件 | 数据库 | 通过 | 代码 | 秒 |", "|---|---|--:|---|--:|", *lines] if lines else []
