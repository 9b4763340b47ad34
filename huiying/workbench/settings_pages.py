"""设置: what an administrator may set. The word lists of the place are one family: a row of `LISTS` each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from huiying.accounts.models import Role, Unit
from huiying.cases import revising
from huiying.cases.models import Area, Channel, Nature, Topic
from huiying.common.errors import Refused

if TYPE_CHECKING:  # Django imports the admin, and so this, for every command
    from huiying.workbench.visit import Visit

View = Callable[..., HttpResponseBase]


def only(*roles: Role) -> Callable[[View], View]:
    """A page for people of these roles; the others are told that it is not for them."""

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: Visit, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.roles & {*roles}:
                raise PermissionDenied(f"这一页由{'、'.join(Role(role).label for role in roles)}使用。")
            return view(request, *args, **kwargs)

        return guarded

    return wrap


class Lines(forms.CharField):
    """A list of words, one a line."""

    widget = forms.Textarea(attrs={"rows": 3})

    def __init__(self, *, encoder: Any = None, decoder: Any = None, **options: Any) -> None:
        super().__init__(**options)  # a JSON column's own two options mean nothing here

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        words = [line.strip() for line in str(value or "").splitlines()]
        return list(dict.fromkeys(word for word in words if word))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (initial or []) != self.to_python(data)


@dataclass(frozen=True)
class WordList:
    """One list of the settings: its address, its title, what may be set of a row, and a word of advice.

    `fixed` is asked once, when a row is made: the records name the row by it.
    """

    name: str
    title: str
    model: type[models.Model]
    fixed: tuple[str, ...]
    fields: tuple[str, ...]
    advice: str
    follows: tuple[str, ...] = ()
    """Relations that a line of the list shows."""


NEVER = "代码写进记录，定后不改；不再用的请停用，已有的件照旧显示。"
LISTS = {
    each.name: each
    for each in [
        WordList(
            "units",
            "承办单位",
            Unit,
            ("code",),
            (
                *("name", "kind", "parent", "order", "contact", "phone", "one_person", "active"),
                *("aliases", "duties"),
            ),
            NEVER,
            ("parent",),
        ),
        WordList(
            "topics",
            "内容分类",
            Topic,
            ("tree", "parent", "name"),
            ("order", "active", "aliases"),
            "分类的名称写进记录，定后不改；叫法变了请加别名，或停用后新设。",
            ("tree",),
        ),
        WordList(
            "channels",
            "渠道",
            Channel,
            ("code",),
            ("name", "group", "order", "prefix", "upper", "active", "aliases"),
            NEVER,
            ("group",),
        ),
        WordList(
            "natures", "性质", Nature, ("code",), ("name", "order", "guarded", "active", "aliases"), NEVER
        ),
        WordList("areas", "区域", Area, ("code",), ("name", "parent", "order", "active", "aliases"), NEVER),
    ]
}


@only(Role.ADMIN)
def words(request: Visit, name: str) -> HttpResponse:
    """The rows of one list."""
    words = _list(name)
    asked = request.GET.get("q", "").strip()
    found = words.model.objects.select_related(*words.follows)  # type: ignore[attr-defined]
    rows = [row for row in found.order_by(*_order(words)) if asked in _said(row)]
    return render(request, "workbench/words.html", {"words": words, "rows": rows, "asked": asked})


def _said(row: Any) -> str:
    code = getattr(row, "code", row.pk and getattr(row, "path", ""))
    return "\n".join([row.name, code, *row.aliases, *getattr(row, "duties", [])])


def _order(words: WordList) -> Iterable[str]:
    return {Topic: ("tree__order", "tree", "path"), Area: ("code",)}.get(words.model, ("order", "pk"))


@only(Role.ADMIN)
def word(request: Visit, name: str, pk: int = 0) -> HttpResponse:
    """One row of a list, or a new one; posted, saved unless somebody was quicker."""
    words = _list(name)
    row: Any = get_object_or_404(words.model, pk=pk) if pk else words.model()
    form = _form(words, row, request)
    if request.method == "POST" and form.is_valid():
        try:
            changed = revising.revise(
                form.save(commit=False), seen=request.POST.get("seen", ""), by=request.user, at=timezone.now()
            )
        except revising.Overtaken as overtaken:
            form.add_error(None, str(overtaken))
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"已保存“{row}”。" if changed else "没有改动。")
            return redirect("words", name)
    stored = words.model.objects.get(pk=pk) if pk else None  # type: ignore[attr-defined]
    return render(request, "workbench/word.html", form_context(form, stored) | {"words": words})


def form_context(form: forms.ModelForm[Any], stored: models.Model | None) -> dict[str, Any]:
    """A form with the mark of the stored row and, where its save was refused, what is stored now."""
    fields = stored._meta if stored else None
    now = []
    if stored and fields and form.is_bound:
        said = revising.values(stored)
        names = {name: str(fields.get_field(name).verbose_name) for name in form.fields}  # type: ignore[union-attr]
        now = [(title, _shown(said[title])) for title in names.values()]
    return {"form": form, "stored": stored, "seen": revising.mark(stored) if stored else "", "now": now}


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return (
        "、".join(map(str, value)) if isinstance(value, list) else str("—" if value in (None, "") else value)
    )


def _form(words: WordList, row: Any, request: Visit) -> forms.ModelForm[Any]:
    names = words.fields if row.pk else (*words.fixed, *words.fields)
    lines = {"aliases": Lines, "duties": Lines}
    made = forms.modelform_factory(words.model, fields=names, field_classes=lines)
    form = made(request.POST if request.method == "POST" else None, instance=row)
    form.fields["aliases"].help_text = "导入的表格里的其他叫法，每行一个"
    if duties := form.fields.get("duties"):
        duties.widget.attrs["rows"] = 6
        duties.help_text = (
            "照三定规定和常见诉求写，每行一项，如“物业服务、物业费”；没有历史时据此建议承办单位"
        )
    if parent := form.fields.get("parent"):
        parent.empty_label = "无（最上级）"  # type: ignore[attr-defined]
        parent.label_from_instance = lambda each: getattr(each, "path", each.name)  # type: ignore[attr-defined]
    return form


def _list(name: str) -> WordList:
    if name not in LISTS:
        raise Http404("没有这一页。")
    return LISTS[name]
