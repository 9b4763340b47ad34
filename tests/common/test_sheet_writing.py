"""What the office hands out opens safely and can be read again."""
# ruff: noqa: DTZ001 - spreadsheets hold instants without a zone

import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from huiying.common.cells import Cell, clean
from huiying.common.sheet_writing import MAX_TEXT, sheet_name
from huiying.common.sheets import SheetError, open_sheet, write_sheet
from tests.common.made_sheets import HEADER, is_header, numbers, values

TOWN = ZoneInfo("Asia/Shanghai")


def test_what_is_written_is_safe_typed_and_readable(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    at = datetime(2022, 3, 1, 4, 9, 38, tzinfo=UTC)
    row: list[Cell] = ["=1+1", "+86", "-", "@x", at, date(2022, 3, 1), True, None, 3, 2.5, 10**17, "甲\n乙"]
    count = write_sheet(path, "三月/台账", [f"列{n}" for n in range(12)], [row], tz=TOWN, notes=["截至月底"])
    assert count == 1
    made = openpyxl.load_workbook(path)
    sheet = made["三月 台账"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref, made.sheetnames[1]) == ("A2", "A1:L2", "说明")
    assert "f" not in {cell.data_type for cell in sheet[2]}
    texts = ["'=1+1", "'+86", "'-", "'@x", "2022-03-01 12:09:38", "2022-03-01", "是"]
    assert [cell.value for cell in sheet[2]] == [*texts, None, 3, 2.5, str(10**17), "甲\n乙"]
    assert made["说明"]["A1"].value == "截至月底"
    assert list(tmp_path.iterdir()) == [path]


@example([["'\r", "\x85\t", "''\t"]])
@given(st.lists(st.lists(st.text(max_size=40), min_size=3, max_size=3), max_size=8))
def test_what_is_written_is_read_again(rows: list[list[str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.xlsx"
        write_sheet(path, "台账", HEADER, rows, tz=TOWN)
        sheet = open_sheet(path, is_header=is_header)
        assert sheet.header == HEADER
        expected = [[clean(cell) for cell in row] for row in rows]
        assert values(sheet) == [row for row in expected if any(row)]
        assert numbers(sheet) == [number for number, row in enumerate(expected, 2) if any(row)]


def test_an_instant_without_a_zone_and_too_long_a_text_are_not_written(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with pytest.raises(ValueError, match="zone"):
        write_sheet(path, "台账", ["时间"], [[datetime(2022, 3, 1)]], tz=TOWN)
    with pytest.raises(SheetError, match="单元格 A2 有 32,768 字"):
        write_sheet(path, "台账", ["内容"], [["x" * (MAX_TEXT + 1)]], tz=TOWN)
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_the_former_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_sheet(path, "台账", ["编号"], [["1"]], tz=TOWN)
    before = path.read_bytes()
    with pytest.raises(SheetError):
        write_sheet(path, "台账", ["编号"], [["x" * (MAX_TEXT + 1)]], tz=TOWN)
    assert path.read_bytes() == before
    with pytest.raises(SheetError, match="没有文件夹"):
        write_sheet(tmp_path / "没有" / "a.xlsx", "台账", ["编号"], [], tz=TOWN)


@given(st.text())
def test_any_title_names_a_sheet(title: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_sheet(Path(folder) / "a.xlsx", title, ["编号"], [["1"]], tz=TOWN, notes=["x"])
    assert 1 <= len(sheet_name(title).encode("utf-16-le")) <= 62
