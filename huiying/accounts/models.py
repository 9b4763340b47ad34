"""Who works here: units in their tree, people, and the roles they hold."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models


class UnitKind(models.TextChoices):
    DEPARTMENT = "department", "部门"
    TOWN = "town", "乡镇"
    OTHER = "other", "其他"


class Unit(models.Model):
    """承办单位. `path` is the codes from the root joined by "/", so that a subtree is one prefix."""

    code = models.CharField("代码", max_length=64, unique=True)
    name = models.CharField("名称", max_length=64, unique=True)
    aliases = models.JSONField("别名", default=list, blank=True)
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


class User(AbstractUser):
    """A person who signs in. A person without a unit sees no unit's cases."""

    name = models.CharField("姓名", max_length=32)
    unit = models.ForeignKey(
        Unit, verbose_name="单位", null=True, blank=True, on_delete=models.PROTECT, related_name="people"
    )

    class Meta:
        verbose_name = verbose_name_plural = "人员"

    def __str__(self) -> str:
        return self.name or self.username

    @property
    def roles(self) -> frozenset[str]:
        """The roles held, read once per object."""
        if not hasattr(self, "_roles"):
            self._roles = frozenset(self.holdings.values_list("role", flat=True))
        return self._roles


class Holding(models.Model):
    """One person holds one role."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="holdings")
    role = models.CharField("角色", max_length=16, choices=Role)

    class Meta:
        verbose_name = verbose_name_plural = "任职"
        constraints = (models.UniqueConstraint(fields=("user", "role"), name="one_holding_per_role"),)

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"


class TrailKind(models.TextChoices):
    SIGN_IN = "sign_in", "登录"
    REFUSED = "refused", "登录失败"
    UNMASK = "unmask", "查看个人资料"
    EXPORT = "export", "导出"
    SETTING = "setting", "修改设置"
    DELEGATE = "delegate", "委托代办"


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
