"""核定: what a case is about, whom it accuses, whether its reporter is protected."""

import pytest

from huiying.cases import lifecycle, place, sorting
from huiying.cases.lifecycle import NotAllowed
from huiying.cases.models import CaseText
from huiying.common.errors import Refused
from huiying.dispatch import handoff
from huiying.ops import doctor
from tests import make
from tests.cast import people

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    make.town()
    return people()


def told() -> list[str]:
    return [finding.line() for finding in doctor.examine(place.current(), now=make.at(3, 20)).findings]


def again(case):
    case.refresh_from_db()
    return case


def test_only_what_differs_is_written_down(cast) -> None:
    case = make.case(nature="complaint", topic="phone/城乡建设/供水")
    given = {"nature": "report", "topic": "phone/城乡建设/供水", "area": "", "urgency": "urgent"}
    sorting.reclassify(case, by=cast.operator, at=make.at(3, 2), **given)
    assert lifecycle.log_of(case)[-1].data == {"nature": "report", "urgency": "urgent"}
    assert (again(case).nature.code, case.urgency, case.area.code) == ("report", "urgent", "stone")
    with pytest.raises(NotAllowed, match="没有改动"):
        sorting.reclassify(case, by=cast.operator, at=make.at(3, 2), **given)


def test_a_unit_named_at_the_desk_or_later_is_not_given_the_case(cast) -> None:
    named = make.case(accused=["water"])
    later = make.case()
    sorting.reclassify(later, by=cast.reviewer, at=make.at(3, 2), accused=["water"])
    for case in (named, later):
        with pytest.raises(Refused, match="应当回避"):
            handoff.dispatch(again(case), lead="water", by=cast.dispatcher, at=make.at(3, 3))
    sorting.reclassify(again(later), by=cast.reviewer, at=make.at(3, 3), accused=[])
    handoff.dispatch(again(later), lead="water", by=cast.dispatcher, at=make.at(3, 4))
    assert lifecycle.state_of(later).accused == ()
    with pytest.raises(NotAllowed, match="被反映单位“nobody”"):
        make.case(accused=["nobody"])


def test_protecting_twice_says_that_it_is_so_already(cast) -> None:
    case = make.case()
    sorting.protect(case, by=cast.dispatcher, at=make.at(3, 2), secret=True)
    assert again(case).secret
    with pytest.raises(NotAllowed, match="现在已经保密"):
        sorting.protect(case, by=cast.dispatcher, at=make.at(3, 2), secret=True)


def test_what_the_citizen_adds_is_kept_as_their_words_and_proved(cast) -> None:
    case = make.case()
    lifecycle.advance(case, "supplement", by=cast.operator, at=make.at(3, 2), note="夜里也没有水。")
    assert case.texts.get(kind="supplement").text == "夜里也没有水。"
    assert told() == []
    CaseText.objects.filter(kind="supplement").update(text="夜里有水。")
    assert told() == [f"{case.number}：第 2 条记录的补充内容写入之后被改动过"]


def test_the_units_complained_of_are_those_of_the_log(cast) -> None:
    case = make.case(accused=["water", "stone"])
    assert told() == []
    case.accused.filter(unit__code="stone").delete()
    assert told() == [f"{case.number}：被反映单位不是记录所说的“water、stone”"]
