"""A classifier from a spreadsheet, kept in a file that cannot run, used on the next spreadsheet."""

import csv
import errno
import gzip
import json
import pickle
import zipfile
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
from django.core.management import call_command

from huiying.common.errors import Refused, why
from huiying.mining import model_files
from huiying.mining.classify_files import read_table
from huiying.mining.classify_training import train
from tests.mining.letters import letters

pytestmark = pytest.mark.usefixtures("town")


def classify(*arguments: object) -> str:
    out = StringIO()
    call_command("classify", *map(str, arguments), stdout=out)
    return out.getvalue()


def write_csv(path: Path, header: list[str], rows: list[list[str]]) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


@pytest.fixture
def learnt(tmp_path: Path) -> Path:
    rows = [list(pair) for pair in zip(*letters(), strict=True)]
    return write_csv(tmp_path / "学习.csv", ["text", "label"], rows)


@pytest.fixture
def model(learnt: Path, tmp_path: Path) -> Path:
    said = classify("train", learnt, "--out", tmp_path / "m.npz")
    assert "已由 120 条、3 类训练出模型" in said
    return tmp_path / "m.npz"


def test_train_evaluate_predict(model: Path, tmp_path: Path) -> None:
    texts, labels = letters(10, seed=7)
    known = write_csv(
        tmp_path / "已知.csv",
        ["留言编号", "留言主题", "留言详情", "一级标签"],
        [
            [str(no), *text.split("\n"), label]
            for no, (text, label) in enumerate(zip(texts, labels, strict=True))
        ],
    )
    scores = json.loads(classify("evaluate", known, "--model", model, "--json"))
    assert scores["n"] == 30
    assert scores["accuracy"] == scores["macro_f1"] == scores["weighted_f1"] == scores["top3_accuracy"] == 1
    assert "宏平均 F1：1.0000\n" in classify("evaluate", known, "--model", model)
    for name in ("结果.xlsx", "结果.csv"):
        assert "已分类 30 条" in classify("predict", known, "--model", model, "--out", tmp_path / name)
        result = read_table(tmp_path / name)
        assert result.header[:4] == ["留言编号", "留言主题", "留言详情", "一级标签"]
        named = dict(zip(result.header, result.rows[0], strict=True))
        assert named["分类结果"] in {named["一级标签"], "不确定"}
        assert named["最可能"] == named["一级标签"]
        assert named["依据"]


@pytest.mark.parametrize("name", ["对错.xlsx", "对错.csv"])
def test_evaluate_writes_row_by_row_what_was_right(model: Path, tmp_path: Path, name: str) -> None:
    (right, other), (label, _) = letters(10, seed=7)[0][:2], letters(10, seed=7)[1][:2]
    rows = [[right, label], [right, "别的"], [other, ""]]
    known = write_csv(tmp_path / "已知.csv", ["text", "label"], rows)
    scores = json.loads(classify("evaluate", known, "--model", model, "--json", "--out", tmp_path / name))
    assert (scores["n"], scores["accuracy"]) == (2, 0.5)
    result = read_table(tmp_path / name)
    assert result.header[-1] == "对错"
    assert [row[-1] for row in result.rows] == ["对", "错", ""]
    with pytest.raises(Refused, match="不能写回"):
        classify("evaluate", known, "--model", model, "--out", known)


def test_a_column_in_which_hardly_two_are_alike_is_no_label(tmp_path: Path) -> None:
    """Learning them apart would take hours."""
    rows = [[f"东街{no}号路灯不亮", f"问题{no}"] for no in range(201)]
    with pytest.raises(Refused, match="201 条里有 201 种标签，几乎一条一种，例：问题0"):
        classify(
            "train", write_csv(tmp_path / "学习.csv", ["text", "label"], rows), "--out", tmp_path / "m.npz"
        )
    assert len(read_table(write_csv(tmp_path / "少.csv", ["text", "label"], rows[1:])).labelled()[1]) == 200


def test_a_packed_table_and_a_workbook_are_read_alike(learnt: Path, tmp_path: Path) -> None:
    packed = tmp_path / "学习.csv.gz"
    packed.write_bytes(gzip.compress(learnt.read_bytes()))
    book = openpyxl.Workbook()
    for row in csv.reader(learnt.read_text("utf-8-sig").splitlines(keepends=True)):
        book.active.append(row)
    book.save(tmp_path / "学习.xlsx")
    plain = read_table(learnt)
    for path in (packed, tmp_path / "学习.xlsx"):
        table = read_table(path)
        assert (table.header, table.texts, table.labels) == (plain.header, plain.texts, plain.labels)


def test_the_wide_spaces_of_a_cell_are_kept_for_they_end_the_title(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "a.csv", ["text_segmented", "label"], [["路灯 不亮 \u3000 小区 门口", "市政"]]
    )
    assert read_table(path).texts == ["路灯 不亮 \u3000 小区 门口"]


