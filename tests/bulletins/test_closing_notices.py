"""What closes the month reaches those whose turn it is, once each."""

from __future__ import annotations

from datetime import datetime

import pytest

from huiying.bulletins import closing_notices, reconciliation
from huiying.bulletins.models import Reconciliation
from huiying.cases import place
from huiying.cases.models import Case, Office
from huiying.cases.place import Place
from huiying.notices import people as told_people
from huiying.notices.models import Notice
from huiying.notices.rules import CLOSING, why_not
from huiying.ops import worker
from tests.bulletins.closing import confirm, object_to, of, rule
from tests.cast import Cast
from tests.make import at

pytestmark = pytest.mark.django_db


def remind(now: datetime) -> set[tuple[str, str]]:
    """Who is newly told by which rule."""
    before = set(Notice.objects.values_list("pk", flat=True))
    closing_notices.remind(place.current(), now)
    fresh = Notice.objects.exclude(pk__in=before).select_related("user")
    return {(line.user.username, line.rule) for line in fresh}


def test_every_row_fits_its_column_and_means_people_we_know() -> None:
    assert {word for row in CLOSING.values() for word in row.to} <= set(told_people.WHO)
    assert [why_not(row) for row in CLOSING.values()] == [""] * len(CLOSING)
    assert max(map(len, CLOSING)) <= Notice._meta.get_field("rule").max_length


def test_a_unit_hears_of_its_statement_once(begun: Reconciliation) -> None:
    assert remind(at(4, 2)) == {
        ("chenjing", "reconcile.hand_out"),
        ("wangju", "reconcile.hand_out"),
        ("zhaolei", "reconcile.hand_out"),
        ("laoli", "reconcile.hand_out"),  # housing has no head: the dispatcher hears it instead
    }
    line = Notice.objects.get(user__username="chenjing")
    assert line.text == "2022年3月对账：请云溪县水务局于 2022-04-08 前核对各件"
    assert line.key.startswith(f"statement:{of(begun).pk}:")
    assert remind(at(4, 3)) == set()


def test_units_without_people_are_named_in_one_notice(
    town: Place, cast: Cast, march: list[Case], begun: Reconciliation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for person in (cast.other_clerk, cast.clerk, cast.head):
        person.is_active = False
        person.save()
    assert remind(at(4, 2)) == {("laoli", "reconcile.hand_out")}
    line = Notice.objects.get()
    assert line.text == (
        "2022年3月对账：请云溪县住建局、云溪县水务局于 2022-04-08 前核对各件（都没有可通知的人员）"
    )
    assert line.key.startswith(f"reconciliation:{begun.pk}:")
    assert remind(at(4, 3)) == set()
    Notice.objects.all().delete()
    monkeypatch.setattr(closing_notices, "NAMED", 10)
    remind(at(4, 3))
    assert "请云溪县住建局等 2 个单位于" in Notice.objects.get().text
    reconciliation.urge([of(begun)], place=town, by=cast.editor, at=at(4, 3))
    assert remind(at(4, 3)) == {("laoli", "reconcile.urge")}
    assert Notice.objects.get(rule="reconcile.urge").key.startswith(
        "statement:"
    )  # one alone leads to its page


def test_urging_disputing_and_ruling_are_told_but_not_to_who_did_it(
    town: Place, cast: Cast, march: list[Case], begun: Reconciliation
) -> None:
    remind(at(4, 2))
    reconciliation.urge([of(begun)], place=town, by=cast.editor, at=at(4, 3))
    assert remind(at(4, 3)) == {("chenjing", "reconcile.urge"), ("wangju", "reconcile.urge")}
    made = object_to(of(begun), march[0], cast.clerk)
    assert remind(at(4, 3)) == {("laoli", "reconcile.dispute"), ("fengli", "reconcile.dispute")}
    rule(made, cast.dispatcher, upheld=False, note="有据")
    assert remind(at(4, 4)) == {("chenjing", "reconcile.rule"), ("wangju", "reconcile.rule")}
    said = Notice.objects.get(user=cast.clerk, rule="reconcile.rule")
    assert said.text == f"{march[0].number} 云溪县水务局的对账异议：不采纳"


def test_the_date_is_told_the_day_before_and_when_it_is_over(
    town: Place, cast: Cast, begun: Reconciliation
) -> None:
    confirm(of(begun, "housing"), town, cast.other_clerk)
    remind(at(4, 2))
    days = {day: remind(at(4, day)) for day in (6, 7, 8, 9, 11, 12)}
    assert days[7] == {("chenjing", "reconcile.soon"), ("wangju", "reconcile.soon")}
    assert days[9] == {("wangju", "reconcile.overdue"), ("fengli", "reconcile.overdue")}
    assert days[6] == days[8] == days[11] == days[12] == set()
    reconciliation.prolong(begun, at(4, 14).date(), place=town, by=cast.editor, at=at(4, 12))
    assert remind(at(4, 13)) == {("chenjing", "reconcile.soon"), ("wangju", "reconcile.soon")}
    reconciliation.close(begun, by=cast.editor, at=at(4, 13))
    assert remind(at(4, 15)) == set()


def test_a_place_may_switch_a_row_off_and_the_worker_tells_the_rest(begun: Reconciliation) -> None:
    office = Office.objects.get()
    own = {"to": {"reconcile.soon": ["heads"]}, "text": {"reconcile.soon": "{unit}快对账"}}
    office.config = office.config | {"notices": {"off": ["reconcile.hand_out"], **own}}
    office.revision += 1
    office.save()
    assert worker.JOBS["closing"].run(at(4, 7)) == "新增收口通知 2 条"
    told = set(Notice.objects.values_list("user__username", "rule", "text"))
    assert told == {
        ("wangju", "reconcile.soon", "云溪县水务局快对账"),
        ("laoli", "reconcile.soon", "云溪县住建局快对账（云溪县住建局没有可通知的单位负责人）"),
    }
