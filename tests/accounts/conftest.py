"""The town, its people, and ten o'clock on Tuesday morning, 15 March 2022."""

from datetime import datetime

import pytest
from django.utils import timezone

from tests import make
from tests.cast import Cast, people


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> datetime:
    at = make.at(3, 15, 10)
    monkeypatch.setattr(timezone, "now", lambda: at)
    return at


@pytest.fixture
def cast(db: None) -> Cast:
    make.town()
    return people()
