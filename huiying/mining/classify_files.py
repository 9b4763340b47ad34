"""Whole spreadsheets of texts and labels, to learn from and to write back with more columns. Pure.

The columns are those of `text_files`; but texts stay as they are in the cells, whose wide spaces and line
breaks tell where a title ends.
"""

from __future__ import annotations

import gzip
import tempfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from huiying.common.cells import Cell, clean
from huiying.common.errors import Refused
from huiying.common.sheets import MAX_BYTES, open_sheet
from huiying.mining.text_files import COLUMNS, columns_of

MANY = 200
"""More labels than these, and more than half as many as texts, are no labels: another column was read."""


@dataclass(frozen=True)
class Table:
    """Texts as they stand in a file, with their labels where it has them; `rows` are the cells as text."""

    path: Path
    header: list[str]
    rows: list[list[str]]
    texts: list[str]
    labels: list[str]

    def labelled(self) -> tuple[list[str], list[str]]:
        """The texts that have a label, with it. Raises Refused where there are none, or nearly one a text."""
        if not self.labels:
            raise _without(self.path, "没有标签列", ("label",), self.header)
        pairs = [(t, label) for t, label in zip(self.texts, self.labels, strict=True) if label]
        if not pairs:
            raise Refused(f"{self.path.name}：标签一列都是空的。")
        if len(kinds := {label for _, label in pairs}) > max(MANY, len(pairs) / 2):
            raise Refused(
                f"{self.path.name}：{len(pairs)} 条里有 {len(kinds)} 种标签，几乎一条一种，"
                f"例：{min(kinds)[:20]}。请核对标签一列是不是别的内容。"
            )
        return [text for text, _ in pairs], [label for _, label in pairs]


def read_table(path: Path) -> Table:
    """Read a file: xlsx, xls, csv, or csv.gz. Raises Refused that says what is wrong with it."""
    with _unpacked(path) as plain:
        sheet = open_sheet(plain, is_header=lambda names: bool(_text_in(columns_of(names))))
        found = columns_of(sheet.header)
        texts, label = _text_in(found), found.get("label")
        if not texts:
            raise _without(path, "没有文本列", ("title", "body"), sheet.header)
        table = Table(path, sheet.header, [], [], [])
        for _, cells in sheet.rows():
            table.rows.append([_plain(cell) for cell in cells[: len(sheet.header)]])
            table.texts.append("\n".join(_plain(cells[no]).strip() for no in texts).strip())
            if label is not None:
                table.labels.append(clean(cells[label]))
    if not table.texts:
        raise Refused(f"{path.name}：表头下面没有数据。")
    return table


def _text_in(found: Mapping[str, int]) -> list[int]:
    """Where the text stands: title and body together, or one of them."""
    return [found[name] for name in ("title", "body") if name in found]


def _without(path: Path, problem: str, names: Sequence[str], header: Sequence[str]) -> Refused:
    known = "、".join(other for name in names for other in COLUMNS[name])
    return Refused(f"{path.name}：{problem}。列名可以是：{known}；现有的列：{'、'.join(header[:12])}。")


def _plain(cell: Cell) -> str:
    """The cell's text as it stands: the wide spaces in it tell where a title ends."""
    return cell if isinstance(cell, str) else clean(cell)


@contextmanager
def _unpacked(path: Path) -> Iterator[Path]:
    """The file itself; a packed one (.gz) unpacked for the while, as far as files may be large."""
    if path.suffix != ".gz" or not path.is_file():
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / path.stem
        try:
            _unpack(path, plain)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise Refused(f"{path.name}：压缩文件读不通，可能已经损坏。请重新压缩，或直接用 csv。") from error
        yield plain


def _unpack(path: Path, plain: Path) -> None:
    with gzip.open(path) as packed, plain.open("wb") as file:
        while part := packed.read(1 << 20):
            file.write(part)
            if file.tell() > MAX_BYTES:
                raise Refused(f"{path.name}：解开后超过 {MAX_BYTES >> 20} MB。请分成几个文件。")
