"""What is told twice or by many is found again, with reasons; what only sounds alike is not."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from huiying.common.errors import Refused
from huiying.common.sheets import open_sheet
from huiying.mining.duplicates import LEAST, SIGNALS, duplicates, likeness, pairs, places_of, quote
from huiying.mining.hot_topics import Report

DAY = datetime(2022, 3, 1, 9, tzinfo=UTC)
LAMP = Report("1", "东街路灯不亮", "东街邮局门口的三盏路灯一周没有亮，晚上行人看不清路。", "u1", DAY)
AGAIN = Report(
    "2", "再次反映东街路灯不亮", "东街邮局门口的路灯还是没有亮，晚上看不清路。", "u1", DAY + timedelta(days=3)
)
OTHER = Report(
    "3",
    "东街邮局门口三盏路灯一周不亮",
    "晚上行人看不清路，请派人维修东街的路灯。",
    "u2",
    DAY + timedelta(days=4),
)
SMOKE = Report("4", "翠屏新城小区底层餐馆油烟扰民", "楼下餐馆油烟直排，居民不敢开窗，影响生活。", "u3", DAY)
ELSEWHERE = Report(
    "5", "锦绣豪庭小区底层餐馆油烟扰民", "楼下餐馆油烟直排，居民不敢开窗，影响生活。", "u4", DAY
)
WATER = Report("6", "石桥镇养老保险在哪里交", "想问居民养老保险的缴费窗口在哪里，需要什么材料。", "u5", DAY)


def groups(*reports: Report, **more: object) -> list[list[str]]:
    return [group.ids for group in duplicates(reports, **more)]  # type: ignore[arg-type]


def test_one_matter_told_twice_by_one_and_once_by_another_is_a_group_with_its_persons_counted_apart() -> None:
    (group,) = duplicates([LAMP, AGAIN, OTHER, WATER])
    assert (group.ids, group.persons, group.kind) == (["1", "2", "3"], 2, "多人同诉")
    assert duplicates([LAMP, AGAIN, WATER])[0].kind == "同一人重复"


def test_each_member_says_whom_it_is_like_why_and_in_which_words() -> None:
    (group,) = duplicates([LAMP, AGAIN, WATER])
    link = group.links[1]
    assert (link.id, link.like) == ("2", "1")
    assert link.reason.startswith("同一来电人、")
    assert link.reason.endswith("%")
    assert link.quote in f"{LAMP.title} {LAMP.body}"
    assert "路灯" in link.quote
    told = duplicates([SMOKE, Report("9", "翠屏新城小区餐馆油烟", SMOKE.body, "u9", DAY)])[0].links[0]
    assert "同一地点（翠屏新城小区）" in told.reason


def test_the_same_words_about_two_places_count_less_than_about_one() -> None:
    same = likeness(0.6, SMOKE, Report("9", SMOKE.title, "", "u9", DAY))
    assert same == pytest.approx(0.6 + SIGNALS["place"])
    assert likeness(0.6, SMOKE, ELSEWHERE) == pytest.approx(0.6 + SIGNALS["elsewhere"])
    assert places_of(SMOKE).keys() & places_of(ELSEWHERE).keys() == set()


def test_the_same_person_counts_more_and_a_long_time_less() -> None:
    later = Report("9", AGAIN.title, AGAIN.body, "u1", DAY + timedelta(days=60))
    assert likeness(0.5, LAMP, AGAIN) > likeness(0.5, LAMP, OTHER)
    assert likeness(0.5, LAMP, AGAIN) - likeness(0.5, LAMP, later) == pytest.approx(57 / 30 * 0.02, abs=1e-6)
    assert 0 <= likeness(0.0, SMOKE, ELSEWHERE) <= likeness(1.0, LAMP, AGAIN) <= 1


def test_the_registered_address_is_a_place_too() -> None:
    at = [Report(str(n), "水管漏水", "", f"u{n}", DAY, place="解放路12号院") for n in (1, 2)]
    assert places_of(at[0]).keys() & places_of(at[1]).keys()


def test_who_was_told_apart_never_stands_in_one_group_again() -> None:
    rows = [LAMP, AGAIN, OTHER]
    assert groups(*rows, apart=[frozenset("13"), frozenset("23")]) == [["1", "2"]]
    assert groups(*rows, apart=[frozenset(pair) for pair in ("12", "13", "23")]) == []
    assert groups(*rows, apart=[frozenset(("1", "unknown"))]) == [["1", "2", "3"]]


def test_a_chain_of_half_alike_texts_is_no_group() -> None:
    told = (
        "南街下水道堵塞污水横流",
        "北街垃圾箱满溢气味难闻",
        "西街井盖松动车过有响声",
        "后街电线垂落碰到行人",
        "广场夜里音响太大",
    )
    chain = [Report(str(n), told[n] + "，" + told[n + 1], "", f"u{n}", DAY) for n in range(4)]
    assert [(one, other) for one, other, score in sorted(pairs(chain)) if score >= 0.4] == [
        ("0", "1"),
        ("1", "2"),
        ("2", "3"),
    ]
    assert max(map(len, groups(*chain, least=0.4))) < 4


def test_a_stricter_threshold_finds_no_more_and_the_order_changes_nothing() -> None:
    rows = [LAMP, AGAIN, OTHER, SMOKE, ELSEWHERE, WATER]
    assert sum(map(len, groups(*rows, least=0.9))) <= sum(map(len, groups(*rows)))
    assert sorted(map(sorted, groups(*rows[::-1]))) == sorted(map(sorted, groups(*rows)))
    assert all(score >= 0 for _, _, score in pairs(rows))


def test_a_mass_of_copies_is_one_group() -> None:
    rows = [Report(str(n), LAMP.title, LAMP.body, f"u{n}", DAY) for n in range(300)]
    (group,) = duplicates(rows)
    assert (len(group.ids), group.persons) == (300, 300)


@pytest.mark.parametrize("odd", ["", "😀" * 40, "12345678901", "hello world again", "好" * 100_000, "\ud800"])
def test_odd_texts_do_no_harm(odd: str) -> None:
    found = duplicates([Report("0", odd, odd, "u0"), Report("1", odd, odd, "u1"), LAMP])
    assert all(set(group.ids) <= {"0", "1"} for group in found)
    assert duplicates([]) == []
    assert duplicates([Report("0", odd)]) == []


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(alphabet="东街路灯不亮，。水管漏 \n", max_size=30), max_size=6))
def test_groups_are_disjoint_and_never_of_one(texts: list[str]) -> None:
    found = groups(*(Report(str(n), text) for n, text in enumerate(texts)))
    members = [member for group in found for member in group]
    assert len(members) == len(set(members))
    assert all(len(group) > 1 for group in found)


@given(st.text(max_size=50), st.text(max_size=50))
def test_a_quote_stands_in_both(one: str, other: str) -> None:
    said = quote(one, other)
    assert said in " ".join(one.split())
    assert said in " ".join(other.split())


def test_the_command_takes_a_table_and_gives_groups(tmp_path: Path) -> None:
    path, out, table = tmp_path / "a.csv", StringIO(), tmp_path / "b.xlsx"
    rows = [LAMP, AGAIN, OTHER, SMOKE, WATER]
    lines = [f"{r.id},{r.person},{r.title},2022/3/{r.id},{r.body}" for r in rows]
    path.write_text("\n".join(["留言编号,留言用户,留言主题,留言时间,留言详情", *lines]), "utf-8")
    call_command("duplicates", str(path), "--json", "--out", str(table), stdout=out, stderr=StringIO())
    (group,) = json.loads(out.getvalue())
    assert (group["ids"], group["persons"], group["reports"]) == (["1", "2", "3"], 2, 3)
    assert set(group["links"][0]) == {"id", "like", "likeness", "reason", "quote"}
    assert len(list(open_sheet(table).rows())) == 3
    said = StringIO()
    call_command("duplicates", str(path), stdout=said)
    assert "5 件中有 3 件疑似重复，归成 1 组" in said.getvalue()
    with pytest.raises(Refused, match="--least 应在 0 与 1 之间"):
        call_command("duplicates", str(path), "--least", "3")


def test_the_threshold_is_the_one_that_is_documented() -> None:
    assert LEAST == 0.5


def test_the_same_words_in_two_areas_are_less_likely_one_matter() -> None:
    east, west = (Report(str(n), "村里停水了", "", f"u{n}", DAY, area=area) for n, area in enumerate("东西"))
    assert likeness(0.6, east, west) == pytest.approx(0.6 + SIGNALS["elsewhere"])
    assert likeness(0.6, east, east) == pytest.approx(0.6 + SIGNALS["person"])
