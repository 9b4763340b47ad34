"""Drafts, publication, correction, recheck. A published edition never changes."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max, Q
from django.utils.timezone import localtime

from huiying.accounts.models import User
from huiying.bulletins import content as contents
from huiying.bulletins import evidence, reconciliation
from huiying.bulletins.authored import UNWRITTEN, Authored
from huiying.bulletins.compose import Numbering, compose
from huiying.bulletins.content import Block, Content, Masthead, Paragraph, Text, Title, figures
from huiying.bulletins.fonts import Fonts
from huiying.bulletins.models import Edition
from huiying.bulletins.public import public
from huiying.bulletins.render_docx import render_docx
from huiying.bulletins.render_html import render_html
from huiying.bulletins.render_pdf import render_pdf
from huiying.bulletins.render_text import render_text
from huiying.bulletins.styles import choose
from huiying.cases.models import Case
from huiying.cases.place import Place, current
from huiying.common.errors import Refused
from huiying.common.masking import mask_text
from huiying.statistics.periods import Period

FORMATS = ("txt", "docx", "pdf", "html", "json")


@dataclass(frozen=True, slots=True)
class Rendered:
    """The files of one edition by format, and what the renderers want said (substituted fonts, glyphs)."""

    files: dict[str, bytes]
    notes: tuple[str, ...]


def draft(
    place: Place,
    period: Period,
    *,
    at: datetime,
    by: User | None = None,
    style_name: str = "",
    authored: Authored = UNWRITTEN,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
    keep: bool = True,
) -> Edition:
    """Compose a bulletin and keep it as a draft (`keep=False`: only compose)."""
    style = choose(place.config, style_name)
    series = authored.series or style.series
    issued_on = at.astimezone(place.keeper.tz).date()
    inner = compose(
        place,
        period,
        style,
        authored=authored,
        numbering=next_numbers(series, period),
        issued_on=issued_on,
        as_of=as_of,
        known_at=known_at,
    )
    edition = Edition(
        series=series,
        period=period.label,
        style=style.name,
        title=inner.title,
        content=contents.dump(inner),
        public=contents.dump(public(inner, informed_cases(inner, place))),
        authored=authored.raw or {},
        as_of=inner.as_of,
        known_at=inner.known_at,
        composed_at=at,
        composed_by=by,
    )
    if keep:
        edition.save()
    return edition


def next_numbers(series: str, period: Period) -> Numbering:
    """The issue number (within the year) and running total that the next edition of a series gets."""
    published = Edition.objects.filter(series=series, published_at__isnull=False, corrects=None)
    total = published.aggregate(last=Max("total_issue"))["last"] or 0
    year = published.filter(period__startswith=period.label[:4]).aggregate(last=Max("issue"))["last"] or 0
    return Numbering(year + 1, total + 1)


def named_cases(content: Content) -> set[str]:
    """The numbers of the cases whose matter is printed."""
    return {r.case for b in content.blocks for r in contents.runs_of(b) if isinstance(r, contents.Matter)}


def informed_cases(inner: Content, place: Place) -> set[str]:
    """The printed cases that the public edition must not name: secret ones, and natures the place lists."""
    unnamed = place.config.get("bulletin", {}).get("unnamed_natures", [])
    found = Case.objects.filter(Q(secret=True) | Q(nature__code__in=unnamed), number__in=named_cases(inner))
    return set(found.values_list("number", flat=True))


def content_of(edition: Edition, kind: str = "internal") -> Content:
    """The content of a kept edition."""
    loaded: Content = contents.load(edition.public if kind == "public" else edition.content)
    return loaded


def fonts() -> Fonts:
    """The office's own faces where it has them."""
    paths = (Path(settings.HUIYING_FONTS),) if settings.HUIYING_FONTS else ()
    return Fonts(paths=paths)


