"""归档: everything about a closed case in one package that needs no program of ours to be read or checked.

The citizen's name and telephone stay sealed in the database and are not in the package; the texts are
as they were written.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from typing import Any

from django.http import FileResponse
from django.utils import timezone

from huiying.accounts import trail
from huiying.accounts.models import TrailKind, User
from huiying.archive import register
from huiying.archive.models import Package
from huiying.archive.retention import Rule
from huiying.bulletins import editions, papers
from huiying.cases.models import Case, Reply
from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.replies.attachments import path_of
from huiying.workbench.case_page import reachable
from huiying.workbench.paper_links import why_no_archive
from huiying.workbench.papers import facts_of
from huiying.workbench.visit import Visit, place_of

SUMS = "SHA256SUMS"
STAMP = (1980, 1, 1, 0, 0, 0)
"""The instant of every entry, so that the same case gives the same bytes."""


def archive(request: Visit, number: str) -> FileResponse:
    """The package of a closed case; the security trail says who took it. Raises Refused."""
    found, now = reachable(request.user, number), timezone.now()
    if reason := why_no_archive(request.user, found):
        raise Refused(reason)
    packed = pack(dict(files_of(request.user, found, place_of(request), now)))
    sha = hashlib.sha256(packed).hexdigest()
    trail.note(request.user, TrailKind.EXPORT, at=now, subject=number, paper="归档包", sha256=sha)
    name = f"{number.replace('/', '-')}-归档.zip"
    return FileResponse(BytesIO(packed), as_attachment=True, filename=name)


def make(case: Case, rule: Rule, place: Place, *, by: User, at: datetime) -> Package:
    """Pack a closed case and enter it into the register. Raises Refused."""
    packed = pack(dict(files_of(by, case, place, at)))
    return register.store(case, packed, rule, place=place, by=by, at=at)


def pack(files: dict[str, bytes]) -> bytes:
    """The files with their checksums (`sha256sum -c SHA256SUMS`) as a zip."""
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items()))
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in [*sorted(files.items()), (SUMS, sums.encode())]:
            package.writestr(zipfile.ZipInfo(name, STAMP), data, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def files_of(user: User, found: Case, place: Place, now: datetime) -> Iterator[tuple[str, bytes]]:
    """Each file's name in the package and what is in it. Raises Refused where an attachment is gone."""
    yield "events.json", _json(_events(found))
    yield "texts.json", _json(_texts(found))
    yield "replies.json", _json(_replies(found))
    yield "letters.json", _json(_letters(found))
    facts = facts_of(user, found, place, found.closed_at or now, for_units=False)
    form = papers.FORMS["handling" if facts.given else "acceptance"]
    yield f"{form.title}.pdf", editions.render(papers.paper(form, facts), ["pdf"]).files["pdf"]
    for row in found.attachments.order_by("pk"):
        yield f"attachments/{row.pk}-{row.name.replace('/', '-')}", path_of(row).read_bytes()


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode()


def _events(found: Case) -> list[dict[str, Any]]:
    """The log with every column that the hashes cover."""
    return [
        {
            "number": found.number,
            "region": event.region,
            "seq": event.seq,
            "kind": event.kind,
            "on": event.on,
            "happened_at": event.happened_at.isoformat(),
            "recorded_at": event.recorded_at.isoformat(),
            "actor": event.actor_id,
            "actor_name": str(event.actor or ""),
            "origin": event.origin,
            "from_status": event.from_status,
            "to_status": event.to_status,
            "data": event.data,
            "previous": event.previous,
            "hash": event.hash,
        }
        for event in found.events.select_related("actor").order_by("seq")
    ]


def _texts(found: Case) -> list[dict[str, Any]]:
    rows = found.texts.order_by("seq", "pk")
    return [
        {
            "seq": text.seq,
            "kind": text.kind,
            "text": "" if text.erased_at else text.text,
            "erased_at": text.erased_at.isoformat() if text.erased_at else None,
            "digest": text.digest,
        }
        for text in rows
    ]


def _replies(found: Case) -> list[dict[str, Any]]:
    replies = Reply.objects.filter(assignment__case=found).select_related("assignment__unit", "author")
    return [
        {
            "unit": reply.assignment.unit.name,
            "assignment": reply.assignment.no,
            "no": reply.no,
            "handling_report": reply.handling_report,
            "contact_record": reply.contact_record,
            "public_answer": reply.public_answer,
            "author": str(reply.author or ""),
            "drafted_at": reply.drafted_at.isoformat(),
        }
        for reply in replies.order_by("assignment__no", "no")
    ]


def _letters(found: Case) -> list[dict[str, Any]]:
    return [
        {
            "number": letter.label,
            "unit": letter.unit.name,
            "due_on": letter.due_on.isoformat(),
            "text": letter.text,
            "issued_at": letter.issued_at.isoformat(),
            "by": str(letter.by),
        }
        for letter in found.letters.select_related("unit", "by").order_by("pk")
    ]
