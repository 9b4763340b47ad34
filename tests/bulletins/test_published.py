"""A real month of cases gives the real published bulletin, character for character.

The month and the bulletin lie outside the repository, beside it.
"""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from docx import Document
from pypdf import PdfReader

from huiying.bulletins import authored, editions
from huiying.bulletins.content import Block, Content, Matter, Table, figures, runs_of, shown
from huiying.bulletins.models import Edition
from huiying.cases import place as places
from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.exchange.spreadsheets import take_in
from huiying.ops import place as configuration
from huiying.statistics import periods
from tests.make import at

ROOT = Path(__file__).parents[2]
SEED = Path(os.environ.get("HUIYING_SHARED", ROOT.parent / "shared")) / "seed"
NOW = at(4, 12, year=2023)
MARCH = periods.parse("2022-03")
PDF_NOISE = re.compile(r"—\d+—")

needs_seed = pytest.mark.skipif(not SEED.is_dir(), reason=f"没有 {SEED}，未与真实通报对照")
pytestmark = [needs_seed, pytest.mark.django_db]


@pytest.fixture(scope="module")
def taken_in(django_db_setup: None, django_db_blocker: Any) -> Iterator[Place]:
    """The place of the seed, with its cases taken in: once for all tests, taken back at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        configuration.load(ROOT / "examples" / "jixi")
        places.forget()
        outcome = take_in(SEED / "jixi-2022-03-cases.csv", by=None, at=NOW)
        assert outcome.added == 308
        yield places.current()
        transaction.set_rollback(True)
    places.forget()


@pytest.fixture
def jixi(taken_in: Place) -> Place:
    """The same; what a test changes in it is undone."""
    return taken_in


def compose(jixi: Place, *, as_of: str = "", **changed: object) -> Edition:
    text = (SEED / "jixi-2022-03-authored.json").read_text()
    written = authored.parse(json.loads(text) | changed)
    cut = periods.instant(as_of, jixi.keeper.tz) if as_of else None
    return editions.draft(jixi, MARCH, at=NOW, authored=written, as_of=cut)


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


def published() -> str:
    return (SEED / "jixi-2022-03.txt").read_text()


def split(text: str) -> tuple[str, list[list[str]], str]:
    """The running text without white space, the cells of the two tables' rows, and the last note."""
    head, _, annex = text.partition("政务服务便民热线（市长热线）")
    rows = [[cell for cell in line.split("\t") if cell.strip()] for line in annex.splitlines()]
    data = [row for row in rows if row and (row[0] == "合计" or row[0].isdigit() or row[1:2] == ["合计"])]
    return bare(head), data, bare(annex[annex.index("注：") :])


def test_the_month_of_cases_gives_the_published_text(jixi: Place) -> None:
    edition = compose(jixi)
    text = editions.render(editions.content_of(edition), ["txt"]).files["txt"].decode()
    ours, theirs = split(text), split(published())
    assert ours[0] == theirs[0]
    assert ours[1] == theirs[1]
    assert ours[2] == theirs[2]


@pytest.mark.later
def test_the_same_text_comes_back_out_of_word_and_pdf(jixi: Place) -> None:
    content = editions.content_of(compose(jixi))
    files = editions.render(content, ["txt", "docx", "pdf"]).files
    running = split(published())[0]
    word = Document(io.BytesIO(files["docx"]))
    assert running in bare("".join(p.text for p in word.paragraphs))
    assert [[c.text for c in row.cells] for row in word.tables[0].rows][5][1] == "县市场监管局"
    pages = PdfReader(io.BytesIO(files["pdf"])).pages
    pdf = PDF_NOISE.sub("", bare("".join(page.extract_text() for page in pages)))
    assert set(running) <= set(pdf)
    for paragraph in (
        "热线直办152件，后台转办110件，反馈84件，办结84件，办结率100%。",
        "建议类18件，举报类1件",
    ):
        assert paragraph in pdf


def test_a_later_cut_off_counts_what_was_answered_in_april(jixi: Place) -> None:
    content = editions.content_of(compose(jixi, as_of="2022-04-20"))
    hotline = {f.measure: f.shown for f in figures(content) if f.section == "县12345热线" and not f.params}
    assert (hotline["fed_back"], hotline["closed_dispatched"]) == ("110", "110")


