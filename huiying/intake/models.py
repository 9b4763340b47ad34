"""What the desk keeps beside the cases: drafts, calls that are no case, shifts, scores of calls."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from huiying.cases.models import Case
from huiying.intake.kinds import CALLS

USER = settings.AUTH_USER_MODEL


class Draft(models.Model):
    """草稿: what an operator has typed and not yet registered, sealed, under the key of one form.

    Once registered it keeps nothing but the case, so that the same form sent twice makes one case.
    """

    user = models.ForeignKey(USER, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=32)
    sealed = models.BinaryField(blank=True, default=b"")
    saved_at = models.DateTimeField()
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="+")
    done = models.BooleanField(default=False)

    user_id: int
    case_id: int | None

    class Meta:
        verbose_name = verbose_name_plural = "草稿"
        ordering = ("-saved_at", "-id")
        constraints = (models.UniqueConstraint(fields=("user", "key"), name="one_draft_per_form"),)


class CallLog(models.Model):
    """来电记录: a call that is no case, or that another number took over; counted apart from cases."""

    kind = models.CharField("类别", max_length=12, choices=[(code, row.title) for code, row in CALLS.items()])
    operator = models.ForeignKey(USER, verbose_name="话务员", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("时间", db_index=True)
    phone_index = models.CharField(max_length=32, blank=True, db_index=True)
    sealed = models.BinaryField(blank=True, default=b"")
    transferred_to = models.CharField("转至", max_length=16, blank=True)
    returned_at = models.DateTimeField("回接时间", null=True, blank=True)
    draft = models.ForeignKey(Draft, null=True, on_delete=models.SET_NULL, related_name="calls")
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="calls")

    class Meta:
        verbose_name = verbose_name_plural = "来电记录"
        ordering = ("-at", "-id")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.get_kind_display()}"


class CallerNote(models.Model):
    """来电备注: what the desk should know of a number, by its keyed digest; lifted, never changed."""

    phone_index = models.CharField(max_length=32, db_index=True)
    note = models.CharField("备注", max_length=200)
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    noted_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "来电备注"
        ordering = ("-noted_at", "-id")


class Shift(models.Model):
    """班次: from when until when an operator sat at the desk, and what the next should know."""

    operator = models.ForeignKey(USER, verbose_name="话务员", on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField("上班")
    ended_at = models.DateTimeField("交班", null=True, blank=True, db_index=True)
    handover = models.TextField("交接事项", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "班次"
        ordering = ("-started_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("operator",), condition=models.Q(ended_at=None), name="one_open_shift"
            ),
        )


class CallScore(models.Model):
    """来电评分: a supervisor's marks for one call or the registration of one case."""

    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="+")
    call = models.ForeignKey(CallLog, null=True, on_delete=models.PROTECT, related_name="scores")
    operator = models.ForeignKey(USER, verbose_name="话务员", on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(USER, verbose_name="评分人", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("时间")
    marks = models.JSONField("评分", default=dict)
    total = models.PositiveSmallIntegerField("合计")
    note = models.CharField("评语", max_length=400, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "来电评分"
        ordering = ("-at", "-id")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(case=None, call__isnull=False) | models.Q(case__isnull=False, call=None),
                name="score_of_one_thing",
            ),
            models.UniqueConstraint(fields=("by", "case"), name="one_score_per_case"),
            models.UniqueConstraint(fields=("by", "call"), name="one_score_per_call"),
        )
