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
