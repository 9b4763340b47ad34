"""Every proof of this folder gets towns of its own."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings

from tests.conftest import EMPTY
from tests.proofs.towns import Town, Towns


@pytest.fixture(autouse=True)
def _tables(db: None) -> None:
    """So that they are made once for the whole run, and only copied here."""


@pytest.fixture(scope="session")
def towns(django_db_setup: None, server: Any) -> Iterator[Towns]:
    folder = settings.TEST_DIRECTORY / "towns"
    folder.mkdir()
    built = Towns(folder, server, EMPTY)
    yield built
    built.close()


@pytest.fixture
def town(towns: Towns) -> Iterator[Town]:
    with towns.copy() as copied:
        yield copied
