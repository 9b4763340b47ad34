"""A town whose cases were closed in March 2022, and a house on the disk for their packages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from huiying.archive import register, retention
from huiying.archive.models import Package
from huiying.cases import place
from huiying.cases.models import Case
from huiying.cases.place import Place
from huiying.workbench.archive import make as make_package
from tests import make
from tests.cast import Cast, people

LATER = make.at(6, 20, 10)


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: LATER)


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path) -> Path:
    settings.HUIYING_HOME, settings.MEDIA_ROOT = tmp_path, tmp_path / "files"
    settings.MEDIA_ROOT.mkdir()
    return tmp_path


@pytest.fixture
def town(db: None) -> Place:
    return make.town()


@pytest.fixture
def cast(town: Place) -> Cast:
    return people()


@pytest.fixture
def archived(cast: Cast) -> Callable[..., Package]:
    """`archived(case)` makes the package of a closed case, as the dispatcher."""

    def archived(case: Case) -> Package:
        town = place.current()
        held = retention.schedule(town.config)
        found = register.with_instruction(Case.objects.filter(pk=case.pk))
        asked = found.select_related(*register.FOLLOWED).get()
        rule = register.rule_of(asked, town, held)
        return make_package(asked, rule, town, by=cast.dispatcher, at=LATER)

    return archived
