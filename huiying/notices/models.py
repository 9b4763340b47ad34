"""What people are told, what leaves the house, and how far the log was read.

No row holds personal data or a citizen's words: a case is named by its number.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models

from huiying.cases.models import Case


class Notice(models.Model):
    """One line in one person's inbox. `key` names its cause, so that reading the log twice tells once."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    rule = models.CharField("事由", max_length=24)
    key = models.CharField(max_length=64)
    case = models.ForeignKey(Case, null=True, on_delete=models.CASCADE, related_name="+")
    text = models.CharField("内容", max_length=200)
    created_at = models.DateTimeField("时间")
    read_at = models.DateTimeField("已读", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "通知"
        ordering = ("-id",)
        constraints = (models.UniqueConstraint(fields=("user", "rule", "key"), name="told_once"),)
        indexes = (
            models.Index(fields=("user",), name="notice_unread", condition=models.Q(read_at=None)),
            models.Index(fields=("rule", "key"), name="notice_cause"),
        )

    def __str__(self) -> str:
        return self.text


class Channel(models.TextChoices):
    MAIL = "mail", "邮件"
    WEBHOOK = "webhook", "群机器人"


class OutboxState(models.TextChoices):
    WAITING = "waiting", "待发"
    SENT = "sent", "已发"
    DEAD = "dead", "发不出去"


class Outbox(models.Model):
    """待发通知: one message to one mailbox or one unit's robot. `to` is an account or a unit's code;
    the address behind it is looked up when it is sent."""

    channel = models.CharField("方式", max_length=8, choices=Channel)
    to = models.CharField("收件", max_length=150)
    rule = models.CharField("事由", max_length=24)
    key = models.CharField(max_length=64)
    payload = models.JSONField("内容", default=dict)
    state = models.CharField("状态", max_length=8, choices=OutboxState, default=OutboxState.WAITING)
    tries = models.PositiveSmallIntegerField("已试次数", default=0)
    next_try_at = models.DateTimeField("下次发送")
    created_at = models.DateTimeField("时间")
    sent_at = models.DateTimeField("发出时间", null=True, blank=True)
    error = models.CharField("原因", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "待发通知"
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=("channel", "to", "rule", "key"), name="outbox_once"),
            models.CheckConstraint(
                condition=models.Q(state="sent", sent_at__isnull=False)
                | models.Q(~models.Q(state="sent"), sent_at__isnull=True),
                name="sent_has_its_instant",
            ),
        )
        indexes = (models.Index(fields=("state", "next_try_at"), name="outbox_due"),)

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.to} {self.get_state_display()}"


class Cursor(models.Model):
    """通知进度: the one row that says how far the log was read."""

    event = models.BigIntegerField("已读到的记录")
    read_at = models.DateTimeField("读取时间")

    class Meta:
        verbose_name = verbose_name_plural = "通知进度"
