"""Spreadsheets for the tests, made as they run."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl

from huiying.common.cells import Cell, clean
from huiying.common.sheets import Sheet

HEADER = ["编号", "标题", "受理时间"]
ROWS: list[list[str]] = [["RX1", "路灯不亮", "2022/3/1 9:05:00"], ["RX2", "井盖，丢失", "2022/3/2 10:00:00"]]


def is_header(row: list[str]) -> bool:
    return "编号" in row and "标题" in row


def book(path: Path, *sheets: tuple[str, list[list[Cell]]]) -> Path:
    """A workbook with these sheets."""
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for name, rows in sheets:
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.save(path)
    return path


def one(path: Path) -> Path:
    """The plain good workbook."""
    first, second = ROWS
    return book(path, ("台账", [[*HEADER], [*first], [*second]]))


def repack(path: Path, change: Callable[[str, bytes], bytes]) -> Path:
    """Rewrite every part of a workbook."""
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, change(name, content))
    return path


def values(sheet: Sheet) -> list[list[str]]:
    return [[clean(cell) for cell in row] for _, row in sheet.rows()]


def numbers(sheet: Sheet) -> list[int]:
    return [number for number, _ in sheet.rows()]


def text_file(path: Path, rows: list[list[str]], *, delimiter: str = ",", encoding: str = "utf-8") -> Path:
    lines = "".join(delimiter.join(row) + "\r\n" for row in rows)
    path.write_bytes(lines.encode(encoding))
    return path
