"""Archiving on screen: what is due, the register, and two people for what is past its term."""

from __future__ import annotations

import re
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.utils import timezone

from huiying.accounts.models import Trail
from huiying.archive.models import Package
from huiying.batches import queue
from huiying.batches.models import Batch
from huiying.cases import place
from huiying.cases.models import Case, Office
from huiying.ops import batch_work, doctor
from huiying.ops.place import document
from tests import make

pytestmark = pytest.mark.django_db
LATER = make.at(6, 20, 10)
PAGES = ("/archiving/", "/archiving/packages/", "/archiving/expired/")
RULES = "/settings/retention/"


@pytest.fixture(autouse=True)
def later(monkeypatch, settings, tmp_path: Path) -> None:
    monkeypatch.setattr(timezone, "now", lambda: LATER)
    settings.HUIYING_HOME, settings.MEDIA_ROOT = tmp_path, tmp_path / "files"


@pytest.fixture
def two(cast) -> list[Case]:
    return [make.case(f"第{n}件", status="closed") for n in range(2)]


@pytest.fixture
def expired(two, cast) -> list[Package]:
    """Packages of both cases whose term is over."""
    queue.ask("archive", by=cast.dispatcher, at=LATER)
    batch_work.run(LATER)
    Package.objects.update(until_on=date(2022, 5, 31))
    return list(Package.objects.order_by("pk"))


def decide(client, user, packages: Any, do: str, **given: Any) -> str:
    client.force_login(user)
    pks = [package.pk for package in packages]
    answer = client.post("/archiving/expired/", {"picked": pks, "do": do, **given}, follow=True)
    return answer.content.decode()


@pytest.mark.parametrize("url", PAGES)
def test_the_pages_are_for_those_who_keep_the_archive_and_cheap(
    client, cast, expired, url, django_assert_max_num_queries
) -> None:
    readers = (cast.dispatcher, cast.reviewer, cast.supervisor, cast.admin, cast.leader)
    for user in cast.everybody():
        client.force_login(user)
        assert client.get(url).status_code == (200 if user in readers else 403), user
    for n in range(4):
        make.case(f"又一件{n}", status="closed")
    client.force_login(cast.admin)
    with django_assert_max_num_queries(12):
        client.get(url)


def test_what_is_due_is_listed_with_how_long_it_is_kept_and_archived(client, cast, two) -> None:
    make.case("没办完", status="handling")
    client.force_login(cast.dispatcher)
    page = client.get("/archiving/").content.decode()
    assert "<strong>2 件</strong> 待归档" in page
    assert "没办完" not in page
    assert "30年，至 2052-12-31" in page
    assert "2023-06-30 前" in page
    page = client.post("/archiving/make/", {"do": "all"}, follow=True).content.decode()
    assert "归档：等待" in page
    batch_work.run(LATER)
    page = client.get("/archiving/").content.decode()
    assert "已归档 2 件" in page
    assert "没有待归档的件" in page


def test_those_ticked_are_archived_and_nothing_ticked_is_said(client, cast, two) -> None:
    client.force_login(cast.reviewer)
    assert "没有勾选" in client.post("/archiving/make/", {"do": "picked"}, follow=True).content.decode()
    client.post("/archiving/make/", {"do": "picked", "picked": [two[1].number]})
    client.post("/archiving/make/", {"do": "picked", "picked": [two[1].number]})  # pressed twice
    batch_work.run(LATER)
    assert Package.objects.get().case == two[1]
    assert Batch.objects.count() == 1
    client.force_login(cast.leader)
    assert client.post("/archiving/make/", {"do": "all"}).status_code == 403
    assert 'name="picked"' not in client.get("/archiving/").content.decode()


def test_the_register_gives_the_package_as_it_was_made(client, cast, expired) -> None:
    package = expired[0]
    client.force_login(cast.reviewer)
    page = client.get("/archiving/packages/").content.decode()
    assert package.sha256[:16] in page
    assert "李建国" in page
    answer = client.get(f"/archiving/packages/{package.pk}.zip")
    assert len(answer.getvalue()) == package.size
    assert Trail.objects.get().data["sha256"] == package.sha256
    client.force_login(cast.leader)
    assert client.get(f"/archiving/packages/{package.pk}.zip").status_code == 403


