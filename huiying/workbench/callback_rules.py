"""回访规则: who is called back, how often and how long; first what a change would do, then kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from huiying.accounts.models import Role
from huiying.cases import revising
from huiying.cases.models import Nature
from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.quality.preview import preview
from huiying.quality.sampling import RANGES, Rules, rules
from huiying.workbench.settings_pages import only
from huiying.workbench.visit import Visit, place_of

TABLE = "quality"
TITLE = "回访规则"
NUMBERS = {
    "percent": ("其余性质抽查百分比", "按件号和办结月份抽取，谁抽都一样"),
    "attempts": ("打不通的，最多打几次", "打满次数仍未接通，这一次回访结束"),
    "within_days": ("办结后多少天内回访", "超过这些天的不再安排"),
}


def _whole(name: str) -> forms.IntegerField:
    label, help_text = NUMBERS[name]
    least, most = RANGES[name]
    wanted = f"“{label}”请填 {least} 至 {most} 的整数。"
    field = forms.IntegerField(label=label, help_text=help_text, min_value=least, max_value=most)
    field.error_messages |= {"required": wanted, "invalid": wanted}
    field.validators = [MinValueValidator(least, wanted), MaxValueValidator(most, wanted)]
    return field


class RulesForm(forms.Form):
    """The rules as they are filled in."""

    natures = forms.MultipleChoiceField(
        label="这些性质每件都回访", required=False, widget=forms.CheckboxSelectMultiple
    )
    percent = _whole("percent")
    attempts = _whole("attempts")
    within_days = _whole("within_days")

    def __init__(self, place: Place, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        offered = [(code, each.name) for code, each in place.natures.items() if each.active]
        self.fields["natures"].choices = offered  # type: ignore[attr-defined]


@only(Role.ADMIN)
def callback_rules(request: Visit) -> HttpResponse:
    """The rules that hold; posted, what others would do, and then kept unless somebody was quicker."""
    place = place_of(request)
    stored = place.config.get(TABLE, {})
    now, wrong = _held(place)
    form = RulesForm(place, request.POST or None, initial=_table(now, place))
    context: dict[str, Any] = {"form": form, "seen": revising.mark_of(stored), "now": [], "preview": None}
    if request.method == "POST" and form.is_valid():
        given, at = form.cleaned_data, timezone.now()
        try:
            asked = rules({TABLE: given})
            if request.POST.get("do") == "save":
                return _save(request, given, place)
            context["preview"] = preview(place, now, asked, at)
        except Refused as refusal:
            form.add_error(None, str(refusal))
            context["now"] = list(_words(stored, place).items())
    context |= {"wrong": wrong, "unknown": _unknown(now, place)}
    return render(request, "workbench/callback_rules.html", context)


def _held(place: Place) -> tuple[Rules, str]:
    """The rules that hold, or the defaults with what is wrong in the configuration."""
    try:
        return rules(place.config), ""
    except Refused as refusal:
        return rules({}), str(refusal)


def _save(request: Visit, given: dict[str, Any], place: Place) -> HttpResponse:
    changed = revising.configure(
        TABLE,
        given,
        seen=request.POST.get("seen", ""),
        by=request.user,
        at=timezone.now(),
        title=TITLE,
        said=lambda table: _words(table, place),
    )
    messages.success(request, f"已保存{TITLE}，一小时内按新规则安排。" if changed else "没有改动。")
    return redirect("callback_rules")


def summary(place: Place) -> str:
    """The rules in a few words, for the first page of the settings. Raises Refused."""
    held = rules(place.config)
    named = "、".join(each.name for each in _named(held, place)) or "没有性质"
    return f"{named}全部回访，其余抽 {held.percent}%"


def _named(held: Rules, place: Place) -> list[Nature]:
    return [each for each in place.natures.values() if each.active and held.natures & {each.code, each.name}]


def _unknown(held: Rules, place: Place) -> list[str]:
    """Words of the configuration that are no nature in use: saving drops them."""
    known = {word for each in place.natures.values() if each.active for word in (each.code, each.name)}
    return sorted(held.natures - known)


def _table(held: Rules, place: Place) -> dict[str, Any]:
    numbers = {name: getattr(held, name) for name in NUMBERS}
    return {"natures": [each.code for each in _named(held, place)], **numbers}


def _words(table: Mapping[str, Any], place: Place) -> dict[str, Any]:
    try:
        held = rules({TABLE: table})
    except Refused:
        return {"配置": str(dict(table))}
    natures = "、".join(each.name for each in _named(held, place))
    return {"每件都回访": natures, **{label: getattr(held, name) for name, (label, _) in NUMBERS.items()}}
