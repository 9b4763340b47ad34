"""What a bulletin names of a protected case: the matter, and nobody who reported it."""

from types import SimpleNamespace

import pytest

from huiying.bulletins.authored import OneMatter
from huiying.bulletins.views import matters
from huiying.cases.models import Case
from tests import make

pytestmark = pytest.mark.django_db


def desk(cases: list[Case], *one: OneMatter) -> SimpleNamespace:
    """As much of the composer's desk as naming cases needs."""
    numbers = [case.number for case in cases]
    engine = SimpleNamespace(cases=lambda *asked, **more: numbers)
    marks = SimpleNamespace(mark=lambda matter, shown: matter)
    return SimpleNamespace(engine=lambda: engine, period=None, marks=marks, matters=one)


def test_a_matter_is_named_without_its_protected_reporter() -> None:
    make.town()
    title = "何秀英（13900001234）反映东街小店无证经营"
    cases = [make.case(title), make.case(title, secret=True), make.case(title, nature="tip")]
    named = [one.shown for one in matters(desk(cases), SimpleNamespace(where={}), {})]
    assert named == [title, *["〔隐去〕（〔隐去〕）反映东街小店无证经营"] * 2]


def test_cases_of_one_matter_are_named_once_where_the_first_would_stand() -> None:
    make.town()
    cases = [make.case(title) for title in ("停水", "路灯不亮", "又停水", "还是停水")]
    dry = OneMatter("东街停水问题", (cases[3].number, cases[0].number, cases[2].number))
    named = [(one.case, one.shown) for one in matters(desk(cases, dry), SimpleNamespace(where={}), {})]
    assert named == [(cases[0].number, "东街停水问题"), (cases[1].number, "路灯不亮")]
    there = matters(desk(cases[1:], dry), SimpleNamespace(where={}), {})
    assert [one.case for one in there] == [cases[1].number, cases[2].number], "in a list without the first"
