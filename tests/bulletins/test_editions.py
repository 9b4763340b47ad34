"""Drafts become editions; editions never change; what moved since is told apart from what was wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from huiying.bulletins import authored, content, editions, evidence
from huiying.bulletins.models import Edition
from huiying.cases import lifecycle
from huiying.cases.models import Case
from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.statistics import periods
from tests import make
from tests.make import at

pytestmark = pytest.mark.django_db

MARCH = periods.parse("2022-03")
STYLE: dict[str, Any] = {
    "name": "月报",
    "series": "云溪热线",
    "title": "{{ year }}年{{ month }}月情况",
    "scope": [
        {
            "key": "line",
            "name": "热线",
            "where": {"channel": ["hotline"]},
            "lists": {"natures": {"by": "nature"}},
        }
    ],
    "block": [
        {"kind": "heading", "level": 1, "text": "一、受理"},
        {
            "kind": "paragraph",
            "text": "受理{{ line.received }}件，转办{{ line.dispatched }}件，回复率{{ line.reply_rate }}。"
            "{% for n in line.natures %}{{ n.name }}{{ n.received }}件，占{{ n.share }}。{% endfor %}"
            "环比{{ line.previous.received }}。",
        },
        {"kind": "paragraph", "proposes": "praised", "scope": "line", "text": "较好的有{{ units }}。"},
        {"kind": "problems"},
        {"kind": "next_steps"},
        {"kind": "chart", "scope": "line", "chart": "daily", "caption": "逐日"},
        {"kind": "annex", "text": "各单位情况"},
        {
            "kind": "table",
            "scope": "line",
            "caption": "转办",
            "columns": [
                {"title": "单位", "fills": "name"},
                {"title": "转办", "fills": "dispatched"},
                {"title": "备注", "fills": "remark"},
            ],
            "remarks": {"returned": "退{{ n }}件"},
        },
        {"kind": "distribution"},
    ],
}
WRITTEN = {"praised": {"热线": ["云溪县水务局"]}, "problems": ["认领不及时。"], "next_steps": ["抓落实。"]}


@pytest.fixture
def yunxi() -> Place:
    return make.town(config={"bulletin": {"style": [STYLE]}, "distribution": {"report_to": ["市办"]}})


@pytest.fixture
def cases(yunxi: Place) -> list[Case]:
    return [
        make.case("甲路漏水", status="closed"),
        make.case("乙路漏水", status="handling", nature="report"),
        make.case("丙路漏水", received=at(3, 5)),
    ]


def draft(place: Place, written: dict[str, Any] | None = None, **more: Any) -> Edition:
    part = authored.parse(WRITTEN if written is None else written)
    return editions.draft(place, MARCH, at=at(4, 10), authored=part, **more)


def values(edition: Edition) -> dict[str, str]:
    return {f.measure: f.shown for f in content.figures(editions.content_of(edition)) if not f.params}


def test_a_draft_says_what_the_cases_say(yunxi: Place, cases: list[Case]) -> None:
    assert values(draft(yunxi)) == {"received": "3", "dispatched": "2", "reply_rate": "50%"}


def test_the_distribution_of_the_place_is_the_default(yunxi: Place, cases: list[Case]) -> None:
    (last,) = [b for b in editions.content_of(draft(yunxi)).blocks if isinstance(b, content.Distribution)]
    assert last.report_to == ("市办",)


def test_publishing_numbers_and_keeps_both_editions(
    yunxi: Place, cases: list[Case], settings: Any, tmp_path: Any
) -> None:
    settings.HUIYING_HOME = tmp_path
    edition = editions.publish(draft(yunxi), at=at(4, 15))
    assert (edition.issue, edition.total_issue) == (1, 1)
    assert {(f["edition"], f["format"]) for f in edition.files} == {
        (kind, name) for kind in ("internal", "public") for name in editions.FORMATS
    }
    assert editions.damaged(edition) == []


def test_a_damaged_file_is_named(yunxi: Place, cases: list[Case], settings: Any, tmp_path: Any) -> None:
    settings.HUIYING_HOME = tmp_path
    edition = editions.publish(draft(yunxi), at=at(4, 15))
    (editions.folder(edition) / "2022-03.txt").write_text("改过")
    assert editions.damaged(edition) == ["2022-03.txt"]


def test_a_published_edition_cannot_be_changed_even_in_the_database(
    yunxi: Place, cases: list[Case], settings: Any, tmp_path: Any
) -> None:
    settings.HUIYING_HOME = tmp_path
    edition = editions.publish(draft(yunxi), at=at(4, 15))
    with pytest.raises(DatabaseError), transaction.atomic():
        Edition.objects.filter(pk=edition.pk).update(title="另一个")
    with pytest.raises(DatabaseError), transaction.atomic():
        edition.delete()
    with pytest.raises(Refused, match="已于"):
        editions.publish(edition, at=at(4, 16))


def test_who_publishes_a_draft_that_another_just_published_is_told_and_harms_nothing(
    yunxi: Place, cases: list[Case], settings: Any, tmp_path: Any
) -> None:
    settings.HUIYING_HOME = tmp_path
    edition = draft(yunxi)
    older_page = Edition.objects.get(pk=edition.pk)
    editions.publish(edition, at=at(4, 15))
    with pytest.raises(Refused, match="已于"):
        editions.publish(older_page, at=at(4, 16), correcting="表格漏列一行")
    assert editions.damaged(Edition.objects.get(pk=edition.pk)) == []


def test_files_are_put_in_their_place_whole(
    yunxi: Place, cases: list[Case], settings: Any, tmp_path: Any
) -> None:
    settings.HUIYING_HOME = tmp_path
    edition = draft(yunxi)
    editions.folder(edition).mkdir(parents=True)
    half = editions.folder(edition) / ".2022-03.txt.new"
    half.write_text("断电时只写了一")
    editions.publish(edition, at=at(4, 15))
    assert sorted(path.name for path in editions.folder(edition).iterdir()) == sorted(
        row["name"] for row in edition.files
    )


def test_a_second_publication_must_say_what_it_corrects(
    yunxi: Place, cases: list[Case], settings: Any, tmp_path: Any
) -> None:
    settings.HUIYING_HOME = tmp_path
    first = editions.publish(draft(yunxi), at=at(4, 15))
    again = draft(yunxi)
    with pytest.raises(Refused, match="更正"):
        editions.publish(again, at=at(4, 16))
    fixed = editions.publish(again, at=at(4, 16), correcting="表格漏列一行")
    assert (fixed.corrects, fixed.issue, fixed.changes) == (first, first.issue, "表格漏列一行")
    assert fixed.pk != first.pk


def test_the_next_month_gets_the_next_number_and_a_new_year_begins_at_one(
    yunxi: Place, cases: list[Case], settings: Any, tmp_path: Any
) -> None:
    settings.HUIYING_HOME = tmp_path
    editions.publish(draft(yunxi), at=at(4, 15))
    assert editions.next_numbers("云溪热线", periods.parse("2022-04")) == editions.Numbering(2, 2)
    assert editions.next_numbers("云溪热线", periods.parse("2023-01")) == editions.Numbering(1, 2)
    assert editions.next_numbers("另一系列", MARCH) == editions.Numbering(1, 1)


def test_proposals_must_be_confirmed_before_publication(yunxi: Place) -> None:
    for day in (1, 2):
        make.case(f"{day}号路漏水", status="closed", received=at(3, day))
    with pytest.raises(Refused, match="建议"):
        editions.publish(draft(yunxi, {"problems": [], "next_steps": []}), at=at(4, 15))


def test_what_moved_since_is_told_apart_from_what_was_wrong(yunxi: Place, cases: list[Case]) -> None:
    known = max(c.events.latest("seq").recorded_at for c in cases)
    edition = draft(yunxi, known_at=known)
    rows = editions.recheck(edition, now=known + timedelta(days=1))
    assert {row.verdict for row in rows} == {"same"}
    lifecycle.advance(
        cases[2], "amend", by=None, at=at(4, 12), origin=make.ORIGIN, seq=1, data={"channel": "mailbox"},
        recorded_at=known + timedelta(days=2),
    )  # fmt: skip
    rows = editions.recheck(edition, now=known + timedelta(days=3))
    moved = {row.figure.measure for row in rows if row.verdict == "moved" and not row.figure.params}
    assert moved == {"received"}
    assert not [row for row in rows if row.verdict == "wrong"]


def test_a_figure_that_was_wrong_then_is_called_wrong(yunxi: Place, cases: list[Case]) -> None:
    from dataclasses import replace
    from decimal import Decimal

    figure = content.figures(editions.content_of(draft(yunxi)))[0]
    forged = replace(figure, value=Decimal(4), numerator=Decimal(4))
    assert evidence.recheck(figure, now=at(12, 1, year=2030)).verdict == "same"
    assert evidence.recheck(forged, now=at(12, 1, year=2030)).verdict == "wrong"


def test_month_on_month_is_in_words(yunxi: Place, cases: list[Case]) -> None:
    make.case("二月的件", received=at(2, 10))
    shown = {f.params: f.shown for f in content.figures(editions.content_of(draft(yunxi)))}
    assert shown[(("compare", "previous"),)] == "上升200.00%"


def test_content_survives_being_kept(yunxi: Place, cases: list[Case]) -> None:
    edition = draft(yunxi)
    kept = Edition.objects.get(pk=edition.pk)
    assert contents_equal(kept, edition)


def contents_equal(one: Edition, other: Edition) -> bool:
    return bool(editions.content_of(one) == content.load(content.dump(editions.content_of(other))))