def render(content: Content, formats: Iterable[str] = FORMATS) -> Rendered:
    """The content in each format asked for."""
    files: dict[str, bytes] = {}
    notes: tuple[str, ...] = ()
    for name in formats:
        match name:
            case "txt":
                files[name] = render_text(content).encode()
            case "docx":
                files[name] = render_docx(content, fonts=fonts())
            case "pdf":
                pdf = render_pdf(content, fonts=fonts())
                files[name], notes = pdf.bytes, pdf.notes
            case "html":
                files[name] = render_html(content).encode()
            case "json":
                files[name] = json.dumps(contents.dump(content), ensure_ascii=False, indent=1).encode()
            case _:
                raise Refused(f"没有“{name}”这种格式。可用：{'、'.join(FORMATS)}。")
    return Rendered(files, notes)


def find_draft(period: Period, *, series: str = "", number: int | None = None) -> Edition:
    """The draft to publish: by its number, else the latest of the period (and series)."""
    drafts = Edition.objects.filter(published_at=None)
    if number is not None:
        drafts = drafts.filter(pk=number)
    else:
        drafts = drafts.filter(period=period.label, **({"series": series} if series else {}))
    found = drafts.order_by("-composed_at", "-pk").first()
    if found is None:
        raise Refused(f"没有 {period.label} 的草稿。请先运行：huiying bulletin compose {period.label}")
    return found


def publish(edition: Edition, *, at: datetime, by: User | None = None, correcting: str = "") -> Edition:
    """Freeze a draft: number it, render every format of both editions, keep them with checksums.

    Where the period's series is already published, `correcting` must say what changes: the
    new edition then corrects the old one and keeps its number. The files are safe on disk before
    the row says so: who is stopped in between leaves a draft that can be published again.
    """
    before = _earlier(edition, correcting)  # said now, and once more when nobody else can publish
    inner = content_of(edition)
    if any(isinstance(b, contents.Paragraph) and b.proposal for b in inner.blocks):
        raise Refused(
            "草稿中还有系统建议、未经人确认的段落（标有【建议稿】）。请在 --authored 文件中写定后重新起草。"
        )
    if before is None:
        _check_reconciled(edition)
    head = next(b for b in inner.blocks if isinstance(b, Masthead))
    final = {kind: content_of(edition, kind) for kind in ("internal", "public")}
    if before:
        final = {kind: corrected(made, before, correcting) for kind, made in final.items()}
    rendered = {kind: render(made) for kind, made in final.items()}
    with transaction.atomic():
        _wait_for_others(edition)
        earlier = _earlier(edition, correcting)
        if earlier != before:
            raise Refused(f"{edition.series} {edition.period} 刚刚由他人发布了另一版。请核对后再发布。")
        issue, total = (earlier or head).issue, (earlier or head).total_issue
        _check_free(edition, total, earlier)
        edition.issue, edition.total_issue = issue, total
        edition.corrects, edition.changes = earlier, correcting
        edition.content, edition.public = (contents.dump(final[kind]) for kind in ("internal", "public"))
        edition.files = _keep_files(edition, rendered)
        edition.published_at, edition.published_by = at, by
        edition.save()
    return edition


def _check_reconciled(edition: Edition) -> None:
    """Refused where the place wants the units to have agreed first; elsewhere who publishes is only told."""
    place = current()
    if reconciliation.required(place) and (points := reconciliation.open_points(edition, place)):
        raise Refused(f"本地规定对账后才能发布。{''.join(points)}")


def corrected(made: Content, earlier: Edition, changes: str) -> Content:
    """The content of a correction: the earlier edition's numbers, and after the title what was changed."""
    on = localtime(earlier.published_at).date()
    changes = changes.strip().rstrip("。")
    said = f"更正说明：{changes}。（本版更正并替代 {on} 发布的同期通报。）"
    note = Paragraph((Text(mask_text(said) if made.edition == "public" else said),))
    blocks: list[Block] = []
    for block in made.blocks:
        if isinstance(block, Masthead):
            block = _renumbered(block, earlier)
        blocks += [block, note] if isinstance(block, Title) else [block]
    return replace(made, blocks=tuple(blocks))


