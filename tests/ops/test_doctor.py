"""The doctor: sound towns pass, and every kind of damage is told with the case it is in."""

import datetime as dt
import json
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from huiying.bulletins.models import Edition
from huiying.cases import lifecycle, place
from huiying.cases.models import (
    Assignment,
    Attachment,
    CalendarDay,
    Case,
    CaseText,
    ClockRule,
    ClockRun,
    Event,
    Issue,
    Office,
    Person,
    Ruling,
    Sight,
)
from huiying.cases.persons import PersonData
from huiying.common.errors import Refused
from huiying.ops import case_proof, doctor, stored_events
from huiying.ops.management.commands import doctor as command
from tests import make
from tests.cast import people

pytestmark = pytest.mark.django_db

NOW = make.at(3, 20)
SPOILT = {  # column: what another program might have written, on SQLite and on PostgreSQL
    "id": "id + 1000",
    "case_id": "(SELECT max(id) + 1 FROM cases_case)",
    "region": "'990124'",
    "seq": "9",
    "kind": "'protect'",
    "on": '1 - "on"',
    "actor_id": "(SELECT max(id) FROM accounts_user)",
    "origin": "'test:made'",
    "from_status": "'receivee'",
    "to_status": "'answeree'",
    "data": "replace(data, '{', '[')",
    "previous": "'x' || substr(previous, 2)",
    "hash": "CASE WHEN substr(hash, 1, 1) = '0' THEN '1' ELSE '0' END || substr(hash, 2)",
}
SPOILT_HERE = {
    "sqlite": {
        "happened_at": "replace(happened_at, ' ', 'T')",
        "recorded_at": "substr(recorded_at, 1, 17) || 'xx'",
    },
    "postgresql": {
        "happened_at": "happened_at + interval '1 microsecond'",
        "recorded_at": "recorded_at + interval '1 microsecond'",
    },
}
ON_SQLITE = [  # damage that only SQLite keeps
    ("happened_at", "happened_at || '+00:00'"),
    ("happened_at", "'2022-02-30 01:00:00'"),
    ("happened_at", "'yesterday'"),
    ("seq", "'drei'"),
    ("seq", "2.5"),
    ("on", "'null'"),
    ("actor_id", "'x'"),
    ("region", "CAST(region AS BLOB)"),
    ("kind", "CAST(x'ff' AS TEXT)"),
    ("origin", "origin || char(0)"),
    ("data", "data || ' '"),
    ("data", "'[]'"),
    ("data", "'{'"),
    ("case_id", "'nobody'"),
]


@pytest.fixture
def town() -> place.Place:
    stood = make.town(years=(2022, 2023))
    people()
    return stood


@pytest.fixture
def spoilt(unguarded: Callable[[], Any]) -> Callable[[str], None]:
    """`spoilt(statement)` writes past the program, as a thief with the file would."""

    def spoil(statement: str) -> None:
        with unguarded(), connection.cursor() as cursor:
            cursor.execute(statement)

    return spoil


def told(town: place.Place, **options: Any) -> list[str]:
    return [finding.line() for finding in doctor.examine(town, now=NOW, **options).findings]


def full_life() -> Case:
    """A case that has been everywhere: returned, redirected, sent back, paused, extended, called back."""
    case = make.case(status="dispatched", unit="housing", co=["market"])
    make.step(case, "ask_return", on=1, reason="not_ours", note="供水不归住建")
    make.step(case, "redirect_return", on=1, units=[{"unit": "water", "role": "lead"}])
    make.step(case, "claim", on=3)
    make.step(case, "ask_extension", on=3, reason="管道须更换", until="2022-04-01")
    make.step(case, "grant_extension", on=3, until="2022-04-01")
    make.step(case, "pause", on=3, reason="appraisal")
    make.step(case, "resume", on=3)
    make.step(case, "answer", on=3)
    make.step(case, "send_back", on=3, note="未联系诉求人")
    make.step(case, "answer", on=3)
    make.step(case, "release", on=3)
    make.step(case, "close")
    make.step(case, "call_back", outcome="reached", solved=True, satisfied="satisfied")
    make.step(case, "reopen", note="仍未解决")
    return case


def test_a_sound_town_passes(town: place.Place) -> None:
    full_life()
    for status in make.STEPS:
        make.case(status=status)
    report = doctor.examine(town, now=NOW)
    assert [finding.line() for finding in report.findings] == []
    assert report.warnings == []
    assert (report.cases, report.events) == (8, Event.objects.count())


