"""Who works here: units in their tree, people, and the roles they hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, NamedTuple

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F, FilteredRelation, Q, QuerySet
from django.utils import timezone


class UnitKind(models.TextChoices):
    DEPARTMENT = "department", "部门"
    TOWN = "town", "乡镇"
    OTHER = "other", "其他"


class Unit(models.Model):
    """承办单位. `path` is the codes from the root joined by "/", so that a subtree is one prefix."""

    code = models.CharField("代码", max_length=64, unique=True)
    name = models.CharField("名称", max_length=64, unique=True)
    aliases = models.JSONField("别名", default=list, blank=True)
    duties = models.JSONField("职责", default=list, blank=True)
    kind = models.CharField("类别", max_length=16, choices=UnitKind, default=UnitKind.DEPARTMENT)
    parent = models.ForeignKey(
        "self",
        verbose_name="上级单位",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="children",
    )
    path = models.CharField(max_length=255, db_index=True, editable=False)
    order = models.PositiveIntegerField("单位排序", default=0)
    contact = models.CharField("联系人", max_length=32, blank=True)
    phone = models.CharField("联系电话", max_length=32, blank=True)
    one_person = models.BooleanField(
        "一人单位", default=False, help_text="经办人可直接反馈，不经单位负责人审签"
    )
    active = models.BooleanField("启用", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "承办单位"
        ordering = ("order", "id")

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        self.path = f"{self.parent.path}{self.code}/" if self.parent else f"{self.code}/"
        super().save(*args, **kwargs)  # type: ignore[arg-type]


class Role(models.TextChoices):
    OPERATOR = "operator", "话务员"
    DISPATCHER = "dispatcher", "派单员"
    CLERK = "clerk", "单位经办人"
    HEAD = "head", "单位负责人"
    REVIEWER = "reviewer", "审核员"
    CALLBACK = "callback", "回访员"
    SUPERVISOR = "supervisor", "督办员"
    EDITOR = "editor", "通报编辑"
    LEADER = "leader", "领导"
    ADMIN = "admin", "管理员"
    AUDITOR = "auditor", "安全审计员"


OFFICE_ROLES = frozenset(
    {
        Role.OPERATOR,
        Role.DISPATCHER,
        Role.REVIEWER,
        Role.CALLBACK,
        Role.SUPERVISOR,
        Role.EDITOR,
        Role.LEADER,
        Role.ADMIN,
    }
)
"""Roles of the office itself, which see every unit's cases."""

KEPT_ROLES = frozenset({Role.ADMIN, Role.AUDITOR})
"""Roles that nobody may act in for another: who sets rights and who reads the trail stay themselves."""


