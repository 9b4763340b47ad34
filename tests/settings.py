"""The product's settings for a test run: a house of its own, fixed keys, quick passwords.

HUIYING_TEST_DB=postgres runs everything on the server that `tests/postgres.py` starts. What the
developer's shell says about the product is put aside, so that a run never meets a real house.
"""

import os
import shutil
import tempfile
from pathlib import Path

from tests import postgres

FOR_THE_RUN = {"HUIYING_TEST_DB", "HUIYING_PROOF", "HUIYING_SHARED", "HUIYING_DATA"}
ROOM_IN_MEMORY = 512 * 1024 * 1024


def _directory() -> Path:
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM_IN_MEMORY
    return Path(tempfile.mkdtemp(prefix="huiying-test-", dir=memory if roomy else None))


for _name in [name for name in os.environ if name.startswith("HUIYING_") and name not in FOR_THE_RUN]:
    del os.environ[_name]
TEST_DIRECTORY = _directory()
TEST_DB = os.environ.get("HUIYING_TEST_DB", "sqlite")
TEST_SERVER = postgres.Server(TEST_DIRECTORY.name) if TEST_DB == "postgres" else None

os.environ["HUIYING_HOME"] = str(TEST_DIRECTORY)
os.environ["HUIYING_SECRET_KEY"] = "a-key-that-signs-nothing-but-test-sessions-0123456789"
os.environ["HUIYING_DATA_KEY"] = "5e" * 32
os.environ["DATABASE_URL"] = (
    TEST_SERVER.url("huiying") if TEST_SERVER else f"sqlite:///{TEST_DIRECTORY}/huiying.sqlite3"
)

from huiying.settings import *  # noqa: E402, F403
from huiying.settings import DATABASES  # noqa: E402

WHITENOISE_AUTOREFRESH = True  # looks a file up when it is asked for, not all of them for each client
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
SILENCED_SYSTEM_CHECKS = [
    "templates.E002"
]  # pytest-django puts an object there that fails on a wrong variable

if TEST_SERVER:
    DATABASES["default"]["OPTIONS"].pop("pool")  # a pool's threads outlive the test that opened them
    DATABASES["default"]["TEST"] = {"NAME": "test_huiying"}
else:
    # a file, so that threads and the live server get connections of their own; and rows without an
    # ORDER BY come backwards, so that nobody leans on the order in which they went in
    DATABASES["default"]["TEST"] = {"NAME": TEST_DIRECTORY / "test.sqlite3"}
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA reverse_unordered_selects = ON;"
