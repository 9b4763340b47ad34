"""Whatever the columns are called, the texts are found; what cannot be read is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from huiying.common.errors import Refused
from huiying.common.sheets import open_sheet
from huiying.mining.text_files import check_out, open_texts, reports, write_rows
from tests.common.made_sheets import book

NAMES = ["留言编号", "留言主题", "留言时间", "留言详情", "一级标签"]
WHEN = datetime(2022, 3, 1, 9, 12, 38, tzinfo=UTC)


def rows(path: Path, **more: object) -> list:
    return list(open_texts(path, tz=UTC, **more))  # type: ignore[arg-type]


def test_a_board_s_export_and_a_plain_csv_are_read_alike(tmp_path: Path) -> None:
    body = "\n\t\t\t路灯三天不亮\u3000\xa0"
    board = book(tmp_path / "a.xlsx", ("表", [NAMES, [24, "路灯不亮", "2022/3/1 9:12:38", body, "城乡建设"]]))
    (row,) = rows(board)
    assert (row.id, row.text, row["label"]) == ("24", "路灯不亮\n路灯三天不亮", "城乡建设")
    assert row.times["at"] == WHEN
    plain = tmp_path / "b.csv"
    plain.write_text("text,label\n路灯三天不亮,城乡建设\n", "utf-8")
    (row,) = rows(plain)
    assert (row.id, row.text, row["label"]) == ("2", "路灯三天不亮", "城乡建设")


def test_a_text_without_a_title_gets_one_out_of_its_words(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    said = "您好，我是北苑小区的业主，北苑小区电梯经常停运，老人上下楼不便。"
    path.write_text(f"text\n{said}\n12345\n", "utf-8")
    told, odd = reports(rows(path))
    assert (told.title, told.body) == ("北苑小区电梯经常停运问题", said)
    assert (odd.title, odd.body) == ("12345", "12345")


def test_a_title_that_the_body_begins_with_is_not_said_twice(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("标题,内容\n路灯不亮,路灯不亮三天了\n", "utf-8")
    assert rows(path)[0].text == "路灯不亮三天了"


def test_a_time_that_cannot_be_read_is_left_out_and_the_row_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("标题,留言时间\n路灯不亮,那天晚上\n", "utf-8")
    assert rows(path)[0].times == {}


def test_a_missing_column_is_named_with_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("标题,备注\n路灯不亮,无\n", "utf-8")
    with pytest.raises(Refused, match=r"缺少列 “答复意见”.*现有的列：标题、备注"):
        rows(path, needed=("answer",))
    path.write_text("甲,乙\n1,2\n", "utf-8")
    with pytest.raises(Refused, match="“留言详情”"):
        rows(path)


def test_what_was_found_is_written_by_the_ending_of_the_name(tmp_path: Path) -> None:
    for name in ("out.csv", "out.xlsx"):
        assert (
            write_rows(tmp_path / name, "结果", ["编号", "说明"], [("1", "=1+1"), ("2", "好")], tz=UTC) == 2
        )
        sheet = open_sheet(tmp_path / name)
        assert [values[0] for _, values in sheet.rows()] in (["1", "2"], [1.0, 2.0])


@pytest.mark.parametrize(
    ("out", "why"),
    [
        ("out.pdf", r"“out.pdf”。请用 \.xlsx 或 \.csv"),
        ("none/out.csv", "没有文件夹 .*none。请先建好"),
        ("folder.csv", "是文件夹"),
        ("folder.csv/../a.csv", "会盖掉原来的内容"),
    ],
)
def test_where_nothing_may_be_written_is_told_before_anything_is_computed(
    tmp_path: Path, out: str, why: str
) -> None:
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "a.csv").write_text("编号,内容\n1,路灯不亮\n", "utf-8")
    with pytest.raises(Refused, match=why):
        check_out(tmp_path / out, tmp_path / "a.csv")
    check_out(tmp_path / "b.csv", tmp_path / "a.csv")
    check_out(None, tmp_path / "a.csv")


def test_a_time_in_csv_is_that_of_the_clock_on_the_wall(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    write_rows(path, "结果", ["时间"], [(WHEN,)], tz=timezone(timedelta(hours=8)))
    assert path.read_text("utf-8-sig").splitlines() == ["时间", "2022-03-01 17:12:38"]


@pytest.mark.parametrize(
    ("name", "phone", "person"),
    [
        ("何秀英", "+86 139-0000-0001", "13900000001"),
        ("何秀英", "", "何秀英"),
        ("何秀英", "139****0001", "何秀英"),
        ("何女士", "139****0001", ""),
        ("何某某", "无", ""),
        ("匿名", "", ""),
    ],
)
def test_a_person_is_known_by_a_whole_telephone_else_by_a_whole_name(
    tmp_path: Path, name: str, phone: str, person: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"标题,诉求人,联系电话\n路灯不亮,{name},{phone}\n", "utf-8")
    assert reports(rows(path))[0].person == person
