"""One spreadsheet cell at a time: clean text, instants, yes/no, telephone numbers, flags.

Everything here is pure. A cell that cannot be understood raises CellError, whose ``problem`` and
``remedy`` are separate Chinese sentences, so that an error report can print them in two columns.
"""

import re
import unicodedata
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import NamedTuple

from huiying.common.errors import Refused

Cell = str | int | float | bool | datetime | date | time | timedelta | None

ERROR_VALUES = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA"}
)
FIRST_YEAR, LAST_YEAR = 1990, 2100
EXCEL_DIGITS = 15  # Excel keeps 15 significant digits; the rest are zeros

BREAKS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)
_SPACES = re.compile("[^\\S\n]+")
_GUARD = re.compile("^['\\s]*'\\s*(?=[=+\\-@])")
_NEEDS_GUARD = re.compile("^(?:['\\s]*[=+\\-@]|\\s*[\t\r])")
_GUARDED_BLANK = re.compile("^(?:'(?:\\s+|$))+")  # the guard before white space, which cleaning would keep
_FORMULA = re.compile("^\\s*=\\s*[A-Za-z0-9(+\\-\"$@_']")


class CellError(Refused):
    """A cell that cannot be understood: what is wrong and how to mend it."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}；{remedy}")
        self.problem = problem
        self.remedy = remedy


class Instant(NamedTuple):
    """An aware instant in the zone asked for; ``has_time`` is false where the cell held a bare date."""

    at: datetime
    has_time: bool


def clean(value: Cell) -> str:
    """Return the cell as plain text in NFC: idempotent, never raises.

    Line breaks inside the text stay; runs of other white space (U+3000, U+00A0, tabs …) become one
    space, line ends are stripped, control and zero-width characters go. The text mark ``'`` before
    ``= + - @`` and blanks (Excel's, and the one ``guard`` writes) goes too. 13900000001.0 gives
    "13900000001".
    """
    text = value if isinstance(value, str) else _as_text(value)
    return text if not text or is_clean(text) else cleaned(text)


def cleaned(text: str) -> str:
    """What `clean` makes of a text, by all its steps."""
    text = _INVISIBLE.sub("", BREAKS.sub("\n", text))
    text = _SPACES.sub(" ", unicodedata.normalize("NFC", text))
    text = "\n".join(line.strip(" ") for line in text.split("\n")).strip("\n")
    return _GUARD.sub("", _GUARDED_BLANK.sub("", text))


def is_clean(text: str) -> bool:
    """Whether cleaning would surely change nothing, as with nearly every cell: told at once."""
    return (
        text.isprintable()  # and so without any other white space than U+0020
        and text[0] not in " '"
        and text[-1] != " "
        and "  " not in text
        and unicodedata.is_normalized("NFC", text)
    )


def _as_text(value: Cell) -> str:
    """Write what is not text the way a person would read it in the cell."""
    match value:
        case None:
            return ""
        case str() | timedelta():
            return str(value)
        case bool():
            return "TRUE" if value else "FALSE"
        case datetime():
            return whole_second(value).isoformat(sep=" ")
        case date():
            return value.isoformat()
        case time():
            return value.isoformat(timespec="seconds")
        case _:
            return _number_text(value)


def _number_text(number: int | float) -> str:
    """Write a number without exponent and without the ``.0`` that spreadsheets add."""
    if isinstance(number, float) and not number.is_integer():
        return f"{Decimal(str(number)):f}"
    return str(int(number))


def whole_second(at: datetime) -> datetime:
    """Round to the nearest second (half up): Excel's floats are some microseconds off."""
    return (at + timedelta(microseconds=500_000)).replace(microsecond=0) if at.microsecond else at


def is_blank(value: Cell) -> bool:
    """True where nothing is left of the cell after cleaning."""
    return value is None or (isinstance(value, str) and not clean(value))


def is_error_value(value: Cell) -> bool:
    """True for the error values of spreadsheets, such as #N/A."""
    return isinstance(value, str) and value.strip().upper() in ERROR_VALUES


def looks_like_formula(value: Cell) -> bool:
    """True for text such as ``=SUM(A1)``; false for ``'=SUM(A1)`` (marked as text) and ``===``."""
    return isinstance(value, str) and _FORMULA.match(value) is not None


def digits_lost(value: Cell) -> bool:
    """True for a number too long for Excel (identity or ticket numbers): its last digits are zeros."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= 10**EXCEL_DIGITS


def guard(text: str) -> str:
    """Put `'` before text that would run as a formula (OWASP, CSV injection)."""
    return "'" + text if _NEEDS_GUARD.match(text) else text


def cell_name(row: int, column: int) -> str:
    """Name the cell of a 1-based row and a 0-based column, as Excel does: (7, 4) is E7."""
    letters = ""
    number = column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


# --- instants -----------------------------------------------------------------------------------

_TIME = r"""
    (?:(?P<half>上午|下午|AM|PM)\s*)?
    (?P<hour>\d{1,2})
    (?: :(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:\.(?P<fraction>\d{1,9}))?)?
      | \s*[时点]\s*(?:(?P<minute_zh>\d{1,2})\s*分?\s*(?:(?P<second_zh>\d{1,2})\s*秒)?)?
    )
    (?:\s*(?P<half_after>AM|PM))?
    (?:\s*(?P<zone>Z|[+-]\d{2}:?\d{2}))?
