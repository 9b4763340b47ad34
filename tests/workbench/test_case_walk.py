"""How far a list looks: along words that many cases hold, beyond the page for its total, and on asking."""

import pytest

from huiying.cases.models import Attachment
from huiying.workbench import case_list, case_walk
from tests import make
from tests.workbench.test_case_list import numbers

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("who", ["operator", "clerk"])
@pytest.mark.parametrize("sort", ["received", "due"])
def test_words_that_many_cases_hold_are_found_stretch_by_stretch(
    client, cast, monkeypatch, who, sort
) -> None:
    """As few as three cases count as many here, and a stretch is two cases long."""
    monkeypatch.setattr(case_walk, "FEW", 3)
    monkeypatch.setattr(case_walk, "STRETCH", 2)
    monkeypatch.setattr(case_list, "PAGE", 4)
    made = [
        make.case("路灯不亮" if n % 3 else "井盖缺失", status="dispatched", received=make.at(3, 1 + n % 5))
        for n in range(15)
    ]
    client.force_login(getattr(cast, who))
    url, pages = f"/cases/?q=路灯&sort={sort}", []
    while url:
        answer = client.get(url)
        assert answer.context["total"] == "4 以上"
        pages.append(numbers(answer))
        url = answer.context["next"]
    assert [len(page) for page in pages] == [4, 4, 2]
    lamps = [case for case in made if case.title == "路灯不亮"]
    order = {"received": lambda case: (case.received_at, case.pk), "due": lambda case: (case.due_at, case.pk)}
    expected = sorted(lamps, key=order[sort], reverse=sort == "received")
    assert [number for page in pages for number in page] == [case.number for case in expected]
    assert numbers(client.get(answer.context["previous"])) == pages[1]


def test_what_is_tried_on_each_case_is_counted_a_stretch_beyond_the_page(client, cast, monkeypatch) -> None:
    monkeypatch.setattr(case_list, "PAGE", 2)
    monkeypatch.setattr(case_list, "ROUND", 1)
    monkeypatch.setattr(case_walk, "STRETCH", 3)
    for day in range(1, 11):
        make.case(status="dispatched", received=make.at(3, day))
    client.force_login(cast.operator)
    first = client.get("/cases/?mode=dispatched")
    assert first.context["total"] == "6 以上"  # two of the page, and as far as the fourth beyond it
    following = client.get(first.context["next"])
    assert following.context["total"] == "6 以上"
    monkeypatch.setattr(case_walk, "STRETCH", 8)
    assert client.get("/cases/?mode=dispatched").context["total"] == "10"
    monkeypatch.setattr(case_list, "ROUND", 100)
    monkeypatch.setattr(case_walk, "STRETCH", 3)
    assert client.get("/cases/?mode=dispatched").context["total"] == "2 以上"


@pytest.mark.parametrize("who", ["operator", "clerk"])
@pytest.mark.parametrize("sort", ["received", "received_up"])
def test_conditions_with_little_in_common_are_looked_for_a_way_and_then_on_asking(
    client, cast, monkeypatch, who, sort
) -> None:
    """A page tries three cases here, the next twelve; the conditions meet in the first and in the last."""
    monkeypatch.setattr(case_walk, "FAR", 3)
    monkeypatch.setattr(case_walk, "FEW", 0)
    monkeypatch.setattr(case_list, "PAGE", 2)
    made = [make.case(status="dispatched", received=make.at(3, 1 + n // 2)) for n in range(13)]
    wanted = made if sort == "received_up" else made[::-1]
    for case in (wanted[0], wanted[12]):
        Attachment.objects.create(case=case, seq=1, name="照片", content_type="t", size=6, sha256="0" * 64)
    client.force_login(getattr(cast, who))
    first = client.get(f"/cases/?files=yes&sort={sort}")
    way = "早的还没有查" if sort == "received" else "晚的还没有查"
    assert (numbers(first), first.context["total"], first.context["next"]) == (
        [wanted[0].number],
        "1 以上",
        "",
    )
    assert way in first.content.decode()
    second = client.get(first.context["onward"].url)
    assert (numbers(second), second.context["onward"]) == ([wanted[12].number], None)
    back = client.get(second.context["previous"])
    assert (numbers(back), back.context["onward"].at) == ([], wanted[9].received_at)
    assert "到这里为止没有符合条件的诉求件" in back.content.decode()
    assert numbers(client.get(back.context["onward"].url)) == [wanted[0].number]
