"""少改的表: Django's admin for what is seldom changed or only looked at, behind the workbench's own door.

What may be changed goes through `revising`, as on the pages of the settings, and the trail tells of it. What
the program writes itself is only read. Nothing is ever deleted.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from operator import attrgetter
from typing import Any

from django import forms
from django.contrib.admin import AdminSite, ModelAdmin
from django.core.paginator import Paginator
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_safe
from django.views.i18n import JavaScriptCatalog

from huiying.accounts import trail
from huiying.accounts.models import Role, Trail, TrailKind
from huiying.batches.models import Batch
from huiying.cases import revising
from huiying.cases.models import ChannelGroup, Event, Office, Topic, TopicTree
from huiying.cases.moves import MOVES
from huiying.common.errors import Refused
from huiying.notices.models import Outbox
from huiying.workbench.settings_pages import Lines, only

MOST = 10_000


class InChinese(JavaScriptCatalog):
    """The words of the admin's scripts, with those that Django has not translated."""

    packages = ["django.contrib.admin"]

    def get_catalog(self) -> dict[str, Any]:
        return super().get_catalog() | {
            'Choose %s by selecting them and then select the "Choose" arrow button.': "选好后按箭头移入。",
            'Remove %s by selecting them and then select the "Remove" arrow button.': "选好后按箭头移出。",
            **{"Available %s": "可选的%s", "Choose all %s": "全选", "Choose selected %s": "选用"},
            **{"Chosen %s": "已选的%s", "Remove all %s": "全部移出", "Remove selected %s": "移出"},
        }


KEPT = {"index", "jsi18n", "app_list"}
"""Of the admin's own pages, those that are there."""


class RareTables(AdminSite):
    """The admin for administrators alone; it has no sign-in, no sign-out and no log of its own."""

    site_title = site_header = index_title = "少改的表"
    site_url = None
    enable_nav_sidebar = False
    final_catch_all_view = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Whoever is let in by `admin_view`."""
        return True

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        return super().admin_view(only(Role.ADMIN)(view), cacheable)

    def i18n_javascript(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return InChinese.as_view()(request)  # type: ignore[return-value]

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """The first page and the tables; whoever is not signed in goes to the workbench's own door."""
        found: list[Any] = super().get_urls()
        kept = [url for url in found if isinstance(url, URLResolver) or url.name in KEPT]
        for url in kept:
            if isinstance(url, URLPattern):
                url.callback.login_url = None  # type: ignore[attr-defined]
        return kept

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        """The tables by what may be done with them, not by the package in which they lie."""
        rows = [row for app in super().get_app_list(request, app_label) for row in app["models"]]
        for row in rows:
            row["name"] = self.get_model_admin(row["model"]).title  # type: ignore[attr-defined]
        url = reverse("admin:index")
        groups = [(title, [row for row in rows if row["view_only"] == seen]) for title, seen in GROUPS]
        return [
            {"name": title, "app_label": "rare", "app_url": url, "has_module_perms": True, "models": found}
            for title, found in groups
        ]


GROUPS = (("可以修改", False), ("只供查看", True))


class Newest(Paginator):  # type: ignore[type-arg]
    """Pages of the first `MOST` rows: nobody turns further, and counting millions takes long."""

    @cached_property
    def count(self) -> int:
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        return rows[:MOST].count()


class Table(ModelAdmin):  # type: ignore[type-arg]
    """A table that is only read."""

    actions = None
    show_full_result_count = False
    paginator = Newest
    list_per_page = 50
    called = ""
    """What the table is called where it shows less than the settings or the menu under that name."""

    @property
    def title(self) -> str:
        return self.called or str(self.opts.verbose_name_plural)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return True

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @method_decorator(require_safe)
    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, {"title": self.title, "table": self.title})

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **more: Any) -> HttpResponse:
        context |= {"table": self.title, "title": self.called or context["title"]}
        return super().render_change_form(request, context, *args, **more)

    def get_urls(self) -> list[URLPattern]:
        """The list and the rows: no deleting, and no history but the trail."""
        kept = ("_changelist", "_add", "_change")
        return [url for url in super().get_urls() if (url.name or "").endswith(kept)]

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The trail tells of it."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The trail tells of it."""


class Seen(forms.ModelForm):  # type: ignore[type-arg]
    """A form that carries along the mark of what it shows, and is refused where somebody was quicker."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seen"].initial = self.mark_of(self.instance)

    def mark_of(self, row: Any) -> str:
        return revising.mark(row)

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self.errors:
            return
        try:
            self.agree()
        except revising.Overtaken as overtaken:
            stored = type(self.instance).objects.get(pk=self.instance.pk)
            self.data = self.data.copy()  # type: ignore[attr-defined]
            self.data["seen"] = self.mark_of(stored)  # type: ignore[index]
            self.add_error(None, forms.ValidationError([str(overtaken), *self.now(stored)]))
        except Refused as refusal:
            self.add_error(None, str(refusal))

    def agree(self) -> None:
        """Raise Refused for what cannot be saved; what passes is ours until the request ends."""
        revising.agree(self.instance, seen=self.cleaned_data["seen"])

    def now(self, stored: Any) -> list[str]:
        """What stands there now of what was typed otherwise."""
        typed = revising.values(self.instance)
        return [
            f"“{name}”现在是：{_shown(value)}"
            for name, value in revising.values(stored).items()
            if typed[name] != value
        ]


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return "、".join(map(str, value)) if isinstance(value, list) else str(value or "（空）")


class WordForm(Seen):
    aliases = Lines(label="别名", required=False, help_text="导入的表格里的其他叫法，每行一个")


class Words(Table):
    """A list of words that the settings have no page for: changed as there, by the one door."""

    form = WordForm
    list_display = ("name", "code", "order", "active")
    ordering = ("order", "id")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return True

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The code stands in the records: it is given once."""
        return ("code",) if obj else ()

    def formfield_for_dbfield(self, db_field: models.Field[Any, Any], request: Any, **more: Any) -> Any:
        field: Any = super().formfield_for_dbfield(db_field, request, **more)
        for what in ("add", "change", "view"):
            if field and hasattr(field.widget, f"can_{what}_related"):
                setattr(field.widget, f"can_{what}_related", False)
        return field

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:
        revising.revise(obj, seen=form.cleaned_data["seen"], by=request.user, at=timezone.now())


