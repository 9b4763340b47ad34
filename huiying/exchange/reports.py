"""What an import has to tell: problems and changes, as lines for a person and as a sheet beside the file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

from huiying.common.cells import Cell
from huiying.common.sheets import write_sheet
from huiying.common.text import short

SHOWN_VALUE = 200
_COLUMNS = ("行", "列", "值", "问题", "怎么改", "轻重")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one cell. A grave one rejects its row; the others are only mentioned."""

    row: int
    column: str
    value: str
    what: str
    mend: str
    grave: bool = True

    def line(self) -> str:
        """The problem as one sentence."""
        column = f"“{self.column}”" if self.column else ""
        return f"第 {self.row} 行{column}：{self.what}。{short(self.mend, 200).rstrip('。')}。".replace(
            "？。", "？"
        )


@dataclass(frozen=True, slots=True)
class Change:
    """One column of one case that the file now tells differently."""

    row: int
    number: str
    column: str
    old: str
    new: str

    def line(self) -> str:
        return (
            f"第 {self.row} 行 {self.number}：{self.column} {self.old or '（空）'} → {self.new or '（空）'}"
        )


def report_path(path: Path) -> Path:
    """Where the report of a file's problems goes."""
    return path.with_name(f"{path.stem}.导入问题.xlsx")


def write_report(path: Path, problems: Iterable[Problem], tz: tzinfo, notes: list[str]) -> Path:
    """Write the problems in the order of the rows; return the path."""
    rows: list[list[Cell]] = [
        [p.row, p.column, p.value[:SHOWN_VALUE], p.what, p.mend, "须改" if p.grave else "提示"]
        for p in sorted(problems, key=lambda p: (p.row, not p.grave))
    ]
    write_sheet(path, "导入问题", _COLUMNS, rows, tz=tz, widths=(8, 12, 30, 50, 60, 8), notes=notes)
    return path
