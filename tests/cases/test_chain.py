"""The chain of hashes over a log: every column is in it, and words can be erased without breaking it."""

from datetime import UTC, timedelta, timezone
from typing import Any

import pytest
from django.utils import timezone as clock

from huiying.cases import chain
from huiying.cases.chain import Link
from huiying.cases.lifecycle import advance
from huiying.cases.models import Case, CaseText, Event, Person
from huiying.cases.place import Place
from tests import make
from tests.cast import Cast
from tests.make import at

LINK = Link("R1", "990123", 2, "claim", 1, at(3, 1), at(3, 2), 7, "import:1:2", "a", "b", "{}", "0" * 64)
OTHER = {int: 99, str: "x", type(at(3, 1)): at(3, 1, 9, 1)}
IN_NO_HASH = {"id", "hash"}
"""The row's own number is judged by the doctor; `case` is in the hash by its number, `actor` by its key."""


@pytest.mark.parametrize("name", Link._fields)
def test_each_field_changes_the_hash(name: str) -> None:
    other: dict[str, Any] = {name: OTHER[type(getattr(LINK, name))]}
    assert chain.digest(LINK._replace(**other)) != chain.digest(LINK)


def test_nobody_is_not_somebody_and_neighbouring_fields_do_not_run_together() -> None:
    assert chain.digest(LINK._replace(actor=None)) != chain.digest(LINK)
    moved = LINK._replace(from_status="ab", to_status="")
    assert chain.digest(moved) != chain.digest(LINK)


def test_every_column_of_the_table_is_covered() -> None:
    columns = {field.name for field in Event._meta.concrete_fields} - IN_NO_HASH
    covered = {*Link._fields} - {"number"} | {"case"}
    assert columns == covered


def test_an_instant_and_data_have_one_spelling() -> None:
    east = timezone(timedelta(hours=8))
    assert chain.instant(at(3, 1).astimezone(UTC)) == chain.instant(at(3, 1).astimezone(east))
    assert chain.canonical({"乙": 1, "a": "甲"}) == '{"a":"甲","乙":1}'


def closes(case: Case) -> bool:
    previous = ""
    for event in case.events.order_by("seq"):
        if event.previous != previous or event.hash != chain.digest(make.link_of(event, case.number)):
            return False
        previous = event.hash
    return Case.objects.get(pk=case.pk).head == previous


@pytest.mark.django_db
def test_a_log_closes_and_outlives_the_erasure_of_words(town: Place) -> None:
    case = make.case(status="closed")
    make.step(case, "reopen", note="群众反映没有修好")
    assert closes(case)
    CaseText.objects.filter(case=case).update(text="", erased_at=clock.now())
    Person.objects.update(sealed=b"", erased_at=clock.now())
    assert closes(case)


@pytest.mark.django_db
def test_events_hold_no_word_and_no_datum_of_a_citizen(cast: Cast) -> None:
    case = make.case("王家弄堂下水道堵了", body="我叫何秀英，电话13900001234，住东街12号", status="handling")
    advance(case, "ask_extension", by=cast.clerk, at=at(3, 2), on=1, note="要开挖王家弄堂路面")
    stored = "".join(
        str(value) for row in Event.objects.values() for name, value in row.items() if name != "hash"
    )
    for words in ("下水道", "弄堂", "何秀英", "13900001234", "东街", "开挖"):
        assert words not in stored
    assert case.texts.count() == 2
