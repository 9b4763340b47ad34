"""What may stand in `place.toml`: a table of keys for every table, and one reader for all of them. Pure.

Every trouble of the file is collected in Problems, so that the office sees all of them at once: which table,
which entry, which key, what is wrong, how to mend it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from math import isfinite
from typing import Any

from huiying.cases.clocks import LimitUnit, OfficeHours
from huiying.common.text import suggestion

Row = dict[str, Any]

UNIT_KINDS = ("department", "town", "other")
CLOCK_KINDS = (
    "dispatch",
    "claim",
    "first_contact",
    "reply",
    "ask_return",
    "rule_return",
    "rule_extension",
    "coordinate",
    "callback",
)
LIMIT_UNITS = tuple(str(unit) for unit in LimitUnit)
STARTS = ("received", "assigned", "event")
URGENCIES = ("normal", "urgent", "major")
VERIFIED = ("V", "S", "O")

_REGION = re.compile(r"\d{6}(?:\d{3}){0,2}", re.ASCII)
_PREFIX = re.compile(r"[A-Za-z]{1,8}", re.ASCII)
_HOUR = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d|24:00", re.ASCII)
_CONTROL = re.compile("[\x00-\x1f\x7f]")


class Problems:
    """Everything that is wrong with a file, in the order met; each a whole Chinese sentence."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def __bool__(self) -> bool:
        return bool(self.found)

    def add(self, where: str, what: str, mend: str) -> None:
        self.found.append(f"{where}：{what}。{mend}")


@dataclass(frozen=True)
class Key:
    """One key of an entry: which kind of value it takes, and what stands for it where it is left out."""

    name: str
    kind: str = "text"
    required: bool = False
    default: Any = None
    choices: tuple[str, ...] = ()
    longest: int = 64
    like: tuple[re.Pattern[str], str] | None = None


CODE, NAME, ALIASES = Key("code"), Key("name", required=True), Key("aliases", "texts")
TABLES: dict[str, tuple[Key, ...]] = {
    "unit": (
        CODE,
        NAME,
        Key("kind", default="department", choices=UNIT_KINDS),
        Key("parent"),
        ALIASES,
        Key("duties", "texts", longest=120),
        Key("contact", longest=32),
        Key("phone", longest=32),
        Key("one_person", "flag"),
    ),
    "area": (CODE, NAME, Key("parent"), ALIASES),
    "topic_tree": (
        CODE,
        NAME,
        Key("topics", "texts", required=True, longest=255),
        Key("aliases", "named_texts"),
    ),
    "crosswalk": (Key("from", required=True, longest=255), Key("to", required=True, longest=255)),
    "channel_group": (CODE, NAME, Key("tree")),
    "channel": (
        CODE,
        NAME,
        Key("group", required=True),
        Key("tree"),
        Key("upper", "flag"),
        Key("prefix", longest=8, like=(_PREFIX, "编号前缀只用一至八个英文字母，如 RX")),
        ALIASES,
    ),
    "nature": (CODE, NAME, Key("guarded", "flag"), ALIASES),
    "clock_rule": (
        CODE,
        Key("version", "whole", default=1),
        NAME,
        Key("kind", required=True, choices=CLOCK_KINDS),
        Key("channels", "texts"),
        Key("natures", "texts"),
        Key("urgencies", "texts", choices=URGENCIES),
        Key("amount", "whole", required=True),
        Key("unit", required=True, choices=LIMIT_UNITS),
        Key("starts", required=True, choices=STARTS),
        Key("ends_at_hour", "hour"),
        Key("statutory", "flag"),
        Key("source", required=True, longest=200),
        Key("verified", required=True, choices=VERIFIED),
        Key("valid_from", "date", required=True),
    ),
    "standard_text": (
        CODE,
        NAME,
        Key("move", longest=20),
        Key("topic", longest=255),
        Key("nature"),
        Key("channel"),
        Key("text", "prose", required=True, longest=1000),
    ),
}
OFFICE = (
    NAME,
    Key("place", required=True),
    Key("region", required=True, like=(_REGION, "请按 GB/T 2260 写 6 位（或 9、12 位）数字，加引号")),
    Key("hours", "spans"),
    Key("close_on_release", "flag"),
    Key("phone", longest=32),
    Key("calendar_years", "years"),
)
NEEDED = ("unit", "topic_tree", "channel_group", "channel", "nature")
FREE = ("distribution", "bulletin", "notices", "quality", "replies", "retention", "alarms")
"""Tables kept as they are in Office.config: other packages own their meaning."""


@dataclass(frozen=True)
class PlaceFile:
    """A read `place.toml`: entries with every key present, and what goes into Office.config as it is."""

    office: Row
    config: Row
    rows: dict[str, list[Row]] = field(default_factory=dict)


