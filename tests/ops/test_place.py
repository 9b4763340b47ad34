"""A place is configuration: what a file says is what the tables say, and back."""

import csv
import datetime as dt
import os
import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from django.core.management import call_command

from huiying.accounts.models import Unit, UnitKind, User
from huiying.cases import place as cases_place
from huiying.cases.clocks import last_day
from huiying.cases.deadlines import CLOCK_TITLES
from huiying.cases.history import CaseState
from huiying.cases.models import (
    Area,
    CalendarDay,
    Case,
    Channel,
    ClockRule,
    ClockRun,
    Nature,
    Office,
    Topic,
)
from huiying.common.errors import Refused
from huiying.ops import place, place_schema

EXAMPLES = Path(__file__).parents[2] / "examples"
AT = dt.datetime(2022, 3, 1, 1, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    cases_place.forget()


@pytest.fixture
def small() -> dict[str, Any]:
    """The smallest place that loads; a test changes what it is about."""
    return {
        "office": {"name": "东湖县热线办", "place": "东湖县", "region": "999901", "calendar_years": [2022]},
        "unit": [{"name": "县水利局"}, {"name": "城关镇", "kind": "town"}],
        "topic_tree": [{"code": "t", "name": "分类", "topics": ["供水", "供水/水质"]}],
        "channel_group": [{"code": "g", "name": "热线", "tree": "t"}],
        "channel": [{"name": "县热线", "group": "g", "prefix": "RX"}],
        "nature": [{"name": "咨询"}, {"name": "投诉", "guarded": True}],
        "clock_rule": [rule("reply", 10), rule("reply-inquiry", 3, natures=["咨询"])],
    }


def rule(code: str, amount: int, **more: Any) -> dict[str, Any]:
    limit = {"amount": amount, "unit": "working_days", "starts": "assigned"}
    proof = {"source": "自定", "verified": "O", "valid_from": dt.date(2020, 1, 1)}
    return {"code": code, "name": "答复", "kind": "reply", **limit, **proof, **more}


def load(document: dict[str, Any], directory: Path, **options: Any) -> place.Summary:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "place.toml").write_text(tomli_w.dumps(document), encoding="utf-8")
    return place.load(directory, **options)


def refusal(document: dict[str, Any], directory: Path) -> str:
    with pytest.raises(Refused) as refused:
        load(document, directory)
    return str(refused.value)


def example(name: str) -> dict[str, Any]:
    return tomllib.loads((EXAMPLES / name / "place.toml").read_text(encoding="utf-8"))


# Round trips


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["jixi", "binjiang"])
def test_an_example_comes_back_as_it_went_in(name: str, tmp_path: Path) -> None:
    place.load(EXAMPLES / name)
    written = place.export(tmp_path / "out")
    assert tomllib.loads(written.read_text(encoding="utf-8")) == example(name)


@pytest.mark.django_db
def test_loading_what_was_exported_changes_nothing(tmp_path: Path) -> None:
    place.load(EXAMPLES / "jixi")
    revision = Office.objects.get().revision
    place.export(tmp_path)
    assert not place.load(tmp_path).is_changed
    assert Office.objects.get().revision == revision


@pytest.mark.django_db
def test_one_town_makes_way_for_another_and_comes_back(tmp_path: Path) -> None:
    place.load(EXAMPLES / "jixi")
    summary = place.load(EXAMPLES / "binjiang")
    assert "县人社局" in summary.changes["unit"].retired
    assert place.document() == example("binjiang")
    place.load(EXAMPLES / "jixi")
    assert place.document() == example("jixi")


@pytest.mark.django_db
def test_tables_of_other_packages_come_back_unchanged(small: dict[str, Any], tmp_path: Path) -> None:
    small["bulletin"] = {"style": {"series": "东湖通报", "text": "一行\n二行，“引号”\\", "n": [1, 2.5, True]}}
    small["distribution"] = {"send_to": ["各乡镇"]}
    small["office"]["motto_of_the_house"] = "有问必答"
    load(small, tmp_path / "in")
    out = place.export(tmp_path / "out")
    assert tomllib.loads(out.read_text(encoding="utf-8")) == small
    assert cases_place.current().config["bulletin"] == small["bulletin"]


