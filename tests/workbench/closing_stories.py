"""The stories of the forms that close the month: see `stories`."""

from __future__ import annotations

from datetime import date
from typing import Any

from huiying.bulletins import reconciliation
from huiying.bulletins.models import Reconciliation
from huiying.cases import place as places
from huiying.cases.models import Case, Office
from tests import make
from tests.bulletins.closing import ANSWER, MARCH, advance, ask, object_to, of, published
from tests.bulletins.test_editions import STYLE
from tests.cast import Cast
from tests.workbench.stories import Press, story

DUE_ON = date(2022, 3, 18)


def configured() -> None:
    """The place has a house style."""
    Office.objects.update(config={"bulletin": {"style": [STYLE]}}, revision=99)


def begun(cast: Cast, now: Any) -> tuple[Case, Reconciliation, str]:
    """A reconciliation of the month so far, one case in it, and the address of its page."""
    configured()
    case = make.case(status="dispatched", received=make.at(3, 1))
    made = reconciliation.begin(places.current(), MARCH, due_on=DUE_ON, as_of=now, by=cast.editor, at=now)
    return case, made, f"/closing/reconciliations/{made.pk}/"


@story("closing_begin")
def _(cast, place, now):
    configured()
    make.case(status="dispatched", received=make.at(3, 1))
    typed = {"period": "2022-03", "as_of": "2022-03-14", "due_on": str(DUE_ON)}
    return Press(cast.editor, "/closing/", "/closing/begin/", typed)


@story("reconciliation_act urge")
def _(cast, place, now):
    _, _, page = begun(cast, now)
    return Press(cast.editor, page, f"{page}urge/")


@story("reconciliation_act add")
def _(cast, place, now):
    _, _, page = begun(cast, now)
    make.case(status="dispatched", received=make.at(3, 2), unit="housing")
    return Press(cast.editor, page, f"{page}add/")


@story("reconciliation_act prolong")
def _(cast, place, now):
    _, _, page = begun(cast, now)
    return Press(cast.editor, page, f"{page}prolong/", {"due_on": "2022-03-22"})


@story("reconciliation_act close")
def _(cast, place, now):
    _, _, page = begun(cast, now)
    return Press(cast.editor, page, f"{page}close/")


@story("reconciliation_act reopen")
def _(cast, place, now):
    _, made, page = begun(cast, now)
    reconciliation.close(made, by=cast.editor, at=now)
    return Press(cast.editor, page, f"{page}reopen/")


@story("statement_confirm")
def _(cast, place, now):
    _, made, _ = begun(cast, now)
    page = f"/closing/statements/{of(made).pk}/"
    return Press(cast.clerk, page, f"{page}confirm/")


@story("statement_dispute")
def _(cast, place, now):
    case, made, _ = begun(cast, now)
    page = f"/closing/statements/{of(made).pk}/"
    typed = {"number": case.number, "what": "claim", "wanted": "已认领", "reason": "当日电话认领"}
    return Press(cast.clerk, page, f"{page}dispute/", typed)


@story("dispute_withdraw")
def _(cast, place, now):
    case, made, _ = begun(cast, now)
    mine = object_to(of(made), case, cast.clerk)
    return Press(cast.clerk, f"/closing/statements/{of(made).pk}/", f"/closing/disputes/{mine.pk}/withdraw/")


@story("dispute_rule")
def _(cast, place, now):
    case, made, page = begun(cast, now)
    mine = object_to(of(made), case, cast.clerk)
    typed = {"verdict": "rejected", "note": "系统记录为准"}
    return Press(cast.reviewer, page, f"/closing/disputes/{mine.pk}/rule/", typed)


@story("rectification_ask")
def _(cast, place, now):
    configured()
    make.case(status="dispatched", received=make.at(3, 1))
    edition = published(places.current(), "云溪县水务局认领不及时。", as_of=now)
    page = f"/closing/bulletins/{edition.pk}/"
    return Press(cast.editor, page, f"{page}ask/", {"unit": "water", "due_on": "2022-03-22"})


def asked(cast: Cast, now: Any) -> tuple[Any, Any, str]:
    """The water bureau is asked for its answer; where its page is."""
    configured()
    here = places.current()
    row = ask(published(here, as_of=now), here, cast.editor)
    return row, here, f"/closing/rectifications/{row.pk}/"


def _writes(name: str, who: str) -> None:
    @story(f"rectification_act {name}")
    def _(cast, place, now):
        _, _, page = asked(cast, now)
        return Press(getattr(cast, who), page, f"{page}{name}/", ANSWER._asdict())


_writes("save", "clerk")
_writes("submit", "clerk")
_writes("hand_in", "head")


def _judges(name: str, **typed: str) -> None:
    @story(f"rectification_act {name}")
    def _(cast, place, now):
        row, here, page = asked(cast, now)
        if name in {"accept", "send_back"}:
            advance(row, "hand_in", here, cast.head, texts=ANSWER)
        if name == "restore":
            advance(row, "drop", here, cast.editor, note="不属该单位")
        return Press(cast.supervisor, page, f"{page}{name}/", typed)


_judges("accept")
_judges("send_back", note="写明何时完成")
_judges("urge")
_judges("prolong", due_on="2022-03-29")
_judges("drop", note="不属该单位")
_judges("restore")


@story("rectification_act revise")
def _(cast, place, now):
    row, here, page = asked(cast, now)
    advance(row, "submit", here, cast.clerk, texts=ANSWER)
    return Press(cast.head, page, f"{page}revise/", {"note": "写明专人"})
