"""保管期限: the rules of keeping in their order; the first that fits a closed case says how long."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from huiying.accounts.models import Role
from huiying.archive import retention
from huiying.archive.retention import TABLE, Rule, Schedule
from huiying.cases import place as places
from huiying.cases import revising
from huiying.cases.moves import ENDING_TITLES
from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.workbench.settings_pages import only
from huiying.workbench.visit import Visit, place_of

TITLE = "保管期限"
VERIFIED = (("V", "已核原文"), ("S", "转引"), ("O", "本机关自定"))
ENDINGS = {str(code): title for code, title in ENDING_TITLES.items() if code}


def _offered(table: str) -> Callable[[], list[tuple[str, str]]]:
    return lambda: [(code, row.name) for code, row in getattr(places.current(), table).items() if row.active]


def _topics() -> list[tuple[str, str]]:
    return [(path, path) for path, topic in places.current().topics.items() if topic.active]


class RuleForm(forms.Form):
    """One rule, and where it stands among the others."""

    order = forms.IntegerField(label="位置", min_value=1, help_text="自上而下，先符合的先用")
    years = forms.IntegerField(
        label="保管年数",
        min_value=0,
        max_value=retention.LONGEST,
        help_text="0 为永久；自办结次年 1 月 1 日起算",
    )
    verified = forms.ChoiceField(label="核对", choices=VERIFIED)
    source = forms.CharField(label="依据", max_length=200, help_text="文件名称和条款")
    natures = forms.MultipleChoiceField(
        label="只适用于这些性质（不选为全部）",
        choices=_offered("natures"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    endings = forms.MultipleChoiceField(
        label="只适用于这些办结方式（不选为全部）",
        choices=list(ENDINGS.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    topics = forms.MultipleChoiceField(
        label="只适用于这些分类及其下级（不选为全部，按住 Ctrl 可多选）",
        choices=_topics,
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 6}),
    )
    instructed = forms.BooleanField(label="只适用于有领导批示的", required=False)


@only(Role.ADMIN)
def retention_rules(request: Visit) -> HttpResponse:
    """The rules in order; posted, after how many days cases are archived."""
    place = place_of(request)
    stored = place.config.get(TABLE, {})
    held, wrong = _held(place)
    refused, days = "", str(held.after_days)
    if request.method == "POST":
        days = request.POST.get("after_days", "").strip()
        try:
            if not (days.isascii() and days.isdigit() and len(days) < 5):
                raise Refused("“办结满多少天归档”请填 0 至 3660 的整数。")
            return _keep(request, {**stored, "after_days": int(days)}, place)
        except Refused as refusal:
            refused = str(refusal)
    rows = [(n, rule, _scope(rule, place), _verified(rule)) for n, rule in enumerate(held.rules, 1)]
    context = {
        "rows": rows,
        "own": "rule" in stored,
        "days": days,
        "seen": revising.mark_of(stored),
        "refused": refused,
        "wrong": wrong,
    }
    return render(request, "workbench/retention.html", context)


@only(Role.ADMIN)
def retention_rule(request: Visit, number: int = 0) -> HttpResponse:
    """One rule, by its place in the order, or a new one; posted, kept unless somebody was quicker."""
    place = place_of(request)
    stored, held = place.config.get(TABLE, {}), _held(place)[0]
    rules = list(held.rules[:-1])
    if number > len(rules):
        raise Http404("没有这条规则。")
    rule = rules[number - 1] if number else Rule(10, "")
    form = RuleForm(request.POST or None, initial=_initial(rule, number or len(rules) + 1))
    now: list[tuple[str, str]] = []
    if request.method == "POST" and (request.POST.get("do") == "remove" or form.is_valid()):
        try:
            others = [each for n, each in enumerate(rules, 1) if n != number]
            if request.POST.get("do") != "remove":
                asked = _asked(form.cleaned_data)
                others.insert(min(form.cleaned_data["order"], len(others) + 1) - 1, asked)
            return _keep(request, {**stored, "rule": [_row(each) for each in others]}, place)
        except Refused as refusal:
            form.is_valid()
            form.add_error(None, str(refusal))
            now = list(_said(stored, place).items())
    context = {"form": form, "number": number, "seen": revising.mark_of(stored), "now": now}
    return render(request, "workbench/retention_rule.html", context)


def _held(place: Place) -> tuple[Schedule, str]:
    """The schedule that holds, or the national one with what is wrong in the configuration."""
    try:
        return retention.schedule(place.config), ""
    except Refused as refusal:
        return retention.schedule({}), str(refusal)


def _keep(request: Visit, table: Mapping[str, Any], place: Place) -> HttpResponse:
    retention.schedule({TABLE: table})
    changed = revising.configure(
        TABLE,
        table,
        seen=request.POST.get("seen", ""),
        by=request.user,
        at=timezone.now(),
        title=TITLE,
        said=lambda given: _said(given, place),
    )
    messages.success(request, f"已保存{TITLE}，以后归档的照此办。" if changed else "没有改动。")
    return redirect("retention_rules")


def _initial(rule: Rule, order: int) -> dict[str, Any]:
    lists = {name: list(getattr(rule, name)) for name in retention.LISTS}
    plain = {name: getattr(rule, name) for name in ("years", "verified", "source", "instructed")}
    return {"order": order, **plain, **lists}


def _asked(given: Mapping[str, Any]) -> Rule:
    lists = {name: tuple(given[name]) for name in retention.LISTS}
    return Rule(
        given["years"], given["source"].strip(), given["verified"], **lists, instructed=given["instructed"]
    )


def _row(rule: Rule) -> dict[str, Any]:
    """A rule as `place.toml` writes it; what says nothing is left out."""
    row = {name: list(getattr(rule, name)) for name in retention.LISTS if getattr(rule, name)}
    flag = {"instructed": True} if rule.instructed else {}
    return {"years": rule.years, "source": rule.source, "verified": rule.verified, **row, **flag}


def _said(table: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """The table in the words of the trail."""
    try:
        held = retention.schedule({TABLE: table})
    except Refused:
        return {"配置": str(dict(table))}
    rules = [f"{rule.term}（{_scope(rule, place)}；{rule.source}）" for rule in held.rules[:-1]]
    return {"办结满多少天归档": held.after_days, "规则": rules}


def _scope(rule: Rule, place: Place) -> str:
    """What a rule applies to, in words."""
    parts = [
        _joined(str(place.natures.get(code, code)) for code in rule.natures),
        _joined(path.partition("/")[2].replace("/", " — ") or path for path in rule.topics),
        _joined(ENDINGS.get(code, code) for code in rule.endings),
        "有领导批示" if rule.instructed else "",
    ]
    return "；".join(filter(None, parts)) or "全部"


def _joined(words: Iterable[str]) -> str:
    return "、".join(words)


def _verified(rule: Rule) -> str:
    return dict(VERIFIED)[rule.verified]


def summary(place: Place) -> str:
    """The rules in a few words, for the first page of the settings. Raises Refused."""
    held = retention.schedule(place.config)
    return f"{len(held.rules)} 条，办结满 {held.after_days} 天归档"
