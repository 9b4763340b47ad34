"""Calls that are no case, shifts, and scores."""

from datetime import timedelta

import pytest

from huiying.cases.lifecycle import NotAllowed
from huiying.intake import calls, desk, scores, shifts
from huiying.intake.kinds import CALLS, CRITERIA
from huiying.intake.models import CallLog
from tests import make

pytestmark = pytest.mark.django_db
NOW = make.at(3, 15, 10)
FULL = dict.fromkeys(CRITERIA, 4)


def test_a_call_that_is_no_case_is_counted_apart(cast) -> None:
    for kind in ("silent", "silent", "invalid"):
        calls.log(kind, by=cast.operator, at=NOW)
    calls.log("silent", by=cast.operator, at=NOW - timedelta(days=1))
    calls.log("silent", by=cast.dispatcher, at=NOW)
    assert calls.counted(calls.of_today(cast.operator, NOW)) == [("无效来电", 1), ("无声或挂断", 2)]


def test_a_number_is_kept_sealed_or_not_at_all(cast) -> None:
    kept = calls.log("harassing", by=cast.operator, at=NOW, phone="13900001234")
    assert kept.phone_index == calls.index_of("139-0000-1234")
    assert b"1234" not in bytes(kept.sealed)
    assert bytes(calls.log("silent", by=cast.operator, at=NOW).sealed) == b""


def test_no_two_kinds_have_one_key() -> None:
    keys = [row.key for row in CALLS.values() if not row.about]
    assert len(set(keys)) == len(keys)
    assert not set(keys) & set("ptacbrsy")  # the form's own


def test_a_caller_given_to_110_is_taken_back_once(cast) -> None:
    call = calls.log("police", by=cast.operator, at=NOW)
    assert calls.away(calls.of_today(cast.operator, NOW)) == [call]
    calls.take_back(call, by=cast.operator, at=NOW + timedelta(minutes=4))
    assert calls.away(calls.of_today(cast.operator, NOW)) == []
    with pytest.raises(NotAllowed, match="已经回接"):
        calls.take_back(call, by=cast.operator, at=NOW + timedelta(minutes=5))
    assert CallLog.objects.get().returned_at == NOW + timedelta(minutes=4)
    silent = calls.log("silent", by=cast.operator, at=NOW)
    with pytest.raises(NotAllowed, match="没有转出"):
        calls.take_back(silent, by=cast.operator, at=NOW)


def test_odd_kinds_and_strangers_are_refused(cast) -> None:
    with pytest.raises(NotAllowed, match="从列表中选择"):
        calls.log("odd", by=cast.operator, at=NOW)
    with pytest.raises(NotAllowed, match="登记台"):
        calls.log("silent", by=cast.clerk, at=NOW)
    with pytest.raises(NotAllowed, match="督办员"):
        calls.note_number("13900001234", "好", by=cast.operator, at=NOW)
    with pytest.raises(NotAllowed, match="请填写"):
        calls.note_number("", "好", by=cast.supervisor, at=NOW)


def test_a_note_is_lifted_and_stays_on_record(cast) -> None:
    note = calls.note_number("13900001234", "听力不便，请大声", by=cast.supervisor, at=NOW)
    assert calls.notes() == [note]
    calls.lift_note(note, by=cast.supervisor, at=NOW)
    assert calls.notes() == []
    with pytest.raises(NotAllowed, match="已经撤下"):
        calls.lift_note(note, by=cast.supervisor, at=NOW)


def test_a_shift_leaves_word_to_the_next(cast) -> None:
    shifts.start(by=cast.operator, at=NOW)
    with pytest.raises(NotAllowed, match="已经在班"):
        shifts.start(by=cast.operator, at=NOW)
    shifts.end(by=cast.operator, at=NOW + timedelta(hours=8), handover="东街停水，来电较多。")
    with pytest.raises(NotAllowed, match="不在班"):
        shifts.end(by=cast.operator, at=NOW + timedelta(hours=8))
    later = NOW + timedelta(hours=9)
    assert shifts.board(cast.dispatcher, later)[0] is None
    assert [shift.handover for shift in shifts.board(cast.operator, later)[1]] == ["东街停水，来电较多。"]
    assert shifts.board(cast.operator, later + timedelta(days=1)) == (None, [])
    again = shifts.start(by=cast.operator, at=later)
    assert shifts.board(cast.operator, later)[0] == again


@pytest.fixture
def taken(cast):
    asked = {"channel": "hotline", "nature": "inquiry", "title": "何时来水"}
    for n in range(6):
        desk.take("queue", by=cast.operator, at=NOW, key=f"k{n}", **asked)
    for _ in range(3):
        calls.log("invalid", by=cast.dispatcher, at=NOW)
    make.case("导入的件不是谁接的电话", received=NOW)


def test_the_same_seed_draws_the_same_calls_of_the_day(cast, taken) -> None:
    def names(seed: str, n: int = 4) -> list[str]:
        return [row.name for row in scores.sample(NOW.date(), n, seed, by=cast.supervisor)]

    assert names("一") == names("一")
    assert len(names("一", 50)) == 9
    assert {tuple(names(str(n))) for n in range(9)} != {tuple(names("0"))}
    assert scores.sample(NOW.date() - timedelta(days=1), 5, "一", by=cast.supervisor) == []
    with pytest.raises(NotAllowed):
        scores.sample(NOW.date(), 5, "一", by=cast.operator)


def test_marks_are_given_once_and_averaged_by_operator(cast, taken) -> None:
    row, *_ = (r for r in scores.sample(NOW.date(), 9, "一", by=cast.supervisor) if r.case)
    with pytest.raises(NotAllowed, match="用语规范"):
        scores.score(row, FULL | {"courtesy": 6}, by=cast.supervisor, at=NOW)
    given = scores.score(row, FULL, by=cast.supervisor, at=NOW, note="耐心")
    assert given.total == 20
    with pytest.raises(NotAllowed, match="已经给它评过分"):
        scores.score(row, FULL, by=cast.supervisor, at=NOW)
    (again,) = scores.found([row.name], by=cast.supervisor)
    assert again.score == given
    since = NOW - timedelta(days=1)
    assert scores.averages(since, NOW + timedelta(days=1)) == [("张晓", 1, 20.0)]


def test_nobody_scores_their_own_call(cast, taken) -> None:
    both = make.person("duo", "杜双", "operator", "supervisor")
    calls.log("invalid", by=both, at=NOW)
    own = next(r for r in scores.sample(NOW.date(), 50, "", by=both) if r.operator == both)
    with pytest.raises(NotAllowed, match="自己"):
        scores.score(own, FULL, by=both, at=NOW)
