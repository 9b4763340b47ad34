"""When each background job last ran, and how that went."""

from __future__ import annotations

from django.db import models


class Outcome(models.TextChoices):
    RUNNING = "running", "正在运行"
    DONE = "done", "完成"
    FAILED = "failed", "失败"


class JobRun(models.Model):
    """One row per job of `worker.JOBS`. Whoever moves `ran_at` on from what it saw runs the job."""

    name = models.CharField("任务", max_length=32, primary_key=True)
    ran_at = models.DateTimeField("开始时间", null=True, blank=True)
    done_at = models.DateTimeField("上次完成", null=True, blank=True)
    took_ms = models.PositiveIntegerField("用时（毫秒）", default=0)
    outcome = models.CharField("结果", max_length=8, choices=Outcome, blank=True)
    said = models.TextField("说明", blank=True)
    error = models.TextField("错误", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "后台任务"
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