# What a load does


@pytest.mark.django_db
def test_the_annex_finds_its_units_in_the_office_order() -> None:
    place.load(EXAMPLES / "jixi")
    annex = ["县人社局", "县住建局", "县农水局", "县市场监管局", "县医保局", "华阳镇", "家朋乡"]
    assert list(Unit.objects.filter(name__in=annex).values_list("name", flat=True)) == annex
    assert list(Nature.objects.values_list("name", flat=True)) == ["咨询", "反映", "投诉", "建议", "举报"]


@pytest.mark.django_db
def test_order_tree_and_paths_follow_the_file(small: dict[str, Any], tmp_path: Path) -> None:
    small["unit"].append({"name": "水厂", "kind": "other", "parent": "县水利局", "one_person": True})
    small["area"] = [{"name": "城关镇"}, {"code": "cg/1", "name": "东村", "parent": "城关镇"}]
    load(small, tmp_path)
    plant = Unit.objects.get(code="水厂")
    assert (plant.path, plant.order, plant.one_person) == ("县水利局/水厂/", 3, True)
    assert Area.objects.get(code="cg/1").parent == Area.objects.get(code="城关镇")
    assert Topic.objects.get(path="t/供水/水质").parent == Topic.objects.get(path="t/供水")
    assert Channel.objects.get().group.tree == Topic.objects.get(path="t/供水").tree


@pytest.mark.django_db
def test_what_is_gone_from_the_file_is_retired_and_told(small: dict[str, Any], tmp_path: Path) -> None:
    load(small, tmp_path)
    small["unit"].pop()
    small["topic_tree"][0]["topics"] = ["供水"]
    summary = load(small, tmp_path)
    assert summary.changes["unit"].retired == ["城关镇"]
    assert summary.changes["topic"].retired == ["t/供水/水质"]
    assert not Unit.objects.get(code="城关镇").active
    assert "  停用：城关镇" in list(summary.lines())


@pytest.mark.django_db
def test_two_units_may_swap_names_and_children_follow_a_moved_parent(
    small: dict[str, Any], tmp_path: Path
) -> None:
    small["unit"] = [{"code": c, "name": n} for c, n in [("A", "甲局"), ("B", "乙局")]]
    small["unit"] += [
        {"code": "C", "name": "丙科", "parent": "B"},
        {"code": "D", "name": "丁组", "parent": "C"},
    ]
    load(small, tmp_path)
    small["unit"][0]["name"], small["unit"][1]["name"] = "乙局", "甲局"
    small["unit"][2]["parent"] = "A"
    summary = load(small, tmp_path)
    assert dict(Unit.objects.values_list("code", "name")) == {
        "A": "乙局",
        "B": "甲局",
        "C": "丙科",
        "D": "丁组",
    }
    assert Unit.objects.get(code="D").path == "A/C/D/"
    assert summary.changes["unit"].updated == ["A", "B", "C", "D"]


@pytest.mark.django_db
def test_a_dry_run_tells_and_leaves_all_as_it_was(small: dict[str, Any], tmp_path: Path) -> None:
    summary = load(small, tmp_path, dry_run=True)
    assert summary.changes["unit"].added == ["县水利局", "城关镇"]
    assert (Unit.objects.count(), Office.objects.count(), CalendarDay.objects.count()) == (0, 0, 0)


@pytest.mark.django_db
def test_a_load_tells_the_other_processes(small: dict[str, Any], tmp_path: Path) -> None:
    load(small, tmp_path)
    assert "县农机局" not in cases_place.current().units
    small["unit"].append({"name": "县农机局"})
    load(small, tmp_path)
    assert "县农机局" in cases_place.current().units


