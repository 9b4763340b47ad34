"""Whether one case is what its log says: chain, rows, texts, clocks, facts. Each check yields sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from huiying.cases import chain, sights
from huiying.cases.deadlines import CLOCK_TITLES
from huiying.cases.history import CaseState, Entry, effective
from huiying.cases.lifecycle import digest
from huiying.cases.models import (
    Accused,
    Assignment,
    Case,
    CaseText,
    ClockRun,
    Issue,
    Person,
    Reply,
    Ruling,
    Sight,
)
from huiying.cases.persons import reveal
from huiying.cases.place import Place
from huiying.cases.privacy import ERASED
from huiying.cases.projection import (
    CASE_FIELDS,
    CLOCK_FIELDS,
    TASK_FIELDS,
    case_columns,
    case_values,
    task_columns,
)
from huiying.common.errors import Refused
from huiying.ops.stored_events import StoredEvent
from huiying.statistics.facts import case_rows

Row = dict[str, Any]
POINTERS = {
    "channel",
    "nature",
    "nature_claimed",
    "topic",
    "branch",
    "area",
    "lead",
    "unit",
}
OTHERS = ("merged_into", "repeat_of")
"""Other cases that a case points to."""
CASE_COLUMNS = (
    "number",
    "region",
    "title",
    "person_id",
    "recorded_at",
    "seq",
    "head",
    *(f"{name}__number" for name in OTHERS),
)
RULING_COLUMNS = ("kind", "reason", "proposed", "asked_at", "decision", "decided_at")
TITLES = {Case: "诉求件", Assignment: "派单", ClockRun: "计时", Ruling: "裁定", Sight: "可见单位"}
REPLY_TEXTS = ("handling_report", "contact_record", "public_answer")
FACT_COLUMNS = ("status", "ending", "received_at", "dispatched_at", "closed_at")


def column(name: str) -> str:
    """The database's column behind a field: pointers are compared by key."""
    return f"{name}_id" if name in POINTERS else name


@dataclass(slots=True)
class Chart:
    """All that is stored about one case, read in one go with others."""

    case: Row
    events: list[StoredEvent] = field(default_factory=list)
    tasks: list[Row] = field(default_factory=list)
    clocks: list[Row] = field(default_factory=list)
    rulings: list[Row] = field(default_factory=list)
    sights: list[Row] = field(default_factory=list)
    texts: list[Row] = field(default_factory=list)
    issues: list[Row] = field(default_factory=list)
    replies: list[Row] = field(default_factory=list)
    accused: list[Row] = field(default_factory=list)
    person: Person | None = None

    @property
    def entries(self) -> list[Entry]:
        return [event.entry for event in self.events if event.entry is not None]


@dataclass(frozen=True, slots=True)
class Read:
    """A chart with what its log says: what the checks after the replay need."""

    chart: Chart
    state: CaseState
    place: Place


CASE_READ = tuple(dict.fromkeys(("pk", *CASE_COLUMNS, *(column(n) for n in CASE_FIELDS if n not in OTHERS))))
READ: dict[str, tuple[Any, tuple[str, ...]]] = {
    "tasks": (Assignment, ("pk", "case_id", "no", "region", *map(column, TASK_FIELDS))),
    "clocks": (ClockRun, ("case_id", "kind", "on", "run", "region", "assignment__no", *CLOCK_FIELDS)),
    "rulings": (Ruling, ("case_id", "no", "assignment__no", *RULING_COLUMNS)),
    "sights": (Sight, ("case_id", *sights.COLUMNS)),
    "texts": (CaseText, ("case_id", "seq", "kind", "text", "digest", "erased_at")),
    "issues": (Issue, ("case_id", "no", "main")),
    "accused": (Accused, ("case_id", "kind", "unit__code")),
    "replies": (Reply, ("assignment__case_id", "assignment__no", "no", *REPLY_TEXTS)),
}
"""What is read of each table that hangs on a case; the first column ending in `case_id` says on which."""


def chain_broken(chart: Chart) -> Iterator[str]:
    """Rows changed, removed, inserted or cut off: the chain of hashes does not close."""
    previous, pk = "", 0
    for expected, event in enumerate(chart.events, 1):
        if event.problem or event.link is None:
            yield f"第 {event.seq} 条记录{event.problem}"
            return
        if event.seq != expected:
            yield f"第 {expected} 条记录缺失，或序号被改成了 {event.seq}"
            return
        if chain.digest(event.link) != event.hash:
            yield f"第 {event.seq} 条记录的内容与它的校验值不符：写入之后被改动过"
        if event.link.previous != previous:
            yield f"第 {event.seq} 条记录没有接在前一条之后"
        if event.pk <= pk:
            yield f"第 {event.seq} 条记录的内部编号 {event.pk} 不在前一条之后"
        previous, pk = event.hash, event.pk
    if (chart.case["seq"], chart.case["head"]) != (len(chart.events), previous):
        yield f"末尾的记录与诉求件所记的第 {chart.case['seq']} 条不符：记录被截去，或诉求件被改动"


