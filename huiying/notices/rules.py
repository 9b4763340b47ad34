"""What is told to whom, as tables: by kind of event, by how a clock stands, by what closes the month, by how
an article does.

`to` are words of `people.WHO`. A place may switch rows off, name those that also go out by mail or to a
unit's robot, and give a row other people or another text: `[notices]` in place.toml, read by `settings_of`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.common.text import suggestion
from huiying.notices import people, wording
from huiying.notices.channels import FORMS, SIGNED

Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """One row. `text` is filled with {number}, {unit}, {left}, of what closes the month with {period}, {due}
    and {said}, too, of an alarm {said} alone; `when` looks into the event's data."""

    name: str
    title: str
    to: tuple[str, ...]
    text: str
    when: Callable[[Data], bool] = field(default=lambda data: True)


def _is_urgent(data: Data) -> bool:
    return data.get("urgency") in {"urgent", "major"}


def _asks(data: Data) -> bool:
    return data.get("aim") == "ask"


def _is_bad(data: Data) -> bool:
    return data.get("solved") is False or data.get("satisfied") == "dissatisfied"


_EVENTS = (
    Rule("register", "紧急件登记", ("dispatchers",), "{number} 为紧急件，请尽快派单", _is_urgent),
    Rule("supplement", "补充材料", ("clerks",), "{number} 诉求人补充了内容"),
    Rule("contact", "请诉求人补充", ("operators", "dispatchers"), "{number} {unit}请诉求人补充情况", _asks),
    Rule("dispatch", "派单", ("new_clerks",), "{number} 派给{unit}，请认领"),
    Rule("add_co", "增加协办", ("new_clerks",), "{number} 请{unit}协办，请认领"),
    Rule("redirect_return", "改派", ("new_clerks", "clerks"), "{number} 已改派，由{unit}承办"),
    Rule("recall", "撤回派单", ("past_clerks",), "{number} 的派单已撤回"),
    Rule("cancel", "撤销派单", ("past_clerks",), "{number} 对{unit}的派单已撤销"),
    Rule("urge", "催办", ("clerks", "heads"), "{number} 被催办，请{unit}抓紧办理"),
    Rule("supervise", "督办", ("clerks", "heads"), "{number} 被督办，请{unit}按要求办理"),
    Rule("instruct", "领导批示", ("dispatchers", "supervisors", "heads"), "{number} 有领导批示"),
    Rule("ask_return", "申请退办", ("dispatchers",), "{number} {unit}申请退办，请裁定"),
    Rule("agree_return", "同意退办", ("past_clerks",), "{number} {unit}的退办申请已同意"),
    Rule("refuse_return", "不同意退办", ("clerks",), "{number} {unit}的退办申请未获同意，请办理"),
    Rule("designate", "指定承办", ("clerks", "heads"), "{number} 指定由{unit}承办，不得再退"),
    Rule("ask_extension", "申请延期", ("dispatchers",), "{number} {unit}申请延期，请裁定"),
    Rule("grant_extension", "同意延期", ("clerks",), "{number} 已同意{unit}延期"),
    Rule("refuse_extension", "不同意延期", ("clerks",), "{number} 不同意{unit}延期，请按原时限办理"),
    Rule("pause", "暂停计时", ("clerks",), "{number} {unit}的办理时限已暂停"),
    Rule("resume", "恢复计时", ("clerks",), "{number} {unit}的办理时限已恢复"),
    Rule("draft_reply", "拟稿", ("heads",), "{number} {unit}的答复已拟好，请审签"),
    Rule("revise_reply", "退改", ("clerks",), "{number} {unit}的答复退改"),
    Rule("approve_reply", "审签", ("clerks",), "{number} {unit}的答复已审签，请反馈"),
    Rule("submit_reply", "反馈", ("reviewers",), "{number} {unit}已反馈，请审核"),
    Rule("answer", "直接反馈", ("reviewers",), "{number} {unit}已反馈，请审核"),
    Rule("send_back", "退回重办", ("clerks", "heads"), "{number} 退回{unit}重办"),
    Rule("withdraw", "撤回诉求", ("past_clerks",), "{number} 诉求人已撤回，不必再办"),
    Rule("terminate", "终止办理", ("past_clerks",), "{number} 已终止办理"),
    Rule("call_back", "回访不满意", ("reviewers", "supervisors"), "{number} 回访不满意或未解决", _is_bad),
    Rule("appeal", "申诉", ("reviewers", "supervisors"), "{number} {unit}对回访结果提出申诉，请裁定"),
    Rule("rule_appeal", "申诉裁定", ("clerks", "heads"), "{number} {unit}的申诉已裁定"),
    Rule("reopen", "重办", ("dispatchers",), "{number} 重新办理，请派单"),
)  # fmt: skip