def test_the_register_is_narrowed_and_taken_out_as_shown(client, cast, expired) -> None:
    client.force_login(cast.admin)
    number = expired[0].case.number
    assert len(client.get(f"/archiving/packages/?q={number}").context["rows"]) == 1
    assert len(client.get("/archiving/packages/?state=erased").context["rows"]) == 0
    data = client.get(f"/archiving/packages.xlsx?q={number}").getvalue()
    rows = list(openpyxl.load_workbook(BytesIO(data)).worksheets[0].values)
    assert [row[0] for row in rows] == ["编号", number]
    assert rows[1][9] == expired[0].sha256
    assert Trail.objects.get().data["filters"] == {"q": number}


def test_pages_of_the_register(client, cast, expired, monkeypatch) -> None:
    monkeypatch.setattr("huiying.workbench.archiving.PAGE", 1)
    client.force_login(cast.admin)
    first = client.get("/archiving/packages/")
    assert [row.pk for row in first.context["rows"]] == [expired[1].pk]
    second = client.get(f"/archiving/packages/?{first.context['older']}")
    assert [row.pk for row in second.context["rows"]] == [expired[0].pk]
    assert second.context["older"] == ""


# Past their term


def test_one_proposes_another_confirms_and_the_worker_erases(client, cast, expired) -> None:
    page = decide(client, cast.supervisor, expired, "propose", why="期满，无保存价值")
    assert "已提请删除 2 件" in page
    assert "批准删除由管理员、领导办理" in page
    page = decide(client, cast.leader, expired, "confirm")
    assert "请勾选“我知道删除后不能恢复”" in page
    assert Package.objects.filter(state="proposed").count() == 2
    page = decide(client, cast.leader, expired, "confirm", sure="1")
    assert "已批准删除 2 件" in page
    batch_work.run(LATER)
    assert "已删除 2 件的个人资料和文字" in client.get("/archiving/expired/").content.decode()
    page = client.get(f"/cases/{expired[0].case.number}/").content.decode()
    assert "（已按期删除）" in page
    assert "保管期限已满，已删除" in page
    assert "保管期限已满，个人资料和文字已删除" in page
    assert "自来水" not in page
    assert doctor.examine(place.current(), now=LATER).is_sound
    client.force_login(cast.admin)
    answer = client.get(f"/archiving/packages/{expired[0].pk}.zip")
    assert "已按保管期限删除" in answer.content.decode()


def test_ones_own_proposal_is_marked_and_refused(client, cast, expired) -> None:
    page = decide(client, cast.admin, expired[:1], "propose", why="期满")
    assert "须另一人批准" in page
    page = decide(client, cast.admin, expired[:1], "confirm", sure="1")
    assert "您自己提请的须由另一人批准" in page
    assert Package.objects.get(pk=expired[0].pk).state == "proposed"


def test_what_was_typed_stays_where_it_is_refused(client, cast, expired) -> None:
    page = decide(client, cast.supervisor, expired[:1], "keep", why="还有诉讼", until_on="2022-06-01")
    assert "须在今天以后" in page
    assert 'value="还有诉讼"' in page
    assert 'value="2022-06-01"' in page
    assert f'value="{expired[0].pk}" aria-label="勾选 {expired[0].case.number}" checked' in page
    for given, said in (
        ({"do": "propose", "why": ""}, "请写明提请删除的理由"),
        ({"do": "keep", "why": "x", "until_on": "明年"}, "请写明续存到哪一天"),
        ({"do": "nothing"}, "没有说明怎样处理"),
    ):
        assert said in decide(client, cast.supervisor, expired[:1], **given)
    assert "没有勾选" in decide(client, cast.supervisor, [], "propose", why="x")
    assert "由督办员、管理员办理" in decide(client, cast.dispatcher, expired, "propose", why="x")