def test_merged_withdrawn_amended_and_imported_cases_are_sound_too(town: place.Place) -> None:
    by = {"by": None, "at": make.at(3, 4), "origin": make.ORIGIN}
    first, second, third = make.case(), make.case("东街停水", status="handling"), make.case("路灯不亮")
    lifecycle.advance(first, "absorb", other=second.number, **by)
    lifecycle.advance(second, "merge", into=first.number, **by)
    lifecycle.advance(third, "withdraw", **by)
    lifecycle.advance(third, "amend", seq=1, data={"nature": "inquiry"}, note="性质有误", **by)
    assert told(town) == []
    lifecycle.advance(second, "unmerge", **by | {"at": make.at(3, 5)})
    assert told(town) == []


def unseen(town: place.Place, case: Case, damages: Iterable[tuple[str, Callable[[], Any]]]) -> list[str]:
    """The names of the damages that the doctor does not lay to this case; each is undone again."""
    missed = []
    for name, damage in damages:
        with transaction.atomic():
            damage()
            if not any(line.startswith(case.number) for line in told(town)):
                missed.append(name)
            transaction.set_rollback(True)
    return missed


def test_a_change_in_any_column_of_any_event_names_the_case(
    town: place.Place, spoilt: Callable[[str], None]
) -> None:
    case = make.case(status="reviewing")
    make.case("井盖缺失", status="closed")
    values = SPOILT | SPOILT_HERE[connection.vendor]
    assert (
        unseen(
            town,
            case,
            (
                (f"{column} of {seq}", partial(spoilt, _update(case, seq, column, values[column])))
                for column in stored_events.COLUMNS
                for seq in (1, 2, 4)
            ),
        )
        == []
    )
    columns = {field.column for field in Event._meta.concrete_fields}
    assert columns == set(stored_events.COLUMNS)


def _update(case: Case, seq: int, column: str, value: str) -> str:
    return f'UPDATE cases_event SET "{column}" = {value} WHERE case_id = {case.pk} AND seq = {seq}'


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL 不会存下这样的值")
def test_what_only_sqlite_would_keep_is_told_and_does_not_crash(
    town: place.Place, spoilt: Callable[[str], None]
) -> None:
    case = make.case(status="reviewing")
    damages = ((f"{c} = {v}", partial(spoilt, _update(case, 2, c, v))) for c, v in ON_SQLITE)
    assert unseen(town, case, damages) == []


def test_one_changed_byte_anywhere_in_the_data_is_seen(
    town: place.Place, spoilt: Callable[[str], None]
) -> None:
    case = make.case()
    text = Event.objects.get().data
    changed = {
        n: text[:n] + ("x" if text[n] != "x" else "y") + text[n + 1 :] for n in range(0, len(text), 41)
    }
    damages = ((f"byte {n}", partial(spoilt, _update(case, 1, "data", f"'{t}'"))) for n, t in changed.items())
    assert unseen(town, case, damages) == []


def test_the_command_ends_with_1_and_names_the_case(
    town: place.Place, spoilt: Callable[[str], None], capsys: Any
) -> None:
    case, other = make.case(), make.case("路灯不亮")
    spoilt(_update(case, 1, "happened_at", SPOILT_HERE[connection.vendor]["happened_at"]))
    with pytest.raises(SystemExit) as left:
        call_command("doctor")
    assert left.value.code == 1
    out = capsys.readouterr().out
    assert case.number in out
    assert other.number not in out


def test_a_removed_event_is_missed(town: place.Place, spoilt: Callable[[str], None]) -> None:
    case = make.case(status="reviewing")
    one = f"DELETE FROM cases_event WHERE case_id = {case.pk} AND seq ="
    assert unseen(town, case, ((str(seq), partial(spoilt, f"{one} {seq}")) for seq in (1, 2, 4))) == []
    spoilt("DELETE FROM cases_event")
    assert told(town)[0].startswith(case.number)


def test_an_event_given_to_another_case_is_told_of_both(
    town: place.Place, spoilt: Callable[[str], None]
) -> None:
    case, other = make.case(status="reviewing"), make.case("路灯不亮")
    spoilt(_update(case, 4, "case_id", str(other.pk)))
    assert {line[:11] for line in told(town)} >= {case.number, other.number}


