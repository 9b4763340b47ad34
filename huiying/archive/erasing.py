"""到期鉴定: what becomes of a package whose term is over, decided by two people; and the erasure itself.

Erased are the citizen and every word about the matter, with the files. What stays is what counts: the log
with its digests, whose chain still closes, and the register.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import QuerySet

from huiying.accounts import trail
from huiying.accounts.models import Role, TrailKind, User
from huiying.archive import register
from huiying.archive.models import Package, PackageState
from huiying.bulletins.models import Dispute
from huiying.cases import lifecycle, search
from huiying.cases.models import Accused, Attachment, Case, CaseText, Issue, Person, Reply
from huiying.cases.persons import held
from huiying.cases.privacy import ERASED
from huiying.common.errors import Refused
from huiying.dispatch.models import Letter
from huiying.intake.models import CallLog, CallScore, Draft
from huiying.quality.models import Appeal, CallBack
from huiying.replies.models import Handling

ORIGIN = "system:erase"
PROPOSERS = frozenset({Role.SUPERVISOR, Role.ADMIN})
DECIDERS = frozenset({Role.LEADER, Role.ADMIN})
NAMED = 50

BLANKS: tuple[tuple[type[models.Model], str, dict[str, Any]], ...] = (
    (CaseText, "case", {"text": ""}),
    (Issue, "case", {"title": ERASED}),
    (Accused, "case", {"sealed": b""}),
    (Reply, "assignment__case", {"handling_report": "", "contact_record": "", "public_answer": ""}),
    (Handling, "assignment__case", {"note": ERASED, "result": ""}),
    (Letter, "case", {"text": ERASED}),
    (CallBack, "case", {"decision_note": ""}),
    (Appeal, "call_back__case", {"reason": ERASED, "decision_note": ""}),
    (Dispute, "case", {"wanted": ERASED, "reason": ERASED, "decision_note": ""}),
    (Draft, "case", {"sealed": b""}),
    (CallLog, "case", {"sealed": b"", "phone_index": ""}),
    (CallScore, "case", {"note": ""}),
    (CallScore, "call__case", {"note": ""}),
)
"""Everything that anybody wrote about a case: the table, how it hangs on the case, and what stays there."""


# The decision


def expired(today: date) -> QuerySet[Package]:
    """The packages whose term is over and on which nobody has decided, the longest over first."""
    kept = Package.objects.filter(state=PackageState.KEPT, until_on__lt=today)
    return kept.select_related("case").order_by("until_on", "pk")


def proposed() -> QuerySet[Package]:
    """What waits for the second person."""
    asked = Package.objects.filter(state=PackageState.PROPOSED)
    return asked.select_related("case", "proposed_by").order_by("proposed_at", "pk")


def why_not(user: User, roles: Collection[str], verb: str) -> str:
    """Why the person may not, or ""."""
    if user.roles & {*roles}:
        return ""
    return f"{verb}由{'、'.join(sorted(Role(role).label for role in roles))}办理。"


@transaction.atomic
def propose(pks: Iterable[int], *, why: str, by: User, at: datetime, today: date) -> int:
    """Ask for the erasure of what is past its term; how many. Raises Refused."""
    _permit(by, PROPOSERS, "提请删除", why)
    rows = Package.objects.filter(pk__in=[*pks], state=PackageState.KEPT, until_on__lt=today)
    done = _change(rows, state=PackageState.PROPOSED, why=why[:200], proposed_by=by, proposed_at=at)
    return _told(done, by, at, "提请删除个人资料", why)


@transaction.atomic
def keep_on(pks: Iterable[int], *, until_on: date, why: str, by: User, at: datetime, today: date) -> int:
    """Keep packages beyond their term, until another day; how many. Raises Refused."""
    _permit(by, PROPOSERS, "续存", why)
    if until_on <= today:
        raise Refused("续存到的日子须在今天以后。")
    states = (PackageState.KEPT, PackageState.PROPOSED)
    rows = Package.objects.filter(pk__in=[*pks], state__in=states, until_on__lt=today)
    free = {"proposed_by": None, "proposed_at": None}
    done = _change(rows, state=PackageState.KEPT, why=why[:200], until_on=until_on, **free)
    return _told(done, by, at, f"续存至 {until_on}", why)


@transaction.atomic
def turn_down(pks: Iterable[int], *, why: str, by: User, at: datetime) -> int:
    """Leave what was proposed as it is; how many. Raises Refused."""
    _permit(by, PROPOSERS | DECIDERS, "退回", why)
    rows = Package.objects.filter(pk__in=[*pks], state=PackageState.PROPOSED)
    done = _change(rows, state=PackageState.KEPT, why=why[:200], proposed_by=None, proposed_at=None)
    return _told(done, by, at, "不批准删除个人资料", why)


@transaction.atomic
def confirm(pks: Iterable[int], *, by: User, at: datetime) -> int:
    """Let what another person proposed be erased; how many. Raises Refused."""
    _permit(by, DECIDERS, "批准删除", "-")
    rows = Package.objects.filter(pk__in=[*pks], state=PackageState.PROPOSED)
    if rows.filter(proposed_by=by).exists():
        raise Refused("您自己提请的须由另一人批准，请去掉自己提请的再按。")
    done = _change(rows, state=PackageState.CONFIRMED, decided_by=by, decided_at=at)
    return _told(done, by, at, "批准删除个人资料", "")


def _permit(user: User, roles: Collection[str], verb: str, why: str) -> None:
    if reason := why_not(user, roles, verb):
        raise Refused(reason)
    if not why.strip():
        raise Refused(f"请写明{verb}的理由。")


def _change(rows: QuerySet[Package], **changes: Any) -> list[str]:
    """Change the rows that are still as they were asked for; their cases' numbers."""
    found = list(rows.order_by("pk").values_list("pk", "state", "case__number"))
    done = []
    for pk, state, number in found:
        if Package.objects.filter(pk=pk, state=state).update(**changes):
            done.append(number)
    return done


