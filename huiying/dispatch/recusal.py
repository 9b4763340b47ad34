"""回避: whether a unit would be handed a case that accuses it. Pure.

济南市12345条例 Art. 32; 信访工作条例 Art. 28, 30; 市场监督管理投诉举报处理暂行办法 Art. 33:
the reporter is never shown to the accused.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Party:
    """A unit as a case may mean it: its path in the tree of units, its names and other names."""

    path: str
    names: tuple[str, ...]


def conflict(unit: Party, *, accused: Iterable[str], guarded: bool, title: str) -> str:
    """Why the unit should not get the case with the reporter's data, or "".

    `accused` holds the paths of the units complained of: a unit above or below one of them stands for
    it too. Where the nature is guarded, a title that names the unit is enough.
    """
    for path in accused:
        if unit.path.startswith(path) or path.startswith(unit.path):
            return f"“{unit.names[0]}”是本件的被反映单位或其上下级"
    if guarded and (named := next((name for name in unit.names if name and name in title), "")):
        return f"本件保护举报人，标题提到“{named}”"
    return ""
