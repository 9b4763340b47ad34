"""What single cells of real files look like, and what is made of them."""
# ruff: noqa: DTZ001 - spreadsheets hold instants without a zone

from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiying.common.cells import (
    Cell,
    CellError,
    cell_name,
    clean,
    cleaned,
    digits_lost,
    guard,
    instant,
    is_blank,
    is_clean,
    is_error_value,
    looks_like_formula,
    phone,
    yes_no,
)
from huiying.common.errors import Refused

TOWN = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("\n\t\t\t\t\t路灯坏了\u3000\u3000请修\u00a0\n\t\t\t\t\t", "路灯坏了 请修"),
        ("第一行  \r\n\t第二行\r第三行", "第一行\n第二行\n第三行"),
        ("\ufeff编\u200b号\x00\x07", "编号"),
        ("e\u0301", "é"),
        (13900000001.0, "13900000001"),
        (340000199001011234, "340000199001011234"),
        (0.1, "0.1"),
        (1e-7, "0.0000001"),
        (-2.5, "-2.5"),
        (True, "TRUE"),
        (None, ""),
        ("\u3000\u200b\n", ""),
        ("'=1+1", "=1+1"),
        ("'他说'", "'他说'"),
        (datetime(2022, 3, 1, 12, 9, 37, 999_999), "2022-03-01 12:09:38"),
        (date(2022, 3, 1), "2022-03-01"),
        (time(9, 5), "09:05:00"),
        (timedelta(hours=30), "1 day, 6:00:00"),
    ],
)
def test_a_cell_becomes_plain_text(raw: Cell, cleaned: str) -> None:
    assert clean(raw) == cleaned


@given(st.text(st.characters() | st.sampled_from(" '=-\t\u3000\u0301e路"), min_size=1))
def test_what_is_told_to_be_clean_at_once_is_clean(text: str) -> None:
    assert not is_clean(text) or cleaned(text) == text


@given(st.text())
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(st.text(), st.sampled_from(["", " ", "\t", "'", "\u3000"]), st.sampled_from("=+-@"))
def test_the_guard_is_taken_away_by_cleaning(text: str, before: str, sign: str) -> None:
    risky = before + sign + text
    assert guard(risky) == "'" + risky
    assert clean(guard(risky)) == clean(risky)


def test_text_that_no_spreadsheet_would_run_is_not_guarded() -> None:
    assert guard("路灯=坏") == "路灯=坏"
    assert guard("") == ""


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "'=", " =", "\n@"])
def test_text_that_a_spreadsheet_would_run_is_guarded(sign: str) -> None:
    assert guard(sign + "SUM(A1)") == "'" + sign + "SUM(A1)"


AT = datetime(2019, 1, 6, 12, 9, 38, tzinfo=TOWN)
MINUTE = AT.replace(second=0)


@pytest.mark.parametrize(
    ("raw", "at"),
    [
        ("2019/1/6 12:09:38", AT),
        ("2019-01-06 12:09:38", AT),
        ("2019-01-06 12:09", MINUTE),
        ("2019.1.6 12:09", MINUTE),
        ("2019年1月6日 12时9分38秒", AT),
        ("2019年1月6日12时9分", MINUTE),
        ("2019 年 1 月 6 日 12:09", MINUTE),
        ("2019年1月6日12时", MINUTE.replace(minute=0)),
        ("２０１９／１／６　１２：０９：３８", AT),
        ("\n\t2019/1/6\u00a012:09:38\t", AT),
        ("2019-01-06T12:09:38", AT),
        ("2019-01-06T12:09:38+08:00", AT),
        ("2019-01-06T04:09:38Z", AT),
        ("2019-01-06 04:09:38.000 +0000", AT),
        ("2019-01-06 12:09:37.999997", AT),
        ("2019/1/6 下午 12:09", MINUTE),
        ("2019/1/6 12:09 PM", MINUTE),
        ("20190106 12:09:38", AT),
        ("20190106120938", AT),
        ("201901061209", MINUTE),
        (20190106120938.0, AT),
        (datetime(2019, 1, 6, 12, 9, 37, 999_997), AT),
        (datetime(2019, 1, 6, 4, 9, 38, tzinfo=UTC), AT),
        (43471.506689814814, AT),
        ("43471.506689814814", AT),
    ],
)
def test_an_instant_is_read_in_every_form_that_files_hold(raw: Cell, at: datetime) -> None:
    read = instant(raw, TOWN)
    assert (read.at, read.has_time) == (at, True)
    assert read.at.utcoffset() == timedelta(hours=8)


