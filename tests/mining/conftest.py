"""The outside data, where it is; and a section to measure."""

import os
from itertools import islice
from pathlib import Path

import pytest

from huiying.cases.place import Place
from huiying.mining import evaluation
from huiying.mining.text_files import open_texts
from tests import make
from tests.proof import PROOF

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of data for measuring, which is no part of this project; without it the test is skipped."""
    folder = Path(os.environ.get("HUIYING_DATA") or ROOT.parent / "shared" / "data")
    if not (folder / "teddy2020").is_dir():
        pytest.skip(f"没有评测资料 {folder}：请用环境变量 HUIYING_DATA 指明所在目录")
    return folder


@pytest.fixture
def some(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every other text of a file is measured; the long versions measure all of them."""
    if not PROOF:
        monkeypatch.setattr(evaluation, "open_texts", lambda *a, **b: islice(open_texts(*a, **b), 0, None, 2))


@pytest.fixture
def town(db: None) -> Place:
    return make.town()
