"""通知规则: every rule as a row, which of them leave the house and how, whom and what each tells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from huiying.accounts.models import Role
from huiying.cases import revising
from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.notices import channels, people, rules, wording
from huiying.notices.people import OF_UNITS
from huiying.notices.rules import (
    ALARMS,
    ARTICLES,
    CLOCKS,
    CLOSING,
    DIGEST,
    EVENTS,
    PARTS,
    RULES,
    TITLES,
    Rule,
    Settings,
    settings_of,
)
from huiying.workbench.settings_pages import only
from huiying.workbench.visit import Visit, place_of

TABLE = "notices"
TITLE = "通知规则"
ALL = "all"
SAMPLE = {
    "number": "R2022030001",
    "left": "即将届满",
    "period": "2022年3月",
    "due": "2022-04-08",
    "said": "采纳",
}


@dataclass(frozen=True)
class Row:
    """A rule as the list shows it; `webhook` is None where no unit is told, so that no robot can be."""

    name: str
    title: str
    to: str
    text: str
    on: bool
    mail: bool
    webhook: bool | None
    own: bool


@only(Role.ADMIN)
def notice_rules(request: Visit) -> HttpResponse:
    """All rules; posted, the ticks are kept unless somebody was quicker."""
    place = place_of(request)
    stored = place.config.get(TABLE, {})
    refused = ""
    if request.method == "POST":
        try:
            changed = keep(request, _ticked(request, place, stored), place)
            messages.success(request, f"已保存{TITLE}。" if changed else "没有改动。")
            return redirect("notice_rules")
        except Refused as refusal:
            refused = str(refusal)
    context = {"seen": revising.mark_of(stored), "refused": refused, **_listed(place)}
    return render(request, "workbench/notice_rules.html", context | {"has_mail": bool(settings.EMAIL_HOST)})


def _listed(place: Place) -> dict[str, Any]:
    try:
        chosen = settings_of(place)
    except Refused as refusal:
        return {"wrong": str(refusal), "groups": [], "robots": []}
    families = (
        ("办件环节", EVENTS),
        ("时限", CLOCKS),
        ("分办", PARTS),
        ("收口", CLOSING),
        ("知识条目", ARTICLES),
        ("预警", ALARMS),
        ("每日", {DIGEST.name: DIGEST}),
    )
    groups = [(title, [_row(rule, chosen) for rule in family.values()]) for title, family in families]
    robots = [
        (place.units[code], robot_said(robot))
        for code, robot in sorted(chosen.robots.items(), key=lambda each: place.units[each[0]].order)
    ]
    return {"wrong": "", "groups": groups, "robots": robots}


def _row(standard: Rule, chosen: Settings) -> Row:
    rule, name = chosen.rules.get(standard.name, standard), standard.name
    is_digest = standard is DIGEST
    to = "有未办结件的人" if is_digest else "、".join(people.TITLES[word] for word in rule.to)
    reaches = any(word in OF_UNITS for word in rule.to)
    return Row(
        name,
        standard.title,
        to,
        "今日提要：未办结几件，其中今天到期几件……" if is_digest else wording.shown(rule.text),
        name not in chosen.off,
        name in chosen.mail,
        name in chosen.webhook if reaches else None,
        rule != standard,
    )


def _ticked(request: Visit, place: Place, stored: Mapping[str, Any]) -> dict[str, Any]:
    """The table with the ticks of the form; what the form does not show stays."""
    rows = [row for _, group in _listed(place)["groups"] for row in group]
    if not rows:
        raise Refused("配置写得不对，请先改正。")
    on, mail, webhook = (set(request.POST.getlist(name)) for name in ("on", "mail", "webhook"))
    reaching = [row.name for row in rows if row.webhook is not None]
    lists = {
        "off": [row.name for row in rows if row.name not in on],
        "mail": _all_or([row.name for row in rows], mail),
        "webhook": _all_or(reaching, webhook),
    }
    return _tidy({**stored, **lists})


def _all_or(offered: list[str], ticked: set[str]) -> list[str]:
    return [ALL] if ticked >= set(offered) else [name for name in offered if name in ticked]


def _tidy(table: dict[str, Any]) -> dict[str, Any]:
    """Without what says nothing, so that the exported file stays short."""
    return {name: value for name, value in table.items() if value}


def keep(request: Visit, table: Mapping[str, Any], place: Place) -> bool:
    """Keep the whole table; whether anything changed. Raises Overtaken."""
    return revising.configure(
        TABLE,
        table,
        seen=request.POST.get("seen", ""),
        by=request.user,
        at=timezone.now(),
        title=TITLE,
        said=lambda given: _said(given, place),
    )


def _said(table: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """The table in the words of the trail. A robot's key is not among them."""
    lists = {"停用": "off", "另发邮件": "mail", "另发群机器人": "webhook"}
    said: dict[str, Any] = {title: _titles(table.get(name, [])) for title, name in lists.items()}
    for name, words in table.get("to", {}).items():
        said[f"{TITLES.get(name, name)}：告诉谁"] = [people.TITLES.get(word, word) for word in words]
    for name, text in table.get("text", {}).items():
        said[f"{TITLES.get(name, name)}：内容"] = wording.shown(text)
    for code, robot in table.get("robots", {}).items():
        said[f"群机器人：{place.units.get(code, code)}"] = robot_said(robot)
    return said


