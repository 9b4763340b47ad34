"""Writing rows into a file that people open in WPS or Excel: as xlsx without holding the rows, or as csv."""

import csv
import io
import math
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, tzinfo
from pathlib import Path

import xlsxwriter
from xlsxwriter.exceptions import XlsxFileError
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from huiying.common.cells import BREAKS, EXCEL_DIGITS, Cell, cell_name, clean, guard
from huiying.common.sheet_guards import SheetError

MAX_TEXT = 32_767  # characters in a cell, Excel's limit
MAX_SHEET_ROWS = 1_048_576
DEFAULT_WIDTH = 18
NOTES = "说明"
_HEAD = {"bold": True, "bg_color": "#E7EDF5", "bottom": 1, "text_wrap": True, "valign": "vcenter"}
_BODY = {"text_wrap": True, "valign": "top"}
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # not in XML 1.0
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")


def write_sheet(
    path: Path | str,
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    tz: tzinfo,
    widths: Sequence[float] | None = None,
    notes: Sequence[str] = (),
) -> int:
    """Write one table (and the notes, a paragraph each, on a second sheet); return the number of rows.

    The title names the sheet. Instants become text in ``tz``; text that a spreadsheet would run gets a
    leading ``'``, which ``cells.clean`` takes away again. ``widths`` are in characters. The file
    appears under its name only when it is complete. Raises SheetError for text or rows beyond Excel's limits.
    """
    path = Path(path)
    with _book(path) as book:
        book.set_properties({"title": clean(title)})
        sheet = book.add_worksheet(sheet_name(title))
        for index in range(len(columns)):
            sheet.set_column(index, index, widths[index] if widths else DEFAULT_WIDTH)
        sheet.freeze_panes(1, 0)
        _write_row(path, sheet, 0, columns, tz, book.add_format(_HEAD))
        body, count = book.add_format(_BODY), 0
        for count, row in enumerate(rows, 1):
            _write_row(path, sheet, count, row, tz, body)
        sheet.autofilter(0, 0, count, max(0, len(columns) - 1))
        _write_notes(path, book, notes, tz, body)
    return count


def csv_bytes(columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, tz: tzinfo) -> bytes:
    """One table as csv with the mark that WPS and Excel know UTF-8 by; cells are those of `write_sheet`."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    for row in rows:
        writer.writerow(
            [
                value if isinstance(value, int | float) and _stays_number(value) else guard(_text(value, tz))
                for value in row
            ]
        )
    return text.getvalue().encode("utf-8-sig")


@contextmanager
def _book(path: Path) -> Iterator[xlsxwriter.Workbook]:
    """A workbook that takes its name only when it is complete; a failure leaves nothing behind."""
    if not path.parent.is_dir():
        raise SheetError(path, f"没有文件夹 {path.parent}", "请先建好文件夹，或换一个位置")
    partial = path.with_name(path.name + ".part")
    with tempfile.TemporaryDirectory() as drafts:
        book = xlsxwriter.Workbook(partial, {"constant_memory": True, "tmpdir": drafts})
        try:
            yield book
            book.close()
            os.replace(partial, path)
        except (OSError, XlsxFileError) as error:
            raise SheetError(path, f"写不进去（{error}）", "请检查文件夹权限和磁盘空间") from error
        finally:
            if not book.fileclosed:  # closing releases its temporary files
                with suppress(OSError, XlsxFileError):
                    book.close()
            partial.unlink(missing_ok=True)


def _write_row(
    path: Path, sheet: Worksheet, row: int, values: Sequence[Cell], tz: tzinfo, style: Format
) -> None:
    """Write one row (0-based); numbers stay numbers, everything else becomes text."""
    if row >= MAX_SHEET_ROWS:
        raise SheetError(path, f"要写的超过了 {MAX_SHEET_ROWS:,} 行", "请缩小范围，分成几个文件")
    for column, value in enumerate(values):
        if isinstance(value, int | float) and _stays_number(value):
            sheet.write_number(row, column, value, style)
            continue
        text = guard(_UNWRITABLE.sub("", BREAKS.sub("\n", _text(value, tz))))
        if len(text) > MAX_TEXT:
            where = cell_name(row + 1, column)
            raise SheetError(
                path, f"单元格 {where} 有 {len(text):,} 字，超过了 Excel 的 {MAX_TEXT:,} 字", "请缩短这段文字"
            )
        if text:
            sheet.write_string(row, column, text, style)
        else:
            sheet.write_blank(row, column, None, style)


def _stays_number(value: int | float) -> bool:
    """Numbers that Excel would round (16 digits and more) are better text; it has no NaN and no infinity."""
    return not isinstance(value, bool) and math.isfinite(value) and abs(value) < 10**EXCEL_DIGITS


def _text(value: Cell, tz: tzinfo) -> str:
    """Text as it is, instants in the zone, 是 and 否 for booleans."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("an instant without a zone cannot be written")
        value = value.astimezone(tz).replace(tzinfo=None)
    return clean(value)


def _write_notes(
    path: Path, book: xlsxwriter.Workbook, notes: Sequence[str], tz: tzinfo, style: Format
) -> None:
    if not notes:
        return
    sheet = book.add_worksheet(NOTES if book.worksheets()[0].name != NOTES else NOTES + "2")
    sheet.set_column(0, 0, 100)
    for row, note in enumerate(notes):
        _write_row(path, sheet, row, [note], tz, style)


def sheet_name(title: str) -> str:
    """Make a name that Excel takes for a sheet: at most 31 UTF-16 units, none of []:*?/\\, not "History"."""
    name = _NOT_IN_NAMES.sub(" ", _UNWRITABLE.sub("", clean(title)))
    while len(name.encode("utf-16-le")) > 62:
        name = name[:-1]
    name = name.strip(" '")
    return "Sheet1" if name.casefold() in ("", "history") else name
