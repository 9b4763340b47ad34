"""From an exact ratio to what is printed, in the ways real offices do it. Pure.

Score first, then round: values stay exact until here.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import TypeVar

K = TypeVar("K", bound=Hashable)

ROUNDINGS = {
    "half_up": ("四舍五入", ROUND_HALF_UP),
    "ceiling": ("进一", ROUND_CEILING),
    "truncate": ("截断", ROUND_DOWN),
    "half_even": ("四舍六入五成双", ROUND_HALF_EVEN),
}
ZEROS = {"keep": "保留末尾零", "whole": "恰为整数时不写小数", "strip": "去掉末尾零"}
TIES = {"standard": "并列占位（1、2、2、4）", "dense": "并列不占位（1、2、2、3）"}
CLOSINGS = {"none": "不调整", "largest": "最大余数法", "last": "末项为 100% 减其余"}


@dataclass(frozen=True, slots=True)
class Form:
    """How a number is printed. `zeros` says what becomes of trailing zeros; `undefined` is printed
    where the denominator is nothing."""

    decimals: int = 0
    rounding: str = "half_up"
    zeros: str = "keep"
    percent: bool = False
    undefined: str = "—"

    def round(self, value: Decimal | Fraction) -> Decimal:
        """The value in printed units (percent: times 100), rounded once."""
        exact = Fraction(value) * (100 if self.percent else 1)
        scaled = exact * 10**self.decimals
        return _whole(scaled, ROUNDINGS[self.rounding][1]).scaleb(-self.decimals)

    def show(self, value: Decimal | Fraction | None) -> str:
        """The printed text of an exact value; None is `undefined`."""
        return self.undefined if value is None else self.dress(self.round(value))

    def dress(self, rounded: Decimal) -> str:
        """The printed text of a number already rounded."""
        text = f"{rounded:.{self.decimals}f}"
        whole = "." in text and set(text.partition(".")[2]) == {"0"}
        if self.zeros == "strip" and "." in text:
            text = text.rstrip("0").rstrip(".")
        elif self.zeros == "whole" and whole:
            text = text.partition(".")[0]
        return f"{text}%" if self.percent else text


def _whole(value: Fraction, rounding: str) -> Decimal:
    """An exact fraction to an integer; Decimal division would round twice."""
    low = value.numerator // value.denominator
    rest = value - low
    if rest == 0:
        return Decimal(low)
    if rounding == ROUND_CEILING:
        return Decimal(low + 1)
    if rounding == ROUND_DOWN:
        return Decimal(low if value > 0 else low + 1)
    half = Fraction(1, 2)
    up = rest > half or (rest == half and (value > 0 if rounding == ROUND_HALF_UP else low % 2 == 1))
    return Decimal(low + up)


def close_shares(counts: Mapping[K, int], total: int, form: Form, closing: str) -> dict[K, Decimal]:
    """Printed shares of `total` (percent), closed to 100 as the house does it.

    "none" rounds each alone; "last" sets the last to 100 minus the others; "largest" hands the
    missing units to the largest remainders (Hamilton). Only a set that adds up to the whole is closed.
    """
    if not total:
        return {}
    shares = {key: form.round(Fraction(count, total)) for key, count in counts.items()}
    if closing == "none" or not shares or sum(counts.values()) != total:
        return shares
    if closing == "last":
        last = list(shares)[-1]
        shares[last] = 100 - sum((v for key, v in shares.items() if key != last), Decimal(0))
        return shares
    return _largest_remainder(counts, total, form.decimals)


def _largest_remainder(counts: Mapping[K, int], total: int, decimals: int) -> dict[K, Decimal]:
    units = 100 * 10**decimals
    floors = {key: count * units // total for key, count in counts.items()}
    short = units - sum(floors.values())
    by_rest = sorted(counts, key=lambda key: -(counts[key] * units % total))
    for key in by_rest[:short]:
        floors[key] += 1
    return {key: Decimal(value).scaleb(-decimals) for key, value in floors.items()}


def ranks(values: Sequence[Fraction | None], *, ties: str = "standard") -> list[int | None]:
    """The rank of each value, best (largest) first; None is not ranked.

    Ties: "standard" 1,2,2,4 · "dense" 1,2,2,3.
    """
    known = [v for v in values if v is not None]
    order = sorted(set(known), reverse=True)
    if ties == "dense":
        return [None if v is None else order.index(v) + 1 for v in values]
    return [None if v is None else 1 + sum(other > v for other in known) for v in values]


@dataclass(frozen=True, slots=True)
class Change:
    """A value beside an earlier one: difference, ratio of change, and for rates percentage points."""

    difference: Fraction
    ratio: Fraction | None
    points: Fraction | None

    @classmethod
    def of(cls, now: Fraction, before: Fraction, *, is_rate: bool = False) -> Change:
        ratio = (now - before) / before if before else None
        return cls(now - before, ratio, (now - before) * 100 if is_rate else None)

    @property
    def said(self) -> str:
        """+3（+12.50%), or percentage points for a rate."""
        if self.points is not None:
            return f"{float(self.points):+.2f} 个百分点"
        if self.ratio is None:
            return f"{float(self.difference):+g}"
        sign = "+" if self.ratio >= 0 else ""
        return f"{float(self.difference):+g}（{sign}{Form(2, percent=True).show(self.ratio)}）"
