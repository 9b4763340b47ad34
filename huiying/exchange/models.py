"""Where imported cases came from."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class ImportRun(models.Model):
    """One file taken in: the actor behind the events it wrote (`Event.origin` is `import:<pk>:<row>`)."""

    name = models.CharField("文件名", max_length=255)
    sha256 = models.CharField(max_length=64, db_index=True)
    started_at = models.DateTimeField("开始时间")
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    person = models.CharField("执行人", max_length=64, blank=True)
    added = models.PositiveIntegerField("新增", default=0)
    changed = models.PositiveIntegerField("变更", default=0)
    unchanged = models.PositiveIntegerField("未变", default=0)
    rejected = models.PositiveIntegerField("退回", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "导入"
        ordering = ("-started_at",)

    def __str__(self) -> str:
        return self.name
