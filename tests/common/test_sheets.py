"""Spreadsheets as officials send them, text and workbooks, whole and odd."""
# ruff: noqa: DTZ001 - spreadsheets hold instants without a zone

import os
import re
import tracemalloc
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from openpyxl.styles import Font

from huiying.common.cells import Cell, clean, instant
from huiying.common.sheets import SheetError, open_sheet
from tests.common.compound_files import old_workbook
from tests.common.made_sheets import HEADER, ROWS, book, is_header, numbers, repack, text_file, values

TOWN = ZoneInfo("Asia/Shanghai")


# --- text ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_text_is_read_in_every_encoding_and_with_every_delimiter(
    tmp_path: Path, encoding: str, delimiter: str
) -> None:
    path = text_file(tmp_path / "台账.csv", [HEADER, *ROWS], delimiter=delimiter, encoding=encoding)
    sheet = open_sheet(path)
    assert (sheet.name, sheet.header, sheet.header_row) == ("台账", HEADER, 1)
    assert list(sheet.rows()) == [(2, ROWS[0]), (3, ROWS[1])]
    assert list(sheet.rows()) == [(2, ROWS[0]), (3, ROWS[1])], "a second reading starts anew"
    assert sheet.encoding == encoding.removesuffix("-sig")


def test_big_endian_utf_16_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xfe\xff" + "编号\t标题\r\n1\t甲".encode("utf-16-be"))
    assert values(open_sheet(path)) == [["1", "甲"]]


