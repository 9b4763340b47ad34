"""What is to be archived, what was made of it, and that it is what it was."""

from __future__ import annotations

import zipfile
from datetime import date, timedelta
from io import BytesIO

import pytest

from huiying.archive import register
from huiying.archive.models import Package
from huiying.archive.retention import schedule
from huiying.batches import queue
from huiying.batches.models import Batch
from huiying.cases import place
from huiying.cases.models import Attachment, Case, Office
from huiying.common.errors import Refused
from huiying.ops import archive_work, batch_work, doctor
from tests import make
from tests.archive.conftest import LATER

pytestmark = pytest.mark.django_db


def due(now=LATER) -> set[str]:
    return {case.title for case in register.due(schedule(place.current().config), now)}


def test_closed_cases_are_due_once_they_have_rested_and_until_they_have_a_package(cast, archived) -> None:
    made = make.case("办完了", status="closed")
    make.case("没办完", status="handling")
    make.case("刚办完", status="closed", received=make.at(6, 1))
    assert due() == {"办完了"}
    assert due(made.closed_at + timedelta(days=90)) == set()
    archived(made)
    assert due() == set()
    assert due(LATER + timedelta(days=90)) == {"刚办完"}


def test_a_case_that_is_closed_again_is_archived_again(cast, archived) -> None:
    case = make.case(status="closed")
    first = archived(case)
    make.step(case, "reopen")
    assert due() == set()
    make.step(case, "dispatch", units=[{"unit": "water", "role": "lead"}])
    for name in ("claim", "answer", "release"):
        make.step(case, name, on=2)
    make.step(case, "close")
    assert due() == {case.title}
    second = archived(case)
    assert list(Package.objects.order_by("pk").values_list("state", flat=True)) == ["replaced", "kept"]
    assert first.sha256 != second.sha256
    assert doctor.examine(place.current(), now=LATER).is_sound


def test_the_register_says_what_was_made_when_by_whom_and_until_when_it_is_kept(cast, archived) -> None:
    case = make.case(status="closed")
    package = archived(case)
    assert (package.made_by, package.made_at, package.state) == (cast.dispatcher, LATER, "kept")
    assert (package.years, package.until_on) == (30, date(2052, 12, 31))
    assert "第8号" in package.source
    packed = register.read(package)
    assert len(packed) == package.size
    with zipfile.ZipFile(BytesIO(packed)) as opened:
        assert {"events.json", "SHA256SUMS"} <= set(opened.namelist())


def test_instructions_make_a_case_kept_for_ever(cast, archived) -> None:
    case = make.case(status="closed")
    make.step(case, "instruct")
    package = archived(Case.objects.get(pk=case.pk))
    assert (package.years, package.until_on, package.term) == (0, None, "永久")


def test_a_package_made_twice_is_one(cast, archived) -> None:
    case = make.case(status="closed")
    assert archived(case) == archived(case)
    assert Package.objects.count() == 1


def test_a_package_that_was_touched_is_not_given_out_and_the_doctor_sees_it(cast, archived) -> None:
    package = archived(make.case(status="closed"))
    path = register.path_of(package)
    for harm in (lambda: path.write_bytes(b"changed"), path.unlink):
        harm()
        with pytest.raises(Refused, match="缺失或被改动过"):
            register.read(package)
        findings = doctor.examine(place.current(), now=LATER).findings
        assert [finding for finding in findings if "归档包缺失或被改动" in str(finding)]


# In bulk


@pytest.fixture
def five(cast) -> list[Case]:
    return [make.case(f"第{n}件", status="closed") for n in range(5)]


def test_all_that_is_due_is_packed_in_the_background_and_gone_on_with(five, cast, home) -> None:
    queue.ask("archive", by=cast.dispatcher, at=LATER)
    said = [batch_work.run(LATER, seconds=0) for _ in range(3)]
    assert [line[-3:] for line in said] == ["1/5", "2/5", "3/5"]
    batch_work.run(LATER)
    batch = Batch.objects.get()
    assert (batch.state, batch.said, batch.done) == ("done", "已归档 5 件。", 5)
    assert Package.objects.filter(made_by=cast.dispatcher).count() == 5
    assert len(list((home / "archive" / "2022").iterdir())) == 5
    assert doctor.examine(place.current(), now=LATER).is_sound


def test_only_those_chosen_are_packed(five, cast) -> None:
    numbers = [case.number for case in five[:2]]
    queue.ask("archive", by=cast.dispatcher, at=LATER, numbers=numbers)
    batch_work.run(LATER)
    assert set(Package.objects.values_list("case__number", flat=True)) == set(numbers)


def test_what_cannot_be_packed_is_left_and_named(five, cast) -> None:
    Attachment.objects.create(case=five[1], seq=1, name="丢了.txt", content_type="t", size=1, sha256="0" * 64)
    queue.ask("archive", by=cast.dispatcher, at=LATER)
    batch_work.run(LATER)
    said = Batch.objects.get().said
    assert said.startswith("已归档 4 件。")
    assert f"{five[1].number} 没有归档：附件“丢了.txt”的文件不在库中" in said
    assert due() == {"第1件"}


def test_a_crash_before_the_progress_is_written_makes_nothing_twice(five, cast, monkeypatch) -> None:
    queue.ask("archive", by=cast.dispatcher, at=LATER)

    def crash(*_: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(queue, "finish", crash)
        with pytest.raises(KeyboardInterrupt):
            batch_work.run(LATER)
    batch_work.run(LATER + 2 * queue.HELD)
    assert Package.objects.count() == 5
    assert Batch.objects.get().state == "done"


def test_a_case_that_moves_while_it_is_packed_is_left(cast, archived, monkeypatch) -> None:
    case = make.case(status="closed")
    write = register._write

    def meanwhile(path, packed) -> None:
        write(path, packed)
        make.step(Case.objects.get(pk=case.pk), "reopen")

    monkeypatch.setattr(register, "_write", meanwhile)
    with pytest.raises(Refused, match="又有人办理了本件"):
        archived(case)
    assert not Package.objects.exists()


def test_rules_of_the_place_are_those_that_hold(five, cast) -> None:
    Office.objects.update(config={"retention": {"rule": [{"years": 3, "source": "自定"}]}})
    Office.touch()
    queue.ask("archive", by=cast.dispatcher, at=LATER)
    batch_work.run(LATER)
    assert set(Package.objects.values_list("years", "source", "until_on")) == {
        (3, "自定", date(2025, 12, 31))
    }
    assert archive_work.archived({}) == "没有归档的件。"
