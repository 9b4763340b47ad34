"""A month of the office in real browsers: thirty cases through every move, each made on a screen by its role.

`STORY` says what must have happened to each case, `FIGURES` what March must count; the log, the screens and
the command line are held against both.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from playwright.sync_api import Page, expect

from huiying.accounts.models import Unit
from huiying.cases import place
from huiying.cases.models import Case
from huiying.cases.moves import MOVES
from huiying.ops import worker
from huiying.statistics.measures import MEASURES
from tests import make
from tests.browser.desks import Desk
from tests.browser.month import Month
from tests.browser.wall import Wall

OF_THE_SYSTEM = {move.name for move in MOVES.values() if move.who == "system"}
FULL = "claim draft_reply approve_reply submit_reply release close"
AT_ONCE = "claim answer release close"
STORY = {  # how it stands at the end of March, whose it is, and every step it took
    "浑浊": ("closed answered", "water", "register dispatch absorb absorb claim claim contact draft_reply approve_reply submit_reply draft_reply approve_reply submit_reply release release close call_back"),
    "破损": ("closed answered", "market", f"register dispatch ask_return redirect_return ask_return designate {AT_ONCE}"),
    "漏水": ("closed answered", "water", f"register dispatch claim ask_extension grant_extension {FULL[6:]}"),
    "停水": ("closed answered", "water", f"register dispatch claim ask_extension refuse_extension draft_reply approve_reply submit_reply send_back {FULL[6:]} call_back reopen dispatch {FULL} call_back"),
    "燃气": ("closed answered", "housing", f"register dispatch claim pause resume {FULL[6:]}"),
    "油烟": ("closed answered", "market", f"register dispatch {AT_ONCE} call_back appeal rule_appeal"),
    "咨询": ("closed answered", "", "register direct_answer close"),
    "打错": ("closed invalid", "", "register mark_invalid"),
    "信访": ("closed refused", "", "register refuse"),
    "举报": ("closed answered", "housing", f"register dispatch {FULL} call_back"),
    "违建": ("closed answered", "stone", f"register dispatch {AT_ONCE} call_back"),
    "发黄": ("closed answered", "water", f"register merge unmerge dispatch {FULL}"),
    "水质": ("closed merged", "", "register merge"),
    "再问": ("closed answered", "", "register direct_answer close"),
    "飞车": ("closed answered", "market", f"register dispatch {AT_ONCE}"),
    "垃圾": ("closed answered", "maple", f"register dispatch urge supervise {AT_ONCE} call_back call_back call_back"),
    "停车": ("closed answered", "housing", f"register dispatch add_co claim instruct cancel {FULL[6:]}"),
    "路灯": ("closed answered", "stone", f"register dispatch {AT_ONCE}"),
    "水渠": ("closed answered", "stone", f"register dispatch {AT_ONCE}"),
    "护栏": ("closed answered", "stone", f"register dispatch {AT_ONCE}"),
    "公厕": ("closed answered", "stone", f"register dispatch {AT_ONCE}"),
    "广场": ("closed answered", "stone", f"register dispatch {AT_ONCE}"),
    "爆管": ("closed answered", "water", f"register dispatch recall dispatch claim draft_reply revise_reply {FULL[6:]}"),
    "噪音": ("closed withdrawn", "market", "register dispatch withdraw"),
    "施工": ("closed terminated", "market", "register dispatch claim terminate"),
    "泵站": ("handling", "water", "register dispatch ask_return drop_return claim interim"),
    "边界": ("dispatched", "stone", "register dispatch ask_return agree_return dispatch"),
    "退款": ("closed answered", "market", f"register dispatch ask_return refuse_return {AT_ONCE} call_back"),
    "转来": ("dispatched", "housing", "register amend reclassify supplement remark protect dispatch"),
    "多久": ("handling", "housing", "register dispatch claim contact"),
}  # fmt: skip
FIGURES = {
    "received": 29,  # thirty but the call that was none
    "direct": 2,
    "dispatched": 25,
    "closed": 25,
    "closed_dispatched": 21,
    "in_progress": 4,
    "refused": 1,
    "withdrawn": 1,
    "terminated": 1,
    "merged": 1,
    "invalid_calls": 1,
    "reopened": 1,
    "extended": 1,
    "co_tasks": 2,
    "return_requests": 5,
    "returns_agreed": 2,
    "late_claim": 1,
    "overdue_open": 1,
    "struck_marks": 1,
    "carried_in": 0,
    "carried_out": 4,
}
BY_UNIT = {"云溪县水务局": 6, "云溪县住建局": 5, "云溪县市场监管局": 6, "石桥镇": 7, "枫林乡": 1}


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Wall:
    settings.SESSION_COOKIE_AGE = 90 * 24 * 3600
    return Wall(monkeypatch, make.at(3, 1))


@pytest.fixture
def month(
    live_server: Any, wall: Wall, desk_of: Callable[[Any], Page], settings: Any, tmp_path: Path
) -> Month:
    settings.MEDIA_ROOT = tmp_path / "files"
    make.town()
    Unit.objects.filter(code__in=("market", "stone", "maple")).update(one_person=True)
    place.forget()
    return Month(wall, desk_of, tmp_path)


@pytest.mark.month
def test_thirty_cases_through_every_move_of_a_month(month: Month) -> None:
    with month.pictured():
        for week in (month.first_week, month.second_week, month.third_week, month.last_week):
            week()
            month.wall.wait(60)
            worker.run_due(month.wall.at)
        month.wall.set(1, month=4)
        _the_log_says_what_the_story_says(month)
        _march_on_screen_is_march_on_the_command_line(month.leader)
    out = StringIO()
    call_command("doctor", stdout=out)
    assert "全部相符" in out.getvalue()


def _the_log_says_what_the_story_says(month: Month) -> None:
    names = {number: name for name, number in month.numbers.items()}
    told, made = {}, set()
    for case in Case.objects.select_related("lead__unit").prefetch_related("events"):
        kinds = [event.kind for event in sorted(case.events.all(), key=lambda event: event.seq)]
        stands = f"{case.status} {case.ending}".strip()
        told[names[case.number]] = (stands, case.lead.unit.code if case.lead else "", " ".join(kinds))
        made |= {event.kind for event in case.events.all() if event.actor_id}
    assert told == STORY
    assert made == set(MOVES) - OF_THE_SYSTEM


def _march_on_screen_is_march_on_the_command_line(leader: Desk) -> None:
    printed = _printed()
    shown = _shown(leader)
    zero = {name: {"0", "—", "0%"} for name in MEASURES}
    for unit, row in shown.items():
        for name, words in row.items():
            if (unit, name) in printed:
                assert words == printed[unit, name], (unit, name)
            else:
                assert words in zero[name], (unit, name, words)
    assert {unit for unit, _ in printed} == set(shown)
    assert {name: int(shown["合计"][name]) for name in FIGURES} == FIGURES
    units = {unit: int(row["dispatched"]) for unit, row in shown.items() if row["dispatched"] != "0"}
    assert units == BY_UNIT | {"合计": FIGURES["dispatched"]}


def _printed() -> dict[tuple[str, str], str]:
    """`huiying figures` of March: what it prints by unit and measure."""
    out = StringIO()
    call_command("figures", "2022-03", "--by", "unit", "--json", "--measure", *MEASURES, stdout=out)
    return {(row["name"], row["measure"]): row["shown"] for row in json.loads(out.getvalue())["figures"]}


def _shown(leader: Desk) -> dict[str, dict[str, str]]:
    """数据: the same, as a leader asks for it on the page."""
    leader.open("/")
    leader.page.get_by_role("navigation", name="主要栏目").get_by_role("link", name="数据").click()
    page = leader.page
    page.get_by_role("textbox", name="期间").fill("2022-03")
    page.get_by_label("分项").select_option(label="承办单位")
    leader.unfold("选择指标", page.locator("main"))
    for measure in MEASURES.values():
        page.get_by_label(measure.title, exact=True).check()
    leader.press("看")
    expect(page.get_by_role("heading", name="2022年3月", level=1)).to_be_visible()
    rows = page.locator("table.dense tbody tr").all()
    cells = [row.evaluate("row => [...row.cells].map(cell => cell.innerText.trim())") for row in rows]
    return {unit: dict(zip(MEASURES, shown, strict=True)) for unit, *shown in cells}
