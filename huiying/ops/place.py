"""A place is configuration: `place.toml` into the tables, and the tables back into `place.toml`."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from typing import Any

import tomli_w
from django.db import models, transaction

from huiying.accounts.models import Unit
from huiying.cases import calendar_days, sights
from huiying.cases.models import (
    Area,
    Channel,
    ChannelGroup,
    ClockRule,
    ClockRun,
    Nature,
    Office,
    Topic,
    TopicTree,
    Vocabulary,
)
from huiying.common.errors import Refused, why
from huiying.knowledge.models import StandardText
from huiying.ops.place_checks import check
from huiying.ops.place_schema import TABLES, PlaceFile, Problems, Row, default, place_of, read_document

FILE = "place.toml"
RULE_ORDER = "clock_rule_order"
SHOWN = 20
TITLES = {
    "office": "机构",
    "unit": "承办单位",
    "area": "区域",
    "topic_tree": "分类体系",
    "topic": "内容分类",
    "crosswalk": "对应分类",
    "channel_group": "渠道组",
    "channel": "渠道",
    "nature": "性质",
    "clock_rule": "时限规则",
    "standard_text": "标准用语",
    "calendar": "日历（年）",
}
CORRECTABLE = ("name", "verified")
"""Of a clock rule: what may be put right without a new version, because no due date follows from it."""


@dataclass
class Change:
    """What a load did to one table; each list holds names."""

    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    same: int = 0

    def __bool__(self) -> bool:
        return bool(self.added or self.updated or self.retired)


@dataclass
class Summary:
    """What a load did, table by table in the order of TITLES."""

    office: str
    changes: dict[str, Change] = field(default_factory=lambda: {table: Change() for table in TITLES})

    @property
    def is_changed(self) -> bool:
        return any(self.changes.values())

    def lines(self) -> Iterator[str]:
        for table, change in self.changes.items():
            counts = f"新增 {len(change.added)}，更新 {len(change.updated)}，停用 {len(change.retired)}"
            yield f"{TITLES[table]}：{counts}，不变 {change.same}"
            if change.retired:
                rest = f" 等 {len(change.retired)} 条" if len(change.retired) > SHOWN else ""
                yield f"  停用：{'、'.join(change.retired[:SHOWN])}{rest}"


# Load


def load(directory: Path, *, dry_run: bool = False) -> Summary:
    """Bring the tables to what `place.toml` says, all or nothing. Raises Refused with every problem found.

    Loading again changes nothing. Entries gone from the file are set inactive, never deleted; a clock rule
    on which nothing ever ran is deleted, one in use must stay. With `dry_run` all is undone at the end.
    """
    path = directory if directory.is_file() else directory / FILE
    problems = Problems()
    place = _read(path, problems)
    with transaction.atomic():
        years = _years(place, problems)
        _check_units(place.rows["unit"], problems)
        _check_rules(place.rows["clock_rule"], problems)
        _stop(path, problems)
        summary = _write(place, years)
        transaction.set_rollback(dry_run)
    return summary


def _read(path: Path, problems: Problems) -> PlaceFile:
    place = read_document(_parse(path), problems)
    if not problems:  # what the entries say about each other means little while entries are unreadable
        check(place, problems)
    _stop(path, problems)
    return place


def _parse(path: Path) -> Row:
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        raise Refused(f"没有找到 {path}。请写明放着 {FILE} 的目录，如 examples/jixi。") from None
    except UnicodeDecodeError:
        raise Refused(f"{path} 不是 UTF-8 编码。请在编辑器里另存为 UTF-8。") from None
    except tomllib.TOMLDecodeError as error:
        raise Refused(f"{path} 不合 TOML 的写法：{error}。请按所说的行（line）和列（column）改正。") from None
    except OSError as error:
        raise Refused(f"读不了 {path}：{why(error)}。请检查文件和权限。") from None


def _stop(path: Path, problems: Problems) -> None:
    if problems:
        lines = [f"{number}. {text}" for number, text in enumerate(problems.found, 1)]
        raise Refused("\n".join([f"{path} 有 {len(lines)} 处问题，什么都没有改动：", *lines]))


def _years(place: PlaceFile, problems: Problems) -> list[int]:
    """The years of the calendar to fill in."""
    wanted = place.config["office"].get("calendar_years")
    if wanted is None:
        return calendar_days.seeded_years()
    missing = [year for year in sorted(set(wanted)) if not calendar_days.is_whole(year)]
    for year in set(missing) - set(calendar_days.seeded_years(first=min(missing, default=0))):
        mend = "请先用 huiying calendar import 导入该年放假安排，或从 calendar_years 删去"
        problems.add("[office] 的 calendar_years", f"自带数据里没有 {year} 年", mend)
    return missing


def _check_units(rows: list[Row], problems: Problems) -> None:
    """A unit's name is held by one code; another code under the same name would be another unit."""
    codes = {row["code"] for row in rows}
    elsewhere = dict(Unit.objects.exclude(code__in=codes).values_list("name", "code"))
    for number, row in enumerate(rows, 1):
        if old := elsewhere.get(row["name"]):
            where = f"{place_of('unit', number, row)}的 code"
            problems.add(where, f"这个单位已经以代码“{old}”存在", f"请沿用 code = “{old}”，或先给旧单位改名")


