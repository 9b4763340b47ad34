"""The register: which closed cases are to be archived, and the packages that were made."""

from __future__ import annotations

import hashlib
import os
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from huiying.accounts.models import User
from huiying.archive import retention
from huiying.archive.models import Package, PackageState
from huiying.archive.retention import Rule, Schedule
from huiying.cases import clocks
from huiying.cases.models import Case, Event
from huiying.cases.moves import CaseStatus
from huiying.cases.place import Place
from huiying.common.errors import Refused, why

FOLLOWED = ("channel", "nature", "nature_claimed", "topic", "area", "person", "merged_into")
"""What a package tells of a case beyond its own row."""


def due(held: Schedule, now: datetime) -> QuerySet[Case]:
    """Closed cases whose last closing has no package yet, once they have rested; each with `instructed`."""
    packed = Package.objects.filter(case=OuterRef("pk"), closed_at=OuterRef("closed_at"))
    cases = Case.objects.filter(
        status=CaseStatus.CLOSED, erased_at=None, closed_at__lt=now - timedelta(days=held.after_days)
    )
    return with_instruction(cases).filter(~Exists(packed))


def with_instruction(cases: QuerySet[Case]) -> QuerySet[Case]:
    """The cases with `instructed`: whether a leader wrote on them."""
    return cases.annotate(instructed=Exists(Event.objects.filter(case=OuterRef("pk"), kind="instruct")))


def rule_of(case: Case, place: Place, held: Schedule) -> Rule:
    """How long a case of `with_instruction` is kept."""
    nature = (case.nature.code, case.nature.name) if case.nature else ()
    topic = case.topic.path if case.topic else ""
    instructed: bool = case.instructed  # type: ignore[attr-defined]  # annotated by with_instruction
    return retention.choose(held, nature=nature, topic=topic, ending=case.ending, instructed=instructed)


def folder() -> Path:
    """Where packages lie."""
    return Path(settings.HUIYING_HOME) / "archive"


def path_of(package: Package) -> Path:
    return folder() / package.file


def store(case: Case, packed: bytes, rule: Rule, *, place: Place, by: User | None, at: datetime) -> Package:
    """Keep the package and enter it. A closing has one: made twice, the first stays.

    Raises Refused where the case is no longer as it was packed.
    """
    assert case.closed_at is not None
    closed_on = clocks.local_date(case.closed_at, place.keeper.tz)
    name = f"{closed_on.year}/{case.number.replace('/', '-')}-{closed_on:%m%d}-{case.pk}.{case.seq}.zip"
    _write(folder() / name, packed)
    values = {
        "file": name,
        "sha256": hashlib.sha256(packed).hexdigest(),
        "size": len(packed),
        "made_at": at,
        "made_by": by,
        "years": rule.years,
        "source": rule.source,
        "until_on": retention.until(closed_on, rule.years),
    }
    with transaction.atomic():
        if not Case.objects.filter(pk=case.pk, seq=case.seq, status=CaseStatus.CLOSED).exists():
            raise Refused("归档时又有人办理了本件，请稍后再归档。")
        package, made = Package.objects.get_or_create(case=case, closed_at=case.closed_at, defaults=values)
        if made:
            older = Package.objects.filter(case=case, state=PackageState.KEPT).exclude(pk=package.pk)
            older.update(state=PackageState.REPLACED)
    return package


def _write(path: Path, packed: bytes) -> None:
    """The whole file or none, on the disk before the register names it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-", delete=False) as fresh:
            fresh.write(packed)
            fresh.flush()
            os.fsync(fresh.fileno())
        os.replace(fresh.name, path)
    except OSError as error:
        raise Refused(f"归档包写不到 {path.parent}：{why(error)}。请检查磁盘空间和权限。") from None


def read(package: Package) -> bytes:
    """The package as it was made. Raises Refused where it is erased, gone or no longer the same."""
    if package.state == PackageState.ERASED:
        raise Refused(f"{package.case} 的归档包已按保管期限删除。")
    path = path_of(package)
    packed = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(packed).hexdigest() != package.sha256:
        raise Refused(f"{package.case} 的归档包缺失或被改动过：{path}。请管理员从备份恢复。")
    return packed
