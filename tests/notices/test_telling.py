"""From the log to the inboxes: who is told what, once each, and nothing is lost."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from huiying.accounts.models import Delegation, Role, User
from huiying.cases import lifecycle, place
from huiying.cases.deadlines import CLOCK_TITLES
from huiying.cases.models import Case, Event, Office
from huiying.cases.moves import MOVES
from huiying.common.errors import Refused
from huiying.notices import digest, people, reminders, rules, telling
from huiying.notices.models import Cursor, Notice, Outbox
from tests import cast, make
from tests.cast import Cast

pytestmark = pytest.mark.django_db
NOW = make.at(3, 15, 10)


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def town() -> Cast:
    make.town()
    return cast.people()


def configure(**notices: Any) -> None:
    office = Office.objects.get()
    office.config = {**office.config, "notices": notices}
    office.save()
    place.forget()


def told(case: Case | None = None, now: datetime = NOW) -> set[tuple[str, str]]:
    telling.take_in(place.current(), now)
    lines = Notice.objects.filter(case=case) if case else Notice.objects.all()
    return {(line.user.username, line.rule) for line in lines.select_related("user")}


def test_every_row_is_a_move_or_a_clock_of_ours_and_means_people_we_know() -> None:
    assert set(rules.EVENTS) <= set(MOVES)
    assert {name.partition(".")[0] for name in rules.CLOCKS} <= set(CLOCK_TITLES)
    assert {word for rule in (*rules.EVENTS.values(), *rules.CLOCKS.values()) for word in rule.to} <= set(
        people.WHO
    )
    assert set(people.OF_UNITS) <= set(people.WHO)


def test_each_step_tells_those_whose_turn_it_is(town: Cast) -> None:
    case = make.case(status="dispatched", unit="water", co=["housing"], received=make.at(3, 15, 1))
    assert told(case) == {("chenjing", "dispatch"), ("zhaolei", "dispatch")}
    make.step(case, "claim", on=1)
    make.step(case, "answer", on=1)
    assert told(case) - {("chenjing", "dispatch"), ("zhaolei", "dispatch")} == {("zhouhong", "answer")}
    make.step(case, "send_back", on=1, note="没有写明何时修好")
    assert {("chenjing", "send_back"), ("wangju", "send_back")} <= told(case)
    assert not {who for who, rule in told(case) if rule == "send_back"} & {"zhaolei"}


@pytest.mark.parametrize(
    ("solved", "satisfied", "is_told"),
    [
        (True, "satisfied", False),
        (True, "basic", False),
        (True, "dissatisfied", True),
        (False, "basic", True),
    ],
)
def test_a_bad_call_back_is_told_to_those_who_decide(
    town: Cast, solved: bool, satisfied: str, is_told: bool
) -> None:
    case = make.case(status="closed", unit="water", received=make.at(3, 15, 1))
    make.step(case, "call_back", outcome="reached", solved=solved, satisfied=satisfied)
    heard = {who for who, rule in told(case) if rule == "call_back"}
    assert heard == ({"zhouhong", "zhengtao"} if is_told else set())


def test_the_text_names_the_case_and_the_units_and_nobody_s_words(town: Cast) -> None:
    case = make.case("王某某家门口污水横流", status="dispatched", unit="water", received=make.at(3, 15, 1))
    told()
    assert Notice.objects.get().text == f"{case.number} 派给云溪县水务局，请认领"


def test_reading_the_log_twice_tells_once(town: Cast) -> None:
    case = make.case(status="reviewing", received=make.at(3, 15, 1))
    first = told(case)
    count = Notice.objects.count()
    assert told(case) == first
    assert telling.take_in(place.current(), NOW) == 0
    assert Notice.objects.count() == count


def test_an_event_that_was_committed_late_under_a_lower_number_is_told_all_the_same(town: Cast) -> None:
    make.case(status="dispatched", unit="water", received=make.at(3, 15, 1))
    told()
    Notice.objects.all().delete()  # as if its event had not been there yet
    Cursor.objects.update(event=Event.objects.order_by("-pk")[0].pk + 5)
    assert ("chenjing", "dispatch") in told()


def test_who_did_it_is_not_told_of_it(town: Cast) -> None:
    for by in (town.clerk, town.head):
        case = make.case(status="handling", unit="water", received=make.at(3, 15, 1))
        make.step(case, "draft_reply", on=1, public_answer="水管已修好", by=by)
        assert (("wangju", "draft_reply") in told(case)) is (by == town.clerk)


def test_a_section_without_people_is_told_through_the_bureau_above(town: Cast) -> None:
    User.objects.filter(pk=town.section_clerk.pk).update(is_active=False)
    make.case(status="dispatched", unit="housing-gas", received=make.at(3, 15, 1))
    assert told() == {("zhaolei", "dispatch")}


def test_where_a_unit_has_nobody_the_dispatcher_hears_it_with_the_reason(town: Cast) -> None:
    make.case(status="dispatched", unit="maple", received=make.at(3, 15, 1))
    assert told() == {("laoli", "dispatch")}
    assert Notice.objects.get().text.endswith("（枫林乡没有可通知的单位经办人）")


def test_who_stands_in_for_somebody_away_is_told_too(town: Cast) -> None:
    Delegation.objects.create(
        giver=town.clerk, taker=town.head, from_on=NOW.date(), until_on=NOW.date(), reason="出差"
    )
    make.case(status="dispatched", unit="water", received=make.at(3, 15, 1))
    assert told() == {("chenjing", "dispatch"), ("wangju", "dispatch")}
    assert Notice.objects.get(user=town.head).text.endswith("（代陈静）")


def test_an_imported_history_tells_nobody(town: Cast) -> None:
    case = make.case(received=make.at(3, 15, 1))
    units = [{"unit": "water", "role": "lead"}]
    lifecycle.advance(case, "dispatch", by=None, at=make.at(3, 15, 2), origin="import:1", units=units)
    assert told() == set()


def test_an_urgent_case_alone_is_told_when_it_comes_in(town: Cast) -> None:
    make.case(received=make.at(3, 15, 1))
    urgent = make.case(received=make.at(3, 15, 1), urgency="urgent")
    assert told() == {("laoli", "register")}
    assert Notice.objects.get().case == urgent


def test_the_place_switches_rows_off(town: Cast) -> None:
    configure(off=["dispatch"])
    make.case(status="reviewing", unit="water", received=make.at(3, 15, 1))
    assert told() == {("zhouhong", "answer")}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"off": ["dispach"]}, "dispatch"),
        ({"mail": "dispatch"}, "清单"),
        ({"robots": {"nobody": {"kind": "wecom", "url": "https://robot.test"}}}, "nobody"),
        ({"robots": {"water": {"kind": "fax", "url": "https://robot.test"}}}, "wecom"),
        ({"robots": {"water": {"kind": "wecom", "url": "file:///etc/passwd"}}}, "https://"),
    ],
)
def test_settings_that_cannot_be_are_refused_by_name(town: Cast, given: dict[str, Any], said: str) -> None:
    configure(**given)
    with pytest.raises(Refused, match=said):
        telling.take_in(place.current(), NOW)


def test_mail_and_robot_get_what_the_place_chose(town: Cast) -> None:
    User.objects.filter(pk=town.clerk.pk).update(email="chen@water.test")
    robot = {"kind": "wecom", "url": "https://robot.test/hook"}
    configure(mail=["dispatch"], webhook=["all"], robots={"water": robot})
    make.case(status="reviewing", unit="water", co=["housing"], received=make.at(3, 15, 1))
    told()
    rows = {(row.channel, row.to, row.rule) for row in Outbox.objects.all()}
    assert rows == {("mail", "chenjing", "dispatch"), ("webhook", "water", "dispatch")}


# Clocks


def remind(now: datetime) -> set[tuple[str, str]]:
    before = set(Notice.objects.values_list("pk", flat=True))
    reminders.remind(place.current(), now)
    fresh = Notice.objects.exclude(pk__in=before).select_related("user")
    return {(line.user.username, line.rule) for line in fresh}


@pytest.fixture
def at_work(town: Cast) -> Case:
    """An inquiry of Friday 11 March: three working days, to the end of Wednesday 16 March."""
    return make.case(status="handling", unit="water", nature="inquiry", received=make.at(3, 11, 9))


def test_a_clock_is_told_once_at_each_turn(at_work: Case) -> None:
    days = {
        day: {x for x in remind(make.at(3, day, 9)) if x[1].startswith("reply")}
        for day in (14, 15, 16, 17, 18)
    }
    assert days[14] == set()
    assert days[15] == {("chenjing", "reply.yellow")}
    assert days[16] == set()
    assert {("chenjing", "reply.overdue"), ("wangju", "reply.overdue")} <= days[17]
    assert ("zhengtao", "reply.red") in days[17]  # Thursday is a working day: overdue and red at once
    assert days[18] == set()


def test_a_worker_that_stood_still_tells_what_came_meanwhile(at_work: Case) -> None:
    assert {rule for _, rule in remind(make.at(3, 21, 9))} >= {"reply.overdue", "reply.red"}


def test_an_unclaimed_case_is_told_to_those_who_can_help(town: Cast) -> None:
    make.case(status="dispatched", unit="water", received=make.at(3, 10, 9))
    rows = {who for who, rule in remind(make.at(3, 15, 9)) if rule == "claim.overdue"}
    assert rows == {"chenjing", "wangju", "laoli"}


def test_what_unit_after_unit_gives_back_is_told_once_to_those_above(town: Cast) -> None:
    case, told = make.case(received=make.at(3, 14)), []
    for no, unit in enumerate(("water", "housing", "market"), 1):
        make.step(case, "dispatch", units=[{"unit": unit, "role": "lead"}])
        make.step(case, "ask_return", on=no, reason="not_ours")
        told.append({x for x in remind(make.at(3, 14, 20)) if x[1] == "coordinate.asked"})
        if no < 3:
            make.step(case, "agree_return", on=no)
    assert told == [set(), set(), {("zhengtao", "coordinate.asked"), ("hanxian", "coordinate.asked")}]
    assert {who for who, rule in remind(make.at(3, 16, 9)) if rule.startswith("coordinate")} == {
        "zhengtao",
        "hanxian",
    }  # the office's clock ran out
    assert Notice.objects.filter(rule="coordinate.asked").count() == 2


def test_a_clock_that_stopped_or_ran_out_long_ago_is_not_told(town: Cast) -> None:
    make.case(status="closed", nature="inquiry", received=make.at(3, 1, 9))
    make.case(status="handling", nature="inquiry", received=make.at(1, 4, 9))
    assert {rule for _, rule in remind(make.at(3, 15, 9)) if rule.startswith("reply")} == set()


def test_the_digest_comes_once_a_day_to_those_with_something_to_do(town: Cast) -> None:
    make.case(status="handling", unit="water", nature="inquiry", received=make.at(3, 1, 9))
    here = place.current()
    assert digest.digest(here, NOW) > 0
    assert digest.digest(here, NOW + timedelta(hours=3)) == 0
    lines = {
        line.user.username: line.text for line in Notice.objects.filter(rule="digest").select_related("user")
    }
    assert lines["chenjing"] == "今日提要：未办结 1 件，已逾期 1 件"
    assert not {"zhaolei", "luren", "shenji"} & set(lines)
    assert digest.digest(here, NOW + timedelta(days=1)) > 0
    assert Role.CLERK in digest.WORKERS


def test_a_place_gives_a_rule_other_people_and_another_text(town: Cast) -> None:
    configure(to={"dispatch": ["heads", "leaders"]}, text={"dispatch": "新件 {number} → {unit}"})
    case = make.case(status="dispatched", received=make.at(3, 15, 1))
    assert told(case) == {("wangju", "dispatch"), ("hanxian", "dispatch")}
    assert {line.text for line in Notice.objects.all()} == {f"新件 {case.number} → 云溪县水务局"}


def test_a_clock_is_told_in_the_places_words(town: Cast) -> None:
    configure(text={"claim.overdue": "{number}：{unit}认领{left}"}, to={"claim.overdue": ["supervisors"]})
    case = make.case(status="dispatched", received=make.at(3, 10))
    reminders.remind(place.current(), NOW)
    line = Notice.objects.get(rule="claim.overdue")
    assert (line.user, line.text) == (town.supervisor, f"{case.number}：云溪县水务局认领已届满")


@pytest.mark.parametrize(
    ("notices", "said"),
    [
        ({"text": {"dispach": "{number}"}}, "没有“dispach”这一事由。.*dispatch"),
        ({"text": {"dispatch": "请认领"}}, "“派单”（dispatch）：内容里要有{编号}"),
        ({"text": {"dispatch": 5}}, "内容要写成文字"),
        ({"text": ["dispatch"]}, "要写成一张表"),
        ({"to": {"dispatch": []}}, "至少要告诉一种人"),
        ({"to": {"dispatch": "heads"}}, "至少要告诉一种人"),
        ({"to": {"dispatch": ["head"]}}, "没有“head”这样的收件人"),
        ({"to": {"reply.red": ["new_clerks"]}}, "没有“new_clerks”这样的收件人"),
        ({"robots": {"water": {"kind": "wecom", "url": "https://x", "secret": "s"}}}, "加签密钥"),
    ],
)
def test_people_and_texts_that_cannot_be_are_refused_in_words(
    town: Cast, notices: dict[str, Any], said: str
) -> None:
    configure(**notices)
    with pytest.raises(Refused, match=said):
        rules.settings_of(place.current())


def test_what_happened_long_before_it_was_written_down_is_history(town: Cast) -> None:
    make.case(status="dispatched", unit="water", received=NOW - timedelta(days=31))
    make.case(status="dispatched", unit="housing", received=NOW - timedelta(days=2))
    assert told() == {("zhaolei", "dispatch")}


def test_who_works_on_a_case_has_read_what_was_told_of_it(town: Cast) -> None:
    case = make.case(status="dispatched", unit="water", received=make.at(3, 15, 1))
    other = make.case(status="dispatched", unit="water", received=make.at(3, 15, 1))
    told()
    make.step(case, "claim", on=1, by=town.clerk)
    told(now=NOW + timedelta(minutes=1))
    unread = Notice.objects.filter(user=town.clerk, read_at=None)
    assert [line.case for line in unread] == [other]


def test_a_unit_without_people_makes_one_line_a_day_and_the_rest_is_kept_as_read(town: Cast) -> None:
    for hour in (1, 2):
        make.case(status="dispatched", unit="maple", received=make.at(3, 15, hour))
    told()
    make.case(status="dispatched", unit="maple", received=make.at(3, 15, 3))
    told()
    lines = Notice.objects.filter(user=town.dispatcher)
    assert [line.read_at is None for line in lines.order_by("pk")] == [True, False, False]
    make.case(status="dispatched", unit="maple", received=NOW + timedelta(days=1))
    told(now=NOW + timedelta(days=1, hours=3))
    assert lines.filter(read_at=None).count() == 2


def test_the_operators_hear_that_a_unit_asks_the_citizen_for_more(town: Cast) -> None:
    case = make.case(status="handling", unit="water", received=make.at(3, 15, 1))
    for aim in ("inform", "ask"):
        make.step(case, "contact", on=1, way="phone", aim=aim, result="reached")
    told()
    line = Notice.objects.get(user=town.operator)
    assert line.text == f"{case.number} 云溪县水务局请诉求人补充情况"
