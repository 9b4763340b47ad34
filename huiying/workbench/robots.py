"""群机器人: one per unit; its address holds a key and is shown to nobody again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from huiying.accounts import trail
from huiying.accounts.models import Role, TrailKind, Unit
from huiying.cases import revising
from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.notices import channels, rules, sending
from huiying.workbench.notice_rules import TABLE, keep, robot_said
from huiying.workbench.settings_pages import only
from huiying.workbench.visit import Visit, place_of

TEST = "这是一条测试消息。收到它，说明本单位的群机器人可以用。"


class RobotForm(forms.Form):
    """A robot. Of one that is there already, address and secret may be left empty to keep them."""

    unit = forms.ModelChoiceField(Unit.objects.filter(active=True), label="承办单位", empty_label="请选择")
    kind = forms.ChoiceField(label="种类", choices=list(channels.TITLES.items()))
    url = forms.CharField(
        label="地址（Webhook）",
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off", "spellcheck": "false"}),
    )
    secret = forms.CharField(
        label="加签密钥",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="钉钉、飞书的机器人开了加签的才填；只设关键词的，关键词写机构名称即可",
    )
    unsign = forms.BooleanField(label="不再加签", required=False)


@only(Role.ADMIN)
def robot(request: Visit, pk: int = 0) -> HttpResponse:
    """The robot of one unit, or a new one."""
    place, unit = place_of(request), get_object_or_404(Unit, pk=pk) if pk else None
    stored = place.config.get(TABLE, {})
    held: Mapping[str, str] = stored.get("robots", {}).get(unit.code, {}) if unit else {}
    form = _form(request, unit, held)
    if request.method == "POST" and (request.POST.get("do") == "remove" or form.is_valid()):
        try:
            asked = {} if request.POST.get("do") == "remove" else _asked(form.cleaned_data, held)
            return _keep(request, place, unit or form.cleaned_data["unit"], asked)
        except Refused as refusal:
            form.is_valid()
            form.add_error(None, str(refusal))
    context = {
        "form": form,
        "unit": unit,
        "said": robot_said(held) if held else "",
        "seen": revising.mark_of(stored),
        "now": [("群机器人", robot_said(held))] if held and form.is_bound else [],
    }
    return render(request, "workbench/robot.html", context)


def _form(request: Visit, unit: Unit | None, held: Mapping[str, str]) -> RobotForm:
    form = RobotForm(request.POST or None, initial={"kind": held.get("kind", "wecom")})
    if unit:
        del form.fields["unit"]
    if held:
        form.fields["url"].help_text = "里面有密钥，不再显示；不换就留空"
    if not held.get("secret"):
        del form.fields["unsign"]
    return form


def _asked(given: Mapping[str, Any], held: Mapping[str, str]) -> dict[str, str]:
    url = "".join(given["url"].split()) or held.get("url", "")
    if not url:
        raise Refused("请填写群机器人的地址，从群设置里复制。")
    secret = given["secret"].strip() or ("" if given.get("unsign") else held.get("secret", ""))
    secret = secret if given["kind"] in channels.SIGNED else ""
    return {"kind": given["kind"], "url": url} | ({"secret": secret} if secret else {})


def _keep(request: Visit, place: Place, unit: Unit, asked: dict[str, str]) -> HttpResponse:
    stored = place.config.get(TABLE, {})
    if asked and (wrong := rules.why_no_robot(place, unit.code, asked)):
        raise Refused("地址须以 https:// 或 http:// 开头。" if "url" in wrong else wrong)
    others = {code: each for code, each in stored.get("robots", {}).items() if code != unit.code}
    robots = others | ({unit.code: asked} if asked else {})
    table = {**stored, "robots": robots}
    changed = keep(request, table if robots else {k: v for k, v in table.items() if k != "robots"}, place)
    what = "已保存" if asked else "已删除"
    messages.success(request, f"{what}{unit}的群机器人。" if changed else "没有改动。")
    return redirect("robot", unit.pk) if asked else redirect("notice_rules")


@only(Role.ADMIN)
@require_POST
def robot_test(request: Visit, pk: int) -> HttpResponse:
    """Send a message that says that it is a test; what the robot's side answered."""
    place, unit = place_of(request), get_object_or_404(Unit, pk=pk)
    held = place.config.get(TABLE, {}).get("robots", {}).get(unit.code)
    if held is None:
        raise Refused(f"{unit}还没有群机器人，请先保存。")
    try:
        sending.to_robot(held, sending.signed(TEST, place), timezone.now())
    except channels.Undelivered as refusal:
        came, tell = str(refusal), messages.error
    else:
        came, tell = "对方已收下，请到群里看一眼。", messages.success
    subject = f"群机器人：{unit}"
    trail.note(request.user, TrailKind.SETTING, at=timezone.now(), subject=subject, after={"试发": came})
    tell(request, f"试发到{unit}的群：{came}")
    return redirect("robot", unit.pk)
