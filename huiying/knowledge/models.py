"""What the office knows: standard texts, and articles in versions with what became of them."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from huiying.accounts.models import Unit
from huiying.cases.models import Case, Channel, Nature, Topic

USER = settings.AUTH_USER_MODEL


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


class ArticleStatus(models.TextChoices):
    DRAFT = "draft", "待发布"
    PUBLISHED = "published", "已发布"
    WITHDRAWN = "withdrawn", "已撤下"


class Article(models.Model):
    """知识条目: what people ask and what they are told. Its words are those of a version.

    `current` is the version published (or last published, where withdrawn), `newest` the last one written;
    `waiting` says that the newest is to be published or turned down. Unit, title, topics and days are those
    of the version shown: the current one, else the newest. Without a unit it is the office's own.
    """

    number = models.CharField("编号", max_length=16, unique=True)
    status = models.CharField("状态", max_length=12, choices=ArticleStatus, default=ArticleStatus.DRAFT.value)
    current = models.PositiveSmallIntegerField("发布的版本", default=0)
    newest = models.PositiveSmallIntegerField("最新版本", default=1)
    waiting = models.BooleanField("有待发布的版本", default=True)
    unit = models.ForeignKey(
        Unit, verbose_name="主管单位", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    title = models.CharField("标题", max_length=100)
    topics = models.ManyToManyField(Topic, verbose_name="内容分类", blank=True, related_name="articles")
    valid_from = models.DateField("生效日期")
    valid_until = models.DateField("有效期至", null=True, blank=True)
    review_on = models.DateField("复核日期", null=True, blank=True)
    changed_at = models.DateTimeField("改动时间")

    unit_id: int | None

    class Meta:
        verbose_name = verbose_name_plural = "知识条目"
        ordering = ("-changed_at", "-id")
        constraints = (
            models.CheckConstraint(condition=Q(current__lte=F("newest")), name="article_versions"),
            models.CheckConstraint(condition=Q(status="draft") ^ Q(current__gt=0), name="article_published"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")), name="article_days"
            ),
        )
        indexes = (
            models.Index(fields=("status", "-changed_at", "-id"), name="article_latest"),
            models.Index(fields=("valid_until",), name="article_ends", condition=Q(status="published")),
            models.Index(fields=("review_on",), name="article_review", condition=Q(status="published")),
            models.Index(fields=("id",), name="article_waiting", condition=Q(waiting=True)),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def shown(self) -> int:
        """The number of the version that a reader gets."""
        return self.current or self.newest

    def is_in_force(self, on: date) -> bool:
        """Whether it is published and holds on that day."""
        ends = self.valid_until is None or self.valid_until >= on
        return self.status == ArticleStatus.PUBLISHED and self.valid_from <= on and ends


class ArticleVersion(models.Model):
    """条目版本: the words of an article as somebody wrote them; append-only. `topics` are paths."""

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="versions")
    no = models.PositiveSmallIntegerField("版本")
    unit = models.ForeignKey(
        Unit, verbose_name="主管单位", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    title = models.CharField("标题", max_length=100)
    question = models.TextField("常见问法", blank=True)
    answer = models.TextField("答案")
    basis = models.CharField("依据", max_length=300, blank=True)
    topics = models.JSONField("内容分类", default=list)
    valid_from = models.DateField("生效日期")
    valid_until = models.DateField("有效期至", null=True, blank=True)
    review_on = models.DateField("复核日期", null=True, blank=True)
    note = models.CharField("改动说明", max_length=200, blank=True)
    author = models.ForeignKey(USER, verbose_name="撰写", on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField("撰写时间")

    class Meta:
        verbose_name = verbose_name_plural = "条目版本"
        ordering = ("no",)
        constraints = (models.UniqueConstraint(fields=("article", "no"), name="article_version"),)

    def __str__(self) -> str:
        return f"{self.title}（第{self.no}版）"


class Act(models.TextChoices):
    WRITE = "write", "撰写"
    PUBLISH = "publish", "发布"
    TURN_DOWN = "turn_down", "退改"
    WITHDRAW = "withdraw", "撤下"


class ArticleAct(models.Model):
    """条目经过: who did what to which version; append-only. `giver` is whom the person stood in for."""

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="acts")
    no = models.PositiveSmallIntegerField("版本")
    act = models.CharField("事项", max_length=12, choices=Act)
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    giver = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("时间")
    note = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "条目经过"
        ordering = ("id",)


class ArticleUse(models.Model):
    """条目引用: a case that was answered from a version. It follows from the event, which names both."""

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="uses")
    no = models.PositiveSmallIntegerField("版本")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    seq = models.PositiveIntegerField("所属记录")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "条目引用"
        ordering = ("-id",)
        constraints = (models.UniqueConstraint(fields=("case", "seq", "article"), name="article_use"),)


class Verdict(models.TextChoices):
    USEFUL = "useful", "有用"
    OUTDATED = "outdated", "过时"


class ArticleOpinion(models.Model):
    """条目意见: what somebody who answers people thinks of a version; one each, which may change."""

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="opinions")
    no = models.PositiveSmallIntegerField("版本")
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField("意见", max_length=8, choices=Verdict)
    note = models.CharField("说明", max_length=200, blank=True)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "条目意见"
        ordering = ("-at", "-id")
        constraints = (models.UniqueConstraint(fields=("article", "no", "by"), name="article_opinion"),)
        indexes = (
            models.Index(fields=("article", "no"), name="article_outdated", condition=Q(verdict="outdated")),
        )
