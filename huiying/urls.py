"""Every address of the town: the workbench at the root."""

from django.urls import include, path

urlpatterns = [path("", include("huiying.workbench.urls"))]
