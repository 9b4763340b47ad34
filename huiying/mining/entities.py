"""Places, units, firms, persons, amounts and dates in a text, each with where it stands. Pure.

Names are known by their endings (花园小区, 大道, 派出所) and by the words before them, which end the name to
the left; the lists are those of `common/masking_words.py`, so what is masked and what is compared is found
the same way. Units that the place has may be passed in, and are then found as they are called.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from huiying.common.masking import (
    ESTATES,
    FIRMS,
    NARROW,
    VILLAGES,
    Family,
    Span,
    names_ending,
    persons,
)

KINDS = {
    "place": "地点",
    "unit": "单位",
    "firm": "企业",
    "person": "个人",
    "amount": "金额",
    "date": "日期",
}
READ = 20_000
SHOWN = 8
SOUGHT = ("place", "firm")
SHORTEST_SOUGHT = 3
"""A shorter name than this is sought as it stands."""


@dataclass(frozen=True, slots=True)
class Entity:
    """What is named, its kind (a key of `KINDS`), and where it stands: text[start:end]."""

    kind: str
    start: int
    end: int
    text: str


REGION = r"(?:[A-Za-z]\d*|[一-龥]{2,3}?)(?:省|市|(?<![小社园校片厂景库])区|县)"
"""A province, city, district or county before the name of a place, as a part of a pattern."""
PLACE_ENDINGS = (
    "小区|社区|花园|家园|公寓|新城|大道|大厦|广场|商城|市场|学院|大学|中学|小学|学校|幼儿园|"
    "医院|工地|公园|路|街|村"
)
"""How names of places end: 翠屏 is what tells 翠屏新城 from others of its kind."""
_GENERIC_SITES = (
    "这|那|该|本|各|每|某|几|多|一|两|个|条|所|全|大|小|老|旧|新|新建|农贸|菜|批发|超|水果|建材|二手|劳务|人才|房地产|"
    "施工|建筑|工程|项目|公办|民办|公立|私立|普惠|配套|重点|附属|市|区|县|镇|乡|村|校|城市|乡村|农村|公共|"
    "高速|铁|马|水|柏油|水泥|土|石子|断头|主干|道|出|进|回|公|一条|这条|门口|旁边|前面|后面|对面|步行|商业|美食|小吃|整|满|沿|上|下|逛"
)
_SITES = Family(
    re.compile(
        "新城|国际城|豪庭|御园|大厦|广场|商城|市场|学院|大学|中学|小学|学校|幼儿园|医院|卫生院|工地|公园|大桥|立交桥|"
        "水库|搅拌站|火车站|汽车站|大道(?!理)|"
        "(?<![公铁马道线网电思出销套退车上下一])路(?![灯面口边段况牌由过人途堵程费基障])|"
        "(?<![逛上大])街(?![道坊边头])|巷(?!子)|国道|省道|高速"
    ),
    8,
    2,
    re.compile(rf"(?:{_GENERIC_SITES})+"),
)
_UNITS = Family(
    re.compile(
        "委员会|人民政府|街道办事处|街道办|办事处|村委会|居委会|管委会|业委会|派出所|交警大队|大队|检察院|法院|"
        "(?<![结格布全])局(?![面长部势])|政府(?!部门|采购)|镇政府|供电所|卫健委|发改委|教体局"
    ),
    12,
    1,
    re.compile("当地|有关|相关|各级|地方|我们|基层|上级|下级|人民|邮|药|时|当|定|格|该|本|各|大|支|中"),
)
_BUREAU = re.compile(
    "[省市县区]?(?:住建|住房和城乡建设|城建|城管|城市管理|行政执法|生态环境|环保|环境保护|公安|教育|教体|教育体育|人社|"
    "人力资源和社会保障|劳动|民政|交通|交通运输|公路|自然资源|国土|国土资源|规划|卫健|卫生健康|卫生|市场监管|市场监督管理|工商|质监|"
    "食药监|农业|农业农村|林业|水利|水务|税务|医保|医疗保障|司法|财政|审计|统计|应急管理|安监|文旅|文化和旅游|信访|房管|房产|"
    "粮食|供销|气象|烟草|邮政管理|退役军人事务|乡村振兴|行政审批|数据)局"
)
_DISPENSABLE = re.compile("(?:小区|有限责任公司|股份有限公司|有限公司|公司)$")
_NO_NAMES = frozenset(["v", "d", "c", "p", "r", "u", "uj", "ul", "uz", "zg", "y", "ad", "vd", "ud", "f", "t"])
"""Kinds of words (verbs, adverbs, pronouns, times …) that a name begins after."""
_NO_PLACE = re.compile(
    r"(?:.*[0-9一二三四五六七八九十几两多好]次|[0-9一二三四五六七八九十几两好]+(?:个|名|户|条|摊|公里)|[0-9]+班|[这那该但此朝]|大型|大多数|一般|当地|较大|非法|黑心|"
    "营利|餐饮|快速路|行车|小孩|家长|集体|"
    r"(?:具体|毕业|停车位|公交|普通|其[它他]|女儿|儿子|孩子|问题|周边|[前后原内外部生上下中小大好里])+"
    r"(?:中学|小学|学校|高中学|路|街|村|小区|公园|广场|大学|学院)$)"
)
_NUMERAL = "0-9一二三四五六七八九十百千万亿两"
_AMOUNT = re.compile(
    rf"(?:[0-9][0-9,，]*(?:\.[0-9]+)?|[一二三四五六七八九十百千万两]+)[余多来几]?[{_NUMERAL}]{{0,2}}[余多来]?(?:元|块钱)(?!旦|宵|月)"
)
_DATE = re.compile(
    r"(?:20|19)[0-9]{2}年(?:[0-9]{1,2}月(?:[0-9]{1,2}[日号]|[上中下]旬|份)?|底|初|[上下]半年)?|"
    r"(?<![0-9])[0-9]{1,2}月[0-9]{1,2}[日号]|(?<![0-9.])(?:20|19)[0-9]{2}([-/.])[0-9]{1,2}\1[0-9]{1,2}(?![0-9.])"
)


def entities(text: str, *, units: Iterable[str] = (), kinds: Iterable[str] = tuple(KINDS)) -> list[Entity]:
    """What a text names, in order and without overlap; of `kinds` only. `units` are names of the place's own.

    At most the first 20,000 characters are read.
    """
    narrow = text[:READ].translate(NARROW)
    wanted, taken, found = frozenset(kinds), bytearray(len(narrow)), []
    for kind, find in _finders(units):
        if kind in wanted:
            for start, end in find(narrow):
                if end > start and not any(taken[start:end]):
                    taken[start:end] = b"\x01" * (end - start)
                    found.append(Entity(kind, start, end, text[start:end]))
    return sorted(found, key=lambda entity: entity.start)


def places(text: str) -> list[str]:
    """The names of places in a text, as they are written."""
    return [entity.text for entity in entities(text, kinds=("place",))]


@dataclass(frozen=True, slots=True)
class Mention:
    """Something that a text names, and by what to look for others that name it ("": by nothing)."""

    name: str
    sought: str = ""


def mentions(text: str, *, units: Iterable[str] = ()) -> dict[str, list[Mention]]:
    """What a text names, to be shown and sought: by kind, each once, at most `SHOWN` of one. Never persons.

    Surer than `entities` of where a name begins, at the price of a dictionary; units are the place's own.
    """
    own = frozenset(units)
    found: dict[str, dict[str, Mention]] = {kind: {} for kind in KINDS if kind != "person"}
    for entity in entities(text, units=own, kinds=found):
        if entity.kind == "unit" and entity.text not in own and not _BUREAU.fullmatch(entity.text):
            continue
        name = _tidy(entity)
        seek = sought(name) if entity.kind in SOUGHT else name
        if name and seek not in found[entity.kind]:
            found[entity.kind][seek] = Mention(name, seek if entity.kind in (*SOUGHT, "unit") else "")
    return {kind: _whole(list(names.values()))[:SHOWN] for kind, names in found.items() if names}


def sought(name: str) -> str:
    """What of the name of a place or firm others leave standing: 翠屏新城 of 翠屏新城小区."""
    short = _DISPENSABLE.sub("", name)
    return short if len(short) >= SHORTEST_SOUGHT else name


def parted(query: str) -> str:
    """A question with its places and firms set apart, as `sought`: 翠屏新城小区电梯 asks for two words."""
    asked = query
    for entity in reversed(entities(query, kinds=SOUGHT)):
        if name := _tidy(entity):
            asked = f"{asked[: entity.end - len(name)]} {sought(name)} {asked[entity.end :]}"
    return " ".join(asked.split())


def _tidy(entity: Entity) -> str:
    """A place or firm from where its name begins, by what kind of words stand before it; "" for no name."""
    if entity.kind not in SOUGHT:
        return "" if entity.text[0] in "万亿" else entity.text
    import rjieba

    words = rjieba.tag(entity.text)
    begins = [sum(len(word) for word, _ in words[:no]) for no in range(len(words))]
    begin = max((begins[no + 1] for no, (_, kind) in enumerate(words[:-1]) if kind in _NO_NAMES), default=0)
    name = entity.text[begin:]
    again = entities(name, kinds=(entity.kind,)) if begin else [entity]
    if not again or again[0].text != name:
        is_road = len(words) == 2 and begin == 2 and len(name) <= 2 and name[-1] in "路街巷道"  # 解放西路
        return entity.text if is_road else ""
    return "" if _NO_PLACE.match(name) else name


def _whole(found: list[Mention]) -> list[Mention]:
    """Without those that are one of the others with something before it."""
    names = [each.name for each in found]
    return [each for each in found if not any(each.name.endswith(n) for n in names if n != each.name)]


def _finders(units: Iterable[str]) -> Iterator[tuple[str, Callable[[str], Iterator[Span]]]]:
    """The finders, the surest first: what one has taken the next leaves alone."""
    known = sorted({name.translate(NARROW) for name in units if len(name) > 1}, key=len, reverse=True)
    if known:
        yield "unit", _matching(re.compile("|".join(map(re.escape, known))))
    yield "date", _matching(_DATE)
    yield "amount", _matching(_AMOUNT)
    yield "unit", _matching(_BUREAU)
    yield "place", lambda text: names_ending(text, ESTATES)
    yield "place", lambda text: names_ending(text, VILLAGES)
    yield "place", lambda text: (span for span in names_ending(text, _SITES) if _is_name(text[slice(*span)]))
    yield "firm", lambda text: names_ending(text, FIRMS)
    yield "unit", lambda text: names_ending(text, _UNITS)
    yield "person", persons


def _is_name(text: str) -> bool:
    """看不清路, 没有学校: what denies names nothing."""
    return not re.search("[不没]", text)


def _matching(pattern: re.Pattern[str]) -> Callable[[str], Iterator[Span]]:
    return lambda text: (match.span() for match in pattern.finditer(text))
