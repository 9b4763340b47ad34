"""How well the text is understood, measured on data that lies outside: a table of sections. Pure.

`huiying evaluate --data DIR` runs the sections whose files are in DIR and prints their lines. A section is
a function from the folder to lines; it says by itself how it split the data, so that a figure can be
judged. What was tried and lost is in `docs/decisions/`; here is only what the program does today.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

Progress = Callable[[int, int], None] | None
"""Told how much is done, of how much; None where nobody is looking."""
Value = float | int | str


@dataclass(frozen=True, slots=True)
class Line:
    """One figure: its name for machines, its title for people, what it is and what it should be.

    With `goal`, `value` must be at least the goal, or at most where `at_most`.
    """

    name: str
    title: str
    value: Value
    goal: float | None = None
    at_most: bool = False

    @property
    def reached(self) -> bool | None:
        """Whether the goal is reached; None where there is none."""
        if self.goal is None or isinstance(self.value, str):
            return None
        return self.value <= self.goal if self.at_most else self.value >= self.goal

    @property
    def shown(self) -> str:
        return f"{self.value:.4g}" if isinstance(self.value, float) else str(self.value)


@dataclass(frozen=True, slots=True)
class Section:
    """What is measured, on which files of the folder."""

    name: str
    title: str
    files: tuple[str, ...]
    run: Callable[[Path, Progress], list[Line]]

    def missing(self, data: Path) -> list[str]:
        """The files that the section needs and the folder lacks."""
        return [name for name in self.files if not (data / name).is_file()]


_ROWS: list[Section] = []
SECTIONS: dict[str, Section] = {section.name: section for section in _ROWS}
"""Every section, in the order in which they are printed."""


def table(lines: Iterable[Line]) -> list[str]:
    """The lines as text: title, value, goal and whether it is reached."""
    return [f"{line.title}：{line.shown}{_judged(line)}" for line in lines]


def _judged(line: Line) -> str:
    if line.goal is None:
        return ""
    word = "不高于" if line.at_most else "不低于"
    return f"（目标{word} {line.goal:g}，{'达到' if line.reached else '未达到'}）"
