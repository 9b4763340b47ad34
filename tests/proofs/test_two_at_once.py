"""Several processes do the same at the same moment: one is served, the others are told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.exchange.ledgers import DIRECT, DISPATCHED, ledger
from tests.proof import times
from tests.proofs.towns import Doing, Town, Towns

pytestmark = pytest.mark.proof
ROUNDS = times(1)
AT_ONCE = 3


@pytest.fixture(scope="module")
def town(towns: Towns) -> Iterator[Town]:
    """One town for all of this: every story has cases of its own, and the doctor comes at the end."""
    with towns.copy() as copied:
        yield copied
        copied.doctor()


@pytest.fixture(scope="module")
def crew(town: Town) -> Iterator[list[Doing]]:
    with town.people(AT_ONCE) as people:
        yield people


def at_once(crew: list[Doing], *wishes: list[Any]) -> tuple[list[Any], list[str]]:
    """All look, then all act: what those who were served got, and what the others were told."""
    asked = [each.prepare(*wish) for each, wish in zip(crew, wishes, strict=True)]
    acting = [each.go() for each in [each.ready() for each in asked]]
    told = [each.told() for each in acting]
    refused = [answer for answer in told if isinstance(answer, dict) and "refused" in answer]
    assert all(one["why"] for one in refused)
    return [answer for answer in told if answer not in refused], [one["refused"] for one in refused]


def test_of_several_clerks_who_claim_one_case_one_gets_it(crew: list[Doing]) -> None:
    for number in crew[0].do("cases", ROUNDS, "dispatched"):
        served, refused = at_once(crew, *[["move", "wangju", number, "claim", 1]] * AT_ONCE)
        assert (served, refused) == ([3], ["Stale", "Stale"])


def test_of_several_dispatchers_one_sends_the_case_out(crew: list[Doing]) -> None:
    for number in crew[0].do("cases", ROUNDS):
        wishes = [
            ["move", "laoli", number, "dispatch", 0, {"units": [{"unit": unit, "role": "lead"}]}]
            for unit in ("water", "housing", "market")
        ]
        assert at_once(crew, *wishes) == ([2], ["Stale", "Stale"])


def test_of_several_different_moves_on_one_case_one_is_made(crew: list[Doing]) -> None:
    for number in crew[0].do("cases", ROUNDS, "dispatched"):
        wishes: list[list[Any]] = [
            ["move", "wangju", number, "claim", 1],
            ["move", "wangju", number, "ask_return", 1, {"reason": "not_ours"}],
            ["move", "laoli", number, "recall", 0, {"note": "派错了单位"}],
        ]
        assert at_once(crew, *wishes) == ([3], ["Stale", "Stale"])


def test_two_cases_are_not_merged_into_each_other(crew: list[Doing]) -> None:
    for _ in range(ROUNDS):
        one, other = crew[0].do("cases", 2)
        served, refused = at_once(crew[:2], ["merge", "laoli", one, other], ["merge", "laoli", other, one])
        assert len(served) == 1
        assert set(refused) <= {"Stale", "NotAllowed"}


def test_a_merge_and_another_move_on_either_case_are_never_half_done(crew: list[Doing]) -> None:
    for _ in range(ROUNDS):
        one, other = crew[0].do("cases", 2, "dispatched")
        wishes: list[list[Any]] = [
            ["merge", "laoli", one, other],
            ["move", "wangju", one, "claim", 1],
            ["move", "wangju", other, "claim", 1],
        ]
        served, refused = at_once(crew, *wishes)
        assert (served, refused) in [(["merged"], ["Stale", "Stale"]), ([3, 3], ["Stale"])]


def test_a_ring_of_merges_never_closes(crew: list[Doing]) -> None:
    for _ in range(ROUNDS):
        a, b, c = crew[0].do("cases", 3)
        wishes = [["merge", "laoli", one, other] for one, other in ((a, b), (b, c), (c, a))]
        served, refused = at_once(crew, *wishes)
        assert 1 <= len(served) <= 2
        assert set(refused) <= {"Stale", "NotAllowed"}


def test_cases_registered_at_once_get_numbers_of_their_own(crew: list[Doing]) -> None:
    given: list[str] = []
    for _ in range(ROUNDS):
        served, refused = at_once(crew, *[["register"]] * AT_ONCE)
        assert refused == []
        given += served
    assert len(set(given)) == len(given) == ROUNDS * AT_ONCE


def test_a_file_taken_in_by_several_at_once_is_taken_in_once(crew: list[Doing], tmp_path: Path) -> None:
    for n in range(ROUNDS):
        lines = [line | {"编号": f"T{n}-{i}"} for i in range(20) for line in [(DIRECT, DISPATCHED)[i % 2]]]
        path = str(ledger(tmp_path / f"{n}.csv", *lines))
        served, refused = at_once(crew, *[["take_in", path]] * AT_ONCE)
        assert sum(done["added"] for done in served) == 20
        assert all(done["added"] + done["unchanged"] == 20 for done in served)
        assert set(refused) <= {"Refused"}
        assert crew[0].do("take_in", path) == {"added": 0, "unchanged": 20, "rejected": 0}


def test_of_several_drafts_of_one_month_one_is_published_and_each_draft_once(crew: list[Doing]) -> None:
    drafts = [crew[0].do("draft") for _ in crew]
    served, refused = at_once(crew, *[["publish", pk] for pk in drafts])
    assert (served, refused) == ([1], ["Refused", "Refused"])
    for _ in range(ROUNDS):
        drafts.append(crew[0].do("draft"))
        served, refused = at_once(crew, *[["publish", drafts[-1], "漏列一行"]] * AT_ONCE)
        assert (served, refused) == ([1], ["Refused", "Refused"])
    (first, *corrections) = crew[0].do("published")
    assert first[0] in drafts[:AT_ONCE]
    assert [pk for pk, _, _ in corrections] == drafts[AT_ONCE:]
    assert all((files, damaged) == (10, []) for _, files, damaged in [first, *corrections])
