"""Every measure (指标) the office may print, as one table. Pure: Ibis expressions, no Django.

A measure is a numerator over a denominator (None: a plain count), both sums over rows of the
facts table (`facts.COLUMNS`), which already stands at one `as_of` and `known_at`: an instant
that is null had not happened by then. 办结率 alone has seven definitions in real bulletins;
each is its own row here, so that a figure says which it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from huiying.statistics.rounding import Form

Rows = Any
"""The facts table as an Ibis table expression (Ibis publishes no types for columns)."""


@dataclass(frozen=True, slots=True)
class Window:
    """What is asked: first instant and end of the period and the cut-off, naive UTC, as Ibis has values."""

    start: Any
    end: Any
    as_of: Any


Term = Callable[[Rows, Window], Any]

CARRIED = {
    "in": "本期受理的件",
    "flow": "本期受理的件与上期结转的件",
    "any": "不限受理时间",
}


COUNT = Form()
RATE = Form(2, percent=True, zeros="whole")
SHARE = Form(2, percent=True)
MEAN = Form(1)


CUT_OFFS = {
    "facts": "截点之前发生的环节算数",
    "due": "截点之前发生的环节算数；时限在截点或之前届满的为到期",
    "flow": "以期初、期末两个时刻为界；期末后、截点前的办结不改变期末状态",
}
"""What the cut-off decides. Left out it is the end of the period's last day (24:00)."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One named definition. `what` says it in words, a rate's as 分子 ÷ 分母; `population` which cases
    may count (the carried-over rule); `cut_off` what the cut-off decides; `returned` how 退办 cases
    count; `form` the default printing, which a house style may change."""

    name: str
    title: str
    what: str
    numerator: Term
    denominator: Term | None = None
    form: Form = COUNT
    unit: str = "件"
    population: Literal["in", "flow", "any"] = "in"
    cut_off: Literal["facts", "due", "flow"] = "facts"
    returned: str = "已退办的，按现承办单位计；申请退办未获同意的，仍按原单位计"
    source: str = ""
    distinct: bool = False

    @property
    def is_rate(self) -> bool:
        return self.form.percent

    @property
    def over(self) -> str:
        """The numerator in words."""
        return _bare(self.what.partition("÷")[0])

    @property
    def under(self) -> str:
        """The denominator in words, "" for a count."""
        return _bare(self.what.partition("÷")[2])

    @property
    def zero(self) -> str:
        """What is printed where there is nothing to count."""
        return f"分母为零时不计算，印“{self.form.undefined}”" if self.denominator else "没有时印 0"


def _bare(words: str) -> str:
    """Words without the brackets that only held them together."""
    words = words.strip()
    inner = words[1:-1]
    return inner if words[:1] == "（" and words[-1:] == "）" and "（" not in inner else words


def _received(t: Rows, w: Window) -> Any:
    return t.is_case & t.counted & (t.received_at >= w.start) & (t.received_at < w.end)


def _open_at(t: Rows, at: Any) -> Any:
    """Received and not closed just before an instant; a closing counts until the case is taken up again."""
    closed = t.closings.filter(lambda each: each < at).length().fill_null(0)
    reopened = t.reopenings.filter(lambda each: each < at).length().fill_null(0)
    still = t.closed_at.isnull() | (t.closed_at >= at)
    return t.is_case & t.counted & (t.received_at < at) & still & (closed == reopened)


def _carried_in(t: Rows, w: Window) -> Any:
    return _open_at(t, w.start)


def _dispatched(t: Rows, w: Window) -> Any:
    return _received(t, w) & (t.mode == "dispatched")


def _direct(t: Rows, w: Window) -> Any:
    return _received(t, w) & (t.mode == "direct")


def _fed_back(t: Rows, w: Window) -> Any:
    return _dispatched(t, w) & t.replied_at.notnull()


def _closed(t: Rows, w: Window) -> Any:
    return _received(t, w) & t.closed_at.notnull()


def _closed_dispatched(t: Rows, w: Window) -> Any:
    return _dispatched(t, w) & t.closed_at.notnull()


def _due(t: Rows, w: Window) -> Any:
    return _dispatched(t, w) & t.reply_due.notnull() & (t.reply_due <= w.as_of)


def _in_time(t: Rows, w: Window) -> Any:
    return t.replied_at.notnull() & (t.reply_due.isnull() | (t.replied_at < t.reply_due))


def _late_replied(t: Rows, w: Window) -> Any:
    return _dispatched(t, w) & (t.replied_at >= t.reply_due)


def _overdue_open(t: Rows, w: Window) -> Any:
    return _dispatched(t, w) & t.replied_at.isnull() & t.closed_at.isnull() & (t.reply_due <= w.as_of)


def _late_reply(t: Rows, w: Window) -> Any:
    return _late_replied(t, w) | _overdue_open(t, w)


def _claimed(t: Rows, w: Window) -> Any:
    return _dispatched(t, w) & t.claimed_at.notnull()


def _unclaimed_late(t: Rows, w: Window) -> Any:
    return t.claimed_at.isnull() & t.closed_at.isnull() & (t.claim_due <= w.as_of)


def _claim_known(t: Rows, w: Window) -> Any:
    return _dispatched(t, w) & t.claim_due.notnull() & (t.claimed_at.notnull() | _unclaimed_late(t, w))


def _late_claim(t: Rows, w: Window) -> Any:
    return _dispatched(t, w) & ((t.claimed_at >= t.claim_due) | _unclaimed_late(t, w))


def _claimed_in_time(t: Rows, w: Window) -> Any:
    return _dispatched(t, w) & (t.claimed_at < t.claim_due)


def _closed_in_time(t: Rows, w: Window) -> Any:
    return _due(t, w) & t.closed_at.notnull() & (t.closed_at < t.reply_due)


def _not_late(t: Rows, w: Window) -> Any:
    late = t.closed_at.notnull() & (t.closed_at >= t.reply_due)
    open_late = t.closed_at.isnull() & (t.reply_due <= w.as_of)
    return _dispatched(t, w) & ~(late | open_late).fill_null(False)


def _flow(t: Rows, w: Window) -> Any:
    return _received(t, w) | _carried_in(t, w)


def _flow_closed(t: Rows, w: Window) -> Any:
    return _flow(t, w) & (t.closed_at >= w.start) & (t.closed_at < w.end)


def _carried_out(t: Rows, w: Window) -> Any:
    return _open_at(t, w.end)


def _tasks(t: Rows, w: Window) -> Any:
    return t.is_task & t.counted & (t.received_at >= w.start) & (t.received_at < w.end)


def _called(t: Rows, w: Window) -> Any:
    return _received(t, w) & (t.call_outcome == "reached")


def _satisfied(t: Rows, w: Window) -> Any:
    return _called(t, w) & t.satisfied.isin(("satisfied", "basic"))


def _dissatisfied(t: Rows, w: Window) -> Any:
    return _called(t, w) & (t.satisfied == "dissatisfied")


def _standing(t: Rows, w: Window) -> Any:
    """Reached, and the unit's appeal against what was said, if any, was not upheld."""
    return _called(t, w) & (t.appeal.fill_null("") != "upheld")


