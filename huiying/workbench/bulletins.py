"""通报: the list, the document as a page, and what stands behind each of its figures."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.safestring import mark_safe

from huiying.accounts.models import Role, User
from huiying.bulletins import content, editions, reconciliation
from huiying.bulletins.content import Figure
from huiying.bulletins.evidence import figure_cases
from huiying.bulletins.models import Edition
from huiying.bulletins.render_html import body_html, stylesheet
from huiying.cases import permissions, privacy
from huiying.cases.models import Case
from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.statistics import periods
from huiying.statistics.measures import CARRIED, DIMENSIONS, MEASURES
from huiying.workbench.case_list import MODES
from huiying.workbench.visit import Visit, place_of

SHOWN = 200
FORMAT_TITLES = {"txt": "纯文本", "docx": "Word", "pdf": "PDF", "html": "网页", "json": "数据（JSON）"}
COMPARISONS = {"previous": "环比（与上期相比）", "last_year": "同比（与上年同期相比）"}


def readable_by(user: User) -> QuerySet[Edition]:
    """Drafts for the office; what is published, for the units it was sent to as well; else nothing."""
    if permissions.sees_office(user):
        return Edition.objects.all()
    if permissions.units_of(user):
        return Edition.objects.filter(published_at__isnull=False)
    return Edition.objects.none()


def bulletins(request: Visit) -> HttpResponse:
    """All editions, the newest first."""
    found = readable_by(request.user).select_related("composed_by").defer("content", "public", "authored")
    composes = bool({Role.EDITOR, Role.ADMIN} & request.user.roles)
    return render(request, "workbench/bulletins.html", {"editions": list(found), "composes": composes})


def bulletin(request: Visit, pk: int) -> HttpResponse:
    """One edition as a page, each figure a link to what it rests on; the public version without links."""
    edition = get_object_or_404(readable_by(request.user), pk=pk)
    public = request.GET.get("version") == "public"
    if public:
        body = body_html(editions.content_of(edition, "public"))
    else:
        body = body_html(editions.content_of(edition), figure_url=lambda figure: _figure_url(edition, figure))
    is_draft = edition.published_at is None
    context = {
        "edition": edition,
        "body": mark_safe(body),
        "public": public,
        "files": files_of(edition),
        "asks": not is_draft and permissions.sees_office(request.user),
        "proposes": is_draft and bool({Role.EDITOR, Role.ADMIN} & request.user.roles),
        "points": reconciliation.open_points(edition, place_of(request)) if is_draft else [],
    }
    return render(request, "workbench/bulletin.html", context)


def bulletin_style(request: Visit) -> HttpResponse:
    """The rules by which a bulletin is laid out."""
    return HttpResponse(
        stylesheet(), content_type="text/css; charset=utf-8", headers={"Cache-Control": "max-age=3600"}
    )


def figure(request: Visit, pk: int, key: str) -> HttpResponse:
    """What a figure says, how it is reckoned, and its cases; for htmx only the panel."""
    edition = get_object_or_404(readable_by(request.user), pk=pk)
    figures = content.figures(editions.content_of(edition))
    found = next((each for each in figures if each.key == key), None)
    if found is None:
        raise Http404("这份通报中没有这个数字。")
    numbers = figure_cases(found)
    cases = permissions.visible_to(request.user, Case.objects.filter(number__in=numbers[:SHOWN]))
    rows = list(cases.select_related("nature", "person", "lead__unit").order_by("number"))
    for case in rows:
        privacy.veil(request.user, case)
    context = {
        "edition": edition,
        "figure": found,
        "measure": MEASURES[found.measure],
        "carried": CARRIED[MEASURES[found.measure].population],
        "period": periods.parse(found.period).title if found.period else edition.period,
        "scope": [_param(name, codes, place_of(request)) for name, codes in found.scope],
        "params": [_param(name, (value,), place_of(request)) for name, value in found.params],
        "cases": rows,
        "total": len(numbers),
        "hidden": len(numbers) - len(rows),
        "overridden": found.shown != found.computed,
    }
    template = "workbench/figure.html" + ("#panel" if request.htmx and not request.htmx.boosted else "")
    return render(request, template, context)


def bulletin_file(request: Visit, pk: int, name: str) -> FileResponse:
    """One of an edition's files, to save: of a published edition the frozen one, of a draft a fresh one."""
    edition = get_object_or_404(readable_by(request.user), pk=pk)
    kind = next((file for file in files_of(edition) if file.name == name), None)
    if kind is None:
        raise Http404("没有这个文件。")
    if edition.published_at is None:
        rendered = editions.render(editions.content_of(edition, kind.edition), [kind.format])
        return FileResponse(BytesIO(rendered.files[kind.format]), as_attachment=True, filename=name)
    path = editions.folder(edition) / name
    if not path.is_file():
        raise Refused(f"通报文件 {name} 不在 {path.parent.name} 目录中。请从备份恢复后再下载。")
    return FileResponse(path.open("rb"), as_attachment=True, filename=name)


@dataclass(frozen=True)
class File:
    """A file of an edition that may be saved."""

    name: str
    edition: str
    format: str
    url: str

    @property
    def title(self) -> str:
        return f"{FORMAT_TITLES[self.format]}{'（公开版）' if self.edition == 'public' else ''}"


def files_of(edition: Edition) -> list[File]:
    """What may be saved of an edition: the kept files, or every format of a draft."""
    rows: list[dict[str, str]] = edition.files
    if edition.published_at is None:
        rows = [
            {"edition": kind, "format": form, "name": f"{edition.period}{middle}.{form}"}
            for kind, middle in (("internal", ""), ("public", ".public"))
            for form in editions.FORMATS
        ]
    return [
        File(
            row["name"],
            row["edition"],
            row["format"],
            reverse("bulletin_file", args=(edition.pk, row["name"])),
        )
        for row in rows
    ]


def _figure_url(edition: Edition, figure: Figure) -> str:
    return reverse("figure", args=(edition.pk, figure.key))


def _param(name: str, codes: tuple[str, ...], place: Place) -> tuple[str, str]:
    """What narrows a figure, and to what, in words."""
    if name == "compare":
        return "比较", COMPARISONS[codes[0]]
    tables: dict[str, Any] = {
        "unit": place.units,
        "nature": place.natures,
        "channel": place.channels,
        "area": place.areas,
        "topic": place.topics,
        "topic_1": place.topics,
        "group": {channel.group.code: channel.group for channel in place.channels.values()},
        "mode": MODES,
    }
    return DIMENSIONS.get(name, name), "、".join(str(tables.get(name, {}).get(code, code)) for code in codes)
