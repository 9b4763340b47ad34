"""A ledger becomes the histories that it tells, once."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from huiying.accounts.models import User
from huiying.cases.lifecycle import state_of
from huiying.cases.models import Case, ClockRun, Event, Issue
from huiying.cases.persons import reveal
from huiying.cases.place import Place
from huiying.cases.search import INDEX
from huiying.exchange.columns import Mapping
from huiying.exchange.models import ImportRun
from huiying.exchange.spreadsheets import take_in
from tests.exchange.ledgers import (
    DIRECT,
    DISPATCHED,
    NOW,
    complaints,
    counts,
    imported,
    kinds,
    ledger,
    rows_in_the_house,
    workbook,
)
from tests.make import at, town

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def place() -> Place:
    return town()


def test_a_case_answered_at_once_is_told_as_it_was(tmp_path: Path) -> None:
    outcome = imported(ledger(tmp_path / "三月.csv", DIRECT))
    case = Case.objects.get()
    assert counts(outcome) == (1, 0, 0, 0)
    assert kinds("R0001") == ["register", "direct_answer", "close"]
    assert (case.mode, case.status, case.received_at) == (
        "direct",
        "closed",
        datetime.fromisoformat("2022-03-01T02:08:49Z"),
    )
    assert (case.nature_id, case.topic.path, case.area.name) == (
        case.nature_claimed_id,
        "phone/城乡建设/燃气",
        "石桥镇",
    )  # type: ignore[union-attr]
    assert reveal(case.person).phone == "13900001234"  # type: ignore[arg-type]
    assert Issue.objects.get().title == case.title


def test_a_dispatched_case_gets_its_assignment_and_its_clocks(tmp_path: Path) -> None:
    imported(ledger(tmp_path / "三月.csv", DISPATCHED | {"协办单位": "石桥镇、枫林乡"}))
    case = Case.objects.get()
    assert kinds("R0002") == ["register", "dispatch", "claim", "answer", "release", "close"]
    tasks = list(case.assignments.values_list("no", "unit__code", "role", "status"))
    assert tasks == [
        (1, "water", "lead", "released"),
        (2, "stone", "co", "assigned"),
        (3, "maple", "co", "assigned"),
    ]
    assert case.lead is not None
    assert case.lead.no == 1
    assert case.lead.replied_at == at(3, 4, 16)
    reply = ClockRun.objects.get(case=case, kind="reply", on=1)
    assert (reply.due_at, reply.stopped_at) == (at(3, 17, 0), at(3, 4, 16))
    assert (
        not ClockRun.objects.filter(case=case, stopped_at=None, superseded=False)
        .exclude(kind="callback")
        .exists()
    )


def test_the_rows_follow_from_the_events(tmp_path: Path) -> None:
    imported(
        ledger(tmp_path / "三月.csv", DIRECT, DISPATCHED, DISPATCHED | {"编号": "R0003", "办结时间": ""})
    )
    for case in Case.objects.all():
        state = state_of(case)
        assert (case.status, case.replied_at, case.closed_at, case.seq) == (
            str(state.status),
            state.replied_at,
            state.closed_at,
            state.seq,
        )
        stored = {(c.kind, c.on, c.due_at, c.stopped_at) for c in ClockRun.objects.filter(case=case)}
        assert stored == {(c.kind, c.on, c.due_at, c.stopped_at) for c in state.clocks}
        assert case.head == Event.objects.get(case=case, seq=case.seq).hash


def test_as_of_answers_for_the_past(tmp_path: Path) -> None:
    imported(ledger(tmp_path / "三月.csv", DISPATCHED))
    case = Case.objects.get()
    assert str(state_of(case, as_of=at(3, 3)).status) == "handling"
    assert {e.recorded_at for e in case.events.all()} == {NOW}


def test_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    path = ledger(tmp_path / "三月.csv", DIRECT, DISPATCHED | {"备注": "群众着急"})
    imported(path)
    before = rows_in_the_house()
    again = imported(path, at=at(4, 21))
    assert counts(again) == (0, 0, 2, 0)
    assert "2 行未变" in again.summary
    assert rows_in_the_house() == before


def test_a_dry_run_says_the_same_and_writes_nothing(tmp_path: Path) -> None:
    path = ledger(tmp_path / "三月.csv", DIRECT, DISPATCHED)
    outcome = imported(path, dry_run=True)
    assert counts(outcome) == (2, 0, 0, 0)
    assert outcome.summary.startswith("将新增 2 行")
    assert rows_in_the_house() == (0, 0, 0, 0)
    assert not ImportRun.objects.exists()
    imported(path)
    before = rows_in_the_house()
    changed = ledger(path, DIRECT | {"性质": "反映"}, DISPATCHED)
    assert counts(imported(changed, dry_run=True)) == (0, 1, 1, 0)
    assert rows_in_the_house() == before


def test_one_bad_line_puts_the_whole_file_back(tmp_path: Path) -> None:
    path = ledger(tmp_path / "三月.csv", DIRECT, DISPATCHED | {"渠道": "县微信"})
    outcome = imported(path)
    assert counts(outcome) == (1, 0, 0, 1)
    assert not outcome.written
    assert "没有写入" in outcome.summary
    assert rows_in_the_house() == (0, 0, 0, 0)
    run = ImportRun.objects.get()
    assert (run.added, run.rejected, run.ended_at) == (0, 1, NOW)


def test_partial_takes_the_good_lines(tmp_path: Path) -> None:
    path = ledger(
        tmp_path / "三月.csv", DIRECT, DISPATCHED | {"渠道": "县微信"}, DISPATCHED | {"编号": "R0003"}
    )
    outcome = imported(path, partial=True)
    assert counts(outcome) == (2, 0, 0, 1)
    assert set(Case.objects.values_list("number", flat=True)) == {"R0001", "R0003"}
    assert counts(imported(ledger(path, DIRECT, DISPATCHED), partial=True)) == (1, 0, 1, 0)


def test_a_bad_line_after_a_thousand_good_ones_still_puts_all_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huiying.exchange.spreadsheets.BATCH", 2)
    lines = [DIRECT | {"编号": f"R{n:04}"} for n in range(5)]
    assert counts(imported(ledger(tmp_path / "a.csv", *lines, DIRECT | {"编号": "R9", "性质": "问"}))) == (
        5,
        0,
        0,
        1,
    )
    assert rows_in_the_house() == (0, 0, 0, 0)
    imported(ledger(tmp_path / "a.csv", *lines))
    assert Case.objects.count() == 5


def test_events_name_the_file_the_row_and_the_person(tmp_path: Path) -> None:
    by = User.objects.create(username="laoli", name="李建国")
    path = ledger(tmp_path / "三月.csv", DIRECT)
    take_in(path, by=by, at=NOW, person="李建国")
    run = ImportRun.objects.get()
    assert (run.name, run.person, run.by, len(run.sha256)) == ("三月.csv", "李建国", by, 64)
    assert set(Event.objects.values_list("origin", "actor")) == {(f"import:{run.pk}:2", by.pk)}


def test_a_return_that_was_answered_all_the_same_is_kept(tmp_path: Path) -> None:
    imported(
        ledger(
            tmp_path / "a.csv",
            DISPATCHED | {"退办": "是", "退办时间": "2022-03-03 09:00:00", "备注": "退办后仍由该单位答复"},
        )
    )
    case = Case.objects.get()
    assert kinds("R0002") == ["register", "dispatch", "claim", "ask_return", "answer", "release", "close"]
    assert case.lead is not None
    assert [(r.kind, r.decision) for r in case.lead.rulings.all()] == [("return", "dropped")]
    assert case.texts.get(kind="note").text == "退办后仍由该单位答复"


def test_a_unit_that_claims_after_asking_to_return_took_its_request_back(tmp_path: Path) -> None:
    imported(ledger(tmp_path / "a.csv", DISPATCHED | {"退办": "是", "退办时间": "2022-03-02 10:30:00"}))
    assert kinds("R0002")[:5] == ["register", "dispatch", "ask_return", "drop_return", "claim"]


def test_what_is_not_finished_stays_open(tmp_path: Path) -> None:
    open_line = DISPATCHED | {"答复时间": "", "办结时间": ""}
    imported(ledger(tmp_path / "a.csv", open_line, open_line | {"编号": "R0003", "认领时间": ""}))
    assert dict(Case.objects.values_list("number", "status")) == {"R0002": "handling", "R0003": "dispatched"}
    assert Case.objects.get(number="R0003").due_at == at(3, 4, 0)


def test_without_a_mode_the_unit_decides(tmp_path: Path) -> None:
    imported(ledger(tmp_path / "a.csv", DIRECT | {"办理方式": ""}, DISPATCHED | {"办理方式": ""}))
    assert dict(Case.objects.values_list("number", "mode")) == {"R0001": "direct", "R0002": "dispatched"}


def test_real_dates_and_bare_dates_are_understood(tmp_path: Path) -> None:
    line = DISPATCHED | {
        "受理时间": datetime(2022, 3, 2, 9, 0, 0, 400),  # noqa: DTZ001 - spreadsheets know no zones
        "派单时间": datetime(2022, 3, 2),  # noqa: DTZ001
        "认领时间": "2022/3/2",
        "答复时间": "2022年3月4日 16时00分",
        "办结时间": 44627.375,
    }
    outcome = imported(workbook(tmp_path / "三月.xlsx", line, title="云溪县三月台账"))
    assert complaints(outcome) == []
    case = Case.objects.get()
    assert (case.received_at, case.closed_at) == (at(3, 2, 9), at(3, 7, 9))
    assert case.dispatched_at == at(3, 2, 9)


def test_a_bare_date_takes_the_hour_of_the_step_before_it(tmp_path: Path) -> None:
    imported(ledger(tmp_path / "a.csv", DISPATCHED | {"派单时间": "2022-03-02", "认领时间": "2022.3.2"}))
    case = Case.objects.get()
    assert case.lead is not None
    assert (case.dispatched_at, case.lead.claimed_at) == (at(3, 2, 9), at(3, 2, 9))


def test_other_headers_in_another_order_and_gb18030(tmp_path: Path) -> None:
    header = ["来电时间", "工单号", "诉求内容（必填）", "来源", "诉求类型", "主办单位", "天气"]
    line = dict(
        zip(
            header,
            ["2022/3/1 8:05", "甲-1", "路灯不亮。", "云溪县12345热线", "反映", "石桥镇", "晴"],
            strict=True,
        )
    )
    outcome = imported(ledger(tmp_path / "a.csv", line, header=header, encoding="gb18030"))
    assert (counts(outcome), outcome.ignored) == ((1, 0, 0, 0), ("天气",))
    assert Case.objects.get().title == "路灯不亮。"


def test_a_case_without_a_title_gets_one_from_its_words_and_says_so(tmp_path: Path) -> None:
    told = "您好！我要反映东街自来水管破裂漏水三天，请尽快处理。联系电话13900001234"
    line = DIRECT | {"标题": "", "内容": told}
    outcome = imported(ledger(tmp_path / "a.csv", line, DISPATCHED))
    assert outcome.notes == ["1 件没有标题，标题取自内容，请核对。"]
    case = Case.objects.get(number="R0001")
    assert case.title == "东街自来水管破裂漏水三天问题"
    assert json.loads(case.events.get(seq=1).data)["title_from"] == "body"
    assert counts(imported(ledger(tmp_path / "a.csv", line, DISPATCHED))) == (0, 0, 2, 0)


def test_a_file_without_titles_takes_none_away(tmp_path: Path) -> None:
    imported(ledger(tmp_path / "a.csv", DIRECT))
    title = Case.objects.get().title
    new = DIRECT | {"标题": "", "内容": "请问燃气开户要多少天，怎么收费。"}
    assert counts(imported(ledger(tmp_path / "a.csv", new))) == (0, 1, 0, 0)
    assert Case.objects.get().title == title


def test_a_mapping_names_strange_headers_and_says_what_the_file_leaves_out(tmp_path: Path) -> None:
    mapping = Mapping({"来件号": "编号", "何日": "受理时间"}, {"渠道": "县长信箱"}, {"性质": {"问": "咨询"}})
    line = {"来件号": "X1", "何日": "2022-03-01 09:00", "主题": "就医报销", "性质": "问"}
    assert counts(imported(ledger(tmp_path / "a.csv", line, header=line), mapping=mapping)) == (1, 0, 0, 0)
    case = Case.objects.get()
    assert (case.channel.code, case.nature and case.nature.code) == ("mailbox", "inquiry")


def test_a_long_title_is_kept_whole_in_the_text(tmp_path: Path) -> None:
    title = "东街路灯" * 60
    outcome = imported(ledger(tmp_path / "a.csv", DIRECT | {"标题": title, "内容": "不亮"}))
    assert [(p.column, p.grave) for p in outcome.problems] == [("标题", False)]
    case = Case.objects.get()
    assert (len(case.title), case.texts.get().text) == (200, f"{title}\n不亮")


def test_imported_cases_are_found_by_their_words(tmp_path: Path) -> None:
    imported(ledger(tmp_path / "a.csv", DIRECT, DISPATCHED))
    assert [c.number for c in INDEX.match(Case.objects.all(), "自来水")] == ["R0002"]


def test_one_citizen_is_one_row(tmp_path: Path) -> None:
    imported(ledger(tmp_path / "a.csv", DIRECT, DIRECT | {"编号": "R0009"}))
    imported(ledger(tmp_path / "b.csv", DIRECT | {"编号": "R0010", "联系电话": "139-0000-1234"}))
    assert len(set(Case.objects.values_list("person", flat=True))) == 1


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    path = ledger(tmp_path / "a.csv", *(DIRECT | {"编号": f"R{n}"} for n in range(250)))
    take_in(path, by=None, at=NOW, progress=lambda done, most: told.append((done, most)))
    assert [done for done, _ in told] == [100, 200, 250]
    assert all(done <= most for done, most in told)


def test_the_report_says_row_column_value_and_remedy(tmp_path: Path) -> None:
    outcome = imported(ledger(tmp_path / "三月.csv", DIRECT, DISPATCHED | {"牵头单位": "云溪县水局"}))
    assert outcome.report == tmp_path / "三月.导入问题.xlsx"
    page = openpyxl.load_workbook(outcome.report).worksheets[0]
    rows = [[cell.value for cell in row] for row in page.iter_rows()]
    assert rows[0] == ["行", "列", "值", "问题", "怎么改", "轻重"]
    assert rows[1][:3] == [3, "牵头单位", "云溪县水局"]
    assert "云溪县水务局" in str(rows[1][4])
