"""人员与角色, 委托代办: who may come in, as what, and who stands in for whom."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from huiying.accounts import people
from huiying.accounts.models import Delegation, Role, Unit, User
from huiying.common.errors import Refused
from huiying.workbench.once import leads_to
from huiying.workbench.settings_pages import only
from huiying.workbench.visit import Visit

SHOWN = 200
SHOWN_ONCE = "一次性密码只显示一次；没有看到的，请按“重设密码”另换一个。"


class PersonForm(forms.Form):
    """What is set of a person. The user name is asked once."""

    username = forms.CharField(label="用户名", max_length=150, help_text="字母、数字和 @ . + - _，定后不改")
    name = forms.CharField(label="姓名", max_length=32)
    unit = forms.ModelChoiceField(
        Unit.objects.filter(active=True), label="单位", required=False, empty_label="不属于承办单位"
    )
    roles = forms.MultipleChoiceField(
        label="角色（可兼任）", choices=Role.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    email = forms.EmailField(
        label="邮箱",
        required=False,
        max_length=254,
        help_text="通知规则里勾了“邮件”的，另发到这里",
        error_messages={"invalid": "邮箱写得不对，例：name@example.cn。"},
    )
    active = forms.BooleanField(label="启用账号", required=False, initial=True)


@only(Role.ADMIN)
def persons(request: Visit) -> HttpResponse:
    """Everybody who may come in, and those who may no longer."""
    asked, role = request.GET.get("q", "").strip(), request.GET.get("role", "")
    found = User.objects.select_related("unit").prefetch_related("holdings")
    if asked:
        found = found.filter(
            Q(username__icontains=asked) | Q(name__contains=asked) | Q(unit__name__contains=asked)
        )
    if role in Role.values:
        found = found.filter(holdings__role=role)
    rows = list(found.order_by("-is_active", "unit__order", "pk")[: SHOWN + 1])
    context = {
        "rows": rows[:SHOWN],
        "more": len(rows) > SHOWN,
        "asked": asked,
        "role": role,
        "roles": Role.choices,
    }
    return render(request, "workbench/people.html", context)


@only(Role.ADMIN)
def person_new(request: Visit) -> HttpResponse:
    """A new account; its one-time password is shown once, on the page that answers."""
    form = PersonForm(request.POST or None)
    del form.fields["active"]
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made, password = people.sign_up(
                given["username"],
                given["name"],
                roles=given["roles"],
                unit=given["unit"],
                email=given["email"],
                by=request.user,
                at=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return _once(request, made, password, f"已开设账号“{made}”。{SHOWN_ONCE}")
    return render(request, "workbench/person.html", {"form": form, "person": None, "seen": "", "now": []})


@only(Role.ADMIN)
def person(request: Visit, pk: int) -> HttpResponse:
    """One person: name, unit, roles, whether the account is in use."""
    found = get_object_or_404(User.objects.select_related("unit"), pk=pk)
    form = PersonForm(request.POST or None, initial=_initial(found))
    del form.fields["username"]
    if found.unit:
        units = Unit.objects.filter(Q(active=True) | Q(pk=found.unit.pk))
        form.fields["unit"].queryset = units  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        try:
            people.appoint(
                found,
                **form.cleaned_data,
                by=request.user,
                at=timezone.now(),
                seen=request.POST.get("seen", "") or "none",
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"已保存“{found}”。")
            return redirect("people")
    stored = User.objects.get(pk=pk)
    context = {"form": form, "person": stored, "seen": people.mark(stored), "now": _now(form, stored)}
    context["password_seen"] = people.password_mark(stored)
    return render(request, "workbench/person.html", context)


def _initial(user: User) -> dict[str, Any]:
    roles = list(user.holdings.values_list("role", flat=True))
    return {
        "name": user.name,
        "unit": user.unit,
        "roles": roles,
        "email": user.email,
        "active": user.is_active,
    }


def _now(form: forms.Form, stored: User) -> list[tuple[str, str]]:
    """What is stored now, beside what was typed."""
    if not form.is_bound:
        return []
    said = people.state_of(stored)
    titles = "、".join(Role(role).label for role in said["角色"])
    return [
        ("姓名", stored.name),
        ("单位", said["单位"] or "—"),
        ("角色", titles or "—"),
        ("邮箱", stored.email or "—"),
    ]


@only(Role.ADMIN)
@require_POST
def person_password(request: Visit, pk: int) -> HttpResponse:
    """A one-time password in place of a forgotten one."""
    found = get_object_or_404(User, pk=pk)
    try:
        password = people.new_password(
            found, by=request.user, at=timezone.now(), seen=request.POST.get("seen", "")
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("person", pk)
    return _once(request, found, password, f"已重设“{found}”的密码。{SHOWN_ONCE}")


def _once(request: Visit, user: User, password: str, said: str) -> HttpResponse:
    page = render(request, "workbench/password_once.html", {"person": user, "password": password})
    return leads_to(page, reverse("person", args=(user.pk,)), said)


# Standing in


class DelegationForm(forms.Form):
    """Who stands in for whom, from when until when, and why."""

    giver = forms.ModelChoiceField(User.objects.none(), label="委托人", empty_label="请选择")
    taker = forms.ModelChoiceField(User.objects.none(), label="代办人", empty_label="请选择")
    from_on = forms.DateField(label="自", widget=forms.DateInput(attrs={"type": "date"}))
    until_on = forms.DateField(label="至（含当日）", widget=forms.DateInput(attrs={"type": "date"}))
    reason = forms.CharField(label="事由", max_length=64)


def delegations(request: Visit) -> HttpResponse:
    """One's own delegations, an administrator's everybody's; posted, a new one."""
    today = timezone.localdate()
    form = _delegation_form(request)
    if request.method == "POST" and form.is_valid():
        try:
            made = people.delegate(**form.cleaned_data, by=request.user, today=today, at=timezone.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"已委托：{made}。")
            return redirect("delegations")
    rows = list(reachable(request.user)[:SHOWN])
    context = {"form": form, "rows": rows, "today": today, "now": []}
    return render(request, "workbench/delegations.html", context)


def _delegation_form(request: Visit) -> DelegationForm:
    form = DelegationForm(request.POST or None, initial={"from_on": f"{timezone.localdate()}"})
    known = User.objects.filter(is_active=True).order_by("unit__order", "pk")
    givers = known if Role.ADMIN in request.user.roles else known.filter(pk=request.user.pk)
    form.fields["giver"].queryset = givers  # type: ignore[attr-defined]
    form.fields["taker"].queryset = known.exclude(holdings__role=Role.AUDITOR)  # type: ignore[attr-defined]
    if Role.ADMIN not in request.user.roles:
        form.fields["giver"].initial = request.user.pk
        form.fields["giver"].empty_label = None  # type: ignore[attr-defined]
    return form


def reachable(user: User) -> QuerySet[Delegation]:
    """The delegations that a person may see: those given and taken; an administrator all."""
    found = Delegation.objects.select_related("giver", "taker")
    return found if Role.ADMIN in user.roles else found.filter(Q(giver=user) | Q(taker=user))


@require_POST
def delegation_end(request: Visit, pk: int) -> HttpResponse:
    """End a delegation before its day: by who gave it, or an administrator."""
    found = get_object_or_404(reachable(request.user), pk=pk)
    if found.giver != request.user and Role.ADMIN not in request.user.roles:
        raise PermissionDenied
    try:
        people.end_delegation(found, by=request.user, at=timezone.now())
        messages.success(request, f"已结束：{found}。")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("delegations")