def _renumbered(head: Masthead, earlier: Edition) -> Masthead:
    issue, total = earlier.issue or head.issue, earlier.total_issue or head.total_issue
    return replace(head, kind=f"{head.kind}（更正版）", issue=issue, total_issue=total)


def _wait_for_others(edition: Edition) -> None:
    """Nobody publishes another draft of the series until this transaction ends: its drafts are ours.

    SQLite's transactions wait for each other anyway; PostgreSQL's wait for the rows.
    """
    Edition.objects.filter(series=edition.series, published_at=None).update(style=F("style"))


def _earlier(edition: Edition, correcting: str) -> Edition | None:
    """The edition that this one corrects, or None for the period's first. Refused where neither may be."""
    frozen = Edition.objects.filter(pk=edition.pk).values_list("published_at", flat=True).first()
    if frozen is not None:
        raise Refused(f"{edition.title} 已于 {localtime(frozen):%Y-%m-%d} 发布，不能再发布。更正请另起草稿。")
    earlier = _published(edition)
    if earlier and not correcting:
        raise Refused(
            f"{edition.series} {edition.period} 已发布第 {earlier.issue} 期，不能覆盖。"
            "如需更正，请加 --correct “更正说明”，将发布更正版。"
        )
    return earlier


def _published(edition: Edition) -> Edition | None:
    same = Edition.objects.filter(series=edition.series, period=edition.period, published_at__isnull=False)
    return same.order_by("-published_at", "-pk").first()


def _check_free(edition: Edition, total: int | None, earlier: Edition | None) -> None:
    taken = Edition.objects.filter(
        series=edition.series, total_issue=total, published_at__isnull=False, corrects=None
    ).exclude(period=edition.period)
    if earlier is None and (other := taken.first()):
        raise Refused(
            f"{edition.series} 总第 {total} 期已用于 {other.period}。"
            "请在人工撰写文件里改 issue、total_issue 后重新起草。"
        )


def folder(edition: Edition) -> Path:
    """Where an edition's files lie."""
    return Path(settings.HUIYING_HOME) / "bulletins" / f"{edition.period}-{edition.pk}"


def _keep_files(edition: Edition, rendered: Mapping[str, Rendered]) -> list[dict[str, Any]]:
    where = folder(edition)
    return [
        {
            "edition": kind,
            "format": path.suffix[1:],
            "name": path.name,
            "size": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
        }
        for kind, drawn in rendered.items()
        for path, data in zip(
            write(drawn, where, edition.period, kind=kind), drawn.files.values(), strict=True
        )
    ]


def write(rendered: Rendered, where: Path, stem: str, *, kind: str = "internal") -> list[Path]:
    """Write the files of one edition: `2022-03.txt`, the public one's `2022-03.public.txt`.

    When this returns they are on the disk, each of them whole or, where it was stopped, as it was before.
    """
    where.mkdir(parents=True, exist_ok=True)
    middle = ".public" if kind == "public" else ""
    paths: list[Path] = []
    for suffix, data in rendered.files.items():
        path = where / f"{stem}{middle}.{suffix}"
        _put(path, data)
        paths.append(path)
    _sync(where)
    return paths


def _put(path: Path, data: bytes) -> None:
    aside = path.with_name(f".{path.name}.new")
    with aside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def _sync(where: Path) -> None:
    """Put a folder's list of names on the disk, and that of the folder above, where the system can."""
    if os.name != "posix":
        return
    for place in (where, where.parent):
        opened = os.open(place, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def damaged(edition: Edition) -> list[str]:
    """The names of kept files that are missing or no longer what was published."""
    bad: list[str] = []
    for row in edition.files:
        path = folder(edition) / row["name"]
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != row["sha256"]:
            bad.append(row["name"])
    return bad


def recheck(edition: Edition, *, now: datetime) -> Sequence[evidence.Recheck]:
    """Every figure of an edition asked again."""
    unique = {figure.key: figure for figure in figures(content_of(edition))}
    return evidence.rechecks(unique.values(), now=now)
