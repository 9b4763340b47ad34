"""The house rules that a machine can keep."""

import ast
import inspect
import re
import statistics
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest
from django.conf import settings
from django.core.management.color import no_style
from django.db import DatabaseError, connection, transaction
from django.urls import URLPattern, get_resolver, reverse

from huiying.workbench.reply import ACTS
from tests.workbench.stories import EXEMPT, STORIES

ROOT = Path(__file__).parent.parent
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "services", "service", "managers", "manager", "misc"}
LONGEST_FILE = 600
LONG_FUNCTION = 45
LOWER_LAYERS = {
    "accounts",
    "archive",
    "batches",
    "bulletins",
    "cases",
    "common",
    "dispatch",
    "exchange",
    "intake",
    "knowledge",
    "mining",
    "notices",
    "quality",
    "replies",
    "statistics",
}
PUBLIC_ROUTES = {"login", "admin:login", "health"}

# What computes takes values and returns values, from the first day on and whatever it imports today.
PURE = {
    "huiying.bulletins.content",
    "huiying.cases.clocks",
    "huiying.cases.history",
    "huiying.cases.moves",
    "huiying.cases.workdays",
    "huiying.common.sheets",
    "huiying.common.text",
    "huiying.statistics.charts",
    "huiying.statistics.measures",
}

# A machine's own paths and package registries; spelt so that this file does not hold them itself.
PRIVATE = [f"/{name}/" for name in ("work", "root", "Users", "pyenv")]
PRIVATE += [name[::-1] for name in ("gro.ipyp", "detsohnohtyp.selif", "xedni.elpmis")]
PRIVATE += ["-".join(["--index", "url"]), "-".join(["--extra", "index"])]


def kept_files() -> list[Path]:
    """Every file that git keeps or would keep; outside a clone, what lies here but hidden and made files."""
    command = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False)
    if listed.returncode:
        lying = [path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file()]
        made = re.compile(r"^(\.(?!ci/|editorconfig|gitignore)|var/)|__pycache__")
        return [ROOT / path for path in lying if not made.search(path.as_posix())]
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def ours(*endings: str) -> list[Path]:
    return [path for path in kept_files() if path.suffix in endings and "migrations" not in path.parts]


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert not [path for path in kept_files() if path.stem in VAGUE_NAMES or path.parent.name in VAGUE_NAMES]


def test_no_file_is_longer_than_one_sitting() -> None:
    lengths = {
        path: len(path.read_text("utf-8").splitlines()) for path in ours(".py", ".html", ".js", ".typ")
    }
    assert not {str(path): length for path, length in lengths.items() if length > LONGEST_FILE}


def test_nineteen_functions_in_twenty_are_short() -> None:
    lengths = [
        (node.end_lineno or node.lineno) - node.lineno + 1
        for path in ours(".py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef)
    ]
    assert statistics.quantiles(lengths, n=20)[-1] <= LONG_FUNCTION


def test_no_kept_file_names_a_machine_or_a_registry() -> None:
    found = {}
    for path in kept_files():
        text = path.read_bytes().decode("utf-8", "replace")
        if met := [word for word in PRIVATE if word in text]:
            found[str(path)] = met
    assert not found


def test_what_is_free_of_django_is_listed_to_stay_so() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    listed = {name for contract in contracts["contracts"] for name in contract.get("source_modules", [])}
    graph = grimp.build_graph("huiying", include_external_packages=True, cache_dir=None)
    lower = [name for name in graph.modules if name.split(".")[1:2] and name.split(".")[1] in LOWER_LAYERS]
    free = {name for name in lower if graph.find_modules_directly_imported_by(name)}
    free = {name for name in free if not graph.chain_exists(name, "django")}
    assert free | PURE == listed


def routes(resolver=None, prefix: str = "", namespace: str = "") -> Iterator[tuple[str, str, URLPattern]]:
    for entry in (resolver or get_resolver()).url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield f"{namespace}{entry.name}", path, entry
        else:
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from routes(entry, path, inner)


def test_every_route_but_a_short_list_requires_sign_in() -> None:
    assert "django.contrib.auth.middleware.LoginRequiredMiddleware" in settings.MIDDLEWARE
    public = {name for name, _, entry in routes() if not getattr(entry.callback, "login_required", True)}
    assert public <= PUBLIC_ROUTES


def test_every_address_that_is_written_to_is_sent_twice_by_a_test() -> None:
    """Missing: tell its story in tests/workbench/stories.py, and tests/workbench/test_once.py sends it."""
    takes_a_form = {
        name
        for name, _, entry in routes()
        if "POST" in inspect.getsource(inspect.unwrap(entry.callback))
        or hasattr(entry.callback, "view_class")
    }
    assert takes_a_form == {route.partition(" ")[0] for route in STORIES} | set(EXEMPT)
    assert {f"work_act {name}" for name in ACTS} <= set(STORIES)


def test_a_stranger_at_any_door_is_sent_to_sign_in(client) -> None:
    plain = re.compile(r"^[\w/.-]*$")
    doors = ["/" + path for name, path, _ in routes() if plain.match(path) and name not in PUBLIC_ROUTES]
    sent = {path: client.get(path).headers.get("Location", "not sent") for path in doors}
    assert sent
    assert not {path: place for path, place in sent.items() if not place.startswith(reverse("login"))}


@pytest.mark.django_db
def test_pages_tell_the_browser_to_run_nothing_of_strangers(client) -> None:
    policy = client.get(reverse("login")).headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


FROZEN = {
    "sqlite": "CREATE TRIGGER f BEFORE DELETE ON django_session BEGIN SELECT RAISE(ABORT, 'frozen'); END",
    "postgresql": """
        CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''frozen''; END';
        CREATE TRIGGER f1 BEFORE DELETE ON django_session FOR EACH ROW EXECUTE FUNCTION f();
        CREATE TRIGGER f2 BEFORE TRUNCATE ON django_session FOR EACH STATEMENT EXECUTE FUNCTION f();
    """,
}


@pytest.mark.django_db
def test_a_test_may_empty_append_only_tables_and_leaves_their_triggers_awake() -> None:
    def add_one() -> None:
        cursor.execute("INSERT INTO django_session VALUES ('key', 'data', '2022-03-01 00:00:00')")

    with connection.cursor() as cursor:
        cursor.execute(FROZEN[connection.vendor])
        add_one()
        connection.ops.execute_sql_flush(connection.ops.sql_flush(no_style(), ["django_session"]))
        add_one()  # the key was free again
        with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
            cursor.execute("DELETE FROM django_session")
