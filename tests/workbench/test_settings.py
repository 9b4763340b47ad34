"""What the administrator sets, on screen."""

import re
from datetime import date

import pytest
from django.urls import reverse

from huiying.accounts import people
from huiying.accounts.models import Delegation, Holding, Role, Trail, Unit, User
from huiying.cases import place
from huiying.cases.models import CalendarDay, Channel, ClockRule, Nature, Topic, TopicTree
from huiying.ops import batch_work, doctor
from huiying.workbench.settings_pages import LISTS
from tests import make

pytestmark = pytest.mark.django_db
PAGES = (
    "/settings/",
    "/settings/people/",
    "/settings/people/new/",
    "/settings/units/",
    "/settings/units/new/",
    "/settings/topics/",
    "/settings/topics/new/",
    "/settings/channels/",
    "/settings/natures/",
    "/settings/areas/",
    "/settings/callbacks/",
    "/settings/rules/",
    "/settings/rules/new/",
    "/settings/rules/version/reply/",
    "/settings/calendar/",
    "/settings/calendar/?day=2022-05-02",
)


@pytest.fixture
def admin(client, cast):
    client.force_login(cast.admin)
    return client


def form_of(page: str) -> dict[str, str]:
    """What the first form of a page carries hidden."""
    found = re.findall(r'<input type="hidden" name="(seen|day|year)" value="([^"]*)"', page)
    return dict(reversed(found))


@pytest.mark.parametrize("url", PAGES)
def test_each_page_is_for_the_administrator_alone_and_cheap(
    client, cast, url, django_assert_max_num_queries
) -> None:
    for user in cast.everybody():
        client.force_login(user)
        if user != cast.admin:
            assert client.get(url).status_code == 403, user
    client.force_login(cast.admin)
    with django_assert_max_num_queries(12):
        assert client.get(url).status_code == 200


def test_a_page_that_is_not_there(admin) -> None:
    for url in ("/settings/nothing/", "/settings/units/99999/", "/settings/rules/version/none/"):
        assert admin.get(url).status_code == 404


def test_a_unit_is_changed_and_the_menu_names_it_so(admin) -> None:
    unit = Unit.objects.get(code="water")
    url = reverse("word", args=("units", unit.pk))
    given = form_of(admin.get(url).content.decode()) | {
        "name": "云溪县水利局",
        "kind": "department",
        "order": "2",
        "active": "on",
        "one_person": "on",
        "aliases": "水务局\n\n水务局\n县水务局",
        "duties": "停水、水压\n 水费 \n",
    }
    answer = admin.post(url, given, follow=True)
    assert "已保存“云溪县水利局”" in answer.content.decode()
    unit.refresh_from_db()
    assert (unit.aliases, unit.one_person, unit.code) == (["水务局", "县水务局"], True, "water")
    assert unit.duties == ["停水、水压", "水费"]
    assert "云溪县水利局" in admin.get("/settings/units/", {"q": "水压"}).content.decode()
    assert Trail.objects.get(kind="setting").data["after"]["名称"] == "云溪县水利局"


def test_the_second_of_two_administrators_sees_both_versions_and_keeps_what_was_typed(admin) -> None:
    nature = Nature.objects.get(code="tip")
    url = reverse("word", args=("natures", nature.pk))
    given = form_of(admin.get(url).content.decode()) | {"order": "4", "active": "on", "aliases": ""}
    admin.post(url, given | {"name": "检举"})
    page = admin.post(url, given | {"name": "控告"}).content.decode()
    assert "刚刚已被别人改过" in page
    assert 'value="控告"' in page
    assert "<dd>检举</dd>" in page
    assert Nature.objects.get(code="tip").name == "检举"
    admin.post(url, given | {"name": "控告"} | form_of(page))
    assert Nature.objects.get(code="tip").name == "控告"


