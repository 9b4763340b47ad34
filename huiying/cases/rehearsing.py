"""A move made to see what it would change, and taken back: the same checks, and nothing is kept."""

from __future__ import annotations

from copy import copy
from datetime import datetime
from typing import Any

from django.db import transaction

from huiying.accounts.models import User
from huiying.cases import lifecycle
from huiying.cases.history import CaseState
from huiying.cases.models import Case


def rehearse(case: Case, name: str, *, by: User, at: datetime, **said: Any) -> CaseState:
    """How the case would stand after the move. Raises what `lifecycle.advance` raises."""
    with transaction.atomic():
        lifecycle.advance(copy(case), name, by=by, at=at, **said)
        after = lifecycle.state_of(case)
        transaction.set_rollback(True)
    return after
