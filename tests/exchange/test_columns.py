"""Headers and mapping files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from huiying.common.errors import Refused
from huiying.exchange.columns import COLUMNS, Mapping, load_mapping, read_heading


def test_no_name_means_two_columns() -> None:
    names = [name for column in COLUMNS.values() for name in (column.title, *column.others)]
    assert len(names) == len(set(names))


def test_our_own_name_goes_before_another(tmp_path: Path) -> None:
    heading = read_heading(["工单号", "编号", "渠道", "受理时间", "标题"], Mapping())
    assert (heading.at["编号"], heading.ignored) == (1, ("工单号",))


@pytest.mark.parametrize(
    "header", ["受理时间（必填）", "*受理时间", "受理时间：", " 受 理 时 间", "来电时间"]
)
def test_a_header_is_known_with_its_remarks(header: str) -> None:
    assert Mapping().title(header) is not None


def test_a_mapping_is_read_from_toml_and_json(tmp_path: Path) -> None:
    toml, text = tmp_path / "m.toml", tmp_path / "m.json"
    toml.write_text('[columns]\n"来件号" = "编号"\n[constants]\n"渠道" = "县长信箱"\n', "utf-8")
    text.write_text(json.dumps({"columns": {"来件号": "编号"}, "constants": {"渠道": "县长信箱"}}), "utf-8")
    assert load_mapping(toml) == load_mapping(text) == Mapping({"来件号": "编号"}, {"渠道": "县长信箱"})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[column]\n"a" = "编号"', "没有“column”这一节"),
        ('[columns]\n"a" = "编码"', "没有“编码”这一列"),
        ("[constants]\n渠道 = 1", "读不通"),
        ('[constants]\n"渠道" = 1', "文字要加引号"),
        ("[values]\nx = 3", "没有“x”这一列"),
    ],
)
def test_a_wrong_mapping_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "m.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(Refused, match=said):
        load_mapping(path)
