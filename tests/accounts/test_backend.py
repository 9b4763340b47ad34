"""Whoever is signed in is read with their roles, and no longer let in once the account is closed."""

import pytest
from django.urls import reverse

from huiying.accounts import people
from huiying.accounts.models import User, with_standings
from tests.make import PASSWORD

pytestmark = pytest.mark.django_db


def test_who_is_signed_in_is_read_with_their_roles_in_one_query(
    client, cast, now, django_assert_num_queries
) -> None:
    today = now.date()
    people.delegate(
        cast.clerk,
        cast.other_clerk,
        from_on=today,
        until_on=today,
        reason="外出",
        by=cast.clerk,
        today=today,
        at=now,
    )
    with django_assert_num_queries(1):
        user = with_standings(cast.other_clerk.pk, on=today)
        assert (user.username, user.unit.code) == ("zhaolei", "housing")
        assert [each.unit.code for each in user.standings] == ["housing", "water"]
    plain = User.objects.get(pk=cast.other_clerk.pk)
    assert user.standings == plain.standings
    with django_assert_num_queries(2):
        assert with_standings(cast.stranger.pk, on=today).standings[0].roles == frozenset()
    assert with_standings(0, on=today) is None
    assert client.login(username="zhaolei", password=PASSWORD)
    cast.other_clerk.is_active = False
    cast.other_clerk.save()
    assert client.get("/").headers["Location"].startswith(reverse("login"))
