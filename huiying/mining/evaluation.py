"""How well the text is understood, measured on data that lies outside: a table of sections. Pure.

`huiying evaluate --data DIR` runs the sections whose files are in DIR and prints their lines. A section is
a function from the folder to lines; it says by itself how it split the data, so that a figure can be
judged. What was tried and lost is in `docs/decisions/`; here is only what the program does today.
"""

from __future__ import annotations

import re
import resource
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from functools import partial
from itertools import count
from pathlib import Path
from time import perf_counter

import numpy as np

from huiying.mining import rubric
from huiying.mining.alike_folds import Whole, folds, groups
from huiying.mining.classify import NEVER
from huiying.mining.classify_files import read_table
from huiying.mining.classify_scores import Scores, judge, scores
from huiying.mining.classify_training import train
from huiying.mining.text_files import Row, open_texts, reports

REPLIES = "teddy2020/replies_2816.xlsx"
TOPICS = "teddy2020/topics_4326.xlsx"
MESSAGES = "teddy2020/messages_segmented.csv.gz"
AGENCIES = "taipei/questions_to_agency.csv"
TOP, WORST = 10, 20
FOLDS, QUICK = 5, 1_200
"""Folds; of how many rows, drawn by lot, the quick mode is, in two folds."""
CURVE = (0.1, 0.25, 0.5)
"""Which parts of the rows to learn on the learning curve tells, besides all."""
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
    quick: Callable[[Path, Progress], list[Line]] | None = None
    """The same on a few rows, in a moment: to see that it works, not to judge by."""

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
        reasons = "；".join(dict.fromkeys(each.reason for each in rubric.faults(findings)))
        lines.append(Line(f"worst_{place}", f"最差第 {place} 条（编号 {row.id}）", f"{score} 分：{reasons}"))
    return [*lines, *_spoilt(rows, progress)]


def _spoilt(rows: Sequence[Row], progress: Progress) -> list[Line]:
    """Whether the score falls where an answer is spoilt, on the half that nothing was chosen on."""
    from huiying.mining import reply_scores

    return [
        line
        for fall in reply_scores.falls(rows, tz=UTC, most=reply_scores.DRAWN, progress=progress)
        for line in (
            Line(f"auc_{fall.way.name}", f"{fall.way.title}（{fall.n} 条）：AUC", fall.auc),
            Line(f"drop_{fall.way.name}", f"{fall.way.title}：得分降幅中位数", fall.drop),
            Line(f"found_{fall.way.name}", f"{fall.way.title}：相应检查指出的占比", fall.found),
        )
    ]


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


def _messages(data: Path, progress: Progress, *, quick: bool = False) -> list[Line]:
    """Seven labels: once each label spread evenly, once with near-duplicates kept together besides."""
    texts, labels = _drawn(data / MESSAGES, quick)
    together, alone = groups(texts), np.arange(len(texts))
    parts = 2 if quick else FOLDS
    tell = _steps(progress, 2 * parts + len(CURVE))
    lines = [Line("n", "留言", len(texts))]
    for name, title, linked, goal in (
        ("stratified", "分层", alone, 0.945),
        ("grouped", "近似件同组", together, 0.935),
    ):
        found, spent = _tested(texts, labels, linked, parts, tell)
        lines += [
            Line(f"{name}_macro_f1", f"{title}：宏平均 F1", found.macro_f1, goal),
            Line(f"{name}_weighted_f1", f"{title}：加权 F1", found.weighted_f1),
            Line(f"{name}_top3", f"{title}：前三准确率", found.top3_accuracy),
            Line(f"{name}_precision_80", f"{title}：最有把握八成的准确率", found.precision_at_80, 0.98),
            Line(f"{name}_ece", f"{title}：概率校准误差（ECE）", found.ece),
        ]
    lines += _curve(texts, labels, together, parts, tell)
    return lines + _cost(spent)


def _agencies(data: Path, progress: Progress, *, quick: bool = False) -> list[Line]:
    """Short questions, many agencies; each agency spread evenly over the folds."""
    texts, labels = _drawn(data / AGENCIES, quick)
    parts = 2 if quick else FOLDS
    found, spent = _tested(texts, labels, np.arange(len(texts)), parts, _steps(progress, parts))
    return [
        Line("n", "问题", len(texts)),
        Line("agencies", "机构", len({*labels})),
        Line("accuracy", "准确率", found.accuracy, 0.84),
        Line("top3", "前三准确率", found.top3_accuracy, 0.93),
        Line("ece", "概率校准误差（ECE）", found.ece),
        *_cost(spent),
    ]


def _drawn(path: Path, quick: bool) -> tuple[list[str], list[str]]:
    """The texts of a file and their labels; for the quick mode a few of them, by lot."""
    texts, labels = read_table(path).labelled()
    if not quick or len(texts) <= QUICK:
        return texts, labels
    chosen = np.random.default_rng(0).permutation(len(texts))[:QUICK]
    return [texts[no] for no in chosen], [labels[no] for no in chosen]


def _steps(progress: Progress, total: int) -> Callable[[], None]:
    """To be called after each step; progress is told how many are done."""
    done = count(1)
    if progress:
        progress(0, total)
    return lambda: progress(next(done), total) if progress else None


