"""Who sees which case, and who may make which move."""

from datetime import date

import pytest
from django.utils import timezone

from huiying.accounts.models import OFFICE_ROLES, Delegation, Holding, Role, User
from huiying.cases import permissions
from huiying.cases.models import Case
from huiying.cases.moves import MOVES
from tests import make
from tests.cast import people

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    make.town()
    return people()


def test_what_one_may_open_is_what_one_finds_in_every_role_unit_and_status(cast) -> None:
    """The question and its twin query agree for every role, with and without a unit, at every stage."""
    for status in make.STEPS:
        make.case(status=status, unit="water", co=["housing"])
        make.case(status=status, unit="housing-gas")
        make.case(status=status, unit="stone", nature="tip", secret=True)
    for role in Role:
        for unit in (None, "water", "housing", "housing-gas", "maple"):
            make.person(f"{role}-{unit}", "某人", role, unit=unit)
    make.person("left", "离任", "dispatcher", "clerk", unit="water", active=False)
    make.person("both", "兼任", "clerk", "auditor", unit="stone")
    lent("clerk-maple", "head-water", "clerk-housing-gas")  # two absent colleagues at once
    lent("auditor-None", "dispatcher-None")
    lent("leader-None", "clerk-water")
    lent("clerk-None", "admin-None", "left")  # rights are not lent, and who has left lends nothing
    lent("reviewer-None", "operator-water", until_on=date(2000, 1, 1))
    cases = list(Case.objects.all())
    seen = {}
    for user in User.objects.select_related("unit"):
        found = set(permissions.visible_to(user))
        assert found == {case for case in cases if permissions.can_view(user, case)}, user
        seen[user.username] = len(found)
    assert seen["dispatcher-None"] == len(cases)
    assert 0 < seen["clerk-water"] < len(cases)
    assert seen["clerk-housing"] > seen["clerk-housing-gas"] > 0  # the bureau sees its section's cases
    assert {seen["clerk-None"], seen["head-maple"], seen["auditor-water"], seen["left"], seen["luren"]} == {0}
    assert seen["clerk-maple"] > max(seen["head-water"], seen["clerk-housing-gas"])
    assert seen["auditor-None"] == len(cases)


def lent(taker: str, *givers: str, until_on: date | None = None) -> None:
    """Somebody stands in for others, today or until long ago."""
    people = {user.username: user for user in User.objects.filter(username__in=[taker, *givers])}
    until = until_on or timezone.localdate()
    for giver in givers:
        Delegation.objects.create(
            giver=people[giver], taker=people[taker], from_on=until, until_on=until, reason="外出"
        )


def test_whoever_stands_in_makes_the_absent_ones_moves_and_the_record_says_for_whom(cast) -> None:
    case = make.case(status="dispatched", unit="water")
    claim, unit = MOVES["claim"], case.assignments.get().unit
    assert "您不在该单位" in permissions.why_not(cast.other_clerk, claim, unit)
    lent("zhaolei", "wangju")
    standing_in = User.objects.get(username="zhaolei")
    assert permissions.why_not(standing_in, claim, unit) == ""
    assert permissions.acts_for(standing_in, claim, unit) == cast.head
    make.step(case, "claim", on=1, by=standing_in)
    claimed = case.events.get(kind="claim")
    assert claimed.actor == standing_in
    assert '"for":"wangju"' in claimed.data.replace(" ", "")


def test_ones_own_right_comes_before_a_lent_one(cast) -> None:
    lent("chenjing", "wangju")
    case = make.case(status="dispatched", unit="water")
    make.step(case, "claim", on=1, by=User.objects.get(username="chenjing"))
    assert "for" not in case.events.get(kind="claim").data.replace("before", "")


def test_a_lent_head_approves_where_the_clerk_alone_may_not(cast) -> None:
    case = make.case(status="handling", unit="water")
    unit, answer = case.assignments.get().unit, MOVES["answer"]
    assert "负责人审签" in permissions.why_not(cast.clerk, answer, unit)
    lent("chenjing", "wangju")
    clerk = User.objects.get(username="chenjing")
    assert permissions.why_not(clerk, answer, unit) == ""
    assert permissions.acts_for(clerk, answer, unit) == cast.head


def test_a_case_is_listed_once_however_often_it_came_to_the_unit(cast) -> None:
    case = make.case(status="returning", unit="water")
    make.step(case, "agree_return", on=1)
    make.step(case, "dispatch", units=[{"unit": "water", "role": "lead"}])
    assert list(permissions.visible_to(cast.clerk)) == [case]


@pytest.mark.parametrize("name", sorted(MOVES))
def test_each_move_is_made_by_the_roles_of_its_row_and_refused_to_the_others_with_a_reason(
    cast, name
) -> None:
    case = make.case(status="handling", unit="water")
    unit = case.assignments.get(no=1).unit
    roles, said = permissions.WHO[MOVES[name].who]
    of_unit = MOVES[name].who in permissions.OF_THE_UNIT
    for user in cast.everybody():
        why = permissions.why_not(user, MOVES[name], unit if of_unit else None)
        may = bool(roles & user.roles) and (not of_unit or user in (cast.clerk, cast.head))
        if MOVES[name].who == "alone" and user == cast.clerk:
            may = False  # the bureau is no one-person unit: its head signs
        assert (why == "") == may, (user.username, why)
        if not roles & user.roles:
            assert said in why


def test_in_a_one_person_unit_the_clerk_answers_alone(cast) -> None:
    unit = cast.clerk.unit
    assert "须经负责人审签" in permissions.why_not(cast.clerk, MOVES["answer"], unit)
    unit.one_person = True
    assert permissions.why_not(cast.clerk, MOVES["answer"], unit) == ""


def test_the_bureau_may_act_for_its_section_but_not_the_other_way_round(cast) -> None:
    section, bureau = cast.section_clerk.unit, cast.other_clerk.unit
    assert permissions.why_not(cast.other_clerk, MOVES["claim"], section) == ""
    assert "您不在该单位" in permissions.why_not(cast.section_clerk, MOVES["claim"], bureau)


def test_whoever_has_left_may_do_nothing(cast) -> None:
    cast.dispatcher.is_active = False
    assert permissions.why_not(cast.dispatcher, MOVES["dispatch"]) == "该账号已停用。"
    assert not permissions.sees_office(cast.dispatcher)


def test_every_office_role_sees_the_office_and_no_other_role_does(cast) -> None:
    for role in Role:
        user = make.person(f"only-{role}", "某人")
        Holding.objects.create(user=user, role=role)
        assert permissions.sees_office(user) == (role in OFFICE_ROLES)
