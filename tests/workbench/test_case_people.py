"""Finding cases by whom they accuse and who told them."""

from dataclasses import replace

import pytest

from huiying.accounts.models import Trail, TrailKind
from huiying.workbench import case_filters
from tests import make
from tests.workbench.test_case_list import numbers

pytestmark = pytest.mark.django_db


def alerts(answer) -> str:
    return " ".join(str(said) for said in answer.context["messages"])


def test_who_is_complained_of_is_asked_for_with_the_units_below(client, cast) -> None:
    gas = make.case(accused=["housing-gas"], status="dispatched")
    water = make.case(accused=["water"])
    make.case()
    found = {"housing": [gas.number], "water": [water.number], "any": [water.number, gas.number], "stone": []}
    client.force_login(cast.dispatcher)
    for code, expected in found.items():
        assert numbers(client.get("/cases/", {"accused": code})) == expected
    client.force_login(cast.clerk)
    assert numbers(client.get("/cases/", {"accused": "any"})) == [gas.number]


def test_what_is_not_filled_in_and_what_the_citizen_chose_can_be_asked_for(client, cast) -> None:
    bare = make.case(nature="", topic="", area="")
    inquiry = make.case(nature_claimed="inquiry")
    client.force_login(cast.dispatcher)
    for name, label in case_filters.BLANKS.items():
        answer = client.get("/cases/", {name: "-"})
        assert numbers(answer) == [bare.number]
        assert any(label in said for said, _ in answer.context["chips"])
    assert numbers(client.get("/cases/", {"claimed": "inquiry"})) == [inquiry.number]


def test_the_cases_of_a_number_are_found_by_those_who_may_know_the_caller_and_the_number_is_not_kept(
    client, cast
) -> None:
    plain, tip = (make.case(nature=nature, status="handling") for nature in ("report", "tip"))
    closed = make.case(status="closed")
    make.case(caller=replace(make.CALLER, phone="13900007777"))
    client.force_login(cast.dispatcher)
    moved = client.post("/cases/caller/", {"phone": make.CALLER.phone, "query": "status=open"})
    assert make.CALLER.phone not in moved.url
    line = Trail.objects.get(kind=TrailKind.CALLER)
    assert (line.user, line.data) == (cast.dispatcher, {"count": 3})
    found = {
        cast.dispatcher: {plain.number, tip.number},
        cast.clerk: {plain.number},  # it works on both, and one reporter is protected
        cast.other_clerk: set(),
        cast.leader: set(),
    }
    for who, expected in found.items():
        client.force_login(who)
        answer = client.get(moved.url)
        assert set(numbers(answer)) == expected
        assert ('action="/cases/caller/"' in answer.content.decode()) is (who != cast.leader)
        assert ("来电号码：所填号码" in dict(answer.context["chips"])) is True
    client.force_login(cast.clerk)
    assert closed.number not in numbers(client.get(moved.url.replace("status=open", "")))


def test_half_a_number_is_refused_in_words(client, cast) -> None:
    case = make.case()
    client.force_login(cast.dispatcher)
    answer = client.post("/cases/caller/", {"phone": "12"}, follow=True)
    assert numbers(answer) == [case.number]
    assert "来电号码" in alerts(answer)
    assert "请填写来电号码" in alerts(client.post("/cases/caller/", {"query": "status=open"}, follow=True))
    assert not Trail.objects.exists()


def test_who_may_know_no_caller_looks_for_none(client, cast) -> None:
    make.case()
    client.force_login(cast.leader)
    answer = client.post("/cases/caller/", {"phone": make.CALLER.phone}, follow=True)
    assert "须是与诉求人通话的人员" in alerts(answer)
    assert not Trail.objects.filter(kind=TrailKind.CALLER).exists()
