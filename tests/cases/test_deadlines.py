"""Which clocks a move starts, moves and stops, told on cases of the town. 2022-03-01 is a Tuesday."""

from dataclasses import replace
from datetime import date

from huiying.cases.deadlines import CLOCK_TITLES, WHY_TITLES, Keeper, next_due, task_due
from huiying.cases.workdays import Calendar, DayKind, SeedDay, seed_days
from tests.cases.story import KEEPER, OTHERS, UNITS, WITH_CO, Story, answered, at, claimed, dispatched, rule

LAW = rule("law", "reply", ["report"], 60, "calendar_days", "received", statutory=True)
AT_LAW = replace(KEEPER, rules=(*KEEPER.rules, LAW))


def holiday(*days: date) -> Keeper:
    """The town's rules with a calendar on which these days are free."""
    seeded = [day for day in seed_days([2022]) if day.date not in days]
    return replace(
        KEEPER, calendar=Calendar.of([*seeded, *(SeedDay(d, DayKind.HOLIDAY, "停电") for d in days)])
    )


def test_a_case_waits_for_dispatch_then_its_unit_has_clocks_of_its_own() -> None:
    story = Story()
    assert story.running() == {("dispatch", 0)}
    assert story.due("dispatch", 0) == "03-03 00:00"
    story.do("dispatch", when=at(3, 4, 10), units=WITH_CO)
    assert story.running() == {(kind, on) for kind in ("claim", "first_contact", "reply") for on in (1, 2)}
    assert story.due("claim") == "03-08 00:00"  # from the dispatch on a Friday
    assert story.due("first_contact") == "03-05 10:00"
    assert story.due("reply") == "03-16 00:00"  # ten working days from receipt


def test_an_inquiry_is_due_sooner() -> None:
    assert dispatched(nature="inquiry").due("reply") == "03-05 00:00"


def test_claiming_contacting_and_answering_stop_their_clocks() -> None:
    story = claimed()
    assert story.running() == {("first_contact", 1), ("reply", 1)}
    assert story.do("contact", 1).running() == {("reply", 1)}
    assert story.do("answer", 1).running() == set()
    stopped = story.state.latest("reply", 1)
    assert stopped is not None
    assert stopped.stopped_at == at(3, 1, 13)


def test_the_citizen_is_called_back_within_its_time_and_only_once() -> None:
    story = answered().do("close")
    assert story.running() == {("callback", 0)}
    assert story.do("call_back", outcome="missed").running() == {("callback", 0)}
    assert story.do("call_back", outcome="reached", solved=True).running() == set()
    early = answered().do("call_back", outcome="reached").do("close")
    assert early.running() == set()
    missed = answered().do("call_back", outcome="missed").do("close")
    assert missed.running() == {("callback", 0)}


def test_a_redo_stays_inside_the_original_limit() -> None:
    story = claimed().do("answer", 1, at(3, 10)).do("send_back", 1, at(3, 14))
    assert story.due("reply") == "03-16 00:00"
    assert story.running() == {("reply", 1)}


def test_a_redo_after_an_extension_stays_inside_the_extended_limit_and_a_reckoning_leaves_it() -> None:
    story = claimed().do("ask_extension", 1).do("grant_extension", 1, until="2022-03-25")
    story.do("answer", 1, at(3, 20)).do("send_back", 1, at(3, 21))
    assert story.due("reply") == "03-26 00:00"
    assert KEEPER.expected(story.state) == []


def test_a_granted_extension_moves_the_due_instant_to_the_end_of_its_day() -> None:
    story = claimed().do("ask_extension", 1, at(3, 2), proposed="2022-03-25")
    assert story.due("rule_extension") == "03-05 00:00"
    story.do("grant_extension", 1, until="2022-03-23")
    assert story.due("reply") == "03-24 00:00"
    assert story.state.tasks[1].extended == 1
    assert ("rule_extension", 1) not in story.running()


def test_a_refused_extension_moves_nothing() -> None:
    story = claimed().do("ask_extension", 1, at(3, 2)).do("refuse_extension", 1)
    assert story.due("reply") == "03-16 00:00"
    assert story.state.rulings[0].decision == "refused"
    assert story.running() == {("reply", 1), ("first_contact", 1)}


def test_an_extension_is_measured_against_the_present_due_instant() -> None:
    story = claimed()
    assert KEEPER.extends(story.state, 1, "2022-03-16")
    assert not KEEPER.extends(story.state, 1, "2022-03-15")


def test_a_pause_moves_the_due_instant_by_the_working_days_waited() -> None:
    story = claimed().do("pause", 1, at(3, 3), reason="appraisal")
    assert story.due("reply") == ""
    assert next_due(story.state) is None
    story.do("resume", 1, at(3, 8))
    assert story.due("reply") == "03-19 00:00"  # 4, 7 and 8 March were waited


