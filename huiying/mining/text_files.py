"""Texts out of people's spreadsheets: which column is which, whatever it is called, row by row. Pure.

What `huiying classify`, `topics`, `duplicates` and `replies` read, and how they write what they found.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path

from huiying.common.cells import Cell, CellError, clean, guard, instant
from huiying.common.errors import Refused, why
from huiying.common.sheet_writing import MAX_TEXT
from huiying.common.sheets import SheetError, open_sheet, write_sheet
from huiying.common.text import normal_name, normal_phone
from huiying.mining.hot_topics import Report
from huiying.mining.titles import LONGEST, title_of

COLUMNS = {
    "id": ("编号", "留言编号", "诉求编号", "工单编号", "工单号", "id", "row"),
    "title": ("留言主题", "标题", "主题", "诉求标题", "工单标题", "title"),
    "body": (
        *("留言详情", "诉求内容", "内容", "诉求详情", "工单内容", "反映内容", "问题描述"),
        *("question", "body", "text_segmented", "text"),
    ),
    "label": ("一级标签", "一级分类", "label", "agency", "分类", "标签"),
    "person": ("留言用户", "用户", "诉求人", "来电人", "反映人", "姓名", "user"),
    "phone": ("联系电话", "来电号码", "电话", "手机号码", "手机号", "手机", "联系方式", "phone"),
    "at": ("留言时间", "受理时间", "诉求时间", "来电时间", "登记时间", "时间", "time"),
    "answer": ("答复意见", "公开答复", "答复", "答复内容", "answer", "reply"),
    "answered_at": ("答复时间", "回复时间", "办结时间"),
    "report": ("办理情况", "办理结果"),
    "contact": ("与群众联系记录", "联系记录"),
    "nature": ("性质", "诉求性质"),
    "unit": ("承办单位", "答复单位"),
    "place": ("地址", "地点", "问题地点", "事发地点", "address", "place"),
    "area": ("所属乡镇", "区域", "乡镇", "area"),
    "likes": ("点赞数", "赞成数"),
    "dislikes": ("反对数", "不赞成数"),
}
"""Each of our columns and what others call it, the surest name first; case and spaces do not matter."""
SHORTEST_PHONE = 7
_NOBODY = re.compile(
    r"[*＊×某]|匿名|(?:先生|女士|小姐|师傅|同志|阿姨|大爷)$|^(?:无|不详|未知|群众|市民|网友)$"
)
"""Names that are no one person's."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number in the file, its own number (the row's where there is none), the other columns."""

    line: int
    id: str
    values: dict[str, str]
    times: dict[str, datetime] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")

    @property
    def text(self) -> str:
        """Title and body as one text, the title not twice."""
        title, body = self["title"], self["body"]
        return body if title and body.startswith(title) else "\n".join(part for part in (title, body) if part)


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file whose columns are known: `names` are those of ours that it has."""

    path: Path
    names: frozenset[str]
    rows_at_most: int
    header: tuple[str, ...]
    _rows: Iterable[Row]

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)


def open_texts(path: Path, *, needed: Sequence[str] = (), tz: tzinfo) -> TextFile:
    """Open xlsx, xls or csv. Raises SheetError (Refused) for a file that cannot be read or lacks a column.

    Of `title` and `body` one is always needed. Times that cannot be read are left out, not guessed.
    """
    sheet = open_sheet(path, is_header=lambda cells: len(columns_of(cells)) >= 2)
    found = columns_of(sheet.header)
    lacking = [name for name in needed if name not in found]
    if not {"title", "body"} & found.keys():
        lacking.append("body")
    if lacking:
        names = "；".join(
            f"“{COLUMNS[name][0]}”（也可叫{'、'.join(COLUMNS[name][1:4])}）" for name in lacking
        )
        header = "、".join(sheet.header[:12])
        odd = sheet.encoding not in {None, "utf-8"}
        mend = "请补上或改列名" + ("；列名是乱码的，请另存为 xlsx 或 UTF-8 的 csv" if odd else "")
        raise SheetError(path, f"缺少列 {names}；现有的列：{header}", mend)
    rows = (_row(number, values, found, tz) for number, values in sheet.rows())
    return TextFile(path, frozenset(found), sheet.rows_at_most, tuple(sheet.header), rows)


