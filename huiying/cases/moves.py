"""The life of a case as one table that a dispatcher can read. Pure.

A move acts on a case or on one assignment of it. A case's status follows its lead
assignment; what a co-unit does never moves the case. `docs/lifecycle.md` is printed from
this table by `huiying lifecycle`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class CaseStatus(StrEnum):
    RECEIVED = "received"
    DISPATCHED = "dispatched"
    HANDLING = "handling"
    RETURNING = "returning"
    REVIEWING = "reviewing"
    ANSWERED = "answered"
    CLOSED = "closed"


class TaskStatus(StrEnum):
    ASSIGNED = "assigned"
    CLAIMED = "claimed"
    RETURN_ASKED = "return_asked"
    DRAFTED = "drafted"
    APPROVED = "approved"
    SUBMITTED = "submitted"
    SENT_BACK = "sent_back"
    RELEASED = "released"
    RETURNED = "returned"
    CANCELLED = "cancelled"


class Ending(StrEnum):
    """How a case ended. Only ANSWERED is an answer; INVALID was never a case."""

    NONE = ""
    ANSWERED = "answered"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"
    TERMINATED = "terminated"
    INVALID = "invalid"


CASE_TITLES = {
    CaseStatus.RECEIVED: "待派单",
    CaseStatus.DISPATCHED: "待认领",
    CaseStatus.HANDLING: "办理中",
    CaseStatus.RETURNING: "退办待裁",
    CaseStatus.REVIEWING: "待审核",
    CaseStatus.ANSWERED: "已答复",
    CaseStatus.CLOSED: "已办结",
}
TASK_TITLES = {
    TaskStatus.ASSIGNED: "待认领",
    TaskStatus.CLAIMED: "办理中",
    TaskStatus.RETURN_ASKED: "申请退办",
    TaskStatus.DRAFTED: "已拟稿",
    TaskStatus.APPROVED: "已审签",
    TaskStatus.SUBMITTED: "已反馈",
    TaskStatus.SENT_BACK: "退回重办",
    TaskStatus.RELEASED: "已答复",
    TaskStatus.RETURNED: "已退办",
    TaskStatus.CANCELLED: "已撤销",
}
ENDING_TITLES = {
    Ending.NONE: "",
    Ending.ANSWERED: "答复办结",
    Ending.REFUSED: "不予受理",
    Ending.WITHDRAWN: "撤回",
    Ending.MERGED: "并单",
    Ending.TERMINATED: "终止",
    Ending.INVALID: "无效来电",
}

FOLLOWS = {
    TaskStatus.ASSIGNED: CaseStatus.DISPATCHED,
    TaskStatus.CLAIMED: CaseStatus.HANDLING,
    TaskStatus.RETURN_ASKED: CaseStatus.RETURNING,
    TaskStatus.DRAFTED: CaseStatus.HANDLING,
    TaskStatus.APPROVED: CaseStatus.HANDLING,
    TaskStatus.SUBMITTED: CaseStatus.REVIEWING,
    TaskStatus.SENT_BACK: CaseStatus.HANDLING,
    TaskStatus.RELEASED: CaseStatus.ANSWERED,
    TaskStatus.RETURNED: CaseStatus.RECEIVED,
    TaskStatus.CANCELLED: CaseStatus.RECEIVED,
}
"""The case's status for each status of its lead assignment."""

