"""Whatever file the commands that read texts are given: a table, an empty list, or a Chinese sentence."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from huiying.common.errors import Refused

HEAD = "编号,标题,内容,答复意见\n"
COMMANDS = ("duplicates", "replies", "topics")
SHAPES = {
    "duplicates": {"group", "kind", "reports", "persons", "ids", "links"},
    "replies": {"id", "score", "findings"},
    "topics": {"rank", "heat", "phrase", "place", "people", "start", "end", "ids"},
}
REFUSED = {
    "空文件.csv": (b"", "文件是空的"),
    "错列.csv": ("甲,乙\n1,2\n".encode(), "缺少列.*“留言详情”.*现有的列：甲、乙"),
    "报告.pdf": (b"%PDF-1.4", "不能读取“.pdf”的文件"),
    "假的.xlsx": (b"not a workbook", "后缀是 .xlsx，内容却是纯文本"),
    "二进制.csv": (bytes(range(256)) * 20, "认不出的二进制内容"),
    "繁体.csv": ("編號,標題,內容,答復意見\n1,路燈,不亮,好\n".encode("big5"), "列名是乱码的，请另存为"),
    "引号.csv": ((HEAD + '1,"路灯\n').encode(), "第 2 行起.*引号不成对"),
}
TWICE = {
    "空文本": ("", ""),
    "十万字": ("路灯不亮请处理。" * 12_500, "已派人处理。" * 2_000),
    "英文": ("The street light at the corner has been broken for days", "Thank you, we mended it"),
    "阿拉伯文": ("الضوء في الشارع لا يعمل منذ ثلاثة أيام", "شكرا"),
    "表情": ("😀" * 30, "😀👍。。。"),
    "数字": ("12345678901234567890", "123"),
    "公式": ("=1+1 路灯不亮三天请派人来看", "=cmd"),
}


def asked(command: str, path: Path, *more: str) -> list[dict[str, object]]:
    out = StringIO()
    call_command(command, str(path), "--json", *more, stdout=out, stderr=StringIO())
    found: list[dict[str, object]] = json.loads(out.getvalue())
    return found


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_that_is_no_table_of_texts_is_refused_in_words(
    tmp_path: Path, command: str, name: str
) -> None:
    content, why = REFUSED[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Refused, match=why) as refused:
        asked(command, tmp_path / name)
    assert name in str(refused.value)
    assert "请" in str(refused.value)


@pytest.mark.parametrize("kind", TWICE)
@pytest.mark.parametrize("command", COMMANDS)
def test_odd_texts_are_answered_in_the_promised_shape(tmp_path: Path, command: str, kind: str) -> None:
    text, answer = TWICE[kind]
    path, table = tmp_path / "a.csv", tmp_path / "b.xlsx"
    path.write_text(HEAD + "".join(f"{n},,{text},{answer}\n" for n in (1, 2)), "gb18030")
    found = asked(command, path, "--out", str(table))
    assert all(one.keys() >= SHAPES[command] for one in found)
    assert table.exists()
    if command == "duplicates":
        assert [one["ids"] for one in found] == ([["1", "2"]] if text else [])
    if command == "replies":
        scores = {one["id"]: one["score"] for one in found}
        assert scores.keys() == {"1", "2"}
        assert all(score == 0 for score in scores.values()) is (kind in {"空文本", "表情", "数字"})


@pytest.mark.parametrize("command", COMMANDS)
def test_a_table_without_rows_gives_an_empty_list_and_a_sentence(tmp_path: Path, command: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(HEAD, "utf-16")
    assert asked(command, path) == []
    said = StringIO()
    call_command(command, str(path), stdout=said)
    assert said.getvalue().strip()


@pytest.mark.parametrize("command", COMMANDS)
def test_the_file_that_is_read_is_never_written_over(tmp_path: Path, command: str) -> None:
    path = tmp_path / "三月.csv"
    path.write_text(HEAD + "1,路灯,路灯不亮三天,已派人处理\n", "utf-8")
    before = path.read_bytes()
    with pytest.raises(Refused, match="会盖掉原来的内容。请换一个文件名"):
        asked(command, path, "--out", str(path))
    assert path.read_bytes() == before


def test_a_number_of_matters_that_makes_no_sense_is_refused(tmp_path: Path) -> None:
    for option, number in (("--top", "0"), ("--least", "1")):
        with pytest.raises(Refused, match=f"{option} 须是 . 以上的整数，现为 {number}"):
            asked("topics", tmp_path / "a.csv", option, number)
