"""`huiying lifecycle`: the life of a case as tables, as in docs/lifecycle.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from django.core.management.base import BaseCommand

from huiying.cases.moves import (
    CALLBACK_OUTCOMES,
    CALLBACK_REASONS,
    CASE_TITLES,
    ENDING_TITLES,
    FOLLOWS,
    MOVES,
    OPEN,
    PAUSE_REASONS,
    REFUSAL_REASONS,
    RETURN_REASONS,
    SEND_BACK_REASONS,
    TASK_TITLES,
    CaseStatus,
    Move,
    TaskStatus,
)
from huiying.cases.permissions import WHO

Status: TypeAlias = CaseStatus | TaskStatus

TITLES: dict[Status, str] = dict([*CASE_TITLES.items(), *TASK_TITLES.items()])
LEADS_ON = {"redirect_return": CaseStatus.DISPATCHED}
"""Where the case goes although the lead's task ends: another unit has it at once."""


class Command(BaseCommand):
    help = "诉求件的流程：全部环节和状态（docs/lifecycle.md 的内容）"

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(page(), ending="")


def page() -> str:
    """The text of docs/lifecycle.md."""
    return "\n".join([*_opening(), *_statuses(), *_moves(), *_reasons()]).rstrip() + "\n"


def _opening() -> Iterator[str]:
    yield "# 诉求件的一生"
    yield ""
    yield "由 `huiying lifecycle` 打印，测试保证两者一致；表在 `huiying/cases/moves.py`。"
    yield ""
    yield "环节作用于诉求件，或作用于其中一个派单（一个单位在一轮中的任务）。"
    yield "件的状态跟随牵头派单；协办单位的环节不改变件的状态。"
    yield "不改变状态、或回到此前状态的环节不在图中，见下表。"
    yield ""
    yield from ("```mermaid", "stateDiagram-v2", *_diagram("case"), "```", "")
    yield "派单："
    yield ""
    yield from ("```mermaid", "stateDiagram-v2", *_diagram("assignment"), "```", "")


def _diagram(subject: str) -> Iterator[str]:
    """States by their Chinese names, one arrow for all the moves between the same two."""
    arrows: dict[tuple[Status | None, Status], list[str]] = {}
    for move in _of(subject):
        sources: tuple[Status | None, ...] = move.sources or (None,)
        for source in sources:
            if move.target is not None and move.target != source:
                arrows.setdefault((source, move.target), []).append(move.title)
    statuses = {status for pair in arrows for status in pair if status is not None}
    for status in [each for each in TITLES if each in statuses and _kind(each) == subject]:
        yield f"    {status} : {TITLES[status]}"
    if subject == "assignment":
        yield "    [*] --> assigned : 派单"
    for (source, target), titles in arrows.items():
        yield f"    {source or '[*]'} --> {target} : {'、'.join(titles)}"
    if subject == "case":
        yield from _following()


def _following() -> Iterator[str]:
    """What the lead assignment's moves do to the case."""
    arrows: dict[tuple[Status, Status], list[str]] = {}
    for move in _of("assignment"):
        for source in move.sources:
            if isinstance(source, TaskStatus) and isinstance(move.target, TaskStatus):
                pair = FOLLOWS[source], LEADS_ON.get(move.name, FOLLOWS[move.target])
                if pair[0] != pair[1] and move.title not in arrows.setdefault(pair, []):
                    arrows[pair].append(move.title)
    for (source, target), titles in arrows.items():
        yield f"    {source} --> {target} : {'、'.join(titles)}"


def _kind(status: Status) -> str:
    return "case" if isinstance(status, CaseStatus) else "assignment"


def _of(subject: str) -> list[Move]:
    return [move for move in MOVES.values() if move.on == subject]


def _statuses() -> Iterator[str]:
    yield from ("## 状态", "")
    yield from _table(("件的状态", "代码"), [(title, f"`{s}`") for s, title in CASE_TITLES.items()])
    rows = [(title, f"`{s}`", CASE_TITLES[FOLLOWS[s]]) for s, title in TASK_TITLES.items()]
    yield from _table(("派单的状态", "代码", "牵头派单处于此状态时，件为"), rows)
    yield from _table(("办结方式", "代码"), [(title, f"`{e}`") for e, title in ENDING_TITLES.items() if e])


def _moves() -> Iterator[str]:
    head = ("环节", "代码", "从", "到", "谁", "理由", "经办人看到", "诉求人看到")
    for subject, title in (("case", "件的环节"), ("assignment", "派单的环节")):
        yield from (f"## {title}", "")
        yield from _table(head, [_row(move) for move in _of(subject)])


def _row(move: Move) -> tuple[str, ...]:
    target = TITLES[move.target] if move.target is not None else "不变，或依此前情况"
    ending = f"（{ENDING_TITLES[move.ending]}）" if move.ending else ""
    return (
        move.title,
        f"`{move.name}`",
        _sources(move),
        target + ending,
        WHO[move.who][1],
        "必填" if move.reason else "",
        move.staff,
        move.citizen,
    )


def _sources(move: Move) -> str:
    if not move.sources:
        return "（新件）"
    if set(move.sources) == set(CaseStatus):
        return "任何状态"
    if move.on == "case" and set(move.sources) == set(OPEN):
        return "办结前任何状态"
    return "、".join(TITLES[status] for status in move.sources)


def _reasons() -> Iterator[str]:
    yield from ("## 理由表", "")
    refusals = [(f"`{code}`", reason, advice) for code, (reason, advice) in REFUSAL_REASONS.items()]
    yield from _table(("不予受理", "理由", "告知"), refusals)
    for title, table in (
        ("退办", RETURN_REASONS),
        ("暂停计时", PAUSE_REASONS),
        ("退回重办", SEND_BACK_REASONS),
        ("回访结果", CALLBACK_OUTCOMES),
        ("回访不满意的原因", CALLBACK_REASONS),
    ):
        yield from _pairs(title, table)


def _pairs(title: str, table: Mapping[str, str]) -> Iterator[str]:
    yield from _table((title, ""), [(f"`{code}`", words) for code, words in table.items()])


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""
