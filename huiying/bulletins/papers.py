"""The papers of one case as content: 受理单, 交办单, 办理单 and 督办函; and a unit's 对账单. Pure.

A paper is built of the same blocks as a bulletin and laid out by the same renderers. What it may tell
of the citizen is settled before: `Facts` holds what is printed and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, TypeAlias

from huiying.bulletins.content import (
    Block,
    Column,
    Content,
    Heading,
    Paragraph,
    Table,
    Text,
    Title,
)
from huiying.bulletins.layout import PAGE, chinese_date
from huiying.statistics.charts import em_width

LINE_EMS = 27
"""Characters of the body's size in a line (GB/T 9704-2012: 28), less one for the grid of the typesetter."""
SPACE = "\u3000"
Align = Literal["left", "center", "right"]
Heads: TypeAlias = tuple[tuple[str, float, Align], ...]


@dataclass(frozen=True)
class Given:
    """One assignment: the unit, 牵头 or 协办, how it stands, and its instants as printed ("" not yet)."""

    unit: str
    role: str
    status: str
    assigned: str
    claimed: str
    replied: str


@dataclass(frozen=True)
class Limit:
    """One time limit: what of, whose, the last day, and by which rule."""

    title: str
    unit: str
    until: str
    source: str


@dataclass(frozen=True)
class Answer:
    """One unit's reply in its three texts."""

    unit: str
    handling_report: str
    contact_record: str
    public_answer: str


@dataclass(frozen=True)
class Facts:
    """What may be printed of a case, in words. `about` and `person` are rows of name and value."""

    office: str
    place: str
    number: str
    title: str
    body: tuple[str, ...]
    about: tuple[tuple[str, str], ...]
    person: tuple[tuple[str, str], ...]
    given: tuple[Given, ...]
    limits: tuple[Limit, ...]
    answers: tuple[Answer, ...]
    course: tuple[tuple[str, str], ...]
    printed_on: date
    printed_at: datetime


@dataclass(frozen=True)
class Demand:
    """What a letter of supervision says: its number, to whom, by when, and the words."""

    label: str
    unit: str
    issued_on: date
    due_on: date
    text: str


@dataclass(frozen=True)
class Counted:
    """One case of a unit's statement: its instants as printed ("" not yet), and what it counts as."""

    number: str
    title: str
    received: str
    claimed: str
    replied: str
    counted: str


@dataclass(frozen=True)
class Reckoned:
    """What a unit's statement says: of whom and when, each case, what they come to, what is disputed, and
    who confirmed it."""

    office: str
    place: str
    unit: str
    period: str
    cut_off: str
    due: str
    rows: tuple[Counted, ...]
    totals: tuple[tuple[str, str], ...]
    disputes: tuple[tuple[str, str, str], ...]
    confirmed: str
    printed_on: date
    printed_at: datetime


@dataclass(frozen=True)
class Form:
    """One paper. `units` says that it goes to the units, so that a protected reporter is left out of it."""

    name: str
    title: str
    build: Callable[[Facts], tuple[Block, ...]]
    units: bool = False
    dispatched: bool = False


def paper(form: Form, facts: Facts) -> Content:
    """The paper as a content for the renderers."""
    return _content(facts, f"{facts.number} {form.title}", form.build(facts))


def letter(facts: Facts, demand: Demand) -> Content:
    """督办函: one letter to one unit about the case."""
    assigned = next((given.assigned for given in facts.given if given.unit == demand.unit), "")
    since = f"于{assigned}派单至你单位" if assigned else "由你单位承办"
    said = f"诉求件{facts.number}“{facts.title}”{since}，至今尚未办结。现予督办，请于"
    blocks = (
        Title(f"{facts.office}督办函"),
        _line(_right(demand.label)),
        _line(f"{demand.unit}："),
        _said(f"{said}{chinese_date(demand.due_on)}前办理完毕，并书面反馈办理情况。"),
        *_texts("督办要求", demand.text),
        *_limits(facts),
        *_signed(facts.office, demand.issued_on),
    )
    return _content(facts, f"{demand.label} {facts.number}", blocks)


def statement(said: Reckoned) -> Content:
    """对账单: the rows of one unit that the period's bulletin counts, to be signed or as it was confirmed."""
    come_to = "，".join(f"{title}{count}" for title, count in said.totals)
    about = f"以下是{said.period}通报计入你单位的{len(said.rows)}件，统计截至{said.cut_off}，"
    about += f"共计{come_to or '无'}。"
    ask = f"请逐件核对，于{said.due}前确认；有不符的，写明应为怎样和理由。"
    blocks = (
        Title(f"{said.period}诉求办理对账单"),
        _line(f"{said.unit}："),
        _said(about + ("" if said.confirmed else ask)),
        *_counted(said.rows),
        *_disputed(said.disputes),
        *((_said(said.confirmed),) if said.confirmed else _hands("经办人", "单位负责人")),
        *_signed(said.office, said.printed_on),
    )
    return _content(said, f"{said.unit} {said.period}对账单", blocks)


def _content(facts: Facts | Reckoned, title: str, blocks: tuple[Block, ...]) -> Content:
    return Content(
        place=facts.place,
        style="paper",
        period="",
        starts_on=facts.printed_on,
        ends_on=facts.printed_on,
        as_of=facts.printed_at,
        known_at=facts.printed_at,
        edition="internal",
        title=title,
        blocks=blocks,
    )


# The forms


def _acceptance(facts: Facts) -> tuple[Block, ...]:
    return (
        Title(f"{facts.office}受理单"),
        *_request(facts),
        *_limits(facts),
        *_hands("受理人", "派单人"),
    )