"""
_FORMS = [
    re.compile(pattern + r"\s*$", re.VERBOSE | re.IGNORECASE)
    for pattern in (
        rf"^(?P<year>\d{{4}})(?P<sep>[-/.])(?P<month>\d{{1,2}})(?P=sep)(?P<day>\d{{1,2}})(?:(?:\s*T\s*|\s+){_TIME})?",
        rf"^(?P<year>\d{{4}})\s*年\s*(?P<month>\d{{1,2}})\s*月\s*(?P<day>\d{{1,2}})\s*[日号]\s*(?:{_TIME})?",
        rf"^(?P<year>\d{{4}})(?P<month>\d{{2}})(?P<day>\d{{2}})(?:(?:\s*T\s*|\s+){_TIME})?",
        r"^(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?",
    )
]
_DAY_OR_MONTH_FIRST = re.compile(r"^\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}\b")
_SERIAL = re.compile(r"^\d{5}(?:\.\d+)?$")
_SERIAL_START = datetime(1899, 12, 30)  # noqa: DTZ001 - Excel's day 0 (1900 date system) has no zone
_HOW = "请写成 2022-03-01 09:30:00 这样的形式"


def instant(value: Cell, tz: tzinfo) -> Instant:
    """Read a date or an instant; what has no zone of its own is taken to be in ``tz``.

    Takes dates, datetimes, Excel serial numbers (1900 system) and the usual ways of writing; rounds
    to whole seconds; a bare date is midnight with ``has_time`` false. Raises CellError for anything
    empty, ambiguous (01/02/2022), impossible (2022-02-30), or outside the years 1990 to 2100.
    """
    if isinstance(value, datetime):
        return Instant(_place(value, tz), True)
    if isinstance(value, date):
        return Instant(_place(datetime(value.year, value.month, value.day), tz), False)  # noqa: DTZ001 - _place adds it
    if isinstance(value, bool | time | timedelta):
        raise CellError(f"“{clean(value)}”不是日期", _HOW)
    text = unicodedata.normalize("NFKC", clean(value))
    if not text:
        raise CellError("日期是空的", _HOW)
    if _SERIAL.match(text):
        return _from_serial(text, tz)
    for form in _FORMS:
        if found := form.match(text):
            return _from_parts(text, found.groupdict(), tz)
    raise _unreadable(text)


def _unreadable(text: str) -> CellError:
    shown = text if len(text) <= 40 else text[:40] + "…"
    if _DAY_OR_MONTH_FIRST.match(text):
        return CellError(f"“{shown}”分不清年、月、日的先后", f"年份请用四位数并写在最前面，{_HOW}")
    return CellError(f"认不出“{shown}”是什么日期", _HOW)


def _from_serial(text: str, tz: tzinfo) -> Instant:
    """Days since 1899-12-30, the fraction being the time of day."""
    number = float(text)
    return Instant(_place(_SERIAL_START + timedelta(days=number), tz), not number.is_integer())


def _from_parts(text: str, parts: dict[str, str | None], tz: tzinfo) -> Instant:
    """Build the instant from the named pieces of one of the written forms."""

    def number(*names: str) -> int:
        return next((int(piece) for name in names if (piece := parts.get(name))), 0)

    hour = number("hour")
    if hour == 24:
        raise CellError(f"“{text}”的钟点是 24 时", "请写成次日 00:00")
    try:
        naive = datetime(  # noqa: DTZ001 - _place adds the zone
            number("year"),
            number("month"),
            number("day"),
            _hour_of_day(hour, parts.get("half") or parts.get("half_after")),
            number("minute", "minute_zh"),
            number("second", "second_zh"),
            int((parts.get("fraction") or "0").ljust(6, "0")[:6]),
        )
    except ValueError as error:
        raise CellError(f"“{text}”这个日期或时刻不存在", f"请核对年月日和时分秒，{_HOW}") from error
    zone = _zone(parts.get("zone"), tz, text)
    return Instant(_place(naive, zone).astimezone(tz), parts.get("hour") is not None)


def _hour_of_day(hour: int, half: str | None) -> int:
    """Turn a twelve-hour clock into a twenty-four-hour one; ValueError for 上午 15 时."""
    if half is None:
        return hour
    if half.upper() in ("下午", "PM"):
        return hour + 12 if hour < 12 else hour
    if hour > 12:
        raise ValueError("an hour after noon called 上午")
    return hour % 12


def _zone(written: str | None, tz: tzinfo, text: str) -> tzinfo:
    if written is None:
        return tz
    if written.upper() == "Z":
        written = "+0000"
    try:
        return datetime.strptime(written.replace(":", ""), "%z").tzinfo or tz
    except ValueError as error:
        raise CellError(f"“{text}”的时区不对", "请写成 +08:00 或去掉时区") from error


def _place(at: datetime, tz: tzinfo) -> datetime:
    """Check the year, round to the second, and put a naive datetime into the zone."""
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise CellError(f"“{at:%Y-%m-%d}”的年份不在 {FIRST_YEAR} 到 {LAST_YEAR} 之间", f"请核对年份，{_HOW}")
    rounded = whole_second(at)
    if rounded.tzinfo is not None:
        return rounded.astimezone(tz)
    placed = rounded.replace(tzinfo=tz)
    if placed.utcoffset() != placed.replace(fold=1).utcoffset():
        raise CellError(f"“{rounded}”正值夏令时转换，对不上唯一的时刻", "请写明时区，如 +08:00")
    return placed


# --- yes or no, telephone numbers ---------------------------------------------------------------

_YES = frozenset({"是", "有", "√", "✓", "✔", "☑", "1", "y", "yes", "true", "t", "对"})
_NO = frozenset({"否", "无", "没有", "不是", "×", "✗", "✘", "x", "0", "n", "no", "false", "f"})
_SEVERAL = re.compile(r"[/、,，;；\n]")
_EXTENSION = re.compile(r"转|分机|ext\.?|#", re.IGNORECASE)
_PHONE_MARKS = re.compile(r"[\s\-‐‑‒–—―()·]")
_COUNTRY = re.compile(r"^(?:\+86|0086)|^86(?=1\d{10}$)")


def yes_no(value: Cell) -> bool | None:
    """Read 是/否, 有/无, √/×, 1/0, Y/N; None for an empty cell; CellError for anything else."""
    text = clean(value)
    if not text:
        return None
    word = unicodedata.normalize("NFKC", text).casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise CellError(f"“{text[:40]}”看不出是还是否", "请填“是”或“否”，没有就留空")


def phone(value: Cell) -> str:
    """Return the digits of one telephone number ("-" before an extension), or "" for an empty cell.

    The country code 86 goes. Raises CellError for several numbers, a masked number (139****0001),
    scientific notation, other characters, or a length outside 3 to 20 digits.
    """
    text = unicodedata.normalize("NFKC", clean(value))
    if not text:
        return ""
    if _SEVERAL.search(text):
        raise CellError(f"“{text[:40]}”像是几个电话", "请只留一个，其余写进备注")
    if "*" in text:
        raise CellError(f"“{text[:40]}”是打了星号的电话", "请填完整的号码或留空")
    if re.fullmatch(r"\d(?:\.\d+)?E\+?\d+", text, re.IGNORECASE):
        raise CellError(f"“{text}”是科学计数法，号码已经不完整", "请把该列设为文本格式，再填完整的号码")
    pieces = [_PHONE_MARKS.sub("", piece) for piece in _EXTENSION.split(text, maxsplit=1)]
    pieces[0] = _COUNTRY.sub("", pieces[0])
    if not all(re.fullmatch("[0-9]+", piece) for piece in pieces) or not 3 <= len("".join(pieces)) <= 20:
        raise CellError(f"“{text[:40]}”不像电话号码", "请只填数字，如 13900000001 或 0550-1234567")
    return "-".join(pieces)
