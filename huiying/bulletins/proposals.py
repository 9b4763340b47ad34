"""What the system proposes where the office has written nothing: from evidence, with its cases."""

from __future__ import annotations

from dataclasses import dataclass

from huiying.bulletins.figures import Desk
from huiying.bulletins.styles import Scope
from huiying.bulletins.views import in_order

AT_LEAST = 2
"""Fewer cases than this are no ground for praise."""
AT_MOST = 3


@dataclass(frozen=True, slots=True)
class Proposal:
    """A sentence or a name, and the numbers of the cases it rests on."""

    text: str
    cases: tuple[str, ...]


PROBLEMS = (
    ("late_claim", "{scope}认领不及时。如{units}未按规定时间认领。"),
    ("late_reply", "{scope}存在逾期办理。如{units}未按时回复。"),
    ("sent_back", "{scope}答复质量不高。如{units}的答复被退回重办。"),
    ("returned", "{scope}退办把关不严。如{units}申请退办。"),
    ("reopened", "{scope}存在办结后重办的情况。如{units}。"),
)
"""Each measure whose cases point to a problem, and how it is said."""


def praised(desk: Desk, scope: Scope) -> list[Proposal]:
    """Units with at least two cases, all answered in time, none claimed late, returned or sent back."""
    done = desk.count(scope, "unit", "on_time_reply")
    given = desk.count(scope, "unit", "dispatched")
    faults: set[str] = set()
    for measure in ("late_claim", "late_reply", "returned", "sent_back", "reopened"):
        faults |= set(desk.count(scope, "unit", measure))
    good = {u: n for u, n in done.items() if n == given.get(u) and n >= AT_LEAST and u not in faults}
    best = in_order(desk, "unit", good, "count")[:AT_MOST]
    return [
        Proposal(desk.place.units[unit].name, _cases(desk, scope, "on_time_reply", unit)) for unit in best
    ]


def problems(desk: Desk, scopes: list[Scope]) -> list[Proposal]:
    """One sentence for each kind of fault met in each scope."""
    found: list[Proposal] = []
    for measure, template in PROBLEMS:
        for scope in scopes:
            units = desk.count(scope, "unit", measure)
            if not units:
                continue
            order = in_order(desk, "unit", units, "count")[:AT_MOST]
            names = "、".join(desk.place.units[unit].name for unit in order)
            cases = tuple(desk.engine().cases(measure, desk.period, scope=scope.where))
            found.append(Proposal(template.format(scope=scope.name, units=names), cases))
    return found


def _cases(desk: Desk, scope: Scope, measure: str, unit: str) -> tuple[str, ...]:
    return tuple(desk.engine().cases(measure, desk.period, scope=scope.where, params={"unit": (unit,)}))