def _told(numbers: list[str], by: User, at: datetime, what: str, why: str) -> int:
    if not numbers:
        raise Refused("所选的都已经有人处理过，请刷新后再看。")
    cases = {"cases": numbers[:NAMED], "count": len(numbers)}
    trail.note(by, TrailKind.ERASE, at=at, subject=what, reason=why.strip(), **cases)
    return len(numbers)


# The erasure


@transaction.atomic
def erase(package: Package, *, at: datetime) -> None:
    """Erase the citizen, the words and the files of a case on which two people have decided.

    Files go last, just before the rows are final: what is interrupted is done again. Raises Refused, and
    changes nothing, where the case has been worked on since it was packed.
    """
    case = Case.objects.get(pk=package.case_id)
    if package.state != PackageState.CONFIRMED or case.closed_at != package.closed_at:
        raise Refused(f"{case.number} 归档以后又办理过，不能删除，须重新归档。")
    people = _people(case)
    lifecycle.advance(case, "erase", by=package.decided_by, at=at, origin=ORIGIN)
    _unsearch(case)
    for table, path, blank in BLANKS:
        table._default_manager.filter(**{path: case}).update(**blank)
    CaseText.objects.filter(case=case, erased_at=None).update(erased_at=at)
    place = {"village": "", "address": "", "longitude": None, "latitude": None}
    Case.objects.filter(pk=case.pk).update(title=ERASED, **place)
    _forget(people, at)
    Package.objects.filter(pk=package.pk).update(state=PackageState.ERASED, erased_at=at)
    _remove_files(case)


def spare(package: Package, why: str) -> None:
    """Take a package out of what is to be erased, because it cannot be."""
    freed = {"proposed_by": None, "proposed_at": None, "decided_by": None, "decided_at": None}
    mine = Package.objects.filter(pk=package.pk, state=PackageState.CONFIRMED)
    mine.update(state=PackageState.KEPT, why=why[:200], **freed)


def _people(case: Case) -> set[int]:
    """Every citizen whom the log ever named, corrections included."""
    found = {case.person_id} if case.person_id else set()
    for data in map(
        json.loads, case.events.filter(kind__in=("register", "amend")).values_list("data", flat=True)
    ):
        found |= {pk for pk in (data.get("person"), data.get("data", {}).get("person")) if pk}
    return found


def _unsearch(case: Case) -> None:
    """Leave nothing of the words in the full-text index; before the words themselves go."""
    before = search.tokens(case.number, case.upper_number, case.title, *search.words(case))
    after = search.tokens(case.number, case.upper_number, ERASED)
    search.INDEX.put([(case.pk, before, after)])


def _forget(people: set[int], at: datetime) -> None:
    """Erase the citizens to whom no other case points."""
    for person in held(Person.objects.filter(pk__in=people)):
        if not Case.objects.filter(person=person).exists():
            Person.objects.filter(pk=person.pk).update(
                sealed=b"", phone_index="", name_index="", erased_at=at
            )


def _remove_files(case: Case) -> None:
    attached = list(case.attachments.values_list("sha256", flat=True))
    case.attachments.all().delete()
    shared = set(Attachment.objects.filter(sha256__in=attached).values_list("sha256", flat=True))
    for sha in set(attached) - shared:
        (Path(settings.MEDIA_ROOT) / sha).unlink(missing_ok=True)
    for package in case.packages.all():
        register.path_of(package).unlink(missing_ok=True)
    case.packages.filter(state=PackageState.REPLACED).update(sha256="", size=0)