_CLOCKS = (
    Rule("reply.yellow", "答复时限将到", ("clerks",), "{number} {unit}的答复时限{left}"),
    Rule("reply.overdue", "答复逾期", ("clerks", "heads"), "{number} {unit}的答复时限{left}"),
    Rule("reply.red", "答复逾期（红牌）", ("heads", "supervisors"), "{number} {unit}的答复时限{left}"),
    Rule("claim.overdue", "未按时认领", ("clerks", "heads", "dispatchers"), "{number} {unit}未按时认领"),
    Rule("dispatch.overdue", "未按时派单", ("dispatchers",), "{number} 的派单时限{left}"),
    Rule("first_contact.overdue", "未按时联系", ("clerks",), "{number} {unit}未按时联系诉求人"),
    Rule("rule_return.overdue", "退办未按时裁定", ("dispatchers",), "{number} 的退办裁定时限{left}"),
    Rule("rule_extension.overdue", "延期未按时裁定", ("dispatchers",), "{number} 的延期裁定时限{left}"),
    Rule("coordinate.asked", "多个单位退办", ("supervisors", "leaders"), "{number} 多个单位申请退办，请协调"),
    Rule("coordinate.overdue", "退办未按时协调", ("supervisors", "leaders"), "{number} 的退办协调时限{left}"),
    Rule("callback.overdue", "未按时回访", ("callbacks",), "{number} 的回访时限{left}"),
)  # fmt: skip

_CLOSING = (
    Rule("reconcile.hand_out", "对账", ("clerks", "heads"), "{period}对账：请{unit}于 {due} 前核对各件"),
    Rule("reconcile.urge", "催办对账", ("clerks", "heads"), "{period}对账：请{unit}尽快核对，期限 {due}"),
    Rule("reconcile.soon", "对账将到期", ("clerks", "heads"), "{period}对账：{unit}还没有确认，期限 {due}"),
    Rule("reconcile.overdue", "对账逾期", ("heads", "editors"), "{period}对账：{unit}到 {due} 仍没有确认"),
    Rule("reconcile.dispute", "对账异议", ("dispatchers", "editors"), "{number} {unit}对账提出异议，请裁定"),
    Rule("reconcile.rule", "异议裁定", ("clerks", "heads"), "{number} {unit}的对账异议：{said}"),
    Rule("rectify.ask", "要求整改反馈", ("clerks", "heads"), "{period}通报：请{unit}于 {due} 前反馈整改"),
    Rule("rectify.submit", "整改反馈审签", ("heads",), "{period}通报：{unit}的整改反馈已拟好，请审签"),
    Rule("rectify.revise", "整改反馈退改", ("clerks",), "{period}通报：{unit}的整改反馈退改"),
    Rule("rectify.hand_in", "已反馈整改", ("editors", "supervisors"), "{period}通报：{unit}已反馈，请审核"),
    Rule("rectify.send_back", "整改反馈退回", ("clerks", "heads"), "{period}通报：请{unit}修改整改反馈"),
    Rule("rectify.urge", "催办整改反馈", ("clerks", "heads"), "{period}通报：请{unit}尽快反馈，期限 {due}"),
    Rule("rectify.soon", "整改反馈将到期", ("clerks", "heads"), "{period}通报：{unit}还没有反馈，期限 {due}"),
    Rule("rectify.overdue", "整改反馈逾期", ("heads", "editors"), "{period}通报：{unit}到 {due} 仍没有反馈"),
)  # fmt: skip

_ARTICLES = (
    Rule("article.waiting", "知识条目待发布", ("heads",), "知识条目 {number} 待发布，请审看"),
    Rule("article.ending", "知识条目将到期或待复核", ("clerks", "heads"), "知识条目 {number} {left}，请核对"),
    Rule("article.ended", "知识条目已过期", ("clerks", "heads"), "知识条目 {number} 已过期，不再推荐"),
    Rule("article.doubted", "知识条目被指过时", ("clerks", "heads"), "知识条目 {number} 被指过时，请核对"),
)  # fmt: skip

_ALARMS = (
    Rule("alarm.rise", "突增预警", ("dispatchers", "supervisors", "leaders"), "突增预警：{said}"),
    Rule("alarm.mass", "多人同诉预警", ("dispatchers", "supervisors", "leaders"), "多人同诉预警：{said}"),
    Rule("alarm.words", "舆情预警", ("dispatchers", "supervisors", "leaders"), "舆情预警：{said}"),
)  # fmt: skip

_PARTS = (
    Rule("part.given", "分办", ("clerks",), "{number} 有一项分办交给{unit}，请按内部期限办理"),
    Rule("part.answered", "分办反馈", ("clerks",), "{number} {unit}反馈了分办的结果"),
    Rule("part.soon", "分办将到期", ("clerks",), "{number} {unit}的分办即将到期"),
    Rule("part.overdue", "分办逾期", ("clerks", "heads"), "{number} {unit}的分办已逾期"),
)  # fmt: skip

EVENTS = {rule.name: rule for rule in _EVENTS}
CLOCKS = {rule.name: rule for rule in _CLOCKS}
CLOSING = {rule.name: rule for rule in _CLOSING}
PARTS = {rule.name: rule for rule in _PARTS}
ARTICLES = {rule.name: rule for rule in _ARTICLES}
ALARMS = {rule.name: rule for rule in _ALARMS}
DIGEST = Rule("digest", "每日提要", (), "")
RULES = EVENTS | CLOCKS | PARTS | CLOSING | ARTICLES | ALARMS
TITLES = {rule.name: rule.title for rule in (*RULES.values(), DIGEST)}
WITH_LEFT = CLOCKS.keys() | {"article.ending"}
"""The rows that know how much time is left."""