def _check_rules(rows: list[Row], problems: Problems) -> None:
    """Clocks that ran by a rule keep it: no change under the same version, no removal once used."""
    stored = {(rule.code, rule.version): rule for rule in ClockRule.objects.all()}
    for number, row in enumerate(rows, 1):
        rule = stored.get((row["code"], row["version"]))
        if rule and (changed := _changed_keys(rule, row)):
            what = f"第 {row['version']} 版的 {'、'.join(changed)} 与已载入的不同"
            problems.add(place_of("clock_rule", number, row), what, "新规则请加 version，旧版照旧保留")
    gone = {code for code, _ in stored} - {row["code"] for row in rows}
    for code, used in _runs_by(gone).items():
        mend = "请保留这一条；要改时限，请加 version"
        problems.add("[[clock_rule]]", f"文件里没有了“{code}”，但已有 {used} 次计时用它", mend)


def _changed_keys(rule: ClockRule, row: Row) -> list[str]:
    old = _rule_entry(rule)
    return [key for key in row if key not in CORRECTABLE and old[key] != row[key]]


def _runs_by(codes: Iterable[str]) -> dict[str, int]:
    runs = ClockRun.objects.filter(rule__in=codes).order_by("rule")
    return dict(runs.values_list("rule").annotate(used=models.Count("pk")))


def _write(place: PlaceFile, years: list[int]) -> Summary:
    summary = Summary(place.office["name"])
    changes, rows = summary.changes, place.rows
    _free_unit_names(rows["unit"])
    paths = dict(Unit.objects.values_list("pk", "path"))
    _merge_tree(Unit, rows["unit"], changes["unit"])
    moved = [unit for unit in Unit.objects.filter(pk__in=paths) if unit.path != paths[unit.pk]]
    if moved:
        sights.rebuild(moved)
    _merge_tree(Area, rows["area"], changes["area"])
    _merge_channels(rows, changes)
    _merge_plain(Nature, rows["nature"], changes["nature"])
    _merge_rules(rows["clock_rule"], changes["clock_rule"])
    _merge_texts(rows["standard_text"], changes["standard_text"])
    _merge_office(place, changes["office"])
    changes["calendar"].added = [f"{loaded.year}年" for loaded in calendar_days.load(years) if loaded.added]
    changes["calendar"].same = len(years) - len(changes["calendar"].added)
    if summary.is_changed:
        Office.touch()
    return summary


