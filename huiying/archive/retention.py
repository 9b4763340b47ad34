"""保管期限: how long a closed case is kept, by the first rule that fits. Pure.

A term of years counts from the first of January after the year in which the case was closed; it is over
when its last year is. Where the place says nothing, the national table for letters and visits holds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from huiying.common.errors import Refused

TABLE = "retention"
NATIONAL = "机关文件材料归档范围和文书档案保管期限规定（国家档案局令第8号）"
LONGEST = 100
AFTER_DAYS = 90
VERIFIED = ("V", "S", "O")
LISTS = ("natures", "topics", "endings")


@dataclass(frozen=True, slots=True)
class Rule:
    """`years` (0: for ever) for cases of these natures (codes or names), topics (paths, with what is below
    them), endings, and, where `instructed`, only for those on which a leader wrote. Empty lists fit all."""

    years: int
    source: str
    verified: str = "O"
    natures: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()
    instructed: bool = False

    @property
    def term(self) -> str:
        return f"{self.years}年" if self.years else "永久"


@dataclass(frozen=True, slots=True)
class Schedule:
    """The rules in order, the last of which fits everything; before `after_days` no case is archived."""

    rules: tuple[Rule, ...]
    after_days: int


DEFAULTS = (
    Rule(0, f"{NATIONAL}附表：有领导重要批示和处理结果的", "S", endings=("answered",), instructed=True),
    Rule(30, f"{NATIONAL}附表：其他有处理结果的", "S", endings=("answered",)),
)
LAST = Rule(10, f"{NATIONAL}附表：没有处理结果的", "S")
"""What fits where nothing else does."""


def schedule(config: Mapping[str, Any]) -> Schedule:
    """`[retention]` of a place's configuration. Raises Refused for what cannot be."""
    given = config.get(TABLE, {})
    if unknown := sorted(given.keys() - {"rule", "after_days"}):
        raise Refused(f"[retention] 的 {unknown[0]}：没有这样的项。可写的有：after_days、[[retention.rule]]")
    days = given.get("after_days", AFTER_DAYS)
    if isinstance(days, bool) or not isinstance(days, int) or not 0 <= days <= 3660:
        raise Refused(f"[retention] 的 after_days：写的是 {days}，请写 0 至 3660 的整数")
    rows = given.get("rule")
    if rows is None:
        return Schedule((*DEFAULTS, LAST), days)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Refused("[retention] 的 rule：请写成一条一条的 [[retention.rule]]")
    rules = [_rule(number, row) for number, row in enumerate(rows, 1)]
    return Schedule((*rules, LAST), days)


def _rule(number: int, row: Mapping[str, Any]) -> Rule:
    names = {field.name for field in fields(Rule)}
    if unknown := sorted(row.keys() - names):
        raise Refused(f"[[retention.rule]] 第 {number} 条的 {unknown[0]}：没有这样的项")
    values: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in row.items()}
    if wrong := amiss(values):
        raise Refused(f"[[retention.rule]] 第 {number} 条：{wrong}")
    return Rule(**values)


def amiss(values: Mapping[str, Any]) -> str:
    """Why a rule cannot be as it is, or ""."""
    years, source = values.get("years"), values.get("source")
    if isinstance(years, bool) or not isinstance(years, int) or not 0 <= years <= LONGEST:
        return f"years 请写 0（永久）至 {LONGEST} 的整数。"
    if not isinstance(source, str) or not source.strip():
        return "source 请写明依据的文件和条款。"
    if len(source) > 200:
        return f"source 有 {len(source)} 个字，最多 200 个。"
    if values.get("verified", "O") not in VERIFIED:
        return f"verified 请写 {'、'.join(VERIFIED)} 之一。"
    for name in LISTS:
        given = values.get(name, ())
        if not isinstance(given, tuple) or not all(isinstance(word, str) for word in given):
            return f"{name} 请写成文字的列表。"
    return "" if isinstance(values.get("instructed", False), bool) else "instructed 请写 true 或 false。"


def choose(held: Schedule, *, nature: Collection[str], topic: str, ending: str, instructed: bool) -> Rule:
    """The rule of a case; `nature` is its code and its name."""
    for rule in held.rules:
        if (
            (not rule.natures or set(rule.natures) & set(nature))
            and (not rule.topics or any(f"{topic}/".startswith(f"{path}/") for path in rule.topics))
            and (not rule.endings or ending in rule.endings)
            and (instructed or not rule.instructed)
        ):
            return rule
    return LAST


def until(closed_on: date, years: int) -> date | None:
    """The last day of keeping; None: for ever."""
    return date(closed_on.year + years, 12, 31) if years else None


def hand_in_by(closed_on: date) -> date:
    """The day by which a year's cases are to be archived: the middle of the next year."""
    return date(closed_on.year + 1, 6, 30)
