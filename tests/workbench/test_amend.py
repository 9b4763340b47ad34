"""A record that was written down wrongly is put right on a page of its own."""

import html
import re

import pytest

from huiying.cases import lifecycle
from huiying.cases.history import effective
from tests import make

pytestmark = pytest.mark.django_db


def text_of(answer) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.fixture
def send(client, cast):
    def send(case, user=None, **given):
        client.force_login(user or cast.dispatcher)
        case.refresh_from_db()
        return client.post(f"/cases/{case.number}/amend/", {"seq": case.seq, "note": "录错了", **given})

    return send


def test_time_and_words_of_the_registration_are_put_right(client, cast, send) -> None:
    case = make.case(status="handling", channel="hotline", nature="complaint", received=make.at(3, 14))
    client.force_login(cast.dispatcher)
    assert "由云溪县12345热线登记受理" in text_of(client.get(f"/cases/{case.number}/amend/"))
    page = client.get(f"/cases/{case.number}/amend/?record=1")
    assert {each.field.name: each.value for each in page.context["inputs"]} == {
        "channel": "hotline",
        "nature": "complaint",
        "topic": "phone/城乡建设/供水",
        "area": "stone",
        "urgency": "normal",
        "secret": "no",
        "upper_number": "",
    }
    given = {"record": 1, "happened_at": "2022-03-14T08:30", "channel": "city", "upper_number": "S77"}
    given |= {"nature": "inquiry", "topic": "phone/城乡建设/供水", "area": ""}
    given |= {"urgency": "urgent", "secret": "yes"}
    assert send(case, **given).status_code == 302
    case.refresh_from_db()
    assert (case.channel.code, case.nature.code, case.area, case.upper_number) == (
        "city", "inquiry", None, "S77",
    )  # fmt: skip
    assert (case.urgency, case.secret) == ("urgent", True)
    assert case.received_at == make.at(3, 14, 8, 30)
    page = text_of(client.get(f"/cases/{case.number}/"))
    assert "更正了第1条记录“登记”：时间改为2022-03-14 08:30，性质为咨询，紧急程度为紧急" in page
    assert "紧急程度为紧急，渠道为市长热线，上级编号为S77，设为保密" in page
    assert "录错了" in page


def test_the_reason_of_a_request_is_put_right_and_its_time_is_left(cast, send) -> None:
    case = make.case(status="returning")
    assert send(case, record=3, happened_at="2022-03-01T11:00", reason="other_place").status_code == 302
    assert lifecycle.state_of(case).rulings[0].reason == "other_place"
    assert effective(lifecycle.log_of(case))[2].happened_at == make.at(3, 1, 11)
    assert lifecycle.log_of(case)[-1].data["data"] == {"reason": "other_place"}
    assert "happened_at" not in lifecycle.log_of(case)[-1].data


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "请选择要更正的记录"),
        ({"record": 2, "happened_at": "2022-03-01T10:00"}, "没有改动"),
        ({"record": 2, "happened_at": "昨天"}, "实际时间"),
        ({"record": 2, "happened_at": "2022-03-01T13:00"}, "早于第 2 条"),
        ({"record": 1, "happened_at": "2022-03-01T09:00", "channel": ""}, "“渠道”中没有"),
        ({"record": 2, "happened_at": "2022-03-01T09:30", "note": ""}, "须写明理由"),
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_stays(cast, send, given, said) -> None:
    case = make.case(status="handling")
    answer = send(case, **given)
    assert answer.status_code == 409
    assert said in text_of(answer)
    assert given.get("happened_at", "") in answer.content.decode()
    assert not case.events.filter(kind="amend").exists()


def test_who_may_not_is_told_so(cast, send, client) -> None:
    case = make.case(status="handling")
    answer = send(case, cast.clerk, record=2, happened_at="2022-03-01T09:30")
    assert answer.status_code == 403
    assert "由派单员或管理员办理" in text_of(answer)
    client.force_login(cast.dispatcher)
    assert client.get(f"/cases/{case.number}/amend/?record=9").status_code == 404
    page = f"/cases/{case.number}/"
    assert ("更正记录", f"{page}amend/") in client.get(page).context["linked"]
    client.force_login(cast.clerk)
    assert not client.get(page).context["linked"]


def test_what_a_correction_would_move_is_seen_before_it_is_made(client, cast, send) -> None:
    case = make.case(status="handling", nature="complaint", received=make.at(3, 1))
    given = {"record": 1, "happened_at": "2022-03-01T09:00", "channel": "hotline", "area": "stone"}
    given |= {"topic": "phone/城乡建设/供水", "urgency": "normal", "secret": "no", "nature": "inquiry"}
    before = lifecycle.state_of(case)
    answer = send(case, **given, do="preview", note="")
    said = re.sub(r"\s+", " ", text_of(answer))
    assert "更正后有 1 个时限会变动" in said
    assert "答复时限（云溪县水务局）：2022-03-15 今天到期 → 2022-03-04 已逾期7个工作日" in said
    assert [each.value for each in answer.context["inputs"]][1] == "inquiry"  # what was typed stays
    case.refresh_from_db()
    assert not case.events.filter(kind="amend").exists()
    assert lifecycle.state_of(case) == before
    assert send(case, **given).status_code == 302
    assert f"{lifecycle.state_of(case).running('reply', 1).due_at:%m-%d}" == "03-04"


def test_a_preview_tells_a_claim_that_was_in_time_after_all(cast, send) -> None:
    case = make.case(status="dispatched", received=make.at(3, 1))
    make.step(case, "claim", on=1, when=make.at(3, 9))
    said = re.sub(r"\s+", " ", text_of(send(case, record=3, happened_at="2022-03-02T09:00", do="preview")))
    assert "认领时限（云溪县水务局）：2022-03-02 逾期完成 → 2022-03-02 按时完成" in said
    same = text_of(send(case, record=1, happened_at="2022-03-01T08:30", channel="hotline", nature="complaint",
                        topic="", area="", urgency="normal", secret="no", do="preview"))  # fmt: skip
    assert "没有时限因此变动" in same


def test_a_correction_that_cannot_be_says_so_in_the_preview(cast, send) -> None:
    case = make.case(status="handling")
    answer = send(case, record=2, happened_at="2022-03-01T13:00", do="preview")
    assert (answer.status_code, "早于第 2 条" in text_of(answer)) == (409, True)


def test_what_was_sorted_later_is_put_right_where_it_was_written(cast, send) -> None:
    case = make.case(status="handling")
    make.step(case, "reclassify", nature="inquiry")
    make.step(case, "protect", secret=True)
    send(case, record=4, happened_at="2022-03-01T12:00", nature="proposal")
    send(case, record=5, happened_at="2022-03-01T13:00", secret="no")
    case.refresh_from_db()
    assert (case.nature.code, case.secret) == ("proposal", False)