class _Merge:
    """Rows of one model by their key, brought to what the file says, one `put` per entry in its order."""

    def __init__(self, model: Any, change: Change, key: str = "code") -> None:
        self.model, self.change, self.key = model, change, key
        self.rows: dict[str, Any] = {getattr(row, key): row for row in model.objects.all()}
        self.seen: set[str] = set()

    def put(self, key: str, **values: Any) -> None:
        values |= {"order": len(self.seen) + 1, "active": True}
        self.seen.add(key)
        row = self.rows.get(key)
        if row is None:
            new = {self.key: key, **values}
            self.rows[key] = row = self.model(**new)
            self.change.added.append(key)
        elif all(getattr(row, name) == value for name, value in values.items()):
            self.change.same += 1
            return
        else:
            self.change.updated.append(key)
            for name, value in values.items():
                setattr(row, name, value)
        row.save()

    def retire(self) -> None:
        """Set inactive what the file no longer names."""
        for key, row in self.rows.items():
            if key not in self.seen and row.active:
                row.active = False
                row.save()
                self.change.retired.append(key)


def _merge_plain(model: type[Vocabulary], rows: list[Row], change: Change) -> None:
    merge = _Merge(model, change)
    for row in rows:
        merge.put(row["code"], **_without_code(row))
    merge.retire()


def _merge_tree(model: type[Unit] | type[Area], rows: list[Row], change: Change) -> None:
    """Units and areas: parents come first. A unit's path follows its parent's, so it is compared too."""
    merge = _Merge(model, change)
    for row in rows:
        parent = merge.rows[row["parent"]] if row["parent"] else None
        values = {**row, "parent": parent}
        if model is Unit:
            values["path"] = f"{parent.path if parent else ''}{row['code']}/"
        merge.put(row["code"], **_without_code(values))
    merge.retire()


def _without_code(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "code"}


def _free_unit_names(rows: list[Row]) -> None:
    """Names are unique: units that change theirs let go of it first, so that two may swap."""
    names = {row["code"]: row["name"] for row in rows}
    for unit in Unit.objects.filter(code__in=names):
        if unit.name != names[unit.code]:
            Unit.objects.filter(pk=unit.pk).update(name=f"~{unit.pk}")


def _merge_channels(rows: dict[str, list[Row]], changes: dict[str, Change]) -> None:
    """Topic trees with topics and crosswalk, then the groups and channels that use them."""
    trees = _Merge(TopicTree, changes["topic_tree"])
    for row in rows["topic_tree"]:
        trees.put(row["code"], name=row["name"])
    topics = _merge_topics(rows["topic_tree"], trees.rows, changes["topic"])
    _merge_crosswalk(rows["crosswalk"], topics, changes["crosswalk"])
    groups = _Merge(ChannelGroup, changes["channel_group"])
    for row in rows["channel_group"]:
        groups.put(row["code"], name=row["name"], tree=trees.rows.get(row["tree"]))
    channels = _Merge(Channel, changes["channel"])
    for row in rows["channel"]:
        row = {**row, "group": groups.rows[row["group"]], "tree": trees.rows.get(row["tree"])}
        channels.put(row["code"], **_without_code(row))
    for merge in (channels, groups, trees):
        merge.retire()


def _merge_topics(rows: list[Row], trees: dict[str, Any], change: Change) -> dict[str, Any]:
    merge = _Merge(Topic, change, key="path")
    for row in rows:
        for topic in row["topics"]:
            parent, _, name = topic.rpartition("/")
            merge.put(
                f"{row['code']}/{topic}",
                tree=trees[row["code"]],
                parent=merge.rows[f"{row['code']}/{parent}"] if parent else None,
                name=name,
                aliases=row["aliases"].get(topic, []),
            )
    merge.retire()
    return merge.rows


def _merge_crosswalk(rows: list[Row], topics: dict[str, Any], change: Change) -> None:
    wanted = {frozenset((row["from"], row["to"])) for row in rows}
    stored = {frozenset(pair) for pair in _stored_pairs()}
    change.same = len(wanted & stored)
    for one, other in sorted(map(sorted, wanted - stored)):
        topics[one].same_as.add(topics[other])
        change.added.append(f"{one}＝{other}")
    for one, other in sorted(map(sorted, stored - wanted)):
        topics[one].same_as.remove(topics[other])
        change.retired.append(f"{one}＝{other}")


