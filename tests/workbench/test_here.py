"""正在处理 on the pages: noted where a page opens, told where others open it, in lists too."""

import html
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from huiying.accounts.models import Delegation
from huiying.cases.models import Presence
from huiying.quality import calls
from huiying.replies import handling
from tests import make

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Trigger": "here"}


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


@pytest.fixture
def look(client):
    def look(user, url, **headers):
        client.force_login(user)
        return client.get(url, headers=headers)

    return look


@pytest.fixture
def case(cast):
    return make.case("东街自来水浑浊", status="reviewing", received=make.at(3, 14))


@pytest.fixture
def closed(cast, town, now):
    made = make.case("已经答复的一件", status="closed", received=make.at(3, 1))
    calls.plan(town, now)
    return made


@pytest.mark.parametrize(
    ("who", "url", "does", "queue"),
    [
        ("dispatcher", "/dispatch/{received}/", "派单", "/dispatch/"),
        ("reviewer", "/review/{reviewing}/1/", "审核", "/review/"),
        ("clerk", "/cases/{reviewing}/task/1/", "办理", "/inbox/?tab=waiting"),
        ("callback", "/callbacks/{call}/", "回访", "/callbacks/"),
    ],
)
def test_each_working_page_is_told_there_and_in_its_list_to_the_other_and_not_to_oneself(
    look, cast, case, closed, who, url, does, queue
) -> None:
    received, call = make.case("待派的一件"), closed.call_backs.get().pk
    url = url.format(received=received.number, reviewing=case.number, call=call)
    user = getattr(cast, who)
    other = make.person("linxia", "林夏", *user.roles, unit=user.unit.code if user.unit else None)
    assert "正在" not in text_of(look(user, url))
    said = f"{user.name}正在{does}"
    assert said in text_of(look(other, queue))
    assert said in text_of(look(other, url))
    assert said not in text_of(look(user, queue))


def test_who_writes_a_letter_is_told_on_the_case_page(look, cast, case) -> None:
    look(cast.supervisor, f"/supervision/{case.number}/letter/")
    assert "郑涛正在写督办函" in text_of(look(cast.dispatcher, f"/cases/{case.number}/"))
    assert "热线办公室正在写督办函" in text_of(look(cast.clerk, f"/cases/{case.number}/"))


def test_the_open_page_asks_for_its_own_part_and_gets_what_a_new_page_would_show(look, cast, case) -> None:
    look(cast.reviewer, f"/review/{case.number}/1/")
    whole = look(cast.dispatcher, f"/cases/{case.number}/").content.decode()
    address = html.unescape(re.search(r'id="here" data-here hx-get="([^"]+)"', whole)[1])
    part = look(cast.dispatcher, address, **HTMX).content.decode()
    assert "周红正在审核" in part
    assert f">{part}</div>" in whole


def test_asking_keeps_one_there_and_no_scripts_lead_to_the_case(look, cast, case, monkeypatch) -> None:
    address = f"/cases/{case.number}/here/?page=case"
    assert look(cast.dispatcher, address).headers["Location"] == f"/cases/{case.number}/"
    assert not Presence.objects.exists()
    look(cast.dispatcher, address, **HTMX)
    later = make.at(3, 15, 10, 1)
    monkeypatch.setattr(timezone, "now", lambda: later)
    look(cast.dispatcher, address, **HTMX)
    assert Presence.objects.get().seen_at == later


@pytest.mark.parametrize(("who", "status"), [("stranger", 204), ("other_clerk", 204), ("clerk", 200)])
def test_only_who_may_open_the_case_may_ask_and_is_noted(look, cast, case, who, status) -> None:
    answer = look(getattr(cast, who), f"/cases/{case.number}/here/?page=work", **HTMX)
    assert answer.status_code == status
    assert Presence.objects.exists() == (status == 200)
    assert look(cast.clerk, f"/cases/{case.number}/here/?page=nowhere", **HTMX).status_code == 404


def test_who_works_on_a_part_may_ask_though_the_case_is_not_theirs(look, cast, now) -> None:
    case = make.case(status="handling", unit="housing", received=make.at(3, 14))
    task = case.assignments.get()
    handling.give(
        task,
        to=cast.section_clerk.unit,
        due_on=now.date(),
        note="查表",
        by=cast.other_clerk,
        at=now,
    )
    look(cast.other_clerk, f"/cases/{case.number}/task/1/")
    answer = look(cast.section_clerk, f"/cases/{case.number}/here/?page=work&seq=1", **HTMX)
    assert "赵磊正在办理" in text_of(answer)
    assert "您打开之后" not in text_of(answer), "the history of the case is not theirs"


def test_an_open_page_is_told_what_others_did_to_the_case_since(look, cast, case) -> None:
    address = f"/cases/{case.number}/here/?page=case&seq={case.seq}"
    assert "您打开之后" not in text_of(look(cast.dispatcher, address, **HTMX))
    make.step(case, "release", on=1, by=cast.reviewer)
    told = text_of(look(cast.dispatcher, address, **HTMX))
    assert re.search(r"您打开之后：.*周红：", told)
    assert "写好的内容不会丢" in told


def test_where_the_sign_in_has_run_out_the_page_that_is_typed_in_is_not_left(client, cast, case) -> None:
    answer = client.get(f"/cases/{case.number}/here/?page=case", headers=HTMX)
    assert "HX-Redirect" not in answer.headers
    assert "登录已到期" in text_of(answer)
    answer = client.get("/cases/", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == reverse("login")


def test_the_next_to_review_is_one_at_which_nobody_is(look, client, cast, case) -> None:
    for title in ("第二件", "第三件"):
        make.case(title, status="reviewing", received=make.at(3, 14))
    first, second, third = (row[0].case for row in look(cast.reviewer, "/review/").context["rows"])
    look(make.person("second", "林夏", "reviewer"), f"/review/{second.number}/1/")
    client.force_login(cast.reviewer)
    answer = client.post(f"/review/{first.number}/1/", {"seq": first.seq, "verdict": "release"})
    assert answer.headers["Location"] == f"/review/{third.number}/1/"


def test_two_who_call_back_begin_with_different_citizens(look, cast, closed, town, now) -> None:
    make.case("另一件", status="closed", received=make.at(3, 2), caller=make.PersonData(name="甲", phone="1"))
    calls.plan(town, now)
    one = look(cast.callback, "/callbacks/").context["task"]
    other = look(make.person("second", "林夏", "callback"), "/callbacks/").context["task"]
    assert one.pk != other.pk


def test_a_page_left_open_after_a_delegation_ended_is_told_nothing_and_is_no_error(look, cast, case, now):
    today = timezone.localdate(now)
    lent = Delegation.objects.create(giver=cast.clerk, taker=cast.other_clerk, from_on=today, until_on=today)
    address = f"/cases/{case.number}/here/?page=case"
    assert look(cast.other_clerk, address, **HTMX).status_code == 200
    lent.delete()
    answer = look(cast.other_clerk, address, **HTMX)
    assert (answer.status_code, answer.content) == (204, b"")
