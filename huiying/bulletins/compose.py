"""From the facts and the house style to the content of a bulletin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from huiying.bulletins import feedback, proposals
from huiying.bulletins.authored import Authored
from huiying.bulletins.content import (
    Annex,
    Block,
    Chart,
    Column,
    Content,
    Distribution,
    Heading,
    Masthead,
    Note,
    Paragraph,
    Run,
    Table,
    Text,
    Title,
    figures,
)
from huiying.bulletins.figures import Desk
from huiying.bulletins.proposals import Proposal
from huiying.bulletins.styles import BlockPlan, Scope, Style
from huiying.bulletins.views import ScopeView, in_order, name_of
from huiying.bulletins.wording import Joined
from huiying.cases.models import Case
from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.common.text import suggestion
from huiying.statistics import charts
from huiying.statistics.periods import Period
from huiying.statistics.rounding import ranks


@dataclass(frozen=True, slots=True)
class Numbering:
    """The issue number and the running total that this document would get."""

    issue: int
    total: int


def compose(
    place: Place,
    period: Period,
    style: Style,
    *,
    authored: Authored,
    numbering: Numbering,
    issued_on: date,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
) -> Content:
    """The internal edition's content. Raises Refused for a style or an override that does not fit."""
    as_of = as_of or period.end(place.keeper.tz)
    desk = Desk(place, style, period, as_of, known_at, authored.overrides, authored.matters)
    check_praised(desk, authored)
    check_matters(authored)
    writer = Writer(desk, authored, numbering, issued_on)
    blocks = tuple(writer.blocks())
    content = Content(
        place=place.office.place,
        style=style.name,
        period=period.label,
        starts_on=period.starts_on,
        ends_on=period.ends_on,
        as_of=as_of,
        known_at=desk.engine().facts.known_at,
        edition="internal",
        title=writer.title,
        blocks=blocks,
    )
    desk.check_overrides(figures(content))
    return content


def check_praised(desk: Desk, authored: Authored) -> None:
    """Raise Refused for praise under a section that no block prints, or of a unit the place has not."""
    plans = [plan for plan in desk.style.blocks if plan.proposes == "praised" and plan.scope]
    sections = {desk.style.scopes[plan.scope].name for plan in plans}
    units = {unit.name for unit in desk.place.units.values()}
    for section, names in (authored.praised or {}).items():
        if section not in sections:
            known = f"可用：{'、'.join(sorted(sections))}。" if sections else "本式样没有表扬段落。"
            near = suggestion(section, sections)
            raise Refused(f"praised 中的范围“{section}”在通报中没有对应的段落。{near}{known}")
        for name in names:
            if name not in units:
                near = suggestion(name, units)
                raise Refused(f"praised“{section}”中的单位“{name}”不在本地单位表中。{near}请改写为单位全名。")


def check_matters(authored: Authored) -> None:
    """Raise Refused for a case that there is not, or that is said to be of two matters."""
    numbers = [number for one in authored.matters for number in one.cases]
    if not numbers:
        return
    there = set(Case.objects.filter(number__in=numbers).values_list("number", flat=True))
    if wrong := next((number for number in numbers if number not in there), ""):
        raise Refused(f"人工撰写文件 matters 中的编号“{wrong}”没有这一件，请核对后改正或删去。")
    if twice := next((number for number, n in Counter(numbers).items() if n > 1), ""):
        raise Refused(f"人工撰写文件 matters 中的编号“{twice}”写了两次，一件只能合到一句里，请删去一处。")


class Writer:
    """Fills the style's blocks one after another."""

    def __init__(self, desk: Desk, authored: Authored, numbering: Numbering, issued_on: date) -> None:
        self.desk, self.authored, self.numbering = desk, authored, numbering
        self.issued_on = authored.issued_on or issued_on
        self.style = desk.style
        self.context: dict[str, Any] = {
            "period": desk.period,
            "year": desk.period.starts_on.year,
            "month": desk.period.starts_on.month,
            "starts_on": desk.period.starts_on,
            "ends_on": desk.period.ends_on,
            "office": desk.place.office,
            **{scope.key: ScopeView(desk, scope) for scope in self.style.scopes.values()},
        }
        self.title = authored.title or desk.marks.plain(self.style.title, self.context)

    def blocks(self) -> Iterator[Block]:
        """Masthead and title, then the style's blocks."""
        yield Masthead(
            series=self.authored.series or self.style.series,
            kind=self.authored.kind or self.style.kind,
            issue=self.authored.issue or self.numbering.issue,
            total_issue=self.authored.total_issue or self.numbering.total,
            office=self.authored.office or self.style.office or self.desk.place.office.name,
            issued_on=self.issued_on,
        )
        yield Title(self.title)
        for plan in self.style.blocks:
            yield from FILLERS[plan.kind](self, plan)

    def scope(self, plan: BlockPlan) -> Scope:
        if not plan.scope:
            raise Refused(f"通报式样“{self.style.name}”的{plan.kind}块没有写 scope。")
        return self.style.scopes[plan.scope]

    def text(self, template: str, **more: Any) -> tuple[Run, ...]:
        return self.desk.marks.render(template, self.context | more)


