"""How many units asked to give a case back, in one way everywhere: `CaseState.giving_back` says the same."""

from __future__ import annotations

from django.db.models import Count, Q


def units(case: str = "") -> Count:
    """The units that asked and did not drop it; `case` is the way to the case (`case__`), if any."""
    asked = Q(**{f"{case}rulings__kind": "return"}) & ~Q(**{f"{case}rulings__decision": "dropped"})
    return Count(f"{case}rulings__assignment__unit", filter=asked, distinct=True)