def test_an_event_put_in_by_hand_is_seen(town: place.Place) -> None:
    case = make.case(status="dispatched")
    last = case.events.last()
    assert last is not None
    Event.objects.create(
        case=case,
        region=case.region,
        seq=3,
        kind="claim",
        on=1,
        happened_at=NOW,
        recorded_at=NOW,
        previous=last.hash,
        hash="0" * 64,
    )
    assert any("校验值" in line for line in told(town))


def test_two_events_that_changed_places_are_seen(town: place.Place, spoilt: Callable[[str], None]) -> None:
    case = make.case(status="reviewing")
    for old, new in ((2, 90), (3, 2), (90, 3)):
        spoilt(f"UPDATE cases_event SET seq = {new} WHERE case_id = {case.pk} AND seq = {old}")
    assert any(line.startswith(case.number) for line in told(town))


CASE_DAMAGE = {
    "status": "handling",
    "ending": "withdrawn",
    "mode": "direct",
    "urgency": "urgent",
    "secret": True,
    "region": "990199",
    "upper_number": "S1",
    "title": "东街自来水清澈",
    "received_at": make.at(3, 2),
    "recorded_at": make.at(3, 2),
    "dispatched_at": make.at(3, 2),
    "replied_at": make.at(3, 2),
    "closed_at": make.at(3, 2),
    "due_at": make.at(3, 2),
    "lead": None,
    "person": None,
    "nature": None,
    "nature_claimed": None,
    "topic": None,
    "branch": None,
    "area": None,
    "seq": 7,
    "head": "0" * 64,
}


def test_a_case_row_that_does_not_follow_from_its_log_is_told(town: place.Place) -> None:
    case = make.case(status="closed")
    damages = ((n, partial(Case.objects.update, **{n: v})) for n, v in CASE_DAMAGE.items())
    assert unseen(town, case, damages) == []
    Case.objects.update(number="R2022039999")
    assert any(line.startswith("R2022039999：") for line in told(town))


ROW_DAMAGE: list[tuple[Any, dict[str, Any]]] = [
    (Assignment, {"status": "claimed"}),
    (Assignment, {"claimed_at": NOW}),
    (Assignment, {"designated": True}),
    (Assignment, {"is_open": True}),
    (Assignment, {"due_at": NOW}),
    (Sight, {"holds": True}),
    (Sight, {"closed_at": NOW}),
    (Sight, {"marked": True}),
    (Sight, {"received_at": NOW}),
    (Sight, {"nature": None}),
    (ClockRun, {"due_at": NOW}),
    (ClockRun, {"stopped_at": None}),
    (ClockRun, {"version": 2}),
    (ClockRun, {"region": ""}),
    (Ruling, {"decision": "agreed"}),
    (Ruling, {"reason": "repeated"}),
    (Ruling, {"asked_at": NOW}),
    (Issue, {"main": False}),
]


def test_a_row_that_hangs_on_a_case_must_follow_from_the_log(town: place.Place) -> None:
    case = full_life()
    first = {model: model.objects.order_by("pk").first().pk for model, _ in ROW_DAMAGE}
    damages = (
        (f"{model.__name__} {changed}", partial(model.objects.filter(pk=first[model]).update, **changed))
        for model, changed in ROW_DAMAGE
    )
    assert unseen(town, case, damages) == []


def test_a_missing_row_is_told(town: place.Place) -> None:
    case = full_life()
    rows = [model.objects.order_by("pk").first() for model in (ClockRun, Ruling, Issue, CaseText, Sight)]
    damages = ((type(row).__name__, partial(type(row).objects.filter(pk=row.pk).delete)) for row in rows)
    assert unseen(town, case, damages) == []


def test_an_extra_row_is_told(town: place.Place) -> None:
    case = make.case(status="dispatched")
    clock = ClockRun.objects.latest("pk")
    clock.pk, clock.run = None, 7
    clock.save(force_insert=True)
    assert any("多出计时" in line and line.startswith(case.number) for line in told(town))


def test_words_changed_behind_the_log_are_told_and_erased_ones_are_not(town: place.Place) -> None:
    case = make.case()
    CaseText.objects.update(text="一切都好")
    assert told(town) == [f"{case.number}：第 1 条记录的诉求内容写入之后被改动过"]
    CaseText.objects.update(text="", erased_at=NOW)
    assert told(town) == []
    CaseText.objects.update(text="", erased_at=NOW, digest="0" * 32)
    assert "不是记录所指" in told(town)[0]