def numbered_wrongly(chart: Chart, newest: int) -> Iterator[str]:
    """Numbers that the database never gave out."""
    for event in chart.events:
        if not 0 < event.pk <= newest:
            yield f"第 {event.seq} 条记录的内部编号 {event.pk} 不是数据库给出的"


def rows_differ(read: Read) -> Iterator[str]:
    """Case, assignments, clocks, rulings and what units see, against the replay of the log."""
    yield from _case_differs(read)
    chart, state, region = read.chart, read.state, read.state.region
    tasks = {
        task.no: task_columns(chart.case["pk"], read.place, state, task) for task in state.tasks.values()
    }
    yield from _table_differs(Assignment, tasks, {row["no"]: row for row in chart.tasks})
    clocks = {
        (clock.kind, clock.on, clock.run): {n: getattr(clock, n) for n in CLOCK_FIELDS}
        | {"region": region, "assignment__no": clock.on if clock.on in tasks else None}
        for clock in state.clocks
    }
    yield from _table_differs(
        ClockRun, clocks, {(row["kind"], row["on"], row["run"]): row for row in chart.clocks}
    )
    rulings = {
        ruling.no: {n: getattr(ruling, n) for n in RULING_COLUMNS} | {"assignment__no": ruling.on}
        for ruling in state.rulings
    }
    yield from _table_differs(Ruling, rulings, {row["no"]: row for row in chart.rulings})
    yield from _sights_differ(read)
    if len(chart.issues) != state.issues or sum(row["main"] for row in chart.issues) != 1:
        yield f"有 {len(chart.issues)} 个问题，按记录应有 {state.issues} 个，其中一个为主"
    if sorted(row["unit__code"] for row in chart.accused if row["kind"] == "unit") != sorted(state.accused):
        yield f"被反映单位不是记录所说的“{'、'.join(state.accused)}”"


def _sights_differ(read: Read) -> Iterator[str]:
    names = {unit.pk: unit.name for unit in read.place.units.values()}
    wanted = sights.columns(read.place, read.state, case_columns(read.place, read.state))
    stored = {names.get(row["unit_id"], row["unit_id"]): row for row in read.chart.sights}
    yield from _table_differs(Sight, {names[pk]: row for pk, row in wanted.items()}, stored)


def _case_differs(read: Read) -> Iterator[str]:
    chart, state = read.chart, read.state
    values = case_values(read.place, state)
    expected = {
        column(name): value.pk if name in POINTERS and value is not None else value
        for name, value in values.items()
    }
    numbers = {row["no"]: row["pk"] for row in chart.tasks}
    expected |= {
        "region": state.region,
        "person_id": state.person,
        "recorded_at": chart.entries[0].recorded_at,
        "lead_id": numbers.get(state.lead) if state.lead else None,
        **{f"{name}__number": getattr(state, name) or None for name in OTHERS},
    }
    yield from _differences(Case, "", expected, chart.case)


def _table_differs(model: Any, expected: Mapping[Any, Row], stored: Mapping[Any, Row]) -> Iterator[str]:
    title = TITLES[model]
    for key, values in expected.items():
        if key in stored:
            yield from _differences(model, _key(key), values, stored[key])
        else:
            yield f"缺少{title} {_key(key)}"
    for key in stored.keys() - expected.keys():
        yield f"多出{title} {_key(key)}，记录中没有"


def _key(key: Any) -> str:
    if isinstance(key, tuple):
        kind, on, run = key
        return f"{CLOCK_TITLES.get(kind, kind)}（派单 {on}，第 {run} 次）"
    return str(key)


def _differences(model: Any, which: str, expected: Row, stored: Row) -> Iterator[str]:
    for name, value in expected.items():
        if stored[name] != value:
            shown = _column_title(model, name)
            yield (
                f"{TITLES[model]} {which}".strip()
                + f"的{shown}是 {_shown(stored[name])}，按记录应为 {_shown(value)}"
            )


def why_unreadable(error: Exception) -> str:
    """In words why what is stored cannot be compared; the error's kind is for whoever repairs it."""
    if isinstance(error, Refused):
        return str(error)
    kind = type(error).__name__
    if isinstance(error, KeyError):
        return f"所指的“{error.args[0] if error.args else ''}”在地方配置或该件的记录中没有（{kind}）"
    return f"存着的值不是应有的类型或写法，读不懂（{kind}）"


def _column_title(model: Any, name: str) -> str:
    return str(model._meta.get_field(name.partition("__")[0].removesuffix("_id")).verbose_name)


