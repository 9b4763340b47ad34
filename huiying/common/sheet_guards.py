"""What is looked at before a spreadsheet is parsed: is it there, how large, and is it what it claims to be.

Nothing here trusts the file: only its size and its first bytes are read, except that a compound file (OLE)
is searched for the names of its streams.
"""

import mmap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from huiying.common.errors import Refused

MAX_BYTES = 200 * 1024 * 1024
MAX_XLS_BYTES = 64 * 1024 * 1024  # the old format cannot be streamed or measured beforehand
MAX_ROWS = 300_000
MAX_COLUMNS = 300
MAX_CELLS = 10_000_000  # the parser holds the smallest rectangle around the filled cells: about 32 bytes each

ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_PAGE_STARTS = (b"<!doctype", b"<html", b"<head", b"<meta", b"<table", b"<?xml", b"<style", b"mime-version")
PASSWORD = ("文件有密码保护", "请在 WPS/Excel 中取消密码后再导入")


class SheetError(Refused):
    """A file that cannot be read or written as a spreadsheet: what is wrong, where, and how to mend it."""

    def __init__(self, path: Path, problem: str, remedy: str) -> None:
        super().__init__(f"{path.name}：{problem}，{remedy}。")
        self.path = path
        self.problem = problem
        self.remedy = remedy


@dataclass(frozen=True)
class Kind:
    """A kind of file, told by its content."""

    name: str
    title: str
    suffixes: tuple[str, ...]
    is_it: Callable[[Path, bytes], bool]


def _is_page(path: Path, head: bytes) -> bool:
    return head.lstrip(b"\xef\xbb\xbf\r\n\t ").lower().startswith(_PAGE_STARTS)


def _is_text(path: Path, head: bytes) -> bool:
    return any(head.startswith(bom) for bom in BOMS) or b"\0" not in head


KINDS = [
    Kind("xlsx", "Excel 工作簿（.xlsx）", (".xlsx", ".xlsm"), lambda path, head: head.startswith(ZIP_MAGIC)),
    Kind("locked", "加密的工作簿", (), lambda path, head: _names_stream(path, head, "EncryptedPackage")),
    Kind(
        "xls",
        "旧版 Excel 工作簿（.xls）",
        (".xls",),
        lambda path, head: _names_stream(path, head, "Workbook") or _names_stream(path, head, "Book"),
    ),
    Kind("other", "别的办公文档", (), lambda path, head: head.startswith(OLE_MAGIC)),
    Kind("pdf", "PDF 文件", (), lambda path, head: head.startswith(b"%PDF")),
    Kind("page", "网页（HTML/XML）", (), _is_page),
    Kind("csv", "纯文本（.csv）", (".csv", ".txt", ".tsv"), _is_text),
    Kind("unknown", "认不出的二进制内容", (), lambda path, head: True),
]
READABLE = {suffix: kind for kind in KINDS for suffix in kind.suffixes}


def check_file(path: Path, max_bytes: int = MAX_BYTES) -> str:
    """Return the kind of the file ("xlsx", "xls" or "csv"), or raise SheetError and read no more of it."""
    _check_size(path, max_bytes)
    claimed = READABLE.get(path.suffix.lower())
    if claimed is None:
        raise SheetError(
            path, f"不能读取“{path.suffix or '没有后缀'}”的文件", f"请另存为 {'、'.join(READABLE)} 之一再导入"
        )
    with path.open("rb") as file:
        head = file.read(4096)
    found = next(kind for kind in KINDS if kind.is_it(path, head))
    if found is not claimed:
        raise _not_as_claimed(path, claimed, found)
    if found.name == "xls" and path.stat().st_size > MAX_XLS_BYTES:
        raise SheetError(
            path, f"旧版 .xls 文件超过了 {_size(MAX_XLS_BYTES)}", "请在 WPS/Excel 中另存为 .xlsx 再导入"
        )
    return found.name


def _check_size(path: Path, max_bytes: int) -> None:
    if not path.exists():
        raise SheetError(path, f"没有这个文件（{path}）", "请核对路径和文件名")
    if not path.is_file():
        raise SheetError(path, "这不是一个普通文件", "请给出表格文件的路径")
    try:
        with path.open("rb"):
            size = path.stat().st_size
    except OSError as error:
        raise SheetError(path, "文件打不开", "请检查权限，并关闭正在使用它的程序") from error
    if size == 0:
        raise SheetError(path, "文件是空的（0 字节）", "请重新导出或重新下载")
    if size > max_bytes:
        raise SheetError(
            path,
            f"文件有 {_size(size)}，超过了 {_size(max_bytes)} 的上限",
            "请删去图片和多余的表，或分成几个文件",
        )


def _size(count: int) -> str:
    """Write a number of bytes for people."""
    return f"{count / 2**20:,.1f} MB" if count >= 2**20 else f"{count:,} 字节"


def _not_as_claimed(path: Path, claimed: Kind, found: Kind) -> SheetError:
    if found.name == "locked":
        return SheetError(path, *PASSWORD)
    if found.suffixes:
        remedy = f"请把后缀改成 {found.suffixes[0]}，或在 WPS/Excel 中另存为 .xlsx"
    elif found.name == "unknown":
        remedy = "文件可能已经损坏或不是表格，请重新导出"
    else:
        remedy = "请用 WPS/Excel 打开它，另存为 .xlsx 再导入"
    return SheetError(path, f"后缀是 {path.suffix}，内容却是{found.title}", remedy)


def _names_stream(path: Path, head: bytes, name: str) -> bool:
    """True where an OLE compound file has a directory entry of that name (MS-CFB 2.6.1: UTF-16, 64 bytes)."""
    if not head.startswith(OLE_MAGIC):
        return False
    entry = name.encode("utf-16-le").ljust(64, b"\0")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(entry) >= 0
