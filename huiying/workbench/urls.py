"""The staff's addresses."""

from django.urls import URLPattern, URLResolver, path

from huiying.workbench import bulletins, case_list, case_page, glance, sign_in

urlpatterns: list[URLPattern | URLResolver] = [
    path("", glance.glance, name="glance"),
    path("sign-in/", sign_in.SignIn.as_view(), name="login"),
    path("sign-out/", sign_in.SignOut.as_view(), name="logout"),
    path("password/", sign_in.ChangePassword.as_view(), name="password"),
    path("cases/", case_list.cases, name="cases"),
    path("cases/<path:number>/moves/<slug:name>/", case_page.move, name="move"),
    path("cases/<path:number>/", case_page.case, name="case"),
    path("bulletins/", bulletins.bulletins, name="bulletins"),
    path("bulletins/bulletin.css", bulletins.bulletin_style, name="bulletin_style"),
    path("bulletins/<int:pk>/", bulletins.bulletin, name="bulletin"),
    path("bulletins/<int:pk>/files/<str:name>", bulletins.bulletin_file, name="bulletin_file"),
    path("bulletins/<int:pk>/figures/<path:key>/", bulletins.figure, name="figure"),
]
