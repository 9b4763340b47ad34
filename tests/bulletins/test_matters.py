"""What a bulletin names of a protected case: the matter, and nobody who reported it."""

from types import SimpleNamespace

import pytest

from huiying.bulletins.views import matters
from huiying.cases.models import Case
from tests import make

pytestmark = pytest.mark.django_db


def desk(cases: list[Case]) -> SimpleNamespace:
    """As much of the composer's desk as naming cases needs."""
    numbers = [case.number for case in cases]
    engine = SimpleNamespace(cases=lambda *asked, **more: numbers)
    marks = SimpleNamespace(mark=lambda matter, shown: matter)
    return SimpleNamespace(engine=lambda: engine, period=None, marks=marks)


def test_a_matter_is_named_without_its_protected_reporter() -> None:
    make.town()
    title = "何秀英（13900001234）反映东街小店无证经营"
    cases = [make.case(title), make.case(title, secret=True), make.case(title, nature="tip")]
    named = [one.shown for one in matters(desk(cases), SimpleNamespace(where={}), {})]
    assert named == [title, *["〔隐去〕（〔隐去〕）反映东街小店无证经营"] * 2]
