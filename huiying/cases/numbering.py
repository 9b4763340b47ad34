"""编号: the next free number of a channel and month.

One counter for each stem (prefix, year and month): no numbers are looked through, and two people at once
wait for each other instead of meeting at the same number.
"""

from __future__ import annotations

import re
from datetime import datetime

from django.db import connection
from django.db.models.functions import Length

from huiying.cases.models import Case, Numbering
from huiying.cases.place import Place

WIDTH = 4
"""The least number of digits."""
NEXT = 'UPDATE cases_numbering SET "last" = "last" + 1 WHERE stem = %s RETURNING "last", width'


def stem_of(place: Place, channel: str, at: datetime) -> str:
    """What the numbers of a channel and month begin with."""
    return f"{place.channels[channel].prefix}{at.astimezone(place.keeper.tz):%Y%m}"


def next_number(stem: str) -> str:
    """The next number after that stem. The caller holds the transaction."""
    counted = _counted_on(stem)
    if counted is None:
        recount(stem)
        counted = _counted_on(stem)
    assert counted is not None, "counted anew, the stem has its counter"
    last, width = counted
    return f"{stem}{last:0{width}d}"


def _counted_on(stem: str) -> tuple[int, int] | None:
    """The counter moved on by one, and its width; None where there is no counter."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT, [stem])
        found: tuple[int, int] | None = cursor.fetchone()
    return found


def recount(stem: str) -> None:
    """Move the counter on to the highest number there is: an import brings numbers of its own."""
    numbered = Case.objects.filter(number__startswith=stem, number__regex=rf"^{re.escape(stem)}\d{{1,12}}$")
    highest = numbered.order_by(Length("number").desc(), "-number").values_list("number", flat=True).first()
    digits = highest[len(stem) :] if highest else "0"
    found = {"last": int(digits), "width": max(WIDTH, len(digits))}
    Numbering.objects.get_or_create(stem=stem, defaults=found)
    Numbering.objects.filter(stem=stem, last__lt=found["last"]).update(**found)
