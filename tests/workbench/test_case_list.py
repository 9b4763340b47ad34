"""Searching, filtering and paging through the cases."""

import re
from datetime import timedelta
from itertools import product

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from huiying.accounts.models import Delegation
from huiying.cases import clocks, lifecycle, permissions
from huiying.cases.clocks import LimitUnit
from huiying.cases.models import Attachment, Case, ClockRun
from huiying.quality.models import CallBack
from huiying.workbench import case_filters, case_list, case_walk, due
from tests import make, plans

pytestmark = pytest.mark.django_db


def numbers(answer) -> list[str]:
    return re.findall(r'class="number"><a href="/cases/([^"]+)/"', answer.content.decode())


def test_the_list_shows_the_newest_case_first(client, cast) -> None:
    old, new = make.case(received=make.at(3, 1)), make.case(received=make.at(3, 2))
    client.force_login(cast.operator)
    assert numbers(client.get("/cases/")) == [new.number, old.number]


FOUND = (
    ({"q": "路灯"}, ["lamp"]),
    ({"q": "没有的词"}, []),
    ({"channel": "mailbox"}, ["letter"]),
    ({"group": "phone"}, ["water", "lamp"]),
    ({"nature": "inquiry"}, ["letter"]),
    ({"topic": "phone/城乡建设"}, ["water", "lamp"]),
    ({"topic": "net/民生/就医"}, ["letter"]),
    ({"unit": "housing"}, ["lamp"]),
    ({"area": "maple"}, ["letter"]),
    ({"status": "handling"}, ["lamp"]),
    ({"status": "open"}, ["water", "lamp"]),
    ({"status": "closed"}, ["letter"]),
    ({"mode": "dispatched"}, ["lamp", "letter"]),
    ({"from": "2022-03-03", "to": "2022-03-03"}, ["letter"]),
    ({"to": "2022-03-01"}, ["water"]),
    ({"unit": "housing", "status": "closed"}, []),
)


def test_each_filter_finds_its_cases_and_no_others(client, cast) -> None:
    made = {
        "water": make.case("自来水浑浊", received=make.at(3, 1, 23, 59)),
        "lamp": make.case("路灯不亮", status="handling", unit="housing-gas", received=make.at(3, 2)),
        "letter": make.case(
            "医保怎么报销",
            status="closed",
            channel="mailbox",
            nature="inquiry",
            topic="net/民生/就医",
            area="maple",
            received=make.at(3, 3),
        ),
    }
    client.force_login(cast.operator)
    for query, found in FOUND:
        expected = {made[name].number for name in found}
        assert set(numbers(client.get("/cases/", query))) == expected, query


def test_a_place_or_firm_is_found_under_its_shorter_name_and_apart_from_the_rest(client, cast) -> None:
    lift = make.case("翠屏新城3栋电梯坏了")
    make.case("翠屏新城物业费太高")
    firm = make.case("云河装饰公司噪声")
    client.force_login(cast.operator)
    assert numbers(client.get("/cases/", {"q": "翠屏新城小区电梯"})) == [lift.number]
    assert numbers(client.get("/cases/", {"q": "云河装饰有限公司"})) == [firm.number]


