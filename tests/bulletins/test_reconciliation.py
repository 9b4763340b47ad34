"""Before the bulletin: each unit goes through its own rows, and the office rules what is disputed."""

from __future__ import annotations

from datetime import datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.db.models import F
from django.utils import timezone

from huiying.accounts import people as staff
from huiying.bulletins import authored, editions, reconciliation, unit_rows
from huiying.bulletins.models import (
    ClosingStep,
    Decision,
    Dispute,
    Reconciliation,
    Statement,
    StatementState,
)
from huiying.bulletins.reconciliation import Objection, Overtaken
from huiying.cases import lifecycle, place
from huiying.cases.lifecycle import NotAllowed
from huiying.cases.models import Case, Office
from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.statistics import periods
from tests import make
from tests.bulletins.closing import DUE, MARCH, confirm, object_to, of, rule, seen
from tests.bulletins.test_editions import STYLE, WRITTEN
from tests.cast import Cast
from tests.make import at

pytestmark = pytest.mark.django_db
# Opening and closing


def test_each_unit_with_rows_gets_a_statement_and_no_other(begun: Reconciliation) -> None:
    assert {(each.unit.code, each.state) for each in begun.statements.select_related("unit")} == {
        ("water", "waiting"),
        ("housing", "waiting"),
    }
    assert begun.as_of == at(4, 1, 0)
    assert [step.kind for step in begun.steps.all()] == ["open", "hand_out", "hand_out"]


def test_it_is_opened_by_the_office_once_and_not_before_the_period_is_over(
    town: Place, cast: Cast, begun: Reconciliation
) -> None:
    common = {"due_on": DUE, "at": at(4, 3)}
    with pytest.raises(NotAllowed, match="通报编辑或派单员"):
        reconciliation.begin(town, MARCH, by=cast.clerk, **common)
    with pytest.raises(Refused, match="已经开始对账"):
        reconciliation.begin(town, MARCH, by=cast.dispatcher, **common)
    april = periods.parse("2022-04")
    with pytest.raises(Refused, match="还没有到"):
        reconciliation.begin(town, april, by=cast.editor, **common)
    with pytest.raises(Refused, match="没有任何单位的件"):
        reconciliation.begin(town, april, by=cast.editor, as_of=at(4, 2), **common)
    with pytest.raises(Refused, match="早于今天"):
        reconciliation.begin(town, april, by=cast.editor, as_of=at(4, 2), due_on=at(4, 1).date(), at=at(4, 3))
    assert Reconciliation.objects.count() == 1


def test_a_unit_whose_rows_came_in_late_is_added(
    town: Place, cast: Cast, begun: Reconciliation, clock: list[datetime]
) -> None:
    clock.append(at(4, 3))
    make.case("补录的", status="dispatched", unit="stone", received=at(3, 20))
    (added,) = reconciliation.add_units(begun, town, by=cast.editor, at=at(4, 3))
    assert added.code == "stone"
    assert reconciliation.add_units(begun, town, by=cast.editor, at=at(4, 3)) == []
    assert begun.statements.count() == 3


def test_what_is_closed_takes_nothing_more_until_it_is_opened_again(
    town: Place, cast: Cast, march: list[Case], begun: Reconciliation
) -> None:
    statement = of(begun)
    reconciliation.close(begun, by=cast.editor, at=at(4, 9))
    with pytest.raises(Overtaken, match="刚刚已由冯丽改动"):
        reconciliation.close(Reconciliation.objects.get(pk=begun.pk), by=cast.editor, at=at(4, 9))
    for act in (
        lambda: confirm(of(begun), town, cast.clerk),
        lambda: object_to(of(begun), march[0], cast.clerk),
        lambda: reconciliation.add_units(begun, town, by=cast.editor, at=at(4, 9)),
        lambda: reconciliation.urge([of(begun)], place=town, by=cast.editor, at=at(4, 9)),
    ):
        with pytest.raises(NotAllowed, match="已经结束"):
            act()
    with pytest.raises(Overtaken):  # a page from before the closing, whose clerk pressed a moment too late
        confirm(statement, town, cast.clerk)
    reconciliation.reopen(begun, by=cast.editor, at=at(4, 9))
    assert confirm(of(begun), town, cast.clerk).state == StatementState.CONFIRMED


