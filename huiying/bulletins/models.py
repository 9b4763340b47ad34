"""Bulletins kept: drafts, the editions they become, and what closes the month before and after them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from huiying.accounts.models import Unit
from huiying.cases.models import Case


class Edition(models.Model):
    """One composed bulletin. A draft until `published_at`; from then on the database refuses any
    change, and a correction is a new edition that says what it `changes` in the one it `corrects`."""

    series = models.CharField("系列", max_length=64)
    period = models.CharField("期间", max_length=32)
    style = models.CharField("式样", max_length=64)
    title = models.CharField("标题", max_length=200)
    issue = models.PositiveIntegerField("期号", null=True, blank=True)
    total_issue = models.PositiveIntegerField("总期号", null=True, blank=True)
    content = models.JSONField("内部版内容")
    public = models.JSONField("公开版内容")
    authored = models.JSONField("人工撰写部分", default=dict)
    as_of = models.DateTimeField("统计截点")
    known_at = models.DateTimeField("数据时点")
    composed_at = models.DateTimeField("起草时间")
    composed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    published_at = models.DateTimeField("发布时间", null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    corrects = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="corrected_by"
    )
    changes = models.TextField("更正说明", blank=True)
    files = models.JSONField("文件", default=list)

    class Meta:
        verbose_name = verbose_name_plural = "通报"
        ordering = ("-composed_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("series", "total_issue"),
                condition=models.Q(published_at__isnull=False, corrects=None),
                name="one_edition_per_number",
            ),
        )
        indexes = (models.Index(fields=("series", "period"), name="edition_period"),)

    def __str__(self) -> str:
        return f"{self.series} {self.period}"


class Reconciliation(models.Model):
    """对账: before a bulletin is issued, each unit goes through its own rows of the period.

    What is gone through is settled when it is opened: `scopes` (name and where) and `measures` are those
    of the bulletin's style, and `as_of` is its cut-off.
    """

    style = models.CharField("式样", max_length=64)
    period = models.CharField("期间", max_length=32)
    scopes = models.JSONField("范围")
    measures = models.JSONField("指标")
    as_of = models.DateTimeField("统计截点")
    due_on = models.DateField("核对期限")
    note = models.CharField("说明", max_length=200, blank=True)
    opened_at = models.DateTimeField("开始时间")
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    closed_at = models.DateTimeField("结束时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "对账"
        ordering = ("-opened_at", "-id")
        constraints = (models.UniqueConstraint(fields=("style", "period"), name="one_reconciliation"),)

    def __str__(self) -> str:
        return f"{self.style} {self.period} 对账"


class StatementState(models.TextChoices):
    WAITING = "waiting", "未确认"
    CONFIRMED = "confirmed", "已确认"
    DISPUTED = "disputed", "有异议"
    RULED = "ruled", "已裁定"


class Statement(models.Model):
    """对账单: one unit's rows in one reconciliation, and how it stands.

    What was confirmed is kept as the knowledge it was read with (`known_at`), the number of its cases and a
    `digest` of all its rows. `revision` goes up with each change: the WHERE clause is the lock.
    """

    reconciliation = models.ForeignKey(Reconciliation, on_delete=models.PROTECT, related_name="statements")
    unit = models.ForeignKey(
        Unit, verbose_name="承办单位", on_delete=models.PROTECT, related_name="statements"
    )
    state = models.CharField("状态", max_length=10, choices=StatementState, default=StatementState.WAITING)
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    known_at = models.DateTimeField("数据时点", null=True, blank=True)
    digest = models.CharField("校验值", max_length=64, blank=True)
    cases = models.PositiveIntegerField("件数", null=True, blank=True)
    urged_at = models.DateTimeField("催办时间", null=True, blank=True)
    revision = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = verbose_name_plural = "对账单"
        ordering = ("unit__order", "unit_id")
        constraints = (
            models.UniqueConstraint(fields=("reconciliation", "unit"), name="one_statement_per_unit"),
            models.CheckConstraint(
                condition=~Q(state="confirmed") | Q(confirmed_at__isnull=False, known_at__isnull=False),
                name="confirmed_knows_what",
            ),
        )

    def __str__(self) -> str:
        return f"{self.unit} {self.reconciliation}单"


class Decision(models.TextChoices):
    PENDING = "pending", "待裁定"
    UPHELD = "upheld", "采纳"
    REJECTED = "rejected", "不采纳"
    WITHDRAWN = "withdrawn", "已撤回"


DISPUTES = {
    "unit": "不应由本单位承办",
    "claim": "认领时间或认领时限不对",
    "reply": "反馈时间或答复时限不对",
    "counted": "退办、退回重办、延期等计错",
    "kind": "渠道、性质或分类不对",
    "missing": "漏计的件",
    "other": "其他",
}
"""What a unit may hold to be wrong in a row."""


class Dispute(models.Model):
    """异议: a unit holds one row of its statement to be wrong; the office rules. An upheld one is mended by a
    correction of the case's history, never here."""

    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="disputes")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="disputes")
    what = models.CharField("何处不对", max_length=8, choices=list(DISPUTES.items()))
    wanted = models.CharField("应为", max_length=200)
    reason = models.TextField("理由")
    raised_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    raised_at = models.DateTimeField("提出时间")
    decision = models.CharField("裁定", max_length=10, choices=Decision, default=Decision.PENDING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField("裁定时间", null=True, blank=True)
    decision_note = models.TextField("裁定理由", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "异议"
        ordering = ("raised_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("statement", "case"), condition=Q(decision="pending"), name="one_open_dispute"
            ),
            models.CheckConstraint(
                condition=Q(decision="pending", decided_at=None)
                | (~Q(decision="pending") & Q(decided_at__isnull=False)),
                name="dispute_decided",
            ),
        )

    def __str__(self) -> str:
        return f"异议 {self.case} {self.statement.unit}"


class RectificationStatus(models.TextChoices):
    ASKED = "asked", "待反馈"
    TO_APPROVE = "to_approve", "待审签"
    HANDED_IN = "handed_in", "待审核"
    SENT_BACK = "sent_back", "退回修改"
    ACCEPTED = "accepted", "已通过"
    DROPPED = "dropped", "不再要求"


class Rectification(models.Model):
    """整改反馈: a unit that a published bulletin names answers to it by a date.

    `cases` are the numbers behind the figures that name it; `quote` is how the next bulletin may put the
    answer. `revision` goes up with each step: the WHERE clause is the lock.
    """

    edition = models.ForeignKey(
        Edition, verbose_name="通报", on_delete=models.PROTECT, related_name="rectifications"
    )
    unit = models.ForeignKey(
        Unit, verbose_name="承办单位", on_delete=models.PROTECT, related_name="rectifications"
    )
    problem = models.TextField("通报指出的问题")
    cases = models.JSONField("涉及的件", default=list)
    due_on = models.DateField("反馈期限")
    status = models.CharField(
        "状态", max_length=10, choices=RectificationStatus, default=RectificationStatus.ASKED
    )
    quote = models.CharField("供下期通报引用", max_length=200, blank=True)
    asked_at = models.DateTimeField("要求时间")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField("通过时间", null=True, blank=True)
    urged_at = models.DateTimeField("催办时间", null=True, blank=True)
    revision = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = verbose_name_plural = "整改反馈"
        ordering = ("-asked_at", "unit__order", "id")
        constraints = (
            models.UniqueConstraint(fields=("edition", "unit"), name="one_rectification_per_unit"),
            models.CheckConstraint(
                condition=Q(status="accepted", accepted_at__isnull=False)
                | (~Q(status="accepted") & Q(accepted_at=None)),
                name="accepted_has_its_instant",
            ),
        )
        indexes = (models.Index(fields=("status", "due_on"), name="rectification_due"),)

    def __str__(self) -> str:
        return f"{self.unit}的整改反馈"


class Feedback(models.Model):
    """反馈稿: one version of a unit's answer; none is written over."""

    rectification = models.ForeignKey(Rectification, on_delete=models.PROTECT, related_name="versions")
    no = models.PositiveSmallIntegerField("稿次")
    cause = models.TextField("原因分析", blank=True)
    remedy = models.TextField("整改措施和结果", blank=True)
    summary = models.CharField("一句话", max_length=120, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "反馈稿"
        ordering = ("no",)
        constraints = (models.UniqueConstraint(fields=("rectification", "no"), name="feedback_no"),)

    def __str__(self) -> str:
        return f"{self.rectification}第 {self.no} 稿"


class ClosingStep(models.Model):
    """收口记录: one step of closing the month, append-only; what people are told follows from it.

    `data` holds no personal data: of a confirmation what was confirmed, and `for` whom somebody stood in.
    """

    kind = models.CharField("事项", max_length=20)
    at = models.DateTimeField("时间", db_index=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reconciliation = models.ForeignKey(
        Reconciliation, null=True, on_delete=models.PROTECT, related_name="steps"
    )
    statement = models.ForeignKey(Statement, null=True, on_delete=models.PROTECT, related_name="steps")
    dispute = models.ForeignKey(Dispute, null=True, on_delete=models.PROTECT, related_name="steps")
    edition = models.ForeignKey(Edition, null=True, on_delete=models.PROTECT, related_name="steps")
    rectification = models.ForeignKey(
        Rectification, null=True, on_delete=models.PROTECT, related_name="steps"
    )
    note = models.TextField("说明", blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        verbose_name = verbose_name_plural = "收口记录"
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.kind}"
