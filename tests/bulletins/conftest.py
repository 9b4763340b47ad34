"""A month that is over: the town on Saturday, 2 April 2022, and what it has to close."""

from datetime import datetime

import pytest
from django.utils import timezone

from huiying.bulletins import reconciliation
from huiying.bulletins.models import Reconciliation
from huiying.cases.models import Case
from huiying.cases.place import Place
from tests import make
from tests.bulletins.closing import DUE, MARCH
from tests.bulletins.test_editions import STYLE
from tests.cast import Cast, people
from tests.make import at


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The wall clock: what stands last in the list."""
    told = [at(4, 2)]
    monkeypatch.setattr(timezone, "now", lambda: told[-1])
    return told


@pytest.fixture
def town(db: None, clock: list[datetime]) -> Place:
    return make.town(config={"bulletin": {"style": [STYLE]}})


@pytest.fixture
def cast(town: Place) -> Cast:
    return people()


@pytest.fixture
def march(cast: Cast) -> list[Case]:
    """Two cases of the water bureau, the second neither claimed nor answered, and one of housing."""
    return [
        make.case("水浑", status="closed"),
        make.case("水停", status="dispatched", received=at(3, 2)),
        make.case("燃气", status="closed", unit="housing"),
    ]


@pytest.fixture
def begun(town: Place, cast: Cast, march: list[Case]) -> Reconciliation:
    return reconciliation.begin(town, MARCH, due_on=DUE, by=cast.editor, at=timezone.now())
