"""Accounts, roles, one-time passwords, and standing in for somebody."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from huiying.accounts import people
from huiying.accounts.models import Delegation, Trail, Unit, User
from huiying.common.errors import Refused
from tests import make

pytestmark = pytest.mark.django_db
TODAY = date(2022, 3, 15)


def lend(giver, taker, *, by=None, from_on=TODAY, until_on=date(2022, 3, 20), reason="外出培训", at=None):
    return people.delegate(
        giver,
        taker,
        from_on=from_on,
        until_on=until_on,
        reason=reason,
        by=by or giver,
        today=TODAY,
        at=at or make.at(3, 15, 10),
    )


def fresh(user) -> User:
    return User.objects.get(pk=user.pk)


def test_a_new_account_comes_with_a_password_for_once_and_a_line_in_the_trail(cast, now) -> None:
    unit = Unit.objects.get(code="water")
    made, password = people.sign_up("dinghua", "丁华", roles=["clerk"], unit=unit, by=cast.admin, at=now)
    assert made.check_password(password)
    assert made.must_change
    assert made.roles == {"clerk"}
    line = Trail.objects.get(subject="人员：dinghua")
    assert line.user == cast.admin
    kept = {"姓名": "丁华", "角色": ["clerk"], "单位": unit.name, "启用": True, "邮箱": ""}
    assert line.data["after"] == kept
    assert password not in str(line.data)


@pytest.mark.parametrize(
    ("username", "name", "roles", "said"),
    [
        ("laoli", "另一人", [], "已有人使用"),
        ("LAOLI", "另一人", [], "已有人使用"),
        ("有 空格", "某人", [], "不能用"),
        ("some", "", [], "姓名"),
        ("some", "某人", ["king"], "没有“king”"),
        ("some", "某人", ["clerk"], "须有所属单位"),
        ("some", "某人", ["auditor", "admin"], "不能兼任"),
    ],
)
def test_an_account_that_cannot_be_is_refused_and_leaves_nothing(
    cast, now, username, name, roles, said
) -> None:
    before = User.objects.count()
    with pytest.raises(Refused, match=said):
        people.sign_up(username, name, roles=roles, unit=None, by=cast.admin, at=now)
    assert User.objects.count() == before


def test_the_last_administrator_stays(cast, now) -> None:
    def retire(user, roles, active) -> None:
        people.appoint(user, name=user.name, roles=roles, unit=None, active=active, by=cast.admin, at=now)

    for roles, active in (([], True), (["admin"], False)):
        with pytest.raises(Refused, match="至少要留一名"):
            retire(cast.admin, roles, active)
    assert fresh(cast.admin).is_active
    people.sign_up("second", "第二人", roles=["admin"], unit=None, by=cast.admin, at=now)
    retire(cast.admin, [], True)
    assert fresh(cast.admin).roles == frozenset()


def test_the_second_of_two_administrators_is_told(cast, now) -> None:
    seen = people.mark(cast.operator)
    common = {"name": "张晓", "unit": None, "active": True, "by": cast.admin, "at": now, "seen": seen}
    people.appoint(fresh(cast.operator), roles=["operator", "dispatcher"], **common)
    with pytest.raises(Refused, match="已被别人改过"):
        people.appoint(fresh(cast.operator), roles=[], **common)
    assert fresh(cast.operator).roles == {"operator", "dispatcher"}


def test_who_stands_in_has_the_roles_of_the_absent_for_those_days_and_passes_nothing_on(cast) -> None:
    lend(cast.head, cast.editor)
    lend(cast.editor, cast.stranger)
    assert fresh(cast.editor).roles == {"editor", "head"}
    assert fresh(cast.stranger).roles == {"editor"}
    assert [str(giver) for giver in fresh(cast.editor).givers] == ["王立新"]


def test_a_delegation_begins_and_ends_on_its_days(cast, monkeypatch) -> None:
    from django.utils import timezone

    lend(cast.head, cast.editor, from_on=date(2022, 3, 16), until_on=date(2022, 3, 17))
    held = {}
    for day in (15, 16, 17, 18):
        for hour in (0, 23):
            monkeypatch.setattr(timezone, "now", lambda day=day, hour=hour: make.at(3, day, hour, 59))
            held[day, hour] = "head" in fresh(cast.editor).roles
    assert [key for key, value in held.items() if value] == [(16, 0), (16, 23), (17, 0), (17, 23)]


def test_a_delegation_ends_with_the_account_of_the_absent_and_when_it_is_ended(cast, now) -> None:
    made = lend(cast.head, cast.editor)
    User.objects.filter(pk=cast.head.pk).update(is_active=False)
    assert "head" not in fresh(cast.editor).roles
    User.objects.filter(pk=cast.head.pk).update(is_active=True)
    assert "head" in fresh(cast.editor).roles
    people.end_delegation(made, by=cast.head, at=now)
    assert "head" not in fresh(cast.editor).roles
    with pytest.raises(Refused, match="已经结束"):
        people.end_delegation(made, by=cast.head, at=now)
    kinds = Trail.objects.filter(kind="delegate").values_list("subject", flat=True)
    assert list(kinds) == ["wangju → fengli"] * 2


def test_rights_and_the_trail_are_not_lent(cast) -> None:
    for giver in (cast.admin, cast.auditor, cast.stranger):
        with pytest.raises(Refused, match="没有可以委托的角色"):
            lend(giver, cast.editor)
    with pytest.raises(Refused, match="只看记录"):
        lend(cast.head, cast.auditor)
    make.person("both", "兼任", "admin", "dispatcher")
    lend(User.objects.get(username="both"), cast.editor)
    assert fresh(cast.editor).roles == {"editor", "dispatcher"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"until_on": date(2022, 3, 14), "from_on": date(2022, 3, 10)}, "早于"),
        ({"until_on": date(2022, 12, 31)}, "最长"),
        ({"reason": " "}, "事由"),
    ],
)
def test_a_delegation_that_cannot_be_is_refused(cast, change, said) -> None:
    with pytest.raises(Refused, match=said):
        lend(cast.head, cast.editor, **change)
    assert not Delegation.objects.exists()


def test_the_same_delegation_twice_is_refused_and_the_database_refuses_one_to_oneself(cast) -> None:
    lend(cast.head, cast.editor)
    with pytest.raises(Refused, match="不必再委托"):
        lend(cast.head, cast.editor)
    with pytest.raises(IntegrityError), transaction.atomic():
        Delegation.objects.create(
            giver=cast.head, taker=cast.head, from_on=TODAY, until_on=TODAY, reason="自己"
        )


def test_standings_cost_one_query(cast, django_assert_num_queries) -> None:
    lend(cast.head, cast.editor)
    lend(cast.dispatcher, cast.editor)
    user = fresh(cast.editor)
    with django_assert_num_queries(1):
        assert {"head", "dispatcher", "editor"} == user.roles
        assert [each.unit and each.unit.code for each in user.standings] == [None, "water", None]