@pytest.mark.django_db
def test_crosswalk_follows_the_file_both_ways(small: dict[str, Any], tmp_path: Path) -> None:
    small["topic_tree"].append({"code": "u", "name": "另一套", "topics": ["水务"]})
    small["crosswalk"] = [{"from": "t/供水", "to": "u/水务"}]
    load(small, tmp_path)
    assert [t.path for t in Topic.objects.get(path="u/水务").same_as.all()] == ["t/供水"]
    small["crosswalk"] = [{"from": "t/供水/水质", "to": "u/水务"}]
    summary = load(small, tmp_path)
    assert [t.path for t in Topic.objects.get(path="u/水务").same_as.all()] == ["t/供水/水质"]
    assert summary.changes["crosswalk"].retired == ["t/供水＝u/水务"]


@pytest.mark.django_db
def test_a_file_saved_by_notepad_loads(small: dict[str, Any], tmp_path: Path) -> None:
    text = tomli_w.dumps(small).replace("\n", "\r\n")
    (tmp_path / "place.toml").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert place.load(tmp_path).is_changed


# Clock rules


@pytest.mark.django_db
def test_a_rule_changes_only_by_a_new_version(small: dict[str, Any], tmp_path: Path) -> None:
    load(small, tmp_path)
    small["clock_rule"][0]["amount"] = 8
    assert "新规则请加 version" in refusal(small, tmp_path)
    assert ClockRule.objects.get(code="reply").amount == 10
    small["clock_rule"][0] |= {"version": 2, "valid_from": dt.date(2022, 4, 1)}
    load(small, tmp_path)
    amounts = ClockRule.objects.filter(code="reply").values_list("version", "amount")
    assert dict(amounts) == {1: 10, 2: 8}


@pytest.mark.django_db
def test_the_office_confirms_a_source_without_a_new_version(small: dict[str, Any], tmp_path: Path) -> None:
    load(small, tmp_path)
    small["clock_rule"][0]["verified"] = "V"
    assert load(small, tmp_path).changes["clock_rule"].updated == ["答复（第1版）"]
    assert ClockRule.objects.get(code="reply").verified == "V"


@pytest.mark.django_db
def test_a_rule_by_which_clocks_ran_may_not_leave(small: dict[str, Any], tmp_path: Path) -> None:
    load(small, tmp_path)
    case = Case.objects.create(
        number="RX1",
        region="999901",
        channel=Channel.objects.get(),
        title="水",
        received_at=AT,
        recorded_at=AT,
    )
    run = {"region": "999901", "on": 1, "run": 1, "version": 1, "why": "start", "started_at": AT}
    ClockRun.objects.create(case=case, kind="reply", rule="reply-inquiry", **run)
    small["clock_rule"] = [rule("claim", 1, kind="claim")]
    assert "没有了“reply-inquiry”，但已有 1 次计时用它" in refusal(small, tmp_path)
    small["clock_rule"].append(rule("reply-inquiry", 3, natures=["咨询"]))
    assert load(small, tmp_path).changes["clock_rule"].retired == ["答复（第1版）"]
    assert set(ClockRule.objects.values_list("code", flat=True)) == {"claim", "reply-inquiry"}


# Refusals


