"""The full-text indexes made anew from the cases and their texts, and from the articles."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.db import transaction
from django.db.models import OuterRef, Subquery

from huiying.cases import search
from huiying.cases.models import Case, CaseText
from huiying.knowledge import search as knowledge_search


@transaction.atomic
def rebuild(progress: Callable[[int, int], None] | None = None) -> int:
    """Empty the indexes and enter every case and every article; how many cases. All or nothing."""
    search.INDEX.clear()
    total = Case.objects.count()
    search.INDEX.put(_rows(total, progress))
    knowledge_search.rebuild()
    return total


def _rows(total: int, progress: Callable[[int, int], None] | None) -> Iterator[tuple[int, None, str]]:
    bodies = CaseText.objects.filter(case=OuterRef("pk"), kind="body").order_by("-seq", "-pk").values("text")
    cases = Case.objects.order_by("pk").annotate(body=Subquery(bodies[:1]))
    columns = ("pk", "number", "upper_number", "title", "body")
    added = _added()
    found = cases.values_list(*columns).iterator(chunk_size=1000)
    for done, (pk, number, upper_number, title, body) in enumerate(found, 1):
        yield pk, None, search.tokens(number, upper_number, title, body or "", *added.get(pk, ()))
        if progress:
            progress(done, total)


def _added() -> dict[int, list[str]]:
    """What citizens added to their cases later, in order: few have any."""
    found: dict[int, list[str]] = {}
    supplements = CaseText.objects.filter(kind="supplement").order_by("seq", "pk")
    for case, text in supplements.values_list("case_id", "text").iterator(chunk_size=1000):
        found.setdefault(case, []).append(text)
    return found
