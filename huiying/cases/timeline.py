"""The history of a case in sentences: one for staff, one for the citizen. Pure.

A sentence is made from the log's codes and from names given by the caller. Citizens' words and
staff's notes are no part of it: the page shows them beside the sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo

from huiying.cases.history import Entry
from huiying.cases.moves import (
    CALLBACK_OUTCOMES,
    CALLBACK_REASONS,
    MOVES,
    PAUSE_REASONS,
    REFUSAL_REASONS,
    RETURN_REASONS,
    SEND_BACK_REASONS,
)

URGENCIES = {"normal": "一般", "urgent": "紧急", "major": "重大紧急"}
CHANGED = {
    "reason": "理由",
    "units": "承办单位",
    "until": "延期至",
    "proposed": "建议",
    "outcome": "回访结果",
    "solved": "是否解决",
    "satisfied": "是否满意",
}
"""What of a record is named by its title alone where it was corrected."""
TOLD = frozenset({"nature", "topic", "area", "urgency", "accused", "channel", "upper_number", "secret"})
"""What is told with its new value."""
SATISFACTION = {"satisfied": "满意", "basic": "基本满意", "dissatisfied": "不满意"}
CONTACT_WAYS = {
    "phone": "电话",
    "visit": "上门或现场",
    "office": "来单位面谈",
    "message": "短信、微信",
    "letter": "书面",
}
CONTACT_AIMS = {"inform": "沟通办理情况", "ask": "请其补充事实", "settle": "告知办理结果"}
CONTACT_RESULTS = {"reached": "已联系上", "missed": "未联系上", "declined": "对方不愿沟通"}


@dataclass(frozen=True)
class Names:
    """What the codes of one case's log are called; a code without a name is shown as it is.

    `tasks` names the unit of each assignment by its number, `moves` the move of each entry by
    its `seq` (for corrections).
    """

    tz: tzinfo
    units: Mapping[str, str] = field(default_factory=dict)
    channels: Mapping[str, str] = field(default_factory=dict)
    natures: Mapping[str, str] = field(default_factory=dict)
    areas: Mapping[str, str] = field(default_factory=dict)
    tasks: Mapping[int, str] = field(default_factory=dict)
    moves: Mapping[int, str] = field(default_factory=dict)

    def unit(self, code: str) -> str:
        return self.units.get(code, code)

    def task(self, no: int) -> str:
        return self.tasks.get(no, f"第{no}号派单的单位")


def staff(entry: Entry, names: Names) -> str:
    """What happened, for those who work on it: who, what, and every code in words, without a full stop."""
    if say := STAFF.get(entry.kind):
        return say(entry, names)
    said = MOVES[entry.kind].staff
    return f"{names.task(entry.on)}{said}" if MOVES[entry.kind].on == "assignment" else said


def citizen(entry: Entry, names: Names) -> str:
    """The same for the citizen: no unit's inner affairs, no reason meant for staff; "" is not shown."""
    if say := CITIZEN.get(entry.kind):
        return say(entry, names)
    return MOVES[entry.kind].citizen


Say = Callable[[Entry, Names], str]


def _topic(path: str) -> str:
    """The words of a topic path without the tree's code."""
    return path.split("/", 1)[-1].replace("/", "—")


def _reason(reasons: Mapping[str, str]) -> Callable[[Entry], str]:
    def said(entry: Entry) -> str:
        code = str(entry.data.get("reason", ""))
        return f"：{reasons.get(code, code)}" if code else ""

    return said


_return_reason = _reason(RETURN_REASONS)
_pause_reason = _reason(PAUSE_REASONS)
_refusal_reason = _reason({code: reason for code, (reason, _) in REFUSAL_REASONS.items()})
_plain_reason = _reason({})
_send_back_reason = _reason(SEND_BACK_REASONS)


def _facts(entry: Entry, names: Names) -> list[str]:
    """The classification that an entry sets, in words."""
    data, said = entry.data, []
    if code := data.get("nature"):
        said.append(f"性质为{names.natures.get(code, code)}")
    if path := data.get("topic"):
        said.append(f"内容分类为{_topic(path)}")
    if code := data.get("area"):
        said.append(f"区域为{names.areas.get(code, code)}")
    if code := data.get("urgency"):
        said.append(f"紧急程度为{URGENCIES.get(code, code)}")
    if code := data.get("channel"):
        said.append(f"渠道为{names.channels.get(code, code)}")
    if number := data.get("upper_number"):
        said.append(f"上级编号为{number}")
    if "secret" in data:
        said.append("设为保密" if data["secret"] else "取消保密")
    if units := data.get("accused"):
        said.append(f"被反映单位为{'、'.join(map(names.unit, units))}")
    return said


