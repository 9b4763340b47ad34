"""预警 on the screen: each with its cases and a picture; who sees it, and who was quicker."""

import pytest

from huiying.mining.models import Alarm
from huiying.notices.models import Notice
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast):
    return make.case("搅拌站夜间噪音扰民", received=make.at(3, 14, 20))


@pytest.fixture
def alarm(case, now) -> Alarm:
    return Alarm.objects.create(
        kind="mass",
        key=f"matter:{case.number}",
        subject="搅拌站噪音扰民问题",
        said="搅拌站噪音扰民问题 72小时12件、11人；往常每天0–2件",
        raised_at=now,
        last_at=now,
        persons=11,
        cases=[case.number],
        figures={"counts": [0, 1, 0, 2, 12], "limit": 5, "expected": 0.6, "cold": False},
    )


def test_an_alarm_leads_from_the_list_to_its_picture_and_its_cases(client, cast, case, alarm) -> None:
    client.force_login(cast.supervisor)
    page = client.get("/alarms/").content.decode()
    assert "72小时12件、11人；往常每天0–2件" in page
    page = client.get(f"/alarms/{alarm.pk}/").content.decode()
    assert f'href="/cases/{case.number}/"' in page
    assert "上限：5件" in page
    assert 'class="chart-limit"' in page
    assert "预计 0.6 件" in page


def test_what_became_of_it_is_kept_and_the_second_sees_it(client, cast, alarm) -> None:
    client.force_login(cast.dispatcher)
    url = f"/alarms/{alarm.pk}/"
    said = client.post(url, {"state": "dismissed", "seen": "open", "why": ""}).content.decode()
    assert "请写明理由" in said
    client.post(url, {"state": "dismissed", "seen": "open", "why": "同一人反复来电"})
    client.force_login(cast.supervisor)
    said = client.post(url, {"state": "seen", "seen": "open", "why": "已约谈厂方"}).content.decode()
    assert "李建国刚刚已标为“已排除”：同一人反复来电" in said
    assert "已约谈厂方</textarea>" in said
    assert client.get("/alarms/").context["rows"] == []
    [(listed, _)] = client.get("/alarms/?state=dismissed").context["rows"]
    assert (listed.decided_by, listed.why) == (cast.dispatcher, "同一人反复来电")


def test_the_board_shows_alarms_to_who_may_see_them_and_never_in_the_hall(client, cast, alarm) -> None:
    for user, seen in ((cast.supervisor, True), (cast.reviewer, False), (cast.clerk, False)):
        client.force_login(user)
        assert ("搅拌站" in client.get("/board/").content.decode().partition("即将到期")[0]) is seen
        assert "72小时" not in client.get("/board/?screen=hall").content.decode()


def test_only_those_who_hand_out_and_lead_come_in(client, cast, alarm) -> None:
    allowed = {cast.dispatcher, cast.supervisor, cast.leader}
    for user in cast.everybody():
        client.force_login(user)
        answers = {client.get(url).status_code for url in ("/alarms/", f"/alarms/{alarm.pk}/")}
        assert answers == ({200} if user in allowed else {403}), user


def test_a_notice_leads_to_its_alarm(client, cast, alarm, now) -> None:
    told = Notice.objects.create(
        user=cast.leader, rule="alarm.mass", key=f"{alarm.pk}:4", text="多人同诉预警：…", created_at=now
    )
    client.force_login(cast.leader)
    assert client.post(f"/notices/{told.pk}/read/").headers["Location"] == f"/alarms/{alarm.pk}/"


def test_a_slip_in_the_configuration_is_said_on_the_page(client, cast, town) -> None:
    town.office.config = {"alarms": {"hour": 24}}
    town.office.save()
    town.office.touch()
    client.force_login(cast.leader)
    assert "没有“hour”这一项" in client.get("/alarms/").content.decode()


def test_the_pages_ask_little(client, cast, alarm, django_assert_max_num_queries) -> None:
    client.force_login(cast.supervisor)
    for url in ("/alarms/", f"/alarms/{alarm.pk}/", "/board/"):
        with django_assert_max_num_queries(12):
            client.get(url)
