"""What the office keeps of its dispatching beside the cases' own rows."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from huiying.accounts.models import Unit
from huiying.cases.models import Case


class Letter(models.Model):
    """督办函: one formal letter to one unit about one case, numbered within its year and never renumbered."""

    year = models.PositiveSmallIntegerField("年份")
    no = models.PositiveIntegerField("号")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="letters")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="letters")
    due_on = models.DateField("办理期限")
    text = models.TextField("督办要求")
    issued_at = models.DateTimeField("发出时间")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "督办函"
        ordering = ("-year", "-no")
        constraints = (models.UniqueConstraint(fields=("year", "no"), name="letter_number"),)

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The number as it is printed and cited."""
        return f"督办函〔{self.year}〕{self.no}号"


class AlikeGroup(models.Model):
    """疑似重复: open cases that may be one matter, as they were found last. Rows of the moment, made anew."""

    found_at = models.DateTimeField("查找时间")

    class Meta:
        verbose_name = verbose_name_plural = "疑似重复"
        ordering = ("id",)

    def __str__(self) -> str:
        return f"疑似重复 {self.pk}"


class AlikeCase(models.Model):
    """A case of a group, which other one it is most like, and how much: in all, and by its text alone."""

    group = models.ForeignKey(AlikeGroup, on_delete=models.CASCADE, related_name="members")
    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="alike")
    like = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    likeness = models.FloatField("把握")
    cosine = models.FloatField("文字相近")

    class Meta:
        verbose_name = verbose_name_plural = "疑似重复件"
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.group}：{self.case}"


class Apart(models.Model):
    """不是同一件: what somebody said of two cases; they are not suggested as one until it is taken back."""

    one = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    other = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    said_at = models.DateTimeField("时间")
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_at = models.DateTimeField("撤回时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "不是同一件"
        constraints = (
            models.UniqueConstraint(
                fields=("one", "other"), condition=models.Q(withdrawn_at=None), name="apart_once"
            ),
            models.CheckConstraint(condition=models.Q(one__lt=models.F("other")), name="apart_in_order"),
        )

    def __str__(self) -> str:
        return f"{self.one} 与 {self.other} 不是同一件"