def _register(entry: Entry, names: Names) -> str:
    code = entry.data.get("channel", "")
    given = {key: value for key, value in entry.data.items() if key in {"nature", "topic", "accused"}}
    said = [f"由{names.channels.get(code, code)}登记受理" if code else "登记受理"]
    said += _facts(Entry(0, "", 0, entry.happened_at, entry.recorded_at, given), names)
    if number := entry.data.get("upper_number"):
        said.append(f"上级编号{number}")
    if entry.data.get("title_from"):
        said.append("标题取自内容")
    return "，".join(said)


def _reclassify(entry: Entry, names: Names) -> str:
    return "，".join(["核定分类", *_facts(entry, names)])


def _protect(entry: Entry, names: Names) -> str:
    return "设为保密，承办单位不显示诉求人" if entry.data.get("secret") else "取消保密"


def _amend(entry: Entry, names: Names) -> str:
    seq, said = entry.data.get("seq", 0), []
    if at := entry.data.get("happened_at"):
        said.append(f"时间改为{datetime.fromisoformat(at).astimezone(names.tz):%Y-%m-%d %H:%M}")
    changed = entry.data.get("data", {})
    said += _facts(Entry(0, "", 0, entry.happened_at, entry.recorded_at, changed), names)
    said += [f"改动“{CHANGED.get(key, key)}”" for key in changed if key not in TOLD]
    record = f"第{seq}条记录" + (f"“{names.moves[seq]}”" if seq in names.moves else "")
    return f"更正了{record}" + (f"：{'，'.join(said)}" if said else "")


def _units(entry: Entry, names: Names) -> str:
    roles = {"lead": "牵头", "co": "协办"}
    return "、".join(
        f"{names.unit(row['unit'])}（{roles.get(row['role'], row['role'])}）" for row in entry.data["units"]
    )


def _dispatch(entry: Entry, names: Names) -> str:
    return f"派单至{_units(entry, names)}"


def _add_co(entry: Entry, names: Names) -> str:
    return f"增加协办单位：{_units(entry, names)}"


def _ask_return(entry: Entry, names: Names) -> str:
    proposed = entry.data.get("proposed", "")
    to = f"，建议由{names.unit(proposed)}承办" if proposed else ""
    return f"{names.task(entry.on)}申请退办{_return_reason(entry)}{to}"


def _rule(said: str) -> Say:
    return lambda entry, names: f"{said.format(unit=names.task(entry.on))}{_plain_reason(entry)}"


def _redirect(entry: Entry, names: Names) -> str:
    return f"同意{names.task(entry.on)}退办，改派{_units(entry, names)}"


def _day(text: str) -> str:
    on = date.fromisoformat(text)
    return f"{on.year}年{on.month}月{on.day}日"


def _ask_extension(entry: Entry, names: Names) -> str:
    until = entry.data.get("until") or entry.data.get("proposed")
    to = f"至{_day(until)}" if until else ""
    return f"{names.task(entry.on)}申请延期{to}{_plain_reason(entry)}"


def _grant_extension(entry: Entry, names: Names) -> str:
    return f"同意{names.task(entry.on)}延期至{_day(entry.data['until'])}"


def _pause(entry: Entry, names: Names) -> str:
    return f"{names.task(entry.on)}的办理时限暂停{_pause_reason(entry)}"


def _supervise(entry: Entry, names: Names) -> str:
    if letter := entry.data.get("letter"):
        unit, due = names.unit(entry.data["unit"]), _day(entry.data["due"])
        return f"向{unit}发出{letter}，限{due}前办理"
    return MOVES["supervise"].staff


def _instruct(entry: Entry, names: Names) -> str:
    due = entry.data.get("due")
    return MOVES["instruct"].staff + (f"，限{_day(due)}前反馈" if due else "")


def _refuse(entry: Entry, names: Names) -> str:
    return f"不予受理{_refusal_reason(entry)}"


def _refuse_citizen(entry: Entry, names: Names) -> str:
    reason, guidance = REFUSAL_REASONS.get(entry.data.get("reason", ""), ("", ""))
    return f"您的诉求未予受理（{reason}），{guidance}" if reason else MOVES["refuse"].citizen


