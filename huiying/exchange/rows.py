"""One line of the sheet: cells become codes and instants, or problems that say how to mend them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TypeVar

from huiying.cases.persons import PersonData
from huiying.common import cells
from huiying.common.cells import Cell, CellError
from huiying.common.sheets import Sheet
from huiying.common.text import nearest, short, suggestion
from huiying.exchange.columns import REQUIRED, Heading, Mapping
from huiying.exchange.names import PlaceNames
from huiying.exchange.reports import SHOWN_VALUE, Problem
from huiying.mining.titles import title_of

T = TypeVar("T")

MODES = {
    **dict.fromkeys(("直办", "直接办理", "直接答复", "直接回复", "当场答复", "即时办结", "自办"), "direct"),
    **dict.fromkeys(("转办", "交办", "派单", "转派", "转交", "转交办理", "派单办理", "分办"), "dispatched"),
}
LONGEST = {"编号": 40, "上级编号": 64}
LONGEST_TITLE = 200
TITLE_FROM_BODY = 50
PLAIN_INSTANT = len("2022-03-01 09:30:00")
NOBODY = PersonData()
ONLY_DISPATCHED = ("协办单位", "派单时间", "认领时间", "退办时间")


@dataclass(slots=True)
class Row:
    """One case as the file tells it: codes of the place, instants in UTC. Where it is not `titled`, the title
    was taken from the body."""

    at: int
    number: str
    received_at: datetime
    channel: str
    upper_number: str = ""
    nature: str = ""
    topic: str = ""
    area: str = ""
    title: str = ""
    titled: bool = True
    body: str = ""
    person: PersonData = NOBODY
    mode: str = ""
    lead: str = ""
    co: tuple[str, ...] = ()
    dispatched_at: datetime | None = None
    claimed_at: datetime | None = None
    returned_at: datetime | None = None
    replied_at: datetime | None = None
    closed_at: datetime | None = None
    note: str = ""


class Reader:
    """Reads the lines of one sheet; `problems` of the line last read stay until the next."""

    def __init__(
        self, sheet: Sheet, heading: Heading, mapping: Mapping, names: PlaceNames, tz: tzinfo, now: datetime
    ) -> None:
        self.sheet, self.mapping, self.names, self.tz = sheet, mapping, names, tz
        self.at, self.width = heading.at, len(sheet.header)
        self.latest = now.astimezone(UTC) + timedelta(days=1)
        self.problems: list[Problem] = []
        self._number = 0
        self._cells: dict[str, Cell] = {}
        self._text: dict[str, str] = {}

    def read(self, number: int, values: list[Cell]) -> Row | None:
        """The line as a Row; None where `problems` holds a grave one."""
        self.problems, self._number = [], number
        self._take(number, values)
        row = Row(number, self._of("编号"), self.latest, self._channel())
        self._identify(row)
        self._describe(row)
        self._course(row)
        if not any(p.grave for p in self.problems):
            self._order(row)
        return None if any(p.grave for p in self.problems) else row

    # ---- cells

    def _take(self, number: int, values: list[Cell]) -> None:
        """The line's cells by our columns, cleaned, with the office's constants and words put in."""
        self._cells = {title: values[index] for title, index in self.at.items()}
        self._text = {title: cells.clean(value) for title, value in self._cells.items()}
        for title, constant in self.mapping.constants.items():
            if not self._text.get(title):
                self._cells[title] = self._text[title] = constant
        for title, words in self.mapping.values.items():
            if (word := self._text.get(title, "")) in words:
                self._cells[title] = self._text[title] = words[word]
        if self.sheet.uncalculated or self.sheet.errors or self.sheet.encoding:
            self._find_defects(number, values)
        if len(values) > self.width:
            self._wrong("", cells.clean(values[-1]), "有的格子没有列名", "请补上列名，或删去多出的格子")

    def _find_defects(self, number: int, values: list[Cell]) -> None:
        for title, index in self.at.items():
            value = values[index]
            odd = isinstance(value, str) and value.lstrip()[:1] in {"=", "#"}
            if (odd or (number, index + 1) in self.sheet.uncalculated) and (
                found := self.sheet.defect(number, index, value)
            ):
                self._wrong(title, cells.clean(value), *found)
                self._cells[title] = self._text[title] = ""

    def _wrong(self, title: str, value: str, what: str, mend: str, *, grave: bool = True) -> None:
        self.problems.append(Problem(self._number, title, value[:SHOWN_VALUE], what, mend, grave))

    def _of(self, title: str) -> str:
        return self._text.get(title, "")

    def _try(self, title: str, read: Callable[[str], T], nothing: T) -> T:
        """What a cell means, or `nothing` where it is blank or has a problem."""
        text = self._of(title)
        if not text:
            return nothing
        try:
            return read(text)
        except CellError as error:
            self._wrong(title, text, error.problem, error.remedy)
            return nothing

    # ---- what the case is

    def _channel(self) -> str:
        return self._try("渠道", self.names.channels.code, "")

    def _identify(self, row: Row) -> None:
        row.upper_number = self._of("上级编号")
        for title in ("编号", "上级编号", "联系电话"):
            if cells.digits_lost(self._cells.get(title)):
                self._wrong(
                    title,
                    self._of(title),
                    "是超过 15 位的数字，末几位已经丢失",
                    "请把该列设为文本格式，再填完整的号码",
                )
        for title, most in LONGEST.items():
            if len(self._of(title)) > most:
                self._wrong(
                    title,
                    self._of(title),
                    f"有 {len(self._of(title))} 个字，最多 {most} 个",
                    "请核对是否填错了列",
                )
        for title in REQUIRED:
            if not self._of(title) and not any(p.column == title for p in self.problems):
                self._wrong(title, "", "是空的", "必须填写")

    def _describe(self, row: Row) -> None:
        row.nature = self._try("性质", self.names.natures.code, "")
        row.area = self._try("所属乡镇", self.names.areas.code, "")
        if row.channel:
            row.topic = self._try("内容分类", lambda word: self.names.topic(row.channel, word), "")
        row.person = PersonData(name=self._of("诉求人"), phone=self._try("联系电话", cells.phone, ""))
        row.note = self._of("备注")
        row.title, row.body = " ".join(self._of("标题").split()), self._of("内容")
        if not row.title and not row.body:
            self._wrong("标题", "", "标题和内容都是空的", "至少填写一项")
        if len(row.title) > LONGEST_TITLE:
            self._wrong(
                "标题",
                row.title,
                f"标题有 {len(row.title)} 个字，已截为 {LONGEST_TITLE} 个",
                "全文保存在内容中",
                grave=False,
            )
            row.body = row.body if row.title in row.body else f"{row.title}\n{row.body}".strip()
            row.title = short(row.title, LONGEST_TITLE)
        if not row.title:
            row.title, row.titled = title_of(row.body) or short(row.body, TITLE_FROM_BODY), False

    # ---- what became of it

    def _course(self, row: Row) -> None:
        row.mode = self._try("办理方式", _mode, "")
        row.lead = self._try("牵头单位", self.names.one_unit, "")
        row.co = self._try("协办单位", self.names.several_units, ())
        if not row.mode and not self._of("办理方式"):
            row.mode = "dispatched" if self._of("牵头单位") else ""
            row.mode = row.mode or ("direct" if self._of("答复时间") or self._of("办结时间") else "")
        self._check_units(row)
        self._instants(row)

    def _check_units(self, row: Row) -> None:
        if row.mode == "dispatched":
            if not self._of("牵头单位"):
                self._wrong("牵头单位", "", "转办的诉求件没有牵头单位", "请填牵头单位，或把办理方式改为直办")
            repeated = row.lead in row.co or len(set(row.co)) < len(row.co)
            if row.lead and repeated:
                self._wrong(
                    "协办单位", self._of("协办单位"), "同一单位写了两次", "协办单位里请去掉重复的和牵头单位"
                )
            return
        how = "直办" if row.mode else "没有牵头单位"
        for title in ("牵头单位", *ONLY_DISPATCHED):
            if self._of(title) and not any(p.column == title for p in self.problems):
                self._wrong(
                    title,
                    self._of(title),
                    f"{how}的诉求件不应有{title}",
                    "请清空，或把办理方式改为转办并填牵头单位",
                )

    def _instants(self, row: Row) -> None:
        """The instants of the line; a bare date takes the hour of the step before it on the same day."""
        found: dict[str, datetime | None] = {}
        before: cells.Instant | None = None
        for title in ("受理时间", "派单时间", "认领时间", "退办时间", "答复时间", "办结时间"):
            read = self._instant(title)
            at = read.at if read else None
            if read and before and not read.has_time and read.at.date() == before.at.date():
                at = max(read.at, before.at)
            if read and at:
                before = cells.Instant(at, read.has_time)
            found[title] = at.astimezone(UTC) if at else None
        row.received_at = found["受理时间"] or self.latest
        row.dispatched_at, row.claimed_at = found["派单时间"], found["认领时间"]
        row.replied_at, row.closed_at = found["答复时间"], found["办结时间"]
        if self._try("退办", cells.yes_no, None):
            row.returned_at = found["退办时间"]
            if not self._of("退办时间"):
                self._wrong("退办时间", "", "写了退办，却没有退办时间", "请填退办时间，或把“退办”清空")
        elif found["退办时间"] and not self._of("退办"):
            row.returned_at = found["退办时间"]

    def _instant(self, title: str) -> cells.Instant | None:
        text = self._of(title)
        if not text:
            return None
        try:
            read = cells.instant(_plain(text) or self._cells[title], self.tz)
        except CellError as error:
            self._wrong(title, text, error.problem, error.remedy)
            return None
        if read.at > self.latest:
            self._wrong(title, text, "是还没有到的时间", "请核对年份和日期")
        return read

    def _order(self, row: Row) -> None:
        """Each step after the steps that it needs."""
        dispatched = ("派单时间", row.dispatched_at or row.received_at)
        received, claimed = ("受理时间", row.received_at), ("认领时间", row.claimed_at)
        replied, closed = ("答复时间", row.replied_at), ("办结时间", row.closed_at)
        pairs = [
            (received, ("派单时间", row.dispatched_at)),
            (received, replied),
            (replied, closed),
            (received, closed),
        ]
        if row.mode == "dispatched":
            asked = ("退办时间", row.returned_at)
            pairs += [(dispatched, later) for later in (claimed, asked, replied, closed)]
            pairs += [(claimed, replied), (asked, replied)]
        blamed: set[str] = set()
        for (first, before), (second, after) in pairs:
            if before and after and after < before and second not in blamed:
                blamed.add(second)
                shown = before.astimezone(self.tz).strftime("%Y-%m-%d %H:%M:%S")
                self._wrong(second, self._of(second), f"{second}早于{first}（{shown}）", "请核对这两个时间")
        if row.closed_at and not row.replied_at and row.mode == "dispatched":
            self._wrong("答复时间", "", "已办结却没有答复时间", "请填答复时间，或清空办结时间")
        if row.replied_at and not row.mode:
            self._wrong("办理方式", "", "有答复却看不出直办还是转办", "请填办理方式")


def _plain(text: str) -> datetime | None:
    """The commonest way of writing an instant, read the quick way."""
    try:
        return datetime.fromisoformat(text) if len(text) == PLAIN_INSTANT else None
    except ValueError:
        return None


def _mode(word: str) -> str:
    if word in MODES:
        return MODES[word]
    near = nearest(word, MODES, 1)
    raise CellError(f"办理方式“{word[:40]}”认不得", suggestion(word, MODES, 1) if near else "请填直办或转办")
