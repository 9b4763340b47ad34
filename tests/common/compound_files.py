"""Old Excel files for the tests, made by hand: a compound file (MS-CFB) and a BIFF8 workbook in it."""

import struct

SECTOR = 512
END_OF_CHAIN, FREE, FAT_SECTOR = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def compound_file(streams: dict[str, bytes]) -> bytes:
    """A compound file of version 3 with these streams, each padded past the small-stream limit."""
    contents = {name: content.ljust(4096, b"\0") for name, content in streams.items()}
    directory_sectors = (len(contents) + 4) // 4
    fat = [FAT_SECTOR, *_chain(1, directory_sectors)]
    entries = [_entry("Root Entry", kind=5, child=1, start=END_OF_CHAIN, size=0)]
    body = b""
    for number, (name, content) in enumerate(contents.items(), 1):
        right = number + 1 if number < len(contents) else FREE
        entries.append(_entry(name, kind=2, right=right, start=len(fat), size=len(content)))
        sectors = -(-len(content) // SECTOR)
        fat += _chain(len(fat), sectors)
        body += content.ljust(sectors * SECTOR, b"\0")
    fat += [FREE] * (128 - len(fat))
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        *(0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, END_OF_CHAIN, 0, END_OF_CHAIN, 0),
    )
    header += struct.pack("<109I", 0, *[FREE] * 108)
    directory = b"".join(entries).ljust(directory_sectors * SECTOR, b"\0")
    return header + struct.pack("<128I", *fat) + directory + body


def _chain(start: int, count: int) -> list[int]:
    return [*range(start + 1, start + count), END_OF_CHAIN]


def _entry(name: str, *, kind: int, start: int, size: int, child: int = FREE, right: int = FREE) -> bytes:
    encoded = name.encode("utf-16-le").ljust(64, b"\0")
    head = struct.pack("<64sHBB", encoded, len(name) * 2 + 2, kind, 1)
    return head + struct.pack("<III36xIII", FREE, right, child, start, size, 0)


def old_workbook(name: str, rows: list[list[str | float]], *, locked: bool = False) -> bytes:
    """An .xls file with one sheet of texts and numbers."""
    title = struct.pack("<BB", len(name), 1) + name.encode("utf-16-le")
    sheet = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0))
    for row, values in enumerate(rows):
        for column, value in enumerate(values):
            place = struct.pack("<HHH", row, column, 0)
            if isinstance(value, str):
                text = struct.pack("<HB", len(value), 1) + value.encode("utf-16-le")
                sheet += _record(0x0204, place + text)
            else:
                sheet += _record(0x0203, place + struct.pack("<d", value))
    sheet += _record(0x000A, b"")
    opening = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
    if locked:
        opening += _record(0x002F, struct.pack("<HHH48x", 1, 1, 1))
    offset = len(opening) + 4 + 6 + len(title) + 4
    listing = _record(0x0085, struct.pack("<IH", offset, 0) + title) + _record(0x000A, b"")
    return compound_file({"Workbook": opening + listing + sheet})


def _record(number: int, content: bytes) -> bytes:
    return struct.pack("<HH", number, len(content)) + content
