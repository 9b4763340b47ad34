"""Files that cannot be taken in say why, where, and how to mend them; nothing of them is kept."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from huiying.cases.models import Case
from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.exchange import spreadsheets
from tests.common.compound_files import compound_file, old_workbook
from tests.exchange.ledgers import (
    DIRECT,
    DISPATCHED,
    Line,
    complaints,
    counts,
    imported,
    ledger,
    rows_in_the_house,
    workbook,
)
from tests.make import town

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def place() -> Place:
    return town()


def refusal(path: Path, **options: str) -> str:
    with pytest.raises(Refused) as caught:
        imported(path, **options)
    assert rows_in_the_house() == (0, 0, 0, 0)
    return str(caught.value)


def test_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "空.csv"
    path.touch()
    assert "文件是空的" in refusal(path)


def test_a_gibibyte_of_nothing(tmp_path: Path) -> None:
    for name in ("大.csv", "大.xlsx"):
        path = tmp_path / name
        with path.open("wb") as file:
            file.truncate(2**30)
        assert "上限" in refusal(path)


def test_a_zip_bomb(tmp_path: Path) -> None:
    path = workbook(tmp_path / "弹.xlsx", DIRECT)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/worksheets/sheet9.xml", b" " * (256 << 20))
    assert path.stat().st_size < 2**20
    refusal(path)


def test_a_workbook_with_a_password(tmp_path: Path) -> None:
    locked = compound_file({"EncryptionInfo": b"\4\0\4\0", "EncryptedPackage": b"\1" * 4096})
    (tmp_path / "密.xlsx").write_bytes(locked)
    assert "密码保护" in refusal(tmp_path / "密.xlsx")


def test_a_sheet_that_is_not_there(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", DIRECT, sheet="三月台账")
    said = refusal(path, sheet="四月台账")
    assert "没有工作表“四月台账”" in said
    assert "三月台账" in said


def test_a_sheet_about_something_else(tmp_path: Path) -> None:
    path = ledger(tmp_path / "a.csv", {"姓名": "何秀英", "工资": "1"}, header=["姓名", "工资"])
    assert "缺少必需的列：编号、渠道、受理时间、标题" in refusal(path)


def test_a_missing_column_is_answered_with_the_likeliest_of_the_file(tmp_path: Path) -> None:
    line = {("受理的时间" if key == "受理时间" else key): value for key, value in DIRECT.items()}
    said = refusal(ledger(tmp_path / "a.csv", line, header=line))
    assert "缺少必需的列：受理时间。“受理的时间”是不是“受理时间”？" in said


def test_a_column_that_stands_twice(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("编号,渠道,受理时间,标题,标题\n1,甲,2022-03-01,乙,丙\n", "utf-8")
    assert "“标题”出现了两次" in refusal(path)


WRONG: list[tuple[Line, str, str]] = [
    (DISPATCHED | {"牵头单位": "云溪县水局"}, "牵头单位", "承办单位“云溪县水局”不在地方配置中"),
    (DISPATCHED | {"牵头单位": ""}, "牵头单位", "转办的诉求件没有牵头单位"),
    (DISPATCHED | {"牵头单位": "石桥镇、枫林乡"}, "牵头单位", "牵头单位写了 2 个"),
    (DISPATCHED | {"协办单位": "云溪县水务局"}, "协办单位", "同一单位写了两次"),
    (DIRECT | {"渠道": "县微信"}, "渠道", "渠道“县微信”不在地方配置中"),
    (DIRECT | {"渠道": ""}, "渠道", "是空的"),
    (DIRECT | {"性质": "问"}, "性质", "性质“问”不在地方配置中"),
    (DIRECT | {"内容分类": "民生/就医"}, "内容分类", "“phone 分类”中的分类“民生/就医”不在地方配置中"),
    (DIRECT | {"所属乡镇": "石乔镇"}, "所属乡镇", "区域“石乔镇”不在地方配置中"),
    (DIRECT | {"办理方式": "代办"}, "办理方式", "办理方式“代办”认不得"),
    (DIRECT | {"受理时间": "2022-02-30 09:00"}, "受理时间", "“2022-02-30 09:00”这个日期或时刻不存在"),
    (DIRECT | {"受理时间": "三月一日"}, "受理时间", "认不出“三月一日”是什么日期"),
    (DIRECT | {"答复时间": "2023-03-01 10:19:49"}, "答复时间", "是还没有到的时间"),
    (DIRECT | {"答复时间": "2022-03-01 09:00:00"}, "答复时间", "答复时间早于受理时间（2022-03-01 10:08:49）"),
    (DISPATCHED | {"派单时间": "2022-03-01"}, "派单时间", "派单时间早于受理时间（2022-03-02 09:00:00）"),
    (
        DISPATCHED | {"认领时间": "2022-03-02 09:30"},
        "认领时间",
        "认领时间早于派单时间（2022-03-02 10:00:00）",
    ),
    (
        DISPATCHED | {"答复时间": "2022-03-02 09:30"},
        "答复时间",
        "答复时间早于派单时间（2022-03-02 10:00:00）",
    ),
    (
        DISPATCHED | {"办结时间": "2022-03-04 09:30"},
        "办结时间",
        "办结时间早于答复时间（2022-03-04 16:00:00）",
    ),
    (DISPATCHED | {"答复时间": ""}, "答复时间", "已办结却没有答复时间"),
    (DISPATCHED | {"退办": "是"}, "退办时间", "写了退办，却没有退办时间"),
    (DISPATCHED | {"退办": "也许"}, "退办", "“也许”看不出是还是否"),
    (DIRECT | {"牵头单位": "石桥镇"}, "牵头单位", "直办的诉求件不应有牵头单位"),
    (DIRECT | {"联系电话": "139****1234"}, "联系电话", "“139****1234”是打了星号的电话"),
    (DIRECT | {"标题": "=A1+1"}, "标题", "单元格 F2 像是公式 =A1+1"),
    (DIRECT | {"标题": "", "内容": ""}, "标题", "标题和内容都是空的"),
    (DIRECT | {"编号": "R" * 41}, "编号", "有 41 个字，最多 40 个"),
]


@pytest.mark.parametrize(("line", "column", "what"), WRONG, ids=[f"{c}-{w[:14]}" for _, c, w in WRONG])
def test_a_wrong_cell_is_told_with_its_column(tmp_path: Path, line: Line, column: str, what: str) -> None:
    outcome = imported(ledger(tmp_path / "a.csv", line))
    assert complaints(outcome) == [(2, column, what)]
    assert outcome.problems[0].mend
    assert rows_in_the_house() == (0, 0, 0, 0)


def test_every_wrong_cell_of_a_line_is_told(tmp_path: Path) -> None:
    line = DISPATCHED | {"性质": "问", "牵头单位": "水局", "受理时间": "三月"}
    assert {column for _, column, _ in complaints(imported(ledger(tmp_path / "a.csv", line)))} == {
        "性质",
        "牵头单位",
        "受理时间",
    }


def test_an_unknown_unit_is_answered_with_the_nearest(tmp_path: Path) -> None:
    outcome = imported(ledger(tmp_path / "a.csv", DISPATCHED | {"牵头单位": "水务局"}))
    assert outcome.problems[0].line() == (
        "第 2 行“牵头单位”：承办单位“水务局”不在地方配置中。您是否要找：云溪县水务局？"
    )


def test_a_number_used_twice_names_the_first_line(tmp_path: Path) -> None:
    outcome = imported(ledger(tmp_path / "a.csv", DIRECT, DISPATCHED, DIRECT))
    assert complaints(outcome) == [(4, "编号", "编号“R0001”与第 2 行重复")]


def test_a_formula_without_result_in_a_workbook(tmp_path: Path) -> None:
    outcome = imported(workbook(tmp_path / "a.xlsx", DIRECT | {"标题": "=B9"}))
    assert complaints(outcome) == [(2, "标题", "单元格 F2 是没有计算结果的公式")]


def test_a_number_whose_last_digits_excel_lost(tmp_path: Path) -> None:
    outcome = imported(workbook(tmp_path / "a.xlsx", DIRECT | {"编号": 2022030112345678900}))
    assert complaints(outcome)[0][:2] == (2, "编号")


def test_an_old_workbook_is_taken_in(tmp_path: Path) -> None:
    path = tmp_path / "a.xls"
    rows: list[list[str | float]] = [
        ["编号", "渠道", "受理时间", "标题"],
        ["R1", "云溪县12345热线", 44621.5, "路灯"],
    ]
    path.write_bytes(old_workbook("台账", rows))
    assert counts(imported(path)) == (1, 0, 0, 0)


def test_a_year_without_a_calendar_is_said_for_its_line(tmp_path: Path) -> None:
    line = DISPATCHED | {
        key: DISPATCHED[key].replace("2022", "2021") for key in DISPATCHED if key.endswith("时间")
    }
    outcome = imported(ledger(tmp_path / "a.csv", DIRECT, line), partial=True)
    assert counts(outcome) == (1, 0, 0, 1)
    assert "2021" in complaints(outcome)[0][2]


def test_too_many_problems_end_the_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheets, "MOST_PROBLEMS", 3)
    outcome = imported(ledger(tmp_path / "a.csv", *(DIRECT | {"渠道": "无"} for _ in range(9))))
    assert (outcome.rows, outcome.stopped, Case.objects.count()) == (3, True, 0)
    assert "读到第 4 行为止" in outcome.notes[0]
