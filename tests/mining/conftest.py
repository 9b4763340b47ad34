"""The outside data, where it is; and a section to measure."""

import os
from pathlib import Path

import pytest

from huiying.cases.place import Place
from tests import make

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of data for measuring, which is no part of this project; without it the test is skipped."""
    folder = Path(os.environ.get("HUIYING_DATA") or ROOT.parent / "shared" / "data")
    if not (folder / "teddy2020").is_dir():
        pytest.skip(f"没有评测资料 {folder}：请用环境变量 HUIYING_DATA 指明所在目录")
    return folder


@pytest.fixture
def town(db: None) -> Place:
    return make.town()
