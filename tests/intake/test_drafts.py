"""Drafts outlive the browser and nothing else."""

from datetime import timedelta

import pytest

from huiying.intake import drafts
from huiying.intake.models import Draft
from tests import make

pytestmark = pytest.mark.django_db
NOW = make.at(3, 15, 10)


def test_what_was_typed_comes_back_and_lies_sealed(cast) -> None:
    assert drafts.save(cast.operator, "a", {"phone": "13900001234", "name": "", "title": "停水"}, at=NOW)
    assert drafts.save(cast.operator, "a", {"phone": "13900001234", "title": "停水三天"}, at=NOW)
    (row,) = drafts.open_drafts(cast.operator)
    assert drafts.read(row) == {"phone": "13900001234", "title": "停水三天"}
    assert b"13900001234" not in bytes(row.sealed)
    assert drafts.open_drafts(cast.dispatcher) == []


def test_a_late_save_does_not_bring_a_discarded_form_back(cast) -> None:
    drafts.save(cast.operator, "a", {"title": "停水"}, at=NOW)
    drafts.finish(cast.operator, "a", at=NOW)
    assert not drafts.save(cast.operator, "a", {"title": "停水"}, at=NOW)
    assert drafts.open_drafts(cast.operator) == []
    assert bytes(Draft.objects.get().sealed) == b""


def test_rows_of_finished_forms_go_after_two_days(cast) -> None:
    drafts.finish(cast.operator, "a", at=NOW)
    drafts.save(cast.operator, "b", {"title": "路灯"}, at=NOW + timedelta(days=1))
    assert Draft.objects.count() == 2
    drafts.save(cast.operator, "c", {"title": "路灯"}, at=NOW + timedelta(days=3))
    assert set(Draft.objects.values_list("key", flat=True)) == {"b", "c"}