@pytest.fixture
def past(cast):
    """Cases with a past of every kind, some of it over."""
    made = [make.case(f"{status} 的一件", status=status, received=make.at(3, 1)) for status in make.STEPS]
    made.append(make.case("紧急件", urgency="urgent", secret=True, village="东街村", received=make.at(3, 9)))
    made.append(make.case("上级件", channel="city", upper_number="SZ0007", village="西桥村"))
    back = make.case("退回过", status="reviewing", received=make.at(3, 7))
    make.step(back, "send_back", on=1, note="写明结果")
    again = make.case("重办过", status="closed", received=make.at(3, 2))
    make.step(again, "reopen", note="未解决")
    make.step(again, "supplement", note="又补充")
    merged = make.case("并入", received=make.at(3, 4))
    lifecycle.merge(merged, back, by=cast.dispatcher, at=make.at(3, 9))
    Attachment.objects.create(case=back, seq=1, name="照片.txt", content_type="t", size=6, sha256="0" * 64)
    for state, satisfied, solved in (
        ("open", "", None),
        ("missed", "", None),
        ("declined", "", None),
        ("reached", "satisfied", True),
        ("reached", "dissatisfied", False),
    ):
        called = make.case(state, status="closed", received=make.at(3, 5))
        said = {"state": state, "satisfied": satisfied, "solved": solved}
        CallBack.objects.create(case=called, closing=called.seq, why="all", made_at=make.at(3, 9), **said)
    dropped = make.case("撤回了退办申请", status="returning", received=make.at(3, 8))
    make.step(dropped, "drop_return", on=1)
    ended = make.case("终止", received=make.at(3, 10))
    make.step(ended, "terminate", note="已由法院受理")
    repeat = make.case("又问", received=make.at(3, 11))
    make.step(repeat, "direct_answer", note="见前一件", repeat_of=back.number)
    return [*made, back, again, dropped, ended, repeat]


def _been(case: Case, what: str) -> bool:
    return case.events.filter(kind=what).exists()


def _asked_back(case: Case, least: str) -> bool:
    asked = [r for r in lifecycle.state_of(case).rulings if r.kind == "return" and r.decision != "dropped"]
    return len(asked) >= int(least)


def _called(case: Case, what: str) -> bool:
    calls = list(case.call_backs.all())
    unsolved = what == "unsolved" and any(call.solved is False for call in calls)
    return unsolved or what in {word for call in calls for word in (call.state, call.satisfied)}


BY_HAND = {  # each filter, counted case by case
    "urgency": lambda case, text: case.urgency == text,
    "secret": lambda case, text: case.secret == (text == "yes"),
    "ending": lambda case, text: case.ending == text,
    "been": _been,
    "back": _asked_back,
    "called": _called,
    "merged": lambda case, how: bool(case.merged_into) if how == "into" else case.merged.exists(),
    "repeat": lambda case, how: bool(case.repeat_of) if how == "is" else case.repeats.exists(),
    "files": lambda case, text: case.attachments.exists(),
    "handler": lambda case, name: name in {event.actor and event.actor.name for event in case.events.all()},
    "upper": lambda case, text: case.upper_number == text,
    "village": lambda case, text: case.village == text,
}
TYPED = {"handler": ["李建国", "没有这个人"], "upper": ["SZ0007"], "village": ["东街村", "西桥村"]}


@pytest.mark.parametrize("who", ["dispatcher", "clerk"])
def test_each_further_filter_finds_what_is_counted_by_hand(client, cast, past, who) -> None:
    user = getattr(cast, who)
    client.force_login(user)
    seen = list(permissions.visible_to(user))
    for name, known in case_filters.FILTERS.items():
        found = 0
        for code in known.choices or TYPED[name]:
            expected = {case.number for case in seen if BY_HAND[name](case, code)}
            assert set(numbers(client.get("/cases/", {name: code}))) == expected, (name, code)
            found += len(expected)
        assert found or who == "clerk", name


@pytest.mark.parametrize("few", [0, 2_000])
@pytest.mark.parametrize("who", ["dispatcher", "clerk"])
def test_many_further_filters_at_once_find_what_each_leaves_with_no_more_queries(
    client, cast, past, who, few, monkeypatch, django_assert_max_num_queries
) -> None:
    monkeypatch.setattr(case_walk, "FEW", few)  # whether cases are named, or each is asked
    user = getattr(cast, who)
    client.force_login(user)
    wanted = {"been": "send_back", "files": "yes", "merged": "from", "repeat": "has", "called": "open"}
    for most in range(1, len(wanted) + 1):
        some = dict(list(wanted.items())[:most])
        left = {
            case.number
            for case in permissions.visible_to(user)
            if all(BY_HAND[name](case, code) for name, code in some.items())
        }
        with django_assert_max_num_queries(10):
            answer = client.get("/cases/", some)
        assert set(numbers(answer)) == left, some


