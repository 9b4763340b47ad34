"""Files: what they are, how they are kept."""

import io
import zipfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from huiying.cases.models import Attachment
from huiying.ops import doctor
from huiying.replies import attachments
from huiying.replies.attachments import NotTaken
from tests import make


def package(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        for name in names:
            package.writestr(name, "x")
    return packed.getvalue()


PDF = b"%PDF-1.4 ..."
GOOD = {
    "结果.pdf": PDF,
    "现场.JPG": b"\xff\xd8\xff\xe0 ...",
    "图.png": b"\x89PNG\r\n\x1a\n...",
    "说明.docx": package("[Content_Types].xml", "word/document.xml"),
    "台账.xlsx": package("[Content_Types].xml", "xl/workbook.xml"),
    "公文.ofd": package("OFD.xml"),
    "老文件.doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 ...",
    "老文件.et": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 ...",
    "视频.mp4": b"\x00\x00\x00\x18ftypisom",
}


@pytest.fixture(autouse=True)
def files(settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "files"
    return tmp_path / "files"


@pytest.fixture
def task(town):
    return make.case(status="handling").assignments.get()


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


@pytest.mark.parametrize("name", GOOD)
def test_these_files_are_taken(name) -> None:
    assert attachments.kind_of(upload(name, GOOD[name]), name).content_type


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("病毒.pdf", b"MZ\x90\x00", "不是可以上传的文件"),
        ("脚本.html", b"<script>", "不是可以上传的文件"),
        ("改名.jpg", PDF, "与后缀不符"),
        ("假.docx", GOOD["台账.xlsx"], "与后缀不符"),
        ("宏.docx", package("word/document.xml", "word/vbaProject.bin"), "带有宏程序"),
        ("断.docx", b"PK\x03\x04 broken", "已经损坏"),
        ("压缩.zip", package("a.txt"), "不是可以上传的文件"),
        ("空.pdf", b"", "空文件"),
    ],
)
def test_these_are_not_and_the_message_says_why(name, content, said) -> None:
    with pytest.raises(NotTaken, match=said):
        attachments.kind_of(upload(name, content), name)


def test_a_file_too_large_is_refused(settings) -> None:
    settings.HUIYING_ATTACHMENT_MAX_MB = 1
    with pytest.raises(NotTaken, match="超过 1 MB"):
        attachments.kind_of(upload("大.pdf", PDF + b"." * 2**20), "大.pdf")


def test_a_file_is_kept_once_by_its_checksum_and_the_doctor_is_content(task, cast, town, files) -> None:
    for _ in range(2):
        attachments.attach(task, [upload("结果.pdf", PDF)], by=cast.clerk)
    row = Attachment.objects.get()
    assert (row.name, row.size, row.content_type) == ("结果.pdf", len(PDF), "application/pdf")
    assert [path.name for path in files.iterdir()] == [row.sha256]
    assert attachments.path_of(row).read_bytes() == PDF
    assert doctor.examine(town, now=make.at(3, 15)).is_sound
    attachments.path_of(row).write_bytes(b"changed")
    assert any("结果.pdf" in f.what for f in doctor.examine(town, now=make.at(3, 15)).findings)


def test_of_several_files_with_one_bad_none_is_kept(task, cast, files) -> None:
    with pytest.raises(NotTaken):
        attachments.attach(task, [upload("结果.pdf", PDF), upload("坏.exe", b"MZ")], by=cast.clerk)
    assert not Attachment.objects.exists()
    assert not files.exists()


def test_only_the_unit_adds_files_and_only_while_it_is_at_work(task, cast) -> None:
    with pytest.raises(NotTaken, match="您不在该单位"):
        attachments.attach(task, [upload("结果.pdf", PDF)], by=cast.other_clerk)
    done = make.case(status="answered").assignments.get()
    with pytest.raises(NotTaken, match="不能再上传"):
        attachments.attach(done, [upload("结果.pdf", PDF)], by=cast.clerk)


def test_a_long_name_keeps_its_ending(task, cast) -> None:
    [row] = attachments.attach(task, [upload("长" * 230 + ".pdf", PDF)], by=cast.clerk)
    assert len(row.name) == 200
    assert row.name.endswith(".pdf")
