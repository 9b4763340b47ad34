"""The watch over a town: what it raises, once; whom it tells, without a citizen's words."""

from datetime import timedelta

import pytest

from huiying.accounts.models import User
from huiying.cases.models import Case, CaseText, Office
from huiying.cases.persons import PersonData
from huiying.common.errors import Refused
from huiying.mining import watch
from huiying.mining.models import Alarm
from huiying.notices.models import Notice
from tests import make
from tests.cast import Cast, people

NOW = make.at(3, 15, 10)


@pytest.fixture
def cast(town) -> Cast:
    return people()


def reports(count: int, title: str, *, persons: int = 0, **details) -> list[Case]:
    """So many reports of the last hours, each of another person or of so many in turn."""
    return [
        make.case(
            f"{title}{['', '请处理', '再次反映', '多次反映'][n % 4]}",
            received=details.get("received", NOW) - timedelta(hours=n + 1),
            caller=PersonData(
                name=f"诉求{n % (persons or count)}", phone=f"1390000{n % (persons or count):04}"
            ),
            **{name: value for name, value in details.items() if name != "received"},
        )
        for n in range(count)
    ]


def quiet_weeks() -> None:
    """Nine weeks in which now and then something else came in; no moves are needed for it."""
    first = make.case("道路破损", received=make.at(1, 12), topic="phone/交通出行/道路破损", area="maple")
    held = {name: getattr(first, name) for name in ("channel", "topic", "area")}
    signs = "春华秋实夏荷冬雪松竹梅兰山水云石金木火土东南西北天地日月星辰风雨雷电江河湖海甲乙丙丁戊己庚辛"
    Case.objects.bulk_create(
        Case(
            number=f"Q{n}",
            region="990123",
            title=f"{signs[n % 40]}字路的{signs[-n % 37]}号井盖{n}",
            recorded_at=NOW,
            received_at=NOW - timedelta(days=(n * 31) % 58 + 3),
            **held,
        )
        for n in range(80)
    )


def test_many_persons_of_one_matter_are_one_alarm(town, cast: Cast) -> None:
    quiet_weeks()
    reports(6, "丽发新城搅拌站夜间噪音扰民")
    watch.watch(town, NOW)
    [alarm] = Alarm.objects.all()
    assert (alarm.kind, alarm.persons, len(alarm.cases)) == ("mass", 6, 6)
    assert "丽发新城搅拌站" in alarm.subject
    assert alarm.said == f"{alarm.subject} 72小时6件、6人；往常每天0件"
    told = set(Notice.objects.values_list("user__username", "text"))
    text = "多人同诉预警：“供水”类同一事项 72小时6件、6人；往常每天0件"
    assert told == {(user.username, text) for user in (cast.dispatcher, cast.supervisor, cast.leader)}


def test_one_person_calling_six_times_is_no_mass_event(town, cast: Cast) -> None:
    quiet_weeks()
    reports(6, "丽发新城搅拌站夜间噪音扰民", persons=1)
    watch.watch(town, NOW)
    assert not Alarm.objects.exists()


def test_a_topic_that_rises_is_told_with_what_is_usual(town, cast: Cast) -> None:
    quiet_weeks()
    for n, title in enumerate(["西关路积水", "幼儿园停水", "水表空转", "水费翻倍", "管网漏水"]):
        person = PersonData(name=f"人{n}", phone=f"1370000{n:04}")
        make.case(title, body=title, received=NOW - timedelta(hours=n + 1), caller=person)
    watch.watch(town, NOW)
    [alarm] = Alarm.objects.all()
    assert (alarm.kind, alarm.key) == ("rise", "topic:phone/城乡建设/供水")
    assert alarm.said == "“供水”类 24小时5件、5人；往常每天0件"
    assert alarm.figures["counts"][-1] == 5 >= alarm.figures["limit"]


