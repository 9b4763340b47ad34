"""What figures may be asked by: for each dimension the codes of this place, and what people call them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from huiying.accounts.models import UnitKind
from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.common.text import normal_name, suggestion
from huiying.statistics.measures import DIMENSIONS

NONE = "（空）"
"""How the cases without a value are called."""
WITHOUT = {"unit": "（无承办单位）", "unit_kind": "（无承办单位）", "mode": "（未派单未答复）"}
"""The same, where a reader would ask what is empty: of what is answered at once no unit is in charge."""

_BETWEEN = re.compile(r"[,，、]")
_UPPER = {"True": ("是", "上级转办", "true", "True"), "False": ("否", "本级受理", "false", "False")}


def dimension(word: str) -> str:
    """The dimension that a word means, by code or Chinese title. Raises Refused with the nearest."""
    by_title = {normal_name(title): code for code, title in DIMENSIONS.items()}
    code = word.strip() if word.strip() in DIMENSIONS else by_title.get(normal_name(word))
    if code is None:
        titles = "、".join(f"{title}（{code}）" for code, title in DIMENSIONS.items())
        near = suggestion(word, (*DIMENSIONS, *DIMENSIONS.values()))
        raise Refused(f"没有“{word}”这个统计维度。{near}可用：{titles}。")
    return code


def conditions(place: Place, texts: Iterable[str]) -> dict[str, list[str]]:
    """渠道=市长热线,县长信箱 … as codes; several texts of one dimension add up. Raises Refused."""
    found: dict[str, list[str]] = {}
    for text in texts:
        word, given, values = text.partition("=")
        if not given:
            raise Refused(f"看不懂条件“{text}”。请写成 维度=值，例：渠道=市长热线")
        name = dimension(word)
        for value in _BETWEEN.split(values):
            codes = codes_of(place, name, value.strip())
            found.setdefault(name, []).extend(code for code in codes if code not in found[name])
    return found


def codes_of(place: Place, name: str, word: str) -> list[str]:
    """The codes that a word means in a dimension: one, of topics perhaps one in each tree; "" means none."""
    if word in {"", NONE, WITHOUT.get(name)}:
        return [""]
    if name == "received_on":
        return [word]
    names = _names(place, name)
    if word in names:
        return [word]
    wanted = normal_name(word)
    codes = [code for code, words in names.items() if wanted in map(normal_name, words)]
    if not codes:
        titles = [words[0] for words in names.values()]
        near = suggestion(word, titles) or f"可用：{'、'.join(titles[:12])}。"
        raise Refused(f"{DIMENSIONS[name]}“{word}”不在地方配置中。{near}")
    return codes


def title(place: Place, name: str, code: Any) -> str:
    """What a code of a dimension is called."""
    if code is None or code == "":
        return WITHOUT.get(name, NONE)
    return _names(place, name).get(str(code), (str(code),))[0]


def in_order(place: Place, name: str, codes: Iterable[Any]) -> list[Any]:
    """Codes in the order of the place's vocabulary, unknown ones and none last."""
    order = {code: rank for rank, code in enumerate(_names(place, name))}
    return sorted(codes, key=lambda c: (c is None, order.get(str(c), len(order)), str(c)))


def _names(place: Place, name: str) -> Mapping[str, tuple[str, ...]]:
    """For each code of a dimension its name first, then its other names."""
    match name:
        case "channel":
            return _vocabulary(place.channels)
        case "group":
            return _vocabulary({c.group.code: c.group for c in place.channels.values()})
        case "nature":
            return _vocabulary(place.natures)
        case "area":
            return _vocabulary(place.areas)
        case "unit":
            return _vocabulary(place.units)
        case "topic" | "topic_1":
            return {
                path: (row.name, path.partition("/")[2], *row.aliases)
                for path, row in place.topics.items()
                if name == "topic" or path.count("/") == 1
            }
        case "unit_kind":
            return {str(kind): (str(kind.label),) for kind in UnitKind}
        case "upper":
            return _UPPER
        case "mode":
            return {"direct": ("直办",), "dispatched": ("转办",)}
        case "urgency":
            return {"normal": ("一般",), "urgent": ("紧急",), "major": ("重大紧急",)}
    return {}


def _vocabulary(rows: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {code: (row.name, *row.aliases) for code, row in rows.items()}
