"""Every proof of this folder gets towns of its own."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.proofs.towns import Town, Towns


@pytest.fixture(scope="session")
def towns(tmp_path_factory: pytest.TempPathFactory, server: Any) -> Iterator[Towns]:
    built = Towns(tmp_path_factory.mktemp("towns"), server)
    yield built
    built.close()


@pytest.fixture
def town(towns: Towns) -> Iterator[Town]:
    with towns.copy() as copied:
        yield copied