def _heading(writer: Writer, plan: BlockPlan) -> Iterator[Block]:
    yield Heading(_level(plan), writer.desk.marks.plain(plan.text, writer.context))


def _level(plan: BlockPlan) -> Literal[1, 2, 3]:
    levels: dict[int, Literal[1, 2, 3]] = {1: 1, 2: 2, 3: 3}
    if plan.level not in levels:
        raise Refused(f"标题“{plan.text}”的 level 只能是 1、2、3。")
    return levels[plan.level]


def _paragraph(writer: Writer, plan: BlockPlan) -> Iterator[Block]:
    if plan.proposes == "praised":
        yield from _praise(writer, plan)
        return
    runs = writer.text(plan.text)
    if runs:
        yield Paragraph(runs, indent=plan.indent)


def _praise(writer: Writer, plan: BlockPlan) -> Iterator[Block]:
    """The praised units: as the office wrote them, else proposed, else no sentence."""
    scope = writer.scope(plan)
    given = (writer.authored.praised or {}).get(scope.name)
    found = (
        [Proposal(name, ()) for name in given] if given is not None else proposals.praised(writer.desk, scope)
    )
    names, cases = [p.text for p in found], tuple(c for p in found for c in p.cases)
    if names:
        runs = writer.text(plan.text, units=Joined(names, writer.style.words["separator"]))
        yield Paragraph(runs, proposal=given is None, cases=cases)


def _hot_topics(writer: Writer, plan: BlockPlan) -> Iterator[Block]:
    """What the office took over from the page of proposals, or wrote itself; else nothing."""
    if given := writer.authored.hot_topics:
        yield from _numbered([Proposal(text, ()) for text in given], plan, is_proposal=False)


def _problems(writer: Writer, plan: BlockPlan) -> Iterator[Block]:
    given = writer.authored.problems
    if given is not None:
        found = [Proposal(text, ()) for text in given]
    else:
        found = proposals.problems(writer.desk, _leaf_scopes(writer.style))
    yield from _numbered(found, plan, is_proposal=given is None)


def _rectified(writer: Writer, plan: BlockPlan) -> Iterator[Block]:
    """What the units answered to the bulletin before, under its heading; nothing where none was to answer."""
    desk, words = writer.desk, writer.style.words
    series = writer.authored.series or writer.style.series
    known_at, tz = desk.engine().facts.known_at, desk.place.keeper.tz
    found = feedback.answers(series, desk.period, known_at=known_at, tz=tz)
    said = [plan.numbered.format(n=n) + f"{unit}：{text}" for n, (unit, text) in enumerate(found.accepted, 1)]
    if found.unanswered:
        said.append(f"{words['unanswered']}{words['separator'].join(found.unanswered)}。")
    if said and plan.text:
        yield Heading(_level(plan), desk.marks.plain(plan.text, writer.context), internal=True)
    for text in said:
        yield Paragraph((Text(text),), internal=True)


def _next_steps(writer: Writer, plan: BlockPlan) -> Iterator[Block]:
    given = writer.authored.next_steps
    texts = writer.style.next_steps if given is None else given
    yield from _numbered([Proposal(text, ()) for text in texts], plan, is_proposal=given is None)


def _numbered(found: list[Proposal], plan: BlockPlan, *, is_proposal: bool) -> Iterator[Block]:
    if not found:
        yield Paragraph((Text("无。"),), proposal=is_proposal)
    for n, each in enumerate(found, 1):
        text = plan.numbered.format(n=n) + each.text
        yield Paragraph((Text(text),), proposal=is_proposal, cases=each.cases)


def _leaf_scopes(style: Style) -> list[Scope]:
    """The scopes that hold no other scope: a fault is told once, where it belongs."""
    scopes = list(style.scopes.values())

    def holds(outer: Scope, inner: Scope) -> bool:
        return outer is not inner and _within(inner, outer)

    return [scope for scope in scopes if not any(holds(scope, other) for other in scopes)]


def _within(inner: Scope, outer: Scope) -> bool:
    if not outer.where:
        return bool(inner.where)
    return all(d in inner.where and set(inner.where[d]) <= set(codes) for d, codes in outer.where.items())


def _annex_reference(writer: Writer, plan: BlockPlan) -> Iterator[Block]:
    yield Paragraph(writer.text(plan.text))


def _annex(writer: Writer, plan: BlockPlan) -> Iterator[Block]:
    yield Annex(
        plan.caption or "附件", writer.desk.marks.plain(plan.text, writer.context), writer.desk.period.title
    )


def _note(writer: Writer, plan: BlockPlan) -> Iterator[Block]:
    text = writer.authored.annex_note
    text = writer.style.annex_note if text is None else text
    if text:
        yield Note(text)


def _distribution(writer: Writer, plan: BlockPlan) -> Iterator[Block]:
    up, out = writer.authored.report_to, writer.authored.send_to
    yield Distribution(
        writer.style.report_to if up is None else up, writer.style.send_to if out is None else out
    )