def test_packages_are_kept_on_or_sent_back(client, cast, expired) -> None:
    page = decide(client, cast.supervisor, expired[:1], "keep", why="还有诉讼", until_on="2042-12-31")
    assert "已续存 1 件至 2042-12-31" in page
    decide(client, cast.supervisor, expired[1:], "propose", why="期满")
    assert "已退回 1 件" in decide(client, cast.leader, expired[1:], "turn_down", why="有用")
    assert "有用" in client.get("/archiving/expired/").content.decode()
    assert [line.kind for line in Trail.objects.all()] == ["erase"] * 3


# The rules


def seen(client, url: str) -> str:
    found = re.search(r'name="seen" value="([^"]+)"', client.get(url).content.decode())
    assert found
    return found[1]


def save(client, url: str, **given: Any) -> str:
    return client.post(url, {"seen": seen(client, url)} | given, follow=True).content.decode()


@pytest.fixture
def admin(client, cast):
    client.force_login(cast.admin)
    return client


OWN = {"order": "1", "years": "5", "verified": "O", "source": "县档案局批复", "natures": ["inquiry"]}


def test_the_rules_are_shown_with_their_sources_and_changed_in_order(admin, cast) -> None:
    page = admin.get(RULES).content.decode()
    assert "国家规定的默认" in page
    assert re.findall(r'<td data-label="位置">(\d)</td>', page) == ["1", "2", "3"]
    page = save(admin, f"{RULES}new/", **OWN, topics=["phone/城乡建设"])
    assert "已保存保管期限" in page
    rules = document()["retention"]["rule"]
    assert [rule["years"] for rule in rules] == [5, 0, 30]
    assert rules[0]["topics"] == ["phone/城乡建设"]
    assert "5年（咨询；城乡建设；县档案局批复）" in str(Trail.objects.get().data["after"])
    save(admin, f"{RULES}1/", **OWN | {"order": "9", "years": "6"})
    assert [rule["years"] for rule in document()["retention"]["rule"]] == [0, 30, 6]
    save(admin, f"{RULES}3/", do="remove")
    assert [rule["years"] for rule in document()["retention"]["rule"]] == [0, 30]
    assert "3 条，办结满 90 天归档" in admin.get("/settings/").content.decode()


def test_the_days_until_archiving_are_set(admin, two) -> None:
    assert "请填 0 至 3660" in save(admin, RULES, after_days="很多")
    assert "请写 0 至 3660" in save(admin, RULES, after_days="9999")
    save(admin, RULES, after_days="365")
    assert document()["retention"] == {"after_days": 365}
    assert "没有待归档的件" in admin.get("/archiving/").content.decode()


def test_the_second_of_two_administrators_is_told(admin) -> None:
    url = f"{RULES}new/"
    before = seen(admin, url)
    save(admin, url, **OWN)
    page = admin.post(url, OWN | {"seen": before, "years": "7"}).content.decode()
    assert "刚刚已被别人改过" in page
    assert 'name="years" value="7"' in page
    assert document()["retention"]["rule"][0]["years"] == 5


@pytest.mark.parametrize(
    "given", [{"years": "101"}, {"years": ""}, {"source": ""}, {"natures": ["no"]}, {"order": "0"}]
)
def test_a_rule_that_cannot_be_is_marked(admin, given) -> None:
    assert 'role="alert"' in save(admin, f"{RULES}new/", **OWN | given)
    assert "retention" not in document()


def test_pages_of_the_rules_are_for_the_administrator(client, cast, django_assert_max_num_queries) -> None:
    for url in (RULES, f"{RULES}new/", f"{RULES}1/"):
        for user in cast.everybody():
            client.force_login(user)
            assert client.get(url).status_code == (200 if user == cast.admin else 403), (url, user)
        client.force_login(cast.admin)
        with django_assert_max_num_queries(12):
            client.get(url)
    assert client.get(f"{RULES}9/").status_code == 404


def test_a_broken_configuration_is_said(admin) -> None:
    Office.objects.update(config={"retention": {"rule": [{"years": -1}]}})
    Office.touch()
    assert "第 1 条：years 请写" in admin.get(RULES).content.decode()
    assert "归档停着" in admin.get("/settings/").content.decode()
    assert admin.get("/archiving/").status_code == 409