def test_quoted_cells_keep_line_breaks_and_rows_are_numbered_as_in_excel(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('编号,标题\n1,"第一行\n第二行, ""引号"""\n\n,\n2,乙\n', encoding="utf-8")
    assert list(open_sheet(path).rows()) == [(2, ["1", '第一行\n第二行, "引号"']), (5, ["2", "乙"])]


def test_the_separator_line_of_excel_is_obeyed(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("sep=|\n编号|标题\n1|甲,乙\n", encoding="utf-8")
    sheet = open_sheet(path)
    assert (sheet.header, sheet.header_row) == (["编号", "标题"], 2)
    assert list(sheet.rows()) == [(3, ["1", "甲,乙"])]


def test_a_quotation_mark_that_is_never_closed_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('编号,标题\n1,甲\n2,"乙\n3,丙\n', encoding="utf-8")
    with pytest.raises(SheetError, match="从第 3 行起"):
        list(open_sheet(path).rows())


def test_one_spoilt_byte_in_utf_8_is_not_mistaken_for_gb18030(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    good = "编号,标题\n1,城东路段路灯一直不亮请尽快维修\n2,".encode()
    path.write_bytes(good + b"\xe8\xb7,\n")
    with pytest.raises(SheetError, match="第 3 行有损坏的文字（文件是 UTF-8"):
        open_sheet(path)


def test_text_in_no_known_encoding_is_told_with_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("编号,标题\n".encode("gb18030") + b"1,ok\n2,\xff\xff\n")
    with pytest.raises(SheetError, match="UTF-8 读到第 1 行、GB18030 读到第 3 行"):
        open_sheet(path)


def test_a_character_cut_by_the_buffer_is_still_one_character(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("编号,标题\n".encode() + b"x" * ((1 << 20) - 15) + ",灯灯灯\n".encode())
    with pytest.raises(SheetError, match="从第 2 行起"):
        list(open_sheet(path).rows())  # too long a cell, yet good text
    path.write_bytes("编号,标题\n".encode() + b"1,x\n" * 262_140 + "1,灯灯灯\n".encode())
    assert sum(1 for _ in open_sheet(path).rows()) == 262_141


def test_text_is_streamed_and_not_held(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("编号,标题\n" + ("RX2022030001," + "路灯不亮" * 50 + "\n") * 30_000, encoding="utf-8")
    tracemalloc.start()
    count = sum(1 for _ in open_sheet(path).rows())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 30_000
    assert peak < 6_000_000


def test_too_many_rows_of_text_are_refused(tmp_path: Path) -> None:
    path = text_file(tmp_path / "a.csv", [HEADER, *ROWS])
    with pytest.raises(SheetError, match="超过了 1 行"):
        list(open_sheet(path, max_rows=1).rows())


def test_a_formula_in_text_is_pointed_at(tmp_path: Path) -> None:
    path = text_file(tmp_path / "a.csv", [HEADER, ["1", '=HYPERLINK("x")', "'=1"]])
    sheet = open_sheet(path)
    [(number, row)] = sheet.rows()
    defects = [sheet.defect(number, index, value) for index, value in enumerate(row)]
    assert [defect and defect[0] for defect in defects] == [None, '单元格 B2 像是公式 =HYPERLINK("x")', None]


# --- workbooks ----------------------------------------------------------------------------------


def test_a_workbook_is_read_with_its_types(tmp_path: Path) -> None:
    at = datetime(2022, 3, 1, 12, 9, 37, 999_999)
    path = book(
        tmp_path / "a.xlsx",
        ("台账", [["编号", "标题", "时间", "日期"], [13900000001, "甲", at, date(2022, 3, 1)]]),
    )
    sheet = open_sheet(path)
    [(number, row)] = sheet.rows()
    assert (sheet.name, number, values(sheet)) == (
        "台账",
        2,
        [["13900000001", "甲", "2022-03-01 12:09:38", "2022-03-01"]],
    )
    assert (instant(row[2], TOWN).has_time, instant(row[3], TOWN).has_time) == (True, False)


def test_a_sheet_that_starts_in_the_middle_keeps_its_coordinates(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    sheet = made.worksheets[0]
    sheet["C5"], sheet["D5"], sheet["C8"], sheet["D8"] = "编号", "标题", "1", "=1+1"
    sheet["Z30"].font = Font(bold=True)
    made.save(tmp_path / "a.xlsx")
    read = open_sheet(tmp_path / "a.xlsx", is_header=is_header)
    [(number, row)] = read.rows()
    assert (read.header, read.header_row, number) == (["", "", "编号", "标题"], 5, 8)
    assert (defect := read.defect(number, 3, row[3]))
    assert defect[0] == "单元格 D8 是没有计算结果的公式"
    assert read.rows_at_most == 3


def test_the_header_is_found_below_title_rows(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [
        ["三月台账"],
        [],
        ["单位：件"],
        [*HEADER],
        ["1", "甲", "2022/3/1"],
        [None, " \u3000"],
        ["2"],
    ]
    sheet = open_sheet(book(tmp_path / "a.xlsx", ("台账", rows)), is_header=is_header)
    assert (sheet.header, sheet.header_row) == (HEADER, 4)
    assert list(sheet.rows()) == [(5, ["1", "甲", "2022/3/1"]), (7, ["2", "", ""])]


def test_the_sheet_with_the_header_is_chosen_before_the_first(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ("说明", [["填表说明"]]), ("台账", [[*HEADER], ["1", "甲"]]))
    assert open_sheet(path, is_header=is_header).name == "台账"
    assert open_sheet(path).name == "说明"
    assert open_sheet(path, sheet="说明", is_header=is_header).header == ["填表说明"]
    assert open_sheet(path, sheet=" 台账 ").header == HEADER


def test_a_blank_or_hidden_sheet_is_passed_over_unless_named(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ("空", []), ("藏", [[*HEADER], ["1"]]), ("台账", [[*HEADER], ["2"]]))
    made = openpyxl.load_workbook(path)
    made["藏"].sheet_state = "hidden"
    made.save(path)
    assert open_sheet(path, is_header=is_header).name == "台账"
    assert open_sheet(path, sheet="藏").name == "藏"


def test_a_wrong_sheet_name_is_answered_with_the_right_ones(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ("一月", [["a"]]), ("二月", [["a"]]))
    with pytest.raises(SheetError, match="没有工作表“三月”，这个文件里有“一月”、“二月”"):
        open_sheet(path, sheet="三月")
    with pytest.raises(SheetError, match="文本文件里没有工作表"):
        open_sheet(text_file(tmp_path / "a.csv", [HEADER]), sheet="三月")


def test_a_filled_cell_beyond_the_header_is_not_lost(tmp_path: Path) -> None:
    path = text_file(tmp_path / "a.csv", [["编号", "标题"], ["1", "甲", "", "多出"], ["2", "乙", "", " "]])
    assert [len(row) for _, row in open_sheet(path).rows()] == [4, 2]


def test_formulas_without_result_and_error_values_are_pointed_at(tmp_path: Path) -> None:
    path = book(
        tmp_path / "a.xlsx", ("台账", [["编号", "标题", "数", "值"], ["=A9", "甲", "#N/A", 3], ["=1+1"]])
    )

    def with_results(name: str, content: bytes) -> bytes:
        return content.replace(b"<f>1+1</f><v />", b"<f>1+1</f><v>2</v>").replace(
            b"<f>1+1</f><v></v>", b"<f>1+1</f><v>2</v>"
        )

    sheet = open_sheet(repack(path, with_results))
    rows = list(sheet.rows())
    assert [number for number, _ in rows] == [2, 3]
    defects = [sheet.defect(2, index, value) for index, value in enumerate(rows[0][1])]
    assert [defect and defect[0] for defect in defects] == [
        "单元格 A2 是没有计算结果的公式",
        None,
        "单元格 C2 是错误值 #N/A",
        None,
    ]
    assert sheet.defect(3, 0, rows[1][1][0]) is None
    assert clean(rows[1][1][0]) == "2"


def test_a_row_with_nothing_but_an_empty_formula_is_not_skipped(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ("台账", [["编号"], ["1"], ["=B9"]]))
    assert numbers(open_sheet(path)) == [2, 3]


def test_a_formula_whose_result_is_an_empty_text_is_calculated(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ("台账", [["编号", "标题"], ["1", "=B9"]]))

    def calculated(name: str, content: bytes) -> bytes:
        return re.sub(
            rb'<c r="B2"[^>]*><f>B9</f><v ?/?>(</v>)?</c>', b'<c r="B2" t="str"><f>B9</f><v></v></c>', content
        )

    assert open_sheet(path).uncalculated == {(2, 2)}
    assert open_sheet(repack(path, calculated)).uncalculated == frozenset()


def test_merged_cells_below_the_header_are_named(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ("台账", [["三月台账"], [*HEADER], ["1", "甲"], ["2"]]))
    made = openpyxl.load_workbook(path)
    made["台账"].merge_cells("A1:C1")
    made["台账"].merge_cells("B3:B4")
    made.save(path)
    assert open_sheet(path, is_header=is_header).merged == ("B3:B4",)


def test_an_old_workbook_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.xls"
    path.write_bytes(old_workbook("台账", [["编号", "标题"], ["RX1", "路灯"], [2.0, "井盖"]]))
    sheet = open_sheet(path, is_header=is_header)
    assert (sheet.name, sheet.header, values(sheet)) == (
        "台账",
        ["编号", "标题"],
        [["RX1", "路灯"], ["2", "井盖"]],
    )


# --- real files ---------------------------------------------------------------------------------

SHARED = Path(os.environ.get("HUIYING_SHARED", Path(__file__).parents[3] / "shared")) / "data" / "teddy2020"
real = pytest.mark.skipif(not SHARED.is_dir(), reason="没有真实数据（HUIYING_SHARED），跳过")


@real
@pytest.mark.parametrize(
    ("name", "count", "times", "without_time"),
    [
        ("sample_labelled_495.xlsx", 495, ["留言时间"], 0),
        ("messages_raw.csv", 766, ["留言时间"], 0),
        ("replies_2816.xlsx", 2816, ["留言时间", "答复时间"], 1),
        ("topics_4326.xlsx", 4326, ["留言时间"], 14),
    ],
)
def test_real_files_are_read_and_their_dates_understood(
    name: str, count: int, times: list[str], without_time: int
) -> None:
    sheet = open_sheet(SHARED / name, is_header=lambda row: "留言编号" in row)
    rows = [dict(zip(sheet.header, row, strict=True)) for _, row in sheet.rows()]
    read = [instant(row[column], TOWN) for row in rows for column in times]
    assert len(rows) == count
    assert sum(not one.has_time for one in read) == without_time
    assert all(2008 <= one.at.year <= 2021 for one in read)
    bodies = [clean(row["留言详情"]) for row in rows]
    assert all(body and body == body.strip() and not set("\t\u3000\u00a0") & set(body) for body in bodies)