def test_a_new_row_of_each_list(admin) -> None:
    tree, parent = TopicTree.objects.get(code="net"), Topic.objects.get(path="net/民生")
    for name, given in {
        "units": {"code": "fire", "name": "云溪县消防队", "kind": "other", "order": "9"},
        "topics": {"tree": tree.pk, "parent": parent.pk, "name": "就业", "order": "9"},
        "channels": {
            "code": "visit",
            "name": "来访",
            "group": Channel.objects.first().group_id,
            "order": "9",
        },
        "natures": {"code": "thanks", "name": "表扬", "order": "9"},
        "areas": {"code": "pine", "name": "松坪镇", "order": "9"},
    }.items():
        answer = admin.post(f"/settings/{name}/new/", given | {"active": "on", "aliases": "", "seen": ""})
        assert answer.status_code == 302, answer.content.decode()
        assert given["name"] in admin.get(f"/settings/{name}/?q={given['name']}").content.decode()
    assert Topic.objects.filter(path="net/民生/就业").exists()


@pytest.mark.parametrize("name", LISTS)
def test_every_field_is_named_in_chinese(admin, name) -> None:
    fields = admin.get(f"/settings/{name}/new/").context["form"].visible_fields()
    assert fields
    assert not [field.label for field in fields if field.label.isascii()]


def test_what_cannot_be_is_said_at_its_place(admin) -> None:
    page = admin.post(
        "/settings/units/new/",
        {"code": "a b", "name": "某局", "kind": "department", "order": "1", "aliases": ""},
    )
    assert "代码“a b”不能用" in page.content.decode()
    page = admin.post("/settings/units/new/", {"code": "ok", "name": "", "kind": "department"})
    assert 'aria-invalid="true"' in page.content.decode()
    assert not Trail.objects.exists()


# People


def test_an_account_is_opened_and_its_password_shown_once(admin, client) -> None:
    unit = Unit.objects.get(code="water")
    given = {"username": "dinghua", "name": "丁华", "unit": unit.pk, "roles": ["clerk", "head"]}
    given["email"] = "ding@water.test"
    page = admin.post("/settings/people/new/", given).content.decode()
    password = re.search(r'class="once">([^<]+)<', page)
    assert password
    user = User.objects.get(username="dinghua")
    assert user.check_password(password[1])
    assert (user.roles, user.email) == ({"clerk", "head"}, "ding@water.test")
    assert "丁华" in admin.get("/settings/people/?q=dinghua&role=head").content.decode()
    assert password[1] not in str(list(Trail.objects.values_list("data", flat=True)))


def test_roles_are_changed_and_the_account_closed(admin, cast) -> None:
    url = reverse("person", args=(cast.operator.pk,))
    seen = form_of(admin.get(url).content.decode())
    given = seen | {
        "name": "张晓",
        "roles": ["operator", "callback"],
        "active": "on",
        "email": "z@office.test",
    }
    assert "邮箱写得不对" in admin.post(url, given | {"email": "张晓"}).content.decode()
    assert admin.post(url, given).status_code == 302
    assert set(Holding.objects.filter(user=cast.operator).values_list("role", flat=True)) == {
        "operator",
        "callback",
    }
    assert Trail.objects.get().data["after"]["邮箱"] == "z@office.test"
    assert 'value="z@office.test"' in admin.get(url).content.decode()
    page = admin.post(url, given | {"roles": []}).content.decode()  # with the mark of before
    assert "已被别人改过" in page
    admin.post(url, form_of(page) | {"name": "张晓"})
    assert not User.objects.get(pk=cast.operator.pk).is_active


def test_a_password_is_replaced_and_the_old_session_ends(admin, cast, client) -> None:
    other = client.__class__()
    other.force_login(cast.operator)
    page = admin.post(reverse("person_password", args=(cast.operator.pk,))).content.decode()
    assert "只显示这一次" in page
    assert other.get("/").url.startswith("/sign-in/")


def test_the_list_of_people_costs_the_same_for_many(admin, django_assert_max_num_queries) -> None:
    for n in range(30):
        make.person(f"p{n}", f"人{n}", Role.CLERK, unit="water", password="!")
    with django_assert_max_num_queries(12):
        admin.get("/settings/people/")


# Standing in


def lend(client, giver, taker, **changes):
    given = {
        "giver": giver.pk,
        "taker": taker.pk,
        "from_on": "2022-03-15",
        "until_on": "2022-03-20",
        "reason": "外出培训",
    }
    return client.post("/delegations/", given | changes)