def test_the_date_is_moved_from_the_one_that_was_seen(town: Place, cast: Cast, begun: Reconciliation) -> None:
    old = Reconciliation.objects.get(pk=begun.pk)
    reconciliation.prolong(begun, at(4, 12).date(), place=town, by=cast.editor, at=at(4, 3))
    assert begun.due_on == at(4, 12).date()
    with pytest.raises(Overtaken):
        reconciliation.prolong(old, at(4, 11).date(), place=town, by=cast.editor, at=at(4, 3))
    with pytest.raises(Refused, match="早于今天"):
        reconciliation.prolong(begun, at(4, 1).date(), place=town, by=cast.editor, at=at(4, 3))


def test_units_are_urged_once_a_day_and_only_those_that_have_said_nothing(
    town: Place, cast: Cast, begun: Reconciliation
) -> None:
    confirm(of(begun, "housing"), town, cast.other_clerk)

    def urged(when: datetime) -> list[str]:
        rows = begun.statements.select_related("reconciliation", "unit")
        return [each.unit.code for each in reconciliation.urge(rows, place=town, by=cast.editor, at=when)]

    assert urged(at(4, 3, 9)) == ["water"]
    assert urged(at(4, 3, 17)) == []
    assert urged(at(4, 4, 0, 1)) == ["water"]
    with pytest.raises(NotAllowed):
        reconciliation.urge([of(begun)], place=town, by=cast.reviewer, at=at(4, 5))


# A unit answers


def test_what_is_confirmed_is_kept_by_its_knowledge_and_its_digest(
    town: Place, cast: Cast, begun: Reconciliation, clock: list[datetime]
) -> None:
    shown = seen(of(begun), town)
    clock.append(at(4, 3, 10))
    statement = confirm(of(begun), town, cast.clerk)
    assert (statement.state, statement.cases, statement.digest) == ("confirmed", 2, shown)
    assert (statement.confirmed_by, statement.confirmed_at) == (cast.clerk, at(4, 3, 10))
    assert statement.known_at is not None
    assert statement.known_at <= at(4, 3, 10)
    step = ClosingStep.objects.get(kind="confirm")
    assert (step.data["digest"], step.data["cases"]) == (shown, 2)
    clock.append(at(4, 5))
    make.case("补录的", status="dispatched", received=at(3, 20))
    assert seen(of(begun), town) != statement.digest
    asked = unit_rows.asked_of(begun, town, known_at=statement.known_at)
    assert unit_rows.digest(unit_rows.rows_of(begun, asked, "water")["water"]) == statement.digest


def test_rows_that_moved_while_they_were_read_are_not_confirmed(
    town: Place, cast: Cast, begun: Reconciliation, clock: list[datetime]
) -> None:
    shown = seen(of(begun), town)
    clock.append(at(4, 3))
    make.case("补录的", status="dispatched", received=at(3, 20))
    with pytest.raises(Overtaken, match="情况有变"):
        reconciliation.confirm(of(begun), seen=shown, place=town, by=cast.clerk, at=at(4, 3))
    assert of(begun).state == StatementState.WAITING


def test_of_two_of_a_unit_the_second_is_told(
    town: Place, cast: Cast, march: list[Case], begun: Reconciliation
) -> None:
    first, second = of(begun), of(begun)
    object_to(first, march[0], cast.clerk)
    with pytest.raises(Overtaken, match="已由他人处理"):
        object_to(second, march[1], cast.head)
    with pytest.raises(NotAllowed, match="还有异议没有裁定"):
        confirm(of(begun), town, cast.head)
    assert Dispute.objects.count() == 1


def test_who_speaks_for_a_unit(town: Place, cast: Cast, march: list[Case], begun: Reconciliation) -> None:
    for who in (cast.other_clerk, cast.section_clerk, cast.editor, cast.dispatcher, cast.stranger):
        with pytest.raises(NotAllowed, match="经办人或负责人"):
            confirm(of(begun), town, who)
    below = make.case("燃气科的件", status="dispatched", unit="housing-gas", received=at(3, 5))
    reconciliation.add_units(begun, town, by=cast.editor, at=at(4, 3))
    assert object_to(of(begun, "housing-gas"), below, cast.other_clerk).case == below
    assert confirm(of(begun), town, cast.head).confirmed_by == cast.head


def test_whoever_stands_in_for_a_clerk_confirms_for_them(
    town: Place, cast: Cast, begun: Reconciliation
) -> None:
    today = timezone.localdate()
    days = {"from_on": today, "until_on": today, "today": today}
    staff.delegate(cast.clerk, cast.operator, **days, reason="休假", by=cast.clerk, at=at(4, 2))
    cast.operator.forget_standings()
    confirm(of(begun), town, cast.operator)
    assert ClosingStep.objects.get(kind="confirm").data["for"] == cast.clerk.username