def _table(writer: Writer, plan: BlockPlan) -> Iterator[Block]:
    desk, scope = writer.desk, writer.scope(plan)
    present = desk.count(scope, plan.by, "dispatched" if plan.by.startswith("unit") else "received")
    codes = in_order(desk, plan.by, present, plan.order)
    ranked = _ranks(desk, plan, scope, codes)
    yield Table(
        caption=desk.marks.plain(plan.caption, writer.context),
        columns=tuple(Column(c.title, c.width, _align(c.align)) for c in plan.columns),
        total=_row(writer, plan, scope, _TOTAL),
        rows=tuple(
            _row(writer, plan, scope, Line(code, str(n), ranked.get(code, "—")))
            for n, code in enumerate(codes, 1)
        ),
    )


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table before it is filled: its code (None: the total), its number, its rank."""

    code: str | None
    index: str
    rank: str


_TOTAL = Line(None, "", "")


def _ranks(desk: Desk, plan: BlockPlan, scope: Scope, codes: list[str]) -> dict[str, str]:
    """The rank of each row that has enough cases behind it, best value first."""
    if not plan.rank_by:
        return {}
    answers = desk.table(scope, plan.by, plan.rank_by)
    values = []
    for code in codes:
        answer = answers.get(code)
        behind = answer and (answer.numerator if answer.denominator is None else answer.denominator)
        values.append(answer.value if answer and behind and behind >= plan.least else None)
    placed = zip(codes, ranks(values, ties=plan.ties), strict=True)
    return {code: str(rank) for code, rank in placed if rank is not None}


def _align(text: str) -> Any:
    if text not in {"left", "center", "right"}:
        raise Refused(f"表列对齐“{text}”不认识，可用：left、center、right。")
    return text


def _row(writer: Writer, plan: BlockPlan, scope: Scope, line: Line) -> tuple[tuple[Run, ...], ...]:
    return tuple(_cell(writer, plan, scope, line, column.fills) for column in plan.columns)


def _cell(writer: Writer, plan: BlockPlan, scope: Scope, line: Line, fills: str) -> tuple[Run, ...]:
    code = line.code
    match fills:
        case "index":
            return (Text(line.index),) if line.index else ()
        case "rank":
            return (Text(line.rank),) if line.rank else ()
        case "name":
            return (Text(plan.total if code is None else name_of(writer.desk, plan.by, code)),)
        case "remark":
            return () if code is None else _remark(writer, plan, scope, code)
    desk = writer.desk
    marked = desk.number(scope, fills) if code is None else desk.part(scope, fills, plan.by, code)
    return (marked.run,)


def _remark(writer: Writer, plan: BlockPlan, scope: Scope, code: str) -> tuple[Run, ...]:
    """Remarks on a row: each measure named in the style that is not zero for it."""
    said: list[Run] = []
    for measure, template in (plan.remarks or {}).items():
        marked = writer.desk.part(scope, measure, plan.by, code)
        if marked:
            said += [Text("；")] if said else []
            said += writer.text(template, n=marked)
    return tuple(said)


def _chart(writer: Writer, plan: BlockPlan) -> Iterator[Block]:
    desk, scope = writer.desk, writer.scope(plan)
    by, measure = {
        "daily": ("received_on", "received"),
        "units": ("unit", "dispatched"),
        "natures": ("nature", "received"),
        "topics": ("topic_1", "received"),
    }[plan.chart]
    counts = _daily(desk, scope) if plan.chart == "daily" else _counted(desk, scope, by, measure)
    title = desk.marks.plain(plan.caption, writer.context)
    draw = charts.column_chart if plan.chart == "daily" else charts.hbar_chart
    labels, values = list(counts), [Decimal(n) for n in counts.values()]
    svg = draw(labels, values, title=title, unit="件")
    yield Chart(title, svg, tuple(labels), tuple(values), "件")


def _daily(desk: Desk, scope: Scope) -> dict[str, int]:
    """Every day of the period with its count, days without cases included."""
    found = {str(day): n for day, n in desk.count(scope, "received_on").items()}
    days = [date.fromordinal(desk.period.starts_on.toordinal() + n) for n in range(desk.period.days)]
    return {
        f"{day.day}" if desk.period.kind == "month" else f"{day.month}-{day.day}": found.get(str(day), 0)
        for day in days
    }


def _counted(desk: Desk, scope: Scope, by: str, measure: str) -> dict[str, int]:
    counts = desk.count(scope, by, measure)
    return {name_of(desk, by, code): counts[code] for code in in_order(desk, by, counts, "count")[:15]}


FILLERS: dict[str, Callable[[Writer, BlockPlan], Iterator[Block]]] = {
    "heading": _heading,
    "paragraph": _paragraph,
    "hot_topics": _hot_topics,
    "problems": _problems,
    "rectified": _rectified,
    "next_steps": _next_steps,
    "annex_reference": _annex_reference,
    "annex": _annex,
    "table": _table,
    "note": _note,
    "distribution": _distribution,
    "chart": _chart,
}
"""How each kind of block (`styles.BLOCKS`) is filled."""