@pytest.mark.parametrize(
    "raw",
    [
        "2019/1/6",
        "2019-01-06",
        "2019.1.6",
        "2019年1月6号",
        "20190106",
        20190106.0,
        43471,
        "43471",
        date(2019, 1, 6),
    ],
)
def test_a_bare_date_is_midnight_and_says_that_the_time_is_missing(raw: Cell) -> None:
    read = instant(raw, TOWN)
    assert (read.at, read.has_time) == (datetime(2019, 1, 6, tzinfo=TOWN), False)


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ("", "日期是空的"),
        (None, "日期是空的"),
        ("01/02/2022", "分不清年、月、日的先后"),
        ("1-2-22", "分不清年、月、日的先后"),
        ("2022-02-30", "不存在"),
        ("2022/13/1 8:00", "不存在"),
        ("2022-03-01 25:00", "不存在"),
        ("2022-03-01 8:61", "不存在"),
        ("2022-03-01 上午 15:00", "不存在"),
        ("2022-03-31 24:00", "24 时"),
        ("1889-03-01", "年份不在"),
        ("2101-01-01", "年份不在"),
        (12345, "年份不在"),
        ("2022-03", "认不出"),
        ("2022-3/1", "认不出"),
        ("2019/1/612:09", "认不出"),
        ("已答复", "认不出"),
        (float("nan"), "认不出"),
        (1e300, "认不出"),
        (True, "不是日期"),
        (time(8, 0), "不是日期"),
        ("1990-09-16 01:30:00", "夏令时"),
        ("2022-03-01 08:00 +99:99", "时区"),
    ],
)
def test_a_date_that_cannot_be_right_is_refused_with_a_reason_and_a_remedy(raw: Cell, problem: str) -> None:
    with pytest.raises(CellError, match=problem) as refusal:
        instant(raw, TOWN)
    assert isinstance(refusal.value, Refused)
    assert problem in refusal.value.problem
    assert refusal.value.remedy


@given(
    st.datetimes(datetime(1992, 1, 1), datetime(2100, 12, 31)),
    st.sampled_from(["%Y/%m/%d %H:%M:%S", "%Y年%m月%d日%H时%M分%S秒"]),
)
def test_every_second_survives_being_written_down(naive: datetime, form: str) -> None:
    whole = naive.replace(microsecond=0)
    assert instant(whole.strftime(form), TOWN).at == whole.replace(tzinfo=TOWN)
    days = (whole - datetime(1899, 12, 30)) / timedelta(days=1)
    assert instant(days, TOWN).at == whole.replace(tzinfo=TOWN)


@given(
    st.one_of(
        st.text(), st.floats(), st.integers(), st.booleans(), st.from_regex(r"[0-9 年月日:/.TZ+-]{4,25}")
    )
)
def test_no_cell_makes_reading_a_date_crash(value: Cell) -> None:
    with suppress(CellError):
        assert 1990 <= instant(value, TOWN).at.year <= 2101


@pytest.mark.parametrize("raw", ["是", "有", "√", "1", 1, 1.0, "Y", "yes", True, "Ｙ", " 是\u3000"])
def test_yes_in_all_its_forms(raw: Cell) -> None:
    assert yes_no(raw) is True


@pytest.mark.parametrize("raw", ["否", "无", "×", "0", 0, 0.0, "N", "no", False])
def test_no_in_all_its_forms(raw: Cell) -> None:
    assert yes_no(raw) is False


def test_an_empty_cell_is_neither_yes_nor_no_and_a_sentence_is_refused() -> None:
    assert yes_no(None) is None
    assert yes_no("\u3000") is None
    with pytest.raises(CellError, match="也许"):
        yes_no("也许")


@pytest.mark.parametrize(
    ("raw", "digits"),
    [
        (13900000001.0, "13900000001"),
        ("139 0000-0001", "13900000001"),
        ("+86 13900000001", "13900000001"),
        ("008613900000001", "13900000001"),
        ("8613900000001", "13900000001"),
        ("１３９００００\u200b０００１", "13900000001"),
        ("（0550）1234567", "05501234567"),
        ("0550-1234567转801", "05501234567-801"),
        ("12345", "12345"),
        ("'+8613900000001", "13900000001"),
        (None, ""),
    ],
)
def test_a_telephone_number_is_its_digits(raw: Cell, digits: str) -> None:
    assert phone(raw) == digits


@pytest.mark.parametrize(
    "raw", ["139****0001", "1.39E+10", "13900000001/05501234567", "未留", "12", "1" * 21, "转5", 13.5e-3]
)
def test_what_is_no_telephone_number_is_refused(raw: Cell) -> None:
    with pytest.raises(CellError):
        phone(raw)


def test_error_values_formulas_blanks_and_lost_digits_are_told_apart() -> None:
    assert is_error_value(" #n/a")
    assert not is_error_value("#路灯#")
    assert looks_like_formula("=SUM(A1)")
    assert not looks_like_formula("'=SUM(A1)")
    assert not looks_like_formula("===求助===")
    assert is_blank("\u200b\n")
    assert not is_blank(0)
    assert digits_lost(3.4e17)
    assert not digits_lost(13900000001.0)


def test_cells_are_named_as_in_excel() -> None:
    assert [cell_name(7, 4), cell_name(1, 25), cell_name(1, 26), cell_name(9, 702)] == [
        "E7",
        "Z1",
        "AA1",
        "AAA9",
    ]