def test_every_role_sees_what_it_may(cast: Cast, begun: Reconciliation) -> None:
    seen = {
        user.username: {each.unit.code for each in reconciliation.visible_to(user)}
        for user in cast.everybody()
    }
    nothing = {cast.auditor.username, cast.stranger.username, cast.section_clerk.username}
    own = {
        cast.clerk.username: {"water"},
        cast.head.username: {"water"},
        cast.other_clerk.username: {"housing"},
    }
    assert seen == {name: set() if name in nothing else own.get(name, {"water", "housing"}) for name in seen}


@pytest.mark.parametrize(
    ("number", "what", "wanted", "reason", "said"),
    [
        ("R2022030003", "claim", "应为", "理由", "由您单位承办"),
        ("R0", "claim", "应为", "理由", "没有编号为“R0”"),
        ("R2022030001", "weather", "应为", "理由", "何处不对"),
        ("R2022030001", "claim", " ", "理由", "请写明应为怎样"),
        ("R2022030001", "claim", "应为", "", "请写明应为怎样"),
    ],
)
def test_an_objection_says_what_of_and_why(
    cast: Cast, begun: Reconciliation, number: str, what: str, wanted: str, reason: str, said: str
) -> None:
    with pytest.raises(Refused, match=said):
        reconciliation.dispute(of(begun), Objection(number, what, wanted, reason), by=cast.clerk, at=at(4, 3))
    assert of(begun).state == StatementState.WAITING


# The office rules


def test_a_dispute_is_ruled_once_and_the_statement_follows(
    town: Place, cast: Cast, march: list[Case], begun: Reconciliation
) -> None:
    one = object_to(of(begun), march[0], cast.clerk)
    other = object_to(of(begun), march[1], cast.clerk)
    with pytest.raises(Refused, match="请写明理由"):
        rule(one, cast.reviewer, upheld=False)
    with pytest.raises(NotAllowed, match="审核员"):
        rule(one, cast.head, upheld=True)
    rule(one, cast.reviewer, upheld=False, note="系统记录为准")
    assert of(begun).state == StatementState.DISPUTED
    stale = Dispute.objects.get(pk=other.pk)
    rule(other, cast.dispatcher, upheld=True)
    assert of(begun).state == StatementState.RULED
    with pytest.raises(Overtaken, match="已由他人裁定"):
        rule(stale, cast.reviewer, upheld=False, note="晚了一步")
    assert confirm(of(begun), town, cast.clerk).state == StatementState.CONFIRMED


def test_what_was_rejected_is_not_disputed_again_and_what_was_taken_back_may_be(
    cast: Cast, march: list[Case], begun: Reconciliation
) -> None:
    mine = object_to(of(begun), march[0], cast.clerk)
    with pytest.raises(NotAllowed, match="已经提过"):
        object_to(of(begun), march[0], cast.head)
    with pytest.raises(NotAllowed):
        reconciliation.withdraw(mine, by=cast.other_clerk, at=at(4, 3))
    reconciliation.withdraw(mine, by=cast.clerk, at=at(4, 3))
    assert of(begun).state == StatementState.WAITING
    rule(object_to(of(begun), march[0], cast.clerk), cast.editor, upheld=False, note="有据可查")
    with pytest.raises(NotAllowed, match="已经提过"):
        object_to(of(begun), march[0], cast.clerk)


def test_an_objection_after_confirming_takes_the_confirmation_away(
    town: Place, cast: Cast, march: list[Case], begun: Reconciliation
) -> None:
    confirm(of(begun), town, cast.clerk)
    made = object_to(of(begun), march[0], cast.head)
    assert of(begun).state == StatementState.DISPUTED
    reconciliation.withdraw(made, by=cast.head, at=at(4, 3))
    assert of(begun).state == StatementState.WAITING
    assert ClosingStep.objects.filter(kind="confirm").count() == 1


def test_an_upheld_dispute_stays_open_until_the_case_is_corrected(
    town: Place, cast: Cast, march: list[Case], begun: Reconciliation, clock: list[datetime]
) -> None:
    case = march[0]
    made = object_to(of(begun), case, cast.clerk)
    clock.append(at(4, 3))
    rule(made, cast.dispatcher, upheld=True)
    statements = Statement.objects.filter(reconciliation=begun)
    assert [each.corrected for each in reconciliation.disputes_of(statements)] == [False]
    clock.append(at(4, 4))
    case.refresh_from_db()
    when = at(3, 1, 10, 30).isoformat()
    lifecycle.advance(case, "amend", by=cast.dispatcher, at=at(4, 4), note="补登", seq=3, happened_at=when)
    assert [each.corrected for each in reconciliation.disputes_of(statements)] == [True]


