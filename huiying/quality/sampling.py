"""Which closed cases are called back: all of some natures, a share of the rest. Pure and reproducible.

Whether a case is in the sample follows from its number and month alone, so that anybody can draw the
same sample again and nobody can choose.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from huiying.common.errors import Refused

DEFAULTS: dict[str, Any] = {
    "natures": ["投诉", "举报"],
    "percent": 20,
    "attempts": 3,
    "within_days": 30,
}
"""What holds where `[quality]` of the place leaves it out."""
RANGES = {"percent": (0, 100), "attempts": (1, 10), "within_days": (1, 366)}


@dataclass(frozen=True, slots=True)
class Rules:
    """`natures` (codes or names) are all called back, of the rest `percent`; a call missed `attempts`
    times ends the task; cases closed more than `within_days` days ago are left alone."""

    natures: frozenset[str]
    percent: int
    attempts: int
    within_days: int


def rules(config: Mapping[str, Any]) -> Rules:
    """The rules of `[quality]` in a place's configuration. Raises Refused for a value that cannot be."""
    given = DEFAULTS | dict(config.get("quality", {}))
    if unknown := sorted(given.keys() - DEFAULTS.keys()):
        raise Refused(f"[quality] 的 {unknown[0]}：没有这样的项。可写的有：{'、'.join(DEFAULTS)}")
    natures = given["natures"]
    if not isinstance(natures, list) or not all(isinstance(code, str) for code in natures):
        raise Refused('[quality] 的 natures：请写成性质代码的列表，如 ["投诉", "举报"]')
    for name, (least, most) in RANGES.items():
        value = given[name]
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise Refused(f"[quality] 的 {name}：写的是 {value}，请写 {least} 至 {most} 的整数")
    return Rules(frozenset(natures), given["percent"], given["attempts"], given["within_days"])


def why_chosen(number: str, nature: Collection[str], month: str, rules: Rules) -> str:
    """Why a case whose nature has this code and name is called back: "all" by its nature, "sample" by the
    draw of the month; "" it is not."""
    if rules.natures.intersection(nature):
        return "all"
    return "sample" if lot(number, month) < rules.percent * 100 else ""


def month_of(closed_on: date) -> str:
    """The month in whose draw a case closed on this day takes part."""
    return f"{closed_on:%Y-%m}"


def lot(number: str, month: str) -> int:
    """The lot a case draws in a month ("2022-03"): 0 to 9999, the same wherever and whenever it is drawn."""
    drawn = hashlib.sha256(f"{month}/{number}".encode()).digest()
    return int.from_bytes(drawn[:8], "big") % 10_000
