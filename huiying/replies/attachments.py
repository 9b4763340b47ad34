"""Files of a case, kept once each under HUIYING_HOME/files by their SHA-256.

What a file is, its content says; a name that says otherwise is refused, and so is what may carry a program.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

from django.conf import settings
from django.db import transaction

from huiying.accounts.models import User
from huiying.cases import moves
from huiying.cases.models import Assignment, Attachment
from huiying.common.errors import Refused
from huiying.replies import handling

LONGEST_NAME = 200
_OFFICE = "application/vnd.openxmlformats-officedocument"
_PIECE = 1 << 20


class Kind(NamedTuple):
    """A kind of file that is taken: endings of its name, and what a browser is told."""

    endings: tuple[str, ...]
    content_type: str


PDF = Kind((".pdf",), "application/pdf")
PNG = Kind((".png",), "image/png")
JPEG = Kind((".jpg", ".jpeg"), "image/jpeg")
DOCX = Kind((".docx",), f"{_OFFICE}.wordprocessingml.document")
XLSX = Kind((".xlsx",), f"{_OFFICE}.spreadsheetml.sheet")
OFD = Kind((".ofd",), "application/ofd")
DOC = Kind((".doc", ".wps"), "application/msword")
XLS = Kind((".xls", ".et"), "application/vnd.ms-excel")
MP4 = Kind((".mp4",), "video/mp4")
KINDS = (PDF, DOCX, XLSX, OFD, DOC, XLS, JPEG, PNG, MP4)
ENDINGS = tuple(ending for kind in KINDS for ending in kind.endings)

_HEADS = (
    (b"%PDF-", (PDF,)),
    (b"\x89PNG\r\n\x1a\n", (PNG,)),
    (b"\xff\xd8\xff", (JPEG,)),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", (DOC, XLS)),
)
_INSIDE = (("word/document.xml", DOCX), ("xl/workbook.xml", XLSX), ("OFD.xml", OFD))


class NotTaken(Refused):
    """A file that is not kept; the message says why and what to do."""


def attach(task: Assignment, files: Iterable[Any], *, by: User) -> list[Attachment]:
    """Keep uploaded files with the task's case: all of them, or none. Raises NotTaken."""
    given = list(files)
    if not given:
        raise NotTaken("请选择要上传的文件。")
    if not handling.can_reach(by, task):
        raise NotTaken(f"该件由“{task.unit}”承办，您不在该单位，不能上传附件。")
    if task.status not in moves.LIVE:
        raise NotTaken(f"{task.case}：该派单“{task.get_status_display()}”，不能再上传附件。")
    checked = [(file, Path(str(file.name)).name, kind_of(file, str(file.name))) for file in given]
    with transaction.atomic():
        return [_attached(task, file, name, kind) for file, name, kind in checked]


def _attached(task: Assignment, file: Any, name: str, kind: Kind) -> Attachment:
    digest, size = keep(file)
    stem, ending = Path(name).stem, Path(name).suffix
    shown = stem[: LONGEST_NAME - len(ending)] + ending
    row, _ = Attachment.objects.get_or_create(  # pressed twice, the same file is there once
        case=task.case,
        sha256=digest,
        name=shown,
        defaults={"seq": task.case.seq, "size": size, "content_type": kind.content_type},
    )
    return row


def kind_of(file: Any, name: str) -> Kind:
    """What the file is, by content and name together. Raises NotTaken."""
    limit = settings.HUIYING_ATTACHMENT_MAX_MB
    if file.size > limit * 2**20:
        raise NotTaken(f"“{name}”超过 {limit} MB，请压缩或分成几个文件后再上传。")
    if not file.size:
        raise NotTaken(f"“{name}”是空文件，请核对后再上传。")
    ending = Path(name).suffix.lower()
    kinds = _by_content(file, name)
    found = next((kind for kind in kinds if ending in kind.endings), None)
    if found is None and kinds:
        meant = "、".join(end for kind in kinds for end in kind.endings)
        raise NotTaken(f"“{name}”的内容与后缀不符（像是 {meant}），请改正文件名后再上传。")
    if found is None:
        raise NotTaken(f"“{name}”不是可以上传的文件。可以上传：{'、'.join(ENDINGS)}。")
    return found


def _by_content(file: IO[bytes], name: str) -> tuple[Kind, ...]:
    file.seek(0)
    head = file.read(16)
    if head[:4] == b"PK\x03\x04":
        return tuple(_in_package(file, name))
    if head[4:8] == b"ftyp":
        return (MP4,)
    return next((kinds for start, kinds in _HEADS if head.startswith(start)), ())


def _in_package(file: IO[bytes], name: str) -> Iterator[Kind]:
    """What a zip package is, by the names inside; nothing is unpacked."""
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as package:
            inside = set(package.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise NotTaken(f"“{name}”不完整或已经损坏，请重新保存后再上传。") from None
    if any("vbaproject" in each.lower() for each in inside):
        raise NotTaken(f"“{name}”带有宏程序，请另存为不带宏的文件后再上传。")
    yield from (kind for mark, kind in _INSIDE if mark in inside)


def keep(file: IO[bytes]) -> tuple[str, int]:
    """Write the content under its SHA-256, whole or not at all; the digest and the size."""
    home = Path(settings.MEDIA_ROOT)
    home.mkdir(parents=True, exist_ok=True)
    sha, size = hashlib.sha256(), 0
    file.seek(0)
    with tempfile.NamedTemporaryFile(dir=home, prefix=".new-", delete=False) as fresh:
        try:
            while piece := file.read(_PIECE):
                sha.update(piece)
                size += len(piece)
                fresh.write(piece)
            fresh.flush()
            os.fsync(fresh.fileno())
            os.replace(fresh.name, home / sha.hexdigest())
        except BaseException:
            Path(fresh.name).unlink(missing_ok=True)
            raise
    return sha.hexdigest(), size


def path_of(row: Attachment) -> Path:
    """Where the file lies. Raises Refused where it is gone."""
    path = Path(settings.MEDIA_ROOT) / row.sha256
    if not path.is_file():
        raise Refused(f"附件“{row.name}”的文件不在库中，请管理员从备份恢复。")
    return path
