"""The full-text index made anew."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

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


@pytest.mark.django_db
def test_what_was_added_before_it_was_searched_is_entered_by_the_migration_or_anew() -> None:
    town = make.town()
    added = make.case("井盖缺失", body="东街路口")
    make.step(added, "supplement", note="旁边是幼儿园。")
    make.step(added, "supplement", note="夜里没有灯。")
    said = search.words(added)

    def found() -> list[Case]:
        return list(search.INDEX.match(Case.objects.all(), "幼儿园 没有灯"))

    assert said == ["东街路口", "旁边是幼儿园。", "夜里没有灯。"]
    assert found() == [added]
    search.replace(added, said, said[:1])  # as the house was before
    assert found() == []
    warnings = ["1 件的补充材料搜不到。请运行 huiying search rebuild"]
    assert doctor.examine(town, now=make.at(3, 20)).warnings == warnings
    migration = import_module("huiying.cases.migrations.0014_added_words_searched")
    migration.enter(apps, SimpleNamespace(connection=connection))
    assert found() == [added]
    assert doctor.examine(town, now=make.at(3, 20)).warnings == []
    search.replace(added, said, said[:1])
    call_command("search", "rebuild")
    assert found() == [added]
