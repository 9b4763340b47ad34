"""How well the text is understood, measured on data that lies outside: a table of sections. Pure.

`huiying evaluate --data DIR` runs the sections whose files are in DIR and prints their lines. A section is
a function from the folder to lines; it says by itself how it split the data, so that a figure can be
judged. What was tried and lost is in `docs/decisions/`; here is only what the program does today.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from time import perf_counter

from huiying.mining import rubric
from huiying.mining.text_files import open_texts, reports

REPLIES = "teddy2020/replies_2816.xlsx"
TOPICS = "teddy2020/topics_4326.xlsx"
TOP, WORST = 10, 20
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


def _replies(data: Path, progress: Progress) -> list[Line]:
    """Nothing says what a good reply is: how the scores lie, what was found how often, and the worst."""
    from huiying.mining.reply_files import judged

    rows = list(open_texts(data / REPLIES, needed=("answer",), tz=UTC))
    began = perf_counter()
    found = list(judged(rows, tz=UTC, progress=progress))
    seconds = perf_counter() - began
    scores = sorted(score for _, score, _ in found)
    lines = [Line("n", "答复", len(scores)), Line("ms", "每条毫秒", 1000 * seconds / len(scores))]
    lines += [Line(f"p{q}", f"得分第 {q} 百分位", scores[len(scores) * q // 100]) for q in (5, 25, 50, 75)]
    lines.append(
        Line("below", f"低于 {rubric.LEAST} 分的占比", sum(s < rubric.LEAST for s in scores) / len(scores))
    )
    hits = Counter(name for _, _, findings in found for name in {each.check for each in findings})
    for name, check in rubric.CHECKS.items():
        lines.append(
            Line(
                f"share_{name}", f"{check.aspect}：{check.title or '联系'}（占比）", hits[name] / len(scores)
            )
        )
    for place, (row, score, findings) in enumerate(sorted(found, key=lambda one: one[1])[:WORST], 1):
        reasons = "；".join(dict.fromkeys(each.reason for each in findings))
        lines.append(Line(f"worst_{place}", f"最差第 {place} 条（编号 {row.id}）", f"{score} 分：{reasons}"))
    return lines


def _topics(data: Path, progress: Progress) -> list[Line]:
    """Nothing says what is hot: the ten hottest, to be read by a person, and how long it took."""
    from huiying.mining.hot_topics import hot_topics

    rows = reports(open_texts(data / TOPICS, tz=UTC))
    began = perf_counter()
    found = hot_topics(rows, progress=progress)
    lines = [
        Line("n", "留言", len(rows)),
        Line("groups", "不止一人反映的事", len(found)),
        Line("seconds", "用时（秒）", perf_counter() - began, goal=20.0, at_most=True),
    ]
    for rank, matter in enumerate(found[:TOP], 1):
        told = f"{matter.phrase}（{matter.place}）{len(matter.reports)} 件 {matter.persons} 人"
        lines.append(Line(f"top_{rank}", f"第 {rank}", told))
    return lines


_ROWS: list[Section] = [
    Section("topics", "热点问题", (TOPICS,), _topics),
    Section("replies", "答复质量", (REPLIES,), _replies),
]
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
