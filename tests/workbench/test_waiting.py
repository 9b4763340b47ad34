"""等您办: each role finds on the first page what waits for it, and where."""

import re

import pytest

from huiying.accounts.models import Delegation, Role
from huiying.bulletins import reconciliation
from huiying.cases import place
from huiying.cases.models import Case, Office
from huiying.intake import calls as call_log
from huiying.intake import drafts
from huiying.mining.models import Alarm
from huiying.quality import appeals, calls
from huiying.quality.models import CallBack
from huiying.workbench.waiting import ROWS, waiting_for
from tests import make
from tests.bulletins.closing import ANSWER, MARCH, advance, ask, object_to, of, published
from tests.bulletins.test_editions import STYLE

pytestmark = pytest.mark.django_db


@pytest.fixture
def busy(cast, town, now):
    """Two cases at every stage, one of them asked to be extended, one badly marked."""
    for status in make.STEPS:
        for day in (1, 14):
            make.case(f"{status}第{day}日", status=status, received=make.at(3, day), co=["housing"])
    asks = make.case("延期的一件", status="handling", received=make.at(3, 14))
    make.step(asks, "ask_extension", on=1, proposed="2022-04-12", note="等待检测结果")
    calls.plan(town, now)
    bad = calls.waiting(cast.callback).first()
    calls.record(
        bad, outcome="reached", solved=False, satisfied="dissatisfied", reason="result",
        by=cast.callback, at=now, place=town,
    )  # fmt: skip
    return cast


def waits(user, now) -> dict[str, int | None]:
    return {item.title: item.count for item in waiting_for(user, place.current(), now)}


def test_every_role_has_its_row() -> None:
    assert frozenset().union(*(roles for roles, _ in ROWS)) == set(Role)


def test_each_role_sees_what_waits_for_it(busy, now) -> None:
    assert waits(busy.operator, now) == {"接听登记": None}
    assert waits(busy.dispatcher, now) == {"待派单": 2, "待裁定": 3, "接听登记": None}
    assert waits(busy.clerk, now) == {"待认领": 2, "待办": 3, "可以申诉的回访": 1}
    assert waits(busy.other_clerk, now) == {"待认领": 12, "待办": 0, "协办": 12}
    assert waits(busy.reviewer, now) == {"待审核": 2, "已答复，待办结": 2, "是否重办": 1}
    assert waits(busy.callback, now) == {"待回访": 1}
    late = waits(busy.supervisor, now)
    assert late.pop("是否重办") == 1
    assert set(late) == {"逾期未认领", "逾期未联系", "逾期未裁定", "逾期未派单"}
    assert waits(busy.leader, now) == {"批示后未办结": 0, "全部在办": None}
    assert waits(busy.editor, now) == {"通报草稿": 0}
    assert waits(busy.stranger, now) == {}


def test_what_is_rare_is_shown_only_where_there_is_some(busy, now) -> None:
    drafts.save(busy.operator, "k1", {"title": "写到一半"}, at=now)
    call_log.log("police", by=busy.operator, at=now)
    call_log.take_back(call_log.log("fire", by=busy.operator, at=now), by=busy.operator, at=now)
    assert waits(busy.operator, now) == {"接听登记": None, "未完成的登记": 1, "转出未回接": 1}
    drafted = make.case(status="handling", received=make.at(3, 14))
    make.step(drafted, "draft_reply", on=1, public_answer="好")
    assert waits(busy.head, now)["待审签"] == 1
    assert "待审签" not in waits(busy.clerk, now)
    make.step(drafted, "approve_reply", on=1)
    assert waits(busy.clerk, now)["待反馈"] == 1
    appeals.ask(CallBack.objects.get(solved=False), reason="已修好", by=busy.clerk, at=now)
    assert waits(busy.supervisor, now)["申诉待裁定"] == 1
    assert "可以申诉的回访" not in waits(busy.clerk, now)


def test_whoever_watches_finds_the_alarms_that_nobody_has_seen_to(busy, now) -> None:
    for state in ("open", "seen"):
        said = {"said": "…", "raised_at": now, "last_at": now, "persons": 6}
        Alarm.objects.create(kind="mass", key=f"matter:{state}", state=state, **said)
    for user in (busy.dispatcher, busy.supervisor, busy.leader):
        assert waits(user, now)["预警待处置"] == 1
    assert "预警待处置" not in waits(busy.operator, now)


def test_what_closes_the_month_is_found_there_too(busy, now) -> None:
    config = {"bulletin": {"style": [STYLE]}}
    Office.objects.update(config=config, revision=99)
    here, due_on = place.current(), now.date()
    begun = reconciliation.begin(here, MARCH, due_on=due_on, as_of=now, by=busy.editor, at=now)
    assert waits(busy.clerk, now)["对账单待确认"] == 1
    assert "对账异议待裁定" not in waits(busy.editor, now)
    object_to(of(begun), Case.objects.get(title="closed第1日"), busy.clerk)
    for who in (busy.editor, busy.dispatcher, busy.reviewer):
        assert waits(who, now)["对账异议待裁定"] == 1
    reconciliation.close(begun, by=busy.editor, at=now)
    assert "对账单待确认" not in waits(busy.clerk, now)
    assert "对账异议待裁定" not in waits(busy.editor, now)


def test_what_follows_a_bulletin_is_found_there_too(busy, now) -> None:
    Office.objects.update(config={"bulletin": {"style": [STYLE]}}, revision=99)
    here = place.current()
    edition = published(here, as_of=now)
    assert waits(busy.editor, now)["通报点名待核定"] == 1
    row = ask(edition, here, busy.editor)
    assert waits(busy.clerk, now)["待反馈整改"] == 1
    assert "通报点名待核定" not in waits(busy.editor, now)
    assert waits(busy.supervisor, make.at(3, 22))["整改反馈逾期"] == 1
    advance(row, "submit", here, busy.clerk, texts=ANSWER)
    assert waits(busy.head, now)["整改反馈待审签"] == 1
    assert not waits(busy.clerk, now).keys() & {"待反馈整改", "整改反馈待审签"}
    advance(row, "hand_in", here, busy.head)
    assert waits(busy.supervisor, make.at(3, 22))["整改反馈待审核"] == 1
    assert "整改反馈逾期" not in waits(busy.supervisor, make.at(3, 22))


def test_who_stands_in_finds_the_work_of_both_and_each_thing_once(busy, now) -> None:
    today = now.date()
    Delegation.objects.create(giver=busy.reviewer, taker=busy.dispatcher, from_on=today, until_on=today)
    assert list(waits(busy.dispatcher, now)) == [
        "待派单", "待裁定", "接听登记", "待审核", "已答复，待办结", "是否重办",
    ]  # fmt: skip


def test_every_link_opens_a_page_of_the_person_with_so_many_rows(busy, now, client) -> None:
    listed = {"待派单", "待认领", "待办", "协办", "待审核", "已答复，待办结", "逾期未认领", "逾期未反馈"}
    for user in busy.everybody():
        client.force_login(user)
        if user not in {busy.auditor, busy.stranger}:  # who see no case
            assert client.get("/").context["waiting"] == waiting_for(user, place.current(), now)
        for item in waiting_for(user, place.current(), now):
            page = client.get(item.url)
            assert page.status_code == 200, (user, item)
            if item.title in listed:
                rows = re.findall(r'<td class="number">', page.content.decode())
                assert len(rows) == item.count, (user, item)


def test_the_first_page_asks_little_whatever_the_role(busy, client, django_assert_max_num_queries) -> None:
    for user in busy.everybody():
        client.force_login(user)
        with django_assert_max_num_queries(12):
            client.get("/")
