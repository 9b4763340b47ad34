"""Pages that no story walks through, seen by axe: what the texts tell, and the rare tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page

from huiying.accounts import trail
from huiying.accounts.models import Trail, TrailKind
from huiying.bulletins import editions
from huiying.bulletins.models import Edition
from huiying.cases.models import Case, Event, Topic, TopicTree
from huiying.dispatch import alike
from huiying.dispatch.models import Apart
from huiying.mining import larger, watch
from huiying.mining.models import Alarm, ModelVersion
from huiying.statistics import periods
from tests import make
from tests.browser.looks import OFFICE, troubles
from tests.cast import Cast, people
from tests.mining.test_watch import quiet_weeks, reports
from tests.workbench.alarm_stories import poor_reply
from tests.workbench.test_bulletin_proposals import STYLE_WITH_HOT

AT = make.at(3, 15, 10)
DRAFT = larger.Proposal("支管6月1日前更换。〔待填〕", ["6月", "1日"])


@pytest.fixture
def cast(live_server: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """Many report one matter, two replies say nothing, and a model was learned twice."""
    monkeypatch.setattr(timezone, "now", lambda: AT)
    town = make.town(config={"bulletin": {"style": [STYLE_WITH_HOT]}})
    quiet_weeks()
    Case.objects.filter(number__startswith="Q").update(received_at=make.at(3, 4))
    reports(6, "丽发新城搅拌站夜间噪音扰民", persons=4)
    for day in (2, 3):
        poor_reply(day)
    alike.refresh(AT)
    watch.watch(town, AT)
    editions.draft(town, periods.parse("2022-03"), at=AT)
    for number, status in enumerate(("replaced", "used"), 1):
        figures = {"accuracy": 0.9, "coverage": 0.8, "precision": 0.97}
        learned = {"texts": 90, "labels": 3, "made_at": AT, "upto": 0, "figures": figures}
        ModelVersion.objects.create(kind="topic", number=number, status=status, **learned)
    return people()


def rare(model: Any) -> list[str]:
    """The list of a rare table, and its first row."""
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    return [reverse(f"{name}_changelist"), reverse(f"{name}_change", args=[model.objects.earliest("pk").pk])]


def test_axe_finds_nothing_and_nothing_sticks_out(
    desk_of: Callable[..., Page], cast: Cast, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HUIYING_MODEL_URL = "http://127.0.0.1:9/v1"
    monkeypatch.setattr(larger, "propose_reply", lambda *args, **told: DRAFT)
    working = make.case("在办的一件", status="handling", received=make.at(3, 14))
    one, other = Case.objects.order_by("pk")[:2]
    Apart.objects.create(one=one, other=other, by=cast.dispatcher, said_at=AT)
    trail.note(cast.operator, TrailKind.SIGN_IN, at=AT, subject="xiaozhang")
    monkeypatch.setattr(larger, "propose_summary", lambda *args, **told: DRAFT)
    task, alarm = f"/cases/{working.number}/task/1/", Alarm.objects.earliest("pk").pk
    proposals = f"/bulletins/{Edition.objects.get().pk}/proposals/"
    tables = ["/settings/rare/", "/settings/rare/cases/topictree/add/"]
    tables += [url for model in (TopicTree, Topic, Event, Trail) for url in rare(model)]
    found = []
    for user, urls in (
        (cast.dispatcher, ["/alarms/", f"/alarms/{alarm}/", "/dispatch/alike/", "/dispatch/alike/apart/"]),
        (cast.editor, ["/hot/?from=2022-02-20&to=2022-03-15", proposals]),
        (cast.admin, ["/settings/models/", *tables]),
        (cast.dispatcher, [f"/cases/{working.number}/", "请大模型概括"]),
        (cast.clerk, [task, "请大模型拟稿"]),
    ):
        page = desk_of(user)
        page.set_viewport_size(OFFICE)
        for url in urls:
            if url.startswith("/"):
                page.goto(url)
            else:
                page.get_by_role("button", name=url).click()
                page.get_by_text("诉求里没有这些数字").wait_for()
            page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
            assert page.evaluate("document.documentElement.scrollWidth") <= OFFICE["width"], url
            found += [f"{url}: {said}" for said in troubles(page)]
    assert not found, "\n".join(found)
