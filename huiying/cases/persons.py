"""Citizens' own data: sealed, found again by keyed digests, kept apart from cases."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet

from huiying.cases.models import Person
from huiying.common.keys import vault


@dataclass(frozen=True, slots=True)
class PersonData:
    """What is known of a citizen; every field may be empty."""

    name: str = ""
    phone: str = ""
    id_number: str = ""
    address: str = ""

    def __bool__(self) -> bool:
        return any((self.name, self.phone, self.id_number, self.address))


NOBODY = PersonData()


def indexes(data: PersonData) -> tuple[str, str]:
    """The keyed digests (phone, name) under which the person is found; "" where not given."""
    keys = vault()
    phone = keys.blind(data.phone, field="phone") if data.phone else ""
    return phone, keys.blind(data.name, field="name") if data.name else ""


def columns(data: PersonData, phone_index: str, name_index: str, *, at: datetime) -> dict[str, Any]:
    """A new row's columns: the data sealed to its own indexes."""
    given = {name: value for name in PersonData.__slots__ if (value := getattr(data, name))}
    return {
        "sealed": vault().seal(given, context=_context(phone_index, name_index)),
        "phone_index": phone_index,
        "name_index": name_index,
        "recorded_at": at,
    }


def enrol(data: PersonData, *, at: datetime) -> Person | None:
    """The person's row: an earlier one with the same phone and name, or a new one; None for nobody."""
    if not data:
        return None
    phone_index, name_index = indexes(data)
    if phone_index:
        known = held(Person.objects.filter(phone_index=phone_index, name_index=name_index)).first()
        if known:
            return known
    return Person.objects.create(**columns(data, phone_index, name_index, at=at))


def held(people: QuerySet[Person]) -> QuerySet[Person]:
    """Those who are not erased, held until the transaction ends, so that nobody erases them meanwhile.

    An erasure holds the person the same way before it asks whether any case still points to them.
    """
    kept = people.filter(erased_at=None)
    return kept if kept.update(recorded_at=F("recorded_at")) else kept.none()


def reveal(person: Person) -> PersonData:
    """The citizen's data in clear. Who calls this records the view."""
    if person.erased_at:
        return PersonData(name="（已删除）")
    text = vault().open(bytes(person.sealed), context=_context(person.phone_index, person.name_index))
    return PersonData(**json.loads(text))


def _context(phone_index: str, name_index: str) -> bytes:
    return f"person:{phone_index}:{name_index}".encode()
