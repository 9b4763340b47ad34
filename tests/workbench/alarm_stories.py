"""The forms of 预警 and 热点, for `stories`."""

from __future__ import annotations

from huiying.bulletins import editions
from huiying.bulletins.models import Edition
from huiying.cases import place as places
from huiying.cases.models import Case, Office, Reply
from huiying.mining.models import Alarm
from huiying.statistics import periods
from huiying.workbench.bulletin_proposals import _offers
from huiying.workbench.hot import AT_ONCE
from tests import make
from tests.bulletins.test_editions import STYLE
from tests.workbench.stories import Press, story


@story("alarm")
def _(cast, place, now):
    made = Alarm.objects.create(kind="mass", key="matter:1", said="…", raised_at=now, last_at=now, persons=6)
    return Press(cast.supervisor, f"/alarms/{made.pk}/", typed={"state": "seen", "why": "已约谈"})


@story("alarm_rules")
def _(cast, place, now):
    typed = {"on": ["rise", "mass"], "persons": "4", "words": "龙舟翻", "do": "save"}
    return Press(cast.admin, "/settings/alarms/", typed=typed)


@story("hot")
def _(cast, place, now):
    page = "/hot/?from=2022-01-01&to=2022-03-15"
    many = {"region": "990123", "channel": place.channels["hotline"], "received_at": make.at(3, 1)}
    Case.objects.bulk_create(Case(number=f"L{n}", recorded_at=now, **many) for n in range(AT_ONCE + 1))
    return Press(cast.editor, page, to="/hot/", typed={"from": "2022-01-01", "to": "2022-03-15"})


def poor_reply(day):
    """A reply of a day in March that says nothing."""
    case = make.case(f"水表空转{day}", status="reviewing", received=make.at(3, day))
    words = {"handling_report": "已转", "public_answer": "您好，已转相关部门处理，请耐心等待。"}
    Reply.objects.create(assignment=case.assignments.get(), no=1, drafted_at=make.at(3, day, 16), **words)


@story("bulletin_proposals")
def _(cast, place, now):
    Office.objects.update(config={"bulletin": {"style": [STYLE]}}, revision=99)
    for day in (3, 4):
        poor_reply(day)
    pk = editions.draft(places.current(), periods.parse("2022-03"), at=now).pk
    [offer] = [each for each in _offers(Edition.objects.get(pk=pk), places.current()) if each.rows]
    return Press(cast.editor, f"/bulletins/{pk}/proposals/", typed={offer.part: [offer.rows[0].text]})
