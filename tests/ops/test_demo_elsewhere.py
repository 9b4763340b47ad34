"""The demonstration where it must not go, and in a place that it knows nothing of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from huiying.accounts.models import User
from huiying.cases import place
from huiying.cases.models import Case
from huiying.common.errors import Refused
from huiying.ops import demo, doctor
from tests import make
from tests.conftest import House

NOW = make.at(7, 14, 15)
OTHER_PLACE = settings.BASE_DIR.parent / "examples" / "binjiang"


@pytest.fixture(autouse=True)
def _home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(settings, "HUIYING_HOME", tmp_path)
    place.forget()


@pytest.mark.django_db
def test_it_does_not_mix_into_an_office_at_work() -> None:
    make.town()
    make.case()
    with pytest.raises(Refused, match="已有 1 件诉求件"):
        demo.build(at=NOW)
    assert Case.objects.count() == 1


@pytest.mark.django_db
def test_it_takes_no_user_name_away() -> None:
    User.objects.create(username="operator", name="真话务员")
    with pytest.raises(Refused, match="operator"):
        demo.build(at=NOW)
    assert Case.objects.count() == 0


@pytest.mark.django_db
def test_another_place_gets_a_town_of_its_own_words() -> None:
    """On PostgreSQL even where it takes the tables for empty, as it may after a transaction taken back."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # lock the tables before their rows in pg_class, as autovacuum does
            cursor.execute("UPDATE pg_class SET reltuples = 0, relpages = 400 WHERE relname LIKE 'cases_%'")
    outcome = demo.build(at=NOW, directory=OTHER_PLACE)
    assert outcome.cases > 600
    assert doctor.examine(place.current(), now=NOW).findings == []
    assert all(path.stat().st_size for path in outcome.files)


@pytest.mark.django_db
def test_a_year_without_calendar_has_no_cases_of_today() -> None:
    outcome = demo.build(at=make.at(7, 14, 15, year=2031), directory=OTHER_PLACE)
    assert any("没有造今天的待办件" in note for note in outcome.notes)
    assert not Case.objects.filter(received_at__year__gt=2022).exists()


@pytest.mark.django_db
def test_numbers_that_do_not_add_up_are_told(tmp_path: Path) -> None:
    copy = tmp_path / "place"
    (copy / "demo").mkdir(parents=True)
    (copy / "place.toml").write_bytes((demo.example() / "place.toml").read_bytes())
    for file in (demo.example() / "demo").iterdir():
        text = file.read_text("utf-8")
        (copy / "demo" / file.name).write_text(text.replace('"城乡建设" = 88', '"城乡建设" = 87'), "utf-8")
    with pytest.raises(Refused, match="性质合计 262 件，内容分类合计 261 件"):
        demo.build(at=NOW, directory=copy)


@pytest.mark.later
def test_from_nothing_to_a_town_and_real_accounts_are_never_thrown_away(bare_house: House) -> None:
    somebody = "from huiying.accounts.models import User; User.objects.create(username='zhang')"
    built, _, refused = bare_house.type(
        "demo --no-serve --json", f'shell -v 0 -c "{somebody}"', "demo --no-serve --fresh", check=False
    )
    files = json.loads(built.out)["files"]
    assert all(Path(name).is_relative_to(bare_house.home / "bulletins") for name in files)
    assert refused.code == 2
    assert "--fresh" in refused.err
