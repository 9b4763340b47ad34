"""The yearly notice of holidays, read from its own words."""

from datetime import date

import pytest

from huiying.cases import holiday_notice
from huiying.cases.workdays import DayKind, seed_days
from huiying.common.errors import Refused

NOTICE = """各单位：现将放假调休日期安排如下。
一、元旦：2022年1月1日至3日放假，共3天。
二、春节：1月31日（除夕）至2月6日放假调休，共7天。1月29日（星期六）、1月30日（星期日）上班。
三、清明：4月3日至5日放假调休，共3天。4月2日（星期六）上班。
四、劳动节：4月30日至5月4日放假调休，共5天。4月24日（星期日）、5月7日（星期六）上班。
五、端午：6月3日至5日放假，共3天。
六、中秋：9月10日至12日放假，共3天。
七、国庆节：10月1日至7日放假调休，共7天。10月8日（星期六）、10月9日（星期日）上班。
"""


def test_a_whole_notice_gives_the_days_that_the_published_calendar_has() -> None:
    found = holiday_notice.read(NOTICE, 2022)
    known = [day for day in seed_days([2022]) if day.kind in {DayKind.HOLIDAY, DayKind.MAKEUP}]
    assert {(d.date, d.kind) for d in found} == {
        (d.date, d.kind) for d in known if d.date < date(2022, 12, 31)
    }


def test_one_day_a_bare_day_and_the_year_before() -> None:
    text = "元旦：2022年12月31日至2023年1月2日放假。\n除夕：1月21日放假。\n春节：1月28日、29日上班。"
    found = holiday_notice.read(text, 2023)
    assert [str(day.date) for day in found] == [
        "2022-12-31",
        "2023-01-01",
        "2023-01-02",
        "2023-01-21",
        "2023-01-28",
        "2023-01-29",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("请大家节日快乐", "没有找到"),
        ("春节：2月30日放假。", "不是一个日期"),
        ("春节：1月31日至12月6日放假。", "不像一个假期"),
        ("春节：2月6日至1月31日放假。", "不像一个假期"),
        ("春节：2月7日上班。", "那天是平日"),
        ("元旦：1月1日放假。\n春节：1月1日上班。", "说法不同"),
    ],
)
def test_a_notice_that_cannot_be_is_refused(text, said) -> None:
    with pytest.raises(Refused, match=said):
        holiday_notice.read(text, 2022)