BAD: dict[str, tuple[str, list[tuple[str, int, str, Any]]]] = {
    "unit.kind": (
        "[[unit]] 第 2 条（城关镇）的 kind：写的是“towm”。您是否要找：town？",
        [("unit", 1, "kind", "towm")],
    ),
    "unknown key": ("[[unit]] 第 1 条（县水利局）的 fone：没有这样的项", [("unit", 0, "fone", "1")]),
    "parent": (
        "前面没有代码为“县水务局”的 [[unit]]。您是否要找：县水利局",
        [("unit", 1, "parent", "县水务局")],
    ),
    "parent later": ("上级须写在下级前面", [("unit", 0, "parent", "城关镇")]),
    "same word": (
        "“县水利局”也是第 1 条（县水利局）的名称、代码或别名",
        [("unit", 1, "aliases", ["县水利局"])],
    ),
    "duty": ("的 duties：写的是 “水费”，不是列表", [("unit", 0, "duties", "水费")]),
    "same code": ("“县水利局”与第 1 条重复", [("unit", 1, "code", "县水利局")]),
    "group": (
        "没有代码为“热线”的 [[channel_group]]。“热线”是名称，这里要写它的代码“g”",
        [("channel", 0, "group", "热线")],
    ),
    "prefix": ("编号前缀只用一至八个英文字母", [("channel", 0, "prefix", "热线1")]),
    "nature": (
        "没有代码为“咨讯”的 [[nature]]。现有的代码：咨询、投诉",
        [("clock_rule", 1, "natures", ["咨讯"])],
    ),
    "amount": ("的 amount：写的是 0。请写 1 至", [("clock_rule", 0, "amount", 0)]),
    "boolean": ("请写 true 或 false", [("nature", 0, "guarded", "true")]),
    "date": ("请写成 2022-01-01，不加引号", [("clock_rule", 0, "valid_from", "2022-01-01")]),
    "hour": (
        "不能指定截止钟点",
        [("clock_rule", 0, "unit", "hours"), ("clock_rule", 0, "ends_at_hour", "17:00")],
    ),
    "topic": (
        "topics 第 1 个（供水/水质）：前面没有上级“供水”",
        [("topic_tree", 0, "topics", ["供水/水质", "供水"])],
    ),
    "alias": ("topics 里没有“供气”", [("topic_tree", 0, "aliases", {"供气": ["煤气"]})]),
    "space": ("前后有空格", [("unit", 0, "name", "县水利局 ")]),
}


@pytest.mark.django_db
@pytest.mark.parametrize("what", BAD)
def test_a_slip_is_told_where_it_is_and_how_to_mend_it(
    what: str, small: dict[str, Any], tmp_path: Path
) -> None:
    told, slips = BAD[what]
    for table, number, key, value in slips:
        small[table][number][key] = value
    assert told in refusal(small, tmp_path)
    assert not Office.objects.exists()


@pytest.mark.django_db
def test_all_problems_are_told_at_once(small: dict[str, Any], tmp_path: Path) -> None:
    small["office"] |= {
        "region": "34182",
        "close_on_relaese": True,
        "hours": [["08:00", "12:00"], ["11:00", "17:00"]],
    }
    small["units"] = []
    del small["channel"][0]["group"]
    told = refusal(small, tmp_path)
    assert told.splitlines()[0].endswith("有 5 处问题，什么都没有改动：")
    for part in (
        "GB/T 2260",
        "close_on_release？",
        "不能重叠",
        "[units]：没有这样的表。您是否要找：unit",
        "请补上 group",
    ):
        assert part in told


@pytest.mark.django_db
@pytest.mark.parametrize("value", [dt.date(2022, 1, 1), float("nan"), "一行\r\n二行"])
def test_what_could_not_come_back_is_not_taken(value: Any, small: dict[str, Any], tmp_path: Path) -> None:
    small["bulletin"] = {"style": {"lines": [value]}}
    assert "[bulletin] 的 style.lines 第 1 个：" in refusal(small, tmp_path)


@pytest.mark.django_db
def test_a_unit_under_a_new_code_is_not_taken_for_the_old_one(small: dict[str, Any], tmp_path: Path) -> None:
    load(small, tmp_path)
    small["unit"][0]["code"] = "slj"
    assert "这个单位已经以代码“县水利局”存在" in refusal(small, tmp_path)