def _stored_pairs() -> Iterator[tuple[str, str]]:
    """Every stored correspondence once, the topic that comes first in the place's order on the left."""
    pairs = Topic.same_as.through.objects.values_list("from_topic", "to_topic")
    ordered = Topic.objects.order_by("tree__order", "order", "pk").values_list("pk", "path")
    paths = dict(ordered)
    rank = {pk: number for number, pk in enumerate(paths)}
    for left, right in sorted(pairs, key=lambda pair: (rank[pair[0]], rank[pair[1]])):
        if rank[left] < rank[right]:
            yield paths[left], paths[right]


def _merge_rules(rows: list[Row], change: Change) -> None:
    """Older versions stay though the file drops them; a code that is gone was never used, and goes."""
    stored = {(rule.code, rule.version): rule for rule in ClockRule.objects.all()}
    for row in rows:
        shown = f"{row['name']}（第{row['version']}版）"
        rule = stored.get((row["code"], row["version"]))
        if rule is None:
            ends = row["ends_at_hour"]
            ClockRule.objects.create(**{**row, "ends_at_hour": time.fromisoformat(ends) if ends else None})
            change.added.append(shown)
        elif all(getattr(rule, key) == row[key] for key in CORRECTABLE):
            change.same += 1
        else:
            ClockRule.objects.filter(pk=rule.pk).update(**{key: row[key] for key in CORRECTABLE})
            change.updated.append(shown)
    gone = ClockRule.objects.exclude(code__in=[row["code"] for row in rows])
    change.retired = [str(rule) for rule in gone]
    gone.delete()


def _merge_texts(rows: list[Row], change: Change) -> None:
    merge = _Merge(StandardText, change)
    tables: dict[str, Row] = {
        "topic": {row.path: row for row in Topic.objects.all()},
        "nature": {row.code: row for row in Nature.objects.all()},
        "channel": {row.code: row for row in Channel.objects.all()},
    }
    for row in rows:
        found = {name: table.get(row[name]) for name, table in tables.items()}
        merge.put(row["code"], **_without_code({**row, **found}))
    merge.retire()


def _merge_office(place: PlaceFile, change: Change) -> None:
    order = [[row["code"], row["version"]] for row in place.rows["clock_rule"]]
    values = {**place.office, "config": {**place.config, RULE_ORDER: order}}
    office = Office.objects.first()
    if office and all(getattr(office, name) == value for name, value in values.items()):
        change.same = 1
        return
    (change.updated if office else change.added).append(place.office["name"])
    office = office or Office()
    for name, value in values.items():
        setattr(office, name, value)
    office.save()


# Export


def export(directory: Path, *, force: bool = False) -> Path:
    """Write the place as it stands to `directory/place.toml`; what `load` reads back changes nothing.

    Raises Refused where no place is loaded, where what the tables hold would not load, and where another
    `place.toml` is already there, unless `force`: its comments would be lost.
    """
    path, now = directory / FILE, document()
    problems = Problems()
    place = read_document(now, problems)
    if not problems:
        check(place, problems)
    if problems:
        raise Refused("\n".join(["现有配置自相矛盾，写出后将无法载入，请先改正：", *problems.found]))
    if path.exists() and not force and _parse(path) != now:
        raise Refused(f"{path} 已经存在，内容不同。请换一个目录，或加 --force 覆盖（其中的注释会丢失）。")
    if force or not path.exists():
        _save(path, "# 由 huiying place export 写出\n" + as_toml(now))
    return path


def as_toml(place: Row) -> str:
    """The parsed form as text to be edited: one `[[table]]` per entry, in the order of the schema."""
    parts = [_dumps({"office": place["office"]})]
    for table in TABLES:
        parts += [_entry_text(table, entry) for entry in place.get(table, [])]
    free = {name: value for name, value in place.items() if name not in {"office", *TABLES}}
    return "\n".join([*parts, _dumps(free)])


def _entry_text(table: str, entry: Row) -> str:
    plain = {name: value for name, value in entry.items() if not isinstance(value, dict)}
    inner = [f"\n[{table}.{name}]\n{_dumps(value)}" for name, value in entry.items() if name not in plain]
    return "".join([f"[[{table}]]\n{_dumps(plain)}", *inner])


