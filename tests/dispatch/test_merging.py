"""并单 by number, as a person makes it."""

import pytest

from huiying.cases import lifecycle
from huiying.cases.lifecycle import NotAllowed, Stale
from huiying.dispatch import merging
from tests import make
from tests.cast import people

pytestmark = pytest.mark.django_db
AT = make.at(3, 9)


@pytest.fixture
def cast():
    make.town()
    return people()


def test_the_other_case_is_named_by_its_number(cast) -> None:
    first, second = make.case("水压太低"), make.case("停水")
    merging.merge_into(second, into=f" {first.number.lower()} ", by=cast.dispatcher, at=AT, note="同一事项")
    second.refresh_from_db()
    assert (second.ending, second.merged_into) == ("merged", first)
    assert lifecycle.log_of(first)[-1].data == {"other": second.number}


def test_a_number_that_is_none_and_a_page_that_is_old_change_nothing(cast) -> None:
    first, second = make.case("水压太低"), make.case("停水")
    for into in ("R2099", second.number):
        with pytest.raises(NotAllowed):
            merging.merge_into(second, into=into, by=cast.dispatcher, at=AT)
    second.seq -= 1
    with pytest.raises(Stale):
        merging.merge_into(second, into=first.number, by=cast.dispatcher, at=AT)
    assert {case.events.count() for case in (first, second)} == {1}


def test_a_case_that_was_merged_itself_names_the_one_to_merge_into(cast) -> None:
    first, second, third = make.case("水压太低"), make.case("停水"), make.case("水管爆裂")
    merging.merge_into(second, into=first.number, by=cast.dispatcher, at=AT)
    with pytest.raises(NotAllowed, match=f"{second.number} 已并入 {first.number}，请并入那一件"):
        merging.merge_into(third, into=second.number, by=cast.dispatcher, at=AT)
