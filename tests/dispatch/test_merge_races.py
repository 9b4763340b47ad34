"""Merging a case while others are at it: refused with a reason, or right; never half done."""

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from huiying.cases import lifecycle
from huiying.cases.models import Case
from huiying.common.errors import Refused
from huiying.dispatch import merging
from huiying.ops import doctor
from tests import make
from tests.cast import Cast, people

Act = Callable[[], object]
Race = Callable[[Cast, Case, Case, Case], list[Act]]
NOW = make.at(3, 16)


def merged(cast: Cast, case: Case, into: Case) -> Act:
    """A merge by somebody who has the page of `case` open; the other is named by its number."""
    seen = Case.objects.get(pk=case.pk)
    return lambda: merging.merge_into(seen, into=into.number, by=cast.dispatcher, at=make.at(3, 15, 10))


def moved(by: str, case: Case, name: str, on: int = 0, **data: object) -> Callable[[Cast], Act]:
    """Another move by somebody who has the page of `case` open."""

    def of(cast: Cast) -> Act:
        seen, who = Case.objects.get(pk=case.pk), getattr(cast, by)
        return lambda: lifecycle.advance(seen, name, by=who, at=make.at(3, 15, 10), on=on, **data)

    return of


UNITS = [{"unit": "water", "role": "lead"}]
RACES: dict[str, tuple[str, Race]] = {
    "it is dispatched": (
        "received",
        lambda cast, a, b, c: [
            merged(cast, a, b),
            moved("dispatcher", a, "dispatch", units=UNITS)(cast),
            moved("dispatcher", b, "dispatch", units=UNITS)(cast),
        ],
    ),
    "it is claimed": (
        "dispatched",
        lambda cast, a, b, c: [
            merged(cast, a, b),
            moved("clerk", a, "claim", 1)(cast),
            moved("clerk", b, "claim", 1)(cast),
        ],
    ),
    "it is answered": (
        "handling",
        lambda cast, a, b, c: [
            merged(cast, a, b),
            moved("head", a, "answer", 1)(cast),
            moved("head", b, "answer", 1)(cast),
        ],
    ),
    "the other is merged into it": (
        "received",
        lambda cast, a, b, c: [merged(cast, a, b), merged(cast, b, a)],
    ),
    "the other is merged into a third": (
        "received",
        lambda cast, a, b, c: [merged(cast, a, b), merged(cast, b, c)],
    ),
    "it is merged into a third": (
        "received",
        lambda cast, a, b, c: [merged(cast, a, b), merged(cast, a, c)],
    ),
    "a third is merged into the same": (
        "received",
        lambda cast, a, b, c: [merged(cast, a, b), merged(cast, c, b)],
    ),
    "the other is closed": (
        "received",
        lambda cast, a, b, c: [merged(cast, a, b), moved("operator", b, "withdraw", note="自行解决")(cast)],
    ),
    "it was merged and is taken apart twice": (
        "received",
        lambda cast, a, b, c: [taken_apart(cast, a, b), taken_apart(cast, a, b)],
    ),
}
"""What else happens while one case is merged into another, and how the cases stand before."""
ONE = {"the other is merged into it", "it is merged into a third", "it was merged and is taken apart twice"}
"""Races that only one wins."""


def taken_apart(cast: Cast, case: Case, into: Case) -> Act:
    if not Case.objects.get(pk=case.pk).merged_into:
        merged(cast, case, into)()
    return moved("dispatcher", case, "unmerge", note="不是一回事")(cast)


def told(act: Act) -> str:
    """Why the act was refused, "" where it was not."""
    try:
        act()
    except Refused as refused:
        return str(refused)
    return ""


def is_whole(cases: list[Case]) -> None:
    """Each merge stands in both logs, and what is merged is closed."""
    log = [(case.number, entry) for case in cases for entry in lifecycle.log_of(case)]
    given = [(number, entry.data["into"]) for number, entry in log if entry.kind == "merge"]
    taken = [(entry.data["other"], number) for number, entry in log if entry.kind == "absorb"]
    assert sorted(given) == sorted(taken)
    for case in Case.objects.filter(pk__in=[case.pk for case in cases]):
        assert (case.merged_into is not None) == (case.ending == "merged")
        assert case.merged_into != case
        assert not (case.merged_into and case.merged_into.merged_into == case)


def three(status: str) -> list[Case]:
    return [make.case(f"第{n}处水压低", status=status, received=make.at(3, 14)) for n in range(3)]


@pytest.mark.django_db
@pytest.mark.parametrize("race", RACES)
def test_whoever_is_second_is_refused_with_a_reason_or_right(race, cast, town) -> None:
    status, acts_of = RACES[race]
    for turn in (1, -1):
        for begins in range(len(acts_of(cast, *three(status)))):
            cases = three(status)[::turn]
            acts = acts_of(cast, *cases)
            reasons = [told(act) for act in acts[begins:] + acts[:begins]]
            assert not reasons[0]
            assert all(re.search(r"[\u4e00-\u9fff]{4}", why) for why in reasons if why)
            assert reasons.count("") == 1 or race not in ONE
            is_whole(cases)
    assert doctor.examine(town, now=NOW).findings == []


@pytest.mark.django_db(transaction=True)
def test_at_the_same_moment_it_is_the_same() -> None:
    place, cast = make.town(), people()
    for status, acts_of in RACES.values():
        cases = three(status)
        acts = acts_of(cast, *cases)
        start = threading.Barrier(len(acts))

        def run(act: Act, start: threading.Barrier = start) -> str:
            start.wait()
            try:
                return told(act)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(len(acts)) as crowd:
            reasons = list(crowd.map(run, acts))
        assert "" in reasons
        is_whole(cases)
    assert doctor.examine(place, now=NOW).findings == []
