"""The models that the place has learnt, one row a version; their numbers lie in files beside."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models import Q

KINDS = [("topic", "内容分类"), ("nature", "性质"), ("unit", "承办单位")]
"""What is learnt: which topic, which nature, which lead unit."""


class ModelVersion(models.Model):
    """分类模型: one training. Of a kind one version at most is in use."""

    kind = models.CharField("对象", max_length=8, choices=KINDS)
    number = models.PositiveIntegerField("版本")
    status = models.CharField(
        "状态",
        max_length=10,
        choices=[
            ("used", "使用中"),
            ("replaced", "已被替换"),
            ("rejected", "未采用"),
            ("withdrawn", "已退回"),
        ],
    )
    made_at = models.DateTimeField("训练时间")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="训练人", null=True, on_delete=models.PROTECT, related_name="+"
    )
    texts = models.PositiveIntegerField("学习件数")
    labels = models.PositiveIntegerField("类别数")
    upto = models.PositiveBigIntegerField("学到的记录")
    figures = models.JSONField("指标", default=dict)
    sha256 = models.CharField("校验值", max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "分类模型"
        ordering = ("kind", "-number")
        constraints = (
            models.UniqueConstraint(fields=("kind", "number"), name="model_number"),
            models.UniqueConstraint(fields=("kind",), condition=Q(status="used"), name="one_model_used"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}模型第{self.number}版"

    @property
    def path(self) -> Path:
        """Where its numbers lie."""
        home: Path = settings.HUIYING_HOME
        return home / "models" / f"{self.kind}-{self.number}.npz"


class AlarmKind(models.TextChoices):
    RISE = "rise", "突增"
    MASS = "mass", "多人同诉"
    WORDS = "words", "舆情"


class AlarmState(models.TextChoices):
    OPEN = "open", "未处置"
    SEEN = "seen", "已处置"
    DISMISSED = "dismissed", "已排除"


class Alarm(models.Model):
    """预警: one thing that stood out, from its first look to its last. `key` says of what; `subject` and
    `said` may hold words of a title and are for the office only."""

    kind = models.CharField("类别", max_length=8, choices=AlarmKind)
    key = models.CharField(max_length=340)
    subject = models.CharField("对象", max_length=200)
    said = models.CharField("情况", max_length=300)
    raised_at = models.DateTimeField("首次")
    last_at = models.DateTimeField("最近")
    persons = models.PositiveIntegerField("人数")
    cases = models.JSONField("涉及的件", default=list)
    figures = models.JSONField("依据", default=dict)
    state = models.CharField("状态", max_length=10, choices=AlarmState, default=AlarmState.OPEN)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="处置人",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    decided_at = models.DateTimeField("处置时间", null=True)
    why = models.CharField("处置说明", max_length=200, blank=True)

    objects: models.Manager[Alarm]

    class Meta:
        verbose_name = verbose_name_plural = "预警"
        ordering = ("-last_at", "-id")
        constraints = (models.UniqueConstraint(fields=("kind", "key", "raised_at"), name="alarm_once"),)
        indexes = (models.Index(fields=("state", "-last_at"), name="alarm_latest"),)

    def __str__(self) -> str:
        return f"{AlarmKind(self.kind).label}：{self.subject}"
