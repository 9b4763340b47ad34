"""By which day an answer says that something will be done."""

from __future__ import annotations

from datetime import date

import pytest

from huiying.mining.promised_days import promises

ANSWERED = date(2022, 3, 4)


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("预计2022年6月底前完成改造", date(2022, 6, 30)),
        ("计划于4月20日前完成", date(2022, 4, 20)),
        ("力争年底前通车", date(2022, 12, 31)),
        ("确保明年上半年投入使用", date(2023, 6, 30)),
        ("争取本月底完工", date(2022, 3, 31)),
        ("将于下月初开工", date(2022, 4, 10)),
        ("承诺三个工作日内清运", date(2022, 3, 11)),
        ("承诺十五日内退款", date(2022, 3, 19)),
        ("要求施工方在5月中旬前整改", date(2022, 5, 20)),
        ("将在二十天内修复", date(2022, 3, 24)),
    ],
)
def test_a_promise_means_the_last_day_that_it_allows(words: str, day: date) -> None:
    assert [meant for meant, _ in promises(f"经核查，水务局{words}。", ANSWERED)] == [day]


@pytest.mark.parametrize(
    "words",
    [
        "现将有关情况回复如下：3月1日，执法人员到现场查看",  # 将 belongs to the reply
        "如有情况将及时回复！2022年3月1日",
        "该户招牌已按要求于2月24日拆除到位",
        "原计划1月底前完工",
        "合同约定将于2月28日前交房",
        "要求物业在3月2日前清理干净，目前已清理完毕",
        "云溪县供水有限公司2022年3月3日",
        "将于2022年1月1日起施行",
        "力争13月底完成",
    ],
)
def test_what_has_been_done_what_a_contract_says_and_a_signature_promise_nothing(words: str) -> None:
    assert list(promises(f"您好，{words}。", ANSWERED)) == []


def test_without_a_day_to_reckon_from_only_a_whole_date_is_one() -> None:
    said = "计划于4月20日前完成，预计2022年6月底前验收。"
    assert [meant for meant, _ in promises(said, None)] == [date(2022, 6, 30)]
