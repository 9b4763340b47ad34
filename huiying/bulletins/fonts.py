"""The faces a bulletin is set in: what is wanted, what is there, and which characters are missing.

Pure apart from reading font files. GB/T 9704-2012 names 小标宋, 仿宋, 黑体 and 楷体, which an office
has a licence for and this package has not: a Word file names them, a PDF takes them from the
office's own folder where they are, and from Noto otherwise, and says so.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

from huiying.bulletins.content import Content
from huiying.bulletins.layout import printable, texts

Face: TypeAlias = Literal["title", "body", "black", "kai"]

MISSING = "〓"
"""The typesetter's mark for a character that the case does not hold."""

NOTO_SERIF, NOTO_SANS = "Noto Serif SC", "Noto Sans SC"
FALLBACK: dict[Face, str] = {"title": NOTO_SERIF, "body": NOTO_SERIF, "black": NOTO_SANS, "kai": NOTO_SANS}
USED_FOR: dict[Face, str] = {
    "title": "版头和标题",
    "body": "正文",
    "black": "一级标题和表头",
    "kai": "二级标题",
}
ALIASES: dict[Face, tuple[str, ...]] = {
    "title": ("方正小标宋简体", "FZXiaoBiaoSong-B05S", "方正小标宋_GBK", "FZXiaoBiaoSong-B05", "小标宋"),
    "body": ("仿宋_GB2312", "FangSong_GB2312", "仿宋", "FangSong", "华文仿宋", "STFangsong"),
    "black": ("黑体", "SimHei", "华文黑体", "STHeiti"),
    "kai": ("楷体_GB2312", "KaiTi_GB2312", "楷体", "KaiTi", "华文楷体", "STKaiti"),
}
_IGNORABLE = frozenset(
    [0xAD, 0x200B, 0x200C, 0x200D, 0x2060, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)]
)


@dataclass(frozen=True)
class Fonts:
    """The wanted face for each part, and the folders (or files) that hold the office's own fonts.

    `latin` is the face of digits and Latin letters in a Word file; "" means that of the text
    around them.
    """

    title: str = "方正小标宋简体"
    body: str = "仿宋_GB2312"
    black: str = "黑体"
    kai: str = "楷体_GB2312"
    latin: str = ""
    paths: tuple[Path, ...] = field(default=())

    def wanted(self, face: Face) -> str:
        return {"title": self.title, "body": self.body, "black": self.black, "kai": self.kai}[face]


@dataclass(frozen=True)
class Faces:
    """The family that each part is really set in, and a sentence for each that was substituted."""

    families: dict[Face, str]
    notes: tuple[str, ...]


def choose_faces(fonts: Fonts) -> Faces:
    """The wanted family, else one of its other names, else Noto with a note in Chinese."""
    there = set(loaded(fonts.paths).families())
    chosen: dict[Face, str] = {}
    notes: list[str] = []
    for face, fallback in FALLBACK.items():
        names = (fonts.wanted(face), *ALIASES[face], fallback)
        chosen[face] = next(name for name in names if name in there)
        if chosen[face] == fallback and fallback != fonts.wanted(face):
            notes.append(_substituted(fonts.wanted(face), USED_FOR[face], fallback))
    return Faces(chosen, tuple(notes))


def _substituted(wanted: str, used_for: str, got: str) -> str:
    return (
        f"没有找到字体“{wanted}”，PDF 的{used_for}改用“{got}”。"
        "如需原字体，请把字体文件放进 HUIYING_FONTS 所指的文件夹后重新生成。"
    )


def loaded(paths: tuple[Path, ...]) -> Any:
    """The office's fonts and Noto, read once, as `typst.Fonts`.

    Raises FileNotFoundError, in Chinese, when a folder or file is not there.
    """
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(f"字体文件夹不存在：{path}。请检查环境变量 HUIYING_FONTS。")
    return _load((*paths, _noto_folder()))


@lru_cache(maxsize=4)
def _load(paths: tuple[Path, ...]) -> Any:
    import typst  # heavy: 80 MB of compiled code, only for PDF

    return typst.Fonts(False, False, [str(path) for path in paths])


def _noto_folder() -> Path:
    from pylopdf_fonts_zh_cn import serif_path

    return serif_path().parent


