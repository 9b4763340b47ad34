"""Drafts become editions; editions never change; what moved since is told apart from what was wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

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


@pytest.mark.skipif(connection.vendor != "sqlite", reason="只有 SQLite 有 REPLACE")
@pytest.mark.parametrize(
    "statement",
    [
        "REPLACE INTO bulletins_edition ({all}) SELECT {all} FROM bulletins_edition WHERE id = {kept}",
        "UPDATE OR REPLACE bulletins_edition SET id = {kept} WHERE id = {draft}",
        "UPDATE OR REPLACE bulletins_edition SET published_at = as_of, total_issue = 1 WHERE id = {draft}",
    ],
)
def test_nor_can_another_be_written_over_it(
    yunxi: Place, cases: list[Case], settings: Any, tmp_path: Any, statement: str
) -> None:
    settings.HUIYING_HOME = tmp_path
    kept, other = editions.publish(draft(yunxi), at=at(4, 15)), draft(yunxi)
    columns = ", ".join(f'"{field.column}"' for field in Edition._meta.concrete_fields)
    before = list(Edition.objects.order_by("pk").values())
    filled = statement.format(all=columns, kept=kept.pk, draft=other.pk)
    with pytest.raises(DatabaseError, match="只可追加"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(filled)
    assert list(Edition.objects.order_by("pk").values()) == before
    Edition.objects.filter(pk=other.pk).update(title="还是草稿")


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


def test_a_correction_says_so_in_both_editions_and_keeps_the_number(
    yunxi: Place, cases: list[Case], settings: Any, tmp_path: Any
) -> None:
    settings.HUIYING_HOME = tmp_path
    editions.publish(draft(yunxi), at=at(4, 15))
    fixed = editions.publish(draft(yunxi), at=at(4, 16), correcting="表格漏列一行，请电询13900001234。")
    for kind, phone in (("internal", "13900001234"), ("public", "139****1234")):
        head, _, note, *_ = editions.content_of(fixed, kind).blocks
        assert isinstance(head, content.Masthead)
        assert (head.kind, head.issue, head.total_issue) == ("通报（更正版）", 1, 1)
        said = f"更正说明：表格漏列一行，请电询{phone}。（本版更正并替代 2022-04-15 发布的同期通报。）"
        assert isinstance(note, content.Paragraph)
        assert content.shown(note.runs) == said
    kept = (editions.folder(fixed) / "2022-03.txt").read_text()
    assert "（更正版）" in kept
    assert "更正说明：表格漏列一行" in kept


def test_the_first_edition_has_no_word_of_correction(
    yunxi: Place, cases: list[Case], settings: Any, tmp_path: Any
) -> None:
    settings.HUIYING_HOME = tmp_path
    first = editions.publish(draft(yunxi), at=at(4, 15))
    assert "更正" not in (editions.folder(first) / "2022-03.txt").read_text()


@pytest.mark.parametrize(
    ("praised", "said"),
    [
        ({"热线办": ["云溪县水务局"]}, "“热线办”在通报中没有对应的段落.*可用：热线"),
        ({"热线": ["云溪县水务所"]}, "“云溪县水务所”不在本地单位表中.*云溪县水务局"),
    ],
)
def test_praise_that_nobody_would_read_is_refused_with_the_nearest_names(
    yunxi: Place, praised: dict[str, Any], said: str
) -> None:
    with pytest.raises(Refused, match=said):
        draft(yunxi, WRITTEN | {"praised": praised})


def paragraphs(edition: Edition) -> dict[str, bool]:
    blocks = editions.content_of(edition).blocks
    return {content.shown(b.runs): b.proposal for b in blocks if isinstance(b, content.Paragraph)}


def test_a_section_without_problems_says_none_and_only_a_person_may_confirm_it(yunxi: Place) -> None:
    assert paragraphs(draft(yunxi, {"next_steps": ["抓落实。"]}))["无。"] is True
    assert paragraphs(draft(yunxi, {"problems": [], "next_steps": ["抓落实。"]}))["无。"] is False


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ({"measure": "share"}, r"对应到 2 个数字（nature=\w+；nature=\w+）"),
        ({"measure": "share", "params": {"area": "某镇"}}, "没有对应的数字"),
        ({"measure": "closed"}, "没有对应的数字"),
    ],
)
def test_an_override_must_mean_one_figure(
    yunxi: Place, cases: list[Case], override: dict[str, Any], said: str
) -> None:
    row = {"section": "热线", "printed": "1", "reason": "试"} | override
    with pytest.raises(Refused, match=said):
        draft(yunxi, WRITTEN | {"overrides": [row]})


def test_an_override_of_the_total_leaves_its_breakdown_alone(yunxi: Place, cases: list[Case]) -> None:
    row = {"section": "热线", "measure": "received", "printed": "三", "reason": "试"}
    made = content.figures(editions.content_of(draft(yunxi, WRITTEN | {"overrides": [row]})))
    assert {f.params for f in made if f.shown == "三"} == {()}


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
    rows = evidence.rechecks([figure, forged], now=at(12, 1, year=2030))
    assert [row.verdict for row in rows] == ["same", "wrong"]


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


def test_a_table_may_rank_its_rows_with_ties_and_a_least_number(yunxi: Place) -> None:
    for unit, answered in (("water", 2), ("housing", 2), ("market", 1), ("stone", 1)):
        for n in range(2):
            status = "closed" if n < answered else "handling"
            make.case(f"{unit}{n}", status=status, unit=unit)
    make.case("只有一件", status="closed", unit="maple")
    table = {
        "kind": "table",
        "scope": "line",
        "caption": "排名",
        "rank_by": "reply_rate",
        "least": 2,
        "columns": [{"title": "单位", "fills": "name"}, {"title": "排名", "fills": "rank"}],
    }
    yunxi.office.config["bulletin"]["style"][0] = STYLE | {"block": [table]}
    made = editions.content_of(draft(yunxi, {}))
    (block,) = [b for b in made.blocks if isinstance(b, content.Table)]
    shown = {content.shown(name): content.shown(rank) for name, rank in block.rows}
    assert sorted(shown.values()) == ["1", "1", "3", "3", "—"]
    assert shown["枫林乡"] == "—"
    assert content.shown(block.total[1]) == ""
