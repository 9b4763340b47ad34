"""The columns of a sheet of cases: ours, what others call them, and an office's own mapping."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from huiying.common.errors import Refused
from huiying.common.text import nearest, normal_name, suggestion

_REMARK = re.compile(r"[(\[【<].*?[)\]】>]|[*:：]")


@dataclass(frozen=True, slots=True)
class Column:
    """One of our columns. The order of the other names decides where a sheet has two of them."""

    title: str
    others: tuple[str, ...]
    what: str
    required: bool = False


def _column(title: str, others: str, what: str, *, required: bool = False) -> Column:
    return Column(title, tuple(others.split()), what, required)


_ROWS = (
    _column(
        "编号",
        "工单号 工单编号 诉求编号 诉求件编号 留言编号 信件编号 受理编号 登记编号 案件编号 单号",
        "本机关的编号，不能重复",
        required=True,
    ),
    _column(
        "上级编号",
        "上级工单号 上级工单编号 上级平台编号 转办编号 原编号 外部编号",
        "上级平台转来时的编号",
    ),
    _column(
        "渠道",
        "诉求渠道 受理渠道 来源渠道 诉求来源 来源 来件渠道 受理方式",
        "地方配置中的渠道",
        required=True,
    ),
    _column(
        "性质",
        "诉求性质 诉求类型 诉求类别 信件类型 留言类型 事项类型 类型",
        "咨询、反映、投诉等",
    ),
    _column(
        "内容分类",
        "分类 诉求分类 问题分类 问题类别 事项分类 归口类别 一级标签 一级分类 类别",
        "该渠道所用分类体系中的一类，可写成“上级/下级”",
    ),
    _column(
        "标题",
        "诉求标题 工单标题 信件标题 留言主题 留言标题 主题 事由",
        "一句话写明何事；与“内容”至少要有一列",
    ),
    _column(
        "内容",
        "诉求内容 工单内容 信件内容 留言详情 留言内容 反映内容 问题描述 详情",
        "诉求原文",
    ),
    _column(
        "诉求人",
        "姓名 来电人 反映人 投诉人 写信人 留言用户 留言人 联系人 诉求人姓名",
        "加密存放",
    ),
    _column(
        "联系电话",
        "电话 手机 手机号 手机号码 联系方式 来电号码 电话号码",
        "加密存放",
    ),
    _column(
        "所属乡镇",
        "乡镇 所属区域 区域 所属镇街 镇街 街道 所属街道 事发区域 属地",
        "地方配置中的区域",
    ),
    _column(
        "受理时间",
        "来电时间 来信时间 留言时间 登记时间 诉求时间 接件时间 收件时间 创建时间 提交时间",
        "何时受理",
        required=True,
    ),
    _column(
        "办理方式",
        "处理方式 处置方式 办理类型 办理形式",
        "直办或转办；空着则看有没有牵头单位",
    ),
    _column(
        "牵头单位",
        "承办单位 主办单位 责任单位 办理单位 转办单位 处置单位 牵头部门 承办部门",
        "转办必填",
    ),
    _column(
        "协办单位",
        "配合单位 会办单位 协办部门",
        "可以几个，用顿号隔开",
    ),
    _column(
        "派单时间",
        "转办时间 交办时间 派发时间 派件时间",
        "空着则与受理时间相同",
    ),
    _column(
        "认领时间",
        "签收时间 接单时间 接收时间",
        "承办单位何时认领",
    ),
    _column(
        "答复时间",
        "回复时间 反馈时间 办复时间",
        "何时答复",
    ),
    _column(
        "办结时间",
        "办结日期 完成时间 结案时间 归档时间 办理完成时间",
        "空着就是还没有办结",
    ),
    _column(
        "退办",
        "是否退办 是否退单 退单",
        "是或否",
    ),
    _column(
        "退办时间",
        "退单时间 申请退办时间",
        "退办为是时必填",
    ),
    _column(
        "备注",
        "说明 备注说明",
        "记在最后一个环节上",
    ),
)
COLUMNS = {column.title: column for column in _ROWS}
REQUIRED = tuple(column.title for column in _ROWS if column.required)
MAPPED = ("columns", "constants", "values")


@dataclass(frozen=True)
class Mapping:
    """What an office says about a kind of file: its headers, columns it leaves out, its own words.

    `columns` is their header → our column, `constants` our column → the value where the file says nothing,
    `values` our column → their word → our word.
    """

    columns: Dictionary[str, str] = field(default_factory=dict)
    constants: Dictionary[str, str] = field(default_factory=dict)
    values: Dictionary[str, Dictionary[str, str]] = field(default_factory=dict)

    def title(self, header: str) -> tuple[str, int] | None:
        """Our column for a header and how far from our own name it is, or None for a strange one."""
        word = normal_name(header)
        theirs = {normal_name(key): ours for key, ours in self.columns.items()}
        if word in theirs:
            return theirs[word], -1
        return _KNOWN.get(word) or _KNOWN.get(_REMARK.sub("", word))

    def is_header(self, texts: Sequence[str]) -> bool:
        """Whether a row is a header: three of our columns or more, the number or the instant among them."""
        found = {known[0] for text in texts if text and (known := self.title(text))}
        return len(found) >= 3 and bool(found & {"编号", "受理时间"})


@dataclass(frozen=True)
class Heading:
    """Where our columns are in a sheet, and which of its columns nobody reads."""

    at: dict[str, int]
    ignored: tuple[str, ...]


def _known() -> dict[str, tuple[str, int]]:
    names: dict[str, tuple[str, int]] = {}
    for column in _ROWS:
        for rank, name in enumerate((column.title, *column.others)):
            names[normal_name(name)] = (column.title, rank)
    return names


_KNOWN = _known()


def read_heading(header: Sequence[str], mapping: Mapping) -> Heading:
    """Find our columns in a header; Refused where a needed one is missing or one stands there twice."""
    at: dict[str, int] = {}
    ranks: dict[str, int] = {}
    ignored: list[str] = []
    for index, text in enumerate(header):
        known = mapping.title(text) if text else None
        if known is None:
            ignored += [text] if text else []
            continue
        title, rank = known
        if ranks.get(title) == rank:
            raise Refused(f"表头里“{text}”出现了两次，不知道该读哪一列。请删去一列，或改掉它的列名。")
        if title not in at or rank < ranks[title]:
            ignored += [header[at[title]]] if title in at else []
            at[title], ranks[title] = index, rank
        else:
            ignored.append(text)
    _refuse_missing(at, mapping, ignored)
    return Heading(at, tuple(ignored))


def _refuse_missing(at: dict[str, int], mapping: Mapping, ignored: list[str]) -> None:
    given = {*at, *mapping.constants}
    missing = [title for title in REQUIRED if title not in given]
    if not given & {"标题", "内容"}:
        missing.append("标题")
    if not missing:
        return
    hints = [hint for title in missing if (hint := _hint(title, ignored))]
    raise Refused(
        f"表头里缺少必需的列：{'、'.join(missing)}。"
        + "".join(hints)
        + "请改表头，或用 --mapping 文件写明对应的列或固定的值；huiying import --columns 列出认得的列名。"
    )


def _hint(title: str, ignored: list[str]) -> str:
    names = (title, *COLUMNS[title].others)
    near = [text for text in ignored if nearest(text, names, 1)]
    return f"“{'”“'.join(near[:3])}”是不是“{title}”？" if near else ""


def load_mapping(path: Path) -> Mapping:
    """Read a mapping file (TOML or JSON); Refused, saying where, for anything in it that cannot be."""
    document = _parsed(path)
    for key in document:
        if key not in MAPPED:
            raise Refused(f"{path.name}：没有“{key}”这一节，可以写 {'、'.join(MAPPED)}。")
    columns, constants = _texts(path, document, "columns"), _texts(path, document, "constants")
    values = document.get("values", {})
    if not isinstance(values, dict):
        raise Refused(f"{path.name}：values 应按列名分节，如 [values.渠道]。")
    for title in (*columns.values(), *constants, *values):
        if title not in COLUMNS:
            raise Refused(f"{path.name}：没有“{title}”这一列。{suggestion(title, COLUMNS)}")
    return Mapping(columns, constants, {title: _texts(path, values, title) for title in values})


def _parsed(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text("utf-8-sig")
        document = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except OSError as error:
        raise Refused(f"对应文件 {path.name} 打不开。请核对路径和权限。") from error
    except (UnicodeDecodeError, ValueError) as error:
        raise Refused(f"对应文件 {path.name} 读不通：{error}。请写成 UTF-8 的 TOML 或 JSON。") from error
    if not isinstance(document, dict):
        raise Refused(f"对应文件 {path.name} 应是 columns、constants、values 各节，现在不是。")
    return document


def _texts(path: Path, document: Dictionary[str, Any], key: str) -> dict[str, str]:
    table = document.get(key, {})
    if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
        raise Refused(f"{path.name}：{key} 里应是“名称 = 文字”的形式，文字要加引号。")
    return dict(table)
