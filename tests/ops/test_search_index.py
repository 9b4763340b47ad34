"""The full-text index made anew."""

import pytest
from django.core.management import call_command

from huiying.cases import search
from huiying.cases.models import Case
from huiying.ops import doctor
from tests import make


@pytest.mark.django_db
def test_what_fell_out_of_the_index_is_found_again(capsys: pytest.CaptureFixture[str]) -> None:
    town = make.town()
    found, other = make.case("井盖缺失", body="东街路口井盖不见"), make.case("路灯不亮", body="")
    search.INDEX.clear()
    assert not search.INDEX.match(Case.objects.all(), "井盖").exists()
    call_command("search", "rebuild")
    assert "2 件" in capsys.readouterr().out
    assert list(search.INDEX.match(Case.objects.all(), "路口井盖")) == [found]
    assert list(search.INDEX.match(Case.objects.all(), other.number)) == [other]
    assert doctor.examine(town, now=make.at(3, 20)).warnings == []
    call_command("search", "rebuild")  # twice does no harm
    assert list(search.INDEX.match(Case.objects.all(), "路口井盖")) == [found]
