"""The zip package of an xlsx file: guards against bombs, and a bounded look at the XML of its sheets.

The parser that reads the values (calamine) trusts the package; so it is measured here first. Sizes are
counted while inflating, since the sizes that a zip declares may be lies; DTDs are refused; the rectangle of
filled cells is limited, since the parser allocates all of it. The same pass finds what the parser shows as
empty cells: formulas without a stored result, and error values.
"""

import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NoReturn
from xml.parsers import expat

from huiying.common.sheet_guards import MAX_CELLS, MAX_COLUMNS, PASSWORD, SheetError

MAX_ENTRIES = 5_000
MAX_UNPACKED = 1024 * 1024 * 1024
MAX_RATIO = 200  # honest sheets reach 40
RATIO_MATTERS_FROM = 20 * 1024 * 1024
MAX_INDEX = 16 * 1024 * 1024  # workbook.xml and the relations are small
_PIECE = 1 << 18
_DAMAGED = ("文件不完整或已经损坏", "请重新下载，或在 WPS/Excel 中打开后另存为 .xlsx")
_BOMB = ("压缩包展开后异常庞大", "请在 WPS/Excel 中新建工作簿，只粘贴需要的数据再导入")

Position = tuple[int, int]


@dataclass
class Scan:
    """What a sheet's XML says: filled rectangle (1-based), formulas without a result, error values."""

    first_row: int = 0
    last_row: int = 0
    first_column: int = 0
    last_column: int = 0
    uncalculated: set[Position] = field(default_factory=set)
    errors: dict[Position, str] = field(default_factory=dict)


def check_package(path: Path) -> None:
    """Raise SheetError unless the package is whole, of modest size in truth, and not encrypted."""
    with _opened(path) as package, path.open("rb") as raw:
        entries = package.infolist()
        _check_directory(path, entries)
        if "xl/workbook.xml" not in package.namelist():
            raise SheetError(path, "压缩包里没有工作簿", "这不是 Excel 文件，请在 WPS/Excel 中另存为 .xlsx")
        allowance = min(MAX_UNPACKED, max(RATIO_MATTERS_FROM, MAX_RATIO * path.stat().st_size))
        for entry in entries:
            allowance -= _measure(path, raw, entry, allowance)


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise SheetError(path, *_DAMAGED) from error