def _titles(names: Iterable[str]) -> list[str]:
    return ["全部"] if ALL in names else [TITLES.get(name, name) for name in names]


def robot_said(robot: Mapping[str, str]) -> str:
    """A robot without its key: the vendor, the host, and marks by which a changed key is told."""
    url = str(robot.get("url", ""))
    host = url.split("//")[-1].partition("/")[0].rpartition("@")[2]
    signed = f"，加签 {revising.mark_of(robot['secret'])[:4]}" if robot.get("secret") else ""
    kind = channels.TITLES.get(robot.get("kind", ""), "")
    return f"{kind} {host}（地址标记 {revising.mark_of(url)[:4]}{signed}）"


# One rule


class RuleForm(forms.Form):
    """Whom a rule tells, and what."""

    to = forms.MultipleChoiceField(label="告诉谁", required=False, widget=forms.CheckboxSelectMultiple)
    text = forms.CharField(label="内容", required=False)

    def __init__(self, rule: Rule, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.rule = rule
        self.fields["to"].choices = list(rules.words_for(rule).items())  # type: ignore[attr-defined]
        blanks = "、".join(f"{{{wording.BLANKS[name]}}}" for name in rules.blanks_of(rule))
        self.fields["text"].help_text = f"{blanks} 会填上实际的内容；不写诉求内容和个人信息"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors:
            asked = replace(self.rule, to=tuple(data["to"]), text=wording.read(data["text"]))
            if wrong := rules.why_not(asked):
                self.add_error("text" if asked.to else "to", wrong)
            data["rule"] = asked
        return data


@only(Role.ADMIN)
def notice_rule(request: Visit, name: str) -> HttpResponse:
    """One rule: other people, another text, or again as it comes with the program."""
    standard = RULES.get(name)
    if standard is None:
        raise Http404("没有这条通知规则。")
    place = place_of(request)
    stored, rule = place.config.get(TABLE, {}), settings_of(place).rules[name]
    shown = {"to": list(rule.to), "text": wording.shown(rule.text)}
    form = RuleForm(standard, request.POST or None, initial=shown)
    now: list[tuple[str, str]] = []
    if request.method == "POST" and (request.POST.get("do") == "reset" or form.is_valid()):
        asked = standard if request.POST.get("do") == "reset" else form.cleaned_data["rule"]
        try:
            changed = keep(request, _with(stored, standard, asked), place)
            messages.success(request, f"已保存“{standard.title}”。" if changed else "没有改动。")
            return redirect("notice_rules")
        except Refused as refusal:
            form.is_valid()
            form.add_error(None, str(refusal))
            now = [("告诉谁", _names(rule)), ("内容", wording.shown(rule.text))]
    context = {
        "form": form,
        "rule": standard,
        "own": rule != standard,
        "standard": (_names(standard), wording.shown(standard.text)),
        "sample": rule.text.format(**SAMPLE, unit=next(iter(place.units.values())).name),
        "seen": revising.mark_of(stored),
        "now": now,
    }
    return render(request, "workbench/notice_rule.html", context)


def _names(rule: Rule) -> str:
    return "、".join(people.TITLES[word] for word in rule.to)


def _with(stored: Mapping[str, Any], standard: Rule, asked: Rule) -> dict[str, Any]:
    """The table with one rule as it is asked for; what is as it comes is not written down."""
    tables = {name: dict(stored.get(name, {})) for name in ("to", "text")}
    for name, own, given in (
        ("to", list(asked.to), list(standard.to)),
        ("text", asked.text, standard.text),
    ):
        tables[name].pop(standard.name, None)
        if own != given:
            tables[name][standard.name] = own
    return _tidy({**stored, **tables})
