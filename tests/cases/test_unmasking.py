"""Who may see the citizen in clear, and that each view is written down with its reason."""

import pytest

from huiying.accounts.models import Trail
from huiying.cases import unmasking
from huiying.cases.lifecycle import NotAllowed
from huiying.cases.models import Case, Person
from tests import make
from tests.cast import people

pytestmark = pytest.mark.django_db
AT = make.at(3, 15)


@pytest.fixture
def cast():
    make.town()
    return people()


def may(user, case) -> bool:
    try:
        unmasking.unmask(case, reason="与诉求人联系", by=user, at=AT)
    except NotAllowed:
        return False
    return True


def test_those_who_speak_with_citizens_may_and_the_unit_at_work(cast) -> None:
    case = make.case(status="handling", unit="water")
    seen = {name for name in cast.__dataclass_fields__ if may(getattr(cast, name), case)}
    office = {"operator", "dispatcher", "reviewer", "callback", "supervisor"}
    assert seen == office | {"clerk", "head"}
    assert Trail.objects.filter(kind="unmask", subject=case.number, reason="与诉求人联系").count() == len(
        seen
    )


def test_the_unit_sees_nobody_once_it_is_done_nor_where_the_reporter_is_protected(cast) -> None:
    done = make.case(status="answered", unit="water")
    secret = make.case(status="handling", unit="water", secret=True)
    tip = make.case(status="handling", unit="water", nature="tip")
    for case in (done, secret, tip):
        assert not may(cast.clerk, case)
        assert may(cast.dispatcher, case)
    with pytest.raises(NotAllowed, match="保护诉求人"):
        unmasking.unmask(secret, reason="想知道", by=cast.clerk, at=AT)


def test_a_reason_is_asked_for_and_nobody_is_nobody(cast) -> None:
    with pytest.raises(NotAllowed, match="理由"):
        unmasking.unmask(make.case(), reason=" ", by=cast.operator, at=AT)
    with pytest.raises(NotAllowed, match="没有登记诉求人"):
        unmasking.unmask(make.case(caller=make.PersonData()), reason="联系", by=cast.operator, at=AT)
    assert not Trail.objects.filter(kind="unmask").exists()


def test_whose_citizen_one_may_see_is_what_one_finds_in_every_role_unit_and_status(cast) -> None:
    """The question and its twin query agree for everybody, at every stage, protected and not."""
    kinds = [{}, {"secret": True}, {"nature": "tip"}, {"caller": make.PersonData()}]
    for status in make.STEPS:
        for kind in kinds:
            make.case(status=status, unit="water", co=["housing"], **kind)
    make.case(status="handling", unit="housing-gas")
    both = make.person("both", "两任", "clerk", unit="housing")
    gone = make.person("gone", "离任", "operator", active=False)
    seen = set()
    for user in [*cast.everybody(), both, gone]:
        may = {case for case in Case.objects.all() if unmasking.can_unmask(user, case)}
        assert may == set(unmasking.unmaskable_by(user)), user
        seen.add(len(may))
    assert len(seen) > 3  # all, some, none


def test_an_erased_citizen_is_nobodys_to_see(cast) -> None:
    case = make.case()
    Person.objects.update(erased_at=AT)
    case = Case.objects.get(pk=case.pk)
    assert not unmasking.can_unmask(cast.operator, case)
    assert not unmasking.unmaskable_by(cast.operator).exists()
