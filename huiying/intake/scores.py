"""Supervisors draw calls by lot and score them; the same day and seed draw the same calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Avg, Count

from huiying.accounts.models import User
from huiying.cases.clocks import end_of_day
from huiying.cases.lifecycle import NotAllowed
from huiying.cases.models import Case, Event
from huiying.cases.place import zone
from huiying.intake import rights
from huiying.intake.kinds import BEST, CRITERIA
from huiying.intake.models import CallLog, CallScore
from huiying.intake.suggest import drawn


@dataclass(frozen=True)
class Drawn:
    """A call or a registration drawn by lot, and the score it has."""

    operator: User
    at: datetime
    case: Case | None = None
    call: CallLog | None = None
    score: CallScore | None = None

    @property
    def name(self) -> str:
        """How the form names it: c12 is a case, l12 a logged call."""
        return f"c{self.case.pk}" if self.case else f"l{self.call.pk if self.call else 0}"


def sample(day: date, n: int, seed: str, *, by: User) -> list[Drawn]:
    """`n` of what the desk took on that day. Raises NotAllowed."""
    rights.need_listening(by)
    since, before = end_of_day(day - timedelta(days=1), zone()), end_of_day(day, zone())
    taken = Event.objects.filter(kind="register", seq=1, origin="", actor__isnull=False)
    cases = taken.filter(happened_at__gte=since, happened_at__lt=before).order_by("id")
    calls = CallLog.objects.filter(at__gte=since, at__lt=before).order_by("id")
    names = [f"c{pk}" for pk in cases.values_list("case_id", flat=True)]
    names += [f"l{pk}" for pk in calls.values_list("pk", flat=True)]
    return found(drawn(names, n, seed), by=by)


def found(names: list[str], *, by: User) -> list[Drawn]:
    """The calls and registrations of those names, as they exist, in order, with this person's scores."""
    pks = {kind: [int(name[1:]) for name in names if name[0] == kind] for kind in "cl"}
    taken = Event.objects.filter(kind="register", seq=1, case__in=pks["c"]).select_related("case", "actor")
    calls = CallLog.objects.filter(pk__in=pks["l"]).select_related("operator")
    marks = CallScore.objects.filter(by=by)
    of_cases = {score.case_id: score for score in marks.filter(case__in=pks["c"])}
    of_calls = {score.call_id: score for score in marks.filter(call__in=pks["l"])}
    rows = [
        Drawn(e.actor, e.happened_at, case=e.case, score=of_cases.get(e.case_id)) for e in taken if e.actor
    ]
    rows += [Drawn(c.operator, c.at, call=c, score=of_calls.get(c.pk)) for c in calls]
    return sorted(rows, key=lambda row: names.index(row.name))


def score(subject: Drawn, marks: Mapping[str, int], *, by: User, at: datetime, note: str = "") -> CallScore:
    """Give marks once. Raises NotAllowed for one's own call, a missing or odd mark, or a second score."""
    rights.need_listening(by)
    if subject.operator.pk == by.pk:
        raise NotAllowed("不能给自己接的电话评分。")
    for code, title in CRITERIA.items():
        if not 1 <= marks.get(code, 0) <= BEST:
            raise NotAllowed(f"请给“{title}”打 1 至 {BEST} 分。")
    given = {code: marks[code] for code in CRITERIA}
    try:
        with transaction.atomic():
            return CallScore.objects.create(
                case=subject.case,
                call=subject.call,
                operator=subject.operator,
                by=by,
                at=at,
                marks=given,
                total=sum(given.values()),
                note=note.strip()[:400],
            )
    except IntegrityError:
        raise NotAllowed("您已经给它评过分。") from None


def averages(since: datetime, until: datetime) -> list[tuple[str, int, float]]:
    """Per operator: name, how many scores were given in that time, and their mean."""
    rows = CallScore.objects.filter(at__gte=since, at__lte=until).values_list("operator__name")
    return list(rows.annotate(n=Count("id"), mean=Avg("total")).order_by("operator__name"))
