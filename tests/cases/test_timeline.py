"""Every move has its sentence, for staff and, where it concerns them, for the citizen."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from huiying.cases import timeline
from huiying.cases.history import Entry
from huiying.cases.moves import MOVES

AT = datetime(2022, 3, 1, 1, tzinfo=UTC)
NAMES = timeline.Names(
    tz=ZoneInfo("Asia/Shanghai"),
    units={"water": "县水务局", "housing": "县住建局"},
    channels={"hotline": "县12345热线"},
    natures={"complaint": "投诉"},
    areas={"stone": "石桥镇"},
    tasks={1: "县水务局"},
    moves={3: "认领"},
)
UNITS = [{"unit": "water", "role": "lead"}, {"unit": "housing", "role": "co"}]

SAID = {  # move: its data, the sentence for staff, the sentence for the citizen
    "register": (
        {"channel": "hotline", "nature": "complaint", "topic": "phone/城乡建设/供水", "upper_number": "S7"},
        "由县12345热线登记受理，性质为投诉，内容分类为城乡建设—供水，上级编号S7",
        "您的诉求已受理",
    ),
    "mark_invalid": ({}, "登记为无效来电", ""),
    "direct_answer": ({}, "当场直接答复", "已当场答复您"),
    "refuse": (
        {"reason": "fire"},
        "不予受理：火警",
        "您的诉求未予受理（火警），请立即拨打 119",
    ),
    "supplement": ({}, "补充了诉求内容", "已收到您的补充内容"),
    "reclassify": ({"nature": "complaint", "area": "stone"}, "核定分类，性质为投诉，区域为石桥镇", ""),
    "protect": ({"secret": True}, "设为保密，承办单位不显示诉求人", ""),
    "amend": (
        {"seq": 3, "happened_at": "2022-03-04T02:00:00+00:00", "data": {"nature": "complaint"}},
        "更正了第3条记录“认领”：时间改为2022-03-04 10:00，性质为投诉",
        "",
    ),
    "dispatch": ({"units": UNITS}, "派单至县水务局（牵头）、县住建局（协办）", "已转交县水务局办理"),
    "add_co": ({"units": UNITS[1:]}, "增加协办单位：县住建局（协办）", ""),
    "recall": ({}, "撤回派单", ""),
    "urge": ({}, "催办", "已催促承办单位"),
    "supervise": ({}, "发出督办", ""),
    "instruct": ({}, "领导批示", ""),
    "remark": ({}, "写下内部备注", ""),
    "claim": ({}, "县水务局认领", "承办单位已开始办理"),
    "ask_return": (
        {"reason": "not_ours", "proposed": "housing"},
        "县水务局申请退办：不属于本单位职责，建议由县住建局承办",
        "",
    ),
    "drop_return": ({}, "县水务局撤回退办申请", ""),
    "agree_return": ({}, "同意县水务局退办", ""),
    "refuse_return": ({}, "不同意县水务局退办", ""),
    "redirect_return": ({"units": UNITS[1:]}, "同意县水务局退办，改派县住建局（协办）", "已改由其他单位承办"),
    "designate": ({}, "指定县水务局承办，不得再退", ""),
    "ask_extension": ({"proposed": "2022-04-20"}, "县水务局申请延期至2022年4月20日", ""),
    "grant_extension": (
        {"until": "2022-04-15"},
        "同意县水务局延期至2022年4月15日",
        "办理时限延长至2022年4月15日",
    ),
    "refuse_extension": ({}, "不同意县水务局延期", ""),
    "pause": (
        {"reason": "hearing"},
        "县水务局的办理时限暂停：听证、公告、招标拍卖",
        "因法定等待事项，办理时限暂停",
    ),
    "resume": ({}, "县水务局的办理时限恢复计时", "办理时限恢复"),
    "contact": ({}, "县水务局联系了诉求人", "承办单位已与您联系"),
    "interim": ({}, "县水务局作出阶段性答复", "承办单位已作阶段性答复"),
    "draft_reply": ({}, "县水务局拟写答复", ""),
    "revise_reply": ({}, "县水务局负责人将答复退给经办人修改", ""),
    "approve_reply": ({}, "县水务局负责人审签", ""),
    "submit_reply": ({}, "县水务局反馈办理结果", ""),
    "answer": ({}, "县水务局反馈办理结果", ""),
    "send_back": ({}, "将县水务局的答复退回重办", ""),
    "release": ({}, "审核通过，发布县水务局的答复", "已答复"),
    "cancel": ({}, "撤销县水务局的派单", ""),
    "close": ({}, "办结", "已办结"),
    "withdraw": ({}, "诉求人撤回", "您已撤回诉求"),
    "terminate": ({}, "终止办理", "已终止办理"),
    "merge": ({"into": "R1"}, "并入R1", "与您此前的诉求合并办理"),
    "absorb": ({"other": "R2"}, "R2并入本件", ""),
    "unmerge": ({}, "取消并单", "恢复单独办理"),
    "call_back": (
        {"outcome": "reached", "solved": False, "satisfied": "basic"},
        "回访：接通，未解决，基本满意",
        "已回访",
    ),
    "appeal": ({"call": 9}, "县水务局对回访结果提出申诉", ""),
    "rule_appeal": ({"call": 9, "upheld": True}, "裁定县水务局的申诉成立，该次回访结果不计入考核", ""),
    "reopen": ({}, "重新办理", "已重新办理"),
    "erase": ({}, "保管期限已满，个人资料和文字已删除", ""),
    "reckon": ({}, "日历或规则变动，重算时限", ""),
}


def entry(name: str, data: dict) -> Entry:
    return Entry(7, name, 1 if MOVES[name].on == "assignment" else 0, AT, AT, data)


def test_the_stories_know_every_move() -> None:
    assert set(SAID) == set(MOVES)


@pytest.mark.parametrize("name", sorted(SAID))
def test_each_move_is_told_to_staff_and_to_the_citizen(name) -> None:
    data, staff, citizen = SAID[name]
    assert timeline.staff(entry(name, data), NAMES) == staff
    assert timeline.citizen(entry(name, data), NAMES) == citizen


@pytest.mark.parametrize("name", sorted(SAID))
def test_a_sentence_shows_no_code_and_ends_without_a_stop(name) -> None:
    data, _, _ = SAID[name]
    for said in (timeline.staff(entry(name, data), NAMES), timeline.citizen(entry(name, data), NAMES)):
        assert not re.search(r"[a-z_]{3,}", said)
        assert not said.endswith(("。", "，", "："))


def test_the_citizen_is_told_of_a_missed_call_and_of_no_inner_matter() -> None:
    assert timeline.citizen(entry("call_back", {"outcome": "missed"}), NAMES) == "曾致电回访，未能接通"
    inner = {"ask_return", "send_back", "refuse_return", "designate", "supervise", "instruct", "amend"}
    assert not any(timeline.citizen(entry(name, SAID[name][0]), NAMES) for name in inner)


def test_a_title_that_was_taken_from_the_words_is_told_as_such() -> None:
    told = timeline.staff(entry("register", {"channel": "hotline", "title_from": "body"}), NAMES)
    assert told == "由县12345热线登记受理，标题取自内容"


def test_a_code_that_the_place_has_dropped_is_shown_as_it_is() -> None:
    bare = timeline.Names(tz=UTC)
    assert timeline.staff(entry("claim", {}), bare) == "第1号派单的单位认领"
    assert timeline.staff(entry("dispatch", {"units": UNITS[:1]}), bare) == "派单至water（牵头）"
