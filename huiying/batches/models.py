"""What is asked for, how far it is, and what came of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class BatchKind(models.TextChoices):
    RECKON = "reckon", "重算时限"
    ARCHIVE = "archive", "归档"
    ERASE = "erase", "删除个人资料"
    HOT = "hot", "汇总热点"


class BatchState(models.TextChoices):
    WAITING = "waiting", "等待"
    RUNNING = "running", "进行中"
    DONE = "done", "完成"
    FAILED = "failed", "没有办成"


UNFINISHED = (BatchState.WAITING, BatchState.RUNNING)


class Batch(models.Model):
    """批量任务. `reached` is where the work goes on, after a pause or a crash: the key of the last row that
    is done. Whoever moves `taken_until` on from what it saw has the work until then."""

    kind = models.CharField("事项", max_length=16, choices=BatchKind)
    params = models.JSONField("内容", default=dict)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="提出人",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    asked_at = models.DateTimeField("提出时间")
    state = models.CharField("状态", max_length=8, choices=BatchState, default=BatchState.WAITING)
    total = models.PositiveIntegerField("共", default=0)
    done = models.PositiveIntegerField("已办", default=0)
    reached = models.BigIntegerField("办到", default=0)
    found = models.JSONField("所得", default=dict)
    said = models.TextField("结果", blank=True)
    tries = models.PositiveSmallIntegerField("失败次数", default=0)
    error = models.TextField("错误", blank=True)
    taken_until = models.DateTimeField("占用至", null=True, blank=True)
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "批量任务"
        ordering = ("-id",)
        indexes = (
            models.Index(fields=("id",), name="batch_unfinished", condition=models.Q(state__in=UNFINISHED)),
            models.Index(fields=("kind", "-id"), name="batch_latest"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}（{self.get_state_display()}）"

    @property
    def is_unfinished(self) -> bool:
        return self.state in UNFINISHED