@pytest.mark.django_db
def test_a_year_nobody_knows_is_refused(small: dict[str, Any], tmp_path: Path) -> None:
    small["office"]["calendar_years"] = [2022, 2099]
    assert "自带数据里没有 2099 年" in refusal(small, tmp_path)
    assert not CalendarDay.objects.exists()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "没有找到"),
        (b"[office\n", "不合 TOML 的写法"),
        ("[office]\nname='局'".encode("gb18030"), "不是 UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_says_so(content: bytes | None, told: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "place.toml").write_bytes(content)
    with pytest.raises(Refused, match=told):
        place.load(tmp_path)


# Export


@pytest.mark.django_db
def test_an_export_does_not_write_over_the_comments_of_another_file(
    small: dict[str, Any], tmp_path: Path
) -> None:
    load(small, tmp_path)
    commented = "# 手写的注释\n" + (tmp_path / "place.toml").read_text(encoding="utf-8")
    (tmp_path / "place.toml").write_text(commented, encoding="utf-8")
    place.export(tmp_path)
    assert (tmp_path / "place.toml").read_text(encoding="utf-8") == commented
    Unit.objects.filter(code="城关镇").update(phone="0000")
    with pytest.raises(Refused, match="--force"):
        place.export(tmp_path)
    place.export(tmp_path, force=True)
    assert tomllib.loads((tmp_path / "place.toml").read_text(encoding="utf-8"))["unit"][1]["phone"] == "0000"


@pytest.mark.django_db
def test_an_export_that_would_not_load_is_refused(small: dict[str, Any], tmp_path: Path) -> None:
    load(small, tmp_path / "in")
    Unit.objects.filter(code="城关镇").update(phone="0000\n")
    with pytest.raises(Refused, match="自相矛盾"):
        place.export(tmp_path / "out")
    Office.objects.all().delete()
    with pytest.raises(Refused, match="没有可写出的内容"):
        place.export(tmp_path / "out")


@pytest.mark.django_db
def test_the_command_prints_a_summary(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    call_command("place", "load", str(EXAMPLES / "binjiang"), "--dry-run")
    assert "检查通过，没有改动" in capsys.readouterr().out
    call_command("place", "load", str(EXAMPLES / "binjiang"))
    said = capsys.readouterr().out
    assert "性质：新增 6，更新 0，停用 0，不变 0" in said
    assert "还没有人员账号。开设第一个管理员：huiying user add" in said
    User.objects.create(username="admin")
    call_command("place", "load", str(EXAMPLES / "binjiang"))
    assert "还没有人员账号" not in capsys.readouterr().out
    call_command("place", "export", str(tmp_path))
    assert "已写出" in capsys.readouterr().out


def choices(model: Any, name: str) -> tuple[str, ...]:
    return tuple(code for code, _ in model._meta.get_field(name).choices)


def test_the_words_of_the_schema_are_those_of_the_tables() -> None:
    assert list(place_schema.UNIT_KINDS) == UnitKind.values
    assert choices(ClockRule, "starts") == place_schema.STARTS
    assert choices(ClockRule, "verified") == place_schema.VERIFIED
    assert choices(Case, "urgency") == place_schema.URGENCIES


def test_every_kind_of_clock_that_a_case_may_have_may_have_a_rule() -> None:
    assert set(place_schema.CLOCK_KINDS) == set(CLOCK_TITLES) - {"interim"}


# The demonstration place and the real month


@pytest.mark.django_db
def test_the_demonstration_place_knows_every_word_of_the_real_month() -> None:
    shared = Path(os.environ.get("HUIYING_SHARED") or EXAMPLES.parents[1] / "shared")
    month = shared / "seed" / "jixi-2022-03-cases.csv"
    if not month.exists():
        pytest.skip(f"没有 {month}，无法核对示范地方的用词")
    place.load(EXAMPLES / "jixi")
    here = cases_place.current()
    with month.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            channel = here.channels[row["渠道"]]
            tree = channel.tree or channel.group.tree
            assert row["编号"].startswith(channel.prefix)
            assert row["性质"] in here.natures
            assert not row["内容分类"] or (tree and f"{tree.code}/{row['内容分类']}" in here.topics)
            assert not row["所属乡镇"] or row["所属乡镇"] in here.areas
            assert {row["牵头单位"], row["协办单位"]} - {""} <= here.units.keys()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "nature", "due_on"),
    [("reply", "咨询", (2022, 4, 2)), ("reply", "反映", (2022, 4, 14)), ("claim", "投诉", (2022, 3, 31))],
)
def test_the_demonstration_clocks_are_three_ten_and_one(kind: str, nature: str, due_on: Any) -> None:
    place.load(EXAMPLES / "jixi")
    keeper = cases_place.current().keeper
    at = dt.datetime(2022, 3, 30, 2, 0, tzinfo=dt.UTC)
    found = keeper.rule(kind, CaseState(channel="县12345热线", nature=nature), at)
    assert found is not None
    assert last_day(keeper.due(at, found.limit), keeper.tz) == dt.date(*due_on)
