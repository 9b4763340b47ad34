"""The office's calendar: seeded, mended from a file, shown."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from huiying.cases import calendar_days, place, reckoning
from huiying.cases.models import CalendarDay, Case, Office
from huiying.common.errors import Refused
from huiying.ops import doctor
from tests import make

pytestmark = pytest.mark.django_db


def csv(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "放假.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_a_year_is_seeded_once() -> None:
    Office.objects.create(name="办", place="县", region="999901")
    assert calendar_days.load([2022]) == [calendar_days.LoadedYear(2022, 365)]
    assert CalendarDay.objects.get(day=dt.date(2022, 4, 2)).kind == "makeup"
    assert Office.objects.get().revision == 1
    assert calendar_days.load([2022]) == [calendar_days.LoadedYear(2022, 0)]
    assert Office.objects.get().revision == 1


def test_a_day_that_the_office_changed_stays_and_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    calendar_days.load([2022])
    CalendarDay.objects.filter(day=dt.date(2022, 3, 2)).update(kind="holiday", name="本地节日")
    CalendarDay.objects.filter(day=dt.date(2022, 3, 3)).delete()
    call_command("calendar", "load", "2022")
    out = capsys.readouterr().out
    assert "2022年：新增 1 天" in out
    assert "保留原样：2022-03-02" in out
    assert CalendarDay.objects.get(day=dt.date(2022, 3, 2)).kind == "holiday"


def test_without_years_every_known_year_from_2020_is_loaded() -> None:
    years = calendar_days.seeded_years()
    assert years[:7] == [2020, 2021, 2022, 2023, 2024, 2025, 2026]
    call_command("calendar", "load")
    assert all(calendar_days.is_whole(year) for year in years)


def test_a_year_that_nobody_published_is_refused_with_the_way_out() -> None:
    with pytest.raises(Refused, match="calendar import"):
        calendar_days.load([2022, 2099])
    assert not CalendarDay.objects.exists()


def test_a_year_is_shown_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    calendar_days.load([2026])
    call_command("calendar", "show", "2026")
    out = capsys.readouterr().out
    assert "2026年：248 个工作日，其中调休上班 6 天" in out
    assert "2026-02-15 至 2026-02-23（9 天） 春节" in out
    assert "2026-10-10" in out


def test_a_year_with_gaps_is_not_shown_as_if_whole() -> None:
    calendar_days.load([2026])
    CalendarDay.objects.filter(day=dt.date(2026, 8, 1)).delete()
    with pytest.raises(Refused, match="缺1天"):
        calendar_days.show(2026)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_the_notice_of_a_new_year_is_imported(encoding: str, tmp_path: Path) -> None:
    path = csv(tmp_path, "日期,类别,名称\n2099/1/1,节假日,元旦\n2099年1月3日,调休上班,元旦\n", encoding)
    done = calendar_days.import_file(path)
    assert (done.added, done.incomplete) == (2, [2099])
    done = calendar_days.import_file(path, whole_years=True)
    assert (done.same, done.filled, done.incomplete) == (2, 363, [])
    kinds = dict(CalendarDay.objects.values_list("day", "kind"))
    assert [kinds[dt.date(2099, 1, day)] for day in (1, 2, 3, 4, 10)] == [
        "holiday",
        "workday",
        "makeup",
        "weekend",
        "weekend",
    ]
    assert calendar_days.show(2099)[-1] == "依据：导入 放假.csv；按周末和工作日补齐"


def test_an_import_changes_only_its_days_and_says_whence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calendar_days.load([2022])
    path = csv(tmp_path, "date,kind,name\n2022-03-02,holiday,本地节日\n2022-03-03,workday,\n")
    call_command("calendar", "import", str(path))
    assert "新增 0 天，更新 1 天，不变 1 天，补齐 0 天" in capsys.readouterr().out
    day = CalendarDay.objects.get(day=dt.date(2022, 3, 2))
    assert (day.kind, day.name, day.source) == ("holiday", "本地节日", "导入 放假.csv")


def test_every_bad_row_is_told_and_nothing_is_taken(tmp_path: Path) -> None:
    rows = ["2099-01-01,holiday,元旦", "2099-13-01,holiday,", "2099-01-02,休假,", "2099-01-05,makeup,"]
    rows += ["2099-01-03,workday,", "2099-01-01,holiday,元旦"]
    with pytest.raises(Refused) as refused:
        calendar_days.import_file(csv(tmp_path, "date,kind,name\n" + "\n".join(rows) + "\n"))
    told = str(refused.value)
    assert "有 5 行有问题" in told
    for part in ("第 3 行", "类别写的是“休假”", "是平日，不会是调休上班", "请写 makeup", "前面已经有一行"):
        assert part in told
    assert not CalendarDay.objects.exists()


@pytest.mark.parametrize(
    ("text", "told"), [("day,what\n1,2\n", "没有 date"), ("date,kind\n", "没有一行日期")]
)
def test_a_file_without_the_columns_or_rows_is_refused(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=told):
        calendar_days.import_file(csv(tmp_path, text))


def a_holiday(tmp_path: Path, on: str = "2022-03-08") -> str:
    return str(csv(tmp_path, f"date,kind,name\n{on},holiday,本地节日\n"))


def due(case: Case, kind: str) -> dt.date:
    clock = case.clocks.filter(kind=kind, superseded=False).latest("pk")
    assert clock.due_at is not None
    return clock.due_at.astimezone(place.zone()).date()


def test_clocks_follow_a_new_holiday_at_once_and_each_move_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make.town()
    case, closed = make.case(status="handling"), make.case(status="closed")
    before, events = due(case, "reply"), closed.events.count()
    call_command("calendar", "import", a_holiday(tmp_path))
    out = capsys.readouterr().out
    assert f"{case.number} 云溪县水务局 答复时限：{before} 00:00 → {due(case, 'reply')} 00:00" in out
    assert due(case, "reply") == before + dt.timedelta(days=1)
    assert closed.number in out  # its call-back is still to come
    assert closed.events.count() == events + 1
    assert doctor.examine(place.current(), now=make.at(3, 20)).is_sound
    call_command("calendar", "reckon")
    assert capsys.readouterr().out == "没有时限需要变动\n"


def test_clocks_are_left_alone_where_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make.town()
    case = make.case(status="handling")
    before = due(case, "reply")
    call_command("calendar", "import", a_holiday(tmp_path), "--no-reckon")
    out = capsys.readouterr().out
    assert "会变动 1 件的 1 个时限" in out
    assert "请运行 huiying calendar reckon" in out
    call_command("calendar", "reckon", "--dry-run")
    assert "会变动 1 件的 1 个时限" in capsys.readouterr().out
    assert due(case, "reply") == before
    call_command("calendar", "reckon")
    assert "已重算 1 件的 1 个时限" in capsys.readouterr().out
    assert due(case, "reply") != before
    event = case.events.latest("seq")
    assert (event.kind, event.actor, event.origin) == ("reckon", None, "system:reckon")


def test_a_load_that_adds_nothing_reckons_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    make.town()
    call_command("calendar", "load", "2022")
    assert capsys.readouterr().out == "2022年：已经完整，没有改动\n"


def test_a_case_whose_year_is_gone_is_told_and_the_others_reckoned(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make.town(years=(2021, 2022))
    old = make.case(status="handling", received=make.at(3, 1, year=2021))
    case = make.case("路灯不亮", status="handling")
    CalendarDay.objects.filter(day__year=2021).delete()
    with pytest.raises(SystemExit) as left:
        call_command("calendar", "import", a_holiday(tmp_path))
    assert left.value.code == 1
    out = capsys.readouterr().out
    assert f"{old.number} 没有重算：没有2021年" in out
    assert f"{case.number} 云溪县水务局 答复时限" in out


def test_somebody_who_moves_the_case_meanwhile_is_not_in_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.town()
    case = make.case(status="dispatched")
    call_command("calendar", "import", a_holiday(tmp_path), "--no-reckon")
    real, calls = reckoning.advance, []

    def advance(case: Case, name: str, **options: Any) -> Any:
        calls.append(name)
        if len(calls) == 1:
            raise reckoning.Stale(case.number)
        return real(case, name, **options)

    monkeypatch.setattr(reckoning, "advance", advance)
    moved = list(reckoning.reckon_open(place.current(), at=make.at(3, 20)))
    assert [one.number for one in moved] == [case.number]
    assert calls == ["reckon", "reckon"]
