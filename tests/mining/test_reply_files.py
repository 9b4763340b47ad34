"""A file of replies judged from the command line, and copies found across it."""

from __future__ import annotations

import json
from datetime import UTC
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from huiying.common.errors import Refused
from huiying.common.sheets import open_sheet
from huiying.mining import reply_scores
from huiying.mining.evaluation import SECTIONS
from huiying.mining.reply_files import copies, judged
from huiying.mining.text_files import open_texts
from tests.mining.test_rubric import LONG
from tests.proof import PROOF

HEAD = "留言编号,留言主题,留言详情,答复意见,留言时间,答复时间"
ROWS = (
    f"1,东街自来水浑浊,东街自来水浑浊已有三天，请派人检修供水管道。,{LONG},2022/3/1,2022/3/4",
    f"2,西门公交站牌倒塌,西门公交站牌倒塌砸到行人，请尽快扶正加固。,{LONG},2022/3/1,2022/3/4",
    "3,学校食堂饭菜发馊,学校食堂饭菜发馊，孩子吃坏肚子，请问如何处理？,您的留言已收悉。,2022/3/1,不详",
    "4,路灯不亮,北街路灯不亮一个星期了。,,2022/3/1,",
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "replies.csv"
    path.write_text("\n".join([HEAD, *ROWS]), "utf-8")
    return path


def test_each_reply_gets_a_score_and_the_poor_ones_the_lower(file: Path) -> None:
    rows = list(open_texts(file, needed=("answer",), tz=UTC))
    scores = {row.id: score for row, score, _ in judged(rows, tz=UTC)}
    assert scores["1"] > 80 > scores["3"] > scores["4"] == 0


def test_the_same_answer_to_another_matter_is_a_copy_and_to_the_same_matter_is_not(file: Path) -> None:
    rows = list(open_texts(file, tz=UTC))
    assert {line: set(others) for line, others in copies(rows).items()} == {2: {"2"}, 3: {"1"}}
    again = file.with_name("again.csv")
    again.write_text("\n".join([HEAD, ROWS[0], "9" + ROWS[0][1:]]), "utf-8")
    assert copies(list(open_texts(again, tz=UTC))) == {}


def test_who_is_greeted_and_who_signs_is_held_against_the_file(tmp_path: Path) -> None:
    path = tmp_path / "named.csv"
    lines = (
        "留言编号,诉求人,承办单位,留言主题,留言详情,答复意见",
        f"1,李强,云溪县水务局,东街自来水浑浊,请检修供水管道。,王先生：{LONG}云溪县水务局",
        f"2,李女士,云溪县水务局,东街自来水浑浊,请检修供水管道。,李女士：{LONG}云溪县住建局",
        f"3,匿名,云溪县住建局,东街自来水浑浊,请检修供水管道。,网友：{LONG}已告知李强。",
        f"4,李强,云溪县住建局,东街自来水浑浊,请检修供水管道。,您好：{LONG}李强已知晓。",
    )
    path.write_text("\n".join(lines), "utf-8")
    told = {
        row.id: {each.check: each.reason for each in findings}
        for row, _, findings in judged(list(open_texts(path, tz=UTC)), tz=UTC)
    }
    assert "姓氏不符" in told["1"]["name"]
    assert "承办单位是云溪县水务局" in told["2"]["name"]
    assert "name" not in told["3"]
    assert "personal" in told["4"]


def test_the_command_prints_the_promised_shape_and_writes_a_table(file: Path, tmp_path: Path) -> None:
    out, table = StringIO(), tmp_path / "out.xlsx"
    call_command("replies", str(file), "--json", "--out", str(table), stdout=out, stderr=StringIO())
    found = json.loads(out.getvalue())
    assert [one["id"] for one in found] == ["1", "2", "3", "4"]
    assert set(found[2]["findings"][0]) == {"check", "reason", "quote", "weight"}
    assert open_sheet(table).header == ["编号", "标题", "得分", "问题", "引文"]
    plain = StringIO()
    call_command("replies", str(file), stdout=plain)
    assert "得分中位数" in plain.getvalue()
    assert plain.getvalue().index(" 4 路灯") < plain.getvalue().index(" 1 东街")


def test_a_file_without_replies_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("标题,内容\n路灯,不亮\n", "utf-8")
    with pytest.raises(Refused, match="答复意见"):
        call_command("replies", str(path))


@pytest.mark.proof
def test_the_outside_replies_are_measured(data: Path, some: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reply_scores, "DRAWN", 2)
    lines = {line.name: line.value for line in SECTIONS["replies"].run(data, None)}
    assert lines["n"] == (2816 if PROOF else 1408)
    assert 80 <= lines["p50"] < 100
    assert {f"auc_{way.name}" for way in reply_scores.WAYS if way.name != "late"} <= set(lines)
    assert lines["worst_1"].startswith("0 分")
