"""A rehearsed move is checked like a real one and leaves nothing behind."""

import pytest

from huiying.cases import lifecycle
from huiying.cases.lifecycle import NotAllowed, Stale
from huiying.cases.models import Case, CaseText, ClockRun
from huiying.cases.rehearsing import rehearse
from tests import make
from tests.cast import people

pytestmark = pytest.mark.django_db


def test_it_tells_how_the_case_would_stand_and_keeps_nothing() -> None:
    make.town()
    cast, case = people(), make.case()
    before = lifecycle.state_of(case), ClockRun.objects.count(), case.seq
    units = [{"unit": "water", "role": "lead"}]
    after = rehearse(case, "dispatch", by=cast.dispatcher, at=make.at(3, 2), units=units, note="请办")
    assert (after.status, after.tasks[1].unit) == ("dispatched", "water")
    case.refresh_from_db()
    assert (lifecycle.state_of(case), ClockRun.objects.count(), case.seq) == before
    assert not CaseText.objects.filter(kind="note").exists()
    lifecycle.advance(case, "dispatch", by=cast.dispatcher, at=make.at(3, 2), units=units)


def test_what_would_be_refused_is() -> None:
    make.town()
    cast, case = people(), make.case()
    with pytest.raises(NotAllowed):
        rehearse(case, "dispatch", by=cast.clerk, at=make.at(3, 2))
    seen = Case.objects.get(pk=case.pk)
    make.step(case, "supplement", note="又来电")
    with pytest.raises(Stale):
        rehearse(seen, "mark_invalid", by=cast.operator, at=make.at(3, 2), note="打错")