def read_document(document: Row, problems: Problems) -> PlaceFile:
    """The parsed file as entries with defaults filled in; what is wrong goes into `problems`."""
    for name in document:
        if name not in {"office", *TABLES, *FREE}:
            allowed = ["office", *TABLES, *FREE]
            problems.add(f"[{name}]", "没有这样的表", f"{_choose(name, allowed)}")
    office, extras = _office(document.get("office"), problems)
    config = {
        "office": extras,
        **{name: _free(document, name, problems) for name in FREE if name in document},
    }
    rows = {name: _entries(name, document.get(name, []), problems) for name in TABLES}
    for name in NEEDED:
        if not document.get(name):
            problems.add(f"[[{name}]]", "一条也没有", f"请至少写一条 [[{name}]]")
    return PlaceFile(office, config, rows)


def default(key: Key) -> Any:
    """What stands for a key that is left out; an export leaves out what equals it."""
    if key.default is not None:
        return key.default
    return {"text": "", "prose": "", "flag": False, "texts": [], "named_texts": {}}.get(key.kind)


def place_of(table: str, number: int, row: Row) -> str:
    """How a message names an entry: `[[unit]] 第 3 条（县住建局）`; `number` counts from 1."""
    name = row.get("name") or row.get("code") or row.get("from") or ""
    return f"[[{table}]] 第 {number} 条" + (f"（{name}）" if isinstance(name, str) and name else "")


# Entries


def _entries(table: str, entries: Any, problems: Problems) -> list[Row]:
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        problems.add(f"[{table}]", "应当是一条一条的列表", f"请写成 [[{table}]]（两层方括号）")
        return []
    return [_entry(table, number, entry, problems) for number, entry in enumerate(entries, 1)]


def _entry(table: str, number: int, entry: Row, problems: Problems) -> Row:
    where, keys = place_of(table, number, entry), TABLES[table]
    for name in entry.keys() - {key.name for key in keys}:
        problems.add(f"{where}的 {name}", "没有这样的项", _choose(name, [key.name for key in keys]))
    row = {key.name: _value(key, entry, where, problems) for key in keys}
    if "code" in row and not row["code"]:
        row["code"] = row["name"]
    return row


def _office(office: Any, problems: Problems) -> tuple[Row, Row]:
    """What the Office row holds, and the rest, which is kept as written."""
    if not isinstance(office, dict):
        problems.add("[office]", "没有这张表", "请写 [office]，其下写 name、place、region")
        return {}, {}
    names = [key.name for key in OFFICE]
    for name in office.keys() - set(names):
        if near := suggestion(name, names):
            problems.add(f"[office] 的 {name}", "没有这样的项", near)
    values = {key.name: _value(key, office, "[office] ", problems) for key in OFFICE}
    columns = ("name", "place", "region")
    extras = {name: value for name, value in office.items() if name not in columns}
    _plain(extras, "[office] 的 ", problems)
    return {name: values[name] for name in columns}, extras


def _free(document: Row, name: str, problems: Problems) -> Any:
    if not isinstance(document[name], dict):
        problems.add(f"[{name}]", "应当是一张表", f"请写成 [{name}]（一层方括号）")
    _plain(document[name], f"[{name}] 的 ", problems, depth=0)
    return document[name]


def _plain(value: Any, where: str, problems: Problems, *, depth: int = 1) -> None:
    """Only what JSON can hold and an export can give back: no bare dates, no NaN, no carriage returns."""
    match value:
        case dict():
            for name, inner in value.items():
                _plain(inner, f"{where}{'.' if depth == 2 else ''}{name}", problems, depth=2)
        case list():
            for number, inner in enumerate(value, 1):
                _plain(inner, f"{where} 第 {number} 个", problems, depth=2)
        case date() | time():
            problems.add(where, f"这里不能直接写日期或时刻（{value}）", "请加引号写成文字")
        case float() if not isfinite(value):
            problems.add(where, f"数值是 {value}", "请写一个普通的数")
        case str() if "\r" in value or "\0" in value:
            problems.add(where, "文字里有回车符或空字符", "换行请只用 \\n")
        case _:
            pass


# Values


def _value(key: Key, entry: Row, where: str, problems: Problems) -> Any:
    where = f"{where}的 {key.name}" if not where.endswith(" ") else f"{where}{key.name}"
    if key.name not in entry:
        if key.required:
            problems.add(where, "没有写", f"请补上 {key.name} = {EXAMPLES[key.kind]}")
        return default(key)
    value = entry[key.name]
    trouble = READERS[key.kind](key, value)
    if trouble is None:
        return value
    problems.add(where, *trouble)
    return default(key)


