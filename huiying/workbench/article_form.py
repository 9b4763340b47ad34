"""An article written or changed: one form, kept as a new version, published at once by those who may."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from huiying.accounts.models import Unit, User
from huiying.cases import permissions
from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.knowledge import articles, rights
from huiying.knowledge.articles import LONGEST, Words
from huiying.knowledge.models import Article, ArticleVersion
from huiying.workbench import choices
from huiying.workbench.knowledge import reachable
from huiying.workbench.visit import Visit, place_of

OFFICE = ("", "本办公室")
DAYS = ("valid_from", "valid_until", "review_on")


class Day(forms.DateField):
    """A day, as a browser's field gives it."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class ArticleForm(forms.Form):
    """What an article says. What is missing is told by `articles.write`."""

    title = forms.CharField(label="标题", max_length=LONGEST["title"], help_text="写成群众会问的样子")
    question = forms.CharField(
        label="常见问法",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="同一件事的其他说法，每行一种；话务员打字时按标题和这里找",
    )
    answer = forms.CharField(
        label="答案",
        widget=forms.Textarea(attrs={"rows": 9}),
        help_text="话务员照此答复，写明数字和地点",
    )
    topics = forms.MultipleChoiceField(
        label="内容分类",
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 8}),
        help_text="可多选（按住 Ctrl）；选了相同分类的来件优先推荐",
    )
    basis = forms.CharField(
        label="依据", required=False, max_length=LONGEST["basis"], help_text="文件名称和条款"
    )
    unit = forms.ChoiceField(label="主管单位", required=False)
    valid_from = Day(label="生效日期")
    valid_until = Day(label="有效期至", required=False, help_text="过期不再推荐")
    review_on = Day(label="复核日期", required=False, help_text="长期有效的必填，到时提醒")
    note = forms.CharField(label="改动说明", required=False, max_length=200)

    def __init__(self, *args: Any, place: Place, units: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["topics"].choices = _topics(place, self.initial.get("topics", ()))  # type: ignore[attr-defined]
        self.fields["unit"].choices = units  # type: ignore[attr-defined]

    def words(self, place: Place) -> Words:
        """The form in the words of `articles.write`."""
        data = self.cleaned_data
        plain = {name: data[name] for name in ("title", "question", "answer", "basis", *DAYS)}
        return Words(topics=tuple(data["topics"]), unit=place.units.get(data["unit"]), **plain)


def _topics(place: Place, kept: Iterable[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """The topics in use, and those that the article has already, under the name of their tree."""
    trees: dict[str, list[tuple[str, str]]] = {}
    kept = set(kept)
    for path, topic in place.topics.items():
        if topic.active or path in kept:
            trees.setdefault(topic.tree.name, []).append((path, choices.words(path)))
    return list(trees.items())


def _units(user: User, place: Place, owner: Unit | None) -> list[tuple[str, str]]:
    """The units that the person may write for, with the present owner."""
    if rights.writes_for_any(user):
        return [OFFICE, *choices.units(place)]
    paths = tuple(unit.path for unit in permissions.units_of(user))
    rows = [unit for unit in place.units.values() if unit.active and paths and unit.path.startswith(paths)]
    found = [(unit.code, unit.name) for unit in rows]
    kept = (owner.code, owner.name) if owner else None
    return found if kept is None or kept in found else [kept, *found]


def write(request: Visit, number: str = "") -> HttpResponse:
    """A new article, or the next version of one; posted, kept unless somebody was quicker."""
    found = reachable(request.user, number) if number else None
    place, units = place_of(request), _units(request.user, place_of(request), found.unit if found else None)
    if found is None and not units:
        raise PermissionDenied(rights.WHO["write"].said)
    if found is not None and (why := rights.why_not(request.user, "write", found.unit)):
        raise PermissionDenied(why)
    stored = articles.version_of(found, found.newest) if found else None
    form = ArticleForm(request.POST or None, place=place, units=units, initial=_initial(request, stored))
    if request.method == "POST" and form.is_valid():
        try:
            kept = _kept(request, found, form, place)
        except Refused as refusal:
            form.add_error(None, str(refusal))
            found = reachable(request.user, number) if number else None
            stored = articles.version_of(found, found.newest) if found else None
        else:
            return redirect("article", number=kept.number)
    context = {
        "form": form,
        "article": found,
        "seen": articles.mark(found),
        "now": _now(stored) if form.non_field_errors() else [],
        "may_publish": any(_may_publish(request.user, place.units.get(code)) for code, _ in units),
    }
    status = 409 if form.non_field_errors() else 200
    return render(request, "workbench/article_form.html", context, status=status)


def _may_publish(user: User, unit: Unit | None) -> bool:
    return not rights.why_not(user, "publish", unit)


@transaction.atomic
def _kept(request: Visit, found: Article | None, form: ArticleForm, place: Place) -> Article:
    """Keep what was written, and publish it where that was asked for. Raises Refused, and keeps nothing."""
    by, at, newest = request.user, timezone.now(), found.newest if found else 0
    seen, note = request.POST.get("seen", ""), form.cleaned_data["note"]
    kept = articles.write(found, form.words(place), seen=seen, by=by, at=at, note=note)
    changed = kept.newest > newest
    if request.POST.get("do") == "publish" and (changed or kept.waiting):
        if kept.waiting:
            articles.publish(kept, seen=articles.mark(kept), by=by, at=at)
        messages.success(request, f"{kept.number} 已保存并发布。")
    elif changed:
        messages.success(request, f"{kept.number} 已保存，待发布。")
    else:
        messages.success(request, f"{kept.number} 没有改动。")
    return kept


def _initial(request: Visit, stored: ArticleVersion | None) -> dict[str, Any]:
    if stored is None:
        own = request.user.unit.code if request.user.unit else ""
        today = timezone.localdate(timezone.now())
        return {"title": request.GET.get("title", "")[:100], "unit": own, "valid_from": today}
    said = Words.of(stored)
    texts = {name: getattr(said, name) for name in (*LONGEST, *DAYS)}
    return {**texts, "topics": list(said.topics), "unit": said.unit.code if said.unit else ""}


def _now(stored: ArticleVersion | None) -> list[tuple[str, str]]:
    """What the newest version says, beside what was typed and refused."""
    if stored is None:
        return []
    said = Words.of(stored)
    days = {"生效日期": said.valid_from, "有效期至": said.valid_until, "复核日期": said.review_on}
    return [
        ("版本", f"第{stored.no}版，{stored.author}"),
        *((title, getattr(said, name)) for name, title in articles.TITLES.items()),
        ("内容分类", "、".join(map(choices.words, said.topics))),
        ("主管单位", str(said.unit or OFFICE[1])),
        *((title, str(on or "")) for title, on in days.items()),
    ]
