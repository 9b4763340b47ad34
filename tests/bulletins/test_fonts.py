from __future__ import annotations

import struct
from pathlib import Path

import pytest

from huiying.bulletins.content import Title
from huiying.bulletins.fonts import Fonts, choose_faces, code_points, drawable, missing_glyphs
from tests.bulletins import sample
from tests.bulletins.sample import content, paragraph


def test_the_sample_needs_no_character_that_is_missing() -> None:
    assert missing_glyphs(content(), Fonts()) == []


def test_a_rare_character_is_reported_once_with_its_place() -> None:
    bulletin = content(Title("通报"), paragraph("村民𠮷某反映，𠮷某又反映"), paragraph("𠮷"))
    assert missing_glyphs(bulletin, Fonts()) == [("𠮷", "正文“村民𠮷某反映，𠮷某又反映…”")]


def test_a_rare_character_in_a_table_is_found_in_its_row() -> None:
    table = sample.units_table()
    rows = (sample.counted("𠮷镇", "9", "1", "1", "0", "0", "100%", note=""),)
    odd = type(table)(table.caption, table.columns, table.total, rows)
    assert missing_glyphs(content(odd), Fonts()) == [("𠮷", "表“政务服务便民热线（市长热线）”第2行")]


def test_what_is_drawn_as_nothing_is_not_missing() -> None:
    assert missing_glyphs(content(paragraph("甲\u200b乙\ufe0f 丙")), Fonts()) == []


def test_the_faces_that_are_not_there_are_named_with_what_stands_in() -> None:
    faces = choose_faces(Fonts())
    assert faces.families["body"] == "Noto Serif SC"
    assert len(faces.notes) == 4
    assert "仿宋_GB2312" in faces.notes[1]
    assert "HUIYING_FONTS" in faces.notes[1]


def test_a_face_that_is_there_needs_no_note() -> None:
    assert choose_faces(Fonts("Noto Serif SC", "Noto Serif SC", "Noto Sans SC", "Noto Sans SC")).notes == ()


def test_a_font_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"字体文件夹不存在.*HUIYING_FONTS"):
        choose_faces(Fonts(paths=(tmp_path / "none",)))


def test_a_missing_character_is_drawn_as_the_typesetters_mark() -> None:
    assert drawable("甲\u200b乙丙 丁", frozenset(map(ord, "甲丙丁"))) == "甲〓丙 丁"


def font(subtable: bytes) -> bytes:
    """The least font that has a character map."""
    cmap = struct.pack(">HHHHI", 0, 1, 3, 10, 12) + subtable
    return (
        b"OTTO" + struct.pack(">HHHH", 1, 0, 0, 0) + struct.pack(">4sIII", b"cmap", 0, 28, len(cmap)) + cmap
    )


def test_a_map_of_format_12_is_read() -> None:
    groups = struct.pack(">IIIIII", 0x41, 0x43, 7, 0x20BB7, 0x20BB7, 9)
    assert code_points(font(struct.pack(">HHIII", 12, 0, 40, 0, 2) + groups)) == {0x41, 0x42, 0x43, 0x20BB7}


def test_a_map_of_format_4_is_read_by_delta_and_by_offset() -> None:
    ends, starts = (0x43, 0x51, 0xFFFF), (0x41, 0x50, 0xFFFF)
    deltas, offsets = (0xFFC0, 0, 1), (0, 4, 0)
    table = struct.pack(">7H", 4, 0, 0, 6, 0, 0, 0)
    table += struct.pack(">3HH3H", *ends, 0, *starts) + struct.pack(">3H3H", *deltas, *offsets)
    table += struct.pack(">2H", 0, 5)
    assert code_points(font(table)) == {0x41, 0x42, 0x43, 0x51}


def test_a_collection_is_read_face_by_face() -> None:
    subtable = struct.pack(">HHIII", 12, 0, 28, 0, 1) + struct.pack(">III", 0x41, 0x41, 1)
    collection = b"ttcf" + struct.pack(">III", 0x10000, 1, 16)
    face = bytearray(font(subtable))
    struct.pack_into(">I", face, 20, 28 + 16)
    assert code_points(collection + bytes(face)) == {0x41}


def test_what_is_no_font_is_refused() -> None:
    with pytest.raises(ValueError, match="不是 OpenType"):
        code_points(b"PK\x03\x04")
