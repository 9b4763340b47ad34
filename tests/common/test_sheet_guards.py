"""Files that are broken, hostile or not what they claim to be: each is refused in words that help."""

import struct
import tracemalloc
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import openpyxl
import pytest
from openpyxl.styles import Font

from huiying.common.errors import Refused
from huiying.common.sheet_guards import MAX_COLUMNS
from huiying.common.sheets import SheetError, open_sheet
from tests.common.compound_files import compound_file, old_workbook
from tests.common.made_sheets import HEADER, book, one, repack, text_file, values


def refusal(path: Path, **options: int) -> str:
    """Open the file, expecting a refusal that says where and how to mend."""
    with pytest.raises(SheetError) as refused:
        list(open_sheet(path, **options).rows())  # type: ignore[arg-type]
    assert isinstance(refused.value, Refused)
    assert path.name in str(refused.value)
    assert "请" in refused.value.remedy
    return str(refused.value)


def test_a_missing_file_a_folder_and_an_empty_file_are_told_apart(tmp_path: Path) -> None:
    assert "没有这个文件" in refusal(tmp_path / "a.xlsx")
    assert "不是一个普通文件" in refusal(tmp_path)
    for suffix in (".xlsx", ".xls", ".csv"):
        empty = tmp_path / f"empty{suffix}"
        empty.touch()
        assert "0 字节" in refusal(empty)


@contextmanager
def little_memory() -> Iterator[None]:
    """What runs inside takes no more than a few pages of memory: the file was not read whole."""
    tracemalloc.start()
    yield
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 << 20


def test_a_gibibyte_of_nothing_is_refused_at_once(tmp_path: Path) -> None:
    for suffix in (".xlsx", ".xls", ".csv"):
        path = tmp_path / f"nothing{suffix}"
        with path.open("wb") as file:
            file.truncate(1 << 30)
        with little_memory():
            assert "1,024.0 MB，超过了 200.0 MB" in refusal(path)
        path.unlink()


def test_a_smaller_nothing_is_no_spreadsheet_either(tmp_path: Path) -> None:
    path = tmp_path / "nothing.csv"
    path.write_bytes(b"\0" * 5000)
    assert "认不出的二进制内容" in refusal(path)
    path.write_bytes(b"a,b\n" * 2000 + b"\0" * 5000)
    assert "第 2001 行有空字节" in refusal(path)


def test_an_unknown_suffix_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    path = tmp_path / "a.et"
    path.write_bytes(b"x")
    assert ".xlsx" in refusal(path)


@pytest.mark.parametrize(
    ("suffix", "content", "told"),
    [
        (".xls", b"<html><table><tr><td>x</td></tr></table></html>", "内容却是网页"),
        (".xlsx", b"\xef\xbb\xbf\r\n<!DOCTYPE html><p>x</p>", "内容却是网页"),
        (".csv", b"<?xml version='1.0'?><Workbook/>", "内容却是网页"),
        (".xlsx", "编号,标题\n1,甲\n".encode(), "把后缀改成 .csv"),
        (".xlsx", old_workbook("台账", [["编号"]]), "把后缀改成 .xls"),
        (".csv", b"PK\x03\x04rest", "把后缀改成 .xlsx"),
        (".xls", b"%PDF-1.7", "内容却是PDF"),
        (".xls", compound_file({"WordDocument": b"x"}), "内容却是别的办公文档"),
        (
            ".xlsx",
            compound_file({"EncryptionInfo": b"x", "EncryptedPackage": b"x"}),
            "文件有密码保护，请在 WPS/Excel 中取消密码后再导入",
        ),
        (".xls", old_workbook("台账", [["编号"]], locked=True), "文件有密码保护"),
    ],
)
def test_a_file_that_is_not_what_its_suffix_says_is_named(
    tmp_path: Path, suffix: str, content: bytes, told: str
) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    assert told in refusal(path)


def test_a_truncated_workbook_is_refused(tmp_path: Path) -> None:
    whole = one(tmp_path / "a.xlsx").read_bytes()
    for part in (0.3, 0.9, 0.999):
        path = tmp_path / "half.xlsx"
        path.write_bytes(whole[: int(len(whole) * part)])
        assert "损坏" in refusal(path)
    old = old_workbook("台账", [["编号", "标题"]] * 50)
    path = tmp_path / "half.xls"
    path.write_bytes(old[:2048])
    assert "损坏" in refusal(path)