class User(AbstractUser):
    """A person who signs in. A person without a unit sees no unit's cases."""

    name = models.CharField("姓名", max_length=32)
    unit = models.ForeignKey(
        Unit, verbose_name="单位", null=True, blank=True, on_delete=models.PROTECT, related_name="people"
    )

    must_change = models.BooleanField("须改密码", default=False, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "人员"

    def __str__(self) -> str:
        return self.name or self.username

    @property
    def standings(self) -> tuple[Standing, ...]:
        """In what the person stands today: first as themselves, then for those who delegated to them.

        Read once per object, which lives as long as a request.
        """
        if not hasattr(self, "_standings"):
            self._standings = tuple(standings_of(self, on=timezone.localdate()))
        return self._standings

    def forget_standings(self) -> None:
        """Read the standings anew: the roles have changed."""
        self.__dict__.pop("_standings", None)

    @property
    def roles(self) -> frozenset[str]:
        """The roles that the person may act in today, their own and those delegated to them."""
        return frozenset().union(*(standing.roles for standing in self.standings))

    @property
    def givers(self) -> tuple[User, ...]:
        """For whom the person acts today."""
        return tuple(standing.giver for standing in self.standings if standing.giver)


class Standing(NamedTuple):
    """Roles, and the unit that they are held in; `giver` is the absent person, None for one's own."""

    roles: frozenset[str]
    unit: Unit | None
    giver: User | None = None
    until_on: date | None = None


class Holding(models.Model):
    """One person holds one role."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="holdings")
    user_id: int
    role = models.CharField("角色", max_length=16, choices=Role)

    class Meta:
        verbose_name = verbose_name_plural = "任职"
        constraints = (models.UniqueConstraint(fields=("user", "role"), name="one_holding_per_role"),)

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"


class Delegation(models.Model):
    """委托代办: while one is away another acts in their roles and unit, visibly and for a time.

    Both days count. It is never changed: to end it early is to write `ended_at`.
    """

    giver = models.ForeignKey(User, verbose_name="委托人", on_delete=models.PROTECT, related_name="given")
    taker = models.ForeignKey(User, verbose_name="代办人", on_delete=models.PROTECT, related_name="taken")
    from_on = models.DateField("自")
    until_on = models.DateField("至")
    reason = models.CharField("事由", max_length=64)
    ended_at = models.DateTimeField("提前结束", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "委托代办"
        ordering = ("-from_on", "-id")
        constraints = (
            models.CheckConstraint(condition=~Q(giver=F("taker")), name="delegation_to_another"),
            models.CheckConstraint(condition=Q(until_on__gte=F("from_on")), name="delegation_days"),
        )

    def __str__(self) -> str:
        return f"{self.taker}代{self.giver}，{self.from_on} 至 {self.until_on}"


def standings_of(user: User, *, on: date) -> Iterator[Standing]:
    """The standings of a person on a day, in one query. What was delegated is not delegated on."""
    return _told(user, _held_by(user.pk, on))


def with_standings(pk: int, *, on: date) -> User | None:
    """The person of that key with their standings on a day, in one query; two for whoever holds no role."""
    rows = list(_held_by(pk, on))
    user = next((row.user for row in rows if row.user_id == pk), None)
    user = user or User.objects.select_related("unit").filter(pk=pk).first()
    if user is not None:
        user.__dict__["_standings"] = tuple(_told(user, rows))
    return user


def _held_by(pk: int, on: date) -> QuerySet[Holding]:
    """The roles of a person and of those who delegated to them (`lent_pk` says by which delegation)."""
    today = Q(user__given__taker=pk, user__given__ended_at=None)
    today &= Q(user__given__from_on__lte=on, user__given__until_on__gte=on)
    return (
        Holding.objects.annotate(lent=FilteredRelation("user__given", condition=today))
        .filter(Q(user=pk) | Q(lent__isnull=False, user__is_active=True))
        .annotate(lent_pk=F("lent__pk"), until_on=F("lent__until_on"))
        .select_related("user__unit")
        .order_by("lent_pk", "pk")
    )


def _told(user: User, rows: Iterable[Any]) -> Iterator[Standing]:
    roles: dict[int | None, set[str]] = {}
    lent: dict[int, tuple[User, date]] = {}
    for row in rows:
        roles.setdefault(row.lent_pk, set()).add(row.role)
        if row.lent_pk is None:
            user.unit = row.user.unit  # read along: it is asked for next
        else:
            lent[row.lent_pk] = (row.user, row.until_on)
    yield Standing(frozenset(roles.get(None, ())), user.unit)
    for pk, (giver, until_on) in lent.items():
        yield Standing(frozenset(roles[pk]) - KEPT_ROLES, giver.unit, giver, until_on)


class SavedFilter(models.Model):
    """常用查询: one person's conditions and columns of the case list under a name of their own.

    `query` is the address's part after "?", so that a saved list and a shared link are the same thing.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_filters")
    name = models.CharField("名称", max_length=20)
    query = models.CharField("条件", max_length=1000, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "常用查询"
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("user", "name"), name="filter_name"),)

    def __str__(self) -> str:
        return self.name


class TrailKind(models.TextChoices):
    SIGN_IN = "sign_in", "登录"
    REFUSED = "refused", "登录失败"
    UNMASK = "unmask", "查看个人资料"
    CALLER = "caller", "按来电号码查件"
    EXPORT = "export", "导出"
    SETTING = "setting", "修改设置"
    DELEGATE = "delegate", "委托代办"
    ERASE = "erase", "到期删除"
    MODEL = "model", "使用大模型"


class Trail(models.Model):
    """安全记录: who signed in, looked at personal data, took data out or changed a setting. Append-only."""

    at = models.DateTimeField("时间", db_index=True)
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("事项", max_length=12, choices=TrailKind)
    subject = models.CharField("对象", max_length=200, blank=True)
    reason = models.CharField("理由", max_length=200, blank=True)
    data = models.JSONField("详情", default=dict)

    class Meta:
        verbose_name = verbose_name_plural = "安全记录"
        ordering = ("-at", "-id")
        indexes = (models.Index(fields=("kind", "-at"), name="trail_kind"),)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.get_kind_display()} {self.subject}"


class Submission(models.Model):
    """已提交的表单: what a person has sent, by a mark of all that was in it; sent again it is not done again.

    `led_to` is where the first led, "" while it is at work; `said` what it was told there. Kept for a day.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    mark = models.CharField(max_length=64)
    at = models.DateTimeField("时间", db_index=True)
    led_to = models.CharField("去处", max_length=2000, blank=True)
    said = models.JSONField("告知", default=list)

    class Meta:
        verbose_name = verbose_name_plural = "已提交的表单"
        ordering = ("at", "id")
        constraints = (models.UniqueConstraint(fields=("user", "mark"), name="one_submission"),)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.mark[:8]}"
