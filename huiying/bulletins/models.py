"""Bulletins kept: drafts, and the editions they become."""

from __future__ import annotations

from django.conf import settings
from django.db import models


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
