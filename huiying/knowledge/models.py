"""What the office knows: standard texts."""

from __future__ import annotations

from django.db import models

from huiying.cases.models import Channel, Nature, Topic


class StandardText(models.Model):
    """标准用语: a text of the place for a move, a topic, a nature, a channel, or any of them.

    `move` is a name of `cases.moves.MOVES`. What the text leaves open: `placeholders.PLACEHOLDERS`.
    """

    code = models.CharField("代码", max_length=64, unique=True)
    name = models.CharField("名称", max_length=64)
    move = models.CharField("环节", max_length=20, blank=True)
    topic = models.ForeignKey(
        Topic, verbose_name="内容分类", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    nature = models.ForeignKey(
        Nature, verbose_name="性质", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    channel = models.ForeignKey(
        Channel, verbose_name="渠道", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    text = models.TextField("用语", max_length=1000)
    order = models.PositiveIntegerField("排序", default=0)
    active = models.BooleanField("启用", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "标准用语"
        ordering = ("order", "id")

    def __str__(self) -> str:
        return self.name
