"""Case numbers go on from the highest, however many there are and whoever brought them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from huiying.cases.models import Case, Numbering
from tests import make

pytestmark = pytest.mark.django_db


def test_numbers_of_a_channel_and_month_follow_each_other(town) -> None:
    numbers = [make.case().number for _ in range(3)]
    assert numbers == ["R2022030001", "R2022030002", "R2022030003"]
    assert make.case(channel="city").number == "S2022030001"
    assert make.case(received=make.at(4, 1)).number == "R2022040001"


def test_after_the_last_of_four_digits_come_five(town) -> None:
    make.case(number="R2022039999")
    assert [make.case().number for _ in range(2)] == ["R20220310000", "R20220310001"]


def test_numbers_that_an_import_brought_are_stepped_over(town) -> None:
    first = make.case()
    make.case(number="R2022030002")
    make.case(number="R2022030777")
    assert (first.number, make.case().number) == ("R2022030001", "R2022030778")


def test_digits_are_as_many_as_those_the_office_had_before(town) -> None:
    make.case(number="R202203000123")
    assert [make.case().number for _ in range(2)] == ["R202203000124", "R202203000125"]


def test_what_is_no_number_of_ours_is_left_alone(town) -> None:
    make.case(number="R202203补-99")
    make.case(number="R202203" + "9" * 20)
    assert make.case().number == "R2022030001"


def test_a_counter_that_fell_behind_is_never_set_back(town) -> None:
    make.case()
    Numbering.objects.update(last=500)
    assert make.case().number == "R2022030501"
    Numbering.objects.update(last=0)
    assert make.case().number == "R2022030502"


def test_no_other_number_is_looked_at(town) -> None:
    make.case()
    with CaptureQueriesContext(connection) as asked:
        make.case()
    numbers = [q["sql"] for q in asked if "LENGTH" in q["sql"].upper() or "LIKE" in q["sql"].upper()]
    assert (numbers, Case.objects.count()) == ([], 2)
