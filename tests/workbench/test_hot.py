"""热点 on the screen: what many report, with its cases; a long period by the worker."""

from datetime import timedelta

import pytest

from huiying.batches.models import Batch
from huiying.cases.models import Case
from huiying.ops import batch_work
from huiying.workbench import hot
from tests.mining.test_watch import quiet_weeks, reports

pytestmark = pytest.mark.django_db
PERIOD = "/hot/?from=2022-02-20&to=2022-03-15"


@pytest.fixture
def busy(cast, now):
    quiet_weeks()
    return reports(6, "丽发新城搅拌站夜间噪音扰民", persons=4)


def test_what_many_report_is_ranked_with_persons_and_cases_apart(client, cast, busy) -> None:
    client.force_login(cast.editor)
    answer = client.get(PERIOD)
    [row] = answer.context["rows"]
    assert "丽发新城搅拌站" in row.hot["phrase"]
    assert (row.hot["persons"], row.hot["total"]) == (4, 6)
    assert {case.number for case in row.cases} == {case.number for case in busy}
    page = answer.content.decode()
    assert all(f'href="/cases/{case.number}/"' in page for case in busy)
    assert "热度 = " in page


def test_protected_reports_count_and_lend_no_words(client, cast, busy) -> None:
    Case.objects.filter(pk__in=[case.pk for case in busy]).update(secret=True)
    client.force_login(cast.editor)
    [row] = client.get(PERIOD).context["rows"]
    assert (row.hot["phrase"], row.hot["place"], row.hot["total"]) == ("“供水”类同一事项", "", 6)
    assert row.areas == ""


def test_a_matter_says_where_and_when_it_is_told(client, cast, now) -> None:
    quiet_weeks()
    told = reports(4, "枫林乡丽发新城搅拌站夜间噪音扰民", area="stone")
    Case.objects.filter(pk__in=[case.pk for case in told[1:]]).update(title="丽发新城搅拌站夜间噪音扰民")
    client.force_login(cast.leader)
    [row] = client.get(PERIOD).context["rows"]
    assert row.areas == "石桥镇 4 件"
    assert row.days == "03-15"
    Case.objects.filter(pk__in=[case.pk for case in told[1:]]).update(area=Case.objects.get(number="Q1").area)
    [row] = client.get(PERIOD).context["rows"]
    assert row.areas == "枫林乡 3 件、石桥镇 1 件"


def test_the_town_of_one_case_is_not_said_of_all(client, cast, now) -> None:
    quiet_weeks()
    _, *others = reports(4, "枫林乡丽发新城搅拌站夜间噪音扰民", area="stone")
    Case.objects.filter(pk__in=[case.pk for case in others]).update(title="丽发新城噪音", secret=True)
    client.force_login(cast.leader)
    [row] = client.get(PERIOD).context["rows"]
    assert row.hot["phrase"] == "丽发新城搅拌站夜间噪音扰民问题"
    Case.objects.filter(pk=others[0].pk).update(title="枫林乡丽发新城噪音")
    [row] = client.get(PERIOD).context["rows"]
    assert row.hot["phrase"] == "枫林乡丽发新城搅拌站夜间噪音扰民问题"


def test_a_month_is_asked_for_with_one_press(client, cast, now) -> None:
    client.force_login(cast.leader)
    page = client.get("/hot/").content.decode()
    assert 'href="/hot/?from=2022-02-01&amp;to=2022-02-28">上月' in page
    assert 'href="/hot/?from=2022-03-09&amp;to=2022-03-15">近 7 天' in page


def test_a_long_period_is_put_together_by_the_worker(client, cast, busy, now, monkeypatch) -> None:
    monkeypatch.setattr(hot, "AT_ONCE", 5)
    client.force_login(cast.editor)
    assert client.get(PERIOD).context["rows"] == []
    answer = client.post("/hot/", {"from": "2022-02-20", "to": "2022-03-15"})
    assert answer.headers["Location"] == PERIOD
    assert "排队中" in client.get(PERIOD).content.decode()
    batch_work.run(now + timedelta(seconds=10))
    assert Batch.objects.get().said == "找到 1 个热点。"
    [row] = client.get(PERIOD).context["rows"]
    assert len(row.cases) == 6
    assert client.get("/hot/?from=2022-02-19&to=2022-03-15").context["rows"] == []


def test_odd_dates_are_answered_and_an_empty_period_says_so(client, cast, now) -> None:
    client.force_login(cast.leader)
    assert "起止日期请写成" in client.get("/hot/?from=昨天&to=").content.decode()
    assert "没有三人以上反映的同一事项" in client.get("/hot/?from=2022-03-02&to=2022-03-01").content.decode()


def test_only_those_who_work_with_it_come_in(client, cast) -> None:
    allowed = {cast.dispatcher, cast.supervisor, cast.editor, cast.leader}
    for user in cast.everybody():
        client.force_login(user)
        assert client.get("/hot/").status_code == (200 if user in allowed else 403), user


def test_the_page_asks_little(client, cast, busy, django_assert_max_num_queries) -> None:
    client.force_login(cast.editor)
    with django_assert_max_num_queries(12):
        client.get(PERIOD)
