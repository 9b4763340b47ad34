"""预警设置: what is watched, and from where on something is an alarm; first a look at now, then kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from django import forms
from django.contrib import messages
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from huiying.accounts.models import Role
from huiying.cases import revising
from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.mining import watch
from huiying.mining.alarm_settings import KINDS, NUMBERS, TABLE, Settings, settings_of
from huiying.mining.alarm_words import WORDS
from huiying.mining.models import Alarm, AlarmKind
from huiying.workbench.settings_pages import Lines, only
from huiying.workbench.visit import Visit, place_of

TITLE = "预警设置"
HELP = {
    "budget": "没有事时，全部序列合计平均每天误报这么多次以内；越小越少提示",
    "least": "24 小时内不足这些件的不算突增",
    "persons": "同一电话算一人",
}
BUILT_IN = [*chain(*WORDS.values())]
MONTH = timedelta(days=30)


def _number(name: str) -> forms.Field:
    least, most, label = NUMBERS[name]
    whole = name != "budget"
    wanted = f"“{label}”请填 {least} 至 {most} 的{'整' if whole else ''}数。"
    field = (forms.IntegerField if whole else forms.FloatField)(label=label, help_text=HELP.get(name, ""))
    field.error_messages |= {"required": wanted, "invalid": wanted}
    field.validators = [MinValueValidator(least, wanted), MaxValueValidator(most, wanted)]
    field.widget.attrs |= {"min": least, "max": most, "step": 1 if whole else "any"}
    return field


class AlarmForm(forms.Form):
    """The settings as they are filled in; what is watched is ticked."""

    on = forms.MultipleChoiceField(
        label="察看这些", required=False, choices=AlarmKind.choices, widget=forms.CheckboxSelectMultiple
    )
    budget, least, persons, hours = map(_number, ("budget", "least", "persons", "hours"))
    words = Lines(label="另加的舆情词", required=False, help_text="每行一个，照字面查找")
    without_words = forms.MultipleChoiceField(
        label="自带的舆情词里不用的",
        required=False,
        choices=[(word, word) for word in BUILT_IN],
        widget=forms.CheckboxSelectMultiple,
    )

    def table(self) -> dict[str, Any]:
        """What was filled in, as the place's file has it."""
        given = dict(self.cleaned_data)
        on = given.pop("on")
        return {"off": [kind for kind in KINDS if kind not in on], **given}


@only(Role.ADMIN)
def alarm_rules(request: Visit) -> HttpResponse:
    """The settings that hold; posted, what others would tell now, and then kept if nobody was quicker."""
    place, at = place_of(request), timezone.now()
    stored = place.config.get(TABLE, {})
    held, wrong = _held(place)
    form = AlarmForm(request.POST or None, initial=_initial(held, stored))
    context: dict[str, Any] = {"form": form, "wrong": wrong, "seen": revising.mark_of(stored), "now": []}
    if request.method == "POST" and form.is_valid():
        try:
            asked = settings_of({TABLE: form.table()})
            if request.POST.get("do") == "save":
                return _save(request, form.table(), at)
            context["preview"] = _preview(place, held, asked, at)
        except Refused as refusal:
            form.add_error(None, str(refusal))
            context["now"] = list(_words(stored).items())
    return render(request, "workbench/alarm_rules.html", context | {"past": _past(at)})


def _held(place: Place) -> tuple[Settings, str]:
    """The settings that hold, or the defaults with what is wrong in the configuration."""
    try:
        return settings_of(place.config), ""
    except Refused as refusal:
        return Settings(), str(refusal)


def _initial(held: Settings, stored: Mapping[str, Any]) -> dict[str, Any]:
    numbers = {name: getattr(held, name) for name in NUMBERS}
    return numbers | {
        "on": [kind for kind in KINDS if kind not in held.off],
        "words": list(held.words.get("本地词", ())),
        "without_words": [word for word in BUILT_IN if word not in {*chain(*held.words.values())}],
    }


def _preview(place: Place, before: Settings, after: Settings, now: datetime) -> dict[str, list[str]]:
    """What a look now tells under both settings, in words without a citizen's."""
    was, will = (
        {(sign.kind, sign.key): sign.plain for sign in watch.look(place, chosen, now)}
        for chosen in (before, after)
    )
    return {
        "was": list(was.values()),
        "will": list(will.values()),
        "more": [said for key, said in will.items() if key not in was],
        "less": [said for key, said in was.items() if key not in will],
    }


def _past(now: datetime) -> list[tuple[str, int]]:
    """How many alarms of each kind there were in the last thirty days."""
    rows = Alarm.objects.filter(raised_at__gt=now - MONTH).order_by().values_list("kind")
    counts = dict(rows.annotate(n=Count("pk")))
    return [(kind.label, counts.get(kind.value, 0)) for kind in AlarmKind]


def _save(request: Visit, given: dict[str, Any], at: datetime) -> HttpResponse:
    seen = request.POST.get("seen", "")
    changed = revising.configure(TABLE, given, seen=seen, by=request.user, at=at, title=TITLE, said=_words)
    messages.success(request, f"已保存{TITLE}，下次察看（每小时一次）照新设置。" if changed else "没有改动。")
    return redirect("alarm_rules")


def summary(place: Place) -> str:
    """The settings in a few words, for the first page of the settings. Raises Refused."""
    held = settings_of(place.config)
    on = "、".join(AlarmKind(kind).label for kind in KINDS if kind not in held.off)
    return f"察看{on}" if on else "都停用"


def _words(table: Mapping[str, Any]) -> dict[str, Any]:
    try:
        held = settings_of({TABLE: table})
    except Refused:
        return {"配置": str(dict(table))}
    filled = _initial(held, table)
    return {
        "察看": "、".join(AlarmKind(kind).label for kind in filled["on"]),
        **{label: filled[name] for name, (_, _, label) in NUMBERS.items()},
        "另加的舆情词": "、".join(filled["words"]),
        "不用的自带舆情词": "、".join(filled["without_words"]),
    }