def test_a_changed_calendar_asks_for_a_reckoning(town: place.Place) -> None:
    case = make.case(status="handling")
    CalendarDay.objects.filter(day=dt.date(2022, 3, 8)).update(kind="holiday", name="本地节日")
    Office.touch()
    found = [f.line() for f in doctor.examine(place.current(), now=NOW).findings]
    assert len(found) == 1
    assert case.number in found[0]
    assert "日历或规则变动后未重算，请运行 huiying calendar reckon" in found[0]


def test_a_rule_that_is_gone_is_told(town: place.Place) -> None:
    case = make.case(status="handling")
    ClockRule.objects.filter(code="claim").delete()
    Office.touch()
    found = [f.line() for f in doctor.examine(place.current(), now=NOW).findings]
    assert found == [f"{case.number}：计时所依据的规则 claim 第 1 版不存在，请在地方配置中补回"]


def test_facts_that_leave_a_case_out_are_told(town: place.Place, monkeypatch: pytest.MonkeyPatch) -> None:
    make.case(status="handling")
    monkeypatch.setattr("huiying.statistics.facts._logs", lambda *a: iter(()))
    assert told(town) == [
        "2022-03-01 起单位 water 在办：统计事实 0，数据表 1",
        "2022-03-01 起渠道 hotline 受理：统计事实 0，数据表 1",
    ]