def test_the_village_of_a_protected_case_is_no_way_to_find_it_for_a_unit(client, cast) -> None:
    case = make.case("举报", nature="tip", village="东街村", status="dispatched")
    client.force_login(cast.clerk)
    assert numbers(client.get("/cases/")) == [case.number]
    assert numbers(client.get("/cases/", {"village": "东街村"})) == []
    client.force_login(cast.dispatcher)
    assert numbers(client.get("/cases/", {"village": "东街村"})) == [case.number]


def test_what_was_added_later_is_found_too_but_of_a_protected_case_not_by_a_unit(client, cast) -> None:
    tip, plain = (make.case(nature=nature, status="handling") for nature in ("tip", "report"))
    for case in (tip, plain):
        make.step(case, "supplement", note="举报人住在南门巷")
    found = {cast.dispatcher: [plain.number, tip.number], cast.clerk: [plain.number]}
    for who, expected in found.items():
        client.force_login(who)
        assert sorted(numbers(client.get("/cases/", {"q": "南门巷"}))) == sorted(expected)


@pytest.mark.parametrize("by", ["", *case_filters.PERIODS])
def test_a_period_may_be_that_of_any_instant_of_a_case(client, cast, past, town, by) -> None:
    client.force_login(cast.dispatcher)
    days = {case.number: getattr(case, f"{by or 'received'}_at") for case in Case.objects.all()}
    for since, until in (("2022-03-01", "2022-03-01"), ("2022-03-02", "2022-03-08"), ("2022-03-09", "")):
        expected = {
            number
            for number, at in days.items()
            if at and since <= f"{at.astimezone(town.keeper.tz):%Y-%m-%d}" <= (until or "9999")
        }
        answer = client.get("/cases/", {"by": by, "from": since, "to": until})
        assert set(numbers(answer)) == expected
    assert f"{case_filters.PERIODS.get(by, '受理')}自：2022-03-09" in dict(answer.context["chips"])


def test_the_heads_sort_both_ways_say_so_and_keep_the_conditions(client, cast) -> None:
    early, late = (make.case(status="handling", received=make.at(3, day)) for day in (1, 8))
    client.force_login(cast.operator)
    for column, orders in case_list.HEADS.items():  # by closing last of all
        if column == "closed":
            Case.objects.update(closed_at=F("received_at"))
        url = f"/cases/?nature=complaint&sort={orders[0]}"
        found = []
        for _ in orders:
            answer = client.get(url)
            heads = {each.name: (url, order) for each, url, order in answer.context["heads"]}
            url, order = heads[column]
            found.append((order, numbers(answer)))
            assert f'aria-sort="{order}"' in answer.content.decode()
            assert "nature=complaint" in url
        assert sorted(found) == [
            ("ascending", [early.number, late.number]),
            ("descending", [late.number, early.number]),
        ]
        assert [order for _, order in heads.values() if order] == [found[-1][0]]


def test_a_unit_that_gave_a_case_back_no_longer_holds_it(client, cast) -> None:
    case = make.case(status="returning", unit="water")
    client.force_login(cast.operator)
    assert numbers(client.get("/cases/", {"unit": "water"})) == [case.number]
    make.step(case, "agree_return", on=1)
    assert numbers(client.get("/cases/", {"unit": "water"})) == []