@dataclass(slots=True)
class _Spent:
    """Seconds for making models and for asking them, and how often that was."""

    learning: float = 0.0
    models: int = 0
    asking: float = 0.0
    texts: int = 0


def _tested(
    texts: list[str], labels: list[str], linked: Whole, parts: int, tell: Callable[[], None]
) -> tuple[Scores, _Spent]:
    """Each text judged by a model that saw neither it nor what it is linked to."""
    names = sorted({*labels})
    given = np.array([names.index(label) for label in labels], np.intp)
    chances, spent = np.zeros((len(texts), len(names)), np.float32), _Spent()
    for learnt, tested in folds(given, linked, parts):
        began = perf_counter()
        model = train([texts[no] for no in learnt], [labels[no] for no in learnt])
        between = perf_counter()
        columns = [names.index(label) for label in model.labels]
        for no in tested:
            chances[no, columns] = model.probabilities(texts[no])
        spent.learning += between - began
        spent.asking += perf_counter() - between
        spent.models, spent.texts = spent.models + 1, spent.texts + len(tested)
        tell()
    return scores(names, chances, labels, NEVER), spent


def _curve(
    texts: list[str], labels: list[str], linked: Whole, parts: int, tell: Callable[[], None]
) -> list[Line]:
    """Macro-F1 on the first grouped fold, of models that learnt a part of the rest, drawn by lot."""
    names = sorted({*labels})
    given = np.array([names.index(label) for label in labels], np.intp)
    learnt, tested = next(folds(given, linked, parts))
    drawn = np.random.default_rng(0).permutation(learnt)
    lines = []
    for share in CURVE:
        part = drawn[: round(share * len(drawn))]
        if len({*given[part].tolist()}) < 2:
            continue
        model = train([texts[no] for no in part], [labels[no] for no in part])
        found = judge(model, [texts[no] for no in tested], [labels[no] for no in tested])
        lines.append(Line(f"curve_{len(part)}", f"学 {len(part)} 条时的宏平均 F1", found.macro_f1))
        tell()
    return lines


def _cost(spent: _Spent) -> list[Line]:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [
        Line("seconds", "训练一次用时（秒）", spent.learning / spent.models, 30, at_most=True),
        Line("ms", "每条毫秒", 1000 * spent.asking / spent.texts, 1, at_most=True),
        Line("peak_mb", "内存峰值（MB）", round(peak), 1024, at_most=True),
    ]


def _duplicates(data: Path, progress: Progress) -> list[Line]:
    """Found again on pairs made in the ways that `duplicate_scores` tells; at other thresholds, too."""
    from huiying.mining import duplicate_scores

    rows = reports(open_texts(data / TOPICS, tz=UTC))
    began = perf_counter()
    planted = duplicate_scores.edits(rows, progress=progress)
    again = duplicate_scores.again(rows)
    return [
        *_named("edited", "改写的副本", planted),
        *_named("again", "同一人两周内再问（不看是谁）", again),
        Line("seconds", "用时（秒）", perf_counter() - began),
    ]


def _titles(data: Path, progress: Progress) -> list[Line]:
    """Titles out of the texts against those that people wrote (ROUGE), beside the first 23 characters."""
    from huiying.mining.titles import ROOM, title_of

    files = (open_texts(data / name, needed=("title", "body"), tz=UTC) for name in (TOPICS, REPLIES))
    given = [(row["title"], row["body"].strip()) for rows in files for row in rows if row["body"].strip()]
    made = [title_of(body) for _, body in given]
    lines = [Line("n", "正文", len(given)), Line("none", "拟不出标题的占比", made.count("") / len(made))]
    for size in (1, 2):
        ours = [_shared(said, title, size) for said, (title, _) in zip(made, given, strict=True)]
        plain = [_shared(body[:ROOM], title, size) for title, body in given]
        lines += [
            Line(f"rouge_{size}", f"ROUGE-{size} F", sum(ours) / len(ours)),
            Line(f"plain_{size}", f"只取前 {ROOM} 字：ROUGE-{size} F", sum(plain) / len(plain)),
        ]
    return lines


def _shared(one: str, other: str, size: int) -> float:
    """The F-measure of the runs of `size` characters that two texts share, signs left out."""
    bare = [re.sub(r"[\W_]+", "", text) for text in (one, other)]
    runs = [Counter(text[at : at + size] for at in range(len(text) - size + 1)) for text in bare]
    return 2 * (runs[0] & runs[1]).total() / max(1, runs[0].total() + runs[1].total())


def _named(name: str, title: str, told: Mapping[str, float]) -> list[Line]:
    return [Line(f"{name}_{key}", f"{title} {key}", value) for key, value in told.items()]


_ROWS: list[Section] = [
    Section("classification", "内容分类", (MESSAGES,), _messages, partial(_messages, quick=True)),
    Section("agencies", "承办单位", (AGENCIES,), _agencies, partial(_agencies, quick=True)),
    Section("duplicates", "重复", (TOPICS,), _duplicates),
    Section("titles", "拟标题", (TOPICS, REPLIES), _titles),
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