Trouble = tuple[str, str] | None


def _text(key: Key, value: Any) -> Trouble:
    if not isinstance(value, str):
        return f"写的是 {_shown(value)}，不是文字", "请加引号"
    if not value.strip() and key.required:
        return "是空的", "请写上内容"
    if value != value.strip() or _CONTROL.search(value):
        return f"“{value.strip()}”前后有空格或中间有控制字符", "请去掉"
    if len(value) > key.longest:
        return f"有 {len(value)} 个字，最多 {key.longest} 个", "请缩短"
    if key.choices and value not in key.choices:
        return f"写的是“{value}”", _choose(value, key.choices)
    if key.like and value and not key.like[0].fullmatch(value):
        return f"写的是“{value}”", key.like[1]
    return None


def _prose(key: Key, value: Any) -> Trouble:
    """A text that may have several lines."""
    return _text(key, " ".join(value.split("\n")) if isinstance(value, str) else value)


def _texts(key: Key, value: Any) -> Trouble:
    if not isinstance(value, list):
        return f"写的是 {_shown(value)}，不是列表", f"请写成 {EXAMPLES['texts']}"
    one = Key(key.name, required=True, choices=key.choices, longest=key.longest)
    troubles = (_text(one, text) for text in value)
    if trouble := next(filter(None, troubles), None):
        return trouble
    twice = [text for n, text in enumerate(value) if text in value[:n]]
    return (f"“{twice[0]}”写了两次", "请删去一个") if twice else None


def _named_texts(key: Key, value: Any) -> Trouble:
    if not isinstance(value, dict):
        return f"写的是 {_shown(value)}", f"请写成 {EXAMPLES['named_texts']}"
    return next(filter(None, (_texts(key, texts) for texts in value.values())), None)


def _flag(_: Key, value: Any) -> Trouble:
    return None if isinstance(value, bool) else (f"写的是 {_shown(value)}", "请写 true 或 false，不加引号")


def _whole(_: Key, value: Any) -> Trouble:
    good = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 32767
    return None if good else (f"写的是 {_shown(value)}", "请写 1 至 32767 的整数，不加引号")


def _date(_: Key, value: Any) -> Trouble:
    good = isinstance(value, date) and not isinstance(value, datetime)
    return None if good else (f"写的是 {_shown(value)}，不是日期", "请写成 2022-01-01，不加引号")


def _hour(_: Key, value: Any) -> Trouble:
    good = isinstance(value, str) and _HOUR.fullmatch(value) and value not in {"24:00", "00:00"}
    return None if good else (f"写的是 {_shown(value)}", '请写成 "17:30"；到当日 24:00 为止的，请删去这一项')


def _spans(_: Key, value: Any) -> Trouble:
    mend = '请写成 [["08:00", "12:00"], ["14:30", "17:30"]]，按先后排列'
    pairs: list[Any] = value if isinstance(value, list) else []
    if not pairs or not all(map(_is_span, pairs)):
        return f"写的是 {_shown(value)}", mend
    try:
        OfficeHours(tuple((clock_time(start), clock_time(end)) for start, end in pairs))
    except ValueError as error:
        return str(error).rstrip("。"), mend
    return None


def _years(_: Key, value: Any) -> Trouble:
    whole = isinstance(value, list) and all(isinstance(y, int) and not isinstance(y, bool) for y in value)
    good = whole and all(1990 <= year <= 2100 for year in value)
    return None if good else (f"写的是 {_shown(value)}", "请写成 [2022, 2023] 这样的年份列表")


def clock_time(text: str) -> time:
    """`"08:30"` as a time; `"24:00"` is the last instant of the day."""
    return time.max if text == "24:00" else time.fromisoformat(text)


def _is_span(value: Any) -> bool:
    hours = value if isinstance(value, list) and len(value) == 2 else [None]
    return all(isinstance(hour, str) and _HOUR.fullmatch(hour) for hour in hours)


READERS: dict[str, Callable[[Key, Any], Trouble]] = {
    "text": _text,
    "prose": _prose,
    "texts": _texts,
    "named_texts": _named_texts,
    "flag": _flag,
    "whole": _whole,
    "date": _date,
    "hour": _hour,
    "spans": _spans,
    "years": _years,
}
EXAMPLES = {
    "text": '"……"',
    "prose": '"……"',
    "texts": '["甲", "乙"]',
    "named_texts": '{ "甲" = ["别名"] }',
    "whole": "1",
    "date": "2022-01-01",
}


def _choose(word: str, choices: Iterable[str]) -> str:
    choices = list(choices)
    return f"{suggestion(word, choices)}可写的有：{'、'.join(choices)}"


def _shown(value: Any) -> str:
    text = f"“{value}”" if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:60] + "…"
