"""How many units asked to give a case back, in one way everywhere: `CaseState.giving_back` says the same."""

from __future__ import annotations

from django.db.models import Count, Q


def asked(ruling: str = "") -> Q:
    """Asked and not dropped; `ruling` is the way to the ruling (`rulings__`), if any."""
    return Q(**{f"{ruling}kind": "return"}) & ~Q(**{f"{ruling}decision": "dropped"})


def units(ruling: str = "") -> Count:
    """The units that asked, over the rulings of one case."""
    return Count(f"{ruling}assignment__unit", filter=asked(ruling), distinct=True)
