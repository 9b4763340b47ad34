"""The unit's own affairs with an assignment: who inside it does which part."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from huiying.accounts.models import Unit, User
from huiying.cases.models import Assignment


class Handling(models.Model):
    """分办: a part of a unit's task given to one below it (局 → 科室, 镇 → 村) or to one person.

    It moves neither the case nor its clocks: `due_on` is the unit's own date, and only the unit sees it.
    """

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="handlings")
    unit = models.ForeignKey(
        Unit,
        verbose_name="科室、村",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="handlings",
    )
    person = models.ForeignKey(
        User, verbose_name="人员", null=True, blank=True, on_delete=models.PROTECT, related_name="handlings"
    )
    note = models.TextField("要求")
    due_on = models.DateField("内部期限")
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField("分办时间")
    result = models.TextField("办理结果", blank=True)
    answered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField("反馈时间", null=True, blank=True)
    withdrawn_at = models.DateTimeField("收回时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "分办"
        ordering = ("due_on", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(unit=None, person__isnull=False) | Q(unit__isnull=False, person=None),
                name="handling_one_taker",
            ),
        )
        indexes = (
            models.Index(
                fields=("due_on",),
                name="handling_open",
                condition=Q(answered_at=None, withdrawn_at=None),
            ),
        )

    def __str__(self) -> str:
        return f"{self.taker}：{self.note}"

    @property
    def taker(self) -> str:
        """Who does it."""
        return str(self.unit or self.person)

    @property
    def is_open(self) -> bool:
        return self.answered_at is None and self.withdrawn_at is None
