"""少改的表: the rare tables, behind the workbench's own door."""

import html
import re

import pytest
from django.urls import reverse

from huiying.accounts import trail
from huiying.accounts.models import Role, Trail, TrailKind
from huiying.batches.models import Batch, BatchKind
from huiying.cases.models import ChannelGroup, Event, Topic, TopicTree
from huiying.notices.models import Outbox
from huiying.ops.models import JobRun
from huiying.workbench import rare_tables
from tests import make
from tests.forms import sent

pytestmark = pytest.mark.django_db
HOME = "/settings/rare/"
TABLES = sorted(rare_tables.SITE._registry, key=lambda model: model.__name__)
READ = [Batch, Event, JobRun, Outbox, Trail]


def url_of(model, page: str = "changelist", *args) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def text_of(answer) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.fixture
def admin(client, cast, now):
    """The administrator's browser; of each table there are rows."""
    for n in range(3):
        make.case(received=make.at(3, 14))
        JobRun.objects.create(name=f"job{n}", ran_at=now)
        Batch.objects.create(kind=BatchKind.RECKON, asked_by=cast.admin, asked_at=now)
        Outbox.objects.create(
            channel="mail", to=f"u{n}", rule="urge", key="1", next_try_at=now, created_at=now
        )
        trail.note(cast.operator, TrailKind.SIGN_IN, at=now, subject=f"zhang{n}")
    client.force_login(cast.admin)
    return client


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model.__name__)
def test_each_list_and_row_opens_cheaply_and_carries_nothing_inline(
    admin, model, django_assert_max_num_queries
) -> None:
    rows = rare_tables.SITE._registry[model].get_queryset(None)
    for url in (HOME, url_of(model), url_of(model, "change", rows.first().pk)):
        with django_assert_max_num_queries(12):
            answer = admin.get(url)
        assert answer.status_code == 200
        page = answer.content.decode()
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page)
        assert not [tag for tag in re.findall(r"<script[^>]*>", page) if "src=" not in tag]


def test_what_shows_less_than_the_settings_or_the_menu_has_a_name_of_its_own(admin) -> None:
    home = text_of(admin.get(HOME))
    for model, name in ((Topic, "分类对应"), (Trail, "登录情况"), (Event, "案件记录")):
        assert name in home
        row = rare_tables.SITE._registry[model].get_queryset(None).first()
        for url in (url_of(model), url_of(model, "change", row.pk)):
            page = admin.get(url).content.decode()
            assert f"{name} · 少改的表" in re.sub(r"\s+", " ", page)
            assert f">{name}</a>" in page


def test_the_words_of_the_scripts_that_django_has_not_translated_are_chinese(admin) -> None:
    assert "\\u5168\\u90e8\\u79fb\\u51fa" in admin.get(f"{HOME}jsi18n/").content.decode()  # 全部移出


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMIN}))
def test_the_others_are_told_that_it_is_not_for_them(client, town, role) -> None:
    client.force_login(make.person("other", "欧阳娜", role, unit="water"))
    for url in (HOME, url_of(TopicTree), url_of(ChannelGroup, "add")):
        answer = client.get(url)
        assert answer.status_code == 403
        assert "这一页由管理员使用" in text_of(answer)


def test_there_is_no_second_door(client, town) -> None:
    assert client.get(HOME).headers["Location"] == f"/sign-in/?next={HOME}"
    assert client.get(f"{HOME}login/").status_code in {302, 404}
    names = {pattern.name for pattern in rare_tables.SITE.get_urls() if hasattr(pattern, "name")}
    assert names == {"index", "jsi18n", "app_list"}


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model.__name__)
def test_nothing_is_deleted_and_what_the_program_writes_is_only_read(admin, model) -> None:
    rows = rare_tables.SITE._registry[model].get_queryset(None)
    before = sorted(map(str, model.objects.values_list()))
    url = url_of(model, "change", pk := rows.first().pk)
    deleting = {"action": "delete_selected", "_selected_action": [str(pk)], "post": "yes"}
    assert admin.post(url_of(model), deleting).status_code == 405
    assert admin.post(f"{url.removesuffix('change/')}delete/", {"post": "yes"}).status_code == 404
    if model in READ:
        assert admin.post(url, {"name": "x", "data": "{}"}).status_code == 403
        assert admin.post(f"{url_of(model)}add/", {"name": "x"}).status_code in {403, 404}
    assert sorted(map(str, model.objects.values_list())) == before


def test_a_change_is_in_the_trail_and_at_once_in_force(admin, cast) -> None:
    group = ChannelGroup.objects.first()
    url = url_of(ChannelGroup, "change", group.pk)
    given = sent(admin, url, url, name="热线电话", aliases="12345\n电话")
    assert admin.post(url, given).status_code == 302
    group.refresh_from_db()
    assert (group.name, group.aliases) == ("热线电话", ["12345", "电话"])
    row = Trail.objects.get(kind=TrailKind.SETTING)
    assert (row.user, row.data["after"]["名称"]) == (cast.admin, "热线电话")


def test_a_new_tree_is_checked_as_in_the_settings(admin) -> None:
    url = url_of(TopicTree, "add")
    given = sent(admin, url, url, code="有 空格", name="市级体系")
    assert "代码“有 空格”不能用" in text_of(admin.post(url, given))
    admin.post(url, given | {"code": "city"})
    assert TopicTree.objects.get(code="city").name == "市级体系"
    assert Trail.objects.get(kind=TrailKind.SETTING).subject == "内容分类体系：市级体系"


def test_the_second_sees_both_versions_and_may_save_then(admin, cast, now) -> None:
    tree = TopicTree.objects.first()
    url = url_of(TopicTree, "change", tree.pk)
    mine = sent(admin, url, url, name="我的叫法")
    admin.post(url, sent(admin, url, url, name="先改的叫法"))
    answer = admin.post(url, mine)
    told = text_of(answer)
    assert "刚刚已被别人改过" in told
    assert "“名称”现在是：先改的叫法" in told
    assert 'value="我的叫法"' in answer.content.decode()
    fresh = re.search(r'name="seen" value="(\w+)"', answer.content.decode())
    assert admin.post(url, mine | {"seen": fresh[1]}).status_code == 302
    tree.refresh_from_db()
    assert tree.name == "我的叫法"


def test_topics_of_two_trees_are_said_to_mean_the_same(admin) -> None:
    one = Topic.objects.first()
    tree = TopicTree.objects.create(code="city", name="市级体系")
    other = Topic.objects.create(tree=tree, name="供排水")
    url = url_of(Topic, "change", one.pk)
    mine = sent(admin, url, url, same_as=[str(other.pk)])
    assert one.name not in admin.get(url).context["adminform"].form.fields["same_as"].queryset.values_list(
        "name"
    )
    assert admin.post(url, mine).status_code == 302
    assert list(one.same_as.all()) == [other]
    assert list(other.same_as.all()) == [one]
    assert Trail.objects.get(kind=TrailKind.SETTING).data["after"] == {"对应分类": [other.path]}
    assert "“对应分类”现在是：city/供排水" in text_of(admin.post(url, mine | {"same_as": []}))
    assert list(one.same_as.all()) == [other]
