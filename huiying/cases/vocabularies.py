"""The tables of what the place says before any case comes in: its words, its rules, its calendar.

`place.toml` and the settings fill them, `place.current` reads them, once for each `Office.revision`.
"""

from __future__ import annotations

from django.db import models


class Vocabulary(models.Model):
    """A word list of the place: a stable code, what is shown, other names met in files, an order."""

    code = models.CharField("代码", max_length=64, unique=True)
    name = models.CharField("名称", max_length=64)
    aliases = models.JSONField("别名", default=list, blank=True)
    order = models.PositiveIntegerField("排序", default=0)
    active = models.BooleanField("启用", default=True)

    class Meta:
        abstract = True
        ordering = ("order", "id")

    def __str__(self) -> str:
        return self.name


class Office(models.Model):
    """The one row that says whose town this is; `config` is what `place.toml` says beyond tables."""

    name = models.CharField("名称", max_length=64)
    place = models.CharField("地方", max_length=64)
    region = models.CharField("行政区划代码", max_length=12)
    config = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "机构"

    @classmethod
    def touch(cls) -> None:
        """Say that vocabularies, rules or calendar changed; every process reads them again."""
        cls.objects.update(revision=models.F("revision") + 1)

    def __str__(self) -> str:
        return self.name


class TopicTree(Vocabulary):
    class Meta(Vocabulary.Meta):
        verbose_name = verbose_name_plural = "内容分类体系"


class Topic(models.Model):
    """A node of a topic tree. `path` is the codes from the root joined by "/"; it is what events hold."""

    tree = models.ForeignKey(TopicTree, models.PROTECT, related_name="topics", verbose_name="体系")
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children", verbose_name="上级"
    )
    name = models.CharField("名称", max_length=64)
    path = models.CharField(max_length=255, unique=True, editable=False)
    aliases = models.JSONField("别名", default=list, blank=True)
    order = models.PositiveIntegerField("排序", default=0)
    active = models.BooleanField("启用", default=True)
    same_as = models.ManyToManyField("self", blank=True, verbose_name="对应分类")

    class Meta:
        verbose_name = verbose_name_plural = "内容分类"
        ordering = ("tree", "order", "id")

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        self.path = f"{self.parent.path if self.parent else self.tree.code}/{self.name}"
        super().save(*args, **kwargs)  # type: ignore[arg-type]


class ChannelGroup(Vocabulary):
    tree = models.ForeignKey(TopicTree, verbose_name="内容分类体系", null=True, on_delete=models.PROTECT)

    class Meta(Vocabulary.Meta):
        verbose_name = verbose_name_plural = "渠道组"


class Channel(Vocabulary):
    group = models.ForeignKey(ChannelGroup, models.PROTECT, related_name="channels", verbose_name="分组")
    tree = models.ForeignKey(
        TopicTree, verbose_name="内容分类体系", null=True, blank=True, on_delete=models.PROTECT
    )
    upper = models.BooleanField("上级转办", default=False)
    prefix = models.CharField("编号前缀", max_length=8, blank=True)

    class Meta(Vocabulary.Meta):
        verbose_name = verbose_name_plural = "渠道"


class Nature(Vocabulary):
    guarded = models.BooleanField("保护举报人", default=False, help_text="涉及被反映单位时不得转交其本人信息")

    class Meta(Vocabulary.Meta):
        verbose_name = verbose_name_plural = "性质"


class Area(Vocabulary):
    """所属乡镇, and below it villages and communities."""

    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children", verbose_name="上级"
    )

    class Meta(Vocabulary.Meta):
        verbose_name = verbose_name_plural = "区域"


class ClockRule(models.Model):
    """A time limit with its source, in versions. Empty conditions match everything; the most
    specific matching rule of a kind prevails, then the later version."""

    code = models.CharField("代码", max_length=64)
    version = models.PositiveSmallIntegerField("版本", default=1)
    name = models.CharField("名称", max_length=64)
    kind = models.CharField("时限", max_length=16)
    channels = models.JSONField("适用渠道", default=list, blank=True)
    natures = models.JSONField("适用性质", default=list, blank=True)
    urgencies = models.JSONField("适用紧急程度", default=list, blank=True)
    amount = models.PositiveIntegerField("数额")
    unit = models.CharField("单位", max_length=16)
    starts = models.CharField(
        "起算", max_length=12, choices=[("received", "受理"), ("assigned", "派单"), ("event", "事项发生")]
    )
    ends_at_hour = models.TimeField("截止时刻", null=True, blank=True)
    statutory = models.BooleanField("法定时限", default=False)
    source = models.CharField("依据", max_length=200)
    verified = models.CharField(
        "核对", max_length=1, choices=[("V", "已核原文"), ("S", "转引"), ("O", "本机关自定")]
    )
    valid_from = models.DateField("自")

    class Meta:
        verbose_name = verbose_name_plural = "时限规则"
        ordering = ("kind", "code", "version")
        constraints = (models.UniqueConstraint(fields=("code", "version"), name="rule_version"),)

    def __str__(self) -> str:
        return f"{self.name}（第{self.version}版）"


class DayKind(models.TextChoices):
    WORKDAY = "workday", "工作日"
    WEEKEND = "weekend", "周末"
    HOLIDAY = "holiday", "节假日"
    MAKEUP = "makeup", "调休上班"


class CalendarDay(models.Model):
    """One day of the office's calendar; a year counts as known when all its days are here."""

    day = models.DateField("日期", primary_key=True)
    kind = models.CharField("类别", max_length=8, choices=DayKind)
    name = models.CharField("名称", max_length=32, blank=True)
    source = models.CharField("依据", max_length=100, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "日历"
        ordering = ("day",)

    def __str__(self) -> str:
        return f"{self.day} {self.get_kind_display()}"

    @property
    def is_workday(self) -> bool:
        return self.kind in {DayKind.WORKDAY, DayKind.MAKEUP}
