"""Citizens' data: sealed on the disk, found again without being read."""

import pytest
from django.db import connection

from huiying.cases.models import Person
from huiying.cases.persons import PersonData, enrol, indexes, reveal
from huiying.common.crypto import SealBroken
from tests.make import at

pytestmark = pytest.mark.django_db

XIUYING = PersonData(name="何秀英", phone="13900001234", id_number="990123197001010028", address="东街12号")


def test_what_lies_on_the_disk_says_nothing_and_opens_again() -> None:
    person = enrol(XIUYING, at=at(3, 1))
    assert person is not None
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM cases_person")
        (row,) = cursor.fetchall()
    stored = b"|".join(bytes(v) if isinstance(v, memoryview | bytes) else str(v).encode() for v in row)
    for secret in (XIUYING.name, XIUYING.phone, XIUYING.id_number, XIUYING.address):
        assert secret.encode() not in stored
    assert reveal(person) == XIUYING


@pytest.mark.parametrize("phone", ["139 0000 1234", "+86-139-0000-1234", "１３９００００１２３４"])
def test_the_same_citizen_is_found_however_the_number_is_written(phone: str) -> None:
    first = enrol(XIUYING, at=at(3, 1))
    assert enrol(PersonData(name="何秀英", phone=phone), at=at(3, 2)) == first
    assert Person.objects.count() == 1


def test_another_name_or_a_name_alone_is_another_citizen() -> None:
    for data in (XIUYING, PersonData(name="何秀兰", phone=XIUYING.phone), *[PersonData(name="何秀英")] * 2):
        enrol(data, at=at(3, 1))
    assert Person.objects.count() == 4


def test_nobody_is_no_row() -> None:
    assert enrol(PersonData(), at=at(3, 1)) is None
    assert indexes(PersonData(name="何秀英"))[0] == ""


def test_an_erased_citizen_is_not_found_and_not_shown() -> None:
    person = enrol(XIUYING, at=at(3, 1))
    assert person is not None
    Person.objects.update(sealed=b"", erased_at=at(4, 1))
    person.refresh_from_db()
    assert reveal(person) == PersonData(name="（已删除）")
    assert enrol(XIUYING, at=at(4, 2)) != person


def test_data_moved_to_another_row_do_not_open() -> None:
    person, other = enrol(XIUYING, at=at(3, 1)), enrol(PersonData(name="赵四"), at=at(3, 1))
    assert person is not None
    assert other is not None
    other.sealed = person.sealed
    with pytest.raises(SealBroken):
        reveal(other)