def test_rows_without_a_label_are_not_learnt_from(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", ["text", "label"], [["甲", "一"], ["乙", ""], ["丙", "二"]])
    assert read_table(path).labelled() == (["甲", "丙"], ["一", "二"])


@pytest.mark.parametrize(
    ("header", "rows", "problem"),
    [
        (["说法", "label"], [["甲", "一"]], "没有文本列"),
        (["text"], [["甲"]], "没有标签列"),
        (["text", "label"], [["甲", ""]], "标签一列都是空的"),
        (["text", "label"], [], "没有数据"),
        (["text", "label"], [["甲", "一"], ["乙", "一"]], "至少要有两个类别"),
    ],
)
def test_a_file_to_learn_from_that_will_not_do_is_refused(
    tmp_path: Path, header: list[str], rows: list[list[str]], problem: str
) -> None:
    path = write_csv(tmp_path / "a.csv", header, rows)
    with pytest.raises(Refused, match=problem):
        classify("train", path, "--out", tmp_path / "m.npz")
    assert not (tmp_path / "m.npz").exists()


def test_a_model_that_can_never_be_certain_says_so(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "少.csv", ["text", "label"], [["路灯不亮", "灯"], ["水管漏水", "水"]])
    said = classify("train", path, "--out", tmp_path / "m.npz")
    assert "一律答“不确定”" in said
    assert "0% 能确定" not in said
    assert "其中正确" not in classify("evaluate", path, "--model", tmp_path / "m.npz")


def test_what_cannot_be_asked_is_refused(learnt: Path, model: Path, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="--precision"):
        classify("train", learnt, "--out", tmp_path / "n.npz", "--precision", "1")
    with pytest.raises(Refused, match="没有文件夹"):
        classify("train", learnt, "--out", tmp_path / "none" / "n.npz")
    with pytest.raises(Refused, match="不能写成"):
        classify("predict", learnt, "--model", model, "--out", tmp_path / "a.doc")
    for again in (["train"], ["predict", "--model", model]):
        with pytest.raises(Refused, match="会盖掉原来的内容"):
            classify(again[0], learnt, *again[1:], "--out", learnt)
    with pytest.raises(Refused, match="没有模型文件"):
        classify("evaluate", learnt, "--model", tmp_path / "none.npz")
    (tmp_path / "broken.csv.gz").write_bytes(gzip.compress(b"text,label\n" * 50)[:-12])
    with pytest.raises(Refused, match="压缩文件读不通"):
        classify("train", tmp_path / "broken.csv.gz", "--out", tmp_path / "n.npz")


def test_a_letter_longer_than_a_cell_may_be_is_cut_in_the_workbook(model: Path, tmp_path: Path) -> None:
    odd = ["路灯不亮。" * 20_000, "", "😀", "=1+1"]
    path = write_csv(tmp_path / "长.csv", ["no", "text"], list(zip("1234", odd, strict=True)))
    classify("predict", path, "--model", model, "--out", tmp_path / "长.xlsx")
    result = read_table(tmp_path / "长.xlsx")
    assert result.rows[0][1].endswith("…")
    told = [dict(zip(result.header, row, strict=True)) for row in result.rows[1:]]
    assert [row["分类结果"] for row in told] == ["不确定"] * 3
    assert [(row["把握"], bool(row["最可能"])) for row in told] == [
        ("没有文本", False),
        ("不确定", True),
        ("不确定", True),
    ]


def test_a_model_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    made = train(*letters(10))
    checksum = model_files.save(made, tmp_path / "m.npz")
    back = model_files.load(tmp_path / "m.npz", sha256=checksum)
    assert back.labels == made.labels
    assert back.about == made.about
    assert back.predict(letters()[0][0]) == made.predict(letters()[0][0])
    with pytest.raises(Refused, match="校验值不符"):
        model_files.load(tmp_path / "m.npz", sha256="0" * 64)


def test_what_the_system_finds_wrong_is_told_in_chinese(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="那是文件夹"):
        model_files.save(train(*letters(4)), tmp_path)
    with pytest.raises(Refused, match="没有这个文件或文件夹"):
        model_files.save(train(*letters(4)), tmp_path / "none" / "m.npz")
    assert why(OSError(errno.ENOSPC, "No space left on device")) == "磁盘满了"
    assert why(OSError(errno.ELOOP, "Too many levels")) == "Too many levels"


class Trap:
    """What runs when it is unpickled."""

    def __reduce__(self) -> Any:
        return (pytest.fail, ("a stranger's code has run",))


def broken(path: Path, kind: str) -> None:
    """Turn a good model file into a bad one."""
    if kind == "text":
        path.write_text("no model", "utf-8")
    elif kind == "cut":
        path.write_bytes(path.read_bytes()[:-400])
    elif kind == "pickle":
        path.write_bytes(pickle.dumps(Trap()))
    elif kind == "zip":
        with zipfile.ZipFile(path, "w") as packed:
            packed.writestr("head.npy", b"")
    else:
        with np.load(path) as stored:
            parts = dict(stored)
        if kind == "object":
            parts["bias"] = np.array([Trap()], dtype=object)
        elif kind == "shape":
            parts["bias"] = parts["bias"][:1]
        elif kind == "head":
            parts["head"] = np.frombuffer(b"[]", np.uint8)
        np.savez(path, **parts)


@pytest.mark.parametrize("kind", ["text", "cut", "pickle", "zip", "object", "shape", "head"])
def test_a_file_that_is_no_model_is_refused_and_nothing_of_it_runs(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "m.npz"
    model_files.save(train(*letters(5)), path)
    broken(path, kind)
    with pytest.raises(Refused, match="不是本系统的模型文件"):
        model_files.load(path)