@dataclass(frozen=True)
class Settings:
    """What the place says: rows switched off, rows that also leave the house, the robots by unit, and all
    rows but the digest as the place has them."""

    off: frozenset[str]
    mail: frozenset[str]
    webhook: frozenset[str]
    robots: Mapping[str, Mapping[str, str]]
    rules: Mapping[str, Rule]


def settings_of(place: Place) -> Settings:
    """`[notices]` of the place. Raises Refused for a rule, unit, form or address that cannot be."""
    given = place.config.get("notices", {})
    sets = {name: _rules(name, given.get(name, [])) for name in ("off", "mail", "webhook")}
    robots: dict[str, Mapping[str, str]] = given.get("robots", {})
    if not isinstance(robots, dict):
        raise Refused("地方配置 [notices] 的 robots 要写成一张表：[notices.robots.单位代码]。")
    for code, robot in robots.items():
        if wrong := why_no_robot(place, code, robot):
            raise Refused(f"地方配置 [notices.robots.{code}]：{wrong}")
    return Settings(sets["off"], sets["mail"], sets["webhook"], robots, _own(given))


def _own(given: Mapping[str, Any]) -> dict[str, Rule]:
    """The rows with the people and texts that the place gives them."""
    rules = dict(RULES)
    to, text = (_by_rule(name, given.get(name, {}), rules) for name in ("to", "text"))
    for name in {**to, **text}:
        rule = rules[name]
        words = to.get(name, rule.to)
        words = tuple(words) if isinstance(words, list) else words
        rules[name] = replace(rule, to=words, text=text.get(name, rule.text))
        if wrong := why_not(rules[name]):
            raise Refused(f"地方配置 [notices] 的“{rule.title}”（{name}）：{wrong}")
    return rules


def _by_rule(name: str, given: Any, rules: Mapping[str, Rule]) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise Refused(f"地方配置 [notices.{name}] 要写成一张表，每个事由一行。")
    if unknown := [word for word in given if word not in rules]:
        near = suggestion(unknown[0], rules)
        raise Refused(f"地方配置 [notices.{name}] 中没有“{unknown[0]}”这一事由。{near}")
    return given


def blanks_of(rule: Rule) -> tuple[str, ...]:
    """The blanks that are filled in a rule's text, the one that none can do without first."""
    if rule.name in ALARMS:
        return ("said",)
    if rule.name in CLOSING:
        of_a_case = "{number}" in CLOSING[rule.name].text
        return ("number", "unit", "period", "due", "said") if of_a_case else ("unit", "period", "due")
    return ("number", "unit", "left") if rule.name in WITH_LEFT else ("number", "unit")


def words_for(rule: Rule) -> dict[str, str]:
    """Whom a rule can tell, by word, with what the screen says: of an event alone other units are
    known than its own."""
    strange = set() if rule.name in EVENTS else {"new_clerks", "past_clerks"}
    return {word: title for word, title in people.TITLES.items() if word not in strange}


def why_not(rule: Rule) -> str:
    """Why a row cannot be as it is, or ""."""
    words = words_for(rule)
    if not isinstance(rule.to, tuple) or not rule.to:
        return "至少要告诉一种人；谁都不告诉的，请停用这一条。"
    if unknown := [str(word) for word in rule.to if word not in words]:
        return f"没有“{unknown[0]}”这样的收件人。{suggestion(unknown[0], words)}可写的有：{'、'.join(words)}"
    return wording.amiss(rule.text, blanks_of(rule)) if isinstance(rule.text, str) else "内容要写成文字。"


def _rules(name: str, given: Any) -> frozenset[str]:
    """The rules named, "all" being every one."""
    if not isinstance(given, list):
        raise Refused(f'地方配置 [notices] 的 {name} 要写成清单，例：{name} = ["dispatch"]')
    for word in given:
        if word != "all" and word not in TITLES:
            near = suggestion(str(word), TITLES)
            raise Refused(f"地方配置 [notices] 的 {name} 中没有“{word}”这一事由。{near}")
    return frozenset(TITLES if "all" in given else given)


def why_no_robot(place: Place, code: str, robot: Any) -> str:
    """Why a robot of a unit cannot be as it is, or ""."""
    if code not in place.units:
        return f"没有代码为“{code}”的承办单位。"
    if not isinstance(robot, dict) or robot.get("kind") not in FORMS:
        return f"kind 请写 {'、'.join(FORMS)} 之一。"
    if not str(robot.get("url", "")).startswith(("https://", "http://")):
        return "url 须以 https:// 或 http:// 开头。"
    if robot.get("secret") and robot["kind"] not in SIGNED:
        return f"只有 {'、'.join(SIGNED)} 有加签密钥，请去掉 secret。"
    return ""
