"""Coming in, going out, a new password: Django's views with our pages."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import views
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.http import HttpResponse
from django.urls import reverse_lazy


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


class SignOut(views.LogoutView):
    pass


class ChangePassword(views.PasswordChangeView):
    template_name = "workbench/password.html"
    success_url = reverse_lazy("glance")

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        messages.success(self.request, "密码已修改，下次登录请用新密码。")
        return super().form_valid(form)
