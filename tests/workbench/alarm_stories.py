"""The forms of 预警 and 热点, for `stories`."""

from __future__ import annotations

from huiying.cases.models import Case
from huiying.mining.models import Alarm
from huiying.workbench.hot import AT_ONCE
from tests import make
from tests.workbench.stories import Press, story


@story("alarm")
def _(cast, place, now):
    made = Alarm.objects.create(kind="mass", key="matter:1", said="…", raised_at=now, last_at=now, persons=6)
    return Press(cast.supervisor, f"/alarms/{made.pk}/", typed={"state": "seen", "why": "已约谈"})


@story("hot")
def _(cast, place, now):
    page = "/hot/?from=2022-01-01&to=2022-03-15"
    many = {"region": "990123", "channel": place.channels["hotline"], "received_at": make.at(3, 1)}
    Case.objects.bulk_create(Case(number=f"L{n}", recorded_at=now, **many) for n in range(AT_ONCE + 1))
    return Press(cast.editor, page, to="/hot/", typed={"from": "2022-01-01", "to": "2022-03-15"})
