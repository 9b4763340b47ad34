"""Figures on outside data are printed with their goals; what cannot be measured is said."""

import csv
import gzip
import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from huiying.common.errors import Refused
from huiying.mining import evaluation
from huiying.mining.evaluation import Line, Section, table
from tests.mining.letters import letters


def test_a_line_says_whether_its_goal_is_reached() -> None:
    told = table(
        [
            Line("f1", "宏平均 F1", 0.95123, goal=0.945),
            Line("ms", "每条耗时（毫秒）", 1.5, goal=1, at_most=True),
            Line("n", "条数", 8210),
        ]
    )
    assert told == [
        "宏平均 F1：0.9512（目标不低于 0.945，达到）",
        "每条耗时（毫秒）：1.5（目标不高于 1，未达到）",
        "条数：8210",
    ]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """One section that counts the lines of a file."""

    def run(data: Path, progress: object) -> list[Line]:
        text = (data / "some.csv").read_text("utf-8")
        return [Line("n", "行数", len(text.splitlines())), Line("c", "字数", len(text))]

    monkeypatch.setitem(evaluation.SECTIONS, "lines", Section("lines", "数行", ("some.csv",), run))


def evaluated(*arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("evaluate", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.mark.usefixtures("counted")
def test_a_section_is_measured_and_printed_for_people_and_for_machines(tmp_path: Path) -> None:
    (tmp_path / "some.csv").write_text("甲\n乙\n", "utf-8")
    assert (
        "## 数行（lines）\n- 行数：2\n- 字数：4\n" in evaluated("--data", str(tmp_path), "--only", "lines")[0]
    )
    told = evaluated("--data", str(tmp_path), "--only", "lines", "--json")[0]
    assert json.loads(told) == {"lines": {"n": 2, "c": 4}}


@pytest.mark.usefixtures("counted")
def test_a_section_without_its_file_is_skipped_aloud(tmp_path: Path) -> None:
    out, err = evaluated("--data", str(tmp_path), "--only", "lines")
    assert out == ""
    assert "跳过“数行”" in err
    assert "some.csv" in err


@pytest.mark.usefixtures("counted")
def test_an_unknown_section_or_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="没有“line”这一部分。您是否要找：lines"):
        evaluated("--data", str(tmp_path), "--only", "line")
    with pytest.raises(Refused, match="没有目录"):
        evaluated("--data", str(tmp_path / "elsewhere"))


def test_a_classifier_is_measured_on_letters_it_has_not_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluation, "QUICK", 90)
    texts, labels = letters(40)
    (tmp_path / "teddy2020").mkdir()
    with gzip.open(tmp_path / evaluation.MESSAGES, "wt", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *zip(texts, labels, strict=True)])
    told = json.loads(evaluated("--data", str(tmp_path), "--only", "classification", "--quick", "--json")[0])[
        "classification"
    ]
    assert told["n"] == 90
    assert told["grouped_macro_f1"] > 0.9
    assert 0 <= told["stratified_ece"] < 0.5
    assert sum(name.startswith("curve_") for name in told) >= 2
    assert told["seconds"] > 0 < told["peak_mb"]


def test_agencies_are_measured_with_their_first_three(tmp_path: Path) -> None:
    texts, labels = letters(20)
    (tmp_path / "taipei").mkdir()
    with (tmp_path / evaluation.AGENCIES).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("agency", "question"), *zip(labels, texts, strict=True)])
    out = evaluated("--data", str(tmp_path), "--only", "agencies", "--quick")[0]
    assert "- 机构：3" in out
    assert "- 前三准确率：1（目标不低于 0.93，达到）" in out
