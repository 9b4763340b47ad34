"""The knobs: each documented, each with a default that runs, each wrong value refused by name."""

import re
import runpy
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from huiying import settings as product
from huiying.common.errors import Refused

ROOT = Path(__file__).parent.parent


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """`read(NAME="value")`: the settings as a process with only these knobs would read them."""
    for knob in product.KNOBS:
        monkeypatch.delenv(knob.name, raising=False)
    monkeypatch.chdir(tmp_path)

    def read(**knobs: str) -> dict[str, Any]:
        for name, value in knobs.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(ROOT / "huiying" / "settings.py"))

    return read


def test_the_documentation_lists_exactly_the_knobs_with_their_defaults() -> None:
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    rows = re.findall(r"^\| `([A-Z_]+)` \| (.*?) \| (.*?) \|$", text, re.MULTILINE)
    assert rows == [
        (knob.name, f"`{knob.default}`" if knob.default else "空", knob.what) for knob in product.KNOBS
    ]


def test_no_other_variable_of_the_environment_is_read() -> None:
    texts = [path.read_text("utf-8") for path in (ROOT / "huiying").rglob("*.py")]
    named = {name for text in texts for name in re.findall(r'environ[.\[(a-z]*[("\[]+([A-Z_]+)', text)}
    assert named <= {"DJANGO_SETTINGS_MODULE", "USER"} | {knob.name for knob in product.KNOBS}


def test_the_defaults_run_and_reading_them_leaves_the_disk_alone(read: Any, tmp_path: Path) -> None:
    found = read()
    assert found["HUIYING_HOME"] == tmp_path / "var"
    assert found["DATABASES"]["default"]["NAME"] == tmp_path / "var" / "huiying.sqlite3"
    assert list(tmp_path.iterdir()) == []


def test_the_first_use_of_a_key_writes_it_and_later_uses_read_it(read: Any, tmp_path: Path) -> None:
    first, second = read(), read()
    assert str(first["SECRET_KEY"]) == str(second["SECRET_KEY"])
    assert str(first["HUIYING_DATA_KEY"]) == str(second["HUIYING_DATA_KEY"])
    assert (tmp_path / "var" / "keys" / "data.key").stat().st_mode & 0o777 == 0o600


def test_a_key_in_the_environment_comes_before_the_file(read: Any, tmp_path: Path) -> None:
    found = read(HUIYING_SECRET_KEY="signs", HUIYING_DATA_KEY="0f" * 32)
    assert (str(found["SECRET_KEY"]), str(found["HUIYING_DATA_KEY"])) == ("signs", "0f" * 32)
    assert not (tmp_path / "var").exists()


def test_https_makes_cookies_secure(read: Any) -> None:
    plain, secure = read(), read(HUIYING_HTTPS="on")
    assert (plain["SESSION_COOKIE_SECURE"], plain["SECURE_HSTS_SECONDS"]) == (False, 0)
    assert secure["SESSION_COOKIE_SECURE"]
    assert secure["CSRF_COOKIE_SECURE"]
    assert secure["SECURE_HSTS_SECONDS"] > 0


def test_lists_are_split_at_commas(read: Any) -> None:
    found = read(HUIYING_HOSTS="a.example.cn, b.example.cn", HUIYING_ORIGINS="https://a.example.cn")
    assert found["ALLOWED_HOSTS"] == ["a.example.cn", "b.example.cn"]
    assert found["CSRF_TRUSTED_ORIGINS"] == ["https://a.example.cn"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HUIYING_HTTPS", "maybe"),
        ("HUIYING_DEBUG", "2"),
        ("HUIYING_IMPORT_MAX_MB", "-1"),
        ("HUIYING_SESSION_HOURS", "ten"),
        ("HUIYING_LOG_LEVEL", "LOUD"),
        ("HUIYING_TIME_ZONE", "Asia/Nowhere"),
    ],
)
def test_a_wrong_value_is_refused_by_name(read: Any, name: str, value: str) -> None:
    with pytest.raises(Refused, match=f"{name}.*{value}"):
        read(**{name: value})


@pytest.mark.django_db
@pytest.mark.skipif(settings.TEST_DB != "sqlite", reason="SQLite 的设置")
def test_sqlite_waits_keeps_foreign_keys_and_survives_a_power_cut() -> None:
    asked = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 20_000}
    with connection.cursor() as cursor:
        found = {name: cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in asked}
    assert found == asked
    assert connection.settings_dict["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
