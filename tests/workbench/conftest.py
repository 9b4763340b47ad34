"""The town, its people, and a wall clock that stands at ten on Tuesday morning, 15 March 2022."""

from datetime import datetime

import pytest
from django.utils import timezone

from huiying.cases.place import Place
from tests import make
from tests.cast import Cast, people


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> datetime:
    at = make.at(3, 15, 10)
    monkeypatch.setattr(timezone, "now", lambda: at)
    return at


@pytest.fixture
def town(db: None) -> Place:
    return make.town()


@pytest.fixture
def cast(town: Place) -> Cast:
    return people()
