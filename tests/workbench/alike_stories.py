"""The stories of 同诉归并: see `stories`."""

from __future__ import annotations

from datetime import datetime

from huiying.dispatch import alike
from huiying.dispatch.models import AlikeGroup, Apart
from tests import make
from tests.cast import Cast
from tests.workbench.stories import Press, story


def decided(cast: Cast, now: datetime, name: str) -> Press:
    """Two cases of one matter in a suggested group, and what becomes of them."""
    for _ in range(2):
        make.case(received=make.at(3, 14))
    alike.refresh(now)
    return Press(
        cast.dispatcher, "/dispatch/alike/", f"/dispatch/alike/{AlikeGroup.objects.get().pk}/{name}/"
    )


@story("alike_decide merge")
def _(cast, place, now):
    return decided(cast, now, "merge")


@story("alike_decide apart")
def _(cast, place, now):
    return decided(cast, now, "apart")


@story("apart_back")
def _(cast, place, now):
    one, other = make.case(), make.case()
    pk = Apart.objects.create(one=one, other=other, by=cast.dispatcher, said_at=now).pk
    return Press(cast.dispatcher, "/dispatch/alike/apart/", f"/dispatch/alike/apart/{pk}/back/")