def _dispatch_citizen(entry: Entry, names: Names) -> str:
    lead = next((row["unit"] for row in entry.data["units"] if row["role"] == "lead"), "")
    return f"已转交{names.unit(lead)}办理" if lead else MOVES["dispatch"].citizen


def _grant_citizen(entry: Entry, names: Names) -> str:
    return f"办理时限延长至{_day(entry.data['until'])}"


def _send_back(entry: Entry, names: Names) -> str:
    return f"将{names.task(entry.on)}的答复退回重办{_send_back_reason(entry)}"


def _merge(entry: Entry, names: Names) -> str:
    return f"并入{entry.data['into']}"


def _absorb(entry: Entry, names: Names) -> str:
    return f"{entry.data['other']}并入本件"


def _call_back(entry: Entry, names: Names) -> str:
    outcome = str(entry.data.get("outcome", ""))
    said = [f"回访：{CALLBACK_OUTCOMES.get(outcome, outcome)}"]
    if (solved := entry.data.get("solved")) is not None:
        said.append("已解决" if solved else "未解决")
    if satisfied := str(entry.data.get("satisfied", "")):
        said.append(SATISFACTION.get(satisfied, satisfied))
    if reason := str(entry.data.get("reason", "")):
        said.append(f"原因：{CALLBACK_REASONS.get(reason, reason)}")
    return "，".join(said)


def _call_back_citizen(entry: Entry, names: Names) -> str:
    missed = entry.data.get("outcome") == "missed"
    return "曾致电回访，未能接通" if missed else MOVES["call_back"].citizen


def _rule_appeal(entry: Entry, names: Names) -> str:
    verdict = "成立，该次回访结果不计入考核" if entry.data.get("upheld") else "不成立"
    return f"裁定{names.task(entry.on)}的申诉{verdict}"


def _contact(entry: Entry, names: Names) -> str:
    tables = ("way", CONTACT_WAYS), ("aim", CONTACT_AIMS), ("result", CONTACT_RESULTS)
    given = [(str(entry.data[key]), table) for key, table in tables if key in entry.data]
    told = [table.get(code, code) for code, table in given]
    how = f"（{'，'.join(told)}）" if told else ""
    return f"{names.task(entry.on)}{MOVES['contact'].staff}{how}"


def _contact_citizen(entry: Entry, names: Names) -> str:
    if entry.data.get("result") == "missed":
        return "承办单位曾与您联系，未能联系上"
    return "承办单位请您补充情况" if entry.data.get("aim") == "ask" else MOVES["contact"].citizen


def _direct_answer(entry: Entry, names: Names) -> str:
    articles = [f"{row['article']}（第{row['version']}版）" for row in entry.data.get("articles", ())]
    said = MOVES["direct_answer"].staff
    return f"{said}，依据知识条目{'、'.join(articles)}" if articles else said


STAFF: dict[str, Say] = {
    "direct_answer": _direct_answer,
    "register": _register,
    "reclassify": _reclassify,
    "protect": _protect,
    "amend": _amend,
    "refuse": _refuse,
    "supervise": _supervise,
    "instruct": _instruct,
    "dispatch": _dispatch,
    "add_co": _add_co,
    "contact": _contact,
    "ask_return": _ask_return,
    "agree_return": _rule("同意{unit}退办"),
    "refuse_return": _rule("不同意{unit}退办"),
    "redirect_return": _redirect,
    "designate": _rule("指定{unit}承办，不得再退"),
    "ask_extension": _ask_extension,
    "grant_extension": _grant_extension,
    "refuse_extension": _rule("不同意{unit}延期"),
    "pause": _pause,
    "resume": _rule("{unit}的办理时限恢复计时"),
    "revise_reply": _rule("{unit}负责人将答复退给经办人修改"),
    "approve_reply": _rule("{unit}负责人审签"),
    "send_back": _send_back,
    "release": _rule("审核通过，发布{unit}的答复"),
    "cancel": _rule("撤销{unit}的派单"),
    "merge": _merge,
    "absorb": _absorb,
    "call_back": _call_back,
    "rule_appeal": _rule_appeal,
}
"""The staff sentences that say more than the move's own row in `MOVES`."""

CITIZEN: dict[str, Say] = {
    "refuse": _refuse_citizen,
    "dispatch": _dispatch_citizen,
    "grant_extension": _grant_citizen,
    "contact": _contact_citizen,
    "call_back": _call_back_citizen,
}
