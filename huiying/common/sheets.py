"""Safe reading and writing of officials' spreadsheets: xlsx, xlsm, xls and csv.

``open_sheet`` looks at the file before it parses it (size, true kind, zip bombs), chooses the sheet, finds
the header row and gives the rows one by one. Every problem is a SheetError in Chinese. Values come as they
are in the file; ``cells.clean``, ``cells.instant`` and their like make sense of them.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TypeVar

import python_calamine as calamine

from huiying.common.cells import Cell, cell_name, clean, is_blank, is_error_value, looks_like_formula
from huiying.common.delimited import HEADER_WITHIN, read_delimited
from huiying.common.packages import Position, Scan, check_package, scan_sheet, sheet_parts
from huiying.common.sheet_guards import (
    MAX_BYTES,
    MAX_COLUMNS,
    MAX_ROWS,
    PASSWORD,
    SheetError,
    check_file,
)
from huiying.common.sheet_writing import write_sheet

__all__ = ["MAX_BYTES", "MAX_ROWS", "IsHeader", "Sheet", "SheetError", "open_sheet", "write_sheet"]

T = TypeVar("T")
IsHeader = Callable[[list[str]], bool]
_DAMAGED = ("表格读不通，可能已经损坏", "请在 WPS/Excel 中打开后另存为 .xlsx 再导入")


@dataclass(frozen=True)
class Sheet:
    """One sheet, ready to be read from its header on; ``rows`` may be called again and starts anew."""

    path: Path
    name: str  # of the sheet; of the file, without its suffix, for csv
    header: list[str]  # cleaned; blank columns at its end are left out
    header_row: int  # as in the file, from 1
    rows_at_most: int  # below the header, for a progress bar; blank rows and line breaks in cells count too
    encoding: str | None = None  # of csv
    merged: tuple[str, ...] = ()  # ranges below the header: only their first cell holds the value
    uncalculated: frozenset[Position] = frozenset()  # (row, column), both from 1, as are those of errors
    errors: Mapping[Position, str] = field(default_factory=dict)
    max_rows: int = MAX_ROWS
    _source: Callable[[], Iterator[list[Cell]]] = field(default=lambda: iter(()), repr=False)

    def rows(self) -> Iterator[tuple[int, list[Cell]]]:
        """Yield (row number as in the file, values) of every row below the header that is not blank.

        A row has at least as many values as the header; a longer one has filled cells without a column,
        which the caller should report. Raises SheetError for what only reading finds out.
        """
        defective = {row for row, _ in self.uncalculated} | {row for row, _ in self.errors}
        count = 0
        for number, values in enumerate(self._source(), 1):
            if number <= self.header_row:
                continue
            if number not in defective and all(is_blank(value) for value in values):
                continue
            count += 1
            self._check(number, count, values)
            yield number, self._shaped(number, values)

    def _check(self, number: int, count: int, values: list[Cell]) -> None:
        if count > self.max_rows:
            raise SheetError(self.path, f"数据超过了 {self.max_rows:,} 行的上限", "请分成几个文件")
        if len(values) > MAX_COLUMNS:
            raise SheetError(self.path, f"第 {number} 行超过了 {MAX_COLUMNS} 列的上限", "请核对分隔符和引号")

    def _shaped(self, number: int, values: list[Cell]) -> list[Cell]:
        """Make the row as wide as the header, keep filled cells beyond it, and put error values back."""
        width = len(self.header)
        row = values + [""] * (width - len(values))
        while len(row) > width and is_blank(row[-1]):
            row.pop()
        if self.errors:
            row = [self.errors.get((number, column), value) for column, value in enumerate(row, 1)]
        return row

    def defect(self, row: int, index: int, value: Cell) -> tuple[str, str] | None:
        """Say (problem, remedy) where a cell holds a formula without result or an error value.

        ``row`` is the number that ``rows`` gave, ``index`` the position in the values, from 0.
        """
        name = cell_name(row, index)
        if (row, index + 1) in self.uncalculated:
            return f"单元格 {name} 是没有计算结果的公式", "请在 WPS/Excel 中打开并保存一次，或改成数值"
        if is_error_value(value):
            return f"单元格 {name} 是错误值 {clean(value)}", "请改正公式，或直接填上内容"
        if self.encoding and looks_like_formula(value):
            return f"单元格 {name} 像是公式 {clean(value)[:40]}", "请改成计算后的内容"
        return None


def open_sheet(
    path: Path | str,
    *,
    sheet: str | None = None,
    is_header: IsHeader | None = None,
    max_bytes: int = MAX_BYTES,
    max_rows: int = MAX_ROWS,
) -> Sheet:
    """Check the file and open one of its sheets; raise SheetError (Chinese: what, where, how to mend).

    The sheet is the named one; else the first in whose first ten rows ``is_header`` recognises the header
    (given as cleaned text); else the first that holds anything. Without a recognised row the header is the
    first row that is not blank, and the caller says which columns it lacks. csv is streamed; for
    workbooks the parser holds one sheet in compact form (270 MB for 100,000 rows of 21 columns).
    """
    path = Path(path)
    kind = check_file(path, max_bytes)
    if kind == "csv":
        return _open_csv(path, sheet, is_header, max_rows)
    if kind == "xlsx":
        check_package(path)
    return _open_workbook(path, sheet, is_header, max_rows, zipped=kind == "xlsx")


def _header(first: list[list[Cell]], is_header: IsHeader | None) -> tuple[int, list[str], bool] | None:
    """Find (row number, header, recognised) among the first rows; None where they are all blank."""
    texts = [[clean(value) for value in row] for row in first]
    for text in texts:
        while text and not text[-1]:
            text.pop()
    for number, text in enumerate(texts, 1):
        if text and is_header is not None and is_header(text):
            return number, text, True
    return next(((number, text, False) for number, text in enumerate(texts, 1) if text), None)


def _open_csv(path: Path, sheet: str | None, is_header: IsHeader | None, max_rows: int) -> Sheet:
    if sheet is not None and sheet != path.stem:
        raise SheetError(path, f"文本文件里没有工作表“{sheet}”", "请不要指定工作表，或改用 xlsx 文件")
    text = read_delimited(path, is_header)

    def source() -> Iterator[list[Cell]]:
        for record in text.records():
            yield list(record)

    found = _header(list(islice(source(), HEADER_WITHIN)), is_header)
    if found is None:
        raise SheetError(path, f"前 {HEADER_WITHIN} 行都是空的", "请把表头放在第一行")
    number, header, _ = found
    if len(header) > MAX_COLUMNS:
        raise SheetError(path, f"表头超过了 {MAX_COLUMNS} 列的上限", "请核对分隔符和引号")
    return Sheet(
        path,
        path.stem,
        header,
        number,
        max(0, text.lines + 1 - number),
        encoding="utf-8" if text.encoding == "utf-8-sig" else text.encoding,
        max_rows=max_rows,
        _source=source,
    )


# --- workbooks ----------------------------------------------------------------------------------


def _open_workbook(
    path: Path, sheet: str | None, is_header: IsHeader | None, max_rows: int, *, zipped: bool
) -> Sheet:
    parts = sheet_parts(path) if zipped else {}
    fallback: Sheet | None = None
    book = _parse(path, lambda: calamine.CalamineWorkbook.from_path(path))
    with book:
        for name in _candidates(path, book, sheet):
            scan = scan_sheet(path, parts.get(name, ""), max_rows) if zipped else None
            opened, recognised = _open_named(path, book, name, scan, is_header, max_rows)
            if opened and recognised:
                return opened
            fallback = fallback or opened
    if fallback is None:
        where = f"工作表“{sheet}”" if sheet else "工作簿"
        raise SheetError(path, f"{where}里没有内容，或前 {HEADER_WITHIN} 行都是空的", "请把表头放在前几行")
    return fallback


def _candidates(path: Path, book: calamine.CalamineWorkbook, sheet: str | None) -> list[str]:
    """The sheets to look at, in order: the named one, or all visible ones."""
    grids = [one for one in book.sheets_metadata if one.typ == calamine.SheetTypeEnum.WorkSheet]
    if sheet is None:
        visible = [one.name for one in grids if one.visible == calamine.SheetVisibleEnum.Visible]
        if not visible:
            raise SheetError(path, "工作簿里没有看得见的工作表", "请取消隐藏，或新建一张工作表")
        return visible
    wanted = [one.name for one in grids if clean(one.name) == clean(sheet)]
    if not wanted:
        names = "、".join(f"“{one.name}”" for one in grids)
        raise SheetError(path, f"没有工作表“{sheet}”，这个文件里有{names}", "请改用其中一个名字")
    return wanted[:1]


def _parse(path: Path, step: Callable[[], T]) -> T:
    """Run one step of the parser and turn its failures, panics among them, into a SheetError."""
    try:
        return step()
    except calamine.PasswordError as error:
        raise SheetError(path, *PASSWORD) from error
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise SheetError(path, *_DAMAGED) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # pyo3's, which is no Exception
            raise
        raise SheetError(path, *_DAMAGED) from error


def _open_named(
    path: Path,
    book: calamine.CalamineWorkbook,
    name: str,
    scan: Scan | None,
    is_header: IsHeader | None,
    max_rows: int,
) -> tuple[Sheet | None, bool]:
    """Load one sheet; (None, False) where it is blank."""
    grid = _parse(path, lambda: book.get_sheet_by_name(name))
    _check_grid(path, grid, max_rows)
    last_row = max(scan.last_row if scan else 0, grid.end[0] + 1 if grid.end else 0)
    found = _header(list(islice(_grid_rows(grid, last_row), HEADER_WITHIN)), is_header)
    if found is None:
        return None, False
    number, header, recognised = found
    sheet = Sheet(
        path,
        name,
        header,
        number,
        max(0, last_row - number),
        merged=_merged_below(grid, number),
        uncalculated=frozenset(scan.uncalculated) if scan else frozenset(),
        errors=scan.errors if scan else {},
        max_rows=max_rows,
        _source=lambda: _grid_rows(grid, last_row),
    )
    return sheet, recognised


def _check_grid(path: Path, grid: calamine.CalamineSheet, max_rows: int) -> None:
    """The limits again, for xls, whose sheets cannot be measured before they are parsed."""
    bottom, right = grid.end or (0, 0)
    if bottom >= max_rows + HEADER_WITHIN or right >= MAX_COLUMNS:
        raise SheetError(
            path,
            f"工作表有 {bottom + 1:,} 行、{right + 1} 列，太大了",
            f"请删去多余的行和列，或分成几个文件（上限 {max_rows:,} 行、{MAX_COLUMNS} 列）",
        )


def _grid_rows(grid: calamine.CalamineSheet, last_row: int) -> Iterator[list[Cell]]:
    """Yield all rows from row 1 to the last; the empty columns on the left and the rows at the end
    (formulas without result, error values) that the parser leaves out are put back.
    """
    left: list[Cell] = [""] * (grid.start[1] if grid.start else 0)
    count = 0
    for row in grid.iter_rows():
        count += 1
        yield [*left, *row]
    yield from ([] for _ in range(count, last_row))


def _merged_below(grid: calamine.CalamineSheet, header_row: int) -> tuple[str, ...]:
    """Name the merged ranges that reach over several cells below the header."""
    return tuple(
        f"{cell_name(top + 1, left)}:{cell_name(bottom + 1, right)}"
        for (top, left), (bottom, right) in grid.merged_cell_ranges or []
        if bottom + 1 > header_row
    )