def test_two_pauses_add_up_and_an_extension_between_them_counts() -> None:
    story = claimed().do("pause", 1, at(3, 3), reason="appraisal").do("resume", 1, at(3, 4))
    assert story.due("reply") == "03-17 00:00"
    story.do("ask_extension", 1, at(3, 7)).do("grant_extension", 1, at(3, 7, 10), until="2022-03-30")
    story.do("pause", 1, at(3, 8), reason="hearing").do("resume", 1, at(3, 10))
    assert story.due("reply") == "04-02 00:00"
    assert KEEPER.expected(story.state) == []


def test_an_answer_ends_the_pause_and_tells_whether_it_was_in_time() -> None:
    story = claimed().do("pause", 1, at(3, 3), reason="appraisal").do("answer", 1, at(3, 8))
    assert story.due("reply") == "03-19 00:00"
    assert story.running() == set()
    assert not story.state.tasks[1].paused
    story.do("send_back", 1, at(3, 9))
    assert story.due("reply") == "03-19 00:00"


def test_a_longer_law_prevails_and_then_an_interim_answer_is_due() -> None:
    story = claimed(keeper=AT_LAW, nature="report")
    assert story.due("interim") == "03-16 00:00"
    assert story.due("reply") == "05-01 00:00"
    reply = story.state.latest("reply", 1)
    assert reply is not None
    assert reply.rule == "law"
    assert ("interim", 1) not in story.do("interim", 1).running()
    assert ("reply", 1) in story.running()


def test_a_shorter_law_changes_nothing_and_a_law_alone_holds() -> None:
    short = replace(KEEPER, rules=(*KEEPER.rules, replace(LAW, limit=replace(LAW.limit, amount=2))))
    assert claimed(keeper=short, nature="report").due("interim") == "none"
    alone = replace(KEEPER, rules=(LAW,))
    story = Story(keeper=alone, nature="report").do("dispatch", units=UNITS)
    assert story.due("reply") == "05-01 00:00"
    assert story.running() == {("reply", 1)}


def test_a_case_reclassified_follows_the_other_rule_from_the_same_start() -> None:
    story = claimed(keeper=AT_LAW).do("reclassify", when=at(3, 3), nature="inquiry")
    assert story.due("reply") == "03-05 00:00"
    story.do("reclassify", when=at(3, 4), nature="report")
    assert (story.due("reply"), story.due("interim")) == ("05-01 00:00", "03-16 00:00")
    story.do("reclassify", when=at(3, 4, 10), nature="complaint")
    assert story.due("reply") == "03-16 00:00"
    assert ("interim", 1) not in story.running()
    assert AT_LAW.expected(story.state) == []


def test_a_case_reclassified_while_paused_resumes_by_the_other_rule() -> None:
    story = (
        claimed().do("pause", 1, at(3, 3), reason="hearing").do("reclassify", when=at(3, 4), nature="inquiry")
    )
    assert story.due("reply") == ""
    story.do("resume", 1, at(3, 7))
    assert story.due("reply") == "03-09 00:00"


def test_while_a_return_is_asked_the_unit_need_not_claim() -> None:
    story = dispatched().do("ask_return", 1, at(3, 2), reason="not_ours")
    assert story.due("claim") == ""
    assert story.due("rule_return") == "03-04 00:00"
    story.do("refuse_return", 1, at(3, 4))
    assert story.due("claim") == "03-05 00:00"  # a Thursday and a Friday were waited
    assert ("rule_return", 1) not in story.running()


def test_a_unit_that_takes_its_request_back_gains_no_time() -> None:
    story = dispatched().do("ask_return", 1, at(3, 2), reason="not_ours").do("drop_return", 1, at(3, 4))
    assert story.due("claim") == "03-03 00:00"
    assert story.running() == {("claim", 1), ("first_contact", 1), ("reply", 1)}
    answering = dispatched().do("ask_return", 1, at(3, 2), reason="not_ours").do("answer", 1, at(3, 4))
    assert answering.due("claim") == "03-03 00:00"
    assert answering.running() == set()


def test_the_right_to_ask_a_return_has_its_clock_but_for_a_designated_unit() -> None:
    keeper = replace(
        KEEPER, rules=(*KEEPER.rules, rule("ask", "ask_return", [], 2, "working_days", "assigned"))
    )
    story = dispatched(keeper=keeper)
    assert ("ask_return", 1) in story.running()
    assert ("ask_return", 1) not in story.do("ask_return", 1, reason="not_ours").running()
    forced = Story(keeper=keeper).do("dispatch", units=[UNITS[0] | {"designated": True}])
    assert ("ask_return", 1) not in forced.running()


