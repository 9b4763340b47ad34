"""Call-back tasks and units' appeals. What was said on the telephone is an event of the case."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from huiying.cases.models import Assignment, Case
from huiying.cases.moves import CALLBACK_REASONS
from huiying.cases.timeline import SATISFACTION


class CallBackState(models.TextChoices):
    OPEN = "open", "待回访"
    REACHED = "reached", "已接通"
    DECLINED = "declined", "拒访"
    MISSED = "missed", "多次未接通"
    DROPPED = "dropped", "不再回访"


class CallBack(models.Model):
    """回访任务: one call-back of one closing of a case; `closing` is the `seq` of the event that closed."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="call_backs")
    closing = models.PositiveIntegerField()
    why = models.CharField("缘由", max_length=8, choices=[("all", "全部回访"), ("sample", "抽样回访")])
    made_at = models.DateTimeField("安排时间")
    due_at = models.DateTimeField("回访时限", null=True, blank=True)
    state = models.CharField("状态", max_length=8, choices=CallBackState, default=CallBackState.OPEN)
    attempts = models.PositiveSmallIntegerField("已拨次数", default=0)
    assigned = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="回访员",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)
    marked = models.ForeignKey(
        Assignment,
        verbose_name="被评派单",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="接通时牵头的派单；重办改由别的单位承办后，评价仍是它的",
    )
    solved = models.BooleanField("是否解决", null=True, blank=True)
    satisfied = models.CharField("是否满意", max_length=12, blank=True, choices=list(SATISFACTION.items()))
    reason = models.CharField("原因", max_length=12, blank=True, choices=list(CALLBACK_REASONS.items()))
    proposal = models.CharField(
        "重办建议",
        max_length=8,
        blank=True,
        choices=[("pending", "建议重办"), ("reopened", "已重办"), ("kept", "不重办")],
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField("决定时间", null=True, blank=True)
    decision_note = models.TextField("决定理由", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "回访任务"
        ordering = ("due_at", "id")
        constraints = (models.UniqueConstraint(fields=("case", "closing"), name="one_call_back"),)
        indexes = (
            models.Index(fields=("state", "due_at", "id"), name="call_back_queue"),
            models.Index(fields=("proposal", "ended_at", "id"), name="call_back_proposed"),
            models.Index(fields=("state", "case"), name="call_back_state"),
            models.Index(fields=("satisfied", "case"), name="call_back_satisfied"),
            models.Index(fields=("case",), name="call_back_unsolved", condition=models.Q(solved=False)),
        )

    def __str__(self) -> str:
        return f"回访 {self.case}"

    @property
    def is_bad(self) -> bool:
        """Whether the citizen was reached and is not content: what a unit may appeal against."""
        return self.state == CallBackState.REACHED and (
            self.solved is False or self.satisfied == "dissatisfied"
        )


class Appeal(models.Model):
    """申诉: a unit holds a bad mark of a call-back to be wrong; the office rules."""

    call_back = models.ForeignKey(CallBack, on_delete=models.PROTECT, related_name="appeals")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="appeals")
    reason = models.TextField("申诉理由")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField("申诉时间")
    decision = models.CharField(
        "裁定",
        max_length=8,
        default="pending",
        choices=[("pending", "待裁定"), ("upheld", "申诉成立"), ("rejected", "申诉不成立")],
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField("裁定时间", null=True, blank=True)
    decision_note = models.TextField("裁定理由", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "申诉"
        ordering = ("asked_at", "id")
        constraints = (models.UniqueConstraint(fields=("call_back", "assignment"), name="one_appeal"),)

    def __str__(self) -> str:
        return f"申诉 {self.assignment}"