def test_one_delegates_ones_own_work_and_everybody_sees_for_whom_it_is_done(client, cast, now) -> None:
    client.force_login(cast.head)
    assert lend(client, cast.head, cast.editor).status_code == 302
    case = make.case(status="dispatched", unit="water")
    client.force_login(cast.editor)
    page = client.get(f"/cases/{case.number}/").content.decode()
    assert "代王立新" in page
    assert "至3月20日" in page
    client.post(f"/cases/{case.number}/moves/claim/", {"seq": case.seq, "on": 1})
    client.force_login(cast.dispatcher)
    assert "冯丽代王立新" in client.get(f"/cases/{case.number}/").content.decode()
    assert doctor.examine(place.current(), now=now, number=case.number).is_sound


def test_nobody_delegates_for_another_but_the_administrator(client, cast) -> None:
    client.force_login(cast.clerk)
    lend(client, cast.head, cast.clerk)
    assert not Delegation.objects.exists()
    client.force_login(cast.admin)
    lend(client, cast.head, cast.clerk)
    made = Delegation.objects.get()
    url = reverse("delegation_end", args=(made.pk,))
    client.force_login(cast.stranger)
    assert client.post(url).status_code == 404
    client.force_login(cast.clerk)
    assert client.post(url).status_code == 403
    client.force_login(cast.head)
    client.post(url)
    made.refresh_from_db()
    assert made.ended_at is not None


def test_the_page_of_delegations_is_cheap_and_says_why_not(
    client, cast, django_assert_max_num_queries
) -> None:
    client.force_login(cast.admin)
    assert "没有可以委托的角色" in lend(client, cast.auditor, cast.editor).content.decode()
    for taker in (cast.editor, cast.clerk, cast.reviewer):
        lend(client, cast.head, taker)
    with django_assert_max_num_queries(12):
        assert "陈静代王立新" in client.get("/delegations/").content.decode()


# Rules and the calendar


def test_a_rule_is_looked_at_and_then_kept(admin, now) -> None:
    case = make.case(status="handling", received=make.at(3, 14))
    url = "/settings/rules/version/reply/"
    given = form_of(admin.get(url).content.decode()) | {
        "name": "其他诉求五个工作日",
        "valid_from": "2022-03-14",
        "amount": "5",
        "unit": "working_days",
        "starts": "received",
        "source": "新规程第五条",
        "verified": "O",
    }
    page = admin.post(url, given | {"do": "preview"}).content.decode()
    assert f"{case.number}</a> 云溪县水务局 答复时限：2022-03-29 00:00 → 2022-03-22 00:00" in page
    assert ClockRule.objects.filter(code="reply").count() == 1
    page = admin.post(url, given | {"do": "save"}, follow=True).content.decode()
    assert "由后台重算，进度见下" in page
    assert "重算时限：等待" in page
    assert not case.events.filter(kind="reckon").exists()
    batch_work.run(now)
    assert "已重算 1 件的 1 个时限" in admin.get("/settings/rules/").content.decode()
    assert case.events.filter(kind="reckon").count() == 1
    page = admin.post(url, given | {"do": "save"}).content.decode()
    assert "刚刚已有别人写了新的版本" in page


def test_a_day_is_changed_and_the_clocks_follow(admin, now) -> None:
    case = make.case(status="handling", received=make.at(3, 14))
    given = form_of(admin.get("/settings/calendar/?day=2022-03-18").content.decode())
    assert given["day"] == "2022-03-18"
    given |= {"kind": "holiday", "name": "县庆", "source": "县政府通知"}
    page = admin.post("/settings/calendar/day/", given, follow=True).content.decode()
    assert "由后台重算" in page
    assert "节假日（县庆）" in page
    batch_work.run(now)
    assert "已重算 1 件" in admin.get("/settings/calendar/").content.decode()
    case.refresh_from_db()
    assert case.due_at == make.at(3, 30, 0)
    assert Trail.objects.get(kind="setting").data["after"]["名称"] == "县庆"
    page = admin.post("/settings/calendar/day/", given | {"name": "另说"}).content.decode()
    assert "刚刚已被别人改过" in page
    assert 'value="另说"' in page


def test_a_weekday_cannot_be_a_make_up_day(admin) -> None:
    page = admin.post("/settings/calendar/day/", {"day": "2022-03-18", "kind": "makeup", "seen": ""})
    assert "是平日" in page.content.decode()