def test_any_spoilt_bytes_end_in_a_refusal_or_in_rows(tmp_path: Path) -> None:
    for good in (one(tmp_path / "a.xlsx").read_bytes(), old_workbook("台账", [["编号", "标题"]] * 3)):
        suffix = ".xlsx" if good.startswith(b"PK") else ".xls"
        for place in range(8, len(good), len(good) // 97):
            path = tmp_path / f"spoilt{suffix}"
            path.write_bytes(good[:place] + bytes([good[place] ^ 0x55]) + good[place + 1 :])
            try:
                list(open_sheet(path).rows())
            except SheetError as refused:
                told = str(refused)
                assert "请" in told


def test_a_zip_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("word/document.xml", "<x/>")
    assert "没有工作簿" in refusal(path)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = one(tmp_path / "a.xlsx")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/media/bomb.bin", b"\0" * (64 << 20))
    with little_memory():
        assert "展开后异常庞大" in refusal(path)


def test_a_zip_bomb_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    path = one(tmp_path / "a.xlsx")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/bomb.xml", b" " * (64 << 20))
    content = path.read_bytes()
    lie = content.replace(struct.pack("<I", 64 << 20), struct.pack("<I", 100))
    assert lie != content
    path.write_bytes(lie)
    assert "展开后异常庞大" in refusal(path)


def test_a_small_lie_about_a_size_is_refused_too(tmp_path: Path) -> None:
    path = one(tmp_path / "a.xlsx")
    with zipfile.ZipFile(path) as package:
        size = package.getinfo("xl/worksheets/sheet1.xml").file_size
    path.write_bytes(path.read_bytes().replace(struct.pack("<I", size), struct.pack("<I", size - 1)))
    assert "与它声明的不符" in refusal(path)


def test_too_many_entries_are_refused(tmp_path: Path) -> None:
    path = one(tmp_path / "a.xlsx")
    with zipfile.ZipFile(path, "a") as package:
        for number in range(5_001):
            package.writestr(f"xl/media/{number}", b"")
    assert "个文件，太多了" in refusal(path)


def test_an_encrypted_entry_means_a_password(tmp_path: Path) -> None:
    path = one(tmp_path / "a.xlsx")
    content = bytearray(path.read_bytes())
    place = content.rindex(b"PK\x01\x02")
    content[place + 8] |= 1
    path.write_bytes(content)
    assert "文件有密码保护" in refusal(path)


def test_a_lonely_cell_at_the_far_end_does_not_fill_the_memory(tmp_path: Path) -> None:
    for cell, told in (("A1048576", "行的上限"), ("XFD1", "列的上限"), ("KN299999", "太大了")):
        made = openpyxl.Workbook()
        made.worksheets[0]["A1"], made.worksheets[0][cell] = "编号", "x"
        made.save(tmp_path / "a.xlsx")
        assert told in refusal(tmp_path / "a.xlsx")


def test_borders_down_to_the_far_end_do_no_harm(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    sheet = made.worksheets[0]
    sheet["A1"], sheet["A2"] = "编号", "1"
    sheet["XFD1048576"].font = Font(bold=True)
    made.save(tmp_path / "a.xlsx")
    assert values(open_sheet(tmp_path / "a.xlsx")) == [["1"]]


def test_too_many_columns_of_text_are_refused(tmp_path: Path) -> None:
    wide = ["x"] * (MAX_COLUMNS + 1)
    assert "表头超过了" in refusal(text_file(tmp_path / "a.csv", [wide]))
    assert "第 2 行超过了" in refusal(text_file(tmp_path / "a.csv", [HEADER, wide]))


def test_too_many_rows_of_a_workbook_are_refused(tmp_path: Path) -> None:
    assert "行的上限" in refusal(one(tmp_path / "a.xlsx"), max_rows=2)


def test_a_workbook_with_a_doctype_is_refused(tmp_path: Path) -> None:
    def bomb(name: str, content: bytes) -> bytes:
        if not name.endswith("sheet1.xml"):
            return content
        return b'<!DOCTYPE a [<!ENTITY b "cccc">]>' + content.removeprefix(
            b"<?xml version='1.0' encoding='UTF-8'?>"
        )

    assert "DTD" in refusal(repack(one(tmp_path / "a.xlsx"), bomb))


def test_a_workbook_without_content_is_refused(tmp_path: Path) -> None:
    assert "没有内容" in refusal(book(tmp_path / "a.xlsx", ("空", []), ("也空", [])))
    (tmp_path / "a.csv").write_text("\n,,\n \n", encoding="utf-8")
    assert "都是空的" in refusal(tmp_path / "a.csv")


def test_a_file_that_may_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = one(tmp_path / "a.xlsx")

    def denied(*_: object, **__: object) -> None:
        raise PermissionError("denied")

    monkeypatch.setattr(Path, "open", denied)
    assert "打不开" in refusal(path)


def test_two_entries_of_one_name_are_refused(tmp_path: Path) -> None:
    path = one(tmp_path / "a.xlsx")
    with zipfile.ZipFile(path, "a") as package:
        package.writestr("XL/worksheets/sheet1.xml", b"<worksheet/>")
    assert "重名" in refusal(path)


def test_a_strange_compression_is_refused(tmp_path: Path) -> None:
    path = one(tmp_path / "a.xlsx")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_BZIP2) as package:
        package.writestr("xl/other.xml", b"<x/>")
    assert "压缩方法" in refusal(path)


def test_an_old_workbook_with_a_cell_too_far_right_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xls"
    path.write_bytes(old_workbook("台账", [["x"] * (MAX_COLUMNS + 1)]))
    assert "太大了" in refusal(path)
