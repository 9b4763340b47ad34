"""答复检查: how often each check found something in the replies reviewed last, and what reviewers then did.

Nothing is kept for it: the replies are judged again as they stood when they were released or sent back.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from django.http import HttpResponse
from django.shortcuts import render

from huiying.accounts.models import Role
from huiying.cases.models import Event, Reply
from huiying.mining import rubric
from huiying.workbench.bulletin_proposals import given_of, known_of
from huiying.workbench.settings_pages import only
from huiying.workbench.visit import Visit, place_of

TITLE = "答复检查"
LOOKED_AT = 150
"""So many of the newest verdicts are looked at."""
ENOUGH, PASSED_OVER = 10, 90
"""From so many findings on, of which so many in a hundred were released all the same, a check is doubted."""


@dataclass(frozen=True)
class Row:
    """A check, in how many reviewed replies it found something, and how many of those were sent back."""

    title: str
    aspect: str
    most: int
    found: int
    sent_back: int

    @property
    def released(self) -> int:
        return self.found - self.sent_back

    @property
    def is_doubted(self) -> bool:
        return self.found >= ENOUGH and 100 * self.released >= PASSED_OVER * self.found


@only(Role.ADMIN)
def reply_checks(request: Visit) -> HttpResponse:
    """The checks, those that found most first."""
    judged = _judged(request)
    found = Counter(name for names, _ in judged for name in names)
    back = Counter(name for names, is_back in judged if is_back for name in names)
    rows = [
        Row(check.title, check.aspect, check.most, found[name], back[name])
        for name, check in rubric.CHECKS.items()
        if not check.is_grade
    ]
    context = {
        "rows": sorted(rows, key=lambda row: -row.found),
        "total": len(judged),
        "sent_back": sum(is_back for _, is_back in judged),
    }
    return render(request, "workbench/reply_checks.html", context)


def _judged(request: Visit) -> list[tuple[set[str], bool]]:
    """Which checks find something in each of the replies reviewed last, and whether it was sent back."""
    place = place_of(request)
    verdicts = Event.objects.filter(kind__in=("release", "send_back"), actor__isnull=False)
    events = list(verdicts.order_by("-recorded_at", "-pk")[:LOOKED_AT])
    written = Reply.objects.filter(assignment__case__in={event.case_id for event in events})
    written = written.filter(assignment__case__erased_at=None)
    replies = list(written.select_related("assignment__unit", "assignment__case__nature").order_by("no"))
    known = replace(known_of(replies), unsolved=frozenset())  # reviewers could not know what came later
    judged = []
    for event in events:
        then = [
            reply
            for reply in replies
            if (reply.assignment.case_id, reply.assignment.no) == (event.case_id, event.on)
            and reply.drafted_at <= event.happened_at
        ]
        if then:
            given = given_of(then[-1], known, replies, place)
            names = {finding.check for finding in rubric.faults(rubric.judge(given)[1])}
            judged.append((names, event.kind == "send_back"))
    return judged