def columns_of(header: Sequence[str]) -> dict[str, int]:
    """Where each of our columns stands: by its surest name that the header has."""
    at = {normal_name(name): index for index, name in reversed(list(enumerate(header)))}
    found: dict[str, int] = {}
    for name, others in COLUMNS.items():
        for other in others:
            index = at.get(normal_name(other))
            if index is not None and index not in found.values():
                found[name] = index
                break
    return found


def _row(number: int, values: list[Cell], found: dict[str, int], tz: tzinfo) -> Row:
    texts = {name: clean(values[index]) for name, index in found.items()}
    times: dict[str, datetime] = {}
    for name in ("at", "answered_at"):
        if name in found and texts[name]:
            try:
                times[name] = instant(values[found[name]], tz).at
            except CellError:
                continue
    return Row(number, texts.get("id") or str(number), texts, times)


def reports(rows: Iterable[Row]) -> list[Report]:
    """The rows as reports, one without a title by the beginning of its words; clicks that are no number count
    as none."""
    return [
        Report(
            row.id,
            row["title"] or title_of(row["body"]) or row["body"][:LONGEST],
            row["body"],
            _person(row["person"], row["phone"]),
            row.times.get("at"),
            _clicks(row["likes"]),
            _clicks(row["dislikes"]),
            row["place"],
            row["area"],
        )
        for row in rows
    ]


def _person(name: str, phone: str) -> str:
    """By what the same person is known again: their telephone, else their name; "" where neither tells.

    A masked one (张某某, 139****0001) and 王女士 are many people's.
    """
    digits = normal_phone(phone)
    if len(digits) >= SHORTEST_PHONE and "*" not in phone:
        return digits
    return "" if _NOBODY.search(name) else name


def _clicks(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def check_out(out: Path | None, source: Path, *, endings: Sequence[str] = (".xlsx", ".csv")) -> None:
    """Refuse before anything is computed where the result could not be written: another ending, no such
    folder, or the very file that is read. Raises Refused."""
    if out is None:
        return
    if endings and out.suffix.lower() not in endings:
        raise Refused(f"不能写成“{out.name}”。请用 {' 或 '.join(endings)} 结尾的文件名。")
    if not out.absolute().parent.is_dir():
        raise Refused(f"没有文件夹 {out.absolute().parent}。请先建好，或换一个位置。")
    if out.is_dir():
        raise Refused(f"{out} 是文件夹。请写上文件名。")
    if out.exists() and source.exists() and out.samefile(source):
        raise Refused(f"结果不能写回 {source.name}，那会盖掉原来的内容。请换一个文件名。")


def write_rows(
    path: Path, title: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, tz: tzinfo
) -> int:
    """Write a table as xlsx or else csv (UTF-8 with mark); the number of rows. Raises Refused.

    Texts beyond the limit of Excel's cells are cut in xlsx, ending in ….
    """
    if path.suffix.lower() == ".xlsx":
        return write_sheet(path, title, columns, ([_cut(cell) for cell in row] for row in rows), tz=tz)
    written = 0
    try:
        with path.open("w", encoding="utf-8-sig", newline="", errors="replace") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            for row in rows:
                written += 1
                writer.writerow([_plain(cell, tz) for cell in row])
    except OSError as error:
        raise SheetError(path, f"写不进去（{why(error)}）", "请检查文件夹权限和磁盘空间") from error
    return written


def _plain(cell: Cell, tz: tzinfo) -> Cell:
    """A cell as csv has it: a time as in xlsx, by the clock on the wall."""
    if isinstance(cell, datetime):
        return f"{cell.astimezone(tz) if cell.tzinfo else cell:%Y-%m-%d %H:%M:%S}"
    return guard(cell) if isinstance(cell, str) else cell


def _cut(cell: Cell) -> Cell:
    return cell[: MAX_TEXT - 2] + "…" if isinstance(cell, str) and len(cell) >= MAX_TEXT else cell