def test_whenever_a_case_waits_for_dispatch_again_the_office_has_a_clock_for_it() -> None:
    asked = dispatched().do("ask_return", 1, reason="not_ours")
    again = {
        "agree_return": asked.do("agree_return", 1, at(3, 4)),
        "cancel": claimed().do("cancel", 1, at(3, 4)),
        "recall": dispatched().do("recall", when=at(3, 4)),
        "reopen": answered().do("close", when=at(3, 3)).do("reopen", when=at(3, 4)),
    }
    for name, story in again.items():
        assert story.running() == {("dispatch", 0)}, name
        assert story.due("dispatch", 0) == "03-08 00:00", name


def test_a_co_unit_that_leaves_a_waiting_case_does_not_set_the_dispatch_clock_anew() -> None:
    story = claimed(WITH_CO).do("cancel", 1, at(3, 4)).do("cancel", 2, at(3, 8))
    assert story.due("dispatch", 0) == "03-08 00:00"
    direct = claimed(WITH_CO).do("cancel", 1, at(3, 4)).do("direct_answer").do("cancel", 2)
    assert direct.running() == set()


def test_a_redirected_case_has_the_new_units_clocks_only() -> None:
    story = dispatched().do("ask_return", 1, at(3, 2), reason="not_ours")
    story.do("redirect_return", 1, at(3, 3), units=OTHERS)
    assert story.running() == {("claim", 2), ("first_contact", 2), ("reply", 2)}
    assert story.due("claim", 2) == "03-05 00:00"
    assert story.due("reply", 2) == "03-16 00:00"  # the citizen waits since the first of March


def test_a_merge_holds_the_clocks_and_its_undoing_lets_them_run_to_their_old_ends() -> None:
    for story in (Story(), dispatched(units=WITH_CO), claimed().do("ask_extension", 1)):
        before = {(c.kind, c.on): c.due_at for c in story.state.clocks if c.stopped_at is None}
        assert story.do("merge", into="R2022030009").running() == set()
        story.do("unmerge")
        assert {key: story.state.latest(*key).due_at for key in story.running()} == before  # type: ignore[union-attr]


def test_a_pause_outlasts_a_merge() -> None:
    story = claimed().do("pause", 1, at(3, 3), reason="hearing")
    story.do("merge", when=at(3, 4), into="R2022030009").do("unmerge", when=at(3, 7))
    assert story.due("reply") == ""
    story.do("resume", 1, at(3, 8))
    assert story.due("reply") == "03-19 00:00"


def test_a_new_holiday_moves_running_clocks_through_pauses_and_leaves_extensions() -> None:
    new = holiday(date(2022, 3, 9))
    plain, paused = claimed(), claimed().do("pause", 1, at(3, 3), reason="hearing").do("resume", 1, at(3, 8))
    extended = claimed().do("ask_extension", 1).do("grant_extension", 1, until="2022-03-25")
    for story, due in ((plain, "03-17 00:00"), (paused, "03-22 00:00"), (extended, "03-26 00:00")):
        story.keeper = new
        expected = {clock.kind for clock, _ in new.expected(story.state)}
        story.do("reckon")
        assert story.due("reply") == due
        assert ("reply" in expected) == (story is not extended)
        assert new.expected(story.state) == []


def test_a_new_version_of_a_rule_holds_for_clocks_begun_since() -> None:
    later = replace(KEEPER.rules[4], version=2, valid_from=date(2022, 3, 5))
    assert later.code == "reply"
    keeper = replace(KEEPER, rules=(*KEEPER.rules, replace(later, limit=replace(later.limit, amount=5))))
    assert claimed(keeper=keeper).due("reply") == "03-16 00:00"
    assert keeper.expected(claimed(keeper=keeper).state) == []
    story = Story(at(3, 7), keeper=keeper).do("dispatch", units=UNITS)
    assert story.due("reply") == "03-15 00:00"


def test_the_more_specific_rule_prevails() -> None:
    urgent = replace(rule("fast", "reply", [], 1, "working_days", "received"), urgencies=("urgent",))
    keeper = replace(KEEPER, rules=(*KEEPER.rules, urgent))
    assert dispatched(keeper=keeper, urgency="urgent").due("reply") == "03-03 00:00"
    assert dispatched(keeper=keeper).due("reply") == "03-16 00:00"


def test_the_case_shows_the_next_due_instant_of_itself_or_its_lead() -> None:
    story = dispatched(units=WITH_CO)
    assert next_due(story.state) == at(3, 3, 0)
    story.do("claim", 1)
    assert next_due(story.state) == at(3, 16, 0)
    assert task_due(story.state, story.state.tasks[2], "claim") == at(3, 3, 0)
    assert task_due(story.state, story.state.tasks[2], "interim") is None


def test_every_clock_and_every_reason_for_a_run_has_its_title() -> None:
    assert {rule.kind for rule in KEEPER.rules} <= set(CLOCK_TITLES)
    story = claimed().do("pause", 1, reason="hearing").do("merge", into="X").do("unmerge").do("resume", 1)
    story.do("answer", 1).do("send_back", 1)
    assert {clock.why for clock in story.state.clocks} <= set(WHY_TITLES)