# Before publishing


def draft(town: Place) -> editions.Edition:
    return editions.draft(town, MARCH, at=timezone.now())


def test_what_is_unsettled_is_told_before_publishing(
    town: Place, cast: Cast, march: list[Case], begun: Reconciliation, clock: list[datetime]
) -> None:
    assert reconciliation.open_points(draft(town), town) == [
        "2 个单位还没有确认：云溪县住建局、云溪县水务局。"
    ]
    confirm(of(begun, "housing"), town, cast.other_clerk)
    made = object_to(of(begun), march[0], cast.clerk)
    assert reconciliation.open_points(draft(town), town) == ["1 条异议还没有裁定。"]
    clock.append(at(4, 3))
    rule(made, cast.editor, upheld=True)
    (said,) = reconciliation.open_points(draft(town), town)
    assert said == f"1 条异议已采纳、还没有更正：{march[0].number}。"
    before = draft(town)
    clock.append(at(4, 4))
    march[0].refresh_from_db()
    lifecycle.advance(
        march[0], "amend", by=cast.dispatcher, at=at(4, 4), note="补登", seq=1, data={"nature": "report"}
    )
    assert reconciliation.open_points(before, town) == [f"起草之后又更正了 {march[0].number}，请重新起草。"]
    assert reconciliation.open_points(draft(town), town) == []


def test_another_cut_off_is_told(town: Place, cast: Cast, begun: Reconciliation) -> None:
    for unit, who in (("water", cast.clerk), ("housing", cast.other_clerk)):
        confirm(of(begun, unit), town, who)
    later = editions.draft(town, MARCH, at=timezone.now(), as_of=at(4, 2, 0))
    assert reconciliation.open_points(later, town) == ["对账与通报的统计截点不同，核对过的不是通报所计的件。"]


def test_a_bulletin_nobody_reconciled_says_nothing_unless_the_place_asks_for_it(
    town: Place, cast: Cast, march: list[Case]
) -> None:
    assert reconciliation.open_points(draft(town), town) == []
    Office.objects.update(
        config={"bulletin": {"style": [STYLE], "reconciliation": {"required": True}}}, revision=5
    )
    assert reconciliation.open_points(draft(town), place.current()) == ["本期还没有对账。"]


def test_publishing_is_warned_of_and_forbidden_only_where_the_place_says_so(
    town: Place, cast: Cast, begun: Reconciliation, settings: Any, tmp_path: Any
) -> None:
    settings.HUIYING_HOME = tmp_path
    written = authored.parse(WRITTEN)
    for required in (True, False):
        Office.objects.update(
            config={"bulletin": {"style": [STYLE], "reconciliation": {"required": required}}},
            revision=F("revision") + 1,
        )
        editions.draft(place.current(), MARCH, at=timezone.now(), authored=written)
        out, told = StringIO(), StringIO()
        if required:
            with pytest.raises(Refused, match="本地规定对账后才能发布。2 个单位还没有确认"):
                call_command("bulletin", "publish", "2022-03", stdout=out, stderr=told)
        else:
            call_command("bulletin", "publish", "2022-03", stdout=out, stderr=told)
            assert "已发布" in out.getvalue()
        assert "对账：2 个单位还没有确认：云溪县住建局、云溪县水务局。" in told.getvalue()
    again = editions.draft(place.current(), MARCH, at=timezone.now(), authored=written)
    Office.objects.update(
        config={"bulletin": {"style": [STYLE], "reconciliation": {"required": True}}},
        revision=F("revision") + 1,
    )
    assert editions.publish(again, at=timezone.now(), correcting="更正一处").corrects is not None


# What is kept


def test_steps_are_only_added(begun: Reconciliation) -> None:
    for act in (
        lambda: ClosingStep.objects.filter(kind="open").update(kind="close"),
        lambda: ClosingStep.objects.filter(kind="open").delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_the_database_takes_no_half_decided_dispute(
    cast: Cast, march: list[Case], begun: Reconciliation
) -> None:
    made = object_to(of(begun), march[0], cast.clerk)
    with pytest.raises(DatabaseError), transaction.atomic():
        Dispute.objects.filter(pk=made.pk).update(decision=Decision.UPHELD)
    with pytest.raises(DatabaseError), transaction.atomic():
        Statement.objects.filter(pk=made.statement_id).update(state="confirmed")
