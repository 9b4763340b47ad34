from __future__ import annotations

from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiying.bulletins.content import Annex, Chart, Figure, Matter, Title
from huiying.bulletins.render_html import body_html, render_html, stylesheet
from huiying.bulletins.render_text import render_text
from tests.bulletins import sample
from tests.bulletins.sample import content, paragraph, without_space

VOID = {"meta", "br", "rect", "line", "polyline", "circle"}


class Page(HTMLParser):
    """The tags, attributes and text of a page; complains about tags that do not nest."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open and "svg" not in self.open:
            self.text.append(data)

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def url(figure: Figure) -> str:
    return f"/figures/{figure.key}?a=1&b=2"


@pytest.fixture(scope="module")
def page() -> Page:
    return Page(render_html(content(), figure_url=url))


def test_the_page_is_chinese_and_has_one_h1(page: Page) -> None:
    assert page.of("html") == [{"lang": "zh-CN"}]
    assert len(page.of("h1")) == len(page.of("main")) == len(page.of("article")) == 1


def test_headings_never_skip_a_level(page: Page) -> None:
    levels = [int(tag[1]) for tag, _ in page.tags if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit()]
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_tables_have_captions_and_scopes(page: Page) -> None:
    assert len(page.of("caption")) == len(page.of("table")) == 4
    assert {attributes["scope"] for attributes in page.of("th")} == {"col", "row"}
    rows = len(sample.UNITS) + 1 + 31 + 31 + len(sample.UNITS)
    assert sum(attributes["scope"] == "row" for attributes in page.of("th")) == rows


def test_the_unit_names_its_row_not_the_running_number() -> None:
    html = body_html(content(sample.units_table()))
    assert '<th scope="row" class="left">县人社局</th>' in html
    assert '<tr class="total"><td class="center"></td><th scope="row" class="left">合计</th>' in html


def test_every_number_links_to_its_definition(page: Page) -> None:
    (first,) = [a for a in page.of("a") if a.get("data-figure") == "F1"]
    assert first["href"] == "/figures/F1?a=1&b=2"
    assert first["title"] == "received（nature=咨询）；截至 2023-05-31 16:00 UTC"


def test_an_overridden_number_says_what_was_computed_and_why(page: Page) -> None:
    (odd,) = [a for a in page.of("a") if a.get("data-figure") == "F8"]
    assert odd["class"] == "figure overridden"
    assert (odd["title"] or "").endswith("计算值 3.8%，改印 3.78%：与上月写法一致")


def test_a_page_for_outside_tells_nothing_of_cases_and_measures() -> None:
    html = render_html(content())
    assert '<span class="figure">291</span>' in html
    assert not any(word in html for word in ("RX2023050017", "data-figure", "received", "与上月写法一致"))


def test_inside_a_case_title_knows_its_case() -> None:
    html = body_html(content(paragraph(Matter("A1", "某事"), Matter("", "某村"))), figure_url=url)
    assert '<span class="matter" data-case="A1">某事</span><span class="matter">某村</span>' in html


def test_a_proposal_is_marked_and_names_its_cases() -> None:
    html = body_html(content(paragraph("某局。", proposal=True, cases=("A1", "A2"))), figure_url=url)
    assert '<p class="indent proposal" data-cases="A1 A2"><strong' in html
    assert ">【建议稿】</strong>某局。</p>" in html


def test_the_fragment_needs_no_inline_style_or_script(page: Page) -> None:
    assert not any("style" in attributes for _, attributes in page.tags)
    assert "<script" not in render_html(content())
    assert "http" not in stylesheet()
    assert "<style" not in body_html(content())


def test_each_annex_is_a_section_of_its_own() -> None:
    html = body_html(content(Title("题"), Annex("附件1", "甲", ""), Annex("附件2", "乙", "5月")))
    assert html.count('<section class="annex">') == html.count("</section>") == 2


def test_a_chart_without_a_drawing_opens_its_numbers() -> None:
    chart = sample.units_chart()
    assert "<details open>" in body_html(
        content(Chart(chart.title, "", chart.labels, chart.values, chart.unit))
    )


def test_the_text_reads_back_in_the_same_order() -> None:
    blocks = tuple(block for block in sample.blocks() if not isinstance(block, Chart))
    said = without_space("".join(Page(body_html(content(*blocks))).text))
    assert said == without_space(render_text(content(*blocks)))


@given(st.text())
def test_any_text_survives_and_never_becomes_markup(text: str) -> None:
    page = Page(body_html(content(Title("题"), paragraph(text))))
    assert [tag for tag, _ in page.tags] == ["article", "h1", "p"]
