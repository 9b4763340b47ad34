"""Two people, one case, each in a browser of their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from huiying.cases import presence
from huiying.cases.models import Case, Presence, Reply
from huiying.dispatch import alike
from huiying.replies import drafting
from tests import make
from tests.browser.looks import everywhere, troubles
from tests.cast import Cast, people

DeskOf = Callable[..., Page]
ASK = 'document.dispatchEvent(new Event("visibilitychange"))'
"""What a browser says when a tab comes to the front: the page asks who is there without waiting its turn."""


class Wall:
    """The wall clock; `later` lets time pass for the server."""

    def __init__(self) -> None:
        self.at = make.at(3, 15, 10)

    def later(self, passed: timedelta) -> None:
        self.at += passed


@pytest.fixture(autouse=True)
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    wall = Wall()
    monkeypatch.setattr(timezone, "now", lambda: wall.at)
    return wall


@pytest.fixture
def cast(live_server: Any) -> Cast:
    make.town()
    make.case("待派的一件", received=make.at(3, 14))
    make.case("在办的一件", status="handling", received=make.at(3, 14))
    make.case("待审的一件", status="reviewing", received=make.at(3, 14))
    return people()


def number(title: str) -> str:
    return Case.objects.get(title=title).number


def test_who_is_at_a_case_appears_at_the_other_desk_and_disappears(
    desk_of: DeskOf, cast: Cast, wall: Wall
) -> None:
    second = make.person("linxia", "林夏", "dispatcher")
    mine, theirs = desk_of(cast.dispatcher), desk_of(second)
    url = f"/dispatch/{number('待派的一件')}/"
    mine.goto(url)
    expect(mine.locator("#here")).to_be_empty()
    theirs.goto("/dispatch/")
    expect(theirs.locator("[data-rows] tbody tr")).to_contain_text("李建国正在派单")
    theirs.goto(url)
    expect(theirs.locator("#here")).to_have_text("李建国正在派单。")
    mine.fill("#note", "写到一半的说明")
    mine.evaluate(ASK)
    expect(mine.locator("#here")).to_have_text("林夏正在派单。")
    expect(mine.locator("#note")).to_have_value("写到一半的说明")
    theirs.goto("/")
    wall.later(presence.LASTS)
    mine.evaluate(ASK)
    expect(mine.locator("#here")).to_be_empty()
    assert [row.user.name for row in Presence.objects.filter(seen_at__gt=wall.at - presence.LASTS)] == [
        "李建国"
    ]


def test_a_page_asks_every_twenty_seconds_and_a_hidden_tab_not_at_all(desk_of: DeskOf, cast: Cast) -> None:
    page = desk_of(cast.dispatcher)
    page.clock.install()
    page.goto(f"/cases/{number('在办的一件')}/")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/here/" in request.url else None)
    see = "Object.defineProperty(document, 'visibilityState', {{get: () => '{}', configurable: true}})"
    page.evaluate(see.format("hidden"))
    page.clock.run_for(120_000)
    assert asked == []
    page.evaluate(see.format("visible"))
    with page.expect_response(lambda response: "/here/" in response.url):
        page.clock.run_for(20_000)
    assert len(asked) == 1


def test_where_the_sign_in_ran_out_the_page_says_so_and_the_words_are_saved_after_signing_in(
    desk_of: DeskOf, cast: Cast
) -> None:
    page = desk_of(cast.clerk)
    page.goto(f"/cases/{number('在办的一件')}/task/1/")
    page.fill("#public-answer", "写了很久的答复。")
    page.context.clear_cookies()
    page.evaluate(ASK)
    expect(page.locator("#here")).to_contain_text("登录已到期")
    assert not troubles(page)
    door = page.context.new_page()
    door.goto("/sign-in/")
    door.fill("#id_username", "chenjing")
    door.fill("#id_password", make.PASSWORD)
    door.get_by_role("button", name="登录").click()
    expect(door.get_by_role("heading", level=1)).to_be_visible()
    page.get_by_role("button", name="保存这一稿").click()
    expect(page.get_by_role("status")).to_contain_text("已保存第 1 稿")
    assert Reply.objects.get().public_answer == "写了很久的答复。"


def test_a_double_click_without_scripts_is_one_deed(desk_of: DeskOf, cast: Cast) -> None:
    page = desk_of(cast.dispatcher, java_script_enabled=False)
    late = make.case("逾期的一件", status="dispatched", received=make.at(3, 1))
    page.goto("/supervision/?list=claim")
    page.get_by_role("button", name=f"催办 {late.number}").dblclick()
    expect(page.locator(".told")).to_contain_text(f"已催办 {late.number}")
    assert late.events.filter(kind="urge").count() == 1
    page.goto(f"/supervision/{late.number}/letter/")
    page.fill("#due_on", "2022-03-20")
    page.fill("#text", "请限期办结")
    page.get_by_role("button", name="编号并发出").dblclick()
    expect(page.locator(".told")).to_contain_text("督办函〔2022〕1号")
    assert late.letters.count() == 1
    operator = desk_of(cast.operator, java_script_enabled=False)
    operator.goto("/intake/")
    operator.fill("#title", "东街何时恢复供水")
    operator.select_option("#nature", "inquiry")
    operator.get_by_role("button", name="登记转办").dblclick()
    expect(operator.locator(".told")).to_contain_text("已登记，待派单")
    assert Case.objects.filter(title="东街何时恢复供水").count() == 1


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_of_two_who_dispatch_one_case_the_second_sees_both_and_goes_on(desk_of: DeskOf, cast: Cast) -> None:
    """The first takes it back at once; the queue that stood open since then is refused in its turn."""
    case = Case.objects.get(title="待派的一件")
    mine, theirs = desk_of(cast.dispatcher), desk_of(make.person("linxia", "林夏", "dispatcher"))
    for page in (mine, theirs):
        page.goto(f"/dispatch/{case.number}/")
    theirs.fill("#lead", "云溪县住建局")
    theirs.get_by_label("协办单位 1").fill("石桥镇")
    theirs.fill("#note", "支管归住建部门养护")
    mine.fill("#lead", "云溪县水务局")
    mine.fill("#note", "请先查水厂")
    press(mine, "派单")
    press(mine, "撤销派单")
    expect(mine.locator(".told")).to_contain_text("已撤销 1 件派单")
    press(theirs, "派单")
    expect(theirs.get_by_role("alert")).to_contain_text("刚刚被他人处理过")
    happened = theirs.locator(".tell", has_text="您打开之后")
    expect(happened.locator("li")).to_contain_text(["李建国：派单至云溪县水务局", "李建国：撤回派单"])
    expect(happened).to_contain_text("请先查水厂")
    expect(theirs.locator("#lead")).to_have_value("云溪县住建局")
    expect(theirs.get_by_label("协办单位 1")).to_have_value("石桥镇")
    expect(theirs.locator("#note")).to_have_value("支管归住建部门养护")
    press(theirs, "派单")
    expect(theirs.locator(".told")).to_contain_text("派给云溪县住建局")
    mine.get_by_label(f"勾选 {case.number}").check()
    mine.fill("#bulk-lead", "云溪县水务局")
    press(mine, "派出勾选的")
    expect(mine.locator(".told")).to_contain_text("林夏：派单至云溪县住建局")
    assert case.assignments.exclude(status="cancelled").count() == 2


def test_a_reply_is_sent_back_while_it_is_amended_and_then_approved_by_two_heads_at_once(
    desk_of: DeskOf, cast: Cast, wall: Wall
) -> None:
    task = Case.objects.get(title="在办的一件").assignments.get()
    clerk, reviewer = desk_of(cast.clerk), desk_of(cast.reviewer)
    url = f"/cases/{task.case.number}/task/1/"
    clerk.goto(url)
    clerk.fill("#handling-report", "更换了支管。")
    clerk.fill("#public-answer", "您好，支管已经更换，还在写……")
    handed = drafting.Texts("已安排人员处理。", "", "您好，已安排相关部门处理。")
    drafting.answer(task, handed, by=cast.head, at=wall.at, seq=task.case.seq)
    reviewer.goto(f"/review/{task.case.number}/1/")
    reviewer.select_option("#reason", "empty")
    reviewer.fill("#note", "请写明哪天修好")
    press(reviewer, "退回重办")
    expect(reviewer.locator(".told")).to_contain_text("已退回重办")
    press(clerk, "保存这一稿")
    expect(clerk.get_by_role("alert")).to_contain_text("刚刚被他人处理过")
    happened = clerk.locator(".tell", has_text="您打开之后").locator("li")
    expect(happened).to_contain_text(["王立新：云溪县水务局反馈", "周红：将云溪县水务局的答复退回重办"])
    expect(happened.last).to_contain_text("没有说明办理结果请写明哪天修好")
    expect(clerk.locator(".tell", has_text="现在保存的是第 1 稿")).to_contain_text("已安排相关部门处理")
    expect(clerk.locator("#public-answer")).to_have_value("您好，支管已经更换，还在写……")
    clerk.fill("#public-answer", "您好，支管已于3月14日更换。")
    press(clerk, "保存这一稿")
    expect(clerk.get_by_role("status")).to_contain_text("已保存第 2 稿")
    heads = [desk_of(cast.head), desk_of(make.person("linxia", "林夏", "head", unit="water"))]
    for head in heads:
        head.goto(url)
    for head in heads:
        press(head, "审签同意")
    expect(heads[0].locator(".told")).to_contain_text("已审签")
    expect(heads[1].locator(".tell", has_text="您打开之后")).to_contain_text("王立新：")
    assert task.case.events.filter(kind="approve_reply").count() == 1


def test_a_case_is_merged_while_another_dispatches_it(desk_of: DeskOf, cast: Cast, wall: Wall) -> None:
    """The merge is refused and made on a second look; then the other case, which it changed, is refused."""
    first, second = (make.case("东街路灯三盏不亮", received=make.at(3, day)) for day in (13, 14))
    alike.refresh(wall.at)
    mine, theirs = desk_of(cast.dispatcher), desk_of(make.person("linxia", "林夏", "dispatcher"))
    theirs.goto("/dispatch/")
    mine.goto("/dispatch/alike/")
    theirs.get_by_label(f"勾选 {second.number}").check()
    theirs.fill("#bulk-lead", "云溪县住建局")
    press(theirs, "派出勾选的")
    expect(theirs.locator(".told")).to_contain_text("已将 1 件派给云溪县住建局")
    press(mine, "勾选的并为一件")
    expect(mine.locator(".tell.error")).to_contain_text("林夏：派单至云溪县住建局")
    assert not Case.objects.filter(status="closed").exists()
    press(mine, "勾选的并为一件")
    expect(mine.locator(".told")).to_contain_text(f"已将 1 件并入 {first.number}")
    theirs.get_by_label(f"勾选 {first.number}").check()
    theirs.fill("#bulk-lead", "云溪县住建局")
    press(theirs, "派出勾选的")
    expect(theirs.locator(".tell.error")).to_contain_text(f"李建国：{second.number}并入本件")
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.merged_into) == ("received", first)


def test_axe_finds_nothing_where_somebody_else_is_there(desk_of: DeskOf, cast: Cast) -> None:
    pages = [
        (cast.dispatcher, "dispatcher", ["/dispatch/", f"/dispatch/{number('待派的一件')}/"]),
        (cast.reviewer, "reviewer", ["/review/", f"/review/{number('待审的一件')}/1/"]),
        (cast.clerk, "clerk", ["/inbox/?tab=todo", f"/cases/{number('在办的一件')}/task/1/"]),
    ]
    found = []
    for user, role, (queue, url) in pages:
        other = make.person(f"other-{role}", "欧阳娜娜", role, unit=user.unit.code if user.unit else None)
        desk_of(other).goto(url)
        page = desk_of(user)
        for address in (queue, url):
            page.goto(address)
            expect(page.locator("main")).to_contain_text("欧阳娜娜正在")
            found += everywhere(page, address)
    assert not found, "\n".join(found)