def _handover(facts: Facts) -> tuple[Block, ...]:
    lead = [given.unit for given in facts.given if given.role == "牵头"]
    helping = [given.unit for given in facts.given if given.role != "牵头"]
    with_whom = f"，{'、'.join(helping)}协办" if helping else ""
    said = f"现将下列诉求件交由{'、'.join(lead)}牵头办理{with_whom}。请在时限内认领、联系诉求人并办结，"
    return (
        Title(f"{facts.office}交办单"),
        _line(f"{'、'.join(lead + helping)}："),
        _said(
            f"{said}反馈办理情况、与群众联系记录和公开答复；不属于本单位职责的，请在时限内申请退办并说明依据。"
        ),
        *_request(facts),
        *_limits(facts),
        *_signed(facts.office, facts.printed_on),
    )


def _handling(facts: Facts) -> tuple[Block, ...]:
    return (
        Title(f"{facts.office}办理单"),
        *_request(facts),
        *_given(facts),
        *(block for answer in facts.answers for block in _answer(answer)),
        *_course(facts),
        *_hands("经办人", "单位负责人", "审核人"),
    )


FORMS = {
    form.name: form
    for form in (
        Form("acceptance", "受理单", _acceptance),
        Form("handover", "交办单", _handover, units=True, dispatched=True),
        Form("handling", "办理单", _handling, dispatched=True),
    )
}
"""The papers of a case. `dispatched`: only once a unit has been given the case."""


# Their parts


def _request(facts: Facts) -> tuple[Block, ...]:
    rows = (("编号", facts.number), ("标题", facts.title), *facts.about, *facts.person)
    table = _table("诉求件", (("项目", 30, "center"), ("内容", 126, "left")), [row for row in rows if row[1]])
    body = [_said(line) for line in facts.body if line.strip()]
    return table, Heading(2, "诉求内容"), *(body or [_said("除标题外没有登记内容。")])


def _limits(facts: Facts) -> tuple[Block, ...]:
    if not facts.limits:
        return ()
    heads: Heads = (
        ("时限", 32, "center"),
        ("单位", 44, "center"),
        ("到期", 32, "center"),
        ("依据", 48, "left"),
    )
    return (
        _table("办理时限", heads, [(row.title, row.unit, row.until, row.source) for row in facts.limits]),
    )


def _given(facts: Facts) -> tuple[Block, ...]:
    heads: Heads = (
        ("单位", 44, "center"),
        ("方式", 16, "center"),
        ("状态", 24, "center"),
        ("派单", 24, "center"),
        ("认领", 24, "center"),
        ("反馈", 24, "center"),
    )
    rows = [(g.unit, g.role, g.status, g.assigned, g.claimed, g.replied) for g in facts.given]
    return (_table("派单与办理", heads, rows),) if rows else ()


def _answer(answer: Answer) -> tuple[Block, ...]:
    return (
        Heading(2, f"{answer.unit}的答复"),
        *_texts("办理情况", answer.handling_report),
        *_texts("与群众联系记录", answer.contact_record),
        *_texts("公开答复", answer.public_answer),
    )


def _course(facts: Facts) -> tuple[Block, ...]:
    heads: Heads = (("时间", 40, "center"), ("经过", 116, "left"))
    return (_table("办理经过", heads, list(facts.course)),) if facts.course else ()


def _counted(rows: tuple[Counted, ...]) -> tuple[Block, ...]:
    heads: Heads = (
        ("序号", 12, "center"),
        ("编号", 36, "center"),
        ("标题", 40, "left"),
        ("受理", 16, "center"),
        ("认领", 16, "center"),
        ("反馈", 16, "center"),
        ("计入", 34, "left"),
    )
    cells = [
        (str(n), row.number, row.title, row.received, row.claimed, row.replied, row.counted)
        for n, row in enumerate(rows, 1)
    ]
    return (_table("计入的件", heads, cells),) if rows else ()


def _disputed(rows: tuple[tuple[str, str, str], ...]) -> tuple[Block, ...]:
    heads: Heads = (("编号", 34, "center"), ("异议", 98, "left"), ("裁定", 24, "center"))
    return (_table("异议和裁定", heads, rows),) if rows else ()


def _texts(title: str, text: str) -> tuple[Block, ...]:
    """A text of several lines, named in its first one; nothing where there is none."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return ()
    return _said(f"{title}：{lines[0]}"), *(_said(line) for line in lines[1:])


def _hands(*who: str) -> tuple[Block, ...]:
    """Where people sign."""
    longest = max(map(len, who), default=0)
    return tuple(_line(f"{each}：{SPACE * (10 + longest - len(each))}日期：") for each in who)


def _signed(office: str, on: date) -> tuple[Block, ...]:
    """Who issues it and when, to the right (GB/T 9704-2012, 7.3.5)."""
    return _line(_right(office)), _line(_right(chinese_date(on)))


def _right(text: str, *, keep: int = 2) -> str:
    """The text moved to the right of a line but for `keep` characters."""
    return SPACE * max(0, int(LINE_EMS - keep - em_width(text))) + text


def _line(text: str) -> Paragraph:
    return Paragraph((Text(text),), indent=False)


def _said(text: str) -> Paragraph:
    return Paragraph((Text(text),))


def _table(caption: str, heads: Heads, rows: Iterable[tuple[str, ...]]) -> Table:
    """A table as wide as the text, its columns in the given proportions."""
    room = PAGE.text_mm / sum(width for _, width, _ in heads)
    columns = tuple(Column(title, width * room, align) for title, width, align in heads)
    return Table(caption, columns, (), tuple(tuple((Text(cell),) for cell in row) for row in rows))
