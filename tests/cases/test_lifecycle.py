"""The one door: what is written, who is refused, and what two people at once do to each other."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from huiying.cases import lifecycle, place
from huiying.cases.lifecycle import NotAllowed, Stale, advance, merge, state_of
from huiying.cases.models import Case, Event, Office
from huiying.cases.moves import CaseStatus
from huiying.cases.place import Place
from huiying.cases.projection import project, project_accused
from huiying.common.errors import Refused
from tests import make
from tests.cast import Cast, people
from tests.make import at

pytestmark = pytest.mark.django_db
UNITS = [{"unit": "water", "role": "lead"}]


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


@pytest.mark.parametrize("topic", ["phone/城乡建设/供水", ""])
def test_a_new_case_is_written_at_once_as_its_log_tells_it(town: Place, topic: str) -> None:
    case = make.case(topic=topic, village="东街村", accused=("water",))
    row, clocks = Case.objects.values().get(), list(case.clocks.order_by("id").values())
    assert {name: getattr(case, name) for name in row} == row
    assert clocks
    project(case, town, state_of(case))
    project_accused(case, town, state_of(case))
    assert (Case.objects.values().get(), list(case.clocks.order_by("id").values())) == (row, clocks)
    assert [one.unit.code for one in case.accused.all()] == ["water"]


def test_a_case_goes_its_whole_way_and_every_step_is_written_down(cast: Cast) -> None:
    case = lifecycle.register(
        channel="hotline", nature="inquiry", title="水费怎么交", by=cast.operator, at=at(3, 1)
    )
    steps = (
        ("dispatch", cast.dispatcher, {"units": UNITS}),
        ("claim", cast.clerk, {"on": 1}),
        ("draft_reply", cast.clerk, {"on": 1}),
        ("approve_reply", cast.head, {"on": 1}),
        ("submit_reply", cast.clerk, {"on": 1}),
        ("release", cast.reviewer, {"on": 1}),
        ("close", cast.reviewer, {}),
        ("call_back", cast.callback, {"outcome": "reached", "solved": True}),
    )
    for hour, (name, by, data) in enumerate(steps, 10):
        event = advance(case, name, by=by, at=at(3, 1, hour), **data)
        assert (event.actor, event.kind) == (by, name)
    stored = fresh(case)
    assert (stored.status, stored.ending, stored.mode) == ("closed", "answered", "dispatched")
    assert stored.closed_at == at(3, 1, 16)
    assert list(stored.events.values_list("seq", flat=True)) == list(range(1, 10))
    assert stored.events.get(kind="claim").from_status == "dispatched"
    assert stored.events.get(kind="claim").to_status == "handling"
    assert stored.number == "R2022030001"


def test_whoever_may_not_is_told_why_and_nothing_changes(cast: Cast) -> None:
    case = make.case(status="dispatched")
    for by, name, why in (
        (cast.stranger, "urge", "督办员或派单员"),
        (cast.clerk, "recall", "派单员"),
        (cast.other_clerk, "claim", "您不在该单位"),
        (cast.clerk, "reckon", "系统"),
        (None, "urge", "登录"),
    ):
        on = 1 if name == "claim" else 0
        with pytest.raises(NotAllowed, match=why):
            advance(case, name, by=by, at=at(3, 2), on=on, note="因")
    assert fresh(case).seq == case.seq == 2


def test_the_second_of_two_dispatchers_is_told(cast: Cast) -> None:
    case = make.case()
    first, second = fresh(case), fresh(case)
    advance(first, "dispatch", by=cast.dispatcher, at=at(3, 1, 10), units=UNITS)
    with pytest.raises(Stale, match="被他人处理过"):
        advance(
            second, "dispatch", by=cast.dispatcher, at=at(3, 1, 10), units=[{"unit": "stone", "role": "lead"}]
        )
    assert [a.unit.code for a in fresh(case).assignments.all()] == ["water"]
    assert Event.objects.filter(case=case).count() == 2


def test_a_move_before_the_latest_one_or_in_the_future_is_refused(cast: Cast) -> None:
    case = make.case(status="dispatched")
    with pytest.raises(NotAllowed, match="早于该件的上一个环节"):
        advance(case, "urge", by=cast.dispatcher, at=at(3, 1, 9, 30))
    with pytest.raises(NotAllowed, match="晚于现在"):
        advance(case, "urge", by=cast.dispatcher, at=timezone.now() + timedelta(days=1))
    with pytest.raises(NotAllowed, match="晚于现在"):
        lifecycle.register(
            channel="hotline", title="停水", by=cast.operator, at=timezone.now() + timedelta(days=1)
        )


def test_a_code_that_the_place_does_not_have_is_refused(cast: Cast) -> None:
    case = make.case()
    common = {"by": cast.dispatcher, "at": at(3, 2)}
    for name, data, why in (
        ("dispatch", {"units": [{"unit": "moon", "role": "lead"}]}, "承办单位“moon”"),
        ("reclassify", {"nature": "song"}, "性质“song”"),
        ("amend", {"seq": 1, "data": {"topic": "phone/天气"}, "note": "因"}, "内容分类"),
    ):
        with pytest.raises(NotAllowed, match=why):
            advance(case, name, **common, **data)
    with pytest.raises(NotAllowed, match="渠道“pigeon”"):
        lifecycle.register(channel="pigeon", title="停水", by=cast.operator, at=at(3, 1))
    with pytest.raises(NotAllowed, match="请选择渠道"):
        lifecycle.register(channel="", title="停水", by=cast.operator, at=at(3, 1))
    assert Case.objects.count() == 1


def test_a_move_that_asks_for_a_reason_gets_one(cast: Cast) -> None:
    case = make.case(status="dispatched")
    with pytest.raises(NotAllowed, match="须写明理由"):
        advance(case, "recall", by=cast.dispatcher, at=at(3, 2))
    advance(case, "recall", by=cast.dispatcher, at=at(3, 2), note="派错了")
    assert fresh(case).status == "received"
    assert case.texts.get(kind="note").text == "派错了"


def test_an_extension_is_granted_only_to_a_later_day(cast: Cast) -> None:
    case = make.case(status="handling")
    advance(case, "ask_extension", by=cast.clerk, at=at(3, 2), on=1, note="管网改造", proposed="2022-03-25")
    with pytest.raises(NotAllowed, match="并不晚于原时限"):
        advance(case, "grant_extension", by=cast.dispatcher, at=at(3, 3), on=1, until="2022-03-15")
    advance(case, "grant_extension", by=cast.dispatcher, at=at(3, 3), on=1, until="2022-03-25")
    assert fresh(case).due_at == at(3, 26, 0)
    assert [r.decision for r in case.rulings.all()] == ["granted"]


def test_not_by_hand_are_digests_corrected(cast: Cast) -> None:
    case = make.case()
    with pytest.raises(NotAllowed, match="title"):
        advance(case, "amend", by=cast.dispatcher, at=at(3, 2), seq=1, data={"title": "新"}, note="因")


@pytest.mark.parametrize("origin", ["", "test:", "import:"])
@pytest.mark.parametrize(
    ("seq", "data", "word"),
    [
        (1, {"naturee": "inquiry"}, "naturee"),
        (1, {"clocks": []}, "clocks"),
        (1, {"units": []}, "units"),
        (2, {"nature": "inquiry"}, "nature"),
        (2, {"title": "新"}, "title"),
    ],
)
def test_a_correction_knows_what_the_record_carries(
    cast: Cast, origin: str, seq: int, data: dict[str, Any], word: str
) -> None:
    case = make.case(status="dispatched")
    with pytest.raises(NotAllowed, match=f"第 {seq} 条记录.*“{word}”"):
        advance(case, "amend", by=cast.dispatcher, at=at(3, 2), seq=seq, data=data, note="因", origin=origin)
    assert fresh(case).seq == 2


def test_a_correction_carries_nothing_else(cast: Cast) -> None:
    case = make.case()
    for strange in ({"dat": {}}, {"clocks_of": {}}):
        with pytest.raises(NotAllowed, match="更正中没有"):
            advance(case, "amend", by=cast.dispatcher, at=at(3, 2), seq=1, note="因", **strange)


@pytest.mark.parametrize("key", ["title", "body", "person"])
def test_only_a_file_corrects_what_lies_in_other_rows(cast: Cast, key: str) -> None:
    case = make.case()
    common = {"by": None, "at": at(3, 2), "seq": 1, "data": {key: case.person_id}}
    with pytest.raises(NotAllowed, match=key):
        advance(case, "amend", origin="test:", **common)
    assert advance(case, "amend", origin="import:账.xlsx:2", **common).seq == 2


def test_a_case_counts_by_its_main_issue_whatever_it_is_corrected_to(cast: Cast) -> None:
    issues = (
        {"title": "水浑", "nature": "tip", "topic": "phone/城乡建设/供水"},
        {"title": "路破", "nature": "report"},
    )
    case = lifecycle.register(
        channel="hotline", title="水浑路破", by=cast.operator, at=at(3, 1), issues=issues
    )

    def natures() -> list[str]:
        return [issue.nature.code for issue in case.issues.order_by("no")]

    assert (case.nature.code, natures()) == ("tip", ["tip", "report"])
    advance(case, "reclassify", by=cast.dispatcher, at=at(3, 2), nature="complaint")
    assert natures() == ["complaint", "report"]
    advance(case, "amend", by=cast.dispatcher, at=at(3, 3), seq=2, data={"nature": "inquiry"}, note="误核")
    assert (fresh(case).nature.code, natures()) == ("inquiry", ["inquiry", "report"])


def test_a_correction_takes_away_clock_runs_that_never_were(cast: Cast) -> None:
    case = make.case(status="handling")
    advance(case, "reclassify", by=cast.dispatcher, at=at(3, 2), nature="inquiry")
    assert case.clocks.filter(kind="reply").count() == 2
    advance(case, "amend", by=cast.dispatcher, at=at(3, 3), seq=4, data={"nature": "proposal"}, note="误核")
    assert case.clocks.get(kind="reply").due_at == at(3, 16, 0)


def test_where_the_place_says_so_releasing_the_leads_answer_closes(cast: Cast) -> None:
    case, other = make.case(status="reviewing", co=["stone"]), make.case("路灯不亮", status="reviewing")
    advance(other, "release", by=cast.reviewer, at=at(3, 2), on=1)
    assert fresh(other).status == "answered"
    Office.objects.update(config={"office": {"close_on_release": True}}, revision=9)
    make.step(case, "answer", on=2)
    advance(case, "release", by=cast.reviewer, at=at(3, 2), on=2)
    assert fresh(case).status == "reviewing"  # a co-unit's answer never moves the case
    advance(case, "release", by=cast.reviewer, at=at(3, 2), on=1)
    assert fresh(case).status == "closed"
    assert [e.kind for e in case.events.order_by("-seq")[:2]] == ["close", "release"]
    assert case.seq == fresh(case).seq


def test_numbers_go_on_beyond_four_digits(town: place.Place) -> None:
    make.case(number="R2022039999")
    make.case(number="R20220310000")
    assert make.case().number == "R20220310001"
    with pytest.raises(NotAllowed, match="已存在"):
        make.case(number="R2022039999")


# Two cases made one


def test_a_merged_case_is_linked_and_comes_back_unharmed(cast: Cast) -> None:
    case, into = make.case(status="handling"), make.case("同一件事")
    merge(case, into, by=cast.dispatcher, at=at(3, 2), note="重复")
    stored = fresh(case)
    assert (stored.status, stored.ending, stored.merged_into) == ("closed", "merged", into)
    assert list(into.merged.all()) == [stored]
    assert not stored.clocks.filter(stopped_at=None, superseded=False).exists()
    assert Case.objects.filter(received_at__month=3).count() == 2  # both still count
    advance(case, "unmerge", by=cast.dispatcher, at=at(3, 3), note="不是一回事")
    stored = fresh(case)
    assert (stored.status, stored.merged_into, stored.lead.no) == ("handling", None, 1)
    assert stored.due_at == at(3, 16, 0)


def test_a_case_is_not_merged_into_itself_a_closed_one_or_nowhere(cast: Cast) -> None:
    case, closed = make.case(), make.case("办完了", status="closed")
    for into, why in ((fresh(case), "自身"), (closed, "已办结")):
        with pytest.raises(NotAllowed, match=why):
            merge(case, into, by=cast.dispatcher, at=at(3, 2))
    with pytest.raises(NotAllowed, match="没有编号为 R1999010001"):
        advance(case, "merge", by=cast.dispatcher, at=at(3, 2), into="R1999010001")
    assert fresh(case).seq == 1


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_pages_merging_each_into_the_other_one_is_refused(cast: Cast, turned: bool) -> None:
    one, two = make.case(), make.case("同一件事")
    mine, yours = (fresh(one), fresh(two)), (fresh(two), fresh(one))
    for pair in ((mine, yours), (yours, mine))[turned : turned + 1]:
        merge(*pair[0], by=cast.dispatcher, at=at(3, 2))
        with pytest.raises(Refused):
            merge(*pair[1], by=cast.dispatcher, at=at(3, 2))
    assert sorted(Case.objects.values_list("status", flat=True)) == ["closed", "received"]


def in_two_threads(*acts: object) -> list[str]:
    """Run the acts at once, each on a connection of its own; the names of the refusals, "" for success."""
    gate, told = threading.Barrier(len(acts)), [""] * len(acts)

    def run(no: int, act: object) -> None:
        try:
            gate.wait()
            act()  # type: ignore[operator]
        except Exception as error:
            told[no] = type(error).__name__
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


@pytest.mark.django_db(transaction=True)
def test_two_merges_at_the_same_moment_lose_no_case() -> None:
    make.town()
    by = people().dispatcher
    one, two = make.case(), make.case("同一件事")
    told = in_two_threads(
        lambda: merge(fresh(one), fresh(two), by=by, at=at(3, 2)),
        lambda: merge(fresh(two), fresh(one), by=by, at=at(3, 2)),
    )
    assert told.count("") == 1, told
    assert set(told) <= {"", "Stale", "NotAllowed"}
    assert sorted(Case.objects.values_list("status", flat=True)) == ["closed", "received"]


@pytest.mark.django_db(transaction=True)
def test_of_two_dispatchers_at_the_same_moment_one_is_told() -> None:
    make.town()
    by, case = people().dispatcher, make.case()
    told = in_two_threads(
        *[lambda: advance(fresh(case), "dispatch", by=by, at=at(3, 2), units=UNITS)] * 2,
    )
    assert sorted(told)[0] == ""
    assert sorted(told)[1] in {"Stale", "NotAllowed"}
    assert fresh(case).assignments.count() == 1


# Knowing later


def test_what_is_recorded_late_is_never_recorded_before_what_is_there(cast: Cast) -> None:
    case = make.case()
    early = datetime(2022, 3, 1, tzinfo=UTC)
    event = advance(
        case,
        "urge" if case.status != "received" else "supervise",
        by=None,
        at=at(3, 2),
        origin=make.ORIGIN,
        recorded_at=early,
    )
    assert event.recorded_at == case.events.get(seq=1).recorded_at
    assert state_of(case, as_of=at(3, 1, 10)).status is CaseStatus.RECEIVED