def _shown(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(" ")
    return "空" if value in (None, "") else str(value)


def texts_differ(read: Read) -> Iterator[str]:
    """The words against the digests in the events; an erased text leaves its digest behind."""
    chart = read.chart
    named = dict(_named_texts(chart.entries))
    for row in chart.texts:
        which = f"第 {row['seq']} 条记录的{dict(CaseText._meta.get_field('kind').flatchoices)[row['kind']]}"
        if row["digest"] != named.pop((row["seq"], row["kind"]), None):
            yield f"{which}不是记录所指的那一份"
        elif row["erased_at"] is None and digest(row["text"]) != row["digest"]:
            yield f"{which}写入之后被改动过"
        elif (row["erased_at"] is not None or read.state.erased_at) and row["text"]:
            yield f"{which}标为已删除，文字却还在"
    for seq, _ in named:
        yield f"第 {seq} 条记录所指的文字缺失"
    title = effective(chart.entries)[0].data.get("title")
    if read.state.erased_at:
        if chart.case["title"] != ERASED:
            yield "个人资料已删除，标题却还在"
    elif digest(chart.case["title"]) != title:
        yield "标题不是登记时所写的，或写入之后被改动过"


def _named_texts(entries: list[Entry]) -> Iterator[tuple[tuple[int, str], str]]:
    """(seq, kind) and digest of each text that the log names; nothing was kept of empty ones."""
    for entry in entries:
        data = entry.data
        body = data.get("body") if entry.kind == "register" else None
        if entry.kind == "amend":
            body = data.get("data", {}).get("body")
        words = "supplement" if entry.kind == "supplement" else "note"
        for kind, mark in (("body", body), (words, data.get("note"))):
            if mark and mark != digest(""):
                yield (entry.seq, kind), mark


def person_lost(read: Read) -> Iterator[str]:
    """The citizen that the case points to is there, and the seal opens with this installation's key."""
    pk, person = read.chart.case["person_id"], read.chart.person
    if pk is None:
        return
    if person is None:
        yield f"所指的诉求人资料（编号 {pk}）缺失。请从备份恢复"
    elif not opens(person):
        yield (
            f"诉求人资料（编号 {pk}）打不开：密文被改动过，或密钥不是当初的那一把。"
            "请核对 HUIYING_HOME/keys/data.key，或从备份恢复"
        )


def opens(person: Person) -> bool:
    """Whether the sealed data can be read; erased data can."""
    try:
        reveal(person)
    except (Refused, ValueError, TypeError):
        return False
    return True


def replies_differ(read: Read) -> Iterator[str]:
    """The three texts of each version that the log names; versions of an import are named by none."""
    if read.state.erased_at:
        yield from (
            f"答复第 {row['no']} 稿应已删除，文字却还在" for row in read.chart.replies if _has_words(row)
        )
        return
    rows = {(row["assignment__no"], row["no"]): row for row in read.chart.replies}
    for entry in read.chart.entries:
        named = entry.data.get("texts")
        if not named:
            continue
        row = rows.get((entry.on, entry.data["reply"]))
        if row is None:
            yield f"第 {entry.seq} 条记录所指的答复第 {entry.data['reply']} 稿缺失"
            continue
        for name in REPLY_TEXTS:
            if digest(row[name]) != named[name]:
                title = _column_title(Reply, name)
                yield f"派单 {entry.on} 的答复第 {row['no']} 稿的“{title}”写入之后被改动过"


def _has_words(reply: Row) -> bool:
    return any(reply[name] for name in REPLY_TEXTS)


def clocks_differ(read: Read) -> Iterator[str]:
    """Open clocks against rules and calendar of today; every rule that a clock names exists."""
    keeper = read.place.keeper
    for clock, due in keeper.expected(read.state):
        title = CLOCK_TITLES.get(clock.kind, clock.kind)
        yield (
            f"{title}到期时间是 {_shown(clock.due_at)}，按现行日历和规则应为 {_shown(due)}："
            "日历或规则变动后未重算，请运行 huiying calendar reckon"
        )
    for code, version in {(clock.rule, clock.version) for clock in read.state.clocks}:
        if keeper.named(code, version) is None:
            yield f"计时所依据的规则 {code} 第 {version} 版不存在，请在地方配置中补回"


def facts_differ(read: Read) -> Iterator[str]:
    """The rows that statistics count against the rows of the tables."""
    chart, place = read.chart, read.place
    rows = case_rows(chart.case["number"], read.state, place)
    heads = [row for row in rows if row["is_case"]]
    if len(heads) != 1:
        yield f"在统计事实中计为 {len(heads)} 件"
        return
    head, case = heads[0], chart.case
    if place.channels[head["channel"]].pk != case["channel_id"]:
        yield "统计事实中的渠道与诉求件不同"
    for name in FACT_COLUMNS:
        if _naive(head.get(name)) != _naive(case[name]):
            yield f"统计事实中的{_column_title(Case, name)}与诉求件不同"
    counted = sorted((place.units[r["unit"]].pk, r["role"], r["task_status"]) for r in rows if r["is_task"])
    if counted != sorted((row["unit_id"], row["role"], row["status"]) for row in chart.tasks):
        yield "统计事实中的承办单位与派单不同"


def _naive(value: Any) -> Any:
    """The facts keep instants in UTC without a zone."""
    if isinstance(value, datetime) and value.tzinfo:
        return value.astimezone(UTC).replace(tzinfo=None)
    return value


AFTER_REPLAY: dict[str, Callable[[Read], Iterator[str]]] = {
    "现状": rows_differ,
    "文字": texts_differ,
    "诉求人": person_lost,
    "答复": replies_differ,
    "时限": clocks_differ,
    "统计": facts_differ,
}
"""The checks that need what the log says. Adding one is adding a row."""
