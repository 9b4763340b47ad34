"""Coming in, going out, a new password: Django's views with our pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth import views
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse, reverse_lazy
from django.utils import timezone

from huiying.accounts import sign_ins
from huiying.accounts.models import User

MINUTES = int(sign_ins.WITHIN.total_seconds()) // 60


class SignInForm(AuthenticationForm):
    """Says the same for a wrong name, a wrong password and a closed account."""

    error_messages = {
        "invalid_login": "用户名或密码不正确，请核对后重试。忘记密码请联系管理员重设。",
        "inactive": "用户名或密码不正确，请核对后重试。忘记密码请联系管理员重设。",
    }


class SignIn(views.LoginView):
    template_name = "workbench/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Try the password, unless too many were wrong just before."""
        if not sign_ins.is_locked(_username(request), at=timezone.now()):
            return super().post(request, *args, **kwargs)
        form = SignInForm(request, initial={"username": _username(request)})
        said = f"登录失败次数过多，请 {MINUTES} 分钟后再试；着急的请联系管理员重设密码。"
        return self.render_to_response(self.get_context_data(form=form, locked=said), status=429)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        answer = super().form_valid(form)
        user = form.get_user()
        assert isinstance(user, User)
        sign_ins.came_in(user, at=timezone.now(), address=_address(self.request))
        return answer

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        if username := _username(self.request):
            sign_ins.failed(username, at=timezone.now(), address=_address(self.request))
        return super().form_invalid(form)


def _username(request: HttpRequest) -> str:
    return request.POST.get("username", "")[:150].strip()


def _address(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))


class SignOut(views.LogoutView):
    pass


class PasswordForm(PasswordChangeForm):
    """Asks for the one-time password by its name, and speaks to people as every other page does."""

    error_messages = {
        "password_incorrect": "旧密码不正确，请核对后重试。",
        "password_mismatch": "两次输入的新密码不一样，请重新输入。",
    }

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        if user.must_change:
            self.fields["old_password"].label = "一次性密码"
        self.fields["new_password2"].label = "再输一遍新密码"


class ChangePassword(views.PasswordChangeView):
    template_name = "workbench/password.html"
    form_class = PasswordForm
    success_url = reverse_lazy("glance")

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        messages.success(self.request, "密码已修改，下次登录请用新密码。")
        form.user.must_change = False
        return super().form_valid(form)


def own_password_first(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Any:
    """Middleware: whoever came in with a one-time password chooses their own before anything else."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        here = request.path_info
        if (
            isinstance(request.user, User)
            and request.user.must_change
            and here not in {reverse("password"), reverse("logout")}
        ):
            return redirect("password")
        return get_response(request)

    return answer
