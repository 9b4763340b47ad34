"""Every measure, counted by hand in one invented month (`told.a_month`)."""

from __future__ import annotations

from fractions import Fraction

import pytest

from huiying.cases.place import Place
from huiying.statistics.engine import Engine
from huiying.statistics.measures import CARRIED, CUT_OFFS, DIMENSIONS, MEASURES
from huiying.statistics.periods import parse
from tests.make import town
from tests.statistics.told import MARCH, a_month, counted, keep

pytestmark = pytest.mark.django_db

EXPECTED = {  # numerator, denominator: None for a count; the letters are the cases of the month
    "received": (14, None),  # A–L, N, O: M is no case, P–S came in February, T in April
    "issues_received": (15, None),  # A holds two
    "persons": (2, None),  # A and B are of one person, C of another, the rest of nobody named
    "daily_average": (14, 31),
    "share": (14, 14),
    "direct": (2, None),  # A B
    "dispatched": (10, None),  # C D E F G H I K L O
    "direct_rate": (2, 14),
    "claimed": (8, None),  # not K, not L
    "fed_back": (5, None),  # C D G H I: O was reopened
    "in_progress": (3, None),  # E F O
    "closed": (9, None),  # A C D H I J K L N
    "closed_dispatched": (6, None),  # C D H I K L
    "closing_rate_received": (9, 14),
    "closing_rate_dispatched": (6, 10),
    "closing_rate_fed_back": (4, 5),  # G is answered but not closed
    "closing_rate_due": (5, 7),  # due: C D E G H I L; closed: not E, not G
    "closing_rate_in_time": (4, 7),  # D was late
    "closing_rate_not_late": (7, 10),  # late D, late and open E G
    "closing_rate_flow": (10, 16),  # P closed in March; P and Q were carried in
    "reply_rate": (5, 10),
    "on_time_reply": (4, None),  # C G H I
    "on_time_reply_rate": (4, 6),  # and D late, E overdue
    "late_reply": (2, None),  # D E
    "late_replied": (1, None),  # D
    "overdue_open": (1, None),  # E
    "on_time_claim_rate": (7, 8),  # C E F G H I O; L was merged before its claim was due
    "late_claim": (1, None),  # D
    "returned": (1, None),  # H: G's new unit asked for nothing
    "return_requests": (2, None),  # G's first unit, H's
    "returns_agreed": (1, None),  # G's first unit
    "sent_back": (1, None),  # H
    "redo_rate": (1, 5),
    "extended": (1, None),  # I
    "reopened": (1, None),  # O
    "co_tasks": (1, None),  # C's housing bureau
    "handling_workdays": (36, 6),  # C 7, D 13, H 3, I 13, K 0, L 0
    "handling_days": (46, 6),  # C 9, D 17, H 3, I 17, K 0, L 0
    "called_back": (2, None),  # C D
    "response_rate": (1, 8),  # C in time; D G H I O by their answers, late; E F never
    "solved_rate": (1, 2),
    "satisfied": (1, None),
    "satisfaction_rate": (1, 2),
    "dissatisfied": (1, None),  # D
    "dissatisfaction_rate": (1, 2),
    "dissatisfied_standing": (0, None),  # D's mark was struck
    "struck_marks": (1, None),  # D: the unit's appeal was upheld
    "solved_rate_standing": (1, 1),  # C
    "satisfaction_rate_standing": (1, 1),
    "carried_in": (2, None),  # P Q: R had been closed and was reopened later
    "carried_out": (7, None),  # B E F G O, and Q R of February
    "terminated": (1, None),  # N
    "refused": (1, None),  # J
    "withdrawn": (1, None),  # K
    "merged": (1, None),  # L, which counts as received all the same
    "invalid_calls": (1, None),  # M
}
CLOSING_RATES = [name for name in MEASURES if name.startswith("closing_rate_")]


@pytest.fixture
def place() -> Place:
    return town()


@pytest.fixture
def march(place: Place) -> Engine:
    keep(*a_month(place))
    return counted(place)


def test_every_measure_is_what_a_hand_counts(march: Engine) -> None:
    found = march.table(list(EXPECTED), MARCH)[None]
    plain = {n: (a.numerator, a.denominator) for n, a in found.items()}
    assert plain == {n: (Fraction(a), None if b is None else Fraction(b)) for n, (a, b) in EXPECTED.items()}


def test_no_measure_is_left_uncounted() -> None:
    assert set(EXPECTED) == set(MEASURES)


def test_the_seven_definitions_give_seven_answers(march: Engine) -> None:
    answers = march.table(CLOSING_RATES, MARCH)[None]
    assert len(CLOSING_RATES) == 7
    assert len({answer.value for answer in answers.values()}) == 7


def test_every_figure_knows_as_many_cases_as_it_counts(march: Engine) -> None:
    per_case = [name for name in EXPECTED if name not in {"issues_received", "persons"}]
    per_case = [name for name in per_case if not name.startswith("handling_")]
    for name in per_case:
        numerator, denominator = EXPECTED[name]
        assert len(march.cases(name, MARCH)) == numerator, name
        if denominator and name != "daily_average":
            assert len(march.cases(name, MARCH, part="denominator")) == denominator, name


def test_the_cases_behind_a_figure_are_the_right_ones(march: Engine) -> None:
    assert march.cases("closing_rate_due", MARCH, part="denominator") == list("CDEGHIL")
    assert march.cases("carried_out", MARCH) == list("BEFGOQR")
    assert march.cases("issues_received", MARCH) == list("ABCDEFGHIJKLNO")


def test_a_month_without_cases_divides_by_nothing_and_says_so(place: Place) -> None:
    empty = counted(place).table(list(MEASURES), MARCH)[None]
    for name, measure in MEASURES.items():
        has_days = name == "daily_average"
        assert empty[name].numerator == 0
        assert empty[name].value == (None if measure.denominator and not has_days else 0)
        assert empty[name].shown(measure) == ("—" if measure.denominator and not has_days else "0")


def test_what_is_open_at_the_end_of_march_is_what_april_begins_with(place: Place) -> None:
    keep(*a_month(place))
    april = parse("2022-04")
    out = counted(place).cases("carried_out", MARCH)
    assert counted(place, april).cases("carried_in", april) == out


def test_each_row_of_the_table_is_fit_to_print() -> None:
    for measure in MEASURES.values():
        assert measure.over
        assert bool(measure.under) == bool(measure.denominator), measure.name
        assert measure.population in CARRIED
        assert measure.cut_off in CUT_OFFS
        assert measure.returned
        assert measure.zero
    assert len({m.title for m in MEASURES.values()}) == len(MEASURES)
    assert len(set(DIMENSIONS.values())) == len(DIMENSIONS)


def test_the_seven_definitions_name_where_they_are_met() -> None:
    numbers = [MEASURES[name].source.partition("：")[0] for name in CLOSING_RATES]
    assert numbers == [f"常见定义{number}" for number in "一二三四五六七"]
