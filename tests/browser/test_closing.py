"""A month is closed in a real browser: the editor opens it, units confirm and dispute, the office rules."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from huiying.bulletins import reconciliation
from huiying.bulletins.models import Statement
from huiying.cases.models import Case
from huiying.cases.place import current
from tests import make
from tests.browser.looks import everywhere
from tests.bulletins.closing import DUE, MARCH, advance, ask, confirm, object_to, of, published
from tests.bulletins.test_editions import STYLE
from tests.cast import Cast, people

SignIn = Callable[[Any], Page]


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    told = [make.at(4, 2, 10)]
    monkeypatch.setattr(timezone, "now", lambda: told[-1])
    return told


@pytest.fixture
def cast(live_server: Any) -> Cast:
    make.town(config={"bulletin": {"style": [STYLE]}})
    for n, status in enumerate(make.STEPS):
        make.case(f"{status}的一件", status=status, received=make.at(3, 1 + n), co=["housing"])
    make.case("燃气的一件", status="closed", unit="housing")
    return people()


def begin(cast: Cast) -> reconciliation.Reconciliation:
    return reconciliation.begin(current(), MARCH, due_on=DUE, by=cast.editor, at=timezone.now())


def test_from_opening_to_a_ruling(sign_in: SignIn, cast: Cast) -> None:
    page = sign_in(cast.editor)
    page.goto("/")
    page.get_by_role("navigation", name="主要栏目").get_by_role("link", name="收口").click()
    page.get_by_label("给各单位的说明").fill("请重点看认领时间。")
    page.get_by_role("button", name="开始对账").dblclick()
    expect(page.get_by_role("status").first).to_contain_text("2 个单位各有一份对账单")
    number = Case.objects.get(title="dispatched的一件").number

    page = sign_in(cast.clerk)
    page.goto("/closing/")
    page.get_by_role("link", name="2022年3月").click()
    expect(page.get_by_text("请重点看认领时间。")).to_be_visible()
    page.get_by_role("link", name=re.compile("未按时认领")).click()
    expect(page.locator("[data-rows] tbody tr")).to_have_count(1)
    page.get_by_role("link", name=f"提出异议 {number}").click()
    expect(page.get_by_label("编号", exact=True)).to_have_value(number)
    page.get_by_label("何处不对").select_option("claim")
    page.get_by_label("应为").fill("3月2日16时已认领")
    page.get_by_label("理由和依据").fill("系统切换，当日电话认领。")
    page.get_by_role("button", name="提交异议").click()
    expect(page.get_by_role("status").first).to_contain_text(f"{number} 的异议已提交")

    page = sign_in(cast.reviewer)
    page.goto("/closing/")
    page.get_by_role("link", name="2022年3月").click()
    expect(page.locator("article", has_text=number)).to_contain_text("3月2日16时已认领")
    page.get_by_label("裁定理由").fill("以系统记录为准。")
    page.get_by_role("button", name=f"不采纳 {number}").click()
    expect(page.get_by_role("status").first).to_contain_text("不采纳")
    expect(page.locator("tr", has_text="云溪县水务局")).to_contain_text("已裁定")

    page = sign_in(cast.head)
    page.goto(f"/closing/statements/{Statement.objects.get(unit__code='water').pk}/")
    page.get_by_role("button", name=re.compile("确认 .* 件无误")).click()
    expect(page.get_by_role("status").first).to_contain_text("件无误")
    with page.expect_download() as download:
        page.get_by_role("link", name="PDF").click()
    assert download.value.suggested_filename == "对账单-云溪县水务局-2022-03.pdf"


def test_two_of_a_unit_at_once_and_the_second_loses_no_word(sign_in: SignIn, cast: Cast) -> None:
    begun = begin(cast)
    number, other = (
        Case.objects.get(title=f"{status}的一件").number for status in ("dispatched", "handling")
    )
    url = f"/closing/statements/{of(begun).pk}/"
    page = sign_in(cast.clerk)
    mine = page.context.new_page()  # where a refusal is awaited, and so the browser's remark about it
    mine.goto(f"{url}?number={number}#objection")
    sign_in(cast.head)
    page.goto(f"{url}?number={other}#objection")
    for each, said in ((page, "王局先提的。"), (mine, "陈静写了很久的理由。")):
        each.get_by_label("何处不对").select_option("claim")
        each.get_by_label("应为").fill("已认领")
        each.get_by_label("理由和依据").fill(said)
    page.get_by_role("button", name="提交异议").click()
    expect(page.get_by_role("status").first).to_contain_text(f"{other} 的异议已提交")
    sign_in(cast.clerk)
    mine.get_by_role("button", name="提交异议").click()
    expect(mine.get_by_role("alert")).to_contain_text("刚刚已由他人处理")
    expect(mine.get_by_text("王局先提的。")).to_be_visible()
    expect(mine.get_by_label("理由和依据")).to_have_value("陈静写了很久的理由。")
    mine.get_by_role("button", name="提交异议").click()
    expect(mine.get_by_role("status").first).to_contain_text(f"{number} 的异议已提交")


def test_a_unit_confirms_with_scripts_off(live_server: Any, browser: Browser, cast: Cast) -> None:
    begun = begin(cast)
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(f"/sign-in/?next=/closing/statements/{of(begun).pk}/")
    page.fill("#id_username", "chenjing")
    page.fill("#id_password", make.PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.get_by_role("button", name=re.compile("件无误")).click()
    expect(page.get_by_role("status").first).to_contain_text("已确认")
    assert of(begun).state == "confirmed"
    context.close()


def test_axe_finds_nothing_and_nothing_sticks_out(sign_in: SignIn, cast: Cast, clock: list[datetime]) -> None:
    begun = begin(cast)
    confirm(of(begun, "housing"), current(), cast.other_clerk)
    for status in ("dispatched", "handling"):
        made = object_to(of(begun), Case.objects.get(title=f"{status}的一件"), cast.clerk)
    reconciliation.rule(made, upheld=True, note="属实", by=cast.reviewer, at=timezone.now())
    clock.append(make.at(4, 2, 11))
    make.case("补录的一件", status="dispatched", unit="stone", co=["housing"], received=make.at(3, 30))
    water, housing = of(begun).pk, of(begun, "housing").pk
    edition = published(current(), "云溪县住建局答复过于简单。")
    asked = ask(edition, current(), cast.editor)
    judged = advance(
        ask(edition, current(), cast.editor, "market"), "drop", current(), cast.editor, note="查实"
    )
    answers, mine = f"/closing/bulletins/{edition.pk}/", f"/closing/rectifications/{asked.pk}/"
    found = []
    for user, urls in (
        (cast.editor, ["/closing/", f"/closing/reconciliations/{begun.pk}/", answers, mine]),
        (cast.supervisor, [f"/closing/rectifications/{judged.pk}/", "/supervision/?list=instructed"]),
        (cast.clerk, ["/closing/", f"/closing/statements/{water}/", mine]),
        (cast.other_clerk, [f"/closing/statements/{housing}/"]),
    ):
        page = sign_in(user)
        for url in urls:
            page.goto(url)
            found += everywhere(page, url)
    assert not found, "\n".join(found)