def _dumps(values: Row) -> str:
    return tomli_w.dumps(values, multiline_strings=True)


def _save(path: Path, text: str) -> None:
    """Write beside and move over, so that no reader meets half a file."""
    beside = path.with_name(path.name + ".tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(text, encoding="utf-8", newline="\n")
        os.replace(beside, path)
    except OSError as error:
        raise Refused(f"写不了 {path}：{why(error)}。请检查目录和权限。") from None


def document() -> Row:
    """The active place as the parsed form of its `place.toml`; what equals a default is left out."""
    office = Office.objects.first()
    if office is None:
        raise Refused("还没有载入地方配置，没有可写出的内容。请先运行 huiying place load 目录。")
    config = {name: value for name, value in office.config.items() if name != RULE_ORDER}
    extras = config.pop("office", {})
    own = {"name": office.name, "place": office.place, "region": office.region, **extras}
    tables = {name: [_entry(name, row) for row in rows] for name, rows in _stored_rows(office).items()}
    return {"office": own, **{name: rows for name, rows in tables.items() if rows}, **config}


def _stored_rows(office: Office) -> dict[str, list[Row]]:
    active = Topic.objects.filter(active=True).values_list("path", flat=True)
    shown = set(active)
    return {
        "unit": _fields("unit", Unit),
        "area": _fields("area", Area),
        "topic_tree": [_tree_entry(tree) for tree in TopicTree.objects.filter(active=True)],
        "crosswalk": [{"from": a, "to": b} for a, b in _stored_pairs() if {a, b} <= shown],
        "channel_group": _fields("channel_group", ChannelGroup),
        "channel": _fields("channel", Channel),
        "nature": _fields("nature", Nature),
        "clock_rule": [_rule_entry(rule) for rule in _rules_in_order(office)],
        "standard_text": list(_text_entries()),
    }


def _fields(table: str, model: Any) -> list[Row]:
    """The active entries of one model; what they refer to is written as a code."""
    names = [key.name for key in TABLES[table]]
    return [{name: _code(getattr(row, name)) for name in names} for row in model.objects.filter(active=True)]


def _code(value: Any) -> Any:
    return "" if value is None else getattr(value, "code", value)


def _tree_entry(tree: TopicTree) -> Row:
    topics = list(tree.topics.filter(active=True).order_by("order", "pk"))
    paths = {topic.path.partition("/")[2]: topic.aliases for topic in topics}
    aliases = {path: names for path, names in paths.items() if names}
    return {"code": tree.code, "name": tree.name, "topics": list(paths), "aliases": aliases}


def _rule_entry(rule: ClockRule) -> Row:
    ends = rule.ends_at_hour
    entry = {key.name: getattr(rule, key.name) for key in TABLES["clock_rule"]}
    return {**entry, "ends_at_hour": f"{ends:%H:%M}" if ends else None}


def _text_entries() -> Iterator[Row]:
    """The texts in use; one for something that is retired would not load, and is never offered."""
    for row in StandardText.objects.filter(active=True).select_related("topic", "nature", "channel"):
        about = {"topic": row.topic, "nature": row.nature, "channel": row.channel}
        if all(one is None or one.active for one in about.values()):
            codes = {name: getattr(one, "path", None) or _code(one) for name, one in about.items()}
            yield {"code": row.code, "name": row.name, "move": row.move, **codes, "text": row.text}


def _rules_in_order(office: Office) -> list[ClockRule]:
    """As the file had them; older versions that it no longer names come last."""
    place = {(code, version): n for n, (code, version) in enumerate(office.config.get(RULE_ORDER, []))}
    rules = ClockRule.objects.order_by("code", "version")
    return sorted(rules, key=lambda rule: place.get((rule.code, rule.version), len(place)))


def _entry(table: str, row: Row) -> Row:
    kept = {key.name: row[key.name] for key in TABLES[table] if row[key.name] != default(key)}
    if kept.get("code") == kept.get("name"):
        kept.pop("code", None)
    return kept
