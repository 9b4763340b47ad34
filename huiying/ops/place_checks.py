"""What the entries of `place.toml` say about each other: references, repeated words, order. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import time

from huiying.cases.clocks import Limit, LimitUnit
from huiying.cases.moves import MOVES
from huiying.common.text import suggestion
from huiying.knowledge import placeholders
from huiying.ops.place_schema import PlaceFile, Problems, Row, place_of

LONGEST_PATH = 255
FEW = 12
CODED = ("unit", "area", "topic_tree", "channel_group", "channel", "nature", "standard_text")
WORDS_DIFFER = ("unit", "topic_tree", "channel_group", "channel", "nature")
REFERENCES = (
    ("channel_group", "tree", "topic_tree"),
    ("channel", "group", "channel_group"),
    ("channel", "tree", "topic_tree"),
    ("clock_rule", "channels", "channel"),
    ("clock_rule", "natures", "nature"),
    ("standard_text", "nature", "nature"),
    ("standard_text", "channel", "channel"),
)


def check(place: PlaceFile, problems: Problems) -> None:
    """Add to `problems` whatever in the file contradicts something else in it."""
    for table in CODED:
        _codes_differ(table, place.rows[table], problems)
    for table in WORDS_DIFFER:
        _words_differ(table, place.rows[table], problems)
    for table in ("unit", "area"):
        _parents_first(table, place.rows[table], problems)
    _areas_differ(place.rows["area"], problems)
    for table, key, target in REFERENCES:
        _references(place, table, key, target, problems)
    _unit_paths(place.rows["unit"], problems)
    for number, tree in enumerate(place.rows["topic_tree"], 1):
        _topics(place_of("topic_tree", number, tree), tree, problems)
    _crosswalk(place, problems)
    _rules(place.rows["clock_rule"], problems)
    _standard_texts(place, problems)


def topic_paths(place: PlaceFile) -> list[str]:
    """Every topic as `tree/path`, in the order of the file."""
    return [f"{tree['code']}/{topic}" for tree in place.rows["topic_tree"] for topic in tree["topics"]]


def _codes_differ(table: str, rows: list[Row], problems: Problems) -> None:
    seen: dict[str, int] = {}
    for number, row in enumerate(rows, 1):
        if row["code"] and row["code"] in seen:
            first = seen[row["code"]]
            problems.add(
                f"{place_of(table, number, row)}的 code",
                f"“{row['code']}”与第 {first} 条重复",
                "请改用别的代码，或删去一条（没有写 code 的，代码就是 name）",
            )
        seen.setdefault(row["code"], number)


def _words_differ(table: str, rows: list[Row], problems: Problems) -> None:
    """A name or alias met in a file must mean one entry only."""
    owner: dict[str, int] = {}
    for number, row in enumerate(rows, 1):
        aliases = row["aliases"] if isinstance(row.get("aliases"), list) else []
        for word in dict.fromkeys([row["code"], row["name"], *aliases]):
            if word and owner.setdefault(word, number) != number and word != row["code"]:
                problems.add(
                    place_of(table, number, row),
                    f"“{word}”也是第 {owner[word]} 条（{rows[owner[word] - 1]['name']}）的名称、代码或别名",
                    "一个名称只能指一条，请改名或删去别名",
                )


def _areas_differ(rows: list[Row], problems: Problems) -> None:
    """Villages of different towns may share a name; those of one town may not."""
    seen: set[tuple[str, str]] = set()
    for number, row in enumerate(rows, 1):
        if (row["parent"], row["name"]) in seen:
            problems.add(place_of("area", number, row), "同一上级之下有重名的区域", "请改名或删去一条")
        seen.add((row["parent"], row["name"]))


def _parents_first(table: str, rows: list[Row], problems: Problems) -> None:
    above: set[str] = set()
    for number, row in enumerate(rows, 1):
        parent = row["parent"]
        if parent and parent not in above:
            later = any(other["code"] == parent for other in rows)
            mend = "上级须写在下级前面，请调整先后" if later else _nearest(parent, above, rows)
            problems.add(
                f"{place_of(table, number, row)}的 parent", f"前面没有代码为“{parent}”的 [[{table}]]", mend
            )
        above.add(row["code"])


def _references(place: PlaceFile, table: str, key: str, target: str, problems: Problems) -> None:
    known = {row["code"] for row in place.rows[target]}
    for number, row in enumerate(place.rows[table], 1):
        for code in row[key] if isinstance(row[key], list) else [row[key]]:
            if code and code not in known:
                problems.add(
                    f"{place_of(table, number, row)}的 {key}",
                    f"没有代码为“{code}”的 [[{target}]]",
                    _nearest(code, known, place.rows[target]),
                )


def _nearest(word: str, codes: Iterable[str], rows: list[Row]) -> str:
    """The code meant: of the entry so named, else the most like it."""
    by_name = {row["name"]: row["code"] for row in rows}
    if word in by_name:
        return f"“{word}”是名称，这里要写它的代码“{by_name[word]}”"
    known = sorted(codes)
    all_of_them = f"现有的代码：{'、'.join(known)}" if 0 < len(known) <= FEW else "请先添上这一条，或改正代码"
    return suggestion(word, known) or all_of_them


def _unit_paths(rows: list[Row], problems: Problems) -> None:
    paths: dict[str, str] = {}
    for number, row in enumerate(rows, 1):
        if "/" in row["code"]:
            problems.add(f"{place_of('unit', number, row)}的 code", "含有“/”", "单位代码里不能有“/”，请改掉")
        paths[row["code"]] = f"{paths.get(row['parent'], '')}{row['code']}/"
        if len(paths[row["code"]]) > LONGEST_PATH:
            problems.add(place_of("unit", number, row), "层级太深或代码太长", "请缩短各级单位的代码")


def _topics(where: str, tree: Row, problems: Problems) -> None:
    if "/" in tree["code"]:
        problems.add(f"{where}的 code", "含有“/”", "分类体系的代码里不能有“/”，请改掉")
    above: set[str] = set()
    for number, topic in enumerate(tree["topics"], 1):
        parent, _, name = topic.rpartition("/")
        here = f"{where}的 topics 第 {number} 个（{topic}）"
        if not all(part.strip() == part and part for part in topic.split("/")):
            problems.add(here, "写法不对", "请写成“城乡建设/供水”，各级之间一个“/”，不留空格")
        elif parent and parent not in above:
            problems.add(here, f"前面没有上级“{parent}”", f"请在它前面写上“{parent}”")
        if len(name) > 64 or len(tree["code"]) + 1 + len(topic) > LONGEST_PATH:
            problems.add(here, "太长", f"每级最多 64 个字，连同各级上级最多 {LONGEST_PATH} 个字")
        above.add(topic)
    _topic_aliases(where, tree, problems)


def _topic_aliases(where: str, tree: Row, problems: Problems) -> None:
    owner = {topic: topic for topic in tree["topics"]}
    owner |= {topic.rpartition("/")[2]: topic for topic in reversed(tree["topics"])}
    for topic, aliases in tree["aliases"].items():
        if topic not in tree["topics"]:
            mend = suggestion(topic, tree["topics"]) or "请改成 topics 里有的路径"
            problems.add(f"{where}的 aliases", f"topics 里没有“{topic}”", mend)
        for alias in aliases:
            if owner.setdefault(alias, topic) != topic:
                problems.add(
                    f"{where}的 aliases", f"“{alias}”已经指“{owner[alias]}”", "一个别名只能指一类，请删去一处"
                )


def _crosswalk(place: PlaceFile, problems: Problems) -> None:
    known, seen = topic_paths(place), set()
    for number, row in enumerate(place.rows["crosswalk"], 1):
        where = place_of("crosswalk", number, row)
        for key in ("from", "to"):
            if row[key] and row[key] not in known:
                mend = suggestion(row[key], known) or "请写成 分类体系代码/路径"
                problems.add(f"{where}的 {key}", f"没有“{row[key]}”这一分类", mend)
        if row["from"].partition("/")[0] == row["to"].partition("/")[0] != "":
            problems.add(where, "两边是同一个分类体系", "对应关系只写在不同体系之间，请改正或删去")
        if (pair := frozenset((row["from"], row["to"]))) in seen:
            problems.add(where, "这一对应关系前面已经写过", "请删去一条")
        seen.add(pair)


def _rules(rows: list[Row], problems: Problems) -> None:
    seen: set[tuple[str, int]] = set()
    for number, row in enumerate(rows, 1):
        where = place_of("clock_rule", number, row)
        if (row["code"], row["version"]) in seen:
            problems.add(where, f"代码“{row['code']}”第 {row['version']} 版写了两次", "新规则请加 version")
        seen.add((row["code"], row["version"]))
        if row["unit"] and row["amount"] and row["ends_at_hour"]:
            try:
                Limit(row["amount"], LimitUnit(row["unit"]), time.fromisoformat(row["ends_at_hour"]))
            except ValueError as error:
                problems.add(f"{where}的 ends_at_hour", str(error).rstrip("。"), "请改正这一条")


def _standard_texts(place: PlaceFile, problems: Problems) -> None:
    known = topic_paths(place)
    for number, row in enumerate(place.rows["standard_text"], 1):
        where = place_of("standard_text", number, row)
        if row["topic"] and row["topic"] not in known:
            mend = suggestion(row["topic"], known) or "请写成 分类体系代码/路径"
            problems.add(f"{where}的 topic", f"没有“{row['topic']}”这一分类", mend)
        if row["move"] and row["move"] not in MOVES:
            titles = {move.title: name for name, move in MOVES.items()}
            mend = f"“{row['move']}”要写成“{titles[row['move']]}”" if row["move"] in titles else ""
            mend = mend or suggestion(row["move"], MOVES) or "环节的名称见 docs/lifecycle.md"
            problems.add(f"{where}的 move", f"没有“{row['move']}”这个环节", mend)
        if why := placeholders.trouble(row["text"]):
            what, _, mend = why.partition("。")
            problems.add(f"{where}的 text", what, mend)
