"""The package of a closed case can be read and checked without us."""

import hashlib
import json
import zipfile
from datetime import datetime
from io import BytesIO

import pytest

from huiying.accounts.models import Trail
from huiying.cases import chain
from huiying.cases.models import Attachment
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def taken(client, cast, settings, tmp_path):
    """What the reviewer gets of a closed case with an attachment."""
    settings.MEDIA_ROOT = tmp_path
    case = make.case(status="closed")
    sha = hashlib.sha256("照片".encode()).hexdigest()
    (tmp_path / sha).write_bytes("照片".encode())
    Attachment.objects.create(
        case=case, seq=1, name="现场.txt", content_type="text/plain", size=6, sha256=sha
    )
    client.force_login(cast.reviewer)
    data = client.get(f"/cases/{case.number}/archive.zip").getvalue()
    with zipfile.ZipFile(BytesIO(data)) as package:
        return case, {name: package.read(name) for name in package.namelist()}


def test_the_checksums_cover_every_file(taken) -> None:
    _, files = taken
    sums = dict(line.split("  ")[::-1] for line in files.pop("SHA256SUMS").decode().splitlines())
    assert sums == {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    assert "照片".encode() in files.values()
    assert files["办理单.pdf"].startswith(b"%PDF")


def test_the_events_prove_their_own_chain(taken) -> None:
    case, files = taken
    previous = ""
    for row in json.loads(files["events.json"]):
        given = {name: row[name] for name in chain.Link._fields}
        for name in ("happened_at", "recorded_at"):
            given[name] = datetime.fromisoformat(given[name])
        assert chain.digest(chain.Link(**given)) == row["hash"]
        assert row["previous"] == previous
        previous = row["hash"]
    assert previous == case.head
    assert json.loads(files["texts.json"])[0]["text"].startswith(case.title)


def test_the_citizen_is_not_in_the_package_and_the_trail_knows_who_took_it(taken, cast) -> None:
    case, files = taken
    assert not any(secret.encode() in data for data in files.values() for secret in ("何秀英", "13900001234"))
    line = Trail.objects.get()
    assert (line.user, line.subject, line.data["paper"]) == (cast.reviewer, case.number, "归档包")


def test_an_open_case_or_a_unit_s_clerk_gets_no_package_and_is_told_why(client, cast) -> None:
    case, closed = make.case(status="handling"), make.case(status="closed")
    client.force_login(cast.dispatcher)
    answer = client.get(f"/cases/{case.number}/archive.zip")
    assert answer.status_code == 409
    assert "办结后才能归档" in answer.content.decode()
    client.force_login(cast.clerk)
    assert client.get(f"/cases/{closed.number}/archive.zip").status_code == 409
    assert "archive.zip" not in client.get(f"/cases/{closed.number}/").content.decode()
    client.force_login(cast.dispatcher)
    assert "archive.zip" in client.get(f"/cases/{closed.number}/").content.decode()