def test_the_clock_filters_agree_with_the_words_in_the_list(client, cast, town, now) -> None:
    """Every case is in the filter that its own clock state says, and in no other."""
    for day in range(1, 16):
        make.case(f"第{day}件", status="handling", nature="inquiry", received=make.at(3, day, 9))
        make.case(f"又{day}件", status="handling", received=make.at(3, day, 9))
    client.force_login(cast.operator)
    filters = {"overdue": {"overdue", "red"}, "red": {"red"}, "today": {"due_today"}, "yellow": {"yellow"}}
    cases = Case.objects.filter(due_at__isnull=False)
    state = {c.number: clocks.state(c.due_at, now, town.keeper.calendar, town.keeper.tz) for c in cases}
    for name, states in filters.items():
        expected = {number for number, each in state.items() if each in states}
        assert expected, name
        assert set(numbers(client.get("/cases/", {"due": name}))) == expected


def test_the_clock_asked_about_may_be_of_one_kind_and_paused(client, cast, town, now) -> None:
    for day in range(1, 16, 2):
        make.case(status="handling", nature="inquiry", received=make.at(3, day))
        make.case(status="dispatched", received=make.at(3, day))
    paused = make.case(status="handling", received=make.at(3, 12))
    make.step(paused, "pause", on=1, reason="appraisal")
    client.force_login(cast.operator)
    running = ClockRun.objects.filter(stopped_at=None, superseded=False).select_related("case")
    stands = {}
    for run in running:
        colour = run.due_at and clocks.state(run.due_at, now, town.keeper.calendar, town.keeper.tz)
        stands.setdefault((run.kind, colour or "paused"), set()).add(run.case.number)
    for kind, state in (("claim", "red"), ("reply", "red"), ("reply", "yellow"), ("reply", "paused")):
        assert stands[kind, state]
        assert set(numbers(client.get("/cases/", {"clock": kind, "due": state}))) == stands[kind, state]
    assert numbers(client.get("/cases/", {"due": "paused"})) == [paused.number]
    assert numbers(client.get("/cases/", {"clock": "claim"})) != []
    assert paused.number in numbers(client.get("/cases/", {"clock": "reply"}))


def test_of_what_a_unit_sees_few_cases_are_looked_at_for_those_the_office_answered(client, cast) -> None:
    recalled = make.case(status="dispatched", unit="water")
    make.step(recalled, "recall")
    make.step(recalled, "direct_answer")
    make.case(status="handling", unit="water")
    client.force_login(cast.clerk)
    with CaptureQueriesContext(connection) as asked:
        assert numbers(client.get("/cases/", {"mode": "direct"})) == [recalled.number]
    walked = [each["sql"] for each in asked if '"mode" = ' in each["sql"]]
    assert walked
    assert all('"cases_sight"."marked"' in sql for sql in walked)


def test_a_unit_is_asked_for_as_leading_or_as_helping_with_those_below_it(client, cast) -> None:
    led = make.case(status="dispatched", unit="housing-gas", co=["water"])
    helped = make.case(status="dispatched", unit="water", co=["housing"])
    alone = make.case(status="dispatched", unit="maple")
    asked = {"unit": "housing", "part": "lead"}, {"unit": "housing", "part": "co"}, {"part": "co"}
    client.force_login(cast.operator)
    found = [set(numbers(client.get("/cases/", each))) for each in asked]
    assert found == [{led.number}, {helped.number}, {led.number, helped.number}]
    assert alone.number in numbers(client.get("/cases/", {"part": "lead"}))
    client.force_login(cast.clerk)  # of water: what it helps in itself
    assert numbers(client.get("/cases/", {"part": "co"})) == [led.number]


def test_what_many_cases_have_is_asked_of_each_case_of_the_walk(client, cast, monkeypatch) -> None:
    monkeypatch.setattr(case_walk, "FEW", 1)
    helped = [make.case(status="dispatched", unit="water", co=["housing"]).number for _ in range(3)]
    make.case(status="dispatched", unit="water")
    for who in (cast.operator, cast.clerk, cast.other_clerk):
        client.force_login(who)
        assert sorted(numbers(client.get("/cases/", {"unit": "housing", "part": "co"}))) == sorted(helped)


