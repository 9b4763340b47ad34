"""The rules of call-backs on screen: a look at what a change would do, then kept."""

import re
from collections.abc import Callable

import pytest

from huiying.accounts.models import Trail
from huiying.cases import place
from huiying.cases.models import Office
from huiying.ops.place import document
from huiying.quality import calls
from huiying.quality.models import CallBack
from tests import make
from tests.make import at

pytestmark = pytest.mark.django_db
URL = "/settings/callbacks/"
ALL = {"natures": ["complaint", "tip"], "percent": "100", "attempts": "2", "within_days": "30"}


@pytest.fixture
def admin(client, cast):
    client.force_login(cast.admin)
    return client


@pytest.fixture
def february(town) -> None:
    """Two complaints and three inquiries that were closed last month, and one inquiry of this month."""
    for n, nature in enumerate(("complaint", "complaint", "inquiry", "inquiry", "inquiry")):
        make.case(f"二月的{n}", status="closed", nature=nature, received=at(2, 20))
    make.case("三月的", status="closed", nature="inquiry", received=at(3, 10))


@pytest.fixture
def told(admin) -> Callable[..., str]:
    """What the page says to what is typed on it."""

    def told(**given) -> str:
        seen = re.search(r'name="seen" value="([^"]+)"', admin.get(URL).content.decode())
        assert seen
        answer = admin.post(URL, {"seen": seen[1], "do": "preview", **ALL, **given}, follow=True)
        return answer.content.decode()

    return told


def rows(page: str) -> list[list[str]]:
    return [
        re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", row)
        for row in re.findall(r"<tr>(.*?)</tr>", page)
        if "row" in row
    ]


def test_the_page_shows_the_defaults_that_hold(admin) -> None:
    page = admin.get(URL).content.decode()
    assert re.findall(r'value="(\w+)" id="id_natures_\d+" checked', page) == ["complaint", "tip"]
    assert re.findall(r'name="(?:percent|attempts|within_days)" value="(\d+)"', page) == ["20", "3", "30"]
    assert "投诉、举报全部回访，其余抽 20%" in admin.get("/settings/").content.decode()


def test_a_change_is_looked_at_by_nature_before_it_is_kept(february, told) -> None:
    Office.objects.update(config={"quality": {"percent": 0}})
    Office.touch()
    page = told(natures=["inquiry"], percent="0")
    assert rows(page) == [["咨询", "3", "0", "3"], ["投诉", "2", "2", "0"]]
    assert "2022年2月办结、可回访的 5 件，现行规则回访 2 件，改后回访 <strong>3</strong> 件" in page
    assert "一小时内将安排 <strong>4</strong> 件回访" in page  # with the one of March
    assert Office.objects.get().config == {"quality": {"percent": 0}}
    assert not CallBack.objects.exists()


def test_the_draw_of_the_look_is_the_draw_of_the_job(february, told, now) -> None:
    page = told(natures=[], percent="50", within_days="60")
    chosen = sum(int(row[3]) for row in rows(page))
    told(natures=[], percent="50", within_days="60", do="save")
    calls.plan(place.current(), now)
    assert CallBack.objects.filter(case__title__startswith="二月").count() == chosen


def test_what_is_kept_holds_is_told_to_the_trail_and_is_exported(february, admin, told, now) -> None:
    assert "已保存回访规则" in told(do="save")
    assert calls.plan(place.current(), now) == (6, 0)
    line = Trail.objects.get()
    assert (line.kind, line.subject) == ("setting", "回访规则")
    assert line.data["before"] == {"其余性质抽查百分比": 20, "打不通的，最多打几次": 3}
    assert line.data["after"] == {"其余性质抽查百分比": 100, "打不通的，最多打几次": 2}
    kept = {"natures": ["complaint", "tip"], "percent": 100, "attempts": 2, "within_days": 30}
    assert document()["quality"] == kept
    assert "没有改动" in told(do="save")
    assert Trail.objects.count() == 1


def test_the_second_of_two_administrators_sees_both_and_keeps_what_was_typed(admin, told) -> None:
    seen = re.search(r'name="seen" value="([^"]+)"', admin.get(URL).content.decode())
    told(percent="30", do="save")
    page = admin.post(URL, {**ALL, "percent": "70", "seen": seen[1], "do": "save"}).content.decode()
    assert "刚刚已被别人改过" in page
    assert 'name="percent" value="70"' in page
    assert "<dt>其余性质抽查百分比</dt><dd>30</dd>" in page
    assert Office.objects.get().config["quality"]["percent"] == 30


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"percent": "101"}, "“其余性质抽查百分比”请填 0 至 100 的整数。"),
        ({"percent": ""}, "“其余性质抽查百分比”请填 0 至 100 的整数。"),
        ({"attempts": "两次"}, "“打不通的，最多打几次”请填 1 至 10 的整数。"),
        ({"within_days": "0"}, "“办结后多少天内回访”请填 1 至 366 的整数。"),
        ({"natures": ["nothing"]}, "nothing"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence_at_its_field(told, given, said) -> None:
    page = told(**given, do="save")
    assert said in page
    assert 'aria-invalid="true"' in page
    assert Office.objects.get().config == {}


def test_a_broken_configuration_is_said_and_can_be_mended_here(admin, told) -> None:
    Office.objects.update(config={"quality": {"percent": 300}})
    Office.touch()
    assert "percent：写的是 300" in admin.get(URL).content.decode()
    assert "配置写得不对" in admin.get("/settings/").content.decode()
    assert "已保存" in told(do="save")
    assert "写得不对" not in admin.get(URL).content.decode()


def test_a_word_that_is_no_nature_is_shown_and_dropped(admin, told) -> None:
    Office.objects.update(config={"quality": {"natures": ["投诉", "信访"]}})
    Office.touch()
    assert "“信访”不是在用的性质" in admin.get(URL).content.decode()
    told(do="save")
    assert "信访" not in admin.get(URL).content.decode()


def test_the_look_costs_the_same_for_many_cases(february, admin, told, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(12):
        admin.post(URL, ALL | {"seen": "x", "do": "preview"})


def test_where_last_month_had_nothing_an_earlier_one_is_compared(town, told) -> None:
    assert "2022年2月没有办结" in told()
    make.case(status="closed", received=at(1, 12))
    assert "2022年1月办结、可回访的 1 件" in told()
