"""The town, its people, and a wall clock that a test may move on."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from huiying.cases.place import Place
from tests import make
from tests.cast import Cast, people


class Wall:
    """`wall.at` is now; `wall.later(seconds=…)` lets time pass."""

    def __init__(self) -> None:
        self.at: datetime = make.at(3, 15, 10)

    def later(self, **passed: float) -> datetime:
        self.at += timedelta(**passed)
        return self.at


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    wall = Wall()
    monkeypatch.setattr(timezone, "now", lambda: wall.at)
    return wall


@pytest.fixture
def town(db: None) -> Place:
    return make.town()


@pytest.fixture
def cast(town: Place, wall: Wall) -> Cast:
    return people()