def column(title: str, name: str, say: Callable[[Any], Any] = lambda value: value) -> Callable[[Any], Any]:
    """A column of a table whose fields have no title of their own."""

    def show(row: Any) -> Any:
        return say(getattr(row, name))

    show.__name__ = name
    show.short_description, show.admin_order_field = title, name  # type: ignore[attr-defined]
    return show


PATH = column("分类", "path")


class CrosswalkForm(Seen):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["same_as"]
        field.queryset = Topic.objects.exclude(tree=self.instance.tree_id).order_by("path")
        field.label_from_instance = attrgetter("path")
        field.help_text = "另一套体系里意思相同的分类；两边一起改。"

    def mark_of(self, row: Any) -> str:
        return revising.mark_of(same_as(row))

    def agree(self) -> None:
        Office.touch()
        if self.cleaned_data["seen"] != self.mark_of(self.instance):
            raise revising.overtaken(self.instance)

    def now(self, stored: Any) -> list[str]:
        return [f"“对应分类”现在是：{_shown(same_as(stored))}"]


def same_as(topic: Topic) -> list[str]:
    """The paths of the topics that mean the same elsewhere."""
    return sorted(topic.same_as.values_list("path", flat=True))


class Crosswalk(Table):
    """Which topics of several trees mean the same; all else of a topic has its page in the settings."""

    called = "分类对应"
    form = CrosswalkForm
    fields = (PATH, "same_as", "seen")  # type: ignore[assignment]
    readonly_fields = (PATH,)  # type: ignore[assignment]
    filter_horizontal = ("same_as",)
    list_display = (PATH, "elsewhere")
    list_filter = ("tree",)
    search_fields = ("path",)
    ordering = ("path",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("same_as")

    def elsewhere(self, topic: Topic) -> str:
        return "、".join(sorted(other.path for other in topic.same_as.all()))

    elsewhere.short_description = "对应分类"  # type: ignore[attr-defined]

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:
        """Nothing of the row itself is changed here."""

    def save_related(self, request: Any, form: Any, formsets: Any, change: bool) -> None:
        topic = form.instance
        before = same_as(topic)
        super().save_related(request, form, formsets, change)
        if (after := same_as(topic)) != before:
            trail.note(
                request.user,
                TrailKind.SETTING,
                at=timezone.now(),
                subject=revising.subject(topic),
                before={"对应分类": before},
                after={"对应分类": after},
            )


class Batches(Table):
    list_display = ("kind", "asked_by", "asked_at", "state", "total", "done", "said")
    list_select_related = ("asked_by",)
    list_filter = ("kind", "state")


class Outgoing(Table):
    list_display = ("created_at", "channel", "to", "rule", "state", "tries", "error")
    list_filter = ("channel", "state")


EVENT = (
    column("诉求件", "case"),
    column("序号", "seq"),
    column("环节", "kind", lambda kind: MOVES[kind].title if kind in MOVES else kind),
    column("派单", "on"),
    column("办理人", "actor"),
    column("来源", "origin"),
    column("发生时间", "happened_at"),
    column("记录时间", "recorded_at"),
)
CHAINED = (column("内容", "data"), column("前一条校验值", "previous"), column("校验值", "hash"))


class Events(Table):
    called = "案件记录"
    list_display = EVENT
    list_select_related = ("case", "actor")
    fields = readonly_fields = (*EVENT, *CHAINED)  # type: ignore[assignment]
    ordering = ("-id",)
    search_fields = ("=case__number",)
    search_help_text = "诉求件编号"


class SignIns(Table):
    """Of the trail only who came in and who did not: the rest is the auditor's."""

    called = "登录情况"
    list_display = ("at", "kind", column("人员", "user"), "subject")
    fields = readonly_fields = (*list_display, "data")  # type: ignore[assignment]
    list_select_related = ("user",)
    list_filter = ("kind",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(kind__in=(TrailKind.SIGN_IN, TrailKind.REFUSED))


SITE = RareTables()
for model, table in (
    (TopicTree, Words),
    (ChannelGroup, Words),
    (Topic, Crosswalk),
    (Batch, Batches),
    (Outbox, Outgoing),
    (Event, Events),
    (Trail, SignIns),
):
    SITE.register(model, table)
