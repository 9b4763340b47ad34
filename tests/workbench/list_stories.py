"""The stories of the forms beside the list of cases: see `stories`."""

from __future__ import annotations

from huiying.accounts import saved_filters
from tests import make
from tests.workbench.stories import Press, story


@story("find_caller")
def _(cast, place, now):
    make.case()
    typed = {"phone": make.CALLER.phone}
    return Press(cast.dispatcher, "/cases/?status=open", "/cases/caller/", typed)


@story("save_filter")
def _(cast, place, now):
    return Press(cast.dispatcher, "/cases/?status=open", "/cases/filters/", {"name": "未办结"})


@story("drop_filter")
def _(cast, place, now):
    kept = saved_filters.keep(cast.dispatcher, "未办结", "status=open")
    return Press(cast.dispatcher, "/cases/", f"/cases/filters/{kept.pk}/")
