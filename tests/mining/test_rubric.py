"""What the checks say about a reply, and what they leave alone."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiying.common.errors import Refused
from huiying.mining import rubric
from huiying.mining.reply_given import Given
from huiying.mining.rubric import Finding

REQUEST = "石桥镇东街自来水浑浊已有三天，烧开后有沉淀，请尽快派人检修供水管道。"
GOOD = "您好，经现场查看，东街供水支管破损，三月三日已更换管道十二米并冲洗，当日水质检测合格，恢复正常供水。"
REPORT = "现场查看后更换管段。"
CONTACT = "三月三日电话告知诉求人，表示认可。"


def found(answer: str = GOOD, **changes: object) -> dict[str, Finding]:
    given: dict[str, object] = {"report": REPORT, "contact": CONTACT, "request": REQUEST} | changes
    _, findings = rubric.judge(Given(answer, **given))  # type: ignore[arg-type]
    return {one.check: one for one in rubric.faults(findings)}


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
        "我局高度重视",
        "将充分论证研究",
    ],
)
def test_a_phrase_that_binds_nobody_is_the_whole_trouble_where_nothing_else_is_said(phrase: str) -> None:
    alone = found(f"您好，您反映的供水问题收悉，{phrase}，感谢您的来电。")
    assert set(alone) in ({"empty"}, {"passed_on"})
    (finding,) = alone.values()
    assert phrase in finding.quote
    assert finding.level == 3
    assert found(f"{GOOD}{phrase}。") == {}


@pytest.mark.parametrize(
    "notice",
    [
        "您反映的问题已转县水务局核处",
        "您反映的问题已收悉并交有关单位调查核处，如有情况将及时回复",
        "您的留言，我们已转交县水务局",
        "建议您咨询县水务局，电话：0990-8152233",
        "您反映的问题，相关单位已作出回复。（详见：",
    ],
)
def test_a_notice_that_it_was_passed_on_is_no_answer_and_beside_an_answer_no_fault(notice: str) -> None:
    alone = found(f"网友：您好！{notice}。2022年3月1日")
    assert alone["passed_on"].level == 3
    assert not {"short", "done", "off", "result", "points"} & set(alone)  # one fault is told once
    assert "passed_on" not in found(f"{LONG}网友：您好！{notice}。2022年3月1日")


@pytest.mark.parametrize("nothing", ["网友：您好！2022年3月1日", "云溪县水务局", "2022年3月1日", "您好！"])
def test_a_greeting_a_date_and_a_signature_are_no_answer(nothing: str) -> None:
    score, findings = rubric.judge(Given(nothing, REQUEST))
    assert (score, [one.check for one in findings]) == (0, ["missing"])


LONG = (
    "您好，您反映的东街自来水浑浊的情况属实。三月三日我局到现场查看，供水支管破损，已更换管道十二米并冲洗，检测合格，"
    "根据《城市供水水质标准》当日恢复供水，咨询电话见供水公司公告。"
)
OPEN = f"{LONG.replace('，咨询电话见供水公司公告', '')}正在更换其余管段。"
FAULTS: dict[str, tuple[str, dict[str, object]]] = {  # what each check finds, and in what
    "missing": ("", {}),
    "empty": ("您好，供水问题收悉，我们将尽快处理，请您耐心等待。", {}),
    "passed_on": ("您好，您反映的供水问题已转县水务局核处。", {}),
    "short": ("您好，供水问题建议走司法程序，供用双方协商。", {}),
    "done": ("您好，东街自来水浑浊三天带来不便，深表歉意，供水管道检修之事我们一直关心，感谢支持。", {}),
    "result": (
        "您好，东街自来水浑浊一事，因供水管道老化，施工单位正在准备开挖路面，水厂正在调配管材，检修人员和居民代表商量停水安排。",
        {},
    ),
    "when": (LONG.replace("三月三日", "").replace("当日", ""), {}),
    "contact": (OPEN, {"contact": None}),
    "report": (LONG, {"report": ""}),
    "off": (
        "您好，医保门诊统筹报销比例为百分之六十，年度限额两千元，参保人可持身份证件到各乡镇窗口申请登记，住院另按目录结算。",
        {},
    ),
    "points": (LONG, {"request": f"{REQUEST}\n1、学校门口能否增设红绿灯？2、水管能否提前检修？"}),
    "basis": (
        "您好，您父亲申请低保一事，经入户调查，家庭月人均收入两千一百元，有存款和车辆，已由村里张榜公示，群众无异议，不符合低保条件，村里已当面说明。",
        {},
    ),
    "refusal": ("您好，东街供水管道检修一事暂不安排，自来水浑浊请自行沉淀后使用，祝您生活愉快。", {}),
    "rude": (f"{LONG}请不要再投诉。", {}),
    "greeting": (LONG.replace("您好，", ""), {}),
    "personal": (f"{LONG}已告知13900001234。", {}),
    "copied": (LONG, {"others": {"R2022020007": LONG}}),
    "two_skins": (f"{LONG}问题已得到解决。", {"report": "管道仍在整改，尚未修复。"}),
    "name": (f"王女士：{LONG}", {"names": ("何秀英",)}),
    "residue": (f"{LONG}XX公司负责。", {}),
    "broken": (f"{LONG}下一步将对东街其余供水", {}),
    "coverage": (
        LONG,
        {"request": "北街路灯不亮影响夜间出行\n北街一到晚上漆黑，老人小孩摔倒，请派人修理灯杆和线路。"},
    ),
    "detail": (GOOD, {}),
    "fullness": (GOOD, {}),
    "promise": (
        f"{LONG}计划于2月20日前完成全部管网改造。",
        {"asked_on": date(2022, 2, 10), "answered_on": date(2022, 3, 3)},
    ),
}


def test_every_check_has_a_story() -> None:
    assert set(FAULTS) == set(rubric.CHECKS)
    assert found(LONG) == {}


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_each_check_finds_its_fault_and_takes_it_from_the_score(name: str) -> None:
    answer, more = FAULTS[name]
    given: dict[str, object] = {"report": REPORT, "contact": CONTACT, "request": REQUEST} | more
    score, findings = rubric.judge(Given(answer, **given))  # type: ignore[arg-type]
    assert name in {one.check for one in findings}
    assert score == max(0, 100 - sum(one.weight for one in findings))
    assert all(
        one.reason and one.weight > 0 and one.quote in f"{answer}{given['request']}" for one in findings
    )


def test_a_promise_is_followed_until_its_day_has_passed() -> None:
    answer = f"{LONG}计划于4月20日前完成全部管网改造。"
    days = {"asked_on": date(2022, 3, 1), "answered_on": date(2022, 3, 3)}
    assert "promise" not in found(answer, **days, today=date(2022, 4, 1))
    assert "请跟踪" in found(answer, **days, today=date(2022, 4, 21))["promise"].reason


def test_the_inner_outcome_and_a_foreign_signature_are_held_against_the_public_words() -> None:
    assert "回访登记的是未解决" in found(f"{LONG}问题已得到解决。", unsolved=True)["two_skins"].reason
    assert "不属实" in found(LONG, report="经查，反映的情况不属实。")["two_skins"].reason
    units = ("云溪县水务局", "云溪县住建局")
    signed = found(f"{LONG}云溪县住建局2022年3月3日", unit="云溪县水务局", units=units)
    assert signed["name"].quote == "云溪县住建局"
    assert "name" not in found(f"{LONG}云溪县水务局2022年3月3日", unit="云溪县水务局", units=units)


@pytest.mark.parametrize(
    "odd", ["", " ", "😀" * 50, "1234567890" * 20, "It has been done, thank you." * 9, "好" * 100_000]
)
def test_whatever_is_written_is_judged(odd: str) -> None:
    score, findings = rubric.judge(Given(odd, odd))
    assert 0 <= score <= 100
    assert findings or score == 100


def test_the_place_says_below_which_score_a_reply_goes_back() -> None:
    config = {"replies": {"least": 50, "least_of": {"投诉": 70}, "inquiries": ["advice"]}}
    assert [rubric.least(config, each) for each in ((), ("complaint", "投诉"), ("咨询",))] == [50, 70, 50]
    assert rubric.least({}) == rubric.LEAST
    assert [rubric.is_inquiry(config, each) for each in (("advice", "问询"), ("投诉",), ())] == [
        True,
        False,
        None,
    ]
    for wrong in ({"least": 101}, {"least_of": {"投诉": "高"}}, {"least_of": 3}):
        with pytest.raises(Refused, match="replies"):
            rubric.least({"replies": wrong})


def test_courtesy_does_not_make_an_answer_longer() -> None:
    said = found("您好，供水管道一事建议走司法程序。感谢您对我们工作的关心、理解和支持，祝您生活愉快！")[
        "short"
    ]
    assert "除客套外 13 字" in said.reason


def test_a_short_account_of_what_was_done_is_more_than_the_number_to_ring() -> None:
    told = found("您好，3月1日我局派人更换了东街的水管，当天恢复供水。如有疑问请致电0990-1234567。")
    assert not set(told) & {"passed_on", "empty", "done"}
    only = found("您好，我局将尽快恢复供水。如有疑问请致电0990-1234567。")
    assert set(only) & {"passed_on", "empty"}


def test_a_plain_question_may_have_a_short_answer() -> None:
    asked = {"request": "咨询小孩入学\n请问小孩上哪所小学？", "inquiry": True}
    assert found("您好！您的小孩可以就读东街小学。", **asked) == {}
    assert "passed_on" in found("您好，建议您直接咨询县教育局，电话0990-8152233。", **asked)


def test_nothing_at_all_is_missing_and_not_also_short() -> None:
    assert set(found("  ")) == {"missing"}


def test_without_a_contact_record_or_a_report_it_says_so() -> None:
    assert set(found(contact=" ", report="")) == {"contact", "report"}


@pytest.mark.parametrize("words", ["13900001234", "何秀英"])
def test_the_citizens_number_and_name_may_not_go_out(words: str) -> None:
    finding = found(f"{GOOD}已告知{words}。", names=["何秀英"])["personal"]
    assert (finding.quote, finding.level) == (words, 3)


@pytest.mark.parametrize(
    "words",
    [
        "联系电话：0990-8152233",
        "咨询电话0990-8152233、0990-8152244",
        "请到滨江路88号政务大厅办理",
        "小区居民曾多次要求",
        "项目组成员已到场",
        "物业主管部门已督促",
    ],
)
def test_an_offices_own_telephone_and_house_and_plain_words_are_nobodys(words: str) -> None:
    assert "personal" not in found(f"{GOOD}{words}。")


@pytest.mark.parametrize("words", ["已记下0990-8152233", "您家住滨江路88号", "已到3幢2单元502室查看"])
def test_a_telephone_or_house_that_may_be_somebodys_is_a_remark(words: str) -> None:
    finding = found(f"{GOOD}{words}。")["personal"]
    assert finding.level == 1
    assert "可以保留" in finding.reason


def test_who_is_named_with_an_office_is_a_remark_and_told_once() -> None:
    words = "工作人员王小明已到现场，王小明说明天完工"
    _, said = rubric.judge(Given(f"{GOOD}{words}。", REQUEST))
    assert [(one.quote, one.level) for one in said if one.check == "personal"] == [("王小明", 1)]
    assert found(f"{GOOD}村民王小明已领取。")["personal"].level == 3
    assert found(f"{GOOD}工作人员何秀英。", names=["何秀英"])["personal"].level == 3


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
    assert found(REQUEST)["off"].level == 3


def test_an_answer_about_something_else_is_doubted() -> None:
    finding = found(FAULTS["off"][0])["off"]
    assert "请看答的是不是这件事" in finding.reason
    assert "off" not in found("您好，医保门诊统筹报销比例为百分之六十。")  # too short to tell
    quoted = found(f"您好，关于您反映的“北街路灯夜间不亮影响出行”的问题，现回复如下：{LONG}")["off"]
    assert "路灯" in quoted.quote


def test_the_weightiest_comes_first() -> None:
    _, said = rubric.judge(Given("已安排相关部门处理13900001234", REQUEST, "", ""))
    assert [one.weight for one in said] == sorted((one.weight for one in said), reverse=True)


@given(st.text("已安排相关部门处理13900001234，。何秀英女士 ", max_size=60))
def test_the_marked_pieces_are_the_answer(answer: str) -> None:
    _, said = rubric.judge(Given(answer, names=("何秀英",)))
    pieces = rubric.marked(answer, said)
    assert "".join(text for text, _ in pieces) == answer
    quoted = {one.quote for one in said if one.quote}
    assert {text for text, one in pieces if one} <= quoted


@pytest.mark.parametrize(
    ("words", "is_blame"),
    [
        ("您的无理诉求我们不予支持", True),
        ("如继续反映，将依法追究法律责任", True),
        ("请勿重复发帖", True),
        ("520路不属我局管辖范围", False),
        ("商户如再占道，将承担法律责任", False),
    ],
)
def test_blame_and_warnings_are_told_and_whose_business_it_is_may_be_said(words: str, is_blame: bool) -> None:
    assert ("rude" in found(f"{LONG}{words}。")) is is_blame


@pytest.mark.parametrize(
    ("words", "is_residue"),
    [
        ("养狗居民钟某某已答应整改", False),  # masked, as it should be
        ("可乘坐*****************路公交", False),
        ("符合条件的人员{只限住院}", False),
        ("由某某单位负责", True),
        ("经【填写单位】核查", True),
    ],
)
def test_masked_names_are_no_residue_and_open_fields_are(words: str, is_residue: bool) -> None:
    assert ("residue" in found(f"{LONG}{words}")) is is_residue


def test_the_same_answer_to_the_same_matter_is_only_a_remark() -> None:
    about = {"request": f"东街供水支管破损自来水浑浊\n{REQUEST}", "others": {"R2022020007": LONG}}
    assert found(LONG, **about)["copied"].weight == 3
    assert found(LONG, **about | {"request": f"北街路灯\n{REQUEST}"})["copied"].weight == 15


def test_a_basis_is_asked_for_where_something_is_denied_or_called_lawful_and_else_not() -> None:
    assert "basis" not in found(LONG.replace("根据《城市供水水质标准》", ""))
    assert found(f"{LONG.replace('根据《城市供水水质标准》', '')}施工手续符合相关规定。")["basis"].quote
    assert "basis" not in found(f"{LONG}施工手续符合相关规定。")
    thanks = "感谢东街派出所民警\n民警送回走失老人，特此感谢。"
    assert set(found(LONG.replace("三月三日", "").replace("当日", ""), request=thanks)) <= {"off"}


def test_names_of_officials_and_of_contacts_weigh_little_and_others_once() -> None:
    assert found(f"{GOOD}联系人：王小明，联系电话：0990-8152233。")["personal"].level == 1
    assert found(f"{GOOD}公司法定代表人王小明已签字。")["personal"].weight == 5
    _, said = rubric.judge(Given(f"{GOOD}村民王小明、村民李小红已领取。", REQUEST))
    assert [one.weight for one in said if one.check == "personal"] == [25, 5]


@pytest.mark.parametrize(
    ("head", "user", "is_other"),
    [
        ("网友“UU0081176”您好！", "UU0081177", True),
        ("UU0081176： 您好！", "UU0081177", True),
        ("网友“UU0081176”您好！", "UU0081176", False),
        ("网友“ldw123456”您好！", "UU0081177", False),
        ("网友“东街老李”您好！", "UU0081177", False),  # a nickname, which the account does not tell
        ("网友“UU0081176”您好！", "李女士", False),
        ("王女士：", "李女士", True),
        ("李女士：", "李女士", False),
    ],
)
def test_an_answer_to_another_account_or_surname_is_told(head: str, user: str, is_other: bool) -> None:
    assert ("name" in found(head + LONG, user=user)) is is_other


@pytest.mark.parametrize(
    ("day", "said"),
    [("2022年3月4日", ""), ("2021年3月4日", "早于来件"), ("2022年2月27日", ""), ("2022年13月4日", "")],
)
def test_the_day_below_is_not_long_before_the_request(day: str, said: str) -> None:
    days = {"asked_on": date(2022, 3, 1), "answered_on": date(2022, 3, 5)}
    finding = found(LONG + day, **days).get("name")
    assert bool(finding) is bool(said)
    assert not finding or said in finding.reason


@pytest.mark.parametrize(
    "words",
    ["这事我们管不了，您去问供水公司。", "您去找别人，别再打电话了。", "请找其他部门，别什么都投诉。"],
)
def test_who_sends_the_citizen_away_is_told(words: str) -> None:
    told = found(words)
    assert told["passed_on"].level == 3
    assert {"rude", "passed_on"} <= set(told)


def test_who_says_that_it_is_not_theirs_and_names_others_passes_on() -> None:
    words = "您好！您反映的问题不属于我单位职责范围，请您向有关部门反映。"
    assert found(words, inquiry=True)["passed_on"].level == 3
    assert "passed_on" not in found(f"{LONG}{words}", inquiry=True)