C, A, E = CaseStatus, TaskStatus, Ending
OPEN = tuple(status for status in C if status is not C.CLOSED)
WITH_UNIT = (C.DISPATCHED, C.HANDLING, C.RETURNING, C.REVIEWING)
ANY = tuple(C)
WORKING = (A.CLAIMED, A.DRAFTED, A.APPROVED, A.SENT_BACK)
LIVE = (A.ASSIGNED, A.RETURN_ASKED, A.SUBMITTED, *WORKING)
GONE = (A.RETURNED, A.CANCELLED)
"""An assignment that the unit gave back, or that was taken away."""
AT_ANY_TIME = tuple(A)


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the table.

    `sources` are the statuses of its subject it may start from; `target` is where it leads,
    None where the status stays or depends on the past (`history` says how). `who` names a
    rule of `permissions`. `staff` and `citizen` are the sentences of the timeline; an empty
    citizen sentence is not shown to the citizen. `reason` asks for a reason code or a note.
    """

    name: str
    title: str
    on: Literal["case", "assignment"]
    sources: tuple[CaseStatus | TaskStatus, ...]
    target: CaseStatus | TaskStatus | None
    who: str
    staff: str
    citizen: str = ""
    ending: Ending | None = None
    reason: bool = False


_ROWS = (
    # ---- the case: taking it in
    Move("register", "登记", "case", (), C.RECEIVED, "intake", "登记受理", "您的诉求已受理"),
    Move("mark_invalid", "登记为无效来电", "case", (C.RECEIVED,), C.CLOSED, "intake", "登记为无效来电", "", E.INVALID, True),
    Move("direct_answer", "直接答复", "case", (C.RECEIVED,), C.ANSWERED, "intake", "当场直接答复", "已当场答复您"),
    Move("refuse", "不予受理", "case", (C.RECEIVED,), C.CLOSED, "intake", "不予受理并告知渠道", "不属于受理范围，已告知其他渠道", E.REFUSED, True),
    Move("supplement", "补充材料", "case", OPEN, None, "intake", "补充了诉求内容", "已收到您的补充内容"),
    Move("remark", "内部备注", "case", ANY, None, "office", "写下内部备注", "", None, True),
    Move("reclassify", "核定分类", "case", ANY, None, "classify", "核定性质或内容分类"),
    Move("protect", "设置保密", "case", ANY, None, "classify", "调整保密要求"),
    Move("amend", "更正记录", "case", ANY, None, "amend", "更正了一条已有记录", "", None, True),
    # ---- the case: to the units
    Move("dispatch", "派单", "case", (C.RECEIVED,), C.DISPATCHED, "dispatch", "派单至承办单位", "已转交承办单位"),
    Move("add_co", "增加协办", "case", WITH_UNIT, None, "dispatch", "增加协办单位"),
    Move("recall", "撤回派单", "case", (C.DISPATCHED,), C.RECEIVED, "dispatch", "撤回派单", "", None, True),
    Move("urge", "催办", "case", WITH_UNIT, None, "supervise", "催办", "已催促承办单位"),
    Move("supervise", "督办", "case", OPEN, None, "supervise", "发出督办", "", None, True),
    Move("instruct", "领导批示", "case", ANY, None, "instruct", "领导批示"),
    # ---- one unit's task
    Move("claim", "认领", "assignment", (A.ASSIGNED,), A.CLAIMED, "clerk", "认领", "承办单位已开始办理"),
    Move("ask_return", "申请退办", "assignment", (A.ASSIGNED, A.CLAIMED), A.RETURN_ASKED, "clerk", "申请退办", "", None, True),
    Move("drop_return", "撤回退办申请", "assignment", (A.RETURN_ASKED,), None, "clerk", "撤回退办申请"),
    Move("agree_return", "同意退办", "assignment", (A.RETURN_ASKED,), A.RETURNED, "rule", "同意退办"),
    Move("refuse_return", "不同意退办", "assignment", (A.RETURN_ASKED,), None, "rule", "不同意退办", "", None, True),
    Move("redirect_return", "改派", "assignment", (A.RETURN_ASKED,), A.RETURNED, "rule", "同意退办并改派", "已改由其他单位承办"),
    Move("designate", "指定承办", "assignment", (A.RETURN_ASKED,), None, "rule", "指定承办，不得再退", "", None, True),
    Move("ask_extension", "申请延期", "assignment", WORKING, None, "clerk", "申请延期", "", None, True),
    Move("grant_extension", "同意延期", "assignment", WORKING, None, "rule", "同意延期", "办理时限已延长"),
    Move("refuse_extension", "不同意延期", "assignment", WORKING, None, "rule", "不同意延期", "", None, True),
    Move("pause", "暂停计时", "assignment", WORKING, None, "rule", "暂停计时", "因法定等待事项，办理时限暂停", None, True),
    Move("resume", "恢复计时", "assignment", WORKING, None, "rule", "恢复计时", "办理时限恢复"),
    Move("contact", "联系群众", "assignment", (A.ASSIGNED, *WORKING), None, "clerk", "联系了诉求人", "承办单位已与您联系"),
    Move("interim", "阶段性答复", "assignment", WORKING, None, "clerk", "作出阶段性答复", "承办单位已作阶段性答复"),
    Move("draft_reply", "拟稿", "assignment", (A.CLAIMED, A.SENT_BACK, A.DRAFTED), A.DRAFTED, "clerk", "拟写答复"),
    Move("revise_reply", "退改", "assignment", (A.DRAFTED, A.APPROVED), None, "head", "退给经办人修改", "", None, True),
    Move("approve_reply", "审签", "assignment", (A.DRAFTED,), A.APPROVED, "head", "单位负责人审签"),
    Move("submit_reply", "反馈", "assignment", (A.APPROVED,), A.SUBMITTED, "clerk", "反馈办理结果"),
    Move("answer", "直接反馈", "assignment", (A.ASSIGNED, A.CLAIMED, A.RETURN_ASKED, A.DRAFTED, A.SENT_BACK), A.SUBMITTED, "alone", "反馈办理结果"),
    Move("send_back", "退回重办", "assignment", (A.SUBMITTED, A.RELEASED), A.SENT_BACK, "review", "退回重办", "", None, True),
    Move("release", "发布答复", "assignment", (A.SUBMITTED,), A.RELEASED, "review", "审核通过并发布答复", "已答复"),
    Move("cancel", "撤销派单", "assignment", LIVE, A.CANCELLED, "dispatch", "撤销该单位的派单", "", None, True),
    # ---- the case: ending, and after
    Move("close", "办结", "case", (C.ANSWERED,), C.CLOSED, "review", "办结", "已办结", E.ANSWERED),
    Move("withdraw", "撤回诉求", "case", OPEN, C.CLOSED, "intake", "诉求人撤回", "您已撤回诉求", E.WITHDRAWN),
    Move("terminate", "终止办理", "case", OPEN, C.CLOSED, "review", "终止办理", "已终止办理", E.TERMINATED, True),
    Move("merge", "并单", "case", OPEN, C.CLOSED, "dispatch", "并入另一诉求件", "与您此前的诉求合并办理", E.MERGED),
    Move("absorb", "接收并单", "case", OPEN, None, "dispatch", "另一诉求件并入本件"),
    Move("unmerge", "取消并单", "case", (C.CLOSED,), None, "dispatch", "取消并单", "恢复单独办理", None, True),
    Move("call_back", "回访", "case", (C.ANSWERED, C.CLOSED), None, "call_back", "回访", "已回访"),
    Move("appeal", "申诉", "assignment", AT_ANY_TIME, None, "clerk", "对回访结果提出申诉"),
    Move("rule_appeal", "裁定申诉", "assignment", AT_ANY_TIME, None, "reopen", "裁定申诉", "", None, True),
    Move("reopen", "重办", "case", (C.CLOSED,), C.RECEIVED, "reopen", "重新办理", "已重新办理", None, True),
    # ---- when the years of keeping are over
    Move("erase", "删除个人资料", "case", (C.CLOSED,), None, "system", "保管期限已满，个人资料和文字已删除"),
    # ---- the clocks themselves
    Move("reckon", "重算时限", "case", ANY, None, "system", "日历或规则变动，重算时限"),
)  # fmt: skip

MOVES = {move.name: move for move in _ROWS}

REFUSAL_REASONS = {
    "litigation": ("已进入诉讼程序", "请向受理法院反映"),
    "arbitration": ("已进入仲裁程序", "请向仲裁机构反映"),
    "review": ("已进入行政复议程序", "请向行政复议机关反映"),
    "petition": ("信访事项", "请通过信访渠道反映"),
    "discipline": ("纪检监察事项", "请拨打 12388 或向纪检监察机关反映"),
    "police": ("治安警情", "请立即拨打 110"),
    "fire": ("火警", "请立即拨打 119"),
    "ambulance": ("医疗急救", "请立即拨打 120"),
    "traffic": ("交通事故", "请立即拨打 122"),
    "elsewhere": ("不属于本地行政职权范围", "请向有管辖权的机关反映"),
    "unclear": ("诉求不明确且无法联系补正", "补充具体时间、地点和事项后可重新反映"),
}
"""Reasons for not accepting, each with the guidance the citizen gets.
北京市接诉即办工作条例 Art. 11; 国办发〔2020〕53号."""

RETURN_REASONS = {
    "not_ours": "不属于本单位职责",
    "other_place": "不属于本辖区",
    "repeated": "重复派单",
    "unclear": "诉求内容不清，无法办理",
    "conflict": "涉及本单位，应当回避",
}
PAUSE_REASONS = {
    "appraisal": "鉴定、检测、检验",
    "hearing": "听证、公告、招标拍卖",
    "review": "专家评审",
    "citizen": "等待诉求人补充材料",
}
SEND_BACK_REASONS = {
    "empty": "没有说明办理结果",
    "partial": "没有逐项回应诉求",
    "untrue": "与事实不符",
    "no_contact": "未与诉求人联系",
    "no_basis": "没有依据或依据不对",
    "personal": "含不宜公开的内容",
    "wording": "文字须修改",
}
"""Why the office sends a reply back; an import may carry words of its own."""
CALLBACK_OUTCOMES = {"reached": "接通", "missed": "未接通", "declined": "拒访"}
CALLBACK_REASONS = {
    "result": "对办理结果不满意",
    "untrue": "反映办理情况不实",
    "slow": "办理时间过长",
    "attitude": "对服务态度不满意",
    "policy": "对政策规定不满意",
    "other": "其他原因",
}
"""Why a citizen who was called back is not content."""