def test_facts_that_say_otherwise_than_the_rows_are_told(
    town: place.Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = make.case(status="handling")
    from huiying.statistics.facts import case_rows

    monkeypatch.setattr(
        case_proof, "case_rows", lambda *a: [row | {"unit": "market"} for row in case_rows(*a)]
    )
    assert told(town) == [f"{case.number}：统计事实中的承办单位与派单不同"]


def test_a_published_bulletin_without_its_files_is_told(town: place.Place) -> None:
    files = [{"name": "2022-03.txt", "sha256": "0" * 64}]
    at = {"as_of": NOW, "known_at": NOW, "composed_at": NOW, "published_at": NOW}
    Edition.objects.create(series="通报", period="2022-03", content={}, public={}, files=files, **at)
    assert ["2022-03.txt" in line for line in told(town)] == [True]


def test_an_attachment_without_its_file_is_told(town: place.Place, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    Attachment.objects.create(case=make.case(), seq=1, name="照片.jpg", size=0, sha256=empty)
    assert ["照片.jpg" in line for line in told(town)] == [True]
    (tmp_path / empty).touch()
    assert told(town) == []


def test_in_december_the_next_year_is_asked_for(town: place.Place) -> None:
    make.case()
    assert doctor.examine(town, now=make.at(12, 1, year=2022)).warnings == []
    report = doctor.examine(town, now=make.at(12, 1, year=2023))
    assert ["2024年" in warning for warning in report.warnings] == [True]
    assert report.is_sound
    assert ["2024年" in w for w in doctor.examine(town, now=make.at(1, 1, year=2024)).warnings] == [True]


def test_a_citizen_who_is_gone_or_does_not_open_is_told_with_the_case(
    town: place.Place, spoilt: Callable[[str], None]
) -> None:
    case, other = make.case(), make.case("路灯不亮", caller=PersonData(name="李四", phone="13900000002"))
    assert case.person_id != other.person_id
    damages = {
        f"UPDATE cases_person SET phone_index = 'x' WHERE id = {case.person_id}": "打不开",
        f"DELETE FROM cases_person WHERE id = {case.person_id}": f"（编号 {case.person_id}）缺失",
    }
    for damage, word in damages.items():
        with transaction.atomic():
            spoilt(damage)
            found = told(town)
            transaction.set_rollback(True)
        assert [line.startswith(f"{case.number}：") and word in line for line in found] == [True]
    Person.objects.filter(pk=other.person_id).update(sealed=b"\x01broken")
    assert [line.startswith(f"{other.number}：") for line in told(town)] == [True]
    Person.objects.filter(pk=other.person_id).update(sealed=b"", erased_at=NOW)
    assert told(town) == []


def test_left_seals_that_do_not_open_and_a_short_index_are_warned_of(town: place.Place) -> None:
    make.case()
    Person.objects.create(sealed=b"\x01broken", recorded_at=NOW)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("INSERT INTO cases_search(cases_search) VALUES ('delete-all')")
        else:
            cursor.execute("DELETE FROM cases_search")
    report = doctor.examine(town, now=NOW)
    assert report.is_sound
    assert "全文索引有 0 件" in report.warnings[0]
    assert "打不开" in report.warnings[1]


def test_columns_are_named_in_words(town: place.Place) -> None:
    for model in (Case, Assignment, ClockRun, Ruling):
        names = {field.name: str(field.verbose_name) for field in model._meta.concrete_fields}
        assert {name: word for name, word in names.items() if word.isascii() and name != "id"} == {}
    make.case(status="dispatched")
    ClockRun.objects.update(due_at=NOW)
    assert any("的到期时间是 2022-03-2" in line or "的到期时间是 2022-03-1" in line for line in told(town))


def test_what_cannot_be_read_is_said_in_words(town: place.Place, monkeypatch: pytest.MonkeyPatch) -> None:
    case = make.case()
    monkeypatch.setitem(case_proof.AFTER_REPLAY, "时限", lambda read: iter([read.chart.case["seq"] > "x"]))
    assert told(town) == [f"{case.number}：时限无法核对：存着的值不是应有的类型或写法，读不懂（TypeError）"]
    monkeypatch.setitem(case_proof.AFTER_REPLAY, "时限", lambda read: iter([read.place.units["moon"]]))
    assert told(town) == [
        f"{case.number}：时限无法核对：所指的“moon”在地方配置或该件的记录中没有（KeyError）"
    ]


def test_one_case_is_examined_alone(town: place.Place, spoilt: Callable[[str], None]) -> None:
    good, bad = make.case(), make.case("路灯不亮")
    spoilt(f"UPDATE cases_event SET region = 'x' WHERE case_id = {bad.pk}")
    assert told(town, number=good.number) == []
    assert told(town, number=bad.number) != []
    with pytest.raises(Refused, match="没有编号为 R1"):
        doctor.examine(town, now=NOW, number="R1")


def test_the_nightly_look_takes_cases_that_grew_lately(
    town: place.Place, spoilt: Callable[[str], None]
) -> None:
    case = make.case()
    spoilt(f"UPDATE cases_event SET region = 'x' WHERE case_id = {case.pk}")
    now = timezone.now()
    assert doctor.examine_recent(town, now=now, within=dt.timedelta(days=1)).count == 1
    later = now + dt.timedelta(days=3)
    assert doctor.examine_recent(town, now=later, within=dt.timedelta(days=1)).cases == 0


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL 不会存下这样的值")
def test_a_case_row_that_cannot_be_read_is_narrowed_down(town: place.Place) -> None:
    cases = [make.case(f"路灯不亮{n}") for n in range(5)]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cases_case SET due_at = '2022-99-99 00:00:00' WHERE id = %s", [cases[3].pk])
    found = told(town)
    assert found[0].startswith(f"{cases[3].number}：有的列读不出来")
    assert not [line for line in found for case in cases if case != cases[3] and case.number in line]


def test_thousands_of_findings_are_counted_not_kept(
    town: place.Place, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    for n in range(3):
        make.case(f"路灯不亮{n}")
    Case.objects.update(head="")
    monkeypatch.setattr(doctor, "KEPT", 2)
    with pytest.raises(SystemExit):
        call_command("doctor")
    assert "另有 1 处" in capsys.readouterr().out


def test_json_says_the_same(town: place.Place, capsys: Any) -> None:
    case = make.case()
    call_command("doctor", "--json")
    shown = json.loads(capsys.readouterr().out)
    assert (shown["sound"], shown["cases"], shown["findings"]) == (True, 1, [])
    Case.objects.update(status="closed")
    with pytest.raises(SystemExit):
        call_command("doctor", "--json")
    shown = json.loads(capsys.readouterr().out)
    assert {f["case"] for f in shown["findings"]} == {case.number, ""}


def test_the_command_reports_its_progress(town: place.Place) -> None:
    make.case()
    seen: list[tuple[int, int]] = []
    doctor.examine(town, now=NOW, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 1)]
    assert command.Command.help


def test_a_log_that_no_moves_could_have_written_is_told(town: place.Place) -> None:
    case = make.case()
    row = case.events.get()
    row.pk, row.seq, row.kind, row.previous = None, 2, "dance", row.hash
    row.hash = doctor.stored_events.chain.digest(make.link_of(row, case.number))
    row.save(force_insert=True)
    Case.objects.update(seq=2, head=row.hash)
    assert [line.startswith(f"{case.number}：记录无法重演") for line in told(town)][:1] == [True]