def test_the_yearly_notice_is_looked_at_and_taken_in(admin) -> None:
    page = admin.get("/settings/calendar/?year=2023").content.decode()
    assert "2023年还不完整" in page
    given = form_of(page) | {"text": "元旦：1月1日至2日放假。\n春节：1月21日至27日放假。1月28日、29日上班。"}
    page = admin.post("/settings/calendar/notice/", given | {"do": "preview"}).content.decode()
    assert "读出 11 天" in page
    assert not CalendarDay.objects.filter(day__year=2023).exists()
    admin.post("/settings/calendar/notice/", given | {"do": "save"})
    assert CalendarDay.objects.filter(day__year=2023).count() == 365
    assert CalendarDay.objects.get(day=date(2023, 1, 28)).kind == "makeup"
    assert "2023 年的放假安排" not in admin.get("/settings/").content.decode()


def test_a_pasted_table_does_as_well_and_a_bad_one_says_where(admin) -> None:
    given = form_of(admin.get("/settings/calendar/?year=2023").content.decode())
    given |= {"do": "save", "text": "date,kind,name\n2023-01-02,holiday,元旦\n"}
    admin.post("/settings/calendar/notice/", given)
    assert CalendarDay.objects.get(day=date(2023, 1, 2)).name == "元旦"
    page = admin.post("/settings/calendar/notice/", given | {"text": "date,kind\n2023-01-02,makeup\n"})
    assert "第 2 行" in page.content.decode()
    assert "/tmp" not in page.content.decode()


def test_the_calendar_that_comes_with_the_program(admin) -> None:
    url = "/settings/calendar/seeded/"
    admin.post(url, {"year": "2023"})
    assert CalendarDay.objects.filter(day__year=2023).count() == 365
    said = admin.post(url, {"year": "2023"}, follow=True).content.decode()
    assert "2023年的日历已经齐全（管理员，03-15 10:00），没有新增" in said
    assert Trail.objects.get().data == {"after": {"新增": 365}}


def test_the_day_alone_is_the_same_as_in_the_page(admin) -> None:
    url = "/settings/calendar/?day=2022-05-02"
    fragment = admin.get(url, headers={"HX-Request": "true"}).content.decode()

    def bare(text: str) -> str:
        return re.sub(r'csrfmiddlewaretoken" value="\w+"', "", text)

    assert fragment.startswith('<section class="card" id="day"')
    assert bare(fragment) in bare(admin.get(url).content.decode())


# The trail


def test_the_auditor_reads_the_trail_and_nobody_else(
    client, cast, now, django_assert_max_num_queries
) -> None:
    for n in range(60):
        people.new_password(cast.operator, by=cast.admin, at=make.at(3, 1 + n % 10))
    User.objects.update(must_change=False)
    client.force_login(cast.auditor)
    with django_assert_max_num_queries(12):
        answer = client.get("/trail/")
    assert len(answer.context["rows"]) == 50
    page = client.get(f"/trail/?{answer.context['older']}")
    assert len(page.context["rows"]) == 10
    assert "密码：（无） → 重设" in page.content.decode()
    for user in cast.everybody():
        client.force_login(user)
        assert client.get("/trail/").status_code == (200 if user == cast.auditor else 403), user


def test_the_trail_is_filtered_by_matter_person_words_and_days(client, cast, now) -> None:
    client.post("/sign-in/", {"username": "laoli", "password": "错"})
    people.new_password(cast.operator, by=cast.admin, at=make.at(3, 2))
    client.force_login(cast.auditor)
    for query, count in {
        "kind=refused": 1,
        "who=guanli": 1,
        "who=管理员": 1,
        "q=laoli": 1,
        "from=2022-03-02&to=2022-03-02": 1,
        "from=2022-03-16": 0,
        "kind=nothing": 2,
    }.items():
        assert len(client.get(f"/trail/?{query}").context["rows"]) == count, query
    assert "不是日期" in client.get("/trail/?from=昨天").content.decode()
    assert client.get("/trail/", headers={"HX-Request": "true"}).content.decode().startswith("<section id=")


def test_the_trail_takes_no_orders(client, cast) -> None:
    client.force_login(cast.auditor)
    client.post("/trail/", {"kind": "sign_in"})
    assert not Trail.objects.exists()