def missing_glyphs(content: Content, fonts: Fonts) -> list[tuple[str, str]]:
    """Characters of the bulletin that no font at hand can draw, each with where it first stands."""
    able = coverage(fonts)
    found: dict[str, str] = {}
    for where, text in texts(content):
        for char in missing_in(text, able):
            found.setdefault(char, where)
    return list(found.items())


def missing_in(text: str, able: frozenset[int]) -> list[str]:
    """The characters of a text, in order, that are not covered."""
    return [c for c in printable(text) if ord(c) not in able and ord(c) not in _IGNORABLE and c != " "]


def drawable(text: str, able: frozenset[int]) -> str:
    """The printable text with 〓 for each character that no font has, without ignorable ones."""
    kept = (c for c in printable(text) if ord(c) not in _IGNORABLE)
    return "".join(c if ord(c) in able or c == " " else MISSING for c in kept)


def coverage(fonts: Fonts) -> frozenset[int]:
    """Every code point that at least one font at hand can draw."""
    return _coverage(tuple(sorted({info.path for info in loaded(fonts.paths).fonts() if info.path})))


@lru_cache(maxsize=4)
def _coverage(files: tuple[str, ...]) -> frozenset[int]:
    return frozenset(point for file in files for point in code_points(Path(file).read_bytes()))


def code_points(font: bytes) -> set[int]:
    """The code points of an OpenType font or collection, from its `cmap` (formats 4 and 12).

    Source: OpenType 1.9, “cmap — Character to Glyph Index Mapping Table”. Raises ValueError for
    bytes that are no such font.
    """
    if font[:4] == b"ttcf":
        (count,) = struct.unpack_from(">I", font, 8)
        starts: Iterable[int] = struct.unpack_from(f">{count}I", font, 12)
    elif font[:4] in (b"\x00\x01\x00\x00", b"OTTO", b"true"):
        starts = (0,)
    else:
        raise ValueError("这不是 OpenType 字体文件（ttf、otf、ttc），无法读取它的字符表。")
    return {point for start in starts for point in _points_of_face(font, start)}


def _points_of_face(font: bytes, start: int) -> set[int]:
    (count,) = struct.unpack_from(">H", font, start + 4)
    for i in range(count):
        tag, _, offset, _ = struct.unpack_from(">4sIII", font, start + 12 + 16 * i)
        if tag == b"cmap":
            return _points_of_cmap(font, offset)
    return set()


def _points_of_cmap(font: bytes, cmap: int) -> set[int]:
    (count,) = struct.unpack_from(">H", font, cmap + 2)
    points: set[int] = set()
    for i in range(count):
        platform, encoding, offset = struct.unpack_from(">HHI", font, cmap + 4 + 8 * i)
        if platform == 0 or (platform == 3 and encoding in (1, 10)):
            points |= _points_of_table(font, cmap + offset)
    return points


def _points_of_table(font: bytes, table: int) -> set[int]:
    (form,) = struct.unpack_from(">H", font, table)
    if form == 4:
        return _points_of_format_4(font, table)
    if form == 12:
        return _points_of_format_12(font, table)
    return set()


def _points_of_format_12(font: bytes, table: int) -> set[int]:
    (count,) = struct.unpack_from(">I", font, table + 12)
    points: set[int] = set()
    for first, last, glyph in struct.iter_unpack(">III", font[table + 16 : table + 16 + 12 * count]):
        points.update(range(first if glyph else first + 1, last + 1))
    return points


def _points_of_format_4(font: bytes, table: int) -> set[int]:
    (double,) = struct.unpack_from(">H", font, table + 6)
    count = double // 2
    shape = f">{count}H"
    ends = struct.unpack_from(shape, font, table + 14)
    starts, deltas, offsets = (struct.unpack_from(shape, font, table + 16 + double * k) for k in (1, 2, 3))
    where = table + 16 + double * 3
    points: set[int] = set()
    for i, (first, last, delta, offset) in enumerate(zip(starts, ends, deltas, offsets, strict=True)):
        if offset == 0:
            points.update(p for p in range(first, last + 1) if (p + delta) & 0xFFFF)
            continue
        glyphs = struct.unpack_from(f">{last - first + 1}H", font, where + 2 * i + offset)
        points.update(first + k for k, glyph in enumerate(glyphs) if glyph)
    points.discard(0xFFFF)
    return points
