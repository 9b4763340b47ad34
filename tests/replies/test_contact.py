"""Speaking with the citizen, and what of it is kept."""

from datetime import timedelta

import pytest

from huiying.cases import lifecycle, timeline
from huiying.cases.lifecycle import NotAllowed, Stale
from huiying.replies import asking, contact
from huiying.replies.asking import Unfounded
from huiying.replies.contact import Contact, Unclear
from tests import make

NOW = make.at(3, 15, 10)


@pytest.fixture
def task(town):
    return make.case(status="handling", received=make.at(3, 14, 8)).assignments.get()  # claimed at ten


def talk(**changes) -> Contact:
    given = {"talked_at": make.at(3, 14, 15), "way": "phone", "aim": "inform", "result": "reached"}
    return Contact(**given | {"who": "陈静", "said": "约定周三到场。"} | changes)


def test_the_citizen_is_waited_for_until_something_comes_or_the_unit_answers(task, cast) -> None:
    def waits() -> bool:
        return contact.awaits_citizen(task.case.events.order_by("seq"))

    assert not waits()
    for then in ({"name": "supplement", "note": "在三楼"}, {"name": "answer", "on": 1}):
        task.case.refresh_from_db()
        contact.record(task, talk(aim="ask"), by=cast.clerk, at=NOW, seq=task.case.seq)
        assert waits()
        make.step(task.case, **then)
        assert not waits()


def test_a_contact_is_kept_in_words_and_codes_at_its_own_time(task, cast) -> None:
    event = contact.record(task, talk(), by=cast.clerk, at=NOW, seq=task.case.seq)
    assert event.happened_at == make.at(3, 14, 15)
    task.refresh_from_db()
    assert task.contacted_at == make.at(3, 14, 15)
    [(found, words)] = contact.records_of(task.case.events.all(), task.case.texts.all(), task.no)
    assert found.pk == event.pk
    assert words == "2022-03-14 15:00，陈静，电话，沟通办理情况，已联系上。约定周三到场。"
    assert "约定" not in event.data


def test_a_talk_before_the_newest_record_takes_its_instant_and_the_note_keeps_the_true_one(
    task, cast
) -> None:
    make.step(task.case, "urge", when=make.at(3, 14, 16))
    event = contact.record(task, talk(), by=cast.clerk, at=NOW, seq=task.case.seq)
    assert event.happened_at == make.at(3, 14, 16)
    assert task.case.texts.get(seq=event.seq).text.startswith("2022-03-14 15:00")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"way": "pigeon"}, "联系方式"),
        ({"aim": ""}, "联系事由"),
        ({"result": "?"}, "联系结果"),
        ({"said": ""}, "联系的内容"),
        ({"talked_at": NOW + timedelta(hours=1)}, "晚于现在"),
        ({"talked_at": make.at(3, 14, 8)}, "早于派单"),
    ],
)
def test_an_unclear_contact_is_refused(task, cast, changes, said) -> None:
    with pytest.raises(Unclear, match=said):
        contact.record(task, talk(**changes), by=cast.clerk, at=NOW, seq=task.case.seq)


def test_two_clerks_record_at_once_and_the_second_is_told(task, cast) -> None:
    seen = task.case.seq
    contact.record(task, talk(), by=cast.clerk, at=NOW, seq=seen)
    with pytest.raises(Stale):
        contact.record(task, talk(), by=cast.clerk, at=NOW, seq=seen)


@pytest.mark.parametrize(
    ("changes", "staff", "citizen"),
    [
        ({}, "云溪县水务局联系了诉求人（电话，沟通办理情况，已联系上）", "承办单位已与您联系"),
        ({"result": "missed"}, "未联系上", "承办单位曾与您联系，未能联系上"),
        ({"aim": "ask"}, "请其补充事实", "承办单位请您补充情况"),
    ],
)
def test_the_timeline_tells_of_it(task, cast, town, changes, staff, citizen) -> None:
    contact.record(task, talk(**changes), by=cast.clerk, at=NOW, seq=task.case.seq)
    names = timeline.Names(tz=town.keeper.tz, tasks={1: "云溪县水务局"})
    entry = lifecycle.log_of(task.case)[-1]
    assert staff in timeline.staff(entry, names)
    assert timeline.citizen(entry, names) == citizen


def test_a_return_is_asked_with_its_ground_and_taken_back(task, cast) -> None:
    ask = {"reason": "not_ours", "basis": "三定方案第四条。", "proposed": "housing"}
    asking.ask_return(task, **ask, by=cast.clerk, at=NOW, seq=task.case.seq)
    task.refresh_from_db()
    assert task.status == "return_asked"
    assert task.rulings.get().proposed == "housing"
    asking.drop_return(task, by=cast.clerk, at=NOW, seq=task.case.seq)
    task.refresh_from_db()
    assert task.status == "claimed"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reason": ""}, "退办理由"),
        ({"basis": ""}, "法规依据"),
        ({"proposed": "water"}, "就是本单位"),
        ({"proposed": "moon"}, "不在地方配置中"),
    ],
)
def test_a_return_without_ground_is_refused(task, cast, changes, said) -> None:
    ask = {"reason": "not_ours", "basis": "三定方案第四条。", "proposed": ""} | changes
    with pytest.raises(Unfounded, match=said):
        asking.ask_return(task, **ask, by=cast.clerk, at=NOW, seq=task.case.seq)


def test_more_time_is_asked_to_a_later_day_only(task, cast) -> None:
    for until, reason, said in [("", "等管材", "哪一天"), ("2022-04-20", "", "理由")]:
        with pytest.raises(Unfounded, match=said):
            asking.ask_extension(task, until=until, reason=reason, by=cast.clerk, at=NOW, seq=task.case.seq)
    with pytest.raises(NotAllowed, match="并不晚于原时限"):
        asking.ask_extension(
            task, until="2022-03-16", reason="等管材", by=cast.clerk, at=NOW, seq=task.case.seq
        )
    asking.ask_extension(task, until="2022-04-20", reason="等管材", by=cast.clerk, at=NOW, seq=task.case.seq)
    assert task.rulings.get().proposed == "2022-04-20"