def test_the_latest_closed_come_first_under_any_condition(client, cast) -> None:
    early, late = make.case(received=make.at(3, 9)), make.case(received=make.at(3, 1))
    for case, day in ((early, 10), (late, 11)):
        make.step(case, "terminate", when=make.at(3, day), note="已由法院受理")
    make.case(status="handling")
    client.force_login(cast.operator)
    asked = {"nature": early.nature.code}
    assert numbers(client.get("/cases/", asked | {"sort": "closed"})) == [late.number, early.number]
    assert numbers(client.get("/cases/", asked | {"sort": "closed_up"})) == [early.number, late.number]


def test_a_unit_too_is_shown_what_it_closed_last(client, cast) -> None:
    first, last = (make.case(status="closed", received=make.at(3, day)) for day in (1, 9))
    make.case(status="handling")
    client.force_login(cast.clerk)
    assert numbers(client.get("/cases/?sort=closed")) == [last.number, first.number]
    assert numbers(client.get("/cases/?sort=closed_up")) == [first.number, last.number]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL sees to a small town without an index")
@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("urgency=urgent", "case_marked"),
        ("secret=yes", "case_marked"),
        ("ending=refused", "case_marked"),
        ("merged=into", "case_marked"),
        ("village=东街村", "case_village"),
        ("been=reopen", "event_been"),
        ("handler=李建国", "event_actor"),
    ],
)
def test_what_few_cases_are_or_went_through_is_found_by_an_index_of_them(client, cast, query, index) -> None:
    """Told by the query as it is sent: an index of some rows is found by its condition, not by values."""
    make.case(status="handling")
    client.force_login(cast.dispatcher)
    steps = []

    def explain(execute, sql, params, many, context):
        if sql.startswith("SELECT") and "cases_" in sql:
            plain = context["connection"].connection
            steps.extend(plain.execute(f"EXPLAIN QUERY PLAN {sql.replace('%s', '?')}", params or ()))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        client.get(f"/cases/?{query}")
    assert any(index in step[-1] for step in steps), steps


def test_sorting_by_due_puts_the_most_urgent_first_and_leaves_out_what_has_no_clock(client, cast) -> None:
    later = make.case(status="handling", received=make.at(3, 10))
    sooner = make.case(status="handling", received=make.at(3, 1))
    make.case(status="closed", received=make.at(3, 1))
    client.force_login(cast.operator)
    assert numbers(client.get("/cases/", {"sort": "due"})) == [sooner.number, later.number]


