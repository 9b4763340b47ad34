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
_SELDOM_NAMES = frozenset(["vn", "an", "b", "m", "i", "l", "s"])
"""Kinds of words that a name begins after unless `_IN_NAMES` has them."""
_IN_NAMES = re.compile(
    ".|[A-Za-z]?[0-9]+|体育|建设|劳动|教育|和谐|解放|胜利|创业|创新|服务|实验|示范|环保|农业|工业|装饰|装修|物流|运输|设计|管理|"
    "投资|生产|制药|五一|八一|三一|九一|五四|七一|[十百千]里|万国|百合|东方|海外|[城河江][东南西北]|南山|北辰|水岸|国有|外国语"
)
_NO_PLACE = re.compile(
    r"(?:.*[0-9一二三四五六七八九十几两多好]次|[0-9一二三四五六七八九十几两好]+(?:个|名|户|条|摊|公里)|[0-9]+班|[这那该但此朝]|大型|大多数|一般|当地|较大|非法|黑心|"
    "全体|连|跟|走|系|[一每][个条段]|圆形|距离|.*(?:修|[此一几]段|重视.)路$|近[日期来]|一天|经过|成村|造成|许久|代表|顾忌|落实|更何况|必经|任意|法律|义务|弱势|合同|电话|政策|稳定|"
    "骑车|挖山|费时|新任|历任|好山|组村|巨头|平息|老实|上要走|当村|校中|"
    "营利|餐饮|快速路|行车|小孩|家长|集体|"
    r"(?:具体|毕业|停车位|公交|普通|其[它他]|女儿|儿子|孩子|问题|周边|[前后原内外部生上下中小大好里])+"
    r"(?:中学|小学|学校|高中学|路|街|村|小区|公园|广场|大学|学院)$)"
)
_BEGINS_AFTER = re.compile(
    "小区[内里]?(?=..)|[东南西北正后前侧大]门(?=..)|门[前口]|开发商|政府|地段|企业|[多几]个|人员有|谎称|速查|[整迁移改]至|带成|"
    "^[原离距至到经]|[路巷街]口至|修复|造成|主导|霸凌|关系|途[经径]|能派|[还另]有|建设(?=[0-9])|市上|交叉口|方向|号线|挖山|"
    "[东南西北]至(?=..)|快捷|^(?:再|延|转|线|临|近日来|稳定|制裁)"
)
"""What stands before a name, but no dictionary's tagger takes for such."""
_COMMON = re.compile(
    "(?:[一-九十0-9班时以主工乡土石砖辅新旧老大小中各该本校村厂全另]|生活|文化|机电|烤肉|羊肉|代理|独资|全资|股份|枢纽|轨道|民爆|液化气|"
    "燃气|行政|鞭炮|交通|客运|货运|别墅群?|保安|服务|电力|城投|物业|管理|特大|三无|无良|[非合违]法|老旧|职工|企业|[市省区县]直|一贯制|普惠[性型制]?|"
    "[民公]办|[公私]立|配套|部分|大量|坑洼|农田|农村|门[前口]|全体|小组|幼儿|国际|安置|拆迁|商业|综合性?|专业|职业|技术|[本当外]地|地方|基层|流通|"
    "批发|零售|建材|家具|二手|旧货|水果|蔬菜|海鲜|花鸟|农贸|农产品|房产|房地产|置业|房屋|住宅|商住|[高中低]档|普通|一般|正规|正式|重点|名牌|优质|"
    "[知著]名|民营|国有|私人|个体|[合外]资|上市|对口|附近|周[围边]|[临邻相]近|相邻|隔壁|对面|楼[上下]|[路街]边|沿[街路]|临街|门面|商铺|底层|一楼|"
    "水泥|柏油|沥青|机耕|断头|主干|[双单][向行]|车道|人行|非机动|[盘环]山|入户|进出|出入|[进通]村|村级|通组|居民|村民|业主|学生|老年|儿童|妇幼|"
    "中心|定点|[三二]甲|精神|专科|整形|美容|口腔|眼科|宠物|网约|租赁|装饰|装修|施工|建筑|建设|工程|开发|投资|担保|典当|[小借]贷|贷款|培训|教育|科技|传媒|"
    "餐饮|快捷|连锁|加盟|福利|服装|碎石|红砖|沙石|采石|修理|棉麻|公司|必经|鸡肠|致富|征地|涨水|交付|烂尾|个人|平民|当事|新型|营业|营利性?|范围|普通|情况|院|皮包|林荫|标志性|热门|社区|重要|规划|酒店式|烟花|[火锅烧烤夜宵早餐]+|[4四][sS]|食品|电子|化工|机械|"
    "纸|面粉|养猪|屠宰|水|线|汽修|洗车|理发|奶茶|快递|家政|保洁|搬家|劳务|中介|会计|律师|保险|证券|旅游|公交|出租车?|的士|巴士|石油|天然气|自来水)+"
)
"""Words of which a name does not consist alone."""
_KIND = re.compile(
    rf"(?:{PLACE_ENDINGS}|有限|责任|子公司|公司|超市|卫生院|饭?店|餐[馆厅]|酒店|酒楼|宾馆|旅馆|民宿|商[场行]|驾校|诊所|加油站|水库|"
    "[厂场]|站|巷|桥)+$"
)
_NAMELY = frozenset(["nr", "ns", "nz", "nt", "nrt", "nrfg", "ng", "j", "x", "g", "zg", "vg"])
"""Kinds of words that names are made of: names of persons and places, and syllables that are no words."""
_LIES_IN = re.compile(r"(?:^|\n|[省市县区镇乡路街号]|街道|位于|投诉|举报)\s*$")
_NUMERAL = "0-9一二三四五六七八九十百千万亿两"
_AMOUNT = re.compile(
    rf"(?:[0-9][0-9,，]{{0,20}}(?:\.[0-9]{{1,4}})?|[一二三四五六七八九十百千万两]{{1,12}})[余多来几]?[{_NUMERAL}]{{0,2}}[余多来]?(?:元|块钱)(?!旦|宵|月)"
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
        name = _tidy(entity, text[: entity.start])
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
        if name := _tidy(entity, "\n"):
            asked = f"{asked[: entity.end - len(name)]} {sought(name)} {asked[entity.end :]}"
    return " ".join(asked.split())


def _tidy(entity: Entity, before: str) -> str:
    """A place or firm from where its name begins, by what kind of words stand before it; "" for no name.

    A name has a word in it that names are made of, or stands right after what a place lies in.
    """
    if entity.kind not in SOUGHT:
        return "" if entity.text[0] in "万亿" else entity.text
    import rjieba

    words = rjieba.tag(entity.text)
    begins = [sum(len(word) for word, _ in words[:no]) for no in range(len(words))]
    begin = max(
        (begins[no + 1] for no, (word, kind) in enumerate(words[:-1]) if _ends(word, kind)), default=0
    )
    after = max((match.end() for match in _BEGINS_AFTER.finditer(entity.text)), default=0)
    name = entity.text[max(begin, after) :]
    again = entities(name, kinds=(entity.kind,)) if name != entity.text else [entity]
    if not again or again[0].text != name:
        is_road = (
            not after and len(words) == 2 and begin == 2 and len(name) <= 2 and name[-1] in "路街巷道"
        )  # 解放西路
        return entity.text if is_road else ""
    if _NO_PLACE.match(name) or _COMMON.fullmatch(_KIND.sub("", name)):
        return ""
    lies = name == entity.text and _LIES_IN.search(before) is not None
    return name if lies or any(kind in _NAMELY for _, kind in rjieba.tag(name)) else ""


def _ends(word: str, kind: str) -> bool:
    """Whether a name begins after a word of this kind."""
    return kind in _NO_NAMES or (kind in _SELDOM_NAMES and not _IN_NAMES.fullmatch(word))


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
