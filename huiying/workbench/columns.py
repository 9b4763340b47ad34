"""The columns of the case list, as a table: what is shown, chosen and exported are the same words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from huiying.cases.models import Case
from huiying.common.masking import mask_text
from huiying.workbench.due import Standing

Cell = str | datetime | None
NOTHING = mark_safe('<span class="faint">—</span>')


@dataclass(frozen=True)
class Column:
    """`cell` says it in words ("" and None: nothing to say); `is_wide` columns yield on small screens
    unless somebody chose them."""

    name: str
    title: str
    cell: Callable[[Case, Standing | None], Cell]
    is_default: bool = True
    is_wide: bool = False
    width: float = 14


def _unit(case: Case, standing: Standing | None) -> str:
    return case.lead.unit.name if case.lead else "直办" if case.mode == "direct" else ""


def _status(case: Case, standing: Standing | None) -> str:
    ending = case.get_ending_display() if case.ending and case.ending != "answered" else ""
    return f"{case.get_status_display()} {ending}".strip()


ALWAYS = (
    Column("number", "编号", lambda case, _: case.number, width=20),
    Column("title", "标题", lambda case, _: mask_text(case.title), width=40),
)
_ROWS = (
    Column("status", "状态", _status),
    Column("due", "时限", lambda case, standing: standing.words if standing else "", width=18),
    Column("unit", "承办单位", _unit, width=20),
    Column("nature", "性质", lambda case, _: str(case.nature or ""), width=8),
    Column("topic", "内容分类", lambda case, _: str(case.topic or ""), is_wide=True),
    Column("channel", "渠道", lambda case, _: str(case.channel), is_wide=True),
    Column("area", "区域", lambda case, _: str(case.area or ""), is_wide=True, width=10),
    Column("received", "受理时间", lambda case, _: case.received_at, width=18),
    Column("until", "期限", lambda case, standing: standing.until if standing else "", is_default=False),
    Column("upper", "上级编号", lambda case, _: case.upper_number, is_default=False, width=20),
    Column("urgency", "紧急程度", lambda case, _: case.get_urgency_display(), is_default=False, width=10),
    Column("village", "村（社区）", lambda case, _: case.village, is_default=False),
    Column("mode", "办理方式", lambda case, _: case.get_mode_display(), is_default=False, width=10),
    Column("dispatched", "派单时间", lambda case, _: case.dispatched_at, is_default=False, width=18),
    Column("replied", "反馈时间", lambda case, _: case.replied_at, is_default=False, width=18),
    Column("closed", "办结时间", lambda case, _: case.closed_at, is_default=False, width=18),
)
COLUMNS = {column.name: column for column in _ROWS}
KINDS = {"due": "due", "received": "when"}
"""How the style sheet knows a column's cells."""
DEFAULT = tuple(column.name for column in _ROWS if column.is_default)


def chosen(text: str, *, sort: str = "") -> list[Column]:
    """The columns of an address, in the order of the table; the usual ones, and that which the list is sorted
    by, where none is named."""
    names = text.split(",") if text else (*DEFAULT, *(["closed"] if sort.startswith("closed") else []))
    return [column for name, column in COLUMNS.items() if name in names]


def joined(names: Iterable[str]) -> str:
    """How an address names the columns chosen; "" for the usual ones."""
    known = [name for name in COLUMNS if name in {*names}]
    return "" if tuple(known) == DEFAULT else ",".join(known)


def drawn(shown: Sequence[Column], case: Case, standing: Standing | None, *, yielding: bool) -> SafeString:
    """The cells of a row. A template that asks of each cell what it is takes half of the page's time.

    `yielding` says that wide columns give way on small screens.
    """

    def parts() -> Iterator[tuple[str, str, Cell]]:
        for column in shown:
            kind = "at-wide" if column.is_wide and yielding else KINDS.get(column.name, "")
            place = format_html(' class="{}"', kind) if kind else ""
            yield column.title, place, _drawn(column, case, standing) or NOTHING

    return format_html_join("\n      ", '<td data-label="{}"{}>{}</td>', parts())


def _drawn(column: Column, case: Case, standing: Standing | None) -> Cell:
    if column.name == "status":
        return _state(case)
    if column.name == "due" and standing:
        badge = '<span class="badge {}" title="{}">{}</span>'
        return format_html(badge, standing.colour, standing.until, standing.words)
    cell = column.cell(case, standing)
    if isinstance(cell, datetime):
        at = timezone.localtime(cell)
        return format_html('<time datetime="{}">{}</time>', at.isoformat(), f"{at:%Y-%m-%d %H:%M}")
    return cell


def _state(case: Case) -> SafeString:
    state = format_html('<span class="state s-{}">{}</span>', case.status, case.get_status_display())
    if not case.ending or case.ending == "answered":
        return state
    return format_html('{} <span class="faint">{}</span>', state, case.get_ending_display())
