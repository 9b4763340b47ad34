"""The town and its people."""

import pytest

from huiying.cases.place import Place
from tests import make
from tests.cast import Cast, people


@pytest.fixture
def town(db: None) -> Place:
    return make.town()


@pytest.fixture
def cast(town: Place) -> Cast:
    return people()
