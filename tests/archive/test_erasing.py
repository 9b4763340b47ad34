"""When the years of keeping are over: two people decide, and no word is left but what counts."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

from huiying.accounts.models import Trail
from huiying.archive import erasing, register
from huiying.archive.models import Package
from huiying.batches import queue
from huiying.batches.models import Batch
from huiying.cases import lifecycle, place, search
from huiying.cases.models import Accused, Attachment, Case, CaseText, Event, Person, Reply
from huiying.cases.persons import PersonData, enrol
from huiying.common.errors import Refused
from huiying.ops import batch_work, doctor, search_index
from tests import make
from tests.archive.conftest import LATER

pytestmark = pytest.mark.django_db
AFTER = date(2053, 1, 1)
SECRETS = ("何秀英", "13900001234", "东街", "浑浊", "照片", "老周")


@pytest.fixture
def case(cast, home) -> Case:
    """A closed case with every kind of word about it."""
    made = make.case(status="reviewing", village="石桥村", address="东街12号", accused=["market"])
    Reply.objects.create(
        assignment=made.assignments.get(), no=1, drafted_at=LATER, public_answer="东街水管已换",
        handling_report="何秀英家已修好", contact_record="电话联系何秀英",
    )  # fmt: skip
    sha = hashlib.sha256("照片".encode()).hexdigest()
    (home / "files" / sha).write_bytes("照片".encode())
    Attachment.objects.create(case=made, seq=1, name="照片.txt", content_type="t", size=6, sha256=sha)
    Accused.objects.create(case=made, kind="person", sealed="老周".encode())
    make.step(made, "supplement", note="井边还在渗漏")
    make.step(made, "release", on=1)
    make.step(made, "close", note="何秀英表示满意")
    return Case.objects.get(pk=made.pk)


def decide(package: Package, cast: Any) -> Package:
    erasing.propose([package.pk], why="期满", by=cast.supervisor, at=LATER, today=AFTER)
    erasing.confirm([package.pk], by=cast.leader, at=LATER)
    return Package.objects.select_related("decided_by").get(pk=package.pk)


def everything_stored() -> str:
    """All text in all rows of all tables, as the database gives it."""
    said = []
    with connection.cursor() as cursor:
        for model in apps.get_models():
            cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')
            for row in cursor.fetchall():
                for value in row:
                    raw = bytes(value) if isinstance(value, memoryview) else value
                    said.append(raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw))
    return "\n".join(said)


# The decision


def test_only_what_is_past_its_term_is_listed(case, archived) -> None:
    package = archived(case)
    assert list(erasing.expired(date(2052, 12, 31))) == []
    assert list(erasing.expired(AFTER)) == [package]


def test_two_people_decide_each_with_a_right_and_a_reason(case, cast, archived) -> None:
    package = archived(case)
    common = {"by": cast.supervisor, "at": LATER, "today": AFTER}
    with pytest.raises(Refused, match="请写明提请删除的理由"):
        erasing.propose([package.pk], why=" ", **common)
    with pytest.raises(Refused, match="由督办员、管理员办理"):
        erasing.propose([package.pk], why="期满", **common | {"by": cast.reviewer})
    with pytest.raises(Refused, match="都已经有人处理过"):
        erasing.propose([package.pk], why="期满", **common | {"today": date(2052, 12, 31)})
    assert erasing.propose([package.pk], why="期满", **common) == 1
    with pytest.raises(Refused, match="由管理员、领导办理"):
        erasing.confirm([package.pk], by=cast.supervisor, at=LATER)
    assert erasing.confirm([package.pk], by=cast.leader, at=LATER) == 1
    assert [line.subject for line in Trail.objects.order_by("pk")] == ["提请删除个人资料", "批准删除个人资料"]
    assert Trail.objects.first().data["cases"] == [case.number]


def test_nobody_confirms_what_they_proposed_not_even_around_the_program(case, cast, archived) -> None:
    package = archived(case)
    erasing.propose([package.pk], why="期满", by=cast.admin, at=LATER, today=AFTER)
    with pytest.raises(Refused, match="须由另一人批准"):
        erasing.confirm([package.pk], by=cast.admin, at=LATER)
    rows = Package.objects.filter(pk=package.pk)
    for changes in ({"decided_by": cast.admin}, {"state": "erased"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**changes)


def test_the_second_of_two_who_decide_is_told(case, cast, archived) -> None:
    package = archived(case)
    decide(package, cast)
    with pytest.raises(Refused, match="都已经有人处理过"):
        erasing.confirm([package.pk], by=cast.admin, at=LATER)
    with pytest.raises(Refused, match="都已经有人处理过"):
        erasing.turn_down([package.pk], why="还有用", by=cast.admin, at=LATER)


def test_a_package_is_kept_on_or_turned_down(case, cast, archived) -> None:
    package = archived(case)
    erasing.propose([package.pk], why="期满", by=cast.supervisor, at=LATER, today=AFTER)
    erasing.turn_down([package.pk], why="还有诉讼", by=cast.leader, at=LATER)
    assert list(erasing.expired(AFTER)) == [package]
    common = {"why": "还有诉讼", "by": cast.supervisor, "at": LATER, "today": AFTER}
    with pytest.raises(Refused, match="须在今天以后"):
        erasing.keep_on([package.pk], until_on=AFTER, **common)
    erasing.keep_on([package.pk], until_on=date(2062, 12, 31), **common)
    assert list(erasing.expired(AFTER)) == []
    package.refresh_from_db()
    assert (package.state, package.until_on, package.why) == ("kept", date(2062, 12, 31), "还有诉讼")


# The erasure


def test_no_word_is_left_and_log_figures_and_doctor_stay_sound(case, cast, archived, home) -> None:
    package = decide(archived(case), cast)
    before = list(Event.objects.filter(case=case).values_list("hash", flat=True))
    assert all(secret in everything_stored() for secret in ("东街", "浑浊"))
    erasing.erase(package, at=LATER)
    stored = everything_stored()
    assert [secret for secret in SECRETS if secret in stored] == []
    assert list(Event.objects.filter(case=case).values_list("hash", flat=True))[: len(before)] == before
    case.refresh_from_db()
    assert (case.title, case.person, case.address, case.status) == ("（已按期删除）", None, "", "closed")
    assert case.events.last().actor == cast.leader
    assert Person.objects.get().phone_index == ""
    assert list((home / "files").iterdir()) == []
    assert not register.path_of(package).exists()
    report = doctor.examine(place.current(), now=LATER)
    assert report.is_sound, report.findings


def test_search_finds_nothing_any_more_and_can_be_made_anew(case, cast, archived) -> None:
    words = Case.objects.filter(pk=case.pk)
    assert search.INDEX.match(words, "浑浊 渗漏").exists()
    erasing.erase(decide(archived(case), cast), at=LATER)
    assert not search.INDEX.match(words, "浑浊").exists()
    assert not search.INDEX.match(words, "渗漏").exists()
    assert search.INDEX.match(words, case.number).exists()
    search_index.rebuild()
    assert not search.INDEX.match(words, "东街").exists()


def test_a_citizen_with_another_case_stays_but_this_case_points_to_nobody(case, cast, archived) -> None:
    other = make.case("另一件", status="closed")
    assert other.person == case.person
    erasing.erase(decide(archived(case), cast), at=LATER)
    other.refresh_from_db()
    assert other.person.erased_at is None
    case.refresh_from_db()
    assert case.person is None
    erasing.erase(decide(archived(other), cast), at=LATER)
    assert Person.objects.get().erased_at == LATER


def test_a_file_that_another_case_has_too_stays(case, cast, archived, home) -> None:
    mine = case.attachments.get()
    other = make.case("另一件", status="closed", caller=PersonData(name="别人", phone="13900009999"))
    shared = Attachment.objects.create(
        case=other, seq=1, name="同一张", content_type="t", size=6, sha256=mine.sha256
    )
    erasing.erase(decide(archived(case), cast), at=LATER)
    assert (home / "files" / shared.sha256).is_file()


def test_nothing_more_is_done_to_an_erased_case(case, cast, archived) -> None:
    erasing.erase(decide(archived(case), cast), at=LATER)
    case.refresh_from_db()
    for name, by in (("reopen", cast.supervisor), ("instruct", cast.leader), ("call_back", cast.callback)):
        with pytest.raises(lifecycle.NotAllowed, match="个人资料和文字已经删除"):
            lifecycle.advance(case, name, by=by, at=LATER, note="再办", outcome="reached")
    with pytest.raises(Refused, match="已按保管期限删除"):
        register.read(Package.objects.get())


def test_a_case_worked_on_since_it_was_packed_is_spared_and_named(case, cast, archived) -> None:
    package = decide(archived(case), cast)
    make.step(case, "reopen")
    queue.ask("erase", by=cast.leader, at=LATER)
    batch_work.run(LATER)
    package.refresh_from_db()
    assert (package.state, package.decided_by) == ("kept", None)
    assert f"{case.number} 没有删除：{case.number} 归档以后又办理过" in Batch.objects.get().said
    assert CaseText.objects.filter(erased_at=None).exists()


def test_the_worker_erases_what_was_confirmed_and_twice_does_no_harm(case, cast, archived) -> None:
    decide(archived(case), cast)
    for _ in range(2):
        queue.ask("erase", by=cast.leader, at=LATER)
        batch_work.run(LATER)
    assert [batch.said for batch in Batch.objects.order_by("pk")] == [
        "已删除 1 件的个人资料和文字。",
        "没有可删除的件。",
    ]
    assert case.events.filter(kind="erase").count() == 1


def test_an_erasure_that_breaks_off_leaves_the_rows_and_is_done_again(
    case, cast, archived, monkeypatch
) -> None:
    package = decide(archived(case), cast)

    def crash(case: Case) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(erasing, "_remove_files", crash)
        with pytest.raises(KeyboardInterrupt):
            erasing.erase(package, at=LATER)
    assert Case.objects.get().title != "（已按期删除）"
    erasing.erase(package, at=LATER)
    assert doctor.examine(place.current(), now=LATER).is_sound


def test_who_calls_again_after_the_erasure_is_enrolled_anew(case, cast, archived) -> None:
    erasing.erase(decide(archived(case), cast), at=LATER)
    again = enrol(make.CALLER, at=LATER + timedelta(days=1))
    assert again.erased_at is None
    assert Person.objects.count() == 2


HARMLESS = {
    "cases.Case": {"number", "region", "upper_number"},
    "cases.Assignment": {"region"},
    "cases.Ruling": {"reason", "proposed"},
    "cases.ClockRun": {"region", "kind", "rule", "why"},
    "cases.Event": {"region", "kind", "origin", "from_status", "to_status", "data", "previous", "hash"},
    "cases.CaseText": {"digest"},
    "intake.Draft": {"key"},
    "intake.CallLog": {"transferred_to"},
    "intake.CallScore": {"marks"},
    "notices.Notice": {"rule", "key", "text"},  # names the case by its number
    "bulletins.ClosingStep": {"kind", "data", "note"},  # of a period and its units, not of a case
    "archive.Package": {"file", "sha256", "source", "why"},
}
"""Text in rows that hang on a case and hold no words of or about citizens."""
WORDS = (models.CharField, models.TextField, models.BinaryField, models.JSONField)


def hanging_on_cases() -> set[type[models.Model]]:
    found = {Case}
    while (
        more := {
            model
            for model in apps.get_models()
            for field in model._meta.concrete_fields
            if field.is_relation and field.related_model in found and field.remote_field.name != "merged"
        }
        - found
    ):
        found |= more
    return found


def test_every_column_that_could_hold_words_about_a_case_is_erased_or_known_to_be_harmless() -> None:
    blanked: dict[str, set[str]] = {"cases.Case": {"title", "village", "address", "head"}}
    for table, _, values in erasing.BLANKS:
        blanked.setdefault(table._meta.label, set()).update(values)
    unknown = {}
    for model in hanging_on_cases() - {Attachment}:  # its rows go altogether
        label = model._meta.label
        words = {
            field.name
            for field in model._meta.concrete_fields
            if isinstance(field, WORDS) and not field.choices and not isinstance(field, models.UUIDField)
        }
        if left := words - blanked.get(label, set()) - HARMLESS.get(label, set()):
            unknown[label] = left
    assert unknown == {}
