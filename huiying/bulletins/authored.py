"""What the office writes by hand: the head, praise, problems, next steps, overrides. Pure.

The published form is `docs/authored.schema.json` (JSON Schema), printed from `FIELDS`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from huiying.common.errors import Refused
from huiying.common.text import suggestion


@dataclass(frozen=True, slots=True)
class Override:
    """A figure printed otherwise than computed, with the reason. It must fit exactly one figure."""

    section: str
    measure: str
    params: tuple[tuple[str, str], ...]
    printed: str
    reason: str
    computed: str = ""


@dataclass(frozen=True, slots=True)
class OneMatter:
    """Cases of one matter, named once in a list of matters: as `said`, where the first would stand."""

    said: str
    cases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Authored:
    """All fields may be missing: then the style, the counters and the evidence fill in."""

    series: str = ""
    kind: str = ""
    issue: int | None = None
    total_issue: int | None = None
    office: str = ""
    issued_on: date | None = None
    title: str = ""
    praised: dict[str, tuple[str, ...]] | None = None
    hot_topics: tuple[str, ...] | None = None
    matters: tuple[OneMatter, ...] = ()
    problems: tuple[str, ...] | None = None
    next_steps: tuple[str, ...] | None = None
    overrides: tuple[Override, ...] = ()
    report_to: tuple[str, ...] | None = None
    send_to: tuple[str, ...] | None = None
    annex_note: str | None = None
    raw: dict[str, Any] | None = None


UNWRITTEN = Authored()

_TEXTS = {"type": "array", "items": {"type": "string", "minLength": 1}}
_ONE_MATTER = {
    "type": "object",
    "required": ["said", "cases"],
    "additionalProperties": False,
    "properties": {
        "said": {"type": "string", "minLength": 1, "description": "印在清单里的话，如“某小区停水问题”"},
        "cases": {**_TEXTS, "description": "同一事项各件的编号"},
    },
}
_OVERRIDE = {
    "type": "object",
    "required": ["section", "measure", "printed", "reason"],
    "additionalProperties": False,
    "properties": {
        "section": {"type": "string", "description": "所在范围，如“市长热线”"},
        "measure": {"type": "string", "description": "指标代码，见 docs/measures.md"},
        "params": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "如 nature=举报",
        },
        "computed": {"type": "string", "description": "系统算出的印刷值；写上则须与实际一致"},
        "printed": {"type": "string", "description": "要印的值"},
        "reason": {"type": "string", "minLength": 1, "description": "为什么改"},
    },
}
FIELDS: dict[str, dict[str, Any]] = {
    "series": {"type": "string", "description": "系列名（红头）"},
    "kind": {"type": "string", "description": "文种，如“通报”"},
    "issue": {"type": "integer", "minimum": 1, "description": "期号"},
    "total_issue": {"type": "integer", "minimum": 1, "description": "总期号"},
    "office": {"type": "string", "description": "发文机关"},
    "issued_on": {"type": "string", "format": "date", "description": "成文日期，2022-04-15"},
    "title": {"type": "string", "description": "标题"},
    "praised": {"type": "object", "additionalProperties": _TEXTS, "description": "各范围表扬的单位"},
    "hot_topics": {**_TEXTS, "description": "热点问题，逐条"},
    "matters": {"type": "array", "items": _ONE_MATTER, "description": "事项清单里合为一句的同一事项"},
    "problems": {**_TEXTS, "description": "存在问题，逐条"},
    "next_steps": {**_TEXTS, "description": "下一步工作安排，逐条"},
    "overrides": {"type": "array", "items": _OVERRIDE, "description": "人工改印的数字"},
    "report_to": {**_TEXTS, "description": "报"},
    "send_to": {**_TEXTS, "description": "发"},
    "annex_note": {"type": "string", "description": "附件表后的注"},
}


def schema() -> dict[str, Any]:
    """The JSON Schema of an authored file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "通报的人工撰写部分",
        "type": "object",
        "additionalProperties": False,
        "properties": FIELDS,
    }


def read(text: str) -> Authored:
    """An authored file. Raises Refused that names the place and the mending."""
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise Refused(
            f"人工撰写文件不是有效的 JSON：第 {error.lineno} 行第 {error.colno} 列附近有误。"
        ) from None
    return parse(data)


def parse(data: Any) -> Authored:
    """Checked values of an authored object."""
    _check(data, {"type": "object", "additionalProperties": False, "properties": FIELDS}, "人工撰写文件")
    lists = {
        name: tuple(data[name])
        for name in ("hot_topics", "problems", "next_steps", "report_to", "send_to")
        if name in data
    }
    texts: dict[str, Any] = {
        name: data[name]
        for name in ("series", "kind", "office", "title", "annex_note", "issue", "total_issue")
        if name in data
    }
    given: dict[str, Any] = texts | lists
    return Authored(
        **given,
        issued_on=_date(data["issued_on"]) if "issued_on" in data else None,
        praised={k: tuple(v) for k, v in data["praised"].items()} if "praised" in data else None,
        matters=tuple(OneMatter(row["said"], tuple(row["cases"])) for row in data.get("matters", ())),
        overrides=tuple(_override(row) for row in data.get("overrides", ())),
        raw=data,
    )


def _override(row: dict[str, Any]) -> Override:
    params = tuple(sorted(row.get("params", {}).items()))
    return Override(
        row["section"], row["measure"], params, row["printed"], row["reason"], row.get("computed", "")
    )


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused(f"成文日期“{text}”不对，请写 2022-04-15 这样的日期。") from None


_NAMES = {"object": "对象 {…}", "array": "列表 […]", "string": "文字", "integer": "整数"}
_TYPES: dict[str, type[Any]] = {"object": dict, "array": list, "string": str, "integer": int}


def _check(value: Any, rule: dict[str, Any], where: str) -> None:
    """The part of JSON Schema that `FIELDS` uses, with messages for people."""
    if not isinstance(value, _TYPES[rule["type"]]) or isinstance(value, bool):
        raise Refused(f"{where} 应为{_NAMES[rule['type']]}。")
    if rule["type"] == "object":
        _check_object(value, rule, where)
    elif rule["type"] == "array":
        for number, item in enumerate(value, 1):
            _check(item, rule["items"], f"{where} 第 {number} 项")
    elif rule["type"] == "string" and len(value) < rule.get("minLength", 0):
        raise Refused(f"{where} 不能为空。")
    elif rule["type"] == "integer" and value < rule.get("minimum", value):
        raise Refused(f"{where} 不能小于 {rule['minimum']}。")


def _check_object(value: dict[str, Any], rule: dict[str, Any], where: str) -> None:
    known = rule.get("properties", {})
    if missing := [name for name in rule.get("required", ()) if name not in value]:
        raise Refused(f"{where} 缺少 {'、'.join(missing)}。")
    for name, item in value.items():
        extra = known.get(name, rule.get("additionalProperties"))
        if not extra:
            raise Refused(f"{where} 中的“{name}”不认识。{suggestion(name, known)}可用：{'、'.join(known)}。")
        _check(item, extra, f"{where} 的“{name}”")
