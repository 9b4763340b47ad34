"""The bare application that `huiying bench` compares with: Django's ORM and a view, nothing else.

Its two tables exist in towns only, and no migration of the product knows them.
"""

from __future__ import annotations

import uuid

from django.db import connection, models, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html_join

from huiying.cases.models import Case as ProductCase

SHOWN = 50


class BareCase(models.Model):
    number = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=200)
    body = models.TextField()
    status = models.CharField(max_length=12)
    received_at = models.DateTimeField(db_index=True)

    objects: models.Manager[BareCase]

    class Meta:
        app_label = "bench"
        db_table = "bench_case"


class BareEvent(models.Model):
    case = models.ForeignKey(BareCase, on_delete=models.PROTECT)
    kind = models.CharField(max_length=20)
    happened_at = models.DateTimeField()
    data = models.JSONField(default=dict)

    objects: models.Manager[BareEvent]

    class Meta:
        app_label = "bench"
        db_table = "bench_event"


def furnish() -> None:
    """The two tables, where they are missing."""
    present = connection.introspection.table_names()
    with connection.schema_editor() as editor:
        for model in (BareCase, BareEvent):
            if model._meta.db_table not in present:
                editor.create_model(model)


def newest(request: HttpRequest) -> HttpResponse:
    """The newest cases of the town, as the simplest list of them would be written."""
    rows = ProductCase.objects.order_by("-received_at", "-id").values_list("number", "title", "status")
    return HttpResponse(format_html_join("\n", "<p>{} {} {}</p>", rows[:SHOWN]))


@transaction.atomic
def insert(request: HttpRequest) -> HttpResponse:
    """A case and its event in one commit."""
    now = timezone.now()
    given = request.POST
    case = BareCase.objects.create(
        number=uuid.uuid4().hex, title=given["title"], body=given["body"], status="received", received_at=now
    )
    BareEvent.objects.create(case=case, kind="register", happened_at=now, data={"title": given["title"]})
    return HttpResponse(status=201)


urlpatterns = [path("", newest), path("insert/", insert)]
