"""A month that is over: its bulletin went out, the units that it names answer to it, each as far as it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from huiying.accounts.models import Role, User
from huiying.bulletins import authored, editions, rectification
from huiying.bulletins.models import Rectification
from huiying.bulletins.rectification import Texts
from huiying.cases.place import Place
from huiying.ops.demo_data import Plan
from huiying.statistics import periods

FILE = "published.json"
SAID = Texts(
    cause="对照通报逐件核对，主要是值守安排不细、答复审核把关不严。",
    remedy="已明确专人每天上午、下午各查看一次，答复由分管负责人审签；点名的件已重新联系诉求人。",
    summary="已明确专人值守，点名的件全部重新答复。",
)
PROGRESS = (("submit", "hand_in", "accept"), ("submit", "hand_in"), ("submit",))
"""How far the units that have people come, in the order of the plan."""


def publish(
    place: Place,
    plan: Plan,
    people: Mapping[str, User],
    folder: Path,
    *,
    style_name: str,
    issued: datetime,
    at: datetime,
) -> None:
    """Publish the month before the last as it was written, and ask the units named for an answer."""
    if len(plan.months) < 2 or not (folder / FILE).is_file():
        return
    written = authored.read((folder / FILE).read_text("utf-8"))
    period, editor = periods.parse(plan.months[-2].period), people[Role.EDITOR]
    edition = editions.draft(place, period, at=issued, by=editor, style_name=style_name, authored=written)
    editions.publish(edition, at=issued, by=editor)
    demands = rectification.demands_of(edition, place)
    due_on = place.keeper.calendar.add_workdays(at.astimezone(place.keeper.tz).date(), 2)
    asked = rectification.ask(edition, demands, due_on=due_on, place=place, by=editor, at=issued)
    by_unit = {each.unit.code: each for each in asked}
    for (key, unit), steps in zip(plan.clerks, PROGRESS, strict=False):
        if unit in by_unit:
            _answer(by_unit[unit], steps, place, people, key, at)


def _answer(
    subject: Rectification,
    steps: tuple[str, ...],
    place: Place,
    people: Mapping[str, User],
    key: str,
    at: datetime,
) -> None:
    who = {"submit": f"clerk_{key}", "hand_in": f"head_{key}", "accept": str(Role.SUPERVISOR)}
    for step in steps:
        texts = SAID if step == "submit" else None
        rectification.advance(subject, step, place=place, by=people[who[step]], at=at, texts=texts)
