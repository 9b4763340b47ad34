import pytest

from huiying.common.databases import from_url
from huiying.common.errors import Refused


def test_sqlite_takes_relative_and_absolute_paths(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert from_url("sqlite:///town.sqlite3")["NAME"] == tmp_path / "town.sqlite3"
    assert from_url("sqlite:////srv/a%20town.sqlite3")["NAME"].as_posix() == "/srv/a town.sqlite3"
    assert from_url("sqlite:///:memory:")["NAME"] == ":memory:"


def test_postgres_is_taken_apart_and_pooled():
    found = from_url("postgres://clerk:p%40ss%2Fword@db.example:5433/town?sslmode=require")
    assert [found[name] for name in ("USER", "PASSWORD", "HOST", "PORT", "NAME")] == [
        "clerk",
        "p@ss/word",
        "db.example",
        "5433",
        "town",
    ]
    assert found["OPTIONS"]["sslmode"] == "require"
    assert found["OPTIONS"]["pool"]["max_size"] >= 1


def test_postgres_by_socket_and_without_a_pool():
    found = from_url("postgresql://clerk@/town?host=/run/postgresql&pool=off")
    assert (found["HOST"], found["PORT"], found["OPTIONS"]) == ("/run/postgresql", "", {})


@pytest.mark.parametrize(
    "url",
    [
        "",
        "town.sqlite3",
        "mysql://clerk@db.example/town",
        "sqlite://town.sqlite3",
        "sqlite:///",
        "sqlite:///town.sqlite3?mode=ro",
        "postgres://db.example",
        "postgres://db.example:many/town",
        "postgres://db.example/town?sslmode",
    ],
)
def test_what_is_no_database_is_refused(url):
    with pytest.raises(Refused, match="DATABASE_URL"):
        from_url(url)