def _contact_due(t: Rows, w: Window) -> Any:
    """Contacted, or the time for it has passed before the case ended otherwise."""
    passed = t.contacted_at.notnull() | t.closed_at.isnull() | (t.closed_at >= t.contact_due)
    return _dispatched(t, w) & (t.contact_due <= w.as_of) & passed


def _ended(ending: str) -> Term:
    def term(t: Rows, w: Window) -> Any:
        return _received(t, w) & (t.ending == ending)

    return term


def _times(flag: Term, column: str) -> Term:
    """The column's value in the rows flagged, 0 elsewhere."""

    def term(t: Rows, w: Window) -> Any:
        import ibis

        return ibis.ifelse(flag(t, w), t[column], 0)

    return term


def _both(*terms: Term) -> Term:
    def term(t: Rows, w: Window) -> Any:
        joined = terms[0](t, w)
        for other in terms[1:]:
            joined = joined & other(t, w)
        return joined

    return term


def _days(t: Rows, w: Window) -> Any:
    """Marks the daily average: its denominator is the number of days, not rows."""
    raise AssertionError("the engine divides by the days of the window itself")


_ROWS = (
    Measure("received", "受理量", "本期受理的件，一件一计，不含无效来电", _received),
    Measure("issues_received", "受理问题数", "本期受理的件所含问题数", _times(_received, "issues"), unit="个"),
    Measure("persons", "诉求人数", "本期受理件的诉求人，按人去重，无名者不计", _times(_received, "person"), unit="人", distinct=True),
    Measure("daily_average", "日均受理", "本期受理量 ÷ 本期天数", _received, _days, Form(0)),
    Measure("share", "占比", "所列项的受理量 ÷ 同一范围的受理量", _received, _received, SHARE),
    Measure("direct", "直办量", "本期受理、由热线当场答复的件", _direct),
    Measure("dispatched", "转办量", "本期受理、已派至承办单位的件", _dispatched),
    Measure("direct_rate", "直办率", "直办量 ÷ 受理量", _direct, _received, RATE),
    Measure("claimed", "已认领", "本期转办、已认领的件", _claimed),
    Measure("fed_back", "反馈量", "本期转办、承办单位已反馈（且未被退回）的件", _fed_back),
    Measure("in_progress", "办理中", "本期转办、尚未反馈也未办结的件", lambda t, w: _dispatched(t, w) & t.replied_at.isnull() & t.closed_at.isnull()),
    Measure("closed", "办结量", "本期受理、已办结的件，含直办和其他依规终结", _closed),
    Measure("closed_dispatched", "转办办结量", "本期转办、已办结的件", _closed_dispatched),
    Measure("closing_rate_received", "办结率（占受理）", "办结量（含直办）÷ 受理量", _closed, _received, RATE, source="常见定义一：办结含直办，占受理"),
    Measure("closing_rate_dispatched", "办结率（占转办）", "转办办结量 ÷ 转办量", _closed_dispatched, _dispatched, RATE, source="常见定义二：转办办结占转办"),
    Measure("closing_rate_fed_back", "办结率（占反馈）", "已反馈且办结的件 ÷ 反馈量", _both(_fed_back, _closed), _fed_back, RATE, source="常见定义三：办结占反馈"),
    Measure("closing_rate_due", "办结率（占到期）", "到期的件中已办结的件 ÷ 到期的件", _both(_due, _closed), _due, RATE, source="常见定义四：到期件中的办结", cut_off="due"),
    Measure("closing_rate_in_time", "按时办结率", "到期的件中在答复时限内办结的件 ÷ 到期的件", _closed_in_time, _due, RATE, source="常见定义五：到期件中的按时办结", cut_off="due"),
    Measure("closing_rate_not_late", "未逾期率", "（转办量 − 逾期办结 − 逾期未结）÷ 转办量", _not_late, _dispatched, RATE, source="常见定义六：扣除逾期办结和逾期未结", cut_off="due"),
    Measure("closing_rate_flow", "办结率（含结转）", "本期办结的件（含上期结转）÷（上期结转 + 本期受理）", _flow_closed, _flow, RATE, population="flow", source="常见定义七：含上期结转", cut_off="flow"),
    Measure("reply_rate", "回复率", "反馈量 ÷ 转办量", _fed_back, _dispatched, RATE),
    Measure("on_time_reply", "按时回复量", "本期转办、在答复时限内反馈的件", _both(_fed_back, _in_time)),
    Measure("on_time_reply_rate", "按时回复率", "按时回复量 ÷（反馈量 + 逾期未反馈）", _both(_fed_back, _in_time), lambda t, w: _fed_back(t, w) | _overdue_open(t, w), RATE, cut_off="due"),
    Measure("late_reply", "逾期办理（未按时回复）", "超过答复时限才反馈的，加上到截点已逾期仍未反馈的", _late_reply, cut_off="due"),
    Measure("late_replied", "逾期反馈量", "超过答复时限才反馈的件", _late_replied),
    Measure("overdue_open", "逾期未反馈", "到截点已超过答复时限、仍未反馈的件", _overdue_open, cut_off="due"),
    Measure("on_time_claim_rate", "按时认领率", "按时认领的件 ÷（已认领的件 + 逾期未认领的件）", _claimed_in_time, _claim_known, RATE, cut_off="due"),
    Measure("late_claim", "未按时认领", "超过认领时限才认领的，加上到截点已逾期仍未认领的", _late_claim, cut_off="due"),
    Measure("returned", "退办件", "现承办单位曾申请退办的件（不论是否同意）", lambda t, w: _dispatched(t, w) & (t.returns_asked > 0)),
    Measure("return_requests", "退办申请", "各单位申请退办的派单，按派单计", lambda t, w: _tasks(t, w) & (t.returns_asked > 0), unit="次", returned="按申请的单位计"),
    Measure("returns_agreed", "同意退办", "获准退办的派单，按派单计", lambda t, w: _tasks(t, w) & (t.task_status == "returned"), unit="次", returned="按申请的单位计"),
    Measure("sent_back", "退回重办", "因答复质量被退回重办过的件（与退办分开）", lambda t, w: _dispatched(t, w) & (t.sent_back > 0)),
    Measure("redo_rate", "重派率", "退回重办的件 ÷ 反馈过的件", lambda t, w: _dispatched(t, w) & (t.sent_back > 0), lambda t, w: _dispatched(t, w) & (t.replied_at.notnull() | (t.sent_back > 0)), RATE),
    Measure("extended", "延期件", "获准延期的件", lambda t, w: _dispatched(t, w) & (t.extended > 0)),
    Measure("reopened", "重办件", "本期受理、办结后又重新办理的件", lambda t, w: _received(t, w) & (t.reopened > 0)),
    Measure("co_tasks", "协办件", "作为协办单位承办的派单", lambda t, w: _tasks(t, w) & (t.role == "co")),
    Measure("handling_workdays", "平均办理时长（工作日）", "办结件自受理至办结的工作日之和 ÷ 办结的转办件", _times(_closed_dispatched, "workdays"), _closed_dispatched, MEAN, unit="个工作日"),
    Measure("handling_days", "平均办理时长（自然日）", "办结件自受理至办结的自然日之和 ÷ 办结的转办件", _times(_closed_dispatched, "days"), _closed_dispatched, MEAN, unit="天"),
    Measure("called_back", "有效回访", "本期受理、最近一次回访接通的件", _called),
    Measure("response_rate", "响应率", "时限内联系群众（或直接反馈）的件 ÷ 联系时限已到的件", lambda t, w: _contact_due(t, w) & (t.contacted_at < t.contact_due), _contact_due, RATE, cut_off="due"),
    Measure("solved_rate", "解决率", "回访认为已解决的件 ÷ 有效回访", lambda t, w: _called(t, w) & t.solved.fill_null(False), _called, RATE),
    Measure("satisfied", "满意件", "有效回访中满意或基本满意的件", _satisfied),
    Measure("satisfaction_rate", "满意率", "满意件（含基本满意）÷ 有效回访", _satisfied, _called, RATE),
    Measure("dissatisfied", "不满意件", "有效回访中不满意的件", _dissatisfied),
    Measure("dissatisfaction_rate", "不满意率", "不满意件 ÷ 有效回访", _dissatisfied, _called, RATE),
    Measure("dissatisfied_standing", "不满意件（扣除申诉成立）", "有效回访中不满意、承办单位申诉未成立的件", lambda t, w: _standing(t, w) & _dissatisfied(t, w)),
    Measure("struck_marks", "申诉成立", "有效回访中承办单位申诉成立、不计入考核的件", lambda t, w: _called(t, w) & (t.appeal == "upheld")),
    Measure("solved_rate_standing", "解决率（扣除申诉成立）", "回访认为已解决的件 ÷（有效回访 − 申诉成立）", lambda t, w: _standing(t, w) & t.solved.fill_null(False), _standing, RATE),
    Measure("satisfaction_rate_standing", "满意率（扣除申诉成立）", "满意件（含基本满意）÷（有效回访 − 申诉成立），满意件不含申诉成立的", lambda t, w: _standing(t, w) & _satisfied(t, w), _standing, RATE),
    Measure("carried_in", "上期结转", "期初之前受理、期初尚未办结的件", _carried_in, population="flow", cut_off="flow"),
    Measure("carried_out", "结转下期", "期末尚未办结的件，不论何时受理", _carried_out, population="flow", cut_off="flow"),
    Measure("terminated", "终止办理", "本期受理、终止办理的件", _ended("terminated")),
    Measure("refused", "不予受理", "本期受理后不予受理并告知渠道的件", _ended("refused")),
    Measure("withdrawn", "撤回", "诉求人撤回的件", _ended("withdrawn")),
    Measure("merged", "并单", "并入其他件办理的件（仍计入受理量）", _ended("merged")),
    Measure("invalid_calls", "无效来电", "登记为无效来电的，不计入受理量", lambda t, w: t.is_case & ~t.counted & (t.received_at >= w.start) & (t.received_at < w.end), unit="次"),
)  # fmt: skip

MEASURES = {measure.name: measure for measure in _ROWS}

DIMENSIONS = {
    "channel": "渠道",
    "group": "渠道组",
    "nature": "性质",
    "topic": "内容分类",
    "topic_1": "内容分类（一级）",
    "area": "所属乡镇",
    "unit": "承办单位",
    "unit_kind": "单位类别",
    "mode": "办理方式",
    "upper": "是否上级转办",
    "received_on": "受理日期",
    "urgency": "紧急程度",
}
"""The columns that figures may be asked by."""