def test_later_looks_add_to_an_alarm_and_tell_again_when_it_has_doubled(town, cast: Cast) -> None:
    quiet_weeks()
    reports(5, "丽发新城搅拌站夜间噪音扰民")
    watch.watch(town, NOW)
    watch.watch(town, NOW)
    assert (Alarm.objects.count(), Notice.objects.count()) == (1, 3)
    later = NOW + timedelta(hours=30)
    for n in range(6):
        person = PersonData(name=f"后来{n}", phone=f"1350000{n:04}")
        make.case("丽发新城搅拌站夜间噪音扰民严重", received=later - timedelta(hours=n + 1), caller=person)
    watch.watch(town, later)
    alarm = Alarm.objects.get()
    assert (alarm.persons, alarm.raised_at, alarm.last_at) == (11, NOW, later)
    assert Notice.objects.count() == 6


def test_what_was_put_aside_stays_so_and_is_told_no_more(town, cast: Cast) -> None:
    quiet_weeks()
    reports(5, "丽发新城搅拌站夜间噪音扰民")
    watch.watch(town, NOW)
    alarm = Alarm.objects.get()
    with pytest.raises(Refused, match="写明理由"):
        watch.decide(alarm, "dismissed", seen="open", why=" ", by=cast.dispatcher, at=NOW)
    watch.decide(alarm, "dismissed", seen="open", why="已约谈，今晚停工", by=cast.dispatcher, at=NOW)
    with pytest.raises(Refused, match="李建国刚刚已标为“已排除”：已约谈"):
        watch.decide(alarm, "seen", seen="open", why="", by=cast.supervisor, at=NOW)
    Notice.objects.all().delete()
    watch.watch(town, NOW + timedelta(hours=1))
    assert (Alarm.objects.get().state, Notice.objects.count()) == ("dismissed", 0)


def test_words_of_a_report_are_named_and_the_report_by_its_number(town, cast: Cast) -> None:
    case = make.case("欠薪", body="再不发工资我们就去堵路。", received=NOW - timedelta(hours=2))
    watch.watch(town, NOW)
    [alarm] = Alarm.objects.all()
    assert (alarm.kind, alarm.cases) == ("words", [case.number])
    assert alarm.said == f"{case.number} 提到“堵路”（可能聚集）"
    assert {n.text for n in Notice.objects.all()} == {f"舆情预警：{alarm.said}"}


def test_a_protected_report_lends_no_words_to_an_alarm(town, cast: Cast) -> None:
    quiet_weeks()
    reports(6, "丽发新城搅拌站夜间噪音扰民", nature="tip")
    watch.watch(town, NOW)
    assert Alarm.objects.get().subject == "“供水”类同一事项"


def test_a_place_may_switch_kinds_off_and_a_slip_stops_the_job_with_a_sentence(town, cast: Cast) -> None:
    quiet_weeks()
    reports(6, "丽发新城搅拌站夜间噪音扰民", body="要去堵路")
    assert (
        watch.look(
            town, watch.alarm_settings.settings_of({"alarms": {"off": ["rise", "mass", "words"]}}), NOW
        )
        == []
    )
    Office.objects.update(config={"alarms": {"persons": "五"}}, revision=99)
    with pytest.raises(Refused, match="persons"):
        watch.watch(watch_place(), NOW)


def watch_place():
    from huiying.cases import place

    place.forget()
    return place.current()


def test_a_town_without_reports_is_looked_at_in_one_question(town, django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        assert watch.look(town, watch.alarm_settings.settings_of({}), NOW) == []


def test_what_was_erased_is_not_read_and_old_alarms_go(town, cast: Cast) -> None:
    case = make.case("欠薪", body="再不发工资我们就去堵路。", received=NOW - timedelta(hours=2))
    CaseText.objects.filter(case=case).update(erased_at=NOW, text="")
    watch.watch(town, NOW)
    assert not Alarm.objects.exists()
    Alarm.objects.create(
        kind="rise", key="area:stone", subject="旧", said="旧", raised_at=NOW, last_at=NOW, persons=3
    )
    watch.watch(town, NOW + timedelta(days=401))
    assert not Alarm.objects.exists()
    assert User.objects.exists()