@pytest.mark.parametrize("sort", case_list.SORTS)
def test_the_pages_together_hold_every_case_once_there_and_back(client, cast, sort, monkeypatch) -> None:
    monkeypatch.setattr(case_list, "PAGE", 10)
    for n in range(24):  # many at the same instant, so that the page ends among equals
        make.case(f"第{n}件", status="handling" if n == 0 else "received", received=make.at(3, 1 + n // 12))
    if "closed" in sort:
        Case.objects.update(closed_at=F("received_at"))
    client.force_login(cast.operator)
    url, pages = f"/cases/?sort={sort}", []
    while url:
        answer = client.get(url)
        pages.append(numbers(answer))
        url = answer.context["next"]
    assert [len(page) for page in pages] == [10, 10, 4]
    assert len({number for page in pages for number in page}) == 24
    back = client.get(answer.context["previous"])
    assert numbers(back) == pages[1]
    first = client.get(back.context["previous"])
    assert numbers(first) == pages[0]
    assert first.context["previous"] == ""


def test_a_case_that_comes_in_meanwhile_moves_no_page(client, cast, monkeypatch) -> None:
    monkeypatch.setattr(case_list, "PAGE", 5)
    for n in range(6):
        make.case(received=make.at(3, 1) + timedelta(minutes=n))
    client.force_login(cast.operator)
    following = client.get("/cases/").context["next"]
    last = numbers(client.get(following))
    make.case(received=make.at(3, 14))
    assert numbers(client.get(following)) == last


def test_everybody_is_listed_exactly_what_they_may_open(client, cast) -> None:
    statuses = ("received", "dispatched", "returning", "reviewing", "closed")
    for status, unit in product(statuses, ("water", "housing", "housing-gas")):
        make.case(f"{unit} {status}", status=status, unit=unit, co=["maple"] if unit == "water" else [])
    for person in cast.everybody():
        client.force_login(person)
        visible = permissions.visible_to(person)
        assert set(numbers(client.get("/cases/"))) == set(visible.values_list("number", flat=True))
        still = set(visible.exclude(status="closed").values_list("number", flat=True))
        assert set(numbers(client.get("/cases/?status=open"))) == still
        assert set(permissions.open_to(person).values_list("number", flat=True)) == still


def test_whoever_stands_in_elsewhere_is_listed_the_cases_of_both_units_once(client, cast) -> None:
    today = timezone.localdate()
    Delegation.objects.create(giver=cast.other_clerk, taker=cast.clerk, from_on=today, until_on=today)
    both = make.case("两家都办", status="dispatched", unit="water", co=["housing-gas"])
    own, theirs = make.case(status="dispatched"), make.case(status="dispatched", unit="housing")
    make.case(status="dispatched", unit="stone")
    client.force_login(cast.clerk)
    assert sorted(numbers(client.get("/cases/"))) == sorted(c.number for c in (both, own, theirs))
    assert numbers(client.get("/cases/?unit=housing-gas")) == [both.number]


def test_a_unit_filters_its_own_cases_by_another_unit_that_helps(client, cast) -> None:
    helped = make.case(status="dispatched", unit="water", co=["stone"])
    make.case(status="dispatched", unit="stone")
    make.case(status="dispatched", unit="water")
    client.force_login(cast.clerk)
    assert numbers(client.get("/cases/?unit=stone")) == [helped.number]


def test_the_number_of_cases_is_carried_from_page_to_page(client, cast, monkeypatch) -> None:
    monkeypatch.setattr(case_list, "PAGE", 2)
    for _ in range(5):
        make.case()
    client.force_login(cast.operator)
    first = client.get("/cases/")
    make.case()
    second = client.get(first.context["next"])
    assert (first.context["total"], second.context["total"]) == ("5", "5")
    without = first.context["next"].rpartition("-")[0]
    assert client.get(without).context["total"] == "6"


def test_a_very_large_total_is_not_counted_to_the_end(client, cast, monkeypatch) -> None:
    monkeypatch.setattr(case_list, "CAP", 2)
    monkeypatch.setattr(case_list, "PAGE", 2)
    for _ in range(4):
        make.case()
    client.force_login(cast.operator)
    assert client.get("/cases/").context["total"] == "2 以上"


def test_the_conditions_stand_in_the_address_and_can_be_taken_away_one_by_one(client, cast) -> None:
    make.case()
    client.force_login(cast.operator)
    answer = client.get("/cases/", {"nature": "complaint", "status": "open", "q": "", "channel": ""})
    assert answer["HX-Push-Url"] == "/cases/?nature=complaint&status=open"
    chips = dict(answer.context["chips"])
    assert chips["性质：投诉"] == "/cases/?status=open"


@pytest.mark.parametrize(
    "query", [{"nature": "nonsense"}, {"from": "昨天"}, {"after": "1-x"}, {"sort": "id;--"}]
)
def test_a_condition_that_means_nothing_is_said_and_not_used(client, cast, query) -> None:
    case = make.case()
    client.force_login(cast.operator)
    answer = client.get("/cases/", query)
    assert numbers(answer) == [case.number]
    assert "认不得" in answer.content.decode()


def test_the_empty_list_says_so_and_offers_a_way_out(client, cast) -> None:
    client.force_login(cast.operator)
    page = client.get("/cases/", {"q": "没有"}).content.decode()
    assert "没有符合条件的诉求件" in page
    assert "清除全部条件" in page


def test_the_fragment_is_the_same_part_of_the_whole_page(client, cast) -> None:
    for _ in range(3):
        make.case(status="handling")
    client.force_login(cast.operator)
    query = {"status": "open", "sort": "due"}
    whole = client.get("/cases/", query).content.decode()
    part = client.get("/cases/", query, headers={"HX-Request": "true"}).content.decode()
    assert part.strip().startswith('<section id="rows"')
    assert part.strip() in whole


@pytest.mark.parametrize("who", ["operator", "clerk"])
def test_the_list_asks_the_database_at_most_nine_times(
    client, cast, who, django_assert_max_num_queries
) -> None:
    for _ in range(16):
        make.case(status="dispatched", unit="water", co=["housing"])
    client.force_login(getattr(cast, who))
    with django_assert_max_num_queries(9):
        answer = client.get("/cases/", {"q": "自来水", "unit": "water", "status": "open", "sort": "due"})
    assert len(numbers(answer)) == 16


def test_an_upper_number_is_looked_up_and_not_walked_for(client, cast) -> None:
    make.case()
    client.force_login(cast.operator)
    with CaptureQueriesContext(connection) as asked:
        client.get("/cases/?upper=SZ0007")
    (sql,) = [one["sql"] for one in asked if "SZ0007" in one["sql"]]
    assert "ORDER BY" not in sql
    assert connection.vendor != "sqlite" or "upper_number" in plans.plan(sql)[0]


def test_what_was_typed_is_never_markup_in_a_cell_and_an_empty_cell_has_a_dash(client, cast) -> None:
    made = make.case()
    Case.objects.filter(pk=made.pk).update(village="<b>东街</b>", nature=None)
    client.force_login(cast.operator)
    page = client.get("/cases/?cols=village,nature,received").content.decode()
    assert '<td data-label="村（社区）">&lt;b&gt;东街&lt;/b&gt;</td>' in page
    assert '<td data-label="性质"><span class="faint">—</span></td>' in page
    received = (
        r'<td data-label="受理时间" class="when"><time datetime="2022-[^"]+">2022-[\d-]+ \d\d:\d\d</time>'
    )
    assert re.search(received, page)


def test_a_clock_says_in_words_how_it_stands(town) -> None:
    keeper, due_at = town.keeper, clocks.end_of_day(make.at(3, 18).date(), town.keeper.tz)  # a Friday

    def said(day: int, hour: int = 9) -> tuple[str, str]:
        standing = due.standing(due_at, make.at(3, day, hour), keeper)
        return standing.words, standing.colour

    assert said(14) == ("还剩4个工作日", "calm")
    assert said(17) == ("还剩1个工作日", "soon")
    assert said(18) == ("今天到期", "today")
    assert said(19) == ("已逾期1天", "late")  # the weekend: no working day has passed yet
    assert said(21) == ("已逾期1个工作日", "late")
    assert due.standing(due_at, make.at(3, 18), keeper).until == "2022-03-18"
    assert due.standing(None, make.at(3, 18), keeper).words == "暂停计时"
    minutes = {"unit": LimitUnit.MINUTES}
    assert due.standing(make.at(3, 18), make.at(3, 18), keeper, **minutes).words == "已逾期不到1分钟"
    assert due.standing(make.at(3, 18), make.at(3, 18, 9, 1), keeper, **minutes).words == "已逾期1分钟"
    assert due.standing(due_at, make.at(6, 1, year=2026), keeper).words == "已逾期1536天"


def test_where_the_calendar_does_not_reach_dates_still_tell_how_a_clock_stands(town) -> None:
    keeper = town.keeper  # it knows 2022 only
    due_at = clocks.end_of_day(make.at(1, 10, year=2023).date(), keeper.tz)
    assert due.standing(due_at, make.at(12, 30), keeper).words == "还剩11天"
    assert due.standing(due_at, make.at(1, 12, year=2023), keeper).words == "已逾期2天"
