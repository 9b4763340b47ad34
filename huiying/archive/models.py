"""The register of archive packages: what was made when and by whom, and until when it is kept."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from huiying.cases.models import Case

USER = settings.AUTH_USER_MODEL


class PackageState(models.TextChoices):
    KEPT = "kept", "在管"
    REPLACED = "replaced", "已重新归档"
    PROPOSED = "proposed", "提请删除"
    CONFIRMED = "confirmed", "批准删除"
    ERASED = "erased", "已删除"


class Package(models.Model):
    """归档包: everything about one closing of a case, as a file under HUIYING_HOME/archive.

    The rule of keeping is written down as it was when the package was made. Erasing takes two people.
    """

    case = models.ForeignKey(Case, verbose_name="诉求件", on_delete=models.PROTECT, related_name="packages")
    closed_at = models.DateTimeField("办结时间")
    file = models.CharField("文件", max_length=200, unique=True)
    sha256 = models.CharField("校验值", max_length=64)
    size = models.PositiveBigIntegerField("大小")
    made_at = models.DateTimeField("归档时间")
    made_by = models.ForeignKey(
        USER, verbose_name="归档人", null=True, on_delete=models.PROTECT, related_name="+"
    )
    years = models.PositiveSmallIntegerField("保管年限", help_text="0 为永久")
    source = models.CharField("保管依据", max_length=200)
    until_on = models.DateField("保管至", null=True, blank=True)
    state = models.CharField("状态", max_length=12, choices=PackageState, default=PackageState.KEPT)
    why = models.CharField("理由", max_length=200, blank=True)
    proposed_by = models.ForeignKey(
        USER, verbose_name="提请人", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField("提请时间", null=True, blank=True)
    decided_by = models.ForeignKey(
        USER, verbose_name="批准人", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField("批准时间", null=True, blank=True)
    erased_at = models.DateTimeField("删除时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "归档包"
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=("case", "closed_at"), name="package_of_a_closing"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")), name="erased_by_two"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("confirmed", "erased"))
                | Q(proposed_by__isnull=False, decided_by__isnull=False),
                name="erased_after_a_decision",
            ),
        )
        indexes = (models.Index(fields=("state", "until_on", "id"), name="package_expiring"),)

    def __str__(self) -> str:
        return f"{self.case} 归档包"

    @property
    def term(self) -> str:
        """How long it is kept, in words."""
        return f"{self.years}年" if self.years else "永久"