@pytest.mark.later
def test_every_printed_figure_leads_to_its_cases(jixi: Place) -> None:
    from huiying.bulletins.evidence import figure_cases

    content = editions.content_of(compose(jixi))
    counts = [f for f in figures(content) if f.denominator is None]
    assert len(counts) > 40
    for figure in counts:
        assert len(figure_cases(figure)) == figure.numerator, figure


def test_the_override_keeps_what_was_computed_and_why(jixi: Place) -> None:
    content = editions.content_of(compose(jixi))
    (changed,) = [f for f in figures(content) if f.reason]
    assert (changed.computed, changed.shown, changed.reason) == ("3.70%", "3.7%", "原文如此")


@pytest.mark.later
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"params": {"nature": "求助"}}, "没有对应的数字"),
        ({"params": {}}, r"对应到 \d+ 个数字（nature="),
        ({"computed": "3.69%"}, "现在算出 3.70%"),
    ],
)
def test_an_override_that_fits_nothing_is_refused(jixi: Place, change: dict[str, object], said: str) -> None:
    row = json.loads((SEED / "jixi-2022-03-authored.json").read_text())["overrides"][0]
    with pytest.raises(Refused, match=said):
        compose(jixi, overrides=[row | change])


def test_with_nothing_written_the_system_proposes_from_evidence(jixi: Place) -> None:
    content = editions.content_of(editions.draft(jixi, MARCH, at=NOW))
    proposals = [b for b in content.blocks if getattr(b, "proposal", False)]
    texts = [shown(b.runs) for b in proposals]  # type: ignore[union-attr]
    late = next(b for b in proposals if "县住建局" in shown(b.runs) and "认领" in shown(b.runs))  # type: ignore[union-attr]
    assert late.cases == ("XX2022030017",)  # type: ignore[union-attr]
    assert not any("办理情况较好" in t and "县市场监管局" in t for t in texts if "市长热线" in t)
    text = editions.render(content, ["txt"]).files["txt"].decode()
    assert "【建议稿】" in text


FIRM = re.compile(r"[一-鿿]{2}(?=(?:[一-鿿]{2})?(?:有限公司|商行|旗舰店))")
VILLAGE = re.compile(r"[一-鿿]{2}村(?![民庄镇人])|[一-鿿]{2}(?=村民组|小区)")
COMMON = re.compile("[农乡山渔][村]|老旧|商务|电子|食品")


def named(titles: Iterable[str]) -> set[str]:
    """The firms, villages and estates that some titles name, known by their endings."""
    found = {name for title in titles for rule in (FIRM, VILLAGE) for name in rule.findall(title)}
    return {name for name in found if not COMMON.search(name)}


def matters(block: Block) -> Iterator[Matter]:
    return (run for run in runs_of(block) if isinstance(run, Matter))


@pytest.mark.later
def test_the_public_edition_names_no_firm_village_or_informer(jixi: Place) -> None:
    edition = compose(jixi)
    public = editions.content_of(edition, "public")
    text = editions.render(public, ["txt"]).files["txt"].decode()
    found = named(run.shown for b in editions.content_of(edition).blocks for run in matters(b))
    assert len(found) > 3
    assert [name for name in found if name in text] == []
    assert "举报事项" in text
    assert "办结率100%" in text
    tables = [b for b in public.blocks if isinstance(b, Table)]
    assert "＊" in {shown(cell) for row in tables[0].rows for cell in row}


@pytest.mark.later
def test_no_hidden_value_stays_in_the_public_content(jixi: Place) -> None:
    public = editions.content_of(compose(jixi), "public")
    hidden = [f for f in figures(public) if f.shown == "＊"]
    assert hidden
    assert all((f.value, f.numerator, f.denominator, f.computed) == (None, None, None, "＊") for f in hidden)


@pytest.mark.later
def test_the_same_cases_give_the_same_bytes(jixi: Place) -> None:
    content: Content = editions.content_of(compose(jixi))
    assert editions.render(content).files == editions.render(content).files


@pytest.mark.later
def test_composing_is_for_an_instant_not_for_now(jixi: Place) -> None:
    early = datetime(2022, 4, 1, tzinfo=jixi.keeper.tz)
    edition = editions.draft(jixi, MARCH, at=NOW, known_at=early)
    assert {f.shown for f in figures(editions.content_of(edition)) if f.measure == "received"} == {"0"}
