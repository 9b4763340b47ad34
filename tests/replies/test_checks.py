"""What the checks say about a reply, and what they leave alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiying.replies import checks
from huiying.replies.checks import Finding

REQUEST = "石桥镇东街自来水浑浊已有三天，烧开后有沉淀，请尽快派人检修供水管道。"
GOOD = "您好，经现场查看，东街供水支管破损，三月三日已更换管道十二米并冲洗，当日水质检测合格，恢复正常供水。"
REPORT = "现场查看后更换管段。"
CONTACT = "三月三日电话告知诉求人，表示认可。"


def found(answer: str = GOOD, **changes: object) -> dict[str, Finding]:
    given: dict[str, object] = {"handling_report": REPORT, "contact_record": CONTACT, "request": REQUEST}
    given |= {"others": {}} | changes
    return {one.check: one for one in checks.check(answer, **given)}  # type: ignore[arg-type]


def test_a_full_answer_passes_without_a_remark() -> None:
    assert found() == {}


@pytest.mark.parametrize(
    "phrase",
    [
        "已安排相关部门处理",
        "已联系相关部门调查",
        "正在协调处理中",
        "我们将尽快处理",
        "请您耐心等待",
        "高度重视",
    ],
)
def test_an_empty_phrase_is_quoted_and_weighs_where_nothing_else_is_said(phrase: str) -> None:
    alone = found(f"您好，您反映的供水问题{phrase}，感谢您的来电。")["empty"]
    assert alone.quote in phrase
    assert alone.weight == 3
    assert found(f"{GOOD}{phrase}。")["empty"].weight == 1


def test_an_answer_of_a_few_words_is_too_short() -> None:
    assert "（5 字）" in found("已修复供水。")["short"].reason


def test_nothing_at_all_is_missing_and_not_also_short() -> None:
    assert set(found("  ")) == {"missing"}


def test_without_a_contact_record_or_a_report_it_says_so() -> None:
    assert set(found(contact_record=" ", handling_report="")) == {"contact", "report"}


@pytest.mark.parametrize("words", ["13900001234", "何秀英"])
def test_the_citizens_number_and_name_may_not_go_out(words: str) -> None:
    finding = found(f"{GOOD}已告知{words}。", names=["何秀英"])["personal"]
    assert (finding.quote, finding.weight) == (words, 3)


def test_an_offices_own_telephone_is_only_a_remark() -> None:
    finding = found(f"{GOOD}咨询电话：0990-8152233。")["personal"]
    assert finding.weight == 1
    assert "可以保留" in finding.reason


def test_an_answer_used_before_is_found_however_it_is_punctuated() -> None:
    same = found(others={"R2022020007": GOOD.replace("，", " , ")})["copied"]
    assert "R2022020007，完全相同" in same.reason
    near = found(others={"R2022020007": GOOD.replace("十二米", "八米")})["copied"]
    assert "R2022020007" in near.reason
    assert "完全相同" not in near.reason
    assert "copied" not in found(
        others={"R2022020008": "您好，路灯已于昨日修复，夜间照明恢复正常，感谢监督支持。"}
    )


def test_a_short_courtesy_alike_is_no_copy() -> None:
    short = "您好，东街供水管道已更换完毕，水质合格。"
    assert "copied" not in found(short, others={"R2022020007": short})


def test_repeating_the_request_is_no_answer() -> None:
    assert found(REQUEST)["echo"].weight == 3


def test_an_answer_about_something_else_is_doubted() -> None:
    assert "off" in found("您好，医保门诊统筹报销比例为百分之六十，可持身份证件到窗口咨询申请。")


def test_the_weightiest_comes_first() -> None:
    said = checks.check("已安排相关部门处理13900001234", "", "", REQUEST, {})
    assert [one.weight for one in said] == sorted((one.weight for one in said), reverse=True)


@given(st.text("已安排相关部门处理13900001234，。何秀英女士 ", max_size=60))
def test_the_marked_pieces_are_the_answer(answer: str) -> None:
    said = checks.check(answer, "", "", "", {}, names=["何秀英"])
    pieces = checks.marked(answer, said)
    assert "".join(text for text, _ in pieces) == answer
    quoted = {one.quote for one in said if one.quote}
    assert {text for text, one in pieces if one} <= quoted