def _check_directory(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    """Judge the package by its table of contents alone."""
    if len(entries) > MAX_ENTRIES:
        raise SheetError(path, f"压缩包里有 {len(entries)} 个文件，太多了", _BOMB[1])
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise SheetError(path, *PASSWORD)
    if len({entry.filename.lower() for entry in entries}) < len(entries):
        raise SheetError(path, "压缩包里有重名的文件", _DAMAGED[1])
    if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
        raise SheetError(path, "压缩包用了表格软件不用的压缩方法", _DAMAGED[1])
    declared = sum(entry.file_size for entry in entries)
    size = path.stat().st_size
    if declared > MAX_UNPACKED or (declared > RATIO_MATTERS_FROM and declared > MAX_RATIO * size):
        raise SheetError(path, *_BOMB)


def _measure(path: Path, raw: BinaryIO, entry: zipfile.ZipInfo, allowance: int) -> int:
    """Count the true size of one entry, stopping as soon as it exceeds what is left."""
    size = 0
    for piece in _inflate(path, raw, entry):
        size += len(piece)
        if size > allowance:
            raise SheetError(path, *_BOMB)
    if size != entry.file_size:
        raise SheetError(path, f"压缩包里 {entry.filename} 的大小与它声明的不符", _DAMAGED[1])
    return size


def _inflate(path: Path, raw: BinaryIO, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield the content of an entry in pieces of at most 256 KiB.

    ``zipfile`` itself stops at the declared size, which would hide a lie; so the data are read here.
    """
    raw.seek(entry.header_offset)
    header = raw.read(30)
    if len(header) < 30 or header[:4] != b"PK\x03\x04":
        raise SheetError(path, *_DAMAGED)
    raw.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), 1)
    left = entry.compress_size
    inflater = zlib.decompressobj(-15) if entry.compress_type == zipfile.ZIP_DEFLATED else None
    while left > 0 and not (inflater and inflater.eof):
        packed = raw.read(min(_PIECE, left))
        if not packed:
            raise SheetError(path, *_DAMAGED)
        left -= len(packed)
        yield from _pieces(path, inflater, packed) if inflater else [packed]


def _pieces(path: Path, inflater: "zlib._Decompress", packed: bytes) -> Iterator[bytes]:
    while True:
        try:
            piece = inflater.decompress(packed, _PIECE)
        except zlib.error as error:
            raise SheetError(path, *_DAMAGED) from error
        if piece:
            yield piece
        packed = inflater.unconsumed_tail
        if inflater.eof or (not packed and len(piece) < _PIECE):
            return


# --- which part holds which sheet ---------------------------------------------------------------


def sheet_parts(path: Path) -> dict[str, str]:
    """Map the name of each sheet to the part of the package that holds its XML."""
    targets = {
        attributes.get("Id", ""): attributes.get("Target", "")
        for tag, attributes in _elements(path, "xl/_rels/workbook.xml.rels")
        if tag == "Relationship"
    }
    parts = {}
    for tag, attributes in _elements(path, "xl/workbook.xml"):
        if tag == "sheet":
            relation = next((value for key, value in attributes.items() if key.endswith(":id")), "")
            parts[attributes.get("name", "")] = posixpath.normpath(
                posixpath.join("/xl", targets.get(relation, ""))
            ).lstrip("/")
    return parts


def _elements(path: Path, part: str) -> list[tuple[str, dict[str, str]]]:
    """List the elements of a small part as (local name, attributes)."""
    found: list[tuple[str, dict[str, str]]] = []
    parser = _safe_parser(path)
    parser.StartElementHandler = lambda name, attributes: found.append((_local(name), attributes))
    size = 0
    for piece in _content(path, part):
        size += len(piece)
        if size > MAX_INDEX:
            raise SheetError(path, *_BOMB)
        _feed(path, parser, piece)
    _feed(path, parser, b"", last=True)
    return found


def _content(path: Path, part: str) -> Iterator[bytes]:
    with _opened(path) as package, path.open("rb") as raw:
        try:
            entry = package.getinfo(part)
        except KeyError as error:
            raise SheetError(path, f"压缩包里缺少 {part or '工作表'}", _DAMAGED[1]) from error
        yield from _inflate(path, raw, entry)


def _safe_parser(path: Path) -> expat.XMLParserType:
    """Make a parser that refuses DTDs, so that no entity is ever defined or expanded."""

    def refuse(*_: object) -> NoReturn:
        raise SheetError(path, "工作簿里有不该有的 DTD 声明", _DAMAGED[1])

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    return parser


def _feed(path: Path, parser: expat.XMLParserType, piece: bytes, *, last: bool = False) -> None:
    try:
        parser.Parse(piece, last)
    except (expat.ExpatError, ValueError) as error:
        raise SheetError(path, *_DAMAGED) from error


def _local(name: str) -> str:
    return name.rsplit(":", 1)[-1] if ":" in name else name


# --- the cells of one sheet ---------------------------------------------------------------------


def scan_sheet(path: Path, part: str, max_rows: int) -> Scan:
    """Read the XML of one sheet once, holding nothing but what Scan holds (about 2 s for 2 million cells).

    Raises SheetError where the filled rectangle has too many rows, columns or cells.
    """
    parser = _safe_parser(path)
    scanner = _Scanner(path, max_rows, parser)
    for piece in _content(path, part):
        _feed(path, parser, piece)
    _feed(path, parser, b"", last=True)
    scanner.end_cell()
    return scanner.scan


class _Scanner:
    """Expat handlers. An empty styled cell does not count: whole empty columns often carry borders."""

    def __init__(self, path: Path, max_rows: int, parser: expat.XMLParserType) -> None:
        self.path, self.max_rows, self.parser = path, max_rows, parser
        self.scan = Scan()
        self.row = self.column = 0
        self.kind = ""
        self.formula = self.has_value = False
        self.text = ""
        self.columns: dict[str, int] = {}
        parser.StartElementHandler = self.start

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = _local(name)
        if tag == "c":
            self.end_cell()
            self.begin_cell(attributes)
        elif tag == "v" or tag == "is":
            self.has_value = True
            self.fill()
            if self.formula or self.kind == "e":
                self.parser.CharacterDataHandler = self.characters
        elif tag == "f":
            self.formula = True
            self.fill()
        elif tag == "row":
            self.end_cell()
            self.row = int(attributes["r"]) if "r" in attributes else self.row + 1
            self.column = 0

    def begin_cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        if reference is None:
            self.column += 1
        else:
            letters = reference.rstrip("0123456789")
            self.row = int(reference[len(letters) :])
            self.column = self.columns.get(letters) or self.learn(letters)
        self.kind = attributes.get("t", "")

    def learn(self, letters: str) -> int:
        """Turn column letters into a number (A is 1) and remember it."""
        number = 0
        for letter in letters:
            number = number * 26 + ord(letter) - 64
        if not 1 <= number <= 16384:
            raise ValueError(letters)
        self.columns[letters] = number
        return number

    def characters(self, text: str) -> None:
        self.text += text

    def end_cell(self) -> None:
        """Judge the cell that is being left."""
        if self.formula or self.kind == "e":
            self.parser.CharacterDataHandler = None
            text = self.text.strip()
            if self.kind == "e" and text:
                self.scan.errors[self.row, self.column] = text
            elif self.formula and not text and not (self.has_value and self.kind == "str"):
                self.scan.uncalculated.add((self.row, self.column))
        self.formula = self.has_value = False
        self.kind = self.text = ""

    def fill(self) -> None:
        """Stretch the filled rectangle to the cell, within the limits."""
        scan, row, column = self.scan, self.row, self.column
        if scan.first_row <= row <= scan.last_row and scan.first_column <= column <= scan.last_column:
            return
        scan.first_row = min(scan.first_row or row, row)
        scan.last_row = max(scan.last_row, row)
        scan.first_column = min(scan.first_column or column, column)
        scan.last_column = max(scan.last_column, column)
        self.check_limits(scan)

    def check_limits(self, scan: Scan) -> None:
        rows, columns = scan.last_row, scan.last_column
        if rows > self.max_rows:
            raise SheetError(
                self.path, f"工作表超过了 {self.max_rows:,} 行的上限", "请删去多余的行，或分成几个文件"
            )
        if columns > MAX_COLUMNS:
            raise SheetError(self.path, f"工作表超过了 {MAX_COLUMNS} 列的上限", "请删去右边多余的列")
        if rows * columns > MAX_CELLS:
            raise SheetError(
                self.path,
                f"工作表有 {rows:,} 行 × {columns} 列，太大了",
                "请删去多余的行和列，或分成几个文件",
            )
