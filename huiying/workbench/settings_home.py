"""设置 at a glance: a door to each page, how much is behind it, and what wants attention."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from huiying.accounts.models import Role, User
from huiying.cases import clocks
from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.knowledge import standard_texts
from huiying.mining.rubric import CHECKS
from huiying.notices.rules import TITLES, settings_of
from huiying.workbench import (
    alarm_rules,
    callback_rules,
    classifiers,
    larger,
    notice_rules,
    reply_checks,
    retention_rules,
)
from huiying.workbench.settings_pages import LISTS, only
from huiying.workbench.visit import Visit, place_of


@dataclass(frozen=True)
class Door:
    """A page of the settings on their first page: how much there is, and what wants attention."""

    title: str
    url: str
    count: str
    warning: str = ""


@only(Role.ADMIN)
def settings_home(request: Visit) -> HttpResponse:
    """The pages of the settings."""
    place = place_of(request)
    year = clocks.local_date(timezone.now(), place.keeper.tz).year
    lacking = [str(each) for each in (year, year + 1) if each not in place.keeper.calendar.years]
    warning = f"{'、'.join(lacking)} 年的放假安排还没有导入" if lacking else ""
    rows: dict[str, dict[str, Any]] = {
        "units": place.units,
        "topics": place.topics,
        "channels": place.channels,
        "natures": place.natures,
        "areas": place.areas,
    }
    doors = [
        Door("人员与角色", reverse("people"), f"{User.objects.filter(is_active=True).count()} 人在用"),
        Door("委托代办", reverse("delegations"), "谁代谁，到哪天"),
        *(
            Door(
                each.title,
                reverse("words", args=(name,)),
                f"{sum(r.active for r in rows[name].values())} 个在用",
            )
            for name, each in LISTS.items()
        ),
        Door("标准用语", reverse("standard_texts"), f"{standard_texts.in_use(place)} 条在用"),
        Door(classifiers.TITLE, reverse("classifiers"), classifiers.summary()),
        Door(reply_checks.TITLE, reverse("reply_checks"), f"{len(CHECKS)} 项"),
        Door(larger.TITLE, reverse("larger_model"), larger.summary()),
        Door("时限规则", reverse("rules"), f"{len(place.keeper.rules)} 条"),
        _callbacks(place),
        _notices(place),
        _retention(place),
        _alarms(place),
        Door("少改的表", reverse("admin:index"), "分类体系、渠道组、分类对应；运行情况"),
        Door("日历", reverse("calendar"), f"{len(place.keeper.calendar.years)} 年", warning),
    ]
    return render(request, "workbench/settings.html", {"doors": doors})


def _callbacks(place: Place) -> Door:
    url = reverse("callback_rules")
    try:
        return Door(callback_rules.TITLE, url, callback_rules.summary(place))
    except Refused:
        return Door(callback_rules.TITLE, url, "", "配置写得不对，回访停着")


def _retention(place: Place) -> Door:
    url = reverse("retention_rules")
    try:
        return Door(retention_rules.TITLE, url, retention_rules.summary(place))
    except Refused:
        return Door(retention_rules.TITLE, url, "", "配置写得不对，归档停着")


def _alarms(place: Place) -> Door:
    url = reverse("alarm_rules")
    try:
        return Door(alarm_rules.TITLE, url, alarm_rules.summary(place))
    except Refused:
        return Door(alarm_rules.TITLE, url, "", "配置写得不对，预警停着")


def _notices(place: Place) -> Door:
    url = reverse("notice_rules")
    try:
        chosen = settings_of(place)
    except Refused:
        return Door(notice_rules.TITLE, url, "", "配置写得不对，通知停着")
    return Door(
        notice_rules.TITLE, url, f"{len(TITLES.keys() - chosen.off)} 条在用，{len(chosen.robots)} 个群机器人"
    )
