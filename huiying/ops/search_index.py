"""The full-text index made anew from the cases and their texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.db import transaction
from django.db.models import OuterRef, Subquery

from huiying.cases import search
from huiying.cases.models import Case, CaseText


@transaction.atomic
def rebuild(progress: Callable[[int, int], None] | None = None) -> int:
    """Empty the index and enter every case; how many. All or nothing."""
    search.INDEX.clear()
    total = Case.objects.count()
    search.INDEX.put(_rows(total, progress))
    return total


def _rows(total: int, progress: Callable[[int, int], None] | None) -> Iterator[tuple[int, None, str]]:
    bodies = CaseText.objects.filter(case=OuterRef("pk"), kind="body").order_by("-seq", "-pk").values("text")
    cases = Case.objects.order_by("pk").annotate(body=Subquery(bodies[:1]))
    columns = ("pk", "number", "upper_number", "title", "body")
    found = cases.values_list(*columns).iterator(chunk_size=1000)
    for done, (pk, number, upper_number, title, body) in enumerate(found, 1):
        yield pk, None, search.tokens(number, upper_number, title, body or "")
        if progress:
            progress(done, total)
