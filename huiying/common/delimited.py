"""Delimited text (csv): its encoding, its delimiter, its records. The file is streamed, never held.

A file is UTF-8, UTF-16 with a byte order mark, or GB18030; the whole of it must decode, or the line that
does not is named.
"""

import codecs
import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from huiying.common.cells import clean
from huiying.common.sheet_guards import BOMS, SheetError

DELIMITERS = ",;\t"
HEADER_WITHIN = 10  # rows in which the header row is looked for
MAX_FIELD = csv.field_size_limit()  # 131,072 characters in one cell; Excel itself allows 32,767
_CHUNK = 1 << 20
_SAMPLE = 1 << 16
_PLAINLY_UTF8 = 16  # so many multi-byte characters in a row are not valid UTF-8 by chance


@dataclass(frozen=True)
class Delimited:
    """How a text file is to be read; ``lines`` counts its line ends, an upper bound of its records."""

    path: Path
    encoding: str
    lines: int
    delimiter: str = ","
    skipped: int = 0

    def records(self) -> Iterator[list[str]]:
        """Yield every record, blank ones too, so that counting them gives the row number in Excel."""
        with self.path.open(encoding=self.encoding, newline="") as file:
            for _ in range(self.skipped):
                file.readline()
                yield []
            reader = csv.reader(file, delimiter=self.delimiter, strict=True)
            begun = self.skipped + 1
            try:
                for record in reader:
                    yield record
                    begun = self.skipped + reader.line_num + 1
            except csv.Error as error:
                raise SheetError(
                    self.path,
                    f"从第 {begun} 行起的一条记录读不通（引号不成对，或一格超过 {MAX_FIELD:,} 字）",
                    "请在 WPS/Excel 中打开核对这一行，再另存为 .xlsx 或 csv",
                ) from error


def read_delimited(path: Path, is_header: Callable[[list[str]], bool] | None = None) -> Delimited:
    """Find out encoding and delimiter, or raise SheetError naming the line that is not text."""
    encoding, lines = _encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        sample = file.read(_SAMPLE)
    first = sample.split("\n", 1)[0].strip()
    if first.lower().startswith("sep=") and len(first) == 5:  # Excel's own mark
        return Delimited(path, encoding, lines, first[4], skipped=1)
    if first.lower() == "sep=":  # the tab was stripped
        return Delimited(path, encoding, lines, "\t", skipped=1)
    best = max(DELIMITERS, key=lambda delimiter: _likeness(sample, delimiter, is_header))
    return Delimited(path, encoding, lines, best)


def _likeness(sample: str, delimiter: str, is_header: Callable[[list[str]], bool] | None) -> tuple[bool, int]:
    """How well a delimiter fits: a recognised header first, then the widest of the first records."""
    widths, recognised = [0], False
    try:
        for record, _ in zip(
            csv.reader(io.StringIO(sample), delimiter=delimiter), range(HEADER_WITHIN), strict=False
        ):
            widths.append(len(record))
            recognised = recognised or (is_header is not None and is_header([clean(cell) for cell in record]))
    except csv.Error:
        return False, 0
    return recognised, max(widths)


@dataclass(frozen=True)
class _Failure:
    line: int
    hanzi: int  # characters beyond ASCII that did decode before


def _encoding(path: Path) -> tuple[str, int]:
    """Return (encoding, line ends) of the first encoding in which the whole file decodes."""
    with path.open("rb") as file:
        head = file.read(3)
    marked = next((encoding for bom, encoding in BOMS.items() if head.startswith(bom)), None)
    failures = []
    for encoding in [marked] if marked else ["utf-8", "gb18030"]:
        outcome = _decode(path, encoding)
        if isinstance(outcome, int):
            return encoding, outcome
        failures.append(outcome)
        if encoding == "utf-8" and outcome.hanzi >= _PLAINLY_UTF8:
            break
    raise _undecodable(path, marked, failures)


def _undecodable(path: Path, marked: str | None, failures: list[_Failure]) -> SheetError:
    remedy = "请在 WPS/Excel 中打开，核对这一行，再另存为 .xlsx 或 “CSV UTF-8”"
    if marked or len(failures) == 1:
        name = {"utf-16": "UTF-16"}.get(marked or "", "UTF-8")
        return SheetError(path, f"第 {failures[0].line} 行有损坏的文字（文件是 {name} 编码）", remedy)
    lines = f"UTF-8 读到第 {failures[0].line} 行、GB18030 读到第 {failures[1].line} 行时出错"
    return SheetError(path, f"文字编码既不是 UTF-8 也不是 GB18030（{lines}）", remedy)


def _decode(path: Path, encoding: str) -> int | _Failure:
    """Decode the whole file piece by piece; return the number of line ends, or where it failed."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    lines = hanzi = 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                before = error.object[: error.start].decode(error.encoding, "ignore")
                return _Failure(lines + before.count("\n") + 1, hanzi + _beyond_ascii(before))
            if "\0" in text:
                line = lines + text[: text.index("\0")].count("\n") + 1
                raise SheetError(path, f"第 {line} 行有空字节，不是文本", "文件可能已经损坏，请重新导出")
            lines += text.count("\n")
            hanzi += 0 if text.isascii() else _beyond_ascii(text)
            if not chunk:
                return lines


def _beyond_ascii(text: str) -> int:
    return len(text) - len(text.encode("ascii", "ignore"))
