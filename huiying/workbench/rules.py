"""时限规则: the limits with their sources; a new version from a day on, once seen what it would move."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from huiying.accounts.models import Role
from huiying.batches import queue
from huiying.batches.models import BatchKind
from huiying.cases import place as places
from huiying.cases import rule_versions
from huiying.cases.clocks import LimitUnit
from huiying.cases.deadlines import CLOCK_TITLES
from huiying.cases.models import ClockRule
from huiying.cases.place import Place
from huiying.cases.reckoning import Left, Moved
from huiying.cases.timeline import URGENCIES
from huiying.common.errors import Refused
from huiying.workbench.batches import progress_of
from huiying.workbench.settings_pages import only
from huiying.workbench.visit import Visit, place_of

SHOWN = 100
UNITS = {
    LimitUnit.MINUTES: "分钟",
    LimitUnit.OFFICE_HOURS: "办公小时",
    LimitUnit.HOURS: "小时",
    LimitUnit.WORKING_DAYS: "个工作日",
    LimitUnit.CALENDAR_DAYS: "个自然日",
    LimitUnit.MONTHS: "个月",
}
KINDS = {kind: title for kind, title in CLOCK_TITLES.items() if kind != "interim"}


class Codes(forms.MultipleChoiceField):
    """Codes that a rule is limited to; none ticked: all of them."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, label: str, choices: Callable[[], Iterable[tuple[str, str]]]) -> None:
        super().__init__(label=label, choices=choices, required=False)


def _words(table: str) -> Callable[[], list[tuple[str, str]]]:
    return lambda: [(code, row.name) for code, row in getattr(places.current(), table).items() if row.active]


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a version of a rule says. Code and clock are asked once."""

    unit = forms.ChoiceField(label="单位", choices=[(str(unit), title) for unit, title in UNITS.items()])
    kind = forms.ChoiceField(label="时限", choices=list(KINDS.items()))
    channels = Codes("只适用于这些渠道（不选为全部）", _words("channels"))
    natures = Codes("只适用于这些性质（不选为全部）", _words("natures"))
    urgencies = Codes("只适用于这些紧急程度（不选为全部）", lambda: list(URGENCIES.items()))

    class Meta:
        model = ClockRule
        fields = (
            "code",
            "kind",
            "name",
            "valid_from",
            "amount",
            "unit",
            "starts",
            "ends_at_hour",
            "source",
            "verified",
            "statutory",
            "natures",
            "urgencies",
            "channels",
        )
        labels = {"valid_from": "自哪天起"}
        widgets = {
            "valid_from": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "ends_at_hour": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }
        help_texts = {
            "valid_from": "这天及以后起算的适用",
            "ends_at_hour": "留空为当日24:00",
            "source": "文件名称和条款",
        }


@dataclass(frozen=True)
class Row:
    """A rule as the list shows it."""

    rule: ClockRule
    limit: str
    scope: str
    latest: bool


@only(Role.ADMIN)
def rules(request: Visit) -> HttpResponse:
    """All rules with their versions, by clock."""
    place = place_of(request)
    stored = list(ClockRule.objects.order_by("kind", "code", "-version"))
    newest = {rule.code: rule.version for rule in reversed(stored)}
    rows = [Row(r, limit_of(r), _scope(r, place), r.version == newest[r.code]) for r in stored]
    groups = [(title, [row for row in rows if row.rule.kind == kind]) for kind, title in KINDS.items()]
    context = {"groups": [each for each in groups if each[1]]}
    return render(request, "workbench/rules.html", context | progress_of(BatchKind.RECKON, timezone.now()))


def limit_of(rule: ClockRule) -> str:
    """How long, in words."""
    ends = f"，止于{rule.ends_at_hour:%H:%M}" if rule.ends_at_hour else ""
    return f"{rule.amount}{UNITS[LimitUnit(rule.unit)]}{ends}"


def _scope(rule: ClockRule, place: Place) -> str:
    names = [str(place.channels.get(code, code)) for code in rule.channels]
    names += [str(place.natures.get(code, code)) for code in rule.natures]
    return "、".join([*names, *(URGENCIES.get(code, code) for code in rule.urgencies)]) or "全部"


@only(Role.ADMIN)
def rule(request: Visit, code: str = "") -> HttpResponse:
    """The next version of a rule, or a new rule: first what it would move, then, if still wanted, kept."""
    latest = ClockRule.objects.filter(code=code).order_by("version").last() if code else None
    if code and latest is None:
        raise Http404("没有这条规则。")
    form = _form(request, latest)
    moves: Moves | None = None
    if request.method == "POST" and form.is_valid():
        asked, seen = form.save(commit=False), request.POST.get("seen", "")
        try:
            if request.POST.get("do") == "save":
                after = int(seen) if seen.isdecimal() and len(seen) < 6 else 0
                with transaction.atomic():
                    rule_versions.add(asked, after=after, by=request.user, at=timezone.now())
                    messages.success(request, f"已保存“{asked}”。{ask_reckoning(request)}")
                return redirect("rules")
            moves = moves_of(rule_versions.preview(place_of(request), asked, at=timezone.now()))
        except Refused as refusal:
            form.add_error(None, str(refusal))
    context = {"form": form, "latest": latest, "seen": latest.version if latest else 0, "moves": moves}
    return render(request, "workbench/rule.html", context | {"now": _now(latest, form)})


def _form(request: Visit, latest: ClockRule | None) -> RuleForm:
    instance = copy(latest) if latest else ClockRule(verified="O")
    instance.pk, instance._state.adding = None, True
    if latest:
        instance.version = latest.version + 1
    elif request.method == "POST":
        instance.version = 1
    form = RuleForm(request.POST if request.method == "POST" else None, instance=instance)
    if latest:
        del form.fields["code"], form.fields["kind"]
        form.initial["valid_from"] = timezone.localdate()
    return form


def _now(latest: ClockRule | None, form: RuleForm) -> list[tuple[str, str]]:
    if latest is None or not form.is_bound:
        return []
    return [
        ("现行", str(latest)),
        ("时限", limit_of(latest)),
        ("自", f"{latest.valid_from}"),
        ("依据", latest.source),
    ]


# What a change moves: for rules and calendar alike


@dataclass(frozen=True)
class Moves:
    """What a change would move or has moved, shown to a certain number."""

    rows: list[tuple[Moved, str]]
    clocks: int
    cases: int
    left: list[Left]


def moves_of(found: Iterable[Moved | Left]) -> Moves:
    """Counted and in words."""
    found = list(found)
    moved = [one for one in found if isinstance(one, Moved)]
    left = [one for one in found if isinstance(one, Left)]
    rows = [(one, CLOCK_TITLES[one.kind]) for one in moved[:SHOWN]]
    return Moves(rows, len(moved), len({one.number for one in moved}), left[:SHOWN])


def ask_reckoning(request: Visit) -> str:
    """Have the running clocks told anew by what holds then; in the transaction of the change. What to say."""
    queue.ask(BatchKind.RECKON, by=request.user, at=timezone.now())
    return "在计的时限由后台重算，进度见下。"
