"""The tables of the office's work; what the place says before any case comes in is in `vocabularies`.

Rows of Case, Assignment, ClockRun and Ruling are a projection of the Event log (`history.replay`);
`lifecycle` is the only writer of them."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any

from django.conf import settings
from django.db import models

from huiying.accounts.models import Unit
from huiying.cases import moves
from huiying.cases.vocabularies import (
    Area,
    CalendarDay,
    Channel,
    ChannelGroup,
    ClockRule,
    DayKind,
    Nature,
    Office,
    Topic,
    TopicTree,
    Vocabulary,
)

__all__ = [
    "Area",
    "CalendarDay",
    "Channel",
    "ChannelGroup",
    "ClockRule",
    "DayKind",
    "Nature",
    "Office",
    "Topic",
    "TopicTree",
    "Vocabulary",
]
"""What is handed on besides the tables below: Django, and who asks for a table, look here for all of them."""

CASE_CHOICES = [(str(value), title) for value, title in moves.CASE_TITLES.items()]
TASK_CHOICES = [(str(value), title) for value, title in moves.TASK_TITLES.items()]
ENDING_CHOICES = [(str(value), title) for value, title in moves.ENDING_TITLES.items()]
PAGES = {"case": "查看", "dispatch": "派单", "work": "办理", "review": "审核"}
PAGE_CHOICES = [*(PAGES | {"callback": "回访", "letter": "写督办函"}).items()]


class Person(models.Model):
    """A citizen's own data, sealed, apart from everything else. The indexes are keyed digests."""

    sealed = models.BinaryField("密文")
    phone_index = models.CharField("电话索引", max_length=32, blank=True, db_index=True)
    name_index = models.CharField("姓名索引", max_length=32, blank=True)
    recorded_at = models.DateTimeField("录入时间")
    erased_at = models.DateTimeField("删除时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "诉求人"

    def __str__(self) -> str:
        return f"诉求人 {self.pk}"


LATEST = ("-received_at", "-id")
"""The order of lists. In an index it stands behind what a list is chosen by; what it may be chosen by besides
stands behind it, so that the walk reads no row that is not wanted."""
CLASSES = ("channel", "nature", "topic", "branch", "area")
MARKED = (
    ~models.Q(urgency="normal")
    | models.Q(secret=True)
    | (~models.Q(ending="") & ~models.Q(ending="answered"))
)
"""What few cases are: urgent, secret, or ended otherwise than by an answer. One small index serves all three;
a query that is to walk it says this too, in these very words (SQLite knows no index by an `__in`)."""
IN_A_VILLAGE = ~models.Q(village="")


class Case(models.Model):
    """诉求件. Status, pointers and instants follow from the events and are never edited here."""

    number = models.CharField("编号", max_length=40, unique=True)
    region = models.CharField("行政区划代码", max_length=12)
    upper_number = models.CharField("上级编号", max_length=64, blank=True, db_index=True)
    channel = models.ForeignKey(Channel, verbose_name="渠道", on_delete=models.PROTECT, db_index=False)
    nature_claimed = models.ForeignKey(
        Nature,
        verbose_name="自选性质",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    nature = models.ForeignKey(
        Nature, verbose_name="核定性质", null=True, blank=True, on_delete=models.PROTECT, db_index=False
    )
    topic = models.ForeignKey(
        Topic, verbose_name="内容分类", null=True, blank=True, on_delete=models.PROTECT, db_index=False
    )
    branch = models.ForeignKey(
        Topic,
        verbose_name="内容大类",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    title = models.CharField("标题", max_length=200)
    person = models.ForeignKey(Person, verbose_name="诉求人", null=True, blank=True, on_delete=models.PROTECT)
    area = models.ForeignKey(
        Area, verbose_name="所属乡镇", null=True, blank=True, on_delete=models.PROTECT, db_index=False
    )
    village = models.CharField("村（社区）", max_length=64, blank=True)
    address = models.CharField("地址", max_length=200, blank=True)
    longitude = models.FloatField("经度", null=True, blank=True)
    latitude = models.FloatField("纬度", null=True, blank=True)
    urgency = models.CharField(
        "紧急程度",
        max_length=8,
        default="normal",
        choices=[("normal", "一般"), ("urgent", "紧急"), ("major", "重大紧急")],
    )
    secret = models.BooleanField("保密", default=False)
    status = models.CharField("状态", max_length=12, choices=CASE_CHOICES, default=moves.CaseStatus.RECEIVED)
    ending = models.CharField("办结方式", max_length=12, choices=ENDING_CHOICES, blank=True, default="")
    mode = models.CharField(
        "办理方式", max_length=12, blank=True, choices=[("direct", "直办"), ("dispatched", "转办")]
    )
    lead = models.ForeignKey(
        "Assignment",
        verbose_name="牵头派单",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    merged_into = models.ForeignKey(
        "self", verbose_name="并入件", null=True, blank=True, on_delete=models.PROTECT, related_name="merged"
    )
    repeat_of = models.ForeignKey(
        "self",
        verbose_name="所重复的件",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="repeats",
        db_index=False,
    )
    received_at = models.DateTimeField("受理时间")
    recorded_at = models.DateTimeField("录入时间")
    dispatched_at = models.DateTimeField("派单时间", null=True, blank=True)
    replied_at = models.DateTimeField("反馈时间", null=True, blank=True)
    closed_at = models.DateTimeField("办结时间", null=True, blank=True)
    erased_at = models.DateTimeField("个人资料删除时间", null=True, blank=True)
    due_at = models.DateTimeField("当前时限", null=True, blank=True)
    seq = models.PositiveIntegerField("记录数", default=0)
    head = models.CharField("末条校验值", max_length=64, blank=True)

    objects: models.Manager[Case]

    class Meta:
        verbose_name = verbose_name_plural = "诉求件"
        ordering = ("-received_at", "-id")
        indexes = (
            models.Index(fields=LATEST, name="case_latest"),
            models.Index(fields=LATEST, name="case_open", condition=models.Q(closed_at=None)),
            models.Index(
                fields=("due_at", "id", "status", "closed_at"),
                name="case_next_due",
                condition=models.Q(closed_at=None),
            ),
            models.Index(
                fields=("closed_at", "id"), name="case_closed", condition=models.Q(closed_at__isnull=False)
            ),
            models.Index(fields=("status", *LATEST), name="case_status"),
            models.Index(fields=("channel", *LATEST, "nature", "branch", "area"), name="case_channel"),
            models.Index(fields=("nature", *LATEST, "channel", "branch", "area"), name="case_nature"),
            models.Index(fields=("branch", *LATEST, "channel", "nature", "area"), name="case_branch"),
            models.Index(fields=("topic", *LATEST, "channel", "nature", "area"), name="case_topic"),
            models.Index(fields=("area", *LATEST, "channel", "nature", "branch"), name="case_area"),
            models.Index(
                fields=(*LATEST, "urgency", "secret", "ending", "closed_at", *CLASSES),
                name="case_marked",
                condition=MARKED,
            ),
            models.Index(fields=("village", *LATEST), name="case_village", condition=IN_A_VILLAGE),
            # nothing asks for it but SQLite itself: for each assignment that a file brings, who leads by it
            models.Index(fields=("lead",), name="case_lead", condition=models.Q(lead__isnull=False)),
            models.Index(
                fields=("repeat_of",), name="case_repeat", condition=models.Q(repeat_of__isnull=False)
            ),
        )

    def __str__(self) -> str:
        return self.number

    @property
    def is_open(self) -> bool:
        return self.status != moves.CaseStatus.CLOSED


class Numbering(models.Model):
    """How far the numbers that begin with a stem (prefix, year and month) have been given out."""

    stem = models.CharField(max_length=24, primary_key=True)
    last = models.PositiveBigIntegerField()
    width = models.PositiveSmallIntegerField()

    objects: models.Manager[Numbering]

    class Meta:
        verbose_name = verbose_name_plural = "编号"


class Assignment(models.Model):
    """派单: one unit's task on one case in one round. A re-dispatch is a new row."""

    case = models.ForeignKey(
        Case, verbose_name="诉求件", on_delete=models.PROTECT, related_name="assignments", db_index=False
    )
    region = models.CharField("行政区划代码", max_length=12)
    no = models.PositiveSmallIntegerField("派单号")
    unit = models.ForeignKey(
        Unit, verbose_name="承办单位", on_delete=models.PROTECT, related_name="assignments"
    )
    role = models.CharField("承办方式", max_length=8, choices=[("lead", "牵头"), ("co", "协办")])
    round = models.PositiveSmallIntegerField("轮次")
    status = models.CharField("状态", max_length=12, choices=TASK_CHOICES)
    designated = models.BooleanField("指定承办", default=False)
    paused = models.BooleanField("暂停计时", default=False)
    assigned_at = models.DateTimeField("派单时间")
    claimed_at = models.DateTimeField("认领时间", null=True, blank=True)
    contacted_at = models.DateTimeField("首次联系", null=True, blank=True)
    replied_at = models.DateTimeField("反馈时间", null=True, blank=True)
    released_at = models.DateTimeField("发布时间", null=True, blank=True)
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)
    is_open = models.BooleanField("单位待办", default=False)
    due_at = models.DateTimeField("单位最近时限", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "派单"
        ordering = ("no",)
        constraints = (models.UniqueConstraint(fields=("case", "no"), name="assignment_no"),)
        indexes = (
            models.Index(
                fields=("unit", "due_at", "id", "status", "role", "is_open"),
                name="assignment_open",
                condition=models.Q(is_open=True),
            ),
            models.Index(fields=("status", "id"), name="assignment_status"),
            models.Index(fields=("case",), name="assignment_co", condition=models.Q(role="co")),
        )

    def __str__(self) -> str:
        return f"{self.case} · {self.unit}"


def _copied(title: str, to: type[models.Model]) -> models.ForeignKey[Any, Any]:
    """A pointer that repeats the case's own, which the database already keeps right."""
    loose = {"null": True, "db_constraint": False, "db_index": False, "related_name": "+"}
    return models.ForeignKey(to, verbose_name=title, on_delete=models.DO_NOTHING, **loose)  # type: ignore[arg-type]


UNITS_LATEST = ("unit", "-received_at", "-case")


class Sight(models.Model):
    """可见单位: a unit sees a case, because an assignment went to it or to a unit below it (`sights`)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="sights", db_index=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    holds = models.BooleanField("未退办")
    marked = models.BooleanField("紧急、保密、直办或另行办结", default=False)
    received_at = models.DateTimeField("受理时间")
    closed_at = models.DateTimeField("办结时间", null=True)
    channel, nature = _copied("渠道", Channel), _copied("核定性质", Nature)
    topic, branch, area = _copied("内容分类", Topic), _copied("内容大类", Topic), _copied("所属乡镇", Area)

    class Meta:
        verbose_name = verbose_name_plural = "可见单位"
        constraints = (models.UniqueConstraint(fields=("case", "unit"), name="one_sight"),)
        indexes = (
            models.Index(
                fields=(*UNITS_LATEST, "holds", *CLASSES, "marked"),
                name="sight_latest",
            ),
            models.Index(fields=UNITS_LATEST, name="sight_open", condition=models.Q(closed_at=None)),
            models.Index(
                fields=("unit", "closed_at", "case", "holds", *CLASSES, "marked"),
                name="sight_closed",
                condition=models.Q(closed_at__isnull=False),
            ),
        )


class Issue(models.Model):
    """问题: one of the matters in a case. The first (main) one decides how the case counts."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="issues", db_index=False)
    no = models.PositiveSmallIntegerField()
    main = models.BooleanField(default=False)
    nature = models.ForeignKey(Nature, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    topic = models.ForeignKey(Topic, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    title = models.CharField("标题", max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = "问题"
        ordering = ("no",)
        constraints = (
            models.UniqueConstraint(fields=("case", "no"), name="issue_no"),
            models.UniqueConstraint(fields=("case",), condition=models.Q(main=True), name="one_main_issue"),
        )

    def __str__(self) -> str:
        return self.title


class Accused(models.Model):
    """被反映对象: a unit, a firm or a person complained of. Never shown the reporter."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="accused")
    kind = models.CharField(
        "类别", max_length=8, choices=[("unit", "单位"), ("firm", "企业"), ("person", "个人")]
    )
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.PROTECT)
    sealed = models.BinaryField(blank=True, default=b"")

    class Meta:
        verbose_name = verbose_name_plural = "被反映对象"


class CaseText(models.Model):
    """Words of citizens and staff, rows apart from events so that they can be erased:
    the event keeps the keyed digest, the text becomes a tombstone."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="texts")
    seq = models.PositiveIntegerField("所属记录")
    kind = models.CharField(
        max_length=12, choices=[("body", "诉求内容"), ("supplement", "补充内容"), ("note", "说明")]
    )
    text = models.TextField()
    digest = models.CharField(max_length=32)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "文本"
        ordering = ("seq", "id")


class Attachment(models.Model):
    """A file kept under HUIYING_HOME/files by its checksum."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="attachments")
    seq = models.PositiveIntegerField("所属记录")
    name = models.CharField("文件名", max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField("大小")
    sha256 = models.CharField(max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "附件"


class Ruling(models.Model):
    """A unit's request (退办, 延期) and the office's decision."""

    case = models.ForeignKey(Case, verbose_name="诉求件", on_delete=models.PROTECT, related_name="rulings")
    assignment = models.ForeignKey(
        Assignment, verbose_name="派单", on_delete=models.PROTECT, related_name="rulings"
    )
    no = models.PositiveSmallIntegerField("序号")
    kind = models.CharField("类别", max_length=12, choices=[("return", "退办"), ("extension", "延期")])
    reason = models.CharField("理由", max_length=64, blank=True)
    proposed = models.CharField("建议", max_length=64, blank=True)
    asked_at = models.DateTimeField("申请时间")
    decision = models.CharField(
        "裁定",
        max_length=12,
        choices=[
            ("pending", "待裁定"),
            ("agreed", "同意"),
            ("refused", "不同意"),
            ("redirected", "改派"),
            ("designated", "指定"),
            ("granted", "同意"),
            ("dropped", "撤回"),
        ],
    )
    decided_at = models.DateTimeField("裁定时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "裁定"
        constraints = (models.UniqueConstraint(fields=("case", "no"), name="ruling_no"),)
        indexes = (
            models.Index(fields=("decision", "asked_at"), name="ruling_pending"),
            models.Index(fields=("case",), name="ruling_return", condition=models.Q(kind="return")),
        )


class Reply(models.Model):
    """答复: three separate texts of one assignment's reply, one row per submission."""

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="replies")
    no = models.PositiveSmallIntegerField()
    handling_report = models.TextField("办理情况", blank=True)
    contact_record = models.TextField("与群众联系记录", blank=True)
    public_answer = models.TextField("公开答复", blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    drafted_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "答复"
        ordering = ("no",)
        constraints = (models.UniqueConstraint(fields=("assignment", "no"), name="reply_no"),)


RUNNING = models.Q(stopped_at=None, superseded=False)  # or paused


class ClockRun(models.Model):
    """One run of one clock. Nothing is overwritten: extension, pause and calendar changes add rows."""

    case = models.ForeignKey(Case, verbose_name="诉求件", on_delete=models.PROTECT, related_name="clocks")
    assignment = models.ForeignKey(
        Assignment,
        verbose_name="派单",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="clocks",
    )
    region = models.CharField("行政区划代码", max_length=12)
    kind = models.CharField("时限", max_length=16)
    on = models.PositiveSmallIntegerField("派单号")
    run = models.PositiveSmallIntegerField("次数")
    rule = models.CharField("规则", max_length=64)
    version = models.PositiveSmallIntegerField("规则版本")
    why = models.CharField("起因", max_length=16)
    started_at = models.DateTimeField("起算时间")
    due_at = models.DateTimeField("到期时间", null=True, blank=True)
    stopped_at = models.DateTimeField("停止时间", null=True, blank=True)
    superseded = models.BooleanField("已被取代", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "计时"
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("case", "kind", "on", "run"), name="clock_run"),)
        indexes = (
            models.Index(fields=("due_at", "kind"), name="clock_open", condition=RUNNING),
            models.Index(fields=("assignment", "due_at", "kind"), name="clock_of_task", condition=RUNNING),
        )


BEEN = reduce(
    or_,
    (
        models.Q(kind=kind)
        for kind in ("send_back", "reopen", "grant_extension", "supplement", "urge", "supervise", "instruct")
    ),
)
"""What happens to few cases and lists ask for."""


class Event(models.Model):
    """One change of a case, append-only (the database refuses UPDATE and DELETE), chained by
    hash per case. `data` is canonical JSON text and, with every other column, is what the
    hash covers. No personal data, no words of citizens: those are CaseText, named by digest."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events", db_index=False)
    region = models.CharField(max_length=12)
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=20)
    on = models.PositiveSmallIntegerField(default=0)
    happened_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    origin = models.CharField(max_length=64, blank=True)
    from_status = models.CharField(max_length=12, blank=True)
    to_status = models.CharField(max_length=12, blank=True)
    data = models.TextField(default="{}")
    previous = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    actor_id: int | None
    case_id: int

    class Meta:
        verbose_name = verbose_name_plural = "记录"
        ordering = ("case", "seq")
        constraints = (models.UniqueConstraint(fields=("case", "seq"), name="event_seq"),)
        indexes = (
            models.Index(fields=("happened_at",), name="event_happened"),
            models.Index(fields=("recorded_at",), name="event_recorded"),
            models.Index(fields=("happened_at",), name="event_rework", condition=models.Q(kind="send_back")),
            models.Index(fields=("case",), name="event_instructed", condition=models.Q(kind="instruct")),
            models.Index(fields=("case",), name="event_amended", condition=models.Q(kind="amend")),
            models.Index(fields=("kind", "case"), name="event_been", condition=BEEN),
            models.Index(
                fields=("actor", "case"), name="event_actor", condition=models.Q(actor__isnull=False)
            ),
        )

    def __str__(self) -> str:
        return f"{self.case_id}#{self.seq} {self.kind}"


class Presence(models.Model):
    """正在处理: who has a case open, on which page. No record of the case: it counts for a minute."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    unit = models.ForeignKey(Unit, null=True, on_delete=models.CASCADE, related_name="+")
    page = models.CharField("页面", max_length=8, choices=PAGE_CHOICES)
    seen_at = models.DateTimeField("最近在场", db_index=True)

    case_id: int
    user_id: int

    class Meta:
        verbose_name = verbose_name_plural = "正在处理"
        ordering = ("seen_at", "id")
        constraints = (models.UniqueConstraint(fields=("case", "user"), name="one_presence"),)

    def __str__(self) -> str:
        return f"{self.user}正在{self.get_page_display()}"
