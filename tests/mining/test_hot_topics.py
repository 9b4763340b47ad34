"""Reports of one matter are put together, named and ranked; those of one large town are not one matter."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from huiying.common.sheets import open_sheet
from huiying.mining.evaluation import SECTIONS
from huiying.mining.hot_topics import Report, heat, hot_topics, phrase, plain
from huiying.mining.titles import LONGEST

DAY = datetime(2022, 3, 1, 9, tzinfo=UTC)
MIXER = (
    ("投诉云溪县翠屏新城附近搅拌站噪音扰民", "翠屏新城旁的搅拌站昼夜施工，噪音和粉尘让居民无法入睡。"),
    ("云溪县翠屏新城小区旁违建搅拌站污染严重", "搅拌站粉尘大，翠屏新城居民不敢开窗，噪音整夜不停。"),
    ("翠屏新城附近的搅拌站灰尘、噪音何时治理？", "请有关部门查一查翠屏新城边上的搅拌站，粉尘噪音太大。"),
    ("反映翠屏新城搅拌站粉尘污染", "我们翠屏新城居民强烈要求搬走搅拌站，粉尘噪音影响老人孩子。"),
)
PARKING = (
    ("举报云溪县锦绣豪庭捆绑销售车位", "锦绣豪庭开发商要求买房必须买车位，捆绑销售，业主不同意。"),
    ("锦绣豪庭买房强制捆绑车位", "开发商说不买车位就不签合同，锦绣豪庭的车位捆绑销售合法吗？"),
    ("锦绣豪庭开发商捆绑销售车位怎么办", "锦绣豪庭购房时被要求捆绑购买车位，业主维权无门。"),
)
TOWN = (
    ("石桥镇卫生院何时招聘护士", "想问石桥镇卫生院今年有没有招聘计划。"),
    ("石桥镇东街路灯不亮", "石桥镇东街晚上漆黑一片。"),
    ("石桥镇中心小学午餐收费标准", "咨询石桥镇中心小学午托收费多少。"),
    ("石桥镇快递站乱收费", "石桥镇取一个快递要收两元。"),
    ("石桥镇养老保险在哪里交", "石桥镇居民养老保险缴费窗口在哪里？"),
)
FILLER = tuple(
    (f"{what}{n}号申请什么时候能批下来", f"{what}的材料{n}月已经交了，还没有回音，编号{n * 37}。")
    for what in ("公租房", "驾驶证", "低保", "不动产证", "医保报销", "居住证")
    for n in range(1, 8)
)


def told(*families: tuple[tuple[str, str], ...], days: int = 1) -> list[Report]:
    rows = [pair for family in families for pair in family]
    return [
        Report(str(n), title, body, f"u{n}", DAY + timedelta(days=n * days))
        for n, (title, body) in enumerate(rows)
    ]


def test_each_matter_is_one_group_and_a_town_is_none() -> None:
    found = hot_topics(told(MIXER, TOWN, PARKING, FILLER))
    assert {frozenset(matter.ids) for matter in found if "批下来" not in matter.phrase} == {
        frozenset("0123"),
        frozenset(["9", "10", "11"]),
    }


def test_a_group_says_what_where_who_and_when_in_words_of_its_own() -> None:
    first = next(m for m in hot_topics(told(MIXER, TOWN, PARKING, FILLER)) if "0" in m.ids)
    assert "翠屏新城" in first.phrase
    assert "搅拌站" in first.phrase
    assert first.phrase.endswith("问题")
    assert "翠屏新城" in first.place
    assert first.people == "居民"
    assert (first.start, first.end) == (DAY, DAY + timedelta(days=3))
    assert (len(first.reports), first.persons) == (4, 4)


def test_one_road_with_several_complaints_is_no_matter_nor_are_several_roads_with_one() -> None:
    wrongs = ("路灯不亮", "井盖松动异响", "早市占道经营", "公交站牌缺失", "行道树遮挡信号灯")
    one_road = tuple((f"云溪县滨江大道{wrong}", f"滨江大道{wrong}") for wrong in wrongs)
    roads = tuple(
        (f"云溪县{road}路灯整夜不亮", f"{road}的路灯坏了，晚上走路看不见。")
        for road in ("东风路", "建设路", "学府路", "育才路", "桃源路")
    )
    assert [m.phrase for m in hot_topics(told(one_road, MIXER, FILLER)) if "滨江" in m.phrase] == []
    assert [m.phrase for m in hot_topics(told(roads, MIXER, FILLER)) if "路灯" in m.phrase] == []


def test_an_estate_about_which_everybody_complains_of_something_else_is_no_matter() -> None:
    wrongs = ("电梯停运", "外墙掉砖", "快递柜占道", "水压太低", "夜间狗叫")
    rows = tuple((f"云溪县金茂都汇{wrong}", f"我是金茂都汇业主，{wrong}。") for wrong in wrongs)
    assert [m.phrase for m in hot_topics(told(rows, MIXER, FILLER)) if "金茂" in m.phrase] == []


def test_who_tells_of_a_matter_in_other_words_is_taken_in_by_its_name() -> None:
    other = ("希望关心翠屏新城的居民", "翠屏新城边上的搅拌站半夜还在响，粉尘落满阳台，孩子老人无法入睡。")
    quiet = ("翠屏新城门口的公交站何时恢复", "翠屏新城的老人要走两里路才能坐上公交车。")
    found = hot_topics(told(MIXER, (other, quiet), PARKING, FILLER))
    assert {"0", "1", "2", "3", "4"} in [set(matter.ids) for matter in found]


def test_the_place_may_be_a_name_that_only_the_reports_teach() -> None:
    rows = (
        ("云溪县金茂都汇开发商虚假宣传", "我是金茂都汇业主，宣传的学校没有建，虚假宣传。"),
        ("举报云溪县金茂都汇虚假宣传", "金茂都汇二期虚假宣传，说好的学校没有了。"),
        ("投诉金茂都汇虚假宣传学校", "金茂都汇小区交房后学校没有建，开发商虚假宣传。"),
    )
    first = next(m for m in hot_topics(told(rows, MIXER, FILLER)) if "虚假" in m.phrase)
    assert first.place == "云溪县金茂都汇"


def test_the_place_is_the_one_that_the_reports_share_with_what_lies_above_it() -> None:
    rows = (
        ("云溪县翠竹苑违规开设棋牌室扰民", "翠竹苑楼下的棋牌室整夜喧哗，育英学校的孩子睡不着。"),
        ("翠竹苑的棋牌室何时取缔", "云溪县翠竹苑这家棋牌室深夜喧哗扰民。"),
        ("举报云溪县翠竹苑棋牌室夜间喧哗", "住在翠竹苑，棋牌室扰民半年了。"),
    )
    first = next(m for m in hot_topics(told(rows, MIXER, FILLER)) if "翠竹" in m.phrase)
    assert first.place == "云溪县翠竹苑"


def test_a_phrase_asks_nothing_greets_nobody_and_is_cut_between_words() -> None:
    assert phrase([Report("1", "石桥镇群众咨询：滨江大道路灯何时能修好？")] * 2).startswith("滨江大道路灯")
    long = "关于云溪县滨江大道与学府路交叉口红绿灯时间设置不合理导致早晚高峰严重拥堵的投诉"
    assert phrase([Report("1", long)]) == "滨江大道与学府路交叉口红绿灯时间设置不合理问题"


def test_what_one_person_writes_many_times_is_no_topic() -> None:
    same = [Report(str(n), title, body, "u", DAY) for n, (title, body) in enumerate(MIXER)]
    assert hot_topics([*same, *told(FILLER)[10:]]) == []


def test_the_order_of_the_reports_changes_nothing() -> None:
    rows = told(MIXER, PARKING, FILLER)
    ids = [sorted(matter.ids) for matter in hot_topics(rows)]
    assert [sorted(matter.ids) for matter in hot_topics(rows[::-1])] == ids


def test_more_persons_more_clicks_a_shorter_time_and_a_later_one_are_hotter() -> None:
    rows = told(MIXER)
    late, soon = DAY + timedelta(days=60), DAY + timedelta(days=2)
    base = heat(rows, 4, DAY, soon, late)
    assert base == pytest.approx(4 / (1 + 0.2513) * 2 ** (-58 / 90), rel=1e-3)  # ln(1 + 2/7) = 0.2513
    assert heat(rows, 3, DAY, soon, late) < base
    assert heat([*rows, Report("x", "t", likes=9)], 4, DAY, soon, late) > base + 1
    assert heat(rows, 4, DAY, late, late) < heat(rows, 4, soon, late, late)
    assert heat(rows, 4, DAY, soon, soon) > base
    assert heat(rows, 4, None, None, None) == 4


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("关于咨询云溪县东街路灯不亮的问题？", "云溪县东街路灯不亮"),
        ("强烈投诉幸福里小区电梯故障！！", "幸福里小区电梯故障"),
        ("请求解决北街积水", "解决北街积水"),
        ("云溪县能否增设东街公交站", "云溪县增设东街公交站"),
        ("北街旧城改造要拖到何年何月才能动工", "北街旧城改造"),
        ("东街路灯为什么不亮", "东街路灯不亮"),
        ("？？？", ""),
    ],
)
def test_a_title_without_what_only_says_that_something_is_said(title: str, said: str) -> None:
    assert plain(title) == said


@given(st.lists(st.text(max_size=60), min_size=1, max_size=5))
def test_a_phrase_is_short_and_in_the_words_of_a_title(titles: list[str]) -> None:
    said = phrase([Report(str(n), title) for n, title in enumerate(titles)])
    assert 0 < len(said) <= LONGEST


@pytest.mark.parametrize("odd", ["", "😀" * 40, "12345678901", "hello world again and again", "好" * 100_000])
def test_odd_texts_do_no_harm(odd: str) -> None:
    assert hot_topics([Report(str(n), odd, odd, f"u{n}") for n in range(6)]) is not None
    assert hot_topics([]) == []


def test_the_command_prints_the_promised_shape_and_writes_a_table(tmp_path: Path) -> None:
    path, out, table = tmp_path / "a.csv", StringIO(), tmp_path / "b.xlsx"
    lines = [f"{r.id},{r.person},{r.title},2022/3/{int(r.id) + 1},{r.body},2,1" for r in told(MIXER)]
    rest = [f"{100 + n},v{n},{t},2022/3/2,{b},0,无" for n, (t, b) in enumerate(FILLER)]
    path.write_text(
        "\n".join(["留言编号,留言用户,留言主题,留言时间,留言详情,点赞数,反对数", *lines, *rest]), "utf-8"
    )
    call_command("topics", str(path), "--json", "--out", str(table), stdout=out, stderr=StringIO())
    first = next(row for row in json.loads(out.getvalue()) if "翠屏" in row["phrase"])
    assert set(first) >= {"rank", "heat", "phrase", "place", "people", "start", "end", "ids"}
    assert set(first["ids"]) == {"0", "1", "2", "3"}
    assert first["start"].startswith("2022-03-01")
    assert open_sheet(table).header[:3] == ["排名", "热度", "问题"]
    plain_out = StringIO()
    call_command("topics", str(path), "--top", "1", stdout=plain_out)
    assert "  1. " in plain_out.getvalue()


@pytest.mark.proof
def test_the_outside_messages_have_the_topics_that_everybody_finds(data: Path, some: None) -> None:
    lines = {line.name: str(line.value) for line in SECTIONS["topics"].run(data, None)}
    top = "".join(lines[f"top_{n}"] for n in range(1, 11))
    assert all(word in top for word in ("搅拌站", "滨河苑", "魅力之城"))
